"""People, tracks and clothes written down as numbers: what a detector would say, with no picture to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from gait.subject.camera import CameraPose
from gait.subject.detections import Detections, Sample
from gait.subject.track.clothes import Clothes
from gait.subject.track.joining import Person
from gait.subject.track.tracker import Track
from gait.subject.track.trajectory import Trajectory
from gait.types import FloatArray

SIZE = (480, 272)
STEP_S = 2 / 15
"""From one look to the next."""

REACH = 60.0
NOBODY = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)


class One(NamedTuple):
    """One detection."""

    x: float
    y: float = 150.0
    reach: float = REACH
    score: float = 0.8
    clothes: Clothes | None = None


def wearing(colour: int, other: int = 0, differs: float = 0.0) -> Clothes:
    """All of one colour (0 to 255); or with so much of another that the two differ by `differs`."""
    share = np.zeros(256)
    share[colour] += (1 - differs) ** 2
    share[other] += 1 - (1 - differs) ** 2
    return np.sqrt(np.stack([share, share]))


RED, BLUE, GREEN = wearing(20), wearing(120), wearing(220)


def found(time_s: float, people: Sequence[One], shift: float = 0.0, scene: int = 0) -> Detections:
    """What a detector says of one view; the background is shifted sideways."""
    camera = CameraPose(matrix=np.eye(3), shift_px=np.array([shift, 0.0]), scene=scene)
    values = np.array([one[:4] for one in people], dtype=np.float64).reshape(-1, 4)
    return Detections(
        sample=Sample(row=round(time_s * 30), time_s=time_s, rgb=NOBODY, camera=camera),
        hips=values[:, :2],
        reach=values[:, 2],
        score=values[:, 3],
    )


def track(
    start_s: float,
    end_s: float,
    x: Callable[[float], float],
    clothes: Clothes | Callable[[float], Clothes | None] | None = None,
    *,
    y: Callable[[float], float] = lambda _: 150.0,
    reach: Callable[[float], float] = lambda _: REACH,
    shift: Callable[[float], float] = lambda _: 0.0,
    score: float = 0.8,
    step_s: float = STEP_S,
) -> Track:
    """Somebody who is seen at every look, at places that are functions of the time."""
    made = Track()
    for t in np.arange(start_s, end_s + 1e-6, step_s):
        worn = clothes(t) if callable(clothes) else clothes
        made.add(float(t), np.array([x(t), y(t)]), reach(t), score, np.array([shift(t), 0.0]), worn)
    return made


def person(*parts: Track) -> Person:
    """One person who was in view in so many stretches."""
    whole = Track()
    for part in parts:
        rows = zip(part.time_s, part.hips, part.reach, part.score, part.shift, part.clothes, strict=True)
        for row in rows:
            whole.add(*row)
    return Person(track=whole, stretches=tuple((part.start_s, part.end_s) for part in parts))


def path(*parts: Track) -> Trajectory:
    """The smooth path of one person."""
    return Trajectory(person(*parts), SIZE)


def middle(box: FloatArray) -> float:
    """Of a box, or of each of several, from left to right."""
    return np.asarray((box[..., 0] + box[..., 2]) / 2)
