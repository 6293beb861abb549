"""Simulated walks and what is measured of them, made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from benchmarks.simulator import PATTERNS, Recording, Truth, Walker, simulate_walk
from gait.analysis.analyze import analyze
from gait.config import AnalysisSettings, ScaleSettings
from gait.types import PoseSequence, Result

Analyzed = tuple[PoseSequence, Truth, Result]


@cache
def _analyzed(walker: Walker, recording: Recording, height_m: float | None, seed: int) -> Analyzed:
    poses, truth = simulate_walk(walker, recording, seed=seed)
    return poses, truth, analyze(poses, AnalysisSettings(scale=ScaleSettings(height_m=height_m)))


@pytest.fixture
def walk() -> Callable[..., Analyzed]:
    """From how someone walks and how it is filmed to the joints, the truth and the result."""

    def make(
        pattern: str = "usual",
        *,
        height_m: float | None = None,
        seed: int = 1,
        walker: Walker | None = None,
        **filmed: object,
    ) -> Analyzed:
        return _analyzed(walker or PATTERNS[pattern], Recording(**filmed), height_m, seed)  # type: ignore[arg-type]

    return make
