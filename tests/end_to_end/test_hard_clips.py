"""The main job on clips that are meaner than life: mirrors, sofas, absences, cameras that move, clocks that lie."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.real import compare, labelled_clips
from gait.pipeline import Outcome

Measured = Callable[[str], Outcome]
SampleClip = Callable[[str], tuple[Any, dict[str, Any]]]

TOLERANCE_S, FROM_BEHIND_S = 0.12, 0.2
"""In the shop BlazePose shows little of how the feet are lifted, and strikes come some 80 ms early."""
EDGE_S = 0.35
"""A walker who has just come into the picture, or is about to leave it."""

MAY_MISS = {
    "leaves_and_returns": 0,
    "shop_from_behind": 3,
    "pan_watermark": 1,
    "child": 0,
    "old_man_stick": 1,
    "backing_camera": 0,
    "slow_motion": 0,
    "mirror_room": 2,
}
"""Strikes that the eye sees and the program may not: in the mirror room beside the sofa, and beside the reflection."""


@pytest.mark.parametrize("clip", MAY_MISS)
def test_the_strikes_are_found_on_the_right_side_and_hardly_any_is_invented(
    measured: Measured, sample_clip: SampleClip, clip: str
) -> None:
    _, truth = sample_clip(clip)
    events = measured(clip).result.events
    found = [(e.time_s, e.side) for e in events[events["kind"] == "strike"].itertuples()]
    first_s, last_s = np.array(truth["time_s"])[np.flatnonzero(truth["whole"])[[0, -1]]] + [EDGE_S, -EDGE_S]
    seen = [(e["time_s"], e["side"]) for e in truth["events"] if e["kind"] == "strike"]
    unseen = [(e["time_s"], e["side"]) for e in truth["unseen_events"] if e["kind"] == "strike"]

    def same(a: tuple[float, str], b: tuple[float, str]) -> bool:
        return abs(a[0] - b[0]) <= (FROM_BEHIND_S if clip == "shop_from_behind" else TOLERANCE_S) and a[1] == b[1]

    wanted = [s for s in seen if first_s <= s[0] <= last_s]
    missed = [s for s in wanted if not any(same(s, f) for f in found)]
    invented = [f for f in found if not any(same(s, f) for s in seen + unseen)]
    assert len(missed) <= MAY_MISS[clip], f"missed {missed}, found {found}"
    assert len(invented) <= 1, f"invented {invented}"


@pytest.mark.parametrize("clip", [c for c in MAY_MISS if c != "mirror_room"])
def test_the_cadence_is_the_true_one(measured: Measured, sample_clip: SampleClip, clip: str) -> None:
    _, truth = sample_clip(clip)
    table = measured(clip).result.measures
    row = table[table["measure"] == "cadence"].iloc[0]
    assert row["status"] == "valid"
    assert row["value"] == pytest.approx(truth["cadence_steps_per_min"], rel=0.03)


def test_in_a_small_room_left_and_right_steps_come_out_alike(measured: Measured, sample_clip: SampleClip) -> None:
    """Steps beside the turn are half as long, all of them right ones, and one left foot stands behind the sofa."""
    _, truth = sample_clip("mirror_room")
    true = truth["steps"][0]["footprint_length_m"] / truth["body_height_m"]
    table = measured("mirror_room").result.measures.set_index(["measure", "side"])
    for side in ("left", "right"):
        row = table.loc[("step_length_relative", side)]
        assert row["value"] == pytest.approx(true, abs=0.025)
        assert row["ci_low"] < true < row["ci_high"]
    assert table.loc[("step_length_asymmetry", "both"), "status"] != "valid"


@pytest.mark.parametrize(
    ("clip", "why"),
    [
        ("passers_by", "frames per second"),
        ("ceiling", "looks down"),
        ("standing", "standing"),
        ("empty_room", "No person"),
    ],
)
def test_where_nothing_can_be_measured_nothing_is(measured: Measured, clip: str, why: str) -> None:
    outcome = measured(clip)
    assert outcome.refusal is not None
    assert why in outcome.refusal
    assert len(outcome.result.events) == 0
    assert (outcome.result.measures["status"] == "withheld").all()


def test_one_man_stays_one_man_beside_his_reflection(measured: Measured, sample_clip: SampleClip) -> None:
    _, truth = sample_clip("mirror_room")
    track = measured("mirror_room").result.track
    assert track is not None
    boxes = np.array([[np.nan] * 4 if b is None else b for b in truth["box_px"]], dtype=np.float64)
    whole = np.array(truth["whole"])
    middle, true = (boxes[whole, 0] + boxes[whole, 2]) / 2, (track.box_px[whole, 0] + track.box_px[whole, 2]) / 2
    followed = np.isfinite(true)
    assert followed.mean() > 0.95
    assert np.abs(middle - true)[followed].max() < 0.25 * np.nanmedian(boxes[:, 3] - boxes[:, 1])


def test_he_who_leaves_and_returns_has_the_passes_of_all_his_visits(
    measured: Measured, sample_clip: SampleClip
) -> None:
    _, truth = sample_clip("leaves_and_returns")
    passes = measured("leaves_and_returns").result.scene.passes
    assert [p.direction for p in passes] == [p["direction"] for p in truth["passes"]]


def test_a_camera_that_pans_under_a_watermark_is_seen_to_pan(measured: Measured) -> None:
    scene = measured("pan_watermark").result.scene
    assert (scene.camera, scene.ground) == ("panning", "overground")


def test_a_camera_that_moves_back_makes_no_treadmill(measured: Measured) -> None:
    result = measured("backing_camera").result
    assert result.scene.ground == "unknown"
    assert not any("belt" in flag.message for flag in result.flags)


def test_the_stretch_in_which_somebody_crosses_is_left_out_and_told(measured: Measured) -> None:
    result = measured("shop_from_behind").result
    (crossed,) = (flag for flag in result.flags if flag.code == "hidden_by_other")
    assert crossed.start_s is not None
    assert crossed.end_s is not None
    assert 5.0 < crossed.start_s < crossed.end_s < 6.7
    time = result.poses.time_s
    inside = (time > crossed.start_s) & (time < crossed.end_s)
    assert np.isnan(result.poses.xy_px[inside]).all()


def test_slow_motion_that_the_file_tells_of_is_set_right(measured: Measured, sample_clip: SampleClip) -> None:
    _, truth = sample_clip("slow_motion")
    result = measured("slow_motion").result
    assert any(flag.code == "slow_motion" for flag in result.flags)
    assert result.poses.time_s[-1] == pytest.approx(truth["time_s"][-1], abs=0.02)


def test_slow_motion_that_nothing_tells_of_is_asked_about(measured: Measured) -> None:
    result = measured("slow_motion_untold").result
    assert any(flag.code == "slow_motion_suspected" and "--capture-fps" in flag.message for flag in result.flags)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["woman_from_behind.mp4", "woman_from_behind_other_file.mp4"])
def test_a_real_woman_in_a_shop_is_followed_and_her_strikes_are_found(
    measured_file: Callable[[Path], Outcome], shared_dir: Path, name: str
) -> None:
    """Seen from behind by a phone that follows; others cross. Strikes were read off the frames by eye."""
    video, labels = next((v, table) for v, table in labelled_clips(shared_dir / "videos") if v.name == name)
    outcome = measured_file(video)
    track = outcome.result.track
    assert track is not None
    assert np.isfinite(track.box_px).all(axis=1).mean() > 0.97
    matches = compare(outcome.result.events, labels)
    assert len(matches.error_s) >= 0.75 * matches.n_true
    assert len(matches.wrong_s) <= 1
    assert np.median(np.abs(matches.error_s)) < 0.07


@pytest.mark.slow
def test_what_shows_no_walk_is_declined(measured_file: Callable[[Path], Outcome], shared_dir: Path) -> None:
    """Three people by a beam, for 1.7 s; a man at a microscope, whose legs are never seen."""
    for name in ("beam.mp4", "man_at_microscope.mp4"):
        outcome = measured_file(shared_dir / "videos" / name)
        assert outcome.refusal is not None
        table: pd.DataFrame = outcome.result.measures
        assert (table["status"] == "withheld").all()
