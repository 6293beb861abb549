"""What a batch shows while it runs: bars on a terminal, lines of JSON, or nothing."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from gait.batch.tasks import Failure, Progress
from gait.cli.bars import STAGE_LABELS, clock
from gait.cli.console import say
from gait.library.card import Card

WIDTH = 80


class Nothing:
    """Shows notes and failures, and nothing else. A context manager, as all of these.

    Parameters
    ----------
    quiet : bool
        Not the notes either.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._said: set[str] = set()

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def begin(self, due: int, slots: int) -> None:
        """Show nothing."""

    def started(self, slot: int, name: str) -> None:
        """Show nothing."""

    def progress(self, slot: int, at: Progress) -> None:
        """Show nothing."""

    def note(self, sentence: str) -> None:
        """Say it once, not for every worker."""
        if sentence not in self._said and not self._quiet:
            say(sentence)
        self._said.add(sentence)

    def done(self, slot: int, card: Card) -> None:
        """Show nothing."""

    def skipped(self, slot: int, path: str) -> None:
        """Show nothing."""

    def failed(self, slot: int, path: str, failure: Failure, again: bool) -> None:
        """Say why."""
        if not again:
            say(failure.reason)

    def tick(self) -> None:
        """Show nothing."""


class Lines(Nothing):
    """A line of JSON on the standard output for each thing that happens."""

    def begin(self, due: int, slots: int) -> None:
        """Say how much is to be done."""
        self._say("begin", due=due, workers=slots)

    def started(self, slot: int, name: str) -> None:
        """Say what is in hand."""
        self._say("started", worker=slot, path=name)

    def note(self, sentence: str) -> None:
        """Say it."""
        self._say("note", text=sentence)

    def done(self, slot: int, card: Card) -> None:
        """Say what was measured."""
        told = {"id": card.id, "path": card.found_at, "seconds": card.seconds, "made": card.made}
        self._say("done", worker=slot, **told, reason=card.refusal, measures=card.key_measures)

    def skipped(self, slot: int, path: str) -> None:
        """Say that it was known."""
        self._say("skipped", worker=slot, path=path)

    def failed(self, slot: int, path: str, failure: Failure, again: bool) -> None:
        """Say why."""
        self._say("failed", worker=slot, path=path, kind=failure.kind, reason=failure.reason, again=again)

    def _say(self, event: str, **told: Any) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        print(json.dumps({"time": at, "event": event, **told}), flush=True)


class Bars(Nothing):
    """An overall bar with rate and time left, and a line for each worker.

    Parameters
    ----------
    console : Console, optional
        Where to draw; the standard error when absent.
    """

    def __init__(self, console: Console | None = None) -> None:
        super().__init__()
        console = console or Console(stderr=True)
        self._live = Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False)
        self._width = min(WIDTH, console.width)
        self._workers: list[tuple[str, Progress | None]] = []
        self._due = self._over = self._n_failed = 0
        self._began = self._drawn = time.monotonic()

    def __exit__(self, *exc_info: object) -> None:
        self._live.stop()

    def begin(self, due: int, slots: int) -> None:
        """Show an empty bar."""
        self._due, self._workers = due, [("", None)] * slots
        self._live.start()
        self._draw()

    def started(self, slot: int, name: str) -> None:
        """Show the name on the worker's line."""
        self._workers[slot] = (PurePosixPath(name).name, None)

    def progress(self, slot: int, at: Progress) -> None:
        """Show the stage on the worker's line."""
        self._workers[slot] = (self._workers[slot][0], at)

    def note(self, sentence: str) -> None:
        """Say it once, above the bars."""
        if sentence not in self._said:
            self._above(sentence)
        self._said.add(sentence)

    def done(self, slot: int, card: Card) -> None:
        """Move the bar."""
        self._count(slot)

    def skipped(self, slot: int, path: str) -> None:
        """Move the bar."""
        self._count(slot)

    def failed(self, slot: int, path: str, failure: Failure, again: bool) -> None:
        """Say why, above the bars."""
        self._above(failure.reason + (" It will be tried again." if again else ""))
        if not again:
            self._n_failed += 1
            self._count(slot)

    def tick(self) -> None:
        """Draw, some times a second."""
        if time.monotonic() - self._drawn > 0.2:
            self._draw()

    def _count(self, slot: int) -> None:
        self._over += 1
        self._workers[slot] = ("", None)
        self._draw()

    def _above(self, sentence: str) -> None:
        self._live.console.print(Text(f"gait: {sentence}"), soft_wrap=True)

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        self._live.update(Group(self._overall(), *self._lines()), refresh=True)

    def _overall(self) -> Table:
        elapsed = time.monotonic() - self._began
        table = Table.grid(padding=(0, 1))
        told = f"{self._over}/{self._due}"
        if self._n_failed:
            told += f", {self._n_failed} failed"
        if self._over:
            left = elapsed / self._over * (self._due - self._over)
            told += f"  {self._over / elapsed * 3600:.0f}/h  {clock(left)} left"
        bar = ProgressBar(total=max(self._due, 1), completed=self._over, width=self._width - len(told) - 2)
        table.add_row(bar, Text(told))
        return table

    def _lines(self) -> list[Text]:
        lines = []
        for number, (name, at) in enumerate(self._workers, 1):
            stage = "" if at is None else STAGE_LABELS.get(at.stage, at.stage)
            share = f"{min(100 * at.done // at.total, 100):3d} %" if at is not None and at.total else ""
            room = self._width - 35
            short = name if len(name) <= room else name[: room - 1] + "…"
            lines.append(Text(f" {number:>3}  {short:<{room}} {stage:<20} {share}", no_wrap=True, overflow="crop"))
        return lines


def make_watcher(log: str, *, quiet: bool) -> Nothing:
    """Return what shows a batch: lines of JSON if asked for, bars on a terminal, else nothing but failures."""
    if log == "json":
        return Lines()
    if quiet or not sys.stderr.isatty():
        return Nothing(quiet=quiet)
    return Bars()
