"""Slow motion passes a low-pass unchanged and without delay; fast noise does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gait.arrays import true_runs
from gait.signals.filters import derivative, lowpass, resample


def steady(n: int = 180, rate_hz: float = 30.0) -> np.ndarray:
    return np.arange(n) / rate_hz


def irregular(n: int = 180, rate_hz: float = 30.0, seed: int = 0) -> np.ndarray:
    """A variable frame rate: every third frame is late, and every one wobbles."""
    steps = np.random.default_rng(seed).uniform(0.8, 1.2, n)
    steps[::3] += 0.8
    return np.cumsum(steps) / rate_hz


@pytest.mark.parametrize("time_s", [steady(), irregular()], ids=["steady", "irregular"])
def test_a_swing_of_1_hz_keeps_size_and_time(time_s: np.ndarray) -> None:
    swing = np.sin(2 * np.pi * time_s)

    smooth = lowpass(swing, time_s, 6.0)

    inner = slice(20, -20)
    assert np.abs(smooth - swing)[inner].max() < 0.01


@pytest.mark.parametrize("rate_hz", [25.0, 30.0, 60.0, 240.0])
def test_the_cut_off_is_where_the_whole_filter_takes_3_db(rate_hz: float) -> None:
    time_s = steady(int(20 * rate_hz), rate_hz)

    smooth = lowpass(np.sin(2 * np.pi * 6 * time_s + 0.3), time_s, 6.0)

    middle = smooth[len(smooth) // 4 : -len(smooth) // 4]
    assert np.sqrt(2) * middle.std() == pytest.approx(np.sqrt(0.5), abs=0.02)


def test_a_constant_and_a_straight_line_stay_as_they_are() -> None:
    time_s = irregular()

    assert lowpass(np.full(180, 7.0), time_s, 6.0) == pytest.approx(7.0)
    assert lowpass(3 * time_s, time_s, 6.0) == pytest.approx(3 * time_s, abs=1e-3)


def test_a_cut_off_beyond_the_frame_rate_changes_nothing() -> None:
    time_s = steady(50, 10.0)
    jumps = np.random.default_rng(1).normal(size=50)

    assert lowpass(jumps, time_s, 6.0) == pytest.approx(jumps)


def test_a_gap_stays_a_gap_and_does_not_spoil_its_neighbours() -> None:
    time_s = steady()
    swing = np.sin(2 * np.pi * time_s)
    swing[80:100] = np.nan

    smooth = lowpass(swing, time_s, 6.0)

    assert np.isnan(smooth[80:100]).all()
    assert np.isfinite(smooth[:80]).all()
    assert np.abs(smooth - np.sin(2 * np.pi * time_s))[[79, 100]].max() < 0.1


def test_points_are_filtered_each_by_itself() -> None:
    time_s = steady()
    points = np.stack((np.sin(2 * np.pi * time_s), np.cos(2 * np.pi * time_s)), axis=1)[:, None]
    points[30:40, 0, 1] = np.nan

    together = lowpass(points, time_s, 6.0)

    assert together[:, 0, 0] == pytest.approx(lowpass(points[:, 0, 0], time_s, 6.0))
    assert together.shape == (180, 1, 2)


@pytest.mark.parametrize("time_s", [steady(), irregular()], ids=["steady", "irregular"])
def test_the_speed_of_a_swing_is_known_to_a_percent(time_s: np.ndarray) -> None:
    speed = derivative(np.sin(2 * np.pi * time_s), time_s)

    assert np.abs(speed - 2 * np.pi * np.cos(2 * np.pi * time_s))[5:-5].max() < 0.01 * 2 * np.pi


def test_a_falling_stone_accelerates_evenly() -> None:
    time_s = irregular(60)

    assert derivative(0.5 * 9.81 * time_s**2, time_s, order=2)[2:-2] == pytest.approx(9.81, rel=1e-3)


def test_between_samples_the_signal_is_smooth_and_outside_them_unknown() -> None:
    time_s = steady()
    swing = np.sin(2 * np.pi * time_s)
    swing[80:100] = np.nan
    at_s = np.array([-0.1, 1.017, 3.0, 4.444, 7.0])

    values = resample(swing, time_s, at_s)

    assert np.isnan(values[[0, 2, 4]]).all()
    assert values[[1, 3]] == pytest.approx(np.sin(2 * np.pi * at_s[[1, 3]]), abs=1e-3)
    assert resample(swing, time_s, at_s, 1)[1] == pytest.approx(2 * np.pi * np.cos(2 * np.pi * 1.017), abs=0.01)


def test_as_many_samples_as_times_are_needed() -> None:
    with pytest.raises(ValueError, match="got 3 and 4"):
        lowpass(np.zeros(3), steady(4), 6.0)


@given(st.lists(st.booleans(), max_size=40))
def test_runs_cover_what_is_true_and_nothing_else(mask: list[bool]) -> None:
    covered = np.zeros(len(mask), dtype=bool)
    for a, b in true_runs(np.array(mask, dtype=bool)):
        assert a < b
        covered[a:b] = True
        assert b == len(mask) or not mask[b]

    assert covered.tolist() == mask


def test_signals_with_gaps_of_their_own_are_brought_to_other_times_as_if_each_were_alone() -> None:
    """Three signals: two lack the same second, one begins late; the times asked for go back and forth."""
    time_s = irregular()
    swings = np.sin(2 * np.pi * np.outer(time_s, [0.8, 1.0, 1.3]))
    swings[40:70, :2] = np.nan
    swings[:25, 2] = np.nan
    at_s = np.random.default_rng(1).uniform(time_s[0] - 0.1, time_s[-1] + 0.1, 300)
    for order in (0, 1):
        together = resample(swings.reshape(-1, 3, 1), time_s, at_s, order)[:, :, 0]
        alone = np.stack([resample(swing, time_s, at_s, order) for swing in swings.T], axis=1)
        np.testing.assert_allclose(together, alone, atol=1e-12)
        assert 0.1 < np.isnan(together[:, 0]).mean() < 0.4
