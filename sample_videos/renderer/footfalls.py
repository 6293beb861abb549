"""Where and when the feet meet the ground: the plan that everything else follows.

World coordinates: x to the right and y away from the usual camera, z up; metres and seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np

from .curves import Array

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
OTHER: dict[Side, Side] = {"left": "right", "right": "left"}


@dataclass(frozen=True, kw_only=True)
class PerSide:
    """One number for each side of the body."""

    left: float
    right: float

    def of(self, side: Side) -> float:
        """Return the number of one side."""
        return self.left if side == "left" else self.right


def both(value: float) -> PerSide:
    """Return the same number for both sides."""
    return PerSide(left=value, right=value)


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a person walks.

    Attributes
    ----------
    step_time_s : PerSide
        From the other foot's strike to this foot's.
    step_length_m : PerSide
        From the other foot's heel print to this foot's.
    stance : PerSide
        Share of the stride this foot is on the ground.
    step_width_m, toe_out_deg : float
    trunk_forward_deg, trunk_right_deg, trunk_sway_deg : float
        Mean lean forward and toward the subject's right, and how far the trunk leans over the loaded leg.
    arm_swing_deg : PerSide
        About half the range of the upper arm.
    step_time_sd_s, step_length_sd_m : float
        Step-to-step variability.
    strike_pitch_deg, off_pitch_deg : PerSide
        Of the foot when it meets the ground and when it leaves it, toes up positive.
    lift : PerSide
        How high the foot is lifted in its swing, as a share of the usual.
    heel_speed_m_s : (float, float)
        Of the heel that is about to strike, forward and up: it arrives almost at rest.
    toe_speed : float
        Of the toes as they leave the ground, in walking speeds.
    """

    step_time_s: PerSide = field(default_factory=lambda: both(0.54))
    step_length_m: PerSide = field(default_factory=lambda: both(0.66))
    stance: PerSide = field(default_factory=lambda: both(0.62))
    step_width_m: float = 0.09
    toe_out_deg: float = 5.0
    trunk_forward_deg: float = 3.0
    trunk_right_deg: float = 0.0
    trunk_sway_deg: float = 1.5
    arm_swing_deg: PerSide = field(default_factory=lambda: both(17.0))
    step_time_sd_s: float = 0.0
    step_length_sd_m: float = 0.0
    strike_pitch_deg: PerSide = field(default_factory=lambda: both(20.0))
    off_pitch_deg: PerSide = field(default_factory=lambda: both(-65.0))
    lift: PerSide = field(default_factory=lambda: both(1.0))
    heel_speed_m_s: tuple[float, float] = (0.55, -0.40)
    # In four children on force plates the big toe moves at 0.6 of the walking speed at the off.
    toe_speed: float = 0.6

    @property
    def stride_time_s(self) -> float:
        """Return the time between two strikes of the same foot."""
        return self.step_time_s.left + self.step_time_s.right

    @property
    def speed_m_s(self) -> float:
        """Return the mean walking speed."""
        return (self.step_length_m.left + self.step_length_m.right) / self.stride_time_s


@dataclass(frozen=True, kw_only=True)
class Footfall:
    """One foot on the ground: from `strike_s` to `off_s`, infinite where it stands before or after the walk.

    How it comes and leaves is said as in `Style`.
    """

    side: Side
    strike_s: float
    off_s: float
    heel_xy: tuple[float, float]
    heading_rad: float
    strike_pitch_rad: float
    off_pitch_rad: float
    lift: float
    heel_speed_m_s: tuple[float, float]
    toe_speed: float

    @property
    def forward(self) -> Array:
        """Return the direction in which the foot points."""
        return np.array([np.cos(self.heading_rad), np.sin(self.heading_rad), 0.0])


@dataclass(frozen=True, kw_only=True)
class Path:
    """A line over the floor, by arc length; steps are shorter where it turns."""

    xy: Array
    heading_rad: Array
    length_m: Array

    def at(self, s: float) -> tuple[Array, float]:
        """Return the position and the heading after `s` metres; straight on beyond the ends."""
        inside = float(np.clip(s, 0.0, self.length_m[-1]))
        heading = float(np.interp(inside, self.length_m, self.heading_rad))
        xy = np.array([np.interp(inside, self.length_m, self.xy[:, i]) for i in (0, 1)])
        return xy + (s - inside) * np.array([np.cos(heading), np.sin(heading)]), heading

    def is_turn(self, s: float) -> bool:
        """Return whether the path bends within a step of `s`."""
        return abs(self.at(s + 0.3)[1] - self.at(s - 0.3)[1]) > 0.1


def straight(start_xy: tuple[float, float], heading_deg: float) -> Path:
    """Return a straight path that goes on for ever."""
    heading = np.radians(heading_deg)
    xy = np.array(start_xy) + np.array([[0.0, 0.0], [np.cos(heading), np.sin(heading)]])
    return Path(xy=xy, heading_rad=np.full(2, heading), length_m=np.array([0.0, 1.0]))


def to_and_fro(half_length_m: float, turn_radius_m: float, n_lengths: int) -> Path:
    """Return `n_lengths` straight lengths along x about the origin, joined by half circles."""
    points, headings, y, sign = [], [], 0.0, 1.0
    for i in range(n_lengths):
        for x in np.linspace(-half_length_m, half_length_m, 60):
            points.append((sign * x, y))
            headings.append(np.pi * i)
        for a in np.linspace(0, np.pi, 40)[1:-1]:
            # Every turn is to the left, so that the heading grows and the two lanes are used in turn.
            points.append(
                (sign * (half_length_m + turn_radius_m * np.sin(a)), y + sign * turn_radius_m * (1 - np.cos(a)))
            )
            headings.append(np.pi * i + a)
        y, sign = y + sign * 2 * turn_radius_m, -sign
    xy = np.array(points)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(xy, axis=0), axis=1))])
    return Path(xy=xy, heading_rad=np.array(headings), length_m=length)


NO_PAUSES: Mapping[int, float] = MappingProxyType({})


def plan_walk(
    style: Style,
    path: Path,
    *,
    first_strike_s: float,
    n_steps: int,
    first_side: Side = "right",
    seed: int = 0,
    pauses_s: Mapping[int, float] = NO_PAUSES,
) -> list[Footfall]:
    """Place steady footfalls along a path, alternating sides.

    The walk has neither start nor end: plan more steps than the clip shows. Where `pauses_s` names a step, that foot
    is set beside the other, and the next step comes so much later.
    """
    rng = np.random.default_rng(seed)
    side, time, s = first_side, first_strike_s, 0.0
    strikes: list[tuple[Side, float, float]] = []
    for i in range(n_steps):
        strikes.append((side, time, s))
        side = OTHER[side]
        time += style.step_time_s.of(side) + style.step_time_sd_s * float(rng.standard_normal()) + pauses_s.get(i, 0.0)
        scale = 0.55 if path.is_turn(s) or i in pauses_s else 1.0
        if i + 1 in pauses_s:
            scale = 0.05
        s += scale * style.step_length_m.of(side) + style.step_length_sd_m * float(rng.standard_normal())
    return [
        _footfall(style, path, side, time, s, strikes[i + 2][1] if i + 2 < n_steps else np.inf)
        for i, (side, time, s) in enumerate(strikes)
    ]


def stand(style: Style, xy: tuple[float, float], heading_deg: float) -> list[Footfall]:
    """Return both feet side by side for ever."""
    path = straight(xy, heading_deg)
    return [_footfall(style, path, side, -np.inf, 0.0, np.inf) for side in ("left", "right")]


def _footfall(style: Style, path: Path, side: Side, strike_s: float, s: float, next_strike_s: float) -> Footfall:
    xy, heading = path.at(s)
    sign = 1.0 if side == "left" else -1.0
    left = np.array([-np.sin(heading), np.cos(heading)])
    x, y = xy + sign * style.step_width_m / 2 * left
    return Footfall(
        side=side,
        strike_s=strike_s,
        off_s=next_strike_s - (1 - style.stance.of(side)) * style.stride_time_s,
        heel_xy=(float(x), float(y)),
        heading_rad=heading + sign * float(np.radians(style.toe_out_deg)),
        strike_pitch_rad=float(np.radians(style.strike_pitch_deg.of(side))),
        off_pitch_rad=float(np.radians(style.off_pitch_deg.of(side))),
        lift=style.lift.of(side),
        heel_speed_m_s=style.heel_speed_m_s,
        toe_speed=style.toe_speed,
    )
