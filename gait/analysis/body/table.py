"""The table of signals: every angle and posture, frame by frame."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pandas as pd

from gait.analysis.body.angles import ankle_deg, flat_foot_deg, hip_knee_deg, interior_angle_deg
from gait.analysis.body.posture import forward_sign, posture_signals
from gait.analysis.geometry import Body
from gait.analysis.view.heading import Heading, find_heading
from gait.columns import SIGNALS
from gait.signals.clean import CleanPoses
from gait.skeleton import SIDES
from gait.types import FloatArray, Scene

HIP_KNEE_CUTOFF_SHARE = 0.75
"""Hip and knee take this share of the cut-off of the settings (4.5 of 6 Hz), the ankle all of it.

On laboratory walks at 30 frames per second with 2 px of noise 4.5 Hz gives the smallest error of the knee, and without
noise it takes nothing off its range (0.0 degrees); the ankle needs 6 Hz (benchmarks/angles.py).
"""
FLAT_SHARE = (0.25, 0.5)
"""Part of the stance in which the foot is flat."""

INTERIOR = {
    "knee": ("hip", "knee", "ankle"),
    "hip": ("shoulder", "hip", "knee"),
    "elbow": ("shoulder", "elbow", "wrist"),
}


def signals_table(clean: CleanPoses, scene: Scene, events: pd.DataFrame, cutoff_hz: float = 6.0) -> pd.DataFrame:
    """Return `time_s` and all of `gait.columns.SIGNALS`, one row per frame; NaN where a joint is unknown.

    Parameters
    ----------
    clean : CleanPoses
    scene : Scene
        Inside its passes the direction is the pass's; elsewhere it is read off the body, frame by frame.
    events : DataFrame
        With the columns of `gait.columns.EVENT_COLUMNS`; they tell when a foot is flat.
    cutoff_hz : float
        Low-pass of the joints, for everything but hip and knee angle.
    """
    body = Body(clean.filtered(cutoff_hz))
    slow = Body(clean.filtered(HIP_KNEE_CUTOFF_SHARE * cutoff_hz))
    heading = _heading_of_passes(find_heading(body), body.time_s, scene)
    forward = forward_sign(heading)
    flat: dict[str, float] = {
        side: flat_foot_deg(body, side, forward, _flat_frames(body.time_s, events, side)) for side in SIDES
    }
    columns = hip_knee_deg(slow, forward) | ankle_deg(body, forward, flat) | posture_signals(body, heading)
    for side in SIDES:
        for name, points in INTERIOR.items():
            columns[f"{side}_{name}_interior_deg"] = interior_angle_deg(*(body.at(f"{side}_{p}") for p in points))
    return pd.DataFrame({"time_s": body.time_s} | {name: columns[name] for name in SIGNALS})


def _heading_of_passes(heading: Heading, time_s: FloatArray, scene: Scene) -> Heading:
    """Let the direction of each pass overrule what single frames say."""
    rightward, toward = heading.rightward.copy(), heading.toward.copy()
    for walk in scene.passes:
        inside = (time_s >= walk.start_s) & (time_s <= walk.end_s)
        rightward[inside] = {"right": 1.0, "left": -1.0}.get(walk.direction, 0.0)
        toward[inside] = {"toward": 1.0, "away": -1.0}.get(walk.direction, 0.0)
    return Heading(rightward=rightward, toward=toward)


def _flat_frames(time_s: FloatArray, events: pd.DataFrame, side: str) -> npt.NDArray[np.bool_] | None:
    """Return the frames in which this foot is flat; None where no stance was seen whole."""
    mine = events[events["side"] == side].sort_values("time_s")
    flat = np.zeros(len(time_s), dtype=bool)
    rows = list(zip(mine["time_s"], mine["kind"], strict=True))
    for (start, kind), (end, following) in itertools.pairwise(rows):
        if kind == "strike" and following == "off":
            first, last = (start + share * (end - start) for share in FLAT_SHARE)
            flat |= (time_s >= first) & (time_s <= last)
    return flat if flat.any() else None
