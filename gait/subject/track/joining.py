"""Tracks become people: cut where somebody else took over, and joined over absences by place, size and clothes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gait.subject.track.clothes import Clothes, apart, typical
from gait.subject.track.tracker import Track
from gait.types import FloatArray

LEAST_S = 0.4
"""Shorter tracks are not people who could be measured."""

BRIEF_S, UNSURE = 1.2, 0.5
"""Tracks that are this short, and in the median scored less, are furniture: nobody is joined to them."""

AROUND_S = 1.2
"""The clothes seen this long before a moment are compared with those seen after it."""

OTHER = 0.33
"""Clothes that differ by more are those of another person; those of the same, turned round, differ by less."""

ALIKE = 0.22
"""Clothes that differ by less may be the same person's after an absence of any length."""

MARGIN = 0.07
"""By this much the clothes must be more alike than those of anybody else who could have come back."""

DOUBTFUL = 0.7
"""Of the usual score of a track: less, at its ends, is no more certain than furniture."""

BRIDGE_S = 1.6
"""Someone who walks behind a tree, or is crossed by another, may be away this long without having left."""

OVERLAP_S = 1.5
"""So long a track may go on upon somebody who crosses, while another has taken up its own person."""

LONGEST_S = 60.0
"""Who comes back after a longer absence is somebody new. A judgement."""

RESIZED = 1.6
"""Nobody's size in the picture changes by more between going and coming back at the same edge."""

DOUBLE_NEAR, DOUBLE_OFTEN, DOUBLE_LONG = 0.6, 0.7, 0.6
"""Two tracks show one body when the hips are within so many reaches, in this share of the pictures that both have,
which are this share of those of the shorter one. Judgements."""

ENDS = 8
"""Detections at an end of a track from which its place, size, speed and clothes there are read: a second of them."""

GLIDES_S = 0.6
"""So long somebody who is out of sight goes on as before; later it may have slowed down or turned. A judgement."""

STRAYS, STRAYS_PER_S, RESIZED_BRIEFLY = 0.5, 1.5, 0.3
"""How far from where somebody was expected they may come back after a brief absence, in reaches, how much farther for
each second of it, a fast walk; and by how much the logarithm of the size may have changed, at once and for each second.
Judgements."""

COST_OF_PLACE, COST_OF_SIZE, COST_OF_SIZE_LATER = 0.2, 0.2, 0.1
"""What a reach of distance, and a size e times as large, count for beside clothes that have nothing in common (1): the
likelier of two who may have come back is chosen by it. Judgements."""

LEAST_SPAN_S = 0.2
"""In less, no speed is read off the detections of an end."""

BELOW = 0.2
"""Whose soles are this many reaches under the lower rim can have left over it."""

EDGE = 0.9
"""Whose hips are within this many reaches of the rim of the picture can have left it, or come in."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person: what was seen, and in which stretches.

    Attributes
    ----------
    track : Track
        All detections, in order of time.
    stretches : tuple of (start_s, end_s)
        In which the person was in view.
    """

    track: Track
    stretches: tuple[tuple[float, float], ...]

    @cached_property
    def clothes(self) -> Clothes | None:
        """What the person usually wears."""
        return typical(self.track.clothes)

    def until(self, time_s: float) -> Person:
        """Return the same, but for what is seen from some time on."""
        n = sum(t < time_s for t in self.track.time_s)
        stretches = tuple((a, min(b, self.track.time_s[n - 1])) for a, b in self.stretches if a < time_s)
        return Person(track=self.track.part(0, n), stretches=stretches)


def join(tracks: Sequence[Track], size: tuple[int, int]) -> list[Person]:
    """Return the people that tracks show, by start time.

    Parameters
    ----------
    tracks : sequence of Track
    size : (width, height)
        Of the samples.

    Returns
    -------
    list of Person
    """
    pieces = [trimmed(piece) for track in tracks for piece in cut_where_another_takes_over(track)]
    pieces = sorted((p for p in pieces if _counts(p)), key=lambda p: p.start_s)
    people = [Person(track=p, stretches=((p.start_s, p.end_s),)) for p in _without_doubles(pieces)]
    for gap_s in (BRIDGE_S, LONGEST_S):
        while (pair := _best_pair(people, size, gap_s)) is not None:
            first, second = pair
            people = [p for p in people if p is not first and p is not second]
            people.append(_joined(first, second))
            people.sort(key=lambda p: p.track.start_s)
    return people


def cut_where_another_takes_over(track: Track) -> list[Track]:
    """Return the stretches of a track in which the clothes are one person's."""
    times = np.array(track.time_s)
    best, cut = 0.0, None
    for k in range(2, len(times) - 2):
        before = np.flatnonzero((times > times[k - 1] - AROUND_S) & (times < times[k]))
        after = np.flatnonzero((times >= times[k]) & (times < times[k] + AROUND_S))
        if min(len(before), len(after)) < 3:
            continue
        old, new = (typical([track.clothes[i] for i in rows]) for rows in (before, after))
        differ = apart(old, new)
        if differ > max(best, OTHER):
            # What is typical of several samples tells that there is a change; each tells whether it comes before.
            nearer = [apart(track.clothes[i], new) - apart(track.clothes[i], old) for i in (*before, *after)]
            best, cut = differ, min(int(before[0] + np.argmax(np.cumsum(nearer))) + 1, len(times) - 1)
    if cut is None:
        return [track]
    return [
        piece
        for part in (track.part(0, cut), track.part(cut, len(times)))
        for piece in cut_where_another_takes_over(part)
    ]


def trimmed(track: Track) -> Track:
    """Return a track without the last of somebody who leaves the picture, and the first of somebody who comes in.

    Of a body that is half out of the picture the detector sees too small a one, or another thing.
    """
    usual, clothes = float(np.median(track.score)), typical(track.clothes)
    unlike = [
        score < DOUBTFUL * usual or apart(clothes, worn) > ALIKE
        for score, worn in zip(track.score, track.clothes, strict=True)
    ]
    first = next((k for k, is_unlike in enumerate(unlike) if not is_unlike), 0)
    last = next((k for k in range(len(unlike), 0, -1) if not unlike[k - 1]), len(unlike))
    return track.part(first, last)


def _counts(track: Track) -> bool:
    lasts_s = track.end_s - track.start_s
    sure = lasts_s >= BRIEF_S or float(np.median(track.score)) >= UNSURE
    return (lasts_s >= LEAST_S and sure) or track.fills_picture


def _without_doubles(tracks: list[Track]) -> list[Track]:
    """Drop tracks that show, all along, a body that a longer track shows too."""
    kept: list[Track] = []
    for track in sorted(tracks, key=lambda t: -len(t.time_s)):
        if not any(_is_double(track, other) for other in kept):
            kept.append(track)
    return sorted(kept, key=lambda t: t.start_s)


def _is_double(track: Track, other: Track) -> bool:
    theirs = dict(zip(other.time_s, range(len(other.time_s)), strict=True))
    common = [(i, theirs[t]) for i, t in enumerate(track.time_s) if t in theirs]
    if len(common) < DOUBLE_LONG * len(track.time_s):
        return False
    near = [np.linalg.norm(track.hips[i] - other.hips[k]) < DOUBLE_NEAR * other.reach[k] for i, k in common]
    alike = [0.5 < track.reach[i] / other.reach[k] < 2.0 for i, k in common]
    return bool(np.mean(np.array(near) & np.array(alike)) > DOUBLE_OFTEN)


def _best_pair(people: list[Person], size: tuple[int, int], gap_s: float) -> tuple[Person, Person] | None:
    """Return the two that are likeliest one person; None if no two are."""
    costs: dict[tuple[int, int], float] = {}
    for i, k in itertools.permutations(range(len(people)), 2):
        cost = _cost(people[i], people[k], size, gap_s)
        if np.isfinite(cost):
            costs[i, k] = cost
    # Whoever leaves and comes back more than once is joined to the next time first.
    every = range(len(people))
    costs = {(i, k): c for (i, k), c in costs.items() if not any((i, b) in costs and (b, k) in costs for b in every)}
    for (i, k), cost in sorted(costs.items(), key=lambda item: item[1]):
        # Who came back is settled only where nobody else could be meant.
        rivals = [other for (a, b), other in costs.items() if (a == i) != (b == k)]
        if gap_s <= BRIDGE_S or all(other - cost > MARGIN for other in rivals):
            return people[i], people[k]
    return None


def _cost(first: Person, second: Person, size: tuple[int, int], longest_s: float) -> float:
    """Return how unlikely it is that the second is the first, seen again; infinite where it cannot be."""
    a, b = first.track, second.track
    gap_s = b.start_s - a.end_s
    if not -OVERLAP_S <= gap_s <= longest_s or a.start_s >= b.start_s or a.end_s >= b.end_s or a.fills_picture:
        return np.inf
    clothes = apart(first.clothes, second.clothes)
    if gap_s <= 0:
        if b.start_s - a.start_s < LEAST_S:
            return np.inf
        a = first.until(b.start_s).track
        gap_s = b.start_s - a.end_s
    left, came = _at_edge(a, -1, size), _at_edge(b, 0, size)
    if not (left or came):
        # The clothes just before and after tell more than those of minutes ago: the light is the same.
        clothes = min(clothes, apart(typical(a.clothes[-ENDS:]), typical(b.clothes[:ENDS])))
    before, after = _end(a, -1), _end(b, 0)
    resized = abs(float(np.log(after[2] / before[2])))
    if gap_s <= BRIDGE_S:
        reach = np.sqrt(before[2] * after[2])
        glided = before[:2] + before[3:] * min(gap_s, GLIDES_S)
        off = min(float(np.linalg.norm(after[:2] - p)) for p in (before[:2], glided, before[:2] + before[3:] * gap_s))
        # Where one goes out of the picture, another may come in.
        differ = clothes > (ALIKE if left and came else OTHER)
        if differ or off > (STRAYS + STRAYS_PER_S * gap_s) * reach or resized > RESIZED_BRIEFLY * (1 + gap_s):
            return np.inf
        return float(clothes + COST_OF_PLACE * off / reach + COST_OF_SIZE * resized)
    hidden = float(np.linalg.norm(after[:2] - before[:2])) < 1.0 * before[2]
    if clothes > ALIKE or resized > np.log(RESIZED) or not ((left and came) or hidden):
        return np.inf
    return clothes + COST_OF_SIZE_LATER * resized


def _end(track: Track, which: int) -> FloatArray:
    """Return place, reach and velocity at an end of a track, on the background: x, y, reach, vx, vy."""
    rows = slice(-ENDS, None) if which == -1 else slice(0, ENDS)
    times = np.array(track.time_s[rows])
    ground = np.array(track.hips[rows]) - np.array(track.shift[rows])
    speed = np.polyfit(times, ground, 1)[0] if len(times) >= 4 and np.ptp(times) > LEAST_SPAN_S else np.zeros(2)
    near = slice(-3, None) if which == -1 else slice(0, 3)
    return np.array([*np.median(ground[near], axis=0), float(np.median(np.array(track.reach[rows]))), *speed])


def _at_edge(track: Track, which: int, size: tuple[int, int]) -> bool:
    (x, y), reach = track.hips[which], track.reach[which]
    sideways = min(x, size[0] - x) < EDGE * reach
    return bool(sideways or y + reach > size[1] + BELOW * reach)


def _joined(first: Person, second: Person) -> Person:
    if second.track.start_s <= first.track.end_s:
        first = first.until(second.track.start_s)
    a, b = first.track, second.track
    track = Track(
        time_s=a.time_s + b.time_s,
        hips=a.hips + b.hips,
        reach=a.reach + b.reach,
        score=a.score + b.score,
        shift=a.shift + b.shift,
        clothes=a.clothes + b.clothes,
        shots=a.shots + b.shots,
        shot_every_s=max(a.shot_every_s, b.shot_every_s),
    )
    *earlier, (start_s, end_s) = first.stretches
    (next_s, last_s), *later = second.stretches
    bridged = [(start_s, last_s)] if next_s - end_s <= BRIDGE_S else [(start_s, end_s), (next_s, last_s)]
    return Person(track=track, stretches=(*earlier, *bridged, *later))
