"""The clips that come with the project: each is what its truth says, and BlazePose finds the figure in it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from renderer.clips import SHIPPED, irregular_pts
from renderer.hard_clips import HARD
from renderer.truth import KEYPOINTS, keypoints, truth
from renderer.walker import move
from truth import SAMPLES, sample_clip, true_events, true_keypoints

from gait.skeleton import KEYPOINTS as CANONICAL

WALKS = ("side_walk", "limp", "frontal_lean", "two_people", "phone", "two_colours")


def decode(path: Path) -> tuple[list[float], int, tuple[int, int]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    times = [float(f.pts * f.time_base) for f in frames]
    return [t - times[0] for t in times], frames[0].rotation, (frames[0].width, frames[0].height)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_file_has_the_frames_times_size_and_turn_of_its_truth(name: str) -> None:
    path, known = sample_clip(name)
    times, counter_clockwise, size = decode(path)
    assert len(times) == known["n_frames"] == len(known["time_s"])
    assert times == pytest.approx(known.get("file_time_s", known["time_s"]), abs=1e-4)
    assert -counter_clockwise % 360 == known["rotation"]
    shown = size if known["rotation"] == 0 else size[::-1]
    assert shown == (known["width"], known["height"])


def test_the_clips_are_small() -> None:
    sizes = [path.stat().st_size for path in SAMPLES.glob("*.mp4")]
    assert max(sizes) < 1.5e6
    assert sum(sizes) < 8e6
    hard = [(SAMPLES / f"{name}.mp4").stat().st_size for name in HARD]
    assert max(hard) < 5e5
    assert sum(hard) < 4e6


@pytest.mark.parametrize("name", ["limp", "phone"])
def test_the_truth_on_disk_is_that_of_the_model(name: str) -> None:
    clip = SHIPPED[name]()
    _, known = sample_clip(name)
    fresh = truth(clip)
    assert fresh.keys() == known.keys()
    assert [e["side"] for e in fresh["events"]] == [e["side"] for e in known["events"]]
    assert [e["time_s"] for e in fresh["events"]] == pytest.approx([e["time_s"] for e in known["events"]])
    assert fresh["left_knee_deg"] == pytest.approx(known["left_knee_deg"], abs=0.02)
    xy, inside = keypoints(clip, move(clip.people[0].walker, clip.time_s))
    table = true_keypoints(name)
    for i, keypoint in enumerate(KEYPOINTS):
        assert table[f"{keypoint}_x"].to_numpy() == pytest.approx(xy[:, i, 0], abs=0.06)
        assert table[f"{keypoint}_y"].to_numpy() == pytest.approx(xy[:, i, 1], abs=0.06)
        assert (table[f"{keypoint}_score"] == inside[:, i]).all()


def test_the_keypoints_are_the_canonical_ones() -> None:
    assert sorted(KEYPOINTS) == sorted(CANONICAL)


@pytest.mark.parametrize("name", WALKS)
def test_steps_strides_and_cadence_agree_with_the_events(name: str) -> None:
    _, known = sample_clip(name)
    strikes = true_events(known, "strike")
    assert len(strikes) >= 6
    assert 60 / np.mean(np.diff(strikes)) == pytest.approx(known["cadence_steps_per_min"], rel=0.04)
    for step in known["steps"]:
        assert np.abs(strikes - step["time_s"]).min() < 1e-4
        assert step["step_length_bh"] == pytest.approx(step["step_length_m"] / known["body_height_m"], abs=1e-4)
    for stride in known["strides"]:
        own = true_events(known, "strike", stride["side"])
        offs = true_events(known, "off", stride["side"])
        off = offs[(offs > stride["start_s"]) & (offs < stride["end_s"])]
        assert np.abs(own - stride["start_s"]).min() < 1e-4
        assert 100 * (off[0] - stride["start_s"]) / stride["stride_time_s"] == pytest.approx(
            stride["stance_pct"], abs=0.05
        )


def test_the_pictured_foot_lies_still_between_strike_and_off() -> None:
    _, known = sample_clip("side_walk")
    table = true_keypoints("side_walk")
    time = table["time_s"].to_numpy()
    strike = true_events(known, "strike", "right")[1]
    off = min(t for t in true_events(known, "off", "right") if t > strike)
    flat = (time > strike + 0.15) & (time < off - 0.35)
    assert flat.sum() >= 3
    assert np.ptp(table.loc[flat, "right_heel_x"]) <= 0.2


def test_the_limp_is_uneven_and_the_other_walks_are_even() -> None:
    _, limp = sample_clip("limp")
    assert limp["stance_pct"]["left"] - limp["stance_pct"]["right"] > 5
    for name in ("side_walk", "phone", "two_people", "two_colours"):
        _, known = sample_clip(name)
        assert known["stance_pct"]["left"] == pytest.approx(known["stance_pct"]["right"])


def test_the_bystander_is_larger_and_longer_in_view_than_the_walker() -> None:
    _, known = sample_clip("two_people")
    (other,) = known["other_people"]
    mine = [b for b in known["box_px"] if b]
    theirs = [b for b in other["box_px"] if b]
    assert len(theirs) == known["n_frames"] > len(mine)
    assert np.median([b[3] - b[1] for b in theirs]) > 1.4 * np.median([b[3] - b[1] for b in mine])


def test_the_left_leg_is_orange_in_every_frame_of_two_colours() -> None:
    # It is the near one, which nothing hides but a hand.
    path, known = sample_clip("two_colours")
    table = true_keypoints("two_colours")
    whole = [i for i, seen in enumerate(known["whole"]) if seen]
    for i, picture in zip(whole, upright(path, known, whole), strict=True):
        x, y = (int(table.loc[i, f"left_knee_{axis}"]) for axis in "xy")
        red, _, blue = picture[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(axis=0)
        assert red > 2 * blue


def test_nobody_walks_in_the_clips_for_refusal() -> None:
    for name, people in (("standing", 1), ("empty_room", 0)):
        path, known = sample_clip(name)
        assert known["events"] == []
        assert known["n_people"] == people
        assert path.stat().st_size < 200_000


def test_phone_timestamps_are_uneven_and_some_frames_are_missing() -> None:
    pts = irregular_pts(8.0, seed=5)
    gaps = np.diff(pts) * float(Fraction(1, 90000))
    assert gaps.min() > 0.02
    assert (gaps > 0.055).sum() >= 3
    assert len(np.unique(gaps)) > 50
    _, known = sample_clip("phone")
    assert known["variable_rate"]
    uniform = np.arange(len(pts)) / known["fps"]
    assert np.abs(np.array(known["time_s"]) - uniform).max() > 0.02


@pytest.mark.parametrize("name", WALKS)
def test_blazepose_finds_the_figure_and_its_ankles(name: str) -> None:
    """On the crop around the walker, in one second from the middle of the part where the whole body is in view."""
    pose_module = pytest.importorskip("mediapipe.python.solutions.pose")
    path, known = sample_clip(name)
    table = true_keypoints(name)
    boxes = known["box_px"]
    whole = [i for i, seen in enumerate(known["whole"]) if seen]
    shown = whole[len(whole) // 4 :][:24]
    errors, found = [], 0
    with pose_module.Pose(model_complexity=1, smooth_landmarks=False) as model:
        for i, picture in zip(shown, upright(path, known, shown), strict=True):
            x0, y0, x1, y1 = boxes[i]
            half = 1.25 * (y1 - y0) / 2
            left, top = int(max((x0 + x1) / 2 - half, 0)), int(max((y0 + y1) / 2 - half, 0))
            crop = np.ascontiguousarray(picture[top : int((y0 + y1) / 2 + half), left : int((x0 + x1) / 2 + half)])
            landmarks = model.process(crop).pose_landmarks
            if landmarks is None:
                continue
            found += 1
            for index in (27, 28):
                seen = landmarks.landmark[index]
                at = np.array([seen.x * crop.shape[1] + left, seen.y * crop.shape[0] + top])
                # The nearer of the two: which is which is for the program to sort out where the legs cross.
                errors.append(
                    min(
                        np.linalg.norm(at - table.loc[i, [f"{s}_ankle_x", f"{s}_ankle_y"]].to_numpy(float))
                        for s in ("left", "right")
                    )
                    / (y1 - y0)
                )
    assert found >= len(shown) - 1
    assert np.median(errors) < 0.025


def upright(path: Path, known: dict[str, Any], wanted: list[int]) -> list[npt.NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        pictures = [f.to_ndarray(format="rgb24") for i, f in enumerate(container.decode(video=0)) if i in set(wanted)]
    return [np.rot90(p, -known["rotation"] // 90) for p in pictures]
