"""Steps and strides from events that are known, and what makes one not count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from truth import true_poses

from benchmarks.simulator import PATTERNS, Walker
from gait.analysis.analyze import analyze
from gait.analysis.body.table import signals_table
from gait.analysis.geometry import Body
from gait.analysis.lengths.body_height import body_height_px
from gait.analysis.lengths.floor import Floor
from gait.analysis.lengths.scale import Scale
from gait.analysis.measures.cycles import stride_cycles
from gait.analysis.measures.strides import TURNING, find_steps, find_strides
from gait.analysis.measures.timing import ONE_FOOT, timing_measures
from gait.analysis.measures.walked import Walked, Withheld
from gait.analysis.view.scene import describe_scene
from gait.config import SignalSettings
from gait.signals.clean import clean_poses
from gait.skeleton import INDEX
from gait.types import PoseSequence


def walked_from(poses: PoseSequence, events: pd.DataFrame) -> Walked:
    """What the measures are made from, with events that are known."""
    clean = clean_poses(poses, SignalSettings())
    scene = describe_scene(clean)
    events = events.assign(pass_number=1, sd_s=0.01)
    body = Body(clean.poses)
    floor = Floor(body=body, height_px=body_height_px(body, scene), scene=scene)
    steps = find_steps(events, scene, floor, clean)
    signals = signals_table(clean, scene, events)
    strides = find_strides(events, steps, signals, scene, clean)
    return Walked(
        scene=scene, events=events, steps=steps, strides=strides, signals=signals, floor=floor,
        cycles=stride_cycles(signals, strides, scene.passes),
        scale=Scale(height_m=None, relative_sd=0.0),
    )  # fmt: skip


def from_true_events(
    poses: PoseSequence, events: pd.DataFrame, drop: tuple[str, str, float] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Steps and strides from the true events, less the one of a side and kind nearest to a time."""
    if drop is not None:
        side, kind, time = drop
        mine = events[(events["side"] == side) & (events["kind"] == kind)]
        events = events.drop(index=(mine["time_s"] - time).abs().idxmin())
    walked = walked_from(poses, events)
    return walked.steps, walked.strides


def test_times_and_phases_follow_from_the_events_exactly(walk: Callable[..., Any]) -> None:
    poses, truth, _ = walk("hemiparetic", duration_s=8.0, ground="treadmill")
    steps, strides = from_true_events(poses, truth.events)
    assert strides["valid"].all()
    for side, stance in (("left", 72.0), ("right", 60.0)):
        mine = strides[strides["side"] == side]
        assert mine["stance_pct"].dropna().to_numpy() == pytest.approx(stance, abs=0.1)
        assert mine["swing_pct"].dropna().to_numpy() == pytest.approx(100 - stance, abs=0.1)
    whole = strides.dropna(subset=["double_support_pct"])
    np.testing.assert_allclose(
        whole["initial_double_support_pct"] + whole["terminal_double_support_pct"], whole["double_support_pct"]
    )
    np.testing.assert_allclose(
        whole["stance_pct"], whole["double_support_pct"] + whole["single_support_pct"], atol=1e-9
    )
    share = steps.groupby("side")["step_time_s"].mean()
    assert share["left"] / share.sum() == pytest.approx(0.44, abs=0.02)


def test_a_step_is_named_after_the_foot_that_lands(walk: Callable[..., Any]) -> None:
    poses, truth, _ = walk("hemiparetic", duration_s=8.0)
    steps, _ = from_true_events(poses, truth.events)
    true = truth.steps.set_index("time_s")
    for _, step in steps.iterrows():
        same = true.iloc[np.argmin(np.abs(true.index.to_numpy() - step["time_s"]))]
        assert step["side"] == same["side"]
        if np.isfinite(step["step_length_bh"]):
            assert step["step_length_bh"] == pytest.approx(same["step_length_bh"], abs=0.02)


def test_a_missing_strike_leaves_no_double_length_stride_behind(walk: Callable[..., Any]) -> None:
    poses, truth, _ = walk(duration_s=8.0)
    _, strides = from_true_events(poses, truth.events, drop=("left", "strike", 4.0))
    long = strides[strides["stride_time_s"] > 1.6]
    assert len(long) == 1
    assert not long["valid"].any()
    assert (long["reason"].str.len() > 10).all()
    across = strides[(strides["side"] == "right") & (strides["start_s"] < 4.0) & (strides["end_s"] > 4.0)]
    assert across["reason"].eq("The strike of the left foot was not found.").all()


def test_a_missing_off_takes_the_phases_but_not_the_stride(walk: Callable[..., Any]) -> None:
    poses, truth, _ = walk(duration_s=8.0)
    _, strides = from_true_events(poses, truth.events, drop=("left", "off", 4.0))
    without = strides[strides["stance_pct"].isna() & (strides["side"] == "left")]
    assert len(without) == 1
    assert without["valid"].all()
    assert without["stride_time_s"].notna().all()


def test_every_pass_numbers_its_own_strides_and_none_spans_a_turn(walk: Callable[..., Any]) -> None:
    _, _, result = walk(duration_s=11.5, steps_per_pass=7)
    for _, stride in result.strides.iterrows():
        inside = [p for p in result.scene.passes if p.start_s <= stride["start_s"] and stride["end_s"] <= p.end_s]
        assert [p.number for p in inside] == [stride["pass_number"]]
    assert result.strides.groupby("side")["number"].apply(list).map(lambda n: n == list(range(1, len(n) + 1))).all()


STEP_TO = Walker(
    cadence=70.0, step_length_bh=(0.30, -0.02), step_time_share=0.55, stance=(0.68, 0.72), arm_swing_deg=(8.0, 8.0),
    heel_strike_pitch_deg=(5.0, 5.0), foot_off_pitch_deg=(30.0, 30.0),
)  # fmt: skip
"""The left foot steps ahead; the right one is only brought up to it, and lands a little behind it."""


def test_a_foot_that_is_brought_up_to_the_other_one_makes_steps_that_count(walk: Callable[..., Any]) -> None:
    _, truth, result = walk(walker=STEP_TO, duration_s=12.0, seed=3)
    rows = result.measures.set_index(["measure", "side"])
    for side, length in (("left", 0.287), ("right", -0.019)):
        assert (
            rows.loc[("step_length_relative", side), "ci_low"]
            < length
            < rows.loc[("step_length_relative", side), "ci_high"]
        )
        assert rows.loc[("step_time", side), "value"] == pytest.approx(truth.step_time_s[side], abs=0.02)
        assert rows.loc[("step_time", side), "n"] >= 5
    assert rows.loc[("cadence", "both"), "value"] == pytest.approx(70.0, abs=0.7)


def test_a_step_far_longer_than_the_others_is_left_out_and_its_stride_says_so(walk: Callable[..., Any]) -> None:
    """One left strike is timed a quarter of a second late: that step takes half as long again, its stride does not."""
    poses, truth, _ = walk(duration_s=8.0)
    late = truth.events.copy()
    strike = late[(late["side"] == "left") & (late["kind"] == "strike") & late["time_s"].between(3.5, 5.0)].index[0]
    late.loc[strike, "time_s"] += 0.25
    steps, strides = from_true_events(poses, late)
    (left_out,) = steps[~steps["valid"] & (steps["side"] == "left")].itertuples()
    (stride,) = strides[(strides["side"] == "left") & (strides["end_s"] == left_out.time_s)].itertuples()
    assert stride.valid
    assert stride.reason == f"Its step is left out. {left_out.reason}"
    used = strides[strides["valid"] & (strides["reason"] == "")]
    counted = set(steps.loc[steps["valid"], "time_s"])
    assert set(used["end_s"]) <= counted


def test_steps_of_one_foot_alone_make_no_cadence_but_its_strides_do(walk: Callable[..., Any]) -> None:
    """Of a limp only the steps of the left foot are known, which takes 43 % of the stride."""
    poses, truth, _ = walk("antalgic", duration_s=8.0)
    walked = walked_from(poses, truth.events)
    left = replace(walked, steps=walked.steps[walked.steps["side"] == "left"])
    cadence = timing_measures(left)["cadence"]["both"]
    assert cadence.value == pytest.approx(95.0, abs=1.0)  # type: ignore[union-attr]
    no_stride = replace(left, strides=walked.strides.iloc[:0])
    assert timing_measures(no_stride)["cadence"]["both"] == Withheld(ONE_FOOT)


def test_the_first_step_out_of_a_turn_and_the_last_into_it_are_not_measured() -> None:
    """A man walks through a room and back, by steps of 0.35 body heights, and of half that where he turns: one by the
    right foot at either end of the way back. They are found, and count neither for lengths nor for times."""
    result = analyze(true_poses("mirror_room"))
    strikes = result.events[(result.events["kind"] == "strike") & (result.events["side"] == "right")]
    for turning_s in (6.2, 8.4):
        assert np.abs(strikes["time_s"] - turning_s).min() < 0.05
    rows = result.measures.set_index(["measure", "side"])
    for side in ("left", "right"):
        assert rows.loc[("step_length_relative", side), "value"] == pytest.approx(0.35, abs=0.01)
        assert rows.loc[("step_length_relative", side), "n"] == rows.loc[("step_time", side), "n"]
    assert rows.loc[("step_length_asymmetry", "both"), "value"] == pytest.approx(0.0, abs=2.0)
    held = result.strides[(result.strides["start_s"] < 8.3) & (result.strides["end_s"] > 8.3)]
    assert len(held) == 1
    assert set(held["reason"]) == {TURNING}


def test_the_steps_with_which_somebody_starts_and_stops_are_not_measured(walk: Callable[..., Any]) -> None:
    """Somebody stands, walks slowly on for some steps, and stands again, both feet together."""
    poses, truth, _ = walk("slow", duration_s=9.0, stand_before_s=1.5, stand_after_s=1.5)
    steps = walked_from(poses, truth.events).steps
    rim = steps["reason"] == TURNING
    assert rim.iloc[-1]
    assert not rim.iloc[2:-2].any()
    assert not steps.loc[rim, "valid"].any()


@pytest.mark.parametrize("lengths", [(0.34, 0.14), (0.14, 0.34)])
def test_a_walk_straight_on_keeps_all_its_steps_however_it_limps(
    walk: Callable[..., Any], lengths: tuple[float, float]
) -> None:
    """One step is more than twice as long as the other, and takes 0.6 of the stride, or 0.4."""
    limps = replace(PATTERNS["hemiparetic"], step_length_bh=lengths, step_time_share=0.6)
    poses, truth, _ = walk(walker=limps, duration_s=8.0)
    steps = walked_from(poses, truth.events).steps
    assert len(steps) > 6
    assert not (steps["reason"] == TURNING).any()
    assert steps.groupby("side")["step_length_bh"].median().to_numpy() == pytest.approx(lengths, abs=0.03)


def test_a_hidden_foot_that_the_model_lets_slide_makes_no_lengths(walk: Callable[..., Any]) -> None:
    """A left foot stands behind a sofa, and the model, which guesses it, carries it on by a tenth of the body height:
    the two steps that begin or end there have times and no lengths, all others have both."""
    poses, truth, _ = walk(duration_s=8.0)
    lands = truth.events[(truth.events["side"] == "left") & (truth.events["kind"] == "strike")]["time_s"]
    (there_s, *_) = lands[lands > 3.0]
    xy = poses.xy_px.copy()
    foot = [INDEX[f"left_{point}"] for point in ("ankle", "heel", "big_toe", "small_toe")]
    height_px = float(np.nanmedian(xy[:, INDEX["left_heel"], 1] - xy[:, INDEX["nose"], 1])) / 0.9
    during = (poses.time_s > there_s) & (poses.time_s < there_s + 0.35)
    xy[np.ix_(during, foot, [0])] += (0.1 * height_px * (poses.time_s[during] - there_s) / 0.35)[:, None, None]
    steps = walked_from(replace(poses, xy_px=xy), truth.events).steps
    beside = np.minimum((steps["start_s"] - there_s).abs(), (steps["time_s"] - there_s).abs()) < 0.01
    whole = walked_from(poses, truth.events).steps["step_length_bh"]
    assert beside.sum() == 2
    assert steps.loc[beside, "step_length_bh"].isna().all()
    assert steps.loc[beside, "valid"].all()
    np.testing.assert_allclose(steps.loc[~beside, "step_length_bh"], whole[~beside], atol=0.002)
