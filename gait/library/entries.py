"""What the ledger of a library tells of: where recordings were found, what became of each, and all of them counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gait.config import Settings
from gait.library.card import Card

State = Literal["waiting", "running", "done", "failed"]
STATES: tuple[State, ...] = ("waiting", "running", "done", "failed")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A place where a recording was found, and how it is to be measured.

    Attributes
    ----------
    path : str
        A path or a URL.
    size_bytes : int
    changed : str
        When the file was last written, in whatever words its file system has: equal means unchanged.
    start_s, end_s : float, float or None
        The part of the file.
    subject, session : str
    settings : str
        As JSON.
    sha256 : str or None
        Of the content, where it is known.
    recording : str or None
        The recording that it is, where that is known.
    number : int
        In the ledger; 0 where it is not there.
    """

    path: str
    size_bytes: int
    changed: str
    start_s: float
    end_s: float | None
    subject: str
    session: str
    settings: str
    sha256: str | None = None
    recording: str | None = None
    number: int = 0

    @classmethod
    def of(
        cls, path: str, size_bytes: int, changed: str, settings: Settings, subject: str = "", session: str = ""
    ) -> Source:
        """Return the source of a file that was found just now."""
        return cls(
            path=path,
            size_bytes=size_bytes,
            changed=changed,
            start_s=settings.video.start_s,
            end_s=settings.video.end_s,
            subject=subject,
            session=session,
            settings=settings.model_dump_json(),
        )

    @property
    def part(self) -> str:
        """The part of the file, as text."""
        return f"{self.start_s:g}-{'' if self.end_s is None else format(self.end_s, 'g')}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One recording as the ledger knows it.

    Attributes
    ----------
    wanted : str
        Key of the report that was last asked for.
    card : Card or None
        Of the result that is there; also while another one is waited for.
    kind, reason, detail : str
        Of the latest failure: a word for programs, a sentence, and all that is known.
    """

    id: str
    name: str
    sha256: str | None
    folder: str
    path: str
    subject: str
    session: str
    start_s: float
    end_s: float | None
    size_bytes: int
    state: State
    attempts: int
    kind: str
    reason: str
    detail: str
    wanted: str
    card: Card | None
    added_at: str
    started_at: str | None
    finished_at: str | None
    seconds: float | None


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many recordings are in which state, and what is known of the time they take.

    Attributes
    ----------
    without_gait : int
        Of those done: no person, or nobody who walks.
    kinds : dict
        Failed ones by kind.
    oldest_waiting_at : str or None
        When the recording that has waited longest was found.
    """

    waiting: int
    running: int
    done: int
    failed: int
    without_gait: int
    seconds: float
    kinds: dict[str, int]
    oldest_waiting_at: str | None

    @property
    def total(self) -> int:
        """All recordings."""
        return self.waiting + self.running + self.done + self.failed
