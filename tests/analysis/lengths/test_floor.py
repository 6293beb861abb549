"""Step and stride lengths: what a still camera, one that turns, one that is carried and a treadmill show of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.simulator import PATTERNS
from gait.analysis.analyze import analyze, like_measures
from gait.analysis.body.table import signals_table
from gait.analysis.events.find import find_events
from gait.analysis.geometry import Body
from gait.analysis.lengths.body_height import body_height_px
from gait.analysis.lengths.floor import Floor
from gait.analysis.lengths.scale import find_scale
from gait.analysis.measures.cycles import stride_cycles
from gait.analysis.measures.spatial import contradiction, length_measures
from gait.analysis.measures.strides import find_steps, find_strides
from gait.analysis.measures.walked import Walked, Withheld
from gait.analysis.view.scene import describe_scene
from gait.analysis.view.slant import turned_deg
from gait.config import AnalysisSettings, ScaleSettings
from gait.signals.clean import clean_poses
from gait.skeleton import INDEX, SIDES
from gait.types import FloatArray, PoseSequence, Result

UNEVEN = replace(PATTERNS["usual"], step_length_bh=(0.44, 0.32))
"""The left foot lands 0.44 body heights ahead of where the right one landed, the right one 0.32 ahead of the left."""


def cell(result: Result, measure: str, side: str = "both") -> Any:
    return result.measures.set_index(["measure", "side"]).loc[(measure, side)]


def assert_holds(result: Result, measure: str, side: str, true: float, rel: float) -> None:
    row = cell(result, measure, side)
    assert row["status"] == "valid", row["reason"]
    assert row["value"] == pytest.approx(true, rel=rel)
    assert row["ci_low"] <= true <= row["ci_high"]


def smooth_way(time_s: FloatArray, place: FloatArray) -> FloatArray:
    known = np.isfinite(place)
    return np.asarray(np.polyval(np.polyfit(time_s[known], place[known], 3), time_s))


def seen_by_a_turning_camera(poses: PoseSequence, focal_px: float) -> PoseSequence:
    """Turn the camera about the vertical so that the pelvis stays in the middle of the picture.

    What was at the bearing b and the height tan(e) of the old picture is seen at b - turn; the background moves with
    the turn.
    """
    x = (poses.xy_px[..., 0].astype(np.float64) - poses.width_px / 2) / focal_px
    y = (poses.xy_px[..., 1].astype(np.float64) - poses.height_px / 2) / focal_px
    turn = np.arctan(smooth_way(poses.time_s, (x[:, INDEX["left_hip"]] + x[:, INDEX["right_hip"]]) / 2))
    c, s = np.cos(turn)[:, None], np.sin(turn)[:, None]
    depth = c + s * x
    xy = np.stack([(c * x - s) / depth, y / depth], axis=2) * focal_px + [poses.width_px / 2, poses.height_px / 2]
    background = np.stack([-(turn - turn[0]) * focal_px, 0 * turn], axis=1)
    return replace(poses, xy_px=xy.astype(np.float32), background_xy_px=background)


def carried_along(poses: PoseSequence, wall: float) -> PoseSequence:
    """Carry the camera beside the walker, before a wall that is `wall` times as far from it as the walker is."""
    hips = (poses.point("left_hip") + poses.point("right_hip"))[:, 0].astype(np.float64) / 2
    shift = smooth_way(poses.time_s, hips) - poses.width_px / 2
    xy = poses.xy_px - np.stack([shift, 0 * shift], axis=1)[:, None].astype(np.float32)
    background = np.stack([-(shift - shift[0]) / wall, 0 * shift], axis=1)
    return replace(poses, xy_px=xy, background_xy_px=background)


def test_a_step_is_from_where_the_other_foot_landed_so_that_two_make_a_stride(walk: Callable[..., Any]) -> None:
    _, _, result = walk(walker=UNEVEN, duration_s=11.5, steps_per_pass=7)
    assert_holds(result, "step_length_relative", "left", 0.44, 0.04)
    assert_holds(result, "step_length_relative", "right", 0.32, 0.04)
    assert_holds(result, "stride_length_relative", "both", 0.76, 0.03)
    whole = result.strides[result.strides["valid"]].sort_values("start_s")
    both = whole["step_length_bh"].to_numpy() + whole["step_length_bh"].shift(1).to_numpy()
    follows = (whole["side"] != whole["side"].shift(1)) & (whole["start_s"] < whole["end_s"].shift(1))
    np.testing.assert_allclose(both[follows], whole["stride_length_bh"].to_numpy()[follows], atol=1e-9)


def test_near_and_far_foot_make_strides_of_one_length(walk: Callable[..., Any]) -> None:
    """From 3 m the near foot would seem to go 2 % further than the far one."""
    _, _, result = walk(duration_s=4.0, distance_m=3.0, noise_px=0.0, focal_widths=0.7, width_px=3840, height_px=2160)
    left, right = (result.strides[result.strides["side"] == side]["stride_length_bh"].mean() for side in SIDES)
    assert left == pytest.approx(right, rel=0.012)


def test_on_a_treadmill_the_feet_tell_how_far_they_landed_apart_on_the_belt(walk: Callable[..., Any]) -> None:
    _, _, result = walk(walker=UNEVEN, ground="treadmill", duration_s=8.0)
    assert_holds(result, "step_length_relative", "left", 0.44, 0.05)
    assert_holds(result, "step_length_relative", "right", 0.32, 0.05)
    assert_holds(result, "stride_length_relative", "both", 0.76, 0.04)


def test_without_feet_and_ground_the_ankles_stand_in_with_a_wider_interval(walk: Callable[..., Any]) -> None:
    poses, _, whole = walk(ground="treadmill", duration_s=8.0)
    xy = poses.xy_px.copy()
    xy[:, [INDEX[f"{side}_{point}"] for side in SIDES for point in ("heel", "big_toe", "small_toe")]] = np.nan
    result = analyze(replace(poses, xy_px=xy))
    assert_holds(result, "step_length_relative", "both", 0.40, 0.06)
    width, usual = (
        cell(r, "step_length_relative")["ci_high"] - cell(r, "step_length_relative")["ci_low"] for r in (result, whole)
    )
    assert width > usual
    assert any(flag.code == "ankles_apart" for flag in result.flags)


@pytest.mark.parametrize("focal_widths", [0.8, 1.6])
def test_a_camera_that_turns_on_its_stand_sees_the_walk_at_many_angles(
    walk: Callable[..., Any], focal_widths: float
) -> None:
    """It turns by some 50 degrees after the walker, with a usual lens or a zoom that nobody told of."""
    width_px, focal_px = 1920, focal_widths * 1920
    wide = {"width_px": round(1.5 * focal_px), "height_px": 1080, "focal_widths": 1 / 1.5}
    poses, truth, _ = walk(duration_s=4.8, distance_m=7.0, **wide)
    xy = seen_by_a_turning_camera(poses, focal_px).xy_px - np.float32([(wide["width_px"] - width_px) / 2, 0])
    turning = analyze(replace(seen_by_a_turning_camera(poses, focal_px), xy_px=xy, width_px=width_px))
    assert turning.scene.camera == "panning"
    assert_holds(turning, "step_length_relative", "both", 0.40, 0.03)
    assert_holds(turning, "stride_length_relative", "both", 0.80, 0.03)
    assert_holds(turning, "speed_relative", "both", 0.80 * truth.walker.cadence / 120, 0.03)


@pytest.mark.parametrize("wall", [1.0, 1.3, 3.0])
def test_the_feet_tell_the_ground_from_a_wall_behind_it_that_moves_less(walk: Callable[..., Any], wall: float) -> None:
    """A camera carried alongside: the wall behind the walker moves less in the picture than the ground does."""
    poses, truth, _ = walk(duration_s=6.0)
    result = analyze(carried_along(poses, wall))
    assert_holds(result, "step_length_relative", "both", 0.40, 0.04)
    assert_holds(result, "stride_length_relative", "both", 0.80, 0.04)
    told = [flag.code for flag in result.flags]
    assert ("carried" in told) == (wall == 1.3), "beyond that the walk counts as one on unknown ground"
    if wall < 2:
        assert_holds(result, "speed_relative", "both", 0.80 * truth.walker.cadence / 120, 0.04)


def test_no_turn_of_a_camera_explains_one_that_is_carried(walk: Callable[..., Any]) -> None:
    poses, _, _ = walk(duration_s=10.0, width_px=3840, focal_widths=0.5)
    carried = carried_along(poses, 1.0)
    narrow = replace(carried, xy_px=carried.xy_px - np.float32([1280, 0]), width_px=1280)
    assert turned_deg(Body(narrow), slice(0, len(poses.time_s))) is None


def test_lengths_are_withheld_where_ground_and_feet_contradict_each_other(walk: Callable[..., Any]) -> None:
    """The picture slides along with the walker at a third of the speed, and something says that it rests."""
    poses, _, _ = walk(duration_s=6.0)
    slid = 0.33 * (carried_along(poses, 1.0).xy_px - poses.xy_px)
    result = analyze(replace(poses, xy_px=poses.xy_px + slid))
    assert result.scene.camera == "fixed"
    for measure in (
        "step_length",
        "step_length_relative",
        "stride_length_relative",
        "speed_relative",
        "step_length_cv",
    ):
        assert cell(result, measure)["status"] == "withheld"
        assert "the two feet" in cell(result, measure)["reason"]
    assert result.strides.filter(like="length").isna().all(axis=None)
    assert cell(result, "cadence")["status"] == "valid"


def walked_of(poses: PoseSequence) -> Walked:
    """Everything up to the measures, as the analysis makes it."""
    settings = AnalysisSettings()
    clean = clean_poses(poses, settings.signals)
    scene = describe_scene(clean)
    events = find_events(clean, scene, settings.events).table
    body = Body(clean.poses)
    floor = Floor(body=body, height_px=body_height_px(body, scene), scene=scene)
    steps, signals = find_steps(events, scene, floor, clean), signals_table(clean, scene, events)
    strides = find_strides(events, steps, signals, scene, clean)
    return Walked(
        scene=scene, events=events, steps=steps, strides=strides, cycles=stride_cycles(signals, strides, scene.passes),
        signals=signals, floor=floor, scale=find_scale(settings.scale, floor),
    )  # fmt: skip


def test_lengths_that_cannot_be_of_one_straight_walk_are_withheld(walk: Callable[..., Any]) -> None:
    """Strides of the left foot half as long again as those of the right one; steps that make no stride."""
    walked = walked_of(walk(duration_s=6.0)[0])
    assert contradiction(walked) == ""
    longer = walked.strides["stride_length_bh"] * np.where(walked.strides["side"] == "left", 1.5, 1.0)
    sides = replace(walked, strides=walked.strides.assign(stride_length_bh=longer))
    assert "right one" in contradiction(sides)
    shorter = replace(walked, steps=walked.steps.assign(step_length_bh=0.8 * walked.steps["step_length_bh"]))
    assert "Two steps" in contradiction(shorter)
    for unlike in (sides, shorter):
        assert all(isinstance(row, Withheld) for sided in length_measures(unlike).values() for row in sided.values())


def test_strides_have_metres_beside_body_heights_each_in_a_column_of_its_own(walk: Callable[..., Any]) -> None:
    _, _, plain = walk(duration_s=6.0)
    _, _, scaled = walk(duration_s=6.0, height_m=1.75)
    for name in ("step_length", "stride_length"):
        assert plain.strides[f"{name}_m"].isna().all()
        np.testing.assert_allclose(plain.strides[f"{name}_bh"], scaled.strides[f"{name}_bh"])
        np.testing.assert_allclose(scaled.strides[f"{name}_m"], 1.75 * scaled.strides[f"{name}_bh"])


def test_a_stride_shows_nothing_that_the_measures_withhold(walk: Callable[..., Any]) -> None:
    """Stance and double support contradict each other, say: no stride lists its phases either."""
    _, _, result = walk(duration_s=6.0)
    doubtful = result.measures["measure"].isin(["stance", "double_support"])
    measures = result.measures.assign(status=result.measures["status"].where(~doubtful, "withheld"))
    shown = like_measures(result.strides, measures, None)
    assert shown.filter(regex="stance_pct|double_support_pct").isna().all(axis=None)
    assert shown["single_support_pct"].notna().any()


def test_from_behind_no_length_stands_anywhere(walk: Callable[..., Any]) -> None:
    _, _, result = walk(direction="away", distance_m=6.0, duration_s=6.0, height_m=1.75)
    assert len(result.strides)
    assert result.strides.filter(like="length").isna().all(axis=None)


def one_after_another(first: PoseSequence, second: PoseSequence) -> PoseSequence:
    """The second after the first, with a second between in which nobody is seen."""
    start_s, n = first.time_s[-1] + 1.0, len(first.frame)
    return replace(
        first,
        time_s=np.concatenate([first.time_s, second.time_s + start_s]),
        frame=np.concatenate([first.frame, second.frame + n]),
        xy_px=np.concatenate([first.xy_px, second.xy_px]),
        score=np.concatenate([first.score, second.score]),
        background_xy_px=np.zeros((n + len(second.frame), 2)),
    )


def test_a_pass_toward_the_camera_makes_those_from_the_side_no_more_oblique(walk: Callable[..., Any]) -> None:
    """Three passes from the side, to and fro, and one toward the camera: the angle belongs to the pass."""
    side, _, alone = walk(duration_s=16.5, steps_per_pass=7, height_m=1.75)
    front, _, _ = walk(direction="toward", distance_m=9.0, duration_s=6.0)
    result = analyze(one_after_another(side, front), AnalysisSettings(scale=ScaleSettings(height_m=1.75)))
    angles = {p.direction: p.off_plane_deg for p in result.scene.passes}
    assert angles["toward"] == 90.0
    assert result.scene.off_plane_deg is not None
    assert result.scene.off_plane_deg < 8
    assert cell(result, "stride_length_relative")["value"] == pytest.approx(
        cell(alone, "stride_length_relative")["value"], rel=0.01
    )
    assert_holds(result, "stride_length", "both", 1.40, 0.03)


def test_a_far_leg_is_far_where_the_walk_is_seen_from_the_side(walk: Callable[..., Any]) -> None:
    side, _, _ = walk(duration_s=6.0)
    front, _, _ = walk(direction="toward", distance_m=9.0, duration_s=5.0)
    flags = {flag.code: flag.message for flag in analyze(one_after_another(side, front)).flags}
    assert "all the time" not in flags["near_far"]
    assert "seen from the side" in flags["near_far"]
