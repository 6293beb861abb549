"""Left against right: how far they differ, in words, and whether by more than the error of measurement."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gait.columns import FEWEST_PER_SIDE, MEASURES
from gait.report import words
from gait.report.tables import SENSES, Entries, Entry
from gait.text import again, say
from gait.types import Scene

SIGNED_ASYMMETRY: dict[str, str] = {
    "step_time": "step_time_asymmetry",
    "stance": "stance_asymmetry",
    "step_length_relative": "step_length_asymmetry",
    "arm_swing": "arm_swing_asymmetry",
}
"""Measure to the signed difference of its sides, whose interval says whether left and right differ."""
JOINT_RANGES = ("hip_rom", "knee_rom", "ankle_rom")
"""Measures without such a difference: left and right are compared by their own intervals."""
_OF_JOINTS = ("Joint motion", "Key angles of the cycle")
_LONGER = ("Timing", "Phases of the stride", "Lengths and speed")
"""Groups of which something is longer or shorter, not more or less."""
_FIRST = (
    "cadence", "speed", "step_time", "step_length", "stance", "knee_rom", "double_support", "trunk_lean_forward",
    "trunk_lean_sideways", "speed_relative", "head_sway",
)  # fmt: skip
_KEY_ANGLES = (
    "hip_terminal_stance", "knee_contact", "knee_loading", "knee_swing", "ankle_contact", "ankle_dorsiflexion",
    "ankle_push_off", "ankle_rom",
)  # fmt: skip
AT_MOST = 6


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One of the numbers that are read first: one entry, or left and right with their difference in words.

    Attributes
    ----------
    verdict : str
        ``left 0.037 s shorter, within the error``, or why left and right are not compared; empty for one number.
    exceeds : bool
    change : str
        What two visits must differ by to exceed the error; empty where it is not known.
    far : str
        The side whose joints were never toward the camera.
    """

    label: str
    unit: str
    entries: tuple[Entry, ...]
    verdict: str = ""
    exceeds: bool = False
    change: str = ""
    far: str = ""


def first_tiles(entries: Entries, scene: Scene) -> tuple[Tile, ...]:
    """Choose the numbers for the top of the page: what was measured of the usual ones."""
    return _tiles(entries, scene, _FIRST)[:AT_MOST]


def key_angle_tiles(entries: Entries, scene: Scene) -> tuple[Tile, ...]:
    """Return the key angles of the cycle that were measured."""
    return _tiles(entries, scene, _KEY_ANGLES)


def _tiles(entries: Entries, scene: Scene, names: tuple[str, ...]) -> tuple[Tile, ...]:
    found = (_tile(entries, scene, name) for name in names)
    return tuple(tile for tile in found if tile is not None)


def _tile(entries: Entries, scene: Scene, name: str) -> Tile | None:
    measure = MEASURES[name]
    sides = ("left", "right") if measure.sides == "each" and name != "double_support" else ("both",)
    found = tuple(entries[name, side] for side in sides if (name, side) in entries)
    if not any(entry.valid for entry in found):
        return None
    changes = [entry.change for entry in found if entry.change is not None]
    unit = words.unit(found[0].unit)
    change = words.with_unit(words.number(max(changes), measure.decimals), found[0].unit) if changes else ""
    far = (scene.far_side or "") if measure.group in _OF_JOINTS and len(found) == 2 else ""
    label = again(measure.label)
    if len(found) < 2 or not all(entry.valid for entry in found):
        return Tile(label=label, unit=unit, entries=found, change=change, far=far)
    exceeds = None if far else exceeds_error(entries, name)
    by = difference(*found)
    if far:
        verdict = say("not compared: far leg")
    elif exceeds is None:
        verdict = say("%(difference)s; too few steps to compare", difference=by)
    elif exceeds:
        verdict = say("%(difference)s, more than the error", difference=by)
    else:
        verdict = say("%(difference)s, within the error", difference=by)
    return Tile(label=label, unit=unit, entries=found, verdict=verdict, exceeds=bool(exceeds), change=change,
                far=far)  # fmt: skip


def difference(left: Entry, right: Entry) -> str:
    """Say by how much left differs from right: ``left 0.037 s shorter``; ``alike`` where no printed digit differs."""
    if left.value is None or right.value is None:
        return ""
    decimals = left.measure.decimals
    by = left.value - right.value
    if not float(f"{by:.{decimals}f}"):
        return say("alike")
    unit = "deg" if left.unit == "deg" else "points" if left.unit == "%" else left.unit
    size = words.with_unit(words.number(abs(by), decimals), unit)
    if left.measure.name in SENSES and all(SENSES[left.measure.name]):
        # Signs that mean a direction: how much more of the one, not which number is larger.
        sense = again(SENSES[left.measure.name][0 if by > 0 else 1])
        return say("left %(size)s further %(sense)s", size=size, sense=sense)
    if left.measure.group in _LONGER:
        return say("left %(size)s longer", size=size) if by > 0 else say("left %(size)s shorter", size=size)
    return say("left %(size)s more", size=size) if by > 0 else say("left %(size)s less", size=size)


def exceeds_error(entries: Entries, name: str) -> bool | None:
    """Say whether left and right differ by more than their error; None where the error is not known."""
    if name in SIGNED_ASYMMETRY:
        signed = entries.get((SIGNED_ASYMMETRY[name], "both"))
        if signed is None or not signed.valid or signed.low is None or signed.high is None:
            return None
        return signed.low > 0 or signed.high < 0
    left, right = entries.get((name, "left")), entries.get((name, "right"))
    if left is None or right is None or left.value is None or right.value is None:
        return None
    if min(left.n or 0, right.n or 0) < FEWEST_PER_SIDE:
        return None
    if left.standard_error is None or right.standard_error is None:
        return None
    return abs(left.value - right.value) > 1.96 * math.hypot(left.standard_error, right.standard_error)


def sums(entries: Entries) -> tuple[str, ...]:
    """Say that two steps make a stride, or why the printed numbers do not add up."""
    said = []
    for step, stride in (
        ("step_time", "stride_time"),
        ("step_length", "stride_length"),
        ("step_length_relative", "stride_length_relative"),
    ):
        parts = [entries.get(key) for key in ((step, "left"), (step, "right"), (stride, "both"))]
        if any(part is None or part.value is None for part in parts):
            continue
        left, right, whole = (part for part in parts if part is not None)
        assert left.value is not None and right.value is not None and whole.value is not None
        total, decimals = left.value + right.value, whole.measure.decimals
        sum_ = f"{left.text} + {right.text} = {words.with_unit(words.number(total, decimals), whole.unit)}"
        if step == "step_time":
            line = say("Two steps make a stride, in times: %(sum)s", sum=sum_)
        else:
            line = say("Two steps make a stride, in lengths: %(sum)s", sum=sum_)
        if abs(total - whole.value) < 1.5 * 10**-decimals:
            said.append(say("%(sum)s, the stride in the table.", sum=line))
        else:
            said.append(
                say("%(sum)s; the stride in the table is %(stride)s, since steps at the ends of a walk belong to no "
                    "whole stride and each mean is taken over what was seen of its own.", sum=line, stride=whole.text)
            )  # fmt: skip
        if step == "step_length":
            break
    return tuple(said)
