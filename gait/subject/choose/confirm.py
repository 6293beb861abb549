"""A second look: a pose model says whether a track shows a body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gait.subject.detections import boxes_around
from gait.subject.track.album import Album, crop
from gait.subject.track.tracker import Track
from gait.types import FloatArray, ImageArray, PersonCheck

Confirm = Callable[[ImageArray], PersonCheck | None]

MAX_HEIGHT_PX = 320
"""Of the crops: a pose model looks at 256 pixels."""

CLOSE = 0.25
"""Padding of the crops, in heights of the box."""

MIN_SCORE, LOOKS = 0.5, 5
"""Of a body to the pose model, and at how many moments it looks. Judgements, after mirrors and coat stands."""

BESIDE, LEAST_TALL = 0.3, 0.35
"""How far the middle of the body may lie from that of the box, and how tall it must be, in heights of the box."""


@dataclass(frozen=True, kw_only=True)
class Looks:
    """How often a pose model looked at somebody, and how often it saw a body there."""

    n: int = 0
    n_bodies: int = 0

    @property
    def share(self) -> float:
        """Of the looks that showed a body; 1 where nobody looked."""
        return self.n_bodies / self.n if self.n else 1.0


def look(track: Track, album: Album, confirm: Confirm | None) -> Looks:
    """Look at somebody in a few moments spread over the track."""
    kept = [t for t in track.shots if t in album]
    if confirm is None or not kept or track.fills_picture:
        return Looks()
    n = n_bodies = 0
    for times in np.array_split(np.array(kept), min(LOOKS, len(kept))):
        time_s = float(times[len(times) // 2])
        k = int(np.argmin(np.abs(np.array(track.time_s) - time_s)))
        box = boxes_around(track.hips[k], np.array(track.reach[k]))
        n += 1
        n_bodies += _shows_body(album.picture(time_s), box, confirm)
    return Looks(n=n, n_bodies=n_bodies)


def _shows_body(picture: ImageArray, box: FloatArray, confirm: Confirm) -> bool:
    cut, (left, top, scale) = crop(picture, box, CLOSE, MAX_HEIGHT_PX)
    seen = confirm(cut)
    if seen is None or seen.score < MIN_SCORE or not np.isfinite(seen.box_px).all():
        return False
    return is_body_of(np.array(seen.box_px) * scale + np.array([left, top, left, top]), box)


def is_body_of(body: FloatArray, box: FloatArray) -> bool:
    """Whether a body that a pose model sees lies in the box in which somebody was found: about there, about as tall."""
    tall = box[3] - box[1]
    apart = np.abs(body[:2] + body[2:] - box[:2] - box[2:]) / 2
    return bool((apart < BESIDE * tall).all() and body[3] - body[1] > LEAST_TALL * tall)
