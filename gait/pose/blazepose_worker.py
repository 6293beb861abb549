"""The worker process of BlazePose: the only module that touches mediapipe."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from gait.errors import GaitError
from gait.pose.crops import square_around
from gait.pose.model import Clip, SampledFrame, as_canonical
from gait.skeleton import BLAZEPOSE, INDEX, KEYPOINTS, SIDES
from gait.types import Float32Array, FloatArray, ImageArray, PersonCheck

CROP_SIZE = 512
"""BlazePose looks at 256 x 256 pixels of the person, turned upright: a crop twice as fine loses nothing in the turn."""

PADDING = 1.25
WARM_UP_FRAMES = 4
"""Frames of the chunk before that are shown again after a restart, to settle the region that is carried along."""

EDGE_MARGIN = 0.04
"""In body heights: as far as BlazePose errs."""

PROGRESS_EVERY = 10

_M_ARENA_MAX = -8
"""Of malloc.h."""


class _Model(Protocol):
    def process(self, image: ImageArray) -> Any: ...

    def reset(self) -> None: ...

    def close(self) -> None: ...


def serve(pipe: Connection) -> None:
    """Answer requests until the other end is closed; an error is sent to the other end, not printed."""
    _silence_native_log()
    _keep_one_heap()
    tracker = _new_model(static=False)
    checker: _Model | None = None
    while True:
        try:
            kind, *payload = pipe.recv()
        except (EOFError, ConnectionResetError, KeyboardInterrupt):
            break
        try:
            if kind == "estimate":
                if checker is not None:
                    checker.close()  # Nobody asks it any more.
                    checker = None
                answer: tuple[str, Any] = ("poses", _estimate(tracker, *payload, send=pipe.send))
            elif kind == "check":
                checker = checker or _new_model(static=True)
                answer = ("checked", _check(checker, *payload))
            else:
                answer = ("provenance", _provenance())
        except (GaitError, ValueError, OSError, RuntimeError) as error:
            answer = ("error", error)
        except KeyboardInterrupt:
            break
        with contextlib.suppress(BrokenPipeError):
            pipe.send(answer)


def _silence_native_log() -> None:
    """Send the native libraries' chatter to nowhere: it cannot be switched off otherwise."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _keep_one_heap() -> None:
    """Make all threads share a heap, where the C library lets one say so (glibc).

    With a heap for each, every picture's buffers fall to another one: up to 100 MB more, the more the longer the video.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _new_model(*, static: bool) -> _Model:
    _do_without_matplotlib()
    from mediapipe.python.solutions.pose import Pose

    # Its own smoothing assumes 30 frames per second and shifts the ankles by some pixels: the cleaning is ours.
    model: _Model = Pose(model_complexity=1, smooth_landmarks=False, static_image_mode=static)
    return model


def _do_without_matplotlib() -> None:
    """Stand in for the plotting library that mediapipe loads, for over a second, to draw what is not drawn here."""
    for name in ("matplotlib", "matplotlib.pyplot"):
        sys.modules.setdefault(name, ModuleType(name))


def _provenance() -> dict[str, Any]:
    import hashlib

    import mediapipe

    folder = Path(mediapipe.__file__).parent / "modules"
    digest = hashlib.sha256()
    for part in ("pose_detection/pose_detection.tflite", "pose_landmark/pose_landmark_full.tflite"):
        digest.update((folder / part).read_bytes())
    return {
        "detail": f"mediapipe {version('mediapipe')}, complexity 1, own smoothing off",
        "weights_sha256": digest.hexdigest(),
    }


def _estimate(
    model: _Model,
    clip: Clip,
    time_s: FloatArray,
    box_px: FloatArray,
    chunk_frames: int,
    *,
    send: Callable[[tuple[str, int]], None],
) -> tuple[Float32Array, Float32Array]:
    """Return the joints, (T, K, 2) in pixels, and their scores, (T, K), for one stretch of the video."""
    n = len(time_s)
    xy_px = np.full((n, len(KEYPOINTS), 2), np.nan, dtype=np.float32)
    score = np.zeros((n, len(KEYPOINTS)), dtype=np.float32)
    in_view = np.flatnonzero(np.isfinite(box_px).all(axis=1))
    recent: list[ImageArray] = []
    previous = -2
    model.reset()
    for i, frame in _paired(in_view, clip.frames_at(time_s[in_view], threads=1)):
        square = square_around(box_px[i], padding=PADDING, size=CROP_SIZE)
        crop = square.cut(frame.image)
        if i != previous + 1:
            model.reset()
            recent.clear()
        elif i % chunk_frames == 0:
            model.reset()
            for earlier in recent:
                model.process(earlier)
        points = _points(model, crop)
        if points is not None:
            points_px = square.to_picture(points[:, :2])
            if not _belongs_to(points_px, box_px[i]):
                model.reset()
            elif _is_whole(points_px, clip.info.width_px):
                xy_px[i] = points_px
                score[i] = np.nan_to_num(points[:, 2])
        recent = [*recent[-(WARM_UP_FRAMES - 1) :], crop]
        previous = i
        if i % PROGRESS_EVERY == 0:
            send(("progress", PROGRESS_EVERY))
    return xy_px, score


def _paired(rows: Iterable[int], frames: Iterable[SampledFrame]) -> Iterator[tuple[int, SampledFrame]]:
    """Pair rows with frames; a broken tail may end the frames early."""
    return zip(rows, frames, strict=False)


def _points(model: _Model, rgb: ImageArray) -> FloatArray | None:
    """Return x, y (shares of the picture) and score of the canonical points, (K, 3), or None if nobody was found."""
    landmarks = model.process(rgb).pose_landmarks
    if landmarks is None:
        return None
    raw = np.array([(p.x, p.y, p.visibility) for p in landmarks.landmark], dtype=np.float64)
    return np.asarray(as_canonical(raw, BLAZEPOSE), dtype=np.float64)


def _belongs_to(points_px: FloatArray, box_px: FloatArray) -> bool:
    """Whether the joints are those of the person in the box: the middle of the trunk lies inside, at its own size."""
    trunk = points_px[[INDEX["left_shoulder"], INDEX["right_shoulder"], INDEX["left_hip"], INDEX["right_hip"]]]
    x, y = trunk.mean(axis=0)
    x1, y1, x2, y2 = box_px
    height = np.ptp(points_px[:, 1][np.isfinite(points_px[:, 1])])
    return bool(x1 <= x <= x2 and y1 <= y <= y2 and height > 0.3 * (y2 - y1))


def _is_whole(points_px: FloatArray, width_px: int) -> bool:
    """Whether the body is clear of the left and right edge of the picture.

    BlazePose guesses the limbs that are still outside, with high scores, and squeezes them into the picture.
    """
    x, height = points_px[:, 0], np.nanmax(points_px[:, 1]) - np.nanmin(points_px[:, 1])
    margin = EDGE_MARGIN * height
    return bool(np.nanmin(x) > margin and np.nanmax(x) < width_px - margin)


def _check(model: _Model, rgb: ImageArray) -> PersonCheck | None:
    points = _points(model, np.ascontiguousarray(rgb))
    if points is None:
        return None
    size = np.array([rgb.shape[1], rgb.shape[0]], dtype=np.float64)
    xy = points[:, :2] * size
    sure = [INDEX[f"{side}_{name}"] for side in SIDES for name in ("shoulder", "hip", "knee", "ankle")]
    low, high = np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)
    ankles = xy[[INDEX["left_ankle"], INDEX["right_ankle"]], 1]
    return PersonCheck(
        score=float(points[sure, 2].mean()),
        box_px=(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        body_height_px=float(ankles.max() - xy[INDEX["nose"], 1]),
    )
