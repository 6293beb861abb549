"""Recordings that are long, fast, or leap in time: memory goes by the number of frames, and by nothing else."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from gait.arrays import running_median, stretches
from gait.errors import InputError
from gait.signals.even import even_times
from gait.signals.filters import frames_within, lowpass, resample, uniform_times
from gait.signals.outliers import hampel
from gait.types import FloatArray

HOURS_S = 36_000.0


def wave(time_s: FloatArray) -> FloatArray:
    return np.sin(2 * np.pi * time_s)


def with_a_leap(n: int = 90, leap_s: float = HOURS_S) -> FloatArray:
    """Thirty frames a second; before the second half, ten hours pass."""
    return np.arange(n) / 30 + np.where(np.arange(n) < n // 2, 0.0, leap_s)


def peak_mb() -> float:
    return tracemalloc.get_traced_memory()[1] / 1e6


def test_ten_minutes_at_240_frames_per_second_are_searched_for_outliers_in_little_memory() -> None:
    """Of 46 coordinates; the windows of all frames at once would take ten times 3 GB."""
    n = 10 * 60 * 240
    time_s = np.arange(n) / 240
    x = np.repeat(wave(time_s)[:, None], 46, axis=1)
    x[1000, 3] += 50.0
    tracemalloc.start()
    try:
        found = hampel(x, time_s, 1.0)
        assert peak_mb() < 400
    finally:
        tracemalloc.stop()
    assert np.argwhere(found).tolist() == [[1000, 3]]


def test_outliers_are_the_same_however_many_frames_are_looked_at_together(monkeypatch: pytest.MonkeyPatch) -> None:
    time_s = np.arange(400) / 60
    x = np.random.default_rng(0).standard_t(2, (400, 6))
    whole = hampel(x, time_s, 0.5)
    monkeypatch.setattr("gait.signals.outliers._AT_ONCE", 700)
    assert whole.any()
    np.testing.assert_array_equal(hampel(x, time_s, 0.5), whole)


def test_what_lies_before_a_leap_is_filtered_as_if_there_were_nothing_after_it() -> None:
    time_s = with_a_leap()
    x = wave(np.arange(90) / 30)
    tracemalloc.start()
    try:
        filtered = lowpass(x, time_s, 6.0)
        assert peak_mb() < 20
    finally:
        tracemalloc.stop()
    np.testing.assert_allclose(filtered[:45], lowpass(x[:45], time_s[:45], 6.0))
    np.testing.assert_allclose(filtered[45:], lowpass(x[45:], time_s[45:] - time_s[45], 6.0), atol=1e-6)


def test_nothing_is_made_up_in_the_time_of_a_leap() -> None:
    time_s = with_a_leap()
    assert np.isnan(resample(wave(time_s), time_s, np.array([1.0, 100.0, HOURS_S / 2])))[1:].all()


def test_a_running_median_passes_over_a_leap_in_no_time() -> None:
    time_s = with_a_leap(leap_s=1e9)
    np.testing.assert_allclose(running_median(np.full(90, 3.0), time_s, 1.5), 3.0)


def test_an_even_grid_has_at_most_a_hundred_times_as_many_points_as_there_are_frames() -> None:
    time_s = np.cumsum(np.where(np.arange(1000) % 3, 1e-6, 4.9))
    assert len(uniform_times(time_s)) <= 100 * len(time_s) + 1
    with pytest.raises(InputError, match="too far apart"):
        even_times(time_s)


def test_a_window_has_no_more_frames_than_a_camera_takes() -> None:
    assert frames_within(0.12, np.arange(100) * 1e-9) == 240
    assert frames_within(0.12, np.zeros(1)) == 0


@pytest.mark.parametrize(
    ("time_s", "expected"),
    [([], []), ([3.0], [(0, 1)]), ([0.0, 1.0], [(0, 2)]), ([0.0, 1.1, 1.2, 99.0], [(0, 1), (1, 3), (3, 4)])],
)
def test_stretches_end_where_time_leaps(time_s: list[float], expected: list[tuple[int, int]]) -> None:
    assert stretches(np.array(time_s)) == expected
