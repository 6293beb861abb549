"""Distances on the floor, in body heights, from places in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gait.analysis.geometry import Body
from gait.analysis.view.slant import turned_deg
from gait.skeleton import SIDES
from gait.types import FloatArray, Pass, Scene

MOST_OFF_PLANE_DEG = 30.0
"""Lengths are withheld beyond this angle between the walk and the picture plane."""
ANKLES_APART_BH = 0.06
"""How much further from the camera the far foot is in walking: a usual step width (0.10 m), in body heights."""
FLAT = (0.15, 0.5)
"""When a foot lies flat after its strike, in step times: there is its place."""
SLIDES_BH = 0.05
"""A foot that lies flat stays where it is. One that slides by more than a third of its length (0.152 body heights,
Winter 2009) meanwhile is hidden, and the pose model guesses it, or has not landed yet: its place is not known.

In rendered clips, seen by BlazePose, this leaves out 8 of 626 lengths that were right to 0.03 body heights, and 14 of
22 that were off by more than 0.05.
"""
BOTH_DOWN = 0.1
"""So long after a strike, in step times, both feet are on the ground: the middle of the double support."""
HEEL_RISEN = 0.085
"""How much of a step the ankles lack at the strike: the trailing one has risen and moved on.

Of 15 steps of four children and two adults over force plates: 0.085, from 0.04 to 0.14, SD 0.024
(benchmarks/lengths.py).
"""
HEEL_RISEN_SD = 0.035
"""Of that share in others than these few healthy people, and of the ankles as a pose model sees them; a judgement."""
AGREES = 0.12
"""Up to this difference, as a share, the background of a moving camera is taken for the ground under the walker."""
FEET_SD = 0.03
"""Error of a length read off two feet at one moment, as a share (1 SD).

On the same steps in 3D it is -0.7 % (SD 1.0 %). Of ten walks seen by BlazePose from a camera that rests it came out 2 %
short of that by the ground (root mean square 3 %).
"""


@dataclass(frozen=True, kw_only=True)
class Floor:
    """What turns the picture into lengths along the walk.

    Attributes
    ----------
    body : Body
    height_px : (T,)
        Body height in pixels.
    scene : Scene
    """

    body: Body
    height_px: FloatArray
    scene: Scene

    @property
    def rests(self) -> bool:
        """Whether a place in the picture is a place on the floor: no treadmill, and the camera does not move."""
        return self.scene.ground == "overground" and self.scene.camera == "fixed"

    @cached_property
    def sees_feet(self) -> bool:
        """Whether heels and toes are known where the ankles are, for the most part."""
        heel, toe, ankle = (
            np.mean([np.isfinite(self.body.at(f"{side}_{point}")[:, 0]).mean() for side in SIDES])
            for point in ("heel", "big_toe", "ankle")
        )
        return bool(min(heel, toe) > 0.5 * ankle)

    def stretch(self) -> float:
        """Return what makes up for a walk that is not parallel to the picture, for something that lies along it."""
        angle = self.scene.off_plane_deg
        return 1.0 if angle is None else 1.0 / float(np.cos(np.radians(min(angle, MOST_OFF_PLANE_DEG))))

    def by_ground_bh(self, walk: Pass, side: str, start_s: float, strike_s: float) -> float:
        """Return how far from the place where the other foot landed this one lands; NaN where it cannot be known.

        Each place is read off the picture while the foot lies flat. A camera that turns moves the ground as it does the
        background; one that is carried alongside moves it more, where the background is farther than the walker.
        """
        if not self._knows_ground:
            return float("nan")
        landings = ((side, strike_s), (_other(side), start_s))
        for point in ("heel", "ankle"):
            here, there = (
                self._lying(self._across(walk, foot, point) - self._ground, landed_s, strike_s - start_s)
                for foot, landed_s in landings
            )
            if np.isfinite(here - there):
                return (here - there) * self._along(walk, strike_s)
        return float("nan")

    def speed_bh_s(self, walk: Pass, start_s: float, end_s: float) -> float:
        """Return how fast the body moves on between two moments, in body heights per second; NaN where it is unknown.

        That is on a treadmill, toward the camera or away, and where nobody knows how the camera moves.
        """
        if not self._knows_ground:
            return float("nan")
        return _sign(walk) * (self._at(self._place, end_s) - self._at(self._place, start_s)) / (end_s - start_s)

    def by_feet_bh(self, walk: Pass, side: str, start_s: float, strike_s: float) -> float:
        """Return the same as the two feet show it at one moment, without the ground.

        While both are down the heel of the other foot has risen, but its toes still stand where they did, and the place
        of its heel is behind them by the length of the foot as it lay. Without heels and toes the distance of the
        ankles at the strike stands in, larger by what the risen heel takes (`HEEL_RISEN`).
        """
        step_s, other = strike_s - start_s, _other(side)
        if not self.sees_feet:
            apart = self._at(self._across(walk, side, "ankle") - self._across(walk, other, "ankle"), strike_s)
            return apart * self._along(walk, strike_s) / (1.0 - HEEL_RISEN)
        toe, heel = self._across(walk, other, "big_toe"), self._across(walk, other, "heel")
        foot = self._lying(toe - heel, start_s, step_s)
        ahead = self._at(self._across(walk, side, "heel") - toe, strike_s + BOTH_DOWN * step_s)
        return (ahead + foot) * self._along(walk, strike_s)

    def settle(self, by_ground: FloatArray, by_feet: FloatArray) -> tuple[FloatArray, float]:
        """Choose between the two ways for all steps of a recording; return the lengths, and their error as a share.

        A camera that rests shows the ground. Of one that moves the background is taken for the ground where the feet
        agree, with half the difference as the error; else it was carried, and the feet tell.
        """
        if self.rests:
            return by_ground, 0.0
        apart = abs(ratio_of(by_ground, by_feet) - 1)
        if apart <= AGREES:
            return by_ground, apart / 2
        return by_feet, FEET_SD if self.sees_feet else HEEL_RISEN_SD

    def _across(self, walk: Pass, side: str, point: str) -> FloatArray:
        """Return how far from the middle of the picture a point is, (T,), in body heights, to the right.

        The nearer foot is seen further from the middle than the far one; that is taken off, with an assumed focal
        length and step width.
        """
        nearer = ANKLES_APART_BH / 2 * self.height_px / self.body.focal_px * (1.0 if walk.near_side == side else -1.0)
        return (self.body.at(f"{side}_{point}")[:, 0] - self.body.poses.width_px / 2) / self.height_px * (1.0 - nearer)

    @property
    def _knows_ground(self) -> bool:
        """Whether the background tells how the ground moves in the picture."""
        return self.scene.ground == "overground" and self.scene.camera != "unknown"

    @cached_property
    def _place(self) -> FloatArray:
        """Where the body is over the ground, (T,), in body heights, to the right."""
        return (self.body.pelvis[:, 0] - self.body.poses.width_px / 2) / self.height_px - self._ground

    @cached_property
    def _ground(self) -> FloatArray:
        """How far the background has moved to the right, (T,), in body heights as the walker's distance makes them."""
        if self.scene.camera == "fixed":
            return np.zeros(len(self.height_px))
        steps = np.diff(self.body.background[:, 0]) / (self.height_px[1:] + self.height_px[:-1]) * 2
        return np.concatenate([[0.0], np.nancumsum(steps)])

    def _along(self, walk: Pass, time_s: float) -> float:
        """Return what makes a length to the right in the picture one along the walk; NaN where the angle forbids it."""
        sign = _sign(walk)
        changing = self._angles_deg.get(walk.number)
        angle = walk.off_plane_deg if changing is None else self._at(changing, time_s)
        if angle is None:
            return sign
        return sign / float(np.cos(np.radians(angle))) if angle <= MOST_OFF_PLANE_DEG else float("nan")

    @cached_property
    def _angles_deg(self) -> dict[int, FloatArray]:
        """The angle off the picture plane at every frame, (T,), by pass, where the camera turns after the walker."""
        found = {}
        time_s = self.body.time_s
        for walk in self.scene.passes if self.scene.camera == "panning" else ():
            first, last = np.searchsorted(time_s, [walk.start_s, walk.end_s])
            angles = turned_deg(self.body, slice(first, last)) if walk.direction in ("right", "left") else None
            if angles is not None:
                known = np.isfinite(angles)
                found[walk.number] = np.interp(time_s, time_s[first:last][known], angles[known])
        return found

    def _at(self, values: FloatArray, time_s: float) -> float:
        """Return the value at a moment; NaN beside what is known, and after the last frame."""
        if not self.body.time_s[0] <= time_s <= self.body.time_s[-1]:
            return float("nan")
        return float(np.interp(time_s, self.body.time_s, values))

    def _lying(self, values: FloatArray, landed_s: float, step_s: float) -> float:
        """Return the mean while a foot that has landed lies flat; NaN where it is not seen to lie still."""
        first, last = np.searchsorted(self.body.time_s, [landed_s + share * step_s for share in FLAT])
        known = values[first:last][np.isfinite(values[first:last])]
        return float(np.mean(known)) if len(known) and np.ptp(known) <= SLIDES_BH else float("nan")


def _sign(walk: Pass) -> float:
    """Return 1 for a walk to the right of the picture, -1 to the left, NaN for any other."""
    return {"right": 1.0, "left": -1.0}.get(walk.direction, float("nan"))


def ratio_of(by_ground: FloatArray, by_feet: FloatArray) -> float:
    """Return the lengths found by the ground over those found by the feet; NaN where either is missing."""
    both = np.isfinite(by_ground) & np.isfinite(by_feet)
    return float(np.median(by_ground[both]) / np.median(by_feet[both])) if both.sum() > 1 else float("nan")


def _other(side: str) -> str:
    return "right" if side == "left" else "left"
