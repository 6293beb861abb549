"""Points that jump away from their own track for a frame or two, and short gaps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from gait.arrays import true_runs
from gait.signals.filters import frame_interval_s, frames_within
from gait.types import FloatArray

_WINDOW_S = 0.12
"""Half the window of the Hampel filter."""
_MAD_TO_SD = 1.4826
"""Of normal values: standard deviation over median absolute deviation."""
_N_SD = 3.0
"""Of its neighbours, beyond which a sample has jumped (the usual setting of the identifier; Pearson 2002)."""
_AT_ONCE = 1_000_000
"""Samples of windows looked at together: memory does not grow with the length and the rate of the recording."""


def hampel(x: FloatArray, time_s: FloatArray, floor: float) -> npt.NDArray[np.bool_]:
    """Mark samples that lie off their neighbours' path (Hampel identifier on the residual of a local straight line).

    A foot in swing moves fast, so each sample is compared with a line through its neighbours (their median slope), not
    with their median alone.

    Parameters
    ----------
    x : (T, N)
        NaN where unknown.
    time_s : (T,)
    floor : float
        Deviations below this are never marked, in the unit of x.

    Returns
    -------
    bool (T, N)
    """
    n_half = max(2, frames_within(_WINDOW_S, time_s))
    if len(time_s) < 2 * n_half + 1:
        return np.zeros(x.shape, dtype=bool)
    padded = np.pad(x, ((n_half, n_half), (0, 0)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * n_half + 1, axis=0)  # (T, N, W)
    marked = np.empty(x.shape, dtype=bool)
    rows = max(1, _AT_ONCE // windows[0].size)
    for first in range(0, len(x), rows):
        part = slice(first, first + rows)
        marked[part] = _off_the_path(x[part], windows[part], floor)
    return marked


def _off_the_path(x: FloatArray, window: FloatArray, floor: float) -> npt.NDArray[np.bool_]:
    """Mark samples (T, N) that lie off the straight line through their windows (T, N, W)."""
    n_half = window.shape[-1] // 2
    offsets = np.arange(-n_half, n_half + 1)
    known = np.isfinite(window)
    surrounded = (known[..., :n_half].sum(axis=-1) >= 2) & (known[..., n_half + 1 :].sum(axis=-1) >= 2)
    with np.errstate(all="ignore"):
        slope = _nanmedian((window[..., n_half:] - window[..., :-n_half]) / n_half, fallback=0.0)
        residual = window - slope[..., None] * offsets
        middle = _nanmedian(residual, fallback=0.0)
        spread = _MAD_TO_SD * _nanmedian(np.abs(residual - middle[..., None]), fallback=0.0)
        deviation = np.abs(x - middle)
    return np.asarray(surrounded & (deviation > np.maximum(_N_SD * spread, floor)))


def spikes(x: FloatArray, time_s: FloatArray, limit: float) -> npt.NDArray[np.bool_]:
    """Mark single samples far from the cubic through the two samples before and the two after.

    The Hampel identifier is blind where a foot changes its speed at once, as at a strike; this is not. Of neighbours
    that blame each other the worst is marked first, and the rest are looked at again without it.

    Parameters
    ----------
    x : (T, N)
        NaN where unknown.
    time_s : (T,)
    limit : float
        Deviations below this are never marked, in the unit of x.

    Returns
    -------
    bool (T, N)
    """
    marked = np.zeros(x.shape, dtype=bool)
    if len(time_s) >= 5:
        columns = max(1, _AT_ONCE // len(time_s))
        for first in range(0, x.shape[1], columns):
            part = slice(first, first + columns)
            marked[:, part] = _jumps(x[:, part], time_s, limit)
    return marked


def _jumps(x: FloatArray, time_s: FloatArray, limit: float) -> npt.NDArray[np.bool_]:
    marked = np.zeros(x.shape, dtype=bool)
    around = (-2, -1, 1, 2)
    middle = np.arange(2, len(time_s) - 2)
    offsets = np.stack([time_s[middle + k] - time_s[middle] for k in around])
    weights = np.stack(
        [np.prod([-offsets[j] / (offsets[i] - offsets[j]) for j in range(4) if j != i], axis=0) for i in range(4)]
    )
    for _ in range(3):
        known = np.where(marked, np.nan, x)
        expected = sum(w[:, None] * known[middle + k] for w, k in zip(weights, around, strict=True))
        deviation = np.zeros(x.shape)
        deviation[middle] = np.nan_to_num(np.abs(known[middle] - expected))
        padded = np.pad(deviation, ((2, 2), (0, 0)))
        worst = np.max([padded[2 + k : len(padded) - 2 + k] for k in around], axis=0)
        found = (deviation > limit) & (deviation >= worst)
        if not found.any():
            break
        marked |= found
    return marked


def fill_gaps(x: FloatArray, time_s: FloatArray, max_gap_s: float) -> FloatArray:
    """Fill gaps up to a length by a cubic spline through the samples around them; longer gaps stay NaN.

    Parameters
    ----------
    x : (T, N)
        NaN where unknown; the columns are filled one by one.
    time_s : (T,)
    max_gap_s : float
        Longest time from the last sample before a gap to the first one after it, less one frame (Stenum 2021: 0.12 s).

    Returns
    -------
    float64 (T, N)
    """
    out = np.array(x, dtype=np.float64)
    interval_s = frame_interval_s(time_s)
    n_around = 4
    for column in out.T:
        known = np.isfinite(column)
        for a, b in true_runs(~known):
            if a == 0 or b == len(column) or time_s[b] - time_s[a - 1] - interval_s > max_gap_s + 1e-9:
                continue
            near = np.concatenate((np.flatnonzero(known[:a])[-n_around:], b + np.flatnonzero(known[b:])[:n_around]))
            near = near[np.abs(time_s[near] - time_s[a]) < 2 * max_gap_s + 4 * interval_s]
            column[a:b] = (
                CubicSpline(time_s[near], column[near])(time_s[a:b])
                if len(near) >= 4
                else np.interp(time_s[a:b], time_s[near], column[near])
            )
    return out


def _nanmedian(x: FloatArray, fallback: float) -> FloatArray:
    """Return the median along the last axis without NaN; `fallback` where there is nothing."""
    ordered = np.sort(x, axis=-1)  # NaN last
    n = np.isfinite(x).sum(axis=-1)
    low = np.take_along_axis(ordered, np.maximum((n - 1) // 2, 0)[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(ordered, np.minimum(n // 2, x.shape[-1] - 1)[..., None], axis=-1)[..., 0]
    return np.where(n > 0, 0.5 * (low + high), fallback)
