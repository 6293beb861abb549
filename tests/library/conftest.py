"""A recording of a library, measured once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gait.config import Settings
from gait.hashing import sha256_of
from gait.library.keys import recording_id
from gait.library.recording import Job, OpenModels, folder_name, measure_recording
from tests.needs import need_blazepose
from tests.small_clips import CHEAP, make_clips


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A walk of two and a half seconds."""
    return make_clips(tmp_path_factory.mktemp("clip"), 1)[0]


def job_for(clip: Path, library: Path, subject: str, changes: dict[str, dict[str, object]]) -> Job:
    """The job for a clip, with the cheap settings and some of them changed."""
    tree = {name: {**CHEAP.get(name, {}), **changes.get(name, {})} for name in {*CHEAP, *changes}}
    settings = Settings.model_validate(tree)
    sha256 = sha256_of(clip)
    recording = recording_id(sha256, settings.video.start_s, settings.video.end_s)
    return Job(
        id=recording,
        video=str(clip),
        found_at=str(clip),
        sha256=sha256,
        size_bytes=clip.stat().st_size,
        library=str(library),
        folder=folder_name(str(clip), recording),
        subject=subject,
        session="2025-03-14",
        settings=settings,
    )


@pytest.fixture
def make_job(clip: Path, tmp_path: Path) -> Callable[..., Job]:
    """From changed settings to the job for the clip, in a library in the test's folder."""
    return lambda subject="P-1", **changes: job_for(clip, tmp_path, subject, changes)


@pytest.fixture(scope="session")
def measured_library(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with the clip measured, annotated video included; not to be changed."""
    need_blazepose()
    library = tmp_path_factory.mktemp("library")
    measure_recording(
        job_for(clip, library, "P-1", {"report": {"overlay": True, "overlay_height_px": 240}}), OpenModels()
    )
    return library


@pytest.fixture
def measured(measured_library: Path, tmp_path: Path) -> Path:
    """The same, as a copy to work on."""
    shutil.copytree(measured_library, tmp_path, dirs_exist_ok=True)
    return tmp_path
