"""Angles of people drawn by hand, and what they are worth from where they are seen."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from gait.photo.angles import read_photo
from gait.photo.types import Angle, PhotoReading
from gait.types import PoseSequence
from tests.analysis.figures import figure

# Facing the right of the picture; the right knee, which is near, is bent by a right angle, the left leg is straight.
FROM_THE_SIDE = {
    "left_ear": (212.0, 70.0),
    "right_ear": (208.0, 70.0),
    "left_shoulder": (205.0, 100.0),
    "right_shoulder": (195.0, 100.0),
    "left_elbow": (205.0, 150.0),
    "right_elbow": (195.0, 150.0),
    "left_wrist": (205.0, 190.0),
    "right_wrist": (235.0, 150.0),
    "left_hip": (203.0, 200.0),
    "right_hip": (197.0, 200.0),
    "left_knee": (203.0, 270.0),
    "right_knee": (197.0, 270.0),
    "left_ankle": (203.0, 340.0),
    "right_ankle": (127.0, 270.0),
    "left_heel": (198.0, 350.0),
    "left_big_toe": (236.0, 350.0),
    "right_heel": (120.0, 265.0),
    "right_big_toe": (122.0, 300.0),
}
# Facing the camera: the subject's left is at the right of the picture; the right shoulder is 10 px lower.
FROM_THE_FRONT = {
    "left_ear": (210.0, 70.0),
    "right_ear": (190.0, 70.0),
    "left_shoulder": (240.0, 100.0),
    "right_shoulder": (160.0, 110.0),
    "left_hip": (220.0, 200.0),
    "right_hip": (180.0, 200.0),
    "left_knee": (220.0, 270.0),
    "right_knee": (180.0, 270.0),
    "left_ankle": (220.0, 340.0),
    "right_ankle": (180.0, 340.0),
    "left_heel": (220.0, 345.0),
    "left_big_toe": (223.0, 352.0),
    "right_heel": (180.0, 345.0),
    "right_big_toe": (177.0, 352.0),
}


def read(points: dict[str, tuple[float, float]], **scores: float) -> PhotoReading:
    poses = figure(**points).poses
    score = poses.score.copy()
    for name, value in scores.items():
        score[0, poses.keypoints.index(name)] = value
    return read_photo(dataclasses.replace(poses, score=score))


def angle(readout: PhotoReading, name: str, side: str = "both") -> Angle:
    (found,) = [a for a in readout.angles if a.name == name and a.side == side]
    return found


def mirrored(points: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """The same person in a mirror: sides exchanged, and facing the other way."""
    swap = {"left": "right", "right": "left"}
    return {
        "_".join([swap[name.partition("_")[0]], name.partition("_")[2]]): (400 - x, y)
        for name, (x, y) in points.items()
    }


def test_a_knee_bent_by_a_right_angle_and_a_straight_one() -> None:
    readout = read(FROM_THE_SIDE)
    assert angle(readout, "knee_interior", "right").value_deg == pytest.approx(90)
    assert angle(readout, "knee_interior", "left").value_deg == pytest.approx(180)
    assert angle(readout, "knee_interior", "difference").value_deg == pytest.approx(90)
    assert angle(readout, "elbow_interior", "right").value_deg == pytest.approx(90)


def test_from_the_side_the_near_side_counts_the_far_one_less_and_tilts_not_at_all() -> None:
    readout = read(FROM_THE_SIDE)
    assert (readout.view, readout.facing, readout.near_side) == ("sagittal", "right", "right")
    assert angle(readout, "knee_interior", "right").status == "valid"
    assert angle(readout, "knee_interior", "left").status == "limited"
    assert angle(readout, "knee_interior", "difference").status == "limited"
    assert angle(readout, "trunk_lean").status == "valid"
    tilt = angle(readout, "shoulder_tilt")
    assert tilt.status == "not_meaningful"
    assert "side" in tilt.reason


def test_the_mirror_shows_the_same_person_facing_the_other_way() -> None:
    here, there = read(FROM_THE_SIDE), read(mirrored(FROM_THE_SIDE))
    assert (there.view, there.facing, there.near_side) == ("sagittal", "left", "left")
    for name in ("neck_flexion", "trunk_lean"):
        assert angle(there, name).value_deg == pytest.approx(angle(here, name).value_deg, abs=1e-4)
    assert angle(there, "knee_interior", "left").value_deg == pytest.approx(90)
    assert angle(here, "neck_flexion").value_deg > 5


def test_from_the_front_the_tilts_count_and_bending_does_not_show() -> None:
    readout = read(FROM_THE_FRONT)
    assert (readout.view, readout.facing, readout.near_side) == ("frontal", "toward", None)
    tilt = angle(readout, "shoulder_tilt")
    assert tilt.status == "valid"
    assert tilt.value_deg == pytest.approx(np.degrees(np.arctan2(10, 80)))
    assert angle(readout, "hip_tilt").value_deg == pytest.approx(0)
    for side in ("left", "right", "difference"):
        knee = angle(readout, "knee_interior", side)
        assert knee.status == "not_meaningful"
        assert "bending" in knee.reason


def test_a_person_half_turned_has_only_angles_to_be_read_with_care() -> None:
    turned = FROM_THE_SIDE | {"left_shoulder": (217.0, 100.0), "right_shoulder": (183.0, 100.0)}
    readout = read(turned)
    assert readout.view == "oblique"
    assert {a.status for a in readout.angles} == {"limited"}


@pytest.mark.parametrize(
    ("points", "scores"),
    [
        (FROM_THE_SIDE, {"right_ankle": 0.1}),
        (FROM_THE_SIDE | {"right_ankle": (127.0, 430.0)}, {}),
        ({name: at for name, at in FROM_THE_SIDE.items() if name != "right_ankle"}, {}),
    ],
    ids=["unsure", "guessed below the picture", "not found"],
)
def test_an_ankle_that_is_not_seen_leaves_its_knee_out_and_is_named(
    points: dict[str, tuple[float, float]], scores: dict[str, float]
) -> None:
    readout = read(points, **scores)
    for side in ("right", "difference"):
        knee = angle(readout, "knee_interior", side)
        assert knee.status == "missing"
        assert np.isnan(knee.value_deg)
        assert "right ankle" in knee.reason
    assert angle(readout, "knee_interior", "left").value_deg == pytest.approx(180)


def test_legs_alone_have_angles_but_no_view() -> None:
    legs = {name: at for name, at in FROM_THE_SIDE.items() if name.partition("_")[2] not in ("shoulder", "ear")}
    readout = read(legs)
    assert readout.view is None
    assert angle(readout, "knee_interior", "right").status == "limited"
    assert angle(readout, "trunk_lean").status == "missing"


def test_nothing_seen_is_nothing_measured() -> None:
    poses: PoseSequence = figure().poses
    assert {a.status for a in read_photo(poses).angles} == {"missing"}
