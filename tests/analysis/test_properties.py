"""What may not matter, whoever walks: left or right, large or small, early or late, how many frames a second."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from benchmarks.simulator import PATTERNS, Recording, simulate_walk
from gait.analysis.analyze import analyze
from gait.skeleton import INDEX, KEYPOINTS, SIDES, mirrored
from gait.types import PoseSequence, Result

SIGNED = ("ankle_height_difference", "step_time_asymmetry", "stance_asymmetry", "step_length_asymmetry",
          "arm_swing_asymmetry")  # fmt: skip

few = settings(max_examples=5, deadline=None, derandomize=True, phases=[Phase.generate])
patterns = st.sampled_from(["usual", "slow", "fast", "antalgic", "hemiparetic", "stiff knee"])
seeds = st.integers(0, 10_000)
directions = st.sampled_from(["right", "left"])


def filmed(pattern: str, seed: int, direction: str = "right", **how: object) -> PoseSequence:
    recording = Recording(duration_s=7.0, direction=direction, noise_px=1.0, **how)  # type: ignore[arg-type]
    return simulate_walk(PATTERNS[pattern], recording, seed=seed)[0]


def values(result: Result, column: str = "value") -> pd.Series:
    return result.measures.set_index(["measure", "side"])[column].astype(float)


def in_mirror(poses: PoseSequence) -> PoseSequence:
    """The same walk in a mirror: left becomes right, and so do the names."""
    order = [INDEX[mirrored(name)] for name in KEYPOINTS]
    xy = poses.xy_px[:, order].copy()
    xy[:, :, 0] = poses.width_px - xy[:, :, 0]
    return replace(poses, xy_px=xy, score=poses.score[:, order])


@few
@given(patterns, seeds, directions)
def test_a_mirror_exchanges_the_sides_and_changes_nothing_else(pattern: str, seed: int, direction: str) -> None:
    poses = filmed(pattern, seed, direction)
    here, there = analyze(poses), analyze(in_mirror(poses))
    as_seen, reflected = values(here), values(there)
    swapped = {"left": "right", "right": "left", "both": "both"}
    for (measure, side), value in as_seen.items():
        sign = -1 if measure in SIGNED else 1
        assert reflected[measure, swapped[side]] == pytest.approx(sign * value, rel=0.01, abs=0.03, nan_ok=True)
    exchanged = there.events.assign(side=there.events["side"].map(swapped))
    assert list(exchanged["side"] + exchanged["kind"]) == list(here.events["side"] + here.events["kind"])
    np.testing.assert_allclose(exchanged["time_s"], here.events["time_s"], atol=2e-3)


@few
@given(patterns, seeds, st.floats(0.5, 4.0))
def test_a_finer_or_coarser_picture_changes_nothing(pattern: str, seed: int, times: float) -> None:
    poses = filmed(pattern, seed)
    size = (round(poses.width_px * times), round(poses.height_px * times))
    other = analyze(replace(poses, xy_px=poses.xy_px * np.float32(times), width_px=size[0], height_px=size[1]))
    for column in ("value", "ci_low", "ci_high"):
        np.testing.assert_allclose(values(other, column), values(analyze(poses), column), rtol=5e-3, atol=5e-3)


@few
@given(patterns, seeds, st.floats(0.0, 3600.0))
def test_a_later_start_shifts_the_events_and_nothing_else(pattern: str, seed: int, later_s: float) -> None:
    poses = filmed(pattern, seed)
    here, later = analyze(poses), analyze(replace(poses, time_s=poses.time_s + later_s))
    np.testing.assert_allclose(later.events["time_s"], here.events["time_s"] + later_s, atol=1e-5)
    np.testing.assert_allclose(values(later), values(here), rtol=1e-3, atol=0.02)


@few
@given(patterns, seeds, directions)
def test_flexion_is_positive_in_both_directions(pattern: str, seed: int, direction: str) -> None:
    recording = Recording(duration_s=7.0, direction=direction, noise_px=1.0)  # type: ignore[arg-type]
    poses, truth = simulate_walk(PATTERNS[pattern], recording, seed=seed)
    signals = analyze(poses).signals
    inside = signals["time_s"].between(1.5, 5.0)
    for side in SIDES:
        for joint in ("hip", "knee"):
            error = signals.loc[inside, f"{side}_{joint}_deg"] - truth.signals.loc[inside, f"{side}_{joint}_deg"]
            assert error.abs().mean() < 3.0
    assert signals.loc[inside, "trunk_lean_deg"].mean() > 0


@few
@given(st.sampled_from(["usual", "slow", "fast"]), seeds, directions, st.floats(25.0, 120.0))
def test_the_frame_rate_does_not_change_the_cadence(pattern: str, seed: int, direction: str, fps: float) -> None:
    """Joints without noise of their own: what is left is the sampling."""
    walker = replace(PATTERNS[pattern], step_time_sd_s=0.005)

    def cadence(fps: float) -> float:
        recording = Recording(duration_s=7.0, direction=direction, noise_px=0.3, fps=fps)  # type: ignore[arg-type]
        return float(values(analyze(simulate_walk(walker, recording, seed=seed)[0]))["cadence", "both"])

    assert cadence(fps) == pytest.approx(cadence(60.0), abs=0.5)
