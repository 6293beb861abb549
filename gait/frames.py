"""What the stages need of a video: frames, in order or at given times. A clip gives both, a photograph the second."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, Protocol

from gait.types import FloatArray, ImageArray, VideoInfo


class Picture(Protocol):
    """A picture and its time."""

    @property
    def time_s(self) -> float:
        """Presentation time."""
        ...

    @property
    def image(self) -> ImageArray:
        """In the pixel format asked for."""
        ...


class NumberedPicture(Picture, Protocol):
    """The same with the number of its frame in the file."""

    @property
    def index(self) -> int:
        """Counted from the first frame of the file."""
        ...


class FramesInOrder(Protocol):
    """What can be gone through from start to end."""

    @property
    def info(self) -> VideoInfo:
        """Size, rate and the like."""
        ...

    def frames(
        self, *, size: tuple[int, int] | None = None, pixel_format: Any = "rgb24"
    ) -> Generator[NumberedPicture, None, None]:
        """Yield the sampled frames."""
        ...


class FramesAtTimes(Protocol):
    """What shows a picture at any of its times."""

    @property
    def info(self) -> VideoInfo:
        """Size, rate and the like."""
        ...

    def frames_at(
        self, time_s: FloatArray, *, size: tuple[int, int] | None = None, pixel_format: str = "rgb24", threads: int = 0
    ) -> Iterator[Picture]:
        """Yield exactly the frames with these presentation times."""
        ...
