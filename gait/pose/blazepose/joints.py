"""From what BlazePose's network for the joints gives back to joints in pixels of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gait.pose.blazepose.region import Region
from gait.pose.model import as_canonical
from gait.skeleton import BLAZEPOSE
from gait.types import FloatArray

N_POINTS = 39
HIPS, REACH = 33, 34
"""The network's own points for the middle of the hips and for size and turn of the body."""

_WINDOW = 7
_MIN_PEAK = 0.5
"""Of the heat map in the window: below it a point stays where it is."""


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
        How unsure the place of the point is, in pixels of the picture; NaN as above.
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


def decode(outputs: list[npt.NDArray[Any]], region: Region, side_px: int) -> Joints:
    """Return the joints that the network found in a region.

    Parameters
    ----------
    outputs : list
        Points (195,): x, y in pixels of its input, z, and the logits of being in sight and in the picture; presence of
        a person (1,); an outline; heat maps (64, 64, 39), logits.
    region : Region
        What it was shown.
    side_px : int
        Of its input.
    """
    points = outputs[0].reshape(N_POINTS, 5).astype(np.float64)
    xy, spread = refined(points[:, :2] / side_px, outputs[3].astype(np.float64))
    score = _sigmoid(points[:, 3]) * _sigmoid(points[:, 4])
    raw = np.column_stack([region.to_picture(xy), score, spread * region.side_px])
    canonical = as_canonical(raw, BLAZEPOSE).astype(np.float64)
    return Joints(
        xy_px=canonical[:, :2],
        score=canonical[:, 2],
        sd_px=canonical[:, 3],
        presence=float(outputs[1][0]),
        region=Region.around_body(raw[HIPS, :2], raw[REACH, :2]),
    )


def refined(xy: FloatArray, heat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Move points to the centre of their heat map near by, as mediapipe does, and say how far it spreads.

    Parameters
    ----------
    xy : (N, 2)
        As shares of the side.
    heat : (S, S, N)
        Logits.

    Returns
    -------
    xy : (N, 2)
    spread : (N,)
        Standard deviation of the heat in the window, along one axis, as a share of the side.
    """
    side = heat.shape[0]
    offset = np.arange(_WINDOW) - _WINDOW // 2
    middle = np.floor(xy * side).astype(np.int64)
    column, row = (np.clip(middle[:, axis, None], -side, 2 * side) + offset for axis in (0, 1))  # (N, 7)
    inside = ((row >= 0) & (row < side))[:, :, None] & ((column >= 0) & (column < side))[:, None, :]
    rows, columns = np.clip(row, 0, side - 1)[:, :, None], np.clip(column, 0, side - 1)[:, None, :]
    logits = heat[rows, columns, np.arange(len(xy))[:, None, None]]
    weight = np.where(inside, _sigmoid(logits), 0.0)  # (N, 7, 7)
    total = np.maximum(weight.sum(axis=(1, 2)), 1e-9)
    # A cell's place is its number, without half a cell: so the network was trained.
    x = (weight.sum(axis=1) * column).sum(axis=1) / total
    y = (weight.sum(axis=2) * row).sum(axis=1) / total
    apart = (column - x[:, None])[:, None, :] ** 2 + (row - y[:, None])[:, :, None] ** 2
    spread = np.sqrt((weight * apart).sum(axis=(1, 2)) / total / 2)
    is_sure = weight.max(axis=(1, 2)) >= _MIN_PEAK
    moved = np.where(is_sure[:, None], np.column_stack([x, y]) / side, xy)
    return moved, spread / side


def _sigmoid(logit: npt.NDArray[Any]) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logit, -50.0, 50.0))))
