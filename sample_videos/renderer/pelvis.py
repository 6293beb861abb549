"""How the pelvis follows the feet: its way over the floor, its height, its turning and its list."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from .curves import Array, monotone_curve, smooth
from .feet import FootMotion, foot_motion
from .footfalls import SIDES, Footfall, Side, Style
from .proportions import Proportions

GRID_HZ = 250.0
PELVIS_AHEAD_OF_HEELS = 0.066  # body heights, mid-hip over the middle of the two heel prints in double support
STANDING_AHEAD_OF_HEELS = 0.038  # body heights
PAUSE_S = 0.8  # both feet down for longer: a stop
STRAIGHTEST_KNEE_DEG = 4.0
MID_STANCE_KNEE_DEG = 4.8
LOADING_KNEE_DEG = 21.0
LOADING_PEAK_S = 0.14  # after the strike
SWAY_M = 0.020
LIST_DEG = 2.0
PELVIS_TURN_DEG = 7.0


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
    ankles = {side: ankle_path(foot_motion(walker.of(side), body, grid), body)[:, :2] for side in SIDES}
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
        ankle = ankle_path(foot_motion(walker.of(side), body, grid), body)
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


def ankle_path(foot: FootMotion, body: Proportions) -> Array:
    """Return the ankle joint of a moving foot, (T, 3)."""
    return foot.place(body.heel_to_ankle_m - body.heel_to_ball_m, 0.0, body.ankle_height_m)


def _stations(falls: list[Footfall], body: Proportions) -> tuple[Array, Array, Array]:
    """Return times, places (N, 2) and headings of the pelvis in the middle of every double support."""
    times, places, headings = [], [], []
    for behind, front in pairwise(falls):
        ahead = PELVIS_AHEAD_OF_HEELS
        if np.isfinite(front.strike_s):
            time = (front.strike_s + behind.off_s) / 2 if np.isfinite(behind.off_s) else front.strike_s + 0.4
        else:
            first_off_s = min(behind.off_s, front.off_s)
            time, ahead = first_off_s - 0.4 if np.isfinite(first_off_s) else 0.0, STANDING_AHEAD_OF_HEELS
        heading = (behind.heading_rad + front.heading_rad) / 2
        forward = np.array([np.cos(heading), np.sin(heading)])
        middle = (np.array(behind.heel_xy) + np.array(front.heel_xy)) / 2
        stays_s = behind.off_s - front.strike_s if np.isfinite(front.strike_s) and np.isfinite(behind.off_s) else 0.0
        if stays_s > PAUSE_S:
            # Whoever stops has arrived soon after the last step, and leaves just before the next.
            ahead = STANDING_AHEAD_OF_HEELS
            found = [front.strike_s + 0.35, behind.off_s - 0.35]
        else:
            found = [time]
        for time in found:
            times.append(time)
            headings.append(heading)
            places.append(middle + ahead * body.height_m * forward)
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


def rotation(yaw: Array, forward_pitch: Array, left_up_roll: Array) -> Array:
    """Return axes (T, 3, 3) with forward, left, up as columns: rolled, pitched forward, then turned to the left."""
    cy, sy, cp, sp = (np.cos(yaw), np.sin(yaw), np.cos(forward_pitch), np.sin(forward_pitch))
    cr, sr, zero, one = (np.cos(left_up_roll), np.sin(left_up_roll), np.zeros_like(yaw), np.ones_like(yaw))
    turn = np.stack([np.stack([cy, -sy, zero], -1), np.stack([sy, cy, zero], -1), np.stack([zero, zero, one], -1)], -2)
    pitch = np.stack([np.stack([cp, zero, sp], -1), np.stack([zero, one, zero], -1), np.stack([-sp, zero, cp], -1)], -2)
    roll = np.stack([np.stack([one, zero, zero], -1), np.stack([zero, cr, -sr], -1), np.stack([zero, sr, cr], -1)], -2)
    out: Array = turn @ pitch @ roll
    return out
