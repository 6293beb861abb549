"""The loop over recordings: what is due goes to whoever is free, and the ledger is told what became of it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

from gait.batch.engine import Engine
from gait.batch.tasks import ENDING, LASTING, Done, Failure, Look, Looked, Note, Progress
from gait.config import Settings
from gait.library.card import Card
from gait.library.entries import Row, Source
from gait.library.keys import Keys, recording_id, stage_keys
from gait.library.ledger import Ledger
from gait.library.recording import Job, folder_name

_AT_ONCE = 500
"""Sources noted in one transaction."""

_WAIT_S = 0.2

_END = 2**62
"""After all sources."""


class Watcher(Protocol):
    """Told what happens, to show it."""

    def begin(self, due: int, slots: int) -> None:
        """So many recordings are due."""
        ...

    def started(self, slot: int, name: str) -> None:
        """A recording is in hand."""
        ...

    def progress(self, slot: int, at: Progress) -> None:
        """How far it is."""
        ...

    def note(self, sentence: str) -> None:
        """Something the user should know."""
        ...

    def done(self, slot: int, card: Card) -> None:
        """A recording is done."""
        ...

    def skipped(self, slot: int, path: str) -> None:
        """A file proved to be a recording that is done, or in hand."""
        ...

    def failed(self, slot: int, path: str, failure: Failure, again: bool) -> None:
        """Something failed; `again`: it will be tried once more."""
        ...

    def tick(self) -> None:
        """Some time has passed."""
        ...


@dataclass(kw_only=True)
class Plan:
    """What is to be done.

    Attributes
    ----------
    found : int
        Recordings that were asked for.
    done : int
        Of those, the ones that are done.
    failed : int
        Failed before, and not to be tried again.
    stages : dict
        The first stage that is missing to how many recordings miss it.
    bytes : int
        Size of the files whose joints are to be found.
    """

    found: int = 0
    done: int = 0
    failed: int = 0
    stages: dict[str, int] = field(default_factory=lambda: {"joints": 0, "analysis": 0, "overlay": 0, "report": 0})
    bytes: int = 0

    @property
    def due(self) -> int:
        """Recordings that something is to be done for."""
        return sum(self.stages.values())

    def count(self, source: Source, row: Row | None, keys: Keys | None, *, retry_failed: bool) -> str:
        """Count a source in, and return what is to be done with it: "keep", "leave", or the first missing stage."""
        self.found += 1
        what = missing(row, keys)
        if what is None:
            self.done += 1
            return "keep"
        before = row is not None and keys is not None and row.state == "failed" and row.wanted == keys.report
        if before and not retry_failed:
            self.failed += 1
            return "leave"
        self.stages[what] += 1
        self.bytes += source.size_bytes if what == "joints" else 0
        return what


def missing(row: Row | None, keys: Keys | None) -> str | None:
    """Return the first stage that a recording misses; None where nothing is."""
    if row is None or keys is None or row.card is None:
        return "joints"
    have = row.card.keys
    return next((s for s in ("joints", "analysis", "overlay", "report") if getattr(have, s) != getattr(keys, s)), None)


@lru_cache(maxsize=256)
def settings_of(text: str) -> Settings:
    """Return settings from their JSON."""
    return Settings.model_validate_json(text)


def keys_of(source: Source) -> Keys | None:
    """Return the keys of what is asked for; None where the content of the file is not known."""
    if source.sha256 is None:
        return None
    return stage_keys(source.sha256, settings_of(source.settings), source.subject, source.session)


def look_ahead(ledger: Ledger | None, sources: Iterable[Source], *, retry_failed: bool) -> Plan:
    """Return what would be done, changing nothing."""
    plan = Plan()
    for source in sources:
        known = source if ledger is None else ledger.known(source)
        row = None if ledger is None or known.sha256 is None else ledger.row(_id_of(known))
        plan.count(known, row, keys_of(known), retry_failed=retry_failed)
    return plan


def take_in(
    ledger: Ledger, run: int, sources: Iterable[Source], *, retry_failed: bool, has: Callable[[str], bool]
) -> Plan:
    """Note what was found, and put in the line what is not done yet or was done in another way.

    `has` says whether a result folder is there.
    """
    plan = Plan()
    rest = iter(sources)
    while chunk := list(itertools.islice(rest, _AT_ONCE)):
        with ledger.together():
            for source in chunk:
                _take_in(ledger, run, ledger.add_source(source, run), plan, retry_failed, has)
    return plan


def _take_in(
    ledger: Ledger, run: int, source: Source, plan: Plan, retry_failed: bool, has: Callable[[str], bool]
) -> None:
    keys = keys_of(source)
    if keys is None:
        row = ledger.row(source.recording) if source.recording else None
        if row is not None and row.state == "failed" and not retry_failed:
            plan.found, plan.failed = plan.found + 1, plan.failed + 1
            return
        plan.count(source, None, None, retry_failed=True)
        if row is not None and row.state == "failed":
            ledger.want(row.id, source, "")
        return
    recording = _id_of(source)
    other = ledger.claimed_by(source, recording, run)
    if other is not None:
        plan.found, plan.failed = plan.found + 1, plan.failed + 1
        _refuse_claim(ledger, source, other)
        return
    row = ledger.row(recording)
    if row is not None and row.card is not None and not has(row.folder):
        row = replace(row, card=None)
    what = plan.count(source, row, keys, retry_failed=retry_failed)
    source = ledger.identify(source, recording, source.sha256, folder_name(source.path, recording))
    if what == "keep":
        ledger.keep(recording)
    elif what != "leave":
        ledger.want(recording, source, keys.report)


def _id_of(source: Source) -> str:
    assert source.sha256 is not None
    return recording_id(source.sha256, source.start_s, source.end_s)


def _refuse_claim(ledger: Ledger, source: Source, other: str) -> None:
    """Note that a file cannot be measured, as it is the same recording as another with other settings."""
    stand_in = recording_id(f"path:{source.path}", source.start_s, source.end_s)
    ledger.identify(source, stand_in, None, folder_name(source.path, stand_in))
    reason = (
        f"{source.path}: is the same recording as {other}, which is to be measured in another way or for another "
        "subject; a library keeps one result of each."
    )
    ledger.fail_now(stand_in, kind="usage", reason=reason)


class Stop(Exception):
    """The batch cannot go on: nothing else would succeed either."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


class Driver:
    """Works through what is due.

    Parameters
    ----------
    ledger : Ledger
        Open for writing.
    run : int
    engine : Engine
        Entered.
    library : str
        Where the results go: a folder, or a URL.
    retries : int
        How often a recording is tried again after a failure that may pass.
    threads : int
        That a pose model may use where the settings do not say.
    watcher : Watcher
    """

    def __init__(
        self, ledger: Ledger, run: int, engine: Engine, *, library: str, retries: int, threads: int, watcher: Watcher
    ) -> None:
        self.stopping = False
        self._ledger, self._run, self._engine = ledger, run, engine
        self._library, self._retries, self._threads, self._watcher = library, retries, threads, watcher
        self._in_hand: dict[int, Source] = {}
        self._began: dict[int, float] = {}
        self._after = 0
        self._come_back = False

    def work(self) -> None:
        """Work until nothing is due, or until `stopping` is set and nothing is in hand.

        Raises
        ------
        Stop
            Nothing else would succeed either. What was in hand is in the line again.
        """
        try:
            while self._hand_out():
                for slot, event in self._engine.events(_WAIT_S):
                    self._take(slot, event)
                self._watcher.tick()
        finally:
            for source in self._in_hand.values():
                if source.recording is not None and source.sha256 is not None:
                    self._ledger.put_back(source.recording)

    def _hand_out(self) -> bool:
        """Give whoever is free what is due; return whether anything is in hand, or due where nobody is there yet."""
        for slot in range(self._engine.slots):
            if self.stopping:
                break
            if slot in self._in_hand or not self._engine.ready(slot):
                continue
            source = self._next()
            if source is None:
                break
            self._give(slot, source)
        return bool(self._in_hand) or not (self.stopping or self._next() is None)

    def _next(self) -> Source | None:
        """Return what is due next; what failed and is to be tried again comes after all the others."""
        after = self._after
        while True:
            source = self._ledger.next_due(self._run, after)
            if source is None:
                if not self._come_back:
                    self._after = _END
                    return None
                after = self._after = 0
                self._come_back = False
                continue
            after = source.number
            if all(source.number != other.number for other in self._in_hand.values()):
                return source

    def _give(self, slot: int, source: Source) -> None:
        self._in_hand[slot], self._after = source, source.number
        self._began[slot] = time.monotonic()
        self._watcher.started(slot, source.path)
        if source.sha256 is None:
            self._engine.submit(slot, Look(source=source.number, path=source.path, changed=source.changed))
        else:
            self._measure(slot, source)

    def _measure(self, slot: int, source: Source) -> None:
        keys = keys_of(source)
        assert keys is not None and source.sha256 is not None and source.recording is not None
        row = self._ledger.row(source.recording)
        assert row is not None
        settings = settings_of(source.settings)
        if settings.pose.threads is None:
            settings = settings.model_copy(update={"pose": settings.pose.model_copy(update={"threads": self._threads})})
        self._ledger.begin(source.recording, keys.report)
        job = Job(
            id=source.recording,
            video=source.path,
            found_at=source.path,
            sha256=source.sha256,
            size_bytes=source.size_bytes,
            library=self._library,
            folder=row.folder,
            subject=source.subject,
            session=source.session,
            settings=settings,
        )
        self._engine.submit(slot, job)

    def _take(self, slot: int, event: object) -> None:
        if isinstance(event, Progress):
            self._watcher.progress(slot, event)
        elif isinstance(event, Note):
            self._watcher.note(event.sentence)
        elif isinstance(event, Looked):
            self._looked(slot, event)
        elif isinstance(event, Done):
            source = self._in_hand[slot]
            self._ledger.finish(event.card, self._ledger.row_folder(event.card.id), event.measures_csv)
            del self._in_hand[slot]
            self._watcher.done(slot, event.card)
            assert source.recording == event.card.id
        elif isinstance(event, Failure):
            self._failed(slot, event)

    def _looked(self, slot: int, event: Looked) -> None:
        """Now that the content of a file is known: measure it, unless it is known, or in hand."""
        ledger = self._ledger
        source = replace(self._in_hand[slot], sha256=event.sha256)
        recording = _id_of(source)
        row, keys = ledger.row(recording), keys_of(source)
        other = ledger.claimed_by(source, recording, self._run)
        with ledger.together():
            if other is not None:
                _refuse_claim(ledger, source, other)
            else:
                source = ledger.identify(source, recording, event.sha256, folder_name(source.path, recording))
        if other is not None:
            del self._in_hand[slot]
            reason = f"{source.path}: is the same recording as {other}."
            self._watcher.failed(slot, source.path, Failure(kind="usage", reason=reason), False)
            return
        busy = row is not None and row.state == "running"
        if busy or missing(row, keys) is None:
            del self._in_hand[slot]
            self._watcher.skipped(slot, source.path)
            return
        self._in_hand[slot] = source
        self._measure(slot, source)

    def _failed(self, slot: int, failure: Failure) -> None:
        source, ledger = self._in_hand.pop(slot), self._ledger
        if failure.kind in ENDING:
            self._in_hand[slot] = source
            raise Stop(failure)
        if failure.kind == "changed":
            ledger.leave(source)
            self._watcher.failed(slot, source.path, failure, False)
            return
        if source.sha256 is None:
            stand_in = recording_id(f"path:{source.path}", source.start_s, source.end_s)
            with ledger.together():
                source = ledger.identify(source, stand_in, None, folder_name(source.path, stand_in))
            ledger.begin(stand_in, "")
        assert source.recording is not None
        row = ledger.row(source.recording)
        assert row is not None
        again = failure.kind not in LASTING and row.attempts <= self._retries
        ledger.fail(
            source.recording,
            kind=failure.kind,
            reason=failure.reason,
            detail=failure.detail,
            again=again,
            seconds=round(time.monotonic() - self._began[slot], 3),
        )
        self._come_back |= again
        self._watcher.failed(slot, source.path, failure, again)
