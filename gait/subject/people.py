"""Who is in the video: tracks become people, with a second look at each."""

from __future__ import annotations

import numpy as np

from gait.subject.boxes import area, expand, intersection, iou
from gait.subject.choice import STANDS, Candidate
from gait.subject.confirm import Confirm, Looks, bodies, look
from gait.subject.joining import join, merge
from gait.subject.path import Path, Sighting
from gait.subject.tracking import Track
from gait.subject.travel import measure
from gait.subject.watch import Seen

MAX_CHECKED = 6
FIRST_LOOKS = 2
ALL_LOOKS = 6
MOST = 0.95
"""Of the clip: who is seen this long is seen throughout."""


def find_people(seen: Seen, confirm: Confirm | None) -> list[Candidate]:
    """Return everyone seen, checked by a second look where that is possible."""
    found = []
    for track in join(seen.tracks, seen.size):
        path = Path(track, seen.size)
        found.append(Candidate(path=path, travel=measure(path), looks=Looks()))
    found.sort(key=lambda c: -(c.travel.body_heights + c.presence))
    if confirm is None:
        return found
    checked = [look_again(c, seen, confirm, FIRST_LOOKS) for c in found[:MAX_CHECKED]]
    # Whoever walks through the picture deserves more than two chances to be recognised.
    doubtful = [c.walks and not c.looks.sightings for c in checked]
    checked = [look_again(c, seen, confirm, ALL_LOOKS) if d else c for c, d in zip(checked, doubtful, strict=True)]
    return _without_pieces(_without_doubles(checked, seen))


def look_again(candidate: Candidate, seen: Seen, confirm: Confirm, most: int = ALL_LOOKS) -> Candidate:
    """Look at someone in up to `most` moments, those before included, and correct the path by what is seen."""
    looks = look(candidate.path, seen.album, seen.lens, confirm, most=most, before=candidate.looks)
    path = Path(candidate.path.track, seen.size)
    path.refine(looks.sightings)
    return Candidate(path=path, travel=measure(path), looks=looks)


def _without_doubles(candidates: list[Candidate], seen: Seen) -> list[Candidate]:
    """Merge candidates whose bodies turn out to be the same (one track had the legs, the other the arms)."""
    merged: list[Candidate] = []
    for candidate in candidates:
        same = next((k for k, other in enumerate(merged) if _same_body(candidate.path, other.path)), None)
        if same is None or not candidate.is_person:
            merged.append(candidate)
            continue
        other = merged[same]
        path = Path(merge(other.path.track, candidate.path.track), seen.size)
        looks = other.looks + candidate.looks
        path.refine(looks.sightings)
        merged[same] = Candidate(path=path, travel=measure(path), looks=looks)
    return merged


def seen_throughout(candidate: Candidate, seen: Seen, confirm: Confirm) -> Candidate:
    """Return someone who stays in place as seen in whole pictures: between movements, motion shows nothing of them."""
    clip_s = float(seen.time_s[-1] - seen.time_s[0])
    if candidate.travel.body_heights >= STANDS or candidate.end_s - candidate.start_s > MOST * clip_s:
        return candidate
    still = [c for c in find_still_people(seen, confirm) if _same_body(candidate.path, c.path)]
    return still[0] if still else candidate


def _without_pieces(candidates: list[Candidate]) -> list[Candidate]:
    """Drop what was not recognised, but lies within the body of someone who was: an arm, a foot, a shadow's edge."""
    recognised = [c.path for c in candidates if c.looks.sightings]
    return [c for c in candidates if c.is_person or not any(_lies_within(c.path, body) for body in recognised)]


def _lies_within(piece: Path, body: Path) -> bool:
    common = piece.time_s[(piece.time_s >= body.time_s[0]) & (piece.time_s <= body.time_s[-1])]
    if len(common) < 0.5 * len(piece.time_s):
        return False
    pairs = zip(piece.boxes(common), body.boxes(common), strict=True)
    return bool(np.mean([intersection(x, expand(y, 0.1)) > 0.6 * area(x) for x, y in pairs]) > 0.5)


def _same_body(a: Path, b: Path) -> bool:
    common = a.time_s[(a.time_s >= b.time_s[0]) & (a.time_s <= b.time_s[-1])]
    if len(common) < 3:
        return False
    pairs = zip(a.boxes(common), b.boxes(common), strict=True)
    return bool(np.mean([iou(x, y[None])[0] for x, y in pairs]) > 0.5)


def find_still_people(seen: Seen, confirm: Confirm) -> list[Candidate]:
    """Look in whole pictures for somebody who hardly moves."""
    scenes = [t for t in seen.album.scenes if t in seen.album]
    times = [scenes[i] for i in np.unique(np.linspace(0, len(scenes) - 1, ALL_LOOKS).round().astype(int))]
    found = bodies(seen.album, times, seen.size, seen.lens, confirm)
    if len(found) < max(0.5 * len(times), 1):
        return []
    # In view from the first to the last frame, as far as the looks can tell.
    first, last = (float(seen.time_s[0]), *found[0][1:]), (float(seen.time_s[-1]), *found[-1][1:])
    track = Track()
    for time_s, box, _ in [first, *(f for f in found if first[0] < f[0] < last[0]), last]:
        if not track.times or time_s > track.end_s:
            track.add(time_s, box, seen.shift_at(time_s), whole=True)
    sightings = [Sighting(time_s=t, box=box - np.tile(seen.shift_at(t), 2), score=score) for t, box, score in found]
    path = Path(track, seen.size)
    path.refine(sightings)
    looks = Looks(times=tuple(times), sightings=tuple(sightings), n_nobody=len(times) - len(found))
    return [Candidate(path=path, travel=measure(path), looks=looks)]
