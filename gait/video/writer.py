"""Write an H.264 video with exact, possibly irregular, timestamps."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np

from gait.errors import GaitError
from gait.types import ImageArray

KEY_FRAME_EVERY = 30
"""Frames between key frames: few enough for a page to jump anywhere in the video at once."""


class VideoWriter:
    """Context manager that writes frames to an MP4 file; an error removes the unfinished file.

    Parameters
    ----------
    path : Path
    width, height : int
        Even.
    time_base : Fraction
        Unit of the timestamps, in seconds; times are rounded to it.
    fps_hint : float
        Usual frame rate, for players and for the encoder's choices; never for time.
    colorspace : int, optional
        AVColorSpace code of the yuv420p pictures, so that players show the colours of the source.
    preset, crf
        x264's effort, and its quality (lower is better and larger). At 720p on one core: ultrafast 9 ms and 5 Mbit/s,
        superfast 14 ms and 2.6 Mbit/s, veryfast 22 ms and 2 Mbit/s, and at these rates hard to tell apart by eye.

    Raises
    ------
    ValueError
        A size is odd.
    GaitError
        The file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        time_base: Fraction,
        fps_hint: float,
        colorspace: int | None = None,
        preset: str = "ultrafast",
        crf: int = 24,
    ) -> None:
        if width < 2 or height < 2 or width % 2 or height % 2:
            raise ValueError(f"VideoWriter: expected an even width and height, got {width} x {height}.")
        import av

        self._path = path
        self._size = (width, height)
        self._time_base = time_base
        self._last_pts = -1
        self._broken: GaitError | None = None
        try:
            self._container = av.open(f"file:{path}", "w", format="mp4", options={"movflags": "+faststart"})
        except (av.error.FFmpegError, OSError) as error:
            raise self._failure(error) from error
        self._stream = self._container.add_stream(
            "libx264",
            rate=Fraction(fps_hint).limit_denominator(1001),
            options={"preset": preset, "crf": str(crf)},
        )
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "yuv420p"
        # Whoever writes two videos, or draws meanwhile, does so side by side; more threads would cost a fifth more.
        self._stream.codec_context.thread_count = 1
        self._stream.time_base = time_base
        context = self._stream.codec_context
        context.time_base = time_base
        context.gop_size = KEY_FRAME_EVERY
        context.color_range = 1
        if colorspace is not None:
            context.colorspace = colorspace

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import av

        if kind is not None or self._broken:
            self._discard()
            return
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
        except (av.error.FFmpegError, OSError) as failure:
            self._discard()
            raise self._failure(failure) from failure

    def write(self, image: ImageArray, time_s: float) -> None:
        """Add a frame.

        Parameters
        ----------
        image : uint8 (H, W, 3) in RGB, or (H * 3 / 2, W) in yuv420p
            Is not copied: it must not be changed afterwards.
        time_s : float
            Presentation time, at or after zero and after that of the frame before.

        Raises
        ------
        ValueError
            The size or the time is not as it should be.
        GaitError
            The file cannot be written.
        """
        import av

        if self._broken:
            raise self._broken  # FFmpeg crashes when it is used again after a failure.
        width, height = self._size
        if image.shape not in ((height, width, 3), (height * 3 // 2, width)):
            raise ValueError(f"VideoWriter: expected a picture of {width} x {height}, got shape {image.shape}.")
        pts = round(time_s / self._time_base)
        if pts <= self._last_pts:
            raise ValueError(f"VideoWriter: expected increasing times, got {time_s:.6f} s after a later frame.")
        frame = av.VideoFrame.from_numpy_buffer(
            np.ascontiguousarray(image), format="rgb24" if image.ndim == 3 else "yuv420p"
        )
        frame.pts, frame.time_base = pts, self._time_base
        self._last_pts = pts
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.error.FFmpegError, OSError) as error:
            self._broken = self._failure(error)
            raise self._broken from error

    def _discard(self) -> None:
        import av

        try:
            self._container.close()
        except (av.error.FFmpegError, OSError):
            pass  # The file is thrown away in any case.
        finally:
            self._path.unlink(missing_ok=True)

    def _failure(self, error: Exception) -> GaitError:
        reason = getattr(error, "strerror", None) or str(error)
        return GaitError(f"{self._path}: the video cannot be written ({reason}).", "Is there space, and may you write?")
