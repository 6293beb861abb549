"""The file of a ledger: its tables, how it is opened, and who may write to it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from gait.errors import InputError, UsageError

_SCHEMA_VERSION = 1

_TABLES = """
CREATE TABLE recordings (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT, folder TEXT NOT NULL, path TEXT NOT NULL,
    subject TEXT NOT NULL, session TEXT NOT NULL, start_s REAL NOT NULL, end_s REAL, size_bytes INTEGER NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, kind TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '', wanted TEXT NOT NULL DEFAULT '',
    card TEXT NOT NULL DEFAULT '', refused INTEGER NOT NULL DEFAULT 0,
    from_video INTEGER NOT NULL DEFAULT 0, added_at TEXT NOT NULL, started_at TEXT, finished_at TEXT, seconds REAL);
CREATE INDEX by_state ON recordings (state, kind, refused, from_video, seconds, size_bytes, added_at);
CREATE INDEX by_path ON recordings (path);
CREATE TABLE measures (id TEXT PRIMARY KEY, csv BLOB NOT NULL);
CREATE TABLE settings (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE sources (
    number INTEGER PRIMARY KEY, path TEXT NOT NULL, part TEXT NOT NULL, start_s REAL NOT NULL, end_s REAL,
    size_bytes INTEGER NOT NULL, changed TEXT NOT NULL, sha256 TEXT, recording TEXT, subject TEXT NOT NULL,
    session TEXT NOT NULL, settings INTEGER NOT NULL, run INTEGER NOT NULL, added_at TEXT NOT NULL,
    UNIQUE (path, part));
CREATE INDEX by_recording ON sources (recording, run, added_at);
CREATE INDEX by_run ON sources (run, number);
CREATE TABLE runs (number INTEGER PRIMARY KEY, began_at TEXT NOT NULL, ended_at TEXT, command TEXT NOT NULL);
"""


def open_database(path: Path, writing: bool) -> sqlite3.Connection:
    """Open a ledger; where it is to be written to, make it if need be.

    Raises
    ------
    InputError
        It is none, or a later version of this program made it.
    sqlite3.Error
        It cannot be read.
    """
    if writing or os.access(path.parent, os.W_OK):
        database = sqlite3.connect(path, isolation_level=None, timeout=30)
    else:
        # Whoever may only read can make no files beside it; while nobody writes, none are needed.
        how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
        database = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None, timeout=30)
    database.row_factory = sqlite3.Row
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > _SCHEMA_VERSION:
        raise InputError(f"{path}: was written by a newer version of gait.", "Use that version.")
    if writing:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        if version == 0:
            database.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;")
    elif version == 0:
        raise InputError(f"{path}: is not a ledger.")
    return database


def lock(path: Path) -> sqlite3.Connection:
    """Take the lock of a library: the operating system gives it back however this process ends.

    Raises
    ------
    UsageError
        Another process has it.
    """
    held = sqlite3.connect(path, isolation_level=None, timeout=0.5)
    try:
        held.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        held.close()
        if "locked" not in str(error):
            raise
        raise UsageError(
            f"{path.parent}: another gait batch is working on this library.", "Wait for it, or choose another library."
        ) from error
    return held
