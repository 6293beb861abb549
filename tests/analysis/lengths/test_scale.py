"""Metres from two points in the picture, on walks 7 m from a camera of known focal length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gait.analysis.analyze import analyze
from gait.config import AnalysisSettings, ScaleSettings
from gait.errors import UsageError
from gait.types import PoseSequence, Result

Walk = Callable[..., Any]
FOCAL_PX, AWAY_M, CAMERA_M = 1920.0, 7.0, 1.0
SPEED_M_S = 0.8 * 1.75 * 110 / 120
"""Two steps of 0.4 body heights, 1.75 m, 110 steps a minute."""


def in_picture(along_m: float, off_plane_deg: float = 0.0) -> tuple[float, float]:
    """Where a mark on the floor is seen, so many metres along the path from its middle."""
    turn = np.radians(off_plane_deg)
    away = AWAY_M - along_m * np.sin(turn)
    return 960 + FOCAL_PX * along_m * np.cos(turn) / away, 540 + FOCAL_PX * CAMERA_M / away


def marks(metres: float = 4.0, said_m: float | None = None, off_plane_deg: float = 0.0) -> tuple[float, ...]:
    """Two marks on the floor, on the path, so far apart; `said_m` is what the user types."""
    a, b = in_picture(-metres / 2, off_plane_deg), in_picture(metres / 2, off_plane_deg)
    return (*a, *b, metres if said_m is None else said_m)


def measured(poses: PoseSequence, known: tuple[float, ...], height_m: float | None = None) -> Result:
    scale = ScaleSettings(known_distance=known, height_m=height_m)  # type: ignore[arg-type]
    return analyze(poses, AnalysisSettings(scale=scale))


def cell(result: Result, measure: str) -> pd.Series:
    return result.measures.set_index(["measure", "side"]).loc[(measure, "both")]


def flag(result: Result, code: str) -> str:
    return " ".join(f.message for f in result.flags if f.code == code)


def half(row: pd.Series) -> float:
    return float(row["ci_high"] - row["ci_low"]) / 2


def test_marks_on_the_walkway_give_the_true_speed(walk: Walk) -> None:
    poses, _, _ = walk(duration_s=5.0)
    result = measured(poses, marks())
    speed = cell(result, "speed")
    assert speed["unit"] == "m/s"
    assert speed["ci_low"] < SPEED_M_S < speed["ci_high"]
    assert speed["value"] == pytest.approx(SPEED_M_S, rel=0.04)
    assert cell(result, "stride_length")["value"] == pytest.approx(1.40, rel=0.04)
    assert result.strides["stride_length_m"].mean() == pytest.approx(1.40, rel=0.04)
    assert "1.7" in flag(result, "scale")
    assert result.provenance.scale.source == "known distance"


def test_twice_the_metres_between_the_marks_are_twice_the_speed(walk: Walk) -> None:
    child = walk(duration_s=5.0)[0]
    one, two = (cell(measured(child, marks(said_m=m)), "speed")["value"] for m in (2.0, 4.0))
    assert two == pytest.approx(2 * one)


def test_marks_along_a_slanted_walk_are_shortened_like_the_walk(walk: Walk) -> None:
    """They hold at any slant; the body height, which is not shortened, is less sure then, and the marks are used."""
    poses, _, _ = walk(duration_s=5.0, off_plane_deg=25.0)
    speed = cell(measured(poses, marks(off_plane_deg=25.0)), "speed")
    assert speed["value"] == pytest.approx(SPEED_M_S, rel=0.05)
    both = measured(poses, marks(off_plane_deg=25.0), height_m=1.75)
    assert "from the known distance" in flag(both, "scale")


def test_an_upright_thing_of_known_height_serves_too(walk: Walk) -> None:
    poses, _, _ = walk(duration_s=5.0)
    per_m = FOCAL_PX / AWAY_M
    speed = cell(measured(poses, (1000.0, 800.0, 1000.0, 800.0 - 2.0 * per_m, 2.0)), "speed")
    assert speed["value"] == pytest.approx(SPEED_M_S, rel=0.04)


def test_marks_close_together_are_worth_less(walk: Walk) -> None:
    """Two pixels at each end are 0.3 % of 4 m, and 10 % of 10 cm."""
    poses, _, _ = walk(duration_s=5.0)
    far, near = (cell(measured(poses, marks(m)), "speed") for m in (4.0, 0.1))
    assert half(near) > 2 * half(far)


def test_body_height_and_marks_that_agree_are_said_to(walk: Walk) -> None:
    poses, _, by_height = walk(duration_s=5.0, height_m=1.75)
    result = measured(poses, marks(), height_m=1.75)
    assert "from the body height" in flag(result, "scale")
    assert "agrees" in flag(result, "scale")
    assert cell(result, "speed")["value"] == pytest.approx(cell(by_height, "speed")["value"])
    assert half(cell(result, "speed")) == pytest.approx(half(cell(by_height, "speed")))


def test_body_height_and_marks_that_contradict_each_other_are_a_warning(walk: Walk) -> None:
    """3 m typed for 4 m: one of the two is wrong, and the interval reaches from one to the other."""
    poses, _, _ = walk(duration_s=5.0)
    result = measured(poses, marks(said_m=3.0), height_m=1.75)
    assert "check both" in flag(result, "scales_differ")
    speed = cell(result, "speed")
    assert speed["ci_low"] < 0.75 * SPEED_M_S * 1.03
    assert speed["ci_low"] < SPEED_M_S < speed["ci_high"]


@pytest.mark.parametrize(
    ("filmed", "word"),
    [
        ({"panning": True}, "camera turns"),
        ({"direction": "toward", "distance_m": 9.0}, "toward or away"),
    ],
)
def test_where_two_points_hold_for_nothing_no_metres_come_from_them(
    walk: Walk, filmed: dict[str, Any], word: str
) -> None:
    poses, _, _ = walk(duration_s=6.0, **filmed)
    result = measured(poses, marks())
    assert word in flag(result, "scale_not_used")
    assert cell(result, "speed")["status"] == "withheld"
    assert (result.measures.loc[result.measures["unit"] == "m", "status"] == "withheld").all()
    assert result.strides["stride_length_m"].isna().all()


def test_a_panning_camera_leaves_the_body_height(walk: Walk) -> None:
    poses, _, _ = walk(duration_s=6.0, panning=True)
    result = measured(poses, marks(), height_m=1.75)
    assert "used instead" in flag(result, "scale_not_used")
    assert cell(result, "speed")["value"] == pytest.approx(SPEED_M_S, rel=0.06)


def test_with_keypoints_alone_a_camera_that_may_move_gives_no_metres(walk: Walk) -> None:
    poses, _, _ = walk(duration_s=6.0, panning=True)
    result = measured(replace(poses, background_xy_px=None), marks())
    assert cell(result, "speed")["status"] == "withheld"
    assert "camera" in flag(result, "scale_not_used")


def test_centimetres_typed_for_metres_are_noticed(walk: Walk) -> None:
    poses, _, _ = walk(duration_s=5.0)
    result = measured(poses, marks(0.4, said_m=40.0))
    assert "tall: check the two points" in cell(result, "speed")["reason"]


def test_a_point_outside_the_picture_is_an_error(walk: Walk) -> None:
    poses, _, _ = walk(duration_s=5.0)
    with pytest.raises(UsageError, match="outside the picture of 1920 x 1080"):
        measured(poses, (100.0, 900.0, 2500.0, 900.0, 4.0))
