"""The one pass over the video: small pictures go in, tracks and a few kept pictures come out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gait.ahead import ahead
from gait.subject.album import Album
from gait.subject.camera import CameraMotion
from gait.subject.confirm import Lens
from gait.subject.detector import Detections, Detector, View
from gait.subject.tracking import Track, Tracker
from gait.types import FloatArray, ImageArray, IntArray, VideoInfo

DETECT_EVERY_S = 1 / 12
"""A walker moves smoothly: between two looks the path is interpolated."""

DECODE_AHEAD = 8
"""Frames decoded while a detection is under way."""

SMALL_SIDE = 480
"""Longer side of the small pictures that are looked at; those that are kept are twice as large."""


class Frame(Protocol):
    """One sampled frame."""

    @property
    def time_s(self) -> float: ...  # noqa: D102

    @property
    def index(self) -> int: ...  # noqa: D102

    @property
    def image(self) -> ImageArray: ...  # noqa: D102


class Clip(Protocol):
    """What is needed of a video."""

    @property
    def info(self) -> VideoInfo: ...  # noqa: D102

    def frames(
        self, *, size: tuple[int, int] | None = None, pixel_format: Any = "rgb24"
    ) -> Generator[Frame, None, None]:
        """Yield the sampled frames."""
        ...


@dataclass(frozen=True, kw_only=True)
class Seen:
    """All that one pass over the video leaves behind.

    Attributes
    ----------
    time_s : float64 (T,)
    frame : int64 (T,)
    shift : float64 (T, 2)
        Of the fixed background, in small pixels.
    known : bool (T,)
        Whether the shift is known.
    tracks : list of Track
    album : Album
    size : (width, height)
        Of the small pictures.
    lens : Lens
    to_video : float64 (2,)
        Pixels of the video per small pixel, x and y.
    """

    time_s: FloatArray
    frame: IntArray
    shift: FloatArray
    known: npt.NDArray[np.bool_]
    tracks: list[Track]
    album: Album
    size: tuple[int, int]
    lens: Lens
    to_video: FloatArray

    def shift_at(self, time_s: float) -> FloatArray:
        """Return the shift of the background at about a time."""
        return np.asarray(self.shift[int(np.argmin(np.abs(self.time_s - time_s)))])


def watch(clip: Clip, detector: Detector, progress: Callable[[int], None] | None) -> Seen:
    """Go through the video once."""
    import cv2

    tracker, album, camera = Tracker(), Album(), CameraMotion()
    video = np.array([clip.info.width_px, clip.info.height_px])
    large, small = _sizes(video)
    times: list[float] = []
    index: list[int] = []
    shifts: list[FloatArray] = []
    known: list[bool] = []
    next_s = -np.inf

    def take(found: Iterator[Detections]) -> None:
        for detections in found:
            tracker.update(detections)
            album.refer(detections.view.time_s, tracker.live, tracker.finished)

    with ahead(clip.frames(size=large, pixel_format="yuv420p"), DECODE_AHEAD) as frames:
        for frame in frames:
            due = frame.time_s >= next_s
            pose = camera.pose
            if due or not camera.is_still:
                luma, *chroma = _planes(frame.image)
                gray = cv2.resize(luma, small, interpolation=cv2.INTER_AREA) if large != small else luma
                pose = camera.update(gray)
            if due:
                # A frame that comes a little early still counts, or every second one might be skipped.
                next_s = frame.time_s + DETECT_EVERY_S - 0.005
                colour = [cv2.resize(plane, small, interpolation=cv2.INTER_LINEAR) for plane in chroma]
                album.offer(frame.time_s, frame.image)
                view = View(row=len(times), time_s=frame.time_s, planes=np.stack([gray, *colour]), camera=pose)
                take(detector.push(view))
            times.append(frame.time_s)
            index.append(frame.index)
            shifts.append(pose.shift_px)
            known.append(pose.known and pose.scene == 0)
            if progress is not None:
                progress(1)
    take(detector.flush())
    tracker.close()
    return Seen(
        time_s=np.array(times, dtype=np.float64),
        frame=np.array(index, dtype=np.int64),
        shift=np.array(shifts).reshape(-1, 2),
        known=np.array(known, dtype=bool),
        tracks=tracker.finished,
        album=album,
        size=small,
        lens=Lens(scale=np.array(large) / np.array(small)),
        to_video=video / np.array(small),
    )


def _sizes(video: IntArray) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the sizes in which frames are read and looked at, with about the shape of the video.

    One is exactly twice the other: halving is by far the cheapest way to shrink a picture.
    """
    scale = SMALL_SIDE / float(video.max())
    width, height = (max(int(v * min(scale, 1.0) / 4 + 0.5) * 4, 16) for v in video)
    twice = 2 if scale < 0.75 else 1
    return (twice * width, twice * height), (width, height)


def _planes(yuv420p: ImageArray) -> tuple[ImageArray, ImageArray, ImageArray]:
    """Return brightness (H, W) and the two colour planes (H/2, W/2) of a picture (H * 3 / 2, W)."""
    height, width = yuv420p.shape[0] * 2 // 3, yuv420p.shape[1]
    colour = yuv420p[height:].reshape(2, height // 2, width // 2)
    return yuv420p[:height], colour[0], colour[1]
