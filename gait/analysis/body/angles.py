"""Angles of the joints in the picture plane."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gait.analysis.geometry import Body
from gait.arrays import nanmean, nanmedian
from gait.skeleton import SIDES
from gait.types import FloatArray


def inclination_deg(upper: FloatArray, lower: FloatArray, forward: FloatArray) -> FloatArray:
    """Return the angle of a segment that hangs from `upper` to `lower` against the picture's side, forward positive.

    Parameters
    ----------
    upper, lower : (T, 2)
        Pixels, y down.
    forward : (T,)
        +1 where the person faces the right of the picture, -1 the left, NaN neither.
    """
    line = lower - upper
    return np.asarray(np.degrees(np.arctan2(forward * line[:, 0], line[:, 1])))


def interior_angle_deg(a: FloatArray, vertex: FloatArray, b: FloatArray) -> FloatArray:
    """Return the angle between the lines from `vertex` to `a` and to `b`, 0 to 180; each (T, 2)."""
    u, v = a - vertex, b - vertex
    cross = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    return np.asarray(np.degrees(np.arctan2(np.abs(cross), np.sum(u * v, axis=1))))


def thigh_deg(body: Body, side: str, forward: FloatArray) -> FloatArray:
    """Return the thigh against the vertical, forward positive: what is called hip angle here."""
    return inclination_deg(body.at(f"{side}_hip"), body.at(f"{side}_knee"), forward) + forward * body.upright_deg


def shank_deg(body: Body, side: str, forward: FloatArray) -> FloatArray:
    """Return the shank against the vertical, positive where the foot is ahead of the knee."""
    return inclination_deg(body.at(f"{side}_knee"), body.at(f"{side}_ankle"), forward) + forward * body.upright_deg


def foot_pitch_deg(body: Body, side: str, forward: FloatArray) -> FloatArray:
    """Return the line from heel to toes against the horizontal, toes up positive.

    The toes are the middle of the big and the small one where both are known, else the one that is.
    """
    toes = nanmean([body.at(f"{side}_big_toe"), body.at(f"{side}_small_toe")])
    line = toes - body.at(f"{side}_heel")
    return np.asarray(np.degrees(np.arctan2(-line[:, 1], forward * line[:, 0])))


def hip_knee_deg(body: Body, forward: FloatArray) -> dict[str, FloatArray]:
    """Return hip and knee of both sides (Stenum 2021).

    Parameters
    ----------
    body : Body
    forward : (T,)
        +1 where the person faces the right of the picture, -1 the left, NaN neither.

    Returns
    -------
    dict
        ``left_hip_deg`` and so on, each (T,). Hip: thigh, forward positive; knee: thigh less shank, flexion positive.
    """
    angles: dict[str, FloatArray] = {}
    for side in SIDES:
        thigh = thigh_deg(body, side, forward)
        angles |= {f"{side}_hip_deg": thigh, f"{side}_knee_deg": thigh - shank_deg(body, side, forward)}
    return angles


def ankle_deg(body: Body, forward: FloatArray, flat: dict[str, float]) -> dict[str, FloatArray]:
    """Return the ankle of both sides: foot less shank, dorsiflexion positive, zero for a flat foot under an upright
    shank.

    Parameters
    ----------
    body, forward
        As above.
    flat : dict
        Pitch of each foot, by `foot_pitch_deg`, while it is flat on the ground.
    """
    return {
        f"{side}_ankle_deg": _turn(foot_pitch_deg(body, side, forward) - flat[side] - shank_deg(body, side, forward))
        for side in SIDES
    }


def flat_foot_deg(body: Body, side: str, forward: FloatArray, flat: npt.NDArray[np.bool_] | None) -> float:
    """Return the usual pitch of a foot while it is flat.

    Parameters
    ----------
    body, side, forward
        As above.
    flat : bool (T,) or None
        Frames in which the foot is flat on the ground; all when None (someone who stands).
    """
    pitch = foot_pitch_deg(body, side, forward)
    known = nanmedian(pitch if flat is None else pitch[flat])
    return known if np.isfinite(known) else 0.0


def _turn(angle_deg: FloatArray) -> FloatArray:
    """Bring angles into -180 to 180."""
    return np.asarray((angle_deg + 180.0) % 360.0 - 180.0)
