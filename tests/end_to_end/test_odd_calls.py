"""Odd calls as a user meets them: names, labels and places, several files of which some fail, nobody who listens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from benchmarks.simulator import Recording, Walker, simulate_walk
from gait.cli import main
from gait.pose.files import write_poses
from gait.signals.clean import leg_length_px
from gait.types import PoseSequence

SAMPLES = Path(__file__).parents[2] / "sample_videos"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_poses(walk(), tmp_path / "k.parquet")
    return tmp_path


def walk() -> PoseSequence:
    poses, _ = simulate_walk(Walker(), Recording(duration_s=6.0))
    return poses


def in_a_slit() -> PoseSequence:
    """Somebody who walks behind a slit, as wide as the leg is long: every foot lands at its edge."""
    poses = walk()
    width_px = int(leg_length_px(poses.xy_px.astype(np.float64), poses.keypoints))
    xy_px = poses.xy_px.copy()
    xy_px[..., 0] += (width_px / 2 - poses.point("left_hip")[:, 0])[:, None]
    return replace(poses, xy_px=xy_px, width_px=width_px, background_xy_px=None)


def gait(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_alternating_feet_of_which_no_strike_is_sure_are_no_walking_either(here: Path) -> None:
    write_poses(in_a_slit(), here / "slit.parquet")
    done = gait("analyze", "slit.parquet")
    assert done.exit_code == 4
    assert "no foot strike was sure enough" in done.stderr
    assert (here / "reports" / "slit" / "report.html").is_file()


@pytest.mark.parametrize("way", ["240 frames per second", "scores below zero"])
def test_somebody_who_stands_has_exit_code_4_however_it_was_filmed(here: Path, way: str) -> None:
    poses = walk()
    still = np.repeat(poses.xy_px[:1], len(poses.time_s), axis=0)
    still += np.random.default_rng(0).normal(0, 1, still.shape).astype(np.float32)
    poses = replace(poses, xy_px=still)
    if way == "240 frames per second":
        poses = replace(poses, time_s=np.arange(len(poses.time_s)) / 240)
    else:
        poses = replace(poses, score=poses.score - 2)
    write_poses(poses, here / "still.parquet")
    assert gait("analyze", "still.parquet").exit_code == 4


def test_each_file_that_fails_is_said_and_the_others_are_done(here: Path) -> None:
    (here / "text.parquet").write_text("no table")
    done = gait("analyze", "nothing.csv", "k.parquet", "text.parquet")
    assert done.exit_code == 3
    said = done.stderr.splitlines()
    assert len(said) == 2
    assert "nothing.csv" in said[0]
    assert "text.parquet" in said[1]
    assert (here / "reports" / "k" / "report.html").is_file()


@pytest.mark.parametrize("place", ["walk:2", "s3:bucket", "a b/c", "ñ"])
def test_any_folder_can_take_the_results(here: Path, place: str) -> None:
    assert gait("analyze", "k.parquet", "-o", place).exit_code == 0
    assert (here / place / "k" / "report.html").is_file()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are UTF-8 there")
def test_a_name_and_a_label_that_are_not_utf_8(here: Path) -> None:
    name = os.fsdecode(b"m\xfcller.parquet")
    (here / "k.parquet").rename(here / name)
    done = gait("analyze", name, "--label", os.fsdecode(b"M\xfcller"))
    assert done.exit_code == 0
    (result,) = (here / "reports").glob("*/result.json")
    provenance = json.loads(result.read_text(encoding="utf-8"))["provenance"]
    assert provenance["file"]["name"] == "m\N{REPLACEMENT CHARACTER}ller.parquet"
    assert provenance["subject_label"] == "M\N{REPLACEMENT CHARACTER}ller"


@pytest.mark.parametrize("name", ["...parquet", "..parquet", "\x1b[31mred.parquet", "a\nb.parquet"])
def test_results_of_an_odd_name_stay_in_their_folder(here: Path, name: str) -> None:
    (here / "k.parquet").rename(here / name)
    (here / "notes.txt").write_text("somebody's")
    done = gait("analyze", "--", name)
    assert done.exit_code in (0, 3)
    assert {p.name for p in here.iterdir()} <= {name, "notes.txt", "reports"}
    assert "\x1b" not in done.output
    if done.exit_code == 0:
        (report,) = here.rglob("report.html")
        assert report.parent.parent == here / "reports"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--size", "0x0"), "1920x1080"),
        (("--size", "nanxnan"), "2 numbers"),
        (("--fps", "1e-9"), "from 1 to 2000"),
        (("--fps", "inf"), "from 1 to 2000"),
        (("--height-m", "175"), "centimetres meant? Then give 1.75"),
        (("--height-m", "nan"), "height_m"),
        (("--sex", "x"), "female"),
    ],
)
def test_a_value_without_sense_is_wrong_usage(here: Path, arguments: tuple[str, ...], words: str) -> None:
    done = gait("analyze", "k.parquet", *arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert not (here / "reports").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--start", "2", "--end", "1"), "must come after"),
        (("--box", "9000,9000,9999,9999"), "outside the picture of 1280 x 720"),
        (("--box", "100,100,50,50"), "left below right"),
        (("--box", "nan,0,10,10"), "4 numbers"),
        (("--fps", "inf"), "video.fps"),
        (("--detector", "wizard"), "full-frame"),
    ],
)
def test_the_same_of_a_video_before_anything_is_looked_for(here: Path, arguments: tuple[str, ...], words: str) -> None:
    done = gait("run", str(SAMPLES / "side_walk.mp4"), *arguments)
    assert done.exit_code == 2, done.stderr
    assert words in done.stderr
    assert "Pose model" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no file that is always full")
@pytest.mark.parametrize("place", ["full", "closed", "a pipe nobody reads"])
def test_the_report_is_written_though_nobody_can_read_what_is_printed(here: Path, place: str) -> None:
    command = [sys.executable, "-m", "gait", "analyze", "k.parquet", "k.parquet", "-o", "out"]
    paths = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    if place == "closed":
        stdout: int = subprocess.DEVNULL
        command = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    elif place == "full":
        stdout = os.open("/dev/full", os.O_WRONLY)
    else:
        reading, stdout = os.pipe()
        os.close(reading)
    done = subprocess.run(
        command,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (here / "out" / "k" / "report.html").is_file()
