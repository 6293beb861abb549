"""Decoding, drawing and encoding at the same time: nothing is lost, nothing hangs, nothing piles up."""

from __future__ import annotations

import faulthandler
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from gait.errors import GaitError, InputError
from gait.types import FloatArray, ImageArray
from gait.video import Clip, fitted_size, open_video, transcode
from tests.video import clips

TIME_S = 0.4 + np.cumsum([0, 0.033, 0.034, 0.1, 0.017, 0.017, 0.25, 0.033, 0.5, 0.02] + [0.04] * 40)


def clip_of(folder: Path) -> tuple[Clip, FloatArray]:
    clip = open_video(clips.write(folder / "walk.mkv", TIME_S, key_every=10))
    return clip, np.array([f.time_s for f in clip.frames(size=(16, 16), pixel_format="gray")])


@pytest.fixture(autouse=True)
def _never_hangs() -> Iterator[None]:
    """End the whole test run, with a traceback of every thread, if a test takes minutes."""
    faulthandler.dump_traceback_later(180, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def every_thread_ends() -> Iterator[None]:
    """See that no thread lives on after the test; those of other tests' servers are none of its business."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def nothing(image: ImageArray, i: int, time_s: float) -> None:
    """Draw nothing."""


def test_each_frame_is_drawn_on_once_and_keeps_its_time(tmp_path: Path) -> None:
    """A bar as tall as the number of the frame is drawn; only the frames from the sixth to the twentieth are wanted."""
    clip, time_s = clip_of(tmp_path)
    wanted = time_s[5:20]
    seen = []

    def draw(image: ImageArray, i: int, t: float) -> None:
        assert image.shape == (84, 104)
        assert t == wanted[i]
        image[:56, 90:] = 16
        image[: 2 * i, 90:] = 235

    transcode(clip, wanted, tmp_path / "out.mp4", size=(104, 56), draw=draw, progress=seen.append)
    frames = list(open_video(tmp_path / "out.mp4").frames(pixel_format="gray"))
    assert seen == [1] * 15
    np.testing.assert_allclose([f.time_s for f in frames], wanted - wanted[0], atol=1e-6)
    assert [round(float((f.image[:, 94:] > 128).mean() * 56)) for f in frames] == [2 * i for i in range(15)]
    square_px = [np.flatnonzero((f.image[21:27, :88] > 190).mean(axis=0) > 0.5).mean() + 0.5 for f in frames]
    shown_s = (2 * np.array(square_px) - clips.FIRST_PX) / clips.SPEED_PX
    np.testing.assert_allclose(shown_s, wanted + TIME_S[0], atol=0.04)


def test_what_is_added_below_leaves_the_picture_as_it_is(tmp_path: Path) -> None:
    """A white strip of 24 rows under a picture of 56."""
    clip, time_s = clip_of(tmp_path)

    def draw(image: ImageArray, i: int, t: float) -> None:
        assert image.shape == (120, 104)
        image[56:80] = 235
        image.reshape(-1)[80 * 104 :].reshape(2, 40, 52)[:, 28:] = 128

    transcode(clip, time_s, tmp_path / "out.mp4", size=(104, 56), below_px=24, draw=draw)
    transcode(clip, time_s, tmp_path / "plain.mp4", size=(104, 56), draw=nothing)
    for with_strip, plain in zip(
        open_video(tmp_path / "out.mp4").frames(), open_video(tmp_path / "plain.mp4").frames(), strict=True
    ):
        assert np.abs(with_strip.image[:54].astype(int) - plain.image[:54]).mean() < 6
        assert with_strip.image[60:].min() > 225


def fails_at(n: int) -> Callable[[ImageArray, int, float], None]:
    def draw(image: ImageArray, i: int, time_s: float) -> None:
        if i == n:
            raise RuntimeError("no colour left")

    return draw


@pytest.mark.usefixtures("every_thread_ends")
@pytest.mark.parametrize("n", [0, 1, 20, 49])
def test_a_failure_while_drawing_is_raised_and_everything_stops(tmp_path: Path, n: int) -> None:
    clip, time_s = clip_of(tmp_path)
    with pytest.raises(RuntimeError, match="no colour left"):
        transcode(clip, time_s, tmp_path / "out.mp4", size=(104, 56), draw=fails_at(n))
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.usefixtures("every_thread_ends")
def test_a_failure_of_the_progress_display_is_raised_too(tmp_path: Path) -> None:
    clip, time_s = clip_of(tmp_path)

    def progress(n: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transcode(clip, time_s, tmp_path / "out.mp4", size=(104, 56), draw=nothing, progress=progress)
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.usefixtures("every_thread_ends")
def test_a_failure_while_decoding_is_raised(tmp_path: Path) -> None:
    clip, time_s = clip_of(tmp_path)
    data = clip.path.read_bytes()
    clip.path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="not there any more"):
        transcode(clip, time_s, tmp_path / "out.mp4", size=(104, 56), draw=nothing)
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.usefixtures("every_thread_ends")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_failure_while_encoding_is_raised(tmp_path: Path) -> None:
    """Noise is drawn, so the encoder writes to the full disk long before the last frame."""
    clip, time_s = clip_of(tmp_path)
    (tmp_path / "out.mp4").symlink_to("/dev/full")
    noise = np.random.default_rng(0)
    drawn = []

    def draw(image: ImageArray, i: int, t: float) -> None:
        image[:] = noise.integers(16, 235, image.shape)
        drawn.append(i)

    with pytest.raises(GaitError, match="cannot be written"):
        transcode(clip, time_s, tmp_path / "out.mp4", size=(208, 112), draw=draw)
    assert len(drawn) < 50
    assert not (tmp_path / "out.mp4").is_symlink()


def test_only_a_few_frames_are_held_however_slow_the_drawing(tmp_path: Path) -> None:
    clip, time_s = clip_of(tmp_path)
    alive: list[weakref.ref[ImageArray]] = []
    most = 0

    def draw(image: ImageArray, i: int, t: float) -> None:
        nonlocal most
        alive.append(weakref.ref(image))
        most = max(most, sum(held() is not None for held in alive))

    transcode(clip, time_s, tmp_path / "out.mp4", size=(104, 56), draw=draw)
    assert len(alive) == 50
    assert most <= 8


@pytest.mark.parametrize(
    ("video", "limit", "fitted"),
    [
        ((1920, 1080), 720, (1280, 720)),
        ((1080, 1920), 720, (720, 1280)),
        ((1768, 994), 720, (1280, 720)),
        ((640, 480), 720, (640, 480)),
        ((320, 480), 720, (480, 720)),
        ((64, 48), 720, (256, 192)),
        ((207, 111), 90, (166, 90)),
    ],
)
def test_the_size_is_even_and_fits_and_a_small_clip_is_enlarged(
    tmp_path: Path, video: tuple[int, int], limit: int, fitted: tuple[int, int]
) -> None:
    clip, _ = clip_of(tmp_path)
    info = type(clip.info)(**{**vars(clip.info), "width_px": video[0], "height_px": video[1]})
    assert fitted_size(info, limit) == fitted
