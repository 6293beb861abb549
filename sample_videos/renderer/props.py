"""Furniture, shelves, a walking stick, and what a recorder writes over its pictures."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from .curves import Array
from .panels import Panel
from .raster import Image, Shape
from .walker import Motion

Color = tuple[float, float, float]
Triple = tuple[float, float, float]
SHELF_PX_PER_M = 90
STICK_M = 0.78


def sofa(x0: float, x1: float, y: float, color: Color, top_m: float) -> list[Shape]:
    """Return a sofa along x whose back is turned to a camera at smaller y."""

    def bar(a: Triple, b: Triple, r: float, stretch: Triple, tone: float) -> Shape:
        tinted = (color[0] * tone, color[1] * tone, color[2] * tone)
        start, end = np.array(a), np.array(b)
        return Shape(
            start=start, end=end, r_start=r, r_end=r, color=tinted, axes=np.eye(3), stretch=stretch, folds=0.02
        )

    back = top_m - 0.24
    shapes = [
        bar((x0 + 0.10, y, back), (x1 - 0.10, y, back), 0.10, (1, 1, 2.4), 1.0),
        bar((x0 + 0.10, y + 0.05, 0.24), (x1 - 0.10, y + 0.05, 0.24), 0.10, (1, 1.2, 1.8), 0.92),
        bar((x0 + 0.12, y + 0.40, 0.32), (x1 - 0.12, y + 0.40, 0.32), 0.10, (1, 3.4, 1.2), 1.06),
    ]
    for x in (x0, x1):
        shapes.append(bar((x, y + 0.05, 0.34), (x, y + 0.70, 0.34), 0.11, (1, 1, 2.2), 0.96))
    return shapes


def coat_stand(x: float, y: float) -> list[Shape]:
    """Return a stand with a coat and a hat on it, of about the shape of somebody."""
    wood, coat, felt = (0.34, 0.24, 0.16), (0.30, 0.27, 0.22), (0.20, 0.17, 0.15)

    def cone(a: Triple, b: Triple, ra: float, rb: float, color: Color, **more: object) -> Shape:
        shift = np.array([x, y, 0.0])
        return Shape(start=shift + a, end=shift + b, r_start=ra, r_end=rb, color=color, **more)  # type: ignore[arg-type]

    flat = {"axes": np.eye(3), "stretch": (1.35, 0.8, 1.0), "folds": 0.06}
    return [
        cone((0, 0, 0.05), (0, 0, 1.78), 0.022, 0.020, wood),
        cone((-0.22, 0, 0.03), (0.22, 0, 0.03), 0.022, 0.022, wood),
        cone((0, -0.2, 0.03), (0, 0.2, 0.03), 0.022, 0.022, wood),
        cone((0, 0, 1.42), (0, 0, 0.92), 0.125, 0.17, coat, **flat),
        cone((0, 0, 0.92), (0, 0, 0.62), 0.17, 0.19, coat, **flat),
        cone((-0.18, 0, 1.42), (-0.25, 0, 0.92), 0.062, 0.05, coat, folds=0.06),
        cone((0.18, 0, 1.42), (0.25, 0, 0.92), 0.062, 0.05, coat, folds=0.06),
        cone((0, 0, 1.50), (0, 0, 1.58), 0.075, 0.06, (0.55, 0.20, 0.18)),
        cone((0, 0, 1.77), (0, 0, 1.77), 1.0, 1.0, felt, axes=np.eye(3), stretch=(0.17, 0.17, 0.025)),
        cone((0, 0, 1.80), (0, 0, 1.86), 0.10, 0.085, felt),
    ]


def shelves(x: float, y0: float, y1: float, depth_m: float, seed: int, height_m: float = 1.7) -> tuple[Panel, ...]:
    """Return a row of shelves along y, from `x` to `x + depth_m`: both its faces and its near end, full of goods."""
    rng = np.random.default_rng(seed)
    up, along = np.array([0, 0, height_m]), np.array([0, y1 - y0, 0.0])
    faces = [
        Panel(corner=np.array([at, y0, 0]) + up, across=along, down=-up, picture=_goods(rng, y1 - y0, height_m, tone))
        for at, tone in ((x, 0.92), (x + depth_m, 0.92))
    ]
    end = Panel(
        corner=np.array([x, y0, 0]) + up,
        across=np.array([depth_m, 0, 0]),
        down=-up,
        picture=_goods(rng, abs(depth_m), height_m, 1.08),
    )
    lid = Panel(
        corner=np.array([x, y0, height_m]),
        across=along,
        down=np.array([depth_m, 0, 0]),
        picture=np.full((8, 8, 3), 0.62, dtype=np.float32),
    )
    return (*faces, end, lid)


def _goods(rng: np.random.Generator, width_m: float, height_m: float, tone: float) -> Image:
    """Paint rows of boxes and bottles of all colours on shelves."""
    width, height = int(width_m * SHELF_PX_PER_M), int(height_m * SHELF_PX_PER_M)
    out = np.full((height, width, 3), 0.16, dtype=np.float32)
    row = int(0.34 * SHELF_PX_PER_M)
    for bottom in range(height - int(0.10 * SHELF_PX_PER_M), row // 2, -row):
        x = 2
        while x < width - 4:
            wide, high = int(rng.uniform(0.08, 0.2) * SHELF_PX_PER_M), int(rng.uniform(0.17, 0.29) * SHELF_PX_PER_M)
            color = 0.65 * rng.uniform(0.12, 0.85, 3) + 0.35 * rng.uniform(0.15, 0.8)
            color[rng.integers(3)] *= 0.6
            paper = np.clip(color * 0.5 + rng.uniform(0.2, 0.5), 0, 1)
            for left in range(x, min(x + wide * int(rng.integers(1, 4)), width - 2), wide):
                cv2.rectangle(out, (left, bottom - high), (left + wide - 2, bottom), color.tolist(), -1)
                top = bottom - high + high // 4
                cv2.rectangle(out, (left + 2, top), (left + wide - 4, top + high // 3), paper.tolist(), -1)
                x = left + wide
        cv2.rectangle(out, (0, bottom), (width, bottom + 4), (0.80, 0.80, 0.78), -1)
    cv2.rectangle(out, (0, height - int(0.10 * SHELF_PX_PER_M) + 5), (width, height), (0.22, 0.22, 0.24), -1)
    return cv2.GaussianBlur(out, (0, 0), 0.8) * np.float32(tone)


def corridor_wall(x: float, y0: float, y1: float, seed: int, height_m: float = 4.5) -> Panel:
    """Return a side wall of a corridor, along y, with doors, notices and a rail."""
    rng, scale = np.random.default_rng(seed), 60
    width, height = int((y1 - y0) * scale), int(height_m * scale)
    out = np.full((height, width, 3), (0.76, 0.78, 0.74), dtype=np.float32)
    out *= (1 + 0.02 * cv2.resize(rng.standard_normal((9, width // 40)).astype(np.float32), (width, height)))[..., None]

    def box(left: float, right: float, low: float, high: float, color: Color) -> None:
        corners = [(int(at * scale), int((height_m - z) * scale)) for at, z in ((left, high), (right, low))]
        cv2.rectangle(out, corners[0], corners[1], color, -1)

    box(0, y1 - y0, 0, 0.12, (0.36, 0.37, 0.38))
    box(0, y1 - y0, 0.86, 0.98, (0.58, 0.46, 0.34))
    at = float(rng.uniform(0.3, 1.0))
    while at < y1 - y0 - 1.6:
        if rng.random() < 0.45:
            box(at, at + 1.05, 0, 2.12, (0.86, 0.86, 0.84))
            box(at + 0.07, at + 0.98, 0, 2.05, tuple(rng.uniform(0.3, 0.6, 3).tolist()))
            box(at + 0.82, at + 0.92, 1.0, 1.06, (0.85, 0.84, 0.80))
            at += 1.3
        else:
            size = float(rng.uniform(0.3, 0.7))
            box(at, at + size, 1.3, 1.3 + float(rng.uniform(0.4, 0.6)), tuple(rng.uniform(0.25, 0.9, 3).tolist()))
            box(at + 0.08, at + size - 0.08, 1.4, 1.6, (0.93, 0.93, 0.9))
            at += size
        at += float(rng.uniform(0.3, 1.1))
    up = np.array([0, 0, height_m])
    return Panel(corner=np.array([x, y0, 0]) + up, across=np.array([0, y1 - y0, 0]), down=-up, picture=out)


def stick(motion: Motion, frame: int) -> list[Shape]:
    """Return a walking stick in the right hand, set down with the left foot as those are taught who need one."""
    hand = motion.points["right_knuckles"][frame]
    path, foot = motion.axes["path"][frame], motion.points["left_ball"][frame]
    aside = path.T @ (hand - foot)
    target = foot + path @ np.array([0.0, aside[1] - 0.05, -0.7 * foot[2]])
    down = (target - hand) / np.linalg.norm(target - hand)
    tip, grip, wood = hand + STICK_M * down, path[:, 0], (0.30, 0.17, 0.09)
    return [
        Shape(start=hand, end=tip, r_start=0.015, r_end=0.012, color=wood, gloss=0.2),
        Shape(start=hand - 0.05 * grip, end=hand + 0.07 * grip, r_start=0.019, r_end=0.017, color=wood, gloss=0.2),
        Shape(start=tip - 0.03 * down, end=tip, r_start=0.016, r_end=0.018, color=(0.1, 0.1, 0.1)),
    ]


def watermark(picture: Image) -> Image:
    """Return the picture with a half-transparent emblem in its corner and a bar of text along its lower edge."""
    ink, cover = _watermark(*picture.shape[:2])
    return picture * (1 - cover) + ink * cover


@cache
def _watermark(height: int, width: int) -> tuple[Image, Image]:
    ink, cover = np.ones((height, width, 3), dtype=np.float32), np.zeros((height, width), dtype=np.float32)
    font, unit = cv2.FONT_HERSHEY_SIMPLEX, height / 480
    center = (width - int(78 * unit), int(70 * unit))
    cv2.circle(cover, center, int(46 * unit), 0.5, int(6 * unit), cv2.LINE_AA)
    cv2.circle(cover, center, int(30 * unit), 0.35, -1, cv2.LINE_AA)
    cv2.putText(
        cover, "SAMPLE", (center[0] - int(62 * unit), center[1] + int(9 * unit)), font, unit, 0.65, 2, cv2.LINE_AA
    )
    top = height - int(40 * unit)
    cover[top:], ink[top:] = 0.8, (0.05, 0.09, 0.22)
    text = np.zeros_like(cover)
    line = "WARD 7   WALKING TEST   RECORDING 0412   NOT FOR DIAGNOSIS"
    cv2.putText(text, line, (int(16 * unit), height - int(13 * unit)), font, 0.62 * unit, 1.0, 1, cv2.LINE_AA)
    ink += text[..., None] * (np.array([0.95, 0.95, 0.9], dtype=np.float32) - ink) * (cover > 0.7)[..., None]
    cover = np.maximum(cover, 0.95 * text)
    return ink, np.ascontiguousarray(cover[..., None])


def drift(time_s: float, size: float, seed: float) -> Array:
    """Return how a hand-held camera wanders, (3,): slow swaying and the bounce of the steps of whoever holds it."""
    slow = np.array(
        [np.sin(1.3 * time_s + seed), 0.5 * np.sin(0.9 * time_s + 2 * seed), 0.6 * np.sin(1.9 * time_s + 3)]
    )
    bounce = np.array([0.25 * np.sin(5.6 * time_s), 0.0, 0.30 * np.sin(11.2 * time_s + seed)])
    out: Array = size * (slow + bounce)
    return out
