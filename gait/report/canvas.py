"""Drawing straight onto yuv420p pictures, so that no frame of a video has to be turned into RGB and back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from gait.report.lettering import half_cover
from gait.types import Float32Array, FloatArray, ImageArray
from gait.yuv import luma_and_chroma

Yuv = tuple[int, int, int]
Planes = tuple[ImageArray, ImageArray, ImageArray]
Fixed = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
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


class Pen:
    """How lines are drawn.

    Parameters
    ----------
    color : (y, u, v)
    width_px : float
    rim : (y, u, v), optional
        Of a rim of a fifth of the width around them, in brightness alone: it is too thin for the colour planes.

    Attributes
    ----------
    strokes : tuple of (plane, value, width, binary places of the coordinates)
        One after the other; one more binary place halves the coordinates.
    """

    def __init__(self, color: Yuv, width_px: float, rim: Yuv | None = None) -> None:
        width, half = max(1, round(width_px)), max(1, round(width_px / 2))
        own = ((0, color[0], width, _SHIFT), (1, color[1], half, _SHIFT + 1), (2, color[2], half, _SHIFT + 1))
        rim_px = round(width_px + 2 * max(1.0, 0.22 * width_px))
        self.strokes = own if rim is None else ((0, rim[0], rim_px, _SHIFT), *own)


def fixed(places: FloatArray) -> Fixed:
    """Return coordinates as OpenCV takes them."""
    return np.asarray(np.rint(places * 2**_SHIFT), dtype=np.int32)


class Strokes:
    """Lines that are drawn alike, in all frames of a video: what can be worked out for all of them at once is.

    Parameters
    ----------
    segments : float64 (T, N, 2, 2)
    shown : bool (T, N)
        Which of them there are in each frame.
    pen : Pen
    """

    def __init__(self, segments: FloatArray, shown: Bools, pen: Pen) -> None:
        self._ends, self._pen = fixed(segments[shown]), pen
        self._until: list[int] = [0, *np.cumsum(shown.sum(axis=1)).tolist()]

    @classmethod
    def dots(cls, points: FloatArray, shown: Bools, pen: Pen) -> Strokes:
        """Return discs around points, (T, N, 2), as wide as the pen."""
        return cls(np.stack([points, points], axis=2), shown, pen)

    def paint(self, canvas: Canvas, i: int) -> None:
        """Draw those of one frame."""
        canvas.draw(self._ends[self._until[i] : self._until[i + 1]], self._pen)


class Badge:
    """Letters on discs around one point.

    Parameters
    ----------
    letters : uint8 (h, w)
        As `gait.report.lettering.text_mask` gives them.
    discs : Pen
        As wide as each disc, the lowest first.
    """

    def __init__(self, letters: ImageArray, *discs: Pen) -> None:
        self._mask, self._cover, self._discs = letters, half_cover(letters), discs

    def paint(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw it around a point."""
        for disc in self._discs:
            canvas.dot(x, y, disc)
        x, y = x - self._mask.shape[1] / 2, y - self._mask.shape[0] / 2
        canvas.letters(self._mask, x, y)
        canvas.whiten(self._cover, x, y)


def _overlap(plane: ImageArray, mask: npt.NDArray[T], left: int, top: int) -> tuple[ImageArray, npt.NDArray[T]]:
    """Return the views of a plane, or of several, and of a mask on it that lie on each other."""
    cut_x, cut_y = max(0, -left), max(0, -top)
    under = plane[..., top + cut_y : max(0, top + mask.shape[0]), left + cut_x : max(0, left + mask.shape[1])]
    return under, mask[cut_y : cut_y + under.shape[-2], cut_x : cut_x + under.shape[-1]]


class Canvas:
    """A yuv420p picture to draw on; coordinates are pixels of its brightness plane.

    Parameters
    ----------
    image : uint8 (H * 3 / 2, W)
        Is changed in place.
    """

    def __init__(self, image: ImageArray) -> None:
        self.luma, self.chroma = luma_and_chroma(image)
        self.planes: Planes = (self.luma, self.chroma[0], self.chroma[1])

    def lines(self, segments: FloatArray, color: Yuv, width_px: float, *, rim: Yuv | None = None) -> None:
        """Draw straight lines with round ends, (N, 2, 2); a line without length is a dot."""
        self.draw(fixed(segments), Pen(color, width_px, rim))

    def draw(self, ends: Fixed, pen: Pen) -> None:
        """Draw straight lines with round ends, (N, 2, 2); a line without length is a dot."""
        import cv2

        if len(ends):
            for plane, value, width, places in pen.strokes:
                cv2.polylines(self.planes[plane], ends, False, value, width, cv2.LINE_AA, places)  # type: ignore[call-overload]

    def dots(self, points: FloatArray, color: Yuv, diameter_px: float) -> None:
        """Draw discs around points, (N, 2)."""
        self.lines(np.stack([points, points], axis=1), color, diameter_px)

    def dot(self, x: float, y: float, pen: Pen) -> None:
        """Draw a disc around a point, as wide as the pen."""
        at = (round(x * 2**_SHIFT), round(y * 2**_SHIFT))
        self.draw(np.array([[at, at]], dtype=np.int32), pen)

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
        under, over = _overlap(self.luma, mask, round(x), round(y))
        np.maximum(under, over, out=under)

    def whiten(self, share: Float32Array, x: float, y: float) -> None:
        """Take the colour away where letters stand on a coloured ground, (h/2, w/2) of 0 to 1."""
        under, over = _overlap(self.chroma, share, round(x / 2), round(y / 2))
        change = np.rint(np.subtract(128, under, dtype=np.float32) * over)
        np.add(under, change, out=under, casting="unsafe")

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
