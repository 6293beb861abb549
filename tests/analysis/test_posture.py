"""Signs of trunk lean and tilts, on figures drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gait.analysis.heading import Heading
from gait.analysis.posture import readout, tilt_deg, trunk_lean_deg
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
    signals = readout(body, Heading(rightward=np.ones(1), toward=np.zeros(1)))
    assert signals["head_sway"][0] == pytest.approx(0.1)
    assert signals["head_sway_trunk"][0] == pytest.approx(0.4)


def test_the_left_ankle_higher_is_a_positive_height_difference() -> None:
    body = figure(left_ankle=(100, 300), right_ankle=(100, 340))
    signals = readout(body, Heading(rightward=np.ones(1), toward=np.zeros(1)))
    assert signals["ankle_height_difference"][0] == pytest.approx(0.1)
