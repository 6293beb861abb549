"""MOT files, read back by pandas."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gait.errors import InputError
from gait.export import export_result

Analyzed = Callable[..., Path]


def test_angles_have_the_names_of_opensim_and_the_values_of_the_signals(analyzed: Analyzed, tmp_path: Path) -> None:
    folder = analyzed("side_walk")
    (done,) = export_result(folder, ["mot"], out=tmp_path)
    lines = done.path.read_text().splitlines()
    start = lines.index("endheader") + 1
    header = dict(line.split("=") for line in lines[:start] if "=" in line)
    table = pd.read_csv(done.path, sep="\t", skiprows=start)
    signals = pd.read_csv(folder / "signals.csv")
    assert header["inDegrees"] == "yes"
    assert (int(header["nRows"]), int(header["nColumns"])) == table.shape
    assert list(table.columns) == [
        "time", "hip_flexion_r", "knee_angle_r", "ankle_angle_r", "hip_flexion_l", "knee_angle_l", "ankle_angle_l",
    ]  # fmt: skip
    rows = np.argmin(np.abs(signals["time_s"].to_numpy() - table["time"].to_numpy()[:, None]), axis=1)
    np.testing.assert_allclose(table["time"], signals["time_s"][rows], atol=1e-4)
    np.testing.assert_allclose(table["knee_angle_r"], signals["right_knee_deg"][rows], atol=2e-3)
    np.testing.assert_allclose(table["hip_flexion_l"], signals["left_hip_deg"][rows], atol=2e-3)
    joints = [f"{side}_{joint}_deg" for side in ("left", "right") for joint in ("hip", "knee", "ankle")]
    assert len(table) == signals[joints].notna().all(axis=1).sum() < len(signals)
    assert np.isfinite(table.to_numpy()).all(), "a motion of OpenSim knows no missing values"
    said = " ".join(line for line in lines[:start] if "=" not in line)
    assert "thigh to the vertical" in said
    assert "left out" in said
    assert 50 < table["knee_angle_l"].max() < 80


def test_a_walk_toward_the_camera_has_no_joint_angles(analyzed: Analyzed, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="from the side"):
        export_result(analyzed("frontal_lean"), ["mot"], out=tmp_path)
    assert not list(tmp_path.iterdir())
