"""Find everyone in a clip, choose one, and say where that person is in every frame: one pass over the video."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gait.config import SubjectSettings
from gait.subject.boxes import area, expand, intersection
from gait.subject.choose.choice import Candidate, choose, note, numbered, why
from gait.subject.choose.confirm import Confirm, Looks, look
from gait.subject.choose.picture import Drawn, draw
from gait.subject.choose.travel import measure, runs
from gait.subject.detect.registry import FullFrame, open_detector
from gait.subject.roll import camera_roll
from gait.subject.track.album import crop
from gait.subject.track.joining import Person, join
from gait.subject.track.manual import follow_box
from gait.subject.track.path import Path
from gait.subject.track.watch import Clip, Seen, watch
from gait.types import FloatArray, ImageArray, PersonSeen, Roll, SubjectTrack

MIN_VISIBLE = 0.3
"""Of the box: with less in the picture, the person is out of view."""

MARGIN = 0.03
"""Added around the box on each side, as a share of its height."""

MOST_SEEN = 12
"""People who are told of; whoever else is in view has walked less."""

CROSSED = 0.2
"""Share of the followed person's box that somebody nearer covers: a pose model may then take the one for the other."""

GLIMPSE_S = 0.3

SURELY = 0.65
"""Confidence in somebody who hides another: a coat stand that passes for a person hides nobody."""

CAMERA_S = 1.0
CAMERA_MOVES = 0.02
"""Of the width of the picture, or of the zoom, within `CAMERA_S`: more than the tremor of a hand."""

MOST_ZOOM = 0.15
"""Of the logarithm of the size of the background."""

ROLL_PICTURES = 4
"""Looked at for what stands upright; a still camera shows the same in all of them."""

PORTRAIT_PX = 160
"""Height of the picture of the followed person alone."""

CENTRAL = 0.3
"""Of the width of the picture, to either side of its middle: where a camera keeps whom it follows."""


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
        Takes a small RGB picture and returns the person in it, or None; called a few times after the pass, so that what
        only looks like a person is not followed.
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
    if isinstance(detector, FullFrame):
        for track in seen.tracks:
            track.fills_picture = True
    camera_moves = _camera_moves(seen)
    people = [_candidate(person, seen, camera_moves, confirm) for person in join(seen.tracks, seen.size)]
    # What is no person is told of only where it moves like one, or where nobody is.
    told = [p for p in people if p.is_person or p.walks]
    people = numbered(told or people)[:MOST_SEEN]
    box = None if settings.box is None else np.array(settings.box) / np.tile(seen.to_video, 2)
    index = choose(people, settings, box)
    if index is None and box is not None and (marked := _by_box(clip, seen, box)) is not None:
        people = [*people, marked]
        index = len(people) - 1
    if index is None:
        return _subject_track(seen, people, None, "No person was found.", detector.name)
    return _subject_track(seen, people, index, why(people, index, settings), detector.name)


def _candidate(person: Person, seen: Seen, camera_moves: FloatArray, confirm: Confirm | None) -> Candidate:
    path = Path(person, seen.size)
    found = Candidate(path=path, travel=measure(path), looks=Looks(), followed_s=_followed_s(path, seen, camera_moves))
    # What the detector itself is not sure of needs no second look.
    return replace(found, looks=look(person.track, seen.album, confirm)) if found.is_person else found


def _camera_moves(seen: Seen) -> FloatArray:
    """Return 1 where the camera moves by more than a tremor, else 0; (T,)."""
    n = len(seen.time_s)
    before = np.searchsorted(seen.time_s, seen.time_s - CAMERA_S / 2)
    after = np.minimum(np.searchsorted(seen.time_s, seen.time_s + CAMERA_S / 2), n - 1)
    moved = np.linalg.norm(seen.shift[after] - seen.shift[before], axis=1) / seen.size[0]
    zoomed = np.abs(np.log(seen.zoom[after] / seen.zoom[before]))
    lost = ~seen.known
    return np.asarray((moved > CAMERA_MOVES) | (zoomed > CAMERA_MOVES) | lost, dtype=np.float64)


def _followed_s(path: Path, seen: Seen, camera_moves: FloatArray) -> float:
    """Return for how long a moving camera kept somebody in the middle of the picture, at the same size."""
    rows = np.flatnonzero(path.in_view(seen.time_s))
    if len(rows) < 2 or path.fills_picture:
        return 0.0
    hips, reach = path.place(seen.time_s[rows])
    off = np.abs(hips[:, 0] + seen.shift[rows, 0] - seen.size[0] / 2) / seen.size[0]
    kept = (off < CENTRAL) & (np.abs(np.log(reach / np.median(reach))) < 0.5) & (camera_moves[rows] > 0)
    return float(kept.mean()) * path.in_view_s


def _by_box(clip: Clip, seen: Seen, box: FloatArray) -> Candidate | None:
    """Follow what is in a box drawn by hand, if anything is: the one case that needs the frames again."""
    track = follow_box(clip.frames(size=seen.size, pixel_format="gray"), box, seen.shift)
    if not track.time_s:
        return None
    path = Path(Person(track=track, stretches=((track.start_s, track.end_s),)), seen.size)
    return Candidate(path=path, travel=measure(path), looks=Looks())


def _subject_track(
    seen: Seen, candidates: list[Candidate], index: int | None, reason: str, detector: str
) -> SubjectTrack:
    n = len(seen.time_s)
    box_px, score = np.full((n, 4), np.nan), np.zeros(n)
    hidden: tuple[tuple[float, float], ...] = ()
    if index is not None:
        box_px, score = _rows(candidates[index], seen)
        crossed = _crossed(candidates, index, seen) & np.isfinite(box_px[:, 0])
        box_px[crossed], score[crossed] = np.nan, 0.0
        hidden = tuple((float(seen.time_s[a]), float(seen.time_s[b - 1])) for a, b in runs(crossed))
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
            nearer = theirs[3] > ours[3] + 0.02 * (ours[3] - ours[1])
            crossed[row] |= nearer and intersection(ours, theirs) > CROSSED * area(ours)
    # A glimpse between two moments in front is not worth a box.
    for first, last in runs(~crossed):
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
    score[rows] = candidate.confidence * np.exp(-np.maximum(apart_s - 0.15, 0.0) / 0.5)
    return box_px, score


def _from_nearest_s(time_s: FloatArray, known_s: FloatArray) -> FloatArray:
    """Return how far each time is from the nearest of those known, which increase."""
    after = np.clip(np.searchsorted(known_s, time_s), 1, max(len(known_s) - 1, 1))
    return np.asarray(np.minimum(np.abs(time_s - known_s[after - 1]), np.abs(time_s - known_s[after % len(known_s)])))


def _box_at(candidate: Candidate, seen: Seen, time_s: float) -> FloatArray:
    """Return the box of a candidate in pixels of the view at a time, cut at the rim of the picture."""
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
    return crop(seen.album.picture(time_s), _box_at(candidate, seen, time_s), 0.1, PORTRAIT_PX)[0]


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
                inset, _ = crop(seen.album.picture(own_s), _box_at(candidate, seen, own_s), 0.1, 400)
        people.append(Drawn(label=str(i + 1), chosen=i == index, box=box, inset=inset))
    when = []
    for each in moments if not chosen.path.fills_picture else []:
        cut, _ = crop(seen.album.picture(each), _box_at(chosen, seen, each), 0.1, 400)
        when.append(Drawn(label=f"{each:.1f} s", chosen=True, box=None, inset=cut))
    return draw(seen.album.picture(time_s), people, when)
