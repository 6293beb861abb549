"""Photographs: read upright from a file, and passed on as a clip of one frame, which every pose model takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from gait.errors import InputError
from gait.inputs import check_file
from gait.quiet import quiet
from gait.types import FloatArray, ImageArray, VideoInfo
from gait.video.clip import Frame
from gait.video.container import opened
from gait.video.reader import open_video

_JPEG, _PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
_SCAN, _END = 0xDA, b"\xff\xd9"
_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
"""First names, in the file, of the formats that hold a picture as one frame of a video: HEIC and AVIF."""
_CONVERT = "Give a photograph as JPEG or PNG."
_LARGEST_FILE = 300_000_000


@dataclass(frozen=True, kw_only=True)
class Photo:
    """A photograph as a clip of one frame, at time zero; picklable.

    Attributes
    ----------
    info : VideoInfo
        Its size is that of the upright picture; the frame rate says nothing.
    rgb : uint8 (H, W, 3)
        The upright picture.
    """

    info: VideoInfo
    rgb: ImageArray = field(repr=False)

    def frames_at(
        self, time_s: FloatArray, *, size: tuple[int, int] | None = None, pixel_format: str = "rgb24", threads: int = 0
    ) -> Iterator[Frame]:
        """Yield the picture for each of the times.

        Raises
        ------
        ValueError
            Another size or pixel format than that of the picture is asked for.
        """
        if size not in (None, (self.info.width_px, self.info.height_px)) or pixel_format != "rgb24":
            raise ValueError(f"Photo.frames_at: expected the picture as it is, got {size}, {pixel_format!r}.")
        for time in time_s:
            yield Frame(time_s=float(time), index=0, make_image=partial(np.asarray, self.rgb))


def open_photo(path: Path) -> Photo:
    """Read a photograph.

    JPEG, PNG, WebP and TIFF are turned upright as their EXIF says; HEIC and AVIF are read where they hold the picture
    in one piece (phones cut theirs into tiles, which are not put together here).

    Raises
    ------
    InputError
        The file is missing, cut off, or not a picture that can be read.
    """
    data = _contents(path)
    rgb = _one_frame(path) if data[4:8] == b"ftyp" and data[8:12] in _BRANDS else _decoded(path, data)
    height, width = rgb.shape[:2]
    info = VideoInfo(
        path=path,
        width_px=width,
        height_px=height,
        time_base=Fraction(1),
        nominal_fps=1.0,
        n_frames=1,
        duration_s=None,
        rotation_deg=0,
        is_variable_rate=False,
        codec=path.suffix.lower().lstrip("."),
    )
    return Photo(info=info, rgb=rgb)


def _contents(path: Path) -> bytes:
    check_file(path, "a picture")
    if path.stat().st_size > _LARGEST_FILE:
        raise InputError(f"{path}: is too large for a picture.", _CONVERT)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error


def _decoded(path: Path, data: bytes) -> ImageArray:
    import cv2

    if _is_cut_off(data):
        raise InputError(f"{path}: the picture is cut off.", "Copy it again.")
    try:
        with quiet():
            # Upright by EXIF; transparency is dropped, and 16 bits become 8.
            bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise InputError(f"{path}: cannot be read as a picture.", _CONVERT) from error
    if bgr is None:
        raise InputError(f"{path}: is not a picture that can be read.", _CONVERT)
    return np.ascontiguousarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))


def _is_cut_off(data: bytes) -> bool:
    """Whether a JPEG or PNG ends early: OpenCV would fill the rest with grey and say nothing."""
    if data.startswith(_PNG):
        return b"IEND" not in data
    if not data.startswith(_JPEG):
        return False
    # Up to the first scan the parts say how long they are; a preview inside one of them has an end of its own.
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        if data[at + 1] == _SCAN:
            return data.find(_END, at) < 0
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big") if data[at + 1] != 0xFF else 1
    return True


def _one_frame(path: Path) -> ImageArray:
    try:
        with opened(path) as (container, _):
            pieces = len(container.streams.video)
        frame = next(open_video(path).frames_at(np.zeros(1)), None)
    except InputError as error:
        raise InputError(f"{path}: this HEIC or AVIF cannot be read.", _CONVERT) from error
    if frame is None or pieces > 1:
        raise InputError(f"{path}: this HEIC or AVIF holds the picture in {pieces} pieces.", _CONVERT)
    return np.ascontiguousarray(frame.image)
