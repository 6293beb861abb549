"""From joints to the whole result: right numbers and whole tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.simulator import PATTERNS
from gait.analysis.analyze import analyze
from gait.columns import (
    CURVE_COLUMNS,
    EVENT_COLUMNS,
    MEASURE_COLUMNS,
    MEASURED,
    MEASURES,
    SIGNALS,
    STRIDE_COLUMNS,
    WITHIN_ERROR,
)
from gait.errors import InputError
from gait.skeleton import INDEX, KEYPOINTS, LEG, SIDES
from gait.types import PoseSequence, Result


def value(result: Result, measure: str, side: str = "both") -> float:
    rows = result.measures.set_index(["measure", "side"])
    return float(rows.loc[(measure, side), "value"])


def cell(result: Result, measure: str, side: str = "both") -> pd.Series:
    return result.measures.set_index(["measure", "side"]).loc[(measure, side)]


def assert_whole(result: Result, poses: PoseSequence) -> None:
    """Every table has its columns, every measure its row, and no withheld one a number or a missing reason."""
    assert list(result.signals.columns) == ["time_s", *SIGNALS]
    assert len(result.signals) == len(poses.time_s)
    assert tuple(result.events.columns) == EVENT_COLUMNS
    assert tuple(result.strides.columns) == STRIDE_COLUMNS
    assert tuple(result.measures.columns) == MEASURE_COLUMNS
    assert tuple(result.curves.columns) == CURVE_COLUMNS
    expected = [(n, s) for n, m in MEASURES.items() for s in ((*SIDES, "both") if m.sides == "each" else ("both",))]
    assert list(zip(result.measures["measure"], result.measures["side"], strict=True)) == expected
    withheld = result.measures[result.measures["status"] == "withheld"]
    assert withheld["value"].isna().all()
    assert (withheld["reason"].str.len() > 10).all()
    valid = result.measures[result.measures["status"].isin(MEASURED)]
    assert len(valid) + len(withheld) == len(result.measures)
    assert result.measures["unit"].tolist() == [MEASURES[name].unit for name in result.measures["measure"]]
    assert np.isfinite(valid[["value", "ci_low", "ci_high", "mdc95"]].to_numpy(dtype=float)).all()
    assert (valid["ci_low"] <= valid["value"]).all()
    assert (valid["value"] <= valid["ci_high"]).all()
    assert (valid["n"] > 0).all()


def without(poses: PoseSequence, *names: str) -> PoseSequence:
    xy, score = poses.xy_px.copy(), poses.score.copy()
    columns = [INDEX[name] for name in names]
    xy[:, columns], score[:, columns] = np.nan, 0.0
    return replace(poses, xy_px=xy, score=score)


def part(poses: PoseSequence, start: int, end: int) -> PoseSequence:
    return replace(
        poses,
        time_s=poses.time_s[start:end],
        frame=poses.frame[start:end],
        xy_px=poses.xy_px[start:end],
        score=poses.score[start:end],
        background_xy_px=None if poses.background_xy_px is None else poses.background_xy_px[start:end],
    )


# --- right numbers --------------------------------------------------------------------------------------------------


def test_a_usual_walk_there_and_back_is_measured_as_it_was(walk: Callable[..., Any]) -> None:
    poses, truth, result = walk(duration_s=11.5, steps_per_pass=7, height_m=1.75, noise_px=1.5)
    assert_whole(result, poses)
    walker = truth.walker
    assert value(result, "cadence") == pytest.approx(walker.cadence, abs=2.0)
    assert value(result, "stance") == pytest.approx(62.0, abs=2.5)
    assert value(result, "double_support") == pytest.approx(24.0, abs=4.0)
    assert value(result, "speed") == pytest.approx(0.8 * 1.75 * walker.cadence / 120, rel=0.05)
    assert value(result, "stride_length") == pytest.approx(0.8 * 1.75, rel=0.05)
    assert value(result, "step_length") == pytest.approx(0.4 * 1.75, rel=0.03)
    assert set(result.strides["pass_number"]) == {1, 2}
    assert value(result, "step_length") == pytest.approx(1.75 * value(result, "step_length_relative"), rel=0.05)


def test_without_a_scale_lengths_and_speed_in_metres_are_withheld_and_those_in_body_heights_given(
    walk: Callable[..., Any],
) -> None:
    _, _, result = walk(duration_s=5.0)
    assert value(result, "stride_length_relative") == pytest.approx(0.8, rel=0.06)
    for name in ("step_length", "stride_length", "speed"):
        row = cell(result, name)
        assert row["status"] == "withheld"
        assert "body height" in row["reason"]
    assert value(result, "speed_relative") == pytest.approx(0.8 * 110 / 120, rel=0.06)


def test_a_limp_is_found_with_its_sign(walk: Callable[..., Any]) -> None:
    """The left step takes 43 % of the stride, and the left foot stands longer."""
    _, _, result = walk("antalgic", duration_s=11.5, steps_per_pass=7)
    steps = cell(result, "step_time_asymmetry")
    assert steps["ci_high"] < 0
    assert steps["reason"] == ""
    assert value(result, "stance_asymmetry") > 4


def test_an_even_walk_has_no_asymmetry_beyond_its_error(walk: Callable[..., Any]) -> None:
    _, _, result = walk(duration_s=11.5, steps_per_pass=7)
    row = cell(result, "step_time_asymmetry")
    assert row["ci_low"] < 0 < row["ci_high"]
    assert row["status"] == WITHIN_ERROR
    assert row["reason"].startswith("No difference between left and right")


def test_from_the_front_there_are_steps_but_no_flexion_lengths_or_offs(walk: Callable[..., Any]) -> None:
    poses, truth, result = walk(direction="toward", distance_m=9.0, duration_s=6.0)
    assert_whole(result, poses)
    assert value(result, "cadence") == pytest.approx(truth.walker.cadence, abs=4.0)
    for measure in ("stance", "double_support", "knee_rom", "step_length", "speed", "arm_swing"):
        assert cell(result, measure)["status"] == "withheld"
        assert "front" in cell(result, measure)["reason"]
    assert result.events["kind"].eq("strike").all()


def test_a_lean_to_the_subjects_right_is_positive_from_front_and_back(walk: Callable[..., Any]) -> None:
    leaning = replace(PATTERNS["usual"], right_lean_deg=6.0)
    for direction in ("toward", "away"):
        _, _, result = walk(walker=leaning, direction=direction, distance_m=9.0, duration_s=6.0)
        assert value(result, "trunk_lean_sideways") == pytest.approx(6.0, abs=1.0)


def test_lean_forward_and_lean_to_a_side_are_two_measures_and_two_curves(walk: Callable[..., Any]) -> None:
    """Six degrees to the right and four forward; seen from the side, then from the front."""
    leaning = replace(PATTERNS["usual"], right_lean_deg=6.0, forward_lean_deg=4.0)
    for direction, seen, other in (("right", "forward", "sideways"), ("toward", "sideways", "forward")):
        _, _, result = walk(walker=leaning, direction=direction, distance_m=9.0, duration_s=6.0)
        assert cell(result, f"trunk_lean_{seen}")["status"] == "valid"
        assert "needs a view from the" in cell(result, f"trunk_lean_{other}")["reason"]
        assert f"trunk_lean_{seen}_deg" in set(result.curves["signal"])
        assert f"trunk_lean_{other}_deg" not in set(result.curves["signal"])


def test_left_and_right_are_not_compared_by_two_values_each(walk: Callable[..., Any]) -> None:
    _, _, result = walk("antalgic", duration_s=3.6)
    few = result.measures.set_index(["measure", "side"]).loc["step_time"]
    assert 1 <= few["n"].loc[["left", "right"]].min() <= 2
    assert cell(result, "step_time_asymmetry")["status"] == "withheld"


def test_a_mean_of_both_sides_that_rests_on_one_says_so(walk: Callable[..., Any]) -> None:
    poses, _, _ = walk(duration_s=6.0)
    result = analyze(without(poses, "left_heel", "left_big_toe", "left_small_toe"))
    assert cell(result, "ankle_rom", "left")["status"] == "withheld"
    assert cell(result, "ankle_rom", "right")["status"] == "valid"
    assert cell(result, "ankle_rom")["reason"] == "Of the right side alone."


def test_on_a_treadmill_timing_and_steps_hold_and_speed_is_withheld(walk: Callable[..., Any]) -> None:
    poses, truth, result = walk(ground="treadmill", duration_s=8.0, height_m=1.75)
    assert_whole(result, poses)
    assert value(result, "cadence") == pytest.approx(truth.walker.cadence, abs=2.0)
    assert value(result, "stride_length") == pytest.approx(1.40, rel=0.07)
    assert "belt" in cell(result, "speed")["reason"]


def test_a_panning_camera_is_taken_off_by_its_background(walk: Callable[..., Any]) -> None:
    _, _, result = walk(panning=True, duration_s=6.0, height_m=1.75)
    assert value(result, "speed") == pytest.approx(1.28, rel=0.06)


def test_far_off_the_plane_lengths_are_withheld(walk: Callable[..., Any]) -> None:
    _, _, result = walk(off_plane_deg=38.0, duration_s=6.0, height_m=1.75)
    for measure in ("step_length", "speed"):
        assert cell(result, measure)["status"] == "withheld"
    assert cell(result, "cadence")["status"] == "valid"


# --- whole results, whatever comes in -------------------------------------------------------------------------------

FEET = [f"{side}_{point}" for side in SIDES for point in ("heel", "big_toe", "small_toe")]


@pytest.mark.parametrize(
    "missing",
    [KEYPOINTS, FEET, ["nose"], ["left_shoulder", "right_shoulder"], [f"left_{j}" for j in LEG], KEYPOINTS[:11]],
    ids=["everything", "feet", "nose", "shoulders", "left leg", "all above the hips"],
)  # fmt: skip
def test_missing_points_take_only_what_needs_them(walk: Callable[..., Any], missing: list[str]) -> None:
    poses, _, _ = walk(duration_s=5.0)
    less = without(poses, *missing)
    result = analyze(less)
    assert_whole(result, less)
    legs_seen = not any(name.endswith("ankle") for name in missing)
    assert (cell(result, "cadence")["status"] == "valid") == legs_seen
    if "nose" in missing:
        assert cell(result, "head_sway")["status"] == "withheld"
    if "left_heel" in missing and legs_seen:
        assert cell(result, "ankle_rom")["status"] == "withheld"
        assert "no_feet" in [flag.code for flag in result.flags]


@pytest.mark.parametrize("frames", [1, 2, 3, 10, 20])
def test_a_photograph_or_a_single_step_gives_posture_but_no_gait(walk: Callable[..., Any], frames: int) -> None:
    poses, _, _ = walk(duration_s=5.0)
    short = part(poses, 40, 40 + frames)
    result = analyze(short)
    assert_whole(result, short)
    assert not result.scene.walking
    assert (result.measures["status"] == "withheld").all()
    assert result.measures["reason"].str.startswith("No walking was found").all()
    assert [flag.code for flag in result.flags if flag.level == "refusal"] == ["no_gait"]
    assert np.isfinite(result.signals[["left_knee_interior_deg", "trunk_lean_deg"]].to_numpy()).all()


def test_a_single_step_makes_no_cadence(walk: Callable[..., Any]) -> None:
    """A second and a half: two strikes, one after the other."""
    poses, _, _ = walk(duration_s=5.0)
    result = analyze(part(poses, 40, 85))
    assert (result.events["kind"] == "strike").sum() <= 2
    assert cell(result, "cadence")["status"] == "withheld"
    assert cell(result, "stride_time")["status"] == "withheld"


def test_no_frames_at_all_is_an_error(walk: Callable[..., Any]) -> None:
    poses, _, _ = walk(duration_s=5.0)
    with pytest.raises(InputError, match="no frames"):
        analyze(part(poses, 0, 0))


def test_a_leg_hidden_for_a_second_is_said_and_gives_no_contact_there(walk: Callable[..., Any]) -> None:
    poses, _, _ = walk(duration_s=6.0)
    xy = poses.xy_px.copy()
    hidden = (poses.time_s >= 2.5) & (poses.time_s < 3.5)
    xy[np.ix_(hidden, [INDEX[f"left_{joint}"] for joint in LEG])] = np.nan
    result = analyze(replace(poses, xy_px=xy))
    assert "gap" in [flag.code for flag in result.flags]
    left = result.events[result.events["side"] == "left"]
    assert not left["time_s"].between(2.55, 3.45).any()
    overlapping = result.strides[(result.strides["start_s"] < 3.4) & (result.strides["end_s"] > 2.6)]
    assert not overlapping.loc[overlapping["side"] == "left", "valid"].any()
