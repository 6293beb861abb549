"""A room: a floor of boards, a wall with a skirting, a door and pictures, and a few plants and stools."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from .camera import Camera
from .curves import Array
from .panels import Mirror, Panel
from .raster import LIGHT, Image, Shape

PX_PER_M = 150
FLOOR_X = (-9.0, 9.0)
FLOOR_Y = (-9.0, 4.0)
WALL_HEIGHT_M = 5.8
TINTS = ((0.74, 0.79, 0.78), (0.80, 0.77, 0.70), (0.74, 0.77, 0.82), (0.80, 0.75, 0.74))
_ANGLES = np.linspace(0, 2 * np.pi, 12, endpoint=False)
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES), np.zeros(12)], axis=-1)


@dataclass(frozen=True, kw_only=True)
class Room:
    """Painted floor and wall, and what stands about.

    Attributes
    ----------
    wall_y : float
        Where the wall stands, in metres.
    floor, wall : (H, W, 3)
        Pictures of both, linear in metres.
    things : list of Shape
        Along the wall, where nobody walks behind them.
    furniture : list of Shape
    panels : tuple of Panel
        Furniture and panels hide whoever is behind them.
    mirror : Mirror or None
        On the wall.
    """

    wall_y: float
    floor: Image
    wall: Image
    things: list[Shape]
    furniture: list[Shape] = field(default_factory=list)
    panels: tuple[Panel, ...] = ()
    mirror: Mirror | None = None


def make_room(
    seed: int, *, wall_y: float = 1.6, doors_x: tuple[float, ...] = (), plants_x: tuple[float, ...] = ()
) -> Room:
    """Furnish a room; the seed picks the colours."""
    rng = np.random.default_rng(seed)
    things: list[Shape] = []
    for x in plants_x:
        things += _plant(np.array([x, wall_y - 0.35, 0.0]), rng)
    return Room(wall_y=wall_y, floor=_floor(rng), wall=_wall(rng, TINTS[seed % len(TINTS)], doors_x), things=things)


def backdrop(room: Room, camera: Camera, samples: int = 2) -> Image:
    """Return the empty room as the camera sees it, without the things in it."""
    rays = camera.rays(0, 0, camera.width, camera.height, samples)
    x, y, z = (np.float32(v) for v in camera.position)
    dx, dy, dz = rays[..., 0], rays[..., 1], rays[..., 2]
    with np.errstate(divide="ignore"):
        to_floor = np.where(dz < 0, -z / dz, np.inf)
        to_wall = np.where(dy > 0, (room.wall_y - y) / dy, np.inf)
    on_wall = to_wall < to_floor
    far = np.minimum(to_floor, to_wall)
    at_x, at_y, at_z = x + far * dx, y + far * dy, z + far * dz
    u = (at_x - FLOOR_X[0]) * PX_PER_M
    floor = cv2.remap(room.floor, u, (at_y - FLOOR_Y[0]) * PX_PER_M, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    wall = cv2.remap(room.wall, u, (WALL_HEIGHT_M - at_z) * PX_PER_M, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    picture = np.where(on_wall[..., None], wall, floor)
    out: Image = cv2.resize(picture, (camera.width, camera.height), interpolation=cv2.INTER_AREA)
    return out


def shadow(shapes: list[Shape], camera: Camera, picture: Image, wall_y: float) -> Image:
    """Darken the floor in front of the wall where the shapes keep the lamp and the daylight off."""
    outlines = [[_floor_outline(shape, toward) for shape in shapes] for toward in (LIGHT, np.array([0.0, 0.0, 1.0]))]
    # Straight down, only what is close to the floor darkens it.
    outlines[1] = [o for o, shape in zip(outlines[1], shapes, strict=True) if min(shape.start[2], shape.end[2]) < 0.16]
    out = picture.copy()
    for each, weight, blur in zip(outlines, (0.34, 0.30), (1.6, 3.0), strict=True):
        if not each:
            continue
        world = np.stack(each)
        world[..., 1] = np.minimum(world[..., 1], wall_y)
        xy, depth = camera.project(world)
        xy = xy[depth.min(axis=1) > 0.2]
        sigma = blur * camera.focal_px / 600
        low = np.maximum(np.floor(xy.reshape(-1, 2).min(0) - 3 * sigma), 0).astype(int)
        high = np.ceil(xy.reshape(-1, 2).max(0) + 3 * sigma).astype(int)
        patch = out[low[1] : high[1], low[0] : max(high[0], 0)]
        if patch.size == 0:
            continue
        mask = np.zeros(patch.shape[:2], dtype=np.uint8)
        for points in xy - low:
            hull = cv2.convexHull(np.round(points * 16).astype(np.int32))
            cv2.fillConvexPoly(mask, hull, 255, lineType=cv2.LINE_AA, shift=4)
        soft = cv2.GaussianBlur(mask, (0, 0), sigma).astype(np.float32) / 255
        patch *= 1 - weight * soft[..., None]
    return out


def _floor_outline(shape: Shape, toward: Array) -> Array:
    """Return points (24, 3) on the floor around the shadow of both ends of a shape."""
    flat = toward[:2] / toward[2]
    scale = float(np.median(shape.stretch))
    feet = np.array([[*(end[:2] - end[2] * flat), 0.0] for end in (shape.start, shape.end)])
    radii = scale * np.array([shape.r_start, shape.r_end])
    out: Array = (feet[:, None] + radii[:, None, None] * _CIRCLE).reshape(-1, 3)
    return out


def _noise(rng: np.random.Generator, height: int, width: int, cell: int) -> Image:
    small = rng.standard_normal((height // cell + 2, width // cell + 2)).astype(np.float32)
    out: Image = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return out


def _floor(rng: np.random.Generator) -> Image:
    """Boards along x, each of its own tone, with a faint grain."""
    width, height = (int((b - a) * PX_PER_M) for a, b in (FLOOR_X, FLOOR_Y))
    base = np.array([0.62, 0.52, 0.41], dtype=np.float32) * float(rng.uniform(0.92, 1.08))
    tone = np.ones((height, width), dtype=np.float32)
    board = int(0.16 * PX_PER_M)
    for top in range(0, height, board):
        x = -int(rng.uniform(0, 2.0) * PX_PER_M)
        while x < width:
            length = int(rng.uniform(1.2, 2.4) * PX_PER_M)
            tone[top : top + board, max(x, 0) : max(x + length, 0)] = rng.uniform(0.90, 1.06)
            cv2.line(tone, (x, top), (x, top + board), 0.74, 2)
            x += length
        cv2.line(tone, (0, top), (width, top), 0.74, 2)
    grain = cv2.GaussianBlur(_noise(rng, height, width, 3), (0, 0), sigmaX=14, sigmaY=1)
    out: Image = base * (tone + 0.05 * grain)[..., None]
    return out


def _wall(rng: np.random.Generator, tint: tuple[float, float, float], doors_x: tuple[float, ...]) -> Image:
    """Paint, a rail, a skirting, doors, and pictures between them."""
    width, height = (int((FLOOR_X[1] - FLOOR_X[0]) * PX_PER_M), int(WALL_HEIGHT_M * PX_PER_M))
    wall = np.ones((height, width, 3), dtype=np.float32) * np.array(tint, dtype=np.float32)
    wall *= (1 + 0.012 * _noise(rng, height, width, 40) + 0.008 * _noise(rng, height, width, 6))[..., None]
    wall *= np.linspace(1.10, 0.90, height, dtype=np.float32)[:, None, None]

    def box(x0: float, x1: float, z0: float, z1: float, color: tuple[float, float, float], line: int = -1) -> None:
        corners = [
            (int((x - FLOOR_X[0]) * PX_PER_M), int((WALL_HEIGHT_M - z) * PX_PER_M)) for x, z in ((x0, z1), (x1, z0))
        ]
        cv2.rectangle(wall, corners[0], corners[1], color, line)

    x = FLOOR_X[0] + 0.7
    while x < FLOOR_X[1] - 1.5:
        w, h, z = rng.uniform(0.45, 0.9), rng.uniform(0.4, 0.7), rng.uniform(1.45, 1.7)
        if all(abs(x + w / 2 - door) > 1.0 for door in doors_x):
            box(x - 0.03, x + w + 0.03, z - 0.03, z + h + 0.03, (0.30, 0.25, 0.21))
            box(x, x + w, z, z + h, (0.90, 0.89, 0.85))
            r, g, b = (float(v) for v in rng.uniform(0.35, 0.8, 3))
            box(x + 0.08 * w, x + 0.92 * w, z + 0.1 * h, z + rng.uniform(0.4, 0.6) * h, (r, g, b))
            box(x + 0.2 * w, x + 0.5 * w, z + 0.5 * h, z + 0.85 * h, (0.8 * r, 0.8 * g, 0.8 * b))
        x += w + rng.uniform(0.9, 2.2)
    box(FLOOR_X[0], FLOOR_X[1], 0.0, 0.11, (0.90, 0.90, 0.88))
    box(FLOOR_X[0], FLOOR_X[1], 0.105, 0.115, (0.55, 0.54, 0.52))
    for door in doors_x:
        box(door - 0.55, door + 0.55, 0.0, 2.16, (0.88, 0.87, 0.84))
        box(door - 0.46, door + 0.46, 0.0, 2.07, (0.52, 0.40, 0.30))
        for z0, z1 in ((0.20, 0.95), (1.10, 1.92)):
            box(door - 0.32, door + 0.32, z0, z1, (0.45, 0.34, 0.25))
            box(door - 0.32, door + 0.32, z0, z1, (0.38, 0.28, 0.20), 2)
        box(door + 0.34, door + 0.42, 1.00, 1.05, (0.78, 0.76, 0.68))
    return wall


def _plant(foot: Array, rng: np.random.Generator) -> list[Shape]:
    """Return a pot with leaves."""
    up = np.array([0, 0, 1.0])
    pot = Shape(start=foot + 0.13 * up, end=foot + 0.30 * up, r_start=0.11, r_end=0.15, color=(0.62, 0.36, 0.26))
    shapes = [pot]
    for i in range(18):
        angle, tilt = i * 2.4 + rng.uniform(-0.2, 0.2), rng.uniform(0.25, 0.95)
        out = np.array([np.cos(angle) * np.sin(tilt), 0.55 * np.sin(angle) * np.sin(tilt), np.cos(tilt)])
        stem = foot + 0.40 * up
        tip = stem + rng.uniform(0.35, 0.75) * out
        green = float(rng.uniform(0.75, 1.15))
        shapes.append(
            Shape(start=stem, end=tip, r_start=0.012, r_end=0.010, color=(0.16 * green, 0.34 * green, 0.17 * green))
        )
        shapes.append(
            Shape(
                start=tip - 0.10 * out,
                end=tip + 0.06 * out,
                r_start=0.040,
                r_end=0.012,
                color=(0.17 * green, 0.42 * green, 0.20 * green),
            )
        )
    return shapes
