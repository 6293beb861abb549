"""Drawing straight onto yuv420p pictures, so that no frame of a video has to be turned into RGB and back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from gait.types import Float32Array, FloatArray, ImageArray
from gait.yuv import planes

Yuv = tuple[int, int, int]
Planes = tuple[ImageArray, ImageArray, ImageArray]
T = TypeVar("T", bound=np.generic)

_SHIFT = 4
"""Binary places of the coordinates given to OpenCV: a sixteenth of a pixel."""
_PLATE_LEVEL = 24


def yuv(rgb: tuple[int, int, int]) -> Yuv:
    """Return a colour, 0 to 255, in limited-range BT.709."""
    r, g, b = (value / 255 for value in rgb)
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return round(16 + 219 * y), round(128 + 224 * (b - y) / 1.8556), round(128 + 224 * (r - y) / 1.5748)


WHITE = yuv((255, 255, 255))


def _overlap(plane: ImageArray, mask: npt.NDArray[T], left: int, top: int) -> tuple[ImageArray, npt.NDArray[T]]:
    """Return the views of a plane and of a mask on it that lie on each other."""
    cut_x, cut_y = max(0, -left), max(0, -top)
    under = plane[top + cut_y : max(0, top + mask.shape[0]), left + cut_x : max(0, left + mask.shape[1])]
    return under, mask[cut_y : cut_y + under.shape[0], cut_x : cut_x + under.shape[1]]


class Canvas:
    """A yuv420p picture to draw on; coordinates are pixels of its brightness plane.

    Parameters
    ----------
    image : uint8 (H * 3 / 2, W)
        Is changed in place.
    """

    def __init__(self, image: ImageArray) -> None:
        self.planes = planes(image)

    def lines(self, segments: FloatArray, color: Yuv, width_px: float, *, rim: Yuv | None = None) -> None:
        """Draw straight lines with round ends, (N, 2, 2); a line without length is a dot.

        A rim of a fifth of the width is put around them in brightness alone: it is too thin for the colour planes.
        """
        import cv2

        if len(segments) == 0:
            return
        ends = list(np.rint(segments * 2**_SHIFT).astype(np.int32))
        luma, *chroma = self.planes
        if rim is not None:
            rim_px = width_px + 2 * max(1.0, 0.22 * width_px)
            cv2.polylines(luma, ends, False, rim[0], round(rim_px), cv2.LINE_AA, _SHIFT)
        cv2.polylines(luma, ends, False, color[0], max(1, round(width_px)), cv2.LINE_AA, _SHIFT)
        for plane, value in zip(chroma, color[1:], strict=True):
            # One more binary place halves the coordinates.
            cv2.polylines(plane, ends, False, value, max(1, round(width_px / 2)), cv2.LINE_AA, _SHIFT + 1)

    def dots(self, points: FloatArray, color: Yuv, diameter_px: float) -> None:
        """Draw discs around points, (N, 2)."""
        self.lines(np.stack([points, points], axis=1), color, diameter_px)

    def ellipse(self, center: FloatArray, axes_px: tuple[float, float], color: Yuv, width_px: float = 0) -> None:
        """Draw an upright ellipse with these half axes; filled unless its line has a width."""
        import cv2

        for plane, value, scale in self._each(color):
            one = scale * 2**_SHIFT
            middle = (round(float(center[0]) * one), round(float(center[1]) * one))
            axes = (round(axes_px[0] * one), round(axes_px[1] * one))
            width = max(1, round(width_px * scale)) if width_px > 0 else cv2.FILLED
            cv2.ellipse(plane, middle, axes, 0, 0, 360, value, width, cv2.LINE_AA, _SHIFT)

    def letters(self, mask: ImageArray, x: float, y: float) -> None:
        """Write white letters onto something darker, (h, w) of brightness; what is outside the picture is cut off."""
        under, over = _overlap(self.planes[0], mask, round(x), round(y))
        np.maximum(under, over, out=under)

    def whiten(self, share: Float32Array, x: float, y: float) -> None:
        """Take the colour away where letters stand on a coloured ground, (h/2, w/2) of 0 to 1."""
        for plane in self.planes[1:]:
            under, over = _overlap(plane, share, round(x / 2), round(y / 2))
            under += np.rint((128 - under.astype(np.float32)) * over).astype(np.int16).astype(np.uint8)

    def tint(self, cover: Float32Array, color: Yuv, x: int, y: int) -> None:
        """Mix a colour into the picture.

        Parameters
        ----------
        cover : float32 (h, w)
            Of brightness, even in both directions; how much of the colour is seen, 0 to 1.
        color : (y, u, v)
        x, y : int
            Upper left corner, even; what lies outside the picture is cut off.
        """
        import cv2

        for plane, value, half in zip(self.planes, color, (1, 2, 2), strict=True):
            under, over = _overlap(plane, np.ascontiguousarray(cover[::half, ::half]), x // half, y // half)
            if under.size:
                under[:] = cv2.blendLinear(np.full_like(under, value), under, over, 1 - over)

    def stamp(self, plate: Plate, x: int, y: int) -> None:
        """Lay a plate over the picture, its upper left corner at even x and y; what lies outside is cut off."""
        import cv2

        for plane, over, cover, half in zip(self.planes, plate.planes, plate.covers, (1, 2, 2), strict=True):
            rows, columns = over.shape
            under = plane[y // half : y // half + rows, x // half : x // half + columns]
            part = (slice(under.shape[0]), slice(under.shape[1]))
            if under.size:
                under[:] = cv2.blendLinear(over[part], under, cover[part], 1 - cover[part])

    def _each(self, color: Yuv) -> Iterator[tuple[ImageArray, int, float]]:
        return zip(self.planes, color, (1.0, 0.5, 0.5), strict=True)


class Plate:
    """A dark, translucent plate with round corners, made once and laid over many pictures.

    Parameters
    ----------
    width, height : int
        Even.
    radius : float
        Of the corners.
    opacity : float
        0 to 1, of the plate and of letters on it; discs on it are opaque.

    Attributes
    ----------
    canvas : Canvas
        To write on.
    """

    def __init__(self, width: int, height: int, radius: float, opacity: float = 0.75) -> None:
        self.width, self.height = width, height
        face = np.full((height * 3 // 2, width), 128, dtype=np.uint8)
        face[:height] = _PLATE_LEVEL
        self.canvas = Canvas(face)
        self._cover = Canvas(np.zeros_like(face))
        low, right, bottom = radius, width - 1 - radius, height - 1 - radius
        rows = np.array([[[low, y], [right, y]] for y in np.arange(low, bottom + 1)])
        level = round(255 * opacity)
        self._cover.lines(rows, (level, level, level), 2 * radius)

    def disc(self, center: FloatArray, color: Yuv, diameter_px: float) -> None:
        """Draw a disc around a point, (2,)."""
        self.canvas.dots(center[None], color, diameter_px)
        self._cover.dots(center[None], (255, 255, 255), diameter_px)

    @property
    def planes(self) -> Planes:
        """Brightness (h, w) and the colour planes (h/2, w/2)."""
        return self.canvas.planes

    @cached_property
    def covers(self) -> tuple[Float32Array, ...]:
        """For each of the planes, float32: 0 leaves what is under the plate, 1 covers it. Draw before it is used."""
        return tuple(np.asarray(plane, dtype=np.float32) / np.float32(255) for plane in self._cover.planes)
