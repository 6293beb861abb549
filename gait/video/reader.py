"""Look at a video file and make a clip of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gait.errors import InputError
from gait.types import FloatArray, VideoInfo
from gait.video.clip import Clip, Frame
from gait.video.clock import read_clock
from gait.video.container import frame_rate, opened, stated_duration_s, time_base
from gait.video.decode import ReadReport, decode
from gait.video.picture import orientation

__all__ = ["Clip", "Frame", "open_video", "probe"]

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_SCAN_PACKETS = 240
_MAX_REORDER = 16


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
        As for `probe`; or the chosen part is empty or begins after the end.
    UsageError
        `capture_fps` does not fit the video.
    """
    path = Path(path)
    if fps is not None and not fps > 0:
        raise InputError(f"{path}: {fps:g} frames per second were asked for.", "Ask for more than zero.")
    if end_s is not None and end_s <= start_s:
        raise InputError(f"{path}: the part from {start_s:g} s to {end_s:g} s is empty.", "Choose a later end.")
    with opened(path, threads=1) as (container, stream):
        interval_s = _intervals(container.demux(stream)) * float(time_base(stream))
    with opened(path, threads=1) as (container, stream):
        first = next(decode(container, stream, ReadReport()), None)
        if first is None:
            raise InputError(f"{path}: no frame of the video can be decoded.", "Copy it again from the camera.")
        base = time_base(stream)
        duration_s = stated_duration_s(container, stream)
        even = len(interval_s) > 0 and not _varies(interval_s, float(base))
        clock = read_clock(container, stream, capture_fps, float(interval_s.mean()) if even else None)
        stretch = float(clock.stretch)
        rotation_deg, mirrored = orientation(first.frame)
        width, height = _displayed_size(first.frame, stream.sample_aspect_ratio, rotation_deg)
        info = VideoInfo(
            path=path,
            width_px=width,
            height_px=height,
            time_base=base / clock.stretch,
            nominal_fps=frame_rate(stream) * stretch,
            n_frames=stream.frames or None,
            duration_s=None if duration_s is None else duration_s / stretch,
            rotation_deg=rotation_deg,
            is_variable_rate=_varies(interval_s / stretch, float(base / clock.stretch)),
            codec=stream.codec_context.name,
            capture_fps=clock.capture_fps,
            capture_fps_source=clock.source,
            clock_stretch=stretch,
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
    )


def _displayed_size(frame: VideoFrame, pixel_aspect: Fraction | None, rotation_deg: int) -> tuple[int, int]:
    """Return width and height with square pixels, upright."""
    width = max(1, round(frame.width * (pixel_aspect or 1)))
    return (frame.height, width) if rotation_deg in (90, 270) else (width, frame.height)


def _intervals(packets: Iterator[Packet[VideoStream]]) -> FloatArray:
    """Return the times between successive frames near the beginning, in ticks."""
    pts = sorted({p.pts for p in itertools.islice(packets, _SCAN_PACKETS) if p.pts is not None})
    # The frames shown last may lack a neighbour that is stored later.
    return np.diff(pts[:-_MAX_REORDER]).astype(np.float64)


def _varies(interval_s: FloatArray, tick_s: float) -> bool:
    """Return whether the intervals differ by more than the rounding of timestamps explains."""
    return len(interval_s) > 1 and float(np.ptp(interval_s)) > max(2.5 * tick_s, 0.002)
