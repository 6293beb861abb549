"""Who is who from sample to sample, told by places and clothes that are written down."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from subject.by_hand import BLUE, REACH, RED, STEP_S, One, found

from gait.subject.track.clothes import Clothes, apart
from gait.subject.track.tracker import MIN_DETECTIONS, Track, Tracker

Scene = Callable[[float], list[One]]


def tracked(
    scene: Scene,
    seconds: float,
    shift: Callable[[float], float] = lambda _: 0.0,
    number: Callable[[float], int] = lambda _: 0,
) -> list[Track]:
    tracker = Tracker()
    for t in np.arange(0, seconds, STEP_S):
        people = scene(t)
        tracker.update(found(float(t), people, shift(t), number(t)), [one.clothes for one in people])
    tracker.close()
    return sorted(tracker.finished, key=lambda track: track.start_s)


def ends(track: Track) -> tuple[float, float]:
    return float(track.hips[0][0]), float(track.hips[-1][0])


@pytest.mark.parametrize("clothes", [(RED, BLUE), (None, None)], ids=["by their clothes too", "by motion alone"])
@pytest.mark.parametrize("apart_y", [0.0, 12.0], ids=["at one distance", "one a little nearer"])
def test_two_people_who_cross_keep_their_identity(
    clothes: tuple[Clothes | None, Clothes | None], apart_y: float
) -> None:
    """Each at one reach a second; while they are upon each other, only the nearer one is found."""

    def crossing(t: float) -> list[One]:
        near = One(100 + 60 * t, 150 + apart_y, REACH + apart_y, clothes=clothes[0])
        far = One(400 - 60 * t, 150, clothes=clothes[1])
        return [near] if abs(near.x - far.x) < 0.4 * REACH else [far, near]

    tracks = tracked(crossing, 5.0)
    assert len(tracks) == 2
    way = 60 * (len(np.arange(0, 5.0, STEP_S)) - 1) * STEP_S
    assert sorted(map(ends, tracks)) == [(100, pytest.approx(100 + way)), (400, pytest.approx(400 - way))]


def test_two_who_meet_and_turn_back_are_told_by_their_clothes() -> None:
    """By motion alone it would look as if they had passed each other."""

    def meeting(t: float) -> list[One]:
        gap = 12 + 60 * abs(t - 2.0)
        return [One(240 - gap, clothes=RED), One(240 + gap, clothes=BLUE)]

    tracks = tracked(meeting, 4.0)
    assert len(tracks) == 2
    for track in tracks:
        worn = RED if track.hips[0][0] < 240 else BLUE
        assert max(apart(worn, seen) for seen in track.clothes) == 0


@pytest.mark.parametrize("speed", [30, 60, 90])
def test_a_walker_behind_a_tree_for_eight_tenths_of_a_second_is_one_track(speed: float) -> None:
    tracks = tracked(lambda t: [] if 1.6 < t < 2.4 else [One(60 + speed * t)], 4.0)
    assert len(tracks) == 1
    assert tracks[0].start_s == 0
    assert tracks[0].end_s > 3.8


@pytest.mark.parametrize("reaches", [4, 6])
def test_somebody_unseen_for_a_second_is_not_taken_up_by_another_far_away(reaches: float) -> None:
    gone, there = [One(60)], [One(60 + reaches * REACH)]
    tracks = tracked(lambda t: gone if t < 2.0 else [] if t < 2.9 else there, 5.0)
    assert [ends(track) for track in tracks] == [(60, 60), (60 + reaches * REACH,) * 2]


def test_nor_by_somebody_in_other_clothes_on_the_very_spot() -> None:
    tracks = tracked(lambda t: [One(200, clothes=RED)] if t < 2.0 else [One(200, clothes=BLUE)], 4.0)
    assert len(tracks) == 2


def test_nor_by_somebody_half_as_large_on_the_very_spot() -> None:
    tracks = tracked(lambda t: [One(200)] if t < 2.0 else [One(200, reach=REACH / 2.2)], 4.0)
    assert len(tracks) == 2


def test_a_track_goes_on_while_the_detector_is_unsure_of_it() -> None:
    tracks = tracked(lambda t: [One(60 + 60 * t, score=0.35 if 1.0 < t < 3.0 else 0.8)], 4.0)
    assert len(tracks) == 1
    assert len(tracks[0].time_s) == 30


def test_what_the_detector_is_never_sure_of_begins_no_track() -> None:
    assert tracked(lambda t: [One(200, score=0.4)], 4.0) == []


def test_what_is_seen_three_times_is_a_flicker() -> None:
    assert MIN_DETECTIONS > 3
    assert tracked(lambda t: [One(200)] if t < 2.5 * STEP_S else [], 4.0) == []


def test_after_a_cut_to_another_scene_everyone_is_somebody_else() -> None:
    tracks = tracked(lambda t: [One(200), One(350)], 4.0, number=lambda t: int(t >= 2.0))
    assert len(tracks) == 4
    assert {track.end_s < 2.0 for track in tracks[:2]} == {True}
    assert {track.start_s >= 2.0 for track in tracks[2:]} == {True}


def test_a_jerk_of_the_camera_moves_nobody() -> None:
    """Half the picture from one view to the next, there and back, and two people who stand side by side."""

    def jerk(t: float) -> float:
        return 120.0 if 1.0 < t < 1.5 else 0.0

    tracks = tracked(lambda t: [One(100 + jerk(t)), One(220 + jerk(t))], 3.0, shift=jerk)
    assert len(tracks) == 2
    for track in tracks:
        on_ground = np.array(track.hips)[:, 0] - np.array(track.shift)[:, 0]
        assert np.ptp(on_ground) == 0


def test_a_second_find_of_the_same_body_begins_no_track() -> None:
    tracks = tracked(lambda t: [One(200 + 40 * t), One(212 + 40 * t, 158, 0.8 * REACH, 0.5)], 3.0)
    assert len(tracks) == 1
    assert np.std(np.array(tracks[0].hips)[:, 1]) == 0


def test_somebody_is_expected_where_the_walk_leads() -> None:
    tracker = Tracker()
    for k in range(10):
        tracker.update(found(k * STEP_S, [One(60 + 60 * k * STEP_S)]), [None])
    ((x, y, reach),) = tracker.expected(10 * STEP_S, np.array([-25.0, 0.0]))
    assert x == pytest.approx(60 + 60 * 10 * STEP_S - 25, abs=2)
    assert y == pytest.approx(150, abs=1)
    assert reach == pytest.approx(REACH, rel=0.02)


def test_whoever_has_left_the_picture_is_not_waited_for_there() -> None:
    tracker = Tracker()
    for k in range(23):
        t = k * STEP_S
        people = [One(330 + 90 * t)] if t < 1.6 else []
        tracker.update(found(t, people), [None] * len(people))
    assert tracker.live == []
    assert len(tracker.finished) == 1
