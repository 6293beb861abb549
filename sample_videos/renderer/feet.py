"""How a foot moves: heel, sole and toes roll over fixed ground in stance, and the swing joins one stance to the next.

The foot is two rigid parts, hindfoot and toes, hinged at the ball. In stance it turns about the rear edge of the heel
until the sole is flat, lies still, then turns about the ball while the toes stay flat; so the point of contact never
slides, the heel meets the ground exactly at the strike and the toes leave it exactly at the off.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from .curves import Array, clamped_spline, quintic
from .footfalls import Footfall
from .proportions import Proportions

HEEL_ROCKER_SHARE = 0.19  # of the stance
FOREFOOT_ROCKER_SHARE = 0.40  # of the stance
FOREFOOT_POWER = 2.9
# How the toes set off, in walking speeds per second: in four children on force plates the big toe moves at 0.6 of the
# walking speed at the off, and at 1.7 of it 0.04 s later.
ACCELERATION_AT_OFF = 26.0
# Shape of the swing, by its share: pitch of the hindfoot, first as a share of that at the off and at last of that at
# the strike; height of the ball in body heights.
SWING_PITCH, LATE_SWING_PITCH = ((0.10, 79 / 65), (0.30, 63 / 65), (0.55, 14 / 65)), (0.80, 12 / 20)
SWING_BALL_HEIGHT = ((0.15, 0.045), (0.35, 0.044), (0.55, 0.018), (0.80, 0.036))
SWING_END_CURVATURE = -1.0  # second derivative of the ball's way at the strike, in swing lengths per swing time squared
TOES_STRAIGHT_AT = 0.45  # share of the swing after which the toes are straight again


@dataclass(frozen=True, kw_only=True)
class FootMotion:
    """One foot over time.

    Attributes
    ----------
    ball : (T, 3)
        The hinge, on the sole.
    hindfoot, toes : (T, 3, 3)
        Axes as columns: forward along the sole, left, up from the sole.
    pitch_rad : (T,)
        Of the hindfoot, toes up positive.
    on_ground : (T,)
    """

    ball: Array
    hindfoot: Array
    toes: Array
    pitch_rad: Array
    on_ground: npt.NDArray[np.bool_]

    def place(self, forward_of_ball_m: float, left_m: float, up_m: float, part: str = "hindfoot") -> Array:
        """Return the path of a point that is fixed to one part of the foot, (T, 3)."""
        axes = self.toes if part == "toes" else self.hindfoot
        return self.ball + axes @ np.array([forward_of_ball_m, left_m, up_m])


def foot_motion(footfalls: list[Footfall], body: Proportions, time_s: Array) -> FootMotion:
    """Move one foot through its footfalls.

    Parameters
    ----------
    footfalls : list of Footfall
        Of one side, in order of time.
    body : Proportions
    time_s : (T,)
    """
    n = len(time_s)
    ball, pitch, bend, heading = (np.full((n, 3), np.nan), np.zeros(n), np.zeros(n), np.zeros(n))
    on_ground = np.zeros(n, dtype=bool)
    for fall in footfalls:
        now = (time_s >= fall.strike_s) & (time_s < fall.off_s)
        on_ground |= now
        pitch[now] = stance_pitch(fall, time_s[now])
        ball[now] = _stance_ball(fall, body, pitch[now])
        bend[now] = np.maximum(-pitch[now], 0.0)
        heading[now] = fall.heading_rad
    for fall, landing in pairwise(footfalls):
        now = (time_s >= fall.off_s) & (time_s < landing.strike_s)
        u = (time_s[now] - fall.off_s) / (landing.strike_s - fall.off_s)
        pitch[now], ball[now] = _swing(fall, landing, body, u)
        left = np.clip(1 - u / TOES_STRAIGHT_AT, 0, 1)
        bend[now] = -fall.off_pitch_rad * left**2 * (3 - 2 * left)
        heading[now] = fall.heading_rad + (landing.heading_rad - fall.heading_rad) * u**2 * (3 - 2 * u)
    return FootMotion(
        ball=ball,
        hindfoot=_axes(heading, pitch),
        toes=_axes(heading, pitch + bend),
        pitch_rad=pitch,
        on_ground=on_ground,
    )


def stance_pitch(fall: Footfall, time_s: Array) -> Array:
    """Return the pitch of the hindfoot while it is on the ground, in radians, toes up positive."""
    heel_s, forefoot_s = _rockers(fall)
    pitch = np.zeros(len(time_s))
    if np.isfinite(fall.strike_s):
        v = np.clip((time_s - fall.strike_s) / heel_s, 0, 1)
        pitch += fall.strike_pitch_rad * (1 - v) ** 2 * (1 + v)
    if np.isfinite(fall.off_s):
        w = np.clip(1 - (fall.off_s - time_s) / forefoot_s, 0, 1)
        pitch += fall.off_pitch_rad * w**FOREFOOT_POWER
    return pitch


def _rockers(fall: Footfall) -> tuple[float, float]:
    stance_s = min(fall.off_s - fall.strike_s, 0.75)
    return HEEL_ROCKER_SHARE * stance_s, FOREFOOT_ROCKER_SHARE * stance_s


def _stance_ball(fall: Footfall, body: Proportions, pitch: Array) -> Array:
    heel = np.array([*fall.heel_xy, 0.0])
    up = np.maximum(pitch, 0.0)[:, None]
    return heel + body.heel_to_ball_m * (np.cos(up) * fall.forward + np.sin(up) * np.array([0.0, 0.0, 1.0]))


def _swing(fall: Footfall, landing: Footfall, body: Proportions, u: Array) -> tuple[Array, Array]:
    """Return pitch (T,) and ball (T, 3) at shares `u` of the swing."""
    duration = landing.strike_s - fall.off_s
    off_pitch, strike_pitch = fall.off_pitch_rad, landing.strike_pitch_rad
    pitch_rate_off = off_pitch * FOREFOOT_POWER / _rockers(fall)[1]
    pitch_rate_strike = -strike_pitch / _rockers(landing)[0]
    shares, parts = zip(*SWING_PITCH, strict=True)
    late, late_part = LATE_SWING_PITCH
    pitch = clamped_spline(
        u,
        np.array([0.0, *shares, late, 1.0]),
        np.array([off_pitch, *(off_pitch * np.array(parts)), late_part * strike_pitch, strike_pitch]),
        pitch_rate_off * duration,
        pitch_rate_strike * duration,
    )
    start = _stance_ball(fall, body, np.zeros(1))[0]
    end = _stance_ball(landing, body, np.array([strike_pitch]))[0]
    forward, up = landing.heel_speed_m_s
    turning = body.heel_to_ball_m * pitch_rate_strike
    end_speed = (forward - turning * np.sin(strike_pitch)) * duration
    end_climb = (up + turning * np.cos(strike_pitch)) * duration
    length = float(np.linalg.norm(end[:2] - start[:2]))
    speed = length / (landing.strike_s - fall.strike_s)
    start_speed, start_curvature = fall.toe_speed * speed * duration, ACCELERATION_AT_OFF * speed * duration**2
    along = quintic(u, (0.0, start_speed, start_curvature), (length, end_speed, SWING_END_CURVATURE * length))
    across = quintic(u, (0.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    direction = landing.forward[:2]
    chord = end[:2] - start[:2]
    off_chord = chord - direction * (chord @ direction)
    shares, heights = zip(*SWING_BALL_HEIGHT, strict=True)
    lifted = fall.lift * body.height_m * np.array(heights)
    z = clamped_spline(u, np.array([0.0, *shares, 1.0]), np.array([0.0, *lifted, end[2]]), 0.0, end_climb)
    xy = start[:2] + np.outer(along / length, chord - off_chord) + np.outer(across, off_chord)
    return pitch, np.column_stack([xy, z])


def _axes(heading: Array, pitch: Array) -> Array:
    c, s, cp, sp, zero = (np.cos(heading), np.sin(heading), np.cos(pitch), np.sin(pitch), np.zeros(len(heading)))
    forward = np.stack([c * cp, s * cp, sp], axis=-1)
    left = np.stack([-s, c, zero], axis=-1)
    up = np.stack([-c * sp, -s * sp, cp], axis=-1)
    return np.stack([forward, left, up], axis=-1)
