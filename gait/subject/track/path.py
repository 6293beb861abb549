"""From scattered detections to the smooth path of one person: a box at any moment in view."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gait.subject.detections import boxes_around
from gait.subject.track.joining import Person
from gait.types import FloatArray

PLACE_S, SIZE_S = 0.25, 0.8
"""Reach of the smoothing: a place changes from step to step, the size in the picture slowly."""

SLACK_S = 0.5
"""A person is in view before the first detection, since not all of the picture is searched each time, and may be after
the last; where not, the pose model sees nobody."""


class Path:
    """The smooth path of one person over the fixed background.

    Parameters
    ----------
    person : Person
    size : (width, height)
        Of the views.
    """

    def __init__(self, person: Person, size: tuple[int, int]) -> None:
        self.person, self.track, self.size = person, person.track, size
        self.time_s = np.array(self.track.time_s)
        self.reach = np.array(self.track.reach)
        self.stretches = person.stretches
        self.fills_picture = self.track.fills_picture
        self._ground = np.array(self.track.hips) - np.array(self.track.shift)

    @property
    def height(self) -> FloatArray:
        """Of the person at each detection, (N,), in pixels of the view."""
        return np.asarray(2 * self.reach, dtype=np.float64)

    @property
    def in_view_s(self) -> float:
        """How long the person is in view, absences left out."""
        return sum(b - a for a, b in self.stretches)

    def in_view(self, time_s: FloatArray) -> npt.NDArray[np.bool_]:
        """Return whether the person is in view at given times, (N,), as far as the detections tell."""
        inside = [(time_s >= a - SLACK_S) & (time_s <= b + SLACK_S) for a, b in self.stretches]
        return np.asarray(np.any(inside, axis=0))

    def place(self, time_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the hips on the fixed background (N, 2), and the reach (N,), at given times."""
        hips = np.empty((len(time_s), 2))
        reach = np.empty(len(time_s))
        # Each moment belongs to the stretch that is nearest.
        distance = [np.maximum(np.maximum(a - time_s, time_s - b), 0.0) for a, b in self.stretches]
        nearest = np.argmin(distance, axis=0)
        for k, (start_s, end_s) in enumerate(self.stretches):
            here, seen = nearest == k, (self.time_s >= start_s) & (self.time_s <= end_s)
            known_s, when = self.time_s[seen], time_s[here]
            for axis in (0, 1):
                hips[here, axis] = _smooth(known_s, self._ground[seen, axis], when, PLACE_S, 0.04 * self.reach[seen])
            size = np.log(self.reach[seen])
            reach[here] = np.exp(_smooth(known_s, size, when, SIZE_S, np.full(len(size), 0.06)))
        return hips, reach

    def boxes(self, time_s: FloatArray) -> FloatArray:
        """Return boxes on the fixed background at given times, (N, 4), not cut at the rim of the picture."""
        return boxes_around(*self.place(time_s))


def _smooth(
    known_s: FloatArray, value: FloatArray, time_s: FloatArray, reach_s: float, noise: FloatArray
) -> FloatArray:
    """Local linear regression that forgives outliers; beyond the ends it goes on in a straight line for a little.

    Parameters
    ----------
    known_s, value, noise : float64 (N,)
        Deviations up to about `noise` are ordinary.
    time_s : float64 (M,)
    reach_s : float
        Half the width of the window; it grows where there are fewer than five values in it.
    """
    calm = np.ones(len(value))
    for _ in range(2):
        off = np.abs(value - _line(known_s, value, calm, known_s, reach_s)) / noise
        calm = 1.0 / (1.0 + (off / 3) ** 2) ** 2
    return _line(known_s, value, calm, time_s, reach_s)


def _line(known_s: FloatArray, value: FloatArray, weight: FloatArray, time_s: FloatArray, reach_s: float) -> FloatArray:
    out = np.empty(len(time_s))
    inside = np.clip(time_s, known_s[0], known_s[-1])
    fifth = min(4, len(known_s) - 1)
    for i, (wanted_s, near_s) in enumerate(zip(time_s, inside, strict=True)):
        a, b = np.searchsorted(known_s, [near_s - 4 * reach_s, near_s + 4 * reach_s])
        if b - a <= fifth:
            a, b = max(a - 5, 0), min(b + 5, len(known_s))
        distance = np.abs(known_s[a:b] - near_s)
        reach = max(reach_s, 1.3 * float(np.partition(distance, fifth)[fifth]))
        w = np.clip(1 - (distance / reach) ** 3, 0, None) ** 3 * weight[a:b] + 1e-9
        ahead = known_s[a:b] - near_s
        total = w.sum()
        mean_ahead, mean_value = (w * ahead).sum() / total, (w * value[a:b]).sum() / total
        offset = ahead - mean_ahead
        slope = (w * offset * (value[a:b] - mean_value)).sum() / ((w * offset * offset).sum() + 1e-3 * total)
        # A straight line leads astray soon.
        beyond = float(np.clip(wanted_s - near_s, -SLACK_S, SLACK_S))
        out[i] = mean_value + slope * (beyond - mean_ahead)
    return out
