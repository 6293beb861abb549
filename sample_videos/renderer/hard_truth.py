"""What is true of the clips that test the program's judgement, beside the truth of every clip."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .clip import Clip, people_shapes
from .curves import Array, smooth
from .footfalls import SIDES, Side
from .scene import Room
from .stage import hidden
from .walker import Motion

FOOT = ("ankle", "heel", "big_toe")
PASS_LASTS_S = 1.0
WALKS_M_S = 0.15
TURNS_DEG_S = 25.0


def clocks(clip: Clip) -> dict[str, Any]:
    """Return what is known of a clip whose file has a clock of its own, ready for JSON."""
    if clip.clock_stretch == 1:
        return {}
    return {
        "clock_stretch": clip.clock_stretch,
        "capture_fps": round(float((len(clip.pts) - 1) / clip.time_s[-1]), 4),
        "metadata": clip.metadata,
        "file_time_s": np.round(clip.file_time_s, 6).tolist(),
    }


def hidden_feet(clip: Clip, moved: list[Motion]) -> list[dict[str, Any]]:
    """Return when which of the subject's feet is behind furniture or somebody."""
    room = clip.room()
    feet = [feet_hidden(clip, room, moved, frame) for frame in range(len(clip.pts))]
    return [
        {"side": side, "start_s": start_s, "end_s": end_s}
        for side in SIDES
        for start_s, end_s in _spans(clip.time_s, np.array([f[side] for f in feet]))
    ]


def feet_hidden(clip: Clip, room: Room, moved: list[Motion], frame: int) -> dict[Side, bool]:
    """Return by side whether most of the subject's foot is behind furniture or somebody, by frame of the motions.

    What is behind the subject's own other leg is not hidden in this sense.
    """
    camera = clip.camera(float(moved[0].time_s[frame]))
    others = [shape for person in people_shapes(clip, moved, frame)[1:] for shape in person]
    points = {side: np.stack([moved[0].points[f"{side}_{part}"][frame] for part in FOOT]) for side in SIDES}
    return {side: bool(hidden(room, others, camera, at).sum() > 1) for side, at in points.items()}


def passes(clip: Clip, motion: Motion, whole: npt.NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Return when the subject walks straight on with the whole body in the picture, and where to."""
    time, forward = motion.time_s, motion.axes["path"][:, :, 0]
    cameras = [clip.camera(float(t)) for t in time]
    seen = np.stack([camera.axes @ f for camera, f in zip(cameras, forward, strict=True)])
    sideways = np.abs(seen[:, 0]) > np.abs(seen[:, 2])
    heading = np.unwrap(np.arctan2(forward[:, 1], forward[:, 0]))
    speed = np.einsum("ti,ti->t", np.gradient(motion.points["mid_hip"], time, axis=0), forward)
    fps = 1 / np.median(np.diff(time))
    straight = np.abs(np.degrees(np.gradient(heading, time))) < TURNS_DEG_S
    walks = straight & (smooth(speed, 0.25 * fps) > WALKS_M_S) & whole
    out = []
    for name, toward in {
        "right": sideways & (seen[:, 0] > 0),
        "left": sideways & (seen[:, 0] <= 0),
        "away": ~sideways & (seen[:, 2] > 0),
        "toward": ~sideways & (seen[:, 2] <= 0),
    }.items():
        out += [
            {"start_s": start_s, "end_s": end_s, "direction": name}
            for start_s, end_s in _spans(time, walks & toward)
            if end_s - start_s >= PASS_LASTS_S
        ]
    return sorted(out, key=lambda found: found["start_s"])


def _spans(time_s: Array, is_so: npt.NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Return the first and the last time of every run of frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_so, [False]]).astype(int)))
    return [(round(float(time_s[a]), 4), round(float(time_s[b - 1]), 4)) for a, b in edges.reshape(-1, 2)]
