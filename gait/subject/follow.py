"""Find everyone in a clip, choose one, and say where that person is in every frame: one pass over the video."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gait.config import SubjectSettings
from gait.frames import FramesInOrder
from gait.subject.choose.choice import Candidate, choose, numbered, why
from gait.subject.choose.confirm import Confirm, Looks, look
from gait.subject.choose.travel import measure
from gait.subject.detect.registry import FullFrame, open_detector
from gait.subject.followed import subject_track
from gait.subject.track.joining import Person, join
from gait.subject.track.manual import follow_box
from gait.subject.track.trajectory import Trajectory
from gait.subject.track.watch import Seen, watch
from gait.types import FloatArray, SubjectTrack

MOST_SEEN = 12
"""People who are told of; whoever else is in view has walked less."""

CAMERA_S, CAMERA_MOVES = 1.0, 0.02
"""So much of the width of the picture, or of the zoom, within such a time is more than the tremor of a hand."""

CENTRAL = 0.3
"""Of the width of the picture, to either side of its middle: where a camera keeps whom it follows."""


def follow_subject(
    clip: FramesInOrder,
    settings: SubjectSettings,
    *,
    confirm: Confirm | None,
    device: str = "cpu",
    progress: Callable[[int], None] | None = None,
) -> SubjectTrack:
    """Find everyone in the clip, choose one, and return where that person is in every sampled frame.

    Parameters
    ----------
    clip : FramesInOrder
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
        return subject_track(seen, people, None, "No person was found.", detector.name)
    return subject_track(seen, people, index, why(people, index, settings), detector.name)


def _candidate(person: Person, seen: Seen, camera_moves: FloatArray, confirm: Confirm | None) -> Candidate:
    path = Trajectory(person, seen.size)
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


def _followed_s(path: Trajectory, seen: Seen, camera_moves: FloatArray) -> float:
    """Return for how long a moving camera kept somebody in the middle of the picture, at the same size."""
    rows = np.flatnonzero(path.in_view(seen.time_s))
    if len(rows) < 2 or path.fills_picture:
        return 0.0
    hips, reach = path.place(seen.time_s[rows])
    off = np.abs(hips[:, 0] + seen.shift[rows, 0] - seen.size[0] / 2) / seen.size[0]
    kept = (off < CENTRAL) & (np.abs(np.log(reach / np.median(reach))) < 0.5) & (camera_moves[rows] > 0)
    return float(kept.mean()) * path.in_view_s


def _by_box(clip: FramesInOrder, seen: Seen, box: FloatArray) -> Candidate | None:
    """Follow what is in a box drawn by hand, if anything is: the one case that needs the frames again."""
    track = follow_box(clip.frames(size=seen.size, pixel_format="gray"), box, seen.shift)
    if not track.time_s:
        return None
    path = Trajectory(Person(track=track, stretches=((track.start_s, track.end_s),)), seen.size)
    return Candidate(path=path, travel=measure(path), looks=Looks())
