"""`gait export` as a user meets it."""

import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from truth import true_keypoints

from gait.pipeline import analyze_keypoints

SIZE = (1280, 720)


def gait(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("gait")
    assert program, "the command gait is not installed"
    return subprocess.run([program, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def limp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the true joints of limp.mp4, and their result at reports/limp."""
    place = tmp_path_factory.mktemp("limp")
    true_keypoints("limp").to_csv(place / "limp.csv", index=False)
    analyze_keypoints(place / "limp.csv", out=place / "reports", size_px=SIZE)
    return place


@pytest.fixture
def result(limp: Path, tmp_path: Path) -> Path:
    """A copy of that result of one's own, at reports/limp."""
    shutil.copytree(limp, tmp_path, dirs_exist_ok=True)
    return tmp_path / "reports" / "limp"


def test_exports_go_into_the_result_and_give_the_same_cadence_again(tmp_path: Path, result: Path) -> None:
    done = gait("export", "reports/limp", "--format", "trc", "--format", "mot", "--format", "openpose", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {p.name for p in (result / "exports").iterdir()} == {"limp.trc", "limp.mot", "limp_openpose"}
    assert "--size 1280x720 --fps 25" in done.stdout
    again = gait(
        "analyze", "reports/limp/exports/limp_openpose", "--size", "1280x720", "--fps", "25",
        "reports/limp/exports/limp.trc", "-o", "again", cwd=tmp_path,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    headlines = [line for line in again.stdout.splitlines() if "steps/min" in line]
    cadence = pd.read_csv(result / "measures.csv").query("measure == 'cadence'")["value"].iloc[0]
    assert len(headlines) == 2
    assert all(f"cadence {cadence:.1f}" in line for line in headlines)


def test_a_new_result_does_not_keep_the_exports_of_the_old_one(tmp_path: Path, result: Path) -> None:
    assert gait("export", result, "--format", "mot", cwd=tmp_path).returncode == 0
    (result / "notes.txt").write_text("left knee")
    assert (result / "exports" / "limp.mot").is_file()
    analyze_keypoints(tmp_path / "limp.csv", out=tmp_path / "reports", size_px=SIZE)
    assert not (result / "exports").exists()
    assert (result / "notes.txt").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("reports/limp", "--format", "bvh"), 2, "trc, mot, c3d, openpose"),
        (("reports/limp", "reports/../reports/limp", "--format", "trc", "-o", "out"), 2, "limp"),
        (("reports", "--format", "trc"), 3, "reports"),
        (("nowhere", "--format", "trc"), 3, "nowhere"),
    ],
)
def test_what_cannot_be_exported_is_said_in_one_sentence(
    tmp_path: Path, result: Path, arguments: tuple[str, ...], code: int, word: str
) -> None:
    done = gait("export", *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert len(done.stderr.strip().splitlines()) == 1
    assert word in done.stderr
    assert not (tmp_path / "out").exists()
