"""Decode, draw and encode at the same time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from gait.ahead import ahead
from gait.types import FloatArray, ImageArray, VideoInfo
from gait.video.clip import Clip, Frame
from gait.video.writer import VideoWriter
from gait.yuv import luma_and_chroma

_AHEAD = 4
"""Frames that decoding may be ahead of drawing, and drawing ahead of encoding."""
_MOST_PX = 8192
"""Width or height of a picture that H.264 has room for."""
_REAL_TIME_BASE = Fraction(1, 90_000)
"""Where the clock is stretched, its unit may be a fraction that MP4 has no room for."""

Draw = Callable[[ImageArray, int, float], None]
"""Called with the picture to draw on, the position of the frame among those wanted, and its time in the clip."""


def fitted_size(info: VideoInfo, short_side_px: int) -> tuple[int, int]:
    """Return the even (width, height) of a picture to draw on, in the shape of the video.

    Its shorter side is at most `short_side_px`; and at least two thirds of it, so that lines and joints of a small clip
    can be told apart, enlarged four times at most, and to no more than H.264 has room for.
    """
    short = min(info.width_px, info.height_px)
    largest = _MOST_PX / max(info.width_px, info.height_px)
    scale = min(short_side_px / short, max(1.0, short_side_px * 2 / 3 / short), 4.0, largest)
    width, height = (max(2, 2 * int(side * scale / 2 + 1e-6)) for side in (info.width_px, info.height_px))
    return width, height


def transcode(
    clip: Clip,
    time_s: Sequence[float] | FloatArray,
    path: Path,
    *,
    size: tuple[int, int],
    below_px: int = 0,
    draw: Draw,
    also: tuple[Path, Draw] | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write the frames with these times to a new video, drawn on; the first one is at time zero.

    Slow motion becomes a video at true speed, so that its times are those of the motion. Decoding, drawing and encoding
    overlap. A failure in any of them is raised here, after all of them have stopped and the unfinished file is gone.

    Parameters
    ----------
    clip : Clip
    time_s : (T,) increasing
        As a pass over the clip gave them.
    path : Path
        Of the new MP4 file.
    size : (width, height)
        Of the picture in the new video, even; see `fitted_size`.
    below_px : int
        Height of what is added under the picture, even; its content is up to `draw`.
    draw : callable
        Called with the picture to draw on in yuv420p, ((H + below_px) * 3 / 2, W), the position of the frame in
        `time_s`, and its time in the clip.
    also : (path, callable), optional
        A second MP4 file of the same frames, without what `draw` does and what is added below, and what is drawn onto
        it. The clip is decoded once for both.
    progress : callable, optional
        Called with the number of frames done since the last call.

    Raises
    ------
    InputError
        The clip cannot be read.
    GaitError
        The new file cannot be written.
    """
    info = clip.info
    first_s = float(time_s[0])
    frames = clip.frames_at(time_s, size=size, pixel_format="yuv420p")
    with ExitStack() as stack:

        def encoder(path: Path, height: int) -> Callable[[ImageArray, float], None]:
            writer = VideoWriter(
                path,
                width=size[0],
                height=height,
                time_base=info.time_base if info.clock_stretch == 1.0 else _REAL_TIME_BASE,
                fps_hint=clip.fps or info.nominal_fps,
                colorspace=clip.colorspace,
            )
            stack.enter_context(writer)
            run = stack.enter_context(_one_behind_another())
            return lambda image, at_s: run(partial(writer.write, image, at_s))

        encode = encoder(path, size[1] + below_px)
        encode_also = encoder(also[0], size[1]) if also else None
        pictures = _pictures(frames, below_px, twice=also is not None)
        for i, (frame, image) in enumerate(stack.enter_context(ahead(pictures, _AHEAD))):
            draw(image, i, frame.time_s)
            encode(image, frame.time_s - first_s)
            if also and encode_also:
                also[1](frame.image, i, frame.time_s)
                encode_also(frame.image, frame.time_s - first_s)
            if progress is not None:
                progress(1)


def _with_room(image: ImageArray, below_px: int, *, copy: bool) -> ImageArray:
    """Return a yuv420p picture, (H * 3 / 2, W), with so many rows more under it; what they hold is undefined."""
    if below_px == 0:
        return image.copy() if copy else image
    taller = np.empty((len(image) + below_px * 3 // 2, image.shape[1]), dtype=np.uint8)
    for into, plane in zip(luma_and_chroma(taller), luma_and_chroma(image), strict=True):
        into[..., : plane.shape[-2], :] = plane
    return taller


def _pictures(
    frames: Generator[Frame, None, None], below_px: int, *, twice: bool
) -> Generator[tuple[Frame, ImageArray], None, None]:
    """Yield frames, each with a picture to draw on, made where the frames are decoded; a copy where both are used."""
    with closing(frames):
        for frame in frames:
            yield frame, _with_room(frame.image, below_px, copy=twice)


@contextmanager
def _one_behind_another() -> Iterator[Callable[[Callable[[], None]], None]]:
    """Give a function that runs jobs in order in another thread; it waits while too many are waiting."""
    waiting: deque[Future[None]] = deque()

    def run(job: Callable[[], None]) -> None:
        while len(waiting) >= _AHEAD:
            waiting.popleft().result()
        waiting.append(pool.submit(job))

    with ThreadPoolExecutor(1, "encode") as pool:
        try:
            yield run
            for job in waiting:
                job.result()
        finally:
            pool.shutdown(cancel_futures=True)
