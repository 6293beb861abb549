"""A list of recordings in a CSV file, one a row, with what is known of each; errors are found before anything runs."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gait.batch.places import stamp
from gait.config import Settings, load_settings
from gait.errors import GaitError, InputError, UsageError
from gait.inputs import printable
from gait.library.entries import Source
from gait.library.store import is_url

_SETTING = {
    "height_m": "analysis.scale.height_m",
    "age": "report.person.age",
    "sex": "report.person.sex",
    "start": "video.start_s",
    "end": "video.end_s",
    "view": "analysis.scene.view",
}
"""Columns that are settings, and which."""

COLUMNS = ("path", "subject", "session", *_SETTING, "config")

TEMPLATE = """\
path,subject,session,height_m,age,sex,start,end,view,config
walks/anna.mp4,P-017,2025-03-14,1.68,54,female,,,,
walks/ben_two_walks.mov,P-018,2025-03-14,1.81,61,male,0,20.5,side,
walks/ben_two_walks.mov,P-018,2025-03-14,1.81,61,male,20.5,,front,
s3://bucket/clara.mp4,P-019,2025-03-15,,,,,,,configs/treadmill.yaml
"""
"""What `gait batch --template` prints."""

_SHOWN = 20
"""Errors told at a time."""


def read_manifest(path: Path, config: Path | None) -> list[Source]:
    """Read a list of recordings, and check all of it.

    Parameters
    ----------
    path : Path
        A CSV file with the columns of `COLUMNS`, all but `path` optional, separated by commas or semicolons. Paths that
        are not absolute begin at its folder.
    config : Path or None
        Settings for the rows that name no file of their own.

    Raises
    ------
    InputError
        The file cannot be read.
    UsageError
        Something in it is wrong: each error is told with its row, counted as a spreadsheet does, and its column.
    """
    rows, columns = _table(path)
    errors = [_unknown_column(name) for name in columns if name not in COLUMNS]
    if "path" not in columns:
        errors.append("there is no column path")
    sources: list[Source] = []
    seen: dict[tuple[str, str], int] = {}
    for number, row in rows if not errors else ():
        source = _source(row, number, path.parent, config, errors)
        if source is None:
            continue
        first = seen.setdefault((source.path, source.part), number)
        if first != number:
            errors.append(
                f"row {number}, path: the same video and part as row {first}; a library keeps one result of each"
            )
        sources.append(source)
    if not errors and not sources:
        errors.append("there is no row")
    if errors:
        more = [f"and {len(errors) - _SHOWN} more"] if len(errors) > _SHOWN else []
        raise UsageError("\n  ".join([f"{path}: cannot be used:", *errors[:_SHOWN], *more]))
    return sources


def _table(path: Path) -> tuple[Iterator[tuple[int, dict[str, str]]], list[str]]:
    """Return the rows with their numbers, and the names of the columns."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text.", 'Save it as "CSV UTF-8".') from error
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    columns = [(name or "").strip() for name in reader.fieldnames or ()]
    reader.fieldnames = columns

    def rows() -> Iterator[tuple[int, dict[str, str]]]:
        for row in reader:
            # Cells beyond the last heading come as a list under None.
            beyond = row.pop(None, None)  # type: ignore[call-overload]
            cells = {name: (cell or "").strip() for name, cell in row.items()}
            if any(cells.values()) or beyond:
                yield reader.line_num, {**cells, **({"": "too many"} if beyond else {})}

    return rows(), columns


def _unknown_column(name: str) -> str:
    near = difflib.get_close_matches(name, COLUMNS, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"row 1: unknown column {name!r}; valid are {', '.join(COLUMNS)}.{hint}"


def _source(row: dict[str, str], number: int, folder: Path, config: Path | None, errors: list[str]) -> Source | None:
    """Return the source of a row; None, and what is wrong with it added to the errors, where it cannot be used."""
    n_before = len(errors)
    if row.pop("", ""):
        errors.append(f"row {number}: more cells than columns; a comma within a cell needs quotes around the cell")
    own = row.get("config", "")
    base = (folder / own) if own else config
    try:
        _settings(base)
    except GaitError as error:
        errors.append(f"row {number}, config: {error}")
        base = None
    for column, setting in _SETTING.items():
        try:
            _settings(None, ((setting, row.get(column) or None),))
        except UsageError as error:
            errors.append(f"row {number}, {column}: {str(error).partition(f'{setting}: ')[2] or error}")
    path = row.get("path", "")
    if path and not is_url(path):
        path = str((folder / path).absolute())
    size_bytes, changed = 0, ""
    if not path:
        errors.append(f"row {number}, path: is empty")
    else:
        try:
            size_bytes, changed = stamp(path)
        except GaitError as error:
            errors.append(f"row {number}, path: {error}")
    if len(errors) > n_before:
        return None
    try:
        settings = _settings(base, tuple((setting, row.get(column) or None) for column, setting in _SETTING.items()))
    except UsageError as error:
        # Each cell is right by itself: the start and the end do not fit.
        errors.append(f"row {number}, end: {str(error).rpartition(': ')[2]}")
        return None
    subject, session = printable(row.get("subject", "")), printable(row.get("session", ""))
    return Source.of(path, size_bytes, changed, settings, subject, session)


@cache
def _settings(config: Path | None, overrides: tuple[tuple[str, str | None], ...] = ()) -> Settings:
    return load_settings(config, dict(overrides))
