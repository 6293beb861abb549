"""Where nothing is measured: what was seen, why that is not enough, and how to film again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gait.report import words
from gait.text import again, mark, say, say_many
from gait.types import Result

HOW_TO_FILM = (
    mark("Put the camera on something still, level, at the height of the hip."),
    mark("Stand 3 to 6 m beside the way, so that the person crosses the picture at a right angle."),
    mark("Keep head and feet in the picture for at least six steps; there and back is better."),
    mark("Take 60 frames per second if the phone has it; let nobody else walk in front."),
)
_NEEDED = mark(
    "Left and right foot must each be seen to land, in turn, at least three times in a row; six steps are better."
)
_WALK_PAST = mark("Let the person walk through the picture, past the camera.")
_REASONS: tuple[tuple[str, str, str], ...] = (
    (
        "no person with visible legs",
        mark("No legs could be followed."),
        mark("Show the whole person: step back until the feet are in the picture."),
    ),
    (
        "two feet are never seen together",
        mark("The two feet were never seen at the same time."),
        mark("Show both feet: nothing in front of the legs."),
    ),
    ("as in standing", mark("The feet hardly move apart, as in standing."), _WALK_PAST),
    ("steps on the spot", mark("The feet move, but the person does not come forward."), _WALK_PAST),
    ("walking backward", mark("The feet move as in walking backward."), mark("Let the person walk forward.")),
    ("too short", mark("The walk is too short."), mark("Film longer: six steps and more.")),
    (
        "frames per second",
        mark("The video has too few pictures per second."),
        mark("Set the camera to 30, better 60 frames per second."),
    ),
    (
        "fewer than",
        mark("Some steps were seen, but not enough in a row."),
        mark("Film more steps in one go: six and more."),
    ),
)
"""Part of the reason of the scene, what was seen in plain words, and what to do about it first."""


@dataclass(frozen=True, kw_only=True)
class Decline:
    """What a reader learns from a recording that was declined."""

    seen: str
    why: str
    first: str
    how: tuple[str, ...]


def declined(result: Result) -> Decline | None:
    """Return what to say of a recording in which nothing was measured; None where something was."""
    if result.scene.walking:
        return None
    reason = result.scene.reason
    plain, first = next(
        ((again(plain), again(first)) for part, plain, first in _REASONS if part in reason),
        ("", say("Film again as in the drawing.")),
    )
    how = tuple(again(advice) for advice in HOW_TO_FILM)
    return Decline(seen=f"{_people(result)} {plain}".strip(), why=_why(reason), first=first, how=how)


def _people(result: Result) -> str:
    track = result.track
    if track is None:
        return ""
    if not np.isfinite(track.box_px).any():
        return say("No person was recognised.")
    chosen = next((person for person in track.people if person.chosen), None)
    others = len(track.people) - 1
    if chosen:
        start, end = words.seconds(chosen.start_s), words.seconds(chosen.end_s)
        followed = say("One person was followed, in view %(start)s to %(end)s.", start=start, end=end)
    else:
        followed = say("One person was followed.")
    beside = say_many("%(n)s other one may be in the picture.", "%(n)s others may be in the picture.", others)
    return f"{followed} {beside}" if others > 0 else followed


def _why(reason: str) -> str:
    # As a sentence of its own it begins with a capital: the catalogue has it with its beginning.
    said = again(reason).removeprefix(say("No walking was found: ")).rstrip(".")
    detail = f"{said[:1].upper()}{said[1:]}."
    return detail if "frames per second" in reason or "needed" in reason else f"{detail} {again(_NEEDED)}"
