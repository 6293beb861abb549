"""What the tests of who is followed share: a pose model for the second look, and one pass over each clip."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gait.config import SubjectSettings
from gait.subject import follow_subject
from gait.types import ImageArray, PersonCheck, SubjectTrack
from gait.video import open_video

CheckPerson = Callable[[ImageArray], PersonCheck | None]


@pytest.fixture(scope="session")
def followed(check_person: CheckPerson) -> Callable[[Path], SubjectTrack]:
    """From a video to who is followed in it, with a look by the pose model; each video is gone through once."""

    @cache
    def of(video: Path) -> SubjectTrack:
        return follow_subject(open_video(video), SubjectSettings(detector="blazepose"), confirm=check_person)

    return of


@pytest.fixture(scope="session")
def followed_sample(
    followed: Callable[[Path], SubjectTrack], sample_clip: Callable[[str], tuple[Path, dict[str, Any]]]
) -> Callable[[str], tuple[SubjectTrack, dict[str, Any]]]:
    """From the name of a sample clip to who is followed in it, and its truth."""

    def of(name: str) -> tuple[SubjectTrack, dict[str, Any]]:
        video, known = sample_clip(name)
        return followed(video), known

    return of
