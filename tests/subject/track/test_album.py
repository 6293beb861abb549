"""The few pictures that are kept: of whom, how many, and what is cut out of them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from subject.walking_figures import wall

from gait.subject.track.album import EVERY_S, MAX_PICTURES, MAX_SHOTS, Album, crop
from gait.subject.track.tracker import Track
from gait.types import ImageArray

STEP_S = 2 / 15
TINY = wall(32, 24)


def seen(album: Album, live: dict[str, range], n: int, picture: ImageArray = TINY) -> dict[str, Track]:
    """Somebody is seen in the views of the range."""
    tracks = {name: Track() for name in live}
    for k in range(n):
        t = k * STEP_S
        album.offer(t, picture)
        for name, rows in live.items():
            if k in rows:
                tracks[name].add(t, np.array([100.0, 100.0]), 40.0)
        going = [tracks[name] for name, rows in live.items() if k in rows]
        ended = [tracks[name] for name, rows in live.items() if rows.stop <= k]
        album.refer(t, going, ended)
    return tracks


def test_a_kept_picture_comes_back_in_its_colours() -> None:
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[:, :40] = (200, 60, 30)
    picture[:, 40:] = (20, 90, 160)
    album = Album()
    (track,) = seen(album, {"a": range(3)}, 3, picture).values()
    back = album.picture(track.shots[0]).astype(int)
    assert np.abs(back[30, [10, 70]] - [(200, 60, 30), (20, 90, 160)]).max() < 8


def test_somebody_who_is_seen_for_three_seconds_has_a_picture_of_every_other_view_or_so() -> None:
    album = Album()
    (track,) = seen(album, {"a": range(22)}, 22).values()
    assert all(t in album for t in track.shots)
    assert len(track.shots) >= 6
    assert np.diff(track.shots).min() >= EVERY_S - 0.01


def test_however_long_somebody_is_seen_the_pictures_are_few_and_spread_over_all_of_it() -> None:
    album = Album()
    (track,) = seen(album, {"a": range(900)}, 900).values()
    assert MAX_SHOTS / 2 - 1 <= len(track.shots) <= MAX_SHOTS
    assert all(t in album for t in track.shots)
    gaps = np.diff([0.0, *track.shots, 900 * STEP_S])
    assert gaps.max() < 2.5 * np.median(gaps)


def test_a_picture_that_shows_nobody_is_not_kept() -> None:
    album = Album()
    seen(album, {"a": range(0, 8)}, 60)
    assert sum(k * STEP_S in album for k in range(8, 59)) == 0


def test_among_very_many_the_briefest_lose_their_pictures() -> None:
    """A crowd: one person all the time, everyone else for half a second."""
    n = 4000
    people = {f"passer {k}": range(4 * k, 4 * k + 4) for k in range(n // 4)}
    album = Album()
    tracks = seen(album, {"patient": range(n), **people}, n)
    kept = [k * STEP_S for k in range(n) if k * STEP_S in album]
    assert len(kept) <= MAX_PICTURES + 1
    assert len(tracks["patient"].shots) > 4
    assert set(tracks["patient"].shots) <= set(kept)


def test_a_crop_is_the_box_and_its_padding_within_the_picture() -> None:
    picture = wall(200, 150)
    cut, place = crop(picture, np.array([50.0, 40, 90, 120]), 0.25, 400)
    assert place.tolist() == [30, 20, 1]
    assert (cut == picture[20:140, 30:110]).all()
    cut, place = crop(picture, np.array([-30.0, 100, 40, 190]), 0.25, 400)
    assert place.tolist() == [0, 77, 1]
    assert (cut == picture[77:150, 0:62]).all()


def test_a_large_crop_is_made_smaller_and_says_by_how_much() -> None:
    cut, place = crop(wall(600, 400), np.array([100.0, 50, 300, 350]), 0.0, 100)
    assert cut.shape == (100, 67, 3)
    assert place.tolist() == [100, 50, 3]


@pytest.mark.parametrize("box", [(300, 300, 320, 340), (-90, -90, -50, -20), (60, 60, 60, 60)])
def test_a_crop_beside_the_picture_is_no_failure(box: tuple[float, float, float, float]) -> None:
    cut, _ = crop(wall(200, 150), np.array(box, dtype=np.float64), 0.1, 100)
    assert cut.ndim == 3
    assert cut.dtype == np.uint8
    assert cut.size == 0 or cv2.resize(cut, (4, 4)).shape == (4, 4, 3)
