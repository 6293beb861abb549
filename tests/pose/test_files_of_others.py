"""Tables of joints from anywhere: what cannot be measured is refused in one sentence, by what is wrong with it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gait.errors import GaitError, InputError, UsageError
from gait.pose.files import read_poses, write_poses
from tests.hostile.tables import joints, trc

SIZE = (1280, 720)


def saved(folder: Path, table: pd.DataFrame, metadata: bytes = b"") -> Path:
    """The table as a Parquet file, with these words beside it."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    arrow = arrow.replace_schema_metadata({**arrow.schema.metadata, **({b"gait": metadata} if metadata else {})})
    pq.write_table(arrow, folder / "k.parquet")
    return folder / "k.parquet"


@pytest.mark.parametrize("column", ["time_s", "left_knee_x", "left_knee_score", "frame", "background_x"])
def test_text_in_a_column_of_numbers_is_named(tmp_path: Path, column: str) -> None:
    table = joints().assign(frame=0, background_x=0.0, background_y=0.0)
    table[column] = ["left"] + ["7"] * (len(table) - 1)
    with pytest.raises(InputError, match=r"k\.parquet: holds something that is not a number") as caught:
        read_poses(saved(tmp_path, table), SIZE)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (b"{", "broken"),
        (b"\xff\xfe", "broken"),
        (b"[]", "dictionary"),
        (b"[" * 100_000, "broken"),
        (json.dumps({"width_px": "wide"}).encode(), "width_px"),
        (json.dumps({"width_px": -3}).encode(), "width_px"),
        (json.dumps({"width_px": 10**12}).encode(), "width_px"),
        (json.dumps({"settings": {"signals": {"cutoff_hz": -1}}}).encode(), "settings.signals.cutoff_hz"),
        (json.dumps({"settings": 7}).encode(), "settings"),
        (json.dumps({"report": {"person": {"age": "old"}}}).encode(), "report.person.age"),
        (json.dumps({"roll": {"deg": 3.0}}).encode(), "roll"),
        (json.dumps({"origin": {"video": {"capture_fps": 120}}}).encode(), "origin.video"),
        (json.dumps({"origin": {"segmentation": {}}}).encode(), "origin.segmentation"),
        (json.dumps({"warnings": "x"}).encode(), "warnings"),
    ],
)
def test_broken_words_about_the_origin_are_refused(tmp_path: Path, metadata: bytes, words: str) -> None:
    with pytest.raises(InputError, match=r"k\.parquet: what it says of its origin is broken") as caught:
        read_poses(saved(tmp_path, joints(), metadata), SIZE)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("unit_s", [1e-6, 1000.0, 1e9])
def test_times_that_are_no_seconds_are_refused(tmp_path: Path, unit_s: float) -> None:
    table = joints().assign(time_s=lambda t: t["time_s"] * unit_s)
    with pytest.raises(InputError, match="its times cannot be seconds"):
        read_poses(saved(tmp_path, table), SIZE)


@pytest.mark.parametrize("rate_hz", [1.0, 2000.0])
def test_the_slowest_and_the_fastest_camera_are_read(tmp_path: Path, rate_hz: float) -> None:
    table = joints().assign(time_s=lambda t: (np.arange(len(t)) / rate_hz).round(6))
    poses, _ = read_poses(saved(tmp_path, table), SIZE)
    assert len(poses.time_s) == len(table)


def test_numbers_that_are_no_place_in_a_picture_are_unknown(tmp_path: Path) -> None:
    table = joints()
    table.loc[5, "left_knee_x"], table.loc[6, "left_knee_y"] = 1e300, -np.inf
    table.loc[7, "left_knee_score"], table.loc[8, "left_knee_score"] = -3.0, 7.0
    poses, _ = read_poses(saved(tmp_path, table), SIZE)
    knee = poses.keypoints.index("left_knee")
    assert not np.isfinite(poses.xy_px[[5, 6], knee]).all(axis=1).any()
    assert list(poses.score[[7, 8], knee]) == [0.0, 1.0]


@pytest.mark.parametrize("number", [1e300, np.nan, -np.inf])
def test_frames_whose_numbers_are_none_are_counted(tmp_path: Path, number: float) -> None:
    poses, _ = read_poses(saved(tmp_path, joints().assign(frame=number)), SIZE)
    np.testing.assert_array_equal(poses.frame, np.arange(len(joints())))


def test_a_file_that_claims_billions_of_rows_is_refused_before_they_are_made(tmp_path: Path) -> None:
    """Ten million equal rows take next to no room in the file, and a gigabyte in memory."""
    columns = {"time_s": pa.array(np.arange(10_000_000) / 30.0), "left_ankle_x": pa.nulls(10_000_000, pa.float64()),
               "left_ankle_y": pa.nulls(10_000_000, pa.float64())}  # fmt: skip
    pq.write_table(pa.table(columns), tmp_path / "k.parquet", use_dictionary=False)
    with pytest.raises(InputError, match="10000000 rows"):
        read_poses(tmp_path / "k.parquet", SIZE)


def test_a_colon_in_a_path_is_no_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    poses, _ = read_poses(saved(tmp_path, joints()), SIZE)
    Path("walk:2").mkdir()
    write_poses(poses, Path("walk:2/k.parquet"))
    again, _ = read_poses(Path("walk:2/k.parquet"))
    np.testing.assert_array_equal(again.time_s, poses.time_s)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
@pytest.mark.parametrize("name", ["k.parquet", "k.csv", "k.trc"])
def test_a_table_is_not_waited_for_at_a_pipe(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match="a device or a pipe"):
        read_poses(tmp_path / name, SIZE)


@pytest.mark.parametrize("rate", ["1e-9", "nan", "-30", "1e12"])
def test_the_rate_of_a_trc_file_is_believed_only_where_a_camera_could_have_it(tmp_path: Path, rate: str) -> None:
    lines = trc().split("\n")
    lines[2] = rate + lines[2].removeprefix("30")
    (tmp_path / "k.trc").write_text("\n".join(lines))
    poses, _ = read_poses(tmp_path / "k.trc")
    assert poses.time_s[-1] == pytest.approx(joints()["time_s"].iloc[-1], abs=1e-4)


def openpose(folder: Path, change: Callable[[Path], object] | None = None) -> Path:
    """Ten files of one person; one of them is changed."""
    person: list[Any] = [{"pose_keypoints_2d": list(range(1, 76))}]
    for i in range(10):
        (folder / f"walk_{i:012d}_keypoints.json").write_text(json.dumps({"people": person}))
    if change is not None:
        change(folder / "walk_000000000003_keypoints.json")
    return folder


@pytest.mark.parametrize("fps", [1e-9, 0.0, float("nan"), float("inf"), 1e6])
def test_a_rate_that_no_camera_has_is_wrong_usage(tmp_path: Path, fps: float) -> None:
    with pytest.raises(UsageError, match="--fps"):
        read_poses(openpose(tmp_path), SIZE, fps)


def as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
@pytest.mark.parametrize(
    "change",
    [
        as_pipe,
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.write_text('{"people": [{"pose_keypoints_2d": [' + "9" * 400 + ", 1, 1]}]}"),
        lambda path: path.rename(path.with_name("walk_" + "9" * 100 + "_keypoints.json")),
    ],
    ids=["a pipe", "brackets", "a number of 400 digits", "a frame number of 100 digits"],
)
def test_an_odd_file_among_those_of_openpose_is_refused(tmp_path: Path, change: Callable[[Path], object]) -> None:
    with pytest.raises(GaitError) as caught:
        read_poses(openpose(tmp_path, change), SIZE, 30.0)
    assert len(str(caught.value)) < 400 + 2 * len(str(tmp_path))
