"""Who is who from sample to sample: detections become tracks.

ByteTrack (Zhang 2022): sure detections are shared out first, then the less sure ones among the tracks that are left,
each time at the least total cost (Hungarian method), with a Kalman filter of place, size and their speeds. Places are
on the fixed background, so that the camera's own motion is no motion of people; the colours of the clothes count too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gait.subject.detections import Detections
from gait.subject.track.clothes import Clothes, apart
from gait.types import FloatArray

SURE = 0.45
"""Detections from this score on are shared out first, and may begin a track."""

PATIENCE_S = 1.2
"""A track without a detection for this long has ended; a longer absence is bridged afterwards, if at all."""

HESITATION_S = 0.4
"""The same, for a track of fewer than `MIN_DETECTIONS`, or one that has left the picture; and nobody unseen for longer
is recognised in a detection that is not sure."""

MIN_DETECTIONS = 4
"""Whatever is seen less often is a flicker."""

PLACE_SD, SIZE_SD = 0.10, 0.14
"""Of one detection: in reaches, and of the logarithm of the reach."""

PUSH = 1.5
"""Changes of the speed of a person, in reaches per second, over a second."""

SIZE_PUSH = 0.3
"""The same of the speed at which the logarithm of the reach changes: from toward the camera to along it in a second."""

FARTHEST = 11.3
"""Squared distance, in standard deviations, beyond which a detection is somebody else (1 in 100 is not)."""

CLOTHES_WEIGHT = 30.0
"""What clothes that have nothing in common cost, in squared standard deviations: nearly three times `FARTHEST`, so that
place alone never makes somebody in other clothes the same person. A judgement."""

STARTS, GLIDES_S, FADES_AFTER_S = 0.6, 0.5, 0.3
"""Speed of somebody who has just come into view, as a share of `PUSH`; for how long whoever is not seen is taken to go
on, and after what time the speed fades. Judgements."""

REMEMBERED = 0.9
"""Share of what is known of the clothes that each detection leaves."""

LOST_SD = 0.6
"""In reaches: nobody is looked for in a wider circle, however long unseen."""

OTHER_CLOTHES, OTHER_AFTER_ALL = 0.45, 0.3
"""Nobody changes clothes this much from sample to sample; nor, by the second, has somebody who was lost for a while."""


@dataclass
class Track:
    """One person, as seen from sample to sample.

    The lists run in parallel, one entry per detection: `hips` (x, y) and `reach` in pixels of the sample, `shift`
    that of the background, `clothes` None where nothing could be seen of them. `shots` are the times of pictures kept.
    """

    time_s: list[float] = field(default_factory=list)
    hips: list[FloatArray] = field(default_factory=list)
    reach: list[float] = field(default_factory=list)
    score: list[float] = field(default_factory=list)
    shift: list[FloatArray] = field(default_factory=list)
    clothes: list[Clothes | None] = field(default_factory=list)
    shots: list[float] = field(default_factory=list)
    shot_every_s: float = 0.0
    fills_picture: bool = False

    @property
    def start_s(self) -> float:
        """Time of the first detection."""
        return self.time_s[0]

    @property
    def end_s(self) -> float:
        """Time of the last detection."""
        return self.time_s[-1]

    def add(
        self,
        time_s: float,
        hips: FloatArray,
        reach: float,
        score: float = 1.0,
        shift: FloatArray | None = None,
        clothes: Clothes | None = None,
    ) -> None:
        """Take a detection."""
        self.time_s.append(time_s)
        self.hips.append(np.asarray(hips, dtype=np.float64))
        self.reach.append(float(reach))
        self.score.append(float(score))
        self.shift.append(np.zeros(2) if shift is None else np.asarray(shift, dtype=np.float64))
        self.clothes.append(clothes)

    def part(self, first: int, last: int) -> Track:
        """Return the detections from `first` to before `last`."""
        rows = slice(first, last)
        start, end = self.time_s[first], self.time_s[last - 1]
        return Track(
            time_s=self.time_s[rows],
            hips=self.hips[rows],
            reach=self.reach[rows],
            score=self.score[rows],
            shift=self.shift[rows],
            clothes=self.clothes[rows],
            shots=[t for t in self.shots if start <= t <= end],
            shot_every_s=self.shot_every_s,
            fills_picture=self.fills_picture,
        )


class _Motion:
    """Kalman filter of x, y and the logarithm of the reach, each at a nearly constant speed, on the background."""

    def __init__(self, time_s: float, measured: FloatArray) -> None:
        self.time_s = time_s
        self.state = np.zeros((2, 3))
        self.state[0] = measured
        reach = float(np.exp(measured[2]))
        self._cov = np.zeros((3, 2, 2))
        for k, (sd, push) in enumerate(self._sd(reach)):
            self._cov[k] = np.diag([sd**2, (STARTS * push) ** 2])

    @staticmethod
    def _sd(reach: float) -> list[tuple[float, float]]:
        return [(PLACE_SD * reach, PUSH * reach), (PLACE_SD * reach, PUSH * reach), (SIZE_SD, SIZE_PUSH)]

    def at(self, time_s: float) -> tuple[FloatArray, FloatArray]:
        """Return what is expected at a time, (3,), and its variance, (3,)."""
        mean, cov = self._predicted(time_s)
        widest = LOST_SD * float(np.exp(self.state[0, 2]))
        return mean[0], np.minimum(cov[:, 0, 0], np.array([widest, widest, np.inf]) ** 2)

    def _predicted(self, time_s: float) -> tuple[FloatArray, FloatArray]:
        dt = time_s - self.time_s
        # Whoever is not seen goes on for a while, but not for ever.
        glide = GLIDES_S * (1 - np.exp(-dt / GLIDES_S))
        step = np.array([[1.0, glide], [0.0, np.exp(-max(dt - FADES_AFTER_S, 0.0))]])
        mean = step @ self.state
        cov = np.empty_like(self._cov)
        for k, (_, push) in enumerate(self._sd(float(np.exp(self.state[0, 2])))):
            noise = push**2 * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])
            cov[k] = step @ self._cov[k] @ step.T + noise
        return mean, cov

    def update(self, time_s: float, measured: FloatArray) -> None:
        """Correct by a detection."""
        mean, cov = self._predicted(time_s)
        for k, (sd, _) in enumerate(self._sd(float(np.exp(mean[0, 2])))):
            gain = cov[k][:, 0] / (cov[k][0, 0] + sd**2)
            mean[:, k] += gain * (measured[k] - mean[0, k])
            cov[k] -= np.outer(gain, cov[k][0])
        self.time_s, self.state, self._cov = time_s, mean, cov


@dataclass
class _Live:
    track: Track
    motion: _Motion
    clothes: Clothes | None


class Tracker:
    """Joins the detections of successive samples into tracks; `finished` holds those that have ended."""

    def __init__(self) -> None:
        self._live: list[_Live] = []
        self.finished: list[Track] = []
        self._scene = 0
        self._n_views = 0

    @property
    def live(self) -> list[Track]:
        """The tracks that go on."""
        return [each.track for each in self._live]

    def expected(self, time_s: float, shift: FloatArray) -> FloatArray:
        """Return where everybody should be at a time, (N, 3): hips in the sample, and reach."""
        rows = []
        for each in self._live:
            x, y, size = each.motion.at(time_s)[0]
            rows.append([x + shift[0], y + shift[1], np.exp(size)])
        return np.array(rows).reshape(-1, 3)

    def update(self, found: Detections, clothes: list[Clothes | None]) -> None:
        """Take the detections of the next sample, and what each of them wears."""
        sample = found.sample
        now, shift = sample.time_s, sample.camera.shift_px
        self._n_views += 1
        if sample.camera.scene != self._scene:
            self._scene = sample.camera.scene
            self.close()
        measured = np.column_stack([found.hips - shift, np.log(np.maximum(found.reach, 1.0))])
        waiting, left = list(range(len(self._live))), list(range(len(measured)))
        for least, unseen_s in ((SURE, np.inf), (0.0, HESITATION_S)):
            chosen = [i for i in left if found.score[i] >= least]
            waiting = [k for k in waiting if now - self._live[k].track.end_s <= unseen_s]
            for i, k in _assign([[self._cost(k, now, measured[i], clothes[i]) for k in waiting] for i in chosen]):
                row, each = chosen[i], self._live[waiting[k]]
                each.motion.update(now, measured[row])
                each.track.add(now, found.hips[row], found.reach[row], found.score[row], shift, clothes[row])
                each.clothes = _remembered(each.clothes, clothes[row])
                left.remove(row)
            waiting = [k for k in waiting if self._live[k].track.end_s != now]
        for row in left:
            if found.score[row] >= SURE and not self._shadows(found, row):
                track = Track()
                track.add(now, found.hips[row], found.reach[row], found.score[row], shift, clothes[row])
                self._live.append(_Live(track, _Motion(now, measured[row]), clothes[row]))
        self._retire(now, sample.size, shift)

    def close(self) -> None:
        """End all tracks."""
        least = min(MIN_DETECTIONS, self._n_views)
        self.finished += [each.track for each in self._live if len(each.track.time_s) >= least]
        self._live = []

    def _cost(self, k: int, now: float, measured: FloatArray, clothes: Clothes | None) -> float:
        each = self._live[k]
        expected, variance = each.motion.at(now)
        reach = float(np.exp(expected[2]))
        noise = np.array([(PLACE_SD * reach) ** 2, (PLACE_SD * reach) ** 2, SIZE_SD**2])
        distance = float((((measured - expected) ** 2) / (variance + noise)).sum())
        differ = apart(each.clothes, clothes)
        lost = now - each.track.end_s > HESITATION_S
        if distance > FARTHEST or differ > (OTHER_AFTER_ALL if lost else OTHER_CLOTHES):
            return np.inf
        return distance + CLOTHES_WEIGHT * differ

    def _shadows(self, found: Detections, row: int) -> bool:
        """Whether a detection lies within somebody who was seen in this very sample: a second find of the same body."""
        for each in self._live:
            track = each.track
            if track.end_s != found.sample.time_s:
                continue
            near = float(np.linalg.norm(track.hips[-1] - found.hips[row])) < 0.5 * track.reach[-1]
            if near and found.score[row] < track.score[-1] and 0.5 < found.reach[row] / track.reach[-1] < 2.0:
                return True
        return False

    def _retire(self, now: float, size: tuple[int, int], shift: FloatArray) -> None:
        kept = []
        for each in self._live:
            enough = len(each.track.time_s) >= MIN_DETECTIONS
            x, y = each.motion.at(now)[0][:2] + shift
            inside = 0 < x < size[0] and 0 < y < size[1]
            if now - each.track.end_s <= (PATIENCE_S if enough and inside else HESITATION_S):
                kept.append(each)
            elif enough:
                self.finished.append(each.track)
        self._live = kept


def _remembered(known: Clothes | None, seen: Clothes | None) -> Clothes | None:
    if known is None or seen is None:
        return seen if known is None else known
    return np.asarray(REMEMBERED * known.astype(np.float64) + (1 - REMEMBERED) * seen, dtype=np.float32)


def _assign(costs: list[list[float]]) -> list[tuple[int, int]]:
    """Pair rows with columns at the least total cost (Hungarian method); infinite costs are no pairs."""
    from scipy.optimize import linear_sum_assignment

    cost = np.array(costs)
    if cost.size == 0:
        return []
    bounded = np.minimum(cost, 1e6)
    pairs = zip(*linear_sum_assignment(bounded), strict=True)
    return [(int(i), int(k)) for i, k in pairs if np.isfinite(cost[i, k])]
