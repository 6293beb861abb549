"""What Windows does not have is not needed; as far as that can be seen on another system."""

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import need_blazepose

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_videos"


def program(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, *map(str, arguments)]
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths, **environment}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, check=False)


@pytest.fixture
def joints(tmp_path: Path) -> Path:
    """The true joints of the rendered side walk as a table, in a file with a name of another code page."""
    table = tmp_path / "Gångtest 步行.csv"
    table.write_bytes(gzip.decompress((SAMPLES / "side_walk.keypoints.csv.gz").read_bytes()))
    return table


def test_joints_are_measured_without_what_windows_lacks_and_the_result_is_replaced(joints: Path) -> None:
    for _ in range(2):
        command = (ROOT / "tests" / "as_windows.py", "analyze", joints, "--size", "1280x720", "-o", "out")
        done = program(*command, cwd=joints.parent)
        assert done.returncode == 0, done.stderr
        assert done.stderr == b""
        assert [path.name for path in (joints.parent / "out").iterdir()] == [joints.stem]


@pytest.mark.slow
def test_a_video_is_measured_without_what_windows_lacks(tmp_path: Path) -> None:
    need_blazepose()
    as_windows = ROOT / "tests" / "as_windows.py"
    done = program(as_windows, "run", SAMPLES / "side_walk.mp4", "--end", "2", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "side_walk" / "overlay.mp4").stat().st_size > 10_000
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["side_walk"]


OPENED = """
from pathlib import Path
from tests.as_windows import hide
hide()
from gait.folders import replacing

def report(text):
    with replacing(Path("walk")) as fresh:
        (fresh / "measures.csv").write_text(text)

try:
    import fcntl
except ImportError:
    report("old")
    with open("walk/measures.csv"):
        try:
            report("new")
        except Exception as error:
            print(error)
    assert [path.name for path in Path().iterdir()] == ["walk"]
    print(Path("walk/measures.csv").read_text())
"""


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are not listed here")
def test_a_table_that_is_open_in_another_program_keeps_the_old_result(tmp_path: Path) -> None:
    """Excel has the table open, and Windows renames no folder with an open file: the sentence says what to do."""
    done = program("-c", OPENED, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said, table = done.stdout.decode().splitlines()
    assert "walk" in said
    assert "open in another program? Close it" in said
    assert table == "old"


@pytest.mark.parametrize("code_page", ["cp1252", "cp437", "utf-8"])
def test_a_console_that_lacks_letters_is_told_the_rest(joints: Path, code_page: str) -> None:
    options = ("--size", "1280x720", "--label", "Müller 步行")
    done = program("-m", "gait", "analyze", joints, *options, cwd=joints.parent, PYTHONIOENCODING=code_page)
    assert done.returncode == 0, done.stderr
    assert "steps/min" in done.stdout.decode(code_page)
    lost = program("-m", "gait", "run", "步行.mp4", cwd=joints.parent, PYTHONIOENCODING=code_page)
    assert lost.returncode == 3
    assert "no such file" in lost.stderr.decode(code_page)
    assert b"Traceback" not in lost.stderr


@pytest.mark.slow
@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_no_function_is_called_that_the_system_does_not_have(tmp_path: Path, platform: str) -> None:
    """As far as types tell: os.getuid, fcntl and the like are unknown to mypy where they do not exist."""
    if shutil.which("mypy") is None:
        pytest.skip("mypy is not installed")
    done = program("-m", "mypy", "--platform", platform, "--cache-dir", tmp_path / "cache", cwd=ROOT)
    assert done.returncode == 0, done.stdout.decode()
