"""Signs of trunk lean and tilts, on figures drawn by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gait.analysis.body.angles import hip_knee_deg
from gait.analysis.body.posture import posture_signals, tilt_deg, trunk_lean_deg
from gait.analysis.geometry import Body
from gait.analysis.view.heading import Heading
from gait.types import Roll
from tests.analysis.figures import figure

NEITHER = np.array([np.nan])


def leaning(pixels_right: float, **more: tuple[float, float]):  # type: ignore[no-untyped-def]
    """A trunk of 100 px whose shoulders are so far to the right of the hips in the picture."""
    return figure(
        left_hip=(200, 200),
        right_hip=(200, 200),
        left_shoulder=(200 + pixels_right, 100),
        right_shoulder=(200 + pixels_right, 100),
        **more,
    )


@pytest.mark.parametrize(("faces", "lean"), [(1.0, 45.0), (-1.0, -45.0)])
def test_from_the_side_a_lean_is_positive_forward(faces: float, lean: float) -> None:
    assert trunk_lean_deg(leaning(100), np.array([faces]), np.zeros(1))[0] == pytest.approx(lean)


@pytest.mark.parametrize(("toward", "lean"), [(1.0, -45.0), (-1.0, 45.0)])
def test_from_the_front_a_lean_is_positive_to_the_subjects_right(toward: float, lean: float) -> None:
    """Image right is the left of somebody who faces the camera, and the right of somebody who faces away."""
    assert trunk_lean_deg(leaning(100), NEITHER, np.array([toward]))[0] == pytest.approx(lean)


def test_a_lower_right_shoulder_tilts_positive_from_both_front_and_back() -> None:
    front = figure(left_shoulder=(300, 100), right_shoulder=(200, 110))
    back = figure(left_shoulder=(200, 100), right_shoulder=(300, 110))
    for view in (front, back):
        assert tilt_deg(view, "shoulder")[0] == pytest.approx(np.degrees(np.arctan2(10, 100)))


def test_head_sway_is_a_share_of_the_picture_and_of_the_trunk() -> None:
    body = leaning(0, nose=(240, 60))
    signals = posture_signals(body, Heading(rightward=np.ones(1), toward=np.zeros(1)))
    assert signals["head_sway"][0] == pytest.approx(0.1)
    assert signals["head_sway_trunk"][0] == pytest.approx(0.4)


def test_the_left_ankle_higher_is_a_positive_height_difference() -> None:
    body = figure(left_ankle=(100, 300), right_ankle=(100, 340))
    signals = posture_signals(body, Heading(rightward=np.ones(1), toward=np.zeros(1)))
    assert signals["ankle_height_difference"][0] == pytest.approx(0.1)


def askew(body: Body, roll_deg: float) -> Body:
    """The same picture, of which it is known that what is upright leans by so much to the right."""
    return Body(replace(body.poses, roll=Roll(deg=roll_deg, fan_deg=0.0, sd_deg=0.5)))


@pytest.mark.parametrize("faces", [1.0, -1.0])
def test_a_trunk_that_leans_as_the_walls_do_is_upright(faces: float) -> None:
    body = askew(leaning(100 * np.tan(np.radians(7.0))), 7.0)
    assert trunk_lean_deg(body, np.array([faces]), np.zeros(1))[0] == pytest.approx(0.0, abs=1e-4)


def test_the_roll_is_taken_off_thigh_and_tilts_and_not_off_the_knee() -> None:
    """Somebody stands upright, facing right and then left, in a picture that was turned 5 degrees clockwise."""
    turn = np.radians(5.0)

    def seen(x: float, y: float) -> tuple[float, float]:
        return 200 + x * np.cos(turn) - y * np.sin(turn), 200 + x * np.sin(turn) + y * np.cos(turn)

    level = {"left_shoulder": (40.0, -100.0), "right_shoulder": (-40.0, -100.0)}
    leg = {f"{side}_{j}": (0.0, y) for side in ("left", "right") for j, y in (("hip", 0), ("knee", 50), ("ankle", 100))}
    body = askew(figure(**{name: seen(*at) for name, at in (level | leg).items()}), 5.0)
    for faces in (1.0, -1.0):
        angles = hip_knee_deg(body, np.array([faces]))
        assert angles["left_hip_deg"][0] == pytest.approx(0.0, abs=1e-4)
        assert angles["left_knee_deg"][0] == pytest.approx(0.0, abs=1e-4)
    assert tilt_deg(body, "shoulder")[0] == pytest.approx(0.0, abs=1e-4)


def test_where_walls_converge_upright_is_what_it_is_where_the_person_walks() -> None:
    body = leaning(10.0)
    fanned = Body(replace(body.poses, roll=Roll(deg=1.0, fan_deg=8.0, sd_deg=0.5)))
    assert fanned.upright_deg[0] == pytest.approx(1.0 + 8.0 * (200 / body.poses.width_px - 0.5))
