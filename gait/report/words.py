"""Numbers, units and lists as a person reads them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from gait.text import again, decimals, mark, say, spoken
from gait.types import Direction, Scene, View

MINUS = "\N{MINUS SIGN}"
NBSP = "\N{NO-BREAK SPACE}"
_UNITS = {"deg": "°", "points": mark("% points")}
_VIEWS: dict[View, str] = {
    "sagittal": mark("from the side"),
    "frontal": mark("from the front or back"),
    "oblique": mark("at an angle"),
}
_DIRECTIONS: dict[Direction, str] = {
    "right": mark("to the right"),
    "left": mark("to the left"),
    "toward": mark("toward the camera"),
    "away": mark("away from the camera"),
}
SIDES: dict[str, str] = {"left": mark("left"), "right": mark("right"), "both": mark("both")}
"""Of the person, as they stand beside a number."""
_CAPITALS_WITHIN = ("de",)
"""Languages that write nouns with a capital inside a sentence too."""


def number(value: float | None, places: int = 1) -> str:
    """Write a number with a true minus sign; a dash for what is missing, and never a negative zero."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{abs(value):.{places}f}"
    return decimals(MINUS + text if value < 0 and float(text) != 0 else text)


def interval(low: float | None, high: float | None, places: int = 1) -> str:
    """Write an interval, ``110.9–113.7``; with a negative end ``−2.1 to 3.0``. Empty when an end is missing."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    ends = number(low, places), number(high, places)
    return span(*ends) if any(end.startswith(MINUS) for end in ends) else "–".join(ends)


def span(low: str, high: str) -> str:
    """Write from where to where, in words."""
    return say("%(low)s to %(high)s", low=low, high=high)


def whole(n: int) -> str:
    """Write a count with its thousands apart: ``23,111``."""
    from babel.numbers import format_decimal

    return format_decimal(n, locale=spoken())


def moment(when: datetime) -> str:
    """Write a date and time: ``20 Nov 2026, 09:05``."""
    from babel.dates import format_datetime

    return format_datetime(when, say("d MMM y, HH:mm"), locale=spoken())


def unit(name: str | None) -> str:
    """Write a unit of `gait.columns` for a reader: ``deg`` as a degree sign."""
    return again(_UNITS.get(name or "", name or ""))


def with_unit(text: str, name: str | None) -> str:
    """Put a unit behind a number: no space before a degree sign, none after an empty unit."""
    shown = unit(name)
    return text + (shown if shown in ("", "°") else f"{NBSP}{shown}")


def seconds(value: float | None, places: int = 1) -> str:
    """Write a time span: ``7.6 s`` under two minutes, ``12 min 5 s`` from there on."""
    if value is None or not math.isfinite(value):
        return "–"
    if value < 120:
        return f"{number(value, places)}{NBSP}s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes}{NBSP}min {rest}{NBSP}s"


def size(n_bytes: float | None) -> str:
    """Write the size of a file."""
    if n_bytes is None or not math.isfinite(n_bytes):
        return "–"
    for name, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= factor:
            return f"{number(n_bytes / factor)}{NBSP}{name}"
    return f"{n_bytes:.0f}{NBSP}bytes"


def listing(parts: Sequence[str]) -> str:
    """Join words: ``a``, ``a and b``, ``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return say("%(first)s and %(last)s", first=", ".join(parts[:-1]), last=parts[-1])


def first_lower(text: str) -> str:
    """Lower the first letter, for a label inside a sentence; not where nouns keep it."""
    return text if spoken() in _CAPITALS_WITHIN else text[:1].lower() + text[1:]


def as_clause(reason: str) -> str:
    """Turn a reason that may be a sentence into the end of one: no capital (unless a name or code), no full stop."""
    text = reason.strip().rstrip(".")
    return first_lower(text) if text[1:2].islower() else text


def view_of(scene: Scene) -> str:
    """Say from where the camera sees the walk."""
    if scene.view is None:
        return say("not determined")
    if scene.view == "frontal":
        directions = {p.direction for p in scene.passes}
        if directions == {"toward"}:
            return say("from the front")
        if directions == {"away"}:
            return say("from behind")
    return again(_VIEWS[scene.view])


def directions_of(scene: Scene) -> str:
    """Say where the person walks in the picture, each direction once."""
    return listing(list(dict.fromkeys(again(_DIRECTIONS[p.direction]) for p in scene.passes)))
