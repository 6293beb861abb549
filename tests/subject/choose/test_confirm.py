"""The second look: whether a pose model sees the body where somebody was tracked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from subject.by_hand import track
from subject.walking_figures import wall

from gait.subject.choose.confirm import LOOKS, Looks, look
from gait.subject.track.album import Album
from gait.subject.track.tracker import Track
from gait.types import ImageArray, PersonCheck

WALL = wall()


def kept(seconds: float = 6.0) -> tuple[Track, Album]:
    """Somebody who stands at (240, 140), 100 pixels tall, and the pictures kept of it."""
    album, standing = Album(), track(0, seconds, lambda _: 240.0, y=lambda _: 140.0, reach=lambda _: 50.0)
    growing = Track()
    for k, t in enumerate(standing.time_s):
        album.offer(t, WALL)
        growing.add(t, standing.hips[k], standing.reach[k])
        album.refer(t, [growing], [])
    return growing, album


def body(score: float = 0.9, x: float = 0.5, y: float = 0.5, tall: float = 0.6) -> Callable[[ImageArray], PersonCheck]:
    """A body in each crop: where its middle is, and how tall it is, as shares of the crop."""

    def seen(rgb: ImageArray) -> PersonCheck:
        height, width = rgb.shape[:2]
        half = tall * height / 2
        box = (x * width - 0.4 * half, y * height - half, x * width + 0.4 * half, y * height + half)
        return PersonCheck(score=score, box_px=box, body_height_px=1.8 * half)

    return seen


def test_a_body_in_the_middle_of_each_crop_is_seen_each_time() -> None:
    assert look(*kept(), body()) == Looks(n=LOOKS, n_bodies=LOOKS)
    assert look(*kept(), body()).share == 1


@pytest.mark.parametrize(
    "elsewhere",
    [
        body(score=0.4),
        body(x=0.05),
        body(y=0.1),
        body(tall=0.15),
        lambda _: None,
        lambda _: PersonCheck(score=0.9, box_px=(np.nan,) * 4, body_height_px=np.nan),
    ],
    ids=["unsure", "beside", "above", "small", "none", "unknown"],
)
def test_what_is_unsure_elsewhere_or_small_is_not_this_body(
    elsewhere: Callable[[ImageArray], PersonCheck | None],
) -> None:
    looks = look(*kept(), elsewhere)
    assert looks == Looks(n=LOOKS, n_bodies=0)
    assert looks.share == 0


def test_the_looks_are_spread_over_the_track() -> None:
    asked: list[tuple[int, ...]] = []

    def every_other(rgb: ImageArray) -> PersonCheck | None:
        asked.append(rgb.shape)
        return body()(rgb) if len(asked) % 2 else None

    assert look(*kept(30.0), every_other) == Looks(n=5, n_bodies=3)
    # 100 pixels and a quarter on either side; the width is 0.84 of half the height.
    assert asked == [(150, 92, 3)] * 5


def test_of_somebody_of_whom_one_picture_was_kept_there_is_one_look() -> None:
    assert look(*kept(0.0), body()) == Looks(n=1, n_bodies=1)


def test_where_nobody_can_look_everyone_is_believed() -> None:
    standing, album = kept()
    assert look(standing, album, None) == Looks()
    assert look(standing, Album(), body()) == Looks()
    assert Looks().share == 1
    standing.fills_picture = True
    assert look(standing, album, lambda _: None) == Looks()
