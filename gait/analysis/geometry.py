"""The body in the picture: lengths and places that every other module of the analysis needs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gait.skeleton import SIDES
from gait.types import FloatArray, PoseSequence

FOOT_PER_LEG = 0.31
"""Length of the foot (0.152 of body height) over that of thigh and shank (0.491); Winter, Biomechanics, table 4.1."""
SHOULDERS_PER_TRUNK = 0.75
"""Distance of the shoulder points over mid-hip to mid-shoulder, in adults."""
FOCAL_WIDTHS = 0.85
"""Focal length of a usual phone or camera in video mode, over the longer side of the picture; 0.65 to 1.1 occur."""


def nanmean(values: npt.ArrayLike, axis: int = 0) -> FloatArray:
    """Mean without NaN; NaN, and no warning, where nothing is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(np.asarray(values, dtype=np.float64), axis=axis))


def nanmedian(values: npt.ArrayLike) -> float:
    """Median of what is known; NaN, and no warning, where nothing is."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    return float(np.median(known)) if len(known) else float("nan")


def running_median(values: FloatArray, time_s: FloatArray, width_s: float) -> FloatArray:
    """Median over a window of time centred on each frame; NaN where the window holds nothing.

    It is taken every eighth of the window and interpolated: it changes slowly.

    Parameters
    ----------
    values, time_s : (T,)
    width_s : float
    """
    if len(time_s) == 0:
        return values.copy()
    n = max(2, int(np.ceil((time_s[-1] - time_s[0]) / (width_s / 8))) + 1)
    at = np.linspace(time_s[0], time_s[-1], n)
    first = np.searchsorted(time_s, at - width_s / 2 - 1e-9)
    last = np.searchsorted(time_s, at + width_s / 2 + 1e-9)
    medians = np.array([nanmedian(values[a:b]) for a, b in zip(first, last, strict=True)])
    known = np.isfinite(medians)
    if not known.any():
        return np.full(len(time_s), np.nan)
    nearest = medians[np.clip(np.round((time_s - at[0]) / max(at[1] - at[0], 1e-9)).astype(int), 0, n - 1)]
    smooth = np.interp(time_s, at[known], medians[known])
    return np.asarray(np.where(np.isfinite(nearest), smooth, np.nan))


def running_mean(values: FloatArray, time_s: FloatArray, width_s: float) -> FloatArray:
    """Mean over a window of time centred on each frame; NaN where the window holds nothing."""
    first = np.searchsorted(time_s, time_s - width_s / 2 - 1e-9)
    last = np.searchsorted(time_s, time_s + width_s / 2 + 1e-9)
    known = np.isfinite(values)
    total = np.concatenate(([0.0], np.cumsum(np.where(known, values, 0.0))))
    count = np.concatenate(([0], np.cumsum(known)))
    n = count[last] - count[first]
    return np.asarray(np.where(n > 0, (total[last] - total[first]) / np.maximum(n, 1), np.nan))


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
        return running_median(nanmean(sides), self.time_s, 1.5)

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
