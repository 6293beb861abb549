"""What the exported files are written from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from gait.types import FloatArray, PoseSequence


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A result, on evenly spaced times.

    Attributes
    ----------
    name : str
        Of the recording.
    time_s : float64 (N,)
        Evenly spaced.
    rate_hz : float
    points : dict of float64 (N, 2)
        The cleaned joints that are known at all, by keypoint. X to the right, Y up, from the lower left corner of the
        picture, in `unit`. NaN where unknown.
    unit : {"m", "px"}
    angles_deg : dict of float64 (N,)
        By the names of signals.csv, without those that are unknown throughout.
    events : DataFrame
        As in events.csv.
    poses : PoseSequence
        The joints as the model gave them, on the times of the frames.
    """

    name: str
    time_s: FloatArray
    rate_hz: float
    points: dict[str, FloatArray]
    unit: Literal["m", "px"]
    angles_deg: dict[str, FloatArray]
    events: pd.DataFrame
    poses: PoseSequence
