"""The body in the picture: lengths and places that every other module of the analysis needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gait.arrays import nanmean, running_median
from gait.optics import FOCAL_WIDTHS
from gait.skeleton import SIDES
from gait.types import FloatArray, PoseSequence

FOOT_PER_LEG = 0.31
"""Length of the foot (0.152 of body height) over that of thigh and shank (0.491); Winter, Biomechanics, table 4.1."""
NOSE_TO_HEEL = 0.90
"""Nose to the lower heel, upright in walking, over body height.

The eyes of a standing adult are at 0.936 of body height (Winter 2009, table 4.1), the nose some 0.025 lower; walking
with bent knees and a lowered look takes about 0.01 more.
"""
LEG_OVER_S = 1.5
"""What the length of the leg is a median over: more than a stride, in which bent knees and the swing shorten it."""
SHOULDERS_PER_TRUNK = 0.75
"""Distance of the shoulder points over mid-hip to mid-shoulder, in adults."""


@dataclass(frozen=True)
class Body:
    """Places and lengths by frame, in pixels; each (T,) unless said otherwise."""

    poses: PoseSequence

    @cached_property
    def _points(self) -> dict[str, FloatArray]:
        return {}

    def at(self, name: str) -> FloatArray:
        """Return one point, (T, 2)."""
        if name not in self._points:
            self._points[name] = np.asarray(self.poses.point(name), dtype=np.float64)
        return self._points[name]

    def middle(self, name: str) -> FloatArray:
        """Return the middle of a left and a right point, (T, 2); NaN where either is unknown."""
        return (self.at(f"left_{name}") + self.at(f"right_{name}")) / 2

    @property
    def time_s(self) -> FloatArray:
        """Time of each frame, in seconds."""
        return self.poses.time_s

    @cached_property
    def pelvis(self) -> FloatArray:
        """Middle of the hips, or the one that is known, (T, 2)."""
        return nanmean([self.at("left_hip"), self.at("right_hip")])

    @cached_property
    def trunk(self) -> FloatArray:
        """Mid-hip to mid-shoulder."""
        return np.asarray(np.linalg.norm(self.middle("shoulder") - self.middle("hip"), axis=1))

    @cached_property
    def leg(self) -> FloatArray:
        """Thigh plus shank, mean of the sides, as it changes slowly with the distance from the camera."""
        sides = [
            np.linalg.norm(self.at(f"{s}_hip") - self.at(f"{s}_knee"), axis=1)
            + np.linalg.norm(self.at(f"{s}_knee") - self.at(f"{s}_ankle"), axis=1)
            for s in SIDES
        ]
        return running_median(nanmean(sides), self.time_s, LEG_OVER_S)

    @cached_property
    def ankles_apart(self) -> FloatArray:
        """Left ankle less right ankle, (T, 2)."""
        return self.at("left_ankle") - self.at("right_ankle")

    @cached_property
    def background(self) -> FloatArray:
        """Movement of the background, (T, 2); NaN where unknown."""
        known = self.poses.background_xy_px
        return np.full((len(self.time_s), 2), np.nan) if known is None else known

    @cached_property
    def upright_deg(self) -> FloatArray:
        """Lean of what is upright where the person is, top to the right positive: zero where the roll is not known."""
        roll = self.poses.roll
        x = self.pelvis[:, 0]
        return np.zeros(len(x)) if roll is None else roll.upright_deg(x, self.poses.width_px)

    @property
    def focal_px(self) -> float:
        """Assumed focal length."""
        return FOCAL_WIDTHS * max(self.poses.width_px, self.poses.height_px)
