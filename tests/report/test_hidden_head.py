"""The head is covered in every frame, also where it is not known where it is."""

from dataclasses import replace

import numpy as np

from gait.report.hidden_head import HiddenHead
from gait.report.overlay import OverlayPainter
from gait.skeleton import INDEX
from gait.types import ImageArray, Result
from tests.report.test_overlay import HEIGHT, TIME_S, WIDTH, someone

FACE = {"nose": (840, 260), "left_ear": (850, 255), "right_ear": (848, 256)}


def with_face(rows: slice = slice(None), at: tuple[float, float] | None = None) -> Result:
    """Somebody whose face is known in some frames; its noses elsewhere where a place is given."""
    result = someone()
    xy, score = result.poses.xy_px.copy(), np.zeros_like(result.poses.score)
    for name, place in FACE.items():
        xy[rows, INDEX[name]] = at or place
        score[rows, INDEX[name]] = 0.9
    return replace(result, poses=replace(result.poses, xy_px=xy, score=score))


def noise(strip_px: int) -> ImageArray:
    """A picture in which every pixel differs from its neighbours."""
    rng = np.random.default_rng(0)
    return rng.integers(30, 220, ((HEIGHT + strip_px) * 3 // 2, WIDTH), dtype=np.uint8)


def left_of_the_face(result: Result, i: int) -> float:
    """The share of the pixels about the face that are as they were filmed."""
    painter = OverlayPainter(result, (WIDTH, HEIGHT), hide_head=True)
    image = noise(painter.strip_px)
    before = image.copy()
    painter.paint(image, i, TIME_S[i])
    head = (slice(230, 290), slice(815, 865))
    return float((image[head] == before[head]).mean())


def test_a_head_that_is_known_is_covered() -> None:
    assert left_of_the_face(with_face(), 20) < 0.02


def test_a_head_that_is_lost_stays_covered_and_the_region_grows() -> None:
    """The face is known up to one second, and the box goes on."""
    result = with_face(slice(0, 30))
    assert left_of_the_face(result, 31) < 0.02
    assert left_of_the_face(result, 59) < 0.02
    assert result.track is not None
    hidden = HiddenHead(result.poses, result.track.box_px, np.ones(2))
    radii = [max(radius for _, radius in hidden.regions(i)[0]) for i in (29, 35, 45)]
    assert radii[0] < radii[1] < radii[2]


def test_a_head_that_was_never_seen_costs_the_upper_third_of_the_box() -> None:
    result = with_face(slice(0, 0))
    assert left_of_the_face(result, 20) < 0.02
    assert result.track is not None
    discs, rectangles = HiddenHead(result.poses, result.track.box_px, np.ones(2)).regions(20)
    assert discs == []
    ((x1, y1, x2, y2),) = rectangles
    assert x1 <= 700
    assert y1 <= 220
    assert x2 >= 930
    assert y2 == 220 + 450 / 3


def test_who_walks_on_behind_somebody_is_covered_wherever_the_head_may_be_by_then() -> None:
    """Face and box are known up to one second, at a picture's left; the walker comes out again 300 pixels further."""
    result = with_face(slice(0, 30))
    assert result.track is not None
    box = result.track.box_px.copy()
    box[30:] = np.nan
    hidden = HiddenHead(result.poses, box, np.ones(2))
    reaches = []
    for i in (31, 45, 59):
        discs, ((x1, y1, x2, y2),) = hidden.regions(i)
        assert discs == []
        assert y1 < 230 < 290 < y2
        assert x1 < 840 < x2
        reaches.append(x2 - 840)
    assert reaches == sorted(reaches)
    walked_px = 0.75 * 450 * (TIME_S[59] - TIME_S[29])
    assert reaches[-1] > walked_px + 50


def test_a_face_at_the_feet_is_not_believed() -> None:
    assert left_of_the_face(with_face(at=(800.0, 640.0)), 20) < 0.02


def test_without_any_trace_of_the_person_the_whole_picture_is_covered() -> None:
    result = with_face(slice(0, 0))
    assert result.track is not None
    gone = replace(result, track=replace(result.track, box_px=np.full_like(result.track.box_px, np.nan)))
    painter = OverlayPainter(gone, (WIDTH, HEIGHT), hide_head=True)
    image = noise(painter.strip_px)
    before = image.copy()
    painter.paint(image, 20, TIME_S[20])
    assert (image[:HEIGHT] == before[:HEIGHT]).mean() < 0.02


def test_before_the_person_comes_into_view_the_first_place_is_covered() -> None:
    """Out of view up to one second: a part of the head may be in the picture before the box is known."""
    result = with_face(slice(30, None))
    assert result.track is not None
    box = result.track.box_px.copy()
    box[:30] = np.nan
    late = replace(result, track=replace(result.track, box_px=box))
    assert left_of_the_face(late, 25) < 0.02
