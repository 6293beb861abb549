"""The one pass over the video: pictures go in, tracks and a few kept pictures come out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gait.ahead import ahead
from gait.frames import FramesInOrder, NumberedPicture
from gait.subject.camera import CameraMotion, CameraPose
from gait.subject.detections import EARLY_S, Detections, Detector, Sample
from gait.subject.track.album import Album
from gait.subject.track.clothes import seen_on
from gait.subject.track.tracker import Track, Tracker
from gait.types import FloatArray, ImageArray, IntArray

DETECT_EVERY_S = 2 / 15
"""A walker moves smoothly: between two looks the path is interpolated."""

DECODE_AHEAD = 24
"""Frames decoded, and pictures announced to the detector, while a detection is under way."""

LONGER_SIDE = 960
"""Of the pictures that are looked at, in pixels; the motion of the camera is read off pictures of half that size."""

PERSON_WIDE, PERSON_UP, PERSON_DOWN = 0.6, 1.15, 1.1
"""Where no background is looked for: around the hips of people who are known, in reaches."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """All that one pass over the video leaves behind.

    Attributes
    ----------
    time_s : float64 (T,)
    frame : int64 (T,)
    shift : float64 (T, 2)
        Of the fixed background, in pixels of the sample.
    zoom : float64 (T,)
        How much larger the background is than in the first frame.
    known : bool (T,)
        Whether shift and zoom are known.
    scene : int64 (T,)
        Counts the cuts; from one scene to the next, shift and zoom tell nothing.
    tracks : list of Track
    album : Album
    size : (width, height)
        Of the samples.
    to_video : float64 (2,)
        Pixels of the video per pixel of the sample, x and y.
    """

    time_s: FloatArray
    frame: IntArray
    shift: FloatArray
    zoom: FloatArray
    known: npt.NDArray[np.bool_]
    scene: IntArray
    tracks: list[Track]
    album: Album
    size: tuple[int, int]
    to_video: FloatArray

    def shift_at(self, time_s: float) -> FloatArray:
        """Return the shift of the background at about a time."""
        return np.asarray(self.shift[int(np.argmin(np.abs(self.time_s - time_s)))])


def watch(clip: FramesInOrder, detector: Detector, progress: Callable[[int], None] | None) -> Seen:
    """Go through the video once."""
    import cv2

    tracker, album, camera = Tracker(), Album(), CameraMotion()
    video = np.array([clip.info.width_px, clip.info.height_px])
    large, small = _sizes(video)
    per_small = large[0] / small[0]
    times: list[float] = []
    index: list[int] = []
    poses: list[CameraPose] = []

    def take(found: Iterator[Detections]) -> None:
        for each in found:
            clothes = [seen_on(each.sample.rgb, *person) for person in zip(each.hips, each.reach, strict=True)]
            tracker.update(each, clothes)
            album.refer(each.sample.time_s, tracker.live, tracker.finished)

    with ahead(_with_pictures(clip, large, detector), DECODE_AHEAD) as frames:
        for frame, rgb in frames:
            pose = replace(poses[-1], known=True) if poses else None
            if rgb is not None or pose is None or not camera.is_fixed:
                luma = frame.image[: large[1]]
                gray = cv2.resize(luma, small, interpolation=cv2.INTER_AREA) if large != small else luma
                people = tracker.expected(frame.time_s, poses[-1].shift_px if poses else np.zeros(2))
                pose = camera.update(gray, _margins(people) / per_small)
                pose = replace(pose, shift_px=pose.shift_px * per_small)
            if rgb is not None:
                album.offer(frame.time_s, rgb)
                sample = Sample(row=len(times), time_s=frame.time_s, rgb=rgb, camera=pose)
                take(detector.push(sample, tracker.expected(frame.time_s, pose.shift_px)))
            times.append(frame.time_s)
            index.append(frame.index)
            poses.append(pose)
            if progress is not None:
                progress(1)
    take(detector.flush())
    tracker.close()
    return Seen(
        time_s=np.array(times, dtype=np.float64),
        frame=np.array(index, dtype=np.int64),
        shift=np.array([pose.shift_px for pose in poses]).reshape(-1, 2),
        zoom=np.array([pose.zoom for pose in poses]),
        known=np.array([pose.known for pose in poses], dtype=bool),
        scene=np.array([pose.scene for pose in poses], dtype=np.int64),
        tracks=tracker.finished,
        album=album,
        size=large,
        to_video=video / np.array(large),
    )


def _with_pictures(
    clip: FramesInOrder, size: tuple[int, int], detector: Detector
) -> Generator[tuple[NumberedPicture, ImageArray | None], None, None]:
    """Yield all frames, and of those at which the detector looks the picture in RGB; runs in a thread."""
    import cv2

    next_s = -np.inf
    with closing(clip.frames(size=size, pixel_format="yuv420p")) as frames:
        for frame in frames:
            rgb = None
            if frame.time_s >= next_s:
                next_s = frame.time_s + DETECT_EVERY_S - EARLY_S
                rgb = cv2.cvtColor(frame.image, cv2.COLOR_YUV2RGB_I420)
                detector.announce(frame.time_s, rgb)
            yield frame, rgb


def _margins(people: FloatArray) -> FloatArray:
    """Return generous boxes, (N, 4), around people (N, 3), in which no background is looked for."""
    x, y, reach = people.T
    return np.stack(
        [x - PERSON_WIDE * reach, y - PERSON_UP * reach, x + PERSON_WIDE * reach, y + PERSON_DOWN * reach], axis=1
    )


def _sizes(video: IntArray) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the sizes in which people and the background are looked at, with about the shape of the video.

    One is exactly twice the other: halving is by far the cheapest way to shrink a picture.
    """
    scale = LONGER_SIDE / 2 / float(video.max())
    width, height = (max(int(v * min(scale, 1.0) / 4 + 0.5) * 4, 16) for v in video)
    twice = 2 if scale < 0.75 else 1
    return (twice * width, twice * height), (width, height)
