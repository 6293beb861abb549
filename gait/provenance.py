"""Where a result comes from: the file, the clip, the versions of everything that shapes the numbers."""

from __future__ import annotations

import contextlib
import hashlib
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gait.hashing import sha256_of
from gait.inputs import printable
from gait.types import SubjectTrack
from gait.version import __version__
from gait.video.reader import Clip

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


def describe_file(path: Path) -> dict[str, Any]:
    """Return name, hash and size of a file, or of all the JSON files in a folder taken together."""
    if not path.is_dir():
        return {"name": printable(path.name), "sha256": sha256_of(path), "size_bytes": path.stat().st_size}
    files = sorted(file for file in path.glob("*.json") if file.is_file())
    hashes = "".join(sha256_of(file) for file in files)
    return {
        "name": printable(path.resolve().name),
        "sha256": hashlib.sha256(hashes.encode()).hexdigest(),
        "size_bytes": sum(file.stat().st_size for file in files),
    }


def describe_clip(clip: Clip, track: SubjectTrack) -> dict[str, Any]:
    """Return what must be known of a video to judge what was measured in it."""
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
