"""What is drawn and written of angles that are known, less certain, meaningless or missing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from gait.photo.picture import annotated
from gait.photo.types import Angle, PhotoReading, Worth
from gait.photo.words import seen_in_words, table
from gait.report.colors import LEFT, RIGHT, rgb
from gait.skeleton import INDEX, KEYPOINTS
from gait.types import ImageArray, PoseSequence, Side

SANDY = (200, 180, 150)


def knee(side: Side, value: float, status: Worth = "valid", reason: str = "") -> Angle:
    return Angle(name="knee_interior", side=side, value_deg=value, status=status, reason=reason)


def difference(value: float, status: Worth, reason: str) -> Angle:
    return Angle(name="knee_interior", side="difference", value_deg=value, status=status, reason=reason)


def lean(value: float, status: Worth = "valid", reason: str = "") -> Angle:
    return Angle(name="trunk_lean", side="both", value_deg=value, status=status, reason=reason)


def from_the_side(*angles: Angle) -> PhotoReading:
    return PhotoReading(
        view="sagittal", view_reason="", facing="right", near_side="right", angles=angles, notes=("Angles are 2D.",)
    )


def legs() -> PoseSequence:
    """Both legs upright, the right one 100 px to the left of the left one, in a picture of 640 x 480."""
    xy = np.full((1, len(KEYPOINTS), 2), np.nan, np.float32)
    for side, x in (("right", 270.0), ("left", 370.0)):
        for joint, y in (("hip", 100.0), ("knee", 220.0), ("ankle", 340.0)):
            xy[0, INDEX[f"{side}_{joint}"]] = (x, y)
    return PoseSequence(
        time_s=np.zeros(1),
        frame=np.zeros(1, np.int64),
        xy_px=xy,
        score=np.isfinite(xy).all(axis=2).astype(np.float32),
        model="drawn",
        width_px=640,
        height_px=480,
    )


def sand() -> ImageArray:
    picture = np.empty((480, 640, 3), np.uint8)
    picture[:] = SANDY
    return picture


def near(picture: ImageArray, color: tuple[int, int, int]) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(picture.astype(int) - color).max(axis=2) < 30)


def test_each_leg_has_its_colour_and_the_rest_is_the_photograph() -> None:
    drawn = annotated(sand(), legs(), from_the_side(knee("left", 170.0), knee("right", 150.0)))
    scale = drawn.shape[1] / 640
    for side, x in ((RIGHT, 270), (LEFT, 370)):
        row, column = round(160 * scale), round(x * scale)
        assert near(drawn, rgb(side))[row, column]
    assert near(drawn, SANDY)[round(20 * scale) : round(60 * scale)].all()
    assert np.abs(drawn[10, 10].astype(int) - SANDY).max() <= 3


def test_the_angle_of_each_knee_stands_at_its_own_side_of_the_body() -> None:
    without = annotated(sand(), legs(), from_the_side())
    scale = without.shape[1] / 640
    band = slice(round(205 * scale), round(235 * scale))
    for side, columns in (("right", slice(0, round(250 * scale))), ("left", slice(round(390 * scale), None))):
        other = slice(round(390 * scale), None) if side == "right" else slice(0, round(250 * scale))
        drawn = annotated(sand(), legs(), from_the_side(knee("left" if side == "left" else "right", 150.0)))
        rows = slice(0, round(400 * scale))
        changed = np.abs(drawn[rows].astype(int) - without[rows]).max(axis=2) > 30
        assert changed[band, columns].any()
        assert not changed[band, other].any()


def test_an_angle_that_says_nothing_in_this_view_is_not_beside_the_joint() -> None:
    without = annotated(sand(), legs(), from_the_side())
    drawn = annotated(sand(), legs(), from_the_side(knee("right", 150.0, "not_meaningful", "seen from the front")))
    rows = min(len(without), len(drawn)) - 80
    assert np.array_equal(without[:rows], drawn[:rows])


@pytest.mark.parametrize("shape", [(60, 40), (3000, 4000), (481, 333)])
def test_pictures_of_any_size_are_drawn_on(shape: tuple[int, int]) -> None:
    rows, columns = shape
    poses = legs()
    place = (poses.xy_px * (columns / 640, rows / 480)).astype(np.float32)
    scaled = PoseSequence(
        time_s=poses.time_s, frame=poses.frame, xy_px=place, score=poses.score, model="drawn",
        width_px=columns, height_px=rows,
    )  # fmt: skip
    picture = np.full((rows, columns, 3), 90, np.uint8)
    drawn = annotated(picture, scaled, from_the_side(knee("right", 150.0), lean(3.0)), "The largest of 3 people found.")
    assert max(drawn.shape) <= 2700
    assert drawn.shape[0] / drawn.shape[1] > rows / columns
    assert near(drawn, rgb(LEFT)).any()


def test_the_table_marks_what_is_less_certain_meaningless_or_missing_and_says_why() -> None:
    text = table(
        from_the_side(
            knee("left", float("nan"), "missing", "not seen: left ankle"),
            knee("right", 134.84),
            difference(float("nan"), "missing", "not seen: left ankle"),
            lean(-4.2),
            Angle(name="hip_tilt", side="both", value_deg=5.6, status="not_meaningful", reason="seen from the side"),
        )
    )
    row = next(line for line in text.splitlines() if line.startswith("Knee"))
    assert row.split()[-3:] == ["n/a", "134.8°", "n/a"]
    assert "4.2° backward" in text
    assert "(5.6°)" in text
    assert "left knee: not seen: left ankle." in text
    assert "hip tilt: seen from the side." in text


def test_a_limited_angle_has_a_star_and_its_reason_once() -> None:
    why = "the person is seen at an angle"
    text = table(
        PhotoReading(
            view="oblique", view_reason="", facing="left", near_side=None, notes=(),
            angles=(knee("left", 160.0, "limited", why), knee("right", 150.0, "limited", why),
                    difference(10.0, "limited", why), lean(3.0, "limited", why)),
        )
    )  # fmt: skip
    assert "160.0°*" in text
    assert text.count(why) == 1
    assert f"knee, trunk lean: {why}." in text


def test_the_view_in_words() -> None:
    assert seen_in_words(from_the_side()) == "Seen from the side, facing right"
    behind = PhotoReading(view="frontal", view_reason="", facing="away", near_side=None, angles=(), notes=())
    assert seen_in_words(behind) == "Seen from behind"
