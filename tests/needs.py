"""What a test needs of this machine, or is skipped."""

from __future__ import annotations

import pytest

from gait.litert import is_ready


def need_blazepose() -> None:
    """Skip where BlazePose cannot be run."""
    if not (is_ready("detector") and is_ready("full")):
        pytest.skip("BlazePose is not installed")


def need_ray() -> None:
    """Skip where Ray is not installed."""
    pytest.importorskip("ray")
