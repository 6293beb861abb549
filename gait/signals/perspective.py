"""Which leg is the near one, by the signs of perspective.

Someone who faces the right of the picture turns the right side to the camera; the near leg looks larger, and its foot
stands lower in the picture (the camera is above the floor).
"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from gait.signals.filters import frames_within
from gait.skeleton import SIDES
from gait.types import FloatArray

_NEAR_RATIO = 0.03
"""The near leg is larger by about the width of the pelvis over the distance of the camera, 3 % at 6 m; its
foot stands lower by about as much of the leg length for a camera at the height of the hip."""
_NEAR_WINDOW_S = 1.0
"""Before and after: a stride or two, in which both legs show the same postures."""
_LOWEST_PERCENT = 80.0
"""Rank of the height of a foot over a stride that stands for the ground under it: it is in stance most of the time."""
_AT_ONCE = 2_000_000
"""Samples of such windows that are ordered together: memory does not grow with the length of the recording."""
_SIDEWAYS = 0.1
"""Both feet together reach half a leg length from heel to toe when seen from the side; less than this is the front."""


def near_leg(
    xy: FloatArray, swapped: npt.NDArray[np.bool_], time_s: FloatArray, keypoints: tuple[str, ...], leg_px: float
) -> FloatArray:
    """Return how well the sides, as found so far, agree with perspective.

    Parameters
    ----------
    xy : (T, K, 2)
        Pixels; NaN where unknown.
    swapped : (T,)
        Where the legs have been exchanged.
    time_s : (T,)
    keypoints : K names
    leg_px : float
        Length of the leg.

    Returns
    -------
    (T,)
        -2 to 2; 0 where nothing can be said.
    """

    def point(name: str) -> FloatArray:
        return xy[:, keypoints.index(name)] if name in keypoints else np.full((len(xy), 2), np.nan)

    lengths = [
        np.linalg.norm(point(f"{side}_hip") - point(f"{side}_knee"), axis=1)
        + np.linalg.norm(point(f"{side}_knee") - point(f"{side}_ankle"), axis=1)
        for side in SIDES
    ]
    feet = [point(f"{side}_big_toe")[:, 0] - point(f"{side}_heel")[:, 0] for side in SIDES]
    n_rows = max(1, frames_within(_NEAR_WINDOW_S, time_s))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # stretches in which nothing is known

        def over_stride(values: FloatArray, percent: float) -> FloatArray:
            padded = np.pad(values, n_rows, constant_values=np.nan)
            windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * n_rows + 1)
            blocks = np.array_split(windows, windows.size // _AT_ONCE + 1)
            return np.concatenate([_percentile(block, percent) for block in blocks])

        toes_ahead = over_stride((feet[0] + feet[1]) / leg_px, 50)
        larger = over_stride(np.log(lengths[1] / lengths[0]) * np.where(swapped, -1, 1), 50)
        depth = [
            np.where(swapped, point(f"{b}_ankle")[:, 1], point(f"{a}_ankle")[:, 1]) for a, b in (SIDES, SIDES[::-1])
        ]
        lower = (over_stride(depth[1], _LOWEST_PERCENT) - over_stride(depth[0], _LOWEST_PERCENT)) / leg_px
    facing = np.where(np.abs(toes_ahead) > _SIDEWAYS, np.sign(toes_ahead), 0.0)
    return np.asarray(facing * sum(np.clip(np.nan_to_num(cue) / _NEAR_RATIO, -1, 1) for cue in (larger, lower)))


def _percentile(windows: FloatArray, percent: float) -> FloatArray:
    """Return the nearest percentile of what is known in each window (T, W); NaN where nothing is."""
    ordered = np.sort(windows, axis=1)  # NaN last
    n_known = np.isfinite(ordered).sum(axis=1)
    rank = np.maximum(np.round(percent / 100 * (n_known - 1)), 0).astype(np.int64)
    return np.asarray(np.take_along_axis(ordered, rank[:, None], axis=1)[:, 0])
