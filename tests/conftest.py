"""What every test may ask for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
# The renderer of the sample videos is not part of the installed package.
sys.path[:0] = [str(ROOT / "sample_videos"), str(ROOT / "tests")]


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of recordings that are not part of the repository, beside it; skips where there is none."""
    folder = ROOT.parent / "shared"
    if not (folder / "gold").is_dir():
        pytest.skip("the recordings in ../shared are not here")
    return folder


@pytest.fixture(scope="session")
def sample_clip() -> Callable[[str], tuple[Path, dict[str, Any]]]:
    """From the name of a sample clip to its video and its truth."""
    from truth import sample_clip

    return sample_clip


@pytest.fixture(scope="session")
def check_person() -> Iterator[Callable[[Any], Any]]:
    """BlazePose's second look at whether a picture shows a body; skips where it is not installed."""
    from needs import need_blazepose

    from gait.config import PoseSettings
    from gait.pose.model import open_model

    need_blazepose()
    with open_model(PoseSettings(model="blazepose")) as model:
        yield model.check_person
