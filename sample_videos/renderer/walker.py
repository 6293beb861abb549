"""From footfalls to the whole body: the feet are given, the pelvis follows them, and the knees are solved between.

Nothing is tuned to a clip: the trunk, the arms and the pelvis respond to where the feet are, so an uneven walk, a turn
or standing still come out of the footfalls alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .curves import Array
from .feet import FootMotion, foot_motion
from .footfalls import SIDES, Side
from .pelvis import GRID_HZ, Walker, ankle_path, follow_feet, pelvis_height, rotation
from .proportions import Proportions

THORAX_TURN_DEG = 5.0


@dataclass(frozen=True, kw_only=True)
class Motion:
    """The body over time.

    Attributes
    ----------
    time_s : (T,)
    points : dict of (T, 3)
        The 23 keypoints of `gait.skeleton`, and `mid_hip`, `mid_shoulder`, `head`, `left_knuckles`, `left_ball`, ...
    axes : dict of (T, 3, 3)
        Forward, left and up as columns, of `path` (level), `pelvis`, `thorax`, `head`, `left_foot`, `left_toes`, ...
    on_ground : dict of (T,)
        By side.
    """

    time_s: Array
    points: dict[str, Array]
    axes: dict[str, Array]
    on_ground: dict[Side, npt.NDArray[np.bool_]]


def move(walker: Walker, time_s: Array) -> Motion:
    """Return the whole body at the given times.

    Raises
    ------
    ValueError
        The footfalls are too far apart for the legs.
    """
    body, style = walker.body, walker.style
    grid = np.arange(time_s.min() - 2.0, time_s.max() + 2.0, 1 / GRID_HZ)
    dense = follow_feet(walker, grid)
    height = np.interp(time_s, grid, pelvis_height(walker, dense))
    drive = dense.at(time_s)
    ahead, balance = drive.left_ahead, drive.balance
    path, pelvis, points = (drive.path, drive.pelvis, {"mid_hip": np.column_stack([drive.mid_hip_xy, height])})

    forward_lean = np.radians(style.trunk_forward_deg + 1.0 * (np.abs(ahead) - 0.5))
    right_lean = np.radians(style.trunk_right_deg - style.trunk_sway_deg * balance) - 0.5 * drive.idle
    up = np.stack([np.tan(forward_lean), -np.tan(right_lean), np.ones_like(ahead)], axis=-1)
    up /= np.linalg.norm(up, axis=-1, keepdims=True)
    points["mid_shoulder"] = points["mid_hip"] + body.trunk_m * np.einsum("tij,tj->ti", path, up)
    thorax = rotation(drive.heading + np.radians(THORAX_TURN_DEG) * ahead, forward_lean, -right_lean)
    head = rotation(drive.heading + 4 * drive.idle, 0.3 * forward_lean, -0.35 * right_lean)

    feet = {side: foot_motion(walker.of(side), body, time_s) for side in SIDES}
    _head(points, thorax, head, body)
    # The arms turn with the shoulders, but hang from them: they do not lean with the trunk.
    hanging = rotation(drive.heading + np.radians(THORAX_TURN_DEG) * ahead, 0 * ahead, 0 * ahead)
    for side in SIDES:
        _arm(points, thorax, hanging, side, walker, drive.ahead[side], time_s)
        _leg(points, pelvis, path, feet[side], side, body)
    axes = {"path": path, "pelvis": pelvis, "thorax": thorax, "head": head}
    for side in SIDES:
        axes[f"{side}_foot"], axes[f"{side}_toes"] = (feet[side].hindfoot, feet[side].toes)
    return Motion(time_s=time_s, points=points, axes=axes, on_ground={side: feet[side].on_ground for side in SIDES})


def _head(points: dict[str, Array], thorax: Array, head: Array, body: Proportions) -> None:
    h = body.height_m
    points["neck"] = points["mid_shoulder"] + thorax @ np.array([-0.005, 0, 0.028]) * h
    h *= body.head_size
    points["head"] = points["neck"] + head @ np.array([0.016, 0, 0.085]) * h
    for name, (forward, left, up) in {
        "nose": (0.064, 0, -0.012),
        "left_eye": (0.050, 0.0185, 0.008),
        "right_eye": (0.050, -0.0185, 0.008),
        "left_ear": (-0.003, 0.045, -0.004),
        "right_ear": (-0.003, -0.045, -0.004),
    }.items():
        points[name] = points["head"] + head @ np.array([forward, left, up]) * h


def _arm(
    points: dict[str, Array], thorax: Array, hanging: Array, side: Side, walker: Walker, ahead: Array, time_s: Array
) -> None:
    body, sign = walker.body, 1.0 if side == "left" else -1.0
    still = np.zeros_like(ahead)
    gesture = np.radians(walker.idle.arms_deg) * np.sin(2 * np.pi * time_s / walker.idle.period_s + sign)
    swing = np.radians(3.0 - walker.style.arm_swing_deg.of(side) * ahead) + gesture
    elbow = np.radians(18.0 - 0.6 * walker.style.arm_swing_deg.of(side) * ahead) + 1.5 * np.abs(gesture)
    shoulder = points["mid_shoulder"] + thorax @ np.array([0, sign * body.shoulder_half_width_m, 0])
    # The arm hangs a little away from the trunk, and swings in that slanting plane.
    spread = np.full_like(ahead, np.radians(8.0))
    upper = hanging @ rotation(still, -swing, sign * spread)
    lower = hanging @ rotation(still, -(swing + elbow), sign * 0.5 * spread)
    points[f"{side}_shoulder"] = shoulder
    points[f"{side}_elbow"] = shoulder + upper @ np.array([0, 0, -body.upper_arm_m])
    points[f"{side}_wrist"] = points[f"{side}_elbow"] + lower @ np.array([0, 0, -body.forearm_m])
    points[f"{side}_knuckles"] = (
        points[f"{side}_wrist"] + lower @ np.array([0.006, -sign * 0.002, -0.052]) * body.height_m
    )
    points[f"{side}_fingertips"] = (
        points[f"{side}_knuckles"] + lower @ np.array([0.012, -sign * 0.004, -0.046]) * body.height_m
    )
    points[f"{side}_thumb"] = points[f"{side}_wrist"] + lower @ np.array([0.026, -sign * 0.006, -0.046]) * body.height_m


def _leg(points: dict[str, Array], pelvis: Array, path: Array, foot: FootMotion, side: Side, body: Proportions) -> None:
    sign = 1.0 if side == "left" else -1.0
    behind = -body.heel_to_ball_m
    tip = body.foot_m - body.heel_to_ball_m
    inner = -sign * 0.012 * body.height_m
    points[f"{side}_ball"] = foot.ball
    points[f"{side}_heel_contact"] = foot.place(behind, 0, 0)
    points[f"{side}_heel"] = foot.place(behind, 0, 0.020)
    points[f"{side}_big_toe"] = foot.place(tip - 0.004, inner, 0.020, "toes")
    points[f"{side}_small_toe"] = foot.place(0.55 * tip, -2.2 * inner, 0.015, "toes")
    ankle = ankle_path(foot, body)
    hip = points["mid_hip"] + pelvis @ np.array([0, sign * body.hip_half_width_m, 0])
    points[f"{side}_ankle"], points[f"{side}_hip"] = ankle, hip
    points[f"{side}_knee"] = solve_knee(hip, ankle, path @ np.array([1.0, sign * 0.06, 0]), body.thigh_m, body.shank_m)


def solve_knee(hip: Array, ankle: Array, forward: Array, thigh_m: float, shank_m: float) -> Array:
    """Return the knee (T, 3) that keeps both bones' lengths and bends forward.

    Raises
    ------
    ValueError
        An ankle is out of the leg's reach.
    """
    reach = ankle - hip
    distance = np.linalg.norm(reach, axis=-1)
    if np.any(distance > thigh_m + shank_m):
        worst = float((distance / (thigh_m + shank_m)).max())
        raise ValueError(f"The footfalls ask for a leg of {worst:.3f} of its length: take shorter steps.")
    direction = reach / distance[:, None]
    along = (distance**2 + thigh_m**2 - shank_m**2) / (2 * distance)
    out = np.sqrt(thigh_m**2 - along**2)
    aside = forward - direction * np.einsum("ti,ti->t", forward, direction)[:, None]
    aside /= np.linalg.norm(aside, axis=-1, keepdims=True)
    return hip + along[:, None] * direction + out[:, None] * aside
