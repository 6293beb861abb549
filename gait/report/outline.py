"""The outline of the walker in the annotated video: a faint wash, and the parts of a leg in the colour of its side."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gait.outlines import PARTS, Outlines
from gait.report.canvas import Canvas, Yuv, yuv
from gait.report.readout import SIDE_YUV
from gait.skeleton import SIDES
from gait.types import FloatArray, ImageArray

BODY_YUV = yuv((235, 240, 244))
BODY_SHARE = 0.22
"""How much of the colour of the wash is seen, 0 to 1."""
LEG_SHARE = 0.45
RIM_SHARE = 0.7

_LEVELS = np.linspace(0, 1, 256, dtype=np.float32)
_BODY_COVER = np.maximum(BODY_SHARE * _LEVELS, RIM_SHARE * np.clip(1 - np.abs(4 * _LEVELS - 2), 0, 1))
"""Where the body ends, its cover falls from one to zero: the middle of that slope is the rim."""
_LEG_COVER = LEG_SHARE * _LEVELS

_OF_SIDE = {side: [PARTS.index(f"{side}_{part}") for part in ("leg", "foot")] for side in SIDES}


class Wash:
    """Tints the walker in the frames of a video.

    Parameters
    ----------
    outlines : Outlines
        One row per frame.
    scale : float64 (2,)
        Pixels to draw on per pixel of the video.
    colors : dict
        Of each side, (y, u, v).
    """

    def __init__(self, outlines: Outlines, scale: FloatArray, colors: dict[str, Yuv] = SIDE_YUV) -> None:
        self._outlines, self._scale, self._colors = outlines, scale, colors

    def paint(self, canvas: Canvas, i: int) -> None:
        """Tint the walker of one frame; nothing is drawn where there is nobody."""
        import cv2

        parts = self._outlines.parts(i)
        if parts is None or not parts.any():
            return
        body, x, y = self._placed(parts != 0, i)
        canvas.tint(cv2.LUT(body, _BODY_COVER), BODY_YUV, x, y)
        for side, of_side in _OF_SIDE.items():
            leg = np.isin(parts, of_side)
            if leg.any():
                cover, x, y = self._placed(leg, i)
                canvas.tint(cv2.LUT(cover, _LEG_COVER), self._colors[side], x, y)

    def _placed(self, shown: npt.NDArray[np.bool_], i: int) -> tuple[ImageArray, int, int]:
        """Return cells in pixels to draw on, 0 to 255 with soft edges, and their upper left corner, at even x and y."""
        import cv2

        cell_px = self._outlines.window_px[i, 2:] * self._scale / (np.array(shown.shape[::-1]) - 1)
        corner_px = self._outlines.window_px[i, :2] * self._scale
        rows, columns = (np.flatnonzero(shown.any(axis=axis)) for axis in (1, 0))
        low = corner_px + (np.array([columns[0], rows[0]]) - 1) * cell_px
        high = corner_px + (np.array([columns[-1], rows[-1]]) + 1) * cell_px
        x, y = (2 * int(np.floor(v / 2)) for v in low)
        width, height = (2 * int(np.ceil((v - start) / 2)) for v, start in zip(high, (x, y), strict=True))
        start = (np.array([x, y]) - corner_px) / cell_px
        warp = np.array([[1 / cell_px[0], 0, start[0]], [0, 1 / cell_px[1], start[1]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        placed = cv2.warpAffine(shown.astype(np.uint8) * 255, warp, (width, height), flags=flags)
        return np.asarray(placed, dtype=np.uint8), x, y
