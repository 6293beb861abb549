"""TRC files, read back as OpenSim reads them: fields between tabs, an empty one is a marker that is not seen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from truth import sample_clip, true_keypoints

from gait.export import export_result

Analyzed = Callable[..., Path]


def read(folder: Path, out: Path) -> dict[str, Any]:
    (done,) = export_result(folder, ["trc"], out=out)
    lines = done.path.read_text(encoding="utf-8").split("\n")
    head = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    names = [name for name in lines[3].split("\t")[2:] if name]
    rows = [line.split("\t") for line in lines[6:] if line]
    assert all(len(row) == 2 + 3 * len(names) and row[-1] for row in rows), "OpenSim drops an empty field at the end"
    values = np.array([[float(cell) if cell else np.nan for cell in row] for row in rows])
    places = {name: values[:, 2 + 3 * i : 5 + 3 * i] for i, name in enumerate(names)}
    counts = {key: float(head[key]) for key in ("DataRate", "NumFrames", "NumMarkers")}
    return {"Units": head["Units"], "Markers": names, "Time": values[:, 1], "cells": rows, **counts, **places}


def test_without_a_body_height_places_are_pixels_with_y_up(analyzed: Analyzed, tmp_path: Path) -> None:
    data = read(analyzed("side_walk"), tmp_path)
    truth = true_keypoints("side_walk")
    assert (data["Units"], data["DataRate"], data["NumFrames"]) == ("px", 30.0, len(truth))
    assert len(data["Markers"]) == data["NumMarkers"] == 23
    heel = np.array(data["RHeel"])
    seen = (truth["right_heel_score"] == 1).to_numpy() & np.isfinite(heel).all(axis=1)
    assert seen.sum() > 150
    off = heel[seen, :2] - np.stack([truth["right_heel_x"], 720 - truth["right_heel_y"]], axis=1)[seen]
    assert np.median(np.abs(off)) < 2
    assert (heel[seen, 2] == 0).all()


def test_with_a_body_height_the_person_walks_as_fast_as_in_truth(analyzed: Analyzed, tmp_path: Path) -> None:
    data = read(analyzed("side_walk", with_height=True), tmp_path)
    _, known = sample_clip("side_walk")
    assert data["Units"] == "m"
    hip, time_s = np.array(data["RHip"])[:, 0], np.array(data["Time"])
    seen = np.flatnonzero(np.isfinite(hip))
    speed = (hip[seen[-1]] - hip[seen[0]]) / (time_s[seen[-1]] - time_s[seen[0]])
    assert speed == pytest.approx(known["speed_m_s"], rel=0.03)


def test_uneven_frames_come_at_a_constant_rate_and_at_their_true_times(analyzed: Analyzed, tmp_path: Path) -> None:
    data = read(analyzed("phone"), tmp_path)
    truth = true_keypoints("phone")
    np.testing.assert_allclose(np.diff(data["Time"]), 1 / data["DataRate"], atol=2e-6)
    assert len(data["Time"]) > len(truth)
    ankle = np.array(data["LAnkle"])[:, 0]
    true_x = np.interp(data["Time"], truth["time_s"], truth["left_ankle_x"])
    off = np.abs(ankle - true_x)
    assert np.nanmedian(off) < 3
    assert np.isfinite(off).mean() > 0.9


def test_frames_out_of_view_are_not_made_up(analyzed: Analyzed, tmp_path: Path) -> None:
    data = read(analyzed("side_walk"), tmp_path)
    truth = true_keypoints("side_walk")
    long_unseen = (truth["right_heel_score"] == 0).rolling(9, center=True).min() == 1
    assert long_unseen.any()
    assert np.isnan(data["RHeel"][long_unseen.to_numpy(), :2]).all()
    assert not any(cell.lower() == "nan" for row in data["cells"] for cell in row), "that word stops OpenSim"


def test_the_turn_of_a_camera_is_taken_off_the_way_in_metres(analyzed: Analyzed, tmp_path: Path) -> None:
    """A camera on a stand turns by 60 degrees after somebody who walks 9 m: in the picture he hardly moves."""
    data = read(analyzed("pan_watermark", with_height=True, background=True), tmp_path)
    _, known = sample_clip("pan_watermark")
    assert data["Units"] == "m"
    hip, time_s = data["RHip"][:, 0], data["Time"]
    seen = np.flatnonzero(np.isfinite(hip))
    way = known["speed_m_s"] * (time_s[seen[-1]] - time_s[seen[0]])
    assert hip[seen[-1]] - hip[seen[0]] == pytest.approx(way, rel=0.06)


def test_a_camera_that_is_carried_along_leaves_pixels(analyzed: Analyzed, tmp_path: Path) -> None:
    """The wall behind the walker moves less than the ground does: no way in metres can be given."""
    assert read(analyzed("phone", with_height=True, background=True), tmp_path)["Units"] == "px"


def test_a_camera_that_turned_before_a_treadmill_had_nothing_taken_off(analyzed: Analyzed, tmp_path: Path) -> None:
    """What was said of the recording holds for the export too: on a treadmill nobody comes anywhere."""
    told = read(analyzed("pan_watermark", with_height=True, background=True, ground="treadmill"), tmp_path)
    assert np.nanmax(told["RHip"][:, 0]) - np.nanmin(told["RHip"][:, 0]) < 2.0
