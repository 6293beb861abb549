"""One recording of a library: what is done of it, and what is taken from the result that is there."""

from __future__ import annotations

import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from gait.config import PoseSettings, Settings
from gait.errors import InputError
from gait.folders import replacing
from gait.inputs import name_of
from gait.joints import KEYPOINTS_FILE, Joints, read_joints
from gait.jpeg import encode
from gait.library.card import CARD, KEY_MEASURES, PORTRAIT, RECORDINGS, Card, read_card
from gait.library.keys import Keys, stage_keys
from gait.pipeline import (
    Models,
    draw_overlay,
    find_joints,
    measure_joints,
    open_checked,
    refusal,
    save_joints,
    track_to_show,
    write_report,
)
from gait.progress import Observer, Stages
from gait.provenance import FileFacts, SettingsUsed
from gait.report.files import OVERLAY, PICTURE, POSTER
from gait.report.page import FILES
from gait.saved import load
from gait.types import Result
from gait.version import __version__
from gait.video.reader import open_video
from gait.weights import Tell

_NAME_LENGTH = 60


@dataclass(frozen=True, kw_only=True)
class Job:
    """A recording that is to be measured, and where its result goes; small enough to travel to another machine.

    Attributes
    ----------
    id : str
        See `gait.library.keys.recording_id`.
    video : str
        The file, on this machine.
    found_at : str
        Where it was found: the same, or a URL.
    sha256 : str
    library : str
        A folder on this machine, or a URL.
    folder : str
        Of the result, in the library.
    subject, session : str
    settings : Settings
    """

    id: str
    video: str
    found_at: str
    sha256: str
    size_bytes: int
    library: str
    folder: str
    subject: str
    session: str
    settings: Settings

    @property
    def keys(self) -> Keys:
        """What its stages are made from."""
        return stage_keys(self.sha256, self.settings, self.subject, self.session)


def folder_name(path: str, recording: str) -> str:
    """Return the folder of a recording in its library: the name of the file, and what makes it the only one."""
    stem = Path(name_of(path)).stem
    plain = re.sub(r"[^\w.-]+", "_", stem).strip("._")[:_NAME_LENGTH]
    return f"{RECORDINGS}/{plain or 'recording'}-{recording[:10]}"


class OpenModels:
    """The networks of one worker: kept from one recording to the next while they are the ones asked for."""

    def __init__(self) -> None:
        self._models: Models | None = None

    def get(self, settings: PoseSettings, tell: Tell) -> Models:
        """Return open models; those for other settings are closed first."""
        if self._models is None or self._models.settings != settings:
            self.close()
            self._models = Models(settings, tell, keep=True).__enter__()
        return self._models

    def close(self) -> None:
        """Free their memory."""
        models, self._models = self._models, None
        if models is not None:
            models.__exit__()


def measure_recording(job: Job, models: OpenModels, observer: Observer | None = None) -> Card:
    """Do what is not done yet of a recording, and put its result in its place.

    Joints, result and annotated video that were made from the same things are taken from the folder that is there.

    Parameters
    ----------
    job : Job
    models : OpenModels
    observer : Observer, optional

    Returns
    -------
    Card
        Of the folder that is there now; the old one where there was nothing to do.

    Raises
    ------
    GaitError, OSError
        See `gait.pipeline.run_video`. What was there before is still there.
    """
    folder = Path(job.library) / job.folder
    card, keys = read_card(folder), job.keys
    if card is not None and card.keys == keys:
        return card
    began = time.monotonic()
    work = _Work(job=job, folder=folder, before=card, stages=Stages(observer))
    joints = work.joints(models)
    result = work.result(joints)
    with replacing(folder, *FILES, PORTRAIT, CARD) as fresh:
        work.overlay(result, joints, fresh)
        save_joints(joints, fresh, job.settings, job.subject or None)
        if joints.track.portrait is not None:
            (fresh / PORTRAIT).write_bytes(encode(joints.track.portrait))
        result = write_report(result, fresh, job.settings.report, job.subject or None, work.stages)
        card = work.card(result, joints, time.monotonic() - began)
        (fresh / CARD).write_text(card.to_json(), encoding="utf-8")
    return card


@dataclass(kw_only=True)
class _Work:
    """What is done for one recording, and what was there before."""

    job: Job
    folder: Path
    before: Card | None
    stages: Stages
    made: tuple[str, ...] = ()

    def _has(self, stage: str) -> bool:
        """Whether what a stage made is there, from the same things."""
        return self.before is not None and getattr(self.before.keys, stage) == getattr(self.job.keys, stage)

    def joints(self, models: OpenModels) -> Joints:
        if self._has("joints"):
            with suppress(InputError):
                saved = read_joints(self.folder / KEYPOINTS_FILE)
                return replace(saved, track=track_to_show(saved.track, self.job.settings.report))
        self.made += ("joints",)
        settings = self.job.settings
        clip = open_checked(Path(self.job.video), settings)
        source = FileFacts(name=name_of(self.job.found_at), sha256=self.job.sha256, size_bytes=self.job.size_bytes)
        return find_joints(clip, source, settings, models.get(settings.pose, self.stages.note), self.stages)

    def result(self, joints: Joints) -> Result:
        label = self.job.subject or None
        if not self.made and self._has("analysis"):
            with suppress(InputError):
                result = load(self.folder)
                used = SettingsUsed.of(self.job.settings)
                provenance = replace(result.provenance, settings=used, subject_label=label)
                return replace(result, track=joints.track, provenance=provenance)
        self.made += ("analysis",)
        return measure_joints(joints, self.job.settings, label, self.stages)

    def overlay(self, result: Result, joints: Joints, fresh: Path) -> None:
        settings = self.job.settings
        if not settings.report.with_video:
            return
        if not self.made and self._has("overlay") and (self.folder / OVERLAY).is_file():
            for name in (OVERLAY, PICTURE, POSTER):
                if (self.folder / name).is_file():
                    shutil.copy2(self.folder / name, fresh / name)
            return
        self.made += ("overlay",)
        clip = open_video(Path(self.job.video), **settings.video.model_dump())
        # Of thousands of recordings few are looked at closely: what the page draws itself is written when asked for.
        layers = settings.report.layers is True
        draw_overlay(result, joints, clip, fresh, settings.report, self.stages, layers=layers)

    def card(self, result: Result, joints: Joints, seconds: float) -> Card:
        job, video, model = self.job, joints.origin.video, joints.origin.model
        both = result.measures[result.measures["side"] == "both"].set_index("measure")["value"]
        values = {name: both.get(name, np.nan) for name in KEY_MEASURES}
        return Card(
            id=job.id,
            name=name_of(job.found_at),
            sha256=job.sha256,
            found_at=job.found_at,
            size_bytes=job.size_bytes,
            start_s=job.settings.video.start_s,
            end_s=job.settings.video.end_s,
            subject=job.subject,
            session=job.session,
            keys=job.keys,
            refusal=refusal(result),
            key_measures={name: float(v) if np.isfinite(v) else None for name, v in values.items()},
            view=result.scene.view,
            duration_s=video.duration_s if video else None,
            n_frames=video.n_frames_used if video else None,
            model=model.name if model else "",
            weights_sha256=model.weights_sha256 if model else None,
            version=__version__,
            made=(*self.made, "report"),
            times_s={**joints.times_s, **self.stages.times_s},
            seconds=round(seconds, 3),
            finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
            settings=job.settings.model_dump(mode="json"),
        )
