"""Following one person: frames are worked on side by side, and the joints are the same however many at a time.

The region of a frame is the box of the track in that frame, corrected by what the joints said a fixed number of frames
before. So nothing depends on how many frames are worked on at once, and a mistake does not run away from the track.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from gait.pose.blazepose.joints import Joints
from gait.pose.blazepose.region import Fit
from gait.types import FloatArray, ImageArray

LAG = 8
"""Frames after which what the joints say counts: so many can be worked on at once."""

_SPARE = 2
"""Frames that are ready for whichever thread is done first."""

_LEARN = 0.3
"""How far one frame moves what is known."""

_MOST_MISSED = 30
"""Frames in a row without the person, after which what was learnt is forgotten."""

Find = Callable[[ImageArray, FloatArray, Fit | None], Joints | None]
"""From a picture, a box, and what was learnt before, to the joints of the person."""


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """What the joints of earlier frames tell of the next.

    Attributes
    ----------
    fit : Fit or None
        How the region lies to the box; None while nothing is known.
    missed : int
        Frames in a row without the person.
    """

    fit: Fit | None = None
    missed: int = 0

    def after(self, box: FloatArray, found: Joints | None) -> Learnt:
        """Return what is known after one more frame."""
        if found is None:
            missed = self.missed + 1
            return Learnt(fit=self.fit if missed < _MOST_MISSED else None, missed=missed)
        fit = Fit.between(found.region, box)
        return Learnt(fit=fit if self.fit is None else self.fit.toward(fit, _LEARN))


def follow(
    pictures: Iterable[tuple[int, ImageArray]], boxes: FloatArray, find: Find, threads: int
) -> Generator[tuple[int, Joints | None], None, None]:
    """Yield, in order, each row with the joints found in it, or None.

    Parameters
    ----------
    pictures : iterable of (row, picture)
        In order; where a row is left out, everything begins anew.
    boxes : (T, 4)
        Of the person, by row.
    find : callable
        Called in several threads at once.
    threads : int
        Pictures worked on at once; `LAG` at most.
    """
    waiting: deque[tuple[int, Future[Joints | None]]] = deque()
    learnt = Learnt()
    first = previous = -2

    def taken() -> tuple[int, Joints | None]:
        nonlocal learnt
        row, future = waiting.popleft()
        found = future.result()
        learnt = learnt.after(boxes[row], found)
        return row, found

    pool = ThreadPoolExecutor(threads, thread_name_prefix="gait-blazepose")
    try:
        for row, picture in pictures:
            if row != previous + 1:
                while waiting:
                    yield taken()
                learnt, first = Learnt(), row
            # The first frame of a stretch counts at once, and no later one sooner than others.
            while waiting and waiting[0][0] <= max(row - LAG, first):
                yield taken()
            waiting.append((row, pool.submit(find, picture, boxes[row], learnt.fit)))
            # So that few pictures are held at a time; of two, so that no thread idles while another looks twice.
            held = threads + _SPARE
            if len(waiting) > held:
                waiting[-held - 1][1].result()
            previous = row
        while waiting:
            yield taken()
    finally:
        pool.shutdown(cancel_futures=True)
