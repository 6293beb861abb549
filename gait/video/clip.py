"""Clips: which frames of a video are used, and the frames themselves, one at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from gait.errors import InputError
from gait.provenance import VideoFacts
from gait.types import FloatArray, ImageArray, VideoInfo
from gait.video.container import opened, seek
from gait.video.decode import ReadReport, decode
from gait.video.picture import Converter

_TIME_SLACK_S = 1e-6


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One frame.

    Attributes
    ----------
    time_s : float
        Presentation time less that of the first frame; of the real motion, also where the video plays in slow motion.
    index : int
        Number of the frame in the file, counted from zero in presentation order; -1 where it is not known.
    make_image : callable
        Gives the picture; scaling takes longer than decoding, so it is made when it is asked for.
    """

    time_s: float
    index: int
    make_image: Callable[[], ImageArray] = field(repr=False)

    @cached_property
    def image(self) -> ImageArray:
        """The picture, uint8: (H, W, 3) for rgb24, (H, W) for gray, (H * 3 / 2, W) for yuv420p."""
        return self.make_image()


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A video and the frames of it that are used; small, picklable, and holds no open file.

    Attributes
    ----------
    info : VideoInfo
    fps : float or None
        Frames per second to use; all when None.
    start_s, end_s : float, float or None
        The part that is used, half-open, in seconds of the real motion.
    origin_pts : int
        Timestamp of the first frame, in `info.time_base`.
    mirrored : bool
        Whether the picture is stored flipped left to right.
    seekable : bool
        Whether the frames carry timestamps of their own.
    colorspace : int
        AVColorSpace code of the stored pictures; 2 where the file does not say.
    within_pts : (int, int) or None
        First and last timestamp of the stretch that is used, where the clock of the file leaps.
    leap : str
        What is said of the leap, in one sentence; empty where there is none.
    report : ReadReport
        What the latest full pass, `frames`, found wrong with the file.
    """

    info: VideoInfo
    fps: float | None = None
    start_s: float = 0.0
    end_s: float | None = None
    origin_pts: int = 0
    mirrored: bool = False
    seekable: bool = True
    colorspace: int = 2
    within_pts: tuple[int, int] | None = None
    leap: str = ""
    report: ReadReport = field(default_factory=ReadReport, compare=False)

    @property
    def path(self) -> Path:
        """The file."""
        return self.info.path

    @property
    def damage(self) -> str | None:
        """What the latest full pass found wrong with the file, in plain sentences; None for a sound one."""
        return " ".join(filter(None, (self.leap, *self.report.notes))) or None

    @property
    def expected_frames(self) -> int | None:
        """About how many frames a pass will give; None where the file does not say how long it is."""
        rate = self.info.nominal_fps
        duration_s = self.info.n_frames / rate if self.info.n_frames else self.info.duration_s
        if duration_s is None:
            return None
        start_s, end_s = self.start_s, min(duration_s, self.end_s or duration_s)
        if self.within_pts is not None:
            start_s, end_s = max(start_s, self._time_s(self.within_pts[0])), self._time_s(self.within_pts[1])
        part_s = max(0.0, end_s - start_s)
        return max(1, round(part_s * min(rate, self.fps or rate)))

    def frames(
        self,
        *,
        size: tuple[int, int] | None = None,
        pixel_format: str = "rgb24",
        threads: int = 0,
    ) -> Generator[Frame, None, None]:
        """Yield every sampled frame in presentation order; after the last one, `report` is complete.

        Parameters
        ----------
        size : (width, height), optional
            Scale the upright picture to this size; as displayed when absent.
        pixel_format : {"rgb24", "gray", "yuv420p"}
        threads : int
            Decoding threads; 0 takes one where the pictures are small, and lets FFmpeg choose where they are large.

        Raises
        ------
        InputError
            The file cannot be read any more, or no frame is in the chosen part.
        """
        self.report.clear()
        convert = self._converter(size, pixel_format)
        chosen = _Sampler(self)
        n_given = 0
        with opened(self.path, threads) as (container, stream):
            found = decode(
                container,
                stream,
                self.report,
                self.origin_pts,
                start_pts=self._start_pts,
                real_base=self.info.time_base,
                within=self.within_pts,
            )
            for item in found:
                time_s = self._time_s(item.pts)
                if self.end_s is not None and time_s >= self.end_s - _TIME_SLACK_S:
                    break
                if chosen(time_s):
                    n_given += 1
                    yield Frame(time_s=time_s, index=item.index, make_image=partial(convert, item.frame))
        if n_given == 0:
            # As they were given: as a player shows them.
            played = self.info.clock_stretch
            until = "the end" if self.end_s is None else f"{self.end_s * played:g} s"
            raise InputError(
                f"{self.path}: has no frame between {self.start_s * played:g} s and {until}.",
                "Choose another start and end.",
            )

    def frames_at(
        self,
        time_s: Sequence[float] | FloatArray,
        *,
        size: tuple[int, int] | None = None,
        pixel_format: str = "rgb24",
        threads: int = 0,
    ) -> Generator[Frame, None, None]:
        """Yield exactly the frames with these times, as an earlier pass gave them.

        Decoding begins at the key frame before the first of them, so that workers can share one clip.

        Parameters
        ----------
        time_s : (T,) increasing
        size, pixel_format, threads
            As in `frames`.

        Raises
        ------
        InputError
            A frame is not there any more: the file has changed since.
        """
        ticks = [self.origin_pts + round(t / float(self.info.time_base)) for t in time_s]
        if not ticks:
            return
        if any(b <= a for a, b in itertools.pairwise(ticks)):
            raise ValueError("time_s: expected increasing times.")
        convert = self._converter(size, pixel_format)
        n_given = 0
        for back_s in self._seeks(ticks[0]):
            with opened(self.path, threads) as (container, stream):
                if back_s is not None and not seek(container, stream, ticks[0] - round(back_s / self.info.time_base)):
                    continue
                found = decode(
                    container, stream, ReadReport(), self.origin_pts, only_sound=False, within=self.within_pts
                )
                for item in found:
                    if item.pts < ticks[n_given]:
                        continue
                    if item.pts > ticks[n_given]:
                        break
                    index = item.index if back_s is None else -1
                    yield Frame(time_s=self._time_s(item.pts), index=index, make_image=partial(convert, item.frame))
                    n_given += 1
                    if n_given == len(ticks):
                        return
        raise InputError(
            f"{self.path}: the frame at {time_s[n_given]:.3f} s is not there any more.", "Was the file changed?"
        )

    def _seeks(self, pts: int) -> tuple[float | None, ...]:
        """Return how many seconds before `pts` to seek, in turn; None is reading from the start.

        A container may land on a key frame that is decoded before the wanted frame but shown after it.
        """
        return (0.0, 2.0, 10.0, None) if self.seekable and pts > self.origin_pts else (None,)

    @property
    def _start_pts(self) -> int | None:
        return self.origin_pts + math.floor(self.start_s / self.info.time_base) if self.start_s > 0 else None

    def _time_s(self, pts: int) -> float:
        base = self.info.time_base
        return (pts - self.origin_pts) * base.numerator / base.denominator

    def _converter(self, size: tuple[int, int] | None, pixel_format: str) -> Converter:
        size = (self.info.width_px, self.info.height_px) if size is None else size
        return Converter(size, pixel_format, self.info.rotation_deg, self.mirrored)


class _Sampler:
    """Decides by its time alone, and the period it falls in, whether a frame is used.

    The periods are counted from time zero. A frame up to a quarter of the frame interval early still belongs to the
    next period, so that the jitter of timestamps does not make the choice irregular.
    """

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self._early_s = 0.25 / clip.info.nominal_fps
        self._last_period = -1

    def __call__(self, time_s: float) -> bool:
        if time_s < self._clip.start_s - _TIME_SLACK_S:
            return False
        if self._clip.fps is None:
            return True
        period = math.floor((time_s + self._early_s) * self._clip.fps)
        if period <= self._last_period:
            return False
        self._last_period = period
        return True


def describe_clip(clip: Clip, n_frames_used: int) -> VideoFacts:
    """Return what must be known of a video to judge what was measured in it."""
    info = clip.info
    return VideoFacts(
        width_px=info.width_px,
        height_px=info.height_px,
        duration_s=info.duration_s,
        nominal_fps=info.nominal_fps,
        played_fps=info.played_fps,
        capture_fps=info.capture_fps,
        capture_fps_source=info.capture_fps_source,
        time_scale=info.clock_stretch,
        is_variable_rate=info.is_variable_rate,
        rotation_deg=info.rotation_deg,
        codec=info.codec,
        recorded_at=info.recorded_at,
        n_frames_used=n_frames_used,
    )
