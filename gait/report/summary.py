"""The summary: a few plain sentences that hold even for a reader who looks at nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gait.columns import MEASURES, TURN
from gait.report import words
from gait.report.sides import JOINT_RANGES, SIGNED_ASYMMETRY, exceeds_error
from gait.report.tables import Entries, Entry, read_entries
from gait.types import Result, Scene

UPRIGHT_FROM_SIDE_DEG = (-6.2, 2.6)
"""Lean from hips to shoulders, forward positive, in which one more sound walker is expected (95 %).

Four children and two adults in laboratories, by markers and joint centres in 3D: -4.8 to -0.3, mean -1.8, SD 1.6. The
shoulder joints of somebody who walks upright are a little behind the hip joints.
"""
_WAYS: dict[str, tuple[str, str, tuple[float, float]]] = {
    "trunk_lean_forward": ("forward", "backward", UPRIGHT_FROM_SIDE_DEG),
    "trunk_lean_sideways": ("to the person's right", "to the person's left", (0.0, 0.0)),
}
"""Measure of the trunk to what its signs mean, and how somebody leans who walks upright."""

_UNSAID = (*_WAYS, "step_width", "foot_progression")
"""What this view, or every view, does not show by its nature: the table says so."""


def summarize(result: Result) -> tuple[str, ...]:
    """Say in a few sentences what was measured, what differs between the sides, and what was not measured and why.

    Parameters
    ----------
    result : Result

    Returns
    -------
    tuple of str
        Plain text, each a whole sentence or two; not escaped.
    """
    if result.track is not None and not result.track.people and not np.isfinite(result.track.box_px).any():
        return ("No person was found in this clip, so nothing was measured.",)
    if not result.scene.walking:
        return (
            f"No gait could be measured in this clip. {result.scene.reason}".strip(),
            "So no number is given; the curves over time, where there are any, show what was seen.",
        )
    entries = read_entries(result.measures)
    sentences = [
        _walk(result),
        _pace(entries),
        _phases(entries),
        *_trunk(entries),
        *_differences(entries, result.scene),
    ]
    return tuple(sentence for sentence in [*sentences, *_withheld(entries)] if sentence)


def _valid(entries: Entries, name: str, side: str = "both") -> Entry | None:
    entry = entries.get((name, side))
    return entry if entry is not None and entry.valid else None


def _with_interval(entry: Entry, name_it: bool = False) -> str:
    if not entry.interval:
        return entry.text_with_unit
    named = f"95{words.NBSP}% interval " if name_it else ""
    return f"{entry.text_with_unit} ({named}{entry.interval})"


def _walk(result: Result) -> str:
    scene = result.scene
    strikes = result.events[result.events["kind"] == "strike"]
    left, right = (int((strikes["side"] == side).sum()) for side in ("left", "right"))
    in_turns = int((strikes["pass_number"] == TURN).sum())
    turned = f", {in_turns} of them in a turn and not measured" if in_turns else ""
    where = " on a treadmill" if scene.ground == "treadmill" else f" {words.directions_of(scene)}".rstrip()
    passes = f" in {words.count(len(scene.passes), 'pass', 'passes')}" if len(scene.passes) > 1 else ""
    return (
        f"The person walks{where}{passes}, seen {words.view_of(scene)}; "
        f"{words.count(left + right, 'foot strike')} found ({left} left, {right} right{turned})."
    )


def _pace(entries: Entries) -> str:
    found = [entry for name in ("cadence", "speed", "stride_time") if (entry := _valid(entries, name))]
    parts = [
        f"{words.first_lower(entry.measure.label) if k else entry.measure.label} {_with_interval(entry, k == 0)}"
        for k, entry in enumerate(found[:2])
    ]
    return "; ".join(parts) + "." if parts else ""


def _phases(entries: Entries) -> str:
    left, right = _valid(entries, "stance", "left"), _valid(entries, "stance", "right")
    double = _valid(entries, "double_support")
    parts = []
    if left and right:
        parts.append(f"Each foot is on the ground for {left.text_with_unit} (left) and {right.text_with_unit} (right) "
                     "of its stride")  # fmt: skip
    if double:
        parts.append(f"{'both feet' if parts else 'Both feet are on the ground'} for {double.text_with_unit}")
    return ", ".join(parts) + "." if parts else ""


def _trunk(entries: Entries) -> list[str]:
    return [
        _lean(entry, *ways)
        for name, ways in _WAYS.items()
        if (entry := _valid(entries, name)) is not None and entry.value is not None
    ]


def _lean(lean: Entry, positive: str, negative: str, upright: tuple[float, float]) -> str:
    if lean.low is None or lean.high is None or (lean.low <= upright[1] and lean.high >= upright[0]):
        said = f"{words.with_unit(lean.size, lean.unit)} {lean.sense}".rstrip()
        interval = f" ({lean.said_interval})" if lean.said_interval else ""
        return f"Lean of the trunk {said}{interval}: within its error, that of somebody who walks upright."
    if lean.value is None or lean.value > 0:
        return f"The trunk leans {positive} by {_with_interval(lean)} on average."
    size = replace(lean, value=-lean.value, low=-lean.high, high=-lean.low)
    return f"The trunk leans {negative} by {_with_interval(size)} on average."


def _differences(entries: Entries, scene: Scene) -> list[str]:
    """Name the differences of left and right that exceed their error, and the measures in which none does.

    A pose model sees the far leg worse than the near one, and bends it less: joint ranges of the two are compared only
    where each was the near one for a part of the walk.
    """
    differ, alike = [], []
    comparable = () if scene.far_side else JOINT_RANGES
    for name in (*SIGNED_ASYMMETRY, *comparable):
        left, right = _valid(entries, name, "left"), _valid(entries, name, "right")
        exceeds = exceeds_error(entries, name)
        if left is None or right is None or exceeds is None:
            continue
        label = words.first_lower(MEASURES[name].label.removesuffix(", relative"))
        if exceeds:
            differ.append(f"{label} (left {left.text_with_unit}, right {right.text_with_unit})")
        else:
            alike.append(label)
    sentences = []
    if differ:
        sentences.append(f"Left and right differ by more than the error of measurement in {words.listing(differ)}.")
    if alike:
        sentences.append(f"No difference beyond the error of measurement in {words.listing(alike)}.")
    if scene.far_side and any(_valid(entries, name, "left") for name in JOINT_RANGES):
        side = "left" if scene.far_side == "right" else "right"
        sentences.append(
            f"Ranges of motion of left and right are not compared: only the {side} side was toward the camera."
        )
    return sentences


def _withheld(entries: Entries, at_most: int = 3) -> list[str]:
    """Name what was not measured, by reason, in the order of the table."""
    reasons: dict[str, list[str]] = {}
    for name, measure in MEASURES.items():
        if name in _UNSAID:
            continue
        cells = [entry for (other, _), entry in entries.items() if other == name]
        if cells and not any(entry.valid for entry in cells):
            reasons.setdefault(cells[0].reason, []).append(words.first_lower(measure.label))
    clauses = []
    for reason, labels in list(reasons.items())[:at_most]:
        named = labels if len(labels) <= 4 else [*labels[:3], f"{len(labels) - 3} more"]
        clauses.append(f"{words.listing(named)} ({words.as_clause(reason)})")
    if not clauses:
        return []
    rest = sum(len(labels) for _, labels in list(reasons.items())[at_most:])
    more = f"; and {words.count(rest, 'more measure')}, with the reasons in the table" if rest else ""
    return [f"Not measured: {'; '.join(clauses)}{more}."]
