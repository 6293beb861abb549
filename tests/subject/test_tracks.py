"""Boxes over time: who is who, and how far they walk."""

import numpy as np
import pytest

from gait.subject.camera import CameraPose
from gait.subject.detector import Detections, View
from gait.subject.joining import join
from gait.subject.path import Path, Sighting
from gait.subject.tracking import Track, Tracker
from gait.subject.travel import RUN_SPEED, measure

SIZE = (480, 272)
RATE = 12


def at(x: float, feet: float = 240, tall: float = 120) -> np.ndarray:
    return np.array([x - 25, feet - tall, x + 25, feet], dtype=np.float64)


def tracked(frames: list[list[np.ndarray]], shift_per_frame: float = 0.0) -> list[Track]:
    tracker = Tracker()
    for i, boxes in enumerate(frames):
        pose = CameraPose(matrix=np.eye(3), shift_px=np.array([shift_per_frame * i, 0.0]))
        view = View(row=i, time_s=i / RATE, planes=np.zeros((3, SIZE[1], SIZE[0]), np.uint8), camera=pose)
        n = len(boxes)
        tracker.update(
            Detections(view=view, boxes=np.array(boxes).reshape(-1, 4), scores=np.full(n, 0.3), parts=np.ones(n, bool))
        )
    tracker.close()
    return join(tracker.finished, SIZE)


def middle(box: np.ndarray) -> float:
    return float(box[0] + box[2]) / 2


def test_two_people_who_cross_keep_their_identity() -> None:
    frames = []
    for i in range(60):
        a, b = 100 + 5 * i, 400 - 5 * i
        merged = abs(a - b) < 50
        frames.append([np.array([min(a, b) - 25, 120, max(a, b) + 25, 240])] if merged else [at(a), at(b)])
    tracks = tracked(frames)
    assert len(tracks) == 2
    ends = sorted((middle(t.boxes[0]), middle(t.boxes[-1])) for t in tracks)
    assert ends == [(100, pytest.approx(395, abs=15)), (400, pytest.approx(105, abs=15))]


def test_the_pieces_of_one_body_are_one_track() -> None:
    frames = []
    for i in range(30):
        x = 100 + 5 * i
        legs, trunk = at(x, 240, 50), at(x, 185, 65)
        frames.append([legs, trunk] if i % 2 else [at(x)])
    tracks = tracked(frames)
    assert len(tracks) == 1
    assert min(box[3] - box[1] for box in tracks[0].boxes) == 120


def test_a_walker_behind_a_tree_for_a_second_is_one_track() -> None:
    frames = [[] if 20 <= i < 32 else [at(60 + 5 * i)] for i in range(70)]
    assert len(tracked(frames)) == 1


def test_someone_who_leaves_and_comes_back_running_is_another_track() -> None:
    out = [[np.clip(at(440 + 5 * i), 0, 480)] for i in range(-40, 8)]
    back = [[np.clip(at(470 - 12 * i), 0, 480)] for i in range(30)]
    assert len(tracked([*out, *[[]] * 6, *back])) == 2


def test_someone_who_stands_still_and_fades_into_the_background_is_one_track() -> None:
    walk_in = [[at(60 + 5 * i)] for i in range(30)] + [[at(210)]] * 12
    walk_out = [[at(210)]] * 12 + [[at(210 + 5 * i)] for i in range(30)]
    assert len(tracked([*walk_in, *[[]] * 60, *walk_out])) == 1


def path_of(boxes: list[np.ndarray], rate: float = RATE) -> Path:
    track = Track()
    for i, box in enumerate(boxes):
        track.add(i / rate, box, np.zeros(2), whole=True)
    return Path(track, SIZE)


def test_a_camera_that_follows_a_walker_does_not_hide_the_walk() -> None:
    tracks = tracked([[at(240)] for _ in range(48)], shift_per_frame=-5.0)
    travel = measure(Path(tracks[0], SIZE))
    assert travel.body_heights == pytest.approx(47 * 5 / 120, rel=0.1)
    assert travel.across > 0


def test_four_body_heights_to_the_left_are_measured() -> None:
    travel = measure(path_of([at(480 - 8 * i, 240, 110) for i in range(55)]))
    assert travel.body_heights == pytest.approx(54 * 8 / 110, rel=0.1)
    assert travel.across < 0
    assert travel.speed < RUN_SPEED


def test_swaying_and_jumping_on_the_spot_is_no_walk() -> None:
    sway = [at(200 + 12 * np.sin(2 * np.pi * i / RATE), 240 - 20 * (i % 9 == 0)) for i in range(80)]
    assert measure(path_of(sway)).body_heights == 0


def test_lifting_the_arms_is_no_walk_toward_the_camera() -> None:
    arms = [at(200, 240, 110 + 25 * np.sin(2 * np.pi * i / 60)) for i in range(80)]
    assert measure(path_of(arms)).body_heights < 0.5


def test_growing_at_head_and_feet_is_a_walk_toward_the_camera() -> None:
    distance = np.linspace(6.0, 2.5, 72)
    boxes = [at(240, 130 + 0.5 * 384 / z, 384 / z) for z in distance]
    travel = measure(path_of(boxes))
    assert travel.depth == pytest.approx(3.5, rel=0.25)
    assert abs(travel.across) < 0.3


def test_the_smooth_box_contains_the_body_though_half_of_the_detections_miss_the_head() -> None:
    boxes = [at(100 + 5 * i, 240, 120 if i % 2 else 95) for i in range(48)]
    smooth = path_of(boxes).boxes(np.arange(6, 42) / RATE)
    assert smooth[:, 1].max() < 126
    assert smooth[:, 3].min() > 237


def test_the_box_does_not_jump_from_frame_to_frame() -> None:
    rng = np.random.default_rng(0)
    boxes = [at(100 + 5 * i) + rng.normal(0, 4, 4) for i in range(48)]
    smooth = path_of(boxes).boxes(np.arange(0, 47 / RATE, 1 / 60))
    assert np.abs(np.diff(smooth, n=2, axis=0)).max() < 0.5


def test_a_shadow_beside_the_feet_is_corrected_by_looks_at_the_body() -> None:
    with_shadow = [np.array([100 + 5 * i - 25, 120, 100 + 5 * i + 75, 250]) for i in range(48)]
    path = path_of(with_shadow)
    path.refine([Sighting(time_s=i / RATE, box=at(100 + 5 * i), score=0.9) for i in (5, 20, 40)])
    box = path.boxes(np.array([30 / RATE]))[0]
    assert middle(box) == pytest.approx(250, abs=5)
    assert box[[1, 3]] == pytest.approx([120, 240], abs=4)
    assert box[2] - box[0] < 75
