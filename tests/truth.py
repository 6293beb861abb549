"""The rendered sample clips, and what is true of them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gait.skeleton import KEYPOINTS
from gait.types import PoseSequence

SAMPLES = Path(__file__).resolve().parent.parent / "sample_videos"
WALL_Y_M = 1.4
"""How far the wall is behind the path of the walkers."""
CLIPS = tuple(sorted(path.stem for path in SAMPLES.glob("*.json")))


def sample_clip(name: str) -> tuple[Path, dict[str, Any]]:
    """Return the video of a sample clip and its truth, as sample_videos/README.md describes it."""
    return SAMPLES / f"{name}.mp4", json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def true_keypoints(name: str) -> pd.DataFrame:
    """Return the true keypoints of the subject: time_s, then <keypoint>_x, _y in pixels, _score 1 in the picture."""
    return pd.read_csv(SAMPLES / f"{name}.keypoints.csv.gz")


def true_poses(name: str) -> PoseSequence:
    """Return the true joints of the subject, as a model without an error would."""
    _, known = sample_clip(name)
    table = true_keypoints(name)
    xy = table[[f"{k}_{axis}" for k in KEYPOINTS for axis in "xy"]].to_numpy(dtype=np.float32)
    return PoseSequence(
        time_s=table["time_s"].to_numpy(),
        frame=np.arange(len(table)),
        xy_px=xy.reshape(len(table), len(KEYPOINTS), 2),
        score=np.ones((len(table), len(KEYPOINTS)), dtype=np.float32),
        model="truth",
        width_px=known["width"],
        height_px=known["height"],
    )


def true_background(name: str) -> npt.NDArray[np.float64]:
    """Return how far the wall behind the walker has moved in the picture since the first frame, (T, 2), in pixels."""
    from renderer.clips import SHIPPED

    clip = SHIPPED[name]()
    cameras = [clip.camera(time_s) for time_s in clip.time_s]
    moved = np.zeros((len(cameras), 2))
    for i, (before, camera) in enumerate(pairwise(cameras), start=1):
        place, forward = np.array(before.position), before.axes[2]
        at_the_wall = place + forward * (WALL_Y_M - place[1]) / forward[1]
        moved[i] = moved[i - 1] + camera.project(at_the_wall)[0] - [camera.width / 2, camera.height / 2]
    return moved


def true_events(known: dict[str, Any], kind: str, side: str | None = None) -> npt.NDArray[np.float64]:
    """Return the times in seconds of the strikes or offs in view, of one side or both."""
    return np.array([e["time_s"] for e in known["events"] if e["kind"] == kind and side in (None, e["side"])])
