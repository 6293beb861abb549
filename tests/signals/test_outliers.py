"""A point that jumps away for a frame is dropped; a foot that moves fast is not."""

from __future__ import annotations

import numpy as np

from gait.signals.outliers import fill_gaps, hampel

TIME_S = np.arange(120) / 30
SWINGING = 100 * np.sin(2 * np.pi * TIME_S)[:, None]
"""A foot relative to the body: 100 px to and fro, once in a second."""


def test_a_jump_of_one_frame_is_marked_and_nothing_else() -> None:
    jumping = SWINGING.copy()
    jumping[[40, 77], 0] += [60, -45]

    marked = hampel(jumping, TIME_S, floor=10.0)

    assert np.flatnonzero(marked[:, 0]).tolist() == [40, 77]


def test_fast_motion_is_no_outlier() -> None:
    assert not hampel(SWINGING, TIME_S, floor=10.0).any()
    assert not hampel(2000 * TIME_S[:, None], TIME_S, floor=10.0).any()


def test_noise_under_the_floor_is_left_alone() -> None:
    noise = np.random.default_rng(0).normal(0, 2, (120, 5))

    assert not hampel(SWINGING + noise, TIME_S, floor=20.0).any()


def test_a_clip_of_a_few_frames_has_no_outliers() -> None:
    assert not hampel(np.array([[0.0], [500.0], [0.0]]), TIME_S[:3], floor=1.0).any()


def test_a_gap_of_three_frames_is_filled_along_the_path() -> None:
    broken = SWINGING.copy()
    broken[50:53] = np.nan

    filled = fill_gaps(broken, TIME_S, max_gap_s=0.12)

    assert np.abs(filled - SWINGING).max() < 2


def test_a_longer_gap_stays_and_so_do_the_ends() -> None:
    broken = SWINGING.copy()
    broken[50:55] = np.nan
    broken[:2] = np.nan
    broken[-1] = np.nan

    filled = fill_gaps(broken, TIME_S, max_gap_s=0.12)

    assert np.array_equal(np.isnan(filled), np.isnan(broken))


def test_the_length_of_a_gap_is_a_time_not_a_count_of_frames() -> None:
    every_tenth_second = np.arange(40) / 10
    broken = (50 * np.sin(every_tenth_second))[:, None]
    broken[20:22] = np.nan

    assert np.isnan(fill_gaps(broken, every_tenth_second, max_gap_s=0.12)[20:22]).all()
