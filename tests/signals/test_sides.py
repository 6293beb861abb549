"""Legs that a model exchanges for stretches get their own names back, and never lose them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.simulator import Recording, simulate_walk

from gait.signals.clean import leg_length_px
from gait.signals.sides import SideAssignment, assign_sides
from gait.types import PoseSequence


def sides_of(poses: PoseSequence) -> SideAssignment:
    xy = poses.xy_px.astype(np.float64)
    return assign_sides(xy, poses.time_s, poses.keypoints, leg_length_px(xy, poses.keypoints))


def in_stretches(poses: PoseSequence, stretches: tuple[tuple[float, float], ...]) -> np.ndarray:
    return np.any([(poses.time_s >= a) & (poses.time_s < b) for a, b in stretches], axis=0)


STRETCHES = ((0.7, 0.9), (1.6, 2.2), (3.0, 3.1), (4.05, 4.5))


@pytest.mark.parametrize("noise_px", [0.0, 2.0, 5.0])
@pytest.mark.parametrize("direction", ["right", "left"])
def test_from_the_side_almost_every_frame_is_put_right(direction: str, noise_px: float) -> None:
    poses, _ = simulate_walk(
        recording=Recording(direction=direction, noise_px=noise_px, dropout=0.03, swaps_s=STRETCHES),  # type: ignore[arg-type]
        seed=4,
    )

    wrong = sides_of(poses).swapped != in_stretches(poses, STRETCHES)

    assert wrong.mean() < 0.01


@pytest.mark.parametrize("direction", ["right", "left", "toward", "away"])
def test_a_model_that_is_right_is_never_corrected(direction: str) -> None:
    for seed in range(3):
        poses, _ = simulate_walk(recording=Recording(direction=direction, noise_px=4.0, dropout=0.05), seed=seed)  # type: ignore[arg-type]

        assert not sides_of(poses).swapped.any()


def test_the_sides_survive_a_gap_of_the_far_leg_at_every_crossing() -> None:
    poses, _ = simulate_walk(recording=Recording(noise_px=2.0, swaps_s=((2.0, 2.5),)), seed=1)
    xy = poses.xy_px.copy()
    near, far = poses.point("right_ankle"), poses.point("left_ankle")
    hidden = np.linalg.norm(near - far, axis=1) < 25
    for name in ("left_knee", "left_ankle", "left_heel", "left_big_toe", "left_small_toe"):
        xy[hidden, poses.keypoints.index(name)] = np.nan

    wrong = sides_of(replace(poses, xy_px=xy)).swapped != in_stretches(poses, ((2.0, 2.5),))

    assert hidden.sum() > 10
    assert wrong[~hidden].mean() < 0.01


def test_where_both_legs_are_one_the_sides_are_said_to_be_uncertain() -> None:
    poses, _ = simulate_walk(recording=Recording(noise_px=2.0), seed=1)
    xy = poses.xy_px.copy()
    # Half of the walk is named one way, half the other, and at the change both legs are out of sight for a second.
    left = [i for i, name in enumerate(poses.keypoints) if name.startswith("left_")]
    right = [i for i, name in enumerate(poses.keypoints) if name.startswith("right_")]
    xy[100:, left], xy[100:, right] = poses.xy_px[100:, right], poses.xy_px[100:, left]
    xy[75:105] = np.nan

    sides = sides_of(replace(poses, xy_px=xy))

    frames = sum(int(((poses.time_s >= a) & (poses.time_s < b)).sum()) for a, b in sides.uncertain)
    assert frames > 0 or np.array_equal(sides.swapped[105:], np.ones(len(xy) - 105, dtype=bool))


def test_nobody_in_the_picture_is_nothing_to_exchange() -> None:
    poses, _ = simulate_walk(recording=Recording(duration_s=2.0))

    sides = sides_of(replace(poses, xy_px=np.full_like(poses.xy_px, np.nan)))

    assert not sides.swapped.any()
    assert sides.uncertain == ()
