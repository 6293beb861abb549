"""The readout of a photograph in words: for a terminal, and for the letters on the picture."""

from __future__ import annotations

from gait.columns import SIGNALS
from gait.photo.types import Angle, PhotoReading
from gait.report.words import first_lower, listing, number
from gait.types import Direction, View

LIMITED = "*"
"""Stands behind an angle that is to be read with care."""
_FACING: dict[Direction, str] = {"right": ", facing right", "left": ", facing left"}
_VIEWS: dict[View, str] = {"sagittal": "Seen from the side", "oblique": "Seen at an angle"}
_ENDS = {
    "neck_flexion": ("forward", "backward"),
    "shoulder_tilt": ("right side lower", "left side lower"),
    "hip_tilt": ("right side lower", "left side lower"),
}
_LABEL_WIDTH = 24
_WIDTH = 12


def label(angle: Angle) -> str:
    """Return the name of an angle, without its side."""
    prefix = "" if angle.side == "both" else "left_"
    return SIGNALS[f"{prefix}{angle.name}_deg"].label.removesuffix(", left")


def seen_in_words(readout: PhotoReading) -> str:
    """Say from where the person is seen, and where to the person faces."""
    if readout.view is None:
        return "View not determined"
    if readout.view == "frontal":
        return "Seen from the front" if readout.facing == "toward" else "Seen from behind"
    return _VIEWS[readout.view] + (_FACING.get(readout.facing, "") if readout.facing else "")


def degrees(angle: Angle) -> str:
    """Write an angle: n/a where it is missing, in brackets where it says nothing, marked where it is less certain."""
    if angle.status == "missing":
        return "n/a"
    text = f"{number(angle.value_deg)}°"
    return {"not_meaningful": f"({text})", "limited": f"{text}{LIMITED}"}.get(angle.status, text)


def with_direction(angle: Angle, readout: PhotoReading) -> str:
    """Write an angle of the midline with where to it leans, where that is known."""
    ends = _ENDS.get(angle.name)
    if angle.name == "trunk_lean":
        ends = ("forward", "backward") if readout.view == "sagittal" else ("to own right", "to own left")
    if angle.status in ("missing", "not_meaningful") or readout.view not in ("sagittal", "frontal") or ends is None:
        return degrees(angle)
    value = f"{number(abs(angle.value_deg))}°{LIMITED if angle.status == 'limited' else ''}"
    return value if value.startswith("0.0°") else f"{value} {ends[0] if angle.value_deg > 0 else ends[1]}"


def table(readout: PhotoReading) -> str:
    """Return the angles as lines of text, and below them what the marks mean."""
    lines = [f"{'':<{_LABEL_WIDTH}}{'left':>{_WIDTH}}{'right':>{_WIDTH}}{'left - right':>{_WIDTH + 4}}"]
    by_name: dict[str, list[Angle]] = {}
    for angle in readout.angles:
        by_name.setdefault(angle.name, []).append(angle)
    for angles in by_name.values():
        head = f"{label(angles[0]):<{_LABEL_WIDTH}}"
        if angles[0].side == "both":
            lines.append(head + f"{'':<{_WIDTH - 8}}{with_direction(angles[0], readout)}")
        else:
            cells = {angle.side: degrees(angle) for angle in angles}
            lines.append(
                f"{head}{cells['left']:>{_WIDTH}}{cells['right']:>{_WIDTH}}{cells['difference']:>{_WIDTH + 4}}"
            )
    return "\n".join([*lines, *_reasons(readout)])


def _reasons(readout: PhotoReading) -> list[str]:
    """Return one line for each reason, with the angles it concerns."""
    marks = {"missing": "n/a", "not_meaningful": "( )", "limited": LIMITED}
    concerned: dict[tuple[str, str], dict[str, list[str]]] = {}
    for angle in readout.angles:
        if angle.status == "valid" or (angle.status == "missing" and angle.side == "difference"):
            continue
        name = first_lower(label(angle).partition(",")[0])
        of_reason = concerned.setdefault((marks[angle.status], angle.reason), {})
        of_reason.setdefault(name, []).append("left - right" if angle.side == "difference" else angle.side)
    return [
        f"{mark:<4}{', '.join(_named(name, sides) for name, sides in names.items())}: {reason}."
        for (mark, reason), names in concerned.items()
    ]


def _named(name: str, sides: list[str]) -> str:
    """Return the name of a joint with the sides it concerns; without them where it is all."""
    return name if "both" in sides or len(sides) == 3 else f"{listing(sides)} {name}"
