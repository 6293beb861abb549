"""Trunk, head, shoulders, hips and arms in the picture."""

from __future__ import annotations

import numpy as np

from gait.analysis.geometry import Body
from gait.analysis.view.heading import Heading
from gait.arrays import nanmean, nanmedian
from gait.skeleton import SIDES
from gait.types import FloatArray, Roll

SIDEWAYS, SIDEWAYS_OF_TOWARD = 0.5, 0.6
"""Share of the unit heading from which someone is seen from the side, so that forward lies left or right; and the share
of what points toward the camera. Judgements: no further than 60 degrees out of the plane of the picture."""

UNKNOWN_ROLL_SD_DEG = 2.0
"""Of the roll of a camera whose pictures do not tell it: on three real clips that do it is 0, 1.3 and -3.5 degrees."""


def roll_sd_deg(roll: Roll | None) -> float:
    """Return the SD that the camera's roll leaves in every angle against the vertical."""
    return UNKNOWN_ROLL_SD_DEG if roll is None else roll.sd_deg


def forward_sign(heading: Heading) -> FloatArray:
    """Return +1 where the body faces the right of the picture, -1 the left, NaN where it faces neither."""
    sideways = np.abs(heading.rightward) >= np.maximum(SIDEWAYS, np.abs(heading.toward) * SIDEWAYS_OF_TOWARD)
    return np.asarray(np.where(sideways, np.sign(heading.rightward), np.nan))


def trunk_lean_deg(body: Body, forward: FloatArray, toward: FloatArray) -> FloatArray:
    """Return the lean of the line from mid-hip to mid-shoulder against the vertical, the camera's roll taken off.

    Parameters
    ----------
    body : Body
    forward : (T,)
        +1 or -1 where the person is seen from the side: the lean is then positive forward.
    toward : (T,)
        Positive where the person faces the camera, negative where away from it: the lean is then positive toward the
        subject's right, which is at the left of the picture for somebody who faces it.
    """
    line = body.middle("shoulder") - body.middle("hip")
    sign = np.where(np.isfinite(forward), forward, -np.sign(toward))
    return np.asarray(sign * (np.degrees(np.arctan2(line[:, 0], -line[:, 1])) - body.upright_deg))


def tilt_deg(body: Body, name: str) -> FloatArray:
    """Return the line of the shoulders or hips against the horizontal, subject's right end lower positive.

    The camera's roll is taken off: it lowers the end that is at the right of the picture.
    """
    line = body.at(f"right_{name}") - body.at(f"left_{name}")
    lower = np.degrees(np.arctan2(line[:, 1], np.abs(line[:, 0])))
    return np.asarray(lower - np.sign(line[:, 0]) * body.upright_deg)


def neck_flexion_deg(body: Body, forward: FloatArray) -> FloatArray:
    """Return the line from mid-shoulder to the ears against the trunk, forward positive; unsigned from the front."""
    trunk = body.middle("shoulder") - body.middle("hip")
    neck = nanmean([body.at("left_ear"), body.at("right_ear")]) - body.middle("shoulder")
    angle = np.degrees(np.arctan2(trunk[:, 0] * neck[:, 1] - trunk[:, 1] * neck[:, 0], np.sum(trunk * neck, axis=1)))
    return np.asarray(np.where(np.isfinite(forward), forward * angle, np.abs(angle)))


def head_offset_px(body: Body) -> FloatArray:
    """Return the horizontal offset of the nose from the mid-hip, to the right of the picture positive."""
    return np.asarray(body.at("nose")[:, 0] - body.middle("hip")[:, 0])


def posture_signals(body: Body, heading: Heading) -> dict[str, FloatArray]:
    """Return every signal of posture by name, each (T,)."""
    forward = forward_sign(heading)
    width, height = body.poses.width_px, body.poses.height_px
    head = head_offset_px(body)
    signals = {
        "trunk_lean_deg": trunk_lean_deg(body, forward, heading.toward),
        "head_sway": head / width,
        "head_sway_trunk": head / nanmedian(body.trunk),
        "ankle_height_difference": -body.ankles_apart[:, 1] / height,
        "ankle_separation": forward * body.ankles_apart[:, 0] / body.leg,
        "neck_flexion_deg": neck_flexion_deg(body, forward),
        "shoulder_tilt_deg": tilt_deg(body, "shoulder"),
        "hip_tilt_deg": tilt_deg(body, "hip"),
    }
    for side in SIDES:
        signals[f"{side}_wrist_swing"] = (
            forward * (body.at(f"{side}_wrist")[:, 0] - body.middle("hip")[:, 0]) / body.leg
        )
    return signals
