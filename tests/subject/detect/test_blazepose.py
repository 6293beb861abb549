"""The embedded detector: the squares it looks at, and what its network finds in rendered clips."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from truth import true_keypoints

from gait.litert import is_ready
from gait.subject.camera import CameraPose
from gait.subject.detect.blazepose import (
    LEAST,
    SAME_PLACE,
    BlazePoseDetector,
    Square,
    anchors,
    around,
    cut,
    tiles,
    whole,
)
from gait.subject.detections import Detections, Sample
from gait.types import FloatArray, ImageArray
from gait.video import open_video

SampleClip = Callable[[str], tuple[Path, dict[str, Any]]]

STANDS = CameraPose(matrix=np.eye(3), shift_px=np.zeros(2))
NOBODY = np.empty((0, 3))

needs_network = pytest.mark.skipif(not is_ready("detector"), reason="BlazePose is not installed")


def sample(rgb: ImageArray, row: int = 0, time_s: float = 0.0) -> Sample:
    return Sample(row=row, time_s=time_s, rgb=rgb, camera=STANDS)


def views(video: Path, every_s: float) -> Iterator[Sample]:
    """About 960 pixels wide, as they are looked at."""
    clip = open_video(video)
    scale = 960 / max(clip.info.width_px, clip.info.height_px)
    next_s = 0.0
    for row, frame in enumerate(
        clip.frames(size=(round(clip.info.width_px * scale), round(clip.info.height_px * scale)))
    ):
        if frame.time_s >= next_s - 0.005:
            next_s = frame.time_s + every_s
            yield sample(frame.image, row, frame.time_s)


@pytest.fixture(scope="module")
def detector() -> Iterator[BlazePoseDetector]:
    one = BlazePoseDetector()
    yield one
    assert list(one.flush()) == []


def search(detector: BlazePoseDetector, rgb: ImageArray, expected: FloatArray = NOBODY) -> Detections:
    """Look all over a picture."""
    detector._next_search_s = -np.inf
    (found,) = detector.push(sample(rgb), expected)
    return found


# The squares.


def test_the_network_answers_relative_to_2254_places_within_the_square() -> None:
    places = anchors(224)
    assert places.shape == (2254, 2)
    assert places.min() > 0
    assert places.max() < 1
    # Two to each of 28 x 28 cells, from left to right; in the end six to each of 7 x 7.
    assert places[:4] == pytest.approx(np.array([[0.5, 0.5], [0.5, 0.5], [1.5, 0.5], [1.5, 0.5]]) / 28)
    assert places[-6:] == pytest.approx(np.full((6, 2), 6.5 / 7))


@pytest.mark.parametrize("size", [(960, 540), (540, 960), (960, 720), (640, 640), (1280, 20), (961, 960), (16, 16)])
@pytest.mark.parametrize("part", [1.0, 0.5])
def test_tiles_overlap_by_half_and_cover_the_picture(size: tuple[int, int], part: float) -> None:
    side = min(size) * part
    squares = tiles(size, side)
    if side >= max(size):
        assert squares == []
        return
    for axis in (0, 1):
        starts = np.unique([square[axis] for square in squares])
        assert starts[0] == 0
        assert starts[-1] == pytest.approx(size[axis] - side)
        assert (np.diff(starts) <= side / 2 + 1e-6).all()
    assert len(squares) == len(set(squares))
    assert {square[2] for square in squares} == {side}


def test_the_square_around_a_picture_holds_all_of_it() -> None:
    assert whole((960, 540)) == (0, -210, 960)
    assert whole((540, 960)) == (-210, 0, 960)


def test_the_square_around_somebody_is_three_reaches_wide() -> None:
    assert around(100, 80, 50) == (25, 5, 150)


def test_a_cut_within_the_picture_is_the_picture() -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    assert (cut(rgb, (10, 20, 32), 32) == rgb[20:52, 10:42]).all()


@pytest.mark.parametrize("square", [(-20, -10, 64), (50, 40, 64), (-100, -100, 300), (-5, 20, 200)])
def test_beyond_the_edges_a_cut_is_black_and_within_them_it_is_in_its_place(square: Square) -> None:
    """A picture that is white all over, 80 x 60, in a square of 64."""
    size = 64
    seen = cut(np.full((60, 80, 3), 255, np.uint8), square, size)
    assert seen.shape == (size, size, 3)
    # The middles of the pixels, in the picture.
    x, y = (square[k] + (np.arange(size) + 0.5) * square[2] / size for k in (0, 1))
    slack = square[2] / size
    surely = ((y > slack) & (y < 60 - slack))[:, None] & ((x > slack) & (x < 80 - slack))
    never = ((y < -slack) | (y > 60 + slack))[:, None] | ((x < -slack) | (x > 80 + slack))
    assert (seen[surely] == 255).all()
    assert (seen[never] == 0).all()


@pytest.mark.parametrize("square", [(200, 10, 64), (-200, 10, 64), (10, -300, 64), (79.6, 59.6, 3), (10, 10, 0.2)])
def test_a_cut_beside_the_picture_or_tiny_is_no_failure(square: Square) -> None:
    assert cut(np.full((60, 80, 3), 255, np.uint8), square, 32).shape == (32, 32, 3)


# What the network finds.


@pytest.fixture(scope="module")
def side_walk(detector: BlazePoseDetector, sample_clip: SampleClip) -> list[Detections]:
    """Everyone found in the views of a clip; those found in one view are expected in the next."""
    expected, found = NOBODY, []
    for each in views(sample_clip("side_walk")[0], 2 / 15):
        (now,) = detector.push(each, expected)
        found.append(now)
        expected = np.column_stack([now.hips, now.reach])[now.score > 0.45]
    return found


@needs_network
def test_the_walker_is_found_in_nearly_every_view_at_the_true_place_and_size(
    side_walk: list[Detections], sample_clip: SampleClip
) -> None:
    _, known = sample_clip("side_walk")
    points = true_keypoints("side_walk")
    scale = 960 / known["width"]
    off, size, score = [], [], []
    for found in side_walk:
        row = found.sample.row
        if not known["whole"][row]:
            continue
        hips = np.array([points[f"left_hip_{k}"][row] + points[f"right_hip_{k}"][row] for k in "xy"]) / 2 * scale
        reach = (known["box_px"][row][3] - known["box_px"][row][1]) / 2 * scale
        distance = np.linalg.norm(found.hips - hips, axis=1) / reach
        nearest = int(np.argmin(distance)) if len(distance) else -1
        off.append(distance[nearest] if nearest >= 0 else np.inf)
        size.append(found.reach[nearest] / reach if nearest >= 0 else np.nan)
        score.append(found.score[nearest] if nearest >= 0 else 0.0)
    here = np.array(off) < 0.15
    assert len(here) > 30
    assert here.mean() > 0.95
    assert np.median(off) < 0.06
    assert np.abs(np.array(size)[here] - 1).max() < 0.2
    assert np.median(np.array(size)[here]) == pytest.approx(1, abs=0.06)
    assert np.array(score)[here].min() > 0.7


@needs_network
def test_hardly_anybody_else_is_sure_of_being_there(side_walk: list[Detections]) -> None:
    others = [int((found.score > 0.6).sum()) - 1 for found in side_walk if (found.score > 0.6).any()]
    assert len(others) > 30
    assert np.mean(np.array(others) > 0) < 0.05


@needs_network
def test_every_view_is_answered_once_and_in_order(side_walk: list[Detections]) -> None:
    rows = [found.sample.row for found in side_walk]
    assert rows == sorted(set(rows))
    assert len(rows) == 54
    for found in side_walk:
        n = len(found.score)
        assert found.hips.shape == (n, 2)
        assert found.reach.shape == (n,)
        assert found.box.shape == (n, 4)
        assert ((found.score >= 0.3) & (found.score <= 1)).all()
        assert (found.reach > LEAST * 540).all()


@needs_network
def test_both_people_are_found_at_once_without_being_expected(
    detector: BlazePoseDetector, sample_clip: SampleClip
) -> None:
    video, known = sample_clip("two_people")
    scale = 960 / known["width"]
    n = n_both = 0
    for each in views(video, 0.5):
        bodies = [known["box_px"][each.row], known["other_people"][0]["box_px"][each.row]]
        if not known["whole"][each.row] or bodies[0][2] > bodies[1][0]:
            continue
        found = search(detector, each.rgb)
        sure = found.score > 0.6
        n += 1
        middles = [(np.array(body[:2]) + body[2:]) / 2 * scale for body in bodies]
        n_both += all((np.linalg.norm(found.hips[sure] - m, axis=1) < 0.25 * found.reach[sure]).any() for m in middles)
    assert n >= 5
    assert n_both == n


@needs_network
def test_nobody_is_sure_in_an_empty_room(detector: BlazePoseDetector, sample_clip: SampleClip) -> None:
    for each in views(sample_clip("empty_room")[0], 0.4):
        assert search(detector, each.rgb).score.max(initial=0.0) < 0.7


@needs_network
def test_the_same_person_seen_from_far_away_is_found_too(detector: BlazePoseDetector, sample_clip: SampleClip) -> None:
    """A seventh as high as the picture."""
    rgb, box = standing(sample_clip)
    picture = np.full((540, 960, 3), 128, np.uint8)
    small, reach = scaled(rgb, box, 76)
    picture[300 : 300 + small.shape[0], 500 : 500 + small.shape[1]] = small
    found = search(detector, picture)
    for _ in range(2):
        # Small tiles are taken in turns.
        found = search(detector, picture) if found.score.max(initial=0.0) < 0.5 else found
    assert found.score.max(initial=0.0) > 0.5
    best = int(np.argmax(found.score))
    assert found.reach[best] == pytest.approx(reach, rel=0.25)


def standing(sample_clip: SampleClip) -> tuple[ImageArray, FloatArray]:
    """Somebody who stands, with some wall around, and the box around the body."""
    video, known = sample_clip("standing")
    frame = next(iter(open_video(video).frames()))
    x1, y1, x2, y2 = known["box_px"][0]
    pad = 0.15 * (y2 - y1)
    left, top = int(max(x1 - pad, 0)), int(max(y1 - pad, 0))
    rgb = frame.image[top : int(y2 + pad), left : int(x2 + pad)]
    return np.ascontiguousarray(rgb), np.array([x1 - left, y1 - top, x2 - left, y2 - top])


def scaled(rgb: ImageArray, box: FloatArray, tall: float) -> tuple[ImageArray, float]:
    scale = tall / (box[3] - box[1])
    size = (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)), tall / 2


@needs_network
@pytest.mark.parametrize("gap", [150, 500])
def test_two_people_apart_from_each_other_are_two(
    detector: BlazePoseDetector, sample_clip: SampleClip, gap: int
) -> None:
    person, reach = scaled(*standing(sample_clip), 240)
    picture = np.full((540, 960, 3), 128, np.uint8)
    lefts = (150, 150 + gap)
    for left in lefts:
        picture[120 : 120 + person.shape[0], left : left + person.shape[1]] = person
    found = search(detector, picture)
    sure = found.score > 0.6
    assert sure.sum() == 2
    assert np.ptp(found.hips[sure, 0]) == pytest.approx(gap, abs=0.15 * reach)
    assert np.ptp(found.hips[sure, 1]) < 0.15 * reach


@needs_network
def test_one_person_is_told_of_once_though_seen_in_many_squares(
    detector: BlazePoseDetector, sample_clip: SampleClip
) -> None:
    person, _ = scaled(*standing(sample_clip), 240)
    picture = np.full((540, 960, 3), 128, np.uint8)
    picture[120 : 120 + person.shape[0], 430 : 430 + person.shape[1]] = person
    alone = search(detector, picture)
    best = int(np.argmax(alone.score))
    expected = np.array([[*alone.hips[best], alone.reach[best]]])
    found = search(detector, picture, np.repeat(expected, 3, axis=0) * [1.0, 1.0, 1.05])
    near = np.linalg.norm(found.hips - alone.hips[best], axis=1) < SAME_PLACE * alone.reach[best]
    assert (near & (found.score > 0.45)).sum() == 1


@needs_network
@pytest.mark.parametrize("size", [(16, 16), (1, 1), (100, 60), (1280, 20), (20, 700)])
def test_a_picture_that_is_tiny_or_a_strip_is_no_failure(detector: BlazePoseDetector, size: tuple[int, int]) -> None:
    width, height = size
    rgb = np.random.default_rng(0).integers(0, 255, (height, width, 3)).astype(np.uint8)
    found = search(detector, rgb, np.array([[width / 2, height / 2, 8.0], [-500.0, 40.0, 3.0]]))
    assert np.isfinite(found.hips).all()
    assert (found.reach > 0).all()


@needs_network
def test_a_picture_smaller_than_the_network_shows_its_person(
    detector: BlazePoseDetector, sample_clip: SampleClip
) -> None:
    person, reach = scaled(*standing(sample_clip), 90)
    assert max(person.shape) < 224
    found = search(detector, person)
    best = int(np.argmax(found.score))
    assert found.score[best] > 0.6
    assert found.reach[best] == pytest.approx(reach, rel=0.2)
    assert found.hips[best] == pytest.approx([person.shape[1] / 2, person.shape[0] / 2], abs=0.25 * reach)


@needs_network
def test_between_searches_only_those_who_are_expected_are_looked_for(
    detector: BlazePoseDetector, sample_clip: SampleClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Square] = []
    look = detector._look
    monkeypatch.setattr(detector, "_look", lambda rgb, squares: (looked.extend(squares), look(rgb, squares))[1])
    rgb, box = standing(sample_clip)
    here = np.array([[*(box[:2] + box[2:]) / 2, (box[3] - box[1]) / 2]])
    detector._next_search_s = -np.inf
    n_squares = []
    for k in range(7):
        looked.clear()
        list(detector.push(sample(rgb, k, k * 2 / 15), here))
        n_squares.append(len(looked))
    assert [n > 1 for n in n_squares] == [True, False, False, False, True, False, False]


@needs_network
def test_a_search_that_was_begun_before_the_sample_was_there_finds_the_same(sample_clip: SampleClip) -> None:
    """Two people walk; some samples are announced, two at a time, as where decoding is ahead."""
    some = list(itertools.islice(views(sample_clip("two_people")[0], 2 / 15), 24))
    answers = []
    for announced in (False, True):
        one = BlazePoseDetector()
        expected, found = NOBODY, []
        for k, each in enumerate(some):
            if announced and k % 3 != 1:
                for soon in some[k : k + 2]:
                    one.announce(soon.time_s, soon.rgb)
            (now,) = one.push(each, expected)
            expected = np.column_stack([now.hips, now.reach])
            found.append(np.column_stack([expected, now.score]))
        assert list(one.flush()) == []
        answers.append(found)
    assert max(len(people) for people in answers[0]) >= 2
    for without, ahead in zip(*answers, strict=True):
        np.testing.assert_allclose(ahead, without, rtol=1e-9)


@needs_network
def test_the_same_views_give_the_same_answers(detector: BlazePoseDetector, sample_clip: SampleClip) -> None:
    each = next(views(sample_clip("two_people")[0], 1.0))
    detector._n_searches = 0
    first = search(detector, each.rgb)
    detector._n_searches = 0
    second = search(detector, each.rgb)
    assert (first.hips == second.hips).all()
    assert (first.score == second.score).all()
