"""What the feet do along the walk in one pass: positions and speeds on a fine time grid, in units of walking speed."""

from __future__ import annotations

import itertools
from collections.abc import Container
from dataclasses import dataclass

import numpy as np

from gait.arrays import nanmean, nanmedian, running_median
from gait.signals.clean import CleanPoses, leg_length_px
from gait.signals.filters import MOST_FINER, derivative, frame_interval_s, lowpass, resample
from gait.skeleton import SIDES
from gait.types import FloatArray, Pass, PoseSequence, Scene

FOOT = ("heel", "ankle", "big_toe", "small_toe")
CUTOFF_HZ = 6.0
"""Of the low-pass of the points of the feet, as is usual for walking (Winter 2009)."""
GRID_S = 0.004
"""Events are sought on a grid so fine that it adds a millisecond to no error."""
_STRIDE_S = 1.1
"""Usual stride time: the window over which speeds that change slowly (body, ground) are averaged."""
_RESTS = 0.2
"""A point of the foot slower than this, in walking speeds, is on the ground."""
_LEAST_FRAMES = 8
"""Of a pass or a turn, in which the filters settle and the feet go once to and fro. A judgement."""
_AROUND_S = 0.3
"""Before and after a pass, so that its first and last events have surroundings: about a swing. A judgement."""
_BACKGROUND_KNOWN = 0.9
"""Share of the frames in which the background must be known for the feet to be related to it. A judgement."""
_MOST_PASSED = 0.9
"""Share of the noise that a filter lets through, at most: the reckoning holds for cutoffs well below half the rate."""
_SLOWEST = 0.15
"""Slowest walking speed, in leg lengths per second, at which feet can be told from standing."""


@dataclass(frozen=True, kw_only=True)
class FootSignals:
    """One pass, seen from the side.

    Attributes
    ----------
    time_s : (N,)
        Uniform, every 4 ms.
    forward : dict of (side, point) to (N,)
        Position along the walk relative to the pelvis, in leg lengths, forward positive.
    speed : dict of (side, point) to (N,)
        Forward speed over the ground, in walking speeds.
    rise : dict of (side, point) to (N,)
        Upward speed in the picture, in walking speeds.
    height : dict of (side, point) to (N,)
        In leg lengths, upward.
    pitch_deg : dict of side to (N,)
        Of the foot, heel to toes (the big one, or the small one where it alone is known), against its own flat stance;
        toes up positive. Only of feet with heel and toes.
    noise : dict of (side, point) to float
        SD of the error of `speed` that comes from the noise of the points, in walking speeds.
    walking_speed : (N,)
        In leg lengths per second.
    """

    time_s: FloatArray
    forward: dict[tuple[str, str], FloatArray]
    speed: dict[tuple[str, str], FloatArray]
    rise: dict[tuple[str, str], FloatArray]
    height: dict[tuple[str, str], FloatArray]
    pitch_deg: dict[str, FloatArray]
    noise: dict[tuple[str, str], float]
    walking_speed: FloatArray


def can_be_sought(time_s: FloatArray, grid_s: float) -> bool:
    """Return whether events can be sought on a grid so fine: there are enough frames, and not too far apart."""
    return len(time_s) >= _LEAST_FRAMES and bool(time_s[-1] - time_s[0] <= grid_s * MOST_FINER * len(time_s))


def foot_signals(clean: CleanPoses, scene: Scene, pass_: Pass, cutoff_hz: float = CUTOFF_HZ) -> FootSignals | None:
    """Compute the signals of one pass; None where the body does not move over the ground, or is not seen.

    Parameters
    ----------
    clean : CleanPoses
    scene : Scene
    pass_ : Pass
        Its direction must be right or left.
    cutoff_hz : float
    """
    poses = clean.unfiltered
    rows = _rows(poses, pass_)
    time_s = poses.time_s[rows]
    if not can_be_sought(time_s, GRID_S):
        return None
    sign = -1.0 if pass_.direction == "left" else 1.0
    leg_px = leg_length_px(poses.xy_px.astype(np.float64), poses.keypoints)
    raw = {
        (side, point): poses.point(f"{side}_{point}")[rows] * np.array([sign, -1.0]) / leg_px
        for side in SIDES
        for point in (*FOOT, "hip")
    }
    smooth = {key: lowpass(xy, time_s, cutoff_hz) for key, xy in raw.items()}
    body = nanmean([smooth[side, "hip"][:, 0] for side in SIDES])
    ground = _ground(clean, scene, rows, sign, leg_px, smooth)
    grid = np.arange(time_s[0], time_s[-1], GRID_S)
    walking_speed = _walking_speed(body - ground, time_s, grid)
    if walking_speed is None:
        return None
    known = [key for key in itertools.product(SIDES, FOOT) if np.isfinite(smooth[key]).any()]
    if not known:
        return None
    points = np.stack([smooth[key] for key in known], axis=1)  # (T, K, 2)
    places = resample(points, time_s, grid)
    places[:, :, 0] -= resample(body, time_s, grid)[:, None]
    points[:, :, 0] -= ground[:, None]
    velocities = resample(points, time_s, grid, 1) / walking_speed[:, None, None]
    forward, height, speed, rise = (
        {key: values[:, k, axis] for k, key in enumerate(known)} for values in (places, velocities) for axis in (0, 1)
    )
    usual = float(np.median(walking_speed))
    return FootSignals(
        time_s=grid,
        forward=forward,
        speed=speed,
        rise=rise,
        height=height,
        pitch_deg={side: _pitch_deg(smooth, speed, side, toes, time_s, grid) for side, toes in _whole_feet(speed)},
        noise={key: speed_noise(raw[key][:, 0], smooth[key][:, 0], time_s, cutoff_hz) / usual for key in known},
        walking_speed=walking_speed,
    )


def _walking_speed(along: FloatArray, time_s: FloatArray, grid: FloatArray) -> FloatArray | None:
    """Return the speed of the body over the ground on the grid, in leg lengths per second; None for one who stands."""
    speed = _slow_slope(along, time_s)
    known = np.isfinite(speed)
    if not known.any():
        return None
    fine = np.interp(grid, time_s[known], speed[known])
    return None if np.median(fine) < _SLOWEST else np.maximum(fine, _SLOWEST)


def toes_of(known: Container[tuple[str, str]], side: str) -> str:
    """Return which point stands for the toes: the big one, else the small one; empty where neither is known."""
    return next((toe for toe in ("big_toe", "small_toe") if (side, toe) in known), "")


def _whole_feet(known: Container[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the sides with heel and toes, each with the point that stands for its toes."""
    return [(side, toes) for side in SIDES if (side, "heel") in known and (toes := toes_of(known, side))]


def _pitch_deg(
    smooth: dict[tuple[str, str], FloatArray],
    speed: dict[tuple[str, str], FloatArray],
    side: str,
    toes: str,
    time_s: FloatArray,
    grid: FloatArray,
) -> FloatArray:
    """Return how far the toes are up, against the time in which neither heel nor toes move."""
    along, up = resample(smooth[side, toes] - smooth[side, "heel"], time_s, grid).T
    pitch = np.degrees(np.arctan2(up, along))
    with np.errstate(invalid="ignore"):
        flat = (np.abs(speed[side, "heel"]) < _RESTS) & (np.abs(speed[side, toes]) < _RESTS)
    return np.asarray(pitch - (float(np.median(pitch[flat])) if flat.any() else 0.0))


def speed_noise(raw: FloatArray, smooth: FloatArray, time_s: FloatArray, cutoff_hz: float) -> float:
    """Return the SD of the speed of a low-passed signal that is due to white noise of its samples.

    The noise is what the low-pass took out, made up for the share that it let through.
    """
    rate_hz = 1 / frame_interval_s(time_s)
    passed = min(_MOST_PASSED, 2 * cutoff_hz / rate_hz)
    removed = np.sqrt(np.nanmean((raw - smooth) ** 2))
    sd = removed / np.sqrt(1 - passed)
    return float(sd * 2 * np.pi * cutoff_hz**1.5 * np.sqrt(2 / (3 * rate_hz)))


def _rows(poses: PoseSequence, pass_: Pass, margin_s: float = _AROUND_S) -> slice:
    """Return the frames of a pass and a margin around it, so that its first and last events have surroundings."""
    first, last = np.searchsorted(poses.time_s, [pass_.start_s - margin_s, pass_.end_s + margin_s])
    return slice(int(first), int(last))


def _ground(
    clean: CleanPoses,
    scene: Scene,
    rows: slice,
    sign: float,
    leg_px: float,
    smooth: dict[tuple[str, str], FloatArray],
) -> FloatArray:
    """Return how far the ground under the walker has moved along the walk (T,), in leg lengths.

    Zero for a still camera, the background for a panning one, and otherwise (treadmill, or a camera of which nothing is
    known) what the foot in stance shows: the slower of the two feet rests on the ground.
    """
    poses = clean.unfiltered
    time_s = poses.time_s[rows]
    if scene.ground != "treadmill":
        if scene.camera == "fixed":
            return np.zeros(len(time_s))
        if poses.background_xy_px is not None:
            background = poses.background_xy_px[rows, 0]
            known = np.isfinite(background)
            if known.mean() > _BACKGROUND_KNOWN:
                return sign * np.interp(time_s, time_s[known], background[known]) / leg_px
    feet = [nanmean([derivative(smooth[side, point][:, 0], time_s) for point in FOOT]) for side in SIDES]
    with np.errstate(invalid="ignore"):
        contact = np.fmin(feet[0], feet[1])
    velocity = running_median(contact, time_s, _STRIDE_S)
    velocity = np.where(np.isfinite(velocity), velocity, np.nan_to_num(nanmedian(contact)))
    return np.concatenate(([0.0], np.cumsum(0.5 * (velocity[1:] + velocity[:-1]) * np.diff(time_s))))


def _slow_slope(x: FloatArray, time_s: FloatArray) -> FloatArray:
    """Return the slope of a line through a stride around each sample; NaN where fewer than four are known."""
    first = np.searchsorted(time_s, time_s - _STRIDE_S / 2)
    last = np.searchsorted(time_s, time_s + _STRIDE_S / 2, side="right")
    known = np.isfinite(x)
    t, y = np.where(known, time_s - time_s[0], 0.0), np.where(known, x, 0.0)
    sums = np.cumsum(np.stack([known, t, y, t * t, t * y]), axis=1)
    until, before = np.pad(sums, ((0, 0), (1, 0)))[:, [last, first]].transpose(1, 0, 2)
    n, t, y, tt, ty = until - before
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (n * ty - t * y) / (n * tt - t * t)
    return np.where(n >= 4, slope, np.nan)
