"""From footfalls to the whole body: the feet are given, the pelvis follows them, and the knees are solved between.

Nothing is tuned to a clip: the trunk, the arms and the pelvis respond to where the feet are, so an uneven walk, a turn
or standing still come out of the footfalls alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .curves import Array, monotone_curve, smooth
from .feet import FootMotion, foot_motion
from .footfalls import Footfall, Side, Style
from .proportions import Proportions

SIDES: tuple[Side, Side] = ("left", "right")
GRID_HZ = 250.0
PELVIS_AHEAD_OF_HEELS = 0.066  # body heights, mid-hip over the middle of the two heel prints in double support
STRAIGHTEST_KNEE_DEG = 4.0
MID_STANCE_KNEE_DEG = 4.8
LOADING_KNEE_DEG = 21.0
LOADING_PEAK_S = 0.14  # after the strike
SWAY_M = 0.020
LIST_DEG = 2.0
PELVIS_TURN_DEG = 7.0
THORAX_TURN_DEG = 5.0


@dataclass(frozen=True, kw_only=True)
class Idle:
    """Small movements of somebody who stands: swaying, and the arms now and then."""

    sway_m: float = 0.0
    arms_deg: float = 0.0
    period_s: float = 3.7


@dataclass(frozen=True, kw_only=True)
class Walker:
    """A person and what their feet do."""

    footfalls: list[Footfall]
    style: Style = field(default_factory=Style)
    body: Proportions = field(default_factory=Proportions)
    idle: Idle = field(default_factory=Idle)

    def of(self, side: Side) -> list[Footfall]:
        """Return the footfalls of one side, in order."""
        return sorted((f for f in self.footfalls if f.side == side), key=lambda f: f.strike_s)


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
    on_ground: dict[Side, Array]


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
    path, pelvis, points = drive.path, drive.pelvis, {"mid_hip": np.column_stack([drive.mid_hip_xy, height])}

    forward_lean = np.radians(style.trunk_forward_deg + 1.0 * (np.abs(ahead) - 0.5))
    right_lean = np.radians(style.trunk_right_deg - style.trunk_sway_deg * balance) - 0.5 * drive.idle
    up = np.stack([np.tan(forward_lean), -np.tan(right_lean), np.ones_like(ahead)], axis=-1)
    up /= np.linalg.norm(up, axis=-1, keepdims=True)
    points["mid_shoulder"] = points["mid_hip"] + body.trunk_m * np.einsum("tij,tj->ti", path, up)
    thorax = rotation(drive.heading + np.radians(THORAX_TURN_DEG) * ahead, forward_lean, -right_lean)
    head = rotation(drive.heading + 4 * drive.idle, 0.3 * forward_lean, -0.35 * right_lean)

    feet = {side: foot_motion(walker.of(side), body, time_s) for side in SIDES}
    _head(points, thorax, head, body)
    for side in SIDES:
        _arm(points, thorax, side, walker, drive.ahead[side], time_s)
        _leg(points, pelvis, path, feet[side], side, body)
    axes = {"path": path, "pelvis": pelvis, "thorax": thorax, "head": head}
    for side in SIDES:
        axes[f"{side}_foot"], axes[f"{side}_toes"] = feet[side].hindfoot, feet[side].toes
    return Motion(time_s=time_s, points=points, axes=axes, on_ground={side: feet[side].on_ground for side in SIDES})


def rotation(yaw: Array, forward_pitch: Array, left_up_roll: Array) -> Array:
    """Return axes (T, 3, 3) with forward, left, up as columns: rolled, then pitched forward, then turned to the left."""
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(forward_pitch), np.sin(forward_pitch)
    cr, sr, zero, one = np.cos(left_up_roll), np.sin(left_up_roll), np.zeros_like(yaw), np.ones_like(yaw)
    turn = np.stack([np.stack([cy, -sy, zero], -1), np.stack([sy, cy, zero], -1), np.stack([zero, zero, one], -1)], -2)
    pitch = np.stack([np.stack([cp, zero, sp], -1), np.stack([zero, one, zero], -1), np.stack([-sp, zero, cp], -1)], -2)
    roll = np.stack([np.stack([one, zero, zero], -1), np.stack([zero, cr, -sr], -1), np.stack([zero, sr, cr], -1)], -2)
    out: Array = turn @ pitch @ roll
    return out


@dataclass(frozen=True, kw_only=True)
class Drive:
    """Slow signals from which pelvis, trunk and arms take their motion.

    Attributes
    ----------
    time_s : (T,)
    heading : (T,)
        Of the way over the floor, radians.
    middle : (T, 2)
        That way itself.
    left_ahead : (T,)
        How far the left foot is ahead of the right one, in usual steps: about -1 to 1.
    ahead : dict of (T,)
        How far each foot is ahead of the pelvis, scaled the same way.
    balance : (T,)
        1 on the left foot, -1 on the right one.
    idle : (T,)
        Sway of somebody who stands, in metres.
    """

    time_s: Array
    heading: Array
    middle: Array
    left_ahead: Array
    ahead: dict[Side, Array]
    balance: Array
    idle: Array

    def at(self, time_s: Array) -> Drive:
        """Return the same signals at other times."""

        def value(signal: Array) -> Array:
            return np.interp(time_s, self.time_s, signal)

        return Drive(
            time_s=time_s,
            heading=value(self.heading),
            middle=np.column_stack([value(self.middle[:, 0]), value(self.middle[:, 1])]),
            left_ahead=value(self.left_ahead),
            ahead={side: value(self.ahead[side]) for side in SIDES},
            balance=value(self.balance),
            idle=value(self.idle),
        )

    @property
    def path(self) -> Array:
        """Return level axes along the way, (T, 3, 3)."""
        level = np.zeros_like(self.heading)
        return rotation(self.heading, level, level)

    @property
    def pelvis(self) -> Array:
        """Return the axes of the pelvis, (T, 3, 3): turned with the leading leg, higher over the loaded one."""
        level = np.zeros_like(self.heading)
        turned = self.heading - np.radians(PELVIS_TURN_DEG) * self.left_ahead
        return rotation(turned, level, np.radians(LIST_DEG) * self.balance)

    @property
    def mid_hip_xy(self) -> Array:
        """Return where the pelvis is over the floor, (T, 2)."""
        left = np.column_stack([-np.sin(self.heading), np.cos(self.heading)])
        return self.middle + left * (SWAY_M * self.balance + self.idle)[:, None]


def follow_feet(walker: Walker, grid: Array) -> Drive:
    """Return the drive on a dense, uniform grid."""
    body, sigma = walker.body, 0.06 * GRID_HZ
    falls = sorted(walker.footfalls, key=lambda f: f.strike_s)
    knots, places, headings = _stations(falls, body)
    middle = np.column_stack([smooth(monotone_curve(grid, knots, places[:, i]), sigma) for i in (0, 1)])
    heading = smooth(monotone_curve(grid, knots, headings), 2 * sigma)
    forward = np.column_stack([np.cos(heading), np.sin(heading)])
    ankles = {side: _ankle(foot_motion(walker.of(side), body, grid), body)[:, :2] for side in SIDES}
    usual = 0.38 * body.height_m

    def ahead(xy: Array, of: Array, width: float) -> Array:
        return smooth(np.nan_to_num(np.einsum("ti,ti->t", xy - of, forward)), width)

    return Drive(
        time_s=grid,
        heading=heading,
        middle=middle,
        left_ahead=ahead(ankles["left"], ankles["right"], sigma) / usual,
        ahead={side: ahead(ankles[side], middle, 1.6 * sigma) / (usual / 2) for side in SIDES},
        balance=smooth(_load(falls, "left", grid) - _load(falls, "right", grid), sigma),
        idle=walker.idle.sway_m * np.sin(2 * np.pi * grid / walker.idle.period_s),
    )


def pelvis_height(walker: Walker, drive: Drive) -> Array:
    """Return the height of the mid-hip that gives the loaded leg its knee bend, and lets no leg fall short.

    Each leg asks for the height at which its knee has the usual bend of stance; the load shares out what they get. The
    height then stays, smoothly, under what either leg can reach with an almost straight knee.
    """
    body, grid = walker.body, drive.time_s
    falls = sorted(walker.footfalls, key=lambda f: f.strike_s)
    wanted, total, limits = np.zeros(len(grid)), np.full(len(grid), 1e-6), []
    for side in SIDES:
        sign = 1.0 if side == "left" else -1.0
        hip = drive.pelvis @ np.array([0, sign * body.hip_half_width_m, 0])
        ankle = _ankle(foot_motion(walker.of(side), body, grid), body)
        apart = np.sum((drive.mid_hip_xy + hip[:, :2] - ankle[:, :2]) ** 2, axis=-1)
        known = np.isfinite(apart)

        def height(knee_deg: Array | float, apart: Array = apart, base: Array = ankle[:, 2] - hip[:, 2]) -> Array:
            return base + np.sqrt(np.maximum(leg_length(body, np.radians(knee_deg)) ** 2 - apart, 0.01))

        load = np.where(known, _load(falls, side, grid), 0.0)
        wanted += np.where(known, load * height(_stance_knee_deg(walker.of(side), grid)), 0.0)
        total += load
        limits.append(np.where(known, height(STRAIGHTEST_KNEE_DEG), np.inf))
    level = smooth(np.where(total > 0.01, wanted / total, body.ankle_height_m + body.leg_m), 0.025 * GRID_HZ)
    softness = 0.004
    return -softness * np.logaddexp.reduce([-level / softness, *(-limit / softness for limit in limits)], axis=0)


def leg_length(body: Proportions, knee_rad: Array | float) -> Array:
    """Return the distance from hip to ankle at a knee flexion."""
    a, b = body.thigh_m, body.shank_m
    return np.sqrt(a * a + b * b + 2 * a * b * np.cos(np.asarray(knee_rad)))


def _stance_knee_deg(falls: list[Footfall], grid: Array) -> Array:
    """Return the knee flexion wanted in stance: it yields after the strike and straightens in the middle."""
    knee = np.full(len(grid), MID_STANCE_KNEE_DEG)
    for fall in falls:
        now = (grid >= fall.strike_s) & (grid < fall.off_s)
        if np.isfinite(fall.strike_s):
            since = (grid[now] - fall.strike_s) / LOADING_PEAK_S
            knee[now] += (LOADING_KNEE_DEG - MID_STANCE_KNEE_DEG) * np.exp(-0.5 * ((since - 1) / 0.55) ** 2)
    return knee


def _ankle(foot: FootMotion, body: Proportions) -> Array:
    return foot.place(body.heel_to_ankle_m - body.heel_to_ball_m, 0.0, body.ankle_height_m)


def _stations(falls: list[Footfall], body: Proportions) -> tuple[Array, Array, Array]:
    """Return times, places (N, 2) and headings of the pelvis in the middle of every double support."""
    times, places, headings = [], [], []
    for behind, front in zip(falls, falls[1:], strict=False):
        if np.isfinite(front.strike_s):
            time = (front.strike_s + behind.off_s) / 2 if np.isfinite(behind.off_s) else front.strike_s + 0.4
        else:
            time = min(behind.off_s, front.off_s) - 0.4 if np.isfinite(min(behind.off_s, front.off_s)) else 0.0
        heading = (behind.heading_rad + front.heading_rad) / 2
        forward = np.array([np.cos(heading), np.sin(heading)])
        middle = (np.array(behind.heel_xy) + np.array(front.heel_xy)) / 2
        times.append(time)
        headings.append(heading)
        places.append(middle + PELVIS_AHEAD_OF_HEELS * body.height_m * forward)
    if len(times) == 1:
        times, places, headings = [times[0], times[0] + 1], places * 2, headings * 2
    return np.array(times), np.array(places), np.array(headings)


def _load(falls: list[Footfall], side: Side, grid: Array) -> Array:
    """Return how much of the body one foot carries: 1 alone, 0 in swing, sloping while both are down."""
    load = np.zeros(len(grid))
    for i, fall in enumerate(falls):
        if fall.side != side:
            continue
        share = np.ones(len(grid))
        share[(grid < fall.strike_s) | (grid >= fall.off_s)] = 0.0
        if i > 0 and np.isfinite(fall.strike_s) and np.isfinite(falls[i - 1].off_s):
            share *= np.clip((grid - fall.strike_s) / (falls[i - 1].off_s - fall.strike_s), 0, 1)
        if i + 1 < len(falls) and np.isfinite(fall.off_s) and np.isfinite(falls[i + 1].strike_s):
            share *= np.clip((fall.off_s - grid) / (fall.off_s - falls[i + 1].strike_s), 0, 1)
        load += share
    return load


def _head(points: dict[str, Array], thorax: Array, head: Array, body: Proportions) -> None:
    h = body.height_m
    points["neck"] = points["mid_shoulder"] + thorax @ np.array([-0.005, 0, 0.028]) * h
    points["head"] = points["neck"] + head @ np.array([0.016, 0, 0.085]) * h
    for name, (forward, left, up) in {
        "nose": (0.064, 0, -0.012),
        "left_eye": (0.050, 0.0185, 0.008),
        "right_eye": (0.050, -0.0185, 0.008),
        "left_ear": (-0.003, 0.045, -0.004),
        "right_ear": (-0.003, -0.045, -0.004),
    }.items():
        points[name] = points["head"] + head @ np.array([forward, left, up]) * h


def _arm(points: dict[str, Array], thorax: Array, side: Side, walker: Walker, ahead: Array, time_s: Array) -> None:
    body, sign = walker.body, 1.0 if side == "left" else -1.0
    still = np.zeros_like(ahead)
    gesture = np.radians(walker.idle.arms_deg) * np.sin(2 * np.pi * time_s / walker.idle.period_s + sign)
    swing = np.radians(3.0 - walker.style.arm_swing_deg.of(side) * ahead) + gesture
    elbow = np.radians(18.0 - 0.6 * walker.style.arm_swing_deg.of(side) * ahead) + 1.5 * np.abs(gesture)
    shoulder = points["mid_shoulder"] + thorax @ np.array([0, sign * body.shoulder_half_width_m, 0])
    # The arm hangs a little away from the trunk, and swings in that slanting plane.
    spread = np.full_like(ahead, np.radians(8.0))
    upper = thorax @ rotation(still, -swing, sign * spread)
    lower = thorax @ rotation(still, -(swing + elbow), sign * 0.5 * spread)
    points[f"{side}_shoulder"] = shoulder
    points[f"{side}_elbow"] = shoulder + upper @ np.array([0, 0, -body.upper_arm_m])
    points[f"{side}_wrist"] = points[f"{side}_elbow"] + lower @ np.array([0, 0, -body.forearm_m])
    points[f"{side}_knuckles"] = points[f"{side}_wrist"] + lower @ np.array([0.006, -sign * 0.002, -0.052]) * body.height_m
    points[f"{side}_fingertips"] = points[f"{side}_knuckles"] + lower @ np.array([0.012, -sign * 0.004, -0.046]) * body.height_m
    points[f"{side}_thumb"] = points[f"{side}_wrist"] + lower @ np.array([0.026, -sign * 0.006, -0.046]) * body.height_m


def _leg(
    points: dict[str, Array], pelvis: Array, path: Array, foot: FootMotion, side: Side, body: Proportions
) -> None:
    sign = 1.0 if side == "left" else -1.0
    behind = -body.heel_to_ball_m
    tip = body.foot_m - body.heel_to_ball_m
    inner = -sign * 0.012 * body.height_m
    points[f"{side}_ball"] = foot.ball
    points[f"{side}_heel_contact"] = foot.place(behind, 0, 0)
    points[f"{side}_heel"] = foot.place(behind, 0, 0.020)
    points[f"{side}_big_toe"] = foot.place(tip - 0.004, inner, 0.020, "toes")
    points[f"{side}_small_toe"] = foot.place(0.55 * tip, -2.2 * inner, 0.015, "toes")
    ankle = _ankle(foot, body)
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
