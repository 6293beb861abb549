"""What is no video on a disk is refused before it is opened, or by what its first bytes say it is."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from gait.errors import InputError
from gait.video.decode import ReadReport
from gait.video.reader import open_video
from tests.video import clips

SHOWN_S = np.arange(30) / 30


def ffconcat(folder: Path, neighbour: Path) -> None:
    (folder / "walk.mp4").write_text(f"ffconcat version 1.0\nfile {neighbour.name}\n")


def m3u8(folder: Path, neighbour: Path) -> None:
    (folder / "walk.mp4").write_text(
        f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\n{neighbour.name}\n#EXT-X-ENDLIST\n"
    )


def session_description(folder: Path, neighbour: Path) -> None:
    (folder / "walk.mp4").write_text("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 5004 RTP/AVP 96\n")


def dash(folder: Path, neighbour: Path) -> None:
    text = (
        f'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{neighbour.name}</BaseURL></MPD>'
    )
    (folder / "walk.mp4").write_text(text)


@pytest.mark.parametrize("playlist", [ffconcat, m3u8, session_description, dash])
def test_a_playlist_that_is_called_a_video_opens_no_other_file(
    tmp_path: Path, playlist: Callable[[Path, Path], None]
) -> None:
    neighbour = clips.write(tmp_path / "neighbour.ts", SHOWN_S, time_base=Fraction(1, 90_000))
    playlist(tmp_path, neighbour)
    with pytest.raises(InputError, match=r"walk\.mp4: is a list of other files \(a playlist\)"):
        open_video(tmp_path / "walk.mp4")


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_picture_that_is_called_a_video_is_told_where_pictures_go(tmp_path: Path, suffix: str) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / f"p{suffix}"), clips.picture(0.0))
    (tmp_path / f"p{suffix}").rename(tmp_path / "walk.mp4")
    with pytest.raises(InputError, match=r"is a picture, not a video.*gait photo"):
        open_video(tmp_path / "walk.mp4")


def test_a_pattern_of_picture_names_is_not_filled_in(tmp_path: Path) -> None:
    import cv2

    for name in ("walk%03d.jpg", "walk000.jpg", "walk001.jpg"):
        cv2.imwrite(str(tmp_path / name), clips.picture(0.0))
    with pytest.raises(InputError, match="is a picture"):
        open_video(tmp_path / "walk%03d.jpg")


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.mp4")
    return folder / "pipe.mp4"


def link_to_a_device(folder: Path) -> Path:
    (folder / "link.mp4").symlink_to("/dev/zero")
    return folder / "link.mp4"


def memory(folder: Path) -> Path:
    return Path("/proc/self/mem")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
@pytest.mark.parametrize("make", [fifo, link_to_a_device, memory])
def test_what_has_no_end_is_not_opened(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(InputError, match="is a device or a pipe, not a video"):
        open_video(make(tmp_path))


@pytest.mark.parametrize("name", ["x" * 300 + ".mp4", "walk\0.mp4", "walk.mp4/walk.mp4"])
def test_a_name_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    (tmp_path / "walk.mp4").touch()
    with pytest.raises(InputError):
        open_video(tmp_path / name)


def test_pictures_that_claim_gigabytes_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "large.avi", SHOWN_S, codec="rawvideo", b_frames=0, time_base=Fraction(1, 30))
    data = bytearray(path.read_bytes())
    # The size of the pictures in the header of the stream: BITMAPINFOHEADER.
    struct.pack_into("<ii", data, data.index(b"strf") + 12, 10000, 8000)
    path.write_bytes(data)
    with pytest.raises(InputError, match="10000 x 8000"):
        open_video(path)


@pytest.mark.parametrize("size", [(16, 16), (160, 90), (192, 108), (1280, 16), (16, 1280), (1920, 180)])
def test_small_and_elongated_pictures_are_read(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "small.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((size[1], size[0], 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode())
    frames = list(open_video(path).frames())
    assert [f.image.shape for f in frames] == [(size[1], size[0], 3)] * 5


def test_pictures_too_small_to_show_anybody_are_refused(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "walk.mkv", SHOWN_S[:3], size=(64, 2), codec="ffv1", b_frames=0)
    with pytest.raises(InputError, match="64 x 2 pixels are too small"):
        open_video(path)


@pytest.mark.parametrize("aspect", [Fraction(1, 1000), Fraction(1000, 1)])
def test_a_pixel_aspect_ratio_that_no_camera_has_is_not_believed(tmp_path: Path, aspect: Fraction) -> None:
    path = clips.write(tmp_path / "walk.mp4", SHOWN_S, time_base=Fraction(1, 90_000), pixel_aspect=aspect)
    info = open_video(path).info
    assert (info.width_px, info.height_px) == clips.SIZE


@pytest.mark.parametrize(
    ("part", "note"),
    [
        ((0.0, 0.0), "The file is damaged at 0.0 s; what cannot be read there was left out."),
        ((1.0, 2.5), "The file is damaged between 1.0 s and 2.5 s; that part was left out."),
    ],
)
def test_damage_of_no_length_is_a_place_and_no_part(part: tuple[float, float], note: str) -> None:
    assert ReadReport(damaged_s=[part]).notes == (note,)
