"""Measure how a person walks from an ordinary video.

Everything below is fetched when it is first asked for: importing this package costs next to nothing.

From a video: `run`; from joints: `analyze`, `events`; back from the files of a report: `load`, and into them: `save`.
Joints come from `read_keypoints` or `from_movement`, and go to other programs by `to_movement`.

With joints of your own, step by step:

>>> poses = gait.read_keypoints("reports/side_walk/keypoints.parquet")
>>> clean = gait.clean_poses(poses)
>>> scene = gait.describe_scene(clean)
>>> events = gait.find_events(clean, scene).table  # or your own, with the columns of gait.EVENT_COLUMNS
>>> walk = gait.measure_walk(clean, scene, events, gait.AnalysisSettings(scale={"height_m": 1.75}))
>>> {"cadence", "speed"} <= set(walk.measures.loc[walk.measures["status"] == "valid", "measure"])
True
>>> walk.cycles.columns.tolist()[:4]
['side', 'stride', 'percent', 'hip_deg']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gait.version import __version__

if TYPE_CHECKING:
    from gait.analysis.analyze import Walk, measure_walk
    from gait.analysis.events.find import Events, find_events
    from gait.analysis.view.scene import describe_scene
    from gait.api import analyze, events, read_keypoints, run
    from gait.columns import CYCLE_COLUMNS, EVENT_COLUMNS, MEASURES, SIGNALS, STRIDE_COLUMNS
    from gait.config import AnalysisSettings, Settings, load_settings
    from gait.errors import GaitError, InputError, ModelUnavailableError, UsageError
    from gait.movement import from_movement, to_movement
    from gait.pipeline import Outcome
    from gait.provenance import Provenance
    from gait.saved import load, save
    from gait.signals.clean import CleanPoses, clean_poses
    from gait.skeleton import KEYPOINTS
    from gait.types import Flag, Pass, PersonSeen, PoseSequence, Result, Roll, Scene, SubjectTrack, VideoInfo
    from gait.video.clip import Clip
    from gait.video.reader import open_video

__all__ = [
    "CYCLE_COLUMNS", "EVENT_COLUMNS", "KEYPOINTS", "MEASURES", "SIGNALS", "STRIDE_COLUMNS", "AnalysisSettings",
    "CleanPoses", "Clip", "Events", "Flag", "GaitError", "InputError", "ModelUnavailableError", "Outcome", "Pass",
    "PersonSeen", "PoseSequence", "Provenance", "Result", "Roll", "Scene", "Settings", "SubjectTrack", "UsageError",
    "VideoInfo", "Walk", "__version__", "analyze", "clean_poses", "describe_scene", "events", "find_events",
    "from_movement", "load", "load_settings", "measure_walk", "open_video", "read_keypoints", "run", "save",
    "to_movement",
]  # fmt: skip

_HOMES = {
    "gait.api": ("run", "analyze", "events", "read_keypoints"),
    "gait.saved": ("load", "save"),
    "gait.movement": ("to_movement", "from_movement"),
    "gait.video.reader": ("open_video",),
    "gait.signals.clean": ("clean_poses", "CleanPoses"),
    "gait.analysis.view.scene": ("describe_scene",),
    "gait.analysis.events.find": ("find_events", "Events"),
    "gait.analysis.analyze": ("measure_walk", "Walk"),
    "gait.types": (
        "Result", "PoseSequence", "Scene", "Pass", "Flag", "Roll", "SubjectTrack", "PersonSeen", "VideoInfo",
    ),
    "gait.provenance": ("Provenance",),
    "gait.pipeline": ("Outcome",),
    "gait.video.clip": ("Clip",),
    "gait.config": ("Settings", "AnalysisSettings", "load_settings"),
    "gait.columns": ("MEASURES", "SIGNALS", "EVENT_COLUMNS", "STRIDE_COLUMNS", "CYCLE_COLUMNS"),
    "gait.skeleton": ("KEYPOINTS",),
    "gait.errors": ("GaitError", "InputError", "UsageError", "ModelUnavailableError"),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'gait' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
