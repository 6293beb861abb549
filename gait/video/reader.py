"""Look at a video file and make a clip of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gait.arrays import stretches
from gait.errors import InputError, UsageError
from gait.types import FloatArray, IntArray, VideoInfo
from gait.video.clip import Clip, Frame
from gait.video.clock import MAX_FPS, read_clock
from gait.video.container import frame_rate, opened, recorded_at, stamp, stated_duration_s, time_base
from gait.video.decode import ReadReport, decode
from gait.video.picture import orientation

__all__ = ["Clip", "Frame", "open_video", "probe"]

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_FIRST_FRAMES = 240
"""That tell whether the rate varies."""
_MAX_REORDER = 16
MOST_APART_S = 5.0
"""Frames further apart than this belong to two recordings, or a timestamp is wrong."""
_LEAST_SIDE_PX = 16
"""No body could be seen in less, and no encoder takes it."""
_ODD_PIXELS = 4.0
"""No pixel is so many times as wide as high, or as high as wide: what says so is wrong."""


def probe(path: Path | str) -> VideoInfo:
    """Read what a video file says of itself.

    Raises
    ------
    InputError
        The file is missing, a folder, not a video, without video, or no frame of it can be decoded.
    """
    return open_video(path).info


def open_video(
    path: Path | str,
    *,
    fps: float | None = None,
    start_s: float = 0.0,
    end_s: float | None = None,
    capture_fps: float | None = None,
) -> Clip:
    """Look at a video and choose the frames to use.

    Parameters
    ----------
    path : Path or str
    fps : float, optional
        Frames per second (of the real motion) to use; every frame when absent, or when the video has fewer.
    start_s, end_s : float, optional
        The part to use, half-open, counted from the first frame: in seconds as a player shows them.
    capture_fps : float, optional
        Frames per second that the camera took; as the file says when absent, which else has true times.

    Raises
    ------
    InputError
        As for `probe`; or the chosen part begins after the end of the video.
    UsageError
        The chosen part is empty, or `capture_fps` does not fit the video.
    """
    path = Path(path)
    if fps is not None and not fps > 0:
        raise UsageError(f"{path}: {fps:g} frames per second were asked for.", "Ask for more than zero.")
    if end_s is not None and end_s <= start_s:
        raise UsageError(f"{path}: the part from {start_s:g} s to {end_s:g} s is empty.", "Choose a later end.")
    with opened(path, threads=1) as (container, stream):
        stamps = _stamps(container, stream)
    with opened(path, threads=1) as (container, stream):
        first = next(decode(container, stream, ReadReport()), None)
        if first is None:
            raise InputError(f"{path}: no frame of the video can be decoded.", "Copy it again from the camera.")
        base = time_base(stream)
        duration_s = stated_duration_s(container, stream)
        parts = _stretches(stamps, first.pts, float(base), start_s, end_s)
        used = max(parts, key=len, default=stamps)
        leaps = len(parts) > 1
        # The frames shown last may lack a neighbour that is stored later.
        interval_s = np.diff(used[: _FIRST_FRAMES - _MAX_REORDER]) * float(base)
        if len(interval_s) and np.median(interval_s) < 1 / MAX_FPS:
            raise InputError(
                f"{path}: its timestamps are wrong: {1 / np.median(interval_s):.0f} frames in a second.",
                "Convert it to MP4 first.",
            )
        even = len(interval_s) > 0 and not _varies(interval_s, float(base))
        clock = read_clock(container, stream, capture_fps, float(interval_s.mean()) if even else None)
        stretch = float(clock.stretch)
        rotation_deg, mirrored = orientation(first.frame)
        width, height = _displayed_size(first.frame, stream.sample_aspect_ratio, rotation_deg)
        if min(width, height) < _LEAST_SIDE_PX:
            raise InputError(f"{path}: pictures of {width} x {height} pixels are too small to show anybody.")
        info = VideoInfo(
            path=path,
            width_px=width,
            height_px=height,
            time_base=base / clock.stretch,
            nominal_fps=(1 / float(np.median(interval_s)) if leaps and len(interval_s) else frame_rate(stream))
            * stretch,
            n_frames=stream.frames or None,
            duration_s=None if duration_s is None else duration_s / stretch,
            rotation_deg=rotation_deg,
            is_variable_rate=_varies(interval_s / stretch, float(base / clock.stretch)),
            codec=stream.codec_context.name,
            capture_fps=clock.capture_fps,
            capture_fps_source=clock.source,
            clock_stretch=stretch,
            recorded_at=recorded_at(container, stream),
        )
    # Where the rate varies, the stated duration may be a little short.
    if duration_s is not None and start_s > duration_s + 1:
        raise InputError(
            f"{path}: the start at {start_s:g} s is after the end of the video ({duration_s:.1f} s).",
            "Choose an earlier start.",
        )
    return Clip(
        info=info,
        fps=fps,
        start_s=start_s / stretch,
        end_s=None if end_s is None else end_s / stretch,
        origin_pts=first.pts,
        mirrored=mirrored,
        seekable=first.frame.pts is not None,
        colorspace=first.frame.colorspace,
        within_pts=(int(used[0]), int(used[-1])) if leaps else None,
        leap=_leap(used, len(parts), first.pts, float(base)) if leaps else "",
    )


def _leap(used: IntArray, n_parts: int, origin_pts: int, tick_s: float) -> str:
    start_s, end_s = ((int(pts) - origin_pts) * tick_s for pts in (used[0], used[-1]))
    return (
        f"The clock of the video leaps: of {n_parts} parts, more than {MOST_APART_S:g} s from each other, only the one "
        f"with the most frames was used, from {start_s:.1f} to {end_s:.1f} s (others with --start and --end)."
    )


def _displayed_size(frame: VideoFrame, pixel_aspect: Fraction | None, rotation_deg: int) -> tuple[int, int]:
    """Return width and height with square pixels, upright."""
    aspect = pixel_aspect if pixel_aspect and 1 / _ODD_PIXELS < pixel_aspect < _ODD_PIXELS else 1
    width = max(1, round(frame.width * aspect))
    return (frame.height, width) if rotation_deg in (90, 270) else (width, frame.height)


def _stamps(container: InputContainer, stream: VideoStream) -> IntArray:
    """Return the timestamps of all frames, each once, in order; as many as can be read."""
    import av

    def read() -> Iterator[int]:
        with contextlib.suppress(av.error.FFmpegError):
            for packet in container.demux(stream):
                pts = stamp(container, packet)
                if pts is not None and not packet.is_discard:
                    yield pts

    return np.unique(np.fromiter(read(), dtype=np.int64))


def _stretches(stamps: IntArray, origin_pts: int, tick_s: float, start_s: float, end_s: float | None) -> list[IntArray]:
    """Return the timestamps of each stretch without a leap, in the chosen part."""
    time_s = (stamps - origin_pts) * tick_s
    chosen = stamps[(time_s >= start_s - tick_s) & (time_s < (np.inf if end_s is None else end_s))]
    return [chosen[a:b] for a, b in stretches((chosen - origin_pts) * tick_s, MOST_APART_S)]


def _varies(interval_s: FloatArray, tick_s: float) -> bool:
    """Return whether the intervals differ by more than the rounding of timestamps explains."""
    return len(interval_s) > 1 and float(np.ptp(interval_s)) > max(2.5 * tick_s, 0.002)
