"""What SECURITY.md says of a measurement is so: nothing is sent, nothing is executed, nothing is written elsewhere."""

import gzip
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import pytest

from gait.weights import cache_folder
from tests.needs import need_blazepose

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_videos"


def joints(folder: Path) -> tuple[str, ...]:
    table = folder / "walk.csv"
    table.write_bytes(gzip.decompress((SAMPLES / "side_walk.keypoints.csv.gz").read_bytes()))
    return ("analyze", str(table), "--size", "1280x720")


def video(folder: Path) -> tuple[str, ...]:
    need_blazepose()
    return ("run", str(SAMPLES / "side_walk.mp4"), "--end", "2")


def photograph(folder: Path) -> tuple[str, ...]:
    need_blazepose()
    with av.open(str(SAMPLES / "side_walk.mp4")) as container:
        (frame,) = itertools.islice(container.decode(video=0), 60, 61)
        cv2.imwrite(str(folder / "photo.png"), frame.to_ndarray(format="bgr24"))
    return ("photo", str(folder / "photo.png"))


@pytest.mark.parametrize("given", [joints, video, photograph])
def test_nothing_is_sent_or_executed_and_nothing_but_the_result_is_written(
    tmp_path: Path, given: Callable[[Path], tuple[str, ...]]
) -> None:
    places = {name: tmp_path / name for name in ("home", "temporary", "here", "given")}
    for place in places.values():
        place.mkdir()
    environment = {
        **os.environ,
        "HOME": str(places["home"]),
        "USERPROFILE": str(places["home"]),
        "TMPDIR": str(places["temporary"]),
        "TEMP": str(places["temporary"]),
        "XDG_CACHE_HOME": str(cache_folder().parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    command = [
        sys.executable,
        str(ROOT / "tests" / "audited.py"),
        str(tmp_path / "notes.json"),
        *given(places["given"]),
    ]
    done = subprocess.run(
        [*command, "-o", "out"], cwd=places["here"], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    asked = [tuple(each) for each in json.loads((tmp_path / "notes.json").read_text())]
    written = {Path(path) for event, path in asked if event == "write"}
    out = places["here"] / "out"
    assert {path for path in written if out not in path.parents} <= {Path(os.devnull)}
    assert any(out in path.parents for path in written), "the writing of files is not noticed"
    # NumPy 1 asks what processor this is, when its testing tools are imported; and Babel keeps the dates and
    # numbers of languages, in its package, as pickles of its own classes.
    of_packages = {("subprocess.Popen", "lscpu")}
    of_packages |= {("pickle.find_class", f"babel.{part}") for part in ("dates", "localedata", "numbers", "plural")}
    assert {each for each in asked if each[0] != "write"} <= of_packages
    assert list(places["home"].iterdir()) == list(places["temporary"].iterdir()) == []
    assert list(places["here"].iterdir()) == [out]


def test_a_connection_and_a_program_would_be_noticed(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['audited', 'notes.json']\n"
        "from tests.audited import ASKED, note\n"
        "sys.addaudithook(note)\n"
        "import pickle, socket, subprocess, fractions\n"
        "subprocess.run([sys.executable, '--version'])\n"
        "pickle.loads(pickle.dumps(fractions.Fraction))\n"
        "try: socket.create_connection(('127.0.0.1', 9), timeout=1)\n"
        "except OSError: pass\n"
        "print(sorted({event for event, _ in ASKED}))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    for event in ("pickle.find_class", "socket.connect", "subprocess.Popen"):
        assert event in done.stdout, done.stderr
