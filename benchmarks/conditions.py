"""The walks of the simulator that the steps are measured on: many ways of walking and of filming, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from benchmarks.simulated_body import SHANK, THIGH, Walker, usual_pitches_deg, walking_speed
from benchmarks.simulator import PATTERNS, Recording, Truth, simulate_walk
from gait.types import PoseSequence

EDGE_S = 0.1
"""Events this close to the first or the last picture of their foot may be found but need not be."""
USUAL_CAMERA = {
    "duration_s": 6.0,
    "width_px": 3840,
    "height_px": 2160,
    "focal_widths": 0.72,
    "distance_m": 8.8,
    "noise_px": 2.0,
}
"""The wide lens of a telephone; a body of 1.75 m is 550 px tall, as in the laboratory walks, and walks 12 m."""
FRONTAL_CAMERA = {"duration_s": 5.0, "distance_m": 10.0}


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Who walks, and what is fixed about how it is filmed; frame phase, direction and a small angle are drawn."""

    walker: Walker = PATTERNS["usual"]
    filmed: dict[str, object] = field(default_factory=dict)


def _cadence(steps_per_min: float, step_length_bh: float, stance: float) -> Condition:
    walker = Walker(cadence=steps_per_min, step_length_bh=(step_length_bh, step_length_bh), stance=(stance, stance))
    leg_m = (THIGH + SHANK) * walker.height_m
    strike, off = usual_pitches_deg(walking_speed(walker) / np.sqrt(9.81 * leg_m))
    return Condition(walker=replace(walker, heel_strike_pitch_deg=(strike, strike), foot_off_pitch_deg=(off, off)))


def _usual(**filmed: object) -> Condition:
    return Condition(filmed=filmed)


USUAL = "usual, 110 steps/min"
CONDITIONS: dict[str, Condition] = {
    USUAL: _usual(),
    "50 steps/min": _cadence(50, 0.25, 0.70),
    "80 steps/min": _cadence(80, 0.32, 0.66),
    "150 steps/min": _cadence(150, 0.46, 0.58),
    **{name: Condition(walker=walker) for name, walker in PATTERNS.items() if name != "usual"},
    "uneven step lengths": Condition(walker=replace(PATTERNS["usual"], step_length_bh=(0.45, 0.30))),
    "uneven step times": Condition(walker=replace(PATTERNS["usual"], step_time_share=0.43, stance=(0.66, 0.58))),
    "turning back": _usual(duration_s=12.0, steps_per_pass=7),
    "standing before and after": _usual(duration_s=8.0, stand_before_s=1.5, stand_after_s=1.5),
    "treadmill": _usual(ground="treadmill"),
    "panning camera": _usual(panning=True),
    "toward the camera": _usual(direction="toward", **FRONTAL_CAMERA),
    "away from the camera": _usual(direction="away", **FRONTAL_CAMERA),
    "shuffling, toward": Condition(walker=PATTERNS["shuffling"], filmed={"direction": "toward", **FRONTAL_CAMERA}),
    "4 px, 5 % lost": _usual(noise_px=4.0, dropout=0.05),
    "60 fps": _usual(fps=60.0),
}


def simulated(condition: Condition, draws: int, seed: int) -> Iterator[tuple[PoseSequence, Truth]]:
    """Film a condition several times, each with another walk, frame phase, direction and angle (up to 10 degrees)."""
    rng = np.random.default_rng(seed)
    for draw in range(draws):
        filmed = {
            **USUAL_CAMERA,
            "direction": str(rng.choice(["left", "right"])),
            "off_plane_deg": float(rng.uniform(-10, 10)),
            "phase": float(rng.random()),
            **condition.filmed,
        }
        yield simulate_walk(condition.walker, Recording(**filmed), seed=seed + draw)  # type: ignore[arg-type]


def split_events(poses: PoseSequence, truth: Truth) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Sort the true events into those of the passes, those between passes, and those too close to an end to be needed.

    An end is where the clip begins or ends, where the foot enters or leaves the picture, and a pass's last strike: the
    offs after it belong to the turn, or to standing still.
    """
    events = truth.events
    times_s, sides, numbers = (events[name].tolist() for name in ("time_s", "side", "pass_number"))
    end_s = truth.passes.set_index("number")["end_s"].to_dict()
    clear = np.array([_clear(poses, t, side) for t, side in zip(times_s, sides, strict=True)], dtype=np.bool_)
    in_pass = np.array([t <= end_s.get(n, -1.0) + 1e-6 for t, n in zip(times_s, numbers, strict=True)], dtype=np.bool_)
    turning = events["pass_number"].to_numpy() == 0
    spare = pd.concat([events[~clear | ~(in_pass | turning)], truth.unseen])
    return events[clear & in_pass], events[clear & turning], spare


def _clear(poses: PoseSequence, time_s: float, side: str) -> bool:
    first, last = np.searchsorted(poses.time_s, [time_s - EDGE_S, time_s + EDGE_S])
    if first == 0 or last == len(poses.time_s):
        return False
    foot = [np.isfinite(poses.point(f"{side}_{point}")[first:last, 0]) for point in ("ankle", "heel", "big_toe")]
    return bool(np.any(foot, axis=0).all())
