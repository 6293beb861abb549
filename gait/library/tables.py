"""The tables over all recordings of a library: whole at any time, also while a batch is running."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gait.columns import MEASURE_COLUMNS
from gait.folders import replacing_file
from gait.library.entries import Row
from gait.library.ledger import Ledger
from gait.library.recording import KEY_MEASURES

RECORDINGS_CSV, FAILURES_CSV = "recordings.csv", "failures.csv"
MEASURES_CSV, MEASURES_PARQUET = "measures.csv", "measures.parquet"
TABLES = (RECORDINGS_CSV, FAILURES_CSV, MEASURES_CSV, MEASURES_PARQUET)

RECORDING_COLUMNS = (
    *("id", "name", "subject", "session", "state", "reason", "view", "folder", "path", "start_s", "end_s"),
    *("duration_s", "n_frames", "model", "version", "attempts", "seconds", "finished_at", "sha256"),
    *KEY_MEASURES,
)
FAILURE_COLUMNS = (
    *("id", "name", "subject", "session", "path", "kind", "reason", "attempts", "finished_at", "detail"),
)
COHORT_COLUMNS = ("id", "recording", "subject", "session", "view", *MEASURE_COLUMNS)
_NUMBERS = {"value", "n", "sd", "ci_low", "ci_high", "mdc95"}
_CHUNK = 20_000
"""Rows of measures held in memory at a time."""


def write_tables(ledger: Ledger, folder: Path) -> None:
    """Write recordings.csv, failures.csv, measures.csv and measures.parquet; each takes the place of the old one whole.

    Parameters
    ----------
    ledger : Ledger
    folder : Path
    """
    _write_csv(folder / RECORDINGS_CSV, RECORDING_COLUMNS, map(recording_row, ledger.rows()))
    _write_csv(folder / FAILURES_CSV, FAILURE_COLUMNS, map(vars, ledger.rows(("failed",))))
    _write_measures(ledger, folder)


def recording_row(row: Row) -> dict[str, Any]:
    """Return a recording as recordings.csv and the index show it: values by `RECORDING_COLUMNS`."""
    card = row.card
    told = {} if card is None else {**vars(card), **card.key_measures}
    reason = row.reason or (card.refusal if card is not None and row.state == "done" else "") or ""
    known = {**told, **{name: value for name, value in vars(row).items() if value is not None}}
    return {**{name: known.get(name) for name in RECORDING_COLUMNS}, "reason": reason}


def _write_csv(path: Path, columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> None:
    with replacing_file(path) as fresh, fresh.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def _cohort(ledger: Ledger) -> Iterator[dict[str, str]]:
    """Yield a row for each recording, side and measure, as text."""
    for row, text in ledger.measures():
        own = {"id": row.id, "recording": row.name, "subject": row.subject, "session": row.session}
        for measure in csv.DictReader(io.StringIO(text.decode("utf-8"))):
            yield {**measure, **own}


def _write_measures(ledger: Ledger, folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.float64() if name in _NUMBERS else pa.string()) for name in COHORT_COLUMNS])
    with (
        replacing_file(folder / MEASURES_CSV) as fresh_csv,
        replacing_file(folder / MEASURES_PARQUET) as fresh_parquet,
        fresh_csv.open("w", encoding="utf-8", errors="replace", newline="") as file,
        pq.ParquetWriter(fresh_parquet, schema, compression="zstd") as parquet,
    ):
        writer = csv.DictWriter(file, COHORT_COLUMNS, extrasaction="ignore")
        writer.writeheader()
        held: list[dict[str, str]] = []
        for row in _cohort(ledger):
            writer.writerow(row)
            held.append(row)
            if len(held) >= _CHUNK:
                parquet.write_table(_arrow(held, schema))
                held = []
        parquet.write_table(_arrow(held, schema))


def _arrow(rows: list[dict[str, str]], schema: Any) -> Any:
    import pyarrow as pa

    columns: dict[str, list[Any]] = {}
    for name in COHORT_COLUMNS:
        texts = [row.get(name) or "" for row in rows]
        columns[name] = [float(text) if text else None for text in texts] if name in _NUMBERS else texts
    return pa.table(columns, schema=schema)
