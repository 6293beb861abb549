"""Photographs that are broken, tiny, huge or something else."""

from __future__ import annotations

import functools
import os
import struct
import zlib
from pathlib import Path

import av
import cv2
import numpy as np

from tests.hostile.case import Case
from tests.hostile.damage import change_bytes, writer
from tests.hostile.videos import FULL, SAMPLES, TEXTS, drawn


@functools.cache
def photograph(suffix: str) -> bytes:
    """A frame of a rendered walk."""
    with av.open(str(SAMPLES / "side_walk.mp4")) as container:
        frame = next(f for i, f in enumerate(container.decode(video=0)) if i == 90)
    return bytes(cv2.imencode(suffix, frame.to_ndarray(format="bgr24"))[1].tobytes())


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has this size."""

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(bytes(1000))) + part(b"IEND", b"")


def odd_picture(rng: np.random.Generator) -> Case:
    """Return a photograph with something wrong."""
    way = str(rng.choice(["damaged", "damaged", "damaged", "size", "claims", "pipe", "text", "video"]))
    suffix = str(rng.choice([".jpg", ".png", ".webp", ".tiff", ".bmp"]))
    name = f"p{suffix}"
    make = writer(name, photograph(suffix))
    if way == "damaged":
        how, data = change_bytes(rng, photograph(suffix))
        way, make = f"{suffix} {how}", writer(name, data)
    elif way == "size":
        sizes = [(1, 1), (2, 2), (1, 3000), (3000, 1), (16, 16), (12000, 8), (64, 2000)]
        size = sizes[rng.integers(len(sizes))]
        grain = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
        way, make = f"{suffix} {size}", writer(name, cv2.imencode(suffix, grain)[1].tobytes())
    elif way == "claims":
        size = [(60_000, 60_000), (2**31 - 1, 1), (0, 0), (30_000, 30_000), (12_000, 12_000)][rng.integers(5)]
        way, make = f"claims {size}", writer(name, claims(*size))
    elif way == "pipe":

        def make(folder: Path) -> None:
            os.mkfifo(folder / name)
    elif way == "text":
        make = writer(name, TEXTS[str(rng.choice(sorted(TEXTS)))].encode())
    else:
        make = writer(name, drawn(".mp4", "mpeg4"))
    detector = FULL if rng.random() < 0.5 else ()
    return Case(kind="photograph", name=way, arguments=("photo", name, *detector), make=make)
