"""The order of walking: what cannot follow each other is not both true."""

from __future__ import annotations

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
_USUAL_STRIDE_S, _USUAL_SWING_S = 1.1, 0.4
"""Of adults; used where the walk itself shows no whole stride or swing."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A possible event; the fields are those of the table of events, and the signs of `gait.analysis.foot_habits`."""

    time_s: float
    side: Side
    kind: Literal["strike", "off"]
    confidence: float
    method: str
    sd_s: float
    pass_number: int
    signs_s: dict[str, float] = field(default_factory=dict)


def in_order(candidates: list[Candidate]) -> tuple[list[Candidate], list[tuple[Candidate, str]]]:
    """Keep the events that obey right strike, left off, left strike, right off; list the others with a reason.

    An event that is missing (the foot was hidden) is no reason to doubt its neighbours: only events that are too many
    are turned down, the less certain one of two first.

    Parameters
    ----------
    candidates : list of Candidate
        Of one pass.

    Returns
    -------
    kept : list of Candidate
        In order of time.
    rejected : list of (Candidate, reason)
    """
    kept = sorted(candidates, key=lambda c: c.time_s)
    rejected: list[tuple[Candidate, str]] = []
    stride_s = _usual_time_s(kept, "strike", "strike", _USUAL_STRIDE_S)
    swing_s = _usual_time_s(kept, "off", "strike", _USUAL_SWING_S)
    while (clash := _first_clash(kept, stride_s, swing_s)) is not None:
        one, other, reason = clash
        loser = min(one, other, key=lambda c: c.confidence)
        kept.remove(loser)
        rejected.append((loser, reason))
    # What lost against an event that was itself turned down later comes back.
    for loser, reason in sorted(rejected, key=lambda each: -each[0].confidence):
        again = sorted([*kept, loser], key=lambda c: c.time_s)
        if _first_clash(again, stride_s, swing_s) is None:
            kept = again
            rejected.remove((loser, reason))
    return kept, rejected


def _usual_time_s(candidates: list[Candidate], first: str, then: str, fallback_s: float) -> float:
    """Return the median time from one kind of event to the next of another kind (or the same) of the same foot."""
    times = []
    for side in ("left", "right"):
        of_foot = [c for c in candidates if c.side == side and c.kind in (first, then)]
        times += [b.time_s - a.time_s for a, b in pairwise(of_foot) if a.kind == first and b.kind == then]
    return float(np.median(times)) if times else fallback_s


def _first_clash(
    candidates: list[Candidate], stride_s: float, swing_s: float
) -> tuple[Candidate, Candidate, str] | None:
    for i, one in enumerate(candidates):
        for other in candidates[i + 1 :]:
            apart_s = other.time_s - one.time_s
            if apart_s > stride_s:
                break
            within = f"within {apart_s:.2f} s"
            same_foot, same_kind = one.side == other.side, one.kind == other.kind
            if same_foot and same_kind and apart_s < _SHORTEST_STRIDE * stride_s:
                return one, other, f"two {one.kind}s of the {one.side} foot {within}"
            if not same_foot and same_kind and apart_s < _SHORTEST_STEP * stride_s:
                return one, other, f"{one.kind}s of both feet {within}"
            if same_foot and (one.kind, other.kind) == ("off", "strike") and apart_s < _SHORTEST_SWING * swing_s:
                return one, other, f"off and strike of the {one.side} foot {within}"
    return None
