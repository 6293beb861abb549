"""Ray-traced round cones (two spheres and the surface that wraps them), optionally stretched, with shadows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .camera import Camera
from .curves import Array

Image = npt.NDArray[np.float32]

LIGHT = np.array([-0.45, -0.62, 0.85])
LIGHT = LIGHT / np.linalg.norm(LIGHT)
"""Direction toward the lamp: above, on the camera's side, a little from the left."""
SHADOW_CELL_M = 0.015


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A round cone from `start` to `end`.

    Attributes
    ----------
    start, end : (3,)
        Centres of the two spheres.
    r_start, r_end : float
    color : (3,)
        Red, green, blue from 0 to 1.
    axes : (3, 3) or None
        Directions as columns along which it is stretched about `start`.
    stretch : (3,)
    folds : float
        Strength of the cloth's folds.
    gloss : float
    """

    start: Array
    end: Array
    r_start: float
    r_end: float
    color: tuple[float, float, float]
    axes: Array | None = None
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)
    folds: float = 0.0
    gloss: float = 0.04

    @property
    def to_local(self) -> Array:
        """Return the matrix that undoes the stretch."""
        if self.axes is None:
            return np.eye(3)
        return np.diag(1 / np.array(self.stretch)) @ self.axes.T

    @property
    def local_end(self) -> Array:
        """Return the axis in unstretched coordinates: the ends of a stretched shape stay where they are."""
        out: Array = self.to_local @ (self.end - self.start)
        return out

    @property
    def reach(self) -> float:
        """Return the radius of the largest sphere that may hold an end."""
        return max(self.r_start, self.r_end) * max(self.stretch)


def trace(shape: Shape, origin: Array, direction: Image) -> tuple[Image, Image]:
    """Return where rays meet a shape.

    Parameters
    ----------
    shape : Shape
    origin : (3,) or (..., 3)
    direction : (..., 3)

    Returns
    -------
    distance : (...,)
        In units of `direction`; infinite where the ray misses.
    share : (...,)
        Which sphere of the cone is met there: 0 at its start, 1 at its end.
    """
    m = shape.to_local.astype(np.float32)
    o = ((origin - shape.start) @ m.T).astype(np.float32)
    d = direction if shape.axes is None else direction @ m.T
    axis, slope = (shape.local_end.astype(np.float32), np.float32(shape.r_start - shape.r_end))
    dd, od, oo = _dot(d, d), _dot(o, d), _dot(o, o)
    root: Image
    distance = np.full(dd.shape, np.inf, dtype=np.float32)
    share = np.zeros(dd.shape, dtype=np.float32)
    # The wrapping surface: at a share s of the axis, spheres of radius r(s) touch it; s is linear along the ray.
    span = np.float32(axis @ axis - slope**2)
    is_cone = bool(span > 1e-9)
    if is_cone:
        ad, ao = d @ axis, o @ axis - np.float32(shape.r_start) * slope
        a, b, c = (dd - ad**2 / span, od - ao * ad / span, oo - np.float32(shape.r_start**2) - ao**2 / span)
        root = b * b - a * c
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (-b - np.sqrt(np.maximum(root, 0))) / a
        s = (ao + t * ad) / span
        met = (root > 0) & (s > 0) & (s < 1) & (t > 0)
        np.copyto(distance, t, where=met)
        np.copyto(share, s, where=met)
    for end, radius in ((0.0, shape.r_start), (1.0, shape.r_end))[: 2 if is_cone else 1]:
        q = o - np.float32(end) * axis
        b = _dot(q, d)
        root = b * b - dd * (_dot(q, q) - np.float32(radius**2))
        t = (-b - np.sqrt(np.maximum(root, 0))) / dd
        met = (root > 0) & (t < distance) & (t > 0)
        np.copyto(distance, t, where=met)
        share[met] = end
    return distance, share


def normals(shape: Shape, world: Image, share: Image) -> Image:
    """Return the outward directions (N, 3) at points (N, 3) of a shape's surface."""
    m, axis = shape.to_local.astype(np.float32), shape.local_end.astype(np.float32)
    at = (world - shape.start.astype(np.float32)) @ m.T - share[:, None] * axis
    if shape.folds:
        x = share * np.linalg.norm(axis)
        ripple = np.sin(60 * x + 40 * at[:, 1]) + np.sin(38 * x - 55 * at[:, 0] + 2)
        at = at * (1 + shape.folds * ripple[:, None] * np.array([1, -1, 0.6], dtype=np.float32))
    normal = at @ m
    out: Image = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
    return out


def _dot(a: Image, b: Image) -> Image:
    if a.ndim == 1:
        out: Image = b @ a
        return out
    return np.einsum("...i,...i->...", a, b)


def screen_box(shape: Shape, camera: Camera, margin: float = 2.0) -> tuple[int, int, int, int] | None:
    """Return x0, y0, x1, y1 in whole pixels around a shape, or None where it is out of the picture."""
    xy, depth = camera.project(np.stack([shape.start, shape.end]))
    if depth.min() < 0.2:
        return None
    r = (camera.focal_px * shape.reach / (depth - shape.reach) * 1.15 + margin)[:, None]
    low, high = np.floor((xy - r).min(0)), np.ceil((xy + r).max(0))
    x0, y0 = max(int(low[0]), 0), max(int(low[1]), 0)
    x1, y1 = min(int(high[0]), camera.width), min(int(high[1]), camera.height)
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def draw(shapes: list[Shape], camera: Camera, background: Image, samples: int = 2, limit: Image | None = None) -> Image:
    """Return the background (H, W, 3) with the shapes in front of it, antialiased by `samples` squared rays a pixel.

    What is deeper than `limit` (H, W), in metres, is behind the background.
    """
    boxes = [(shape, screen_box(shape, camera)) for shape in shapes]
    seen = [(shape, box) for shape, box in boxes if box is not None]
    if not seen:
        return background
    corners = np.array([box for _, box in seen])
    x0, y0 = corners[:, :2].min(0)
    x1, y1 = corners[:, 2:].max(0)
    rays = camera.rays(x0, y0, x1, y1, samples)
    depth = np.full(rays.shape[:2], np.inf, dtype=np.float32)
    if limit is not None:
        depth[:] = limit[y0:y1, x0:x1].repeat(samples, axis=0).repeat(samples, axis=1)
    share, owner = np.zeros_like(depth), np.full(rays.shape[:2], -1, dtype=np.int16)
    origin = np.array(camera.position)
    for number, (shape, (a, b, c, d)) in enumerate(seen):
        part = (slice((b - y0) * samples, (d - y0) * samples), slice((a - x0) * samples, (c - x0) * samples))
        distance, s = trace(shape, origin, rays[part])
        nearer = distance < depth[part]
        np.copyto(depth[part], distance, where=nearer)
        np.copyto(share[part], s, where=nearer)
        owner[part][nearer] = number
    cover = owner >= 0
    if not cover.any():
        return background
    rays, depth, share, owner = rays[cover], depth[cover], share[cover], owner[cover]
    world = origin.astype(np.float32) + depth[:, None] * rays
    normal = np.empty_like(world)
    for number, (shape, _) in enumerate(seen):
        mine = owner == number
        normal[mine] = normals(shape, world[mine], share[mine])
    color = np.array([shape.color for shape, _ in seen], dtype=np.float32)[owner]
    gloss = np.array([shape.gloss for shape, _ in seen], dtype=np.float32)[owner]
    lit = np.zeros((*cover.shape, 3), dtype=np.float32)
    lit[cover] = _shade(world, normal, -rays, color, gloss, shapes)
    size = (int(x1 - x0), int(y1 - y0))
    alpha = cv2.resize(cover.astype(np.float32), size, interpolation=cv2.INTER_AREA)[..., None]
    out = background.copy()
    patch = out[y0:y1, x0:x1]
    patch[:] = patch * (1 - alpha) + cv2.resize(lit, size, interpolation=cv2.INTER_AREA)
    return out


def depth_of(shapes: list[Shape], camera: Camera) -> Image:
    """Return how deep in the picture the nearest shape is, (H, W) in metres, infinite where there is none."""
    depth = np.full((camera.height, camera.width), np.inf, dtype=np.float32)
    for shape in shapes:
        box = screen_box(shape, camera)
        if box is None:
            continue
        x0, y0, x1, y1 = box
        part = depth[y0:y1, x0:x1]
        np.minimum(part, trace(shape, np.array(camera.position), camera.rays(x0, y0, x1, y1))[0], out=part)
    return depth


def _shade(world: Image, normal: Image, to_eye: Image, color: Image, gloss: Image, shapes: list[Shape]) -> Image:
    to_eye = to_eye / np.linalg.norm(to_eye, axis=-1, keepdims=True)
    facing = normal @ LIGHT.astype(np.float32)
    key = np.clip(facing, 0, 1) * lit_share(world + 0.01 * normal, shapes)
    wrap = 0.5 + 0.5 * normal[:, 2]
    toward = np.clip((normal * to_eye).sum(-1), 0, 1)
    half = LIGHT.astype(np.float32) + to_eye
    half /= np.linalg.norm(half, axis=-1, keepdims=True)
    shine = gloss * np.clip((normal * half).sum(-1), 0, 1) ** 24
    light = 0.24 + 0.22 * wrap + 0.16 * toward + 0.62 * key
    out: Image = (color * light[:, None] + shine[:, None]).astype(np.float32)
    return out


def lit_share(world: Image, shapes: list[Shape]) -> Image:
    """Return for points (N, 3) how much of the lamp they see past the shapes, 0 to 1."""
    side = np.cross(LIGHT, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    frame = np.stack([side, np.cross(LIGHT, side), LIGHT])
    ends = np.stack([[s.start, s.end] for s in shapes]) @ frame.T
    reach = np.array([s.reach for s in shapes])[:, None]
    low = np.minimum((ends[..., 0] - reach).min(), np.inf), (ends[..., 1] - reach).min()
    high = (ends[..., 0] + reach).max(), (ends[..., 1] + reach).max()
    nx, ny = (int((h - a) / SHADOW_CELL_M) + 2 for h, a in zip(high, low, strict=True))
    top = ends[..., 2].max() + 1.0
    u = low[0] + (np.arange(nx) + 0.5) * SHADOW_CELL_M
    v = low[1] + (np.arange(ny) + 0.5) * SHADOW_CELL_M
    nearest = np.full((ny, nx), 1e6, dtype=np.float32)
    for shape, e, r in zip(shapes, ends, reach[:, 0], strict=True):
        i0, i1 = np.searchsorted(u, [e[:, 0].min() - r, e[:, 0].max() + r])
        j0, j1 = np.searchsorted(v, [e[:, 1].min() - r, e[:, 1].max() + r])
        if i0 == i1 or j0 == j1:
            continue
        origin = (u[i0:i1, None] * frame[0] + v[j0:j1, None, None] * frame[1] + top * frame[2]).astype(np.float32)
        distance, _ = trace(shape, origin, np.broadcast_to(-frame[2].astype(np.float32), origin.shape))
        nearest[j0:j1, i0:i1] = np.minimum(nearest[j0:j1, i0:i1], distance)
    local = world @ frame.T.astype(np.float32)
    x, y = ((local[:, 0] - low[0]) / SHADOW_CELL_M, (local[:, 1] - low[1]) / SHADOW_CELL_M)
    below = top - local[:, 2]
    share = np.zeros(len(world), dtype=np.float32)
    offsets = (-1.2, 0.0, 1.2)
    for dx in offsets:
        for dy in offsets:
            i, j = (np.clip((x + dx).astype(int), 0, nx - 1), np.clip((y + dy).astype(int), 0, ny - 1))
            share += below < nearest[j, i] + 0.03
    return share / len(offsets) ** 2
