"""What each stage of a recording was made from, as one key: a stage whose key is unchanged is not done again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from gait.config import Settings
from gait.version import __version__

JOINTS_REVISION = 1
"""Raised when reading, following or finding joints gives other joints than before: then they are all found again."""

_SPEED_ONLY = {"threads", "batch", "compile"}
"""Settings of the pose model that change how fast it is, and no joint."""


@dataclass(frozen=True, kw_only=True)
class Keys:
    """One key per stage; each holds those of the stages before it.

    Attributes
    ----------
    joints : str
        The file, the frames used, who is followed, the pose model.
    analysis : str
        The joints, the settings of the analysis, the version of gait.
    overlay : str
        The analysis and the size of the annotated video; empty where none is written.
    report : str
        The analysis, the overlay, whom it is about, what is shown, the version of gait.
    """

    joints: str
    analysis: str
    overlay: str
    report: str


def stage_keys(sha256: str, settings: Settings, subject: str, session: str) -> Keys:
    """Return the keys of a recording.

    Parameters
    ----------
    sha256 : str
        Of the video file.
    settings : Settings
    subject, session : str
        Whom the report is about, and of which day.
    """
    pose = settings.pose.model_dump(mode="json", exclude=_SPEED_ONLY)
    seen: list[Any] = [settings.video.model_dump(mode="json"), settings.subject.model_dump(mode="json"), pose]
    if settings.pose.segment:
        # Points below this score are taken from the outline before they are saved.
        seen.append(settings.analysis.signals.min_score)
    report = settings.report
    joints = _key(JOINTS_REVISION, sha256, seen)
    analysis = _key(joints, settings.analysis.model_dump(mode="json"), __version__)
    overlay = (
        _key(analysis, report.overlay_height_px, report.colors, report.language, report.blur_face)
        if report.with_video
        else ""
    )
    return Keys(
        joints=joints,
        analysis=analysis,
        overlay=overlay,
        report=_key(analysis, overlay, subject, session, report.model_dump(mode="json")),
    )


def recording_id(sha256: str, start_s: float, end_s: float | None) -> str:
    """Return what a recording is known by: the content of its file, and the part of it that is used."""
    return _key(sha256, float(start_s), None if end_s is None else float(end_s))[:20]


def _key(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
