"""Who is chosen among people whose paths are written down, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from subject.by_hand import path, track

from gait.config import SubjectSettings
from gait.errors import UsageError
from gait.subject.choose.choice import Candidate, choose, note, numbered, why
from gait.subject.choose.confirm import Looks
from gait.subject.choose.travel import measure
from gait.subject.track.tracker import Track

DEFAULT = SubjectSettings()
ALWAYS, NEVER = Looks(n=5, n_bodies=5), Looks(n=5, n_bodies=0)


def somebody(*parts: Track, looks: Looks = ALWAYS, followed_s: float = 0.0) -> Candidate:
    way = path(*parts)
    return Candidate(path=way, travel=measure(way), looks=looks, followed_s=followed_s)


def stander(seconds: float = 8.0, tall: float = 240, looks: Looks = ALWAYS, followed_s: float = 0.0) -> Candidate:
    still = track(0, seconds, lambda _: 240.0, reach=lambda _: tall / 2)
    return somebody(still, looks=looks, followed_s=followed_s)


def walker(
    seconds: float = 4.8,
    speed: float = 80.0,
    tall: float = 120,
    looks: Looks = ALWAYS,
    score: float = 0.8,
    start_s: float = 0.0,
    followed_s: float = 0.0,
) -> Candidate:
    """To the right; a negative speed is to the left."""
    left = 20.0 if speed > 0 else 460.0
    walk = track(
        start_s, start_s + seconds, lambda t: left + speed * (t - start_s), reach=lambda _: tall / 2, score=score
    )
    return somebody(walk, looks=looks, followed_s=followed_s)


def chosen(*people: Candidate) -> Candidate | None:
    index = choose(list(people), DEFAULT, None)
    return None if index is None else people[index]


def said(*people: Candidate) -> str:
    index = choose(list(people), DEFAULT, None)
    assert index is not None
    return why(list(people), index, DEFAULT)


def test_a_walker_is_chosen_before_a_larger_one_who_stands_and_is_longer_in_view() -> None:
    one, other = walker(), stander()
    assert chosen(other, one) is one
    assert said(other, one) == "Walks farthest: 3.3 body heights from left to right, 0.0–4.8 s."
    assert note(other) == "Stays in place: moves less than half a body height, in view 0.0–8.0 s."


def test_of_two_who_walk_the_one_who_walks_farther_is_chosen() -> None:
    one, other = walker(4.8), walker(2.4, speed=-80)
    assert chosen(other, one) is one
    assert note(other) == "Walks: 1.7 body heights from right to left, 0.0–2.4 s."


def test_of_two_who_walk_about_as_far_the_much_larger_one_is_chosen() -> None:
    """The other is far behind, or a reflection."""
    small, large = walker(tall=80, speed=60), walker(tall=160, speed=110)
    assert small.walked > large.walked
    assert chosen(small, large) is large
    assert said(small, large).startswith("Walks about as far as anyone, and is larger in the picture: ")


def test_whom_a_moving_camera_keeps_in_the_middle_is_chosen_before_a_passer_by() -> None:
    """Seen from behind, at one distance: nothing of the walk shows but the camera's."""
    followed, passing = stander(12.0, tall=150, followed_s=12.0), walker(4.0, tall=150)
    assert followed.travel.body_heights == 0
    assert chosen(passing, followed) is followed
    assert said(passing, followed) == "The camera goes along with this person, in view 0.0–12.0 s."


def test_a_moving_camera_that_keeps_nobody_leaves_the_choice_to_the_walk() -> None:
    standing, walking = stander(12.0, tall=150, followed_s=1.0), walker(4.0, tall=150)
    assert chosen(standing, walking) is walking


def test_somebody_who_runs_by_is_not_chosen_before_a_walker() -> None:
    runner = walker(2.0, speed=-230, tall=110)
    assert runner.runs
    one = walker(3.0)
    assert chosen(runner, one) is one
    assert note(runner).startswith("Runs: ")


def test_where_everyone_runs_the_one_who_moves_farthest_is_chosen_and_it_is_said() -> None:
    runner, other = walker(2.0, speed=-230, tall=110), stander(2.0)
    assert chosen(other, runner) is runner
    assert said(other, runner).startswith("Nobody walks through the picture; this person moves farthest. Runs: ")


def test_where_nobody_walks_the_one_longest_and_largest_in_view_is_chosen_and_it_is_said() -> None:
    long, brief = stander(8.0), stander(3.0)
    assert chosen(brief, long) is long
    assert said(brief, long).startswith("Nobody walks through the picture; this person is in view longest and largest.")


def test_the_only_person_is_called_so() -> None:
    assert said(walker()) == "The only person seen. Walks: 3.3 body heights from left to right, 0.0–4.8 s."


def test_what_comes_and_goes_is_furniture() -> None:
    """Found in every third view, though surely, and no pose model was asked."""
    flickering = somebody(track(0, 8, lambda _: 240.0, step_s=0.4), looks=Looks())
    assert not flickering.is_person
    assert note(flickering) == "May not be a person: no body was recognised."


def test_what_shows_no_body_to_a_pose_model_is_no_person_though_it_moves() -> None:
    shadow = walker(looks=NEVER)
    assert not shadow.is_person
    one = stander()
    assert chosen(shadow, one) is one


def test_what_the_detector_is_unsure_of_all_the_time_is_no_person() -> None:
    assert not walker(score=0.4).is_person


@pytest.mark.parametrize(("n_bodies", "moving", "staying"), [(1, False, False), (2, True, False), (3, True, True)])
def test_who_moves_needs_fewer_looks_that_show_a_body(n_bodies: int, moving: bool, staying: bool) -> None:
    looks = Looks(n=5, n_bodies=n_bodies)
    assert walker(looks=looks).is_person == moving
    assert stander(looks=looks).is_person == staying


def test_somebody_of_whom_no_legs_are_ever_seen_is_still_shown_and_it_is_said() -> None:
    half = stander(looks=NEVER)
    assert chosen(half) is half
    assert said(half) == "Nobody was recognised from head to foot; this may be a person, in view 0.0–8.0 s."


def test_an_unsure_find_that_shows_no_body_is_nobody() -> None:
    plant = somebody(track(0, 8, lambda _: 240.0, score=0.5), looks=NEVER)
    assert chosen(plant) is None
    assert chosen() is None


def test_absences_are_told_and_do_not_count_as_being_in_view() -> None:
    twice = somebody(track(0, 3, lambda _: 240.0), track(9, 12, lambda _: 240.0))
    assert twice.in_view_s == pytest.approx(6, abs=0.3)
    assert twice.is_person
    assert note(twice).endswith("in view 0.0–2.9, 9.0–11.9 s.")


def test_people_are_numbered_by_travel_then_by_time_and_what_is_no_person_comes_last() -> None:
    far, near = walker(5.0), walker(2.5)
    early, late = stander(4.0), somebody(track(2, 6, lambda _: 100.0))
    shadow = walker(5.0, speed=85, looks=NEVER)
    assert numbered([shadow, late, near, early, far]) == [far, near, early, late, shadow]


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (lambda t: 450 - 80 * t, "from right to left"),
        (lambda t: 20 + 80 * t, "from left to right"),
        (lambda t: 100 + 120 * (2.5 - abs(t - 2.5)), "there and back"),
    ],
)
def test_the_way_is_told(way: Callable[[float], float], words: str) -> None:
    assert words in note(somebody(track(0, 5, way)))


@pytest.mark.parametrize(("sign", "words"), [(1, "toward the camera"), (-1, "away from the camera")])
def test_the_way_in_depth_is_told(sign: int, words: str) -> None:
    def distance(t: float) -> float:
        return 4.2 - sign * 0.6 * (t - 3)

    one = track(0, 6, lambda _: 240.0, y=lambda _: 136.0, reach=lambda t: 192 / distance(t))
    assert words in note(somebody(one))


def test_a_number_is_obeyed_and_said() -> None:
    people = [walker(), stander()]
    settings = SubjectSettings(subject=2)
    assert choose(people, settings, None) == 1
    assert why(people, 1, settings) == (
        "Chosen by number. Stays in place: moves less than half a body height, in view 0.0–8.0 s."
    )


@pytest.mark.parametrize(
    ("people", "words"),
    [([], "nobody was seen"), ([walker()], "the only valid number is 1"), ([walker(), stander()], "valid are 1 to 2")],
)
def test_a_number_that_nobody_has_is_refused_with_the_valid_ones(people: list[Candidate], words: str) -> None:
    with pytest.raises(UsageError, match=rf"--subject 3: no such person; {words}\."):
        choose(people, SubjectSettings(subject=3), None)


def test_a_box_means_whoever_is_in_it_at_any_time() -> None:
    people = [walker(), stander(tall=200)]
    assert choose(people, DEFAULT, np.array([250.0, 90.0, 310.0, 210.0])) == 0
    assert choose(people, DEFAULT, np.array([200.0, 50.0, 280.0, 250.0])) == 1
    assert choose(people, DEFAULT, np.array([0.0, 0.0, 20.0, 20.0])) is None
    assert choose([], DEFAULT, np.array([0.0, 0.0, 20.0, 20.0])) is None


def test_a_box_is_in_the_picture_though_the_camera_pans() -> None:
    """At four seconds the walker, followed by the camera, is where the box is; the other only on the ground."""
    kept = somebody(track(0, 5, lambda _: 240.0, shift=lambda t: -80 * t))
    gone = somebody(track(0, 5, lambda t: 700 - 80 * t, shift=lambda t: -80 * t))
    assert choose([gone, kept], DEFAULT, np.array([215.0, 90.0, 265.0, 210.0])) == 1
