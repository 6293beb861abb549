"""The square of the picture that BlazePose looks at, and how it lies to the box of the followed person.

BlazePose was trained on a square around the middle of the hips that reaches a quarter farther than the body and is
turned with it, so that the body stands upright in the square.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gait.types import FloatArray, ImageArray

SPREAD = 1.25
"""Half the side of the square over how far the body reaches from the hips."""

_CENTRE_APART, _SIZE_APART, _TURN_APART = 0.1, 0.15, math.radians(15.0)
"""In sides, in logarithms, in radians: as far apart, two squares show a person alike."""


@dataclass(frozen=True, kw_only=True)
class Region:
    """A square in the picture, which may reach over its edges.

    Attributes
    ----------
    x_px, y_px : float
        Its centre.
    side_px : float
    turn_rad : float
        Clockwise, as seen in the picture.
    """

    x_px: float
    y_px: float
    side_px: float
    turn_rad: float = 0.0

    @classmethod
    def around_body(cls, hips_px: FloatArray, reach_px: FloatArray) -> Region:
        """Return the square for the middle of the hips and the point, above it, that tells size and turn."""
        x, y = reach_px - hips_px
        side = max(2.0 * SPREAD * math.hypot(x, y), 2.0)
        return cls(x_px=float(hips_px[0]), y_px=float(hips_px[1]), side_px=side, turn_rad=math.atan2(x, -y))

    def is_like(self, other: Region) -> bool:
        """Whether two squares show a person alike."""
        apart = math.hypot(self.x_px - other.x_px, self.y_px - other.y_px) / self.side_px
        size = abs(math.log(self.side_px / other.side_px))
        turn = abs(math.remainder(self.turn_rad - other.turn_rad, math.tau))
        return apart < _CENTRE_APART and size < _SIZE_APART and turn < _TURN_APART

    def to_picture(self, xy: FloatArray) -> FloatArray:
        """Turn positions in the square, (..., 2) as shares of its side, into pixels of the picture."""
        x, y = np.moveaxis((xy - 0.5) * self.side_px, -1, 0)
        cos, sin = math.cos(self.turn_rad), math.sin(self.turn_rad)
        return np.stack([self.x_px + cos * x - sin * y, self.y_px + sin * x + cos * y], axis=-1)

    def cut(self, rgb: ImageArray, size: int) -> ImageArray:
        """Return the square of a picture, (size, size, 3); beyond its edges the last pixel is repeated."""
        import cv2

        # Averaged over squares of pixels before: a large person brought down to a small square would flicker otherwise.
        shrink = max(int(self.side_px / size), 1)
        height, width = (shrink * (length // shrink) for length in (rgb.shape[0], rgb.shape[1]))
        reach = self.side_px / 2 * (abs(math.cos(self.turn_rad)) + abs(math.sin(self.turn_rad))) + 2 * shrink
        left, right = (int(np.clip(self.x_px + way * reach, 0, width)) // shrink * shrink for way in (-1, 1))
        top, bottom = (int(np.clip(self.y_px + way * reach, 0, height)) // shrink * shrink for way in (-1, 1))
        if right <= left or bottom <= top:
            return np.zeros((size, size, 3), dtype=np.uint8)
        part = rgb[top:bottom, left:right]
        if shrink > 1:
            small = ((right - left) // shrink, (bottom - top) // shrink)
            part = cv2.resize(part, small, interpolation=cv2.INTER_AREA)
        # OpenCV counts from the middle of the first pixel, we from its edge.
        corners = self.to_picture(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
        origin, across, down = (corners - [left, top]) / shrink
        step = np.stack([across - origin, down - origin], axis=1) / size
        matrix = np.column_stack([step, origin + step @ [0.5, 0.5] - 0.5])
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(part, matrix, (size, size), flags=how, borderMode=cv2.BORDER_REPLICATE))


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How a region lies to a box: it is learnt from the joints, and tells the regions of later frames.

    Attributes
    ----------
    x, y : float
        From the centre of the box to that of the region, in lengths of the box (its longer side).
    side : float
        Of the region, in lengths of the box.
    turn_rad : float
    """

    x: float = 0.0
    y: float = 0.01
    side: float = 1.2
    turn_rad: float = 0.0

    @classmethod
    def between(cls, region: Region, box: FloatArray) -> Fit:
        """Return how a region lies to a box (x1, y1, x2, y2)."""
        x, y, length = _centre_and_length(box)
        return cls(
            x=(region.x_px - x) / length,
            y=(region.y_px - y) / length,
            side=region.side_px / length,
            turn_rad=region.turn_rad,
        )

    def around(self, box: FloatArray) -> Region:
        """Return the region that lies so to a box."""
        x, y, length = _centre_and_length(box)
        return Region(
            x_px=x + self.x * length,
            y_px=y + self.y * length,
            side_px=max(self.side * length, 2.0),
            turn_rad=self.turn_rad,
        )

    def toward(self, other: Fit, share: float) -> Fit:
        """Return a fit a share of the way to another."""
        return Fit(
            x=self.x + share * (other.x - self.x),
            y=self.y + share * (other.y - self.y),
            side=self.side + share * (other.side - self.side),
            turn_rad=self.turn_rad + share * math.remainder(other.turn_rad - self.turn_rad, math.tau),
        )


def _centre_and_length(box: FloatArray) -> tuple[float, float, float]:
    x1, y1, x2, y2 = (float(v) for v in box)
    return (x1 + x2) / 2, (y1 + y2) / 2, max(x2 - x1, y2 - y1, 1.0)


_EDGE_PX = 1.5


def whole_boxes(box_px: FloatArray, size: tuple[int, int]) -> FloatArray:
    """Return the boxes with what the edge of the picture cut off put back.

    A box that ends at an edge shows part of a person. It keeps the side that is in the picture, and is given the size
    that the person has in the nearest frame in which no edge cuts the box.

    Parameters
    ----------
    box_px : (T, 4)
        NaN while out of view.
    size : (int, int)
        Width and height of the picture.
    """
    limits = np.array([0.0, 0.0, *size])
    seen = np.isfinite(box_px).all(axis=1)
    # A box that reaches over the edge was not cut by it.
    cut = seen[:, None] & (np.abs(box_px - limits) < _EDGE_PX)
    whole = np.flatnonzero(seen & ~cut.any(axis=1))
    if len(whole) == 0:
        return box_px
    rows = np.arange(len(box_px))
    after = np.clip(np.searchsorted(whole, rows), 0, len(whole) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(np.abs(whole[before] - rows) < np.abs(whole[after] - rows), whole[before], whole[after])
    whole_px = (box_px[:, 2:] - box_px[:, :2])[nearest]
    restored = box_px.copy()
    for axis in (0, 1):
        low, high = cut[:, axis], cut[:, axis + 2]
        missing = np.maximum(whole_px[:, axis] - (box_px[:, axis + 2] - box_px[:, axis]), 0.0)
        share = np.where(low & high, 0.5, 1.0)
        restored[low, axis] -= (missing * share)[low]
        restored[high, axis + 2] += (missing * share)[high]
    return restored
