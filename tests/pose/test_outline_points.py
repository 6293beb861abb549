"""Points of a foot taken from its outline: a drawn shoe, whose heel and toes are known, walks across the picture."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest

from gait.outlines import PARTS, Outlines
from gait.pose.outline_points import MIN_SURE, SCORE, fill_from_outlines
from gait.skeleton import INDEX, KEYPOINTS
from gait.types import PoseSequence

N, WIDTH, HEIGHT = 40, 640, 480
SHAPE = (128, 96)
WINDOW = np.array([150.0, 60.0, 300.0, 400.0])
LENGTH_PX, TALL_PX = 60.0, 20.0
UNSURE = slice(18, 24)
MIN_SCORE = 0.3


def swing(*, right: bool = True) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return middle (N, 2), axis (N, 2) and instep (N, 2) of a foot that is turned from heel-off to heel strike."""
    pitch = np.deg2rad(np.linspace(60, -25, N))
    sign = 1 if right else -1
    along = np.stack([sign * np.cos(pitch), np.sin(pitch)], axis=1)
    up = sign * np.stack([along[:, 1], -along[:, 0]], axis=1)
    middle = np.stack([300 + sign * np.linspace(-90, 90, N), np.full(N, 400.0)], axis=1)
    return middle, along, up


def drawn(middle: np.ndarray, along: np.ndarray, up: np.ndarray, side: str = "left") -> Outlines:
    """Draw an oblong shoe onto the maps of all frames."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    cells = WINDOW[:2] + np.stack([columns, rows], axis=2) * WINDOW[2:] / (SHAPE[1] - 1, SHAPE[0] - 1)
    maps = []
    for at, axis, instep in zip(middle, along, up, strict=True):
        shoe = (np.abs((cells - at) @ axis) <= LENGTH_PX / 2) & (np.abs((cells - at) @ instep) <= TALL_PX / 2)
        maps.append(zlib.compress((shoe * PARTS.index(f"{side}_foot")).astype(np.uint8).tobytes()))
    window_px = np.tile(WINDOW, (N, 1))
    return Outlines(time_s=np.arange(N) / 30, window_px=window_px, maps=tuple(maps), shape=SHAPE, model="drawn")


def true_points(middle: np.ndarray, along: np.ndarray, up: np.ndarray) -> dict[str, np.ndarray]:
    """Return where a pose model would see the points: the heel inside of the shoe, the ankle above it."""
    return {
        "heel": middle - 0.40 * LENGTH_PX * along - 3 * up,
        "big_toe": middle + 0.44 * LENGTH_PX * along - 2 * up,
        "ankle": middle - 0.25 * LENGTH_PX * along + 18 * up,
        "knee": middle - 0.10 * LENGTH_PX * along + 90 * up,
    }


def poses_of(points: dict[str, np.ndarray], side: str = "left") -> PoseSequence:
    """Return a pose sequence that has these points alone, all of them sure."""
    xy = np.full((N, len(KEYPOINTS), 2), np.nan, dtype=np.float32)
    for name, path in points.items():
        xy[:, INDEX[f"{side}_{name}"]] = path
    score = np.where(np.isfinite(xy[..., 0]), 0.9, 0.0).astype(np.float32)
    return PoseSequence(
        time_s=np.arange(N) / 30, frame=np.arange(N), xy_px=xy, score=score, model="drawn", width_px=WIDTH,
        height_px=HEIGHT,
    )  # fmt: skip


def without(poses: PoseSequence, name: str, rows: slice = UNSURE, score: float = 0.1) -> PoseSequence:
    """Return poses in which the model mistakes where a point is for some frames, and is unsure of it."""
    xy, scores = poses.xy_px.copy(), poses.score.copy()
    xy[rows, INDEX[name]] += 40
    scores[rows, INDEX[name]] = score
    return replace(poses, xy_px=xy, score=scores)


@pytest.mark.parametrize("right", [True, False], ids=["walks right", "walks left"])
@pytest.mark.parametrize("name", ["heel", "big_toe", "ankle"])
def test_an_unsure_point_is_put_where_the_model_sees_it_in_the_other_frames(name: str, right: bool) -> None:
    foot = swing(right=right)
    points = true_points(*foot)
    unsure = without(poses_of(points), f"left_{name}")
    filled, n_filled = fill_from_outlines(unsure, drawn(*foot), MIN_SCORE)
    assert n_filled == UNSURE.stop - UNSURE.start
    found = filled.point(f"left_{name}")[UNSURE]
    # A cell of the map is three pixels wide.
    assert np.linalg.norm(found - points[name][UNSURE], axis=1).max() < 3.0
    assert filled.score[UNSURE, INDEX[f"left_{name}"]] == pytest.approx(SCORE)


def test_a_filled_point_is_not_dropped_by_a_higher_demand() -> None:
    foot = swing()
    filled, _ = fill_from_outlines(without(poses_of(true_points(*foot)), "left_heel"), drawn(*foot), 0.6)
    assert (filled.score[UNSURE, INDEX["left_heel"]] >= 0.6).all()


def test_a_sure_point_is_never_touched() -> None:
    foot = swing()
    unsure = without(poses_of(true_points(*foot)), "left_heel")
    filled, _ = fill_from_outlines(unsure, drawn(*foot), MIN_SCORE)
    sure = unsure.score >= MIN_SCORE
    assert np.array_equal(filled.xy_px[sure], unsure.xy_px[sure])
    assert np.array_equal(filled.score[sure], unsure.score[sure])


def test_all_points_of_a_foot_may_be_missing_for_a_while() -> None:
    foot = swing()
    points = true_points(*foot)
    poses = poses_of(points)
    xy, score = poses.xy_px.copy(), poses.score.copy()
    xy[UNSURE], score[UNSURE] = np.nan, 0.0
    filled, n_filled = fill_from_outlines(replace(poses, xy_px=xy, score=score), drawn(*foot), MIN_SCORE)
    assert n_filled == 3 * (UNSURE.stop - UNSURE.start)
    for name in ("heel", "big_toe", "ankle"):
        assert np.linalg.norm(filled.point(f"left_{name}")[UNSURE] - points[name][UNSURE], axis=1).max() < 3.0
    assert np.isnan(filled.point("left_knee")[UNSURE]).all()


def test_one_foot_does_not_stand_in_for_the_other() -> None:
    foot = swing()
    unsure = without(poses_of(true_points(*foot)), "left_heel")
    filled, n_filled = fill_from_outlines(unsure, drawn(*foot, side="right"), MIN_SCORE)
    assert n_filled == 0
    assert np.array_equal(filled.xy_px, unsure.xy_px, equal_nan=True)


def test_without_an_outline_a_missing_point_stays_missing() -> None:
    foot = swing()
    poses = poses_of(true_points(*foot))
    xy = poses.xy_px.copy()
    xy[UNSURE, INDEX["left_heel"]] = np.nan
    drawn_maps = drawn(*foot)
    empty = zlib.compress(bytes(SHAPE[0] * SHAPE[1]))
    maps = [empty if 18 <= row < 21 else b"" if 21 <= row < 24 else m for row, m in enumerate(drawn_maps.maps)]
    filled, n_filled = fill_from_outlines(replace(poses, xy_px=xy), replace(drawn_maps, maps=tuple(maps)), MIN_SCORE)
    assert n_filled == 0
    assert np.isnan(filled.point("left_heel")[UNSURE]).all()


def test_a_foot_half_behind_the_other_is_not_used() -> None:
    middle, along, up = swing()
    unsure = without(poses_of(true_points(middle, along, up)), "left_heel")
    whole = drawn(middle, along, up)
    maps = list(whole.maps)
    for row in range(UNSURE.start, UNSURE.stop):
        parts = whole.parts(row)
        assert parts is not None
        _, columns = np.nonzero(parts)
        hidden = parts.copy()
        hidden[:, : round(float(columns.mean()))] = 0
        maps[row] = zlib.compress(hidden.tobytes())
    assert fill_from_outlines(unsure, replace(whole, maps=tuple(maps)), MIN_SCORE)[1] == 0


def test_a_foot_at_the_edge_of_the_picture_is_not_used() -> None:
    middle, along, up = swing()
    unsure = without(poses_of(true_points(middle, along, up)), "left_heel")
    outlines = drawn(middle, along, up)
    cut_off = replace(unsure, width_px=round(float(middle[UNSURE, 0].min())))
    assert fill_from_outlines(cut_off, outlines, MIN_SCORE)[1] == 0


def test_a_model_that_is_never_sure_gives_nothing_to_learn_from() -> None:
    foot = swing()
    rows = slice(MIN_SURE - 1, N)
    unsure = without(poses_of(true_points(*foot)), "left_heel", rows)
    assert fill_from_outlines(unsure, drawn(*foot), MIN_SCORE)[1] == 0


def test_a_point_that_keeps_no_place_on_the_foot_is_not_filled() -> None:
    foot = swing()
    points = true_points(*foot)
    points["heel"] = points["heel"] + np.random.default_rng(2).normal(0, 0.4 * LENGTH_PX, (N, 2))
    assert fill_from_outlines(without(poses_of(points), "left_heel"), drawn(*foot), MIN_SCORE)[1] == 0


def test_an_outline_that_now_and_then_is_elsewhere_is_not_trusted() -> None:
    # As where the sides are mixed up: a fifth of the outlines show something beside the foot.
    middle, along, up = swing()
    poses = poses_of(true_points(middle, along, up))
    stray = middle.copy()
    stray[::5, 0] += 45
    assert fill_from_outlines(without(poses, "left_heel"), drawn(stray, along, up), MIN_SCORE)[1] == 0


def test_an_outline_that_contradicts_a_sure_point_of_the_frame_is_not_used() -> None:
    middle, along, up = swing()
    poses = poses_of(true_points(middle, along, up))
    stray = middle.copy()
    stray[20, 0] += 45
    filled, n_filled = fill_from_outlines(without(poses, "left_heel"), drawn(stray, along, up), MIN_SCORE)
    assert n_filled == UNSURE.stop - UNSURE.start - 1
    assert filled.score[20, INDEX["left_heel"]] < MIN_SCORE


def test_an_outline_that_lies_on_the_other_foot_is_not_used() -> None:
    foot = swing()
    poses = poses_of(true_points(*foot))
    xy, score = poses.xy_px.copy(), poses.score.copy()
    for name in ("ankle", "heel", "big_toe"):
        left, right = INDEX[f"left_{name}"], INDEX[f"right_{name}"]
        xy[UNSURE, right], score[UNSURE, right] = xy[UNSURE, left], 0.9
        xy[UNSURE, left], score[UNSURE, left] = np.nan, 0.0
    assert fill_from_outlines(replace(poses, xy_px=xy, score=score), drawn(*foot), MIN_SCORE)[1] == 0


def test_which_end_is_the_toes_must_be_plain() -> None:
    # The sure frames say that the walker faces right, the knee that the toes point left: better nothing than a guess.
    foot = swing()
    points = true_points(*foot)
    points["knee"] = foot[0] + 0.5 * LENGTH_PX * foot[1] + 60 * foot[2]
    unsure = without(poses_of(points), "left_heel")
    assert fill_from_outlines(unsure, drawn(*foot), MIN_SCORE)[1] == 0
