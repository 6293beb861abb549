"""Photographs as cameras and phones leave them: upright, turned, cut off, or something else."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from gait.errors import InputError
from gait.types import ImageArray
from gait.video.photo import open_photo

# What each EXIF orientation does to the upright picture when a camera stores it.
STORED: dict[int, Callable[[ImageArray], ImageArray]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a),
    7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


def upright() -> ImageArray:
    """Wider than high, with a red corner above left and a blue one above right."""
    picture = np.full((64, 96, 3), 128, np.uint8)
    picture[:24, :24] = (255, 0, 0)
    picture[:24, -24:] = (0, 0, 255)
    return picture


def encoded(rgb: ImageArray, suffix: str = ".jpg") -> bytes:
    return cv2.imencode(suffix, cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGR))[1].tobytes()


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """Put an EXIF part with this orientation, and nothing else, behind the start of a JPEG."""
    entry = bytes.fromhex("0112 0003 00000001") + orientation.to_bytes(2, "big") + b"\0\0"
    tiff = b"MM\0\x2a\0\0\0\x08" + b"\0\x01" + entry + b"\0\0\0\0"
    part = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + (len(part) + 2).to_bytes(2, "big") + part + jpeg[2:]


@pytest.mark.parametrize("orientation", STORED)
def test_a_photograph_stands_upright_however_the_camera_stored_it(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(with_orientation(encoded(STORED[orientation](upright())), orientation))
    photo = open_photo(path)
    assert (photo.info.width_px, photo.info.height_px) == (96, 64)
    assert np.abs(photo.rgb.astype(int) - upright()).mean() < 6


def test_a_photograph_is_a_clip_of_one_frame_that_can_be_sent_to_another_process(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(encoded(upright(), ".png"))
    photo = pickle.loads(pickle.dumps(open_photo(path)))
    (frame,) = photo.frames_at(np.zeros(1))
    assert frame.time_s == 0
    assert np.array_equal(frame.image, upright())
    with pytest.raises(ValueError, match="gray"):
        list(photo.frames_at(np.zeros(1), pixel_format="gray"))


def test_grey_16_bit_and_transparent_pictures_become_rgb(tmp_path: Path) -> None:
    grey = np.tile(np.linspace(0, 65535, 96).astype(np.uint16), (64, 1))
    clear = np.dstack([upright()[..., ::-1], np.full((64, 96), 200, np.uint8)])
    for name, picture in (("grey", grey), ("clear", clear)):
        path = tmp_path / f"{name}.png"
        path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
        rgb = open_photo(path).rgb
        assert rgb.shape == (64, 96, 3)
        assert rgb.dtype == np.uint8
    assert np.array_equal(rgb, upright())


def test_the_preview_inside_a_cut_off_photograph_does_not_make_it_whole(tmp_path: Path) -> None:
    jpeg = encoded(np.random.default_rng(1).integers(0, 255, (200, 300, 3)).astype(np.uint8))
    preview = encoded(upright())
    part = b"\xff\xe2" + (len(preview) + 2).to_bytes(2, "big") + preview
    whole = jpeg[:2] + part + jpeg[2:]
    path = tmp_path / "photo.jpg"
    path.write_bytes(whole)
    assert open_photo(path).info.width_px == 300
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut off"):
        open_photo(path)


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("missing.jpg", None, "no such file"),
        ("empty.jpg", b"", "empty"),
        ("letter.jpg", b"Dear doctor, " * 50, "not a picture"),
        ("half.png", encoded(upright(), ".png")[:-20], "cut off"),
        ("phone.heic", b"\0\0\0\x18ftypheic" + b"\0" * 50, "HEIC"),
    ],
)
def test_what_is_no_picture_is_named_with_the_reason(
    tmp_path: Path, name: str, content: bytes | None, word: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=word) as raised:
        open_photo(tmp_path / name)
    assert name in str(raised.value)


def test_a_folder_is_not_a_picture(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder"):
        open_photo(tmp_path)
