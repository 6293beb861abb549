"""Whole runs on the rendered sample videos, each made once for all tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gait.pipeline import Outcome, run_video
from tests.needs import need_blazepose

SAMPLES = Path(__file__).parents[2] / "sample_videos"


@pytest.fixture(scope="session")
def measured_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Outcome]:
    """Run the main job on a video, with the real BlazePose; the same video gives the same outcome."""
    need_blazepose()
    out = tmp_path_factory.mktemp("reports")
    done: dict[Path, Outcome] = {}

    def measure(video: Path) -> Outcome:
        if video not in done:
            done[video] = run_video(video, out=out)
        return done[video]

    return measure


@pytest.fixture(scope="session")
def measured(measured_file: Callable[[Path], Outcome]) -> Callable[[str], Outcome]:
    """Run the main job on a sample video."""
    return lambda name: measured_file(SAMPLES / f"{name}.mp4")
