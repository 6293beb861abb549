"""The motion of the camera, from corners of the fixed background."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gait.types import FloatArray, ImageArray

FIXED_WITHIN_PX = 0.3
"""Shifts below this, in pixels of the small picture, are noise: the camera counts as standing still."""

INLIER_PX = 1.5
"""A corner this near to where a motion puts it shares it: in pixels of the small picture. A judgement."""

MAX_CORNERS, CELLS, PER_CELL = 96, (8, 6), 4
"""Corners followed at most, parts of the picture across and down, and corners in each of them at most: lettering has
many, and says little. Judgements: enough for a fit, few enough for a small part of the time."""

WINDOW_PX, LEVELS, MOST_UNLIKE = 15, 3, 25.0
"""Of Lucas and Kanade's search for a corner: the patch that is compared, the halvings of the picture, and the mean
difference of the patches, in grey levels, beyond which it is another corner. Judgements, about OpenCV's own."""

LEAST_CORNER, APART = 0.004, 0.022
"""How strong a corner must be, of the strongest (Shi and Tomasi), and how far from the next, of the picture's diagonal.
Judgements: plain walls have faint corners only."""

LETTERING_PX = 8
"""Around a corner of lettering upon the picture, no other is taken. A judgement."""

KEEP = 0.6
"""With fewer of the corners left than this, new ones are added, but not in every frame."""

MIN_AGE = 3
"""Frames; so that a few lost corners do not renew the anchor each time."""

MIN_INLIERS = 8
"""Corners that must agree: two fix a shift, a turn and a zoom, eight do so against some that lie. A judgement."""

AGREEING = 0.25
"""Share of the corners that must share one motion for it to be that of the background."""

MOSTLY = 0.6
"""If this much of the corners has not moved since the anchor, the camera stands still."""

OVERLAY_PX = 4.0
"""A corner that stays where it is in the picture while the background moves this far is lettering upon the picture."""

PATIENCE_FRAMES = 8
"""So long the background may be lost before it counts as a cut: a flash, or a quarter of a second of blur."""

MOST_TURN, MOST_ZOOM = 0.3, 1.7
"""Radians, and a factor: no camera turns or zooms further before its anchor is renewed."""

RENEW_PX = 60.0
"""The corners are renewed when the picture has moved this far: by then much of it is new."""

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CameraPose:
    """Where the fixed background is in one frame.

    Attributes
    ----------
    matrix : float64 (3, 3)
        Takes points of the first frame to this one.
    shift_px : float64 (2,)
        How far the background has moved at the centre of the picture, summed over the frames.
    scene : int
        Counts the times the background was lost for good (a cut): nothing carries over from one scene to the next.
    known : bool
        False while the background cannot be found.
    """

    matrix: FloatArray
    shift_px: FloatArray
    scene: int = 0
    known: bool = True

    @property
    def zoom(self) -> float:
        """How much larger the background is than in the first frame."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:2, :2]))))


class CameraMotion:
    """Follows corners from frame to frame and fits the motion most of them share.

    People do not count: corners on anybody who has been detected are dropped. Nor does what is printed upon the
    picture (a clock, a logo): a corner that rests in the picture while the rest moves is marked for good. The corners
    are spread over the picture, and shift, turn and zoom are fitted to those that agree (RANSAC). Motion is measured
    from an anchor frame, not from frame to frame: a camera that stands still shows exactly none.

    Attributes
    ----------
    is_fixed : bool
        Whether the camera has not moved since the anchor.
    pose : CameraPose
        Of the latest frame.
    """

    def __init__(self) -> None:
        self.is_fixed = False
        self._anchor = CameraPose(matrix=np.eye(3), shift_px=np.zeros(2))
        self.pose = self._anchor
        self._previous: ImageArray | None = None
        self._overlay: ImageArray | None = None
        self._people = np.empty((0, 4))
        self._n_lost = 0
        self._n_anchored = 0
        self._age = 0
        self._from = np.empty((0, 2))
        self._now = np.empty((0, 2))

    def update(self, gray: ImageArray, people: FloatArray | None = None) -> CameraPose:
        """Return the pose of the camera in the next frame.

        Parameters
        ----------
        gray : uint8 (H, W)
        people : float64 (N, 4), optional
            Boxes around people who are known in this frame.
        """
        self._people = np.empty((0, 4)) if people is None else people
        if self._overlay is None or self._overlay.shape != gray.shape:
            self._overlay = np.zeros_like(gray)
        if self._previous is None:
            self._renew(gray)
        elif self._follow(gray) or self._follow_afresh(gray):
            self._n_lost = 0
        elif (~self._on_people(self._now)).sum() < 2 * MIN_INLIERS:
            # Nothing to go by, as where one person fills the picture: that is no cut.
            self._n_lost = 0
            self._previous = gray
            self._from, self._now = np.empty((0, 2)), np.empty((0, 2))
            self.pose = replace(self.pose, known=False)
            self._renew(gray)
        else:
            # A flash or a blurred frame passes; a cut does not.
            self._n_lost += 1
            if self._n_lost < PATIENCE_FRAMES:
                return replace(self.pose, known=False)
            self.pose = replace(self.pose, scene=self.pose.scene + 1)
            self._n_lost = 0
            self._from, self._now = np.empty((0, 2)), np.empty((0, 2))
            self._renew(gray)
        self._previous = gray
        return self.pose

    def _follow_afresh(self, gray: ImageArray) -> bool:
        """Try again with new corners of the last good frame, once for each such frame."""
        if self._previous is None or self._n_lost > 0:
            return False
        before = self._from, self._now, self._anchor, self._n_anchored, self._age
        self._from, self._now = np.empty((0, 2)), np.empty((0, 2))
        self._renew(self._previous)
        if self._follow(gray):
            return True
        self._from, self._now, self._anchor, self._n_anchored, self._age = before
        return False

    def _follow(self, gray: ImageArray) -> bool:
        """Carry the corners on to the next frame; False, and nothing is changed, if too few of them agree."""
        import cv2

        self.is_fixed = False
        if len(self._now) == 0:
            return False
        height, width = gray.shape
        moved, found, error = cv2.calcOpticalFlowPyrLK(
            self._previous, gray, self._now.astype(np.float32), None, winSize=(WINDOW_PX, WINDOW_PX), maxLevel=LEVELS
        )
        inside = (moved > 2).all(axis=1) & (moved < [width - 3, height - 3]).all(axis=1)
        kept = (found.ravel() == 1) & (error.ravel() < MOST_UNLIKE) & inside & ~self._on_people(moved)
        start, now = self._from[kept], moved[kept].astype(np.float64)
        apart = np.abs(now - start).max(axis=1, initial=0.0)
        steady = apart < FIXED_WITHIN_PX
        weight = _per_cell(now, (width, height))
        self.is_fixed = bool(steady.sum() >= MIN_INLIERS and weight[steady].sum() > MOSTLY * weight.sum())
        if self.is_fixed:
            matrix, shift, agree = np.eye(3), np.zeros(2), apart < INLIER_PX
        else:
            fits = [fit_similarity(start, now), fit_similarity(start[~steady], now[~steady])]
            # Lettering may hold many corners, but few parts of the picture.
            shares = [weight[_agreeing(fit, start, now)].sum() if fit is not None else 0.0 for fit in fits]
            best = fits[int(np.argmax(shares))]
            if best is None:
                return False
            matrix = best
            half = np.array([width / 2, height / 2])
            shift = matrix[:2, :2] @ half + matrix[:2, 2] - half
            agree = _agreeing(matrix, start, now)
            if agree.sum() < max(MIN_INLIERS, AGREEING * len(start)):
                return False
            resting = steady & (np.linalg.norm(_moved(matrix, start) - start, axis=1) > OVERLAY_PX)
            self._mark_overlay(now[resting])
            agree &= ~resting
        self._from, self._now = start[agree], now[agree]
        self.pose = replace(
            self.pose, matrix=matrix @ self._anchor.matrix, shift_px=self._anchor.shift_px + shift, known=True
        )
        self._age += 1
        few = len(self._now) < KEEP * self._n_anchored and self._age >= MIN_AGE
        if few or len(self._now) < 2 * MIN_INLIERS or float(np.linalg.norm(shift)) > RENEW_PX:
            self._renew(gray)
        return True

    def _renew(self, gray: ImageArray) -> None:
        """Make this frame the anchor: keep the corners that proved steady, and add new ones elsewhere."""
        import cv2

        self._anchor = self.pose
        distance = max(6, round(APART * math.hypot(*gray.shape)))
        mask = np.where(self._overlay == 0, np.uint8(255), np.uint8(0))
        for x1, y1, x2, y2 in self._people.round().astype(int):
            mask[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = 0
        for x, y in self._now:
            cv2.circle(mask, (round(float(x)), round(float(y))), distance, 0, -1)
        fresh = cv2.goodFeaturesToTrack(gray, MAX_CORNERS, LEAST_CORNER, distance, mask=mask)
        fresh = np.empty((0, 2)) if fresh is None else fresh.reshape(-1, 2).astype(np.float64)
        every = np.concatenate([self._now, fresh])
        # The strongest come first.
        rank = _rank_in_cell(every, (gray.shape[1], gray.shape[0]))
        self._now = every[(rank < PER_CELL) | (np.arange(len(every)) < len(self._now))][:MAX_CORNERS]
        self._from = self._now.copy()
        self._n_anchored = len(self._now)
        self._age = 0

    def _on_people(self, points: Points) -> npt.NDArray[np.bool_]:
        x, y = points[:, 0, None], points[:, 1, None]
        x1, y1, x2, y2 = self._people.T
        return np.asarray(((x > x1) & (x < x2) & (y > y1) & (y < y2)).any(axis=1))

    def _mark_overlay(self, points: Points) -> None:
        import cv2

        assert self._overlay is not None
        for x, y in points:
            cv2.circle(self._overlay, (round(float(x)), round(float(y))), LETTERING_PX, 255, -1)


def _cell(points: Points, size: tuple[int, int]) -> npt.NDArray[np.int64]:
    column, row = (np.clip(points[:, k] * CELLS[k] / size[k], 0, CELLS[k] - 1).astype(np.int64) for k in (0, 1))
    return np.asarray(row * CELLS[0] + column)


def _per_cell(points: Points, size: tuple[int, int]) -> FloatArray:
    """Return a weight for each point, (N,), so that every part of the picture that has any weighs the same."""
    cell = _cell(points, size)
    return np.asarray(1.0 / np.bincount(cell, minlength=1)[cell]) if len(cell) else np.empty(0)


def _rank_in_cell(points: Points, size: tuple[int, int]) -> npt.NDArray[np.int64]:
    """Return how many earlier points lie in the same part of the picture, (N,)."""
    cell = _cell(points, size)
    return np.array([int((cell[:k] == cell[k]).sum()) for k in range(len(cell))], dtype=np.int64)


def _moved(matrix: FloatArray, points: Points) -> Points:
    return np.asarray(points @ matrix[:2, :2].T + matrix[:2, 2])


def _agreeing(matrix: FloatArray, start: Points, now: Points) -> npt.NDArray[np.bool_]:
    return np.asarray(np.linalg.norm(_moved(matrix, start) - now, axis=1) < INLIER_PX)


def fit_similarity(start: Points, end: Points) -> FloatArray | None:
    """Fit shift, turn and zoom to the displacements that most points share (RANSAC, Fischler 1981).

    Parameters
    ----------
    start, end : float64 (N, 2)

    Returns
    -------
    float64 (3, 3) or None
        Takes `start` to `end`; None when too few points agree to tell.
    """
    import cv2

    if len(start) < MIN_INLIERS:
        return None
    found, agree = cv2.estimateAffinePartial2D(start, end, method=cv2.RANSAC, ransacReprojThreshold=INLIER_PX)
    if found is None or agree.sum() < max(MIN_INLIERS, AGREEING * len(start)):
        return None
    turn, zoom = math.atan2(found[1, 0], found[0, 0]), math.hypot(found[0, 0], found[1, 0])
    if abs(turn) > MOST_TURN or not 1 / MOST_ZOOM < zoom < MOST_ZOOM:
        return None
    return np.vstack([found, [0.0, 0.0, 1.0]])
