"""Strikes and offs of simulated walks, whose feet land and leave when the plan says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.scoring import match_events
from benchmarks.simulator import Recording, Truth, Walker, simulate_walk
from gait.analysis.events.find import AT_EDGE, Events, find_events
from gait.columns import EVENT_COLUMNS, TURN
from gait.config import EventSettings, SignalSettings
from gait.signals.clean import clean_poses
from gait.types import Pass, PoseSequence, Scene

USUAL = Walker()
SLOW = Walker(
    cadence=70.0,
    step_length_bh=(0.27, 0.27),
    stance=(0.68, 0.68),
    heel_strike_pitch_deg=(12.0, 12.0),
    foot_off_pitch_deg=(40.0, 40.0),
)


def scene(*passes: Pass, ground: str = "overground", camera: str = "fixed") -> Scene:
    return Scene(
        view=passes[0].view,
        passes=passes,
        ground=ground,  # type: ignore[arg-type]
        camera=camera,  # type: ignore[arg-type]
        off_plane_deg=0.0,
        walking=True,
        reason="planned so",
    )


def whole(poses: PoseSequence, direction: str = "right") -> Pass:
    sagittal = direction in ("right", "left")
    return Pass(
        number=1,
        start_s=0.0,
        end_s=float(poses.time_s[-1]) + 1e-3,
        direction=direction,  # type: ignore[arg-type]
        view="sagittal" if sagittal else "frontal",
        near_side=direction if sagittal else None,  # type: ignore[arg-type]
    )


def found(poses: PoseSequence, seen: Scene, method: str = "auto") -> Events:
    return find_events(clean_poses(poses, SignalSettings()), seen, EventSettings(method=method))


def inside(truth: Truth, poses: PoseSequence, margin_s: float = 0.05) -> pd.DataFrame:
    first, last = poses.time_s[0] + margin_s, poses.time_s[-1] - margin_s
    return truth.events[truth.events["time_s"].between(first, last)]


def without(poses: PoseSequence, *points: str) -> PoseSequence:
    xy, score = poses.xy_px.copy(), poses.score.copy()
    for k, name in enumerate(poses.keypoints):
        if name.partition("_")[2] in points:
            xy[:, k], score[:, k] = np.nan, 0.0
    return replace(poses, xy_px=xy, score=score)


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0])
@pytest.mark.parametrize("direction", ["right", "left"])
def test_every_step_seen_from_the_side_is_found_to_a_fraction_of_a_frame(direction: str, fps: float) -> None:
    poses, truth = simulate_walk(USUAL, Recording(direction=direction, fps=fps, noise_px=1.5, distance_m=9), seed=3)  # type: ignore[arg-type]

    events = found(poses, scene(whole(poses, direction)))

    for kind, mean_error_s in (("strike", 0.010), ("off", 0.015)):
        matches = match_events(events.table, inside(truth, poses), kind)
        assert len(matches.error_s) == matches.n_true > 5
        assert np.abs(matches.error_s).mean() < mean_error_s
    assert len(events.table) <= len(truth.events)


def test_the_table_is_what_it_says() -> None:
    poses, _ = simulate_walk(USUAL, Recording(noise_px=1.0), seed=3)

    table = found(poses, scene(whole(poses))).table

    assert tuple(table.columns) == EVENT_COLUMNS
    assert table["time_s"].is_monotonic_increasing
    assert table["confidence"].between(0, 1).all()
    assert table["sd_s"].between(0.005, 0.1).all()
    nearest = [poses.frame[np.argmin(np.abs(poses.time_s - t))] for t in table["time_s"]]
    assert table["frame"].tolist() == nearest
    assert set(table["pass_number"]) == {1}


@pytest.mark.parametrize(
    ("recording", "ground", "camera"),
    [
        (Recording(ground="treadmill", noise_px=1.5), "treadmill", "fixed"),
        (Recording(panning=True, noise_px=1.5), "overground", "panning"),
        (Recording(panning=True, noise_px=1.5, background_known=False), "unknown", "unknown"),
        (Recording(noise_px=1.5, background_known=False), "unknown", "unknown"),
    ],
    ids=["treadmill", "panning", "panning, nothing known", "still, nothing known"],
)
def test_the_ground_may_move_under_the_walker(recording: Recording, ground: str, camera: str) -> None:
    poses, truth = simulate_walk(USUAL, recording, seed=3)

    events = found(poses, scene(whole(poses), ground=ground, camera=camera))

    for kind in ("strike", "off"):
        matches = match_events(events.table, inside(truth, poses), kind)
        assert len(matches.error_s) >= matches.n_true - 1
        assert np.abs(matches.error_s).mean() < 0.015


@pytest.mark.parametrize("direction", ["toward", "away"])
def test_from_the_front_strikes_are_found_and_no_offs_are_claimed(direction: str) -> None:
    poses, truth = simulate_walk(USUAL, Recording(direction=direction, noise_px=1.0), seed=3)  # type: ignore[arg-type]

    table = found(poses, scene(whole(poses, direction))).table

    assert set(table["kind"]) == {"strike"}
    matches = match_events(table, inside(truth, poses), "strike")
    assert len(matches.error_s) >= matches.n_true - 2
    assert len(match_events(table, truth.events, "strike").error_s) == len(table)
    assert np.abs(matches.error_s).mean() < 0.03


def test_between_two_passes_strikes_are_marked_as_those_of_a_turn() -> None:
    poses, _ = simulate_walk(USUAL, Recording(noise_px=1.0), seed=3)
    first = replace(whole(poses), end_s=2.0)
    second = replace(whole(poses), number=2, start_s=4.0)

    table = found(poses, scene(first, second)).table

    between = table["time_s"].between(2.0, 4.0, inclusive="left")
    assert (table.loc[~between, "pass_number"] == np.where(table.loc[~between, "time_s"] < 2.0, 1, 2)).all()
    assert set(table.loc[between, "pass_number"]) == {TURN}
    assert set(table.loc[between, "kind"]) == {"strike"}
    assert table.loc[between, "confidence"].max() < table.loc[~between, "confidence"].min()


def test_beyond_the_passes_only_strikes_nearby_are_reported_and_marked() -> None:
    """Someone starts and stops: those steps are not of the steady walk."""
    poses, _ = simulate_walk(USUAL, Recording(noise_px=1.0), seed=3)
    first = replace(whole(poses), start_s=0.5, end_s=1.5)
    second = replace(whole(poses), number=2, start_s=4.7, end_s=5.5)

    table = found(poses, scene(first, second)).table

    inside = table["time_s"].between(0.5, 1.5) | table["time_s"].between(4.7, 5.5)
    assert (table.loc[inside, "pass_number"] != TURN).all()
    assert (table.loc[~inside, "pass_number"] == TURN).all()
    assert (table.loc[~inside, "kind"] == "strike").all()
    assert not table["time_s"].between(2.8, 3.4).any()


def test_no_event_is_reported_while_a_foot_is_out_of_sight() -> None:
    poses, _ = simulate_walk(USUAL, Recording(noise_px=1.0), seed=3)
    before = found(poses, scene(whole(poses))).table
    strike = before[(before["side"] == "left") & (before["kind"] == "strike")].iloc[1]
    hidden = np.abs(poses.time_s - strike["time_s"]) < 0.25
    xy = poses.xy_px.copy()
    for point in ("heel", "ankle", "big_toe", "small_toe"):
        xy[hidden, poses.keypoints.index(f"left_{point}")] = np.nan

    after = found(replace(poses, xy_px=xy), scene(whole(poses))).table

    left = after[after["side"] == "left"]
    assert not left["time_s"].between(*poses.time_s[hidden][[1, -2]]).any()
    right = [table.loc[table["side"] == "right", "time_s"].to_numpy() for table in (before, after)]
    assert right[1] == pytest.approx(right[0], abs=0.005)


def test_a_foot_that_comes_to_rest_at_the_edge_of_the_picture_has_not_landed() -> None:
    # Pose models keep the points of somebody who walks out of the picture at its edge. Here the picture ends where the
    # left toes are 0.2 s before they land.
    poses, truth = simulate_walk(USUAL, Recording(noise_px=1.0), seed=3)
    strikes = truth.events[(truth.events["side"] == "left") & (truth.events["kind"] == "strike")]["time_s"].to_numpy()
    toe_px = poses.point("left_big_toe")[:, 0]
    edge = int(toe_px[np.searchsorted(poses.time_s, strikes[3] - 0.2)])
    xy = poses.xy_px.copy()
    xy[..., 0] = np.minimum(xy[..., 0], edge - 4)
    out_s = poses.time_s[np.argmax(poses.point("left_hip")[:, 0] > edge)]
    cut = replace(poses, xy_px=xy, width_px=edge)

    events = found(cut, scene(replace(whole(cut), end_s=float(out_s))))

    left = events.table[(events.table["side"] == "left") & (events.table["kind"] == "strike")]
    assert left["time_s"].to_numpy() == pytest.approx(strikes[:3], abs=0.02)
    assert AT_EDGE in set(events.rejected["reason"])


def test_a_model_without_heels_and_toes_still_gives_steps_but_less_sure_ones() -> None:
    poses, truth = simulate_walk(USUAL, Recording(noise_px=1.5), seed=3)
    full = found(poses, scene(whole(poses))).table

    bare = found(without(poses, "heel", "big_toe", "small_toe"), scene(whole(poses))).table

    for kind in ("strike", "off"):
        matches = match_events(bare, inside(truth, poses), kind)
        assert len(matches.error_s) >= matches.n_true - 1
        assert np.abs(matches.error_s).mean() < 0.04
    assert bare["sd_s"].mean() > full["sd_s"].mean()
    assert bare["confidence"].mean() < full["confidence"].mean()


def test_noise_makes_the_stated_error_larger() -> None:
    quiet, _ = simulate_walk(USUAL, Recording(noise_px=0.5), seed=3)
    noisy, _ = simulate_walk(USUAL, Recording(noise_px=8.0), seed=3)

    sd_s = [found(poses, scene(whole(poses))).table["sd_s"].median() for poses in (quiet, noisy)]

    assert sd_s[1] > 1.1 * sd_s[0]


@pytest.mark.parametrize("walker", [SLOW, USUAL], ids=["slow", "usual"])
def test_stance_is_as_long_as_planned_also_in_a_slow_walk(walker: Walker) -> None:
    poses, truth = simulate_walk(walker, Recording(noise_px=1.0, fps=60.0, duration_s=8.0), seed=2)
    true = inside(truth, poses, 0.1)

    events = found(poses, scene(whole(poses))).table

    for kind in ("strike", "off"):
        assert abs(np.mean(match_events(events, true, kind).error_s)) < 0.010


def test_the_toes_tell_the_off_where_heel_and_ankle_rise_slowly() -> None:
    """A foot that hardly rolls: heel and ankle reach their usual speed at the off long after the toes have left."""
    poses, truth = simulate_walk(SLOW, Recording(noise_px=0.5, fps=60.0, duration_s=8.0), seed=2)
    seen = scene(whole(poses))
    later = {}
    for side in ("left", "right"):
        for point in ("heel", "ankle"):
            column = poses.keypoints.index(f"{side}_{point}")
            later[column] = np.interp(poses.time_s - 0.15, poses.time_s, poses.xy_px[:, column, 0])
    xy = poses.xy_px.copy()
    for column, x in later.items():
        xy[:, column, 0] = x

    events = found(without(replace(poses, xy_px=xy), "small_toe"), seen).table

    true = inside(truth, poses, 0.25)
    offs = match_events(events, true, "off")
    assert len(offs.error_s) >= 0.8 * offs.n_true
    assert abs(np.median(offs.error_s)) < 0.03


def test_a_gap_at_the_hips_moves_no_strike() -> None:
    poses, truth = simulate_walk(replace(USUAL, heel_strike_pitch_deg=(8.0, 8.0)), Recording(noise_px=1.0), seed=3)
    strikes_s = truth.events.loc[truth.events["kind"] == "strike", "time_s"].to_numpy()
    xy = poses.xy_px.copy()
    gap = np.abs(poses.time_s - strikes_s[len(strikes_s) // 2]) < 0.1
    for side in ("left", "right"):
        xy[gap, poses.keypoints.index(f"{side}_hip")] = np.nan

    whole_hips, with_gap = (found(p, scene(whole(p))).table for p in (poses, replace(poses, xy_px=xy)))

    moved = match_events(with_gap, whole_hips, "strike")
    assert gap.sum() > 4
    assert len(moved.error_s) == moved.n_true
    assert np.abs(moved.error_s).max() < 0.004
    pairs = zip(with_gap["sd_s"], whole_hips["sd_s"], strict=True)
    assert all(gappy > 0.95 * sound for gappy, sound in pairs)


def test_zeni_is_early_at_the_strike_and_auto_is_not() -> None:
    poses, truth = simulate_walk(USUAL, Recording(noise_px=1.0), seed=3)

    bias_s = {
        method: np.mean(match_events(found(poses, scene(whole(poses)), method).table, truth.events, "strike").error_s)
        for method in ("auto", "zeni")
    }

    assert bias_s["zeni"] < -0.015
    assert abs(bias_s["auto"]) < 0.010


@pytest.mark.parametrize("method", ["zeni", "oconnor", "velocity", "ankle_velocity"])
def test_every_named_method_finds_most_steps(method: str) -> None:
    poses, truth = simulate_walk(USUAL, Recording(noise_px=1.0), seed=3)

    table = found(poses, scene(whole(poses)), method).table

    assert set(table["method"]) == {method}
    for kind in ("strike", "off"):
        planned = inside(truth, poses)
        assert (table["kind"] == kind).sum() == pytest.approx((planned["kind"] == kind).sum(), abs=2)


def test_someone_who_stands_still_takes_no_steps() -> None:
    poses, _ = simulate_walk(USUAL, Recording(noise_px=2.0))
    standing = replace(
        poses,
        xy_px=(poses.xy_px[:1] + np.random.default_rng(0).normal(0, 2, poses.xy_px.shape)).astype(np.float32),
    )

    assert found(standing, scene(whole(standing))).table.empty


def test_a_recording_without_passes_has_no_events() -> None:
    poses, _ = simulate_walk(USUAL, Recording(duration_s=2.0))
    nobody_walks = replace(scene(whole(poses)), passes=(), walking=False, view=None)

    events = found(poses, nobody_walks)

    assert events.table.empty
    assert tuple(events.table.columns) == EVENT_COLUMNS
    assert events.flags == ()


def test_the_frame_of_an_event_is_the_own_number_of_the_nearest_frame() -> None:
    """The times begin at 2 s, the numbers at 500, and every second frame was left out."""
    poses, _ = simulate_walk(USUAL, Recording(fps=60.0, distance_m=9))
    later = replace(poses, time_s=poses.time_s + 2.0, frame=2 * poses.frame + 500)

    table = found(later, scene(replace(whole(later), start_s=2.0))).table

    assert len(table) > 10
    for event in table.itertuples():
        assert event.frame == later.frame[np.argmin(np.abs(later.time_s - event.time_s))]
