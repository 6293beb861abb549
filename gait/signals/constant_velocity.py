"""A Kalman filter for points of the leg that move at about constant velocity; either axis of the picture alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gait.types import FloatArray, IntArray

POINT_SD = 0.04
"""SD of a point of the leg, in leg lengths (BlazePose on rendered walkers: 0.03 for the near leg, 0.05 for the far)."""
_ACCELERATION_SD = 25.0
"""SD of the acceleration of a point of the foot, in leg lengths per second squared (20 m/s2 at heel strike)."""
_SPEED_SD = 3.0
"""SD of its speed before anything is known, in leg lengths per second."""


@dataclass(frozen=True, kw_only=True)
class Motion:
    """What the filter knows of some points.

    Attributes
    ----------
    place, speed : (..., 2)
    var_place, covariance, var_speed : (...)
        Infinite variance of the place: never seen.
    """

    place: FloatArray
    speed: FloatArray
    var_place: FloatArray
    covariance: FloatArray
    var_speed: FloatArray

    @classmethod
    def unknown(cls, shape: tuple[int, ...]) -> Motion:
        """Return what is known before anything was seen."""
        place, speed = np.zeros((2, *shape, 2))
        return cls(
            place=place,
            speed=speed,
            var_place=np.full(shape, np.inf),
            covariance=np.zeros(shape),
            var_speed=np.full(shape, _SPEED_SD**2),
        )

    @property
    def met(self) -> npt.NDArray[np.bool_]:
        """Which points have been seen."""
        return np.isfinite(self.var_place)

    def of(self, rows: IntArray) -> Motion:
        """Return what is known in other rows."""
        return Motion(
            place=self.place[rows],
            speed=self.speed[rows],
            var_place=self.var_place[rows],
            covariance=self.covariance[rows],
            var_speed=self.var_speed[rows],
        )

    def after(self, dt: float) -> Motion:
        """Return what is expected some time later."""
        kick = (_ACCELERATION_SD * dt) ** 2
        return Motion(
            place=self.place + self.speed * dt,
            speed=self.speed,
            var_place=self.var_place + 2 * dt * self.covariance + dt**2 * self.var_speed + kick * dt**2 / 4,
            covariance=self.covariance + dt * self.var_speed + kick * dt / 2,
            var_speed=self.var_speed + kick,
        )

    def against(self, measured: FloatArray, noise: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return how far points lie from where they are expected (..., 2), its variance, and the surprise (...)."""
        return _surprise(measured - self.place, np.where(self.met, self.var_place, 1.0) + noise)

    def each_against(self, measured: FloatArray, noise: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the same for each row of this against each row of the points."""
        spread = np.where(self.met, self.var_place, 1.0)[:, None] + noise[None]
        return _surprise(measured[None] - self.place[:, None], spread)

    def corrected(
        self,
        measured: FloatArray,
        noise: FloatArray,
        here: npt.NDArray[np.bool_],
        off: FloatArray,
        spread: FloatArray,
        usable: npt.NDArray[np.bool_],
    ) -> Motion:
        """Return what is known once points were measured; those first seen start there, at rest."""
        gain_place = np.where(usable, np.where(self.met, self.var_place, 0.0) / spread, 0.0)
        gain_speed = np.where(usable, self.covariance / spread, 0.0)
        place = self.place + gain_place[..., None] * off
        speed = self.speed + gain_speed[..., None] * off
        var_place, covariance = (1 - gain_place) * self.var_place, (1 - gain_place) * self.covariance
        var_speed = self.var_speed - gain_speed * self.covariance
        fresh = here & ~self.met
        if fresh.any():
            place[fresh], speed[fresh] = measured[fresh], 0.0
            var_place[fresh], covariance[fresh], var_speed[fresh] = noise[fresh], 0.0, _SPEED_SD**2
        return Motion(place=place, speed=speed, var_place=var_place, covariance=covariance, var_speed=var_speed)


def _surprise(off: FloatArray, spread: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    return off, spread, 0.5 * np.einsum("...a,...a", off, off) / spread
