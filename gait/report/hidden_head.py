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
WALKS_PER_S = 1.1
"""Heights of the box that somebody out of view may walk: nearly 2 m/s. So far to either side all is covered."""
UPPER_SHARE = 1 / 3
LOWEST = 0.4
"""Of the box, from above: a head that is found further down is not believed."""


class HiddenHead:
    """Covers the head of the person in pictures.

    Where the head is known it is covered. Where it is lost and the box is known, the upper third of the box is covered,
    and the nearest known places before and after, growing with the time to them. Where both are lost, behind somebody
    or out of the picture, all is covered at the height of the head as far as the person may have walked meanwhile. A
    picture in which nothing of the person was ever known is covered whole.

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

    def regions(self, i: int) -> tuple[list[tuple[FloatArray, float]], list[FloatArray]]:
        """Return discs (center, radius) and rectangles x1, y1, x2, y2 to cover, in pixels to draw on.

        No disc and no rectangle: nothing is known, and everything is to be covered.
        """
        if not len(self._known):
            return [], [self._upper(i)] if np.isfinite(self._box[i]).all() else []
        if i in self._known:
            return [(self._head[i] * self._scale, RADIUS * self._height[i] * float(self._scale.max()))], []
        after = int(np.searchsorted(self._known, i))
        rows = self._known[sorted({max(0, after - 1), min(len(self._known) - 1, after)})]
        lost_s = np.abs(self._time_s[i] - self._time_s[rows])
        radii = np.minimum(MOST, RADIUS + GROWS_PER_S * lost_s) * self._height[rows]
        if np.isfinite(self._box[i]).all():
            most = float(self._scale.max())
            near = [(self._head[row] * self._scale, r * most) for row, r in zip(rows, radii, strict=True)]
            return near, [self._upper(i)]
        k = int(np.argmin(lost_s))
        half = np.array([WALKS_PER_S * lost_s[k] * self._height[rows[k]] + radii[k], radii[k]])
        head = self._head[rows[k]]
        return [], [np.concatenate([head - half, head + half]) * np.tile(self._scale, 2)]

    def _upper(self, i: int) -> FloatArray:
        """Return the upper third of the box, and a little more to the sides."""
        x1, y1, x2, y2 = self._box[i]
        side = 0.1 * (x2 - x1)
        upper = np.array([x1 - side, y1 - 0.05 * (y2 - y1), x2 + side, y1 + UPPER_SHARE * (y2 - y1)])
        return np.asarray(upper * np.tile(self._scale, 2), dtype=np.float64)

    def paint(self, canvas: Canvas, i: int) -> None:
        """Cover the head in one frame."""
        discs, rectangles = self.regions(i)
        for center, radius in discs:
            canvas.ellipse(center, (radius, radius), _GREY)
        if not discs and not rectangles:
            rectangles = [np.array([0.0, 0.0, *canvas.planes[0].shape[::-1]])]
        for rectangle in rectangles:
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
