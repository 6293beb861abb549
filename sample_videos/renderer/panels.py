"""Flat things with a picture on them (shelves, doors), and a mirror on the wall."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from .camera import Camera
from .curves import Array
from .raster import Image, Shape


@dataclass(frozen=True, kw_only=True)
class Panel:
    """An upright or lying rectangle, painted on both sides.

    Attributes
    ----------
    corner, across, down : (3,)
        Where its picture's first pixel is, and the way from there along the first row and the first column, in metres.
    picture : (H, W, 3)
    """

    corner: Array
    across: Array
    down: Array
    picture: Image

    def meet(self, origin: Array, direction: Image) -> tuple[Image, Image, Image]:
        """Return where rays (..., 3) meet it.

        Returns
        -------
        distance : (...,)
            In units of `direction`; infinite where the ray misses.
        u, v : (...,)
            Shares of the way across and down.
        """
        normal = np.cross(self.across, self.down)
        away = direction @ normal.astype(np.float32)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = np.float32((self.corner - origin) @ normal) / away
        u, v = (
            (np.float32((origin - self.corner) @ side) + distance * (direction @ side.astype(np.float32)))
            / np.float32(side @ side)
            for side in (self.across, self.down)
        )
        on_it = (distance > 0) & (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)
        return np.where(on_it, distance, np.float32(np.inf)), u, v


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """A mirror on the wall.

    Attributes
    ----------
    x, z : (low, high)
        Its edges, in metres.
    opposite_y : float
        Where the wall stands that is seen in it, behind the camera.
    opposite : (H, W, 3)
        The picture of that wall.
    """

    x: tuple[float, float]
    z: tuple[float, float]
    opposite_y: float
    opposite: Image

    def mask(self, camera: Camera, wall_y: float) -> Image:
        """Return how much of each pixel the mirror fills, (H, W, 1)."""
        (x0, x1), (z0, z1) = self.x, self.z
        corners = np.array([[x, wall_y, z] for x, z in ((x0, z0), (x1, z0), (x1, z1), (x0, z1))])
        filled: npt.NDArray[np.uint8] = np.zeros((camera.height, camera.width), dtype=np.uint8)
        points = np.round((camera.project(corners)[0] - 0.5) * 16).astype(np.int32)
        cv2.fillConvexPoly(filled, points, 255, lineType=cv2.LINE_AA, shift=4)
        return filled.astype(np.float32)[..., None] / 255


def mirrored(shapes: list[Shape], wall_y: float) -> list[Shape]:
    """Return the shapes on the other side of the plane of a wall."""
    flip = np.array([1.0, -1.0, 1.0])
    shift = np.array([0.0, 2 * wall_y, 0.0])
    return [
        replace(
            shape,
            start=shape.start * flip + shift,
            end=shape.end * flip + shift,
            axes=None if shape.axes is None else flip[:, None] * shape.axes,
        )
        for shape in shapes
    ]


def paint(panels: tuple[Panel, ...], camera: Camera, picture: Image, samples: int) -> tuple[Image, Image]:
    """Return the picture (H, W, 3) with the panels in it, and their depth (H, W), infinite where there is none."""
    rays = camera.rays(0, 0, camera.width, camera.height, samples)
    nearest = np.full(rays.shape[:2], np.inf, dtype=np.float32)
    painted = np.zeros(rays.shape, dtype=np.float32)
    for panel in panels:
        part = _part(panel, camera, samples)
        distance, u, v = panel.meet(np.array(camera.position), rays[part])
        nearer = distance < nearest[part]
        if not nearer.any():
            continue
        height, width = panel.picture.shape[:2]
        at = cv2.remap(
            panel.picture, u * width - 0.5, v * height - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        np.copyto(painted[part], at, where=nearer[..., None])
        np.copyto(nearest[part], distance, where=nearer)
    size = (camera.width, camera.height)
    cover = cv2.resize(np.isfinite(nearest).astype(np.float32), size, interpolation=cv2.INTER_AREA)[..., None]
    out = picture * (1 - cover) + cv2.resize(painted, size, interpolation=cv2.INTER_AREA)
    return out, np.ascontiguousarray(nearest[samples // 2 :: samples, samples // 2 :: samples])


def _part(panel: Panel, camera: Camera, samples: int) -> tuple[slice, slice]:
    """Return the rows and columns of the rays that can meet a panel."""
    xy, depth = camera.project(
        panel.corner + np.stack([0 * panel.down, panel.across, panel.down, panel.across + panel.down])
    )
    if depth.max() < 0.05:
        return slice(0), slice(0)
    if depth.min() < 0.05:
        return slice(None), slice(None)
    (x0, y0), (x1, y1) = np.maximum(np.floor(xy.min(0)), 0).astype(int), np.maximum(np.ceil(xy.max(0)), 0).astype(int)
    return slice(y0 * samples, y1 * samples), slice(x0 * samples, x1 * samples)
