"""Where a result comes from: the file, what the video says of itself, models, settings, versions.

It stands under "provenance" in result.json, and what of it belongs to the joints under "origin" in keypoints.parquet.
"""

from __future__ import annotations

import contextlib
import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypedDict, TypeVar

from pydantic import BaseModel, ConfigDict, FiniteFloat, TypeAdapter

from gait.config import AnalysisSettings, PoseSettings, ReportSettings, Settings, SubjectSettings, VideoSettings
from gait.hashing import sha256_of
from gait.inputs import printable
from gait.version import __version__

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
"""Those whose versions may shape a number."""


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """A file, or all files of a folder taken together.

    Attributes
    ----------
    name : str
    sha256 : str
        In hexadecimal; empty where it is not known.
    size_bytes : int or None
    """

    name: str
    sha256: str = ""
    size_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class VideoFacts:
    """What must be known of a video to judge what was measured in it; see `gait.types.VideoInfo`.

    Attributes
    ----------
    time_scale : float
        How many times slower the file plays than the motion was.
    recorded_at : str or None
        Date and time, as the file states it.
    n_frames_used : int
        Of the frames of the video, how many were looked at.
    """

    width_px: int
    height_px: int
    duration_s: FiniteFloat | None
    nominal_fps: FiniteFloat
    played_fps: FiniteFloat
    capture_fps: FiniteFloat | None = None
    capture_fps_source: str | None = None
    time_scale: FiniteFloat = 1.0
    is_variable_rate: bool
    rotation_deg: int
    codec: str
    recorded_at: str | None = None
    n_frames_used: int


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """A network that was run.

    Attributes
    ----------
    name : str
    detail : str
        How it was run: program, device, options.
    reason : str
        Why this one; empty where it was asked for by name.
    weights : tuple of str
        Names of the files.
    weights_sha256 : str
        Of all of them, one after the other, in hexadecimal; empty where there are none.
    """

    name: str
    detail: str = ""
    reason: str = ""
    weights: tuple[str, ...] = ()
    weights_sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class OutlineFacts(ModelFacts):
    """The network that found the outline of the body, and how many points of the feet were taken from that."""

    filled_points: int = 0


@dataclass(frozen=True, kw_only=True)
class ScaleFacts:
    """What made metres of body heights.

    Attributes
    ----------
    source : str
        "body height" or "known distance".
    body_height_m : float
    relative_sd : float
        Relative error (1 SD) that all lengths share.
    """

    source: str
    body_height_m: float
    relative_sd: float


class SettingsUsed(BaseModel):
    """The settings of a run; `video`, `subject` and `pose` are None where the joints came from elsewhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    video: VideoSettings | None = None
    subject: SubjectSettings | None = None
    pose: PoseSettings | None = None
    analysis: AnalysisSettings = AnalysisSettings()
    report: ReportSettings = ReportSettings()

    @classmethod
    def of(cls, settings: Settings) -> SettingsUsed:
        """Return all settings of a run on a video."""
        return cls(**dict(settings))


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where joints come from.

    Attributes
    ----------
    file : FileFacts or None
        What was read: the video, or the table of joints.
    video : VideoFacts or None
        None for joints of other programs.
    model : ModelFacts or None
    detector : str or None
        What found the person in the pictures.
    segmentation : OutlineFacts or None
        None where no outline was asked for.
    """

    file: FileFacts | None = None
    video: VideoFacts | None = None
    model: ModelFacts | None = None
    detector: str | None = None
    segmentation: OutlineFacts | None = None


@dataclass(frozen=True, kw_only=True)
class Provenance(Origin):
    """Where a result comes from: all of `Origin`, and how the joints were measured.

    Attributes
    ----------
    recording : FileFacts or None
        The video, where `file` is a table of joints that tells of it.
    settings : SettingsUsed or None
    scale : ScaleFacts or None
        None where lengths are not in metres.
    subject_label : str or None
        Whom the report is about.
    versions : mapping of str to str
        Of this program, Python, and the packages that shape the numbers.
    machine : str
    created_at : str
        Date and time, ISO 8601, in UTC.
    warnings : tuple of str
        What was wrong with the file.
    times_s : mapping of str to float
        What each stage took, in seconds.
    """

    recording: FileFacts | None = None
    settings: SettingsUsed | None = None
    scale: ScaleFacts | None = None
    subject_label: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: str = ""
    created_at: str = ""
    warnings: tuple[str, ...] = ()
    times_s: Mapping[str, float] = field(default_factory=dict)

    @property
    def recording_name(self) -> str:
        """The name of the video, or of the table that was read in its place; empty where it is not known."""
        known = self.recording or self.file
        return known.name if known else ""


Value = TypeVar("Value")


def to_tree(value: object) -> Any:
    """Return a value of this module as JSON can hold it."""
    return TypeAdapter(type(value)).dump_python(value, mode="json")


def from_tree(kind: type[Value], tree: Any) -> Value:
    """Return the value that `to_tree` turned into JSON.

    Raises
    ------
    ValueError
        It is of another kind.
    """
    return TypeAdapter(kind).validate_python(tree)


def describe_file(path: Path) -> FileFacts:
    """Return name, hash and size of a file, or of all the JSON files in a folder taken together."""
    if not path.is_dir():
        return FileFacts(name=printable(path.name), sha256=sha256_of(path), size_bytes=path.stat().st_size)
    files = sorted(file for file in path.glob("*.json") if file.is_file())
    hashes = "".join(sha256_of(file) for file in files)
    return FileFacts(
        name=printable(path.resolve().name),
        sha256=hashlib.sha256(hashes.encode()).hexdigest(),
        size_bytes=sum(file.stat().st_size for file in files),
    )


class Software(TypedDict):
    """The part of `Provenance` that tells of programs and machine."""

    versions: dict[str, str]
    machine: str
    created_at: str


def describe_software() -> Software:
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
