"""The motion of the camera, from corners of the fixed background."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gait.types import FloatArray, ImageArray

STILL_PX = 0.3
"""Shifts below this, in pixels of the small picture, are noise: the camera counts as standing still."""

INLIER_PX = 1.5
MAX_CORNERS = 80
KEEP = 0.6
"""With fewer of the corners left than this, new ones are added, but not in every frame."""

MIN_AGE = 3

MIN_INLIERS = 8
MOSTLY = 0.6
"""If this much of the corners has not moved since the anchor, the camera stands still."""

PATIENCE_FRAMES = 8
RENEW_PX = 60.0
"""The corners are renewed when the picture has moved this far: by then much of it is new."""


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


class CameraMotion:
    """Follows corners from frame to frame and fits the motion most of them share.

    A person moves some of the corners, so the motion is first voted on (corners near the rim of the picture count more:
    the background is likelier there), and then fitted, as shift, turn and zoom, to the corners that agree. Corners that
    disagree are dropped for good, so that the fit rests on the background alone. Motion is measured from an anchor
    frame, not from frame to frame: a camera that stands still shows exactly none.

    Attributes
    ----------
    is_still : bool
        Whether the camera has not moved since the anchor.
    pose : CameraPose
        Of the latest frame.
    """

    def __init__(self) -> None:
        self.is_still = False
        self._anchor = CameraPose(matrix=np.eye(3), shift_px=np.zeros(2))
        self.pose = self._anchor
        self._previous: ImageArray | None = None
        self._n_lost = 0
        self._n_anchored = 0
        self._age = 0
        self._from = np.empty((0, 2))
        self._now = np.empty((0, 2))
        self._trust = np.empty(0)

    def update(self, gray: ImageArray) -> CameraPose:
        """Return the pose of the camera in the next frame, given as grey levels (H, W)."""
        if self._previous is None:
            self._renew(gray)
        elif self._follow(gray) or self._follow_afresh(gray):
            self._n_lost = 0
        else:
            # A flash or a blurred frame passes; a cut does not.
            self._n_lost += 1
            if self._n_lost < PATIENCE_FRAMES:
                return replace(self.pose, known=False)
            self.pose = replace(self.pose, scene=self.pose.scene + 1)
            self._n_lost = 0
            self._from, self._now, self._trust = np.empty((0, 2)), np.empty((0, 2)), np.empty(0)
            self._renew(gray)
        self._previous = gray
        return self.pose

    def _follow_afresh(self, gray: ImageArray) -> bool:
        """Try again with new corners of the last good frame, once for each such frame."""
        if self._previous is None or self._n_lost > 0:
            return False
        before = self._from, self._now, self._trust, self._anchor
        self._from, self._now, self._trust = np.empty((0, 2)), np.empty((0, 2)), np.empty(0)
        self._renew(self._previous)
        if self._follow(gray):
            return True
        self._from, self._now, self._trust, self._anchor = before
        return False

    def _follow(self, gray: ImageArray) -> bool:
        """Carry the corners on to the next frame; False, and nothing is changed, if too few of them agree."""
        import cv2

        if len(self._now) == 0:
            return False
        height, width = gray.shape
        moved, found, error = cv2.calcOpticalFlowPyrLK(
            self._previous, gray, self._now.astype(np.float32), None, winSize=(15, 15), maxLevel=3
        )
        inside = (moved > 2).all(axis=1) & (moved < [width - 3, height - 3]).all(axis=1)
        kept = (found.ravel() == 1) & (error.ravel() < 25) & inside
        start, now, trust = self._from[kept], moved[kept].astype(np.float64), self._trust[kept]
        half = np.array([width / 2, height / 2])
        off_centre = np.abs(now / half - 1).max(axis=1, initial=0.0)
        weights = (0.5 + off_centre) * trust
        steady = np.abs(now - start).max(axis=1, initial=0.0) < STILL_PX
        self.is_still = bool(steady.sum() >= MIN_INLIERS and weights[steady].sum() > MOSTLY * weights.sum())
        if self.is_still:
            matrix, shift, agree = np.eye(3), np.zeros(2), np.abs(now - start).max(axis=1) < INLIER_PX
        else:
            fitted = fit_similarity(start, now, weights)
            if fitted is None:
                return False
            matrix, agree = fitted
            shift = matrix[:2, :2] @ half + matrix[:2, 2] - half
        self._from, self._now, self._trust = start[agree], now[agree], np.minimum(trust[agree] + 0.1, 3.0)
        self.pose = replace(self.pose, matrix=matrix @ self._anchor.matrix, shift_px=self._anchor.shift_px + shift)
        self._age += 1
        few = len(self._now) < KEEP * self._n_anchored and self._age >= MIN_AGE
        if few or len(self._now) < 2 * MIN_INLIERS or float(np.linalg.norm(shift)) > RENEW_PX:
            self._renew(gray)
        return True

    def _renew(self, gray: ImageArray) -> None:
        """Make this frame the anchor: keep the corners that proved steady, and add new ones elsewhere."""
        import cv2

        self._anchor = self.pose
        distance = max(6, round(0.022 * math.hypot(*gray.shape)))
        mask = np.full(gray.shape, 255, np.uint8)
        for x, y in self._now:
            cv2.circle(mask, (round(float(x)), round(float(y))), distance, 0, -1)
        wanted = MAX_CORNERS - len(self._now)
        fresh = cv2.goodFeaturesToTrack(gray, max(wanted, 1), 0.004, distance, mask=mask)
        fresh = np.empty((0, 2)) if fresh is None else fresh.reshape(-1, 2).astype(np.float64)
        self._now = np.concatenate([self._now, fresh])
        self._trust = np.concatenate([self._trust[: len(self._now) - len(fresh)], np.full(len(fresh), 0.5)])
        self._from = self._now.copy()
        self._n_anchored = len(self._now)
        self._age = 0


def fit_similarity(
    start: FloatArray, end: FloatArray, weights: FloatArray
) -> tuple[FloatArray, npt.NDArray[np.bool_]] | None:
    """Fit shift, turn and zoom to the displacements that most points share.

    Parameters
    ----------
    start, end : float64 (N, 2)
    weights : float64 (N,)

    Returns
    -------
    matrix : float64 (3, 3)
        Takes `start` to `end`.
    agree : bool (N,)
        The points within `INLIER_PX` of it.

    None when too few points agree to tell.
    """
    if len(start) < MIN_INLIERS:
        return None
    displacement = end - start
    apart = np.linalg.norm(displacement[:, None] - displacement[None], axis=2)
    votes = (apart < 2 * INLIER_PX).astype(np.float64) @ weights
    agree = apart[int(np.argmax(votes))] < 2 * INLIER_PX
    matrix = np.eye(3)
    for tolerance in (3 * INLIER_PX, 2 * INLIER_PX, INLIER_PX):
        if agree.sum() < MIN_INLIERS:
            return None
        matrix = _least_squares(start[agree], end[agree], weights[agree])
        off = np.linalg.norm(start @ matrix[:2, :2].T + matrix[:2, 2] - end, axis=1)
        agree = off < tolerance
    if agree.sum() < max(MIN_INLIERS, 0.2 * len(start)):
        return None
    return matrix, agree


def _least_squares(start: FloatArray, end: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted similarity transform (Umeyama 1991, in the plane)."""
    w = weights[:, None] / weights.sum()
    mean_a, mean_b = (w * start).sum(axis=0), (w * end).sum(axis=0)
    a, b = start - mean_a, end - mean_b
    spread = float((w * a * a).sum())
    if spread < 1.0:
        cosine, sine = 1.0, 0.0
    else:
        cosine = float((w * a * b).sum()) / spread
        sine = float((w[:, 0] * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])).sum()) / spread
    linear = np.array([[cosine, -sine], [sine, cosine]])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = mean_b - linear @ mean_a
    return matrix
