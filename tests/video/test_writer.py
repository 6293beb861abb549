"""What is written comes back: the same moments, the same pictures, a file that plays while it loads."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from gait.errors import GaitError
from gait.video import VideoWriter, open_video
from tests.video import clips

IRREGULAR_S = np.cumsum([0, 0.033, 0.034, 0.1, 0.017, 0.017, 0.25, 0.033, 0.5, 0.02] + [0.04] * 50)
WIDTH, HEIGHT = clips.SIZE


def write(path: Path, time_base: Fraction, *, planar: bool = False) -> None:
    with VideoWriter(path, width=WIDTH, height=HEIGHT, time_base=time_base, fps_hint=30) as writer:
        for t in IRREGULAR_S:
            image = clips.picture(t)
            if planar:
                image = av.VideoFrame.from_ndarray(image, format="rgb24").to_ndarray(format="yuv420p")
            writer.write(image, t)


@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("time_base", [Fraction(1, 1000), Fraction(1, 90000), Fraction(1, 600), Fraction(1, 10**7)])
def test_irregular_times_come_back_exactly(tmp_path: Path, time_base: Fraction, planar: bool) -> None:
    write(tmp_path / "out.mp4", time_base, planar=planar)
    frames = list(open_video(tmp_path / "out.mp4").frames())
    ticks = [round(t / time_base) for t in IRREGULAR_S]
    np.testing.assert_allclose([f.time_s for f in frames], [float(n * time_base) for n in ticks], atol=1e-9)
    np.testing.assert_allclose([clips.time_shown(f.image) for f in frames], IRREGULAR_S, atol=0.015)
    assert np.abs(frames[0].image.astype(int) - clips.picture(0.0)).mean() < 6


def test_a_browser_can_play_it_while_it_loads_and_jump_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    write(path, Fraction(1, 1000))
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "the index comes first"
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        key_frames = [i for i, packet in enumerate(container.demux(stream)) if packet.size and packet.is_keyframe]
    assert key_frames == [0, 30]


@pytest.mark.parametrize(("width", "height"), [(207, 112), (208, 111), (0, 112)])
def test_odd_sizes_are_refused(tmp_path: Path, width: int, height: int) -> None:
    with pytest.raises(ValueError, match=f"{width} x {height}"):
        VideoWriter(tmp_path / "out.mp4", width=width, height=height, time_base=Fraction(1, 30), fps_hint=30)
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(
    ("image", "time_s"), [(clips.picture(0.1), 0.0), (clips.picture(0.1)[:-2], 0.1), (clips.picture(0.1)[..., 0], 0.1)]
)
def test_a_wrong_frame_ends_the_file(tmp_path: Path, image: clips.Image, time_s: float) -> None:
    """A time that does not increase, a picture of another size, a grey one."""
    path = tmp_path / "out.mp4"
    with (
        pytest.raises(ValueError, match="VideoWriter"),
        VideoWriter(path, width=WIDTH, height=HEIGHT, time_base=Fraction(1, 30), fps_hint=30) as writer,
    ):
        writer.write(clips.picture(0.0), 0.0)
        writer.write(image, time_s)
    assert not path.exists()


def test_an_error_while_writing_leaves_no_half_file(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with (
        pytest.raises(RuntimeError, match="the drawing failed"),
        VideoWriter(path, width=WIDTH, height=HEIGHT, time_base=Fraction(1, 30), fps_hint=30) as writer,
    ):
        writer.write(clips.picture(0.0), 0.0)
        raise RuntimeError("the drawing failed")
    assert not path.exists()


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(GaitError, match=r"nowhere/out\.mp4: the video cannot be written"):
        write(tmp_path / "nowhere" / "out.mp4", Fraction(1, 30000))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.symlink_to("/dev/full")
    with pytest.raises(GaitError, match=r"out\.mp4: the video cannot be written"):
        write(path, Fraction(1, 1000))
    assert not path.is_symlink()
