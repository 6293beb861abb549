"""Follow what is in a box drawn by hand, without knowing what it is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gait.frames import Picture
from gait.subject.track.tracker import Track
from gait.types import FloatArray, ImageArray

MIN_CORNERS, MAX_CORNERS, MIN_SIDE_PX = 8, 60, 4.0
"""Corners that carry the box, and its least side. Judgements."""

LEAST_CORNER, CORNERS_APART_PX = 0.01, 3
"""How strong a corner must be, of the strongest, and how far from the next. Judgements."""
GROWTH = (0.97, 1.03)
"""From one frame to the next nobody's size changes by more. A judgement: far more than somebody who runs up grows."""


def follow_box(frames: Iterable[Picture], box: FloatArray, shift: FloatArray) -> Track:
    """Carry a box from the first frame on with the corners in it, by their median shift and spread.

    After Kalal 2010 ("median flow"): corners that do not come back to their place when followed backward are dropped.

    Parameters
    ----------
    frames : iterable
        Grey frames (H, W).
    box : float64 (4,)
        In the first frame.
    shift : float64 (T, 2)
        Of the background in each frame.

    Returns
    -------
    Track
        It ends where the corners are lost or the box leaves the picture.
    """
    import cv2

    track = Track()
    previous: ImageArray | None = None
    box = box.astype(np.float64)
    for frame, moved in zip(frames, shift, strict=False):
        gray = frame.image
        height, width = gray.shape
        if previous is not None:
            mask = np.zeros_like(previous)
            x1, y1, x2, y2 = (int(v) for v in np.clip(box, 0, [width, height, width, height]))
            mask[y1:y2, x1:x2] = 255
            corners = cv2.goodFeaturesToTrack(previous, MAX_CORNERS, LEAST_CORNER, CORNERS_APART_PX, mask=mask)
            if corners is None or len(corners) < MIN_CORNERS:
                break
            ahead, found, _ = cv2.calcOpticalFlowPyrLK(previous, gray, corners, None)
            back, again, _ = cv2.calcOpticalFlowPyrLK(gray, previous, ahead, None)
            astray = np.abs(back - corners).reshape(-1, 2).max(axis=1)
            good = (found.ravel() == 1) & (again.ravel() == 1) & (astray < 1.0)
            if good.sum() < MIN_CORNERS:
                break
            start, end = corners.reshape(-1, 2)[good], ahead.reshape(-1, 2)[good]
            step = np.median(end - start, axis=0)
            spread_before = np.median(np.abs(start - np.median(start, axis=0)))
            spread_after = np.median(np.abs(end - np.median(end, axis=0)))
            growth = float(np.clip(spread_after / max(spread_before, 1e-3), *GROWTH))
            centre, half = (box[:2] + box[2:]) / 2 + step, (box[2:] - box[:2]) / 2 * growth
            box = np.concatenate([centre - half, centre + half])
        inside = np.clip(box, 0, [width, height, width, height])
        if min(inside[2] - inside[0], inside[3] - inside[1]) < MIN_SIDE_PX:
            break
        middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2
        track.add(frame.time_s, middle, float(half[1]), shift=moved)
        previous = gray
    return track
