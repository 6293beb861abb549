"""Folders of OpenPose files become joints."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gait.errors import InputError, UsageError
from gait.pose.files import read_poses
from gait.pose.importers.openpose import OTHERS

SIZE = (1280, 720)


def body(points: int, x: float = 100.0) -> list[float]:
    """A person whose point number i is at (x + i, 10 i), with a score of 0.5."""
    return [value for i in range(points) for value in (x + i, 10.0 * i + 1, 0.5)]


def write(folder: Path, number: int, *people: list[float], stem: str = "walk") -> Path:
    folder.mkdir(exist_ok=True)
    tree: dict[str, Any] = {"version": 1.3, "people": [{"pose_keypoints_2d": points} for points in people]}
    path = folder / f"{stem}_{number}_keypoints.json"
    path.write_text(json.dumps(tree))
    return path


@pytest.mark.parametrize(
    ("points", "numbers"),
    [
        (25, {"nose": 0, "right_shoulder": 2, "left_hip": 12, "right_ankle": 11, "left_heel": 21, "right_heel": 24,
              "left_big_toe": 19, "right_small_toe": 23, "left_ear": 18}),
        (18, {"nose": 0, "left_shoulder": 5, "right_hip": 8, "left_ankle": 13, "right_eye": 14, "left_ear": 17}),
        (26, {"nose": 0, "left_eye": 1, "right_hip": 12, "left_ankle": 15, "right_big_toe": 21, "left_heel": 24}),
    ],
)  # fmt: skip
def test_each_point_finds_its_place_in_the_skeleton(tmp_path: Path, points: int, numbers: dict[str, int]) -> None:
    write(tmp_path / "json", 0, body(points))
    poses, metadata = read_poses(tmp_path / "json", SIZE, 30.0)
    for name, i in numbers.items():
        np.testing.assert_allclose(poses.point(name)[0], (100 + i, 10 * i + 1))
        assert poses.score[0, poses.keypoints.index(name)] == 0.5
    assert (poses.width_px, poses.height_px) == SIZE
    assert metadata == {}


def test_the_older_skeleton_has_no_feet(tmp_path: Path) -> None:
    write(tmp_path / "json", 0, body(18))
    poses, _ = read_poses(tmp_path / "json", SIZE, 30.0)
    for foot in ("left_heel", "right_heel", "left_big_toe", "right_small_toe"):
        assert np.isnan(poses.point(foot)).all()
        assert poses.score[0, poses.keypoints.index(foot)] == 0


def test_files_come_in_the_order_of_their_numbers_and_those_left_out_are_empty(tmp_path: Path) -> None:
    for number in (9, 10, 11, 14):
        write(tmp_path / "json", number, body(25, x=float(number)), stem="clip_2")
    poses, _ = read_poses(tmp_path / "json", SIZE, 20.0)
    np.testing.assert_array_equal(poses.frame, [9, 10, 11, 12, 13, 14])
    np.testing.assert_allclose(poses.time_s, [0, 0.05, 0.1, 0.15, 0.2, 0.25])
    np.testing.assert_array_equal(poses.point("nose")[:, 0], [9, 10, 11, np.nan, np.nan, 14])


@pytest.mark.parametrize("numbers", [range(0, 12, 2), (0, 2, 5, 7, 10, 12)])
def test_frames_taken_by_turns_have_no_gap_between_them(tmp_path: Path, numbers: Sequence[int]) -> None:
    for number in numbers:
        write(tmp_path / "json", number, body(25))
    poses, _ = read_poses(tmp_path / "json", SIZE, 30.0)
    np.testing.assert_allclose(poses.time_s, np.array(numbers) / 30)


def test_a_frame_without_anybody_and_a_point_that_was_not_found_are_unknown(tmp_path: Path) -> None:
    nose_unseen = [0.0, 0.0, 0.0, *body(25)[3:]]
    write(tmp_path / "json", 0, body(25))
    write(tmp_path / "json", 1)
    write(tmp_path / "json", 2, nose_unseen)
    poses, _ = read_poses(tmp_path / "json", SIZE, 30.0)
    assert np.isnan(poses.xy_px[1]).all()
    assert (poses.score[1] == 0).all()
    assert np.isnan(poses.point("nose")[2]).all()
    assert np.isfinite(poses.point("left_eye")[2]).all()


def test_other_people_are_not_passed_over_in_silence(tmp_path: Path) -> None:
    for number in range(10):
        write(tmp_path / "json", number, body(25, x=900.0), body(25, x=10.0 + number))
    poses, metadata = read_poses(tmp_path / "json", SIZE, 30.0)
    assert len(set(np.round(poses.point("nose")[:, 0] / 500))) == 1
    assert metadata == {"warnings": [OTHERS]}


@pytest.mark.parametrize(("size", "fps"), [(None, 30.0), (SIZE, None), (None, None), (SIZE, 0.0), (SIZE, np.nan)])
def test_size_and_rate_must_be_given(tmp_path: Path, size: tuple[int, int] | None, fps: float | None) -> None:
    write(tmp_path / "json", 0, body(25))
    with pytest.raises(UsageError, match="--fps"):
        read_poses(tmp_path / "json", size, fps)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"people": [{}]}', '{"people": [{"pose_keypoints_2d": [1, 2]}]}',
     '{"people": [{"pose_keypoints_2d": ["a", 2, 3]}]}', '{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}'],
)  # fmt: skip
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    write(tmp_path / "json", 0, body(25))
    write(tmp_path / "json", 1).write_text(text)
    with pytest.raises(InputError, match=r"walk_1_keypoints\.json"):
        read_poses(tmp_path / "json", SIZE, 30.0)


def test_a_folder_without_such_files_is_unreadable_input(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}")
    with pytest.raises(InputError, match="no OpenPose files"):
        read_poses(tmp_path, SIZE, 30.0)


def test_skeletons_are_not_mixed(tmp_path: Path) -> None:
    write(tmp_path / "json", 0, body(25))
    write(tmp_path / "json", 1, body(18))
    with pytest.raises(InputError, match="18 or 25"):
        read_poses(tmp_path / "json", SIZE, 30.0)


def test_two_files_of_one_frame_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "json", 3, body(25), stem="left_camera")
    write(tmp_path / "json", 3, body(25), stem="right_camera")
    with pytest.raises(InputError, match="number 3"):
        read_poses(tmp_path / "json", SIZE, 30.0)


def test_numbers_that_are_dates_do_not_count_frames(tmp_path: Path) -> None:
    for number in (20240101, 20240102, 20240103, 20250101):
        write(tmp_path / "json", number, body(25))
    with pytest.raises(InputError, match="do not count frames"):
        read_poses(tmp_path / "json", SIZE, 30.0)


def test_shares_of_the_picture_are_not_taken_for_pixels(tmp_path: Path) -> None:
    write(tmp_path / "json", 0, [0.3, 0.4, 0.9] * 25)
    with pytest.raises(InputError, match="keypoint_scale"):
        read_poses(tmp_path / "json", SIZE, 30.0)
