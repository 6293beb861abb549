"""One picture of one person: angles of the joints, and which of them mean anything in this view."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from gait.analysis.body.angles import interior_angle_deg
from gait.analysis.body.posture import forward_sign, posture_signals
from gait.analysis.body.table import INTERIOR
from gait.analysis.geometry import SHOULDERS_PER_TRUNK, Body
from gait.analysis.view.heading import Heading, find_heading
from gait.analysis.view.scene import FRONTAL_ABOVE, SAGITTAL_BELOW
from gait.photo.types import Angle, PhotoReading, Worth
from gait.skeleton import SIDES
from gait.types import Direction, PoseSequence, Side, View

_MIDLINE: dict[str, tuple[str, ...]] = {
    "neck_flexion": ("shoulder", "hip"),
    "trunk_lean": ("shoulder", "hip"),
    "shoulder_tilt": ("shoulder",),
    "hip_tilt": ("hip",),
}
"""Angles of the midline, and the points of both sides that they need."""
_TILTS = ("shoulder_tilt", "hip_tilt")
_SIGNED = ("neck_flexion", "trunk_lean")

PLANE = "Angles are in the plane of the picture (2D): what bends toward the camera or away from it looks smaller."
MOMENT = "A picture shows one moment: during a step, left and right differ in healthy people too."
SIDES_BY_MODEL = "Left and right are as the pose model told them: check the letters in the annotated picture."

Which = Literal["left", "right", "difference", "both"]


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """From where the person is seen."""

    view: View | None
    reason: str
    facing: Direction | None
    heading: Heading

    @property
    def near_side(self) -> Side | None:
        """The side toward the camera."""
        sides: dict[Direction | None, Side] = {"right": "right", "left": "left"}
        return sides.get(self.facing) if self.view == "sagittal" else None


def read_photo(poses: PoseSequence, min_score: float = 0.3) -> PhotoReading:
    """Return the angles of a person in one picture.

    Knee, hip and elbow are interior angles (straight is 180); all come from arctan2 forms, in degrees.

    Parameters
    ----------
    poses : PoseSequence
        Of one frame.
    min_score : float
        Points below this score are unknown.
    """
    body = Body(known_points(poses, min_score))
    seen = _seen_from(body)
    values = posture_signals(body, seen.heading)
    angles: list[Angle] = []
    for joint, points in INTERIOR.items():
        name = f"{joint}_interior"
        pair = []
        for side in SIDES:
            names = [f"{side}_{point}" for point in points]
            value = float(interior_angle_deg(*(body.at(n) for n in names))[0])
            pair.append(value)
            angles.append(_judged(name, "left" if side == "left" else "right", value, seen, _unknown(body, names)))
        lacking = [n for side in SIDES for n in _unknown(body, [f"{side}_{point}" for point in points])]
        angles.append(_judged(name, "difference", pair[0] - pair[1], seen, lacking))
    for name, both in _MIDLINE.items():
        needed = [f"{side}_{point}" for side, point in itertools.product(SIDES, both)]
        ears = _unknown(body, ["left_ear", "right_ear"]) if name == "neck_flexion" else []
        lacking = _unknown(body, needed) + (ears if len(ears) == 2 else [])
        angles.append(_judged(name, "both", float(values[f"{name}_deg"][0]), seen, lacking))
    return PhotoReading(
        view=seen.view,
        view_reason=seen.reason,
        facing=seen.facing,
        near_side=seen.near_side,
        angles=tuple(angles),
        notes=(PLANE, MOMENT, SIDES_BY_MODEL),
    )


def known_points(poses: PoseSequence, min_score: float) -> PoseSequence:
    """Return the poses without the points that are unsure, or outside of the picture: those are guessed."""
    inside = ((poses.xy_px >= 0) & (poses.xy_px <= (poses.width_px, poses.height_px))).all(axis=2)
    known = inside & (poses.score >= min_score)
    return replace(
        poses,
        xy_px=np.where(known[..., None], poses.xy_px, np.nan).astype(np.float32),
        score=np.where(known, poses.score, 0.0).astype(np.float32),
    )


def _unknown(body: Body, names: list[str]) -> list[str]:
    return [name for name in names if not np.isfinite(body.at(name)).all()]


def _seen_from(body: Body) -> _Seen:
    """Tell the view by the distance of the shoulders over the length of the trunk, the side by the feet or knees."""
    heading = find_heading(body)
    shown = abs(float(heading.toward[0])) * SHOULDERS_PER_TRUNK
    forward = float(forward_sign(heading)[0])
    sideways: Direction | None = "right" if forward > 0 else "left" if forward < 0 else None
    if not np.isfinite(body.trunk[0]):
        return _Seen(view=None, reason="Shoulders and hips are not all seen.", facing=sideways, heading=heading)
    if shown > FRONTAL_ABOVE:
        toward = float(np.sign(heading.toward[0]))
        return _Seen(
            view="frontal",
            reason="The shoulders are seen side by side.",
            facing="toward" if toward > 0 else "away",
            heading=Heading(rightward=np.zeros(1), toward=np.array([toward])),
        )
    if shown >= SAGITTAL_BELOW:
        return _Seen(
            view="oblique", reason="The shoulders are seen neither side by side nor one behind the other.",
            facing=sideways, heading=heading,
        )  # fmt: skip
    if sideways is None:
        return _Seen(
            view=None, reason="The shoulders are seen one behind the other, but neither feet nor knees show where to.",
            facing=None, heading=heading,
        )  # fmt: skip
    return _Seen(
        view="sagittal",
        reason="The shoulders are seen one behind the other.",
        facing=sideways,
        heading=Heading(rightward=np.array([forward]), toward=np.zeros(1)),
    )


def _judged(name: str, side: Which, value_deg: float, seen: _Seen, lacking: list[str]) -> Angle:
    """Say what an angle is worth."""
    if lacking or not np.isfinite(value_deg):
        points = ", ".join(point.replace("_", " ") for point in lacking)
        return Angle(name=name, side=side, value_deg=np.nan, status="missing", reason=f"not seen: {points or 'points'}")
    status, reason = _worth(name, side, seen)
    return Angle(name=name, side=side, value_deg=value_deg, status=status, reason=reason)


def _worth(name: str, side: Which, seen: _Seen) -> tuple[Worth, str]:
    if seen.view == "oblique":
        return "limited", "the person is seen at an angle, which shortens what is turned away from the picture"
    if seen.view is None:
        if name in _SIGNED:
            return "not_meaningful", "which way the person faces cannot be told, and so neither can its sign"
        return "limited", "from where the person is seen cannot be told"
    if seen.view == "sagittal":
        if name in _TILTS:
            return "not_meaningful", "from the side, left and right lie behind each other"
        if side == "difference":
            return "limited", "one side is nearer to the camera, and hides part of the other"
        if side in SIDES and side != seen.near_side:
            return "limited", "the far side is partly hidden, and less certain"
        return "valid", ""
    if name in (*_TILTS, "trunk_lean"):
        return "valid", ""
    return (
        "not_meaningful",
        "from the front or back, bending forward or backward does not show, only how straight the line is sideways",
    )
