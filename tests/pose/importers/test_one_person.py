"""One person is followed through files that show several."""

import numpy as np
import pytest

from gait.pose.importers.one_person import follow_one


def person(x: float, score: float = 0.9, y: float = 100.0) -> np.ndarray:
    """Somebody 200 pixels tall: five points one above the other at x."""
    return np.array([[x, y + 50 * i, score] for i in range(5)], dtype=np.float64)


def frames(*people: list[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
    """One list of people per frame, at 30 frames per second."""
    return [np.array(p).reshape(len(p), 5, 3) for p in people], np.arange(len(people)) / 30


def xs(found: list[np.ndarray | None]) -> list[float | None]:
    return [None if p is None else float(p[0, 0]) for p in found]


def test_a_lone_person_is_followed_wherever_they_come_back() -> None:
    found, others = follow_one(*frames([person(10)], [], [person(900)]))
    assert xs(found) == [10, None, 900]
    assert not others


def test_of_two_the_one_with_the_higher_total_score_is_followed_whatever_their_order_in_the_files() -> None:
    pairs = [[person(10.0 + 5 * i, 0.6), person(800.0 - 5 * i, 0.8)] for i in range(30)]
    shuffled = [pair[:: (-1) ** i] for i, pair in enumerate(pairs)]
    found, others = follow_one(*frames(*shuffled))
    assert xs(found) == [800.0 - 5 * i for i in range(30)]
    assert others


def test_the_other_one_does_not_stand_in_while_the_one_followed_is_away() -> None:
    both = [[person(100, 0.9), person(300, 0.7)]] * 20
    alone = [[person(300, 0.7)]] * 5
    found, _ = follow_one(*frames(*both, *alone, *both))
    assert xs(found) == [100] * 20 + [None] * 5 + [100] * 20


def test_whoever_is_better_seen_for_a_moment_is_not_the_one_with_the_higher_total() -> None:
    found, others = follow_one(*frames([person(100, 0.5), person(700, 1.0)], *[[person(100, 0.5)]] * 30))
    assert xs(found) == [100] * 31
    assert not others


@pytest.mark.parametrize("missing", [0, 2, 4])
def test_points_that_are_missing_in_one_frame_do_not_break_the_trail(missing: int) -> None:
    hidden = person(102)
    hidden[missing] = np.nan
    other = [person(600, 0.3)]
    found, _ = follow_one(*frames([person(100), *other], [hidden, *other], [person(104), *other]))
    assert found[1] is not None
    assert np.isnan(found[1][missing]).all()
    assert np.nanmax(found[1][:, 0]) == 102
