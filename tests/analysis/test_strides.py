"""Steps and strides from events that are known, and what makes one not count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gait.analysis.geometry import Body
from gait.analysis.lengths import Floor
from gait.analysis.readout import signals_table
from gait.analysis.scale import body_height_px
from gait.analysis.scene import describe_scene
from gait.analysis.strides import find_steps, find_strides
from gait.config import SignalSettings
from gait.signals.clean import clean_poses
from gait.types import PoseSequence


def from_true_events(
    poses: PoseSequence, events: pd.DataFrame, drop: tuple[str, str, float] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Steps and strides from the true events, less the one of a side and kind nearest to a time."""
    clean = clean_poses(poses, SignalSettings())
    scene = describe_scene(clean)
    events = events.assign(pass_number=1)
    if drop is not None:
        side, kind, time = drop
        mine = events[(events["side"] == side) & (events["kind"] == kind)]
        events = events.drop(index=(mine["time_s"] - time).abs().idxmin())
    body = Body(clean.poses)
    floor = Floor(body=body, height_px=body_height_px(body, scene), scene=scene)
    steps = find_steps(events, scene, floor, clean)
    signals = signals_table(clean, scene, events)
    return steps, find_strides(events, steps, signals, scene, clean)


def test_times_and_phases_follow_from_the_events_exactly(walk: Callable[..., Any]) -> None:
    poses, truth, _ = walk("hemiparetic", duration_s=8.0, ground="treadmill")
    steps, strides = from_true_events(poses, truth.events)
    assert strides["valid"].all()
    for side, stance in (("left", 72.0), ("right", 60.0)):
        mine = strides[strides["side"] == side]
        assert mine["stance_pct"].dropna().to_numpy() == pytest.approx(stance, abs=0.1)
        assert mine["swing_pct"].dropna().to_numpy() == pytest.approx(100 - stance, abs=0.1)
    whole = strides.dropna(subset=["double_support_pct"])
    np.testing.assert_allclose(
        whole["initial_double_support_pct"] + whole["terminal_double_support_pct"], whole["double_support_pct"]
    )
    np.testing.assert_allclose(
        whole["stance_pct"], whole["double_support_pct"] + whole["single_support_pct"], atol=1e-9
    )
    share = steps.groupby("side")["step_time_s"].mean()
    assert share["left"] / share.sum() == pytest.approx(0.44, abs=0.02)


def test_a_step_is_named_after_the_foot_that_lands(walk: Callable[..., Any]) -> None:
    poses, truth, _ = walk("hemiparetic", duration_s=8.0)
    steps, _ = from_true_events(poses, truth.events)
    true = truth.steps.set_index("time_s")
    for _, step in steps.iterrows():
        same = true.iloc[np.argmin(np.abs(true.index.to_numpy() - step["time_s"]))]
        assert step["side"] == same["side"]
        if np.isfinite(step["step_length_bh"]):
            assert step["step_length_bh"] == pytest.approx(same["step_length_bh"], abs=0.02)


def test_a_missing_strike_leaves_no_double_length_stride_behind(walk: Callable[..., Any]) -> None:
    poses, truth, _ = walk(duration_s=8.0)
    _, strides = from_true_events(poses, truth.events, drop=("left", "strike", 4.0))
    long = strides[strides["stride_time_s"] > 1.6]
    assert len(long) == 1
    assert not long["valid"].any()
    assert (long["reason"].str.len() > 10).all()
    across = strides[(strides["side"] == "right") & (strides["start_s"] < 4.0) & (strides["end_s"] > 4.0)]
    assert across["reason"].eq("The strike of the left foot was not found.").all()


def test_a_missing_off_takes_the_phases_but_not_the_stride(walk: Callable[..., Any]) -> None:
    poses, truth, _ = walk(duration_s=8.0)
    _, strides = from_true_events(poses, truth.events, drop=("left", "off", 4.0))
    without = strides[strides["stance_pct"].isna() & (strides["side"] == "left")]
    assert len(without) == 1
    assert without["valid"].all()
    assert without["stride_time_s"].notna().all()


def test_every_pass_numbers_its_own_strides_and_none_spans_a_turn(walk: Callable[..., Any]) -> None:
    _, _, result = walk(duration_s=11.5, steps_per_pass=7)
    for _, stride in result.strides.iterrows():
        inside = [p for p in result.scene.passes if p.start_s <= stride["start_s"] and stride["end_s"] <= p.end_s]
        assert [p.number for p in inside] == [stride["pass_number"]]
    assert result.strides.groupby("side")["number"].apply(list).map(lambda n: n == list(range(1, len(n) + 1))).all()
