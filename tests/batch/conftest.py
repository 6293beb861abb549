"""Recordings for batches, and the command itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.needs import need_blazepose
from tests.small_clips import make_clips, write_config

Gait = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def all_clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six walks of two and a half seconds."""
    need_blazepose()
    return make_clips(tmp_path_factory.mktemp("clips"), 6)


@pytest.fixture
def clips(all_clips: list[Path], tmp_path: Path) -> Path:
    """A folder with three of them."""
    folder = tmp_path / "in"
    folder.mkdir()
    for clip in all_clips[:3]:
        shutil.copy(clip, folder)
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings that make the work cheap."""
    return write_config(tmp_path / "cheap.yaml")


@pytest.fixture
def gait(tmp_path: Path) -> Gait:
    """Run the command line in the test's folder."""

    def run(*arguments: object, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gait.cli", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, timeout=600)
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def check_metrics() -> Callable[[str], dict[str, float]]:
    """Read Prometheus' text format strictly: comments and samples, each name with help and type before it."""
    import re

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
