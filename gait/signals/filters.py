"""Filters and derivatives of signals with gaps and with any timestamps.

Every function takes a signal of shape (T,) or (T, ...) with time first, works on each stretch without NaN by itself,
and returns NaN where the signal has NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from scipy.signal import butter, sosfiltfilt

from gait.arrays import stretches, true_runs
from gait.types import FloatArray, IntArray

_TWO_PASS_CORRECTION = 0.802
"""Two passes of an order-2 Butterworth lower its -3 dB point to this fraction: (sqrt(2) - 1) ** (1 / 4)."""

_HIGHEST_CUTOFF = 0.45
"""Of the frame rate; half of it is what samples can carry at all."""

MOST_FINER = 100
"""An even grid has at most so many times per sample, however the samples lie in time."""

_SHORTEST_RUN = 4
"""Fewer samples than this are left as they are: nothing can be said of their frequencies."""


def lowpass(x: npt.ArrayLike, time_s: FloatArray, cutoff_hz: float) -> FloatArray:
    """Low-pass filter without delay: two passes of a Butterworth filter of order 2.

    Irregular timestamps are brought onto a uniform grid by a cubic spline before the filter and back to their own times
    after it. A cut-off above what the frame rate can carry leaves the signal as it is.

    Parameters
    ----------
    x : (T, ...)
        NaN where unknown; each stretch between NaN is filtered by itself.
    time_s : (T,)
    cutoff_hz : float
        Where the whole filter (both passes) takes 3 dB (Winter, Biomechanics and Motor Control of Human Movement).

    Returns
    -------
    float64 (T, ...)
    """

    def smooth(run: FloatArray, t: FloatArray) -> FloatArray:
        grid = uniform_times(t)
        rate_hz = (len(grid) - 1) / (grid[-1] - grid[0])
        if cutoff_hz >= _HIGHEST_CUTOFF * rate_hz:
            return run
        regular = np.allclose(grid, t, rtol=0, atol=1e-4 / rate_hz) if len(grid) == len(t) else False
        values = run if regular else CubicSpline(t, run)(grid)
        padding = min(len(grid) - 1, math.ceil(2 * rate_hz / cutoff_hz))
        filtered = sosfiltfilt(_one_pass(cutoff_hz / rate_hz), values, axis=0, padlen=padding)
        return np.asarray(filtered if regular else CubicSpline(grid, filtered)(t))

    return _by_run(x, time_s, smooth)


@lru_cache(maxsize=64)
def _one_pass(cutoff: float) -> FloatArray:
    """Return the filter of one pass, for a cut-off of both as a share of the frame rate."""
    # The correction holds on the warped axis of a digital filter (Robertson, Dowling 2003).
    design = np.arctan(np.tan(np.pi * cutoff) / _TWO_PASS_CORRECTION) / np.pi
    return np.asarray(butter(2, design, fs=1.0, output="sos"))


def derivative(x: npt.ArrayLike, time_s: FloatArray, order: int = 1) -> FloatArray:
    """Differentiate by the cubic spline through the samples, which loses less of fast motion than central differences.

    Parameters
    ----------
    x : (T, ...)
    time_s : (T,)
    order : {1, 2}

    Returns
    -------
    float64 (T, ...)
        Per second, or per second squared. NaN where x is, and in stretches of fewer than four samples.
    """

    def differentiate(run: FloatArray, t: FloatArray) -> FloatArray:
        return np.asarray(CubicSpline(t, run)(t, order))

    return _by_run(x, time_s, differentiate, short=np.nan)


def resample(x: npt.ArrayLike, time_s: FloatArray, at_s: FloatArray, order: int = 0) -> FloatArray:
    """Evaluate a signal, or its derivative, at other times by cubic splines.

    NaN outside the stretches in which the signal is known, and in those of fewer than four samples.

    Parameters
    ----------
    x : (T, ...)
    time_s : (T,)
    at_s : (N,)
    order : {0, 1, 2}
        0 for the signal itself, 1 and 2 for its derivatives.

    Returns
    -------
    float64 (N, ...)
    """
    x = np.asarray(x, dtype=np.float64)
    flat = x.reshape(len(x), -1)
    out = np.full((len(at_s), flat.shape[1]), np.nan)
    for columns, runs in _stretches(np.isfinite(flat), time_s):
        for a, b in runs:
            if b - a >= _SHORTEST_RUN:
                inside = np.flatnonzero((at_s >= time_s[a]) & (at_s <= time_s[b - 1]))
                spline = CubicSpline(time_s[a:b], flat[a:b, columns])
                out[inside[:, None], columns] = spline(at_s[inside], order)
    return out.reshape(len(at_s), *x.shape[1:])


def uniform_times(time_s: FloatArray) -> FloatArray:
    """Return evenly spaced times from the first to the last one, at about the median rate."""
    n = max(1, round((time_s[-1] - time_s[0]) / float(np.median(np.diff(time_s)))))
    n = min(n, MOST_FINER * len(time_s))
    return np.asarray(np.linspace(time_s[0], time_s[-1], n + 1))


def frames_within(width_s: float, time_s: FloatArray) -> int:
    """Return how many frames usually lie in a stretch of time; no camera takes more than 2,000 in a second."""
    return round(width_s / max(frame_interval_s(time_s), 1 / 2000)) if len(time_s) > 1 else 0


def frame_interval_s(time_s: FloatArray) -> float:
    """Return the usual time from frame to frame; NaN for fewer than two frames."""
    return float(np.median(np.diff(time_s))) if len(time_s) > 1 else math.nan


def _stretches(known: npt.NDArray[np.bool_], time_s: FloatArray) -> Iterator[tuple[IntArray, list[tuple[int, int]]]]:
    """Yield columns of (T, N) that have the same gaps, and the half-open ranges between these and leaps of the time."""
    same_gaps: dict[bytes, list[int]] = {}
    for column in range(known.shape[1]):
        same_gaps.setdefault(known[:, column].tobytes(), []).append(column)
    for columns in same_gaps.values():
        runs = [
            (a + first, a + last) for a, b in true_runs(known[:, columns[0]]) for first, last in stretches(time_s[a:b])
        ]
        yield np.array(columns), runs


def _by_run(
    x: npt.ArrayLike,
    time_s: FloatArray,
    function: Callable[[FloatArray, FloatArray], FloatArray],
    short: float | None = None,
) -> FloatArray:
    """Apply a function to each stretch without NaN of each column; short ones keep their values, or become `short`."""
    x = np.asarray(x, dtype=np.float64)
    if len(x) != len(time_s):
        raise ValueError(f"expected as many samples as times, got {len(x)} and {len(time_s)}.")
    flat = x.reshape(len(x), -1)
    out = flat.copy()
    known = np.isfinite(flat)
    for columns, runs in _stretches(known, time_s):
        for a, b in runs:
            cell = (np.arange(a, b)[:, None], columns)
            if b - a >= _SHORTEST_RUN:
                out[cell] = function(flat[cell], time_s[a:b])
            elif short is not None:
                out[cell] = short
    out[~known] = np.nan
    return out.reshape(x.shape)
