"""A second look: a pose model says whether a track is a person, and where exactly the body is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gait.subject.album import Album, crop
from gait.subject.boxes import area, intersection
from gait.subject.path import Path, Sighting
from gait.types import FloatArray, ImageArray, PersonCheck

Confirm = Callable[[ImageArray], PersonCheck | None]

MAX_HEIGHT_PX = 320
CLOSE = 0.3
WIDE = 1.0
"""Padding of the crops, in heights of the box: if a close look shows nobody, the box may hold just the legs."""

MIN_SCORE = 0.5
HEAD = 0.13
"""Top of the head above the nose, as a share of the distance from nose to ankle."""

SOLE = 0.03
"""Sole below the lowest point of the foot, as a share of the same."""


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What the pose model saw of one track.

    Attributes
    ----------
    times : tuple of float
        When it looked.
    sightings : tuple of Sighting
        Where it saw this person.
    n_nobody : int
        How often it saw nobody at all.
    """

    times: tuple[float, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    n_nobody: int = 0

    def __add__(self, other: Looks) -> Looks:
        return Looks(
            times=self.times + other.times,
            sightings=self.sightings + other.sightings,
            n_nobody=self.n_nobody + other.n_nobody,
        )


@dataclass(frozen=True, kw_only=True)
class Lens:
    """How small pixels, in which tracks are kept, relate to the pictures of the album.

    Attributes
    ----------
    scale : float64 (2,)
        Pixels of the album's pictures per small pixel, x and y.
    """

    scale: FloatArray

    def enlarged(self, box: FloatArray) -> FloatArray:
        """Return a box in pixels of the album's pictures."""
        return np.asarray(box * np.tile(self.scale, 2))

    def reduced(self, box: FloatArray) -> FloatArray:
        """Return a box in small pixels."""
        return np.asarray(box / np.tile(self.scale, 2))


def look(path: Path, album: Album, lens: Lens, confirm: Confirm, *, most: int, before: Looks | None = None) -> Looks:
    """Look at a track in well-separated moments that show much of it.

    Parameters
    ----------
    path : Path
    album : Album
    lens : Lens
    confirm : callable
    most : int
        Looks at most, those `before` included.
    before : Looks, optional
        Moments that were looked at before are not looked at again.
    """
    looks = before or Looks()
    for time_s in moments(path, album, most):
        if time_s in looks.times or len(looks.times) >= most:
            continue
        k = int(np.argmin(np.abs(path.time_s - time_s)))
        shift = path.track.shifts[k]
        box = np.clip(path.raw_boxes(np.array([time_s]))[0] + np.tile(shift, 2), 0, np.tile(path.size, 2))
        picture = album.picture(time_s)
        seen, anyone = None, False
        for padding in (CLOSE, WIDE):
            found = check(picture, box, lens, confirm, padding)
            anyone = anyone or found is not None
            if found is not None and found[1] >= MIN_SCORE and _is_of(found[0], box):
                ground = found[0] - np.tile(shift, 2)
                seen = Sighting(time_s=time_s, box=ground, score=found[1])
                break
        looks += Looks(times=(time_s,), sightings=() if seen is None else (seen,), n_nobody=0 if anyone else 1)
    return looks


def check(
    picture: ImageArray, box: FloatArray, lens: Lens, confirm: Confirm, padding: float
) -> tuple[FloatArray, float] | None:
    """Return the whole body near a box, in small pixels, and the score; None if nobody is there."""
    cut, (left, top, scale) = crop(picture, lens.enlarged(box), padding, MAX_HEIGHT_PX)
    seen = confirm(cut)
    if seen is None or not np.isfinite(seen.box_px).all():
        return None
    body = np.array(seen.box_px, dtype=np.float64)
    body[1] -= HEAD * max(seen.body_height_px, 0.0)
    body[3] += SOLE * max(seen.body_height_px, 0.0)
    return lens.reduced(body * scale + np.array([left, top, left, top])), seen.score


def moments(path: Path, album: Album, most: int) -> list[float]:
    """Return times of kept pictures, spread over the track, each the best of its stretch: whole and not cut."""
    kept = [t for t in path.track.shots if t in album]
    if not kept:
        return []
    quality = {}
    for t in kept:
        k = int(np.argmin(np.abs(path.time_s - t)))
        x1, _, x2, _ = path.track.boxes[k]
        quality[t] = float(path.track.whole[k]) - float(path.cut[k].sum()) + 0.2 * float(x2 - x1) / path.size[0]
    chosen = []
    for stretch in np.array_split(np.array(kept), min(most, len(kept))):
        chosen.append(float(max(stretch, key=lambda t: quality[float(t)])))
    return chosen


def _is_of(body: FloatArray, box: FloatArray) -> bool:
    """Whether a body is that of the track.

    The two are alike, or the box lies mostly in the body (it may show the legs alone), or the body lies in the box
    (which may hold the shadow too) at about its height.
    """
    shared = intersection(body, box)
    alike = shared / (area(body) + area(box) - shared) > 0.3
    in_box = shared > 0.7 * area(body) and body[3] - body[1] > 0.65 * (box[3] - box[1])
    return bool(alike or in_box or shared > 0.6 * area(box))


def bodies(
    album: Album, times: Sequence[float], size: tuple[int, int], lens: Lens, confirm: Confirm
) -> list[tuple[float, FloatArray, float]]:
    """Look for anybody in whole pictures: (time, box in small pixels, score) for each in which someone is."""
    found = []
    whole = np.array([0.0, 0.0, *size])
    for time_s in times:
        seen = check(album.picture(time_s), whole, lens, confirm, 0.0)
        if seen is not None and seen[1] >= MIN_SCORE:
            found.append((time_s, seen[0], seen[1]))
    return found
