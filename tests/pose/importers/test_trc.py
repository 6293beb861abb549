"""TRC files become joints in a picture."""

from pathlib import Path

import numpy as np
import pytest

from gait.errors import InputError
from gait.pose.files import read_poses
from gait.pose.importers.trc import PX_PER_M, read_trc

trc = pytest.importorskip("trc")

STANDING_M = {"Nose": 1.6, "RHip": 0.9, "RKnee": 0.5, "RAnkle": 0.1, "RHeel": 0.05, "LHip": 0.9, "LBigToe": 0.02}


def write(
    path: Path,
    heights: dict[str, float] | None = None,
    *,
    unit: str = "m",
    scale: float = 1.0,
    rate: float = 30.0,
    times: list[float] | None = None,
    walk: float = 0.02,
) -> Path:
    """Markers one above the other that move forward by `walk` metres per frame; written by another library."""
    heights = heights or STANDING_M
    times = times if times is not None else [i / rate for i in range(30)]
    n = len(times)
    data = trc.TRCData()
    data |= {
        "PathFileType": "4", "DataFormat": "(X/Y/Z)", "FileName": path.name, "DataRate": rate, "CameraRate": rate,
        "NumFrames": n, "NumMarkers": len(heights), "Units": unit, "OrigDataRate": rate, "OrigDataStartFrame": 1,
        "OrigNumFrames": n, "Frame#": list(range(1, n + 1)), "Markers": list(heights), "Time": times,
    }  # fmt: skip
    for i, time_s in enumerate(times):
        data[i + 1] = (time_s, [[(1 + walk * i) * scale, y * scale, 0.3 * scale] for y in heights.values()])
    for k, name in enumerate(heights):
        data[name] = [data[i + 1][1][k] for i in range(n)]
    data.save(str(path))
    return path


@pytest.mark.parametrize(("unit", "scale"), [("m", 1.0), ("cm", 100.0), ("mm", 1000.0)])
def test_a_standing_leg_hangs_down_in_the_picture_at_the_stated_scale(tmp_path: Path, unit: str, scale: float) -> None:
    poses = read_trc(write(tmp_path / "walk.trc", unit=unit, scale=scale))
    leg = poses.point("right_ankle") - poses.point("right_hip")
    np.testing.assert_allclose(leg, [[0, 0.8 * PX_PER_M]] * 30, atol=1e-2)
    forward = np.diff(poses.point("nose")[:, 0])
    np.testing.assert_allclose(forward, 0.02 * PX_PER_M, atol=1e-2)


def test_frames_keep_their_own_numbers(tmp_path: Path) -> None:
    """A part of a longer recording: its first frame is the 61st, 2 s after the beginning."""
    path = write(tmp_path / "walk.trc", times=[2.0 + i / 30 for i in range(30)])
    lines = path.read_text().split("\n")
    renumbered = [f"{60 + int(line.split()[0])}{line[line.index(chr(9)) :]}" if line[:1].isdigit() else line
                  for line in lines[5:]]  # fmt: skip
    path.write_text("\n".join(lines[:5] + renumbered))
    poses = read_trc(path)
    assert (poses.time_s[0], poses.frame[0], poses.frame[-1]) == (2.0, 61, 90)


def test_the_picture_holds_the_whole_walk(tmp_path: Path) -> None:
    poses = read_trc(write(tmp_path / "walk.trc"))
    places = poses.xy_px[np.isfinite(poses.xy_px).all(axis=2)]
    assert (places > 0).all()
    assert (places < (poses.width_px, poses.height_px)).all()


def test_a_given_size_is_filled(tmp_path: Path) -> None:
    poses = read_trc(write(tmp_path / "walk.trc"), (1280, 720))
    assert (poses.width_px, poses.height_px) == (1280, 720)
    height = np.nanmax(poses.xy_px[..., 1]) - np.nanmin(poses.xy_px[..., 1])
    assert 0.7 * 720 < height < 720


@pytest.mark.parametrize("up", [True, False])
def test_pixels_stay_pixels_whichever_way_y_points(tmp_path: Path, up: bool) -> None:
    in_picture = {name: 720 - 300 * y for name, y in STANDING_M.items()}
    heights = {name: 720 - y for name, y in in_picture.items()} if up else in_picture
    poses, _ = read_poses(write(tmp_path / "walk.trc", heights, unit="px", walk=3.0), (1280, 720))
    np.testing.assert_allclose(poses.point("right_hip")[0], (1, in_picture["RHip"]), atol=1e-3)
    np.testing.assert_allclose(poses.point("right_ankle")[9], (28, in_picture["RAnkle"]), atol=1e-3)


@pytest.mark.parametrize("name", ["RAnkle", "right_ankle", "r_ankle", "R.Ankle", "RANKLE"])
def test_usual_ways_to_write_a_name(tmp_path: Path, name: str) -> None:
    poses = read_trc(write(tmp_path / "walk.trc", {"RHip": 0.9, name: 0.1}))
    assert np.isfinite(poses.point("right_ankle")).all()
    assert np.isnan(poses.point("left_ankle")).all()
    assert poses.score.sum() == 2 * 30


def test_the_rate_is_that_of_the_header_where_times_are_rounded(tmp_path: Path) -> None:
    rounded = [round(i / 60, 2) + 0.001 * i / 60 for i in range(60)]
    poses = read_trc(write(tmp_path / "walk.trc", rate=60.0, times=rounded))
    np.testing.assert_allclose(np.diff(poses.time_s), 1 / 60)


def test_times_that_the_header_contradicts_are_kept(tmp_path: Path) -> None:
    times = [*(i / 30 for i in range(10)), *(2 + i / 30 for i in range(10))]
    np.testing.assert_allclose(read_trc(write(tmp_path / "walk.trc", times=times)).time_s, times, atol=1e-3)


def test_empty_cells_and_the_origin_are_unknown(tmp_path: Path) -> None:
    path = write(tmp_path / "walk.trc", {"RHip": 0.9, "RAnkle": 0.1, "Nose": 1.6})
    lines = path.read_text().splitlines()
    cells = lines[6].split("\t")
    assert cells[0] == "1"
    lines[6] = "\t".join([*cells[:2], "", "", "", *cells[5:8], "0.0", "0.0", "0.0"])
    lines[7] = "\t".join(lines[7].split("\t")[:5])
    path.write_text("\n".join(lines))
    poses = read_trc(path)
    assert np.isnan(poses.point("right_hip")[0]).all()
    assert np.isfinite(poses.point("right_ankle")[0]).all()
    assert np.isnan(poses.point("nose")[0]).all()
    assert np.isfinite(poses.point("right_hip")[1]).all()
    assert np.isnan(poses.point("right_ankle")[1]).all()


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: "Dear doctor,\nsee you soon.\n",
        lambda text: text.replace("DataRate", "Date"),
        lambda text: text.replace("\tm\t", "\tfurlongs\t"),
        lambda text: text.replace("RHip", "C7").replace("RAnkle", "T10"),
        lambda text: "\n".join(text.splitlines()[:6]),
        lambda text: text.replace("0.9", "nine", 1),
        lambda text: text.replace("\n3\t", "\n3\t-"),
    ],
)
def test_what_is_no_walk_in_a_trc_file_is_unreadable_input(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    path = write(tmp_path / "walk.trc", {"RHip": 0.9, "RAnkle": 0.1})
    path.write_text(damage(path.read_text()))
    with pytest.raises(InputError, match=r"walk\.trc"):
        read_poses(path)
