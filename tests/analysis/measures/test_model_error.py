"""A knee that the pose model bends too little, the far one more than the near one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gait.analysis.analyze import analyze
from gait.skeleton import INDEX, SIDES
from gait.types import PoseSequence, Result


def knee(result: Result, side: str) -> Any:
    return result.measures.set_index(["measure", "side"]).loc[("knee_rom", side)]


def with_stiff_far_knee(poses: PoseSequence, result: Result, share: float = 0.25) -> PoseSequence:
    """Return the same joints with the far knee of each pass drawn toward the line from hip to ankle."""
    xy = poses.xy_px.copy()
    for walk in result.scene.passes:
        far = "left" if walk.near_side == "right" else "right"
        during = (poses.time_s >= walk.start_s) & (poses.time_s < walk.end_s)
        hip, middle, ankle = (xy[during, INDEX[f"{far}_{name}"]] for name in ("hip", "knee", "ankle"))
        xy[during, INDEX[f"{far}_knee"]] += share * ((hip + ankle) / 2 - middle)
    return replace(poses, xy_px=xy)


def test_blazepose_far_knee_gets_back_what_it_lacks_and_is_said_to_be_the_far_one(walk: Callable[..., Any]) -> None:
    poses, _, plain = walk(direction="right", duration_s=8.0)
    seen = analyze(replace(poses, model="blazepose"))
    for side, added in (("right", 5.0), ("left", 10.0)):
        assert knee(seen, side)["value"] == pytest.approx(knee(plain, side)["value"] + added)
        # What is added is no more certain than that nothing is lacking.
        assert knee(seen, side)["ci_low"] < knee(plain, side)["value"] + 0.2 * added
    assert "far leg" in knee(seen, "left")["reason"]
    assert "far leg" not in knee(seen, "right")["reason"]
    assert "knee_range_corrected" in {flag.code for flag in seen.flags}
    assert "knee_range_corrected" not in {flag.code for flag in plain.flags}
    assert np.ptp(knee(seen, "left")[["ci_low", "ci_high"]]) > np.ptp(knee(seen, "right")[["ci_low", "ci_high"]])


def test_joints_of_a_laboratory_have_no_worse_far_knee(walk: Callable[..., Any]) -> None:
    _, _, plain = walk(direction="right", duration_s=8.0)
    widths = [float(np.ptp(knee(plain, side)[["ci_low", "ci_high"]])) for side in SIDES]
    assert widths[0] == pytest.approx(widths[1], rel=0.2)


def test_the_far_knee_of_another_model_from_video_is_less_certain(walk: Callable[..., Any]) -> None:
    poses, _, plain = walk(direction="right", duration_s=8.0)
    seen = analyze(replace(poses, model="sapiens2-0.4b"))
    assert knee(seen, "left")["value"] == pytest.approx(knee(plain, "left")["value"])
    wide = np.ptp(knee(seen, "left")[["ci_low", "ci_high"]])
    assert wide > 1.4 * np.ptp(knee(plain, "left")[["ci_low", "ci_high"]])


def test_who_walks_to_and_fro_has_each_knee_measured_where_it_is_near(walk: Callable[..., Any]) -> None:
    """In every pass the far knee is seen too straight; the ranges are those of the true joints all the same."""
    poses, _, plain = walk(direction="right", duration_s=16.0, steps_per_pass=8)
    assert plain.scene.far_side is None
    stiff = analyze(with_stiff_far_knee(poses, plain))
    for side in SIDES:
        assert knee(stiff, side)["value"] == pytest.approx(knee(plain, side)["value"], abs=1.0)
        assert knee(stiff, side)["n"] < (stiff.strides["side"] == side).sum()


def test_the_side_that_is_never_toward_the_camera_is_the_far_one(walk: Callable[..., Any]) -> None:
    assert walk(direction="right", duration_s=8.0)[2].scene.far_side == "left"
    assert walk(direction="toward")[2].scene.far_side is None
