"""A picture of a wall, shown by a camera that stands, drifts, jitters, turns after somebody, or is cut."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from subject.walking_figures import draw_figure, wall

from gait.subject.camera import MAX_CORNERS, CameraMotion, CameraPose, fit_similarity
from gait.types import FloatArray, ImageArray

WIDE = cv2.cvtColor(wall(900, 400), cv2.COLOR_RGB2GRAY)
WIDTH, HEIGHT = 480, 272


def seen_from(x: float, y: float) -> ImageArray:
    return cv2.warpAffine(WIDE, np.array([[1.0, 0.0, -x], [0.0, 1.0, -y]]), (WIDTH, HEIGHT))


def with_figure(picture: ImageArray, x: float, tall: float, phase: float) -> tuple[ImageArray, FloatArray]:
    """A dark figure with a chequered shirt, so that it has many corners, and the box around it."""
    colour = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    draw_figure(colour, x, HEIGHT - 5, tall, phase)
    out = cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)
    left, top, side = round(x - 0.09 * tall), round(HEIGHT - 5 - 0.8 * tall), max(round(0.03 * tall), 3)
    for row in range(10):
        for column in range(6):
            shade = 220 if (row + column) % 2 else 30
            corner = (left + column * side, top + row * side)
            cv2.rectangle(out, corner, (corner[0] + side - 1, corner[1] + side - 1), shade, -1)
    return out, np.array([x - 0.3 * tall, HEIGHT - 5 - tall, x + 0.3 * tall, HEIGHT - 5])


def test_a_camera_on_a_tripod_shows_exactly_no_motion_though_the_sensor_is_noisy() -> None:
    rng = np.random.default_rng(0)
    camera = CameraMotion()
    for _ in range(40):
        noisy = np.clip(seen_from(50, 50) + rng.normal(0, 3, (HEIGHT, WIDTH)), 0, 255).astype(np.uint8)
        pose = camera.update(noisy)
        assert (pose.shift_px == 0).all()
        assert pose.known
    assert camera.is_fixed


@pytest.mark.parametrize("speed", [0.05, 1.0, 4.0])
def test_a_pan_to_the_right_moves_the_background_to_the_left(speed: float) -> None:
    camera = CameraMotion()
    for i in range(80):
        pose = camera.update(seen_from(20 + speed * i, 40))
    assert pose.shift_px == pytest.approx([-speed * 79, 0], abs=1.0)
    assert pose.zoom == pytest.approx(1, abs=0.01)


def test_the_tremor_of_a_hand_is_followed_frame_by_frame() -> None:
    rng = np.random.default_rng(1)
    tremor = rng.normal(0, 3, (50, 2))
    camera = CameraMotion()
    found = np.array([camera.update(seen_from(100 + dx, 60 + dy)).shift_px for dx, dy in tremor])
    assert np.abs(found + tremor - tremor[0]).max() < 0.5


def test_a_camera_that_comes_nearer_shows_by_how_much() -> None:
    camera = CameraMotion()
    for i in range(40):
        pose = camera.update(cv2.warpAffine(WIDE, cv2.getRotationMatrix2D((240, 136), 0.0, 1.01**i), (WIDTH, HEIGHT)))
    assert pose.known
    assert pose.zoom == pytest.approx(1.01**39, rel=0.02)


def test_a_large_person_who_walks_by_does_not_move_the_background() -> None:
    camera = CameraMotion()
    for i in range(60):
        picture, box = with_figure(seen_from(50, 50), 40 + 6 * i, 230, i / 30)
        pose = camera.update(picture, box[None])
    assert (pose.shift_px == 0).all()


def test_nor_does_one_whom_nobody_has_noticed() -> None:
    camera = CameraMotion()
    for i in range(60):
        pose = camera.update(with_figure(seen_from(50, 50), 40 + 6 * i, 160, i / 30)[0])
    assert (pose.shift_px == 0).all()


def test_the_background_is_followed_though_the_camera_keeps_a_large_person_in_the_middle() -> None:
    """The one thing that stands still in the picture is the person, and most corners are on the shirt."""
    camera = CameraMotion()
    for i in range(80):
        picture, box = with_figure(seen_from(20 + 4 * i, 40), 240, 250, i / 30)
        pose = camera.update(picture, box[None])
        assert pose.known
    assert pose.shift_px == pytest.approx([-4 * 79, 0], abs=2)


def lettering(picture: ImageArray) -> ImageArray:
    """Two lines of small print and a clock, over the picture."""
    out = picture.copy()
    for row, text in enumerate(["CHANNEL SEVEN LIVE", "12:34:56  REC  4K"]):
        cv2.putText(out, text, (290, 30 + 22 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 2)
    return out


@pytest.mark.parametrize("speed", [0.5, 2.0, 5.0])
def test_lettering_upon_the_picture_does_not_stand_for_the_background(speed: float) -> None:
    camera = CameraMotion()
    for i in range(80):
        pose = camera.update(lettering(seen_from(10 + speed * i, 40)))
        assert pose.known
    assert pose.shift_px == pytest.approx([-speed * 79, 0], abs=1 + 0.005 * speed * 79)


def test_lettering_before_a_wall_of_little_pattern_does_not_stand_for_the_background() -> None:
    """Two corners in five are those of the letters."""
    faint = cv2.addWeighted(WIDE, 0.5, np.full_like(WIDE, 110), 0.5, 0)
    camera = CameraMotion()
    for i in range(80):
        matrix = np.array([[1.0, 0.0, -10.0 - 3 * i], [0.0, 1.0, -40.0]])
        pose = camera.update(lettering(cv2.warpAffine(faint, matrix, (WIDTH, HEIGHT))))
        assert pose.known
    assert pose.shift_px == pytest.approx([-3 * 79, 0], abs=3)


def test_a_camera_that_stands_still_first_and_then_pans_under_lettering() -> None:
    camera = CameraMotion()
    for i in range(90):
        pose = camera.update(lettering(seen_from(10 + 3 * max(i - 30, 0), 40)))
    assert pose.shift_px == pytest.approx([-3 * 59, 0], abs=2)


def test_after_a_cut_to_another_scene_the_motion_counts_anew() -> None:
    other = cv2.cvtColor(wall(WIDTH, HEIGHT, seed=9), cv2.COLOR_RGB2GRAY)
    camera = CameraMotion()
    poses = [camera.update(seen_from(50, 50)) for _ in range(5)] + [camera.update(other) for _ in range(20)]
    assert not poses[6].known
    assert poses[-1].known
    assert poses[-1].scene == 1


def test_one_black_frame_does_not_lose_the_background() -> None:
    camera = CameraMotion()
    for i in range(20):
        pose = camera.update(np.zeros((HEIGHT, WIDTH), np.uint8) if i == 10 else seen_from(50 + i, 50))
        assert pose.known == (i != 10)
    assert pose.scene == 0
    assert pose.shift_px == pytest.approx([-19, 0], abs=0.5)


@pytest.fixture(scope="module")
def filled() -> list[tuple[CameraPose, bool, bool]]:
    """Somebody comes in from the left, so near that for a while the picture shows nothing else, and goes out again.

    For each frame the pose, whether the camera counts as standing still, and whether there is only the person.
    """
    camera = CameraMotion()
    cloth = cv2.cvtColor(wall(WIDTH, HEIGHT, seed=5), cv2.COLOR_RGB2GRAY)
    seen = []
    for i in range(90):
        edge = int(np.interp(i, [10, 30, 50, 70], [0, WIDTH, WIDTH, 0]))
        picture = seen_from(50, 50)
        picture[:, :edge] = cloth[:, WIDTH - edge :]
        box = np.array([[edge - WIDTH - 80.0, -60.0, edge + 30.0, HEIGHT + 60.0]])
        seen.append((camera.update(picture, box), camera.is_fixed, edge == WIDTH))
    return seen


def test_while_one_person_fills_the_picture_the_background_is_unknown_and_that_is_no_cut(
    filled: list[tuple[CameraPose, bool, bool]],
) -> None:
    assert {pose.scene for pose, _, _ in filled} == {0}
    assert not any(pose.known for pose, _, full in filled if full)
    assert all(pose.known for pose, _, _ in filled[:20])


def test_when_the_person_has_gone_the_background_is_known_again(filled: list[tuple[CameraPose, bool, bool]]) -> None:
    assert all(pose.known for pose, _, _ in filled[-15:])
    assert filled[-1][0].shift_px == pytest.approx([0, 0], abs=1)


def test_while_the_background_is_unknown_the_camera_does_not_count_as_standing_still(
    filled: list[tuple[CameraPose, bool, bool]],
) -> None:
    """Or its pose would be taken over from frame to frame as known."""
    assert not any(still for pose, still, _ in filled if not pose.known)


def test_a_picture_with_nothing_in_it_is_unknown_and_no_failure() -> None:
    camera = CameraMotion()
    for _ in range(30):
        pose = camera.update(np.full((HEIGHT, WIDTH), 128, np.uint8))
    assert pose.scene == 0
    assert not pose.known


@pytest.mark.parametrize("size", [(16, 16), (1, 1), (16, 480)])
def test_a_tiny_picture_is_no_failure(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    camera = CameraMotion()
    for _ in range(4):
        pose = camera.update(rng.integers(0, 255, size).astype(np.uint8), np.array([[0.0, 0.0, 8.0, 8.0]]))
    assert np.isfinite(pose.shift_px).all()


def similarity(angle_deg: float, zoom: float, shift: tuple[float, float]) -> FloatArray:
    angle = np.radians(angle_deg)
    turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, shift])


def test_a_known_turn_and_zoom_is_fitted_though_a_third_of_the_points_move_otherwise() -> None:
    rng = np.random.default_rng(2)
    start = rng.uniform(0, 400, (60, 2))
    known = similarity(0.2, 1.003, (3, -2))
    end = start @ known[:, :2].T + known[:, 2]
    end[:20] += [15, 4]
    fitted = fit_similarity(start, end)
    assert fitted is not None
    assert fitted[:2] == pytest.approx(known, abs=1e-4)
    assert fitted[2] == pytest.approx([0, 0, 1])


def test_a_turn_or_a_zoom_that_no_camera_makes_is_none() -> None:
    start = np.random.default_rng(2).uniform(0, 400, (MAX_CORNERS, 2))
    for known in (similarity(40, 1.0, (0, 0)), similarity(0, 2.5, (0, 0)), similarity(0, 0.4, (0, 0))):
        assert fit_similarity(start, start @ known[:, :2].T + known[:, 2]) is None


def test_points_that_share_no_motion_give_none() -> None:
    rng = np.random.default_rng(3)
    start = rng.uniform(0, 400, (40, 2))
    assert fit_similarity(start, start + rng.uniform(-60, 60, (40, 2))) is None
    assert fit_similarity(start[:3], start[:3]) is None
