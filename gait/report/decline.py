"""Where nothing is measured: what was seen, why that is not enough, and how to film again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gait.report import words
from gait.types import Result

HOW_TO_FILM = (
    "Put the camera on something still, level, at the height of the hip.",
    "Stand 3 to 6 m beside the way, so that the person crosses the picture at a right angle.",
    "Keep head and feet in the picture for at least six steps; there and back is better.",
    "Take 60 frames per second if the phone has it; let nobody else walk in front.",
)
_NEEDED = "Left and right foot must each be seen to land, in turn, at least three times in a row; six steps are better."
_WALK_PAST = "Let the person walk through the picture, past the camera."
_REASONS: tuple[tuple[str, str, str], ...] = (
    (
        "no person with visible legs",
        "No legs could be followed.",
        "Show the whole person: step back until the feet are in the picture.",
    ),
    (
        "two feet are never seen together",
        "The two feet were never seen at the same time.",
        "Show both feet: nothing in front of the legs.",
    ),
    ("as in standing", "The feet hardly move apart, as in standing.", _WALK_PAST),
    ("steps on the spot", "The feet move, but the person does not come forward.", _WALK_PAST),
    ("walking backward", "The feet move as in walking backward.", "Let the person walk forward."),
    ("too short", "The walk is too short.", "Film longer: six steps and more."),
    (
        "frames per second",
        "The video has too few pictures per second.",
        "Set the camera to 30, better 60 frames per second.",
    ),
    ("fewer than", "Some steps were seen, but not enough in a row.", "Film more steps in one go: six and more."),
)
"""Part of the reason of the scene, what was seen in plain words, and what to do about it first."""


@dataclass(frozen=True, kw_only=True)
class Decline:
    """What a reader learns from a recording that was declined."""

    seen: str
    why: str
    first: str
    how: tuple[str, ...] = HOW_TO_FILM


def declined(result: Result) -> Decline | None:
    """Return what to say of a recording in which nothing was measured; None where something was."""
    if result.scene.walking:
        return None
    reason = result.scene.reason
    plain, first = next(
        ((plain, first) for part, plain, first in _REASONS if part in reason), ("", "Film again as in the drawing.")
    )
    return Decline(seen=f"{_people(result)} {plain}".strip(), why=_why(reason), first=first)


def _people(result: Result) -> str:
    track = result.track
    if track is None:
        return ""
    if not np.isfinite(track.box_px).any():
        return "No person was recognised."
    chosen = next((person for person in track.people if person.chosen), None)
    others = len(track.people) - 1
    when = f", in view {words.seconds(chosen.start_s)} to {words.seconds(chosen.end_s)}" if chosen else ""
    beside = f" {words.count(others, 'other one', 'others')} may be in the picture." if others > 0 else ""
    return f"One person was followed{when}.{beside}"


def _why(reason: str) -> str:
    detail = reason.removeprefix("No walking was found: ").rstrip(".")
    detail = f"{detail[:1].upper()}{detail[1:]}."
    return detail if "frames per second" in detail or "needed" in detail else f"{detail} {_NEEDED}"
