"""The order of walking: what cannot follow each other is not both true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gait.types import Side

_SHORTEST_STRIDE = 0.6
"""Two strikes of one foot closer than this share of the usual stride time cannot both be true."""
_SHORTEST_STEP = 0.25
"""Nor strikes of the two feet closer than this share of the usual stride time (half is even walking)."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A possible event; the fields are those of the table of events."""

    time_s: float
    side: Side
    kind: Literal["strike", "off"]
    confidence: float
    method: str
    sd_s: float
    pass_number: int


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
    stride_s = _usual_stride_s(kept)
    while (clash := _first_clash(kept, stride_s)) is not None:
        one, other, reason = clash
        loser = min(one, other, key=lambda c: c.confidence)
        kept.remove(loser)
        rejected.append((loser, reason))
    return kept, rejected


def _usual_stride_s(candidates: list[Candidate]) -> float:
    """Return the median time between events of the same kind and side; 1.1 s where there is no pair."""
    gaps = [
        np.diff([c.time_s for c in candidates if c.side == side and c.kind == kind])
        for side in ("left", "right")
        for kind in ("strike", "off")
    ]
    every = np.concatenate(gaps)
    return float(np.median(every)) if len(every) else 1.1


def _first_clash(candidates: list[Candidate], stride_s: float) -> tuple[Candidate, Candidate, str] | None:
    for i, one in enumerate(candidates):
        for other in candidates[i + 1 :]:
            apart_s = other.time_s - one.time_s
            if apart_s > stride_s:
                break
            if one.kind == other.kind and one.side == other.side and apart_s < _SHORTEST_STRIDE * stride_s:
                return one, other, f"two {one.kind}s of the {one.side} foot within {apart_s:.2f} s"
            if one.kind == other.kind and one.side != other.side and apart_s < _SHORTEST_STEP * stride_s:
                return one, other, f"{one.kind}s of both feet within {apart_s:.2f} s"
    return None
