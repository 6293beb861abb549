"""What the feet do along the walk in one pass: positions and speeds on a fine time grid, in units of walking speed."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

import numpy as np

from gait.signals.clean import CleanPoses, leg_length_px
from gait.signals.filters import derivative, frame_interval_s, lowpass, resample
from gait.skeleton import SIDES
from gait.types import FloatArray, Pass, PoseSequence, Scene

FOOT = ("heel", "ankle", "big_toe", "small_toe")
CUTOFF_HZ = 6.0
GRID_S = 0.004
_STRIDE_S = 1.1
"""Usual stride time: the window over which speeds that change slowly (body, ground) are averaged."""
_RESTS = 0.2
"""A point of the foot slower than this, in walking speeds, is on the ground."""
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
    if rows.stop - rows.start < 8:
        return None
    time_s = poses.time_s[rows]
    sign = -1.0 if pass_.direction == "left" else 1.0
    leg_px = leg_length_px(poses.xy_px.astype(np.float64), poses.keypoints)
    raw = {
        (side, point): poses.point(f"{side}_{point}")[rows] * np.array([sign, -1.0]) / leg_px
        for side in SIDES
        for point in (*FOOT, "hip")
    }
    smooth = {key: lowpass(xy, time_s, cutoff_hz) for key, xy in raw.items()}
    body = nan_mean([smooth[side, "hip"][:, 0] for side in SIDES])
    ground = _ground(clean, scene, rows, sign, leg_px, smooth)
    grid = np.arange(time_s[0], time_s[-1], GRID_S)
    body_speed = _slow_slope(body - ground, time_s)
    if not np.isfinite(body_speed).any():
        return None
    walking_speed = np.interp(grid, time_s[np.isfinite(body_speed)], body_speed[np.isfinite(body_speed)])
    if np.median(walking_speed) < _SLOWEST:
        return None
    walking_speed = np.maximum(walking_speed, _SLOWEST)
    forward, speed, rise, height, noise = {}, {}, {}, {}, {}
    body_fine = resample(body, time_s, grid)
    for side in SIDES:
        for point in FOOT:
            key = (side, point)
            xy = smooth[key]
            if not np.isfinite(xy).any():
                continue
            forward[key] = resample(xy[:, 0], time_s, grid) - body_fine
            height[key] = resample(xy[:, 1], time_s, grid)
            speed[key] = resample(xy[:, 0] - ground, time_s, grid, 1) / walking_speed
            rise[key] = resample(xy[:, 1], time_s, grid, 1) / walking_speed
            noise[key] = speed_noise(raw[key][:, 0], xy[:, 0], time_s, cutoff_hz) / float(np.median(walking_speed))
    if not speed:
        return None
    return FootSignals(
        time_s=grid,
        forward=forward,
        speed=speed,
        rise=rise,
        height=height,
        pitch_deg={side: _pitch_deg(smooth, speed, side, toes, time_s, grid) for side, toes in _whole_feet(speed)},
        noise=noise,
        walking_speed=walking_speed,
    )


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
    passed = min(0.9, 2 * cutoff_hz / rate_hz)
    removed = np.sqrt(np.nanmean((raw - smooth) ** 2))
    sd = removed / np.sqrt(1 - passed)
    return float(sd * 2 * np.pi * cutoff_hz**1.5 * np.sqrt(2 / (3 * rate_hz)))


def _rows(poses: PoseSequence, pass_: Pass, margin_s: float = 0.3) -> slice:
    """Return the frames of a pass and a margin around it, so that its first and last events have surroundings."""
    first, last = np.searchsorted(poses.time_s, [pass_.start_s - margin_s, pass_.end_s + margin_s])
    return slice(int(first), int(last))


def nan_mean(columns: list[FloatArray]) -> FloatArray:
    """Average what is known in each row; NaN where nothing is."""
    stacked = np.stack(columns)
    known = np.isfinite(stacked)
    with np.errstate(invalid="ignore"):
        return np.asarray(
            np.where(known, stacked, 0.0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)
        )


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
            if known.mean() > 0.9:
                return sign * np.interp(time_s, time_s[known], background[known]) / leg_px
    feet = [nan_mean([derivative(smooth[side, point][:, 0], time_s) for point in FOOT]) for side in SIDES]
    with np.errstate(invalid="ignore"):
        contact = np.fmin(feet[0], feet[1])
    velocity = _running_median(contact, time_s)
    return np.concatenate(([0.0], np.cumsum(0.5 * (velocity[1:] + velocity[:-1]) * np.diff(time_s))))


def _running_median(x: FloatArray, time_s: FloatArray) -> FloatArray:
    """Return the median over a stride around each sample; the median of all where a stride has nothing."""
    overall = float(np.nanmedian(x)) if np.isfinite(x).any() else 0.0
    first = np.searchsorted(time_s, time_s - _STRIDE_S / 2)
    last = np.searchsorted(time_s, time_s + _STRIDE_S / 2, side="right")
    windows = (x[a:b] for a, b in zip(first, last, strict=True))
    return np.array([np.nanmedian(w) if np.isfinite(w).any() else overall for w in windows])


def _slow_slope(x: FloatArray, time_s: FloatArray) -> FloatArray:
    """Return the slope of a line through a stride around each sample; NaN where fewer than four are known."""
    out = np.full(len(x), np.nan)
    first = np.searchsorted(time_s, time_s - _STRIDE_S / 2)
    last = np.searchsorted(time_s, time_s + _STRIDE_S / 2, side="right")
    for row, (a, b) in enumerate(zip(first, last, strict=True)):
        known = np.isfinite(x[a:b])
        if known.sum() >= 4:
            out[row] = np.polyfit(time_s[a:b][known], x[a:b][known], 1)[0]
    return out
