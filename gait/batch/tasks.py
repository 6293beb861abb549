"""What a worker is asked to do, and what it says: all of it small enough to travel to another machine."""

from __future__ import annotations

import errno
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from gait.batch.places import Scratch, stamp
from gait.errors import GaitError, InputError, ModelUnavailableError, UsageError
from gait.folders import InUseError, NoRoomError
from gait.hashing import sha256_of
from gait.library.card import Card, read_card
from gait.library.recording import Job, OpenModels, measure_recording
from gait.library.store import Store, is_url
from gait.progress import Observer

Kind = Literal[
    "input", "usage", "model", "error", "crash", "timeout", "stalled", "memory", "disk", "node", "changed", "access"
]
"""What a failure is, for programs and for counting."""

LASTING: tuple[Kind, ...] = ("input", "usage", "changed")
"""What would be the same the next time: not tried again."""

ENDING: tuple[Kind, ...] = ("model", "disk")
"""What every other recording would run into as well: the batch ends, and these recordings wait."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """Read a file once, to know which recording it is.

    Attributes
    ----------
    source : int
        Its number in the ledger.
    path : str
    changed : str
        When it was last written, as it was found.
    """

    source: int
    path: str
    changed: str


@dataclass(frozen=True, kw_only=True)
class Looked:
    """The content of a file."""

    source: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Done:
    """A recording that is measured.

    Attributes
    ----------
    card : Card
    measures_csv : bytes
        What measures.csv holds.
    """

    card: Card
    measures_csv: bytes


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why something was not done.

    Attributes
    ----------
    kind : Kind
    reason : str
        One sentence.
    detail : str
        All that is known: a traceback, the last words of the process.
    """

    kind: Kind
    reason: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a worker is.

    Attributes
    ----------
    stage : str
    done, total : int, int or None
        In frames.
    """

    stage: str
    done: int
    total: int | None


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something the user should know, in one sentence."""

    sentence: str


Task = Look | Job
Answer = Looked | Done | Failure


class Desk:
    """Where a worker does its tasks: the models stay open, and a fetched file stays until the next one."""

    def __init__(self, scratch: str) -> None:
        self._models = OpenModels()
        self._scratch = Scratch(scratch)

    def do(self, task: Task, observer: Observer) -> Answer:
        """Do a task; whatever goes wrong is an answer too."""
        try:
            if isinstance(task, Look):
                return self._look(task, observer)
            return self._measure(task, observer)
        except Exception as error:
            return explain(error, task)

    def close(self) -> None:
        """Free everything."""
        self._models.close()
        self._scratch.clear()

    def _look(self, task: Look, observer: Observer) -> Answer:
        observer.begin("read", None)
        local = self._scratch.bring(task.path)
        sha256 = sha256_of(local)
        if stamp(task.path)[1] != task.changed:
            reason = f"{task.path}: was written to while it was read; it is left for the next batch."
            return Failure(kind="changed", reason=reason)
        return Looked(source=task.source, sha256=sha256)

    def _measure(self, job: Job, observer: Observer) -> Answer:
        job = replace(job, video=str(self._scratch.bring(job.found_at)))
        with self._library(job) as library:
            card = measure_recording(replace(job, library=str(library)), self._models, observer)
            return Done(card=card, measures_csv=(library / job.folder / "measures.csv").read_bytes())

    @contextmanager
    def _library(self, job: Job) -> Iterator[Path]:
        """Give a folder on this machine in which the result is to be, and which holds the one before."""
        if not is_url(job.library):
            yield Path(job.library)
            return
        store = Store(job.library)
        with self._scratch.folder() as library:
            store.fetch_folder(job.folder, library)
            before = read_card(library / job.folder)
            yield library
            if before is None or before.keys != job.keys:
                store.put_folder(job.folder, library)


def explain(error: Exception, task: Task) -> Failure:
    """Return what an exception means for the recording."""
    path = task.path if isinstance(task, Look) else task.found_at
    # What is wrong with a file or a setting is said in a sentence: where in the program it was found helps nobody.
    detail = "" if isinstance(error, InputError | UsageError) else "".join(traceback.format_exception(error))
    kind: Kind = "error"
    if isinstance(error, NoRoomError):
        kind = "disk"
    elif isinstance(error, InUseError):
        kind = "access"
    elif isinstance(error, InputError):
        kind = "input"
    elif isinstance(error, UsageError):
        kind = "usage"
    elif isinstance(error, ModelUnavailableError):
        kind = "model"
    elif isinstance(error, MemoryError):
        return Failure(kind="memory", reason=f"{path}: there was not enough memory.", detail=detail)
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failure(kind="disk", reason="There is no space left on the disk.", detail=detail)
    elif isinstance(error, OSError):
        kind = "access"
    if isinstance(error, GaitError):
        return Failure(kind=kind, reason=str(error), detail=detail)
    said = " ".join(str(error).split())
    return Failure(kind=kind, reason=f"{path}: an unexpected {type(error).__name__}: {said}.", detail=detail)


class Reporter:
    """An observer that tells of a stage as it begins, and of progress some times a second.

    Parameters
    ----------
    send : callable
    """

    EVERY_S = 0.25

    def __init__(self, send: Callable[[Progress | Note], None]) -> None:
        self._send = send
        self._at = Progress(stage="", done=0, total=None)
        self._sent_at = 0.0

    def begin(self, stage: str, frames: int | None) -> None:
        """Tell of it."""
        self._tell(Progress(stage=stage, done=0, total=frames))

    def advance(self, frames: int) -> None:
        """Tell of it now and then."""
        at = replace(self._at, done=self._at.done + frames)
        if time.monotonic() - self._sent_at > self.EVERY_S:
            self._tell(at)
        self._at = at

    def note(self, sentence: str) -> None:
        """Pass it on."""
        self._send(Note(sentence=sentence))

    def end(self) -> None:
        """Say nothing: the next stage will."""

    def _tell(self, at: Progress) -> None:
        self._at, self._sent_at = at, time.monotonic()
        self._send(at)
