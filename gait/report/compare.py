"""The same person at two visits or more: what changed, with its interval, and whether it exceeds the error."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from gait.columns import CURVE_COLUMNS, MEASURE_COLUMNS, MEASURES, TURN
from gait.errors import InputError, UsageError
from gait.report import words
from gait.report.files import OVERLAY, SCHEMA
from gait.report.tables import SENSES, Entries, Entry, read_entries
from gait.text import again, mark, say

SPEED_M_S = 0.1
CADENCE_SHARE = 0.1
"""Walks that differ by more than these are walked at another speed, and angles and lengths go with it."""
_OF_VIEW = (
    "Lengths and speed",
    "Joint motion",
    "Key angles of the cycle",
    "Trunk, head and arms",
    "Phases of the stride",
)
_OF_MODEL = ("Joint motion", "Key angles of the cycle")


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One result that takes part.

    Attributes
    ----------
    folder : Path
    name : str
        Session, date or name of the recording: what tells it apart.
    tree : dict
        Of result.json.
    entries : dict
        The measures.
    curves : DataFrame
        The mean gait cycle.
    first_s : float
        Time of the first frame, where the annotated video begins.
    """

    folder: Path
    name: str
    tree: Mapping[str, Any]
    entries: Entries
    curves: pd.DataFrame
    first_s: float = 0.0

    @property
    def far_side(self) -> str:
        """The side whose leg was never toward the camera; empty where each was, or none."""
        near = {walk["near_side"] for walk in self.tree["scene"]["passes"]} - {None}
        return {"left": "right", "right": "left"}[near.pop()] if len(near) == 1 else ""

    @property
    def video(self) -> Path | None:
        """The annotated video, where there is one."""
        path = self.folder / OVERLAY
        return path if path.is_file() else None

    def strikes(self) -> list[tuple[float, str]]:
        """Return time in the video and side of the strikes of the pass with the most of them."""
        events = [e for e in self.tree["events"] if e["kind"] == "strike" and e["pass_number"] != TURN]
        numbers = [e["pass_number"] for e in events]
        if not numbers:
            return []
        longest = max(dict.fromkeys(numbers), key=numbers.count)
        return sorted(
            (float(e["time_s"]) - self.first_s, str(e["side"])) for e in events if e["pass_number"] == longest
        )


@dataclass(frozen=True, kw_only=True)
class Change:
    """How one measure changed from the first visit to another.

    Attributes
    ----------
    by, low, high : float or None
        In the unit of the measure, with its 95 % interval; None where the two are not compared.
    exceeds : bool or None
        Whether it is more than the error of measurement; None where this is not known.
    reason : str
        Why it is not compared.
    """

    by: float | None = None
    low: float | None = None
    high: float | None = None
    exceeds: bool | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ChangeRow:
    """One line of the table: the entries of all visits, and the change of each against the first."""

    name: str
    side: str
    label: str
    unit: str
    group: str
    entries: tuple[Entry | None, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What the page shows."""

    visits: tuple[Visit, ...]
    conditions: tuple[tuple[str, tuple[str, ...]], ...]
    rows: tuple[ChangeRow, ...]


def read_visit(folder: Path) -> Visit:
    """Read a result folder.

    Raises
    ------
    InputError
        It does not hold a result, or one without walking.
    """
    path = folder / "result.json"
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{folder}: holds no result ({error.strerror}).", "Name the folder of a report.") from error
    except ValueError as error:
        raise InputError(f"{path}: cannot be read ({error}).", "Run the recording again.") from error
    if not isinstance(tree, dict) or tree.get("schema") != SCHEMA:
        raise InputError(f"{path}: is not a result of this program.", "Run the recording again.")
    if not tree["scene"]["walking"]:
        raise InputError(f"{folder}: nothing was measured in it: {tree['scene']['reason']}", "Leave it out.")
    measures = pd.DataFrame(tree["measures"], columns=list(MEASURE_COLUMNS))
    visit = tree.get("visit") or {}
    name = visit.get("session") or str(visit.get("recorded_at") or "")[:10] or folder.resolve().name
    return Visit(
        folder=folder,
        name=str(name),
        tree=tree,
        entries=read_entries(measures),
        curves=pd.DataFrame(tree["cycle_curves"], columns=list(CURVE_COLUMNS)),
        first_s=_first_s(folder / "signals.csv"),
    )


def _first_s(signals: Path) -> float:
    try:
        times = pd.read_csv(signals, usecols=["time_s"], nrows=1)["time_s"]
    except (OSError, ValueError):
        return 0.0
    return float(times.iloc[0]) if len(times) else 0.0


def compare(visits: Sequence[Visit]) -> Comparison:
    """Compare visits with the first of them.

    Raises
    ------
    UsageError
        There are fewer than two, the same twice, or recordings of different people.
    """
    if len(visits) < 2:
        raise UsageError("gait compare: two results are needed.", "Name the folders of two visits or more.")
    hashes = [(visit.tree["provenance"].get("file") or {}).get("sha256") for visit in visits]
    if len({visit.folder.resolve() for visit in visits}) < len(visits) or len(set(hashes)) < len(hashes):
        raise UsageError(f"{visits[-1].folder}: the same recording is named twice.", "Name different visits.")
    people = [(visit.tree.get("visit") or {}).get("subject_id") for visit in visits]
    known = list(dict.fromkeys(person for person in people if person))
    if len(known) > 1:
        raise UsageError(
            f"{visits[-1].folder}: is of another person ({words.listing(known)}).",
            "A change between people means nothing: compare visits of one.",
        )
    visits = _with_names_apart(visits)
    conditions = _conditions(visits)
    differing = {name for name, _ in conditions}
    keys = dict.fromkeys(key for visit in visits for key, entry in visit.entries.items() if entry.valid)
    order = {name: k for k, name in enumerate(MEASURES)}
    rows = [_row(visits, key, differing) for key in sorted(keys, key=lambda key: order.get(key[0], len(order)))]
    return Comparison(visits=tuple(visits), conditions=conditions, rows=tuple(rows))


def _with_names_apart(visits: Sequence[Visit]) -> list[Visit]:
    names = [visit.name for visit in visits]
    if len(set(names)) == len(names):
        return list(visits)
    return [replace(visit, name=f"{k}: {visit.name}") for k, visit in enumerate(visits, start=1)]


def _conditions(visits: Sequence[Visit]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what is not the same in all recordings, and so may be behind a change: name, and value of each visit."""

    def said(visit: Visit, section: str, key: str) -> str:
        part = visit.tree.get(section) or visit.tree["provenance"].get(section) or {}
        value = part.get(key)
        return mark("not said") if value in (None, "") else f"{value:g}" if isinstance(value, float) else str(value)

    asked = {
        mark("View"): [said(v, "scene", "view") for v in visits],
        mark("Ground"): [said(v, "scene", "ground") for v in visits],
        mark("Camera"): [said(v, "scene", "camera") for v in visits],
        mark("Directions"): [", ".join(sorted({p["direction"] for p in v.tree["scene"]["passes"]})) for v in visits],
        mark("Walking aid"): [said(v, "visit", "aid") for v in visits],
        mark("Footwear"): [said(v, "visit", "footwear") for v in visits],
        mark("Pose model"): [said(v, "model", "name") for v in visits],
        mark("Frames per second"): [said(v, "video", "nominal_fps") for v in visits],
        mark("Version of gait"): [said(v, "versions", "gait") for v in visits],
    }
    found = [(name, tuple(values)) for name, values in asked.items() if len(set(values)) > 1]
    for name, allowed in (("speed", SPEED_M_S), ("cadence", None)):
        entries = [visit.entries.get((name, "both")) for visit in visits]
        values = [entry.value for entry in entries if entry is not None and entry.value is not None]
        limit = allowed if allowed is not None else CADENCE_SHARE * max(values, default=0.0)
        if len(values) == len(visits) and max(values) - min(values) > limit:
            found.append((MEASURES[name].label, tuple(e.text_with_unit for e in entries if e is not None)))
            break
    return tuple(found)


def _row(visits: Sequence[Visit], key: tuple[str, str], differing: set[str]) -> ChangeRow:
    entries = tuple(visit.entries.get(key) for visit in visits)
    some = next(entry for entry in entries if entry is not None and entry.valid)
    first_is_far = visits[0].far_side == key[1]
    return ChangeRow(
        name=key[0],
        side=key[1],
        label=some.measure.label,
        unit=words.unit(some.unit),
        group=some.measure.group,
        entries=entries,
        changes=tuple(
            Change(reason=mark("the far leg in one recording, the near one in the other"))
            if some.measure.group in _OF_MODEL and key[1] != "both" and (visit.far_side == key[1]) != first_is_far
            else _change(entries[0], entry, differing)
            for visit, entry in zip(visits[1:], entries[1:], strict=True)
        ),
    )


def _change(first: Entry | None, then: Entry | None, differing: set[str]) -> Change:
    if first is None or then is None or first.value is None or then.value is None:
        return Change(reason=mark("not measured in both"))
    if first.unit != then.unit:
        return Change(reason=say("in other units (%(first)s, %(then)s)", first=first.unit, then=then.unit))
    group = first.measure.group
    if "View" in differing and group in _OF_VIEW:
        return Change(reason=mark("seen from another side"))
    if "Pose model" in differing and group in _OF_MODEL:
        return Change(reason=mark("by another pose model"))
    if "Ground" in differing and group == "Lengths and speed":
        return Change(reason=mark("on another ground"))
    by = then.value - first.value
    half = _half_width(first, then, {"Pose model", "Camera", "View"} & differing)
    if half is None:
        return Change(by=by, reason=mark("its error is not known"))
    return Change(by=by, low=by - half, high=by + half, exceeds=abs(by) > half)


def _half_width(first: Entry, then: Entry, other_error: set[str]) -> float | None:
    """Return half the 95 % interval of a change.

    The minimal detectable change is 1.96 √2 times what of a visit's error is not the same at both; so one visit
    contributes its own over √2. Where the cameras or models differ, what is systematic is not the same either: then the
    whole intervals count.
    """
    if first.change is None or then.change is None:
        return None
    half = math.hypot(first.change, then.change) / math.sqrt(2)
    errors = (first.standard_error, then.standard_error)
    if other_error and errors[0] is not None and errors[1] is not None:
        half = max(half, 1.96 * math.hypot(errors[0], errors[1]))
    return half


def change_in_words(row: ChangeRow, change: Change) -> str:
    """Say how far a measure changed: ``5° more (2 to 8)``."""
    if change.by is None:
        return say("not compared: %(reason)s", reason=again(change.reason))
    some = next(entry for entry in row.entries if entry is not None)
    decimals = some.measure.decimals
    senses = SENSES.get(row.name, ("", ""))

    def way(value: float) -> str:
        if all(senses):
            return say("toward %(sense)s", sense=again(senses[0 if value > 0 else 1]))
        return say("more") if value > 0 else say("less")

    shown = words.number(abs(change.by), decimals)
    unit = "points" if some.unit == "%" else some.unit
    text = (
        f"{words.with_unit(shown, unit)} {way(change.by)}" if float(f"{change.by:.{decimals}f}") else say("no change")
    )
    if change.low is None or change.high is None:
        return text
    ends = [words.number(abs(end), decimals) for end in (change.low, change.high)]
    if change.low * change.high > 0:
        return f"{text} ({'–'.join(ends if change.low > 0 else ends[::-1])})"
    return f"{text} ({words.span(f'{ends[0]} {way(change.low)}', f'{ends[1]} {way(change.high)}')})"


def changes_table(comparison: Comparison) -> pd.DataFrame:
    """Return the changes as a table, one row per measure, side and visit after the first."""
    first = comparison.visits[0].name
    return pd.DataFrame(
        [
            {
                "measure": row.name, "side": row.side, "unit": row.unit, "from": first, "to": visit.name,
                "value_from": row.entries[0].value if row.entries[0] else None,
                "value_to": entry.value if entry else None,
                "change": change.by, "ci_low": change.low, "ci_high": change.high,
                "exceeds_error": change.exceeds, "reason": change.reason,
            }
            for row in comparison.rows
            for visit, entry, change in zip(comparison.visits[1:], row.entries[1:], row.changes, strict=True)
        ]
    )  # fmt: skip
