"""The tables and result.json of a recording."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gait.types import Result

SCHEMA = "gait.result/1"


def write_tables(result: Result, folder: Path) -> None:
    """Write signals.csv, events.csv, strides.csv, measures.csv and result.json into a folder that exists.

    Parameters
    ----------
    result : Result
    folder : Path
    """
    for name in ("signals", "events", "strides", "measures"):
        table: pd.DataFrame = getattr(result, name)
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.9g")
    text = json.dumps(result_to_json(result), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "result.json").write_text(text + "\n", encoding="utf-8")


def result_to_json(result: Result) -> dict[str, Any]:
    """Return what result.json holds: everything but the curves over time, which are in the tables beside it."""
    people = result.track.people if result.track is not None else ()
    tree = {
        "schema": SCHEMA,
        "provenance": result.provenance,
        "scene": asdict(result.scene),
        "subject": None
        if result.track is None
        else {"reason": result.track.reason, "people": [asdict(p) for p in people]},
        "flags": [asdict(f) for f in result.flags],
        "measures": result.measures.to_dict("records"),
        "events": result.events.to_dict("records"),
        "cycle_curves": result.curves.to_dict("records"),
    }
    plain: dict[str, Any] = _plain(tree)
    return plain


def _plain(value: Any) -> Any:
    """Turn numpy values into Python's own, and what is not a number into null."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, Path):
        return value.name
    return value
