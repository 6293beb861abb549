"""Who is in a photograph: everyone who can be found, and the largest of them is the one to measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gait.config import SubjectSettings
from gait.subject.boxes import area, expand, intersection, iou
from gait.subject.camera import CameraPose
from gait.subject.confirm import CLOSE, MIN_SCORE, Confirm, Lens, check
from gait.subject.detector import Detector, View, open_detector
from gait.subject.follow import MARGIN
from gait.types import FloatArray, ImageArray, PersonSeen, SubjectTrack

LONGEST_PX = 960
"""Longer side of the small picture that the detector looks at."""
TILES = 3
"""The pose model finds one person in what it is shown, and misses small ones: it is also shown parts of the picture."""
TILE_ASPECT = 0.6
"""Width of a part over the height of the picture; at least half the width of the picture."""
SAME = 0.5

_WHOLE = Lens(scale=np.ones(2))


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
    name = detector.name
    height, width = rgb.shape[:2]
    edges = np.array([0.0, 0.0, width, height])
    people, reliable = _detected(detector, rgb)
    if not reliable:
        # A detector of motion knows little of one picture. The whole first: whoever fills it needs no other look.
        name = f"pose model on parts of the picture, {name}"
        people = _recognised(rgb, [edges, *_tiles(width, height), *(expand(p.box, CLOSE) for p in people)], confirm)
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
        detector=name,
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


def _tiles(width: int, height: int) -> list[FloatArray]:
    wide = max(0.5 * width, TILE_ASPECT * height)
    if wide >= width:
        return []
    return [np.array([x, 0.0, x + wide, height]) for x in np.linspace(0, width - wide, TILES)]


def _detected(detector: Detector, rgb: ImageArray) -> tuple[list[_Person], bool]:
    """Return whom the detector found, each once, in pixels of the picture, and whether it can be relied upon."""
    import cv2

    height, width = rgb.shape[:2]
    scale = min(1.0, LONGEST_PX / max(width, height))
    size = (max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2)))
    i420 = cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2YUV_I420)
    luma, chroma = i420[: size[1]], i420[size[1] :].reshape(2, size[1] // 2, size[0] // 2)
    planes = np.stack([luma, *(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in chroma)])
    view = View(row=0, time_s=0.0, planes=planes, camera=CameraPose(matrix=np.eye(3), shift_px=np.zeros(2)))
    to_picture = np.array([width / size[0], height / size[1]] * 2)
    found = [*detector.push(view), *detector.flush()]
    people: list[_Person] = []
    for one in found:
        for k in np.argsort(-one.scores):
            person = _Person(box=one.boxes[k] * to_picture, score=float(one.scores[k]))
            sure = person.score >= MIN_SCORE or not one.reliable
            if sure and not one.parts[k] and not any(_same(person.box, p.box) for p in people):
                people.append(person)
    return people, all(one.reliable for one in found)


def _recognised(rgb: ImageArray, looks: list[FloatArray], confirm: Confirm) -> list[_Person]:
    """Return everyone recognised in any of these parts of the picture, each once."""
    people: list[_Person] = []
    for region in looks:
        seen = check(rgb, region, _WHOLE, confirm, 0.0)
        if seen is None or seen[1] < MIN_SCORE or any(_same(seen[0], p.box) for p in people):
            continue
        # Closer: an edge of the part may have cut the body.
        closer = check(rgb, seen[0], _WHOLE, confirm, CLOSE)
        if closer is None or closer[1] < MIN_SCORE or not _same(closer[0], seen[0]):
            continue
        if not any(_same(closer[0], p.box) for p in people):
            people.append(_Person(box=closer[0], score=closer[1]))
    return people


def _same(a: FloatArray, b: FloatArray) -> bool:
    """Whether two boxes are of one person: alike, or one mostly within the other."""
    within = intersection(a, b) / min(area(a), area(b)) > 1.6 * SAME
    return bool(within or iou(a, b[None])[0] > SAME)
