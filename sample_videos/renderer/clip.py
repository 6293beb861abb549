"""A clip: who walks where, how it is filmed, and every picture of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
import numpy.typing as npt

from .body import Look, dress
from .camera import Camera
from .curves import Array
from .pelvis import Walker
from .raster import Image, Shape
from .scene import Room
from .stage import Stage, set_stage
from .walker import Motion, move

View = Literal["sagittal", "frontal"]
Direction = Literal["right", "left", "toward", "away"]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody in the picture."""

    walker: Walker
    look: Look = field(default_factory=Look)
    carries: Callable[[Motion, int], list[Shape]] | None = None
    """From the motion and the number of the frame to what is in the hands."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """Everything that makes one clip.

    Attributes
    ----------
    name, description : str
    pts : (T,) whole numbers
        Presentation timestamps in units of `time_base`, the first being 0.
    time_base : Fraction
        In seconds.
    camera : callable
        From the time in seconds to the camera; the same camera for a camera that stands still.
    camera_moves : bool
    room : callable
        Makes the room.
    people : tuple of Person
        The subject first; may be empty.
    view, direction : str or None
        None where nobody walks in one direction.
    stored_turn_deg : int
        Clockwise turn that makes the stored picture upright: 0 or 90.
    crf : int
        Of the encoder: higher is smaller.
    samples : int
        A moving camera's room is drawn with this number squared of rays a pixel.
    overlay : callable or None
        From a picture to the picture with what the recorder writes over it.
    clock_stretch : float
        Seconds of the file's clock in one real second: 4 where 120 pictures a second are played at 30.
    metadata : dict
        Of the file.
    measurable : bool or None
        Whether there is gait to be measured in a clip that tests the program's judgement; None in the other clips.
    has_subject : bool
        False where the first of the people is no more than a passer-by.
    """

    name: str
    description: str
    pts: npt.NDArray[np.int64]
    time_base: Fraction
    camera: Callable[[float], Camera]
    camera_moves: bool = False
    room: Callable[[], Room]
    people: tuple[Person, ...]
    view: View | None = None
    direction: Direction | None = None
    stored_turn_deg: int = 0
    crf: int = 23
    samples: int = 1
    overlay: Callable[[Image], Image] | None = None
    clock_stretch: float = 1.0
    metadata: dict[str, str] = field(default_factory=dict)
    measurable: bool | None = None
    has_subject: bool = True

    @property
    def time_s(self) -> Array:
        """Return the real time of every frame."""
        return self.file_time_s / self.clock_stretch

    @property
    def file_time_s(self) -> Array:
        """Return the time of every frame by the file's clock."""
        return self.pts * float(self.time_base)


def motions(clip: Clip) -> list[Motion]:
    """Return everybody's motion at the times of the frames."""
    return [move(person.walker, clip.time_s) for person in clip.people]


def people_shapes(clip: Clip, moved: list[Motion], frame: int) -> list[list[Shape]]:
    """Return the shapes of each person at one frame."""
    return [
        dress(m, frame, p.walker.body, p.look) + (p.carries(m, frame) if p.carries else [])
        for p, m in zip(clip.people, moved, strict=True)
    ]


class Film:
    """Draws the pictures of a clip; whatever does not change is drawn once."""

    def __init__(self, clip: Clip) -> None:
        self.clip, self.room, self.moved = clip, clip.room(), motions(clip)
        self.still: Stage | None = None if clip.camera_moves else set_stage(self.room, clip.camera(0.0))

    def picture(self, frame: int) -> npt.NDArray[np.uint8]:
        """Return one frame as shown, uint8 (H, W, 3)."""
        camera = self.clip.camera(float(self.clip.time_s[frame]))
        stage = self.still or set_stage(self.room, camera, self.clip.samples)
        shapes = [shape for person in people_shapes(self.clip, self.moved, frame) for shape in person]
        drawn = stage.with_people(shapes)
        if self.clip.overlay:
            drawn = self.clip.overlay(drawn)
        return np.clip(drawn * 255 + 0.5, 0, 255).astype(np.uint8)


_film: Film | None = None


def _picture(frame: int) -> npt.NDArray[np.uint8]:
    assert _film is not None
    return _film.picture(frame)


def pictures(clip: Clip, processes: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the frames in order, drawn by several processes."""
    global _film
    # The room is painted once, here; forked children inherit it, and one thread in each is enough.
    cv2.setNumThreads(1)
    _film = Film(clip)
    with get_context("fork").Pool(processes) as pool:
        yield from pool.imap(_picture, range(len(clip.pts)), chunksize=4)


def write(clip: Clip, path: Path, processes: int) -> None:
    """Draw the clip and write it as H.264."""
    fps = Fraction(len(clip.pts) - 1) / (int(clip.pts[-1]) * clip.time_base)
    # The format's own names of metadata, or whatever names a phone gives them.
    flags = "+faststart+use_metadata_tags" if clip.metadata else "+faststart"
    with av.open(str(path), "w", options={"movflags": flags}) as container:
        container.metadata.update(clip.metadata)
        stream = container.add_stream("libx264", rate=fps.limit_denominator(1000))
        # One thread: the same file on every machine with the same encoder.
        stream.codec_context.thread_count = 1
        stream.options = {"crf": str(clip.crf), "preset": "slow", "g": "60"}
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = clip.time_base
        if clip.stored_turn_deg:
            stream.set_display_rotation(-clip.stored_turn_deg)
        camera, quarters = clip.camera(0.0), clip.stored_turn_deg // 90
        size = (camera.width, camera.height)
        stream.width, stream.height = size if quarters % 2 == 0 else size[::-1]
        for pts, shown in zip(clip.pts, pictures(clip, processes), strict=True):
            stored = np.ascontiguousarray(np.rot90(shown, quarters))
            frame = av.VideoFrame.from_ndarray(stored, format="rgb24")
            frame.pts, frame.time_base = int(pts), clip.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
