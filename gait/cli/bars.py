"""How far a run is: one line on stderr, with one estimate of the whole."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Mapping

import click

from gait.cli.console import say

STAGE_LABELS = {
    "read": "Reading",
    "subject": "Finding the person",
    "pose": "Finding the joints",
    "segment": "Finding the outline",
    "analysis": "Measuring",
    "overlay": "Drawing the video",
    "report": "Writing the report",
}
SHARES: dict[str, float] = {
    "read": 0.02, "subject": 0.22, "pose": 0.5, "segment": 0.4, "analysis": 0.05, "overlay": 0.2, "report": 0.03,
}  # fmt: skip
"""Usual time of each stage, in parts of a run: what is still to come is estimated by what was."""
_EVERY_S = 0.5


class Bars:
    """Told of each stage; shows one line that says which, how far, how fast, and how long all of it will take.

    A clock of its own keeps the line moving in stages that count no frames. Nothing is shown without a terminal.

    Parameters
    ----------
    quiet : bool
        Not even notes.
    name : str
        Of the recording.
    shares : mapping, optional
        The stages to expect and their shares of the time.
    """

    def __init__(self, *, quiet: bool, name: str = "", shares: Mapping[str, float] = SHARES) -> None:
        self._quiet, self._name, self._shares = quiet, name, dict(shares)
        self._lock = threading.RLock()
        self._stage = ""
        self._frames: int | None = None
        self._done = 0
        self._began = time.monotonic()
        self._spent: dict[str, float] = {}
        self._stopped = threading.Event()
        self._ticker: threading.Thread | None = None
        if not quiet and sys.stderr.isatty():
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()

    def begin(self, stage: str, frames: int | None) -> None:
        """Note that a stage begins."""
        with self._lock:
            self._stage, self._frames, self._done, self._began = stage, frames, 0, time.monotonic()
        self._show()

    def note(self, sentence: str) -> None:
        """Print a sentence."""
        if self._quiet:
            return
        with self._lock:
            self._clear()
            say(sentence)

    def advance(self, frames: int) -> None:
        """Note frames that are done; the line is written by the clock."""
        with self._lock:
            self._done += frames

    def end(self) -> None:
        """Note that a stage is over."""
        with self._lock:
            if self._stage:
                self._spent[self._stage] = time.monotonic() - self._began
            self._stage = ""

    def close(self) -> None:
        """Take the line away."""
        self._stopped.set()
        if self._ticker is not None:
            self._ticker.join()
            self._ticker = None
            self._clear()

    def line(self, width: int) -> str:
        """Return what is shown, cut to a width."""
        with self._lock:
            elapsed = time.monotonic() - self._began
            parts = [STAGE_LABELS.get(self._stage, self._stage) or "Starting"]
            if self._frames:
                parts.append(f"{min(100, 100 * self._done // self._frames)} %")
                if elapsed > 0.5 and self._done:
                    parts.append(f"{self._done / elapsed:.0f} frames/s")
            elif elapsed >= 1:
                parts.append(f"{elapsed:.0f} s")
            left = self._left_s(elapsed)
            if left is not None:
                parts.append(f"{clock(left)} left in all")
        text = "  ".join([f"{self._name}:", *parts] if self._name else parts)
        return text[: max(0, width - 1)]

    def _left_s(self, elapsed_s: float) -> float | None:
        """Estimate how long the rest takes: what is left of this stage, and the later ones by their shares."""
        current, share = 0.0, sum(self._shares.get(stage, 0.0) for stage in self._spent)
        total = sum(self._spent.values())
        if self._stage and self._frames and self._done and elapsed_s > 1:
            whole = elapsed_s * self._frames / self._done
            current = max(0.0, whole - elapsed_s)
            total += whole
            share += self._shares.get(self._stage, 0.0)
        elif self._stage:
            current = 0.0
        if share < 0.1:
            return None
        later = sum(s for stage, s in self._shares.items() if stage not in self._spent and stage != self._stage)
        return current + total / share * later

    def _tick(self) -> None:
        while not self._stopped.wait(_EVERY_S):
            self._show()

    def _show(self) -> None:
        if self._ticker is None:
            return
        with self._lock:
            click.echo("\r\x1b[2K" + self.line(shutil.get_terminal_size().columns), nl=False, err=True)

    def _clear(self) -> None:
        if sys.stderr.isatty():
            click.echo("\r\x1b[2K", nl=False, err=True)


def clock(seconds: float) -> str:
    """Return a time as minutes and seconds, and hours if need be."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
