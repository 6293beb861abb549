"""What is kept of the choice: a box in every frame, who else was seen, the roll of the camera, and a picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gait.arrays import true_runs
from gait.subject.boxes import area, expand, intersection
from gait.subject.choose.choice import Candidate, note
from gait.subject.choose.picture import Drawn, draw
from gait.subject.roll import camera_roll
from gait.subject.track.album import crop
from gait.subject.track.watch import Seen
from gait.types import FloatArray, ImageArray, PersonSeen, Roll, SubjectTrack

MIN_VISIBLE = 0.3
"""Of the box: with less in the picture, the person is out of view."""

MARGIN = 0.03
"""Added around the box on each side, as a share of its height."""

NEARER = 0.02
"""Feet lower in the picture by this share of a body's height belong to somebody nearer: less is an error of the box."""

CERTAIN_S, FADES_S = 0.15, 0.5
"""So long before and after a detection the box is as sure as there, a little more than the time between two; and how
soon it becomes less sure after that. Judgements."""

CROSSED = 0.2
"""Share of the followed person's box that somebody nearer covers: a pose model may then take the one for the other."""

GLIMPSE_S = 0.3
"""Seen for less between two moments behind somebody, nobody is measured. A judgement: less than a swing."""

SURELY = 0.65
"""Confidence in somebody who hides another: a coat stand that passes for a person hides nobody."""

MOST_ZOOM = 0.15
"""Of the logarithm of the size of the background."""

PORTRAIT_PX, INSET_PX, SURROUNDINGS = 160, 400, 0.1
"""Height of the picture of the followed person alone, and of the small ones in the album, at most; and what is shown
around the box, as a share of its height."""

ROLL_PICTURES = 4
"""Looked at for what stands upright; a still camera shows the same in all of them."""


def subject_track(
    seen: Seen, candidates: list[Candidate], index: int | None, reason: str, detector: str
) -> SubjectTrack:
    """Return where the chosen person is in every sampled frame, and who else was seen.

    Parameters
    ----------
    seen : Seen
    candidates : list of Candidate
        In the order of their numbers.
    index : int or None
        Of the chosen one; None where nobody was found: then all boxes are NaN.
    reason : str
        Why this person, in one sentence.
    detector : str
    """
    n = len(seen.time_s)
    box_px, score = np.full((n, 4), np.nan), np.zeros(n)
    hidden: tuple[tuple[float, float], ...] = ()
    if index is not None:
        box_px, score = _rows(candidates[index], seen)
        crossed = _crossed(candidates, index, seen) & np.isfinite(box_px[:, 0])
        box_px[crossed], score[crossed] = np.nan, 0.0
        hidden = tuple((float(seen.time_s[a]), float(seen.time_s[b - 1])) for a, b in true_runs(crossed))
    people = []
    for i, candidate in enumerate(candidates):
        time_s = _best_moment(candidate, seen)
        people.append(
            PersonSeen(
                number=i + 1,
                start_s=candidate.start_s,
                end_s=candidate.end_s,
                travel_body_heights=candidate.travel.body_heights,
                confidence=candidate.confidence,
                box_px=_four(_box_at(candidate, seen, time_s) * np.tile(seen.to_video, 2)),
                picture_time_s=time_s,
                chosen=i == index,
                note=reason if i == index else note(candidate),
            )
        )
    return SubjectTrack(
        time_s=seen.time_s,
        frame=seen.frame,
        box_px=box_px,
        score=score,
        background_xy_px=np.where(_known_shift(seen)[:, None], seen.shift * seen.to_video, np.nan),
        reason=reason,
        people=tuple(people),
        detector=detector,
        picture=_picture(seen, candidates, index),
        portrait=None if index is None else _portrait(candidates[index], seen),
        hidden=hidden,
        roll=_roll(seen, candidates, index),
    )


def _known_shift(seen: Seen) -> npt.NDArray[np.bool_]:
    """Return where the shift of the background tells how far somebody has come, (T,).

    It does not where the camera itself advances or retreats: then the background grows or shrinks instead.
    """
    return np.asarray(seen.known & (seen.scene == 0) & (np.abs(np.log(seen.zoom)) < MOST_ZOOM))


def _crossed(candidates: list[Candidate], index: int, seen: Seen) -> npt.NDArray[np.bool_]:
    """Return where somebody nearer to the camera is in front of the followed person, (T,)."""
    chosen = candidates[index].path
    crossed = np.zeros(len(seen.time_s), dtype=bool)
    for i, other in enumerate(candidates):
        if i == index or not other.is_person or other.confidence < SURELY or chosen.fills_picture:
            continue
        rows = np.flatnonzero(chosen.in_view(seen.time_s) & other.path.in_view(seen.time_s))
        # Who stands nearer has the feet lower in the picture.
        for row, ours, theirs in zip(
            rows, chosen.boxes(seen.time_s[rows]), other.path.boxes(seen.time_s[rows]), strict=True
        ):
            nearer = theirs[3] > ours[3] + NEARER * (ours[3] - ours[1])
            crossed[row] |= nearer and intersection(ours, theirs) > CROSSED * area(ours)
    # A glimpse between two moments in front is not worth a box.
    for first, last in true_runs(~crossed):
        if first > 0 and last < len(crossed) and seen.time_s[last] - seen.time_s[first] < GLIMPSE_S:
            crossed[first:last] = True
    return crossed


def _rows(candidate: Candidate, seen: Seen) -> tuple[FloatArray, FloatArray]:
    """Return the box (T, 4) in pixels of the video and the score (T,) for every sampled frame."""
    path = candidate.path
    n = len(seen.time_s)
    box_px, score = np.full((n, 4), np.nan), np.zeros(n)
    if path.fills_picture:
        width, height = seen.size * seen.to_video
        return np.tile([0.0, 0.0, width, height], (n, 1)), np.ones(n)
    rows = np.flatnonzero(path.in_view(seen.time_s))
    boxes = path.boxes(seen.time_s[rows]) + np.tile(seen.shift[rows], 2)
    margin = MARGIN * (boxes[:, 3] - boxes[:, 1])[:, None] * np.array([-1, -1, 1, 1])
    boxes = boxes + margin
    picture = np.array([0.0, 0.0, *seen.size])
    visible = np.array([intersection(box, picture) > MIN_VISIBLE * area(box) for box in boxes], dtype=bool)
    rows, boxes = rows[visible], boxes[visible]
    box_px[rows] = boxes * np.tile(seen.to_video, 2)
    # Surest at the detections, less so in the gaps between them.
    apart_s = _from_nearest_s(seen.time_s[rows], path.time_s)
    score[rows] = candidate.confidence * np.exp(-np.maximum(apart_s - CERTAIN_S, 0.0) / FADES_S)
    return box_px, score


def _from_nearest_s(time_s: FloatArray, known_s: FloatArray) -> FloatArray:
    """Return how far each time is from the nearest of those known, which increase."""
    after = np.clip(np.searchsorted(known_s, time_s), 1, max(len(known_s) - 1, 1))
    return np.asarray(np.minimum(np.abs(time_s - known_s[after - 1]), np.abs(time_s - known_s[after % len(known_s)])))


def _box_at(candidate: Candidate, seen: Seen, time_s: float) -> FloatArray:
    """Return the box of a candidate in pixels of the sample at a time, cut at the rim of the picture."""
    limits = np.tile(np.array(seen.size, dtype=np.float64), 2)
    if candidate.path.fills_picture:
        return np.array([0.0, 0.0, *seen.size])
    box = candidate.path.boxes(np.array([time_s]))[0] + np.tile(seen.shift_at(time_s), 2)
    return np.asarray(np.clip(box, 0.0, limits))


def _four(box: FloatArray) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(v) for v in box)
    return x1, y1, x2, y2


def _shots(candidate: Candidate, seen: Seen) -> list[float]:
    return [t for t in candidate.path.track.shots if t in seen.album]


def _best_moment(candidate: Candidate, seen: Seen) -> float:
    """Return the time of the kept picture that shows a candidate best."""
    middle = (candidate.start_s + candidate.end_s) / 2
    return min(_shots(candidate, seen), key=lambda t: abs(t - middle), default=candidate.start_s)


def _roll(seen: Seen, candidates: list[Candidate], index: int | None) -> Roll | None:
    """Return the roll of the camera, from a few of the pictures kept of the chosen person."""
    moments = _shots(candidates[index], seen) if index is not None else []
    few = moments[:: max(len(moments) // ROLL_PICTURES, 1)][:ROLL_PICTURES]

    def people(time_s: float) -> FloatArray:
        here = [c for c in candidates if c.path.in_view(np.array([time_s]))[0]]
        return np.array([expand(_box_at(c, seen, time_s), MARGIN) for c in here])

    return camera_roll((seen.album.picture(t), people(t)) for t in few)


def _portrait(candidate: Candidate, seen: Seen) -> ImageArray | None:
    """Return a candidate alone, at the best moment."""
    time_s = _best_moment(candidate, seen)
    if time_s not in seen.album:
        return None
    return crop(seen.album.picture(time_s), _box_at(candidate, seen, time_s), SURROUNDINGS, PORTRAIT_PX)[0]


def _picture(seen: Seen, candidates: list[Candidate], index: int | None) -> ImageArray | None:
    """Draw the moment that shows the chosen person and as many others as possible; the rest appear as insets.

    Below is the chosen person at several times, so that anyone sees whether it is always the same.
    """
    if index is None or not (moments := _shots(candidates[index], seen)):
        return None
    chosen = candidates[index]
    middle = (chosen.start_s + chosen.end_s) / 2

    def present(candidate: Candidate, time_s: float) -> bool:
        return any(a <= time_s <= b for a, b in candidate.path.stretches)

    time_s = max(moments, key=lambda t: (sum(present(c, t) for c in candidates), -abs(t - middle)))
    people = []
    for i, candidate in enumerate(candidates):
        box = inset = None
        if present(candidate, time_s):
            box = _box_at(candidate, seen, time_s)
        else:
            own_s = _best_moment(candidate, seen)
            if own_s in seen.album:
                inset, _ = crop(seen.album.picture(own_s), _box_at(candidate, seen, own_s), SURROUNDINGS, INSET_PX)
        people.append(Drawn(label=str(i + 1), chosen=i == index, box=box, inset=inset))
    when = []
    for each in moments if not chosen.path.fills_picture else []:
        cut, _ = crop(seen.album.picture(each), _box_at(chosen, seen, each), SURROUNDINGS, INSET_PX)
        when.append(Drawn(label=f"{each:.1f} s", chosen=True, box=None, inset=cut))
    return draw(seen.album.picture(time_s), people, when)
