"""The warnings that a reader needs, and silence where there is nothing to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gait.analysis.analyze import analyze
from gait.skeleton import INDEX, LEG
from gait.types import Result, Roll


def codes(result: Result) -> set[str]:
    return {flag.code for flag in result.flags}


def test_a_good_recording_raises_no_warning(walk: Callable[..., Any]) -> None:
    _, _, result = walk(duration_s=11.5, steps_per_pass=7, fps=60.0, noise_px=0.5)
    assert [flag.message for flag in result.flags if flag.level == "warning"] == []
    assert "near_far" not in codes(result)


def test_every_message_is_a_sentence(walk: Callable[..., Any]) -> None:
    for filmed in ({"off_plane_deg": 22.0}, {"ground": "treadmill"}, {"direction": "away", "distance_m": 9.0}):
        _, _, result = walk(duration_s=5.0, **filmed)
        for flag in result.flags:
            assert flag.message[0].isupper() or flag.message[0].isdigit()
            assert flag.message.endswith(".")


def test_few_steps_low_frame_rate_and_one_visible_direction_are_said(walk: Callable[..., Any]) -> None:
    _, _, result = walk(duration_s=3.2, fps=20.0)
    assert {"few_steps", "low_frame_rate", "near_far"} <= codes(result)


def test_a_slanted_walk_is_said_with_its_angle(walk: Callable[..., Any]) -> None:
    _, _, result = walk(duration_s=5.0, off_plane_deg=25.0)
    (flag,) = (flag for flag in result.flags if flag.code == "off_plane")
    assert flag.level == "warning"
    assert any(f"{degrees} degrees" in flag.message for degrees in range(20, 30))


def test_a_model_that_is_unsure_of_one_leg_is_said(walk: Callable[..., Any]) -> None:
    poses, _, _ = walk(duration_s=5.0)
    score = poses.score.copy()
    score[:, [INDEX[f"left_{joint}"] for joint in LEG]] = np.float32(0.4)
    (flag,) = (flag for flag in analyze(replace(poses, score=score)).flags if flag.code == "low_score")
    assert "left leg" in flag.message


def test_the_lean_of_the_trunk_is_less_certain_where_nothing_tells_how_the_camera_was_held(
    walk: Callable[..., Any],
) -> None:
    """The same walk, by a camera that was turned 3 degrees as its picture shows, and by one of which nobody knows."""
    poses, _, unknown = walk(duration_s=5.0, direction="left")
    told = analyze(replace(poses, roll=Roll(deg=3.0, fan_deg=0.0, sd_deg=0.5)))
    before, after = (r.measures[r.measures["measure"].str.startswith("trunk_lean")].iloc[0] for r in (unknown, told))
    # Walking to the left, forward is where the picture was not turned.
    assert after["value"] - before["value"] == pytest.approx(3.0, abs=0.1)
    half = [(row["ci_high"] - row["ci_low"]) / 2 for row in (before, after)]
    assert half[0] ** 2 - half[1] ** 2 == pytest.approx(1.96**2 * (2.0**2 - 0.5**2), rel=0.05)
    assert "roll_unknown" in codes(unknown)
    (flag,) = (flag for flag in told.flags if flag.code == "roll")
    assert "turned 3.0 degrees anticlockwise" in flag.message
