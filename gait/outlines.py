"""The outline of the followed person: which part of the body each spot of a frame shows."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from gait.equality import by_value
from gait.types import FloatArray, ImageArray

PARTS = ("nothing", "body", "legs", "left_leg", "right_leg", "left_foot", "right_foot")
"""What the numbers in the maps of `Outlines` mean; trousers are "legs", without a side."""


@by_value
@dataclass(frozen=True, kw_only=True)
class Outlines:
    """The outline of one person over time, as small maps of the parts of the body.

    Attributes
    ----------
    time_s : float64 (T,), increasing
    window_px : float64 (T, 4)
        Left, top, width and height of the part of the picture that a map covers; NaN where the person is out of view.
    maps : tuple of T bytes
        uint8 maps, compressed (zlib): some hundred bytes each, whatever the length of the video; empty where the person
        is out of view.
    shape : (rows, columns)
        Of every map. Their first and last cells are centred on the edges of the window.
    model : str
    """

    time_s: FloatArray
    window_px: FloatArray
    maps: tuple[bytes, ...]
    shape: tuple[int, int]
    model: str

    def __post_init__(self) -> None:
        n = len(self.time_s)
        if self.window_px.shape != (n, 4):
            raise ValueError(f"Outlines.window_px: expected shape ({n}, 4), got {self.window_px.shape}.")
        if len(self.maps) != n:
            raise ValueError(f"Outlines.maps: expected {n} maps, got {len(self.maps)}.")

    def parts(self, row: int) -> ImageArray | None:
        """Return the map of one frame, numbered as in `PARTS`; None where the person is out of view."""
        if not self.maps[row]:
            return None
        return np.frombuffer(zlib.decompress(self.maps[row]), dtype=np.uint8).reshape(self.shape)

    def to_picture(self, row: int, cells: FloatArray) -> FloatArray:
        """Turn places on the map of a frame, (N, 2) as column and row, into pixels of the picture."""
        left, top, width, height = self.window_px[row]
        rows, columns = self.shape
        return np.asarray([left, top] + cells * [width / (columns - 1), height / (rows - 1)])
