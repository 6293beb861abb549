"""A backup for the points of the feet: where the pose model is unsure, the outline of the foot says where they are.

A shoe is rigid, or nearly: ankle, heel and big toe keep their places in the frame of its outline, which has its long
axis from heel to toe. These places are learned from the frames of the same recording in which the pose model is sure,
so that a filled point lies where the model would have put it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gait.outlines import PARTS, Outlines
from gait.skeleton import SIDES, mirrored
from gait.types import FloatArray, PoseSequence

SCORE = 0.4
"""Of a filled point, or the score that is asked for if that is more: enough to be used, and no surer."""

FROM_TOE = {"ankle": False, "heel": False, "big_toe": True}
"""The points that are filled, and from which end of the outline each is measured."""

MIN_SURE = 10
"""Frames from which places are learned, at least."""

MIN_AGREEMENT = 0.9
"""Share of these frames in which outline and model must agree; where they do not, the outline is not to be trusted."""

_NEAR = 0.35
"""How far apart they may be, in lengths of the foot."""

_MIN_CELLS = 12
_MIN_ELONGATION = 1.5
_AREA, _LENGTH = (0.6, 1.6), (0.75, 1.3)
"""Of an outline, as shares of what is usual in the recording: outside of them, part of the foot is hidden."""

_FROM_THE_SIDE = 0.07
"""Length of a foot at least, of the height of the window: one that points to the camera looks shorter."""

_LEVEL = 0.35
"""Horizontal part of an axis from which on it tells left from right."""

_NEARER = 0.05
"""The heel is nearer to the knee than the toes are by at least this share of the foot."""

_REMEMBERED_S = 0.5
_TRIM = 3.0


@dataclass(frozen=True, kw_only=True)
class _FootOutlines:
    """The outlines of one foot; NaN where it is not clear.

    Attributes
    ----------
    heel, toe : float64 (T, 2)
        The ends of the long axis, in pixels.
    along, up : float64 (T, 2)
        Unit vectors: from heel to toe, and toward the instep.
    length_px : float64 (T,)
    """

    heel: FloatArray
    toe: FloatArray
    along: FloatArray
    up: FloatArray
    length_px: FloatArray


def fill_from_outlines(poses: PoseSequence, outlines: Outlines, min_score: float) -> tuple[PoseSequence, int]:
    """Put points of the feet that are missing, or below a score, where the outline of the foot says that they are.

    Parameters
    ----------
    poses : PoseSequence
    outlines : Outlines
        On the same times.
    min_score : float
        A point with this score or more is not touched.

    Returns
    -------
    poses : PoseSequence
        The filled points have the score `SCORE`, or `min_score` if that is more, and no `sd_px`.
    n_filled : int

    Notes
    -----
    A foot is used where it is seen from the side, as a whole, away from the edge of the picture, and where it is plain
    which of its ends is the toes: the one where the walker faces and that is farther from the knee. A point is filled
    only if outline and model agree on it in nearly all of the frames in which the model is sure, and in no frame in
    which the outline contradicts a sure point of either foot.
    """
    sure = np.isfinite(poses.xy_px).all(axis=2) & (poses.score >= min_score)
    in_view = np.array([bool(packed) for packed in outlines.maps])
    facing = _facing(poses, sure)
    xy, score = poses.xy_px.copy(), poses.score.copy()
    sd = None if poses.sd_px is None else poses.sd_px.copy()
    n_filled = 0
    for side in SIDES:
        columns = [poses.keypoints.index(f"{side}_{name}") for name in FROM_TOE]
        if not (in_view[:, None] & ~sure[:, columns]).any():
            continue
        seen = _foot_outlines(poses, outlines, side, sure, facing)
        ends = zip(columns, FROM_TOE.values(), strict=True)
        guessed = np.stack([_guessed(poses.xy_px[:, k], sure[:, k], seen, by_toe) for k, by_toe in ends], axis=1)
        # A sure point of this foot that lies elsewhere, or of the other one that lies here: the sides are mixed up.
        far = np.linalg.norm(guessed - poses.xy_px[:, columns], axis=2) > _NEAR * seen.length_px[:, None]
        contradicted = (far & sure[:, columns]).any(axis=1)
        others = [poses.keypoints.index(mirrored(poses.keypoints[k])) for k in columns]
        close = np.linalg.norm(guessed - poses.xy_px[:, others], axis=2) < _NEAR * seen.length_px[:, None]
        contradicted |= (close & sure[:, others]).any(axis=1)
        fill = ~sure[:, columns] & np.isfinite(guessed).all(axis=2) & ~contradicted[:, None]
        xy[:, columns] = np.where(fill[..., None], guessed, xy[:, columns])
        score[:, columns] = np.where(fill, max(SCORE, min_score), score[:, columns])
        if sd is not None:
            sd[:, columns] = np.where(fill, np.nan, sd[:, columns])
        n_filled += int(fill.sum())
    return replace(poses, xy_px=xy, score=score, sd_px=sd), n_filled


def _guessed(
    xy: npt.NDArray[np.float32], sure: npt.NDArray[np.bool_], seen: _FootOutlines, from_toe: bool
) -> FloatArray:
    """Return where a point lies by the outlines, (T, 2); NaN if it keeps no place on the foot in the sure frames."""
    origin = seen.toe if from_toe else seen.heel
    away = (xy - origin) / seen.length_px[:, None]
    places = np.stack([(away * seen.along).sum(axis=1), (away * seen.up).sum(axis=1)], axis=1)
    known = places[sure & np.isfinite(seen.length_px)]
    if len(known) < MIN_SURE:
        return np.full_like(origin, np.nan)
    place = np.median(known, axis=0)
    if (np.linalg.norm(known - place, axis=1) < _NEAR).mean() < MIN_AGREEMENT:
        return np.full_like(origin, np.nan)
    return np.asarray(origin + (place[0] * seen.along + place[1] * seen.up) * seen.length_px[:, None])


def _facing(poses: PoseSequence, sure: npt.NDArray[np.bool_]) -> FloatArray:
    """Return where the walker faces, (T,): 1 right, -1 left, 0 unknown; as the sure feet point, for half a second."""
    forward = np.full((len(poses.time_s), len(SIDES)), np.nan)
    for n, side in enumerate(SIDES):
        heel, toe = (poses.keypoints.index(f"{side}_{name}") for name in ("heel", "big_toe"))
        both = sure[:, heel] & sure[:, toe]
        forward[both, n] = (poses.xy_px[both, toe] - poses.xy_px[both, heel])[:, 0]
    facing = np.zeros(len(forward))
    if not np.isfinite(forward).any():
        return facing
    total = np.nansum(forward, axis=1)
    told = np.flatnonzero(np.abs(total) > _LEVEL * np.nanmedian(np.abs(forward)))
    if len(told) == 0:
        return facing
    after = np.clip(np.searchsorted(told, np.arange(len(facing))), 0, len(told) - 1)
    before = np.maximum(after - 1, 0)
    t = poses.time_s
    nearest = np.where(np.abs(t[told[before]] - t) < np.abs(t[told[after]] - t), told[before], told[after])
    known = np.abs(t[nearest] - t) <= _REMEMBERED_S
    facing[known] = np.sign(total[nearest[known]])
    return facing


def _foot_outlines(
    poses: PoseSequence,
    outlines: Outlines,
    side: str,
    sure: npt.NDArray[np.bool_],
    facing: FloatArray,
) -> _FootOutlines:
    n = len(poses.time_s)
    ends, area, length = np.full((n, 2, 2), np.nan), np.full(n, np.nan), np.full(n, np.nan)
    for row in range(n):
        cells = _foot_cells(outlines, row, side, (poses.width_px, poses.height_px))
        if cells is not None and (found := _long_axis(cells)) is not None:
            ends[row] = found
            area[row], length[row] = len(cells), np.linalg.norm(found[1] - found[0])
    # How large the walker is in the picture changes; the window changes with it.
    area_share, length_share = area, length / outlines.window_px[:, 3]
    for share, (low, high) in ((area_share, _AREA), (length_share, _LENGTH)):
        usual = np.nanmedian(share) if np.isfinite(share).any() else np.nan
        ends[~((share >= low * usual) & (share <= high * usual))] = np.nan
    ends[~(length_share >= _FROM_THE_SIDE)] = np.nan
    knee = poses.keypoints.index(f"{side}_knee")
    knees = np.where(sure[:, [knee]], poses.xy_px[:, knee], np.nan).astype(np.float64)
    along = ends[:, 1] - ends[:, 0]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    sign = _toe_sign(ends, along, length, knees, facing)
    flipped = sign < 0
    ends[flipped] = ends[flipped, ::-1]
    along[flipped] *= -1
    toward = np.where(facing != 0, facing, np.where(np.abs(along[:, 0]) > _LEVEL, np.sign(along[:, 0]), 0.0))
    up = toward[:, None] * np.stack([along[:, 1], -along[:, 0]], axis=1)
    clear = (sign != 0) & (toward != 0) & np.isfinite(ends).all(axis=(1, 2))
    return _FootOutlines(heel=ends[:, 0], toe=ends[:, 1], along=along, up=up, length_px=np.where(clear, length, np.nan))


def _foot_cells(outlines: Outlines, row: int, side: str, size: tuple[int, int]) -> FloatArray | None:
    """Return the middles of the cells that show the foot, (N, 2) in pixels; None if they are few, or at an edge."""
    parts = outlines.parts(row)
    if parts is None:
        return None
    rows, columns = np.nonzero(parts == PARTS.index(f"{side}_foot"))
    if len(rows) < _MIN_CELLS:
        return None
    cells = outlines.to_picture(row, np.stack([columns, rows], axis=1).astype(np.float64))
    # Specks beside it: on an even oblong, the farthest cells are twice as far from the middle as half of them are.
    far = np.linalg.norm(cells - np.median(cells, axis=0), axis=1)
    cells = cells[far <= _TRIM * np.median(far)]
    reach = outlines.window_px[row, 2:] / (np.array(parts.shape[::-1]) - 1)
    low, high = np.maximum(outlines.window_px[row, :2], 0), outlines.window_px[row, :2]
    high = np.minimum(high + outlines.window_px[row, 2:], size)
    if len(cells) < _MIN_CELLS or (cells < low + reach).any() or (cells > high - reach).any():
        return None
    return np.asarray(cells)


def _long_axis(cells: FloatArray) -> FloatArray | None:
    """Return the ends of the long axis of a patch of cells, (2, 2); None if it is not oblong."""
    middle = cells.mean(axis=0)
    spread, axes = np.linalg.eigh(np.cov((cells - middle).T))
    if spread[1] < _MIN_ELONGATION**2 * spread[0]:
        return None
    ends = np.percentile((cells - middle) @ axes[:, 1], [3, 97])
    return np.asarray(middle + ends[:, None] * axes[:, 1])


def _toe_sign(
    ends: FloatArray, along: FloatArray, length: FloatArray, knees: FloatArray, facing: FloatArray
) -> FloatArray:
    """Return 1 where the second end is the toes, -1 where the first is, 0 where it is not plain, (T,)."""
    by_facing = np.where(np.abs(along[:, 0]) > _LEVEL, np.sign(along[:, 0]) * facing, 0.0)
    to_knee = np.linalg.norm(ends - knees[:, None], axis=2)
    farther = (to_knee[:, 1] - to_knee[:, 0]) / length
    by_knee = np.where(np.abs(farther) > _NEARER, np.sign(farther), 0.0)
    by_knee = np.where(np.isfinite(farther), by_knee, 0.0)
    return np.where(by_facing * by_knee < 0, 0.0, np.sign(by_facing + by_knee))
