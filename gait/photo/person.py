"""Who is in a photograph: everyone who can be found, and the largest of them is the one to measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gait.config import SubjectSettings
from gait.subject.boxes import area, expand, intersection, iou
from gait.subject.camera import CameraPose
from gait.subject.choose.choice import LEAST_SCORE
from gait.subject.choose.confirm import MIN_SCORE, Confirm, is_body_of
from gait.subject.detect.registry import open_detector
from gait.subject.detections import Detector, Sample
from gait.subject.followed import MARGIN
from gait.subject.track.album import crop
from gait.types import FloatArray, ImageArray, PersonSeen, SubjectTrack

LONGEST_PX = 960
"""Longer side of the picture that the detector looks at."""

CLOSE = 0.25
LOOK_PX = 480
SAME = 0.5
HEAD, SOLE = 0.13, 0.03
"""Top of the head above the nose, and sole below the lowest point of the foot, as shares of nose to ankle."""


@dataclass(frozen=True, kw_only=True)
class _Person:
    box: FloatArray
    score: float


def find_in_picture(
    rgb: ImageArray, settings: SubjectSettings, *, confirm: Confirm, device: str = "cpu"
) -> SubjectTrack:
    """Find the people in a photograph, and choose the largest.

    Parameters
    ----------
    rgb : uint8 (H, W, 3)
    settings : SubjectSettings
        Only the detector counts.
    confirm : callable
        Takes a small RGB picture and returns the person in it, or None.
    device : {"cuda", "mps", "cpu"}

    Returns
    -------
    SubjectTrack
        Of one frame, at time zero. The box is NaN, and the reason says so, if nobody was found.

    Raises
    ------
    UsageError, ModelUnavailableError, InputError
        As `open_detector`.
    """
    detector = open_detector(settings.detector, device)
    height, width = rgb.shape[:2]
    edges = np.array([0.0, 0.0, width, height])
    people = _recognised(rgb, _detected(detector, rgb), confirm)
    people.sort(key=lambda p: -area(np.clip(p.box, 0, edges[[2, 3, 2, 3]])))
    reason = "No person was found in the picture."
    if people:
        reason = "The only person found." if len(people) == 1 else f"The largest of {len(people)} people found."
    box, score = (expand(people[0].box, MARGIN), people[0].score) if people else (np.full(4, np.nan), 0.0)
    return SubjectTrack(
        time_s=np.zeros(1),
        frame=np.zeros(1, dtype=np.int64),
        box_px=box[None],
        score=np.array([score]),
        background_xy_px=np.zeros((1, 2)),
        reason=reason,
        people=tuple(_seen(i, person) for i, person in enumerate(people)),
        detector=detector.name,
    )


def _seen(i: int, person: _Person) -> PersonSeen:
    x1, y1, x2, y2 = (float(v) for v in person.box)
    return PersonSeen(
        number=i + 1,
        start_s=0.0,
        end_s=0.0,
        travel_body_heights=0.0,
        confidence=person.score,
        box_px=(x1, y1, x2, y2),
        picture_time_s=0.0,
        chosen=i == 0,
        note="The largest." if i == 0 else "Smaller in the picture.",
    )


def _detected(detector: Detector, rgb: ImageArray) -> list[_Person]:
    """Return whom the detector found, the surest first, in pixels of the picture."""
    import cv2

    height, width = rgb.shape[:2]
    scale = min(1.0, LONGEST_PX / max(width, height))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    sample = Sample(row=0, time_s=0.0, rgb=small, camera=CameraPose(matrix=np.eye(3), shift_px=np.zeros(2)))
    to_picture = np.array([width / size[0], height / size[1]] * 2)
    people = []
    for found in (*detector.push(sample, np.empty((0, 3))), *detector.flush()):
        for k in np.argsort(-found.score):
            people.append(_Person(box=found.box[k] * to_picture, score=float(found.score[k])))
    return people


def _recognised(rgb: ImageArray, found: list[_Person], confirm: Confirm) -> list[_Person]:
    """Return those in whom the pose model recognises a body, each once, with the box of that body."""
    people: list[_Person] = []
    for person in found:
        cut, (left, top, scale) = crop(rgb, person.box, CLOSE, LOOK_PX)
        seen = confirm(cut)
        if seen is None or seen.score < MIN_SCORE or not np.isfinite(seen.box_px).all():
            continue
        body = np.array(seen.box_px) * scale + np.array([left, top, left, top])
        if not is_body_of(body, person.box) or person.score < LEAST_SCORE:
            continue
        body[1] -= HEAD * max(seen.body_height_px, 0.0) * scale
        body[3] += SOLE * max(seen.body_height_px, 0.0) * scale
        if not any(_same(body, p.box) for p in people):
            people.append(_Person(box=body, score=seen.score))
    return people


def _same(a: FloatArray, b: FloatArray) -> bool:
    """Whether two boxes are of one person: alike, or one mostly within the other."""
    within = intersection(a, b) / min(area(a), area(b)) > 1.6 * SAME
    return bool(within or iou(a, b[None])[0] > SAME)
