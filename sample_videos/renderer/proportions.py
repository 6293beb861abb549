"""Lengths of the body's segments as shares of the body height (Drillis and Contini 1966, as in Winter 2009)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Proportions:
    """A body in shoes: lengths in metres follow from its height."""

    height_m: float = 1.72
    head_size: float = 1.0
    """Against that of an adult, beside the body height."""

    @property
    def thigh_m(self) -> float:
        """Hip to knee."""
        return 0.245 * self.height_m

    @property
    def shank_m(self) -> float:
        """Knee to ankle."""
        return 0.246 * self.height_m

    @property
    def leg_m(self) -> float:
        """Hip to ankle of the straight leg."""
        return self.thigh_m + self.shank_m

    @property
    def ankle_height_m(self) -> float:
        """Ankle above the sole."""
        return 0.045 * self.height_m

    @property
    def foot_m(self) -> float:
        """Heel to tip of the shoe."""
        return 0.152 * self.height_m

    @property
    def heel_to_ankle_m(self) -> float:
        """Along the sole, from its rear edge to below the ankle."""
        return 0.030 * self.height_m

    @property
    def heel_to_ball_m(self) -> float:
        """Along the sole, from its rear edge to where the toes bend."""
        return 0.73 * self.foot_m

    @property
    def hip_half_width_m(self) -> float:
        """From the midline to a hip joint."""
        return 0.050 * self.height_m

    @property
    def shoulder_half_width_m(self) -> float:
        """From the midline to a shoulder joint."""
        return 0.106 * self.height_m

    @property
    def trunk_m(self) -> float:
        """Mid-hip to mid-shoulder."""
        return 0.288 * self.height_m

    @property
    def upper_arm_m(self) -> float:
        """Shoulder to elbow."""
        return 0.172 * self.height_m

    @property
    def forearm_m(self) -> float:
        """Elbow to wrist."""
        return 0.146 * self.height_m


@dataclass(frozen=True, kw_only=True)
class Child(Proportions):
    """A child of about five: a larger head, shorter legs (shares read off growth charts by eye)."""

    height_m: float = 1.05
    head_size: float = 1.36

    @property
    def thigh_m(self) -> float:
        """Hip to knee."""
        return 0.222 * self.height_m

    @property
    def shank_m(self) -> float:
        """Knee to ankle."""
        return 0.222 * self.height_m

    @property
    def trunk_m(self) -> float:
        """Mid-hip to mid-shoulder."""
        return 0.282 * self.height_m

    @property
    def upper_arm_m(self) -> float:
        """Shoulder to elbow."""
        return 0.162 * self.height_m

    @property
    def forearm_m(self) -> float:
        """Elbow to wrist."""
        return 0.136 * self.height_m
