"""Arrays with gaps: where they are, and means and medians of what is known."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

UNSEEN_S = 1.0
"""Between frames that are further apart than this somebody took steps that nobody saw: nothing is measured across."""


def true_runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the half-open index ranges in which a mask (T,) is true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def stretches(time_s: FloatArray, most_apart_s: float = UNSEEN_S) -> list[tuple[int, int]]:
    """Return the half-open index ranges of increasing times (T,) between which they leap."""
    leaps = np.flatnonzero(np.diff(time_s) > most_apart_s) + 1
    edges = [0, *leaps.tolist(), len(time_s)]
    return list(itertools.pairwise(edges)) if len(time_s) else []


def nanmean(values: npt.ArrayLike, axis: int = 0) -> FloatArray:
    """Mean without NaN; NaN, and no warning, where nothing is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(np.asarray(values, dtype=np.float64), axis=axis))


def nanmedian(values: npt.ArrayLike) -> float:
    """Median of what is known; NaN, and no warning, where nothing is."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    return float(np.median(known)) if len(known) else float("nan")


def running_median(values: FloatArray, time_s: FloatArray, width_s: float) -> FloatArray:
    """Median over a window of time centred on each frame; NaN where the window holds nothing.

    It is taken every eighth of the window and interpolated: it changes slowly. Across a leap nothing is.

    Parameters
    ----------
    values, time_s : (T,)
    width_s : float
    """
    out = np.full(len(time_s), np.nan)
    for a, b in stretches(time_s):
        out[a:b] = _median_of_stretch(values[a:b], time_s[a:b], width_s)
    return out


def _median_of_stretch(values: FloatArray, time_s: FloatArray, width_s: float) -> FloatArray:
    n = max(2, int(np.ceil((time_s[-1] - time_s[0]) / (width_s / 8))) + 1)
    at = np.linspace(time_s[0], time_s[-1], n)
    first = np.searchsorted(time_s, at - width_s / 2 - 1e-9)
    last = np.searchsorted(time_s, at + width_s / 2 + 1e-9)
    medians = np.array([nanmedian(values[a:b]) for a, b in zip(first, last, strict=True)])
    known = np.isfinite(medians)
    if not known.any():
        return np.full(len(time_s), np.nan)
    nearest = medians[np.clip(np.round((time_s - at[0]) / max(at[1] - at[0], 1e-9)).astype(int), 0, n - 1)]
    smooth = np.interp(time_s, at[known], medians[known])
    return np.asarray(np.where(np.isfinite(nearest), smooth, np.nan))


def running_mean(values: FloatArray, time_s: FloatArray, width_s: float) -> FloatArray:
    """Mean over a window of time centred on each frame; NaN where the window holds nothing."""
    first = np.searchsorted(time_s, time_s - width_s / 2 - 1e-9)
    last = np.searchsorted(time_s, time_s + width_s / 2 + 1e-9)
    known = np.isfinite(values)
    total = np.concatenate(([0.0], np.cumsum(np.where(known, values, 0.0))))
    count = np.concatenate(([0], np.cumsum(known)))
    n = count[last] - count[first]
    return np.asarray(np.where(n > 0, (total[last] - total[first]) / np.maximum(n, 1), np.nan))
