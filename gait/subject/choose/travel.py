"""How far a person walks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gait.arrays import true_runs
from gait.optics import FOCAL_WIDTHS
from gait.subject.track.trajectory import Trajectory
from gait.types import FloatArray

Bools = npt.NDArray[np.bool_]

GRID_S, SMOOTH_S = 0.1, 0.8
"""Grid of the way, and what it is averaged over: more than a step, with which the body sways. Judgements."""

WALK_SPEED = 0.2
"""Body heights per second; slower is standing about."""

WALK_MIN_S = 0.8
"""Shorter bursts are a jump or a sway."""

RUN_SPEED = 1.7
"""Body heights per second; about 3 m/s."""

DEPTH_MIN_S, MIN_GROWTH = 1.2, 0.25
"""How long somebody must grow or shrink, and by how much (logarithm of the height): less is not told from an error of
the box. Judgements."""


DEPTH_OVER_S, SINKING, STEADILY = 1.5, 0.2, 0.8
"""What growth is looked at over, more than a stride; how much of it the feet must share; and the share of it that must
go one way. Judgements: a body that sways grows and shrinks in turn."""


@dataclass(frozen=True, kw_only=True)
class Travel:
    """How one person moves over the ground.

    Attributes
    ----------
    body_heights : float
        Length of the sustained walking, across the picture and in depth.
    across : float
        Signed: to the right is positive.
    depth : float
        Signed: toward the camera is positive.
    speed : float
        Body heights per second while walking; 0 for one who stays in place.
    start_s, end_s : float
        When the walking begins and ends; the whole track for one who stays in place.
    """

    body_heights: float
    across: float
    depth: float
    speed: float
    start_s: float
    end_s: float


def measure(path: Trajectory) -> Travel:
    """Measure the travel along a path: sustained translation only, the camera's own motion removed."""
    start, end = float(path.time_s[0]), float(path.time_s[-1])
    nothing = Travel(body_heights=0.0, across=0.0, depth=0.0, speed=0.0, start_s=start, end_s=end)
    if end - start < WALK_MIN_S / 2:
        return nothing
    grid = np.arange(start, end + GRID_S / 2, GRID_S)
    boxes = path.boxes(grid)
    height = _smooth(boxes[:, 3] - boxes[:, 1])
    x = _smooth((boxes[:, 0] + boxes[:, 2]) / 2)
    across = np.gradient(x, GRID_S) / height
    depth = _depth_speed(height, _smooth(boxes[:, 3]), FOCAL_WIDTHS * max(path.size))
    speed = np.hypot(across, depth)
    walking = sustained(speed > WALK_SPEED, round(WALK_MIN_S / GRID_S))
    if not walking.any():
        return nothing
    when = grid[walking]
    return Travel(
        body_heights=float((speed * walking).sum() * GRID_S),
        across=float((across * walking).sum() * GRID_S),
        depth=float((depth * walking).sum() * GRID_S),
        speed=float(np.median(speed[walking])),
        start_s=float(when[0]),
        end_s=float(when[-1]),
    )


def sustained(condition: Bools, least: int) -> Bools:
    """Keep only the runs of True that are at least so many samples long."""
    kept = np.zeros(len(condition), dtype=bool)
    for first, last in true_runs(condition):
        if last - first >= least:
            kept[first:last] = True
    return kept


def _depth_speed(height: FloatArray, feet: FloatArray, focal_px: float) -> FloatArray:
    """Return the speed toward the camera in body heights per second, from the growth of the person.

    Someone who comes nearer grows at the feet too; someone who stoops or lifts the arms changes at the top alone, and
    does not count. Nor does a change faster than a run: that is an error of the box.
    """
    n = len(height)
    if n < round(DEPTH_OVER_S / GRID_S):
        return np.zeros(n)
    growth, sinking = np.gradient(height, GRID_S), np.gradient(feet, GRID_S)
    window = np.ones(min(n, round(DEPTH_OVER_S / GRID_S)))
    agree = np.convolve(growth * sinking, window, "same") > SINKING * np.convolve(growth**2, window, "same")
    steady = np.abs(np.convolve(growth, window, "same")) > STEADILY * np.convolve(np.abs(growth), window, "same")
    counts = sustained(agree & steady, round(DEPTH_MIN_S / GRID_S))
    speed = focal_px * growth / height**2
    for first, last in true_runs(counts):
        too_little = abs(np.log(height[last - 1] / height[first])) < MIN_GROWTH
        if too_little or np.median(np.abs(speed[first:last])) > RUN_SPEED:
            counts[first:last] = False
    return np.asarray(np.where(counts, speed, 0.0))


def _smooth(values: FloatArray) -> FloatArray:
    """Running mean over `SMOOTH_S`; near the ends over what there is, mirrored so that a steady trend stays."""
    half = min(round(SMOOTH_S / GRID_S / 2), len(values) - 1)
    if half < 1:
        return values
    padded = np.concatenate([2 * values[0] - values[half:0:-1], values, 2 * values[-1] - values[-2 : -half - 2 : -1]])
    kernel = np.ones(2 * half + 1) / (2 * half + 1)
    return np.asarray(np.convolve(padded, kernel, "valid"))
