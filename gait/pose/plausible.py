"""Whether the numbers in a table of joints can be those of a video."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gait.errors import InputError
from gait.types import FloatArray

MOST_FPS, LEAST_FPS = 2000.0, 1.0
_LATEST_S = 1e7
"""A third of a year."""
FARTHEST = 1e7
"""Pixels or millimetres: a number above is no place in a picture or a room."""
MOST_PX = 100_000
"""Width or height of a picture that joints are in."""


def check_times(path: Path, time_s: FloatArray) -> None:
    """Raise an InputError unless these are seconds (T,) that increase, as far apart as the frames of a video."""
    if len(time_s) == 0 or not np.isfinite(time_s).all() or (np.diff(time_s) <= 0).any():
        raise InputError(f"{path}: the time must be there in every row, and increase.")
    usual_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 1.0
    # Rounding shall not tip a rate that is just allowed.
    if not 0.999 / MOST_FPS <= usual_s <= 1.001 / LEAST_FPS or np.abs(time_s).max() > _LATEST_S:
        raise InputError(
            f"{path}: its times cannot be seconds: rows are {usual_s:.3g} apart, and go up to {time_s[-1]:.3g}.",
            "Give the times in seconds.",
        )
