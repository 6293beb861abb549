"""TRC files, read back by another library."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from truth import sample_clip, true_keypoints

from gait.export import export_result

trc = pytest.importorskip("trc")
Analyzed = Callable[..., Path]


def read(folder: Path, out: Path) -> dict:
    (done,) = export_result(folder, ["trc"], out=out)
    data = trc.TRCData()
    data.load(str(done.path))
    return data


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
    assert np.isnan(np.array(data["RHeel"])[long_unseen.to_numpy()]).all()
