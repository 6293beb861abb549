"""Stepping as a rhythm: stretches in which one foot passes the other again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from gait.arrays import true_runs
from gait.signals.filters import lowpass
from gait.types import FloatArray, IntArray

BoolArray = npt.NDArray[np.bool_]

STRIDE_HZ = (0.2, 1.6)
"""Strides per second at which people walk: frail adults under 50 steps a minute, small children up to 180."""
MIN_STEPS = 3
"""Swings of one foot past the other that make a walk: two whole ones and what is seen of those before and after."""
SMOOTH_HZ = 3.0
"""Twice the fastest stride: the separation of the feet swings once a stride, and what is faster is noise."""
_BRIDGED_S = 0.4
"""Losses of a foot up to this, a fast step, do not end a walk."""
_PAUSE = 2.2
"""A step that takes this many times as long as the usual one is standing in between."""
_SHIFT, _USUAL_RANK = 0.35, 0.8
"""Of the usual swing: smaller ones are shifts of the weight, not steps. The usual one has this rank among all, so
that many shifts do not pass for steps. Judgements."""
_LEAST_FRAMES = 5
"""Of a stretch in which extremes are sought: two of them, and what lies around."""
_LONGEST_STEP_S = 0.5 / STRIDE_HZ[0] * 1.25
"""A quarter longer than the slowest even step: one side of a limp. What is longer is standing."""
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
    """Find runs of at least three alternating steps, the ones at the ends perhaps seen in part, at a walking pace.

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
    runs = []
    known = np.isfinite(separation)
    # Losses of a foot do not end a walk: short ones are bridged, longer ones leave out the steps inside.
    for start, end in true_runs(_bridged(known, time_s, _BRIDGED_S)):
        time = time_s[start:end]
        if len(time) < _LEAST_FRAMES:
            continue
        values = np.interp(time, time[known[start:end]], separation[start:end][known[start:end]])
        values = lowpass(values, time, SMOOTH_HZ)
        at = turning_points(values, least)
        for part in _steady(time[at], values[at]):
            before, after = values[: at[part[0]] + 1], values[at[part[-1]] :]
            seen_in_part = sum(bool(np.ptp(end_part) > least) for end_part in (before, after))
            if len(part) < 2 or len(part) - 1 + seen_in_part < MIN_STEPS:
                continue
            run = Rhythm(extremes_s=time[at[part]], extremes=values[at[part]])
            if STRIDE_HZ[0] / _TOLERANCE <= 0.5 / run.step_s <= STRIDE_HZ[1] * _TOLERANCE:
                runs.append(run)
    return runs


def _bridged(known: BoolArray, time_s: FloatArray, up_to_s: float) -> BoolArray:
    out = known.copy()
    for a, b in true_runs(~known):
        if a > 0 and b < len(known) and time_s[b] - time_s[a - 1] <= up_to_s:
            out[a:b] = True
    return out


def turning_points(values: FloatArray, least: float) -> IntArray:
    """Return the places of maxima and minima that take turns, (N,).

    Parameters
    ----------
    values : (T,)
        Without gaps.
    least : float
        How far it must be from a maximum to a minimum.
    """
    if len(values) < _LEAST_FRAMES:
        return np.empty(0, dtype=np.int64)
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


def _steady(extremes_s: FloatArray, extremes: FloatArray) -> list[IntArray]:
    """Cut where a step takes far longer, or is far smaller, than those around it: there the person stands.

    Returns
    -------
    list of (N,)
        Rows of the extremes of each part.
    """
    if len(extremes_s) < 2:
        return [np.arange(len(extremes_s))] if len(extremes_s) else []
    took, swung = np.diff(extremes_s), np.abs(np.diff(extremes))
    # Someone who stands shifts the weight again and again; one small swing alone is a step that was seen badly.
    small = swung < _SHIFT * float(np.quantile(swung, _USUAL_RANK))
    beside = np.concatenate([[True], small, [True]])
    cut = small & (beside[:-2] | beside[2:])
    for i in range(len(took)):
        near = slice(max(i - 3, 0), i + 4)
        usual_s = float(np.median(took[near][~small[near]])) if (~small[near]).any() else np.inf
        cut[i] |= took[i] > min(_PAUSE * usual_s, _LONGEST_STEP_S)
    return np.split(np.arange(len(extremes_s)), np.flatnonzero(cut) + 1)
