"""One person out of the several that a pose program may have found in each frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gait.types import FloatArray

_REACH = 0.25
"""How far the points of a person may lie from those seen last, in sizes of that person, ..."""
_REACH_PER_S = 2.0
"""... how much further for each second since then (a run is some two body heights per second), ..."""
_FARTHEST = 3.0
"""... and at most."""
_FORGOTTEN_S = 10.0
"""Whoever comes back later than this is somebody new."""
_WORTH_A_WORD = 0.1
"""Others whose total score is less than this share of the chosen person's are false finds more often than people."""


@dataclass
class _Trail:
    person: FloatArray
    time_s: float
    size_px: float
    total: float = 0.0
    rows: dict[int, FloatArray] = field(default_factory=dict)

    def add(self, row: int, time_s: float, person: FloatArray) -> None:
        self.rows[row] = person
        self.total += float(np.nansum(person[:, 2]))
        self.person, self.time_s, self.size_px = person, time_s, max(self.size_px, _size_px(person))

    def distance(self, time_s: float, person: FloatArray) -> float:
        """Return the mean distance of the points both have, over how far this person can have come; no more than 1."""
        apart = np.linalg.norm(self.person[:, :2] - person[:, :2], axis=1)
        reach = self.size_px * min(_REACH + _REACH_PER_S * (time_s - self.time_s), _FARTHEST)
        known = np.isfinite(apart)
        return float(apart[known].mean()) / max(reach, 1e-9) if known.any() else np.inf


def follow_one(frames: Sequence[FloatArray], time_s: FloatArray) -> tuple[list[FloatArray | None], bool]:
    """Follow each person from frame to frame, and return the one with the highest total score.

    Everyone goes on where somebody nearest was seen before, within what a person can walk since; whoever is too far
    from all is somebody new. Where no frame shows more than one person, that is the one, wherever.

    Parameters
    ----------
    frames : sequence of (P, N, 3)
        The people in each frame: x, y in pixels and score of their points, NaN where a point is unknown.
    time_s : (T,)

    Returns
    -------
    person : list of (N, 3) or None
        By frame; None where the person is not there.
    others : bool
        Whether somebody else was seen for a good part of the recording too.
    """
    if all(len(people) <= 1 for people in frames):
        return [people[0] if len(people) else None for people in frames], False
    trails: list[_Trail] = []
    for row, (now_s, people) in enumerate(zip(time_s, frames, strict=True)):
        for trail, person in _pairs(trails, people, float(now_s)):
            if trail is None:
                trail = _Trail(person, float(now_s), 0.0)
                trails.append(trail)
            trail.add(row, float(now_s), person)
    trails.sort(key=lambda trail: trail.total, reverse=True)
    chosen = trails[0]
    others = len(trails) > 1 and trails[1].total > _WORTH_A_WORD * chosen.total
    return [chosen.rows.get(row) for row in range(len(frames))], others


def _pairs(trails: list[_Trail], people: FloatArray, time_s: float) -> list[tuple[_Trail | None, FloatArray]]:
    """Give each person the trail it goes on, the nearest pair first; None where it goes on none."""
    trails = [trail for trail in trails if time_s - trail.time_s <= _FORGOTTEN_S]
    distances = np.array([[trail.distance(time_s, person) for person in people] for trail in trails])
    found: dict[int, _Trail] = {}
    while distances.size and distances.min() <= 1.0:
        t, p = np.unravel_index(int(distances.argmin()), distances.shape)
        found[int(p)] = trails[int(t)]
        distances[t, :] = np.inf
        distances[:, p] = np.inf
    return [(found.get(p), person) for p, person in enumerate(people)]


def _size_px(person: FloatArray) -> float:
    known = person[np.isfinite(person[:, 0])]
    return float(np.ptp(known[:, :2], axis=0).max()) if len(known) else 0.0
