"""From scattered detections to the smooth path of one person: a box at any moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gait.subject.tracking import Track
from gait.types import FloatArray

HALF_WIDTH_S = 0.6
"""Reach of the smoothing: longer than a step, so that the box does not sway with the legs."""

EDGE_PX = 2.0
"""A box this close to the rim of the picture (in small pixels) is cut by it."""

PIECE = 200
NEIGHBOURS = 12

MIN_HALF_WIDTH = 0.24
"""Of the height: half of the widest moment of an ordinary step."""

OUTWARD = 0.8
"""Weight of detections outside the smooth edge, against those inside: missed parts are more common than added ones."""


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """The body as a pose model saw it at one moment.

    Attributes
    ----------
    time_s : float
    box : float64 (4,)
        From the top of the head to the soles, in small pixels of the fixed background.
    score : float
    """

    time_s: float
    box: FloatArray
    score: float


class Path:
    """The smooth path of one person over the fixed background.

    Parameters
    ----------
    track : Track
    size : (width, height)
        Of the small picture.
    """

    def __init__(self, track: Track, size: tuple[int, int]) -> None:
        self.track = track
        self.size = size
        self.time_s = np.array(track.times)
        boxes, shifts = np.array(track.boxes), np.array(track.shifts)
        whole = np.array(track.whole, dtype=np.float64)
        ground = boxes - np.concatenate([shifts, shifts], axis=1)
        width, height = size
        cut = np.stack(
            [
                boxes[:, 0] <= EDGE_PX,
                boxes[:, 1] <= EDGE_PX,
                boxes[:, 2] >= width - EDGE_PX,
                boxes[:, 3] >= height - EDGE_PX,
            ],
            axis=1,
        )
        self.cut = cut
        tall = max(float(np.quantile(boxes[:, 3] - boxes[:, 1], 0.8)), 1.0)
        noise = 0.03 * tall
        trust = 0.15 + 0.85 * whole
        self._top = _Curve(self.time_s, ground[:, 1], _unless(cut[:, 1], trust), -1, noise)
        self._bottom = _Curve(self.time_s, ground[:, 3], _unless(cut[:, 3], trust), 1, noise)
        self.height = np.maximum(self._bottom(self.time_s) - self._top(self.time_s), 0.2 * tall)
        middle, free = _middles(ground, cut, self.height)
        self._middle = _Curve(self.time_s, middle, trust * np.where(free, 1.0, 0.3), 0, noise)
        reach = np.maximum(np.abs(ground[:, 0] - middle), np.abs(ground[:, 2] - middle)) / self.height
        usable = ~cut[:, 0] & ~cut[:, 2] & (whole > 0)
        share = float(np.quantile(reach[usable], 0.85)) if usable.sum() > 2 else 0.25
        self._half_width = min(max(share, 0.2), 0.6)
        # Cut on all sides almost always: the person (or the whole picture) fills the view.
        self.fills_picture = bool(cut.all(axis=1).mean() > 0.8)
        self._sightings: tuple[Sighting, ...] = ()
        self._corrections = np.zeros((0, 3))

    def refine(self, sightings: Sequence[Sighting]) -> None:
        """Move head, feet and middle to where a pose model saw them; between its looks, in proportion."""
        self._sightings = tuple(sorted({s.time_s: s for s in sightings}.values(), key=lambda s: s.time_s))
        corrections = []
        for sighting in self._sightings:
            top, bottom, middle = self._raw(np.array([sighting.time_s]))[0]
            tall = bottom - top
            x1, y1, x2, y2 = sighting.box
            corrections.append([(y1 - top) / tall, (y2 - bottom) / tall, ((x1 + x2) / 2 - middle) / tall])
        self._corrections = _medians_of_three(np.array(corrections).reshape(-1, 3))
        if self._sightings:
            self._corrections[:, 2] = _line(np.array([s.time_s for s in self._sightings]), np.array(corrections)[:, 2])
            # The body alone, without its shadow; the looks may have missed the widest moment of a step.
            body = [(s.box[2] - s.box[0]) / (s.box[3] - s.box[1]) / 2 for s in self._sightings]
            self._half_width = min(max(max(body) + 0.06, MIN_HALF_WIDTH), max(self._half_width, max(body)))

    def boxes(self, time_s: FloatArray) -> FloatArray:
        """Return boxes on the fixed background at given times, (N, 4), not cut at the rim of the picture."""
        if self.fills_picture:
            return np.tile(np.array([-1.0, -1.0, 1.0, 1.0]) * 100 * max(self.size), (len(time_s), 1))
        top, bottom, middle = self._raw(time_s).T
        tall = bottom - top
        if len(self._sightings):
            known_s = np.array([s.time_s for s in self._sightings])
            head, feet, aside = (np.interp(time_s, known_s, c) for c in self._corrections.T)
            top, bottom, middle = top + head * tall, bottom + feet * tall, middle + aside * tall
        half = self._half_width * (bottom - top)
        return np.stack([middle - half, top, middle + half, bottom], axis=1)

    def raw_boxes(self, time_s: FloatArray) -> FloatArray:
        """Return the boxes as the detector alone gives them, (N, 4)."""
        if self.fills_picture:
            return self.boxes(time_s)
        top, bottom, middle = self._raw(time_s).T
        half = self._half_width * (bottom - top)
        return np.stack([middle - half, top, middle + half, bottom], axis=1)

    def _raw(self, time_s: FloatArray) -> FloatArray:
        top, bottom = self._top(time_s), self._bottom(time_s)
        short = np.maximum(0.3 * np.median(self.height) - (bottom - top), 0.0)
        return np.stack([top - short, bottom, self._middle(time_s)], axis=1)


def _middles(
    ground: FloatArray, cut: npt.NDArray[np.bool_], height: FloatArray
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Return the middle of each box; where the rim of the picture cuts it, from the edge that is not cut."""
    middle = (ground[:, 0] + ground[:, 2]) / 2
    left, right = cut[:, 0], cut[:, 2]
    free = ~left & ~right
    share = np.median(((ground[:, 2] - ground[:, 0]) / height)[free]) / 2 if free.any() else 0.18
    middle = np.where(left & ~right, np.minimum(middle, ground[:, 2] - share * height), middle)
    middle = np.where(right & ~left, np.maximum(middle, ground[:, 0] + share * height), middle)
    return middle, free


def _unless(cut: npt.NDArray[np.bool_], trust: FloatArray) -> FloatArray:
    """Distrust an edge where the rim of the picture cuts it."""
    return np.where(cut, 0.1 * trust, trust)


def _medians_of_three(values: FloatArray) -> FloatArray:
    """Replace each row by the median of itself and its neighbours, so that one bad look does no harm."""
    if len(values) < 3:
        return np.repeat(np.median(values, axis=0, keepdims=True), len(values), axis=0) if len(values) else values
    padded = np.concatenate([values[:1], values, values[-1:]])
    middle = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    middle[0], middle[-1] = np.median(values[:3], axis=0), np.median(values[-3:], axis=0)
    return np.asarray(middle)


def _line(time_s: FloatArray, value: FloatArray) -> FloatArray:
    """Return a straight line through values that sway with the limbs from look to look (Theil and Sen)."""
    if len(value) < 4:
        return np.full(len(value), np.median(value))
    i, j = np.triu_indices(len(value), 1)
    slope = float(np.median((value[j] - value[i]) / (time_s[j] - time_s[i])))
    return np.asarray(np.median(value - slope * time_s) + slope * time_s)


class _Curve:
    """Local linear regression that forgives outliers, and leans to one side if asked.

    Parameters
    ----------
    time_s, value, weight : float64 (N,)
    outward : {-1, 0, 1}
        The side (smaller or larger values) on which detections count more.
    noise : float
        Deviations up to about this are ordinary.
    """

    def __init__(self, time_s: FloatArray, value: FloatArray, weight: FloatArray, outward: int, noise: float) -> None:
        self._time_s, self._value = time_s, value
        self._weight = weight
        for _ in range(4):
            residual = value - self(time_s)
            scale = max(float(np.median(np.abs(residual))) * 1.5, noise)
            calm = 1.0 / (1.0 + (residual / (3 * scale)) ** 2) ** 2
            lean = np.where(residual * outward > 0, OUTWARD, 1 - OUTWARD) if outward else 1.0
            self._weight = weight * calm * lean

    def __call__(self, time_s: FloatArray) -> FloatArray:
        """Return the curve at given increasing times; beyond its ends it goes on in a straight line."""
        # In pieces, each with the detections around it, so that the work grows with the length and not its square.
        pieces = np.array_split(time_s, max(1, len(time_s) // PIECE))
        return np.concatenate([self._piece(piece) for piece in pieces])

    def _piece(self, time_s: FloatArray) -> FloatArray:
        if len(time_s) == 0:
            return np.empty(0)
        first = np.searchsorted(self._time_s, time_s[0] - 2 * HALF_WIDTH_S) - NEIGHBOURS
        last = np.searchsorted(self._time_s, time_s[-1] + 2 * HALF_WIDTH_S) + NEIGHBOURS
        near = slice(max(int(first), 0), int(last))
        known_s, value, weight = self._time_s[near], self._value[near], self._weight[near]
        inside = np.clip(time_s, self._time_s[0], self._time_s[-1])
        distance = np.abs(inside[:, None] - known_s[None])
        # Where detections are sparse the reach grows until it holds a few of them.
        sixth = np.sort(distance, axis=1)[:, min(5, len(known_s) - 1)]
        reach = np.maximum(HALF_WIDTH_S, 1.3 * sixth)[:, None]
        w = np.clip(1 - (distance / reach) ** 3, 0, None) ** 3 * weight[None] + 1e-9 * np.exp(-distance)
        ahead = known_s[None] - time_s[:, None]
        total = w.sum(axis=1)
        mean_ahead = (w * ahead).sum(axis=1) / total
        mean_value = (w * value[None]).sum(axis=1) / total
        offset = ahead - mean_ahead[:, None]
        variance = (w * offset * offset).sum(axis=1) / total
        slope = (w * offset * (value[None] - mean_value[:, None])).sum(axis=1) / total / (variance + 1e-3)
        return np.asarray(mean_value - slope * mean_ahead)
