"""The swings of both feet in one pass seen from the side: what every event method starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gait.analysis.events.foot_signals import FOOT, GRID_S, FootSignals
from gait.arrays import nanmean, true_runs
from gait.types import FloatArray, Side

_SIDES: tuple[Side, ...] = ("left", "right")
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
    stop : int
        Where the foot ceases to move forward relative to the body.
    peak : int
        Where it is fastest.
    limit_before, limit_after : int
        How far the search for the off and the strike may go.
    starts_cut, ends_cut : bool
        Whether the swing begins before, or ends after, what is known of this foot: then it has no off, or no strike.
    advance : float
        How far the foot moves forward relative to the body, in leg lengths.
    top_speed : float
        In walking speeds.
    """

    side: Side
    stop: int
    peak: int
    limit_before: int
    limit_after: int
    starts_cut: bool
    ends_cut: bool
    advance: float
    top_speed: float

    @property
    def cut(self) -> bool:
        """Whether one of its ends is unknown."""
        return self.starts_cut or self.ends_cut


def find_swings(signals: FootSignals) -> list[Swing]:
    """Find every swing of both feet, in order of time."""
    found = [swing for side in _SIDES for swing in _forward_stretches(signals, side)]
    whole = [s.advance for s in found if not s.cut and s.advance > _LEAST_ADVANCE_LEGS]
    least = max(_LEAST_ADVANCE_LEGS, _LEAST_ADVANCE * float(np.median(whole))) if whole else _LEAST_ADVANCE_LEGS
    kept = [s for s in found if (s.top_speed > _CUT_PEAK if s.cut else s.advance >= least)]
    return sorted(kept, key=lambda s: s.peak)


def _forward_stretches(signals: FootSignals, side: Side) -> list[Swing]:
    """Find every stretch in which a foot moves forward relative to the body, however short."""
    speed = foot_speed(signals, side)
    swings = []
    for a, b in true_runs(np.isfinite(speed)):
        stretches = _merge(true_runs(speed[a:b] > 1), round(_DIP_S / GRID_S))
        edges = [0, *(edge for stretch in stretches for edge in stretch), b - a]
        for n, (start, stop) in enumerate(stretches):
            before, after = edges[2 * n], edges[2 * n + 3]
            peak = a + start + int(np.argmax(speed[a + start : a + stop]))
            gain = (speed[a + start : a + stop] - 1) * signals.walking_speed[a + start : a + stop]
            swings.append(
                Swing(
                    side=side,
                    stop=a + stop,
                    peak=peak,
                    limit_before=a + max(before, start - round(_SEARCH_S / GRID_S)),
                    limit_after=a + min(after, stop + round(_SEARCH_S / GRID_S)),
                    starts_cut=start == 0,
                    ends_cut=stop == b - a,
                    advance=float(gain.sum() * GRID_S),
                    top_speed=float(speed[peak]),
                )
            )
    return swings


def foot_speed(signals: FootSignals, side: str) -> FloatArray:
    """Return the forward speed of the whole foot (mean of its known points), in walking speeds; (N,)."""
    points = [signals.speed[side, point] for point in FOOT if (side, point) in signals.speed]
    if not points:
        return np.full(len(signals.time_s), np.nan)
    return nanmean(points)


def _merge(runs: list[tuple[int, int]], longest_dip: int) -> list[tuple[int, int]]:
    """Join runs that lie at most `longest_dip` apart."""
    merged: list[tuple[int, int]] = []
    for a, b in runs:
        if merged and a - merged[-1][1] <= longest_dip:
            merged[-1] = (merged[-1][0], b)
        else:
            merged.append((a, b))
    return merged
