"""What cleaning does to a simulated walk whose every point is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.simulator import Recording, simulate_walk
from gait.config import SignalSettings
from gait.signals.clean import clean_poses, leg_length_px
from gait.skeleton import INDEX, LEG
from gait.types import PoseSequence

SETTINGS = SignalSettings()


@pytest.fixture(scope="module")
def exact() -> PoseSequence:
    """A walk to the right in 30 frames per second, without noise."""
    return simulate_walk(recording=Recording(noise_px=0.0, duration_s=4.0), seed=2)[0]


def spoiled(poses: PoseSequence, xy_px: np.ndarray, score: np.ndarray | None = None) -> PoseSequence:
    return replace(
        poses,
        xy_px=xy_px.astype(np.float32),
        score=(poses.score if score is None else score).astype(np.float32),
    )


def exchanged(poses: PoseSequence, rows: slice) -> PoseSequence:
    left, right = ([INDEX[f"{side}_{joint}"] for joint in LEG] for side in ("left", "right"))
    xy = poses.xy_px.copy()
    xy[rows, left], xy[rows, right] = poses.xy_px[rows, right], poses.xy_px[rows, left]
    return spoiled(poses, xy)


def test_a_walk_without_flaws_comes_through_as_it_was(exact: PoseSequence) -> None:
    clean = clean_poses(exact, SETTINGS)

    off_px = np.linalg.norm(clean.poses.xy_px - exact.xy_px, axis=2)
    assert np.nanpercentile(off_px, 99) < 0.01 * leg_length_px(exact.xy_px.astype(float), exact.keypoints)
    assert np.array_equal(clean.poses.time_s, exact.time_s)
    assert not clean.swapped.any()
    assert clean.uncertain_sides == ()
    assert clean.flags == ()


def test_noise_is_halved(exact: PoseSequence) -> None:
    noise = np.random.default_rng(0).normal(0, 3, exact.xy_px.shape)

    clean = clean_poses(spoiled(exact, exact.xy_px + noise), SETTINGS)

    assert np.nanstd(clean.poses.xy_px - exact.xy_px) < 0.75 * 3


def test_a_jump_and_a_doubtful_point_are_replaced_by_their_path(exact: PoseSequence) -> None:
    xy, score = exact.xy_px.copy(), exact.score.copy()
    xy[30, INDEX["left_knee"]] += 80
    xy[60, INDEX["right_knee"]] -= 200
    score[60, INDEX["right_knee"]] = 0.1

    clean = clean_poses(spoiled(exact, xy, score), SETTINGS)

    for row, name in ((30, "left_knee"), (60, "right_knee")):
        assert clean.unfiltered.xy_px[row, INDEX[name]] == pytest.approx(exact.xy_px[row, INDEX[name]], abs=3)
        assert not clean.measured[row, INDEX[name]]


def test_a_leg_out_of_sight_for_half_a_second_is_a_gap_that_is_listed(exact: PoseSequence) -> None:
    xy = exact.xy_px.copy()
    xy[40:55, INDEX["left_ankle"]] = np.nan

    clean = clean_poses(spoiled(exact, xy), SETTINGS)

    (gap,) = clean.gaps
    assert gap.keypoint == "left_ankle"
    assert (gap.start_s, gap.end_s) == pytest.approx((exact.time_s[40], exact.time_s[55]))
    assert np.isnan(clean.poses.point("left_ankle")[40:55]).all()
    assert np.isfinite(clean.poses.point("right_ankle")).all()


def test_legs_that_changed_places_get_their_own_names_back_and_the_reader_is_told(exact: PoseSequence) -> None:
    clean = clean_poses(exchanged(exact, slice(40, 58)), SETTINGS)

    assert np.flatnonzero(clean.swapped).tolist() == list(range(40, 58))
    assert clean.unfiltered.point("left_ankle") == pytest.approx(exact.point("left_ankle"), abs=1e-3)
    assert [flag.code for flag in clean.flags] == ["sides_corrected"]


def test_sides_are_left_alone_when_asked(exact: PoseSequence) -> None:
    mixed_up = exchanged(exact, slice(40, 58))

    clean = clean_poses(mixed_up, SignalSettings(fix_sides=False))

    assert not clean.swapped.any()
    assert clean.unfiltered.point("left_ankle")[45] == pytest.approx(exact.point("right_ankle")[45], abs=1e-3)


def test_another_cut_off_keeps_more_of_fast_motion(exact: PoseSequence) -> None:
    clean = clean_poses(exact, SETTINGS)

    def lost(poses: PoseSequence) -> float:
        return float(np.nanstd(poses.point("left_heel") - exact.point("left_heel")))

    assert lost(clean.filtered(10.0)) < lost(clean.poses) < lost(clean.filtered(3.0))


@pytest.mark.parametrize("n_frames", [1, 2, 3, 5])
def test_a_clip_of_a_few_frames_is_no_trouble(exact: PoseSequence, n_frames: int) -> None:
    short = replace(
        exact,
        time_s=exact.time_s[:n_frames],
        frame=exact.frame[:n_frames],
        xy_px=exact.xy_px[:n_frames],
        score=exact.score[:n_frames],
        background_xy_px=None,
    )

    clean = clean_poses(short, SETTINGS)

    assert clean.poses.xy_px.shape == short.xy_px.shape


def test_a_picture_without_anyone_stays_without_anyone(exact: PoseSequence) -> None:
    nobody = spoiled(exact, np.full_like(exact.xy_px, np.nan), np.zeros_like(exact.score))

    clean = clean_poses(nobody, SETTINGS)

    assert np.isnan(clean.poses.xy_px).all()
    assert clean.gaps == ()
    assert clean.uncertain_sides == ()


def test_without_knees_no_length_of_the_leg_is_made_up_and_no_point_thrown_out_for_it(exact: PoseSequence) -> None:
    xy = exact.xy_px + np.random.default_rng(0).normal(0, 2, exact.xy_px.shape)
    xy[:, [INDEX["left_knee"], INDEX["right_knee"]]] = np.nan

    clean = clean_poses(spoiled(exact, xy), SETTINGS)

    assert np.isnan(leg_length_px(xy.astype(float), exact.keypoints))
    kept = np.isfinite(clean.poses.point("left_wrist")).all(axis=1)
    assert kept.sum() == np.isfinite(xy[:, INDEX["left_wrist"]]).all(axis=1).sum()
    assert not clean.swapped.any()
