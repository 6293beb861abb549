"""Who is followed, in rendered clips whose truth is known and in real ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from renderer.hard_clips import HARD
from subject.walking_figures import overlap
from truth import true_keypoints

from gait.subject.boxes import area, intersection
from gait.types import FloatArray, SubjectTrack

Sample = Callable[[str], tuple[SubjectTrack, dict[str, Any]]]
Bools = npt.NDArray[np.bool_]

CROP = 0.125
"""The pose model is given the box and this much of its height on each side."""


def boxes(known: list[Any]) -> FloatArray:
    """(T, 4), NaN where there is none."""
    return np.array([[np.nan] * 4 if box is None else box for box in known], dtype=np.float64)


def has_box(track: SubjectTrack) -> Bools:
    return np.asarray(np.isfinite(track.box_px).all(axis=1))


def hidden(track: SubjectTrack) -> Bools:
    """Where somebody nearer is said to be in front."""
    inside = [(track.time_s >= a) & (track.time_s <= b) for a, b in track.hidden]
    return np.asarray(np.any([np.zeros(len(track.time_s), dtype=bool), *inside], axis=0))


def runs(condition: Bools) -> int:
    """How many uninterrupted runs of True there are."""
    return int((np.diff(np.concatenate([[False], condition]).astype(int)) > 0).sum())


def covered(body: FloatArray, others: list[FloatArray]) -> FloatArray:
    """The largest share of a body's box that another's box lies upon, (T,)."""
    return np.array(
        [
            max([intersection(b, o[t]) / area(b) for o in others if np.isfinite(o[t]).all()], default=0.0)
            if np.isfinite(b).all()
            else np.nan
            for t, b in enumerate(body)
        ]
    )


def held(track: SubjectTrack, body: FloatArray, rows: Bools) -> FloatArray:
    """The share of the true body that is within the crop of the pose model, (N,)."""
    grown = track.box_px + CROP * (track.box_px[:, 3] - track.box_px[:, 1])[:, None] * np.array([-1, -1, 1, 1])
    return np.array([overlap(grown[row], body[row]) for row in np.flatnonzero(rows)])


def true_hips(name: str) -> FloatArray:
    points = true_keypoints(name)
    return np.array([(points[f"left_hip_{axis}"] + points[f"right_hip_{axis}"]) / 2 for axis in "xy"]).T


def off_hips(track: SubjectTrack, name: str) -> FloatArray:
    """How far the middle of the box is from the true hips, in half heights of the box, (T,)."""
    hips = true_hips(name)
    middle = (track.box_px[:, :2] + track.box_px[:, 2:]) / 2
    return np.asarray(np.linalg.norm(middle - hips, axis=1) / (track.box_px[:, 3] - track.box_px[:, 1]) * 2)


def one_chosen(track: SubjectTrack) -> Any:
    (chosen,) = [person for person in track.people if person.chosen]
    assert chosen.note == track.reason
    return chosen


def test_who_walks_through_behind_a_larger_person_is_followed_while_to_be_seen(followed_sample: Sample) -> None:
    track, known = followed_sample("two_people")
    body, other = boxes(known["box_px"]), boxes(known["other_people"][0]["box_px"])
    free = np.array(known["whole"]) & (covered(body, [other]) < 0.1)
    assert free.sum() > 90
    assert has_box(track)[free].all()
    assert held(track, body, free).min() > 0.93
    assert off_hips(track, "two_people")[free].max() < 0.2
    assert "from left to right" in one_chosen(track).note
    assert any("Stays in place" in person.note for person in track.people if not person.chosen)


def test_behind_the_larger_person_the_walker_is_said_to_be_hidden(followed_sample: Sample) -> None:
    track, known = followed_sample("two_people")
    share = covered(boxes(known["box_px"]), [boxes(known["other_people"][0]["box_px"])])
    assert not (hidden(track) & (share < 0.05)).any()
    assert not (has_box(track) & (share > 0.6)).any(), "a pose model would find the other one there"


def test_who_walks_beside_a_carried_phone_is_followed_in_every_frame(followed_sample: Sample) -> None:
    track, known = followed_sample("phone")
    everywhere = np.array(known["whole"], dtype=bool)
    assert everywhere.all()
    assert has_box(track).all()
    assert held(track, boxes(known["box_px"]), everywhere).min() > 0.95
    assert off_hips(track, "phone").max() < 0.2
    assert "from left to right" in one_chosen(track).note


def test_one_man_is_followed_though_a_mirror_shows_him_and_a_sofa_hides_his_feet(followed_sample: Sample) -> None:
    """He turns twice; the reflection walks beside him; the coat stand is about as tall as he."""
    track, known = followed_sample("mirror_room")
    body = boxes(known["box_px"])
    there = (track.time_s > 0.5) & (track.time_s < 12.5)
    assert has_box(track)[there].all()
    assert off_hips(track, "mirror_room")[there].max() < 0.3, "never the reflection"
    assert held(track, body, there & np.array(known["whole"])).min() > 0.9
    chosen = one_chosen(track)
    assert chosen.start_s < 0.8
    assert chosen.end_s > 12.3
    way = np.abs(np.diff(true_hips("mirror_room")[there, 0])).sum()
    tall = np.nanmedian((body[:, 3] - body[:, 1])[np.array(known["whole"])])
    assert chosen.travel_body_heights == pytest.approx(way / tall, rel=0.2)


def test_the_reflection_is_not_told_of_as_somebody_who_walks_all_the_time(followed_sample: Sample) -> None:
    track, _ = followed_sample("mirror_room")
    assert all(person.travel_body_heights < 2 for person in track.people if not person.chosen)


def test_somebody_who_leaves_and_returns_is_one_person_in_three_stretches(followed_sample: Sample) -> None:
    track, known = followed_sample("leaves_and_returns")
    body = boxes(known["box_px"])
    whole = np.array(known["whole"], dtype=bool)
    assert has_box(track)[whole].all()
    assert held(track, body, whole).min() > 0.93
    seen = np.isfinite(body[:, 0])
    assert (off_hips(track, "leaves_and_returns")[seen & has_box(track)] < 0.7).all(), "never the other"
    assert off_hips(track, "leaves_and_returns")[whole].max() < 0.25
    chosen = one_chosen(track)
    assert chosen.start_s < 0.3
    assert chosen.end_s > track.time_s[-1] - 0.3
    assert len([p for p in track.people if not p.chosen and p.travel_body_heights > 1]) == 1


def test_while_somebody_is_out_of_the_picture_there_is_no_box(followed_sample: Sample) -> None:
    """But for six tenths of a second after leaving and before coming back."""
    track, known = followed_sample("leaves_and_returns")
    visible = track.time_s[np.isfinite(boxes(known["box_px"])[:, 0])]
    away = np.abs(track.time_s[:, None] - visible).min(axis=1) > 0.6
    assert away.sum() > 45
    assert not (has_box(track) & away).any()
    assert runs(has_box(track) | hidden(track)) == 3


def test_the_same_woman_is_followed_through_a_shop_while_others_cross(followed_sample: Sample) -> None:
    """From behind, at one distance: of her walk nothing shows but the camera's. One person crosses in front of her."""
    track, known = followed_sample("shop_from_behind")
    assert (has_box(track) | hidden(track)).all()
    others = [boxes(other["box_px"]) for other in known["other_people"]]
    crossing = track.time_s[covered(boxes(known["box_px"]), others) > 0.02]
    assert runs(hidden(track)) == 1
    assert np.abs(track.time_s[hidden(track), None] - crossing).min(axis=1).max() < 0.4
    seen = has_box(track)
    assert np.mean(seen) > 0.85
    assert np.percentile(off_hips(track, "shop_from_behind")[seen], 98) < 0.2
    assert off_hips(track, "shop_from_behind")[seen].max() < 0.5
    assert one_chosen(track).note.startswith("The camera goes along with this person, in view 0.0–")


def test_a_camera_that_goes_along_by_itself_does_not_tell_how_far_somebody_has_come(followed_sample: Sample) -> None:
    """The background grows, rather than moves: after a while its shift is unknown."""
    track, _ = followed_sample("shop_from_behind")
    assert np.isnan(track.background_xy_px[-1]).all()


def test_who_is_kept_in_the_middle_by_a_camera_that_turns_is_followed_in_every_frame(followed_sample: Sample) -> None:
    track, known = followed_sample("pan_watermark")
    assert has_box(track).all()
    assert off_hips(track, "pan_watermark").max() < 0.15
    assert held(track, boxes(known["box_px"]), np.array(known["whole"])).min() > 0.95
    chosen = one_chosen(track)
    way = known["speed_m_s"] * known["time_s"][-1] / known["body_height_m"]
    assert chosen.travel_body_heights == pytest.approx(way, rel=0.15)
    assert "from left to right" in chosen.note


def test_an_emblem_upon_the_picture_does_not_hide_how_far_the_camera_turns(followed_sample: Sample) -> None:
    track, known = followed_sample("pan_watermark")
    camera = HARD["pan_watermark"]().camera
    at = [camera(t) for t in known["time_s"]]
    # What is straight ahead in one frame, in the next one: a camera that turns sees near and far move alike.
    steps = [after.project(np.array([before.target]))[0][0] for before, after in pairwise(at)]
    shift = np.cumsum(np.array(steps) - [known["width"] / 2, known["height"] / 2], axis=0)
    assert shift[-1, 0] < -1200
    # Away from the middle a turn moves the picture by a little more.
    assert track.background_xy_px[-1, 0] == pytest.approx(shift[-1, 0], rel=0.05)
    assert np.abs(track.background_xy_px[1:, 0] - shift[:, 0]).max() < 0.05 * abs(shift[-1, 0])
    assert np.abs(track.background_xy_px[1:, 1] - shift[:, 1]).max() < 20


def test_an_empty_room_has_nobody(followed_sample: Sample) -> None:
    track, _ = followed_sample("empty_room")
    assert not has_box(track).any()
    assert (track.score == 0).all()
    assert track.reason == "No person was found."
    assert not any(person.chosen for person in track.people)
    assert track.picture is None


def test_the_picture_shows_everyone_and_the_followed_person_at_several_times(followed_sample: Sample) -> None:
    track, known = followed_sample("two_people")
    assert track.picture is not None
    assert track.picture.dtype == np.uint8
    height, width = track.picture.shape[:2]
    assert width == 960
    assert height > 960 * known["height"] / known["width"], "a strip lies below it"


Real = Callable[[Path], SubjectTrack]


def test_the_patient_on_the_street_is_followed_with_a_look_by_the_pose_model(shared_dir: Path, followed: Real) -> None:
    """She walks from right to left; a man jumps on a ledge above her, turns a somersault down, and runs off."""
    track = followed(shared_dir / "videos" / "street_walk.mp4")
    in_view = has_box(track)
    assert in_view[(track.time_s > 1.7) & (track.time_s < 6.2)].all()
    assert not in_view[(track.time_s < 1.0) | (track.time_s > 7.0)].any()
    # Where her nose and ankles are, read off the pictures by eye.
    for time_s, nose, ankles in (
        (2.0, (1385, 585), (1405, 910)),
        (4.0, (803, 550), (842, 888)),
        (5.67, (299, 555), (310, 905)),
    ):
        x1, y1, x2, y2 = track.box_px[np.argmin(np.abs(track.time_s - time_s))]
        for x, y in (nose, ankles):
            assert x1 < x < x2
            assert y1 < y < y2
    assert "from right to left" in track.reason
    assert len(track.people) >= 2


WOMAN = {
    0.0: ((247, 313), 129, 470),
    3.0: ((264, 302), 136, 422),
    6.667: ((246, 313), 140, 438),
    11.0: ((248, 367), 208, 498),
    13.8: ((241, 345), 195, 486),
    18.4: ((243, 323), 200, 448),
    20.667: ((232, 247), 120, 353),
    23.333: ((399, 328), 182, 464),
}
"""Her hips, the top of her head and her heels, read off the pictures by eye, in pixels of the smaller file."""


@pytest.mark.parametrize(
    ("name", "scale"), [("woman_from_behind", 1.0), ("woman_from_behind_other_file", 720 / 542)], ids=["", "paler"]
)
def test_the_woman_in_the_shop_is_followed_from_the_first_frame_to_the_last(
    shared_dir: Path, followed: Real, name: str, scale: float
) -> None:
    """A phone follows her, seen from behind; she stands for ten seconds; others cross the picture."""
    track = followed(shared_dir / "videos" / f"{name}.mp4")
    assert len(track.time_s) == 706
    assert (has_box(track) | hidden(track)).all()
    assert has_box(track).mean() > 0.97
    for time_s, (hips, head, heels) in WOMAN.items():
        box = track.box_px[np.argmin(np.abs(track.time_s - time_s))] / scale
        tall = box[3] - box[1]
        assert (box[:2] < hips).all()
        assert (hips < box[2:]).all()
        assert np.abs((box[:2] + box[2:]) / 2 - hips).max() < 0.12 * tall
        assert box[1] - CROP * tall < head
        assert heels < box[3] + CROP * tall
        assert 1.0 < tall / (heels - head) < 1.3
    assert one_chosen(track).note.startswith("The camera goes along with this person")


def test_of_a_man_whose_legs_are_never_seen_it_is_said_that_nobody_was_recognised(
    shared_dir: Path, followed: Real
) -> None:
    """He looks into a microscope for twenty seconds."""
    track = followed(shared_dir / "videos" / "man_at_microscope.mp4")
    assert track.reason.startswith("Nobody was recognised from head to foot; this may be a person, in view 0.0–")
    chosen = one_chosen(track)
    assert chosen.travel_body_heights < 0.5
    assert chosen.confidence < 0.5
    # His back fills the middle of the picture, 640 wide.
    middle = (track.box_px[:, 0] + track.box_px[:, 2]) / 2
    assert np.nanmax(np.abs(middle - 380)) < 120
