"""A result folder goes in, files for other programs come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gait.analysis.geometry import Body
from gait.analysis.lengths.body_height import body_height_px
from gait.arrays import nanmedian
from gait.errors import InputError, UsageError
from gait.folders import EXPORTS, replacing, replacing_file
from gait.provenance import SettingsUsed
from gait.report.exports import FORMATS, Format
from gait.report.exports.recording import Recording
from gait.saved import load
from gait.signals.even import even_times, linear
from gait.skeleton import KEYPOINTS
from gait.types import FloatArray, Result, Scene


@dataclass(frozen=True, kw_only=True)
class Export:
    """A file (or folder of files) that was written.

    Attributes
    ----------
    path : Path
    note : str
        What its reader must know of rate and unit.
    """

    path: Path
    note: str


def export_result(folder: Path, formats: Sequence[str], *, out: Path | None = None) -> list[Export]:
    """Write a result in the formats of other programs.

    TRC, MOT and C3D know only a constant rate: where the frames of the video came unevenly, the curves are interpolated
    linearly at the usual rate, inside the stretches in which a joint is known, never across a gap. Their joints are
    those the measures were taken from: cleaned, with left and right leg put right; OpenPose files have them as the
    model gave them.

    Places are in metres if there was a scale and lengths were measured, at the scale of the median body height
    in the picture; of a camera that turned after the walker the motion of the background is taken off. Else they are in
    pixels of the picture, also where the camera was carried along, or nothing is known of its motion.

    Parameters
    ----------
    folder : Path
        As `gait run` or `gait analyze` wrote it.
    formats : sequence of str
        Keys of `FORMATS`.
    out : Path, optional
        Where the files go; into ``exports`` in the folder when absent.

    Returns
    -------
    list of Export

    Raises
    ------
    UsageError
        A format is unknown, or needs a package that is not installed.
    InputError
        The folder does not hold a result, or nothing to export; or `out` cannot be written to.
    """
    check_request([folder], formats, out)
    recording = read_recording(folder)
    done = []
    for form in (FORMATS[name] for name in dict.fromkeys(formats)):
        path = (out or folder / EXPORTS) / f"{recording.name}{form.suffix}"
        with replacing(path, form.files) if form.files else replacing_file(path) as fresh:
            form.write(recording, fresh)
        done.append(Export(path=path, note=_note(form, recording)))
    return done


def check_request(folders: Sequence[Path], formats: Sequence[str], out: Path | None) -> None:
    """Raise a UsageError where a format is unknown, or two results would be written to the same files."""
    for name in formats:
        if name not in FORMATS:
            raise UsageError(f"--format {name}: there is no such format; valid are {', '.join(FORMATS)}.")
    names = [folder.resolve().name for folder in folders]
    twice = sorted(name for name in set(names) if names.count(name) > 1)
    if out is not None and twice:
        raise UsageError(
            f"-o {out}: two of the folders are named {twice[0]}, and so would be their files.",
            "Export them one by one to different places.",
        )


def read_recording(folder: Path) -> Recording:
    """Read a result folder, and bring its curves onto evenly spaced times.

    Raises
    ------
    InputError
        The folder does not hold a result, or fewer than two frames.
    """
    result = load(folder)
    poses, scene = result.poses, result.scene
    if len(poses.time_s) < 2:
        raise InputError(f"{folder}: there are fewer than two frames to export.")
    if len(result.signals) != len(poses.time_s):
        raise InputError(f"{folder}: signals.csv and keypoints.parquet are not of the same run.")
    settings = (result.provenance.settings or SettingsUsed()).analysis
    body, signals = Body(result.clean), result.signals
    scale = _m_per_px(result, body)
    time_s, rate_hz = even_times(poses.time_s)
    max_gap_s = max(settings.signals.max_gap_s, 1.5 / rate_hz)
    angles = [name for name in map(str, signals.columns) if name.endswith("_deg") and signals[name].notna().any()]
    known = [name for name in KEYPOINTS if np.isfinite(result.clean.point(name)).any()]
    moved = np.zeros((len(body.time_s), 2)) if scale is None else _background(body, scene)
    places = {name: ((body.at(name) - moved) * (1, -1) + (0, poses.height_px)) * (scale or 1.0) for name in known}
    return Recording(
        name=folder.resolve().name,
        time_s=time_s,
        rate_hz=rate_hz,
        points={name: linear(place, poses.time_s, time_s, max_gap_s) for name, place in places.items()},
        unit="px" if scale is None else "m",
        angles_deg={
            name: linear(signals[name].to_numpy(dtype=np.float64), poses.time_s, time_s, max_gap_s) for name in angles
        },
        events=result.events,
        poses=poses,
    )


def _m_per_px(result: Result, body: Body) -> float | None:
    """Return metres per pixel; None without a scale, without lengths, or where the ground cannot be followed."""
    scale, scene, measures = result.provenance.scale, result.scene, result.measures
    measured = ((measures["measure"] == "step_length") & (measures["status"] == "valid")).any()
    carried = any(flag.code == "carried" for flag in result.flags)
    if scale is None or not measured or carried or scene.camera == "unknown":
        return None
    walking = np.zeros(len(body.time_s), dtype=bool)
    for walk in scene.passes:
        walking |= (body.time_s >= walk.start_s) & (body.time_s <= walk.end_s)
    height_px = nanmedian(body_height_px(body, scene)[walking])
    return scale.body_height_m / height_px if height_px > 0 else None


def _background(body: Body, scene: Scene) -> FloatArray:
    """Return how far the background has moved in the picture, (T, 2), in pixels; zero where the ground rests in it."""
    if scene.camera != "panning" or scene.ground != "overground":
        return np.zeros((len(body.time_s), 2))
    known = np.isfinite(body.background).all(axis=1)
    return np.stack([np.interp(body.time_s, body.time_s[known], body.background[known, k]) for k in (0, 1)], axis=1)


def _note(form: Format, recording: Recording) -> str:
    poses = recording.poses
    if not form.files:
        unit = form.units.get(recording.unit)
        return f"{recording.rate_hz:.6g} frames per second" + (f", in {unit}" if unit else "")
    rate_hz = (poses.frame[-1] - poses.frame[0]) / (poses.time_s[-1] - poses.time_s[0])
    times_s = (poses.frame - poses.frame[0]) / rate_hz + poses.time_s[0]
    uneven = np.abs(times_s - poses.time_s).max() > 0.5 / rate_hz
    lost = "; it cannot hold the uneven times of the frames" if uneven else ""
    return f"read with --size {poses.width_px}x{poses.height_px} --fps {rate_hz:.6g}{lost}"
