"""Who is followed, and a plain sentence for everyone seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gait.config import SubjectSettings
from gait.errors import UsageError
from gait.subject.boxes import iou
from gait.subject.choose.confirm import Looks
from gait.subject.choose.travel import RUN_SPEED, Travel
from gait.subject.track.trajectory import Trajectory
from gait.subject.track.watch import DETECT_EVERY_S
from gait.types import FloatArray

WALKS = 1.0
"""Body heights; less is not a walk through the picture."""

STANDS = 0.5
"""Body heights; who moves less over the ground stands or shifts about. A judgement."""

MIN_OVERLAP = 0.1
"""Of a box drawn by hand with a person, by which that person is meant. A judgement: people draw roughly."""

ABOUT_AS_FAR, MUCH_LARGER = 0.75, 1.25
"""Of those who have walked at least this share of the farthest way, the largest is followed if taller than the farthest
walker by this factor: who is filmed is near. Judgements."""

FOLLOWED = 0.5
"""Body heights per second credited to somebody whom a moving camera keeps in view: a slow walk."""

SURE, MOVING_SURE = 0.6, 0.3
"""Share of the looks in which a body must be recognised, of somebody who stays in place and of one who moves."""

STEADY = 0.5
"""Share of the samples in which somebody who is there is found; furniture comes and goes."""

LIKELY = 0.6
"""Of the detector: hardly anything but a person scores this in the median."""

LEAST_SCORE = 0.45
"""Of the detector, in the median: below it are furniture, plants and the like."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One person, or what may be one.

    Attributes
    ----------
    path : Trajectory
    travel : Travel
    looks : Looks
    followed_s : float
        For how long the camera moved and kept this person about where they are in the picture.
    """

    path: Trajectory
    travel: Travel
    looks: Looks
    followed_s: float = 0.0

    @property
    def start_s(self) -> float:
        """When it comes into view."""
        return float(self.path.time_s[0])

    @property
    def end_s(self) -> float:
        """When it goes out of view."""
        return float(self.path.time_s[-1])

    @property
    def in_view_s(self) -> float:
        """How long it is in view, absences left out."""
        return self.path.in_view_s

    @property
    def score(self) -> float:
        """Of the detector, in the median."""
        return float(np.median(self.path.track.score))

    @property
    def confidence(self) -> float:
        """0 to 1: how sure it is that this is a person."""
        return self.score * (0.5 + 0.5 * self.looks.share)

    @property
    def is_person(self) -> bool:
        """Whether it counts as a person."""
        moves = self.travel.body_heights >= STANDS
        steady = len(self.path.time_s) * DETECT_EVERY_S >= STEADY * self.in_view_s
        return steady and self.score >= LEAST_SCORE and self.looks.share >= (MOVING_SURE if moves else SURE)

    @property
    def runs(self) -> bool:
        """Whether it is too fast to walk."""
        return self.travel.speed > RUN_SPEED

    @property
    def walked(self) -> float:
        """Body heights walked, seen from the ground, or credited because a moving camera follows."""
        return max(self.travel.body_heights, FOLLOWED * self.followed_s)

    @property
    def walks(self) -> bool:
        """Whether it walks through the picture, or before a camera that goes along."""
        return self.walked >= WALKS and not self.runs

    @property
    def height(self) -> float:
        """Median height in pixels of the sample."""
        return float(np.median(self.path.height))

    @property
    def presence(self) -> float:
        """How much of the clip and of the picture it takes up."""
        return self.in_view_s * self.height / self.path.size[1]


def numbered(candidates: list[Candidate]) -> list[Candidate]:
    """Return candidates in the order of their numbers: people first, by travel, then by time."""
    return sorted(candidates, key=lambda c: (not c.is_person, -round(c.travel.body_heights, 1), c.start_s))


def choose(candidates: list[Candidate], settings: SubjectSettings, box: FloatArray | None) -> int | None:
    """Choose who is followed.

    Parameters
    ----------
    candidates : list of Candidate
        In the order of their numbers.
    settings : SubjectSettings
    box : float64 (4,) or None
        `settings.box` in pixels of the sample.

    Returns
    -------
    int or None
        Position in the list; None if none of them can be followed.

    Raises
    ------
    UsageError
        There is nobody of that number.
    """
    if settings.subject is not None:
        if settings.subject > len(candidates):
            raise _no_such(settings.subject, len(candidates))
        return settings.subject - 1
    if box is not None:
        overlaps = [_overlap(c.path, box) for c in candidates]
        return int(np.argmax(overlaps)) if overlaps and max(overlaps) > MIN_OVERLAP else None
    people = [i for i, c in enumerate(candidates) if c.is_person]
    walkers = [i for i in people if candidates[i].walks]
    movers = [i for i in people if candidates[i].travel.body_heights >= WALKS]
    if walkers or movers:
        scores = {i: candidates[i].walked * candidates[i].confidence for i in walkers or movers}
        farthest = max(scores, key=lambda i: scores[i])
        # A reflection, or someone far behind, may walk as far: among equals a much larger one is meant.
        equals = [i for i in scores if scores[i] > ABOUT_AS_FAR * scores[farthest]]
        largest = max(equals, key=lambda i: candidates[i].height)
        return largest if candidates[largest].height > MUCH_LARGER * candidates[farthest].height else farthest
    # Somebody whose legs are never in the picture is still somebody: the page can say what is missing.
    people = people or [i for i, c in enumerate(candidates) if c.score >= LIKELY]
    return max(people, key=lambda i: candidates[i].presence * candidates[i].confidence, default=None)


def why(candidates: list[Candidate], index: int, settings: SubjectSettings) -> str:
    """Say in a plain sentence why this one is followed."""
    chosen = candidates[index]
    if settings.subject is not None:
        return f"Chosen by number. {_does(chosen)}"
    if settings.box is not None:
        return f"Chosen by the given box. {_does(chosen)}"
    if chosen.path.fills_picture:
        return "The whole picture is taken for one person."
    if not chosen.is_person:
        return f"Nobody was recognised from head to foot; this may be a person, {_stretches(chosen)}."
    if sum(c.is_person for c in candidates) == 1:
        return f"The only person seen. {_does(chosen)}"
    if chosen.walks and chosen.walked > chosen.travel.body_heights:
        return f"The camera goes along with this person, {_stretches(chosen)}."
    walkers = [c for c in candidates if c.is_person and c.walks]
    if (
        chosen.walks
        and any(MUCH_LARGER * c.height < chosen.height for c in walkers)
        and (chosen.walked < max(c.walked for c in walkers))
    ):
        return f"Walks about as far as anyone, and is larger in the picture: {_route(chosen)}."
    if chosen.walks:
        return f"Walks farthest: {_route(chosen)}."
    if chosen.travel.body_heights >= WALKS:
        return f"Nobody walks through the picture; this person moves farthest. {_does(chosen)}"
    return f"Nobody walks through the picture; this person is in view longest and largest. {_does(chosen)}"


def note(candidate: Candidate) -> str:
    """Say why someone was not chosen."""
    if not candidate.is_person:
        return "May not be a person: no body was recognised."
    return _does(candidate)


def _does(candidate: Candidate) -> str:
    travel = candidate.travel
    if travel.body_heights >= STANDS:
        if candidate.runs:
            return f"Runs: {_route(candidate)}."
        if travel.body_heights >= WALKS:
            return f"Walks: {_route(candidate)}."
        return f"Moves a little: {_route(candidate)}."
    return f"Stays in place: moves less than half a body height, {_stretches(candidate)}."


def _stretches(candidate: Candidate) -> str:
    stretches = ", ".join(f"{a:.1f}–{b:.1f}" for a, b in candidate.path.stretches)
    return f"in view {stretches} s"


def _route(candidate: Candidate) -> str:
    travel = candidate.travel
    return f"{travel.body_heights:.1f} body heights {_heading(travel)}, {travel.start_s:.1f}–{travel.end_s:.1f} s"


def _heading(travel: Travel) -> str:
    if abs(travel.across) + abs(travel.depth) < 0.5 * travel.body_heights:
        return "there and back"
    if abs(travel.depth) > abs(travel.across):
        return "toward the camera" if travel.depth > 0 else "away from the camera"
    return "from left to right" if travel.across > 0 else "from right to left"


def _no_such(number: int, n: int) -> UsageError:
    return UsageError(
        f"--subject {number}: no such person; "
        + {0: "nobody was seen.", 1: "the only valid number is 1."}.get(n, f"valid are 1 to {n}.")
    )


def _overlap(path: Trajectory, box: FloatArray) -> float:
    """Return the largest intersection over union of a person with a box, at any time."""
    boxes = path.boxes(path.time_s) + np.tile(np.array(path.track.shift), 2)
    return float(iou(box, boxes).max())
