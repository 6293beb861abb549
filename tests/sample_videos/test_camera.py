"""The camera and the ray tracer put things where a pinhole camera sees them."""

from __future__ import annotations

import numpy as np
import pytest
from renderer.camera import Camera
from renderer.raster import Shape, draw, normals, trace

CAMERA = Camera(position=(0, -5, 1), target=(0, 0, 1), focal_px=800, width=640, height=480)


def ball(center: tuple[float, float, float], radius: float) -> Shape:
    at = np.array(center)
    return Shape(start=at, end=at, r_start=radius, r_end=radius, color=(1.0, 1.0, 1.0))


def test_what_is_straight_ahead_is_in_the_middle() -> None:
    xy, depth = CAMERA.project(np.array([0.0, 0.0, 1.0]))
    assert xy == pytest.approx([320, 240])
    assert depth == pytest.approx(5.0)


def test_a_metre_to_the_right_and_up_five_metres_away() -> None:
    xy, _ = CAMERA.project(np.array([1.0, 0.0, 2.0]))
    assert xy == pytest.approx([320 + 800 / 5, 240 - 800 / 5])


def test_twice_as_far_is_half_as_large() -> None:
    near, _ = CAMERA.project(np.array([1.0, 0.0, 1.0]))
    far, _ = CAMERA.project(np.array([1.0, 5.0, 1.0]))
    assert far[0] - 320 == pytest.approx((near[0] - 320) / 2)


def test_rays_point_at_the_pixels_they_belong_to() -> None:
    tilted = Camera(position=(1, -4, 2), target=(0, 0.5, 0.8), focal_px=500, width=64, height=48)
    rays = tilted.rays(10, 20, 14, 22)
    xy, depth = tilted.project(np.array(tilted.position) + 3.0 * rays.astype(float))
    assert depth == pytest.approx(np.full((2, 4), 3.0), rel=1e-5)
    assert xy[1, 2] == pytest.approx([12.5, 21.5], abs=1e-3)


def test_a_ray_meets_a_ball_at_its_near_side() -> None:
    distance, share = trace(
        ball((0, 0, 1), 0.5), np.array([0.0, -5, 1]), np.array([[0, 1.0, 0], [1, 1, 0]], np.float32)
    )
    assert distance[0] == pytest.approx(4.5)
    assert np.isinf(distance[1])
    assert normals(ball((0, 0, 1), 0.5), np.array([[0, -0.5, 1]], np.float32), share[:1])[0] == pytest.approx(
        [0, -1, 0]
    )


def test_a_cone_is_met_on_its_wrapping_surface_between_the_ends() -> None:
    upright = Shape(start=np.zeros(3), end=np.array([0, 0, 2.0]), r_start=0.4, r_end=0.2, color=(1.0, 1.0, 1.0))
    distance, share = trace(upright, np.array([0.0, -5, 1]), np.array([[0, 1.0, 0]], np.float32))
    # The tangent line of both circles, half way up.
    assert 5 - distance[0] == pytest.approx(0.3 / np.cos(np.arcsin(0.1)), abs=1e-3)
    assert 0 < share[0] < 1


def test_a_ball_is_drawn_round_where_it_is_and_hides_what_is_behind() -> None:
    back = np.zeros((480, 640, 3), np.float32)
    red = Shape(start=np.array([0.5, 1, 1]), end=np.array([0.5, 1, 1]), r_start=0.3, r_end=0.3, color=(1.0, 0.0, 0.0))
    picture = draw([ball((0.4, 0, 1), 0.3), red], CAMERA, back)
    white = picture[..., 1] > 0.05
    rows, columns = np.nonzero(white)
    assert columns.mean() == pytest.approx(320 + 0.4 * 160, abs=1.5)
    assert rows.mean() == pytest.approx(240, abs=1.5)
    assert np.ptp(columns) == pytest.approx(2 * 0.3 * 160, rel=0.05)
    assert white[240, int(320 + 0.5 * 800 / 6)], "the red ball behind shows through"
