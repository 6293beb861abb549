"""The command line as a user meets it: what it prints, and the exit codes."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.needs import need_blazepose

SAMPLES = Path(__file__).parents[2] / "sample_videos"


def gait(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("gait")
    assert program, "the command gait is not installed"
    return subprocess.run([program, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)


def assert_one_sentence(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    # Beside the sentence there is at most the line that names the model.
    lines = [line for line in done.stderr.strip().splitlines() if "BlazePose" not in line]
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in done.stderr


def test_a_run_prints_the_result_and_where_the_report_is(tmp_path: Path) -> None:
    need_blazepose()
    done = gait("run", SAMPLES / "side_walk.mp4", "--end", "4", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "steps/min" in done.stdout
    assert "95 % interval" in done.stdout
    assert (tmp_path / "reports" / "side_walk" / "report.html").is_file()
    assert "BlazePose" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_person_who_stands_still_has_a_report_without_measures(tmp_path: Path) -> None:
    need_blazepose()
    done = gait("run", SAMPLES / "standing.mp4", "-o", "out", cwd=tmp_path)
    assert_one_sentence(done, 4, "standing.mp4", "report.html")
    assert (tmp_path / "out" / "standing" / "report.html").is_file()


def test_an_empty_room_has_a_report_that_says_so(tmp_path: Path) -> None:
    need_blazepose()
    done = gait("run", SAMPLES / "empty_room.mp4", cwd=tmp_path)
    assert_one_sentence(done, 4, "empty_room.mp4", "erson")
    assert (tmp_path / "reports" / "empty_room" / "report.html").is_file()


@pytest.mark.parametrize(
    ("name", "content"), [("missing.mp4", None), ("letter.mp4", b"Dear doctor, " * 50), ("empty.mp4", b"")]
)
def test_what_is_no_video_is_unreadable_input(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert_one_sentence(gait("run", name, cwd=tmp_path), 3, name)
    assert not (tmp_path / "reports").exists()


def test_a_bad_file_does_not_keep_the_next_one_from_being_measured(tmp_path: Path) -> None:
    need_blazepose()
    done = gait("run", "missing.mp4", SAMPLES / "side_walk.mp4", "--end", "3", "--no-overlay", cwd=tmp_path)
    assert_one_sentence(done, 3, "missing.mp4")
    assert (tmp_path / "reports" / "side_walk" / "report.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--box", "1,2,3"), "4 numbers"),
        (("--model", "openpose"), "blazepose"),
        (("--detector", "wizard"), "full-frame"),
        (("--height-m", "17"), "height_m"),
        (("--scale", "10,20,30"), "5 numbers"),
        (("--scale", "10,20,10,20,3"), "same"),
        (("--scale", "10,20,9000,20,3"), "outside the picture of 1280 x 720"),
        (("--age", "-4"), "age"),
        (("--end", "0"), "end_s"),
        (("--capture-fps", "0"), "capture_fps"),
        (("--capture-fps", "nan"), "capture_fps"),
        (("--capture-fps", "2.9"), "from a tenth of the 30 at which the video plays"),
        (("--capture-fps", "1e6"), "from a tenth"),
        (("--subject", "7"), "7"),
    ],
)
def test_a_wrong_option_names_the_valid_ones(tmp_path: Path, arguments: tuple[str, str], word: str) -> None:
    need_blazepose()
    done = gait("run", SAMPLES / "side_walk.mp4", "--end", "2", *arguments, cwd=tmp_path)
    if arguments == ("--end", "0"):
        assert "end" in done.stderr
    assert_one_sentence(done, 2, word)


def test_a_wrong_setting_in_a_file_names_the_valid_ones(tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("pose: {modell: blazepose}")
    done = gait("run", SAMPLES / "side_walk.mp4", "--config", "my.yaml", cwd=tmp_path)
    assert_one_sentence(done, 2, "my.yaml", "modell", "model")


def test_the_outline_needs_sapiens2_and_weights(tmp_path: Path) -> None:
    from gait.pose.sapiens2.weights import is_installed as sapiens2_is_installed

    need_blazepose()
    video, model = SAMPLES / "side_walk.mp4", ("--model", "blazepose")
    done = gait("run", video, *model, "--segment-model", "missing.safetensors", cwd=tmp_path)
    words = ("missing.safetensors", "gait models") if sapiens2_is_installed() else ("pip install", "gait[sapiens2]")
    assert_one_sentence(done, 5, *words)
    assert not (tmp_path / "reports").exists()


def test_no_video_at_all_is_wrong_usage(tmp_path: Path) -> None:
    assert gait("run", cwd=tmp_path).returncode == 2


def test_joints_of_nobody_have_a_report_that_says_so(tmp_path: Path) -> None:
    rows = [f"{t:.4f},nan,nan" for t in np.arange(90) / 30]
    (tmp_path / "k.csv").write_text("time_s,nose_x,nose_y\n" + "\n".join(rows))
    done = gait("analyze", "k.csv", "--size", "640x480", cwd=tmp_path)
    assert_one_sentence(done, 4, "k.csv")
    assert (tmp_path / "reports" / "k" / "report.html").is_file()
