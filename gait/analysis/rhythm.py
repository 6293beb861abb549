"""Stepping as a rhythm: stretches in which one foot passes the other again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from gait.signals.filters import finite_runs, lowpass
from gait.types import FloatArray, IntArray

BoolArray = npt.NDArray[np.bool_]

STRIDE_HZ = (0.4, 1.2)
"""Strides per second that count as walking."""
MIN_STEPS = 3
SMOOTH_HZ = 3.0
_TOLERANCE = 1.08
"""On the limits of the stride frequency: it is read off a few steps."""


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """A run of alternating steps.

    Attributes
    ----------
    extremes_s : (N,)
        When the feet are furthest apart, once per step.
    extremes : (N,)
        The separation then, signs alternating about its middle.
    """

    extremes_s: FloatArray
    extremes: FloatArray

    @property
    def step_s(self) -> float:
        """Usual time from step to step."""
        return float(np.median(np.diff(self.extremes_s)))

    @property
    def travel(self) -> float:
        """Way that the feet cover relative to each other, which is the way walked; in the unit of the separation."""
        return float(np.sum(np.abs(np.diff(self.extremes)))) / 2


def find_rhythms(separation: FloatArray, time_s: FloatArray, least: float) -> list[Rhythm]:
    """Find runs of at least three alternating steps at a walking pace.

    Parameters
    ----------
    separation : (T,)
        Of the two ankles, along the walk (or in height, seen from the front); NaN where unknown.
    time_s : (T,)
    least : float
        How far the separation must swing, from extreme to extreme.

    Returns
    -------
    list of Rhythm
    """
    times, extremes = [np.empty(0)], [np.empty(0)]
    known = np.isfinite(separation)
    # Losses of a foot do not end a walk: short ones are bridged, longer ones leave out the steps inside.
    for start, end in finite_runs(_bridged(known, time_s, 0.4)):
        time = time_s[start:end]
        if len(time) < 5:
            continue
        values = np.interp(time, time[known[start:end]], separation[start:end][known[start:end]])
        values = lowpass(values, time, SMOOTH_HZ)
        at = _alternating(values, least)
        times.append(time[at])
        extremes.append(values[at])
    return _at_walking_pace(np.concatenate(times), np.concatenate(extremes))


def _bridged(known: BoolArray, time_s: FloatArray, up_to_s: float) -> BoolArray:
    out = known.copy()
    for a, b in finite_runs(~known):
        if a > 0 and b < len(known) and time_s[b] - time_s[a - 1] <= up_to_s:
            out[a:b] = True
    return out


def _alternating(values: FloatArray, least: float) -> IntArray:
    """Return the places of maxima and minima that take turns."""
    padded = np.concatenate(([values[0]], values, [values[-1]]))
    high, _ = find_peaks(padded, prominence=least)
    low, _ = find_peaks(-padded, prominence=least)
    at = np.concatenate((high, low)) - 1
    sign = np.concatenate((np.ones(len(high)), -np.ones(len(low))))
    order = np.argsort(at)
    keep: list[int] = []
    for i in order:
        if keep and sign[keep[-1]] == sign[i]:
            if sign[i] * values[at[i]] > sign[i] * values[at[keep[-1]]]:
                keep[-1] = int(i)
        else:
            keep.append(int(i))
    return np.asarray(at[keep], dtype=np.int64)


def _at_walking_pace(extremes_s: FloatArray, extremes: FloatArray) -> list[Rhythm]:
    """Cut where two steps are too far apart in time, and keep the runs that have a walking pace."""
    slowest_s = 0.5 / STRIDE_HZ[0] * 1.25
    cuts = np.flatnonzero(np.diff(extremes_s) > slowest_s) + 1
    runs = []
    for part in np.split(np.arange(len(extremes_s)), cuts):
        if len(part) < MIN_STEPS:
            continue
        run = Rhythm(extremes_s=extremes_s[part], extremes=extremes[part])
        if STRIDE_HZ[0] / _TOLERANCE <= 0.5 / run.step_s <= STRIDE_HZ[1] * _TOLERANCE:
            runs.append(run)
    return runs
