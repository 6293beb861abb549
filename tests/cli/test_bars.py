"""The one line that says how far a run is."""

import time

import pytest

from gait.cli.bars import Bars


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_the_line_never_wraps(width: int) -> None:
    bars = Bars(quiet=False, name="a_recording_with_a_long_name.mp4")
    bars.begin("pose", 900)
    bars.advance(300)
    assert len(bars.line(width)) < width


def test_there_is_one_estimate_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Finding the person took 22 s, half of the joints 25 s: 25 s of them are left, and some 28 s of what follows."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    shares = {"subject": 0.22, "pose": 0.5, "analysis": 0.05, "overlay": 0.2, "report": 0.03}
    bars = Bars(quiet=False, shares=shares)
    assert bars.line(100) == "Starting"
    bars.begin("subject", 100)
    now[0] = 22.0
    bars.advance(100)
    bars.end()
    bars.begin("pose", 100)
    now[0] += 25.0
    bars.advance(50)
    assert bars.line(100) == "Finding the joints  50 %  2 frames/s  0:53 left in all"


def test_a_stage_without_frames_shows_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    bars = Bars(quiet=False)
    bars.begin("analysis", None)
    now[0] = 3.0
    assert bars.line(100) == "Measuring  3 s"
