"""Tracks become people: written-down tracks of somebody who is hidden, leaves, returns, or is mixed up with another."""

from __future__ import annotations

import numpy as np
import pytest
from subject.by_hand import BLUE, GREEN, RED, SIZE, STEP_S, person, track, wearing

from gait.subject.track.clothes import Clothes, apart, typical
from gait.subject.track.joining import ALIKE, BRIDGE_S, MARGIN, OTHER, Person, cut_where_another_takes_over, join
from gait.subject.track.tracker import Track

RIGHT, LEFT = 460.0, 20.0
"""At the edges of the picture, which is 480 wide."""


def stretches(people: list[Person]) -> list[list[tuple[float, float]]]:
    """To a tenth of a second."""
    return [[(round(a, 1), round(b, 1)) for a, b in one.stretches] for one in people]


def leaving(start_s: float, clothes: Clothes | None, seconds: float = 4.0, side: float = RIGHT) -> Track:
    """Out of the picture, a reach a second."""
    speed = 60 if side == RIGHT else -60
    return track(start_s, start_s + seconds, lambda t: side + speed * (t - start_s - seconds), clothes)


def coming(start_s: float, clothes: Clothes | None, seconds: float = 4.0, side: float = RIGHT, **more: object) -> Track:
    """Into the picture, a reach a second."""
    speed = -60 if side == RIGHT else 60
    return track(start_s, start_s + seconds, lambda t: side + speed * (t - start_s), clothes, **more)  # type: ignore[arg-type]


def like(clothes: int, differs: float) -> Clothes:
    return wearing(clothes, 220, differs)


def test_one_walker_is_one_person_in_one_stretch() -> None:
    people = join([leaving(0.0, RED)], SIZE)
    assert stretches(people) == [[(0.0, 4.0)]]
    assert len(people[0].track.time_s) == 31


def test_a_track_that_changes_clothes_half_way_is_cut_there() -> None:
    """Two people stood upon each other at three seconds, and the track went on with the wrong one."""
    swapped = track(0, 6, lambda t: 100 + 30 * t, lambda t: RED if t < 3.0 else BLUE)
    people = join([swapped], SIZE)
    assert len(people) == 2
    assert people[0].track.end_s < 3.0 <= people[1].track.start_s
    for one, worn in zip(people, (RED, BLUE), strict=True):
        assert apart(typical(one.track.clothes), worn) == pytest.approx(0, abs=1e-9)


def test_two_tracks_that_swap_their_people_are_put_right() -> None:
    there = track(0, 6, lambda t: 100 + 45 * t, lambda t: RED if t < 3.0 else BLUE)
    back = track(0, 6, lambda t: 370 - 45 * t, lambda t: BLUE if t < 3.0 else RED)
    people = join([there, back], SIZE)
    assert stretches(people) == [[(0.0, 6.0)]] * 2
    for one in people:
        assert max(apart(one.track.clothes[0], seen) for seen in one.track.clothes) == 0


def test_a_track_that_ends_on_a_coat_stand_loses_that_end() -> None:
    """Hidden for longer than a second, and taken up by something in other colours for the last six tenths."""
    walk = track(0, 4, lambda t: 100 + 40 * t, RED)
    last = track(4 + 9 * STEP_S, 4 + 13 * STEP_S, lambda _: 300.0, BLUE)
    pieces = cut_where_another_takes_over(person(walk, last).track)
    assert [piece.end_s for piece in pieces] == [walk.end_s, last.end_s]


def test_light_that_changes_from_one_end_of_the_walk_to_the_other_is_no_other_person() -> None:
    walk = track(0, 6, lambda t: 60 + 60 * t, lambda t: like(20, 0.5 * t / 6))
    assert apart(walk.clothes[0], walk.clothes[-1]) > OTHER
    assert len(join([walk], SIZE)) == 1


def test_nor_is_somebody_who_is_covered_by_another_for_half_a_second() -> None:
    walk = track(0, 6, lambda t: 60 + 60 * t, lambda t: BLUE if 2.9 < t < 3.4 else RED)
    assert len(join([walk], SIZE)) == 1


def test_clothes_that_are_never_seen_cut_nothing() -> None:
    assert len(join([track(0, 6, lambda t: 60 + 60 * t, None)], SIZE)) == 1


def test_out_at_the_right_and_back_five_seconds_later_in_the_same_clothes() -> None:
    people = join([leaving(0.0, RED), coming(9.0, RED)], SIZE)
    assert stretches(people) == [[(0.0, 4.0), (9.0, 13.0)]]
    assert people[0].track.time_s == sorted(people[0].track.time_s)
    assert len(people[0].track.time_s) == len(people[0].track.clothes) == 62


def test_back_in_at_the_other_edge_round_the_back_of_the_camera() -> None:
    assert len(join([leaving(0.0, RED), coming(9.0, RED, side=LEFT)], SIZE)) == 1


def test_out_and_back_in_other_clothes_is_somebody_else() -> None:
    assert stretches(join([leaving(0.0, RED), coming(9.0, BLUE)], SIZE)) == [[(0.0, 4.0)], [(9.0, 13.0)]]


def test_out_and_back_in_somewhat_other_clothes_is_not_settled() -> None:
    assert len(join([leaving(0.0, like(20, 0.0)), coming(9.0, like(20, ALIKE + 0.03))], SIZE)) == 2
    assert len(join([leaving(0.0, like(20, 0.0)), coming(9.0, like(20, ALIKE - 0.03))], SIZE)) == 1


def test_twice_as_large_is_somebody_else() -> None:
    assert len(join([leaving(0.0, RED), coming(9.0, RED, reach=lambda _: 110.0)], SIZE)) == 2


@pytest.mark.parametrize("differs", [0.0, 0.3 * MARGIN, 0.8 * MARGIN])
def test_of_two_who_come_in_about_equally_alike_neither_is_taken(differs: float) -> None:
    """They come in from either side at about the same time: who of them was there before cannot be told."""
    people = join([leaving(0.0, RED), coming(9.0, RED), coming(9.3, like(20, differs), side=LEFT)], SIZE)
    assert len(people) == 3


def test_of_two_who_come_in_the_more_alike_is_taken() -> None:
    people = join(
        [leaving(0.0, RED), coming(9.0, like(20, 2 * MARGIN)), coming(9.3, like(20, 0.5 * MARGIN), side=LEFT)], SIZE
    )
    assert stretches(people) == [[(0.0, 4.0), (9.3, 13.3)], [(9.0, 13.0)]]


def test_of_two_who_left_in_the_same_clothes_neither_is_taken_for_the_one_who_comes_in() -> None:
    assert len(join([leaving(0.0, RED), leaving(0.3, RED, side=LEFT), coming(9.0, RED)], SIZE)) == 3


@pytest.mark.parametrize("times", [2, 3, 5])
def test_to_and_fro_beyond_both_edges_in_the_same_clothes_is_one_person(times: int) -> None:
    """Nobody else is there; in view for four seconds, away for three, again and again."""

    def way(k: int) -> Track:
        return track(7.0 * k, 7.0 * k + 4.0, lambda t: 240 + (-1) ** k * 110 * (t - 7.0 * k - 2.0), RED)

    people = join([way(k) for k in range(times)], SIZE)
    assert stretches(people) == [[(7.0 * k, 7.0 * k + 4.0) for k in range(times)]]


def test_to_and_fro_while_somebody_else_in_other_clothes_crosses() -> None:
    walks = [leaving(0.0, RED), coming(7.0, RED), leaving(11.2, RED, side=LEFT), coming(18.0, RED, side=LEFT)]
    others = [track(5.0, 9.0, lambda t: 20 + 110 * (t - 5.0), GREEN)]
    people = join([*walks, *others], SIZE)
    assert len(people) == 2
    assert {round(apart(typical(p.track.clothes), GREEN), 3) for p in people} == {0, 1}


def test_gone_in_the_middle_of_the_picture_and_in_again_at_its_edge_is_not_settled() -> None:
    vanished = track(0.0, 4.0, lambda t: 60 + 45 * t, RED)
    assert len(join([vanished, coming(9.0, RED)], SIZE)) == 2


def test_hidden_behind_a_pillar_for_eight_seconds_and_there_again() -> None:
    before, after = track(0.0, 4.0, lambda t: 60 + 45 * t, RED), track(12.0, 16.0, lambda t: 260 + 45 * (t - 12), RED)
    assert stretches(join([before, after], SIZE)) == [[(0.0, 4.0), (12.0, 16.0)]]


def test_behind_a_tree_for_a_second_and_a_half_is_one_stretch() -> None:
    walk = [track(a, b, lambda t: 60 + 60 * t, None) for a, b in ((0.0, 2.0), (3.5, 6.0))]
    assert walk[1].start_s - walk[0].end_s < BRIDGE_S
    assert [p.stretches for p in join(walk, SIZE)] == [((0.0, walk[1].end_s),)]


def test_while_the_camera_pans_the_place_behind_the_tree_is_one_on_the_ground() -> None:
    """The walker stays in the middle of the picture, and the background moves a reach a second."""
    walk = [track(a, b, lambda _: 240.0, None, shift=lambda t: -60 * t) for a, b in ((0.0, 2.0), (3.5, 6.0))]
    assert len(join(walk, SIZE)) == 1
    standing = [track(a, b, lambda _: 240.0, None) for a, b in ((0.0, 2.0), (3.5, 6.0))]
    standing[1].shift = [np.array([600.0, 0.0])] * len(standing[1].time_s)
    assert len(join(standing, SIZE)) == 2


def test_a_new_track_on_a_body_shortly_before_the_old_one_ends_is_joined_to_it() -> None:
    walk = [track(a, b, lambda t: 60 + 60 * t, RED) for a, b in ((0.0, 3.0), (3.0 - STEP_S, 6.0))]
    people = join(walk, SIZE)
    assert [p.stretches for p in people] == [((0.0, walk[1].end_s),)]
    assert (np.diff(people[0].track.time_s) > 0).all(), "each moment counts once"


def test_two_tracks_on_one_body_all_along_are_one() -> None:
    walk = track(0, 6, lambda t: 60 + 60 * t, RED)
    double = track(0, 6, lambda t: 68 + 60 * t, RED, y=lambda _: 160.0, reach=lambda _: 48.0).part(8, 38)
    people = join([double, walk], SIZE)
    assert stretches(people) == [[(0.0, 6.0)]]
    assert set(people[0].track.reach) == {60.0}


def test_two_people_who_walk_side_by_side_are_two() -> None:
    assert len(join([track(0, 6, lambda t, off=off: off + 60 * t, RED) for off in (40, 110)], SIZE)) == 2


def test_a_glimpse_is_nobody_and_neither_is_a_second_of_what_the_detector_is_unsure_of() -> None:
    assert join([track(0, 0.3, lambda _: 200.0, RED)], SIZE) == []
    assert join([track(0, 1.0, lambda _: 200.0, RED, score=0.46)], SIZE) == []
    assert len(join([track(0, 3.0, lambda _: 200.0, RED, score=0.46)], SIZE)) == 1
    assert join([], SIZE) == []


def test_nobody_is_carried_over_an_absence_by_furniture_beside_the_way_out() -> None:
    """Away for three seconds; for one of them a plant at the edge is taken for somebody, in not quite other clothes."""
    out, back = leaving(0.0, RED), coming(7.0, RED)
    plant = track(4.8, 5.8, lambda _: 430.0, like(20, 0.25), reach=lambda _: 50.0, score=0.46)
    assert stretches(join([out, plant, back], SIZE)) == [[(0.0, 4.0), (7.0, 11.0)]]
