"""How a long job tells how far it is; what is done with that is up to the caller."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Protocol


class Observer(Protocol):
    """Told of each stage as it begins, goes on and ends."""

    def begin(self, stage: str, frames: int | None) -> None:
        """A stage begins; `frames` is how many it will go through, None if unknown."""
        ...

    def note(self, sentence: str) -> None:
        """Something the user should know, in one sentence."""
        ...

    def advance(self, frames: int) -> None:
        """The stage has done so many frames more."""
        ...

    def end(self) -> None:
        """The stage is over."""
        ...


class Silent:
    """An observer that does nothing."""

    def begin(self, stage: str, frames: int | None) -> None:
        """Do nothing."""

    def note(self, sentence: str) -> None:
        """Do nothing."""

    def advance(self, frames: int) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


class Stages:
    """Times the stages of a job and passes their progress on.

    Attributes
    ----------
    times_s : dict
        What each stage took, in seconds; one that came twice, both together.
    """

    def __init__(self, observer: Observer | None = None) -> None:
        self._observer = observer or Silent()
        self.times_s: dict[str, float] = {}
        self.advance, self.note = self._observer.advance, self._observer.note

    @contextlib.contextmanager
    def stage(self, name: str, frames: int | None = None) -> Iterator[None]:
        """Time what is done in this block; `frames` is how many it will go through, None if unknown."""
        self._observer.begin(name, frames)
        began = time.perf_counter()
        try:
            yield
        finally:
            self.times_s[name] = round(self.times_s.get(name, 0.0) + time.perf_counter() - began, 3)
            self._observer.end()
