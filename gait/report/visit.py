"""Who was recorded, when and how, as it stands in the head, in result.json and in the tables.

All of it was typed in by somebody, but for the date, which the file states: nothing is guessed from a file name.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gait.config import VisitSettings
from gait.provenance import Provenance
from gait.report import words
from gait.text import again, mark, say

_IN_TABLES = ("session", "recorded_at", "aid", "footwear", "clinician")
_AIDS = {
    "none": mark("without an aid"), "cane": mark("cane"), "crutches": mark("crutches"), "walker": mark("walker"),
    "rollator": mark("rollator"), "orthosis": mark("orthosis"),
}  # fmt: skip


def recorded_at(provenance: Provenance) -> str:
    """Return the date and time that the video file states, as it states it; empty where it does not."""
    return (provenance.video.recorded_at if provenance.video else None) or ""


def visit_to_json(visit: VisitSettings, provenance: Provenance) -> dict[str, Any]:
    """Return what result.json holds of the visit; None for what nobody said."""
    return {**visit.model_dump(), "recorded_at": recorded_at(provenance) or None}


def visit_values(visit: VisitSettings, provenance: Provenance) -> dict[str, str]:
    """Return what the tables have of the visit beside recording and subject; empty for what nobody said."""
    known = visit_to_json(visit, provenance)
    return {name: str(known[name] or "") for name in _IN_TABLES}


def visit_facts(visit: VisitSettings, provenance: Provenance) -> list[tuple[str, str]]:
    """Return the facts for the head of the page: what is known of the visit, in the order it is read."""
    aid = again(_AIDS[visit.aid]) if visit.aid else ""
    facts = [
        (say("Session"), visit.session),
        (say("Recorded"), _date(recorded_at(provenance))),
        (say("Walking aid"), aid),
        (say("Footwear"), visit.footwear),
        (say("Clinician"), visit.clinician),
        (say("Note"), visit.note),
    ]
    return [(name, value) for name, value in facts if value]


def _date(text: str) -> str:
    """Write a date as read; a time with a zone in it is shown as it was on the camera's clock."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = " UTC" if when.utcoffset() is not None and not when.utcoffset() else ""
    return words.moment(when) + zone
