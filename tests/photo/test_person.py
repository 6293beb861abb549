"""Who is measured in a photograph: frames of the rendered clips stand for photographs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from gait.config import SubjectSettings
from gait.photo.person import find_in_picture
from gait.subject.boxes import area, intersection
from gait.types import ImageArray, PersonCheck
from gait.video import open_video

BLAZEPOSE = SubjectSettings(detector="blazepose")
CheckPerson = Callable[[ImageArray], PersonCheck | None]
SampleClip = Callable[[str], tuple[Path, dict[str, Any]]]


def photograph(video: Path, row: int) -> ImageArray:
    return next(frame.image for k, frame in enumerate(open_video(video).frames()) if k == row)


@pytest.mark.parametrize("scale", [1.0, 2.0], ids=["", "twice as large"])
def test_of_two_people_the_larger_one_is_measured_and_both_are_told_of(
    check_person: CheckPerson, sample_clip: SampleClip, scale: float
) -> None:
    video, known = sample_clip("two_people")
    rgb = photograph(video, 75)
    rgb = np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale))
    track = find_in_picture(rgb, BLAZEPOSE, confirm=check_person)
    body = scale * np.array(known["other_people"][0]["box_px"][75])
    (box,) = track.box_px
    assert intersection(box, body) > 0.9 * area(body)
    assert intersection(box, body) > 0.5 * area(box)
    assert track.reason.startswith("The largest of ")
    assert [person.chosen for person in track.people][:2] == [True, False]
    walker = scale * np.array(known["box_px"][75])
    assert intersection(np.array(track.people[1].box_px), walker) > 0.7 * area(walker)


def test_the_only_person_is_called_so(check_person: CheckPerson, sample_clip: SampleClip) -> None:
    video, known = sample_clip("standing")
    track = find_in_picture(photograph(video, 0), BLAZEPOSE, confirm=check_person)
    body = np.array(known["box_px"][0])
    assert track.reason == "The only person found."
    # From joint to joint: of the arms, half is beyond.
    assert intersection(track.box_px[0], body) > 0.75 * area(body)
    assert track.box_px[0][1] < body[1]
    assert track.box_px[0][3] > body[3]
    assert track.time_s.tolist() == [0]


def test_in_an_empty_room_nobody_is_found(check_person: CheckPerson, sample_clip: SampleClip) -> None:
    track = find_in_picture(photograph(sample_clip("empty_room")[0], 0), BLAZEPOSE, confirm=check_person)
    assert np.isnan(track.box_px).all()
    assert track.reason == "No person was found in the picture."
    assert track.people == ()


def test_whom_the_pose_model_does_not_see_is_nobody(sample_clip: SampleClip, check_person: CheckPerson) -> None:
    track = find_in_picture(photograph(sample_clip("standing")[0], 0), BLAZEPOSE, confirm=lambda _: None)
    assert np.isnan(track.box_px).all()
    assert track.score.tolist() == [0]
