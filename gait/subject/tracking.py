"""Who is who from view to view: detections become tracks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gait.subject.boxes import area, expand, intersection, iou, shifted, union
from gait.subject.detector import Detections
from gait.types import FloatArray, IntArray

PATIENCE_S = 0.6
"""A track without a detection for this long has ended; a longer absence is bridged afterwards, if at all."""

GLIDE_S = 0.3
"""Without detections, a track is expected to keep moving for about this long."""

MAX_SPEED = 3.5
"""Heights per second: faster is not a person."""

MIN_DETECTIONS = 4
"""Whatever is seen less often is a flicker."""

WIDEST = 1.1
"""Width over height of a person with both arms out."""

MIN_HEIGHT = 0.09
"""Of the picture: smaller is too small to measure."""


@dataclass
class Track:
    """One moving thing, as seen from view to view.

    Boxes are in pixels of the small picture; `times`, `boxes`, `shifts` (of the background) and `whole` run in
    parallel, one entry per detection. `shots` are the times of pictures kept of it, `number` is that of the detector.
    """

    times: list[float] = field(default_factory=list)
    boxes: list[FloatArray] = field(default_factory=list)
    shifts: list[FloatArray] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    shots: list[float] = field(default_factory=list)
    number: int | None = None
    shot_every_s: float = 0.0
    people_score: float = 0.0
    state: FloatArray = field(default_factory=lambda: np.zeros(4))
    velocity: FloatArray = field(default_factory=lambda: np.zeros(2))
    state_s: float = 0.0

    @property
    def start_s(self) -> float:
        """Time of the first detection."""
        return self.times[0]

    @property
    def end_s(self) -> float:
        """Time of the last detection."""
        return self.times[-1]

    def predicted(self, time_s: float, shift: FloatArray) -> FloatArray:
        """Return the box expected at a time, in the picture."""
        ahead_s = GLIDE_S * (1 - np.exp(-(time_s - self.state_s) / GLIDE_S)) if self.times else 0.0
        return shifted(self.state, shift + self.velocity * ahead_s)

    def add(self, time_s: float, box: FloatArray, shift: FloatArray, whole: bool) -> None:
        """Take a detection, and correct position, size and velocity toward it."""
        ground = shifted(box, -shift)
        if not self.times:
            self.state, self.state_s = ground, time_s
        else:
            dt = time_s - self.state_s
            expected = shifted(self.state, self.velocity * dt)
            height = max(expected[3] - expected[1], 1.0)
            gain = 0.6 if len(self.times) < 5 else 0.35 if whole else 0.15
            error = np.clip(ground - expected, -0.3 * height, 0.3 * height)
            corrected = expected + gain * error
            moved = (corrected[:2] + corrected[2:] - self.state[:2] - self.state[2:]) / 2
            if dt > 0:
                memory = min(dt / 0.35, 0.5)
                self.velocity = (1 - memory) * self.velocity + memory * moved / dt
                fastest = MAX_SPEED * height
                self.velocity = np.clip(self.velocity, -fastest, fastest)
            self.state, self.state_s = corrected, time_s
        self.times.append(time_s)
        self.boxes.append(box)
        self.shifts.append(shift)
        self.whole.append(whole)


class Tracker:
    """Joins the detections of successive views into tracks; `finished` holds those that have ended."""

    def __init__(self) -> None:
        self.live: list[Track] = []
        self.finished: list[Track] = []
        self._scene = 0

    def update(self, detections: Detections) -> None:
        """Take the detections of the next view."""
        view = detections.view
        now, shift = view.time_s, view.camera.shift_px
        if view.camera.scene != self._scene:
            self._scene = view.camera.scene
            self.close()
        width, height = view.size
        if not detections.reliable:
            return
        if detections.ids is not None:
            self._take_over(detections, detections.ids)
            self._retire(now, shift, width, height)
            return
        expected = [t.predicted(now, shift) for t in self.live]
        parts = detections.boxes[detections.parts]
        found, leftover = _share_out(parts, expected)
        groups = _grouped(parts[leftover])
        people, scores = detections.boxes[~detections.parts], detections.scores[~detections.parts]
        free = [k for k in range(len(self.live)) if found[k] is None]
        pairs, groups_left = _assign(groups, [expected[k] for k in free])
        for i, k in pairs:
            found[free[k]] = groups[i]
        used = np.zeros(len(people), bool)
        for k, track in enumerate(self.live):
            box, whole = found[k], True
            if box is not None:
                box, whole = _plausible(box, expected[k], established=len(track.times) >= 6)
            overlap = iou(expected[k], people)
            if len(people) and overlap.max() > 0.4:
                best = int(np.argmax(overlap))
                used[best] = True
                track.people_score += float(scores[best])
                box = people[best] if box is None else box
            if box is not None:
                track.add(now, box, shift, whole)
        self._start([groups[i] for i in groups_left], now, shift, height)
        self._start(list(people[~used]), now, shift, height)
        self._retire(now, shift, width, height)

    def _take_over(self, detections: Detections, ids: IntArray) -> None:
        """Add detections to the tracks that the detector itself has linked them to."""
        now, shift = detections.view.time_s, detections.view.camera.shift_px
        known = {track.number: track for track in self.live}
        for box, score, number in zip(detections.boxes, detections.scores, ids.tolist(), strict=True):
            track, whole = known.get(number), True
            if track is not None:
                whole = _is_whole(box, track.predicted(now, shift))
            elif box[3] - box[1] > MIN_HEIGHT * detections.view.size[1]:
                track = Track(number=number)
                self.live.append(track)
            else:
                continue
            track.people_score += float(score)
            track.add(now, box, shift, whole)

    def close(self) -> None:
        """End all tracks."""
        self.finished += [t for t in self.live if len(t.times) >= MIN_DETECTIONS]
        self.live = []

    def _start(self, boxes: list[FloatArray], now: float, shift: FloatArray, height: int) -> None:
        for box in boxes:
            taken = any(intersection(box, t.predicted(now, shift)) > 0.5 * area(box) for t in self.live)
            if not taken and box[3] - box[1] > MIN_HEIGHT * height:
                track = Track()
                track.add(now, box, shift, whole=True)
                self.live.append(track)

    def _retire(self, now: float, shift: FloatArray, width: int, height: int) -> None:
        picture = np.array([0.0, 0.0, width, height])
        kept = []
        for track in self.live:
            box = track.predicted(now, shift)
            gone = intersection(box, picture) < 0.1 * area(box)
            last, speed = track.boxes[-1], track.velocity[0]
            leaving = (last[0] <= 1 and speed < 0) or (last[2] >= width - 1 and speed > 0)
            patience = PATIENCE_S / 3 if leaving or len(track.times) < MIN_DETECTIONS else PATIENCE_S
            if not gone and now - track.end_s <= patience:
                kept.append(track)
            elif len(track.times) >= MIN_DETECTIONS:
                self.finished.append(track)
        self.live = kept


def _share_out(parts: FloatArray, expected: list[FloatArray]) -> tuple[list[FloatArray | None], list[int]]:
    """Give each part to the track whose expected box it lies in; return each track's whole, and the parts left over."""
    found: list[FloatArray | None] = [None] * len(expected)
    leftover = []
    for i, part in enumerate(parts):
        inside = [intersection(part, expand(box, 0.15)) / area(part) for box in expected]
        covered = [intersection(part, box) / area(box) for box in expected]
        takers = [k for k in range(len(expected)) if inside[k] > 0.5 or covered[k] > 0.5]
        if not takers:
            leftover.append(i)
            continue
        # One part that covers two people is shared by both; otherwise the best fit takes it.
        shared = [k for k in takers if covered[k] > 0.6]
        if len(shared) < 2:
            shared = [max(takers, key=lambda k: inside[k] + covered[k])]
        for k in shared:
            piece = part
            if len(shared) > 1:
                near = expand(expected[k], 0.1)
                piece = np.concatenate([np.maximum(part[:2], near[:2]), np.minimum(part[2:], near[2:])])
            current = found[k]
            found[k] = piece if current is None else union(current, piece)
    return found, leftover


def _plausible(box: FloatArray, expected: FloatArray, *, established: bool) -> tuple[FloatArray, bool]:
    """Trim what reaches far beyond the expected box (a shadow, another person); False if it is far from whole."""
    if not established:
        return box, True
    height = expected[3] - expected[1]
    reach = np.array([0.3, 0.18, 0.3, 0.18]) * height
    trimmed = np.clip(box, expected - reach, expected + reach)
    if trimmed[2] <= trimmed[0] or trimmed[3] <= trimmed[1]:
        return expected, False
    middle, half = (expected[0] + expected[2]) / 2, WIDEST * height / 2
    if trimmed[2] - trimmed[0] > 2 * half:
        trimmed[[0, 2]] = np.clip(trimmed[[0, 2]], middle - half, middle + half)
    return trimmed, _is_whole(trimmed, expected)


def _is_whole(box: FloatArray, expected: FloatArray) -> bool:
    return bool(box[3] - box[1] > 0.75 * (expected[3] - expected[1]))


def _grouped(parts: FloatArray) -> list[FloatArray]:
    """Merge parts that stand above each other, or overlap: pieces of one body."""
    groups = [part.copy() for part in parts[np.argsort(-(parts[:, 3] - parts[:, 1]), kind="stable")]]
    merged = True
    while merged:
        merged = False
        for i in range(len(groups)):
            for j in range(i + 1, len(groups)):
                if _one_body(groups[i], groups[j]):
                    groups[i] = union(groups[i], groups.pop(j))
                    merged = True
                    break
            if merged:
                break
    return groups


def _one_body(a: FloatArray, b: FloatArray) -> bool:
    side = min(a[2], b[2]) - max(a[0], b[0])
    gap = max(a[1], b[1]) - min(a[3], b[3])
    both = union(a, b)
    tall = both[3] - both[1]
    return bool(side > 0.3 * min(a[2] - a[0], b[2] - b[0]) and gap < 0.25 * tall and both[2] - both[0] < 1.1 * tall)


def _assign(boxes: list[FloatArray], expected: list[FloatArray]) -> tuple[list[tuple[int, int]], list[int]]:
    """Pair boxes with tracks at the least total distance (Hungarian method), within reach."""
    if not boxes or not expected:
        return [], list(range(len(boxes)))
    from scipy.optimize import linear_sum_assignment

    cost = np.array([[_distance(box, other) for other in expected] for box in boxes])
    rows, columns = linear_sum_assignment(np.minimum(cost, 10.0))
    pairs = [(int(i), int(k)) for i, k in zip(rows, columns, strict=True) if cost[i, k] < 1.0]
    taken = {i for i, _ in pairs}
    return pairs, [i for i in range(len(boxes)) if i not in taken]


def _distance(box: FloatArray, expected: FloatArray) -> float:
    """Distance in position and size; 1 is as far as the same person can be."""
    height = max(expected[3] - expected[1], 1.0)
    apart = np.hypot(*(box[:2] + box[2:] - expected[:2] - expected[2:])) / 2 / height
    size = abs(np.log(max(box[3] - box[1], 1.0) / height))
    return float(np.hypot(apart / 0.4, size / 0.7))
