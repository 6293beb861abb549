"""Random walkers in random rooms: what the tiny models of the tests are trained on."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

ROOMS, PICTURES_EACH = 12, 8

SHIPPED_LOOKS = 0.5
"""Share of the walkers in one colour who are dressed like those of the sample videos."""

TWO_COLOURS = 0.5
"""Share of the walkers whose left limbs are orange and the right ones blue: nothing else tells so small a network which
leg is which."""


@dataclass(frozen=True, kw_only=True)
class Filmed:
    """A walker at one moment, drawn."""

    picture: np.ndarray
    empty: np.ndarray
    """The same without the walker."""
    shapes: list[Any]
    camera: Any
    points_m: dict[str, np.ndarray]
    box_px: tuple[float, float, float, float]
    coloured: bool
    """Whether the colours tell left from right."""


def film(seed: int, size: tuple[int, int], height_px: float, dress: Callable[..., list[Any]]) -> Iterator[Filmed]:
    """Draw some moments of a random walker.

    Parameters
    ----------
    seed : int
    size : (height, width)
        Of the pictures.
    height_px : float
        How tall the walker is in them, about.
    dress : callable
        Of motion, frame, body and look: returns the shapes.
    """
    import cv2

    from sample_videos.renderer.camera import Camera
    from sample_videos.renderer.raster import draw
    from sample_videos.renderer.scene import backdrop, shadow

    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    room = furnished(seed % ROOMS)
    start = (about(rng, 0, 3.0), about(rng, 0, 0.3))
    motion, body, look = random_walker(rng, np.sort(rng.uniform(0.5, 3.5, PICTURES_EACH)), start)
    for frame in range(PICTURES_EACH):
        middle = motion.points["mid_hip"][frame]
        # Across the picture of a still camera, a walker is seen from the front and from behind as well.
        away, aside = about(rng, 7.5, 2.0), about(rng, 0, 2.8)
        camera = Camera(
            position=(middle[0] + aside, middle[1] - away, about(rng, 1.05, 0.25)),
            target=(middle[0] + about(rng, 0, 0.1), middle[1], 0.5 * body.height_m + about(rng, 0, 0.06)),
            focal_px=about(rng, 1, 0.18) * height_px * float(np.hypot(away, aside)) / body.height_m,
            width=size[1],
            height=size[0],
        )
        shapes = dress(motion, frame, body, look)
        empty = draw(room.things, camera, backdrop(room, camera, samples=1))
        yield Filmed(
            picture=as_bytes(draw(shapes, camera, shadow(shapes, camera, empty, room.wall_y))),
            empty=as_bytes(empty),
            shapes=shapes,
            camera=camera,
            points_m={name: path[frame] for name, path in motion.points.items()},
            box_px=box_of(shapes, camera),
            coloured=look.left_limbs is not None,
        )


@cache
def furnished(seed: int) -> Any:
    """Return one of the rooms, with doors and plants."""
    from sample_videos.renderer.scene import make_room

    rng = np.random.default_rng(seed)
    doors, plants = rng.uniform(-4, 4, rng.integers(1, 4)), rng.uniform(-4, 4, rng.integers(1, 5))
    return make_room(700 + seed, wall_y=float(rng.uniform(1.3, 2.6)), doors_x=tuple(doors), plants_x=tuple(plants))


def as_bytes(drawn: np.ndarray) -> np.ndarray:
    """Return a picture in 256 steps."""
    return np.clip(drawn * 255 + 0.5, 0, 255).astype(np.uint8)


def about(rng: np.random.Generator, mean: float, spread: float) -> float:
    """Return a number from an even distribution."""
    return float(mean + spread * rng.uniform(-1, 1))


def random_walker(
    rng: np.random.Generator, times: np.ndarray, start: tuple[float, float] = (0.0, 0.0), heading: float | None = None
) -> tuple[Any, Any, Any]:
    """Return motion, body and look of somebody who walks in a random manner, across the picture or toward us."""
    from sample_videos.renderer.footfalls import PerSide, Style, plan_walk, straight
    from sample_videos.renderer.proportions import Proportions
    from sample_videos.renderer.walker import Walker, move

    def some(mean: float, spread: float) -> float:
        return about(rng, mean, spread)

    def pair(mean: float, spread: float, apart: float) -> PerSide:
        middle = some(mean, spread)
        return PerSide(left=some(middle, apart), right=some(middle, apart))

    style = Style(
        step_time_s=pair(0.56, 0.08, 0.04), step_length_m=pair(0.6, 0.14, 0.05), stance=pair(0.62, 0.02, 0.02),
        step_width_m=some(0.1, 0.04), toe_out_deg=some(6, 5), trunk_forward_deg=some(3, 6),
        trunk_right_deg=some(0, 7), trunk_sway_deg=some(2, 2), arm_swing_deg=pair(16, 8, 3),
    )  # fmt: skip
    if heading is None:
        heading = float(rng.choice([0.0, 180.0, -90.0])) + some(0, 8)
    walk = plan_walk(
        style, straight(start, heading), first_strike_s=-2.0, n_steps=20, first_side=rng.choice(["left", "right"])
    )
    body = Proportions(height_m=some(1.7, 0.15))

    return move(Walker(footfalls=walk, style=style, body=body), times), body, random_look(rng)


def random_look(rng: np.random.Generator) -> Any:
    """Return what somebody looks like."""
    from sample_videos.renderer.body import Look
    from sample_videos.renderer.clips import BLUE, ORANGE, SHIPPED

    def near(color: tuple[float, float, float], spread: float) -> Any:
        return tuple(float(np.clip(about(rng, c, spread), 0.05, 0.95)) for c in color)

    def any_color() -> Any:
        return near((0.5, 0.5, 0.5), 0.42)

    two_colours = bool(rng.random() < TWO_COLOURS)
    if not two_colours and rng.random() < SHIPPED_LOOKS:
        looks = [make().people[0].look for make in SHIPPED.values() if make().people]
        looks = [look for look in looks if look.left_limbs is None]
        return looks[rng.integers(len(looks))]
    light = about(rng, 0.68, 0.2)
    look = Look(
        skin=(light, 0.75 * light, 0.62 * light), hair=near((0.3, 0.3, 0.3), 0.25), shirt=any_color(),
        trousers=any_color(), shoes=any_color(), soles=any_color(), shorts=bool(rng.random() < 0.3),
        long_sleeves=bool(rng.random() < 0.4), long_hair=bool(rng.random() < 0.4), girth=about(rng, 1.02, 0.1),
    )  # fmt: skip
    if not two_colours:
        return look
    right = near(BLUE, 0.05)
    return replace(
        look, shirt=right, trousers=right, shoes=near(tuple(0.75 * c for c in BLUE), 0.04), shorts=False,
        long_sleeves=True, left_limbs=near(ORANGE, 0.05),
    )  # fmt: skip


def box_of(shapes: list[Any], camera: Any) -> tuple[float, float, float, float]:
    """Return x0, y0, x1, y1 around the shapes of a walker."""
    ends = np.stack([[shape.start, shape.end] for shape in shapes])
    radii = np.array([[s.r_start, s.r_end] for s in shapes]) * np.array([max(s.stretch) for s in shapes])[:, None]
    xy, depth = camera.project(ends)
    reach = (camera.focal_px * radii / depth)[..., None]
    return (*(xy - reach).reshape(-1, 2).min(0), *(xy + reach).reshape(-1, 2).max(0))


def arguments(about_it: str, out: str) -> argparse.ArgumentParser:
    """Return a parser for what all the training scripts take."""
    parser = argparse.ArgumentParser(description=about_it, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["render", "train"])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path, nargs="?", default=Path(__file__).parent / out)
    parser.add_argument("--start", type=Path, help="Weights to go on from.")
    parser.add_argument("--processes", type=int, default=1, help="To render; beside this one, to train.")
    return parser
