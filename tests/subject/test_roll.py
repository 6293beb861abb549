"""How the camera was held, read off rooms drawn by hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gait.subject.roll import camera_roll
from gait.types import FloatArray, ImageArray

WIDTH, HEIGHT = 960, 540
NOBODY = np.empty((0, 4))


def room(roll_deg: float = 0.0, looks_down_deg: float = 0.0) -> ImageArray:
    """Return a wall of panels with door frames and a floor, seen by a camera that was turned anticlockwise and down."""
    picture = np.full((HEIGHT, WIDTH, 3), 205, np.uint8)
    for k, x in enumerate(range(-400, WIDTH + 400, 95)):
        cv2.rectangle(picture, (x, 60 + 15 * (k % 3)), (x + 50, 430), (120 + 20 * (k % 4), 140, 130), -1)
    cv2.rectangle(picture, (-400, 430), (WIDTH + 400, HEIGHT + 100), (150, 130, 110), -1)
    focal = 0.85 * WIDTH
    camera = np.array([[focal, 0, WIDTH / 2], [0, focal, HEIGHT / 2], [0, 0, 1]])
    down, roll = np.radians(looks_down_deg), np.radians(roll_deg)
    tilt = np.array([[1, 0, 0], [0, np.cos(down), -np.sin(down)], [0, np.sin(down), np.cos(down)]])
    turn = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    seen = camera @ turn @ tilt @ np.linalg.inv(camera)
    return np.asarray(cv2.warpPerspective(picture, seen, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT), np.uint8)


def held(*pictures: ImageArray, people: FloatArray = NOBODY):  # type: ignore[no-untyped-def]
    return camera_roll((picture, people) for picture in pictures)


@pytest.mark.parametrize("roll_deg", [-6.0, -1.5, 0.0, 4.0])
def test_the_walls_of_a_room_say_how_far_the_camera_was_turned(roll_deg: float) -> None:
    roll = held(room(roll_deg), room(roll_deg))
    assert roll is not None
    assert roll.deg == pytest.approx(roll_deg, abs=0.3)
    assert 0.5 <= roll.sd_deg < 0.8


def test_walls_that_converge_are_no_roll() -> None:
    """A camera that looks down by 10 degrees sees the left walls lean one way and the right ones the other."""
    roll = held(room(2.0, looks_down_deg=10.0), room(2.0, looks_down_deg=10.0))
    assert roll is not None
    assert roll.deg == pytest.approx(2.0, abs=0.5)
    left, middle, right = roll.upright_deg(np.array([0.0, WIDTH / 2, WIDTH]), WIDTH)
    assert middle == pytest.approx(roll.deg)
    assert right - left == pytest.approx(np.degrees(np.sin(np.radians(10)) / 0.85), abs=2.0)


def test_a_meadow_does_not_tell() -> None:
    rng = np.random.default_rng(3)
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    for x, y, lean, length in zip(
        rng.uniform(0, WIDTH, 300), rng.uniform(0, HEIGHT, 300), rng.uniform(-35, 35, 300), rng.uniform(20, 90, 300),
        strict=True,
    ):  # fmt: skip
        top = (round(x + length * np.sin(np.radians(lean))), round(y - length * np.cos(np.radians(lean))))
        cv2.line(picture, (round(x), round(y)), top, (60, 200, 80), 3)
    assert held(picture, picture) is None


def test_people_do_not_count() -> None:
    """All that stands in this picture is somebody in a striped coat, who leans."""
    picture = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    for x in range(340, 580, 20):
        cv2.line(picture, (x, 450), (x + 40, 60), (40, 40, 40), 4)
    assert held(picture, picture) is not None
    assert held(picture, picture, people=np.array([[320.0, 40.0, 640.0, 470.0]])) is None


def test_one_picture_alone_or_pictures_that_disagree_do_not_tell() -> None:
    assert held(room(3.0)) is None
    assert held(room(-5.0), room(5.0)) is None
    assert held() is None
