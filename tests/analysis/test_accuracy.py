"""Joint angles against a motion laboratory, and whether the intervals hold the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.angles import angle_errors
from benchmarks.coverage import coverage


def test_angles_of_laboratory_walks_keep_shape_and_range(shared_dir: Path) -> None:
    """30 frames per second, 2 px of noise, a camera 3 to 6 m away."""
    assert (shared_dir / "gold" / "lab").is_dir()
    errors = angle_errors(repeats=3, seed=5)
    curve = errors.groupby("joint")["rmse_deg"].mean()
    assert curve["hip"] < 1.7
    assert curve["knee"] < 1.4
    assert curve["ankle"] < 3.0
    ranges = errors.groupby("joint")["range_error_deg"].mean().abs()
    assert ranges["hip"] < 1.5
    assert ranges["knee"] < 1.5
    assert ranges["ankle"] < 3.0


def test_without_noise_the_filter_takes_nothing_off_the_knee(shared_dir: Path) -> None:
    assert (shared_dir / "gold" / "lab").is_dir()
    errors = angle_errors(repeats=1, seed=6, noise_px=0.0)
    assert abs(errors.loc[errors["joint"] == "knee", "range_error_deg"].mean()) < 0.7


def test_intervals_hold_the_truth_of_most_walkers() -> None:
    """Few walkers, so that it is quick: benchmarks/coverage.py has many. 12 walks with 1 in 20 misses hardly miss 4."""
    walks = coverage(12, first_seed=1000)
    held = walks.groupby("measure")["held"].mean()
    assert held["cadence"] > 0.7
    assert held["speed"] > 0.7
    assert np.mean(walks["held"]) > 0.88
