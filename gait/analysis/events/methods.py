"""Foot strike and foot off of one pass seen from the side, by each method.

All methods share the swings: the stretches in which a foot moves forward faster than the body. A swing has its off near
its beginning and its strike near its end; the methods differ in how they time them. At a swing's beginning and end the
foot is farthest behind and ahead of the pelvis, so the swings themselves are Zeni's events.

References
----------
Zeni, Richards, Higginson 2008: Two simple methods for determining gait events. Gait & Posture 27.
O'Connor, Thorpe, O'Malley, Vaughan 2007: Automatic detection of gait events using kinematic data. Gait & Posture 25.
Bonci et al. 2022: An algorithm for accurate marker-based gait event detection in healthy and pathological populations
during complex motor tasks. Front. Bioeng. Biotechnol. 10.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gait.analysis.events.foot_signals import GRID_S, FootSignals
from gait.analysis.events.swings import Swing
from gait.types import FloatArray

STRIKE_SPEED = {"heel": 0.41, "ankle": 0.55, "big_toe": 0.58, "small_toe": 0.42}
OFF_SPEED = {"heel": 1.68, "ankle": 1.52, "big_toe": 0.78, "small_toe": 0.99}
"""Forward speed of each point of the foot at foot strike and foot off, in walking speeds: the foot turns about the heel
at the strike and about the toes at the off, so each point has its own. The error is zero in the mean of nine people on
force plates, four children and five adults, 0.65 to 1.46 m/s (`benchmarks/fit_events.py`, which prints these figures
and what they are worth for somebody left out: strikes within 17 ms and offs within 14 ms, root mean square of the
persons; within 12 and 10 ms with `gait.analysis.events.foot_habits`)."""

LANDING_PITCH_DEG = 20.0
"""How far the toes are up at the strike in the four children, against the flat foot: 20 degrees, SD 4."""
STRIKE_SPEED_SD, OFF_SPEED_SD = 0.25, 0.2
"""How much feet differ in speed at contact, in walking speeds, if they slowed down evenly: a foot that does so gently,
as in slow walking, is timed less sharply. It makes 11 ms root mean square at 100 Hz without noise in the children's
walks. 1.96 times the stated SD of an event holds nearly all events of somebody left out (the same script)."""
_FLAT_LANDING = 1.0
"""Added to that, as a share, for a foot that lands flat, and twice for one on its toes: no such walks were at hand."""
_ANKLE_ONLY = 1.25
"""Factor on it where a foot has nothing but its ankle, which lies away from both places of contact."""
ZENI_STRIKE_LEAD_S = 0.030
ZENI_OFF_LAG_S = 0.015
"""How early Zeni's strikes and how late Zeni's offs are, between the figures of these walks (36 and 15 ms) and of two
force-plate trials (18 ms); used to compare methods, never to time an event."""
ZENI_STRIKE_SD_S, ZENI_OFF_SD_S, OCONNOR_SD_S, ANKLE_SD_S = 0.035, 0.020, 0.020, 0.085
"""Root mean square errors of the other methods on the same walks, most of them a constant lead or lag."""

STRIKE_POINT_SD_S = {"heel": 0.004, "ankle": 0.004, "big_toe": 0.004, "small_toe": 0.004}
"""How much the points of one foot differ from each other without noise: 3 to 5 ms (same walks)."""
OFF_POINT_SD_S = {"heel": 0.02, "ankle": 0.02, "big_toe": 0.004, "small_toe": 0.004}
"""At the off the toes are what leaves the ground. How fast heel and ankle are by then depends on how the foot pushes
off: a stiff or hardly rolling foot differs by some 20 ms from an ordinary one."""
_FAR_POINT_S = 0.04
"""A point this far from the others (and from its own noise) has jumped and is left out."""
_FREE_S, _DISTRUST_S, _LEAST_AGREEMENT, _ANKLE_TRUST = 0.02, 0.08, 0.2, 0.7
"""Methods that differ by more than the first lower the confidence; it is lowest, at the third, at the sum of both. The
last is what it is multiplied with for a foot with nothing but its ankle. Judgements; they move no time."""
_SLOPE_ROWS = 4
"""Half the rows of the grid over which the slope of a speed is taken where it crosses its threshold: 16 ms."""
_LOW_HEEL = 0.35
"""Of the range of its height (O'Connor 2007)."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """When an event was, by one method.

    Attributes
    ----------
    time_s : float
    sd_s : float
        Without the part due to the frame rate.
    agreement : float
        0 to 1: how well the points of the foot and the methods agree.
    """

    time_s: float
    sd_s: float
    agreement: float = 1.0


Timer = Callable[[FootSignals, Swing], Timing | None]


def auto_strike(signals: FootSignals, swing: Swing) -> Timing | None:
    """Time the strike by the speed of every point of the foot falling under its own threshold, the surer ones first."""
    share = _landing_share(signals, swing)
    return _combine(
        signals,
        swing,
        strike_speeds(share),
        STRIKE_POINT_SD_S,
        STRIKE_SPEED_SD * (1 + _FLAT_LANDING * (1 - share)),
        zeni_strike(signals, swing),
        -ZENI_STRIKE_LEAD_S,
        strike=True,
    )


def strike_speeds(share: float) -> dict[str, float]:
    """Return the speed of each point of the foot at the strike, in walking speeds.

    What touches the ground first moves as fast as the heel in `STRIKE_SPEED`, be it the heel, the whole foot or the
    toes; the rest turns about it, the faster the more the foot is pitched.

    Parameters
    ----------
    share : float
        Pitch of the foot at the strike, in those of a usual heel strike: at 1 the figures are those of `STRIKE_SPEED`,
        at 0 (flat) all are the same, and at -1 (on the toes) they are mirrored.
    """
    contact = STRIKE_SPEED["heel"]
    turns_with = {point: point for point in STRIKE_SPEED}
    if share < 0:
        turns_with = {"heel": "big_toe", "ankle": "ankle", "big_toe": "heel", "small_toe": "heel"}
    return {point: contact + share * (STRIKE_SPEED[other] - contact) for point, other in turns_with.items()}


def _landing_share(signals: FootSignals, swing: Swing) -> float:
    """Return the pitch of a foot at the strike in those of a usual heel strike, -1 to 1; 1 where it is not known."""
    pitch = signals.pitch_deg.get(swing.side)
    found = [_crossing(signals, swing, p, v, True) for p, v in STRIKE_SPEED.items() if (swing.side, p) in signals.speed]
    times_s = [crossing[0] for crossing in found if crossing is not None]
    if pitch is None or not times_s:
        return 1.0
    at_landing = float(np.interp(np.median(times_s), signals.time_s, pitch))
    return float(np.clip(at_landing / LANDING_PITCH_DEG, -1, 1)) if np.isfinite(at_landing) else 1.0


def auto_off(signals: FootSignals, swing: Swing) -> Timing | None:
    """Time the off by the speed of every point of the foot rising over its own threshold, above all the toes."""
    return _combine(
        signals,
        swing,
        OFF_SPEED,
        OFF_POINT_SD_S,
        OFF_SPEED_SD,
        zeni_off(signals, swing),
        ZENI_OFF_LAG_S,
        strike=False,
    )


def velocity_strike(signals: FootSignals, swing: Swing) -> Timing | None:
    """Time the strike by the heel's forward speed falling under that of `STRIKE_SPEED` (after Bonci 2022)."""
    return _crossing_of(signals, swing, ("heel", "ankle"), STRIKE_SPEED, STRIKE_SPEED_SD, strike=True)


def velocity_off(signals: FootSignals, swing: Swing) -> Timing | None:
    """Time the off by the toe's forward speed rising over that of `OFF_SPEED` (after Bonci 2022)."""
    return _crossing_of(signals, swing, ("big_toe", "ankle"), OFF_SPEED, OFF_SPEED_SD, strike=False)


def zeni_strike(signals: FootSignals, swing: Swing) -> Timing | None:
    """Time the strike by the heel being farthest ahead of the pelvis (Zeni 2008)."""
    return _extremum_of(
        signals, signals.forward, swing, ("heel", "ankle"), swing.peak, swing.limit_after, +1, ZENI_STRIKE_SD_S
    )


def zeni_off(signals: FootSignals, swing: Swing) -> Timing | None:
    """Time the off by the toe being farthest behind the pelvis (Zeni 2008)."""
    return _extremum_of(
        signals, signals.forward, swing, ("big_toe", "ankle"), swing.limit_before, swing.peak, -1, ZENI_OFF_SD_S
    )


def oconnor_strike(signals: FootSignals, swing: Swing) -> Timing | None:
    """Time the strike by the foot's centre sinking fastest while the heel is low (O'Connor 2007)."""
    rise = _centre_rise(signals, swing.side)
    if rise is None:
        return None
    heel = signals.height[swing.side, "heel"]
    low = heel < np.nanmin(heel) + _LOW_HEEL * (np.nanmax(heel) - np.nanmin(heel))
    dips = 1 + np.flatnonzero((rise[1:-1] < rise[:-2]) & (rise[1:-1] <= rise[2:]))
    dips = dips[(dips >= swing.peak) & (dips < swing.limit_after) & low[dips]]
    if not len(dips):
        return None
    return Timing(time_s=float(signals.time_s[dips[np.argmin(rise[dips])]]), sd_s=OCONNOR_SD_S)


def oconnor_off(signals: FootSignals, swing: Swing) -> Timing | None:
    """Time the off by the foot's centre rising fastest (O'Connor 2007)."""
    rise = _centre_rise(signals, swing.side)
    return None if rise is None else _extremum(signals, rise, swing.limit_before, swing.peak, +1, OCONNOR_SD_S)


def ankle_strike(signals: FootSignals, swing: Swing) -> Timing | None:
    """Time the strike by the ankle ceasing to sink: a zero crossing of its vertical velocity."""
    return _ceases(signals, swing.side, -1, swing.peak, swing.limit_after)


def ankle_off(signals: FootSignals, swing: Swing) -> Timing | None:
    """Time the off by the ankle ceasing to rise: a zero crossing of its vertical velocity, well after push-off."""
    return _ceases(signals, swing.side, +1, swing.limit_before, swing.stop)


METHODS: dict[str, tuple[Timer, Timer]] = {
    "auto": (auto_strike, auto_off),
    "zeni": (zeni_strike, zeni_off),
    "oconnor": (oconnor_strike, oconnor_off),
    "velocity": (velocity_strike, velocity_off),
    "ankle_velocity": (ankle_strike, ankle_off),
}
"""Name of the method to what times its strikes and its offs."""


def _combine(
    signals: FootSignals,
    swing: Swing,
    thresholds: dict[str, float],
    point_sd_s: dict[str, float],
    contact_speed_sd: float,
    zeni: Timing | None,
    zeni_shift_s: float,
    strike: bool,
) -> Timing | None:
    """Average the crossings of all points of the foot, weighted by how sharp each is and how much it is worth."""
    known = [point for point in thresholds if (swing.side, point) in signals.speed]
    found = [(_crossing(signals, swing, point, thresholds[point], strike), point_sd_s[point]) for point in known]
    crossings = np.array([(*crossing, sd_s) for crossing, sd_s in found if crossing is not None]).reshape(-1, 3)
    if not len(crossings):
        return None
    time_s, noise_s, own_s = crossings.T
    weight = 1 / (noise_s**2 + own_s**2)
    near = np.abs(time_s - _weighted_median(time_s, weight)) < _FAR_POINT_S + 3 * noise_s
    if not near.any():  # two points that contradict each other
        return None
    time_s, weight = time_s[near], weight[near]
    mean_s = float((weight * time_s).sum() / weight.sum())
    spread_s = float(np.sqrt((weight * (time_s - mean_s) ** 2).sum() / weight.sum()))
    apart_s = max(spread_s, abs(zeni.time_s - zeni_shift_s - mean_s) if zeni else 0.0)
    only_ankle = len(known) == 1
    contact_sd_s = contact_speed_sd * (_ANKLE_ONLY if only_ankle else 1.0) * _slowing_s(signals, swing, mean_s)
    return Timing(
        time_s=mean_s,
        sd_s=float(np.sqrt(contact_sd_s**2 + 1 / weight.sum() + spread_s**2 / len(time_s))),
        agreement=float(np.clip(1 - (apart_s - _FREE_S) / _DISTRUST_S, _LEAST_AGREEMENT, 1))
        * (_ANKLE_TRUST if only_ankle else 1),
    )


def _weighted_median(values: FloatArray, weight: FloatArray) -> float:
    """Return the value on either side of which lies half of the weight; of two of the same weight, their middle."""
    order = np.argsort(values)
    share = np.cumsum(weight[order]) / weight.sum()
    below, above = np.searchsorted(share, [0.5 - 1e-9, 0.5 + 1e-9])
    return float((values[order[below]] + values[order[above]]) / 2)


def _slowing_s(signals: FootSignals, swing: Swing, time_s: float) -> float:
    """Return how long a foot takes to lose (or gain) one walking speed between its fastest moment and an event."""
    return abs(time_s - float(signals.time_s[swing.peak])) / max(swing.top_speed - 0.5, 1.0)


def _crossing_of(
    signals: FootSignals,
    swing: Swing,
    points: tuple[str, ...],
    thresholds: dict[str, float],
    contact_speed_sd: float,
    strike: bool,
) -> Timing | None:
    """Time an event by the first of some points that is known."""
    for point in points:
        if (swing.side, point) in signals.speed:
            crossing = _crossing(signals, swing, point, thresholds[point], strike)
            if crossing is not None:
                time_s, noise_s = crossing
                own_sd_s = contact_speed_sd * _slowing_s(signals, swing, time_s)
                return Timing(time_s=time_s, sd_s=float(np.hypot(own_sd_s, noise_s)))
    return None


def _crossing(
    signals: FootSignals, swing: Swing, point: str, threshold: float, strike: bool
) -> tuple[float, float] | None:
    """Return when the speed of a point first passes a threshold on the way from the swing's peak to rest.

    Returns
    -------
    (time_s, sd_s) or None
        The SD is the noise of the speed over its slope.
    """
    speed = signals.speed[swing.side, point]
    first, last = (swing.peak, swing.limit_after) if strike else (swing.limit_before, swing.peak + 1)
    with np.errstate(invalid="ignore"):
        slow = np.flatnonzero(speed[first:last] <= threshold)
    if not len(slow):
        return None
    inner, outer = (slow[0] - 1, slow[0]) if strike else (slow[-1] + 1, slow[-1])
    inner, outer = first + int(inner), first + int(outer)
    if not first <= inner < last or not np.isfinite(speed[inner]):
        return None
    step = speed[inner] - speed[outer]
    time_s = signals.time_s[outer] + (signals.time_s[inner] - signals.time_s[outer]) * (threshold - speed[outer]) / step
    around = speed[max(first, min(inner, outer) - _SLOPE_ROWS) : min(last, max(inner, outer) + _SLOPE_ROWS + 1)]
    slope = np.nanmax(np.abs(np.diff(around))) / GRID_S
    return float(time_s), float(signals.noise[swing.side, point] / slope)


def _extremum_of(
    signals: FootSignals,
    values: dict[tuple[str, str], FloatArray],
    swing: Swing,
    points: tuple[str, ...],
    first: int,
    last: int,
    sign: int,
    sd_s: float,
) -> Timing | None:
    """Time an event by an extremum of the first of some points that is known."""
    for point in points:
        if (swing.side, point) in values:
            return _extremum(signals, values[swing.side, point], first, last, sign, sd_s)
    return None


def _extremum(signals: FootSignals, values: FloatArray, first: int, last: int, sign: int, sd_s: float) -> Timing | None:
    """Find the maximum (sign +1) or minimum (-1) inside a range, by a parabola through three samples.

    None at the edge of the range.
    """
    part = sign * values[first:last]
    if not np.isfinite(part).any():
        return None
    row = int(np.nanargmax(part))
    if row in (0, len(part) - 1) or not np.isfinite(part[row - 1 : row + 2]).all():
        return None
    before, middle, after = part[row - 1 : row + 2]
    bend = before - 2 * middle + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return Timing(time_s=float(signals.time_s[first + row] + shift * GRID_S), sd_s=sd_s)


def _ceases(signals: FootSignals, side: str, sign: int, first: int, last: int) -> Timing | None:
    """Find when the ankle ceases to rise (+1) or to sink (-1) after its fastest moment in a range."""
    rise = signals.rise.get((side, "ankle"))
    if rise is None or last - first < 2 or not np.isfinite(rise[first:last]).all():
        return None
    speed = sign * rise[first:last]
    fastest = int(np.argmax(speed))
    stopped = np.flatnonzero(speed[fastest:] <= 0)
    if speed[fastest] <= 0 or not len(stopped):
        return None
    row = fastest + int(stopped[0]) - 1
    share = speed[row] / (speed[row] - speed[row + 1])
    return Timing(time_s=float(signals.time_s[first + row] + share * GRID_S), sd_s=ANKLE_SD_S)


def _centre_rise(signals: FootSignals, side: str) -> FloatArray | None:
    """Return the upward speed of the foot's centre, between heel and toe; None without both."""
    heel, toe = signals.rise.get((side, "heel")), signals.rise.get((side, "big_toe"))
    return None if heel is None or toe is None else 0.5 * (heel + toe)
