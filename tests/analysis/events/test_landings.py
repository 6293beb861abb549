"""Feet that come to rest in a turn, by the true joints of rendered walkers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from truth import sample_clip, true_poses

from benchmarks.scoring import NOTHING, match_events
from gait.analysis.events.landings import landings
from gait.signals.clean import CleanPoses, clean_poses
from gait.skeleton import KEYPOINTS


def true_joints(name: str) -> CleanPoses:
    return clean_poses(true_poses(name))


def true_strikes(name: str, start_s: float, end_s: float) -> pd.DataFrame:
    _, truth = sample_clip(name)
    events = pd.DataFrame([*truth["events"], *truth["unseen_events"]])
    return events[(events["kind"] == "strike") & events["time_s"].between(start_s, end_s)]


def test_in_turns_most_feet_that_land_are_found_and_none_that_does_not() -> None:
    """A foot that is hardly carried on, in the middle of a turn, may be missed."""
    total = NOTHING
    for name in ("mirror_room", "leaves_and_returns"):
        _, truth = sample_clip(name)
        for before, after in pairwise(truth["passes"]):
            start_s, end_s = before["end_s"], after["start_s"]
            found = pd.DataFrame([vars(c) for c in landings(true_joints(name), start_s, end_s)])
            true = true_strikes(name, start_s + 0.15, end_s - 0.15)
            spare = true_strikes(name, start_s - 0.3, end_s + 0.3).drop(true.index)
            total += match_events(found, true, "strike", spare)
    assert len(total.error_s) > 0.8 * total.n_true > 10
    assert total.wrong_s == ()
    assert np.abs(total.error_s).mean() < 0.05


def test_feet_that_stand_do_not_land() -> None:
    clean = true_joints("standing")
    assert landings(clean, 0.0, float(clean.poses.time_s[-1])) == []


def test_a_camera_that_turns_is_taken_off_by_its_background() -> None:
    clean = true_joints("mirror_room")
    moves = np.column_stack([300 * np.sin(clean.poses.time_s), np.zeros(len(clean.poses.time_s))])
    seen = replace(clean.poses, xy_px=clean.poses.xy_px + moves[:, None].astype(np.float32), background_xy_px=moves)

    turned = landings(replace(clean, poses=seen), 7.9, 10.4)

    still = landings(clean, 7.9, 10.4)
    assert [c.side for c in turned] == [c.side for c in still]
    assert [c.time_s for c in turned] == pytest.approx([c.time_s for c in still], abs=0.005)


def test_a_foot_that_comes_into_sight_in_the_middle_of_its_swing_lands() -> None:
    clean = true_joints("mirror_room")
    known = landings(clean, 7.9, 10.4)[1]
    xy = clean.poses.xy_px.copy()
    unseen = clean.poses.time_s < known.time_s - 0.25
    for name in ("ankle", "heel", "big_toe", "small_toe"):
        xy[unseen, KEYPOINTS.index(f"{known.side}_{name}")] = np.nan

    seen = landings(replace(clean, poses=replace(clean.poses, xy_px=xy)), 7.9, 10.4)

    assert min(abs(c.time_s - known.time_s) for c in seen if c.side == known.side) < 0.05
