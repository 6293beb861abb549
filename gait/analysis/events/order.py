"""The order of walking: what cannot follow each other is not both true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np

from gait.types import Side

_SHORTEST_STRIDE = 0.6
"""Two strikes of one foot closer than this share of the usual stride time cannot both be true."""
_SHORTEST_STEP = 0.25
"""Nor strikes of the two feet closer than this share of the usual stride time (half is even walking)."""
_SHORTEST_SWING = 0.6
"""Nor a strike sooner after the same foot's off than this share of the usual swing time."""
_DOUBTFUL_STEP = 0.6
"""A step shorter than this share of the usual one of the same foot is doubted where the steps around it are regular."""
_FEWEST_BEATS, _NEAR_STEPS, _REGULAR = 4, 6.5, 0.1
"""Strikes that a rhythm takes; how far from a moment they may be, and how far from it they stray where it is regular
(root mean square), in step times."""
_STEADIEST = 0.03
"""Nobody walks more evenly than this: variation of a step, as a share of it."""
_USUAL_STRIDE_S, _USUAL_SWING_S = 1.1, 0.4
"""Of adults; used where the walk itself shows no whole stride or swing."""


@dataclass(frozen=True, kw_only=True)
class PossibleEvent:
    """A possible event; the fields are those of the table of events, and the signs of `foot_habits`."""

    time_s: float
    side: Side
    kind: Literal["strike", "off"]
    confidence: float
    method: str
    sd_s: float
    pass_number: int
    signs_s: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Beat:
    """The rhythm of some strikes: even steps, but for what one foot is late.

    Attributes
    ----------
    start_s, step_s : float
        Time of a strike of the left foot, and from step to step.
    late_s : float
        Of the right foot, after the middle of two strikes of the left one.
    sd_s : float
        How far a single strike strays from it.
    """

    start_s: float
    step_s: float
    late_s: float
    sd_s: float

    @property
    def regular(self) -> bool:
        """Whether the strikes keep to it."""
        return self.sd_s < _REGULAR * self.step_s

    def nearest_s(self, time_s: float, side: Side) -> float:
        """Return when this foot strikes, by the rhythm, nearest to a moment."""
        first_s = self.start_s + (self.step_s + self.late_s if side == "right" else 0.0)
        return first_s + 2 * self.step_s * round((time_s - first_s) / (2 * self.step_s))


def find_beat(strikes: Sequence[PossibleEvent], near_s: float) -> Beat | None:
    """Fit a rhythm to the strikes of both feet around a moment; None where they are too few.

    Parameters
    ----------
    strikes : sequence of PossibleEvent
        In order of time, without the ones that are in question; `sd_s` is their weight.
    near_s : float
    """
    steps = [b.time_s - a.time_s for a, b in pairwise(strikes) if a.side != b.side]
    if not steps:
        return None
    usual_s = float(np.median(steps))
    near = [c for c in strikes if abs(c.time_s - near_s) < _NEAR_STEPS * usual_s]
    if len(near) < _FEWEST_BEATS or len({c.side for c in near}) < 2:
        return None
    number = [int(near[0].side == "right")]
    for a, b in pairwise(near):
        number.append(number[-1] + _beats(b.time_s - a.time_s, usual_s, odd=a.side != b.side))
    right = np.array([c.side == "right" for c in near])
    columns = [np.ones(len(near)), np.array(number, dtype=np.float64)]
    if min(right.sum(), (~right).sum()) > 1:
        columns.append(right.astype(np.float64))
    x, y = np.stack(columns, axis=1), np.array([c.time_s for c in near])
    weight = 1 / np.array([c.sd_s for c in near])
    terms, *_ = np.linalg.lstsq(x * weight[:, None], y * weight, rcond=None)
    strays = (y - x @ terms) * weight / np.sqrt(np.mean(weight**2))
    spread_s = float(np.sqrt(np.sum(strays**2) / max(len(near) - x.shape[1], 1)))
    step_s = float(terms[1])
    if step_s <= 0:
        return None
    return Beat(
        start_s=float(terms[0]),
        step_s=step_s,
        late_s=float(terms[2]) if x.shape[1] > 2 else 0.0,
        sd_s=max(spread_s, _STEADIEST * step_s),
    )


def _beats(apart_s: float, step_s: float, *, odd: bool) -> int:
    """Return how many steps two strikes are apart: an odd number for the two feet, an even one for one foot."""
    return max(2 * round((apart_s / step_s - odd) / 2) + odd, 2 - odd)


def in_order(candidates: list[PossibleEvent]) -> tuple[list[PossibleEvent], list[tuple[PossibleEvent, str]]]:
    """Keep the events that obey right strike, left off, left strike, right off; list the others with a reason.

    An event that is missing (the foot was hidden) is no reason to doubt its neighbours: only events that are too many
    are turned down, the less certain one of two first.

    Parameters
    ----------
    candidates : list of PossibleEvent
        Of one pass.

    Returns
    -------
    kept : list of PossibleEvent
        In order of time.
    rejected : list of (PossibleEvent, reason)
    """
    kept = sorted(candidates, key=_time_s)
    rejected: list[tuple[PossibleEvent, str]] = []
    stride_s = _usual_time_s(kept, "strike", "strike", _USUAL_STRIDE_S)
    swing_s = _usual_time_s(kept, "off", "strike", _USUAL_SWING_S)
    while (clash := _first_clash(kept, stride_s, swing_s)) is not None:
        one, other, reason = clash
        loser = _less_regular(kept, one, other) or min(one, other, key=lambda c: c.confidence)
        kept.remove(loser)
        rejected.append((loser, reason))
    # What lost against an event that was itself turned down later comes back.
    for loser, reason in sorted(rejected, key=lambda each: -each[0].confidence):
        again = sorted([*kept, loser], key=_time_s)
        if _first_clash(again, stride_s, swing_s) is None:
            kept = again
            rejected.remove((loser, reason))
    return kept, rejected


def _time_s(event: PossibleEvent) -> float:
    return event.time_s


def _usual_time_s(candidates: list[PossibleEvent], first: str, then: str, fallback_s: float) -> float:
    """Return the median time from one kind of event to the next of another kind (or the same) of the same foot."""
    times = []
    for side in ("left", "right"):
        of_foot = [c for c in candidates if c.side == side and c.kind in (first, then)]
        times += [b.time_s - a.time_s for a, b in pairwise(of_foot) if a.kind == first and b.kind == then]
    return float(np.median(times)) if times else fallback_s


def _less_regular(candidates: list[PossibleEvent], one: PossibleEvent, other: PossibleEvent) -> PossibleEvent | None:
    """Return which of two strikes strays further from the rhythm of the others; None where these keep to none."""
    if {one.kind, other.kind} != {"strike"}:
        return None
    strikes = [c for c in candidates if c.kind == "strike" and c not in (one, other)]
    beat = find_beat(strikes, (one.time_s + other.time_s) / 2)
    if beat is None or not beat.regular:
        return None
    return max(one, other, key=lambda c: abs(c.time_s - beat.nearest_s(c.time_s, c.side)))


def _doubtful(candidates: list[PossibleEvent], one: PossibleEvent, other: PossibleEvent) -> bool:
    """Whether a step is much shorter than the others of the foot that lands, while the steps around it are regular."""
    strikes = [c for c in candidates if c.kind == "strike"]
    times = [b.time_s - a.time_s for a, b in pairwise(strikes) if a.side != b.side == other.side and b != other]
    if len(times) < 2 or other.time_s - one.time_s > _DOUBTFUL_STEP * float(np.median(times)):
        return False
    return _less_regular(candidates, one, other) is not None


def fitting(certain: list[PossibleEvent], others: list[PossibleEvent]) -> list[PossibleEvent]:
    """Return which of other events fit into the order of those that stand, each beside the ones before it."""
    stride_s = _usual_time_s(certain, "strike", "strike", _USUAL_STRIDE_S)
    swing_s = _usual_time_s(certain, "off", "strike", _USUAL_SWING_S)
    kept: list[PossibleEvent] = []
    for c in others:
        together = sorted([*certain, *kept, c], key=_time_s)
        pairs = [sorted((each, c), key=_time_s) for each in together if each is not c]
        if not any(_clash(together, one, other, stride_s, swing_s) for one, other in pairs):
            kept.append(c)
    return kept


def _first_clash(
    candidates: list[PossibleEvent], stride_s: float, swing_s: float
) -> tuple[PossibleEvent, PossibleEvent, str] | None:
    for i, one in enumerate(candidates):
        for other in candidates[i + 1 :]:
            if other.time_s - one.time_s > stride_s:
                break
            reason = _clash(candidates, one, other, stride_s, swing_s)
            if reason:
                return one, other, reason
    return None


def _clash(
    candidates: list[PossibleEvent], one: PossibleEvent, other: PossibleEvent, stride_s: float, swing_s: float
) -> str:
    """Return why an event and a later one of the candidates are not both true; empty where they may be."""
    apart_s = other.time_s - one.time_s
    within = f"within {apart_s:.2f} s"
    same_foot, same_kind = one.side == other.side, one.kind == other.kind
    if same_foot and same_kind and apart_s < _SHORTEST_STRIDE * stride_s:
        return f"two {one.kind}s of the {one.side} foot {within}"
    if not same_foot and same_kind and apart_s < _SHORTEST_STEP * stride_s:
        return f"{one.kind}s of both feet {within}"
    if not same_foot and one.kind == other.kind == "strike" and _doubtful(candidates, one, other):
        return f"strikes of both feet {within}, unlike the other steps"
    if same_foot and (one.kind, other.kind) == ("off", "strike") and apart_s < _SHORTEST_SWING * swing_s:
        return f"off and strike of the {one.side} foot {within}"
    return ""
