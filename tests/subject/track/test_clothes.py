"""Two drawn people in front of a wall: the same shirt is nearer to itself than to another."""

from __future__ import annotations

import numpy as np
import pytest
from subject.walking_figures import draw_figure, wall

from gait.subject.track.clothes import Clothes, apart, seen_on, typical
from gait.subject.track.joining import ALIKE
from gait.types import ImageArray

WALL = wall()
TALL, FEET = 160.0, 250.0
RED, BLUE = (150, 40, 40), (40, 60, 130)


def picture(shirt: tuple[int, int, int], x: float = 200, phase: float = 0.0, tall: float = TALL) -> ImageArray:
    image = WALL.copy()
    draw_figure(image, x, FEET, tall, phase, colour=shirt)
    return image


def clothes(image: ImageArray, x: float = 200, tall: float = TALL) -> Clothes:
    seen = seen_on(image, np.array([x, FEET - tall / 2]), tall / 2)
    assert seen is not None
    return seen


def brighter(image: ImageArray) -> ImageArray:
    noise = np.random.default_rng(0).normal(0, 5, image.shape)
    return np.clip(image * 1.08 + 4 + noise, 0, 255).astype(np.uint8)


def test_the_same_picture_is_no_way_apart_and_unknown_clothes_tell_nothing() -> None:
    seen = clothes(picture(RED))
    assert apart(seen, seen) == pytest.approx(0, abs=1e-6)
    assert apart(seen, None) == apart(None, seen) == apart(None, None) == 0


def test_what_was_seen_is_shares_of_colours_on_trunk_and_legs() -> None:
    seen = clothes(picture(BLUE))
    assert seen.shape == (2, 256)
    assert (seen**2).sum(axis=1) == pytest.approx([1, 1])


@pytest.mark.parametrize("phase", [0.0, 0.25, 0.6])
@pytest.mark.parametrize("shirt", [RED, BLUE])
def test_a_little_more_light_is_nearer_than_another_shirt(shirt: tuple[int, int, int], phase: float) -> None:
    """The legs swing meanwhile, and the wall beside them changes."""
    known = clothes(picture(shirt))
    same = apart(known, clothes(brighter(picture(shirt, 280, phase)), 280))
    other = apart(known, clothes(picture(BLUE if shirt == RED else RED, 280, phase), 280))
    assert same < ALIKE
    assert other > 1.5 * same
    assert other > ALIKE


def test_the_same_shirt_farther_away_is_the_same_shirt() -> None:
    near, far = clothes(picture(RED)), clothes(picture(RED, tall=90), tall=90)
    assert apart(near, far) < ALIKE < apart(near, clothes(picture(BLUE, tall=90), tall=90))


def test_other_trousers_are_other_clothes() -> None:
    seen, other = picture(RED), WALL.copy()
    draw_figure(other, 200, FEET, TALL, 0.0, colour=RED, trousers=(210, 200, 120))
    assert apart(clothes(seen), clothes(other)) > 2 * apart(clothes(seen), clothes(brighter(seen)))


def test_of_somebody_half_out_of_the_picture_or_tiny_nothing_is_told() -> None:
    image = picture(RED)
    assert seen_on(image, np.array([200.0, 265.0]), 80.0) is None, "the legs are below the picture"
    assert seen_on(image, np.array([-40.0, 170.0]), 80.0) is None
    assert seen_on(image, np.array([200.0, 170.0]), 8.0) is None


def test_the_typical_clothes_forget_the_moment_in_which_somebody_else_stood_before() -> None:
    own, other = clothes(picture(RED)), clothes(picture(BLUE))
    middle = typical([own, None, other, own, own, other, own])
    assert apart(own, middle) < 0.01
    assert typical([None, None]) is None
    assert typical([]) is None
