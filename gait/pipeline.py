"""The order of the stages: a video goes in, one person is followed, a page with steps and measures comes out."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from gait.config import AnalysisSettings, PoseSettings, ReportSettings, Settings
from gait.folders import replacing, reserved
from gait.inputs import printable
from gait.joints import KEYPOINTS_FILE, Joints, without_track, write_joints
from gait.jpeg import encode
from gait.pose.files import read_poses, write_poses
from gait.pose.model import Segmentation, canonical_only
from gait.pose.outline_points import fill_from_outlines
from gait.pose.registry import device_kind, open_model, open_segmentation, segmentation_weights
from gait.progress import Observer, Stages
from gait.provenance import (
    FileFacts,
    ModelFacts,
    Origin,
    OutlineFacts,
    Provenance,
    SettingsUsed,
    describe_file,
    describe_software,
    from_tree,
)
from gait.report.colors import PALETTES
from gait.report.files import OVERLAY, PICTURE, POSTER
from gait.report.overlay import OverlayPainter
from gait.report.page import FILES
from gait.saved import settings_of_joints, write_files
from gait.subject.detect.registry import check_detector
from gait.subject.follow import follow_subject
from gait.text import say_many, speaking
from gait.types import Flag, PoseSequence, Result, SubjectTrack
from gait.video.clip import describe_clip
from gait.video.clock import clock_flags
from gait.video.reader import Clip, open_video
from gait.video.transcode import fitted_size, transcode
from gait.weights import Tell


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one recording.

    Attributes
    ----------
    folder : Path
        Where everything was written.
    result : Result
    refusal : str or None
        Why there are no measures, in one sentence; None when there are.
    """

    folder: Path
    result: Result
    refusal: str | None


def run_video(
    video: Path,
    *,
    out: Path = Path("reports"),
    settings: Settings | None = None,
    subject_label: str | None = None,
    observer: Observer | None = None,
) -> Outcome:
    """Measure the gait of one person in a video, and write the report.

    Parameters
    ----------
    video : Path
    out : Path
        The report goes into a folder of its own in here, named after the video.
    settings : Settings, optional
    subject_label : str, optional
        Whom the report is about, as it shall stand at its head.
    observer : Observer, optional
        Told how far the work is.

    Returns
    -------
    Outcome
        Also where no person or no gait was found: then `refusal` says why.

    Raises
    ------
    GaitError
        The video cannot be read (InputError), a setting does not fit (UsageError), or the pose model is not installed
        (ModelUnavailableError).
    """
    settings = settings or Settings()
    stages = Stages(observer)
    subject_label = printable(subject_label) if subject_label else None
    clip = open_checked(video, settings)
    with stages.stage("read"):
        source = describe_file(video)
    with reserved(out, video.stem, source.sha256) as folder:
        with Models(settings.pose, stages.note) as models:
            joints = find_joints(clip, source, settings, models, stages)
        result = measure_joints(joints, settings, subject_label, stages)
        with replacing(folder, *FILES) as fresh:
            if settings.report.with_video:
                layers = settings.report.layers is not False
                draw_overlay(result, joints, clip, fresh, settings.report, stages, layers=layers)
            save_joints(joints, fresh, settings, subject_label)
            result = write_report(result, fresh, settings.report, subject_label, stages)
    return Outcome(folder=folder, result=result, refusal=refusal(result))


def open_checked(video: Path, settings: Settings) -> Clip:
    """Look at a video, and check all that can be known before the work: see `run_video` for what is raised."""
    clip = open_video(video, **settings.video.model_dump())
    for of_picture in (settings.analysis.scale, settings.subject):
        of_picture.check_inside(clip.info.width_px, clip.info.height_px)
    check_detector(settings.subject.detector)
    return clip


class Models:
    """The networks that settings ask for. A context manager: leaving it frees their memory.

    Parameters
    ----------
    settings : PoseSettings
    tell : callable, optional
        Told which model was chosen and why, and what is fetched.
    keep : bool
        Keep the pose model while the outline is found, for the next recording; otherwise its memory is freed for that.

    Raises
    ------
    UsageError, ModelUnavailableError
        On entering: see `gait.pose.model.open_model`.
    """

    def __init__(self, settings: PoseSettings, tell: Tell | None = None, *, keep: bool = False) -> None:
        self.settings = settings
        self._tell, self._keep = tell, keep
        self._open = contextlib.ExitStack()
        self._outline: Segmentation | None = None

    def __enter__(self) -> Models:
        self.pose = self._open.enter_context(open_model(self.settings, self._tell))
        self._outline_weights = segmentation_weights(self.settings, self.pose.name, self._tell)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._open.close()

    @property
    def finds_outlines(self) -> bool:
        """Whether the outline of the body was asked for."""
        return self._outline_weights is not None

    def outline(self) -> Segmentation:
        """Return the network that finds the outline."""
        assert self._outline_weights is not None
        if self._outline is None:
            if not self._keep:
                self._open.close()
            self._outline = self._open.enter_context(open_segmentation(self._outline_weights, self.settings))
        return self._outline


def find_joints(clip: Clip, source: FileFacts, settings: Settings, models: Models, stages: Stages) -> Joints:
    """Follow one person through a clip and find their joints: all that needs the networks.

    Parameters
    ----------
    clip : Clip
    source : FileFacts
        Name, hash and size of its file: see `gait.provenance.describe_file`.
    settings : Settings
        Those of the subject, the pose model and, for points taken from the outline, the analysis.
    models : Models
        Open.
    stages : Stages

    Returns
    -------
    Joints

    Raises
    ------
    GaitError
        See `run_video`.
    """
    # It takes a second to load: meanwhile, the search for the person leaves a processor idle.
    threading.Thread(target=import_module, args=("gait.analysis.analyze",)).start()
    with stages.stage("subject", clip.expected_frames):
        track = follow_subject(
            clip,
            settings.subject,
            confirm=models.pose.check_person,
            device=device_kind(settings.pose),
            progress=stages.advance,
        )
    n_in_view = int(np.isfinite(track.box_px).all(axis=1).sum())
    with stages.stage("pose", n_in_view):
        poses = models.pose.estimate(clip, track, stages.advance)
    model, segmentation, outlines = models.pose.provenance(), None, None
    if models.finds_outlines:
        with stages.stage("segment", n_in_view):
            network = models.outline()
            outlines = network.find(clip, track, stages.advance)
            poses, n_filled = fill_from_outlines(poses, outlines, settings.analysis.signals.min_score)
            segmentation = OutlineFacts(**vars(network.provenance()), filled_points=n_filled)
    track = track_to_show(track, settings.report)
    return Joints(
        poses=poses,
        track=track,
        outlines=outlines,
        origin=Origin(
            file=source,
            video=describe_clip(clip, len(track.time_s)),
            model=model,
            detector=track.detector,
            segmentation=segmentation,
        ),
        damage=clip.damage,
        times_s=dict(stages.times_s),
    )


def track_to_show(track: SubjectTrack, settings: ReportSettings) -> SubjectTrack:
    """Return a track without its pictures, parts of original frames, where no face or nothing may be shown."""
    return track if settings.pictures and not settings.blur_face else replace(track, picture=None, portrait=None)


def measure_joints(joints: Joints, settings: Settings, subject_label: str | None, stages: Stages) -> Result:
    """Measure gait from joints: no video, no network."""
    with stages.stage("analysis"):
        from gait.analysis.analyze import analyze

        provenance = Provenance(
            **vars(joints.origin),
            settings=SettingsUsed.of(settings),
            subject_label=subject_label,
            **describe_software(),
            warnings=(joints.damage,) if joints.damage else (),
        )
        result = analyze(canonical_only(joints.poses), settings.analysis, track=joints.track, provenance=provenance)
        result = _with_flags_of_origin(result, joints.origin)
        hidden = [_hidden_flag(*each) for each in joints.track.hidden]
        damage = [Flag(level="warning", code="damaged_file", message=joints.damage)] if joints.damage else []
        return replace(result, flags=(*damage, *result.flags, *hidden))


def draw_overlay(
    result: Result, joints: Joints, clip: Clip, folder: Path, settings: ReportSettings, stages: Stages, *, layers: bool
) -> None:
    """Decode the clip once more, to write the annotated video, its first picture and, for layers, it undrawn."""
    time_s = joints.track.time_s
    size = fitted_size(clip.info, settings.overlay_height_px)
    with stages.stage("overlay", len(time_s)), speaking(settings.language):
        painter = OverlayPainter(result, size, joints.outlines, PALETTES[settings.colors], hide_head=settings.blur_face)
        transcode(
            clip, time_s, folder / OVERLAY, size=size, below_px=painter.strip_px, draw=painter.paint,
            also=(folder / PICTURE, painter.hide_head) if layers else None, progress=stages.advance,
        )  # fmt: skip
    if painter.poster is not None:
        (folder / POSTER).write_bytes(encode(painter.poster))


def save_joints(joints: Joints, folder: Path, settings: Settings, subject_label: str | None) -> None:
    """Write keypoints.parquet: the joints, and the settings by which they are to be measured again."""
    shown = settings_of_joints(settings.analysis, settings.report, subject_label)
    write_joints(joints, folder / KEYPOINTS_FILE, shown)


def write_report(
    result: Result,
    folder: Path,
    settings: ReportSettings,
    subject_label: str | None,
    stages: Stages,
) -> Result:
    """Write the report, with the annotated video if there is one in the folder.

    Returns
    -------
    Result
        With what each stage before took.
    """
    result = replace(result, provenance=replace(result.provenance, times_s=dict(stages.times_s)))
    with stages.stage("report"):
        write_files(result, folder, settings, subject_label)
    return result


def analyze_keypoints(
    table: Path,
    *,
    out: Path = Path("reports"),
    settings: AnalysisSettings | None = None,
    report: ReportSettings | None = None,
    size_px: tuple[int, int] | None = None,
    fps: float | None = None,
    subject_label: str | None = None,
    observer: Observer | None = None,
) -> Outcome:
    """Measure gait from saved joints, and write the same report without a video.

    Parameters
    ----------
    table : Path
        The folder of a result, or keypoints.parquet of a run, a CSV with the same columns, a TRC file, or a folder of
        OpenPose JSON files.
    out : Path
    settings : AnalysisSettings, optional
        What it does not set stays as in the run that saved the table; a scale that it sets replaces the saved one.
    report : ReportSettings, optional
        Whom the references are for and what else is shown; what it does not set stays as in the run that saved the
        table.
    size_px : (int, int), optional
        Width and height of the picture, where the table does not say.
    fps : float, optional
        Frames per second, where the files have no times (OpenPose).
    subject_label : str, optional
    observer : Observer, optional

    Returns
    -------
    Outcome

    Raises
    ------
    GaitError
        The table cannot be read (InputError), or something needed is missing (UsageError).
    """
    stages = Stages(observer)
    if (table / KEYPOINTS_FILE).is_file():
        table = table / KEYPOINTS_FILE
    with stages.stage("read"):
        poses, saved = read_poses(table, size_px, fps)
        source = describe_file(table)
    stem = table.resolve().name if table.is_dir() else table.stem
    name = f"{table.resolve().parent.name}-analysis" if stem == "keypoints" else stem
    with reserved(out, name, source.sha256) as folder:
        result = measure_poses(poses, saved, source, settings, report, subject_label, stages)
        used, label = result.provenance.settings, result.provenance.subject_label
        assert used is not None
        shown = settings_of_joints(used.analysis, used.report, label)
        with replacing(folder, *FILES) as fresh:
            write_poses(poses, fresh / KEYPOINTS_FILE, {**without_track(saved), **shown})
            result = write_report(result, fresh, used.report, label, stages)
    return Outcome(folder=folder, result=result, refusal=refusal(result))


def measure_poses(
    poses: PoseSequence,
    saved: dict[str, Any],
    source: FileFacts | None,
    settings: AnalysisSettings | None,
    report: ReportSettings | None,
    subject_label: str | None,
    stages: Stages,
) -> Result:
    """Measure gait from joints alone.

    Parameters
    ----------
    poses : PoseSequence
    saved : dict
        What their file says of their origin, and the settings by which they were measured; may be empty.
    source : FileFacts or None
        Their file.
    settings, report, subject_label
        Put on top of the saved ones, see `analyze_keypoints`.
    stages : Stages
    """
    from gait.analysis.analyze import analyze

    settings = _analysis_settings(saved.get("settings", {}), settings)
    report = _report_settings(saved.get("report", {}), report)
    origin = from_tree(Origin, saved.get("origin", {}))
    provenance = Provenance(
        file=source,
        recording=origin.file,
        video=origin.video,
        model=origin.model or ModelFacts(name=poses.model),
        detector=origin.detector,
        segmentation=origin.segmentation,
        settings=SettingsUsed(analysis=settings, report=report),
        subject_label=printable(subject_label or saved.get("subject_label") or "") or None,
        **describe_software(),
        warnings=tuple(saved.get("warnings", ())),
    )
    with stages.stage("analysis"):
        result = analyze(poses, settings, provenance=provenance)
        notes = [Flag(level="warning", code="keypoints", message=text) for text in provenance.warnings]
        return _with_flags_of_origin(replace(result, flags=(*notes, *result.flags)), origin)


def _analysis_settings(saved: dict[str, Any], chosen: AnalysisSettings | None) -> AnalysisSettings:
    """Return the saved settings with what was chosen now on top."""
    fresh = chosen.model_dump(exclude_unset=True) if chosen else {}
    merged = {name: {**saved.get(name, {}), **fresh.get(name, {})} for name in {*saved, *fresh}}
    if fresh.get("scale"):
        merged["scale"] = fresh["scale"]
    return AnalysisSettings.model_validate(merged)


def _report_settings(saved: dict[str, Any], chosen: ReportSettings | None) -> ReportSettings:
    """Return the saved settings with what was chosen now on top."""
    fresh = chosen.model_dump(exclude_unset=True) if chosen else {}
    inner = {name: {**saved.get(name, {}), **fresh.get(name, {})} for name in ("person", "visit")}
    return ReportSettings.model_validate({**saved, **fresh, **inner})


def _with_flags_of_origin(result: Result, origin: Origin) -> Result:
    """Add what must be known of where the joints come from, in a run and when its joints are measured again."""
    clock, outline = clock_flags(origin.video), _outline_flags(origin.segmentation)
    return replace(result, flags=(*clock, *result.flags, *outline))


def _outline_flags(segmentation: OutlineFacts | None) -> tuple[Flag, ...]:
    """Say how many points of the feet were taken from the outline of the body."""
    n_filled = segmentation.filled_points if segmentation else 0
    if n_filled == 0:
        return ()
    message = say_many(
        "%(n)s point of a foot was taken from the outline of the body, because the pose model was not sure of them.",
        "%(n)s points of the feet were taken from the outline of the body, because the pose model was not sure of "
        "them.",
        n_filled,
    )
    return (Flag(level="info", code="points_from_outline", message=message),)


def _hidden_flag(start_s: float, end_s: float) -> Flag:
    message = f"Somebody was in front of the person from {start_s:.1f} to {end_s:.1f} s: nothing is measured there."
    return Flag(level="warning", code="hidden_by_other", message=message, start_s=start_s, end_s=end_s)


def refusal(result: Result) -> str | None:
    """Return why there are no measures, in one sentence; None where there are."""
    if result.track is not None and not np.isfinite(result.track.box_px).any():
        return result.track.reason
    return next((flag.message for flag in result.flags if flag.level == "refusal"), None)
