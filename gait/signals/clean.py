"""From the joints as a model gave them to signals that can be measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gait.arrays import stretches, true_runs
from gait.config import SignalSettings
from gait.equality import by_value
from gait.signals.filters import frame_interval_s, lowpass
from gait.signals.outliers import fill_gaps, hampel, spikes
from gait.signals.sides import assign_sides
from gait.types import Flag, FloatArray, PoseSequence


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A stretch in which one joint is unknown (`start_s` to `end_s`, half-open)."""

    keypoint: str
    start_s: float
    end_s: float


@by_value
@dataclass(frozen=True, kw_only=True)
class CleanPoses:
    """The joints after cleaning, on the times of the input.

    Attributes
    ----------
    poses : PoseSequence
        Low-passed at the cut-off of the settings.
    unfiltered : PoseSequence
        The same before the low-pass: outliers out, sides put right, short gaps filled.
    measured : bool (T, K)
        False where the point was filled in, or is unknown.
    swapped : bool (T,)
        Frames in which left and right leg were exchanged.
    uncertain_sides : tuple of (start_s, end_s)
        Where left and right leg cannot be told apart for sure.
    gaps : tuple of Gap
        Stretches that were too long to fill.
    flags : tuple of Flag
    """

    poses: PoseSequence
    unfiltered: PoseSequence
    measured: npt.NDArray[np.bool_]
    swapped: npt.NDArray[np.bool_]
    uncertain_sides: tuple[tuple[float, float], ...]
    gaps: tuple[Gap, ...]
    flags: tuple[Flag, ...]

    def filtered(self, cutoff_hz: float) -> PoseSequence:
        """Return the joints low-passed at another cut-off."""
        return _filtered(self.unfiltered, cutoff_hz)


def clean_poses(poses: PoseSequence, settings: SignalSettings | None = None) -> CleanPoses:
    """Drop doubtful points and outliers, put left and right leg right, fill short gaps, low-pass.

    Parameters
    ----------
    poses : PoseSequence
        As the model gave them.
    settings : SignalSettings, optional

    Returns
    -------
    CleanPoses
    """
    settings = settings or SignalSettings()
    known = np.isfinite(poses.xy_px).all(axis=2)
    xy = np.where((known & (poses.score >= settings.min_score))[..., None], poses.xy_px, np.nan).astype(np.float64)
    leg_px = leg_length_px(xy, poses.keypoints)
    sides = assign_sides(xy, poses.time_s, poses.keypoints, leg_px, poses.sd_px)
    if not settings.fix_sides:
        sides = sides.unchanged()
    xy, score = sides.apply(xy), sides.apply(poses.score)
    for find, limit in ((spikes, _SPIKE), (hampel, _OUTLIER_FLOOR)):
        outlying = find(xy.reshape(len(xy), -1), poses.time_s, limit * leg_px)
        xy[outlying.reshape(xy.shape).any(axis=2)] = np.nan
    measured = np.isfinite(xy).all(axis=2)
    filled = fill_gaps(xy.reshape(len(xy), -1), poses.time_s, settings.max_gap_s).reshape(xy.shape)
    unfiltered = replace(
        poses,
        xy_px=filled.astype(np.float32),
        score=np.where(np.isfinite(filled).all(axis=2), score, 0.0).astype(np.float32),
        sd_px=None if poses.sd_px is None else sides.apply(poses.sd_px).astype(np.float32),
    )
    gaps = _gaps(unfiltered, measured)
    return CleanPoses(
        poses=_filtered(unfiltered, settings.cutoff_hz),
        unfiltered=unfiltered,
        measured=measured,
        swapped=sides.swapped,
        uncertain_sides=sides.uncertain,
        gaps=gaps,
        flags=(*_leaps(poses.time_s), *_flags(sides.swapped, sides.uncertain, poses.time_s)),
    )


_SPIKE = 0.15
"""A single sample this far off, in leg lengths, has jumped: at 25 frames per second a foot that lands strays 0.04."""
_OUTLIER_FLOOR = 0.04
"""Deviations under this share of the leg length are never outliers: they may be noise of an honest model."""


def leg_length_px(xy: FloatArray, keypoints: tuple[str, ...]) -> float:
    """Return the length of the leg (median over frames and sides of thigh plus shank), in pixels.

    Parameters
    ----------
    xy : (T, K, 2)
    keypoints : K names

    Returns
    -------
    float
        NaN where no leg is known whole: what is compared with it is then not judged.
    """
    lengths = []
    for side in ("left", "right"):
        names = [f"{side}_{joint}" for joint in ("hip", "knee", "ankle")]
        if all(name in keypoints for name in names):
            hip, knee, ankle = (xy[:, keypoints.index(name)] for name in names)
            lengths.append(np.linalg.norm(hip - knee, axis=1) + np.linalg.norm(knee - ankle, axis=1))
    finite = np.concatenate(lengths) if lengths else np.empty(0)
    finite = finite[np.isfinite(finite)]
    length = float(np.median(finite)) if len(finite) else 0.0
    return length if length > 0 else float("nan")


def _filtered(poses: PoseSequence, cutoff_hz: float) -> PoseSequence:
    return replace(poses, xy_px=lowpass(poses.xy_px, poses.time_s, cutoff_hz).astype(np.float32))


def _gaps(poses: PoseSequence, measured: npt.NDArray[np.bool_]) -> tuple[Gap, ...]:
    """List what stayed unknown; a point that was never seen is no gap."""
    ends = np.append(poses.time_s[1:], poses.time_s[-1:] + np.nan_to_num(frame_interval_s(poses.time_s)))
    unknown = ~np.isfinite(poses.xy_px).all(axis=2)
    return tuple(
        Gap(keypoint=name, start_s=float(poses.time_s[a]), end_s=float(ends[b - 1]))
        for k, name in enumerate(poses.keypoints)
        if measured[:, k].any()
        for a, b in true_runs(unknown[:, k])
    )


def _leaps(time_s: FloatArray) -> tuple[Flag, ...]:
    ends = [(float(time_s[b - 1]), float(time_s[b])) for _, b in stretches(time_s)[:-1]]
    if not ends:
        return ()
    (start, end), *others = ends
    if others:
        message = (
            f"There is no picture from {start:.1f} to {end:.1f} s, and there are {len(others)} more such gaps: what "
            "lies before and after is measured apart."
        )
    else:
        message = f"There is no picture from {start:.1f} to {end:.1f} s: what lies before and after is measured apart."
    return (Flag(level="warning", code="no_pictures", message=message, start_s=start, end_s=end),)


def _flags(
    swapped: npt.NDArray[np.bool_], uncertain: tuple[tuple[float, float], ...], time_s: FloatArray
) -> tuple[Flag, ...]:
    flags = []
    if swapped.any():
        share = max(100 * float(swapped.mean()), 1.0)
        flags.append(
            Flag(
                level="info",
                code="sides_corrected",
                message=f"The pose model mixed up left and right leg in {share:.0f} % of the frames; this was undone.",
            )
        )
    flags.extend(
        Flag(
            level="warning",
            code="sides_uncertain",
            message=f"Left and right leg cannot be told apart for sure from {start:.2f} to {end:.2f} s.",
            start_s=start,
            end_s=end,
        )
        for start, end in uncertain
    )
    return tuple(flags)
