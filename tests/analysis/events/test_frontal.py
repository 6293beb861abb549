"""Strikes of someone who walks toward a camera or away from it, on a figure whose feet land at known times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.frontal import Whole, film, score, seen_by_model, simulated, strides, walk
from benchmarks.scoring import NOTHING, Matches, match_events
from benchmarks.simulator import PATTERNS, Recording, simulate_walk
from gait.analysis.analyze import analyze
from gait.analysis.events.frontal import frontal_strikes
from gait.analysis.events.order import PossibleEvent
from gait.config import SignalSettings
from gait.signals.clean import clean_poses
from gait.skeleton import INDEX, KEYPOINTS, SIDES
from gait.types import Direction, FloatArray, Pass, PoseSequence

LEG_M = 0.85
NEAR = (2.5, 1.4)
"""Distance and height of a phone in the hand of somebody who walks behind, in metres."""
FAR = (9.0, 0.8)


@dataclass(frozen=True)
class Figure:
    """Two feet that take turns, in metres and seconds."""

    first_s: float = 0.4
    step_s: float = 0.55
    n_steps: int = 12
    step_m: float = 0.65
    lift_m: float = 0.16
    swing_s: float = 0.42

    @property
    def strikes(self) -> pd.DataFrame:
        """The left foot strikes first."""
        times = self.first_s + self.step_s * np.arange(self.n_steps)
        return pd.DataFrame({"time_s": times, "side": ["left", "right"] * (self.n_steps // 2), "kind": "strike"})

    def places(self, time_s: FloatArray) -> FloatArray:
        """Return the joints, (T, K, 3): each foot stands, lifts its heel as the other one lands, and swings ahead."""
        xyz = np.full((len(time_s), len(KEYPOINTS), 3), np.nan)
        steps_done = np.clip((time_s - self.first_s) / self.step_s + 0.5, -0.2, self.n_steps - 1)
        pelvis_x = self.step_m * (steps_done - 0.5)
        for side, y, own in (("left", 0.09, 0), ("right", -0.09, 1)):
            x = np.full(len(time_s), self.step_m * (own - 2.0))
            z = np.zeros(len(time_s))
            for step in range(own, self.n_steps, 2):
                to_strike_s = time_s - self.first_s - step * self.step_s
                u = np.clip(to_strike_s / self.swing_s + 1, 0, 1)
                x += 2 * self.step_m * u**2 * (3 - 2 * u)
                up = np.clip((to_strike_s / self.step_s + 1.05) / 0.85, 0, 1)
                z += self.lift_m * np.sin(np.pi * up) ** 2
            for point, ahead, above in (("heel", -0.05, 0.03), ("ankle", 0.0, 0.08), ("big_toe", 0.18, 0.02)):
                share = 0.4 if point == "big_toe" else 1.0
                xyz[:, INDEX[f"{side}_{point}"]] = np.stack([x + ahead, 0 * x + y, above + share * z], axis=1)
            hip = np.stack([pelvis_x, 0 * x + y, 0 * x + 0.08 + LEG_M], axis=1)
            xyz[:, INDEX[f"{side}_hip"]] = hip
            xyz[:, INDEX[f"{side}_knee"]] = (hip + xyz[:, INDEX[f"{side}_ankle"]]) / 2 + np.array([0.05, 0, 0])
            xyz[:, INDEX[f"{side}_shoulder"]] = hip + np.array([0, y, 0.5])
        return xyz


def filmed(
    figure: Figure,
    direction: Direction,
    where: tuple[float, float] = NEAR,
    *,
    follows: bool = True,
    duration_s: float = 7.5,
    noise_px: float = 2.0,
) -> PoseSequence:
    """Film a figure from the time 0 on."""
    time_s = np.arange(0, duration_s, 0.005)
    rng = np.random.default_rng(3)
    return film(time_s, figure.places(time_s), direction, follows, *where, noise_px, rng)


def found(
    poses: PoseSequence, direction: Direction, start_s: float = 0.0, end_s: float = np.inf
) -> list[PossibleEvent]:
    """Find the strikes of one pass."""
    stretch = Pass(
        number=1,
        start_s=start_s,
        end_s=min(end_s, float(poses.time_s[-1])),
        direction=direction,
        view="frontal",
        near_side=None,
    )
    return frontal_strikes(clean_poses(poses, SignalSettings()), stretch)


def compared(candidates: list[PossibleEvent], strikes: pd.DataFrame) -> Matches:
    """Pair what was found with what is true."""
    table = pd.DataFrame(
        [(c.time_s, c.side, c.kind, c.sd_s) for c in candidates], columns=["time_s", "side", "kind", "sd_s"]
    )
    return match_events(table, strikes, "strike", tolerance_s=0.12)


@pytest.mark.parametrize("where", [NEAR, FAR], ids=["near and looking down", "far and low"])
@pytest.mark.parametrize("follows", [True, False], ids=["following", "fixed"])
@pytest.mark.parametrize("direction", ["away", "toward"])
def test_every_foot_is_said_to_strike_when_it_does(
    direction: Direction, follows: bool, where: tuple[float, float]
) -> None:
    figure = Figure()

    matches = compared(found(filmed(figure, direction, where, follows=follows), direction), figure.strikes)

    assert len(matches.missed_s) <= 1
    assert len(matches.wrong_s) <= 1
    assert abs(np.mean(matches.error_s)) < 0.06
    assert np.std(matches.error_s) < 0.03


def test_slow_feet_that_hardly_leave_the_ground_strike_where_they_stand_farthest_apart() -> None:
    """Followed from behind by a phone: all that is seen is that a foot ahead stands higher in the picture."""
    figure = Figure(step_s=0.68, step_m=0.35, lift_m=0.02, swing_s=0.42, n_steps=10)

    matches = compared(found(filmed(figure, "away"), "away"), figure.strikes)

    assert len(matches.missed_s) <= 1
    assert len(matches.wrong_s) <= 1
    assert np.abs(matches.error_s).mean() < 0.06


def test_a_second_without_knees_and_ankles_costs_no_strike_elsewhere() -> None:
    figure = Figure()
    poses = filmed(figure, "away")
    hidden = (poses.time_s > 3.0) & (poses.time_s < 4.0)
    xy = poses.xy_px.copy()
    for side in ("left", "right"):
        for point in ("knee", "ankle", "heel", "big_toe"):
            xy[hidden, INDEX[f"{side}_{point}"]] = np.nan

    candidates = found(replace(poses, xy_px=xy), "away")

    strikes = figure.strikes
    elsewhere = strikes[~strikes["time_s"].between(2.5, 4.5)]
    near = strikes[strikes["time_s"].between(2.5, 4.5)]
    matches = match_events(
        pd.DataFrame([(c.time_s, c.side, c.kind, c.sd_s) for c in candidates], columns=[*strikes.columns, "sd_s"]),
        elsewhere,
        "strike",
        near,
    )
    assert len(matches.missed_s) <= 1
    assert len(matches.wrong_s) <= 1


def test_the_steps_before_and_after_a_pause_are_found_and_none_in_it() -> None:
    """Six steps, three seconds of standing, six steps: the camera follows from behind."""
    before = Figure(n_steps=6)
    time_s = np.arange(0, 12, 0.005)
    after = replace(before, first_s=7.4)
    xyz = before.places(time_s)
    later = time_s > 5.5
    way = before.places(np.array([5.5])) - after.places(np.array([5.5]))
    way[..., 1:] = 0
    feet = [k for k, name in enumerate(KEYPOINTS) if np.isfinite(way[0, k, 0])]
    shift = np.full(way.shape, np.nan)
    shift[:, feet] = way[:, feet]
    xyz[later] = after.places(time_s[later]) + shift
    poses = film(time_s, xyz, "away", True, *NEAR, 2.0, np.random.default_rng(3))

    candidates = found(poses, "away")

    assert not [c for c in candidates if 3.8 < c.time_s < 6.6]
    matches = compared(candidates, pd.concat([before.strikes, after.strikes]))
    assert len(matches.error_s) >= 9


def test_somebody_who_stands_takes_no_steps() -> None:
    standing = replace(Figure(), step_m=0.0, lift_m=0.0)
    assert found(filmed(standing, "away"), "away") == []


def test_nothing_is_found_without_legs_or_in_a_moment() -> None:
    poses = filmed(Figure(), "away")
    xy = poses.xy_px.copy()
    xy[:, [k for name, k in INDEX.items() if "knee" in name or "ankle" in name]] = np.nan

    assert found(replace(poses, xy_px=xy), "away") == []
    assert found(poses, "away", 20.0, 20.1) == []


def test_ankles_alone_will_do() -> None:
    figure = Figure()
    poses = filmed(figure, "away")
    xy = poses.xy_px.copy()
    xy[:, [k for name, k in INDEX.items() if "heel" in name or "toe" in name]] = np.nan

    matches = compared(found(replace(poses, xy_px=xy), "away"), figure.strikes)

    assert len(matches.missed_s) <= 1


def without(poses: PoseSequence, *points: str, start_s: float = 0.0, end_s: float = np.inf) -> PoseSequence:
    """Hide some points of both sides for a while."""
    xy = poses.xy_px.copy()
    hidden = (poses.time_s >= start_s) & (poses.time_s < end_s)
    for side in SIDES:
        for point in points:
            xy[hidden, INDEX[f"{side}_{point}"]] = np.nan
    return replace(poses, xy_px=xy, score=np.where(np.isfinite(xy).all(axis=2), poses.score, 0).astype(np.float32))


@pytest.mark.parametrize("direction", ["toward", "away"])
def test_knees_that_waver_do_not_cut_a_walk_that_is_seen_without_feet(direction: Direction) -> None:
    """A walker whose shoulders look narrow, and knees that are seen a little to the left, then to the right."""
    poses = filmed(Figure(), direction, FAR)
    xy = poses.xy_px.copy()
    wavers_px = 3 * np.sin(2 * np.pi * poses.time_s / 3)
    for side in SIDES:
        xy[:, INDEX[f"{side}_knee"], 0] += wavers_px
    middle = (xy[:, INDEX["left_shoulder"], 0] + xy[:, INDEX["right_shoulder"], 0]) / 2
    for side in SIDES:
        xy[:, INDEX[f"{side}_shoulder"], 0] = middle + 0.7 * (xy[:, INDEX[f"{side}_shoulder"], 0] - middle)
    ankles = without(replace(poses, xy_px=xy), "heel", "big_toe", "small_toe")

    passes = analyze(ankles).scene.passes

    assert len(passes) == 1
    assert passes[0].direction == direction
    assert passes[0].end_s - passes[0].start_s > 0.8 * poses.time_s[-1]


@pytest.mark.parametrize("hidden", [("knee",), ("hip", "knee"), ("knee", "ankle")], ids=" and ".join)
def test_a_second_without_some_joints_of_the_legs_costs_no_strike(hidden: tuple[str, ...]) -> None:
    """The other points of the feet are there all the time."""
    recording = Recording(duration_s=7.5, direction="toward", distance_m=8.0, width_px=1080, height_px=1920)
    poses, truth = simulate_walk(PATTERNS["usual"], recording, seed=0)
    strikes = truth.events[truth.events["kind"] == "strike"]

    result = analyze(without(poses, *hidden, start_s=3.0, end_s=4.0))

    assert len(result.scene.passes) == 1
    inside = strikes["time_s"].between(0.2, poses.time_s[-1] - 0.2)
    assert not match_events(result.events, strikes[inside], "strike").missed_s


def test_the_first_strike_of_a_recording_keeps_to_the_rhythm_of_the_others() -> None:
    """The camera starts anywhere in the stride; half a step is seen, by its ankles, and looks like many others."""
    rng = np.random.default_rng(2)
    measured = 0
    for _ in range(6):
        one = simulated("away", 60.0, rng)
        events = analyze(seen_by_model(one.poses, "pixels", feet=False, rng=rng)).events
        measured += len(events) > 1
        assert (np.diff(events["time_s"]) > 0.6 * np.diff(one.strikes["time_s"]).mean()).all()
    assert measured >= 5


def test_short_recordings_out_to_twelve_metres_give_the_cadence_with_feet_and_without() -> None:
    rng = np.random.default_rng(8)
    groups = {True: Whole(), False: Whole()}
    for k in range(10):
        one = simulated("toward" if k % 2 else "away", 60.0 if k % 4 < 2 else 30.0, rng)
        for feet, group in groups.items():
            group.add(one, seen_by_model(one.poses, "body" if k < 5 else "pixels", feet=feet, rng=rng))
    for group in groups.values():
        row = group.row()
        assert row["none"] == row["short passes"] == 0
        assert np.mean(np.abs(group.cadence)) < 0.8
        assert np.mean(np.abs(group.step_ms)) < 5
        assert max(np.abs(group.cadence)) < 3
        assert np.mean(group.held) >= 0.9
        assert np.mean(group.width) < 2.5


def test_strikes_of_feet_that_are_hardly_lifted_are_said_to_be_less_certain() -> None:
    """And so they are: all of them are late by some 70 ms."""
    recording = Recording(direction="toward", distance_m=8.0)
    usual, shuffling = (simulate_walk(PATTERNS[name], recording, seed=1) for name in ("usual", "shuffling"))

    surely, unsurely = (found(poses, "toward") for poses, _ in (usual, shuffling))

    assert np.median([c.sd_s for c in unsurely]) > 1.2 * np.median([c.sd_s for c in surely])
    matches = compared(unsurely, shuffling[1].events[shuffling[1].events["kind"] == "strike"])
    assert np.sqrt(np.mean((np.array(matches.error_s) / matches.sd_s) ** 2)) < 1.4


def test_what_looks_less_like_walking_is_said_to_be_less_certain() -> None:
    recording = Recording(direction="away", distance_m=6.0)
    sharp, blurred = (
        found(simulate_walk(PATTERNS["usual"], replace(recording, noise_px=noise_px), seed=1)[0], "away")
        for noise_px in (1.0, 20.0)
    )

    assert np.median([c.sd_s for c in blurred]) > 1.2 * np.median([c.sd_s for c in sharp])
    assert np.median([c.confidence for c in blurred]) < np.median([c.confidence for c in sharp]) - 0.05


def test_laboratory_walks_are_timed_alike_from_everywhere(shared_dir: Path) -> None:
    """From 2.5 to 12 m, half a metre to 1.4 m high, before and behind, still and following, with 3 px of noise."""
    rng = np.random.default_rng(5)
    places: tuple[tuple[Direction, bool, float, float], ...] = (
        ("away", True, 2.5, 1.4),
        ("away", False, 12.0, 0.5),
        ("toward", True, 4.0, 1.2),
        ("toward", False, 3.0, 1.0),
    )
    known = strides(shared_dir)
    for direction, follows, distance_m, height_m in places:
        total = NOTHING
        for stride in known:
            time_s, xyz, strikes = walk(stride, 6, rng)
            poses = film(time_s, xyz, direction, follows, distance_m, height_m, 3.0, rng)
            total += score(poses, strikes.assign(time_s=strikes["time_s"] - time_s[0]), direction)
        assert len(total.missed_s) <= 0.02 * total.n_true
        assert len(total.wrong_s) <= 0.03 * total.n_true
        assert abs(np.mean(total.error_s)) < 0.025
        assert np.std(total.error_s) < 0.025
        assert 0.3 < np.sqrt(np.mean((np.array(total.error_s) / total.sd_s) ** 2)) < 1.3
