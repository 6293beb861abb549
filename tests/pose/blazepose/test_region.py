"""The square that BlazePose looks at: it shows what is in it, upright, and lies to a box as was learnt."""

import math

import numpy as np
import pytest

from gait.pose.blazepose.follow import Learnt
from gait.pose.blazepose.joints import refined
from gait.pose.blazepose.region import Fit, Region, whole_boxes

PICTURE = (640, 480)


def picture_with_dot(x: int, y: int, half: int = 3) -> np.ndarray:
    """A black picture in which the pixels around x, y are white."""
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[y - half : y + half, x - half : x + half] = 255
    return picture


def centre_of_light(rgb: np.ndarray) -> np.ndarray:
    """Return the brightest spot in shares of the picture."""
    weight = rgb[..., 0].astype(float)
    y, x = np.mgrid[: rgb.shape[0], : rgb.shape[1]] + 0.5
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum() / rgb.shape[0]


@pytest.mark.parametrize("turn_deg", [0.0, 20.0, -90.0])
@pytest.mark.parametrize("side_px", [200.0, 431.7, 1300.0])
def test_a_dot_is_found_where_it_is_in_the_picture(side_px: float, turn_deg: float) -> None:
    region = Region(x_px=310.3, y_px=220.6, side_px=side_px, turn_rad=math.radians(turn_deg))
    found = region.to_picture(centre_of_light(region.cut(picture_with_dot(330, 250, 10), 256)))
    np.testing.assert_allclose(found, [330, 250], atol=0.02 * side_px / 25.6)


def test_a_body_that_leans_stands_upright_in_the_square() -> None:
    # The hips at 300, 300; the body reaches 100 px, leaning 30 degrees to the right.
    lean = math.radians(30.0)
    head = np.array([300 + 100 * math.sin(lean), 300 - 100 * math.cos(lean)])
    region = Region.around_body(np.array([300.0, 300.0]), head)
    assert region.side_px == pytest.approx(250)
    found = centre_of_light(region.cut(picture_with_dot(round(head[0]), round(head[1])), 256))
    np.testing.assert_allclose(found, [0.5, 0.1], atol=0.01)


def test_the_last_pixel_is_repeated_beyond_the_edges() -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[:, 639] = 200
    cut = Region(x_px=640, y_px=240, side_px=200).cut(picture, 256)
    assert (cut[:, 140:] == 200).all()
    assert (cut[:, :120] == 0).all()


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (3, 2000)])
def test_pictures_of_any_size_are_cut(shape: tuple[int, int]) -> None:
    picture = np.full((*shape, 3), 7, np.uint8)
    for region in (Region(x_px=0, y_px=0, side_px=2), Region(x_px=5000, y_px=-5000, side_px=9000, turn_rad=1.0)):
        assert region.cut(picture, 64).shape == (64, 64, 3)


def test_what_was_learnt_in_one_box_holds_in_the_next() -> None:
    box = np.array([100.0, 100.0, 200.0, 400.0])
    region = Region(x_px=145, y_px=265, side_px=360, turn_rad=0.1)
    fit = Fit.between(region, box)
    assert fit.around(box).is_like(region)
    # The person walks on by 50 px and comes nearer, half as large again.
    nearer = Fit.between(region, box).around(np.array([150.0, 50.0, 300.0, 500.0]))
    assert nearer.x_px == pytest.approx(225 - 5 * 1.5)
    assert nearer.side_px == pytest.approx(360 * 1.5)


def test_what_was_learnt_is_forgotten_when_the_person_is_not_found_for_long() -> None:
    learnt = Learnt(fit=Fit(side=1.1))
    for _ in range(29):
        learnt = learnt.after(np.array([0.0, 0.0, 10.0, 30.0]), None)
        assert learnt.fit is not None
    assert learnt.after(np.array([0.0, 0.0, 10.0, 30.0]), None).fit is None


def test_a_box_that_the_edge_cuts_gets_its_size_back() -> None:
    # A walker 100 px wide comes in from the left: 40 px are in the picture, then all; one frame is out of view.
    boxes = np.array([[0.0, 100, 40, 400], [np.nan] * 4, [10, 100, 110, 400], [60, 100, 160, 400]])
    whole = whole_boxes(boxes, PICTURE)
    np.testing.assert_allclose(whole[0], [-60, 100, 40, 400])
    np.testing.assert_array_equal(whole[1:], boxes[1:])


def test_a_box_that_fills_the_picture_stays() -> None:
    boxes = np.array([[0.0, 0, 640, 480]] * 2)
    np.testing.assert_array_equal(whole_boxes(boxes, PICTURE), boxes)


def heat_map(*spots: tuple[float, float], size: float = 1.0) -> np.ndarray:
    """Logits (64, 64, 1) with round spots at cells x, y."""
    y, x = np.mgrid[:64, :64]
    heat = sum(np.exp(-((x - a) ** 2 + (y - b) ** 2) / 2 / size**2) for a, b in spots)
    heat = np.clip(0.9 * np.asarray(heat), 1e-4, 1 - 1e-4)
    return np.log(heat / (1 - heat))[..., None]


def test_a_point_moves_to_the_middle_of_its_spot() -> None:
    xy, _ = refined(np.array([[31.0, 41.0]]) / 64, heat_map((32, 40)))
    np.testing.assert_allclose(xy * 64, [[32, 40]], atol=0.15)
    cold, _ = refined(np.array([[31.0, 41.0]]) / 64, np.full((64, 64, 1), -9.0))
    np.testing.assert_array_equal(cold * 64, [[31, 41]])


def test_a_second_spot_at_the_other_knee_makes_a_point_unsure() -> None:
    at = np.array([[32.0, 40.0]]) / 64
    sure, wide, torn = (
        float(refined(at, heat)[1][0])
        for heat in (heat_map((32, 40)), heat_map((32, 40), size=2.5), heat_map((32, 40), (22, 40)))
    )
    assert sure < 0.012
    assert sure < wide < torn
    # Half of the heat is ten cells away: 50 square cells on the average, shared by the two axes.
    assert torn == pytest.approx(5 / 64, rel=0.1)


def test_heat_elsewhere_in_the_picture_and_heat_of_other_points_say_nothing_of_a_point() -> None:
    at = np.array([[20.0, 40.0], [50.0, 12.0]]) / 64
    alone, far = (float(refined(at[:1], heat)[1][0]) for heat in (heat_map((20, 40)), heat_map((20, 40), (45, 40))))
    assert far == pytest.approx(alone, rel=1e-6)
    two = np.concatenate([heat_map((20, 40)), heat_map((50, 12), size=2.5)], axis=2)
    xy, sd = refined(at, two)
    np.testing.assert_allclose(xy * 64, [[20, 40], [50, 12]], atol=0.15)
    assert sd[0] == pytest.approx(alone, rel=1e-6)
    assert sd[1] == pytest.approx(float(refined(at[1:], two[:, :, 1:])[1][0]), rel=1e-6)
