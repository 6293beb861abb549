"""Recordings for batches, and the command itself."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.needs import need_blazepose
from tests.small_clips import make_clips, write_config

Gait = Callable[..., subprocess.CompletedProcess[str]]

PATIENCE_S = 400


def run_gait(folder: Path, *arguments: object, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder."""
    command = [sys.executable, "-m", "gait", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, timeout=600)
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope="session")
def all_clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six walks of two and a half seconds."""
    need_blazepose()
    return make_clips(tmp_path_factory.mktemp("clips"), 6)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings that make the work cheap."""
    return write_config(tmp_path / "cheap.yaml")


@dataclass(frozen=True, kw_only=True)
class Night:
    """A first batch and what it said.

    Attributes
    ----------
    recordings : Path
        Three walks, one of them twice; a video that is none; a hidden file and a text.
    """

    recordings: Path
    library: Path
    config: Path
    said: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def first_night(all_clips: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Night:
    """A library that was filled once; not to be changed."""
    folder = tmp_path_factory.mktemp("night")
    recordings = folder / "in"
    (recordings / "below").mkdir(parents=True)
    for clip in all_clips[:3]:
        shutil.copy(clip, recordings)
    shutil.copy(all_clips[0], recordings / "below" / "COPY.MP4")
    (recordings / "broken.mp4").write_bytes(b"no video")
    (recordings / ".hidden.mp4").write_bytes(b"no video")
    (recordings / "notes.txt").write_text("not a video")
    config = write_config(folder / "cheap.yaml")
    arguments = ("batch", recordings, "-o", "library", "--config", config, "--workers", "2")
    said = run_gait(folder, *arguments, code=1)
    return Night(recordings=recordings, library=folder / "library", config=config, said=said)


@pytest.fixture
def night(first_night: Night, tmp_path: Path) -> Night:
    """The same with a library to work on."""
    shutil.copytree(first_night.library, tmp_path / "library")
    return replace(first_night, library=tmp_path / "library")


@pytest.fixture
def gait(tmp_path: Path) -> Gait:
    """Run the command line in the test's folder."""

    return partial(run_gait, tmp_path)


class Batch:
    """A batch that runs beside the test."""

    def __init__(self, folder: Path, *arguments: object) -> None:
        command = [sys.executable, "-m", "gait", "batch", *map(str, arguments)]
        self.log = (folder / "batch.log").open("w+")
        self.process = subprocess.Popen(command, cwd=folder, stdout=self.log, stderr=self.log, start_new_session=True)

    def others(self) -> list[psutil.Process]:
        """The processes that it started, and those that they started."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def wait(self) -> int:
        return self.process.wait(PATIENCE_S)

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read()

    def hears(self, text: str) -> None:
        """Wait until it has said something."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.said():
            assert time.monotonic() < deadline and self.process.poll() is None, self.said()
            time.sleep(0.1)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[list[Batch]]:
    """Batches that are ended with the test, with all that they started."""
    batches: list[Batch] = []
    yield batches
    for batch in batches:
        for process in batch.others():
            process.kill()
        if batch.process.poll() is None:
            batch.process.kill()
            batch.process.wait()


@pytest.fixture
def check_metrics() -> Callable[[str], dict[str, float]]:
    """Read Prometheus' text format strictly: comments and samples, each name with help and type before it."""
    sample = re.compile(r'^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.e+]+)$')

    def read(text: str) -> dict[str, float]:
        assert text.endswith("\n")
        values, told = {}, set()
        for line in text.splitlines():
            if line.startswith("# "):
                told.add(tuple(line.split()[1:3]))
                continue
            found = sample.match(line)
            assert found, line
            assert {("HELP", found[1]), ("TYPE", found[1])} <= told
            values[line.rpartition(" ")[0]] = float(found[3])
        return values

    return read
