"""Foot strikes of a pass seen from the front or the back.

Stenum 2024 (Clinical gait analysis using video-based pose estimation: multiple perspectives, clinical populations, and
measuring change, PLOS Digital Health 3) takes the extremes of the difference of the two ankles' heights in the picture.
Such an extreme is the height of one foot's early swing; the other foot has struck a good third of a step before. The
share is taken from walks with known events, so that strikes and not only the time between them are right. Foot offs
cannot be seen from here.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import find_peaks

from gait.analysis.event_order import Candidate
from gait.analysis.foot_signals import GRID_S, nan_mean
from gait.signals.clean import CleanPoses, leg_length_px
from gait.signals.filters import finite_runs, frame_interval_s, lowpass, resample
from gait.types import FloatArray, Pass, Side

_CUTOFF_HZ = 5.0
_LAG = {"toward": 0.39, "away": 0.445}
"""From a strike to the extreme that follows, as a share of the step time: 0.20 and 0.23 s in two adults who walked
toward and away from the camera (biomechZoo sample study), the two within 8 ms of each other."""
_SD_S = 0.025
"""What is left of the timing error: 10 ms in the same walks, but up to 50 ms, the same for every step, in simulated
shuffling and hemiparetic walks, whose double support takes another share of the step."""
_USUAL_STEP_S = 0.55
_SHORTEST_STEP_S = 0.25
_LEAST_RISE = 0.4
"""Of the usual swing of the difference: smaller extremes are ripples."""
_LEAST_RISE_LEGS = 0.03
_LAST_SD_S = 0.03
"""A last strike whose extreme lies beyond the clip is timed by the toes coming down."""
_PITCH_LAG_S = 0.04
"""The toes sink fastest this long after the strike (28 to 53 ms in the same walks)."""


def frontal_strikes(clean: CleanPoses, pass_: Pass) -> list[Candidate]:
    """Find the strikes of both feet in a pass toward or away from the camera.

    Parameters
    ----------
    clean : CleanPoses
    pass_ : Pass

    Returns
    -------
    list of Candidate
        Strikes only.
    """
    poses = clean.unfiltered
    # Extremes lag their strikes, so the strikes of the pass may show after its end.
    first, last = np.searchsorted(poses.time_s, [pass_.start_s, pass_.end_s + 0.35])
    if last - first < 8:
        return []
    time_s = poses.time_s[first:last]
    leg_px = _leg_px(poses.xy_px[first:last].astype(np.float64), time_s, poses.keypoints)
    grid = np.arange(time_s[0], time_s[-1], GRID_S)
    heights = {
        (side, point): -resample(
            lowpass(poses.point(f"{side}_{point}")[first:last, 1] / leg_px, time_s, _CUTOFF_HZ), time_s, grid
        )
        for side in ("left", "right")
        for point in ("ankle", "heel", "big_toe")
    }
    difference = nan_mean([heights["left", point] - heights["right", point] for point in ("ankle", "heel")])
    extremes = _alternating_extremes(difference)
    if not extremes:
        return []
    times = np.array([grid[row] for row, _ in extremes])
    step_s = float(np.median(np.diff(times))) if len(times) > 1 else _USUAL_STEP_S
    sd_s = float(np.hypot(_SD_S, frame_interval_s(poses.time_s) / np.sqrt(12)))
    share = _LAG["away" if pass_.direction == "away" else "toward"]

    def strike(time_s: float, side: Side, confidence: float, sd_s: float) -> Candidate:
        return Candidate(
            time_s=float(time_s),
            side=side,
            kind="strike",
            confidence=confidence,
            method="ankle_height",
            sd_s=sd_s,
            pass_number=pass_.number,
        )

    # The foot that is up has left the ground to the other one.
    strikes = [
        strike(t - share * step_s, "right" if left_is_up else "left", 0.8, sd_s)
        for t, (_, left_is_up) in zip(times, extremes, strict=True)
        if t - share * step_s > time_s[0] + 2 * sd_s  # else it may have been before the clip
    ]
    landing: Side = "left" if extremes[-1][1] else "right"
    pitch = heights[landing, "big_toe"] - heights[landing, "heel"]
    after = (grid > times[-1] + 0.5 * (1 - share) * step_s) & np.isfinite(pitch)
    rows = np.flatnonzero(after)
    if len(rows) > 2:
        sinking = -np.gradient(pitch, GRID_S)[rows]
        row = int(np.argmax(sinking))
        landed_s = float(grid[rows[row]]) - _PITCH_LAG_S
        due_s = float(times[-1]) + (1 - share) * step_s
        if 0 < row < len(rows) - 1 and sinking[row] > 0 and abs(landed_s - due_s) < 3 * _LAST_SD_S:
            strikes.append(strike(landed_s, landing, 0.4, _LAST_SD_S))
    return strikes


def _leg_px(xy: FloatArray, time_s: FloatArray, keypoints: tuple[str, ...]) -> FloatArray:
    """Return the length of the leg over time, (T,), in pixels, of someone who comes nearer or goes away steadily.

    The size in the picture is inverse to the distance, which changes at a constant rate.
    """
    window_s = 1.0
    centres = np.arange(time_s[0] + window_s / 2, time_s[-1] - window_s / 2 + 1e-9, window_s / 2)
    sizes = []
    for centre in centres:
        a, b = np.searchsorted(time_s, [centre - window_s / 2, centre + window_s / 2])
        sizes.append(leg_length_px(xy[a:b], keypoints))
    if len(sizes) < 3:
        return np.full(len(time_s), leg_length_px(xy, keypoints))
    distance = np.polyval(np.polyfit(centres, 1 / np.array(sizes), 1), time_s)
    return np.asarray(1 / np.maximum(distance, 1 / (2 * max(sizes))))


def _alternating_extremes(difference: FloatArray) -> list[tuple[int, bool]]:
    """Return the rows of maxima (True) and minima (False), taking turns, that stand out from the ripples."""
    found: list[tuple[int, bool]] = []
    for a, b in finite_runs(np.isfinite(difference)):
        part = difference[a:b]
        swing = float(np.percentile(part, 95) - np.percentile(part, 5))
        rise = max(_LEAST_RISE_LEGS, _LEAST_RISE * swing)
        apart = round(_SHORTEST_STEP_S / GRID_S)
        for up in (True, False):
            rows, _ = find_peaks(part if up else -part, prominence=rise, distance=2 * apart)
            found += [(a + int(row), up) for row in rows]
    found.sort()
    kept: list[tuple[int, bool]] = []
    for row, up in found:
        if kept and kept[-1][1] == up:
            if (difference[row] > difference[kept[-1][0]]) == up:
                kept[-1] = (row, up)
        else:
            kept.append((row, up))
    return kept
