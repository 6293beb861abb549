"""What `import gait` gives to do: from a video, or from joints, to everything measured."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gait.analysis.events.find import find_events
from gait.analysis.view.scene import describe_scene
from gait.config import Settings, load_settings
from gait.errors import UsageError
from gait.movement import from_movement
from gait.pipeline import Outcome, measure_poses, run_video
from gait.pose.files import read_poses
from gait.progress import Observer, Stages
from gait.provenance import describe_file
from gait.signals.clean import clean_poses
from gait.types import PoseSequence, Result

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Config = Settings | str | PathLike[str] | None


def run(
    video: str | PathLike[str],
    out: str | PathLike[str] = "reports",
    *,
    height_m: float | None = None,
    age: int | None = None,
    sex: Literal["female", "male"] | None = None,
    subject: int | None = None,
    model: str | None = None,
    device: Literal["auto", "cpu", "cuda", "mps"] | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
    label: str | None = None,
    config: Config = None,
    observer: Observer | None = None,
) -> Outcome:
    """Measure the gait of one person in a video, and write the report: what ``gait run`` does.

    Parameters
    ----------
    video : str or path
    out : str or path
        The report goes into a folder of its own in here, named after the video.
    height_m : float, optional
        Body height in metres: with it, lengths are in metres and there is a speed.
    age : int, optional
        In years. With `sex`, published values stand beside the measures; no measure changes.
    sex : {"female", "male"}, optional
    subject : int, optional
        Number of the person to follow, as printed in the report; the one who walks when absent.
    model : str, optional
        "auto", "blazepose", "blazepose-heavy", a size of Sapiens2 ("sapiens2-0.4b"), or the path of its weights.
    device : {"auto", "cpu", "cuda", "mps"}, optional
    start_s, end_s : float, optional
        The part of the video to use, half-open, as a player shows the times.
    label : str, optional
        Whom the report is about, as it shall stand at its head.
    config : Settings or path, optional
        All other settings: a YAML file, or the settings themselves. What is given above goes before it.
    observer : Observer, optional
        Told how far the work is.

    Returns
    -------
    Outcome
        The folder and the result; also where no person or no gait was found: then `refusal` says why.

    Raises
    ------
    InputError
        The video cannot be read.
    UsageError
        A setting does not fit.
    ModelUnavailableError
        The pose model is not installed.

    Examples
    --------
    >>> outcome = gait.run("sample_videos/side_walk.mp4", out="reports", height_m=1.75)
    >>> outcome.folder.as_posix()
    'reports/side_walk'
    >>> measures = outcome.result.measures.set_index(["measure", "side"])
    >>> bool(measures.loc[("cadence", "both"), "ci_low"] < measures.loc[("cadence", "both"), "value"])
    True
    """
    settings = _settings(
        config,
        {
            "video.start_s": start_s,
            "video.end_s": end_s,
            "subject.subject": subject,
            "pose.model": model,
            "pose.device": device,
            "analysis.scale.height_m": height_m,
            "report.person.age": age,
            "report.person.sex": sex,
        },
    )
    return run_video(Path(video), out=Path(out), settings=settings, subject_label=label, observer=observer)


def analyze(
    keypoints: PoseSequence | str | PathLike[str] | xr.Dataset,
    *,
    height_m: float | None = None,
    age: int | None = None,
    sex: Literal["female", "male"] | None = None,
    label: str | None = None,
    size_px: tuple[int, int] | None = None,
    fps: float | None = None,
    config: Config = None,
) -> Result:
    """Measure gait from joints; nothing is written, see `save`.

    Parameters
    ----------
    keypoints : PoseSequence, path or xarray.Dataset
        The joints, or a file or folder as `read_keypoints` takes it, or a dataset as `from_movement` takes it. The file
        of a run also holds the settings of that run: they hold here too, but for what is given now.
    height_m : float, optional
        Body height in metres.
    age : int, optional
    sex : {"female", "male"}, optional
        They choose the published values beside the measures in a report; no measure changes.
    label : str, optional
        Whom a report of it is about.
    size_px : (int, int), optional
        Width and height of the picture, where file or dataset does not say.
    fps : float, optional
        Frames per second, where file or dataset has no times.
    config : Settings or path, optional
        All other settings.

    Returns
    -------
    Result

    Raises
    ------
    InputError
        The joints cannot be read, or there is not a single frame.
    UsageError
        A setting does not fit, or the size of the picture or the frame rate is not known.

    Examples
    --------
    >>> result = gait.analyze("reports/side_walk/keypoints.parquet")
    >>> result.scene.view
    'sagittal'
    >>> gait.analyze(result.poses, height_m=1.60).provenance.scale.body_height_m
    1.6
    """
    settings = _settings(
        config, {"analysis.scale.height_m": height_m, "report.person.age": age, "report.person.sex": sex}
    )
    saved: dict[str, Any] = {}
    source = None
    if isinstance(keypoints, str | PathLike):
        path = Path(keypoints)
        poses, saved = read_poses(path, size_px, fps)
        source = describe_file(path)
    else:
        poses = _poses(keypoints, size_px, fps)
    return measure_poses(poses, saved, source, settings.analysis, settings.report, label, Stages())


def events(
    keypoints: PoseSequence | str | PathLike[str] | xr.Dataset,
    *,
    method: str = "auto",
    size_px: tuple[int, int] | None = None,
    fps: float | None = None,
    config: Config = None,
) -> pd.DataFrame:
    """Find foot strikes and foot offs from joints.

    Parameters
    ----------
    keypoints : PoseSequence, path or xarray.Dataset
        As in `analyze`; what a file says of earlier settings does not matter here.
    method : str
        "auto", or one that is published: "zeni" (2008), "oconnor" (2007), "velocity", "ankle_velocity". Seen from the
        front there is but one.
    size_px : (int, int), optional
        Width and height of the picture, where file or dataset does not say.
    fps : float, optional
        Frames per second, where file or dataset has no times.
    config : Settings or path, optional

    Returns
    -------
    DataFrame
        One row per event in order of time, the columns of `EVENT_COLUMNS`: among them ``time_s``, ``side`` (left,
        right), ``kind`` (strike, off), ``sd_s`` (standard deviation of the time), ``pass_number`` (0 in a turn).

    Raises
    ------
    InputError, UsageError
        As in `analyze`; or the method is unknown.

    Examples
    --------
    >>> poses = gait.read_keypoints("reports/side_walk/keypoints.parquet")
    >>> for method in ("auto", "zeni"):
    ...     found = gait.events(poses, method=method)
    ...     print(method, found.loc[found["kind"] == "strike", "side"].tolist()[:4])
    auto ['right', 'left', 'right', 'left']
    zeni ['right', 'left', 'right', 'left']
    """
    settings = _settings(config, {"analysis.events.method": method}).analysis
    clean = clean_poses(_poses(keypoints, size_px, fps), settings.signals)
    return find_events(clean, describe_scene(clean, settings.scene), settings.events).table


def read_keypoints(
    path: str | PathLike[str], *, size_px: tuple[int, int] | None = None, fps: float | None = None
) -> PoseSequence:
    """Read joints from a file.

    Parameters
    ----------
    path : str or path
        keypoints.parquet of a run, a CSV with the same columns, a TRC file, or a folder of OpenPose JSON files.
    size_px : (int, int), optional
        Width and height of the picture, where the file does not say (CSV, OpenPose).
    fps : float, optional
        Frames per second, where the files have no times (OpenPose).

    Returns
    -------
    PoseSequence

    Raises
    ------
    InputError
        The file is missing, broken, or has no joints in the expected columns.
    UsageError
        The size of the picture or the frame rate is not known.

    Examples
    --------
    >>> poses = gait.read_keypoints("reports/side_walk/keypoints.parquet")
    >>> poses.point("left_ankle").shape
    (216, 2)
    """
    return read_poses(Path(path), size_px, fps)[0]


def _poses(keypoints: object, size_px: tuple[int, int] | None, fps: float | None) -> PoseSequence:
    if isinstance(keypoints, PoseSequence):
        return keypoints
    if isinstance(keypoints, str | PathLike):
        return read_keypoints(keypoints, size_px=size_px, fps=fps)
    if hasattr(keypoints, "data_vars"):
        return from_movement(keypoints, size_px=size_px, fps=fps)  # type: ignore[arg-type]
    given = type(keypoints).__name__
    raise UsageError(f"Joints cannot be taken from a {given}.", "Give a PoseSequence, a path or an xarray.Dataset.")


def _settings(config: Config, given: dict[str, object]) -> Settings:
    return load_settings(config if config is None or isinstance(config, Settings) else Path(config), given)
