"""The square around the person that a pose model looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gait.types import FloatArray, ImageArray


@dataclass(frozen=True, kw_only=True)
class SquareCrop:
    """A square of the picture, brought to a fixed size.

    A crop that follows the person keeps the person at the same place and size in the crop, which is what lets a model
    that carries its region of interest from frame to frame work on crops as it works on whole frames.

    Attributes
    ----------
    left_px, top_px, side_px : int
        The square in the picture; it may reach over the edges.
    size : int
        Width and height of the crop.
    """

    left_px: int
    top_px: int
    side_px: int
    size: int

    def cut(self, rgb: ImageArray) -> ImageArray:
        """Return the crop, (size, size, 3); beyond the edges of the picture the last pixel is repeated."""
        import cv2

        height, width = rgb.shape[:2]
        left, top = max(self.left_px, 0), max(self.top_px, 0)
        right, bottom = min(self.left_px + self.side_px, width), min(self.top_px + self.side_px, height)
        if right <= left or bottom <= top:
            return np.zeros((self.size, self.size, 3), dtype=np.uint8)
        part = rgb[top:bottom, left:right]
        margins = (
            top - self.top_px,
            self.top_px + self.side_px - bottom,
            left - self.left_px,
            self.left_px + self.side_px - right,
        )
        if any(margins):
            part = cv2.copyMakeBorder(part, *margins, cv2.BORDER_REPLICATE)
        # Averaging over the area: a large person brought down to a small crop would flicker otherwise.
        how = cv2.INTER_AREA if self.size < self.side_px else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(part, (self.size, self.size), interpolation=how))

    def to_picture(self, xy: FloatArray) -> FloatArray:
        """Turn positions in the crop, as shares of its size, into pixels of the picture."""
        return np.asarray(xy * self.side_px + np.array([self.left_px, self.top_px]))


def square_around(box_px: FloatArray, *, padding: float, size: int) -> SquareCrop:
    """Return the square around a box (x1, y1, x2, y2), `padding` times as long as the longer side of the box."""
    x1, y1, x2, y2 = (float(v) for v in box_px)
    side = max(round(max(x2 - x1, y2 - y1) * padding), 2)
    return SquareCrop(left_px=round((x1 + x2 - side) / 2), top_px=round((y1 + y2 - side) / 2), side_px=side, size=size)
