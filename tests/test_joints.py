"""Saved joints: what comes back is what was saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gait.config import Settings
from gait.errors import InputError
from gait.joints import Joints, read_joints, write_joints
from gait.outlines import Outlines
from gait.pipeline import Models, find_joints, measure_joints
from gait.pose.files import read_poses
from gait.progress import Stages
from gait.provenance import describe_file
from gait.video.reader import open_video
from tests.needs import need_blazepose

TABLES = ("signals", "events", "strides", "measures", "cycles", "curves")


@pytest.fixture(scope="module")
def joints(sample_clip: Callable[[str], tuple[Path, dict[str, object]]]) -> Joints:
    """Three seconds of two people who walk, every other frame."""
    need_blazepose()
    video, _ = sample_clip("two_people")
    settings = Settings.model_validate({"video": {"fps": 15, "end_s": 3}})
    with Models(settings.pose) as models:
        return find_joints(open_video(video, fps=15, end_s=3), describe_file(video), settings, models, Stages())


def test_joints_come_back_as_they_were_saved(joints: Joints, tmp_path: Path) -> None:
    write_joints(joints, tmp_path / "keypoints.parquet", {})
    again = read_joints(tmp_path / "keypoints.parquet")
    for owner in ("poses", "track"):
        saved, read = vars(getattr(joints, owner)), vars(getattr(again, owner))
        for name in saved.keys() - {"picture", "portrait"}:
            if isinstance(saved[name], np.ndarray):
                assert saved[name].dtype == read[name].dtype, name
                np.testing.assert_array_equal(read[name], saved[name], err_msg=name)
            else:
                assert read[name] == saved[name], name
    assert len(joints.track.people) == 2
    assert joints.track.picture is not None and again.track.picture is not None
    assert np.abs(again.track.picture.astype(int) - joints.track.picture).mean() < 3
    assert again.track.portrait is not None and again.track.portrait.shape[0] > again.track.portrait.shape[1]
    assert (again.origin, again.damage, again.times_s) == (joints.origin, joints.damage, joints.times_s)


def test_saved_joints_are_measured_to_the_last_digit_as_fresh_ones(joints: Joints, tmp_path: Path) -> None:
    write_joints(joints, tmp_path / "keypoints.parquet", {})
    fresh, again = (
        measure_joints(each, Settings(), None, Stages())
        for each in (joints, read_joints(tmp_path / "keypoints.parquet"))
    )
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(fresh, name), check_exact=True)
    assert (again.scene, again.flags) == (fresh.scene, fresh.flags)


def test_the_outline_is_saved_with_the_joints(joints: Joints, tmp_path: Path) -> None:
    n = len(joints.track.time_s)
    maps = tuple(bytes([i % 7]) * (i % 3) for i in range(n))
    outline = Outlines(
        time_s=joints.track.time_s, window_px=np.full((n, 4), np.nan), maps=maps, shape=(64, 48), model="seg"
    )
    write_joints(Joints(**{**vars(joints), "outlines": outline}), tmp_path / "keypoints.parquet", {})
    again = read_joints(tmp_path / "keypoints.parquet").outlines
    assert again is not None
    assert (again.maps, again.shape, again.model) == (maps, (64, 48), "seg")
    np.testing.assert_array_equal(again.window_px, outline.window_px)


def test_others_read_the_joints_alone(joints: Joints, tmp_path: Path) -> None:
    write_joints(joints, tmp_path / "keypoints.parquet", {})
    poses, _ = read_poses(tmp_path / "keypoints.parquet")
    np.testing.assert_array_equal(poses.xy_px, joints.poses.xy_px)


def test_a_table_without_a_track_says_so(joints: Joints, tmp_path: Path) -> None:
    from gait.pose.files import write_poses

    write_poses(joints.poses, tmp_path / "keypoints.parquet")
    with pytest.raises(InputError, match="who was followed"):
        read_joints(tmp_path / "keypoints.parquet")
    with pytest.raises(InputError, match="no such file"):
        read_joints(tmp_path / "other.parquet")
