"""Joints go into a table and come back the same."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gait.errors import InputError, UsageError
from gait.pose.files import poses_to_table, read_poses, write_poses
from gait.skeleton import INDEX
from gait.types import PoseSequence, Roll


@pytest.fixture
def poses() -> PoseSequence:
    """Forty frames at uneven times; the nose is unknown in the third one."""
    rng = np.random.default_rng(1)
    xy = rng.uniform(0, 1000, (40, 23, 2)).astype(np.float32)
    score = rng.uniform(0, 1, (40, 23)).astype(np.float32)
    xy[2, INDEX["nose"]] = np.nan
    score[2, INDEX["nose"]] = 0
    return PoseSequence(
        time_s=np.cumsum(rng.uniform(0.02, 0.05, 40)),
        frame=np.arange(40) * 2,
        xy_px=xy,
        score=score,
        model="test",
        width_px=1280,
        height_px=720,
        background_xy_px=rng.normal(size=(40, 2)),
    )


def same(a: PoseSequence, b: PoseSequence) -> None:
    np.testing.assert_array_equal(a.time_s, b.time_s)
    np.testing.assert_array_equal(a.frame, b.frame)
    np.testing.assert_array_equal(a.xy_px, b.xy_px)
    np.testing.assert_array_equal(a.score, b.score)
    assert (a.width_px, a.height_px, a.keypoints) == (b.width_px, b.height_px, b.keypoints)


def test_how_unsure_each_point_is_comes_back(tmp_path: Path, poses: PoseSequence) -> None:
    sd_px = np.random.default_rng(2).uniform(2, 20, (40, 23)).astype(np.float32)
    sd_px[2, INDEX["nose"]] = np.nan
    write_poses(replace(poses, sd_px=sd_px), tmp_path / "k.parquet")
    back, _ = read_poses(tmp_path / "k.parquet")
    assert back.sd_px is not None
    np.testing.assert_array_equal(back.sd_px, sd_px)
    write_poses(poses, tmp_path / "without.parquet")
    assert read_poses(tmp_path / "without.parquet")[0].sd_px is None


def test_how_the_camera_was_held_comes_back(tmp_path: Path, poses: PoseSequence) -> None:
    roll = Roll(deg=1.3, fan_deg=-2.5, sd_deg=0.5)
    write_poses(replace(poses, roll=roll), tmp_path / "k.parquet")
    assert read_poses(tmp_path / "k.parquet")[0].roll == roll
    write_poses(poses, tmp_path / "k.parquet")
    assert read_poses(tmp_path / "k.parquet")[0].roll is None


def test_parquet_keeps_every_bit_and_the_origin(tmp_path: Path, poses: PoseSequence) -> None:
    write_poses(poses, tmp_path / "k.parquet", {"origin": {"file": {"name": "walk.mp4"}}})
    back, metadata = read_poses(tmp_path / "k.parquet")
    same(back, poses)
    assert back.model == "test"
    assert back.background_xy_px is not None
    np.testing.assert_array_equal(back.background_xy_px, poses.background_xy_px)
    assert metadata["origin"]["file"]["name"] == "walk.mp4"


def test_csv_needs_the_size_of_the_picture(tmp_path: Path, poses: PoseSequence) -> None:
    write_poses(poses, tmp_path / "k.csv")
    with pytest.raises(UsageError, match="--size"):
        read_poses(tmp_path / "k.csv")
    back, _ = read_poses(tmp_path / "k.csv", (1280, 720))
    np.testing.assert_allclose(back.xy_px, poses.xy_px, rtol=1e-6)
    np.testing.assert_allclose(back.time_s, poses.time_s, rtol=1e-8)


def test_a_table_without_scores_trusts_the_points_it_has(tmp_path: Path, poses: PoseSequence) -> None:
    table = poses_to_table(poses)
    table[[c for c in table.columns if not c.endswith("_score")]].to_csv(tmp_path / "k.csv", index=False)
    back, _ = read_poses(tmp_path / "k.csv", (1280, 720))
    assert back.score[2, INDEX["nose"]] == 0
    assert back.score[3, INDEX["nose"]] == 1


def test_a_point_that_the_table_lacks_is_nan(tmp_path: Path, poses: PoseSequence) -> None:
    table = poses_to_table(poses).drop(columns=["left_heel_x", "left_heel_y", "left_heel_score"])
    table.to_csv(tmp_path / "k.csv", index=False)
    back, _ = read_poses(tmp_path / "k.csv", (1280, 720))
    assert np.isnan(back.point("left_heel")).all()
    assert (back.score[:, INDEX["left_heel"]] == 0).all()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("k.parquet", b"not a parquet file"),
        ("k.csv", b"a,b\n1,2\n"),
        ("k.csv", b"time_s,nose_x,nose_y\n0,1,2\n0,1,2\n"),
        ("k.csv", b"time_s,nose_x,nose_y\n0,left,2\n"),
        ("k.csv", b""),
        ("k.txt", b""),
    ],
)
def test_what_is_no_table_of_joints_is_unreadable_input(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        read_poses(tmp_path / name, (640, 480))


def test_a_missing_file_is_unreadable_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_poses(tmp_path / "k.parquet")


def test_the_table_has_the_agreed_columns(poses: PoseSequence) -> None:
    table = poses_to_table(poses)
    assert list(table.columns[:5]) == ["time_s", "frame", "nose_x", "nose_y", "nose_score"]
    assert isinstance(table, pd.DataFrame)
