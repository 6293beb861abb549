"""From what BlazePose's network for the joints gives back to joints in pixels of the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gait.pose.blazepose.region import SPREAD, Region
from gait.pose.model import as_canonical
from gait.skeleton import BLAZEPOSE, KEYPOINTS, SIDES, mirrored
from gait.types import FloatArray

N_POINTS = 39
HIPS, REACH = 33, 34
"""The network's own points for the middle of the hips and for size and turn of the body."""

_NEAR = 3
"""Cells of the heat map around a point, each way, in which its centre is looked for, ..."""

_MIN_PEAK = 0.5
"""... if the heat reaches this there; ..."""

_FAR, _MIN_LOGIT = 16, np.float32(np.log(0.05 / 0.95))
"""... and in which heat, of at least 0.05, makes it unsure."""

_SPOT, _SD_AT_BEST = 0.017, 0.009
"""Of the side: spread of the smallest spots, and how far points are off then. On the rendered walkers of sample_videos,
whatever the spread is more than that, the error is more, one to one (as variances)."""


@dataclass(frozen=True, kw_only=True)
class Joints:
    """The joints of one person in one picture.

    Attributes
    ----------
    xy_px : float64 (K, 2)
        The canonical points, in pixels of the picture; NaN for those that BlazePose does not know.
    score : float64 (K,)
        0 to 1: how likely the point is in sight; NaN as above.
    sd_px : float64 (K,)
        How unsure the place of the point is, along one axis, in pixels of the picture; NaN as above.
    presence : float
        0 to 1: how sure it is that there is a person.
    region : Region
        Where to look for this body.
    """

    xy_px: FloatArray
    score: FloatArray
    sd_px: FloatArray
    presence: float
    region: Region


_OTHER_SIDE = [KEYPOINTS.index(mirrored(name)) for name in KEYPOINTS]


def decode(outputs: list[npt.NDArray[Any]], region: Region, side_px: int, *, is_mirrored: bool = False) -> Joints:
    """Return the joints that the network found in a region.

    Parameters
    ----------
    outputs : list
        Points (195,): x, y in pixels of its input, z, and the logits of being in sight and in the picture; presence of
        a person (1,); heat maps (64, 64, 39), logits.
    region : Region
        What it was shown.
    side_px : int
        Of its input.
    is_mirrored : bool
        Whether it was shown the mirror image of the region.
    """
    points = outputs[0].reshape(N_POINTS, 5).astype(np.float64)
    xy, sd = refined(points[:, :2] / side_px, outputs[2])
    score = _sigmoid(points[:, 3]) * _sigmoid(points[:, 4])
    if is_mirrored:
        xy[:, 0] = 1.0 - xy[:, 0]
    raw = np.column_stack([region.to_picture(xy), score, sd * region.side_px])
    canonical = as_canonical(raw, BLAZEPOSE).astype(np.float64)
    if is_mirrored:
        canonical = canonical[_OTHER_SIDE]
    return Joints(
        xy_px=canonical[:, :2],
        score=canonical[:, 2],
        sd_px=canonical[:, 3],
        presence=float(outputs[1][0]),
        region=Region.around_body(raw[HIPS, :2], raw[REACH, :2]),
    )


_TOLD_BY = tuple(
    [KEYPOINTS.index(f"{side}_{joint}") for joint in ("knee", "ankle", "heel", "big_toe")] for side in SIDES
)
_UNSURE = 0.07
"""Spread of the heat of the legs' points, in reaches (half the height), from which on the legs may be mistaken for each
other: it is less in nine of ten frames in which they are not, and more in nine of ten in which they are."""


def legs_unsure(found: Joints) -> bool:
    """Whether the heat maps leave open which leg is which, as where the legs of somebody seen from the side cross."""
    spread = found.sd_px[np.concatenate(_TOLD_BY)].mean()
    return bool(spread > _UNSURE * found.region.side_px / (2 * SPREAD))


def agreed(one: Joints, other: Joints) -> Joints:
    """Return what two looks at the same picture, one of them in the mirror, say together.

    Where legs cross, the network may exchange them, but in the mirror it does so at other moments. Where the two looks
    disagree on which leg is which, the one whose heat maps are the surer of the legs is believed; where they agree, the
    mean is taken, the surer point counting more.
    """
    left, right = (np.array(leg) for leg in _TOLD_BY)
    told = np.concatenate([left, right])
    same = np.linalg.norm(one.xy_px[told] - other.xy_px[told], axis=1).sum()
    exchanged = np.linalg.norm(one.xy_px[told] - other.xy_px[np.concatenate([right, left])], axis=1).sum()
    if exchanged < same:
        sure = [float((each.score[told] / each.sd_px[told]).sum()) for each in (one, other)]
        return one if sure[0] >= sure[1] else other
    weight = one.sd_px**-2 / (one.sd_px**-2 + other.sd_px**-2)
    return replace(
        one,
        xy_px=weight[:, None] * one.xy_px + (1 - weight[:, None]) * other.xy_px,
        score=weight * one.score + (1 - weight) * other.score,
        sd_px=weight * one.sd_px + (1 - weight) * other.sd_px,
    )


def refined(xy: FloatArray, heat: npt.NDArray[Any]) -> tuple[FloatArray, FloatArray]:
    """Move points to the centre of their heat map near by, as mediapipe does, and say how unsure they are.

    A heat map with one small spot is sure of its point; one with a wide spot, or with spots at both knees, is not.

    Parameters
    ----------
    xy : (N, 2)
        As shares of the side.
    heat : (S, S, N)
        Logits.

    Returns
    -------
    xy : (N, 2)
    sd : (N,)
        Along one axis, as a share of the side.
    """
    side, n = heat.shape[0], heat.shape[2]
    middle = np.clip(np.floor(xy * side), -side, 2 * side).astype(np.int64)
    column, row = (middle[:, axis, None] + np.arange(-_NEAR, _NEAR + 1) for axis in (0, 1))  # (N, W)
    inside = ((row >= 0) & (row < side))[:, :, None] & ((column >= 0) & (column < side))[:, None, :]
    rows, columns = np.clip(row, 0, side - 1)[:, :, None], np.clip(column, 0, side - 1)[:, None, :]
    around = np.where(inside, _sigmoid(heat[rows, columns, np.arange(n)[:, None, None]]), 0.0)  # (N, W, W)
    total = np.maximum(around.sum(axis=(1, 2)), 1e-9)
    # A cell's place is its number, without half a cell: so the network was trained.
    x = (around.sum(axis=1) * column).sum(axis=1) / total
    y = (around.sum(axis=2) * row).sum(axis=1) / total
    is_sure = around.max(axis=(1, 2)) >= _MIN_PEAK
    moved = np.where(is_sure[:, None], np.column_stack([x, y]) / side, xy)
    # Few cells are hot: they are picked out, whichever point they belong to.
    hot = np.flatnonzero(heat > _MIN_LOGIT)
    cell, point = np.divmod(hot, n)
    place = np.column_stack([cell % side, cell // side])
    far = np.abs(place - middle[point]).max(axis=1) <= _FAR
    hot, point, place = hot[far], point[far], place[far]
    weight = _sigmoid(heat.reshape(-1)[hot])
    squares = np.bincount(point, weight * ((place / side - moved[point]) ** 2).sum(axis=1), n)
    variance = squares / 2 / np.maximum(np.bincount(point, weight, n), 1e-9)
    return moved, np.sqrt(_SD_AT_BEST**2 + np.maximum(variance - _SPOT**2, 0.0))


def _sigmoid(logit: npt.NDArray[Any]) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logit, -50.0, 50.0))))
