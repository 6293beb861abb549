"""Whole runs on the rendered sample videos, each made once for all tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gait.pipeline import Outcome, run_video

SAMPLES = Path(__file__).parents[2] / "sample_videos"


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Outcome]:
    """Run the main job on a sample video, with the real BlazePose; the same name gives the same outcome."""
    pytest.importorskip("mediapipe")
    out = tmp_path_factory.mktemp("reports")
    done: dict[str, Outcome] = {}

    def measure(name: str) -> Outcome:
        if name not in done:
            done[name] = run_video(SAMPLES / f"{name}.mp4", out=out)
        return done[name]

    return measure
