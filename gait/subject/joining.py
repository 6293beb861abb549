"""Pieces of tracks that belong to one person are joined; pieces of bodies beside the whole are dropped."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from gait.subject.boxes import area, expand, intersection, union
from gait.subject.tracking import Track
from gait.types import FloatArray

MIN_S = 0.45
"""Shorter tracks are not people who could be measured."""

BRIDGE_S = 1.5
"""Someone who walks behind a tree may be away this long."""

STAND_S = 30.0
"""Someone who stands still fades into the background for at most this long."""

END_S = 1.2
"""The ends of a track are compared with what is seen of the person this long before or after."""

LEAVE_S = 3.0
CUT_PX = 2.0
EDGE = 0.03
"""Of the picture: who disappears this close to the rim has left."""

SPEED_S = 0.7


def join(tracks: list[Track], size: tuple[int, int]) -> list[Track]:
    """Return whole tracks: trimmed, joined over gaps, without fragments, by start time."""
    kept = sorted((t for t in (trim(t, size) for t in tracks) if t.end_s > t.start_s), key=lambda t: t.start_s)
    kept = _without_fragments(kept)
    while (pair := _best_pair(kept, size)) is not None:
        first, second = pair
        joined = merge(first, second)
        kept = [t for t in kept if t is not first and t is not second]
        kept = sorted([*kept, joined], key=lambda t: t.start_s)
    return [t for t in kept if t.end_s - t.start_s >= MIN_S]


def trim(track: Track, size: tuple[int, int]) -> Track:
    """Drop the detections at both ends that show little of the person (half behind a tree, or out of the picture)."""
    times, boxes = np.array(track.times), np.array(track.boxes)
    height, width = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
    enough = np.ones(len(times), dtype=bool)
    for near in (times < times[0] + END_S, times > times[-1] - END_S):
        enough[near] &= height[near] > 0.72 * np.median(height[near])
        enough[near] &= width[near] > 0.35 * np.median(width[near])
    # At the sides of the picture the shadow may stay in view longer than the person.
    cut = (boxes[:, 0] <= CUT_PX) | (boxes[:, 2] >= size[0] - CUT_PX)
    for end_s, near in ((times[0], times < times[0] + LEAVE_S), (times[-1], times > times[-1] - LEAVE_S)):
        if cut[times == end_s].all() and (near & ~cut).any():
            enough[near & cut] &= height[near & cut] > 0.8 * np.median(height[near & ~cut])
    if not enough.any():
        return track
    first, last = int(np.argmax(enough)), len(enough) - int(np.argmax(enough[::-1]))
    return _part(track, first, last)


def merge(first: Track, second: Track) -> Track:
    """Return one track with the detections of both; where both have one, the box around the two."""
    entries: dict[float, tuple[FloatArray, FloatArray, bool]] = {}
    for track in (first, second):
        for time_s, box, shift, whole in zip(track.times, track.boxes, track.shifts, track.whole, strict=True):
            if time_s in entries:
                other, _, other_whole = entries[time_s]
                entries[time_s] = union(box, other), shift, whole or other_whole
            else:
                entries[time_s] = box, shift, whole
    times = sorted(entries)
    return Track(
        times=times,
        boxes=[entries[t][0] for t in times],
        shifts=[entries[t][1] for t in times],
        whole=[entries[t][2] for t in times],
        shots=sorted({*first.shots, *second.shots}),
        people_score=first.people_score + second.people_score,
    )


def _part(track: Track, first: int, last: int) -> Track:
    times = track.times[first:last]
    return replace(
        track,
        times=times,
        boxes=track.boxes[first:last],
        shifts=track.shifts[first:last],
        whole=track.whole[first:last],
        shots=[t for t in track.shots if times[0] <= t <= times[-1]],
    )


def _without_fragments(tracks: list[Track]) -> list[Track]:
    """Drop tracks that lie within a larger one most of the time: an arm, a shadow's edge."""
    kept = []
    for track in tracks:
        own = dict(zip(track.times, track.boxes, strict=True))
        is_part = False
        for other in tracks:
            if other is track:
                continue
            theirs = dict(zip(other.times, other.boxes, strict=True))
            common = [t for t in track.times if t in theirs]
            if len(common) < 0.7 * len(own):
                continue
            within = np.mean([intersection(own[t], expand(theirs[t], 0.05)) > 0.6 * area(own[t]) for t in common])
            larger = np.median([area(theirs[t]) / area(own[t]) for t in common])
            is_part = is_part or bool(within > 0.6 and larger > 1.3)
        if not is_part:
            kept.append(track)
    return kept


def _best_pair(tracks: list[Track], size: tuple[int, int]) -> tuple[Track, Track] | None:
    """Return the two tracks with the least doubtful gap between them, if any belong together."""
    best, pair = 1.0, None
    for first in tracks:
        for second in tracks:
            if first is not second and first.start_s < second.start_s:
                doubt = _doubt(first, second, size)
                if doubt < best:
                    best, pair = doubt, (first, second)
    return pair


def _doubt(first: Track, second: Track, size: tuple[int, int]) -> float:
    """How doubtful it is that one track goes on as the other: below 1 they are joined."""
    gap_s = second.start_s - first.end_s
    if gap_s < -0.15 or gap_s > STAND_S or _has_left(first, size):
        return math.inf
    end, end_speed, height = _state(first, at_end=True)
    start, start_speed, next_height = _state(second, at_end=False)
    size_change = abs(math.log(next_height / height)) / math.log(1.4)
    apart = float(np.linalg.norm(start - end)) / height
    standing = max(float(np.linalg.norm(end_speed)), float(np.linalg.norm(start_speed))) < 0.35 * height
    if standing:
        return max(apart / 0.4, size_change)
    if gap_s > BRIDGE_S:
        return math.inf
    speed = (end_speed + start_speed) / 2
    missed = float(np.linalg.norm(end + speed * gap_s - start)) / height
    change = float(np.linalg.norm(end_speed - start_speed)) / height
    return max(missed / (0.3 + 0.3 * max(gap_s, 0.0)), change / 0.7, size_change)


def _state(track: Track, *, at_end: bool) -> tuple[FloatArray, FloatArray, float]:
    """Return position of the feet, velocity and height at one end of a track, on the fixed background."""
    times, boxes = np.array(track.times), np.array(track.boxes) - np.tile(np.array(track.shifts), 2)
    near = times > times[-1] - SPEED_S if at_end else times < times[0] + SPEED_S
    feet = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)
    height = float(np.median((boxes[:, 3] - boxes[:, 1])[near]))
    if near.sum() < 3:
        return feet[-1 if at_end else 0], np.zeros(2), height
    edge_s = times[-1 if at_end else 0]
    slope, offset = np.polyfit(times[near] - edge_s, feet[near], 1)
    return offset, slope, height


def _has_left(track: Track, size: tuple[int, int]) -> bool:
    """Whether a track ends by walking out of the picture at a side."""
    box = track.boxes[-1]
    speed = _state(track, at_end=True)[1][0]
    reach = EDGE * size[0]
    return bool((box[0] <= reach and speed < 0) or (box[2] >= size[0] - reach and speed > 0))
