"""The ledger of a library: which recordings there are, what became of each, and why; one SQLite file.

The result folders are the truth, and the ledger can be written again from them (`gait.library.pool`). It wants a local
disk: network file systems do not keep the locks that SQLite relies on.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gait.errors import GaitError, InputError
from gait.inputs import name_of
from gait.library.card import Card
from gait.library.database import lock, open_database
from gait.library.entries import STATES, Counts, Row, Source, State

LEDGER = "ledger.sqlite"
_LOCK = "ledger.lock"


class Ledger:
    """A ledger that is open. A context manager.

    Parameters
    ----------
    root : Path
        The folder of the library; made if need be, unless it is only to be read.
    writing : bool
        Whether it will be changed: one process at a time may do that.

    Raises
    ------
    UsageError
        Another process writes to it.
    InputError
        There is none, or it cannot be read.
    """

    def __init__(self, root: Path, *, writing: bool = False) -> None:
        self.root = root
        self.path = root / LEDGER
        self._lock: sqlite3.Connection | None = None
        try:
            if writing:
                root.mkdir(parents=True, exist_ok=True)
                self._lock = lock(root / _LOCK)
            elif not self.path.is_file():
                raise InputError(f"{root}: is not a library.", "Make one with gait batch.")
            self._db = open_database(self.path, writing)
        except OSError as error:
            raise InputError(f"{root}: cannot be written to ({error.strerror}).", "Choose another place.") from error
        except sqlite3.Error as error:
            self._unlock()
            raise InputError(
                f"{self.path}: cannot be read as a ledger ({error}).",
                "Move it away: gait batch writes it again from the result folders.",
            ) from error

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._db.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Do all that is written in this block, or nothing of it."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise GaitError(f"{self.path}: cannot be written to ({error}).", "Is the disk full?") from error
            raise
        self._db.execute("COMMIT")

    # Runs and what they find

    def begin_run(self, command: str) -> int:
        """Note that a batch begins, and return its number; what an earlier one left in hand is waiting again."""
        with self.together():
            # That batch was stopped: it was not the recording's doing, and does not count as an attempt.
            self._db.execute(
                "UPDATE recordings SET state = 'waiting', attempts = max(attempts - 1, 0) WHERE state = 'running'"
            )
            row = self._db.execute("INSERT INTO runs (began_at, command) VALUES (?, ?)", (now(), command))
        assert row.lastrowid is not None
        return row.lastrowid

    def end_run(self, run: int) -> None:
        """Note that a batch ended by itself."""
        with self.together():
            self._db.execute("UPDATE runs SET ended_at = ? WHERE number = ?", (now(), run))

    def known(self, source: Source) -> Source:
        """Return a source with what is known of its content, unless the file has changed since."""
        row = self._db.execute(
            "SELECT number, sha256, recording, size_bytes, changed FROM sources WHERE path = ? AND part = ?",
            (source.path, source.part),
        ).fetchone()
        if row is None:
            return source
        same = (row["size_bytes"], row["changed"]) == (source.size_bytes, source.changed)
        sha256 = row["sha256"] if same else None
        return replace(source, sha256=sha256, recording=row["recording"] if same else None, number=row["number"])

    def add_source(self, source: Source, run: int) -> Source:
        """Note where a recording was found by a run; inside `together`."""
        source = self.known(source)
        settings = self._settings_number(source.settings)
        told = (source.size_bytes, source.changed, source.sha256, source.recording, source.subject, source.session)
        if source.number:
            self._db.execute(
                "UPDATE sources SET size_bytes = ?, changed = ?, sha256 = ?, recording = ?, subject = ?, session = ?, "
                "settings = ?, run = ? WHERE number = ?",
                (*told, settings, run, source.number),
            )
            return source
        done = self._db.execute(
            "INSERT INTO sources (size_bytes, changed, sha256, recording, subject, session, settings, run, path, part, "
            "start_s, end_s, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*told, settings, run, source.path, source.part, source.start_s, source.end_s, now()),
        )
        return replace(source, number=done.lastrowid or 0)

    def _settings_number(self, text: str) -> int:
        self._db.execute("INSERT OR IGNORE INTO settings (text) VALUES (?)", (text,))
        number: int = self._db.execute("SELECT number FROM settings WHERE text = ?", (text,)).fetchone()[0]
        return number

    def next_due(self, run: int, after: int) -> Source | None:
        """Return the next source of a run that has something to be done, after the one with this number."""
        row = self._db.execute(
            "SELECT s.*, t.text FROM sources s JOIN settings t ON t.number = s.settings "
            "LEFT JOIN recordings r ON r.id = s.recording "
            "WHERE s.run = ? AND s.number > ? AND (r.state IS NULL OR r.state = 'waiting') ORDER BY s.number LIMIT 1",
            (run, after),
        ).fetchone()
        return None if row is None else _source(row)

    def sources(self, run: int) -> Iterator[Source]:
        """Yield the sources of a run; they may be changed meanwhile."""
        after = 0
        query = (
            "SELECT s.*, t.text FROM sources s JOIN settings t ON t.number = s.settings "
            "WHERE s.run = ? AND s.number > ? ORDER BY s.number LIMIT 500"
        )
        while rows := self._db.execute(query, (run, after)).fetchall():
            yield from map(_source, rows)
            after = rows[-1]["number"]

    def last_run(self) -> int | None:
        """Return the number of the last run."""
        return self._db.execute("SELECT max(number) FROM runs").fetchone()[0]  # type: ignore[no-any-return]

    def was_cut_short(self) -> bool:
        """Whether the last run did not end by itself: what it did last may not be in the tables."""
        last = self._db.execute("SELECT ended_at FROM runs ORDER BY number DESC LIMIT 1").fetchone()
        return last is not None and last[0] is None

    # What becomes of a recording

    def identify(self, source: Source, recording: str, sha256: str | None, folder: str) -> Source:
        """Note which recording a source is; one that nobody knew is waiting. Inside `together`."""
        # What the same place held before, and what came to nothing, is not there any more.
        self._db.execute(
            "DELETE FROM recordings WHERE path = ? AND id != ? AND card = '' AND NOT EXISTS "
            "(SELECT 1 FROM sources s WHERE s.recording = recordings.id AND s.number != ?)",
            (source.path, recording, source.number),
        )
        self.put_waiting(source, recording, sha256, folder, wanted="")
        self._db.execute(
            "UPDATE sources SET sha256 = coalesce(?, sha256), recording = ? WHERE number = ?",
            (sha256 or source.sha256, recording, source.number),
        )
        return replace(source, recording=recording, sha256=sha256 or source.sha256)

    def claimed_by(self, source: Source, recording: str, run: int) -> str | None:
        """Return where a run found the same recording before, to be measured or named in another way; else None."""
        # The plus keeps SQLite from going through the whole run, which it would rather do.
        row = self._db.execute(
            "SELECT s.path FROM sources s JOIN settings t ON t.number = s.settings WHERE s.recording = ? AND s.run = ? "
            "AND +s.number < ? AND (s.subject, s.session, t.text) != (?, ?, ?) LIMIT 1",
            (recording, run, source.number, source.subject, source.session, source.settings),
        ).fetchone()
        return None if row is None else str(row[0])

    def leave(self, source: Source) -> None:
        """Take a source out of its run: the next one will find it again."""
        with self.together():
            self._db.execute("UPDATE sources SET run = 0 WHERE number = ?", (source.number,))

    def put_waiting(self, source: Source, recording: str, sha256: str | None, folder: str, wanted: str) -> None:
        """Put a recording in the line if it is not there; inside `together`."""
        self._db.execute(
            "INSERT INTO recordings (id, name, sha256, folder, path, subject, session, start_s, end_s, size_bytes, "
            "state, wanted, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?) "
            "ON CONFLICT (id) DO NOTHING",
            (
                *(recording, name_of(source.path), sha256, folder, source.path, source.subject),
                *(source.session, source.start_s, source.end_s, source.size_bytes, wanted, now()),
            ),
        )

    def want(self, recording: str, source: Source, wanted: str) -> None:
        """Put a recording in the line again, with another result to be made; inside `together`."""
        self._db.execute(
            "UPDATE recordings SET state = 'waiting', attempts = 0, kind = '', reason = '', detail = '', wanted = ?, "
            "path = ?, subject = ?, session = ? WHERE id = ? AND state != 'running'",
            (wanted, source.path, source.subject, source.session, recording),
        )

    def keep(self, recording: str) -> None:
        """Note that the result that is there is the one that is asked for; inside `together`."""
        self._db.execute(
            "UPDATE recordings SET state = 'done', kind = '', reason = '', detail = '' "
            "WHERE id = ? AND state != 'done'",
            (recording,),
        )

    def begin(self, recording: str, wanted: str) -> None:
        """Note that a recording is being worked on."""
        with self.together():
            self._db.execute(
                "UPDATE recordings SET state = 'running', attempts = attempts + 1, wanted = ?, started_at = ? "
                "WHERE id = ?",
                (wanted, now(), recording),
            )

    def finish(self, card: Card, folder: str, measures_csv: bytes) -> None:
        """Note that a recording is done; also one that nobody knew, when the ledger is written again."""
        with self.together():
            self.record(card, folder, measures_csv)

    def record(self, card: Card, folder: str, measures_csv: bytes) -> None:
        """Write the card of a result; inside `together`."""
        values = {
            "id": card.id,
            "name": card.name,
            "sha256": card.sha256,
            "folder": folder,
            "path": card.found_at,
            "subject": card.subject,
            "session": card.session,
            "start_s": card.start_s,
            "end_s": card.end_s,
            "size_bytes": card.size_bytes,
            "state": "done",
            "kind": "",
            "reason": "",
            "detail": "",
            "wanted": card.keys.report,
            "card": card.to_json(),
            "refused": card.refusal is not None,
            "from_video": "joints" in card.made,
            "finished_at": card.finished_at,
            "seconds": card.seconds,
        }
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        kept = ", ".join(f"{name} = excluded.{name}" for name in values if name != "id")
        self._db.execute(
            f"INSERT INTO recordings ({names}, added_at) VALUES ({marks}, ?) ON CONFLICT (id) DO UPDATE SET {kept}",
            (*values.values(), card.finished_at),
        )
        self._db.execute("INSERT OR REPLACE INTO measures VALUES (?, ?)", (card.id, zlib.compress(measures_csv)))
        # The same part of the same file came to nothing before: it was not whole yet, say.
        self._db.execute(
            "DELETE FROM recordings WHERE path = ? AND start_s = ? AND end_s IS ? AND id != ? AND card = '' "
            "AND state = 'failed' AND NOT EXISTS (SELECT 1 FROM sources s WHERE s.recording = recordings.id)",
            (card.found_at, card.start_s, card.end_s, card.id),
        )

    def fail(self, recording: str, *, kind: str, reason: str, detail: str, again: bool, seconds: float | None) -> None:
        """Note why a recording failed; `again` puts it in the line once more."""
        with self.together():
            self._db.execute(
                "UPDATE recordings SET state = ?, kind = ?, reason = ?, detail = ?, finished_at = ?, seconds = ? "
                "WHERE id = ?",
                ("waiting" if again else "failed", kind, reason, detail, now(), seconds, recording),
            )

    def fail_now(self, recording: str, *, kind: str, reason: str) -> None:
        """Note why a recording is not even tried; inside `together`."""
        self._db.execute(
            "UPDATE recordings SET state = 'failed', kind = ?, reason = ?, finished_at = ? WHERE id = ?",
            (kind, reason, now(), recording),
        )

    def put_back(self, recording: str) -> None:
        """Put a recording that was in hand back in the line, as if it had not been begun."""
        with self.together():
            self._db.execute(
                "UPDATE recordings SET state = 'waiting', attempts = max(attempts - 1, 0) WHERE id = ?", (recording,)
            )

    def adopt_failure(self, row: Row) -> None:
        """Take a failure over from another ledger, unless a later result is known here; inside `together`."""
        self._db.execute(
            "INSERT INTO recordings (id, name, sha256, folder, path, subject, session, start_s, end_s, size_bytes, "
            "state, attempts, kind, reason, detail, wanted, added_at, started_at, finished_at, seconds) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
            "state = excluded.state, attempts = excluded.attempts, kind = excluded.kind, reason = excluded.reason, "
            "detail = excluded.detail, wanted = excluded.wanted, finished_at = excluded.finished_at "
            "WHERE excluded.finished_at > recordings.finished_at",
            (
                *(row.id, row.name, row.sha256, row.folder, row.path, row.subject, row.session, row.start_s, row.end_s),
                *(row.size_bytes, row.state, row.attempts, row.kind, row.reason, row.detail, row.wanted, row.added_at),
                *(row.started_at, row.finished_at, row.seconds),
            ),
        )

    # Reading

    def row(self, recording: str) -> Row | None:
        """Return one recording, or None."""
        found = self._db.execute("SELECT * FROM recordings WHERE id = ?", (recording,)).fetchone()
        return None if found is None else _row(found)

    def folders(self) -> set[str]:
        """Return the folders of all results, in the library."""
        return {folder for (folder,) in self._db.execute("SELECT folder FROM recordings WHERE card != ''")}

    def row_folder(self, recording: str) -> str:
        """Return the folder of a recording, in the library."""
        folder: str = self._db.execute("SELECT folder FROM recordings WHERE id = ?", (recording,)).fetchone()[0]
        return folder

    def rows(self, states: Sequence[State] = STATES) -> Iterator[Row]:
        """Yield the recordings in some states, one at a time, in the order in which they were found."""
        marks = ", ".join("?" * len(states))
        for found in self._db.execute(f"SELECT * FROM recordings WHERE state IN ({marks}) ORDER BY rowid", states):
            yield _row(found)

    def measures(self) -> Iterator[tuple[Row, bytes]]:
        """Yield every recording that has a result, with its measures.csv."""
        query = "SELECT r.*, m.csv FROM recordings r JOIN measures m ON m.id = r.id ORDER BY r.rowid"
        for found in self._db.execute(query):
            yield _row(found), zlib.decompress(found["csv"])

    def counts(self) -> Counts:
        """Count the recordings; files that nobody has looked into yet count as waiting."""
        states: dict[str, int] = dict.fromkeys(STATES, 0)
        seconds = 0.0
        query = "SELECT state, count(*), sum(CASE state WHEN 'done' THEN seconds END) FROM recordings GROUP BY state"
        for state, n, total in self._db.execute(query):
            states[state], seconds = n, seconds + (total or 0.0)
        unseen, unseen_at = self._db.execute(
            "SELECT count(*), min(added_at) FROM sources "
            "WHERE recording IS NULL AND run = (SELECT max(number) FROM runs)"
        ).fetchone()
        waiting_at = self._db.execute("SELECT min(added_at) FROM recordings WHERE state = 'waiting'").fetchone()[0]
        (refused,) = self._db.execute("SELECT count(*) FROM recordings WHERE state = 'done' AND refused").fetchone()
        kinds = self._db.execute(
            "SELECT kind, count(*) FROM recordings WHERE state = 'failed' GROUP BY kind ORDER BY 1"
        )
        return Counts(
            waiting=states["waiting"] + unseen,
            running=states["running"],
            done=states["done"],
            failed=states["failed"],
            without_gait=refused,
            seconds=seconds,
            kinds=dict(list(kinds)),
            oldest_waiting_at=min((at for at in (waiting_at, unseen_at) if at), default=None),
        )

    def copy_to(self, path: Path) -> None:
        """Write a copy of the ledger as it is now to a file."""
        copy = sqlite3.connect(path)
        self._db.backup(copy)
        copy.close()

    def pace(self) -> tuple[float, float] | None:
        """Return seconds per recording and per byte of those measured from the video on; None where there is none."""
        n, seconds, size = self._db.execute(
            "SELECT count(*), sum(seconds), sum(size_bytes) FROM recordings WHERE state = 'done' AND from_video"
        ).fetchone()
        return (seconds / n, seconds / max(size, 1)) if n else None


_APART = ("csv", "refused", "from_video")
"""Columns that are not of a `Row`: the card has them too."""


def now() -> str:
    """Return the time, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _source(row: sqlite3.Row) -> Source:
    names = ("path", "size_bytes", "changed", "start_s", "end_s", "subject", "session", "sha256", "recording", "number")
    return Source(**{name: row[name] for name in names}, settings=row["text"])


def _row(found: sqlite3.Row) -> Row:
    values: dict[str, Any] = {name: found[name] for name in found.keys() if name not in _APART}  # noqa: SIM118
    card = Card.from_json(json.loads(values["card"])) if values["card"] else None
    return Row(**{**values, "card": card})
