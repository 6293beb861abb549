"""From a decoded frame to an array: scaled, converted in colour and upright."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from gait.types import ImageArray
from gait.yuv import planes

if TYPE_CHECKING:
    from av.buffer import Buffer
    from av.video.frame import VideoFrame
    from av.video.plane import VideoPlane

PIXEL_FORMATS: tuple[str, ...] = ("rgb24", "gray", "yuv420p")

_LIMITED_RANGE = 1
"""AVCOL_RANGE_MPEG, what every player expects of H.264."""


def orientation(frame: VideoFrame) -> tuple[int, bool]:
    """Read how the stored picture must be turned to stand upright.

    Returns
    -------
    rotation_deg : int
        Clockwise turn: 0, 90, 180 or 270.
    mirrored : bool
        Whether it is flipped left to right before it is turned.
    """
    try:
        matrix = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:  # PyAV has no name for some of the newest kinds of side data.
        matrix = None
    mirrored = False
    if matrix is not None:
        a, b, _, c, d = np.frombuffer(memoryview(cast("Buffer", matrix)), dtype=np.int32).astype(float)[:5]
        mirrored = bool(a * d - b * c < 0)
    # PyAV gives the counter-clockwise angle of the matrix as it is, with the mirroring in it.
    clockwise_deg = -frame.rotation + (180 if mirrored else 0)
    return round(clockwise_deg / 90) * 90 % 360, mirrored


class Converter:
    """Turns decoded frames of one clip into arrays of one size and format; keeps one scaler for all of them.

    Parameters
    ----------
    size : (width, height)
        Of the upright picture.
    pixel_format : {"rgb24", "gray", "yuv420p"}
    rotation_deg, mirrored
        As `orientation` gives them.
    """

    def __init__(self, size: tuple[int, int], pixel_format: str, rotation_deg: int, mirrored: bool) -> None:
        from av.video.reformatter import VideoReformatter

        if pixel_format not in PIXEL_FORMATS:
            raise ValueError(f"pixel_format: expected one of {', '.join(PIXEL_FORMATS)}, got {pixel_format!r}.")
        width, height = size
        if width < 1 or height < 1:
            raise ValueError(f"size: expected a positive width and height, got {size}.")
        if pixel_format == "yuv420p" and (width % 2 or height % 2):
            raise ValueError(f"size: yuv420p needs an even width and height, got {size}.")
        self._size = size
        self._stored_size = (height, width) if rotation_deg in (90, 270) else (width, height)
        self._format = pixel_format
        self._rotation_deg = rotation_deg
        self._mirrored = mirrored
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> ImageArray:
        """Return the picture: (H, W, 3), (H, W), or (H * 3 / 2, W) for yuv420p."""
        width, height = self._stored_size
        scaled = self._reformatter.reformat(
            frame,
            width=width,
            height=height,
            format=self._format,
            dst_color_range=_LIMITED_RANGE if self._format == "yuv420p" else None,
        )
        if self._format != "yuv420p":
            return self._upright(np.ascontiguousarray(scaled.to_ndarray(), dtype=np.uint8))
        width, height = self._size
        picture = np.empty((height * 3 // 2, width), dtype=np.uint8)
        for into, plane in zip(planes(picture), scaled.planes, strict=True):
            into[:] = self._upright(_rows(plane))
        return picture

    def _upright(self, image: ImageArray) -> ImageArray:
        # Mirroring before a turn of 90 or 270 degrees is the same as after the opposite turn, so the order matters.
        import cv2

        turned: ImageArray = cv2.flip(image, 1) if self._mirrored else image
        turns = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
        if self._rotation_deg in turns:
            turned = cv2.rotate(turned, turns[self._rotation_deg])
        return turned


def _rows(plane: VideoPlane) -> ImageArray:
    """Return a view of a plane of one byte per pixel, (H, W), without the padding of its lines."""
    rows: ImageArray = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(plane.height, -1)[:, : plane.width]
    # FFmpeg steps backwards through a plane that is stored bottom up.
    return rows if plane.line_size > 0 else rows[::-1]
