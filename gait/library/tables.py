"""The tables over all recordings of a library: whole at any time, also while a batch is running."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gait.columns import MEASURE_COLUMNS
from gait.folders import replacing_file
from gait.library.card import KEY_MEASURES
from gait.library.entries import Row
from gait.library.ledger import Ledger

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
_OF_ROW = {"id": "id", "recording": "name", "subject": "subject", "session": "session"}
"""Columns that say of which recording it is, and where in the ledger that stands."""
_AT_ONCE = 200
"""Recordings whose measures are held in memory at a time."""


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


def _write_measures(ledger: Ledger, folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.float64() if name in _NUMBERS else pa.string()) for name in COHORT_COLUMNS])
    quoting = pacsv.WriteOptions(quoting_style="needed")
    with (
        replacing_file(folder / MEASURES_CSV) as fresh_csv,
        replacing_file(folder / MEASURES_PARQUET) as fresh_parquet,
        pacsv.CSVWriter(fresh_csv, schema, write_options=quoting) as csv_file,
        pq.ParquetWriter(fresh_parquet, schema, compression="zstd") as parquet,
    ):
        for recordings in _alike(ledger.measures()):
            table = _arrow(recordings, schema)
            csv_file.write_table(table)
            parquet.write_table(table)


def _alike(measures: Iterable[tuple[Row, bytes]]) -> Iterator[list[tuple[Row, bytes]]]:
    """Yield recordings whose measures have the same heading, some hundreds at a time."""
    for _, alike in itertools.groupby(measures, key=lambda each: each[1].partition(b"\n")[0]):
        while some := list(itertools.islice(alike, _AT_ONCE)):
            yield some


def _arrow(recordings: list[tuple[Row, bytes]], schema: Any) -> Any:
    """Return the measures of recordings, with the same heading, as one table."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as pacsv

    heading = recordings[0][1].partition(b"\n")[0] + b"\n"
    bodies = [text.partition(b"\n")[2] for _, text in recordings]
    names = heading.decode().strip().split(",")
    options = pacsv.ConvertOptions(
        column_types={name: pa.float64() if name in _NUMBERS else pa.string() for name in names},
        include_columns=[name for name in COHORT_COLUMNS if name not in _OF_ROW],
        strings_can_be_null=False,
    )
    table = pacsv.read_csv(pa.BufferReader(heading + b"".join(bodies)), convert_options=options)
    # No cell of measures.csv holds a line break.
    counts = np.array([body.count(b"\n") for body in bodies])
    for name, attribute in _OF_ROW.items():
        values = np.array([getattr(row, attribute) for row, _ in recordings], dtype=object)
        table = table.append_column(name, pa.array(np.repeat(values, counts), pa.string()))
    return table.select(list(COHORT_COLUMNS)).cast(schema)
