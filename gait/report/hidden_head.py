"""Where the head is in each frame, so that it can be hidden: rather too much than a face."""

from __future__ import annotations

import numpy as np

from gait.report.canvas import Canvas, yuv
from gait.skeleton import INDEX
from gait.types import FloatArray, PoseSequence

_HEAD = [INDEX[name] for name in ("nose", "left_eye", "right_eye", "left_ear", "right_ear")]
_GREY = yuv((120, 126, 132))
LEAST_SCORE = 0.4
RADIUS = 0.12
"""Of the height of the box: from a point of the face this reaches over the hair and the chin."""
GROWS_PER_S = 0.4
"""Heights of the box by which the region grows while the head is lost."""
MOST = 0.34
UPPER_SHARE = 1 / 3
LOWEST = 0.4
"""Of the box, from above: a head that is found further down is not believed."""


class HiddenHead:
    """Covers the head of the person in pictures.

    Where the head is known it is covered. Where it is lost, the nearest known place before or after is covered, and
    grows with the time to it; and where the box is known, its upper third as well. A picture in which nothing of the
    person was ever known is covered whole.

    Parameters
    ----------
    poses : PoseSequence
        As the model gave them.
    box_px : float64 (T, 4)
        Of the whole person, in pixels of the poses; NaN where out of view.
    scale : float64 (2,)
        Pixels to draw on per pixel of the poses.
    """

    def __init__(self, poses: PoseSequence, box_px: FloatArray, scale: FloatArray) -> None:
        self._scale = scale
        self._box = box_px
        self._time_s = poses.time_s
        heights = box_px[:, 3] - box_px[:, 1]
        usual = float(np.nanmedian(heights)) if np.isfinite(heights).any() else float(poses.height_px)
        self._height = np.where(np.isfinite(heights), heights, usual)
        self._head = _heads(poses, box_px)
        self._known = np.flatnonzero(np.isfinite(self._head).all(axis=1))

    def regions(self, i: int) -> tuple[list[tuple[FloatArray, float]], FloatArray | None]:
        """Return discs (center, radius) and a rectangle x1, y1, x2, y2 to cover, in pixels to draw on.

        No disc and no rectangle: nothing is known, and everything is to be covered.
        """
        discs: list[tuple[FloatArray, float]] = []
        if i not in self._known and len(self._known):
            after = int(np.searchsorted(self._known, i))
            for k in {max(0, after - 1), min(len(self._known) - 1, after)}:
                row = self._known[k]
                lost_s = abs(float(self._time_s[i] - self._time_s[row]))
                radius = min(MOST, RADIUS + GROWS_PER_S * lost_s) * self._height[row]
                discs.append((self._head[row] * self._scale, radius * float(self._scale.max())))
        elif len(self._known):
            discs.append((self._head[i] * self._scale, RADIUS * self._height[i] * float(self._scale.max())))
        box = self._box[i]
        if i in self._known or not np.isfinite(box).all():
            return discs, None
        x1, y1, x2, y2 = box
        side = 0.1 * (x2 - x1)
        upper = np.array([x1 - side, y1 - 0.05 * (y2 - y1), x2 + side, y1 + UPPER_SHARE * (y2 - y1)])
        return discs, np.asarray(upper * np.tile(self._scale, 2), dtype=np.float64)

    def paint(self, canvas: Canvas, i: int) -> None:
        """Cover the head in one frame."""
        discs, rectangle = self.regions(i)
        for center, radius in discs:
            canvas.ellipse(center, (radius, radius), _GREY)
        if rectangle is None and not discs:
            rectangle = np.array([0.0, 0.0, *canvas.planes[0].shape[::-1]])
        if rectangle is not None:
            for plane, value, half in zip(canvas.planes, _GREY, (1, 2, 2), strict=True):
                x1, y1, x2, y2 = (max(0, round(float(edge) / half)) for edge in rectangle)
                plane[y1:y2, x1:x2] = value


def _heads(poses: PoseSequence, box_px: FloatArray) -> FloatArray:
    """Return the middle of what is known of the face, (T, 2); NaN where it is not known, or not where a head can be."""
    xy = poses.xy_px[:, _HEAD].astype(np.float64)
    seen = (poses.score[:, _HEAD] >= LEAST_SCORE) & np.isfinite(xy).all(axis=2)
    count = seen.sum(axis=1)
    total = np.where(seen[:, :, None], xy, 0.0).sum(axis=1)
    heads = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], np.nan)
    x1, y1, x2, y2 = box_px.T
    room = 0.15 * (y2 - y1)
    inside = (heads[:, 0] > x1 - room) & (heads[:, 0] < x2 + room)
    inside &= (heads[:, 1] > y1 - room) & (heads[:, 1] < y1 + LOWEST * (y2 - y1))
    return np.where(inside[:, None], heads, np.nan)
