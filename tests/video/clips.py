"""Small videos in which a white square tells the time: its centre is at x = 20 + 40 t on a grey, grainy ground."""

from __future__ import annotations

import functools
import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

SIZE = (208, 112)
FIRST_PX, SPEED_PX = 20.0, 40.0
MILLISECOND = Fraction(1, 1000)

Image = npt.NDArray[np.uint8]


def picture(time_s: float, size: tuple[int, int] = SIZE) -> Image:
    """The upright picture at one moment, in RGB; its upper left corner is red."""
    image = _ground(size).copy()
    x = round(FIRST_PX + SPEED_PX * time_s)
    image[40:56, x - 8 : x + 8] = 255
    return image


@functools.cache
def _ground(size: tuple[int, int]) -> Image:
    width, height = size
    grain = np.random.default_rng(0).integers(90, 120, (height, width, 1), dtype=np.uint8)
    image = np.repeat(grain, 3, axis=2)
    image[:24, :24] = (220, 0, 0)
    return image


def time_shown(image: Image) -> float:
    """The moment that a picture (RGB, grey, or yuv420p of SIZE) shows, read off its square."""
    if image.ndim == 3:
        image = image[..., 1]
    columns = (image[40:56] > 190).mean(axis=0) > 0.5
    assert columns.any(), "no square to be seen"
    return float((np.flatnonzero(columns).mean() + 0.5 - FIRST_PX) / SPEED_PX)


def write(
    path: Path,
    time_s: Sequence[float] | npt.NDArray[np.float64],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    size: tuple[int, int] = SIZE,
    time_base: Fraction = MILLISECOND,
    key_every: int = 12,
    b_frames: int = 2,
    pixel_aspect: Fraction | None = None,
    stored_turns: int = 0,
    options: dict[str, str] | None = None,
    slower: float = 1.0,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write a clip that shows these moments, at these times.

    It is stored turned by `stored_turns` quarter turns counter-clockwise, and its clock is stretched: a moment is shown
    `slower` times later. `metadata` is written for the whole file.
    """
    usual = {"bf": str(b_frames), "qmax": "20", "preset": "veryfast", "threads": "1"}
    flags = {"movflags": "+faststart+use_metadata_tags"} if path.suffix in (".mp4", ".mov") else {}
    with av.open(str(path), "w", options=flags) as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, rate=30, options=usual | (options or {}))
        stream.width, stream.height = size if stored_turns % 2 == 0 else size[::-1]
        stream.pix_fmt = pix_fmt
        stream.time_base = time_base
        stream.codec_context.time_base = time_base
        stream.codec_context.gop_size = key_every
        if pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        for t in time_s:
            image = np.ascontiguousarray(np.rot90(picture(t, size), stored_turns))
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = round(t * slower / time_base), time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def set_display_matrix(path: Path, a: int, b: int, c: int, d: int) -> None:
    """Write the turn into the track header of an MP4, as phones do: x' = a x + c y, y' = b x + d y."""
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    struct.pack_into(">9i", data, matrix, a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


def packets(path: Path) -> list[tuple[float, int, int]]:
    """Time, position in the file and size of each packet, in the order they are stored."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [(float(p.pts * p.time_base), p.pos, p.size) for p in container.demux(stream) if p.size]
