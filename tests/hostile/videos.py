"""Videos that are none, or are broken, or lie about their times and sizes."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.hostile.case import Case
from tests.hostile.damage import change_bytes, writer

SAMPLES = Path(__file__).parents[2] / "sample_videos"
FULL = ("--detector", "full-frame")


@functools.cache
def walker(suffix: str, n_frames: int = 24) -> bytes:
    """The first frames of a rendered walk, copied into a container."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, f"walk{suffix}")
        with av.open(str(SAMPLES / "side_walk.mp4")) as old, av.open(str(path), "w") as new:
            stream = new.add_stream_from_template(old.streams.video[0])
            for number, packet in enumerate(p for p in old.demux(video=0) if p.size):
                if number >= n_frames:
                    break
                packet.stream = stream
                new.mux(packet)
        return path.read_bytes()


@functools.cache
def drawn(suffix: str, codec: str, size: tuple[int, int] = (208, 112), n_frames: int = 20) -> bytes:
    """A few grainy pictures in any codec and size."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, f"walk{suffix}")
        _write(path, codec, size, [i / 30 for i in range(n_frames)])
        return path.read_bytes()


def _write(path: Path, codec: str, size: tuple[int, int], time_s: list[float], aspect: Fraction | None = None) -> None:
    base = Fraction(1, 30) if path.suffix == ".avi" or codec == "mpeg4" else Fraction(1, 90_000)
    grain = np.random.default_rng(0).integers(60, 200, (size[1], size[0], 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30)
        stream.width, stream.height = size
        stream.pix_fmt = {"mjpeg": "yuvj420p", "png": "rgb24"}.get(codec, "yuv420p")
        stream.time_base = stream.codec_context.time_base = base
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        for number, t in enumerate(time_s):
            picture = np.roll(grain, 4 * number, axis=1)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = round(t / base), base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _run(name: str, *more: str) -> tuple[str, ...]:
    return ("run", name, *FULL, *more)


def mutated(rng: np.random.Generator) -> Case:
    """Return a video whose bytes were changed somewhere."""
    suffix, codec = [(".mp4", ""), (".mkv", ""), (".ts", ""), (".mov", ""), (".avi", "mpeg4"), (".mkv", "mjpeg"),
                     (".mp4", "mpeg4"), (".avi", "libx264")][rng.integers(8)]  # fmt: skip
    whole = drawn(suffix, codec) if codec else walker(suffix)
    how, data = change_bytes(rng, whole)
    overlay = () if rng.random() < 0.3 else ("--no-overlay",)
    return Case(
        kind="damaged video", name=f"{suffix} {codec}: {how}", arguments=_run(f"walk{suffix}", *overlay),
        make=writer(f"walk{suffix}", data),
    )  # fmt: skip


def _picture(suffix: str) -> bytes:
    import cv2

    grain = np.random.default_rng(1).integers(0, 255, (90, 160, 3), dtype=np.uint8)
    return bytes(cv2.imencode(suffix, grain)[1].tobytes())


TEXTS: dict[str, str] = {
    "ffconcat": "ffconcat version 1.0\nfile other.ts\n",
    "ffconcat of a device": "ffconcat version 1.0\nfile /dev/zero\n",
    "m3u8": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\nother.ts\n#EXT-X-ENDLIST\n",
    "m3u8 of the network": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\nhttp://192.0.2.1/a.ts\n#EXT-X-ENDLIST\n",
    "dash": '<?xml version="1.0"?>\n<MPD><Period><BaseURL>other.ts</BaseURL></Period></MPD>',
    "sdp": "v=0\no=- 0 0 IN IP4 192.0.2.1\ns=x\nc=IN IP4 192.0.2.1\nm=video 5004 RTP/AVP 96\n",
    "pls": "[playlist]\nFile1=other.ts\n",
    "asx": '<asx version="3"><entry><ref href="other.ts"/></entry></asx>',
    "html": "<!doctype html><video src=other.ts>",
    "letter": "Dear doctor,\n" * 40,
    "subtitles": "1\n00:00:00,000 --> 00:00:10,000\nHello\n",
    "avisynth": 'AviSource("other.ts")\n',
    "lavfi": "testsrc=size=320x240:rate=25",
    "byte": "x",
}
HEADS: dict[str, bytes] = {
    "zip": b"PK\x03\x04" + bytes(300),
    "pdf": b"%PDF-1.7\n" + bytes(300),
    "gzip": b"\x1f\x8b\x08" + bytes(300),
    "zeros": bytes(4096),
    "wave": b"RIFF\x24\x08\x00\x00WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\0\x08\0\0" + bytes(2048),
    "mp3": b"\xff\xfb\x90\x00" + bytes(413) + b"\xff\xfb\x90\x00" + bytes(413),
    "parquet": b"PAR1" + bytes(100) + b"PAR1",
    "swf": b"FWS\x06" + bytes(100),
    "gif": b"GIF89a\xff\xff\xff\xff\xf0\0\0" + bytes(6),
    "empty": b"",
}  # fmt: skip


def no_video(rng: np.random.Generator) -> Case:
    """Return something else that is called a video."""
    other: dict[str, Callable[[Path], object]] = {
        "a pipe": lambda folder: os.mkfifo(folder / "walk.mp4"),
        "a folder": lambda folder: (folder / "walk.mp4").mkdir(),
        "a link to itself": lambda folder: (folder / "walk.mp4").symlink_to("walk.mp4"),
        "a link to nothing": lambda folder: (folder / "walk.mp4").symlink_to("nowhere"),
        "a link to a device": lambda folder: (folder / "walk.mp4").symlink_to("/dev/zero"),
        "a link to memory": lambda folder: (folder / "walk.mp4").symlink_to("/proc/self/mem"),
        "a picture": writer("walk.mp4", _picture(".jpg")),
        "another picture": writer("walk.mp4", _picture(".png")),
        "a third picture": writer("walk.mp4", _picture(".webp")),
        "nothing at all": lambda folder: None,
    }
    other |= {name: writer("walk.mp4", text.encode()) for name, text in TEXTS.items()}
    other |= {name: writer("walk.mp4", data) for name, data in HEADS.items()}
    noise = rng.integers(0, 256, int(rng.integers(1, 20_000)), dtype=np.uint8).tobytes()
    other |= {"noise": writer("walk.mp4", noise), "noise in MP4": writer("walk.mp4", b"\0\0\0\x20ftypisom" + noise)}
    name = str(rng.choice(sorted(other)))

    def make(folder: Path) -> None:
        (folder / "other.ts").write_bytes(walker(".ts"))
        other[name](folder)

    return Case(kind="no video", name=name, arguments=_run("walk.mp4", "--no-overlay"), make=make)


def retimed(rng: np.random.Generator) -> Case:
    """Return a walk whose timestamps are wrong."""
    n = 24
    time_s = np.arange(n) / 30
    way = str(rng.choice(["gap", "gaps", "one", "steps", "dense", "late", "slow", "random"]))
    far_s = float(10 ** rng.uniform(-3, 6))
    if way == "gap":
        time_s[rng.integers(1, n) :] += far_s
    elif way == "gaps":
        time_s += np.cumsum(rng.random(n) < 0.3) * far_s
    elif way == "one":
        time_s[-1] += far_s
    elif way == "steps":
        time_s = np.arange(n) * far_s
    elif way == "dense":
        time_s = np.arange(n) * 1e-3
    elif way == "late":
        time_s += far_s
    elif way == "slow":
        time_s = np.arange(n) * 4.9
    else:
        time_s = np.sort(rng.uniform(0, far_s, n))
    suffix = str(rng.choice([".mkv", ".mp4", ".mov"]))

    def make(folder: Path) -> None:
        base = Fraction(1, 1000)
        source = folder / "source.mkv"
        source.write_bytes(walker(".mkv", n))
        last = -1
        with av.open(str(source)) as old, av.open(str(folder / f"walk{suffix}"), "w") as new:
            stream = new.add_stream_from_template(old.streams.video[0])
            for packet, t in zip((p for p in old.demux(video=0) if p.size), time_s, strict=False):
                packet.stream, packet.time_base = stream, base
                last = max(round(t / base), last + 1)
                packet.pts = packet.dts = last
                new.mux(packet)
        source.unlink()

    more = [(), ("--no-overlay",), ("--fps", "10"), ("--start", "0.2")][rng.integers(4)]
    return Case(kind="wrong times", name=f"{way} {far_s:.3g} s", arguments=_run(f"walk{suffix}", *more), make=make)


def odd_size(rng: np.random.Generator) -> Case:
    """Return a video of a size, or of pixels, that no camera has."""
    sizes = [(1, 1), (2, 2), (16, 16), (64, 2), (2, 64), (160, 90), (192, 108), (1280, 16), (16, 1280), (1920, 180),
             (180, 1920), (1280, 270), (3840, 64), (33, 17), (4096, 2304), (8000, 16)]  # fmt: skip
    size = sizes[rng.integers(len(sizes))]
    aspect = [None, None, Fraction(1, 255), Fraction(255, 1), Fraction(4, 3), Fraction(3, 1)][rng.integers(6)]
    more = [FULL, (), ("--box", "0,0,50,50"), (*FULL, "--no-overlay")][rng.integers(4)]

    def make(folder: Path) -> None:
        _write(folder / "walk.nut", "png", size, [i / 30 for i in range(12)], aspect)

    return Case(kind="odd size", name=f"{size} {aspect}", arguments=("run", "walk.nut", *more), make=make)
