"""How fast the clock of a video runs: phones take 120 or 240 pictures a second and play them at 30, in slow motion.

Android writes the rate of the camera into the file, for ordinary videos too; where the timestamps run at that rate,
they are those of the real motion. Apple writes none and needs none: slow motion as an iPhone records it keeps true
timestamps (`full-frame-rate-playback-intent` only says how a player shall show them), and what was slowed down for
export does not say by how much. There the user has to.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from gait.errors import UsageError
from gait.provenance import VideoFacts
from gait.types import Flag
from gait.video.container import frame_rate

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

ANDROID_KEY = "com.android.capture.fps"
ASKED_FOR = "asked for"
MAX_FPS = 2000.0

_CLEARLY = 1.2
_HIGH_SPEED_FPS = 100.0
_PLAYED_FPS = 23.0
_WHOLE = 0.03


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How a video's timestamps belong to the times of the real motion.

    Attributes
    ----------
    capture_fps : float or None
        Frames per second that the camera took, where the file or the user says so.
    source : str or None
        Who says so: `ANDROID_KEY` or `ASKED_FOR`.
    stretch : Fraction
        How many times slower the video plays than the motion was.
    """

    capture_fps: float | None
    source: str | None
    stretch: Fraction


def read_clock(
    container: InputContainer, stream: VideoStream, asked_fps: float | None, even_interval_s: float | None
) -> Clock:
    """Find out how fast the clock of an open video runs.

    Parameters
    ----------
    container, stream
        As `opened` gives them.
    asked_fps : float or None
        Frames per second that the camera took, from the user: this wins over what the file says.
    even_interval_s : float or None
        Between the timestamps; None where they are not even. The average rate that the file states is a little off
        where it is wrong about how long the last frame lasts.

    Raises
    ------
    UsageError
        No camera took that many frames per second.
    """
    played_fps = frame_rate(stream) if even_interval_s is None else 1 / even_interval_s
    stated_fps = _stated_fps(container, stream)
    if asked_fps is not None:
        return Clock(capture_fps=asked_fps, source=ASKED_FOR, stretch=_fraction(_asked(asked_fps, played_fps)))
    if stated_fps is not None:
        stretch = _fraction(_stated(stated_fps, played_fps, uneven=even_interval_s is None))
        return Clock(capture_fps=stated_fps, source=ANDROID_KEY, stretch=stretch)
    return Clock(capture_fps=None, source=None, stretch=Fraction(1))


def _fraction(ratio: float) -> Fraction:
    return Fraction(ratio).limit_denominator(10_000)


def _stated_fps(container: InputContainer, stream: VideoStream) -> float | None:
    """Return the frames per second that the camera took, as the file says; None where it says nothing (or nonsense)."""
    for metadata in (container.metadata, stream.metadata):
        with contextlib.suppress(KeyError, ValueError):
            fps = float(metadata[ANDROID_KEY])
            if 0 < fps <= MAX_FPS:
                return fps
    return None


def _stated(capture_fps: float, played_fps: float, *, uneven: bool) -> float:
    """Return how many times slower than the real motion a video plays, from what its file says; 1 where it does not.

    A camera set to 30 or 60 drops to fewer in poor light, and its times stay true. So below the rates at which cameras
    hold still in any light, only a whole ratio at an even rate counts.
    """
    ratio = capture_fps / played_fps
    if ratio <= _CLEARLY:
        return 1.0
    # The average rate of a real file is a little off: the ratio that the camera was told is a whole number.
    whole = abs(ratio / max(2, round(ratio)) - 1) < _WHOLE
    if capture_fps < _HIGH_SPEED_FPS and (uneven or not whole or played_fps < _PLAYED_FPS):
        return 1.0
    return float(round(ratio)) if whole else ratio


def _asked(capture_fps: float, played_fps: float) -> float:
    """Return the same from what the user says of the camera; below 1 where the video plays faster than the motion."""
    if not played_fps / 10 <= capture_fps <= MAX_FPS:
        raise UsageError(
            f"--capture-fps {capture_fps:g}: expected the frames per second that the camera took, from a tenth of the "
            f"{played_fps:g} at which the video plays to {MAX_FPS:g}."
        )
    return capture_fps / played_fps


def clock_flags(video: VideoFacts | None) -> tuple[Flag, ...]:
    """Say where times are not those that a player shows, or may have to be others than they are.

    Parameters
    ----------
    video : VideoFacts or None
        None for joints of other programs.
    """
    if video is None or video.capture_fps is None:
        return ()
    taken, played = (f"{round(fps, 1):g}" for fps in (video.capture_fps, video.played_fps))
    stretch = video.time_scale
    if abs(stretch - 1) > 0.01:
        motion = "slow" if stretch > 1 else "fast"
        says = "as given by the user" if video.capture_fps_source == ASKED_FOR else "as the file says"
        recorded = f"recorded at {taken} frames per second and played at {played}, {says}"
        message = (
            f"The video is in slow motion: {recorded}; all times are those of the real motion."
            if motion == "slow"
            else f"The video is in fast motion: {recorded}; all times are those of the real motion."
        )
        return (Flag(level="info", code=f"{motion}_motion", message=message),)
    if video.capture_fps > _CLEARLY * video.played_fps:
        message = (
            f"The camera was set to {taken} frames per second and the video has {played}: this was taken for frames "
            f"left out in poor light. If it plays in slow motion, measure it again with --capture-fps {taken}."
        )
        return (Flag(level="info", code="capture_rate", message=message),)
    return ()
