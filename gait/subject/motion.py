"""The embedded detector: what stands out from the fixed background, and OpenCV's own people detector beside it.

No weights are needed. The background at one moment is the median of pictures seconds before and after it, shifted so
that the camera's own motion cancels: a person walking through, or standing still for a while, is not in it. The answer
therefore comes some seconds late.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from gait.subject.detector import Detections, View
from gait.subject.hog import PeopleDetector
from gait.types import FloatArray, ImageArray

WINDOW_S = 10.0
"""The background is made from this much time around each moment."""

BLOCK_S = 0.75
"""It is made anew this often."""

SAMPLES = 13
MIN_SAMPLES = 3
"""Fewer pictures than this say nothing of the background at that place."""

MAX_SHIFT = 0.75
"""Of the picture: when the camera moves, pictures farther away show too little of the same background."""

TALL = 0.2
"""Of the picture: a moving part of this height is somebody."""

MAX_NOISE = 15.0
CHANGED_ALL_OVER = 0.45
"""If more of the picture than this differs from the background, the light changed, or it is another scene."""

MIN_COVER = 0.08
"""Of the picture: height of what can be a person (or legs) hidden in the background."""

EDGIER = 1.2

Mask = npt.NDArray[np.uint8]


class MotionDetector:
    """Finds moving people; see the module."""

    name = "motion"

    def __init__(self) -> None:
        self._seen: deque[View] = deque()
        self._n_answered = 0
        self._people = PeopleDetector()

    def push(self, view: View) -> Iterator[Detections]:
        """Keep the view, and answer for a block of earlier ones once enough is known of what follows them."""
        self._seen.append(view)
        first = self._seen[self._n_answered].time_s
        ready_s = max(first + BLOCK_S + WINDOW_S / 2, self._seen[0].time_s + WINDOW_S)
        if view.time_s >= ready_s:
            yield from self._answer(first + BLOCK_S)

    def flush(self) -> Iterator[Detections]:
        """Answer for all that is left."""
        while self._n_answered < len(self._seen):
            yield from self._answer(self._seen[self._n_answered].time_s + BLOCK_S)

    def _answer(self, until_s: float) -> Iterator[Detections]:
        views = list(self._seen)
        block = [v for v in views[self._n_answered :] if v.time_s < until_s]
        background = Background(block, views)
        for view in block:
            foreground = background.foreground(view)
            reliable = foreground is not None
            parts = components(foreground) if foreground is not None else np.empty((0, 4))
            # Where motion shows somebody, the slow people detector would add nothing.
            tall = bool(len(parts)) and float((parts[:, 3] - parts[:, 1]).max()) > TALL * view.size[1]
            people, scores = (np.empty((0, 4)), np.empty(0)) if tall else self._people.look(view)
            yield Detections(
                view=view,
                boxes=np.concatenate([parts, people]),
                scores=np.concatenate([np.full(len(parts), 0.3), scores]),
                parts=np.concatenate([np.ones(len(parts), bool), np.zeros(len(people), bool)]),
                reliable=reliable,
            )
        self._n_answered += len(block)
        oldest_s = views[-1].time_s - WINDOW_S
        while self._n_answered > 1 and self._seen[0].time_s < oldest_s:
            self._seen.popleft()
            self._n_answered -= 1


class Background:
    """The fixed background around one block of views.

    Parameters
    ----------
    block : list of View
        The views it will be compared with.
    around : list of View
        Everything within the window.
    """

    def __init__(self, block: list[View], around: list[View]) -> None:
        import cv2

        middle = block[len(block) // 2]
        reach = MAX_SHIFT * np.array(middle.size)
        around = [v for v in around if _shares_background(v, middle, reach)] or block
        picks = np.unique(np.linspace(0, len(around) - 1, SAMPLES).round().astype(int))
        samples = [around[i] for i in picks]
        width, height = middle.size
        # Room for the part of the background that other views of the block see beyond the edges of the middle one.
        offsets = np.array([_between(v, middle)[:2, 2] for v in block])
        moved = max(float(np.abs(_between(v, middle) - np.eye(3)).max()) for v in [*samples, *block])
        self._still = moved == 0.0
        self._middle = middle
        if self._still:
            self._offset = np.zeros(2)
            planes = np.stack([s.planes for s in samples])
            seen = np.ones((len(samples), height, width), bool)
        else:
            margin = np.ceil(np.abs(offsets).max(axis=0)).astype(int)
            self._offset = np.minimum(margin, [width // 3, height // 3]).astype(np.float64)
            room = (width + 2 * int(self._offset[0]), height + 2 * int(self._offset[1]))
            planes = np.empty((len(samples), 3, room[1], room[0]), np.uint8)
            seen = np.empty((len(samples), room[1], room[0]), bool)
            for i, sample in enumerate(samples):
                matrix = _between(sample, middle)
                matrix[:2, 2] += self._offset
                seen[i] = _covered(matrix, middle.size, room)
                # Unknown places are alternately darkest and brightest: they cancel in the median.
                planes[i] = _warp(sample.planes, matrix, room)
                planes[i][:, ~seen[i]] = 0 if i % 2 else 255
        median = _median(planes)
        known = seen.sum(axis=0) >= MIN_SAMPLES
        self._known = as_mask(known)
        for i in (0, len(planes) - 1):
            _uncover(median, planes[i], known & seen[i])
        kernel = np.ones((3, 3), np.uint8)
        # A pixel is foreground if it lies outside all that its neighbours in the background show: this forgives
        # residual shifts of a pixel.
        self._low = np.stack([cv2.erode(plane, kernel) for plane in median])
        self._high = np.stack([cv2.dilate(plane, kernel) for plane in median])
        self._level = median[0]

    def foreground(self, view: View) -> Mask | None:
        """Return 255 where the view differs from the background, else 0; None if it differs all over."""
        import cv2

        width, height = view.size
        low, high, known, level = self._low, self._high, self._known, self._level
        if not self._still:
            matrix = _between(self._middle, view)
            matrix[:2, 2] -= matrix[:2, :2] @ self._offset
            # To the nearest pixel: the margin between low and high forgives it, and it is quick.
            low, high = (_warp(p, matrix, (width, height), nearest=True) for p in (low, high))
            known, level, _ = _warp(np.stack([known, level, level]), matrix, (width, height), nearest=True)
        planes = view.planes
        # Automatic exposure: the brightness of most of the picture is that of the background.
        step = (slice(None, None, 8), slice(None, None, 8))
        valid = known[step] == 255
        if valid.mean() < 0.2:
            return None
        gain = float(np.median(planes[0][step][valid].astype(np.int16) - level[step][valid]))
        bright = cv2.add(planes[0], -gain) if abs(gain) >= 2 else planes[0]
        difference = _outside(bright, low[0], high[0])
        for k in (1, 2):
            colour = _outside(planes[k], low[k], high[k])
            difference = cv2.max(difference, cv2.add(colour, colour))
        difference[known < 255] = 0
        difference = cv2.GaussianBlur(difference, (5, 5), 0)
        noise = float(np.median(difference[step][valid]))
        if noise > MAX_NOISE:
            return None
        weak = 7 + 2 * noise
        mask = _hysteresis(difference, weak, 2.0 * weak)
        if (mask > 0).mean() > CHANGED_ALL_OVER:
            return None
        return mask


def as_mask(condition: npt.NDArray[np.bool_]) -> Mask:
    """Return 255 where a condition holds, else 0."""
    return np.where(condition, np.uint8(255), np.uint8(0))


def _uncover(median: ImageArray, sample: ImageArray, known: npt.NDArray[np.bool_]) -> None:
    """Take a person who stood still for most of the window out of the background, in place.

    Such a person is in the median, and absent from the first or the last picture of the window. Where the two differ,
    the outline of the difference is an edge in the picture that has the person, and runs through plain background in
    the other.
    """
    import cv2

    difference = cv2.absdiff(median[0], sample[0])
    for k in (1, 2):
        difference = cv2.max(difference, cv2.add(*[cv2.absdiff(median[k], sample[k])] * 2))
    difference = cv2.GaussianBlur(difference, (5, 5), 0)
    difference[~known] = 0
    mask = cv2.morphologyEx((difference > 16).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 5), np.uint8))
    if mask.mean() > CHANGED_ALL_OVER:
        return
    n, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for label in range(1, n):
        x, y, w, h, area = (int(v) for v in stats[label])
        if h < MIN_COVER * mask.shape[0] or area < 0.15 * w * h:
            continue
        part = (slice(max(y - 4, 0), y + h + 4), slice(max(x - 4, 0), x + w + 4))
        shape = (labels[part] == label).astype(np.uint8)
        outline = cv2.morphologyEx(shape, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)) > 0
        if _edges(median[0][part], outline) > EDGIER * _edges(sample[0][part], outline):
            whole = cv2.dilate(shape, np.ones((5, 5), np.uint8)) > 0
            for k in range(3):
                median[k][part][whole] = sample[k][part][whole]


def _edges(plane: ImageArray, where: npt.NDArray[np.bool_]) -> float:
    """Return the mean strength of the edges at some pixels."""
    import cv2

    along = cv2.Sobel(plane, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(plane, cv2.CV_32F, 0, 1)
    return float(cv2.magnitude(along, down)[where].mean())


def _outside(plane: ImageArray, low: ImageArray, high: ImageArray) -> ImageArray:
    import cv2

    return np.asarray(cv2.max(cv2.subtract(plane, high), cv2.subtract(low, plane)))


def _hysteresis(difference: ImageArray, weak: float, strong: float) -> Mask:
    """Keep weak differences only where they touch strong ones."""
    import cv2

    soft = (difference > weak).astype(np.uint8)
    n, labels = cv2.connectedComponents(soft, connectivity=8)
    keep = np.zeros(n, np.uint8)
    keep[labels[difference > strong]] = 255
    keep[0] = 0
    return np.asarray(keep[labels])


def components(mask: Mask) -> FloatArray:
    """Return the boxes of connected parts of a mask, (N, 4); specks are left out."""
    import cv2

    height = mask.shape[0]
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    reach = max(3, round(height / 90))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((2 * reach + 1, reach), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    x, y, w, h, area = stats[1:].T.astype(np.float64)
    big = area > 4e-4 * mask.size
    boxes: FloatArray = np.stack([x, y, x + w, y + h], axis=1)[big]
    return boxes


def _median(stack: ImageArray) -> ImageArray:
    """Median over the first axis by an odd-even sorting network: far faster on bytes than sorting each pixel."""
    rows = list(stack)
    n = len(rows)
    for i in range(n):
        for j in range(i % 2, n - 1, 2):
            rows[j], rows[j + 1] = np.minimum(rows[j], rows[j + 1]), np.maximum(rows[j], rows[j + 1])
    return np.asarray(rows[n // 2])


def _shares_background(view: View, middle: View, reach: FloatArray) -> bool:
    """Whether a view shows enough of the background of another to be one of its samples."""
    apart = np.abs(view.camera.shift_px - middle.camera.shift_px)
    return view.camera.known and view.camera.scene == middle.camera.scene and bool((apart < reach).all())


def _between(start: View, end: View) -> FloatArray:
    """Return the matrix that takes the background in one view to another, (3, 3)."""
    if np.array_equal(start.camera.matrix, end.camera.matrix):
        return np.eye(3)
    return np.asarray(end.camera.matrix @ np.linalg.inv(start.camera.matrix))


def _warp(planes: ImageArray, matrix: FloatArray, size: tuple[int, int], *, nearest: bool = False) -> ImageArray:
    """Move three planes (3, H, W) to a picture of another size; 0 where nothing is known."""
    import cv2

    flags = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    moved = cv2.warpAffine(cv2.merge(list(planes)), matrix[:2], size, flags=flags)
    return np.stack(cv2.split(moved))


def _covered(matrix: FloatArray, size: tuple[int, int], room: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return where a picture of one size comes to lie in another, (H, W)."""
    import cv2

    width, height = size
    corners = np.array([[0, 0, 1], [width - 1, 0, 1], [width - 1, height - 1, 1], [0, height - 1, 1]]) @ matrix.T
    mask = np.zeros(room[::-1], np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners[:, :2]).astype(np.int32), 1)
    # The rim is mixed with what is beyond it.
    return np.asarray(cv2.erode(mask, np.ones((3, 3), np.uint8), borderValue=1) > 0)
