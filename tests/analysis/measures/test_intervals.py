"""What a mean is worth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gait.analysis.measures.intervals import average, corrected_sd, difference, mean_estimate, minimal_detectable_change


def test_nothing_measured_gives_nothing() -> None:
    empty = mean_estimate([math.nan], usual_sd=1.0)
    assert (empty.n, math.isnan(empty.value)) == (0, True)


def test_one_value_has_an_interval_of_the_usual_variation_and_no_sd() -> None:
    one = mean_estimate([10.0], usual_sd=1.0)
    assert one.value == 10.0
    assert math.isnan(one.sd)
    assert 2.5 < one.high - one.value < 4.0


def test_a_systematic_error_is_not_averaged_out() -> None:
    rng = np.random.default_rng(0)
    many = mean_estimate(rng.normal(5, 0.1, 10_000), usual_sd=0.1, systematic_sd=1.0)
    assert many.high - many.value == pytest.approx(1.96, abs=0.01)


def test_intervals_of_random_samples_hold_the_truth_in_95_of_100_or_more() -> None:
    rng = np.random.default_rng(1)
    for n in (2, 5, 20):
        held = [e.low <= 0 <= e.high for e in (mean_estimate(rng.normal(0, 1, n), usual_sd=1.0) for _ in range(2000))]
        assert 0.93 < np.mean(held) < 0.997


def test_errors_of_shared_events_cancel_in_the_mean_of_consecutive_intervals() -> None:
    """Events a second apart, each found with an error of 20 ms: their mean interval is known to 2 ms after 20."""
    rng = np.random.default_rng(2)
    held, halves = [], []
    for _ in range(1000):
        intervals = np.diff(np.arange(21) + rng.normal(0, 0.02, 21))
        e = mean_estimate(intervals, usual_sd=0.028, telescoping_error_sd=0.02, end_error_sd=0.02)
        held.append(e.low <= 1 <= e.high)
        halves.append(e.high - e.value)
    naive = mean_estimate(intervals, usual_sd=0.028)
    assert np.mean(held) > 0.95
    assert np.mean(halves) < 0.75 * (naive.high - naive.value)


def test_the_average_of_two_sides_gives_each_the_same_weight() -> None:
    left, right = mean_estimate([1.0] * 9, usual_sd=0.1), mean_estimate([2.0], usual_sd=0.1)
    assert average(left, right, 0.0).value == pytest.approx(1.5)


def test_a_difference_is_uncertain_by_both_sides_and_the_bias_between_them() -> None:
    left, right = mean_estimate([1.0] * 50, usual_sd=0.01), mean_estimate([1.1] * 50, usual_sd=0.01)
    sure, unsure = difference(left, right, 0.0), difference(left, right, 0.1)
    assert sure.high < 0 < unsure.high


def test_variation_is_freed_of_the_error_of_the_events() -> None:
    """A walker whose strides vary by 30 ms, timed to 20 ms."""
    rng = np.random.default_rng(3)
    seen = [rng.normal(1.1, 0.03, 400) + rng.normal(0, 0.02, 400) for _ in range(2)]
    sd, low, high, n = corrected_sd(seen, 0.02, 0.02)
    assert sd == pytest.approx(0.03, abs=0.002)
    assert low < 0.03 < high
    assert n == 800


def test_variation_that_is_all_error_is_no_number() -> None:
    rng = np.random.default_rng(4)
    sd, low, _, _ = corrected_sd([rng.normal(1.1, 0.015, 30)], 0.02, 0.02)
    assert math.isnan(sd)
    assert low == 0.0


def test_two_visits_of_somebody_unchanged_differ_by_more_than_the_detectable_change_in_5_of_100() -> None:
    """Twelve strides each; half of the variance of an error of 3 is the same at both visits."""
    rng = np.random.default_rng(5)
    exceeded = []
    for _ in range(2000):
        lasting = rng.normal(0, 3 * math.sqrt(0.5))
        visits = [
            mean_estimate(60 + lasting + rng.normal(0, 3 * math.sqrt(0.5)) + rng.normal(0, 2, 12), usual_sd=2.0,
                          systematic_sd=3.0)
            for _ in range(2)
        ]  # fmt: skip
        exceeded.append(abs(visits[0].value - visits[1].value) > minimal_detectable_change(visits[0]))
    assert np.mean(exceeded) == pytest.approx(0.05, abs=0.015)


def test_a_change_must_exceed_what_differs_between_visits_not_what_they_share() -> None:
    random, shared = (mean_estimate([60.0] * 20, usual_sd=u, systematic_sd=s) for u, s in ((9.0, 0.0), (0.01, 3.0)))
    assert minimal_detectable_change(random) == pytest.approx(math.sqrt(2) * (random.high - random.value))
    assert minimal_detectable_change(shared) == pytest.approx(1.96 * math.sqrt(2) * 3.0 * math.sqrt(0.5), rel=1e-3)
