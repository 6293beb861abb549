"""Bodies drawn point by point."""

from __future__ import annotations

import numpy as np

from gait.analysis.geometry import Body
from gait.skeleton import INDEX, KEYPOINTS
from gait.types import PoseSequence


def figure(**points: tuple[float, float]) -> Body:
    """One frame with the points given (x to the right, y down) and no others."""
    xy = np.full((1, len(KEYPOINTS), 2), np.nan, dtype=np.float32)
    for name, place in points.items():
        xy[0, INDEX[name]] = place
    return Body(
        PoseSequence(
            time_s=np.zeros(1),
            frame=np.zeros(1, dtype=np.int64),
            xy_px=xy,
            score=np.isfinite(xy).all(axis=2).astype(np.float32),
            model="drawn",
            width_px=400,
            height_px=400,
        )
    )
