"""A square crop shows what is in the square, and positions go back to where they came from."""

import numpy as np

from gait.pose.crops import square_around


def picture_with_dot(x: int, y: int) -> np.ndarray:
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[y - 2 : y + 3, x - 2 : x + 3] = 255
    return picture


def centre_of_light(rgb: np.ndarray) -> np.ndarray:
    """Return the brightest spot in shares of the picture."""
    weight = rgb[..., 0].astype(float)
    y, x = np.mgrid[: rgb.shape[0], : rgb.shape[1]] + 0.5
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum() / rgb.shape[0]


def test_a_dot_is_found_where_it_is_in_the_picture() -> None:
    for size in (64, 256, 512):
        square = square_around(np.array([250.0, 100.0, 350.0, 400.0]), padding=1.25, size=size)
        found = square.to_picture(centre_of_light(square.cut(picture_with_dot(300, 211))))
        np.testing.assert_allclose(found, [300.5, 211.5], atol=0.6)


def test_the_square_is_as_long_as_the_longer_side_and_a_quarter_more() -> None:
    square = square_around(np.array([250.0, 100.0, 350.0, 400.0]), padding=1.25, size=256)
    assert square.side_px == 375
    assert abs(square.left_px + square.side_px / 2 - 300) <= 0.5
    assert abs(square.top_px + square.side_px / 2 - 250) <= 0.5


def test_a_box_over_the_edge_keeps_its_scale() -> None:
    square = square_around(np.array([-60.0, 100.0, 40.0, 400.0]), padding=1.25, size=256)
    found = square.to_picture(centre_of_light(square.cut(picture_with_dot(20, 300))))
    np.testing.assert_allclose(found, [20.5, 300.5], atol=0.6)
