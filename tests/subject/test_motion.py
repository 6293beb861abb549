"""What the embedded detector sees of drawn people."""

import cv2
import numpy as np
import pytest
from subject.walking_figures import draw_figure, figure_box, overlap, wall

from gait.errors import UsageError
from gait.subject.camera import CameraMotion
from gait.subject.detector import DETECTORS, Detections, View, open_detector
from gait.subject.motion import MotionDetector

FPS = 12
WALL = wall()
INWARD = np.array([18.0, 4.0, -18.0, -4.0])
"""What a drawn person may lack of the box that has room for the widest step."""


def detections(pictures: list[np.ndarray]) -> list[Detections]:
    detector, camera = MotionDetector(), CameraMotion()
    found = []
    for row, rgb in enumerate(pictures):
        planes = np.moveaxis(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV), 2, 0).copy()
        view = View(row=row, time_s=row / FPS, planes=planes, camera=camera.update(planes[0]))
        found += list(detector.push(view))
    return found + list(detector.flush())


def whole(found: Detections) -> np.ndarray:
    return np.concatenate([found.boxes[:, :2].min(axis=0), found.boxes[:, 2:].max(axis=0)])


def test_every_view_is_answered_once_and_in_order_though_late() -> None:
    found = detections([WALL] * (14 * FPS))
    assert [d.view.row for d in found] == list(range(14 * FPS))
    assert all(len(d.boxes) == 0 for d in found)


def test_a_walker_who_is_in_view_all_the_time_leaves_no_ghost_where_the_clip_began() -> None:
    pictures, truth = [], []
    for i in range(4 * FPS):
        picture = WALL.copy()
        x = 100 + 6 * i
        draw_figure(picture, x, 240, 120, i / FPS)
        pictures.append(picture)
        truth.append(figure_box(x, 240, 120))
    for found, box in zip(detections(pictures), truth, strict=True):
        assert overlap(whole(found), box + INWARD) > 0.95
        assert overlap(box - 2 * INWARD, whole(found)) > 0.95


def test_someone_who_stands_for_six_seconds_before_walking_is_seen_standing() -> None:
    pictures = []
    for i in range(10 * FPS):
        picture = WALL.copy()
        walked = max(i - 6 * FPS, 0)
        draw_figure(picture, 100 + 6 * walked, 240, 120, walked / FPS)
        pictures.append(picture)
    found = detections(pictures)
    standing, gone = found[FPS], found[-1]
    assert overlap(whole(standing), figure_box(100, 240, 120) + INWARD) > 0.95
    assert whole(gone)[0] > 300, "no ghost is left where the person stood"


def test_light_that_changes_all_over_is_not_taken_for_people() -> None:
    stripes = np.where(np.arange(WALL.shape[1]) // 8 % 2, 60, -60)[None, :, None]
    flash = np.clip(WALL.astype(int) + stripes, 0, 255).astype(np.uint8)
    found = detections([WALL] * 20 + [flash] + [WALL] * 20)
    assert not found[20].reliable
    assert all(len(d.boxes) == 0 for d in found)


def test_automatic_exposure_is_not_taken_for_people() -> None:
    darker = [np.clip(WALL.astype(int) - i // 2, 0, 255).astype(np.uint8) for i in range(40)]
    assert all(len(d.boxes) == 0 for d in detections(darker))


def test_an_unknown_detector_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(UsageError) as error:
        open_detector("psychic")
    assert all(name in str(error.value) for name in DETECTORS)
