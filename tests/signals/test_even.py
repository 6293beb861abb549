"""Signals at a constant rate."""

import numpy as np
import pytest

from gait.signals.even import even_times, linear


def test_even_frames_stay_where_they_are() -> None:
    time_s = np.arange(100) / 25
    grid, rate = even_times(time_s)
    np.testing.assert_allclose(grid, time_s)
    assert rate == pytest.approx(25)


def test_times_rounded_to_milliseconds_have_the_rate_of_the_camera() -> None:
    grid, rate = even_times(np.round(np.arange(301) / 30, 3))
    assert rate == pytest.approx(30, rel=1e-4)
    assert len(grid) == 301


def test_frames_that_the_camera_left_out_do_not_lower_the_rate() -> None:
    time_s = np.delete(np.arange(100) / 30, [10, 40, 41, 77])
    grid, rate = even_times(time_s)
    assert rate == pytest.approx(30)
    assert len(grid) == 100


def test_a_straight_line_stays_one_at_uneven_times() -> None:
    rng = np.random.default_rng(3)
    time_s = np.cumsum(rng.uniform(0.025, 0.04, 200))
    grid, _ = even_times(time_s)
    np.testing.assert_allclose(linear(5 * time_s - 1, time_s, grid, 0.12), 5 * grid - 1)


def test_nothing_is_drawn_across_unknown_frames_or_missing_ones() -> None:
    time_s = np.delete(np.arange(60) / 30, np.arange(40, 50))
    values = np.stack([time_s, time_s], axis=1)
    values[10:14] = np.nan
    grid, _ = even_times(time_s)
    known = np.isfinite(linear(values, time_s, grid, 0.12)).all(axis=1)
    expected = np.ones(60, dtype=bool)
    expected[10:14] = expected[40:50] = False
    np.testing.assert_array_equal(known, expected)
