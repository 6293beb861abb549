"""Distances on the floor, in body heights, from places in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gait.analysis.geometry import Body
from gait.types import FloatArray, Pass, Scene

MOST_OFF_PLANE_DEG = 30.0
"""Lengths are withheld beyond this angle between the walk and the picture plane."""
ANKLES_APART_BH = 0.06
"""How much further from the camera the far ankle is in walking: a usual step width (0.10 m), in body heights."""
HEEL_RISE_BH = 0.030
"""How far the trailing ankle has moved on since its own strike when the other foot lands, in body heights.

Measured on four laboratory walks (0.025 to 0.043): speed of the pelvis times step time, less the ankles' distance at
strike.
"""
HEEL_RISE_SD_BH = 0.010


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
    def sees_ground(self) -> bool:
        """Whether places on the floor can be followed: no treadmill, and the camera's motion known."""
        still = self.scene.camera == "still"
        panned = self.scene.camera == "panning" and self.body.poses.background_xy_px is not None
        return self.scene.ground == "overground" and (still or panned)

    def _usable(self, walk: Pass) -> bool:
        angle = self.scene.off_plane_deg
        return walk.direction in ("right", "left") and (angle is None or angle <= MOST_OFF_PLANE_DEG)

    def stretch(self) -> float:
        """Return what makes up for a walk that is not parallel to the picture."""
        angle = self.scene.off_plane_deg
        return 1.0 if angle is None else 1.0 / float(np.cos(np.radians(min(angle, MOST_OFF_PLANE_DEG))))

    def _at(self, values: FloatArray, time_s: float) -> float:
        return float(np.interp(time_s, self.body.time_s, values))

    def _ankle_x(self, side: str, time_s: float) -> float:
        return self._at(self.body.at(f"{side}_ankle")[:, 0], time_s)

    def step_length_bh(self, walk: Pass, side: str, strike_s: float) -> float:
        """Return how far the ankle of the landing foot is ahead of the other one at its strike (Stenum 2021).

        The nearer ankle is seen further from the middle of the picture than the far one; that shift is taken off, with
        an assumed focal length and step width.
        """
        if not self._usable(walk):
            return float("nan")
        other = "right" if side == "left" else "left"
        sign = 1.0 if walk.direction == "right" else -1.0
        ahead = sign * (self._ankle_x(side, strike_s) - self._ankle_x(other, strike_s))
        height = self._at(self.height_px, strike_s)
        middle = self._at(self.body.pelvis[:, 0], strike_s) - self.body.poses.width_px / 2
        nearer = 1.0 if walk.near_side == side else -1.0
        shift = nearer * sign * middle * ANKLES_APART_BH * height / self.body.focal_px
        return (ahead - shift) / height * self.stretch()

    def stride_length_bh(self, walk: Pass, side: str, start_s: float, end_s: float) -> float:
        """Return the way of one ankle from strike to strike, over ground; NaN where the ground cannot be followed."""
        if not (self._usable(walk) and self.sees_ground):
            return float("nan")
        sign = 1.0 if walk.direction == "right" else -1.0
        moved = self.body.background[:, 0]
        if self.scene.camera == "still":
            moved = np.zeros(len(moved))
        places = []
        for time in (start_s, end_s):
            # In body heights at that time: a walk that nears the camera grows in the picture.
            place = self._ankle_x(side, time) - self._at(moved, time) - self.body.poses.width_px / 2
            places.append(place / self._at(self.height_px, time))
        return sign * (places[1] - places[0]) * self.stretch()
