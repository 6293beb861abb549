"""The embedded detector: BlazePose's own, on the whole picture, on tiles of it, and close around who is known.

The network (Bazarevsky 2020) was made for a person who fills most of a square picture; on squares of the right size
it is sure of people and knows their size well. So everyone who is known is looked at in a square of their own each
time, and the picture is searched for others twice a second.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from gait.litert import Network, anchors
from gait.subject.detections import EARLY_S, Detections, Sample
from gait.types import FloatArray, ImageArray

SEARCH_EVERY_S = 0.5
"""The whole picture is searched twice a second: whoever comes in is found within a step, and then also before."""

MIN_SCORE = 0.3
"""Furniture and reflections reach 0.7; the tracks tell them from people."""

AROUND = 3.0
"""Side of the square around somebody who is known, in reaches."""

MOST_CLOSE = 6
"""So many people are looked at in squares of their own, the largest first."""

SMALL = 0.15
"""Of the shorter side of the picture: where nobody's reach is larger, the search takes smaller tiles too."""

FIT_WIDTH, UNFIT = 0.4, 0.05
"""How soon the fit falls (of the logarithm of the side), and what is added to it, so that people in no square of the
right size still count a little. Judgements."""

FITS = 0.4
"""How well a person must fill the square in which they are found: the side is within a factor of 1.4 of the best."""

SAME_PLACE, SAME_SIZE = 0.35, 1.9
"""Hips nearer than this, in reaches, and reaches within this factor: one person, found twice."""

THREADS = 2
"""Squares looked at side by side. A judgement: a laptop has two cores to spare. One more searches ahead, so that nobody
waits for a search that is not due yet."""

LEAST = 0.05
"""Of the shorter side of the picture: whoever's reach is smaller is too small to be measured, or is a plant."""

Square = tuple[float, float, float]
"""Left, top and side, in pixels of the sample."""

Looks = list[tuple[Square, Future[FloatArray]]]
"""Squares, each with who will have been found in it."""


class BlazePoseDetector:
    """Finds people in every sample; see the module.

    Raises
    ------
    ModelUnavailableError
        The weights, or LiteRT, are not on this machine.
    """

    def __init__(self) -> None:
        self.name = "blazepose"
        self._networks: queue.SimpleQueue[Network] = queue.SimpleQueue()
        for _ in range(THREADS + 1):
            self._networks.put(Network("detector"))
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="gait-detector")
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="gait-detector-ahead")
        self._next_search_s = self._next_begun_s = -np.inf
        self._begun: dict[float, Looks] = {}
        self._n_searches = 0

    def announce(self, time_s: float, rgb: ImageArray) -> None:
        """Begin to search a picture that will soon be in a sample, if that will be due: the search needs no tracks."""
        if time_s >= max(self._next_search_s, self._next_begun_s):
            self._next_begun_s = time_s + SEARCH_EVERY_S - EARLY_S
            self._begun[time_s] = self._look(rgb, _large(rgb), self._ahead)

    def push(self, sample: Sample, expected: FloatArray) -> Iterator[Detections]:
        """Look at the sample, close at everyone expected in it, and from time to time all over."""
        close = [around(*person) for person in expected[np.argsort(-expected[:, 2])][:MOST_CLOSE]]
        looks = self._look(sample.rgb, close)
        begun = self._begun.pop(sample.time_s, None)
        if sample.time_s >= self._next_search_s or not close:
            self._next_search_s = sample.time_s + SEARCH_EVERY_S - EARLY_S
            looks += begun or self._look(sample.rgb, _large(sample.rgb))
            looks += self._look(sample.rgb, self._small(sample.size, expected))
        found, ideal = _seen(looks, sample.size)
        people = _merged(found, np.ones(len(found)))
        # Whoever is new is looked at closely at once.
        fresh = [p for p in people if not any(_same(p, e) for e in expected)][:MOST_CLOSE] if len(people) else []
        again, fit = _seen(self._look(sample.rgb, [around(*p[:3]) for p in fresh]), sample.size)
        people = _merged(np.concatenate([found, again]), np.concatenate([ideal, fit]))
        yield Detections(sample=sample, hips=people[:, :2], reach=people[:, 2], score=people[:, 3])

    def flush(self) -> Iterator[Detections]:
        """Yield nothing: every sample was answered at once."""
        self._threads.shutdown()
        self._ahead.shutdown()
        return iter(())

    def _small(self, size: tuple[int, int], expected: FloatArray) -> list[Square]:
        """Return a third of the small tiles, in turns, where nobody is large."""
        self._n_searches += 1
        if (expected[:, 2] > SMALL * min(size)).any():
            return []
        return tiles(size, min(size) / 2)[(self._n_searches - 1) % 3 :: 3]

    def _look(self, rgb: ImageArray, squares: list[Square], threads: ThreadPoolExecutor | None = None) -> Looks:
        """Begin to look at squares of a picture, side by side."""
        threads = threads or self._threads
        return [(square, threads.submit(self._in_square, rgb, square)) for square in squares]

    def _in_square(self, rgb: ImageArray, square: Square) -> FloatArray:
        """Return who is found in a square, (N, 4): hips, reach, score."""
        network = self._networks.get()
        try:
            side = network.side_px
            raw, logit = network.run(cut(rgb, square, side).astype(np.float32) / 127.5 - 1)
        finally:
            self._networks.put(network)
        score = 1 / (1 + np.exp(-np.clip(logit[:, 0], -50.0, 50.0).astype(np.float64)))
        sure = score > MIN_SCORE
        points = raw[sure, 4:8].reshape(-1, 2, 2) / side + anchors(side)[sure, None]
        reach = np.linalg.norm(points[:, 1] - points[:, 0], axis=1)
        left, top, length = square
        hips = points[:, 0] * length + [left, top]
        return np.column_stack([hips, reach * length, score[sure]])


def _large(rgb: ImageArray) -> list[Square]:
    """Return the squares of every search: the whole picture, and large tiles."""
    height, width = rgb.shape[:2]
    return [whole((width, height)), *tiles((width, height), min(width, height))]


def _seen(looks: Looks, size: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    """Return who is found in squares, (N, 4), and how well each fills the square, (N,)."""
    found = [look.result() for _, look in looks]
    sides = np.repeat([square[2] for square, _ in looks], [len(people) for people in found])
    people = np.concatenate([np.empty((0, 4)), *found])
    large = people[:, 2] > LEAST * min(size)
    people, sides = people[large], sides[large]
    # Surest of the size are squares about three reaches wide.
    return people, np.exp(-np.abs(np.log(sides / (AROUND * people[:, 2]))) / FIT_WIDTH)


def around(x: float, y: float, reach: float, *_: float) -> Square:
    """Return the square in which somebody is seen best."""
    return x - AROUND * reach / 2, y - AROUND * reach / 2, AROUND * reach


def whole(size: tuple[int, int]) -> Square:
    """Return the square around a picture."""
    width, height = size
    side = max(size)
    return (width - side) / 2, (height - side) / 2, side


def tiles(size: tuple[int, int], side: float) -> list[Square]:
    """Return squares that overlap by half and cover a picture; none where the picture itself is such a square."""
    if side >= max(size):
        return []
    steps = [np.linspace(0, v - side, max(int(np.ceil(2 * (v / side - 1) - 1e-6)), 0) + 1) for v in size]
    return [(float(x), float(y), float(side)) for y in steps[1] for x in steps[0]]


def cut(rgb: ImageArray, square: Square, size: int) -> ImageArray:
    """Return a square of a picture, (size, size, 3); black beyond its edges."""
    import cv2

    left, top = round(square[0]), round(square[1])
    side = max(round(square[2]), 2)
    height, width = rgb.shape[:2]
    scale = size / side
    x1, y1, x2, y2 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    out = np.zeros((size, size, 3), dtype=np.uint8)
    if x2 <= x1 or y2 <= y1:
        return out
    a, b = round((x1 - left) * scale), round((y1 - top) * scale)
    c, d = max(round((x2 - left) * scale), a + 1), max(round((y2 - top) * scale), b + 1)
    a, b = min(a, size - 1), min(b, size - 1)
    c, d = min(c, size), min(d, size)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    out[b:d, a:c] = cv2.resize(rgb[y1:y2, x1:x2], (c - a, d - b), interpolation=how)
    return out


def _same(a: FloatArray, b: FloatArray) -> bool:
    reach = float(np.sqrt(a[2] * b[2]))
    near = float(np.hypot(a[0] - b[0], a[1] - b[1])) < SAME_PLACE * reach
    return near and bool(1 / SAME_SIZE < a[2] / b[2] < SAME_SIZE)


def _merged(people: FloatArray, ideal: FloatArray) -> FloatArray:
    """Return each person once, (M, 4): the mean of what was found of them, that from fitting squares counting most."""
    trust = people[:, 3] * (UNFIT + ideal)
    left = list(np.argsort(-trust))
    out = []
    while left:
        best = people[left[0]]
        same = [k for k in left if _same(people[k], best)]
        weight = trust[same] ** 2
        # Seen in no square that fits, it is two people taken for one, or nobody.
        if ideal[same].max() > FITS:
            out.append((people[same] * weight[:, None]).sum(axis=0) / weight.sum())
        left = [k for k in left if k not in same]
    return np.array(out).reshape(-1, 4)
