"""How far somebody walks, along paths that are written down."""

from __future__ import annotations

import numpy as np
import pytest
from subject.by_hand import REACH, SIZE, path, track

from gait.subject.choose.travel import RUN_SPEED, measure

HEIGHT = 2 * REACH


def test_a_camera_that_follows_a_walker_does_not_hide_the_walk() -> None:
    travel = measure(path(track(0, 5, lambda _: 240.0, shift=lambda t: -60 * t)))
    assert travel.body_heights == pytest.approx(4.9 * 60 / HEIGHT, rel=0.1)
    assert travel.across > 0


def test_three_body_heights_to_the_left_are_measured() -> None:
    travel = measure(path(track(0, 5, lambda t: 450 - 80 * t)))
    assert travel.body_heights == pytest.approx(4.9 * 80 / HEIGHT, rel=0.1)
    assert travel.across == pytest.approx(-travel.body_heights, rel=0.01)
    assert abs(travel.depth) < 0.1
    assert travel.speed == pytest.approx(80 / HEIGHT, rel=0.05)


def test_there_and_back_counts_both_ways() -> None:
    travel = measure(path(track(0, 8, lambda t: 100 + 70 * (4 - abs(t - 4)))))
    assert travel.body_heights == pytest.approx(8 * 70 / HEIGHT, rel=0.15)
    assert abs(travel.across) < 0.3


def test_the_walking_is_told_from_the_standing_before_and_after() -> None:
    travel = measure(path(track(0, 9, lambda t: 100 + 70 * np.clip(t - 3, 0, 3))))
    assert travel.body_heights == pytest.approx(210 / HEIGHT, rel=0.15)
    assert (travel.start_s, travel.end_s) == (pytest.approx(3, abs=0.6), pytest.approx(6, abs=0.6))


def test_whoever_runs_is_too_fast_to_walk() -> None:
    assert measure(path(track(0, 2, lambda t: 20 + 230 * t))).speed > RUN_SPEED
    assert measure(path(track(0, 4, lambda t: 20 + 110 * t))).speed < RUN_SPEED


def test_swaying_on_the_spot_is_no_walk() -> None:
    assert measure(path(track(0, 8, lambda t: 200 + 8 * np.sin(2 * np.pi * 0.7 * t)))).body_heights == 0


def test_standing_while_the_detector_errs_is_no_walk() -> None:
    rng = np.random.default_rng(0)
    standing = track(
        0, 12, lambda _: 240 + rng.normal(0, 3), y=lambda _: 150 + rng.normal(0, 3),
        reach=lambda _: REACH * np.exp(rng.normal(0, 0.08)),
    )  # fmt: skip
    assert measure(path(standing)).body_heights == 0


def test_a_size_that_wavers_by_a_tenth_is_no_walk_toward_the_camera() -> None:
    """As when somebody lifts the arms, or bends."""
    wavering = track(0, 9, lambda _: 240.0, reach=lambda t: REACH * (1 + 0.1 * np.sin(2 * np.pi * t / 5)))
    assert measure(path(wavering)).body_heights < 0.5


@pytest.mark.parametrize("sign", [1, -1], ids=["toward", "away"])
def test_growing_with_the_feet_sinking_is_a_walk_toward_the_camera(sign: int) -> None:
    """From six body heights away to two and a half in six seconds, or back; the camera is at hip height and half."""

    def distance(t: float) -> float:
        share = t / 6 if sign > 0 else 1 - t / 6
        return 6.0 - 3.5 * share

    tall = 0.8 * max(SIZE)
    nearing = track(0, 6, lambda _: 240.0, y=lambda _: 136.0, reach=lambda t: 0.5 * tall / distance(t))
    travel = measure(path(nearing))
    assert travel.depth == pytest.approx(sign * 3.5, rel=0.25)
    assert abs(travel.across) < 0.3


def test_a_moment_in_view_is_no_walk() -> None:
    assert measure(path(track(0, 0.3, lambda t: 100 + 100 * t))).body_heights == 0
