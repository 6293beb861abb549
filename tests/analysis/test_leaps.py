"""Joints whose times leap: both parts are measured, and the time between them costs nothing."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.simulator import Recording, Walker, simulate_walk
from gait.analysis.analyze import analyze


@pytest.mark.parametrize("leap_s", [3.0, 60.0, 36_000.0, 1e6])
def test_ten_hours_between_two_frames_take_no_memory_and_are_told_of(leap_s: float) -> None:
    poses, _ = simulate_walk(Walker(), Recording(duration_s=8.0))
    n = len(poses.time_s)
    analyze(poses)  # what is imported and kept counts for nobody
    later = poses.time_s + np.where(np.arange(n) < n // 2, 0.0, leap_s)
    tracemalloc.start()
    try:
        result = analyze(replace(poses, time_s=later))
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()
    times = result.events["time_s"]
    assert not ((times > later[n // 2 - 1] + 0.1) & (times < later[n // 2] - 0.1)).any()
    assert (times < later[n // 2 - 1] + 0.1).any()
    assert (times > later[n // 2] - 0.1).any()
    assert [f.code for f in result.flags].count("no_pictures") == 1
