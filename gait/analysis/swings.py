"""The swings of both feet in one pass seen from the side: what every event method starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gait.analysis.foot_signals import FOOT, GRID_S, FootSignals
from gait.signals.filters import finite_runs
from gait.skeleton import SIDES
from gait.types import FloatArray, Side

_SEARCH_S = 0.25
"""How far after the end of forward motion relative to the body a strike may come."""
_DIP_S = 0.1
"""A foot that falls behind the body's speed for less than this is still in the same swing."""
_LEAST_ADVANCE = 0.4
"""A swing carries the foot forward, relative to the body, by at least this share of the usual swing."""
_LEAST_ADVANCE_LEGS = 0.1
"""And by at least this many leg lengths."""
_CUT_PEAK = 1.5
"""A swing cut by the clip's edge counts when the foot is seen this fast, in walking speeds."""



@dataclass(frozen=True, kw_only=True)
class Swing:
    """One foot in the air, as rows of the fine grid (half-open).

    Attributes
    ----------
    side : {"left", "right"}
    start, stop : int
        While the foot moves forward relative to the body.
    peak : int
        Where it is fastest.
    limit_before, limit_after : int
        How far the search for the off and the strike may go.
    starts_cut, ends_cut : bool
        Whether the swing begins before, or ends after, what is known of this foot.
    """

    side: Side
    start: int
    stop: int
    peak: int
    limit_before: int
    limit_after: int
    starts_cut: bool
    ends_cut: bool


def find_swings(signals: FootSignals) -> list[Swing]:
    """Find every swing of both feet, in order of time."""
    found: list[tuple[Swing, float]] = []
    for side in SIDES:
        speed = foot_speed(signals, side)
        known_runs = finite_runs(np.isfinite(speed))
        with np.errstate(invalid="ignore"):
            ahead = speed > 1
        for a, b in known_runs:
            stretches = _merge(finite_runs(ahead[a:b]), round(_DIP_S / GRID_S))
            for n, (i, j) in enumerate(stretches):
                start, stop = a + i, a + j
                advance = float(((speed[start:stop] - 1) * signals.walking_speed[start:stop]).sum() * GRID_S)
                before = a + stretches[n - 1][1] if n else a
                after = a + stretches[n + 1][0] if n + 1 < len(stretches) else b
                swing = Swing(
                    side=side,
                    start=start,
                    stop=stop,
                    peak=start + int(np.argmax(speed[start:stop])),
                    limit_before=max(before, start - round(_SEARCH_S / GRID_S)),
                    limit_after=min(after, stop + round(_SEARCH_S / GRID_S)),
                    starts_cut=start == a,
                    ends_cut=stop == b,
                )
                found.append((swing, advance))
    whole = [advance for swing, advance in found if not (swing.starts_cut or swing.ends_cut)]
    usual = float(np.median([a for a in whole if a > _LEAST_ADVANCE_LEGS])) if any(a > _LEAST_ADVANCE_LEGS for a in whole) else 0
    least = max(_LEAST_ADVANCE_LEGS, _LEAST_ADVANCE * usual)

    def counts(swing: Swing, advance: float) -> bool:
        if swing.starts_cut or swing.ends_cut:
            return foot_speed(signals, swing.side)[swing.peak] > _CUT_PEAK
        return advance >= least

    return sorted((s for s, advance in found if counts(s, advance)), key=lambda s: s.peak)


def foot_speed(signals: FootSignals, side: str) -> FloatArray:
    """Return the forward speed of the whole foot (mean of its known points), in walking speeds; (N,)."""
    points = [signals.speed[side, point] for point in FOOT if (side, point) in signals.speed]
    if not points:
        return np.full(len(signals.time_s), np.nan)
    stacked = np.stack(points)
    known = np.isfinite(stacked)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, stacked, 0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan))


def _merge(runs: list[tuple[int, int]], longest_dip: int) -> list[tuple[int, int]]:
    """Join runs that lie at most `longest_dip` apart."""
    merged: list[tuple[int, int]] = []
    for a, b in runs:
        if merged and a - merged[-1][1] <= longest_dip:
            merged[-1] = (merged[-1][0], b)
        else:
            merged.append((a, b))
    return merged
