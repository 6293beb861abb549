"""The smooth path through scattered detections, of walks that are written down."""

from __future__ import annotations

import numpy as np
import pytest
from subject.by_hand import REACH, STEP_S, middle, path, track

from gait.subject.detections import HALF_WIDTH
from gait.subject.track.trajectory import SLACK_S

SPEED = 60.0
"""Pixels a second: a reach."""


def walk_x(t: float) -> float:
    return 60 + SPEED * t


def test_detections_without_error_are_met_in_between_too() -> None:
    walk = path(track(0, 6, walk_x))
    times = np.arange(0, 6, 1 / 60)
    hips, reach = walk.place(times)
    assert hips[:, 0] == pytest.approx(walk_x(times), abs=0.5)
    assert hips[:, 1] == pytest.approx(np.full(len(times), 150.0), abs=0.01)
    assert reach == pytest.approx(np.full(len(times), REACH), rel=1e-6)


def test_the_box_holds_the_person_from_head_to_soles() -> None:
    (box,) = path(track(0, 6, walk_x)).boxes(np.array([3.0]))
    assert box == pytest.approx([240 - HALF_WIDTH * REACH, 90, 240 + HALF_WIDTH * REACH, 210], abs=0.5)


def test_the_box_does_not_jump_from_frame_to_frame() -> None:
    """The detector errs by a twentieth of a reach in place, and by a twelfth in size."""
    rng = np.random.default_rng(0)
    scattered = track(
        0, 6, lambda t: walk_x(t) + rng.normal(0, 3), y=lambda _: 150 + rng.normal(0, 3),
        reach=lambda _: REACH * np.exp(rng.normal(0, 0.08)),
    )  # fmt: skip
    boxes = path(scattered).boxes(np.arange(0, 5.9, 1 / 60))
    assert np.abs(np.diff(boxes, n=2, axis=0)).max() < 0.7
    truth = walk_x(np.arange(0, 5.9, 1 / 60))
    assert np.abs(middle(boxes) - truth).max() < 0.1 * REACH


def test_the_bob_of_the_steps_stays_in_the_path() -> None:
    """Two steps a second, each moving the hips by a tenth of a reach, would be lost by a slower path."""
    sway = path(track(0, 6, lambda t: 240 + 20 * np.sin(2 * np.pi * 0.5 * t)))
    times = np.arange(0.5, 5.5, 0.05)
    assert sway.place(times)[0][:, 0] == pytest.approx(240 + 20 * np.sin(np.pi * times), abs=3)


@pytest.mark.parametrize("every", [6, 9])
def test_now_and_then_a_detection_far_off_is_forgiven(every: int) -> None:
    walk = track(0, 6, walk_x)
    for k in range(4, len(walk.time_s) - 1, every):
        walk.hips[k] = walk.hips[k] + [REACH, -0.5 * REACH]
        walk.reach[k] *= 1.8
    times = np.arange(0, 6, 1 / 30)
    hips, reach = path(walk).place(times)
    assert np.abs(hips[:, 0] - walk_x(times)).max() < 0.12 * REACH
    assert np.abs(hips[:, 1] - 150).max() < 0.12 * REACH
    assert np.abs(np.log(reach / REACH)).max() < 0.1


def test_two_detections_off_in_a_row_are_forgiven_too() -> None:
    walk = track(0, 6, walk_x)
    for k in (20, 21):
        walk.hips[k] = walk.hips[k] + [1.5 * REACH, 0]
    hips, _ = path(walk).place(np.array(walk.time_s))
    assert np.abs(hips[:, 0] - walk_x(np.array(walk.time_s))).max() < 0.15 * REACH


def test_behind_a_tree_the_path_goes_straight_on() -> None:
    one = path(track(0, 6, walk_x))
    kept = [t for t in one.time_s if not 2.5 < t < 3.8]
    gap = track(0, 6, walk_x)
    gap = gap.part(0, len(gap.time_s))
    rows = [k for k, t in enumerate(gap.time_s) if t in kept]
    for name in ("time_s", "hips", "reach", "score", "shift", "clothes"):
        setattr(gap, name, [getattr(gap, name)[k] for k in rows])
    times = np.arange(2.0, 4.5, 0.05)
    assert path(gap).place(times)[0][:, 0] == pytest.approx(walk_x(times), abs=2)


def test_somebody_is_in_view_from_shortly_before_the_first_detection_to_shortly_after_the_last() -> None:
    walk = path(track(2.0, 5.0, walk_x))
    last = walk.time_s[-1]
    assert list(walk.in_view(np.array([1.4, 1.6, 3.0, last + SLACK_S - 0.1, last + SLACK_S + 0.1]))) == [
        False, True, True, True, False,
    ]  # fmt: skip


def test_while_somebody_is_away_the_path_is_not_in_view() -> None:
    both = path(track(0.0, 3.0, lambda t: 300 + SPEED * t), track(8.0, 11.0, lambda t: 480 - SPEED * (t - 8.0)))
    assert list(both.in_view(np.array([1.0, 3.2, 5.0, 7.7, 9.0]))) == [True, True, False, True, True]


def test_each_stretch_has_a_path_of_its_own() -> None:
    """Out at the right edge, and in again at the left one: nobody crosses the picture in between."""
    both = path(track(0.0, 3.0, lambda t: 300 + SPEED * t), track(4.0, 7.0, lambda t: 20 + SPEED * (t - 4.0)))
    hips, _ = both.place(np.array([2.9, 3.3, 3.7, 4.1]))
    assert hips[:2, 0] == pytest.approx([474, 498], abs=3)
    assert hips[2:, 0] == pytest.approx([2, 26], abs=3)


@pytest.mark.parametrize("beyond_s", [0.2, 0.5, 3.0, 100.0])
def test_beyond_its_ends_the_path_goes_on_for_half_a_second_and_no_farther(beyond_s: float) -> None:
    walk = path(track(1.0, 5.0, walk_x))
    ends = np.array([walk.time_s[0], walk.time_s[-1]])
    hips, reach = walk.place(ends + beyond_s * np.array([-1, 1]))
    glide = SPEED * min(beyond_s, SLACK_S)
    assert hips[:, 0] == pytest.approx(walk_x(ends) + glide * np.array([-1, 1]), abs=2)
    assert reach == pytest.approx([REACH, REACH], rel=0.01)


def test_somebody_who_comes_nearer_grows_and_does_not_lag() -> None:
    nearer = path(track(0, 6, lambda _: 240.0, reach=lambda t: 40 * np.exp(t / 6)))
    times = np.arange(0.2, 5.8, 0.1)
    assert nearer.place(times)[1] == pytest.approx(40 * np.exp(times / 6), rel=0.01)


def test_on_the_ground_the_motion_of_the_camera_is_taken_off() -> None:
    """Kept in the middle of the picture by a camera that pans."""
    kept = path(track(0, 6, lambda _: 240.0, shift=lambda t: -SPEED * t))
    assert np.ptp(middle(kept.boxes(kept.time_s)) - 240 - SPEED * kept.time_s) == pytest.approx(0, abs=1)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_a_handful_of_detections_is_enough_for_a_path(n: int) -> None:
    few = path(track(0, (n - 1) * STEP_S, walk_x))
    hips, reach = few.place(np.array([-1.0, 0.0, 1.0]))
    assert np.isfinite(hips).all()
    assert np.isfinite(reach).all()
    assert hips[1, 0] == pytest.approx(60, abs=1)
