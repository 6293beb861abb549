"""What a mean is worth: its 95 % interval from variation, timing error and systematic error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2
from scipy.stats import t as student

from gait.types import FloatArray

PRIOR_STRIDES = 3.0
"""How many degrees of freedom the usual variation of walkers weighs against that of the few strides at hand.

Two or three strides say next to nothing about their own variation; an interval from them alone is absurdly wide or
narrow.
"""
OWN_SHARE = 0.3
"""Of the variance of single values, at least, is the walker's own, however large the error of the events is thought to
be. A judgement: an error that was stated too large must not make an interval of no width."""
LASTING_SHARE = 0.5
"""Share of the variance of the systematic error that is the same at the next visit. A judgement: more of it belongs to
the walk than to the filming (of the error of stance 1.3 points against 0.25, benchmarks/repeat.py), but a pose model is
mistaken in another way by other clothes.
"""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean with its interval.

    Attributes
    ----------
    value, sd, low, high : float
        `sd` is that of the single values; NaN for fewer than two.
    n : int
    se : float
        Standard error of the mean, random part.
    df : float
        Degrees of freedom of `se`.
    note : str
        What must be said beside the number; mostly empty.
    """

    value: float
    n: int
    sd: float
    se: float
    df: float
    low: float
    high: float
    note: str = ""


def mean_estimate(
    values: npt.ArrayLike,
    *,
    usual_sd: float,
    systematic_sd: float = 0.0,
    telescoping_error_sd: float = 0.0,
    end_error_sd: float = 0.0,
    runs: int = 1,
) -> Estimate:
    """Return the mean of single values with its 95 % interval.

    Parameters
    ----------
    values : (N,)
        NaN is skipped.
    usual_sd : float
        Variation from stride to stride (error of detection included) that is usual; it counts like `PRIOR_STRIDES`
        more.
    systematic_sd : float
        SD of an error that all values share; no number of strides averages it out.
    telescoping_error_sd : float
        Random error of one event where consecutive values share their events, so that errors cancel in the sum: twice
        its square is taken off the observed variance.
    end_error_sd : float
        Whole error of one event, which stays at the two ends of each run: the mean of n has sqrt(2) sigma / n of it.
    runs : int
        Into how many unbroken runs the values fall.

    Returns
    -------
    Estimate
        All NaN and n = 0 where there is no value.
    """
    x = np.asarray(values, dtype=np.float64)
    x = x[np.isfinite(x)]
    n = len(x)
    if n == 0:
        return Estimate(value=math.nan, n=0, sd=math.nan, se=math.nan, df=math.nan, low=math.nan, high=math.nan)
    mean = float(np.mean(x))
    df = PRIOR_STRIDES + n - 1
    variance = (PRIOR_STRIDES * usual_sd**2 + float(np.sum((x - mean) ** 2))) / df
    own = max(variance - 2 * telescoping_error_sd**2, OWN_SHARE * variance)
    se = math.sqrt(own / n + 2 * end_error_sd**2 * runs / n**2)
    half = half_width(se, df, systematic_sd)
    sd = float(np.std(x, ddof=1)) if n > 1 else math.nan
    return Estimate(value=mean, n=n, sd=sd, se=se, df=df, low=mean - half, high=mean + half)


def half_width(se: float, df: float, systematic_sd: float) -> float:
    """Return half of a 95 % interval: Student's t on the random part, the normal on the systematic one."""
    return math.hypot(float(student.ppf(0.975, df)) * se, 1.96 * systematic_sd)


def minimal_detectable_change(e: Estimate) -> float:
    """Return by how much two visits must differ before the change exceeds the error of measurement, at 95 %.

    MDC95 = 1.96 sqrt(2) SEM (Weir 2005, J Strength Cond Res 19:231). The SEM is the part of the error that does not
    repeat from visit to visit: all of the random part, with Student's t for few strides in the place of 1.96, and
    `LASTING_SHARE` less of the variance of the systematic one.
    """
    half = max(e.high - e.value, e.value - e.low)
    random = min(float(student.ppf(0.975, e.df)) * e.se, half) if math.isfinite(e.se) else half
    return math.sqrt(2 * (random**2 + (1 - LASTING_SHARE) * (half**2 - random**2)))


def average(a: Estimate, b: Estimate, systematic_sd: float) -> Estimate:
    """Return the mean of two sides, each with the same weight; of the one that is known where the other is not."""
    if a.n == 0 or b.n == 0:
        one = a if b.n == 0 else b
        return one
    se = math.hypot(a.se, b.se) / 2
    df = a.df + b.df
    value, half = (a.value + b.value) / 2, half_width(se, df, systematic_sd)
    pooled = pooled_sd(a, b)
    return Estimate(value=value, n=a.n + b.n, sd=pooled, se=se, df=df, low=value - half, high=value + half)


def difference(a: Estimate, b: Estimate, systematic_sd: float) -> Estimate:
    """Return a less b."""
    se, df = math.hypot(a.se, b.se), a.df + b.df
    value, half = a.value - b.value, half_width(se, df, systematic_sd)
    return Estimate(value=value, n=min(a.n, b.n), sd=math.nan, se=se, df=df, low=value - half, high=value + half)


def scaled(e: Estimate, factor: float) -> Estimate:
    """Return an estimate in another unit."""
    low, high = sorted((e.low * factor, e.high * factor))
    size = abs(factor)
    return Estimate(value=e.value * factor, n=e.n, sd=e.sd * size, se=e.se * size, df=e.df, low=low, high=high)


def pooled_sd(a: Estimate, b: Estimate) -> float:
    """Return the root mean square of two standard deviations; of the one that is known where the other is not."""
    known = [e.sd**2 for e in (a, b) if math.isfinite(e.sd)]
    return math.sqrt(sum(known) / len(known)) if known else math.nan


def corrected_sd(groups: list[FloatArray], error_sd: float, most_error_sd: float) -> tuple[float, float, float, int]:
    """Return the SD within groups less the part that is error of measurement, its 95 % limits, and the values used.

    Parameters
    ----------
    groups : list of (N,)
        Left and right, say; each about its own mean.
    error_sd : float
        SD that the error of measurement adds to each value.
    most_error_sd : float
        The same at most: the lower limit allows for it, the upper one for no error at all.

    Returns
    -------
    (sd, low, high, n)
        `sd` is NaN where the observed variance does not exceed the error's.
    """
    kept = [g[np.isfinite(g)] for g in groups]
    kept = [g for g in kept if len(g) > 1]
    n, df = sum(len(g) for g in kept), sum(len(g) - 1 for g in kept)
    if df < 1:
        return math.nan, math.nan, math.nan, n
    observed = sum(float(np.sum((g - g.mean()) ** 2)) for g in kept) / df
    least, most = (observed * df / float(chi2.ppf(p, df)) for p in (0.975, 0.025))
    low, high = math.sqrt(max(least - most_error_sd**2, 0.0)), math.sqrt(most)
    sd = math.sqrt(observed - error_sd**2) if observed > error_sd**2 else math.nan
    return sd, low, high, n
