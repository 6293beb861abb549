"""Signals at a constant rate, for programs that know no other."""

from __future__ import annotations

import numpy as np

from gait.errors import InputError
from gait.signals.filters import MOST_FINER
from gait.types import FloatArray

_USUAL = 0.25
"""Intervals within this share of their median are those of a camera that lost no frame."""
_SAME_MOMENT = 0.05
"""A sample within this share of an interval is taken as it is where there is no other to interpolate with."""


def even_times(time_s: FloatArray) -> tuple[FloatArray, float]:
    """Return evenly spaced times from the first to the last frame, and their rate in frames per second.

    The interval is the mean of those near the median: frames that the camera left out do not lower the rate, and times
    rounded to milliseconds do not change it. The rate has three decimals where that makes no
    difference.

    Parameters
    ----------
    time_s : (T,), T > 1

    Raises
    ------
    InputError
        There would be far more times than frames.
    """
    steps = np.diff(time_s)
    median = float(np.median(steps))
    interval = float(steps[np.abs(steps - median) <= _USUAL * median].mean())
    span_s = time_s[-1] - time_s[0]
    rate_hz = round(1.0 / interval, 3)
    if abs(rate_hz - 1.0 / interval) * span_s > _SAME_MOMENT:
        rate_hz = 1.0 / interval
    n = int(span_s * rate_hz + _SAME_MOMENT) + 1
    if n > MOST_FINER * len(time_s):
        raise InputError(
            f"The frames lie too far apart to be written at an even rate: {len(time_s)} of them in {span_s:.0f} s."
        )
    return time_s[0] + np.arange(n) / rate_hz, rate_hz


def linear(values: FloatArray, time_s: FloatArray, at_s: FloatArray, max_gap_s: float) -> FloatArray:
    """Interpolate linearly inside the stretches in which a signal is known, never across a gap.

    Parameters
    ----------
    values : (T, ...)
        NaN where unknown.
    time_s : (T,), T > 1
    at_s : (N,)
        Within the first and last of `time_s`.
    max_gap_s : float
        Frames further apart than this have a gap between them.

    Returns
    -------
    float64 (N, ...)
    """
    after = np.clip(np.searchsorted(time_s, at_s, side="right"), 1, len(time_s) - 1)
    step = time_s[after] - time_s[after - 1]
    shape = (len(at_s), *[1] * (values.ndim - 1))
    share = np.clip((at_s - time_s[after - 1]) / step, 0.0, 1.0).reshape(shape)
    before_value, after_value = values[after - 1], values[after]
    out = (1.0 - share) * before_value + share * after_value
    out = np.where((step > max_gap_s).reshape(shape), np.nan, out)
    usual = float(np.median(np.diff(time_s)))
    near_before = share * step.reshape(shape) <= _SAME_MOMENT * usual
    near_after = (1.0 - share) * step.reshape(shape) <= _SAME_MOMENT * usual
    out = np.where(np.isnan(out) & near_before, before_value, out)
    return np.asarray(np.where(np.isnan(out) & near_after, after_value, out))
