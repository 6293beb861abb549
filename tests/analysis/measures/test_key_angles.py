"""The angles read off the gait cycle: at contact, and at their peaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gait.analysis.measures.cycles import stride_curves
from gait.analysis.measures.key_angles import key_angles
from gait.skeleton import SIDES
from gait.types import FloatArray

PERCENT = np.arange(101.0)


def drawn(*points: tuple[float, float]) -> FloatArray:
    """A curve over one cycle with straight lines from point to point: percent, degrees."""
    x, y = zip(*points, strict=True)
    return np.interp(PERCENT, x, y)[None]


HIP = drawn((0, 30), (52, -12), (85, 33), (100, 30))
KNEE = drawn((0, 4), (14, 19), (40, 3), (72, 62), (97, 1), (100, 4))
ANKLE = drawn((0, 1), (7, -6), (46, 11), (63, -19), (80, 3), (100, 1))


def test_each_angle_is_read_where_it_belongs() -> None:
    found = {name: float(value[0]) for name, value in key_angles(HIP, KNEE, ANKLE).items()}
    assert found == {
        "hip_terminal_stance": -12, "knee_contact": 4, "knee_loading": 19, "knee_swing": 62, "knee_swing_time": 72,
        "ankle_contact": 1, "ankle_dorsiflexion": 11, "ankle_push_off": -19,
    }  # fmt: skip


def test_a_foot_lifted_high_in_swing_is_not_taken_for_dorsiflexion_in_stance() -> None:
    lifted = drawn((0, 1), (7, -6), (46, 11), (63, -19), (80, 25), (100, 1))
    assert key_angles(HIP, KNEE, lifted)["ankle_dorsiflexion"] == pytest.approx(11)


def test_a_joint_that_was_not_seen_has_no_angle_and_leaves_the_others() -> None:
    found = key_angles(HIP, np.full_like(KNEE, np.nan), ANKLE)
    assert all(np.isnan(found[name]).all() == name.startswith("knee") for name in found)


@pytest.mark.parametrize("pattern", ["usual", "slow", "stiff knee"])
def test_the_intervals_hold_what_the_joints_did(walk: Callable[..., Any], pattern: str) -> None:
    _, truth, result = walk(pattern, duration_s=9.0)
    rows = result.measures.set_index(["measure", "side"])
    for side in SIDES:
        mine = result.strides[(result.strides["side"] == side) & result.strides["valid"]]
        joints = (stride_curves(truth.signals, mine, f"{side}_{joint}_deg") for joint in ("hip", "knee", "ankle"))
        for name, true in key_angles(*joints).items():
            row = rows.loc[(name, side)]
            assert row["ci_low"] < np.mean(true) < row["ci_high"], name
            assert row["n"] == len(mine)


def test_the_far_leg_is_less_certain_than_the_near_one(walk: Callable[..., Any]) -> None:
    _, _, result = walk(duration_s=9.0)
    (side,) = {walk.near_side for walk in result.scene.passes}
    far = "left" if side == "right" else "right"
    rows = result.measures.set_index(["measure", "side"]).loc["knee_swing"]
    width = rows["ci_high"] - rows["ci_low"]
    assert width[far] > width[side]


def test_what_needs_another_view_says_so(walk: Callable[..., Any]) -> None:
    for filmed in ({}, {"direction": "toward", "distance_m": 9.0}):
        _, _, result = walk(duration_s=6.0, **filmed)
        rows = result.measures.set_index("measure")
        for name in ("step_width", "foot_progression"):
            assert rows.loc[[name], "reason"].str.contains("needs another view").all()
        frontal = rows.loc[["knee_swing", "ankle_contact"]]
        assert (frontal["status"] == ("withheld" if filmed else "valid")).all()
