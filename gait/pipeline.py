"""The order of the stages: a video goes in, one person is followed, a page with steps and measures comes out."""

from __future__ import annotations

import contextlib
import hashlib
import platform
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from gait.config import AnalysisSettings, ReportSettings, Settings
from gait.folders import choose_folder, replacing
from gait.pose.files import read_poses, write_poses
from gait.pose.model import canonical_only, device_kind, open_model, open_segmentation, segmentation_weights
from gait.pose.silhouette_points import fill_from_silhouettes
from gait.progress import Observer, Silent
from gait.report.colors import PALETTES
from gait.report.files import write_tables
from gait.report.overlay import OverlayPainter
from gait.report.page import write_page
from gait.subject.follow import follow_subject
from gait.types import Flag, ImageArray, Result, SubjectTrack
from gait.version import __version__
from gait.video.clock import clock_flags
from gait.video.reader import Clip, file_sha256, open_video
from gait.video.transcode import fitted_size, transcode

OVERLAY, KEYPOINTS = "overlay.mp4", "keypoints.parquet"
PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "av",
    "opencv-contrib-python",
    "ai-edge-litert",
    "mediapipe",
    "torch",
    "transformers",
    "ultralytics",
)


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
    stages = _Stages(observer or Silent())
    clip = open_video(video, **settings.video.model_dump())
    settings.analysis.scale.check_inside(clip.info.width_px, clip.info.height_px)
    with stages.stage("read", None):
        source = describe_file(video)
    with open_model(settings.pose, stages.note) as model:
        outline_weights = segmentation_weights(settings.pose, model.name, stages.note)
        # It takes a second to load: meanwhile, the search for the person leaves a processor idle.
        threading.Thread(target=import_module, args=("gait.analysis.analyze",)).start()
        with stages.stage("subject", clip.expected_frames):
            track = follow_subject(
                clip,
                settings.subject,
                confirm=model.check_person,
                device=device_kind(settings.pose),
                progress=stages.advance,
            )
        n_in_view = int(np.isfinite(track.box_px).all(axis=1).sum())
        with stages.stage("pose", n_in_view):
            poses = model.estimate(clip, track, stages.advance)
        origin: dict[str, Any] = {
            "file": source,
            "video": _describe_clip(clip, track),
            "model": model.provenance(),
            "detector": track.detector,
        }
    silhouettes = None
    if outline_weights is not None:
        with stages.stage("segment", n_in_view), open_segmentation(outline_weights, settings.pose) as network:
            silhouettes = network.find(clip, track, stages.advance)
            min_score = settings.analysis.signals.min_score
            poses, n_filled = fill_from_silhouettes(poses, silhouettes, min_score)
            origin["segmentation"] = {**network.provenance(), "filled_points": n_filled}
    provenance = {
        **origin,
        "settings": settings.model_dump(mode="json"),
        "subject_label": subject_label,
        **describe_software(),
        "warnings": [clip.damage] if clip.damage else [],
    }
    with stages.stage("analysis", None):
        from gait.analysis.analyze import analyze

        result = analyze(canonical_only(poses), settings.analysis, track=track, provenance=provenance)
        result = _with_flags_of_origin(result, origin)
        hidden = [_hidden_flag(*each) for each in track.hidden]
        result = replace(result, flags=(*result.flags, *hidden))
        if clip.damage:
            damage = Flag(level="warning", code="damaged_file", message=clip.damage)
            result = replace(result, flags=(damage, *result.flags))
    if settings.report.blur_face or not settings.report.pictures:
        # The picture of everyone seen is an original frame.
        result = replace(result, track=replace(track, picture=None))
    with_video = settings.report.overlay and settings.report.pictures
    folder = choose_folder(out, video.stem, source["sha256"])
    with replacing(folder) as fresh:
        still = None
        if with_video:
            with stages.stage("overlay", len(track.time_s)):
                size = fitted_size(clip.info, settings.report.overlay_height_px)
                painter = OverlayPainter(
                    result,
                    size,
                    silhouettes,
                    PALETTES[settings.report.colors],
                    hide_head=settings.report.blur_face,
                )
                transcode(
                    clip,
                    track.time_s,
                    fresh / OVERLAY,
                    size=size,
                    below_px=painter.strip_px,
                    draw=painter.paint,
                    progress=stages.advance,
                )
                still = painter.still
        saved = {
            "origin": origin,
            "settings": settings.analysis.model_dump(mode="json"),
            "report": settings.report.model_dump(mode="json"),
            "subject_label": subject_label,
        }
        write_poses(poses, fresh / KEYPOINTS, saved)
        overlay = OVERLAY if with_video else None
        result = _write_report(result, fresh, stages, overlay, still, subject_label, settings.report)
    return Outcome(folder=folder, result=result, refusal=_refusal(result))


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
    from gait.analysis.analyze import analyze

    stages = _Stages(observer or Silent())
    if (table / KEYPOINTS).is_file():
        table = table / KEYPOINTS
    with stages.stage("read", None):
        poses, saved = read_poses(table, size_px, fps)
        source = describe_file(table)
    settings = _analysis_settings(saved.get("settings", {}), settings)
    report = _report_settings(saved.get("report", {}), report)
    label = subject_label or saved.get("subject_label")
    origin = saved.get("origin", {})
    provenance = {
        "file": source,
        "recording": origin.get("file"),
        "video": origin.get("video", {}),
        "model": origin.get("model", {"name": poses.model}),
        "detector": origin.get("detector"),
        **({"segmentation": origin["segmentation"]} if "segmentation" in origin else {}),
        "settings": {"analysis": settings.model_dump(mode="json"), "report": report.model_dump(mode="json")},
        "subject_label": label,
        **describe_software(),
        "warnings": saved.get("warnings", []),
    }
    with stages.stage("analysis", None):
        result = analyze(poses, settings, provenance=provenance)
        notes = [Flag(level="warning", code="keypoints", message=text) for text in provenance["warnings"]]
        result = _with_flags_of_origin(replace(result, flags=(*notes, *result.flags)), origin)
    stem = table.resolve().name if table.is_dir() else table.stem
    name = f"{table.resolve().parent.name}-analysis" if stem == "keypoints" else stem
    folder = choose_folder(out, name, source["sha256"])
    shown = {"settings": settings.model_dump(mode="json"), "report": report.model_dump(mode="json")}
    with replacing(folder) as fresh:
        write_poses(poses, fresh / KEYPOINTS, {**saved, **shown})
        result = _write_report(result, fresh, stages, None, None, label, report)
    return Outcome(folder=folder, result=result, refusal=_refusal(result))


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


def _write_report(
    result: Result,
    folder: Path,
    stages: _Stages,
    overlay: str | None,
    still: ImageArray | None,
    subject_label: str | None,
    settings: ReportSettings,
) -> Result:
    result = replace(result, provenance={**result.provenance, "times_s": stages.times_s})
    with stages.stage("report", None):
        write_tables(result, folder, settings)
        write_page(
            result,
            folder / "report.html",
            overlay=overlay,
            still=still,
            subject_label=subject_label,
            settings=settings,
        )
    return result


def _with_flags_of_origin(result: Result, origin: dict[str, Any]) -> Result:
    """Add what must be known of where the joints come from, in a run and when its joints are measured again."""
    clock, outline = clock_flags(origin.get("video", {})), _outline_flags(origin.get("segmentation"))
    return replace(result, flags=(*clock, *result.flags, *outline))


def _outline_flags(segmentation: dict[str, Any] | None) -> tuple[Flag, ...]:
    """Say how many points of the feet were taken from the outline of the body."""
    n_filled = segmentation["filled_points"] if segmentation else 0
    if n_filled == 0:
        return ()
    points = "1 point of a foot was" if n_filled == 1 else f"{n_filled} points of the feet were"
    message = f"{points} taken from the outline of the body, because the pose model was not sure of them."
    return (Flag(level="info", code="points_from_outline", message=message),)


def _hidden_flag(start_s: float, end_s: float) -> Flag:
    message = f"Somebody was in front of the person from {start_s:.1f} to {end_s:.1f} s: nothing is measured there."
    return Flag(level="warning", code="hidden_by_other", message=message, start_s=start_s, end_s=end_s)


def _refusal(result: Result) -> str | None:
    """Return why there are no measures, or None."""
    if result.track is not None and not np.isfinite(result.track.box_px).any():
        return result.track.reason
    return None if result.scene.walking else result.scene.reason


class _Stages:
    """Times the stages and passes their progress on."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self.times_s: dict[str, float] = {}
        self.advance, self.note = observer.advance, observer.note

    @contextlib.contextmanager
    def stage(self, name: str, frames: int | None) -> Iterator[None]:
        self._observer.begin(name, frames)
        began = time.perf_counter()
        try:
            yield
        finally:
            self.times_s[name] = round(time.perf_counter() - began, 3)
            self._observer.end()


def describe_file(path: Path) -> dict[str, Any]:
    """Return name, hash and size of a file, or of all the JSON files in a folder taken together."""
    if not path.is_dir():
        return {"name": path.name, "sha256": file_sha256(path), "size_bytes": path.stat().st_size}
    files = sorted(path.glob("*.json"))
    hashes = "".join(file_sha256(file) for file in files)
    return {
        "name": path.resolve().name,
        "sha256": hashlib.sha256(hashes.encode()).hexdigest(),
        "size_bytes": sum(file.stat().st_size for file in files),
    }


def _describe_clip(clip: Clip, track: SubjectTrack) -> dict[str, Any]:
    info = clip.info
    return {
        "width_px": info.width_px,
        "height_px": info.height_px,
        "duration_s": info.duration_s,
        "nominal_fps": info.nominal_fps,
        "played_fps": info.played_fps,
        "capture_fps": info.capture_fps,
        "capture_fps_source": info.capture_fps_source,
        "time_scale": info.clock_stretch,
        "is_variable_rate": info.is_variable_rate,
        "rotation_deg": info.rotation_deg,
        "codec": info.codec,
        "recorded_at": info.recorded_at,
        "n_frames_used": len(track.time_s),
    }


def describe_software() -> dict[str, Any]:
    """Return the versions of everything that shapes the numbers, the kind of machine, and the time."""
    versions = {"gait": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            versions[package] = version(package)
    return {
        "versions": versions,
        "machine": f"{platform.system()} {platform.machine()}",
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
