"""The tables and result.json of a recording."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gait.columns import CYCLE_COLUMNS, RECORDING_COLUMNS
from gait.config import ReportSettings, VisitSettings
from gait.provenance import to_tree
from gait.report.fall_screen import fall_screen_to_json
from gait.report.references import asked_for, references_to_json, with_references
from gait.report.tables import read_entries
from gait.report.visit import visit_to_json, visit_values
from gait.types import Result

SCHEMA = "gait.result/1"
OVERLAY, PICTURE, POSTER = "overlay.mp4", "picture.mp4", "poster.jpg"
"""The annotated video, the same without what is drawn in, and the picture that both begin with."""


def write_tables(result: Result, folder: Path, settings: ReportSettings | None = None) -> None:
    """Write signals.csv, events.csv, strides.csv, cycles.csv, measures.csv and result.json into a folder that exists.

    Parameters
    ----------
    result : Result
    folder : Path
    settings : ReportSettings, optional
        What is known of the person: with it, measures.csv has the columns of the references too.
    """
    settings = settings or ReportSettings()
    for name in ("signals", "events", "strides", "measures"):
        table: pd.DataFrame = getattr(result, name)
        if name == "measures" and asked_for(settings.person):
            table = with_references(table, settings.person)
        if name == "measures":
            table = _with_recording(table, result, settings.visit)
        table.to_csv(folder / f"{name}.csv", index=False)
    _cycles_table(result).to_csv(folder / "cycles.csv", index=False)
    text = json.dumps(result_to_json(result, settings), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "result.json").write_text(text + "\n", encoding="utf-8")


def _with_recording(measures: pd.DataFrame, result: Result, visit: VisitSettings) -> pd.DataFrame:
    """Return the measures with `RECORDING_COLUMNS` before them: which recording, of whom, seen from where."""
    said = result.provenance
    values = {
        "recording": said.recording_name,
        "subject": visit.subject_id or said.subject_label or "",
        "view": result.scene.view or "",
        **visit_values(visit, said),
    }
    columns = {name: values[name] for name in RECORDING_COLUMNS}
    return pd.concat([pd.DataFrame(columns, index=measures.index), measures], axis=1)


def _cycles_table(result: Result) -> pd.DataFrame:
    """Return every stride's curves, and behind them mean and SD over the strides of each side."""
    summed = [
        result.curves.pivot(index=["side", "percent"], columns="signal", values=kind).reset_index().assign(stride=kind)
        for kind in ("mean", "sd")
    ]
    return pd.concat([result.cycles.astype({"stride": object}), *summed], ignore_index=True)[list(CYCLE_COLUMNS)]


def result_to_json(result: Result, settings: ReportSettings | None = None) -> dict[str, Any]:
    """Return what result.json holds: everything but the curves over time, which are in the tables beside it.

    `references` and `fall_screen` are null where nobody asked for them.
    """
    settings = settings or ReportSettings()
    people = result.track.people if result.track is not None else ()
    tree = {
        "schema": SCHEMA,
        "visit": visit_to_json(settings.visit, result.provenance),
        "provenance": to_tree(result.provenance),
        "scene": asdict(result.scene),
        "subject": None
        if result.track is None
        else {"reason": result.track.reason, "people": [asdict(p) for p in people]},
        "flags": [asdict(f) for f in result.flags],
        "measures": result.measures.to_dict("records"),
        "references": references_to_json(settings.person) if asked_for(settings.person) else None,
        "fall_screen": fall_screen_to_json(read_entries(result.measures), result.scene.view)
        if settings.fall_screen
        else None,
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
