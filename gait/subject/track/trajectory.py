"""From scattered detections to the smooth path of one person: a box at any moment in view."""

from __future__ import annotations

from functools import cached_property

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

PLACE_NOISE, SIZE_NOISE = 0.04, 0.06
"""Ordinary errors of a detection: of the place in reaches, and of the logarithm of the size. As the detector's were on
the rendered clips, roughly."""

FIFTH = 1.3
"""The window reaches this much beyond the fifth nearest detection: at its rim it gives no weight."""

_AT_ONCE = 1000
"""Moments that are worked out together: memory does not grow with the length of the video."""


class Trajectory:
    """The smooth path of one person over the fixed background.

    Parameters
    ----------
    person : Person
    size : (width, height)
        Of the samples.
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
        """Of the person at each detection, (N,), in pixels of the sample."""
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
        for k, (x, y, size) in enumerate(self._curves):
            here = nearest == k
            hips[here] = np.column_stack([x.at(time_s[here]), y.at(time_s[here])])
            reach[here] = np.exp(size.at(time_s[here]))
        return hips, reach

    @cached_property
    def _curves(self) -> list[tuple[_Curve, _Curve, _Curve]]:
        """For each stretch, x and y of the hips and the logarithm of the reach."""
        curves = []
        for start_s, end_s in self.stretches:
            seen = (self.time_s >= start_s) & (self.time_s <= end_s)
            known_s, reach = self.time_s[seen], self.reach[seen]
            x, y = (_Curve(known_s, self._ground[seen, axis], PLACE_S, PLACE_NOISE * reach) for axis in (0, 1))
            curves.append((x, y, _Curve(known_s, np.log(reach), SIZE_S, np.full(len(reach), SIZE_NOISE))))
        return curves

    def boxes(self, time_s: FloatArray) -> FloatArray:
        """Return boxes on the fixed background at given times, (N, 4), not cut at the rim of the picture."""
        return boxes_around(*self.place(time_s))


class _Curve:
    """Local linear regression that forgives outliers; beyond the ends it goes on in a straight line for a little.

    Parameters
    ----------
    known_s, value, noise : float64 (N,)
        Deviations up to about `noise` are ordinary.
    reach_s : float
        Half the width of the window; it grows where there are fewer than five values in it.
    """

    def __init__(self, known_s: FloatArray, value: FloatArray, reach_s: float, noise: FloatArray) -> None:
        self._known_s, self._value, self._reach_s = known_s, value, reach_s
        self._calm = np.ones(len(value))
        for _ in range(2):
            off = np.abs(value - self.at(known_s)) / noise
            self._calm = 1.0 / (1.0 + (off / 3) ** 2) ** 2

    def at(self, time_s: FloatArray) -> FloatArray:
        """Return the value at given times, (M,)."""
        blocks = np.array_split(time_s, len(time_s) // _AT_ONCE + 1)
        return np.concatenate([self._line(block) for block in blocks])

    def _line(self, time_s: FloatArray) -> FloatArray:
        known_s, reach_s, n = self._known_s, self._reach_s, len(self._known_s)
        near_s = np.clip(time_s, known_s[0], known_s[-1])
        fifth = min(4, n - 1)
        first, last = (np.searchsorted(known_s, near_s + way * 4 * reach_s) for way in (-1, 1))
        few = last - first <= fifth
        first, last = np.where(few, np.maximum(first - 5, 0), first), np.where(few, np.minimum(last + 5, n), last)
        # A row for each time, with the values around it.
        k = first[:, None] + np.arange((last - first).max(initial=fifth + 1))
        inside, k = k < last[:, None], np.minimum(k, n - 1)
        ahead = known_s[k] - near_s[:, None]
        distance = np.where(inside, np.abs(ahead), np.inf)
        reach = np.maximum(reach_s, FIFTH * np.partition(distance, fifth, axis=1)[:, fifth])
        w = np.clip(1 - (distance / reach[:, None]) ** 3, 0, None) ** 3 * self._calm[k] + 1e-9
        w[~inside] = 0.0
        total = w.sum(axis=1)
        value = self._value[k]
        mean_ahead, mean_value = (w * ahead).sum(axis=1) / total, (w * value).sum(axis=1) / total
        offset = ahead - mean_ahead[:, None]
        rise = (w * offset * (value - mean_value[:, None])).sum(axis=1)
        slope = rise / ((w * offset * offset).sum(axis=1) + 1e-3 * total)
        # A straight line leads astray soon.
        beyond = np.clip(time_s - near_s, -SLACK_S, SLACK_S)
        return np.asarray(mean_value + slope * (beyond - mean_ahead))
