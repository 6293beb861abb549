"""Legs that a model exchanges for stretches get their own names back, and never lose them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.simulator import Recording, Walker, simulate_walk
from gait.signals.clean import leg_length_px
from gait.signals.sides import SideAssignment, _Evidence, _meetings, _moved, _with_cheaper, assign_sides
from gait.types import PoseSequence


def sides_of(poses: PoseSequence) -> SideAssignment:
    xy = poses.xy_px.astype(np.float64)
    return assign_sides(xy, poses.time_s, poses.keypoints, leg_length_px(xy, poses.keypoints), poses.sd_px)


def in_stretches(poses: PoseSequence, stretches: tuple[tuple[float, float], ...]) -> np.ndarray:
    return np.any([(poses.time_s >= a) & (poses.time_s < b) for a, b in stretches], axis=0)


def legs_of(poses: PoseSequence) -> np.ndarray:
    points = [[poses.point(f"{side}_{p}") for side in ("left", "right")] for p in ("knee", "ankle", "heel", "big_toe")]
    return np.array(points).transpose(2, 1, 0, 3) / leg_length_px(poses.xy_px.astype(np.float64), poses.keypoints)


def evidence(legs: np.ndarray, poses: PoseSequence) -> _Evidence:
    """Return what legs are weighed by where nothing is known of how sure the model is."""
    trust, switch = np.full((2, len(legs)), [[8.0], [5.0]])
    return _Evidence(legs=legs, noise=np.full(legs.shape[:3], 0.04**2), time_s=poses.time_s, trust=trust, switch=switch)


STRETCHES = ((0.7, 0.9), (1.6, 2.2), (3.0, 3.1), (4.05, 4.5))


@pytest.mark.parametrize("noise_px", [0.0, 2.0, 5.0])
@pytest.mark.parametrize("direction", ["right", "left"])
def test_from_the_side_almost_every_frame_is_put_right(direction: str, noise_px: float) -> None:
    recording = Recording(direction=direction, noise_px=noise_px, dropout=0.03, swaps_s=STRETCHES)  # type: ignore[arg-type]
    poses, _ = simulate_walk(recording=recording, seed=4)

    wrong = sides_of(poses).swapped != in_stretches(poses, STRETCHES)

    assert wrong.mean() < 0.01


@pytest.mark.parametrize("direction", ["right", "left", "toward", "away"])
def test_a_model_that_is_right_is_never_corrected(direction: str) -> None:
    for seed in range(3):
        recording = Recording(direction=direction, noise_px=4.0, dropout=0.05)  # type: ignore[arg-type]
        poses, _ = simulate_walk(recording=recording, seed=seed)

        assert not sides_of(poses).swapped.any()


@pytest.mark.parametrize("seed", range(4))
def test_in_the_dark_legs_that_flicker_get_their_own_names_back(seed: int) -> None:
    """The model exchanges them in a third of the frames, a tenth of a second at a time, and says that it is unsure."""
    poses, _ = simulate_walk(recording=Recording(fps=25.0, noise_px=2.0), seed=seed)
    rng = np.random.default_rng(seed)
    exchanged = np.zeros(len(poses.time_s), dtype=bool)
    for row in range(1, len(exchanged)):
        exchanged[row] = rng.random() < (0.6 if exchanged[row - 1] else 0.2)
    xy, names = poses.xy_px.copy(), poses.keypoints
    sd_px = np.full(xy.shape[:2], 0.05 * leg_length_px(xy.astype(np.float64), names), dtype=np.float32)
    sd_px[exchanged] *= 3
    pairs = [(names.index(k), names.index(k.replace("left", "right"))) for k in names if k.startswith("left")]
    for left, right in pairs:
        xy[exchanged, left], xy[exchanged, right] = poses.xy_px[exchanged, right], poses.xy_px[exchanged, left]

    wrong = sides_of(replace(poses, xy_px=xy, sd_px=sd_px)).swapped != exchanged

    assert exchanged.mean() > 0.2
    assert wrong.mean() < 0.03


@pytest.mark.parametrize("start_s", [0.3, 0.4, 0.5])
def test_a_model_that_is_lost_for_a_moment_and_says_so_does_not_exchange_what_was_before(start_s: float) -> None:
    """Soon after somebody has come into sight, the points of each leg glide over to the other one for a fifth of a
    second, widely spread, and are back at their own leg after it."""
    poses, _ = simulate_walk(recording=Recording(noise_px=1.0), seed=2)
    leg_px = leg_length_px(poses.xy_px.astype(np.float64), poses.keypoints)
    sd_px = np.full(poses.xy_px.shape[:2], 0.03 * leg_px)
    lost = (poses.time_s >= start_s) & (poses.time_s < start_s + 0.2)
    sd_px[lost] = 0.25 * leg_px
    xy = poses.xy_px.copy()
    share = ((poses.time_s[lost] - start_s) / 0.2)[:, None]
    for point in ("hip", "knee", "ankle", "heel", "big_toe", "small_toe"):
        left, right = (poses.keypoints.index(f"{side}_{point}") for side in ("left", "right"))
        apart = poses.xy_px[lost, right] - poses.xy_px[lost, left]
        xy[lost, left] += share * apart
        xy[lost, right] -= share * apart

    assert not sides_of(replace(poses, xy_px=xy, sd_px=sd_px)).swapped[~lost].any()


def test_the_sides_survive_a_gap_of_the_far_leg_at_every_crossing() -> None:
    poses, _ = simulate_walk(recording=Recording(noise_px=2.0, swaps_s=((2.0, 2.5),)), seed=1)
    xy = poses.xy_px.copy()
    apart = np.abs(poses.point("right_knee") - poses.point("left_knee"))[:, 0]
    hidden = apart < 0.06 * leg_length_px(xy.astype(np.float64), poses.keypoints)
    for name in ("left_knee", "left_ankle", "left_heel", "left_big_toe", "left_small_toe"):
        xy[hidden, poses.keypoints.index(name)] = np.nan

    wrong = sides_of(replace(poses, xy_px=xy)).swapped != in_stretches(poses, ((2.0, 2.5),))

    assert hidden.sum() > 10
    assert wrong[~hidden].mean() < 0.01


def test_names_that_change_for_good_halfway_through_a_frontal_walk_leave_much_of_it_uncertain() -> None:
    # The legs are plainly two, so the change is seen; but nothing tells which half has the right names.
    poses, _ = simulate_walk(recording=Recording(direction="toward", noise_px=1.0, swaps_s=((3.0, 6.0),)), seed=1)

    sides = sides_of(poses)

    uncertain = in_stretches(poses, sides.uncertain)
    changes = np.flatnonzero(np.diff(sides.swapped.astype(int)))
    assert len(changes) == 1
    assert poses.time_s[changes[0]] == pytest.approx(3.0, abs=0.05)
    assert uncertain.mean() > 0.4


def test_an_exchange_put_one_meeting_of_the_legs_too_late_is_put_right() -> None:
    poses, _ = simulate_walk(Walker(cadence=75.0, step_length_bh=(0.27, 0.27)), Recording(noise_px=0.5, fps=60.0))
    legs = legs_of(poses)
    first, middle, last = (row for row in _meetings(legs) if 1.5 < poses.time_s[row] < 3.5)
    exchanged, too_late = (np.isin(np.arange(len(legs)), np.arange(a, b)) for a, b in ((first, middle), (middle, last)))
    legs[exchanged] = legs[exchanged, ::-1]

    found = _moved(too_late, evidence(legs, poses))

    assert (found != exchanged).sum() <= 2


def test_of_two_searches_each_gives_the_stretches_in_which_it_is_right() -> None:
    poses, _ = simulate_walk(recording=Recording(noise_px=1.0), seed=3)
    legs = legs_of(poses)
    told = evidence(legs, poses)
    one, other = (in_stretches(poses, stretches) for stretches in (((1.0, 1.3),), ((2.0, 2.3), (3.0, 3.2))))

    assert not _with_cheaper(other, one, told).any()
    assert not _with_cheaper(other, np.zeros(len(legs), dtype=bool), told).any()
    np.testing.assert_array_equal(told.backward.backward.switch[1:], told.switch[1:])


def test_nobody_in_the_picture_is_nothing_to_exchange() -> None:
    poses, _ = simulate_walk(recording=Recording(duration_s=2.0))

    sides = sides_of(replace(poses, xy_px=np.full_like(poses.xy_px, np.nan)))

    assert not sides.swapped.any()
    assert sides.uncertain == ()
