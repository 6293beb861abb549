"""Where the camera stands, which way the person goes, and whether anyone walks at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.simulator import PATTERNS, Recording, simulate_walk
from gait.analysis.view.scene import describe_scene
from gait.config import SceneSettings, SignalSettings
from gait.signals.clean import clean_poses
from gait.skeleton import INDEX, KEYPOINTS, LEG, SIDES
from gait.types import PoseSequence, Scene


def scene_of(poses: PoseSequence) -> Scene:
    return describe_scene(clean_poses(poses, SignalSettings()))


def filmed(pattern: str = "usual", **recording: Any) -> PoseSequence:
    return simulate_walk(PATTERNS[pattern], Recording(**({"duration_s": 5.0, "noise_px": 2.0} | recording)), seed=1)[0]


def held_in_place(poses: PoseSequence, seed: int = 0) -> PoseSequence:
    """One frame of a walk for the whole clip, with the jitter of a pose model."""
    rng = np.random.default_rng(seed)
    xy = poses.xy_px[60] + rng.normal(0, 2, poses.xy_px.shape)
    return replace(poses, xy_px=xy.astype(np.float32))


@pytest.mark.parametrize("direction", ["right", "left"])
def test_who_walks_to_the_right_shows_the_right_side(direction: str) -> None:
    scene = scene_of(filmed(direction=direction))
    assert (scene.walking, scene.view) == (True, "sagittal")
    assert [(p.direction, p.near_side) for p in scene.passes] == [(direction, direction)]


def test_a_walk_at_45_degrees_is_seen_as_one_says() -> None:
    # Half from the side, half from the front: the walker comes nearer while crossing the picture.
    clean = clean_poses(filmed(off_plane_deg=45.0, distance_m=9.0), SignalSettings())
    side = describe_scene(clean, SceneSettings(view="side"))
    front = describe_scene(clean, SceneSettings(view="front"))
    assert [(p.view, p.direction) for p in side.passes] == [("sagittal", "right")]
    assert [(p.view, p.direction) for p in front.passes] == [("frontal", "toward")]


def test_a_treadmill_is_one_where_one_says_so() -> None:
    clean = clean_poses(filmed(), SignalSettings())
    assert describe_scene(clean).ground == "overground"
    assert describe_scene(clean, SceneSettings(ground="treadmill")).ground == "treadmill"


@pytest.mark.parametrize("direction", ["toward", "away"])
def test_the_left_shoulder_at_image_right_means_toward_the_camera(direction: str) -> None:
    scene = scene_of(filmed(direction=direction, distance_m=9.0))
    assert (scene.view, scene.ground) == ("frontal", "overground")
    assert [(p.direction, p.near_side) for p in scene.passes] == [(direction, None)]


@pytest.mark.parametrize(
    "pattern", ["slow", "fast", "shuffling", "hemiparetic", "antalgic", "stiff knee", "toe walking"]
)
def test_unusual_walking_is_walking(pattern: str) -> None:
    scene = scene_of(filmed(pattern))
    assert scene.walking
    assert len(scene.passes) == 1
    assert scene.ground == "overground"


def test_there_and_back_is_two_passes_without_the_turn() -> None:
    poses, truth = simulate_walk(None, Recording(duration_s=11.5, steps_per_pass=7, noise_px=2.0), seed=1)
    scene = scene_of(poses)
    assert [p.direction for p in scene.passes] == ["right", "left"]
    turning = truth.events.loc[
        (truth.events["pass_number"] == 0) & (truth.events["kind"] == "strike"), "time_s"
    ].to_numpy()
    # The step into the turn still points forward; from the second one on the body has turned.
    for p in scene.passes:
        inside = (turning > p.start_s) & (turning < p.end_s)
        assert inside.sum() <= 1


def test_standing_before_and_after_walking_is_no_part_of_the_pass() -> None:
    scene = scene_of(filmed(duration_s=7.0, stand_before_s=2.0, stand_after_s=2.0))
    (only,) = scene.passes
    assert 1.7 < only.start_s < 2.7
    assert 4.3 < only.end_s < 5.6


@pytest.mark.parametrize(
    ("recording", "ground", "camera"),
    [
        ({"ground": "treadmill"}, "treadmill", "fixed"),
        ({"panning": True}, "overground", "panning"),
        ({"panning": True, "background_known": False}, "unknown", "unknown"),
        ({"background_known": False}, "overground", "fixed"),
        ({"ground": "treadmill", "direction": "toward"}, "unknown", "fixed"),
    ],
    ids=["treadmill", "panning", "pelvis at rest", "feet at rest in the picture", "a belt or a long lens"],
)  # fmt: skip
def test_the_background_tells_a_treadmill_from_a_panning_camera(
    recording: dict[str, Any], ground: str, camera: str
) -> None:
    scene = scene_of(filmed(**recording))
    assert (scene.walking, scene.ground, scene.camera) == (True, ground, camera)


@pytest.mark.parametrize("degrees", [0, 12, 25, -25])
def test_a_walk_off_the_plane_is_seen_by_the_growth_of_the_body(degrees: int) -> None:
    angle = scene_of(filmed(off_plane_deg=degrees)).off_plane_deg
    assert angle == pytest.approx(abs(degrees), abs=5)


def test_someone_who_stands_does_not_walk() -> None:
    scene = scene_of(held_in_place(filmed()))
    assert not scene.walking
    assert scene.passes == ()
    assert "as in standing" in scene.reason


def test_jumping_on_the_spot_is_not_walking() -> None:
    poses = held_in_place(filmed())
    jump = np.abs(80 * np.sin(2 * np.pi * 0.8 * poses.time_s))
    xy = poses.xy_px.copy()
    xy[:, :, 1] -= jump[:, None]
    assert not scene_of(replace(poses, xy_px=xy)).walking


def test_swaying_over_resting_feet_is_not_walking() -> None:
    poses = held_in_place(filmed(direction="toward", distance_m=9.0))
    xy = poses.xy_px.copy()
    above = [i for name, i in INDEX.items() if not name.endswith(("ankle", "heel", "toe"))]
    xy[:, above, 0] += (25 * np.sin(2 * np.pi * 0.5 * poses.time_s))[:, None]
    assert not scene_of(replace(poses, xy_px=xy)).walking


def test_marching_on_the_spot_is_not_walking() -> None:
    """Each foot rises and comes forward with the knee, and goes down the way it came."""
    poses = held_in_place(simulate_walk(None, Recording(duration_s=5.0, stand_before_s=4.9), seed=1)[0])
    xy = poses.xy_px.copy()
    lift = np.sin(2 * np.pi * 0.8 * poses.time_s)
    for side, up in (("left", np.clip(lift, 0, None)), ("right", np.clip(-lift, 0, None))):
        feet = [INDEX[f"{side}_{joint}"] for joint in LEG if joint not in ("hip", "knee")]
        xy[:, feet, 1] -= (60 * up)[:, None]
        xy[:, feet, 0] += (60 * up)[:, None]
    scene = scene_of(replace(poses, xy_px=xy))
    assert not scene.walking
    assert "on the spot" in scene.reason


def test_walking_backward_is_refused() -> None:
    poses = filmed()
    scene = scene_of(replace(poses, xy_px=poses.xy_px[::-1].copy()))
    assert not scene.walking
    assert "backward" in scene.reason


def test_an_empty_picture_has_nobody() -> None:
    poses = filmed()
    nothing = replace(poses, xy_px=np.full_like(poses.xy_px, np.nan), score=np.zeros_like(poses.score))
    assert "no person" in scene_of(nothing).reason


def test_without_feet_the_knees_tell_the_direction() -> None:
    poses = filmed(direction="left")
    kept = [name for name in KEYPOINTS if not name.endswith(("heel", "toe"))]
    columns = [INDEX[name] for name in kept]
    scene = scene_of(
        replace(poses, keypoints=tuple(kept), xy_px=poses.xy_px[:, columns], score=poses.score[:, columns])
    )
    assert [(p.direction, p.view) for p in scene.passes] == [("left", "sagittal")]


def test_one_leg_alone_is_not_enough() -> None:
    poses = filmed()
    xy = poses.xy_px.copy()
    xy[:, [INDEX[f"right_{joint}"] for joint in LEG]] = np.nan
    scene = scene_of(replace(poses, xy_px=xy))
    assert not scene.walking
    assert "never seen together" in scene.reason


def test_swapped_names_of_the_shoulders_alone_do_not_turn_a_side_view() -> None:
    poses = filmed()
    columns = [INDEX[f"{side}_shoulder"] for side in SIDES]
    xy = poses.xy_px.copy()
    xy[:, columns] = xy[:, columns[::-1]]
    assert [p.direction for p in scene_of(replace(poses, xy_px=xy)).passes] == ["right"]


def test_ten_pictures_a_second_are_too_few() -> None:
    scene = scene_of(filmed(fps=10.0))
    assert not scene.walking
    assert "10 frames per second" in scene.reason


def test_somebody_seventy_pixels_high_is_too_small() -> None:
    poses = filmed()
    share = 70 / np.ptp(np.nanmedian(poses.xy_px, axis=0)[:, 1])
    scene = scene_of(replace(poses, xy_px=(poses.xy_px * share).astype(np.float32)))
    assert not scene.walking
    assert "too small" in scene.reason


def test_a_camera_that_looks_down_steeply_shows_no_steps() -> None:
    """Seen from the side, the far shoulder stands above the near one, and trunk and legs are half as long."""
    poses = filmed()
    xy = poses.xy_px.astype(np.float64)
    height = np.ptp(np.nanmedian(xy, axis=0)[:, 1])
    xy[..., 1] *= 0.5
    for side, up in (("left", 1), ("right", -1)):
        points = [i for name, i in INDEX.items() if name.startswith(side)]
        xy[:, points, 1] -= up * 0.1 * height
    scene = scene_of(replace(poses, xy_px=xy.astype(np.float32)))
    assert not scene.walking
    assert "looks down" in scene.reason


def test_somebody_who_sits_and_kicks_does_not_walk() -> None:
    """The hips are as low as the knees, and the feet go on swinging."""
    poses = filmed()
    xy = poses.xy_px.copy()
    above = [i for name, i in INDEX.items() if not name.endswith(("knee", "ankle", "heel", "toe"))]
    thigh = np.nanmedian(poses.point("left_knee")[:, 1] - poses.point("left_hip")[:, 1])
    xy[:, above, 1] += thigh
    assert not scene_of(replace(poses, xy_px=xy)).walking


@pytest.mark.parametrize("strides_per_s", [0.35, 1.45])
def test_nobody_is_refused_for_the_pace(strides_per_s: float) -> None:
    """A frail old man at 42 steps a minute, and a child at 174."""
    pattern = replace(PATTERNS["slow" if strides_per_s < 1 else "usual"], cadence=120 * strides_per_s)
    poses, truth = simulate_walk(
        pattern, Recording(duration_s=4.0 if strides_per_s > 1 else 8.0, noise_px=2.0, distance_m=8.0), seed=1
    )
    scene = scene_of(poses)
    assert scene.walking
    (only,) = scene.passes
    strikes = truth.events.loc[truth.events["kind"] == "strike", "time_s"]
    assert ((strikes > only.start_s) & (strikes < only.end_s)).mean() > 0.7


def test_a_clip_of_two_seconds_with_three_strikes_is_a_walk() -> None:
    scene = scene_of(filmed(duration_s=2.0))
    assert scene.walking


def test_standing_in_the_middle_of_a_walk_is_standing() -> None:
    """She walks away for some steps, stands for two seconds, shifting her weight, and walks on."""
    walk = filmed(direction="away", distance_m=5.0, duration_s=4.0)
    n, rest = len(walk.time_s), 60
    still = walk.xy_px[-1] + np.random.default_rng(0).normal(0, 2, (rest, *walk.xy_px.shape[1:]))
    xy = np.concatenate([walk.xy_px, still, walk.xy_px]).astype(np.float32)
    time = np.arange(len(xy)) * float(np.median(np.diff(walk.time_s)))
    background = np.zeros((len(xy), 2))
    scene = scene_of(
        replace(
            walk, xy_px=xy, score=np.concatenate([walk.score, walk.score[:rest], walk.score]), time_s=time,
            frame=np.arange(len(xy)), background_xy_px=background,
        )
    )  # fmt: skip
    assert [p.direction for p in scene.passes] == ["away", "away"]
    first, second = scene.passes
    assert first.end_s < time[n] + 0.8
    assert second.start_s > time[n + rest] - 0.8
