"""Find everyone in a clip, choose one, and say where that person is in every frame: one pass over the video."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gait.config import SubjectSettings
from gait.subject.album import crop
from gait.subject.choice import STANDS, Candidate, choose, note, numbered, why
from gait.subject.confirm import Confirm, Looks
from gait.subject.detector import FullFrame, open_detector
from gait.subject.manual import follow_box
from gait.subject.path import Path
from gait.subject.people import find_people, find_still_people, look_again, seen_throughout
from gait.subject.picture import Drawn, draw
from gait.subject.travel import measure
from gait.subject.watch import DETECT_EVERY_S, Clip, Seen, watch
from gait.types import FloatArray, ImageArray, PersonSeen, SubjectTrack

MIN_VISIBLE = 0.3
"""Of the box: with less in the picture, the person is out of view."""

MARGIN = 0.03
"""Added around the box on each side, as a share of its height."""


def follow_subject(
    clip: Clip,
    settings: SubjectSettings,
    *,
    confirm: Confirm | None,
    device: str = "cpu",
    progress: Callable[[int], None] | None = None,
) -> SubjectTrack:
    """Find everyone in the clip, choose one, and return where that person is in every sampled frame.

    Parameters
    ----------
    clip : Clip
        Its frames are decoded once, at a small size.
    settings : SubjectSettings
    confirm : callable, optional
        Takes a small RGB picture and returns the person in it, or None; called a few times after the pass. Without it
        whatever moves and has the size of a person counts as one.
    device : {"cuda", "mps", "cpu"}
        Where a detector that is a network runs.
    progress : callable, optional
        Called with the number of frames done since the last call.

    Returns
    -------
    SubjectTrack
        All boxes are NaN, and the reason says so, if nobody was found.

    Raises
    ------
    UsageError
        The detector is unknown, or nobody has the number asked for.
    ModelUnavailableError, InputError
        The weights of the detector are not here, or are something else.
    """
    detector = open_detector(settings.detector, device)
    seen = watch(clip, detector, progress)
    whole_picture = isinstance(detector, FullFrame)
    candidates = find_people(seen, None if whole_picture else confirm)
    if not any(c.is_person for c in candidates) and confirm is not None:
        candidates = find_still_people(seen, confirm)
    candidates = numbered(candidates)
    box = None if settings.box is None else np.array(settings.box) / np.tile(seen.to_video, 2)
    index = choose(candidates, settings, box)
    if index is None and box is not None:
        candidates = [*candidates, _by_box(clip, seen, box)]
        index = len(candidates) - 1
    if index is None:
        return _subject_track(seen, [], None, "No person was found.", detector.name)
    if confirm is not None and not whole_picture:
        candidates[index] = seen_throughout(look_again(candidates[index], seen, confirm), seen, confirm)
    reason = why(candidates, index, settings)
    return _subject_track(seen, candidates, index, reason, detector.name)


def _by_box(clip: Clip, seen: Seen, box: FloatArray) -> Candidate:
    """Follow what is in a box drawn by hand: the one case that needs the frames again."""
    track = follow_box(clip.frames(size=seen.size, pixel_format="gray"), box, seen.shift)
    path = Path(track, seen.size)
    return Candidate(path=path, travel=measure(path), looks=Looks())


def _subject_track(
    seen: Seen, candidates: list[Candidate], index: int | None, reason: str, detector: str
) -> SubjectTrack:
    n = len(seen.time_s)
    box_px, score = np.full((n, 4), np.nan), np.zeros(n)
    if index is not None:
        box_px, score = _rows(candidates[index], seen)
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
        background_xy_px=np.where(seen.known[:, None], seen.shift * seen.to_video, np.nan),
        reason=reason,
        people=tuple(people),
        detector=detector,
        picture=_picture(seen, candidates, index),
    )


def _rows(candidate: Candidate, seen: Seen) -> tuple[FloatArray, FloatArray]:
    """Return the box (T, 4) in pixels of the video and the score (T,) for every sampled frame."""
    path = candidate.path
    n = len(seen.time_s)
    box_px, score = np.full((n, 4), np.nan), np.zeros(n)
    slack = DETECT_EVERY_S
    rows = np.flatnonzero((seen.time_s >= path.time_s[0] - slack) & (seen.time_s <= path.time_s[-1] + slack))
    boxes = path.boxes(seen.time_s[rows]) + np.tile(seen.shift[rows], 2)
    whole = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    margin = MARGIN * (boxes[:, 3] - boxes[:, 1])[:, None] * np.array([-1, -1, 1, 1])
    limits = np.tile(np.array(seen.size, dtype=np.float64), 2)
    boxes = np.clip(boxes + margin, 0.0, limits)
    inside = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    visible = (inside > 0) & ((inside > MIN_VISIBLE * whole) | path.fills_picture)
    rows, boxes = rows[visible], boxes[visible]
    box_px[rows] = boxes * np.tile(seen.to_video, 2)
    # Surest at the detections, less so in the gaps between them.
    after = np.clip(np.searchsorted(path.time_s, seen.time_s[rows]), 1, max(len(path.time_s) - 1, 1))
    before_s, after_s = path.time_s[after - 1], path.time_s[np.minimum(after, len(path.time_s) - 1)]
    nearest_s = np.minimum(np.abs(seen.time_s[rows] - before_s), np.abs(seen.time_s[rows] - after_s))
    score[rows] = candidate.confidence * np.exp(-np.maximum(nearest_s - DETECT_EVERY_S, 0.0) / 0.5)
    return box_px, score


def _box_at(candidate: Candidate, seen: Seen, time_s: float) -> FloatArray:
    """Return the box of a candidate in small pixels of the picture at a time."""
    sightings = candidate.looks.sightings
    if sightings and candidate.travel.body_heights < STANDS:
        # Motion shows only parts of someone who stays in place.
        box = np.median([s.box for s in sightings], axis=0)
    else:
        box = candidate.path.boxes(np.array([time_s]))[0]
    box = box + np.tile(seen.shift_at(time_s), 2)
    return np.asarray(np.clip(box, 0.0, np.tile(np.array(seen.size, dtype=np.float64), 2)))


def _four(box: FloatArray) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(v) for v in box)
    return x1, y1, x2, y2


def _best_moment(candidate: Candidate, seen: Seen) -> float:
    """Return the time of the kept picture that shows a candidate best."""
    shots = [t for t in candidate.path.track.shots if t in seen.album]
    if not shots:
        inside = [t for t in seen.album.scenes if candidate.start_s <= t <= candidate.end_s and t in seen.album]
        return inside[len(inside) // 2] if inside else candidate.start_s
    middle = (candidate.start_s + candidate.end_s) / 2
    sighted = {s.time_s for s in candidate.looks.sightings}
    return min(shots, key=lambda t: (t not in sighted, abs(t - middle)))


def _picture(seen: Seen, candidates: list[Candidate], index: int | None) -> ImageArray | None:
    """Draw the moment that shows the chosen person and as many others as possible; the rest appear as insets."""
    if index is None:
        return None
    chosen = candidates[index]
    moments = [t for t in chosen.path.track.shots if t in seen.album] or [_best_moment(chosen, seen)]
    moments = [t for t in moments if t in seen.album]
    if not moments:
        return None
    sighted = {s.time_s for s in chosen.looks.sightings}
    middle = (chosen.start_s + chosen.end_s) / 2

    def present(candidate: Candidate, time_s: float) -> bool:
        return candidate.start_s <= time_s <= candidate.end_s

    time_s = max(moments, key=lambda t: (sum(present(c, t) for c in candidates), t in sighted, -abs(t - middle)))
    picture = seen.album.picture(time_s)
    people = []
    for i, candidate in enumerate(candidates):
        box = inset = None
        if present(candidate, time_s):
            box = seen.lens.enlarged(_box_at(candidate, seen, time_s))
        else:
            own_s = _best_moment(candidate, seen)
            if own_s in seen.album:
                own = seen.lens.enlarged(_box_at(candidate, seen, own_s))
                inset, _ = crop(seen.album.picture(own_s), own, 0.1, 400)
        people.append(Drawn(number=i + 1, chosen=i == index, box=box, inset=inset))
    return draw(picture, people)
