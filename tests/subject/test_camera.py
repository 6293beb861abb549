"""A picture of a wall, shown by a camera that stands, drifts, jitters or is cut."""

import cv2
import numpy as np
import pytest
from subject.walking_figures import draw_figure, wall

from gait.subject.camera import CameraMotion, fit_similarity

WIDE = cv2.cvtColor(wall(900, 400), cv2.COLOR_RGB2GRAY)


def seen_from(x: float, y: float) -> np.ndarray:
    return cv2.warpAffine(WIDE, np.array([[1.0, 0.0, -x], [0.0, 1.0, -y]]), (480, 272))


def test_a_camera_on_a_tripod_shows_exactly_no_motion_though_the_sensor_is_noisy() -> None:
    rng = np.random.default_rng(0)
    camera = CameraMotion()
    for _ in range(40):
        noisy = np.clip(seen_from(50, 50) + rng.normal(0, 3, (272, 480)), 0, 255).astype(np.uint8)
        pose = camera.update(noisy)
        assert (pose.shift_px == 0).all()
        assert pose.known


@pytest.mark.parametrize("speed", [0.05, 1.0, 4.0])
def test_a_pan_to_the_right_moves_the_background_to_the_left(speed: float) -> None:
    camera = CameraMotion()
    for i in range(80):
        pose = camera.update(seen_from(20 + speed * i, 40))
    assert pose.shift_px == pytest.approx([-speed * 79, 0], abs=1.0)


def test_the_tremor_of_a_hand_is_followed_frame_by_frame() -> None:
    rng = np.random.default_rng(1)
    tremor = rng.normal(0, 3, (50, 2))
    camera = CameraMotion()
    found = np.array([camera.update(seen_from(100 + dx, 60 + dy)).shift_px for dx, dy in tremor])
    assert np.abs(found + tremor - tremor[0]).max() < 0.5


def test_a_large_person_who_walks_by_does_not_move_the_background() -> None:
    camera = CameraMotion()
    for i in range(60):
        picture = cv2.cvtColor(seen_from(50, 50), cv2.COLOR_GRAY2RGB)
        draw_figure(picture, 40 + 6 * i, 265, 230, i / 30)
        pose = camera.update(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    assert (pose.shift_px == 0).all()


def test_after_a_cut_to_another_scene_the_motion_counts_anew() -> None:
    other = cv2.cvtColor(wall(480, 272, seed=9), cv2.COLOR_RGB2GRAY)
    camera = CameraMotion()
    poses = [camera.update(seen_from(50, 50)) for _ in range(5)] + [camera.update(other) for _ in range(20)]
    assert not poses[6].known
    assert poses[-1].known
    assert poses[-1].scene == 1


def test_one_black_frame_does_not_lose_the_background() -> None:
    camera = CameraMotion()
    for i in range(20):
        pose = camera.update(np.zeros((272, 480), np.uint8) if i == 10 else seen_from(50 + i, 50))
        assert pose.known == (i != 10)
    assert pose.scene == 0
    assert pose.shift_px == pytest.approx([-19, 0], abs=0.5)


def test_a_known_turn_and_zoom_is_fitted_though_a_third_of_the_points_move_otherwise() -> None:
    rng = np.random.default_rng(2)
    start = rng.uniform(0, 400, (60, 2))
    angle, zoom = np.radians(0.2), 1.003
    linear = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    end = start @ linear.T + [3, -2]
    end[:20] += [15, 4]
    fitted = fit_similarity(start, end, np.ones(60))
    assert fitted is not None
    matrix, agree = fitted
    assert not agree[:20].any()
    assert agree[20:].all()
    assert matrix[:2, :2] == pytest.approx(linear, abs=1e-6)
    assert matrix[:2, 2] == pytest.approx([3, -2], abs=1e-4)


def test_points_that_share_no_motion_give_none() -> None:
    rng = np.random.default_rng(3)
    start = rng.uniform(0, 400, (40, 2))
    assert fit_similarity(start, start + rng.uniform(-60, 60, (40, 2)), np.ones(40)) is None
