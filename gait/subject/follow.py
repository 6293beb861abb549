"""Find everyone in a clip, choose one, and say where that person is in every frame: one pass over the video."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import numpy as np

from gait.config import SubjectSettings
from gait.subject.album import Album, crop
from gait.subject.boxes import iou
from gait.subject.camera import CameraMotion
from gait.subject.choice import Candidate, choose, note, numbered, why
from gait.subject.confirm import Confirm, Lens, Looks, bodies, look
from gait.subject.detector import Detections, View, open_detector
from gait.subject.joining import join, merge
from gait.subject.manual import follow_box
from gait.subject.path import Path, Sighting
from gait.subject.picture import Drawn, draw
from gait.subject.tracking import Track, Tracker
from gait.subject.travel import measure
from gait.types import FloatArray, ImageArray, IntArray, PersonSeen, SubjectTrack, VideoInfo

DETECT_EVERY_S = 1 / 12
SMALL_SIDE = 480
MAX_CHECKED = 6
FIRST_LOOKS = 2
ALL_LOOKS = 6
MARGIN = 0.03
"""Added around the box on each side, as a share of its height."""


class Frame(Protocol):
    """One sampled frame."""

    @property
    def time_s(self) -> float: ...  # noqa: D102

    @property
    def index(self) -> int: ...  # noqa: D102

    @property
    def image(self) -> ImageArray: ...  # noqa: D102


class Clip(Protocol):
    """What is needed of a video."""

    @property
    def info(self) -> VideoInfo: ...  # noqa: D102

    def frames(self, *, size: tuple[int, int] | None = None, pixel_format: Any = "rgb24") -> Iterator[Frame]:
        """Yield the sampled frames."""
        ...


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """All that one pass over the video leaves behind."""

    time_s: FloatArray
    frame: IntArray
    shift: FloatArray
    known: np.ndarray[tuple[int], np.dtype[np.bool_]]
    tracks: list[Track]
    album: Album
    size: tuple[int, int]
    lens: Lens
    to_video: FloatArray
    """Pixels of the video per small pixel, x and y."""


def follow_subject(
    clip: Clip,
    settings: SubjectSettings,
    *,
    confirm: Confirm | None,
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
    """
    seen = _watch(clip, settings.detector, progress)
    whole_picture = settings.detector == "full-frame"
    candidates = _candidates(seen, None if whole_picture else confirm)
    if not any(c.is_person for c in candidates) and confirm is not None:
        candidates = _still_people(seen, confirm)
    candidates = numbered(candidates)
    box = None if settings.box is None else np.array(settings.box) / np.tile(seen.to_video, 2)
    index = choose(candidates, settings, box)
    if index is None and box is not None:
        candidates = [*candidates, _by_box(clip, seen, box)]
        index = len(candidates) - 1
    if index is None:
        return _subject_track(seen, [], None, "No person was found.", settings.detector)
    if confirm is not None and not whole_picture:
        candidates[index] = _looked_at(candidates[index], seen, confirm, ALL_LOOKS)
    reason = why(candidates, index, settings)
    return _subject_track(seen, candidates, index, reason, settings.detector)


def _watch(clip: Clip, detector_name: str, progress: Callable[[int], None] | None) -> _Seen:
    """Go through the video once."""
    import cv2

    detector, tracker, album, camera = open_detector(detector_name), Tracker(), Album(), CameraMotion()
    video = np.array([clip.info.width_px, clip.info.height_px])
    large, small = _sizes(video)
    times: list[float] = []
    index: list[int] = []
    shifts: list[FloatArray] = []
    known: list[bool] = []
    next_s = -np.inf

    def take(found: Iterator[Detections]) -> None:
        for detections in found:
            tracker.update(detections)
            album.refer(detections.view.time_s, tracker.live, tracker.finished)

    for frame in clip.frames(size=large, pixel_format="yuv420p"):
        due = frame.time_s >= next_s
        pose = camera.pose
        if due or not camera.is_still:
            luma, *chroma = _planes(frame.image)
            gray = cv2.resize(luma, small, interpolation=cv2.INTER_AREA) if large != small else luma
            pose = camera.update(gray)
        if due:
            # A frame that comes a little early still counts, or every second one might be skipped.
            next_s = frame.time_s + DETECT_EVERY_S - 0.005
            colour = [cv2.resize(plane, small, interpolation=cv2.INTER_LINEAR) for plane in chroma]
            album.offer(frame.time_s, frame.image)
            view = View(row=len(times), time_s=frame.time_s, planes=np.stack([gray, *colour]), camera=pose)
            take(detector.push(view))
        times.append(frame.time_s)
        index.append(frame.index)
        shifts.append(pose.shift_px)
        known.append(pose.known and pose.scene == 0)
        if progress is not None:
            progress(1)
    take(detector.flush())
    tracker.close()
    return _Seen(
        time_s=np.array(times, dtype=np.float64),
        frame=np.array(index, dtype=np.int64),
        shift=np.array(shifts).reshape(-1, 2),
        known=np.array(known, dtype=bool),
        tracks=tracker.finished,
        album=album,
        size=small,
        lens=Lens(scale=np.array(large) / np.array(small)),
        to_video=video / np.array(small),
    )


def _sizes(video: IntArray) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the sizes in which frames are read and looked at, with about the shape of the video.

    One is exactly twice the other: halving is by far the cheapest way to shrink a picture.
    """
    scale = SMALL_SIDE / float(video.max())
    width, height = (max(int(v * min(scale, 1.0) / 4 + 0.5) * 4, 16) for v in video)
    twice = 2 if scale < 0.75 else 1
    return (twice * width, twice * height), (width, height)


def _planes(yuv420p: ImageArray) -> tuple[ImageArray, ImageArray, ImageArray]:
    """Return brightness (H, W) and the two colour planes (H/2, W/2) of a picture (H * 3 / 2, W)."""
    height, width = yuv420p.shape[0] * 2 // 3, yuv420p.shape[1]
    colour = yuv420p[height:].reshape(2, height // 2, width // 2)
    return yuv420p[:height], colour[0], colour[1]


def _candidates(seen: _Seen, confirm: Confirm | None) -> list[Candidate]:
    """Return everyone seen, checked by a second look where that is possible."""
    found = []
    for track in join(seen.tracks, seen.size):
        path = Path(track, seen.size)
        found.append(Candidate(path=path, travel=measure(path), looks=Looks()))
    found.sort(key=lambda c: -(c.travel.body_heights + c.presence))
    if confirm is None:
        return found
    checked = [_looked_at(c, seen, confirm, FIRST_LOOKS) for c in found[:MAX_CHECKED]]
    return _without_doubles(checked, seen)


def _looked_at(candidate: Candidate, seen: _Seen, confirm: Confirm, most: int) -> Candidate:
    looks = look(candidate.path, seen.album, seen.lens, confirm, most=most, before=candidate.looks)
    path = Path(candidate.path.track, seen.size)
    path.refine(looks.sightings)
    return Candidate(path=path, travel=measure(path), looks=looks)


def _without_doubles(candidates: list[Candidate], seen: _Seen) -> list[Candidate]:
    """Merge candidates whose bodies turn out to be the same (one track had the legs, the other the arms)."""
    merged: list[Candidate] = []
    for candidate in candidates:
        same = next((k for k, other in enumerate(merged) if _same_body(candidate.path, other.path)), None)
        if same is None or not candidate.is_person:
            merged.append(candidate)
            continue
        other = merged[same]
        path = Path(merge(other.path.track, candidate.path.track), seen.size)
        looks = other.looks + candidate.looks
        path.refine(looks.sightings)
        merged[same] = Candidate(path=path, travel=measure(path), looks=looks)
    return merged


def _same_body(a: Path, b: Path) -> bool:
    common = a.time_s[(a.time_s >= b.time_s[0]) & (a.time_s <= b.time_s[-1])]
    if len(common) < 3:
        return False
    pairs = zip(a.boxes(common), b.boxes(common), strict=True)
    return bool(np.mean([iou(x, y[None])[0] for x, y in pairs]) > 0.5)


def _still_people(seen: _Seen, confirm: Confirm) -> list[Candidate]:
    """Look in whole pictures for somebody who hardly moves."""
    scenes = [t for t in seen.album.scenes if t in seen.album]
    times = [scenes[i] for i in np.unique(np.linspace(0, len(scenes) - 1, ALL_LOOKS).round().astype(int))]
    found = bodies(seen.album, times, seen.size, seen.lens, confirm)
    if len(found) < max(0.5 * len(times), 1):
        return []
    track = Track()
    sightings = []
    for time_s, box, score in found:
        shift = seen.shift[int(np.argmin(np.abs(seen.time_s - time_s)))]
        track.add(time_s, box, shift, whole=True)
        sightings.append(Sighting(time_s=time_s, box=box - np.tile(shift, 2), score=score))
    for end_s in (float(seen.time_s[0]), float(seen.time_s[-1])):
        # In view from the first to the last frame, as far as the looks can tell.
        near = 0 if abs(end_s - track.times[0]) < abs(end_s - track.times[-1]) else len(track.times) - 1
        if end_s not in track.times:
            track.times.insert(0 if near == 0 else len(track.times), end_s)
            for column in (track.boxes, track.shifts, track.whole):
                column.insert(0 if near == 0 else len(column), column[near])  # type: ignore[attr-defined]
    path = Path(track, seen.size)
    looks = Looks(times=tuple(times), sightings=tuple(sightings), n_nobody=len(times) - len(found))
    return [Candidate(path=path, travel=measure(path), looks=looks)]


def _by_box(clip: Clip, seen: _Seen, box: FloatArray) -> Candidate:
    """Follow what is in a box drawn by hand: the one case that needs the frames again."""
    track = follow_box(clip.frames(size=seen.size, pixel_format="gray"), box, seen.shift)
    path = Path(track, seen.size)
    return Candidate(path=path, travel=measure(path), looks=Looks())


def _subject_track(
    seen: _Seen, candidates: list[Candidate], index: int | None, reason: str, detector: str
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
                box_px=tuple(float(v) for v in _box_at(candidate, seen, time_s) * np.tile(seen.to_video, 2)),  # type: ignore[arg-type]
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


def _rows(candidate: Candidate, seen: _Seen) -> tuple[FloatArray, FloatArray]:
    """Return the box (T, 4) in pixels of the video and the score (T,) for every sampled frame."""
    path = candidate.path
    n = len(seen.time_s)
    box_px, score = np.full((n, 4), np.nan), np.zeros(n)
    slack = DETECT_EVERY_S
    rows = np.flatnonzero((seen.time_s >= path.time_s[0] - slack) & (seen.time_s <= path.time_s[-1] + slack))
    boxes = path.boxes(seen.time_s[rows]) + np.tile(seen.shift[rows], 2)
    margin = MARGIN * (boxes[:, 3] - boxes[:, 1])[:, None] * np.array([-1, -1, 1, 1])
    limits = np.tile(np.array(seen.size, dtype=np.float64), 2)
    boxes = np.clip(boxes + margin, 0.0, limits)
    visible = (boxes[:, 2] - boxes[:, 0] > 2) & (boxes[:, 3] - boxes[:, 1] > 2)
    rows, boxes = rows[visible], boxes[visible]
    box_px[rows] = boxes * np.tile(seen.to_video, 2)
    nearest = np.abs(seen.time_s[rows][:, None] - path.time_s[None]).min(axis=1)
    score[rows] = candidate.confidence * np.exp(-np.maximum(nearest - DETECT_EVERY_S, 0.0) / 0.5)
    return box_px, score


def _box_at(candidate: Candidate, seen: _Seen, time_s: float) -> FloatArray:
    """Return the box of a candidate in small pixels of the picture at a time."""
    shift = seen.shift[int(np.argmin(np.abs(seen.time_s - time_s)))]
    box = candidate.path.boxes(np.array([time_s]))[0] + np.tile(shift, 2)
    return np.clip(box, 0.0, np.tile(np.array(seen.size, dtype=np.float64), 2))


def _best_moment(candidate: Candidate, seen: _Seen) -> float:
    """Return the time of the kept picture that shows a candidate best."""
    shots = [t for t in candidate.path.track.shots if t in seen.album]
    if not shots:
        inside = [t for t in seen.album.scenes if candidate.start_s <= t <= candidate.end_s and t in seen.album]
        return inside[len(inside) // 2] if inside else candidate.start_s
    middle = (candidate.start_s + candidate.end_s) / 2
    sighted = {s.time_s for s in candidate.looks.sightings}
    return min(shots, key=lambda t: (t not in sighted, abs(t - middle)))


def _picture(seen: _Seen, candidates: list[Candidate], index: int | None) -> ImageArray | None:
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

    time_s = max(
        moments, key=lambda t: (sum(present(c, t) for c in candidates), t in sighted, -abs(t - middle))
    )
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
