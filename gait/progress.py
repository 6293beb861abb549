"""How a long job tells how far it is; what is done with that is up to the caller."""

from __future__ import annotations

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
