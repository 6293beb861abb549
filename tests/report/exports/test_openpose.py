"""Folders of OpenPose files, read as JSON and by `gait analyze` itself."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from truth import sample_clip

from gait.export import export_result
from gait.pipeline import analyze_keypoints
from gait.pose.files import read_poses
from gait.pose.importers.openpose import OTHERS

Analyzed = Callable[..., Path]


def test_each_frame_has_a_file_with_25_points_and_the_middles_where_they_belong(
    analyzed: Analyzed, tmp_path: Path
) -> None:
    folder = analyzed("side_walk")
    (done,) = export_result(folder, ["openpose"], out=tmp_path)
    poses, _ = read_poses(folder / "keypoints.parquet")
    files = sorted(done.path.iterdir())
    assert [int(f.name.split("_")[-2]) for f in files] == poses.frame.tolist()
    frame = 100
    (person,) = json.loads(files[frame].read_text())["people"]
    points = np.array(person["pose_keypoints_2d"]).reshape(25, 3)
    np.testing.assert_allclose(points[11, :2], poses.point("right_ankle")[frame], atol=1e-3)
    np.testing.assert_allclose(points[19, :2], poses.point("left_big_toe")[frame], atol=1e-3)
    np.testing.assert_allclose(points[8], (points[9] + points[12]) / 2, atol=1e-3)
    np.testing.assert_allclose(points[1], (points[2] + points[5]) / 2, atol=1e-3)


@pytest.mark.parametrize("name", ["side_walk", "limp"])
def test_the_files_give_the_same_joints_events_and_cadence(analyzed: Analyzed, tmp_path: Path, name: str) -> None:
    folder = analyzed(name)
    (done,) = export_result(folder, ["openpose"], out=tmp_path)
    _, known = sample_clip(name)
    again = analyze_keypoints(
        done.path, out=tmp_path / "reports", size_px=(known["width"], known["height"]), fps=known["fps"]
    )
    before, _ = read_poses(folder / "keypoints.parquet")
    seen = before.score > 0
    np.testing.assert_allclose(again.result.poses.xy_px[seen], before.xy_px[seen], atol=1e-3)
    assert np.isnan(again.result.poses.xy_px[~seen]).all()
    events = pd.read_csv(folder / "events.csv")
    assert again.result.events[["side", "kind"]].values.tolist() == events[["side", "kind"]].values.tolist()
    np.testing.assert_allclose(again.result.events["time_s"], events["time_s"], atol=2e-3)
    measures = pd.read_csv(folder / "measures.csv").set_index(["measure", "side"])["value"]
    cadence = again.result.measures.set_index(["measure", "side"])["value"]["cadence", "both"]
    assert cadence == pytest.approx(measures["cadence", "both"], abs=0.1)


def test_a_second_export_leaves_no_frames_of_the_first(analyzed: Analyzed, tmp_path: Path) -> None:
    stale = tmp_path / "limp_openpose" / "limp_000000009999_keypoints.json"
    stale.parent.mkdir()
    stale.write_text("{}")
    (stale.parent / "notes.txt").write_text("left knee")
    export_result(analyzed("limp"), ["openpose"], out=tmp_path)
    assert not stale.exists()
    assert (stale.parent / "notes.txt").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["limp_openpose"]


def test_a_bystander_in_the_files_changes_no_event_and_is_mentioned(analyzed: Analyzed, tmp_path: Path) -> None:
    folder = analyzed("limp")
    (done,) = export_result(folder, ["openpose"], out=tmp_path)
    bystander = {"pose_keypoints_2d": [value for i in range(25) for value in (600.0 + i, 200.0 + 12 * i, 0.4)]}
    for file in done.path.iterdir():
        tree = json.loads(file.read_text())
        tree["people"].insert(0, bystander)
        file.write_text(json.dumps(tree))
    again = analyze_keypoints(done.path, out=tmp_path / "reports", size_px=(1280, 720), fps=25.0)
    events = pd.read_csv(folder / "events.csv")
    np.testing.assert_allclose(again.result.events["time_s"], events["time_s"], atol=2e-3)
    assert OTHERS in [flag.message for flag in again.result.flags]
    assert OTHERS in (again.folder / "report.html").read_text(encoding="utf-8")
