"""A pinhole camera. Pixels: x right, y down, the picture spans 0..width and 0..height, pixel centres at halves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .curves import Array


@dataclass(frozen=True, kw_only=True)
class Camera:
    """Where the camera is, where it looks, and its picture.

    Attributes
    ----------
    position, target : (x, y, z) in metres
        `target` is seen in the middle of the picture; the horizon is level.
    focal_px : float
    width, height : int
    """

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    focal_px: float
    width: int
    height: int

    @property
    def axes(self) -> Array:
        """Return the camera's right, down and forward directions as rows."""
        forward = np.subtract(self.target, self.position).astype(float)
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0.0, 0.0, 1.0])
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward])

    def project(self, points: Array) -> tuple[Array, Array]:
        """Return pixels (..., 2) and depths (...,) in metres of points (..., 3)."""
        local = (points - np.array(self.position)) @ self.axes.T
        depth = local[..., 2]
        xy = self.focal_px * local[..., :2] / depth[..., None]
        return xy + np.array([self.width / 2, self.height / 2]), depth

    def rays(self, x0: int, y0: int, x1: int, y1: int, samples: int = 1) -> Array:
        """Return directions (rows, columns, 3), one per sample of the pixels x0..x1, y0..y1, of depth 1."""
        x = (np.arange((x1 - x0) * samples) + 0.5) / samples + x0 - self.width / 2
        y = (np.arange((y1 - y0) * samples) + 0.5) / samples + y0 - self.height / 2
        right, down, forward = self.axes
        out: Array = (
            forward + (x / self.focal_px)[None, :, None] * right + (y / self.focal_px)[:, None, None] * down
        ).astype(np.float32)
        return out

    def moved(self, dx: float, dy: float, dz: float) -> Camera:
        """Return the same camera carried elsewhere, looking the same way."""
        step = np.array([dx, dy, dz])
        (x, y, z), (u, v, w) = self.position + step, self.target + step
        return replace(self, position=(x, y, z), target=(u, v, w))


def fixed(camera: Camera) -> Callable[[float], Camera]:
    """Return a camera that stays as it is at any time."""
    return lambda time_s: camera
