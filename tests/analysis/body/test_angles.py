"""Angles of figures so plain that the answer can be read off them."""

from __future__ import annotations

import numpy as np
import pytest

from gait.analysis.body.angles import ankle_deg, foot_pitch_deg, hip_knee_deg, interior_angle_deg
from tests.analysis.figures import figure


def facing(sign: float) -> np.ndarray:
    return np.array([sign])


def test_a_straight_upright_leg_has_no_flexion() -> None:
    angles = hip_knee_deg(figure(left_hip=(100, 100), left_knee=(100, 200), left_ankle=(100, 300)), facing(1))
    assert angles["left_hip_deg"][0] == pytest.approx(0)
    assert angles["left_knee_deg"][0] == pytest.approx(0)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_sitting_leg_bends_hip_and_knee_by_90_whichever_way_it_faces(sign: int) -> None:
    leg = figure(left_hip=(200, 100), left_knee=(200 + sign * 100, 100), left_ankle=(200 + sign * 100, 200))
    angles = hip_knee_deg(leg, facing(sign))
    assert angles["left_hip_deg"][0] == pytest.approx(90)
    assert angles["left_knee_deg"][0] == pytest.approx(90)


def test_a_heel_drawn_to_the_seat_bends_the_knee_alone() -> None:
    leg = figure(right_hip=(200, 100), right_knee=(200, 200), right_ankle=(110, 190))
    angles = hip_knee_deg(leg, facing(1))
    assert angles["right_hip_deg"][0] == pytest.approx(0)
    assert angles["right_knee_deg"][0] == pytest.approx(96.34, abs=0.01)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_shank_leaning_over_a_flat_foot_is_dorsiflexion(sign: int) -> None:
    lean = 100 * np.tan(np.radians(10))
    foot = {"left_heel": (200.0, 300.0), "left_big_toe": (200.0 + sign * 60, 300.0)}
    leg = figure(left_knee=(200 + sign * lean, 180), left_ankle=(200, 280), **foot)
    angles = ankle_deg(leg, facing(sign), {"left": 0.0, "right": 0.0})
    assert angles["left_ankle_deg"][0] == pytest.approx(10)


def test_toes_that_point_down_are_plantarflexion() -> None:
    leg = figure(left_knee=(200, 180), left_ankle=(200, 280), left_heel=(200, 290), left_big_toe=(250, 340))
    assert ankle_deg(leg, facing(1), {"left": 0.0, "right": 0.0})["left_ankle_deg"][0] == pytest.approx(-45)


def test_the_small_toe_counts_half() -> None:
    foot = figure(left_heel=(0, 100), left_big_toe=(100, 80), left_small_toe=(100, 100))
    assert foot_pitch_deg(foot, "left", facing(1))[0] == pytest.approx(np.degrees(np.arctan2(10, 100)))


def test_the_interior_angle_of_a_right_angle_is_90_and_of_a_line_180() -> None:
    a, vertex = np.array([[0.0, 0.0]]), np.array([[0.0, 10.0]])
    assert interior_angle_deg(a, vertex, np.array([[10.0, 10.0]]))[0] == pytest.approx(90)
    assert interior_angle_deg(a, vertex, np.array([[0.0, 20.0]]))[0] == pytest.approx(180)


def test_a_missing_joint_is_nan_and_takes_only_its_own_angles() -> None:
    angles = hip_knee_deg(figure(left_hip=(100, 100), left_knee=(100, 200)), facing(1))
    assert angles["left_hip_deg"][0] == pytest.approx(0)
    assert np.isnan(angles["left_knee_deg"][0])
    assert np.isnan(angles["right_hip_deg"][0])
