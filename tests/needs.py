"""What a test needs of this machine, or is skipped; and which tests may be skipped where all are to run."""

from __future__ import annotations

import importlib.util

import pytest

from gait.litert import is_ready
from gait.pose.sapiens2 import weights as sapiens2_weights
from gait.subject.detect import yolo_weights

NO_TORCH = "Sapiens2 and YOLO are not installed"
NO_SYSTEMD = "systemd is not on this machine"
NO_HEAVY = "the heavy network's weights are not here"
NO_MOVEMENT = "movement is not installed"
HAS_TORCH = sapiens2_weights.is_installed() and yolo_weights.is_installed()

MAY_BE_SKIPPED = {
    "the recordings in ../shared are not here",
    "there is no NVIDIA GPU",
    "there is an NVIDIA GPU",
    "there is no Apple GPU",
    "there is a GPU",
    # They are in no package.
    NO_HEAVY,
    NO_SYSTEMD,
    # Another program, with which a benchmark compares.
    "myogait is not installed",
    # It needs numpy 2, where BlazePose's weights still come with numpy 1.
    NO_MOVEMENT,
    # Each half of .ci/run has the tests that the other one skips.
    "Sapiens2 is installed" if HAS_TORCH else NO_TORCH,
    "YOLO is installed" if HAS_TORCH else NO_TORCH,
}
"""The reasons for which a test may be skipped where GAIT_TESTS_STRICT is set, as in .ci/run; any other one is a
failure: a test that nobody runs holds nothing."""


def need_blazepose() -> None:
    """Skip where BlazePose cannot be run."""
    if not (is_ready("detector") and is_ready("full")):
        pytest.skip("BlazePose is not installed")


def need_ray() -> None:
    """Skip where Ray is not installed."""
    if importlib.util.find_spec("ray") is None:
        pytest.skip("Ray is not installed")
