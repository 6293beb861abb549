"""What a batch shows: bars that fit 80 columns, lines of JSON, or failures alone."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from rich.console import Console

from gait.batch.tasks import Failure, Progress
from gait.cli.batch_screen import Bars, Lines, Nothing, make_watcher
from gait.library.card import Card
from gait.library.keys import Keys

CARD = Card(
    id="a1", name="walk.mp4", sha256="ab", found_at="/in/walk.mp4", size_bytes=1, start_s=0.0, end_s=None, subject="",
    session="", keys=Keys(joints="", analysis="", overlay="", report=""), refusal=None, key_measures={"cadence": 110.0},
    view=None, duration_s=None, n_frames=None, model="blazepose", weights_sha256=None, version="0", made=("report",),
    seconds=2.0, finished_at="", settings={},
)  # fmt: skip
FAILURE = Failure(kind="input", reason="/in/x.mp4: is not a video.")


def night(watcher: Any) -> None:
    """Two workers: one recording is done, one fails, one is being worked on under a very long name."""
    watcher.begin(4, 2)
    watcher.started(0, "/in/walk.mp4")
    watcher.started(1, "/in/" + "long name " * 20 + ".mp4")
    watcher.progress(1, Progress(stage="pose", done=45, total=100))
    watcher.note("Pose model: BlazePose.")
    watcher.note("Pose model: BlazePose.")
    watcher.done(0, CARD)
    watcher.started(0, "/in/x.mp4")
    watcher.failed(0, "/in/x.mp4", Failure(kind="crash", reason="It died."), True)
    watcher.started(0, "/in/x.mp4")
    watcher.failed(0, "/in/x.mp4", FAILURE, False)
    watcher.tick()


def drawn(width: int) -> list[str]:
    file = io.StringIO()
    bars = Bars(Console(file=file, force_terminal=True, width=width, color_system=None))
    with bars:
        night(bars)
    return [
        line.rstrip() for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", file.getvalue()).splitlines() if line.strip()
    ]


@pytest.mark.parametrize("width", [80, 132])
def test_bars_fit_eighty_columns(width: int) -> None:
    lines = drawn(width)
    assert max(map(len, lines)) <= 80
    (overall, first, second) = lines[-3:]
    assert re.search(r" 2/4, 1 failed  \d+/h  \d:\d\d left$", overall)
    assert first.split() == ["1"]
    assert second.split()[0] == "2"
    assert second.endswith("Finding the joints    45 %")
    assert "…" in second


def test_notes_are_said_once_and_failures_above_the_bars() -> None:
    text = "\n".join(drawn(80))
    assert text.count("gait: Pose model: BlazePose.") == 1
    assert "gait: It died. It will be tried again." in text
    assert "gait: /in/x.mp4: is not a video." in text


def test_lines_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    night(Lines())
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == [
        *("begin", "started", "started", "note", "note", "done", "started", "failed", "started", "failed")
    ]
    assert events[5]["measures"] == {"cadence": 110.0}
    assert [event["again"] for event in events if event["event"] == "failed"] == [True, False]
    assert all(event["time"].endswith("+00:00") for event in events)


@pytest.mark.parametrize("quiet", [False, True])
def test_away_from_a_terminal_only_failures_and_notes_are_said(quiet: bool, capsys: pytest.CaptureFixture[str]) -> None:
    watcher = make_watcher("text", quiet=quiet)
    assert type(watcher) is Nothing
    night(watcher)
    said = capsys.readouterr()
    assert said.out == ""
    wanted = ["gait: Pose model: BlazePose."] * (not quiet) + ["gait: /in/x.mp4: is not a video."]
    assert said.err.splitlines() == wanted
