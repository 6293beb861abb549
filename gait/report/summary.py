"""The summary: a few plain sentences that hold even for a reader who looks at nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gait.columns import MEASURES, TURN
from gait.report import words
from gait.report.sides import JOINT_RANGES, SIGNED_ASYMMETRY, exceeds_error
from gait.report.tables import Entries, Entry, read_entries
from gait.text import again, mark, say, say_many
from gait.types import Result, Scene

UPRIGHT_FROM_SIDE_DEG = (-6.2, 2.6)
"""Lean from hips to shoulders, forward positive, in which one more sound walker is expected (95 %).

Four children and two adults in laboratories, by markers and joint centres in 3D: -4.8 to -0.3, mean -1.8, SD 1.6. The
shoulder joints of somebody who walks upright are a little behind the hip joints.
"""
_WAYS: dict[str, tuple[str, str, tuple[float, float]]] = {
    "trunk_lean_forward": (mark("forward"), mark("backward"), UPRIGHT_FROM_SIDE_DEG),
    "trunk_lean_sideways": (mark("to the person's right"), mark("to the person's left"), (0.0, 0.0)),
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
        return (say("No person was found in this clip, so nothing was measured."),)
    if not result.scene.walking:
        return (
            f"{say('No gait could be measured in this clip.')} {again(result.scene.reason)}".strip(),
            say("So no number is given; the curves over time, where there are any, show what was seen."),
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
    if name_it:
        return say("%(value)s (95\N{NO-BREAK SPACE}%% interval %(interval)s)", value=entry.text_with_unit,
                   interval=entry.interval)  # fmt: skip
    return f"{entry.text_with_unit} ({entry.interval})"


def _walk(result: Result) -> str:
    scene = result.scene
    events = result.events[result.events["kind"] == "strike"]
    left, right = (int((events["side"] == side).sum()) for side in ("left", "right"))
    in_turns = int((events["pass_number"] == TURN).sum())
    view, n = words.view_of(scene), len(scene.passes)
    if scene.ground == "treadmill":
        walks = say("The person walks on a treadmill")
    else:
        walks = f"{say('The person walks')} {words.directions_of(scene)}".rstrip()
    if n > 1:
        walks = say("%(walks)s in %(n)s passes", walks=walks, n=n)
    if in_turns:
        feet = say("%(left)s left, %(right)s right, %(turned)s of them in a turn and not measured", left=left,
                   right=right, turned=in_turns)  # fmt: skip
    else:
        feet = say("%(left)s left, %(right)s right", left=left, right=right)
    strikes = say_many("%(n)s foot strike found", "%(n)s foot strikes found", left + right)
    return say("%(walks)s, seen %(view)s; %(strikes)s (%(feet)s).", walks=walks, view=view, strikes=strikes, feet=feet)


def _pace(entries: Entries) -> str:
    found = [entry for name in ("cadence", "speed", "stride_time") if (entry := _valid(entries, name))]
    parts = [
        f"{_lower(entry.measure.label) if k else again(entry.measure.label)} {_with_interval(entry, k == 0)}"
        for k, entry in enumerate(found[:2])
    ]
    return "; ".join(parts) + "." if parts else ""


def _phases(entries: Entries) -> str:
    left, right = _valid(entries, "stance", "left"), _valid(entries, "stance", "right")
    double = _valid(entries, "double_support")
    parts = []
    if left and right:
        parts.append(say("Each foot is on the ground for %(left)s (left) and %(right)s (right) of its stride",
                         left=left.text_with_unit, right=right.text_with_unit))  # fmt: skip
    if double and parts:
        parts.append(say("both feet for %(share)s", share=double.text_with_unit))
    elif double:
        parts.append(say("Both feet are on the ground for %(share)s", share=double.text_with_unit))
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
        return say("Lean of the trunk %(lean)s: within its error, that of somebody who walks upright.",
                   lean=f"{said}{interval}")  # fmt: skip
    way = positive
    if lean.value is not None and lean.value <= 0:
        way, lean = negative, replace(lean, value=-lean.value, low=-lean.high, high=-lean.low)
    return say("The trunk leans %(way)s by %(angle)s on average.", way=again(way), angle=_with_interval(lean))


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
        label = _lower(MEASURES[name].label.removesuffix(", relative"))
        if exceeds:
            differ.append(say("%(measure)s (left %(left)s, right %(right)s)", measure=label, left=left.text_with_unit,
                              right=right.text_with_unit))  # fmt: skip
        else:
            alike.append(label)
    sentences = []
    if differ:
        sentences.append(
            say("Left and right differ by more than the error of measurement in %(measures)s.",
                measures=words.listing(differ))
        )  # fmt: skip
    if alike:
        sentences.append(
            say("No difference beyond the error of measurement in %(measures)s.", measures=words.listing(alike))
        )
    if scene.far_side and any(_valid(entries, name, "left") for name in JOINT_RANGES):
        sentences.append(
            say("Ranges of motion of left and right are not compared: only the left side was toward the camera.")
            if scene.far_side == "right"
            else say("Ranges of motion of left and right are not compared: only the right side was toward the camera.")
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
            reasons.setdefault(cells[0].reason, []).append(_lower(measure.label))
    clauses = []
    for reason, labels in list(reasons.items())[:at_most]:
        named = labels if len(labels) <= 4 else [*labels[:3], say("%(n)s more", n=len(labels) - 3)]
        clauses.append(say("%(measures)s (%(reason)s)", measures=words.listing(named),
                           reason=words.as_clause(again(reason))))  # fmt: skip
    if not clauses:
        return []
    rest = sum(len(labels) for _, labels in list(reasons.items())[at_most:])
    if rest:
        clauses.append(
            say_many("and %(n)s more measure, with the reasons in the table",
                     "and %(n)s more measures, with the reasons in the table", rest)
        )  # fmt: skip
    return [say("Not measured: %(clauses)s.", clauses="; ".join(clauses))]


def _lower(label: str) -> str:
    return words.first_lower(again(label))
