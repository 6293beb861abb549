"""Tables in Parquet files, with what a table cannot hold beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from gait.errors import InputError

METADATA_KEY = b"gait"
_BLOB_PREFIX = b"gait."


def write_parquet(
    path: Path, table: pd.DataFrame, metadata: dict[str, Any], blobs: dict[str, bytes] | None = None
) -> None:
    """Write a table.

    Parameters
    ----------
    path : Path
    table : DataFrame
    metadata : dict
        Anything JSON can hold.
    blobs : dict of str to bytes, optional
        Small things that JSON cannot hold, by name: an encoded picture.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = pa.Table.from_pandas(table, preserve_index=False)
    own = {METADATA_KEY: json.dumps(metadata).encode()}
    own |= {_BLOB_PREFIX + name.encode(): blob for name, blob in (blobs or {}).items()}
    arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), **own})
    # As a path, Arrow would take a colon in it for the name of a protocol.
    with path.open("wb") as file:
        pq.write_table(arrow, file, compression="zstd")


def read_parquet(path: Path) -> tuple[pd.DataFrame, dict[str, Any], dict[str, bytes]]:
    """Read a table, and what was written beside it; both are empty in the file of another program.

    Raises
    ------
    InputError
        The file cannot be read as Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as file:
            arrow = pq.read_table(file)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path}: cannot be read as Parquet ({' '.join(str(error).split())}).") from error
    found = arrow.schema.metadata or {}
    blobs = {key[len(_BLOB_PREFIX) :].decode(): blob for key, blob in found.items() if key.startswith(_BLOB_PREFIX)}
    return arrow.to_pandas(), json.loads(found.get(METADATA_KEY, b"{}")), blobs
