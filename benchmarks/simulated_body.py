"""The body of the simulated walker: from footfalls on the floor to every joint in space.

Lengths are metres, x and y on the floor, z up; angles degrees unless said otherwise.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from gait.skeleton import SIDES

Array = npt.NDArray[np.float64]

RATE_HZ = 500.0
"""Rate at which the body is computed before the camera samples it."""

# Shares of body height, after Winter (2009), Biomechanics and Motor Control of Human Movement, table 4.1.
THIGH, SHANK, ANKLE_HEIGHT, TRUNK = 0.245, 0.246, 0.039, 0.288
HEEL_BACK, TOE_FORWARD = 0.034, 0.118
HIP_WIDTH, SHOULDER_WIDTH, UPPER_ARM, FOREARM = 0.11, 0.21, 0.186, 0.146
PELVIS_LATE = 0.08
"""Share of the stride by which the pelvis is lowest after the legs reach farthest: 0.04 after the strike in seven
laboratory walks (../shared/gold)."""
LEVEL_AT, TOES_RISE = 0.75, 0.4
"""Shares of the swing: after the first the foot is level, over the last the toes rise. So the ankle is highest at 0.68
of the stride and down at 0.85 to 0.9, and the toes stay low till then, as in the same walks."""
NOSE, EYE, EAR = (0.060, 0.095), (0.050, 0.112), (0.0, 0.110)
"""Forward of and above the mid-shoulder."""


@dataclass(frozen=True, kw_only=True)
class Walker:
    """How someone walks. Pairs are (left, right)."""

    height_m: float = 1.75
    cadence: float = 110.0
    step_length_bh: tuple[float, float] = (0.40, 0.40)
    step_time_share: float = 0.5
    """Share of the stride taken by the left step."""
    stance: tuple[float, float] = (0.62, 0.62)
    step_time_sd_s: float = 0.012
    step_length_sd_bh: float = 0.010
    step_width_bh: float = 0.06
    heel_strike_pitch_deg: tuple[float, float] = (20.0, 20.0)
    foot_off_pitch_deg: tuple[float, float] = (55.0, 55.0)
    clearance_m: tuple[float, float] = (0.02, 0.02)
    crouch_m: float = 0.004
    forward_lean_deg: float = 3.0
    right_lean_deg: float = 0.0
    trunk_sway_deg: float = 2.0
    arm_swing_deg: tuple[float, float] = (22.0, 22.0)
    nose_up_bh: float = 0.0
    """How much further up the nose is than usual: build, and where the person looks."""


@dataclass(frozen=True)
class Footfall:
    """One foot on the floor, from strike to off."""

    side: str
    strike_s: float
    off_s: float
    xy: Array
    heading: float
    pass_number: int
    step_time_s: float
    step_length_m: float


@dataclass(frozen=True)
class Body:
    """Every joint (T, 3), the heading (rad) and the place of the pelvis on the floor."""

    points: dict[str, Array]
    heading: Array
    travel: Array


# How the foot turns about its contacts: time in s and pitch, as shares of the pitch at the strike (toes up) and at the
# off (heel up). Mean of five adults on force plates, 0.65 to 1.46 m/s: Rajagopal et al. 2016 (IEEE TBME 63), the
# treadmill walk of OpenSim's Gait10dof18musc, a Qualisys sample file of ezc3d, Schreiber & Moissenet 2019 (Sci Data
# 6:111), and the treadmill walk of GaitAnalysisToolKit; in seconds they are alike whatever the speed. See plates.py.
BEFORE_STRIKE = ((-0.12, 0.28), (-0.08, 0.92), (-0.06, 1.13), (-0.04, 1.24), (-0.02, 1.18))
AFTER_STRIKE = (
    (0.0, 1.0), (0.02, 0.78), (0.04, 0.54), (0.06, 0.36), (0.08, 0.24), (0.10, 0.14), (0.14, 0.04), (0.18, 0.0),
)  # fmt: skip
BEFORE_OFF = (
    (-0.30, 0.0), (-0.20, 0.07), (-0.14, 0.18), (-0.10, 0.32), (-0.08, 0.43), (-0.06, 0.56), (-0.04, 0.71),
    (-0.02, 0.86), (0.0, 1.0),
)  # fmt: skip
AFTER_OFF = ((0.02, 1.09), (0.04, 1.10), (0.06, 1.07), (0.08, 1.01), (0.10, 0.94), (0.14, 0.77))
SHORTEST_STANCE_S, SHORTEST_SWING_S = 0.50, 0.30
"""In less than this the motion is quicker in proportion."""
HEEL_SPEED_AT_STRIKE, TOE_SPEED_AT_OFF = 0.3, 0.8
"""In walking speeds, of the same adults: the heel still slides when the load comes, and the toes have set off when the
last of it goes."""
HEEL_STOPS_S, TOES_SET_OFF_S = 0.015, 0.03
ANKLE_AFTER_OFF = ((0.02, 1.85), (0.04, 2.05), (0.06, 2.20), (0.08, 2.32), (0.10, 2.44), (0.14, 2.69))
ANKLE_BEFORE_STRIKE = (
    (-0.16, 3.13),
    (-0.12, 2.95),
    (-0.10, 2.67),
    (-0.08, 2.30),
    (-0.06, 1.83),
    (-0.04, 1.33),
    (-0.02, 0.86),
)
"""Time in s and forward speed of the ankle in walking speeds, of the same adults."""


def usual_pitches_deg(speed: float) -> tuple[float, float]:
    """Return the pitch at the strike and at the off of the same adults, by walking speed over the root of g times leg
    length: 6 and 42 degrees at 0.22, 32 and 68 at 0.44."""
    return 4 + 45 * speed, 28 + 65 * speed


def walking_speed(walker: Walker) -> float:
    """Return metres per second."""
    return walker.cadence / 60 * float(np.mean(walker.step_length_bh)) * walker.height_m


def _pitch(walker: Walker, k: int, falls: list[Footfall], time: Array) -> Array:
    """Return how far the toes of one foot are up (rad) through all its footfalls."""
    strike, off = np.deg2rad(walker.heel_strike_pitch_deg[k]), -np.deg2rad(walker.foot_off_pitch_deg[k])
    knots: dict[float, float] = {}
    for i, fall in enumerate(falls):
        stance = min(1.0, (fall.off_s - fall.strike_s) / SHORTEST_STANCE_S)
        landed, lifts = fall.strike_s + stance * AFTER_STRIKE[-1][0], fall.off_s + stance * BEFORE_OFF[0][0]
        if np.isfinite(fall.strike_s):
            knots |= {fall.strike_s + stance * t: strike * share for t, share in AFTER_STRIKE}
            swing = min(1.0, (fall.strike_s - falls[i - 1].off_s) / SHORTEST_SWING_S) if i else 1.0
            knots |= {fall.strike_s + swing * t: strike * share for t, share in BEFORE_STRIKE}
        if np.isfinite(fall.off_s):
            knots |= {fall.off_s + stance * t: off * share for t, share in BEFORE_OFF}
            swing = min(1.0, (falls[i + 1].strike_s - fall.off_s) / SHORTEST_SWING_S) if i + 1 < len(falls) else 1.0
            knots |= {fall.off_s + swing * t: off * share for t, share in AFTER_OFF}
        first = landed if np.isfinite(landed) else min(time[0], lifts) - 1.0
        last = lifts if np.isfinite(lifts) else max(time[-1], landed) + 1.0
        knots |= dict.fromkeys(np.linspace(first, last, 4), 0.0)
    at_s = np.array(sorted(knots))
    return np.asarray(Akima1DInterpolator(at_s, [knots[t] for t in at_s], method="makima", extrapolate=True)(time))


def _foot_in_stance(walker: Walker, fall: Footfall, pitch: Array, time: Array) -> tuple[Array, Array]:
    """Return forward and up position of the ankle of a loaded foot."""
    height = walker.height_m
    # The floor holds the heel while the toes are up and the toes while the heel is up.
    pivot = np.where(pitch > 0, -HEEL_BACK, TOE_FORWARD) * height
    ankle = ANKLE_HEIGHT * height
    x = pivot + np.cos(pitch) * (-pivot) - np.sin(pitch) * ankle
    z = np.sin(pitch) * (-pivot) + np.cos(pitch) * ankle
    speed = walking_speed(walker)
    if np.isfinite(fall.strike_s):
        x = x - HEEL_SPEED_AT_STRIKE * speed * HEEL_STOPS_S * np.exp(-(time - fall.strike_s) / HEEL_STOPS_S)
    if np.isfinite(fall.off_s):
        leaving = TOES_SET_OFF_S * np.exp((time - fall.off_s) / TOES_SET_OFF_S)
        x, z = x + TOE_SPEED_AT_OFF * speed * leaving, z + 0.3 * speed * leaving
    return x, z


def _carried_on(walker: Walker, since_off_s: Array, lasts_s: float, way_m: float, leaves: float, lands: float) -> Array:
    """Return the way of the ankle in a swing that begins and ends at given speeds, m/s."""
    scale = walking_speed(walker)
    pace = min(1.0, lasts_s / SHORTEST_SWING_S)
    knots = {0.0: leaves, lasts_s: lands}
    knots |= {pace * t: scale * v for t, v in ANKLE_AFTER_OFF if pace * t < 0.45 * lasts_s}
    knots |= {lasts_s + pace * t: scale * v for t, v in ANKLE_BEFORE_STRIKE if -pace * t < 0.5 * lasts_s}
    at_s = sorted(knots)
    way = Akima1DInterpolator(at_s, [knots[t] for t in at_s], method="makima").antiderivative()
    # What the steps are longer or shorter than such a swing is made up for in the middle of it.
    u = since_off_s / lasts_s
    return np.asarray(way(since_off_s) + (way_m - float(way(lasts_s))) * u**3 * (10 - 15 * u + 6 * u**2))


def _along_and_toes(walker: Walker, fall: Footfall, pitch: Array, time: Array) -> tuple[Array, Array]:
    """Return forward position of the ankle, and height of the toes, of a loaded foot."""
    x, z = _foot_in_stance(walker, fall, pitch, time)
    return x, z + walker.height_m * (TOE_FORWARD * np.sin(pitch) - ANKLE_HEIGHT * np.cos(pitch))


def _quintic(u: Array, start: tuple[float, float, float], end: tuple[float, float, float]) -> Array:
    """Return the quintic with place, speed and acceleration (per unit of u) given at u = 0 and u = 1."""
    (p0, v0, a0), (p1, v1, a1) = start, end
    d = p1 - p0
    c3 = 10 * d - 6 * v0 - 4 * v1 - 1.5 * a0 + 0.5 * a1
    c4 = -15 * d + 8 * v0 + 7 * v1 + 1.5 * a0 - a1
    c5 = 6 * d - 3 * v0 - 3 * v1 - 0.5 * a0 + 0.5 * a1
    return np.asarray(p0 + v0 * u + a0 * u**2 / 2 + c3 * u**3 + c4 * u**4 + c5 * u**5)


def _foot(walker: Walker, side: str, falls: list[Footfall], time: Array) -> dict[str, Array]:
    """Return ankle, heel and toes of one foot in the world."""
    k, height = SIDES.index(side), walker.height_m
    mine = [f for f in falls if f.side == side]
    ankle, heading = np.zeros((len(time), 3)), np.zeros(len(time))
    pitch = _pitch(walker, k, mine, time)
    step = 1e-3
    for i, fall in enumerate(mine):
        stance = (time >= fall.strike_s) & (time <= fall.off_s)
        x, z = _foot_in_stance(walker, fall, pitch[stance], time[stance])
        forward = np.array([np.cos(fall.heading), np.sin(fall.heading)])
        ankle[stance, :2] = fall.xy + x[:, None] * forward
        ankle[stance, 2], heading[stance] = z, fall.heading
        if i + 1 == len(mine):
            continue
        after = mine[i + 1]
        swing = (time > fall.off_s) & (time < after.strike_s)
        lasts = after.strike_s - fall.off_s
        u = (time[swing] - fall.off_s) / lasts
        leaves, lands = fall.off_s + step * np.arange(-1, 1), after.strike_s + step * np.arange(2)
        (x0, xa), (t0, ta) = (
            (a[1], (a[1] - a[0]) / step) for a in _along_and_toes(walker, fall, _pitch(walker, k, mine, leaves), leaves)
        )
        (x1, xb), (t1, tb) = (
            (a[0], (a[1] - a[0]) / step) for a in _along_and_toes(walker, after, _pitch(walker, k, mine, lands), lands)
        )
        ahead = np.array([np.cos(after.heading), np.sin(after.heading)])
        turned = _quintic(u, (0.0, 0.0, 0.0), (1.0, 0.0, 0.0))[:, None]
        from_xy, to_xy = fall.xy + x0 * forward, after.xy + x1 * ahead
        way_m = float((to_xy - from_xy) @ (forward + ahead) / 2)
        along = _carried_on(walker, time[swing] - fall.off_s, lasts, way_m, xa, xb)
        aside = to_xy - from_xy - way_m * (forward + ahead) / 2
        ankle[swing, :2] = from_xy + along[:, None] * (forward + ahead) / 2 + turned * aside
        heading[swing] = _quintic(u, (fall.heading, 0.0, 0.0), (after.heading, 0.0, 0.0))
        # The toes stay near the floor all along: the heel comes down first, and the toes go up last.
        down, up = np.minimum(u / LEVEL_AT, 1), np.maximum(u - 1 + TOES_RISE, 0) / TOES_RISE
        clear = walker.clearance_m[k]
        toes = _quintic(down, (t0, ta * lasts * LEVEL_AT, 0.0), (clear, 0.0, 0.0))
        toes += _quintic(up, (0.0, 0.0, 0.0), (t1 - clear, 0.6 * tb * lasts * TOES_RISE, 0.0))
        heel = toes - (TOE_FORWARD + HEEL_BACK) * height * np.sin(pitch[swing])
        window = 64 * u**3 * (1 - u) ** 3
        middle = window > 0.5
        need = np.max((walker.clearance_m[k] - np.minimum(toes, heel)[middle]) / window[middle], initial=0.0)
        ankle[swing, 2] = (
            toes
            + need * window
            - TOE_FORWARD * height * np.sin(pitch[swing])
            + ANKLE_HEIGHT * height * np.cos(pitch[swing])
        )
    forward3 = np.stack([np.cos(heading) * np.cos(pitch), np.sin(heading) * np.cos(pitch), np.sin(pitch)], axis=1)
    up3 = np.stack([-np.cos(heading) * np.sin(pitch), -np.sin(heading) * np.sin(pitch), np.cos(pitch)], axis=1)
    outward = np.stack([-np.sin(heading), np.cos(heading), 0 * heading], axis=1) * (1 if side == "left" else -1)
    sole = ankle - ANKLE_HEIGHT * height * up3
    return {
        "ankle": ankle,
        "heel": sole - HEEL_BACK * height * forward3,
        "big_toe": sole + TOE_FORWARD * height * forward3 - 0.01 * height * outward,
        "small_toe": sole + 0.8 * TOE_FORWARD * height * forward3 + 0.025 * height * outward,
    }


def _follow(knots_s: Array, values: Array, time: Array) -> Array:
    """Pass smoothly near the knots."""
    curve = PchipInterpolator(knots_s, values, extrapolate=True)(np.clip(time, knots_s[0], knots_s[-1]))
    return np.asarray(gaussian_filter1d(curve, 0.09 * RATE_HZ, mode="nearest"))


def move_body(walker: Walker, falls: list[Footfall], time: Array) -> Body:
    height = walker.height_m
    feet = {side: _foot(walker, side, falls, time) for side in SIDES}
    knots, centres, headings = [], [], []
    for before, fall in itertools.pairwise(falls):
        if np.isfinite(fall.strike_s):
            knots.append(fall.strike_s)
            centres.append((before.xy + fall.xy) / 2)
            headings.append((before.heading + fall.heading) / 2)
    start = next(f.off_s for f in falls if np.isfinite(f.off_s)) - 0.3
    if not np.isfinite(falls[0].strike_s):
        knots.insert(0, start)
        centres.insert(0, (falls[0].xy + falls[1].xy) / 2)
        headings.insert(0, falls[0].heading)
    # Who comes walking, and goes on walking, does so at the same pace beyond the first and the last step.
    if np.isfinite(falls[0].strike_s):
        knots.insert(0, 2 * knots[0] - knots[1])
        centres.insert(0, 2 * centres[0] - centres[1])
        headings.insert(0, headings[0])
    if np.isfinite(falls[-1].off_s):
        knots.append(2 * knots[-1] - knots[-2])
        centres.append(2 * centres[-1] - centres[-2])
        headings.append(headings[-1])
    at = np.asarray(knots)
    heading = _follow(at, np.asarray(headings), time)
    floor = np.stack([_follow(at, np.asarray(centres)[:, i], time) for i in range(2)], axis=1)
    forward = np.stack([np.cos(heading), np.sin(heading), 0 * heading], axis=1)
    floor = floor + 0.028 * height * forward[:, :2]
    left = np.stack([-np.sin(heading), np.cos(heading), 0 * heading], axis=1)
    up = np.array([0.0, 0.0, 1.0])

    apart = np.sum((feet["left"]["ankle"] - feet["right"]["ankle"]) * forward, axis=1) / (0.4 * height)
    turn = np.deg2rad(4.0) * np.clip(apart, -1.5, 1.5)  # The pelvis turns with the leading leg.
    across = left * np.cos(turn)[:, None] - forward * np.sin(turn)[:, None]
    hips_floor = {s: floor_side * across * HIP_WIDTH * height / 2 for s, floor_side in (("left", 1), ("right", -1))}
    reach = 0.997 * (THIGH + SHANK) * height
    limit = np.full(len(time), np.inf)
    for side in SIDES:
        flat = floor + hips_floor[side][:, :2] - feet[side]["ankle"][:, :2]
        limit = np.minimum(
            limit, feet[side]["ankle"][:, 2] + np.sqrt(np.clip(reach**2 - np.sum(flat**2, 1), 0.01, None))
        )
    low = gaussian_filter1d(minimum_filter1d(limit, int(0.12 * RATE_HZ)), 0.05 * RATE_HZ) - walker.crouch_m
    low = np.interp(time - PELVIS_LATE * 120 / walker.cadence, time, low)
    low -= max(float(np.percentile(low - limit, 99)), 0.0)
    pelvis = np.column_stack([floor, low])

    points: dict[str, Array] = {}
    for side in SIDES:
        hip, ankle = pelvis + hips_floor[side], feet[side]["ankle"]
        line = ankle - hip
        distance = np.linalg.norm(line, axis=1, keepdims=True)
        e = line / distance
        d = np.clip(distance, 0.2, (THIGH + SHANK) * height * 0.9999)
        along = ((THIGH * height) ** 2 - (SHANK * height) ** 2 + d**2) / (2 * d)
        bend = np.sqrt(np.clip((THIGH * height) ** 2 - along**2, 0, None))
        normal = forward - np.sum(forward * e, 1, keepdims=True) * e
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        points[f"{side}_hip"], points[f"{side}_knee"] = hip, hip + along * e + bend * normal
        points.update({f"{side}_{name}": p for name, p in feet[side].items()})

    phase = np.clip(apart, -1.5, 1.5)
    fore = np.deg2rad(walker.forward_lean_deg + 0.5 * walker.trunk_sway_deg * (np.abs(phase) - 0.6))
    right = np.deg2rad(walker.right_lean_deg + walker.trunk_sway_deg * gaussian_filter1d(np.gradient(phase), 30) * 60)
    spine = up + np.tan(fore)[:, None] * forward - np.tan(right)[:, None] * left
    spine /= np.linalg.norm(spine, axis=1, keepdims=True)
    top = pelvis + TRUNK * height * spine
    twist = -np.deg2rad(5.0) * phase
    shoulders = left * np.cos(twist)[:, None] - forward * np.sin(twist)[:, None]
    for name, (ahead, above) in {"nose": NOSE, "eye": EYE, "ear": EAR}.items():
        middle = top + height * (ahead * forward + (above + walker.nose_up_bh) * spine)
        if name == "nose":
            points[name] = middle
        else:
            aside = 0.018 if name == "eye" else 0.043
            points[f"left_{name}"], points[f"right_{name}"] = (
                middle + aside * height * left,
                middle - aside * height * left,
            )
    for k, (side, sign) in enumerate((("left", 1), ("right", -1))):
        shoulder = top + sign * SHOULDER_WIDTH * height / 2 * shoulders
        arm = np.deg2rad(walker.arm_swing_deg[k]) * -sign * phase
        elbow = shoulder + UPPER_ARM * height * (np.sin(arm)[:, None] * forward - np.cos(arm)[:, None] * up)
        bent = arm + np.deg2rad(25.0)
        wrist = elbow + FOREARM * height * (np.sin(bent)[:, None] * forward - np.cos(bent)[:, None] * up)
        points.update({f"{side}_shoulder": shoulder, f"{side}_elbow": elbow, f"{side}_wrist": wrist})
    return Body(points, heading, floor)
