"""The measures and strides of a result, put into rows that a template can print."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from gait.columns import MEASURED, MEASURES, WITHIN_ERROR, Measure
from gait.report import words
from gait.text import again, mark, say

MeasureSide = Literal["left", "right", "both"]
SENSES: dict[str, tuple[str, str]] = {
    "step_time_asymmetry": (mark("left longer"), mark("right longer")),
    "stance_asymmetry": (mark("left longer"), mark("right longer")),
    "step_length_asymmetry": (mark("left longer"), mark("right longer")),
    "arm_swing_asymmetry": (mark("left larger"), mark("right larger")),
    "ankle_height_difference": (mark("left higher"), mark("right higher")),
    "trunk_lean_forward": (mark("forward"), mark("backward")),
    "trunk_lean_sideways": (mark("to own right"), mark("to own left")),
    "hip_terminal_stance": (mark("forward"), mark("backward")),
    "ankle_contact": (mark("dorsiflexed"), mark("plantarflexed")),
    "ankle_dorsiflexion": (mark("dorsiflexed"), mark("plantarflexed")),
    "ankle_push_off": (mark("dorsiflexed"), mark("plantarflexed")),
    "foot_progression": (mark("outward"), mark("inward")),
    **dict.fromkeys(("knee_contact", "knee_loading", "knee_swing"), ("", mark("overextended"))),
}
"""What the signs of a measure mean: a reader is told this in place of a sign."""
MEASURE_SIDES: tuple[MeasureSide, ...] = ("left", "right", "both")
OTHER_GROUP = mark("Other")


def _finite(value: Any) -> float | None:
    """Return a float, or None for whatever is not a finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the table of measures, and how it reads.

    Attributes
    ----------
    value, low, high, sd, change : float or None
        None where there is no number, and in every withheld entry. `change`: the minimal detectable change.
    reason : str
        Why it was withheld; empty for a valid one.
    note : str
        What is to be said of a valid one; mostly empty.
    """

    measure: Measure
    side: MeasureSide
    value: float | None
    low: float | None
    high: float | None
    sd: float | None
    change: float | None
    n: int | None
    unit: str
    reason: str
    note: str

    @property
    def valid(self) -> bool:
        """Whether there is a number to show."""
        return self.value is not None

    @property
    def text(self) -> str:
        """The number alone."""
        return words.number(self.value, self.measure.decimals)

    @property
    def interval(self) -> str:
        """The 95 % interval alone; empty if there is none."""
        return words.interval(self.low, self.high, self.measure.decimals)

    @property
    def text_with_unit(self) -> str:
        """The number and its unit."""
        return words.with_unit(self.text, self.unit)

    @property
    def size(self) -> str:
        """The number as read: without its sign where words say what it means."""
        return words.number(self._unsigned(self.value), self.measure.decimals)

    @property
    def sense(self) -> str:
        """What the sign means here; empty where it means nothing, and for a zero."""
        return self._sense_of(self.value)

    @property
    def said_interval(self) -> str:
        """The 95 % interval as read: ``0.5–14.4``, or ``15.2 right longer to 3.3 left longer``."""
        low, high = self.low, self.high
        if low is None or high is None or self.measure.name not in SENSES:
            return self.interval
        senses = {self._sense_of(end) for end in (low, high)} - {""}
        ends = [words.number(self._unsigned(end), self.measure.decimals) for end in (low, high)]
        if len(senses) > 1 or (senses and not all(SENSES[self.measure.name]) and low < 0 < high):
            return words.span(
                *(f"{end} {self._sense_of(value)}".rstrip() for end, value in zip(ends, (low, high), strict=True))
            )
        return "–".join(ends if abs(low) <= abs(high) else ends[::-1])

    def _unsigned(self, value: float | None) -> float | None:
        return abs(value) if value is not None and self.measure.name in SENSES else value

    def _sense_of(self, value: float | None) -> str:
        if value is None or self.measure.name not in SENSES or not float(f"{value:.{self.measure.decimals}f}"):
            return ""
        return again(SENSES[self.measure.name][0 if value > 0 else 1])

    @property
    def standard_error(self) -> float | None:
        """The width of the 95 % interval over 2 · 1.96."""
        return None if self.low is None or self.high is None else (self.high - self.low) / (2 * 1.96)


Entries = dict[tuple[str, str], Entry]


def read_entries(measures: pd.DataFrame) -> Entries:
    """Read the table of measures; a "valid" row without a number counts as withheld.

    Parameters
    ----------
    measures : DataFrame
        The columns of `gait.columns.MEASURE_COLUMNS`.

    Returns
    -------
    dict of (measure, side) to Entry, in the order of the table
    """
    entries: Entries = {}
    for row in measures.to_dict("records"):
        name, side = str(row["measure"]), row["side"]
        if side not in MEASURE_SIDES:
            continue
        unit = row["unit"] if isinstance(row["unit"], str) else ""
        measure = MEASURES.get(name) or Measure(
            name=name, label=name.replace("_", " ").capitalize(), unit=unit, definition="", sides="both",
            group=OTHER_GROUP, decimals=2,
        )  # fmt: skip
        value = _finite(row["value"]) if row["status"] in MEASURED else None
        known = value is not None
        n = _finite(row["n"])
        reason = row["reason"].strip() if isinstance(row["reason"], str) else ""
        entries[name, side] = Entry(
            measure=measure,
            side=side,
            value=value,
            low=_finite(row["ci_low"]) if known else None,
            high=_finite(row["ci_high"]) if known else None,
            sd=_finite(row["sd"]) if known else None,
            change=_finite(row["mdc95"]) if known else None,
            n=int(n) if known and n is not None else None,
            unit=unit,
            reason="" if known else reason or mark("No value could be computed."),
            note="" if not known else mark("within the error") if row["status"] == WITHIN_ERROR else reason,
        )
    return entries


@dataclass(frozen=True, kw_only=True)
class MeasureRow:
    """One measure with its sides; `reason` is set where none of them was measured, all for the same reason."""

    measure: Measure
    unit: str
    cells: Mapping[MeasureSide, Entry]
    reason: str

    @property
    def change(self) -> str:
        """The minimal detectable change; of the less certain side where the measure has sides, empty if none has it."""
        changes = [cell.change for side, cell in self.cells.items() if side != "both" or len(self.cells) == 1]
        known = [change for change in changes if change is not None]
        return words.number(max(known), self.measure.decimals) if known else ""


@dataclass(frozen=True, kw_only=True)
class MeasureGroup:
    """The measures under one heading."""

    name: str
    rows: tuple[MeasureRow, ...]


def measure_groups(entries: Entries) -> tuple[MeasureGroup, ...]:
    """Sort the entries into groups and rows, in the order of `gait.columns.MEASURES`."""
    order = [*MEASURES, *dict.fromkeys(name for name, _ in entries if name not in MEASURES)]
    groups: dict[str, list[MeasureRow]] = {}
    for name in order:
        cells = {side: entries[name, side] for side in MEASURE_SIDES if (name, side) in entries}
        if not cells:
            continue
        some = next(iter(cells.values()))
        reasons = {cell.reason for cell in cells.values()}
        row = MeasureRow(
            measure=some.measure,
            unit=words.unit(some.unit),
            cells=cells,
            reason=reasons.pop() if len(reasons) == 1 else "",
        )
        groups.setdefault(some.measure.group, []).append(row)
    return tuple(MeasureGroup(name=name, rows=tuple(rows)) for name, rows in groups.items())


def why_nothing(entries: Entries) -> str:
    """Return why not one measure has a value; empty if one has, or if the reasons differ."""
    reasons = {entry.reason for entry in entries.values()}
    if not entries:
        return say("There is no table of measures.")
    return reasons.pop() if len(reasons) == 1 else ""


@dataclass(frozen=True, kw_only=True)
class Phases:
    """Mean phases of one side's stride in percent; their sum is 100."""

    side: str
    initial_double: float
    single: float
    terminal_double: float
    swing: float

    @property
    def stance(self) -> float:
        """Share of the stride with this foot on the ground."""
        return 100 - self.swing


def phases(strides: pd.DataFrame, entries: Entries) -> tuple[Phases, ...]:
    """Average the phases of the stride over the valid strides of each side; those that are withheld are left out."""
    names = ["initial_double_support_pct", "single_support_pct", "terminal_double_support_pct", "swing_pct"]
    found = []
    for side in ("left", "right"):
        if not all((name, side) in entries and entries[name, side].valid for name in ("stance", "double_support")):
            continue
        chosen = strides[(strides["side"] == side) & strides["valid"].astype(bool)]
        means = [_finite(pd.to_numeric(chosen[name], errors="coerce").mean()) for name in names]
        initial, single, terminal, swing = means
        if initial is None or single is None or terminal is None or swing is None:
            continue
        scale = 100 / (initial + single + terminal + swing)
        found.append(Phases(side=side, initial_double=initial * scale, single=single * scale,
                            terminal_double=terminal * scale, swing=swing * scale))  # fmt: skip
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class StrideTable:
    """The strides as text: headings, and per stride the side, start, cells and, for a rejected one, the reason."""

    headings: tuple[tuple[str, str], ...]
    rows: tuple[dict[str, Any], ...]
    n_valid: int


_STRIDE_COLUMNS: tuple[tuple[str, str, str, int], ...] = (
    ("stride_time_s", mark("Stride time"), "s", 3),
    ("step_time_s", mark("Step time"), "s", 3),
    ("stance_pct", mark("Stance"), "%", 1),
    ("double_support_pct", mark("Double support"), "%", 1),
    ("step_length_m", mark("Step length"), "m", 3),
    ("stride_length_m", mark("Stride length"), "m", 3),
    ("step_length_bh", mark("Step length"), "body heights", 3),
    ("stride_length_bh", mark("Stride length"), "body heights", 3),
    ("hip_rom_deg", mark("Hip range"), "deg", 1),
    ("knee_rom_deg", mark("Knee range"), "deg", 1),
    ("ankle_rom_deg", mark("Ankle range"), "deg", 1),
)


def stride_table(strides: pd.DataFrame) -> StrideTable:
    """Write the table of strides, lengths in metres where these are known; columns without any number are left out."""
    known = {name for name, *_ in _STRIDE_COLUMNS if pd.to_numeric(strides[name], errors="coerce").notna().any()}
    shown = known - {name.replace("_m", "_bh") for name in known if name.endswith("_m")}
    columns = [column for column in _STRIDE_COLUMNS if column[0] in shown]
    rows = tuple(
        {
            "number": row["number"],
            "side": row["side"],
            "start_s": _finite(row["start_s"]),
            "valid": bool(row["valid"]),
            "reason": again(row["reason"]) if isinstance(row["reason"], str) else "",
            "cells": [words.number(_finite(row[name]), decimals) for name, _, _, decimals in columns],
        }
        for row in strides.to_dict("records")
    )
    headings = tuple((again(label), words.unit(unit)) for _, label, unit, _ in columns)
    return StrideTable(headings=headings, rows=rows, n_valid=sum(row["valid"] for row in rows))
