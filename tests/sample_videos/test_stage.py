"""Furniture hides what is behind it, a mirror shows what is before it, and whoever stops stands still."""

from __future__ import annotations

import numpy as np
import pytest
from renderer.camera import Camera
from renderer.footfalls import Style, plan_walk, straight
from renderer.panels import Panel, mirrored, paint
from renderer.pelvis import Walker
from renderer.raster import Shape, draw
from renderer.scene import make_room
from renderer.stage import behind_mirror, hidden
from renderer.walker import move

CAMERA = Camera(position=(0, -5, 1), target=(0, 0, 1), focal_px=200, width=160, height=120)
BOARD = Panel(
    corner=np.array([-0.5, 0.0, 1.5]),
    across=np.array([1.0, 0, 0]),
    down=np.array([0, 0, -1.0]),
    picture=np.ones((10, 10, 3), np.float32),
)


def ball(x: float, y: float, z: float = 1.0) -> Shape:
    at = np.array([x, y, z])
    return Shape(start=at, end=at, r_start=0.2, r_end=0.2, color=(1.0, 0.1, 0.1))


def test_a_board_is_painted_where_it_is_and_as_deep() -> None:
    picture, depth = paint((BOARD,), CAMERA, np.zeros((120, 160, 3), np.float32), samples=2)
    assert depth[60, 80] == pytest.approx(5.0)
    assert (picture[60, 62:98] > 0.99).all()
    assert picture[60, :58].max() == 0
    assert np.isinf(depth[60, 50])


def test_who_is_behind_a_board_is_not_seen_and_who_is_before_it_is() -> None:
    empty, depth = paint((BOARD,), CAMERA, np.zeros((120, 160, 3), np.float32), samples=2)
    assert (draw([ball(0, 0.6)], CAMERA, empty, limit=depth) == empty).all()
    assert draw([ball(0, -0.6)], CAMERA, empty, limit=depth)[60, 80, 1] < 0.5


def test_points_behind_furniture_or_somebody_are_hidden() -> None:
    room = make_room(1)
    points = np.array([[0, 1.0, 1.0], [1.5, 1.0, 1.0], [0, -1.0, 1.0]])
    assert hidden(room, [ball(0, 0)], CAMERA, points).tolist() == [True, False, False]


def test_a_mirrored_shape_is_as_far_behind_the_wall() -> None:
    lying = Shape(
        start=np.array([0, 0.5, 1.0]), end=np.array([1.0, 1.0, 1.2]), r_start=0.1, r_end=0.2, color=(1.0, 1.0, 1.0),
        axes=np.eye(3), stretch=(1, 2, 1),
    )  # fmt: skip
    (image,) = mirrored([lying], 1.5)
    assert image.start == pytest.approx([0, 2.5, 1.0])
    assert image.end == pytest.approx([1.0, 2.0, 1.2])
    (back,) = mirrored([image], 1.5)
    assert back.start == pytest.approx(lying.start)
    assert back.axes == pytest.approx(lying.axes)


def test_the_floor_in_a_mirror_is_that_before_the_wall() -> None:
    from renderer.hard_clips import HARD
    from renderer.scene import FLOOR_Y, PX_PER_M

    room = HARD["mirror_room"]().room()

    def row(y: float) -> int:
        return int((y - FLOOR_Y[0]) * PX_PER_M)

    behind = behind_mirror(room)
    assert behind.wall_y == pytest.approx(2 * room.wall_y + 5.2)
    for away in (0.3, 1.7, 4.0):
        expected = room.floor[row(room.wall_y - away) - 2 : row(room.wall_y - away) + 3]
        assert np.abs(expected - behind.floor[row(room.wall_y + away)]).max(axis=(1, 2)).min() < 1e-6


def test_whoever_stops_puts_the_feet_together_and_stays() -> None:
    style = Style()
    falls = plan_walk(style, straight((0.0, 0.0), 0.0), first_strike_s=-2.0, n_steps=16, pauses_s={6: 3.0})
    stop_s = falls[6].strike_s
    assert falls[7].strike_s - stop_s == pytest.approx(style.step_time_s.left + 3.0)
    assert abs(falls[6].heel_xy[0] - falls[5].heel_xy[0]) < 0.06
    standing = np.arange(stop_s + 0.8, stop_s + 2.6, 0.05)
    motion = move(Walker(footfalls=falls, style=style), standing)
    assert motion.on_ground["left"].all()
    assert motion.on_ground["right"].all()
    assert np.ptp(motion.points["mid_hip"][:, 0]) < 0.05
