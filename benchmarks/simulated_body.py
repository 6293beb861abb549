"""The body of the simulated walker: from footfalls on the floor to every joint in space.

Lengths are metres, x and y on the floor, z up; angles degrees unless said otherwise.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator
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


def _foot_in_stance(walker: Walker, k: int, fall: Footfall, time: Array) -> tuple[Array, Array, Array]:
    """Return forward and up position of the ankle, and the pitch (toes up positive, rad), of a loaded foot."""
    height = walker.height_m
    strike, off = np.deg2rad(walker.heel_strike_pitch_deg[k]), np.deg2rad(walker.foot_off_pitch_deg[k])
    begin = fall.strike_s if np.isfinite(fall.strike_s) else fall.off_s - 0.7
    end = fall.off_s if np.isfinite(fall.off_s) else begin + 100.0
    if not np.isfinite(fall.strike_s):
        strike = 0.0
    u = (time - begin) / (end - begin)
    pitch = np.zeros_like(time)
    loading = u < 0.14
    pitch[loading] = strike * np.clip(1 - u[loading] / 0.14, 0, 1.0) ** 1.3
    rising = u > 0.55
    pitch[rising] = -off * ((u[rising] - 0.55) / 0.45) ** 2.0
    # The floor holds the heel while the toes are up and the toes while the heel is up.
    pivot = np.where(pitch > 0, -HEEL_BACK, TOE_FORWARD) * height
    ankle = ANKLE_HEIGHT * height
    x = pivot + np.cos(pitch) * (-pivot) - np.sin(pitch) * ankle
    z = np.sin(pitch) * (-pivot) + np.cos(pitch) * ankle
    # As on force plates, the heel still slides when the load comes, and the toes leave a little before it has gone.
    speed = walker.cadence / 60 * float(np.mean(walker.step_length_bh)) * height
    landing, leaving = np.exp(-(time - begin) / 0.015), np.exp((time - end) / 0.03)
    if np.isfinite(fall.strike_s):
        x = x - 0.25 * speed * 0.015 * landing
    return x + 0.7 * speed * 0.03 * leaving, z + 0.3 * speed * 0.03 * leaving, pitch


def _with_toes(walker: Walker, foot: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """Return the height of the toes in place of the ankle's."""
    x, z, pitch = foot
    return x, z + walker.height_m * (TOE_FORWARD * np.sin(pitch) - ANKLE_HEIGHT * np.cos(pitch)), pitch


def _hermite(u: Array, p0: float, p1: float, v0: float, v1: float) -> Array:
    """Quintic from p0 to p1 with end velocities v0, v1 (per unit of u) and no acceleration at the ends."""
    a, b = p1 - p0 - v0, v1 - v0
    c3, c4, c5 = 10 * a - 4 * b, -15 * a + 7 * b, 6 * a - 3 * b
    return np.asarray(p0 + v0 * u + c3 * u**3 + c4 * u**4 + c5 * u**5)


def _foot(walker: Walker, side: str, falls: list[Footfall], time: Array) -> dict[str, Array]:
    """Return ankle, heel and toes of one foot in the world."""
    k, height = SIDES.index(side), walker.height_m
    mine = [f for f in falls if f.side == side]
    ankle, pitch, heading = np.zeros((len(time), 3)), np.zeros(len(time)), np.zeros(len(time))
    step = 1e-3
    for i, fall in enumerate(mine):
        stance = (time >= fall.strike_s) & (time <= fall.off_s)
        x, z, p = _foot_in_stance(walker, k, fall, time[stance])
        forward = np.array([np.cos(fall.heading), np.sin(fall.heading)])
        ankle[stance, :2] = fall.xy + x[:, None] * forward
        ankle[stance, 2], pitch[stance], heading[stance] = z, p, fall.heading
        if i + 1 == len(mine):
            continue
        after = mine[i + 1]
        swing = (time > fall.off_s) & (time < after.strike_s)
        lasts = after.strike_s - fall.off_s
        u = (time[swing] - fall.off_s) / lasts
        (x0, xa), (t0, ta), (p0, pa) = (
            (a[1], (a[1] - a[0]) / step)
            for a in _with_toes(walker, _foot_in_stance(walker, k, fall, np.array([fall.off_s - step, fall.off_s])))
        )
        (x1, xb), (t1, tb), (p1, pb) = (
            (a[0], (a[1] - a[0]) / step)
            for a in _with_toes(
                walker, _foot_in_stance(walker, k, after, np.array([after.strike_s, after.strike_s + step]))
            )
        )
        ahead = np.array([np.cos(after.heading), np.sin(after.heading)])
        start, end = fall.xy + x0 * forward, after.xy + x1 * ahead
        for axis in range(2):
            ankle[swing, axis] = _hermite(
                u, start[axis], end[axis], xa * forward[axis] * lasts, xb * ahead[axis] * lasts
            )
        # The toes stay near the floor all along: the heel comes down first, and the toes go up last.
        down, up = np.minimum(u / LEVEL_AT, 1), np.maximum(u - 1 + TOES_RISE, 0) / TOES_RISE
        pitch[swing] = _hermite(down, p0, 0, 0.4 * pa * lasts * LEVEL_AT, 0)
        pitch[swing] += _hermite(up, 0, p1, 0, 0.6 * pb * lasts * TOES_RISE)
        clear = walker.clearance_m[k]
        toes = _hermite(down, t0, clear, ta * lasts * LEVEL_AT, 0)
        toes += _hermite(up, 0, t1 - clear, 0, 0.6 * tb * lasts * TOES_RISE)
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
        heading[swing] = _hermite(u, fall.heading, after.heading, 0.0, 0.0)
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
