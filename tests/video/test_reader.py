"""Which frames a clip gives, when they are, and what is said of files that are broken or are not videos."""

from __future__ import annotations

import functools
import pickle
import re
import sys
import tempfile
import wave
import weakref
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gait.errors import GaitError, InputError, UsageError
from gait.types import FloatArray
from gait.video import open_video, probe
from tests.video import clips

STEADY_S = np.arange(60) / 30
HALF_PIXEL_S = 0.6 / clips.SPEED_PX


@functools.cache
def _steady(**how: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return clips.write(Path(folder) / "walk.mp4", STEADY_S, time_base=Fraction(1, 15360), **how).read_bytes()


def steady(folder: Path, **how: Any) -> Path:
    """Two seconds at 30 frames per second, with B-frames."""
    path = folder / "walk.mp4"
    path.write_bytes(_steady(**how))
    return path


def times_of(path: Path, **choice: float) -> FloatArray:
    return np.array([f.time_s for f in open_video(path, **choice).frames(size=(16, 16), pixel_format="gray")])


def test_every_frame_comes_in_order_with_its_own_time(tmp_path: Path) -> None:
    frames = list(open_video(steady(tmp_path)).frames())
    assert [f.index for f in frames] == list(range(60))
    np.testing.assert_allclose([f.time_s for f in frames], STEADY_S, atol=1e-9)
    np.testing.assert_allclose([clips.time_shown(f.image) for f in frames], STEADY_S, atol=HALF_PIXEL_S)


def test_what_the_file_says_of_itself(tmp_path: Path) -> None:
    info = probe(steady(tmp_path))
    assert (info.width_px, info.height_px, info.rotation_deg) == (*clips.SIZE, 0)
    assert (info.nominal_fps, info.n_frames, info.codec) == (30.0, 60, "h264")
    assert info.duration_s == pytest.approx(2.0)
    assert not info.is_variable_rate


@pytest.mark.parametrize(
    ("choice", "expected"), [({}, 60), ({"fps": 10}, 20), ({"start_s": 0.5, "end_s": 1.0}, 15), ({"fps": 100}, 60)]
)
def test_how_many_frames_to_expect(tmp_path: Path, choice: dict[str, float], expected: int) -> None:
    clip = open_video(steady(tmp_path), **choice)
    assert clip.expected_frames == expected == len(list(clip.frames()))
    assert clip.damage is None


@pytest.mark.parametrize("name", ["walk.mp4", "walk.mkv", "walk.mov"])
def test_irregular_times_are_the_timestamps_not_the_frame_number_over_the_rate(tmp_path: Path, name: str) -> None:
    time_s = np.cumsum([0, 0.033, 0.034, 0.1, 0.017, 0.017, 0.25, 0.033, 0.033, 0.5, 0.02] + [0.04] * 20)
    clip = open_video(clips.write(tmp_path / name, time_s))
    frames = list(clip.frames())
    np.testing.assert_allclose([f.time_s for f in frames], time_s, atol=1e-6)
    np.testing.assert_allclose([clips.time_shown(f.image) for f in frames], time_s, atol=HALF_PIXEL_S)
    assert clip.info.is_variable_rate


@pytest.mark.parametrize("first_s", [0.0, 1.5])
def test_time_counts_from_the_first_frame_wherever_the_file_starts(tmp_path: Path, first_s: float) -> None:
    frames = list(open_video(clips.write(tmp_path / "walk.mkv", STEADY_S + first_s)).frames())
    assert frames[0].time_s == 0.0
    np.testing.assert_allclose([clips.time_shown(f.image) - first_s for f in frames], STEADY_S, atol=HALF_PIXEL_S)
    np.testing.assert_allclose([f.time_s for f in frames], STEADY_S, atol=0.001)


def test_timestamps_below_zero_are_only_another_start(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "walk.avi", STEADY_S, codec="mpeg4", time_base=Fraction(1, 30))
    np.testing.assert_allclose(times_of(path), STEADY_S, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "size"),
    [
        ("odd.mkv", "ffv1", "yuv444p", (207, 111)),
        ("ten_bit.mkv", "ffv1", "yuv420p10le", clips.SIZE),
        ("ten_bit.mp4", "libx265", "yuv420p10le", clips.SIZE),
        ("full_range.avi", "mjpeg", "yuvj420p", clips.SIZE),
        ("web.webm", "libvpx-vp9", "yuv420p", clips.SIZE),
    ],
)
def test_any_codec_depth_and_size(tmp_path: Path, name: str, codec: str, pix_fmt: str, size: tuple[int, int]) -> None:
    options = {
        "libx265": {"x265-params": "log-level=none"},
        "libvpx-vp9": {"cpu-used": "8", "crf": "10", "b": "0"},
        "mjpeg": {"qmax": "2"},
    }.get(codec)
    base = Fraction(1, 30) if name.endswith("avi") else clips.MILLISECOND
    path = clips.write(
        tmp_path / name,
        STEADY_S[:20],
        b_frames=0,
        codec=codec,
        pix_fmt=pix_fmt,
        size=size,
        time_base=base,
        options=options,
    )
    frames = list(open_video(path).frames())
    assert [f.image.shape for f in frames] == [(size[1], size[0], 3)] * 20
    np.testing.assert_allclose([clips.time_shown(f.image) for f in frames], STEADY_S[:20], atol=HALF_PIXEL_S)
    assert np.abs(frames[0].image[10:14, 10:14].astype(int) - (220, 0, 0)).max() < 30


@pytest.mark.parametrize("pixel_format", ["rgb24", "gray", "yuv420p"])
@pytest.mark.parametrize(
    ("stored_turns", "matrix", "rotation_deg"),
    [(1, (0, 1, -1, 0), 90), (2, (-1, 0, 0, -1), 180), (3, (0, -1, 1, 0), 270)],
)
def test_a_phone_held_upright_gives_an_upright_picture(
    tmp_path: Path, stored_turns: int, matrix: tuple[int, int, int, int], rotation_deg: int, pixel_format: str
) -> None:
    path = steady(tmp_path, stored_turns=stored_turns)
    clips.set_display_matrix(path, *matrix)
    clip = open_video(path)
    assert clip.info.rotation_deg == rotation_deg
    assert (clip.info.width_px, clip.info.height_px) == clips.SIZE
    frames = list(clip.frames(pixel_format=pixel_format))
    np.testing.assert_allclose([clips.time_shown(f.image) for f in frames], STEADY_S, atol=HALF_PIXEL_S)
    if pixel_format == "rgb24":
        assert frames[0].image[12, 12, 0] > 180 > frames[0].image[-12, -12, 0]
    if pixel_format == "yuv420p":
        red_difference = frames[0].image.reshape(-1)[-(104 * 56) :].reshape(56, 104)
        assert red_difference[6, 6] > 200 > red_difference[-6, -6]


@pytest.mark.parametrize("turn", [(1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0)])
def test_a_mirrored_video_is_shown_as_the_camera_saw_it(tmp_path: Path, turn: tuple[int, int, int, int]) -> None:
    """A mirrored picture would exchange the left and the right leg."""
    a, b, c, d = turn
    path = steady(tmp_path)
    clips.set_display_matrix(path, -a, -b, c, d)  # left to right first, then the turn
    image = next(open_video(path).frames()).image
    expected = clips.picture(0.0)[:, ::-1]
    matrix_turns = {(1, 0): 0, (0, 1): -1, (-1, 0): 2, (0, -1): 1}[(a, b)]
    expected = np.rot90(expected, matrix_turns)
    assert np.abs(image.astype(int) - expected).mean() < 6


def test_oblong_pixels_are_made_square(tmp_path: Path) -> None:
    """Old camcorders store 720 x 576 for a picture that is 768 wide: angles would be wrong."""
    clip = open_video(steady(tmp_path, pixel_aspect=Fraction(16, 13)))
    assert (clip.info.width_px, clip.info.height_px) == (256, 112)
    image = next(clip.frames()).image
    assert image.shape == (112, 256, 3)
    columns = np.flatnonzero((image[40:56, :, 1] > 190).mean(axis=0) > 0.5)
    assert (columns[0], columns[-1] + 1) == pytest.approx((12 * 16 / 13, 28 * 16 / 13), abs=1.5)


def test_scaling_happens_in_the_upright_picture(tmp_path: Path) -> None:
    path = steady(tmp_path, stored_turns=1)
    clips.set_display_matrix(path, 0, 1, -1, 0)
    clip = open_video(path)
    full, half = next(clip.frames()).image, next(clip.frames(size=(104, 56))).image
    assert half.shape == (56, 104, 3)
    blocks = full.reshape(56, 2, 104, 2, 3).mean(axis=(1, 3))
    assert np.abs(half - blocks).mean() < 4


@pytest.mark.parametrize("size", [(103, 56), (104, 55)])
def test_planar_pictures_need_even_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="even"):
        next(open_video(steady(tmp_path)).frames(size=size, pixel_format="yuv420p"))


def test_half_the_frame_rate_is_every_other_frame(tmp_path: Path) -> None:
    np.testing.assert_allclose(times_of(steady(tmp_path), fps=15), STEADY_S[::2], atol=1e-9)


@pytest.mark.parametrize("fps", [30, 60, 29.97, 1000])
def test_asking_for_more_than_there_is_gives_every_frame(tmp_path: Path, fps: float) -> None:
    path = clips.write(tmp_path / "walk.mkv", STEADY_S)  # whole milliseconds: intervals of 33 and 34
    assert len(times_of(path, fps=fps)) == 60


@pytest.mark.parametrize("every", [2, 3, 4, 5, 6])
def test_rounded_timestamps_do_not_make_the_sampling_irregular(tmp_path: Path, every: int) -> None:
    path = clips.write(tmp_path / "walk.mkv", STEADY_S)
    np.testing.assert_allclose(times_of(path, fps=30 / every), STEADY_S[::every], atol=0.001)


def test_no_two_sampled_frames_fall_into_the_same_period(tmp_path: Path) -> None:
    """A burst of close frames, a pause, and a burst again."""
    time_s = np.concatenate([np.arange(0, 0.5, 0.01), np.arange(1.03, 1.5, 0.01)])
    sampled = times_of(clips.write(tmp_path / "walk.mkv", time_s), fps=10)
    assert len(sampled) == 10
    assert len(set(np.floor(sampled * 10 + 0.3))) == 10


@pytest.mark.parametrize("key_every", [7, 1000])
@pytest.mark.parametrize("name", ["walk.mp4", "walk.mkv", "walk.ts", "walk.avi"])
def test_a_part_is_cut_half_open(tmp_path: Path, name: str, key_every: int) -> None:
    """Whatever is not decoded before the start, the frames keep their times, numbers and pictures."""
    base = {"mkv": clips.MILLISECOND, "avi": Fraction(1, 30)}.get(name[5:], Fraction(1, 90000))
    codec = "mpeg4" if name.endswith("avi") else "libx264"
    path = clips.write(tmp_path / name, STEADY_S, time_base=base, key_every=key_every, codec=codec)
    whole = list(open_video(path).frames())
    for first in (1, 13, 14, 15, 20, 40, 59):
        start_s = whole[first].time_s
        part = list(open_video(path, start_s=start_s, end_s=1.5).frames() if start_s < 1.5 else [])
        assert [f.index for f in part] == list(range(first, 45))[: len(part)]
        assert len(part) == max(0, 45 - first)
        assert all(np.array_equal(f.image, whole[f.index].image) for f in part)
        assert all(f.time_s == whole[f.index].time_s for f in part)


def test_each_pass_and_each_start_sample_the_same_frames(tmp_path: Path) -> None:
    path = steady(tmp_path)
    whole = times_of(path, fps=12)
    assert np.array_equal(whole, times_of(path, fps=12))
    assert set(times_of(path, fps=12, start_s=1.0)) == set(whole[whole >= 1.0])


@pytest.mark.parametrize("key_every", [12, 1000])
@pytest.mark.parametrize("name", ["walk.mp4", "walk.mkv", "walk.ts"])
def test_a_worker_gets_its_segment_exactly(tmp_path: Path, name: str, key_every: int) -> None:
    """Each third of the clip, asked for by time, is the same as in one pass from the start; also with one key frame."""
    base = clips.MILLISECOND if name.endswith("mkv") else Fraction(1, 90000)
    clip = open_video(clips.write(tmp_path / name, STEADY_S, key_every=key_every, time_base=base), fps=20)
    whole = list(clip.frames())
    clip = pickle.loads(pickle.dumps(clip))
    for part in np.array_split(np.arange(len(whole)), 3):
        wanted = [whole[i] for i in part]
        got = list(clip.frames_at([f.time_s for f in wanted], threads=1))
        assert [f.time_s for f in got] == [f.time_s for f in wanted]
        assert all(np.array_equal(a.image, b.image) for a, b in zip(got, wanted, strict=True))


def test_a_single_frame_can_be_asked_for(tmp_path: Path) -> None:
    clip = open_video(steady(tmp_path))
    for t in times_of(clip.path)[::3]:
        (frame,) = clip.frames_at([t])
        assert clips.time_shown(frame.image) == pytest.approx(t, abs=HALF_PIXEL_S)


def test_asking_for_a_moment_between_frames_is_an_error_not_another_frame(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"1\.010 s"):
        list(open_video(steady(tmp_path)).frames_at([1.0, 1.01]))


def test_a_stream_without_timestamps_is_read_at_its_stated_rate_and_says_so(tmp_path: Path) -> None:
    clip = open_video(clips.write(tmp_path / "walk.h264", STEADY_S[:40], options={"x264-params": "fps=30"}))
    frames = list(clip.frames())
    interval_s = 1 / clip.info.nominal_fps
    np.testing.assert_allclose([f.time_s for f in frames], np.arange(40) * interval_s, atol=1e-6)
    np.testing.assert_allclose([clips.time_shown(f.image) for f in frames], STEADY_S[:40], atol=HALF_PIXEL_S)
    assert "no timestamps" in str(clip.damage)
    assert [f.index for f in clip.frames_at([10 * interval_s, 20 * interval_s])] == [10, 20]


def test_repeated_timestamps_are_left_out_with_a_note(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "walk.mkv", STEADY_S, b_frames=0, codec="mjpeg", pix_fmt="yuvj420p")
    data = bytearray(path.read_bytes())
    # In Matroska, a 16-bit time from the start of a cluster and a byte of flags stand before the picture: the first
    # one that is not the first of its cluster gets the time of the one before.
    times = [found.start() - 3 for found in re.finditer(b"\xff\xd8\xff", data)]
    later = next(at for at in times if data[at : at + 2] != b"\x00\x00")
    data[later : later + 2] = b"\x00\x00"
    path.write_bytes(data)
    clip = open_video(path)
    assert len(list(clip.frames())) == 59
    assert clip.damage == "1 frame was left out because its timestamp repeats or runs backwards."


def read_broken(path: Path, content: bytes, threads: int = 0) -> tuple[list[int], tuple[str, ...]]:
    """Numbers of the frames that are given once the content is broken; each must be pixel for pixel what it was."""
    whole = {f.index: f for f in open_video(path).frames()}
    path.write_bytes(content)
    clip = open_video(path)
    frames = list(clip.frames(threads=threads))
    assert all(np.array_equal(f.image, whole[f.index].image) for f in frames)
    assert all(f.time_s == whole[f.index].time_s for f in frames)
    assert clip.damage == (" ".join(clip.report.notes) or None)
    return [f.index for f in frames], clip.report.notes


@pytest.mark.parametrize("name", ["walk.mp4", "walk.mkv", "walk.ts"])
def test_a_file_cut_off_in_the_middle_gives_its_first_half(
    tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    base = clips.MILLISECOND if name.endswith("mkv") else Fraction(1, 90000)
    path = clips.write(tmp_path / name, STEADY_S, time_base=base)
    stored = clips.packets(path)
    _, position, size = stored[40]
    given, notes = read_broken(path, path.read_bytes()[: position + size // 2])
    assert given == list(range(len(given)))
    assert 36 <= len(given) <= 40
    if not name.endswith("ts"):  # a transport stream does not say how long it is meant to be
        assert notes == (f"The file is damaged after {len(given) / 30:.1f} s; only the part before it was used.",)
    assert capfd.readouterr().err == ""


def test_a_file_cut_off_between_two_frames_is_noticed_too(tmp_path: Path) -> None:
    path = steady(tmp_path, b_frames=0)
    _, position, size = clips.packets(path)[29]
    given, notes = read_broken(path, path.read_bytes()[: position + size])
    assert given == list(range(30))
    assert notes == ("The file is damaged after 1.0 s; only the part before it was used.",)


@pytest.mark.parametrize("threads", [1, 2, 0])
@pytest.mark.parametrize(
    ("stored_as", "sound_share"), [(24, 0), (24, 0.6), (25, 0), (26, 0), (27, 0), (30, 0), (34, 0)]
)
def test_a_damaged_middle_is_left_out_up_to_a_sound_key_frame(
    tmp_path: Path, stored_as: int, sound_share: float, threads: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """One stored picture is overwritten, or its end is; the eleven after each key frame depend on it."""
    path = steady(tmp_path)
    broken = bytearray(path.read_bytes())
    _, position, size = clips.packets(path)[stored_as]
    n_sound = max(5, round(sound_share * size))
    broken[position + n_sound : position + size] = b"\xff" * (size - n_sound)
    given, notes = read_broken(path, bytes(broken), threads)
    left_out = sorted(set(range(60)) - set(given))
    assert left_out == list(range(left_out[0], left_out[-1] + 1)), "one part without holes"
    assert stored_as - 6 <= left_out[0] <= stored_as + 3
    assert left_out[-1] in (35, 47)
    start_s, end_s = left_out[0] / 30, (left_out[-1] + 1) / 30
    assert notes == (f"The file is damaged between {start_s:.1f} s and {end_s:.1f} s; that part was left out.",)
    clip = open_video(path)
    time_s = [f.time_s for f in clip.frames(threads=threads)]
    assert [f.time_s for f in clip.frames_at(time_s, threads=1)] == time_s
    assert capfd.readouterr().err == ""


def audio(folder: Path) -> Path:
    with wave.open(str(folder / "sound.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    return folder / "sound.wav"


def text(folder: Path) -> Path:
    path = folder / "notes.txt"
    path.write_text("The patient walks with a cane.\n" * 50)
    return path


def text_that_claims_to_be_a_video(folder: Path) -> Path:
    return text(folder).rename(folder / "walk.mp4")


def empty(folder: Path) -> Path:
    (folder / "walk.mp4").touch()
    return folder / "walk.mp4"


def missing(folder: Path) -> Path:
    return folder / "walk.mp4"


def directory(folder: Path) -> Path:
    return folder


def without_index(folder: Path) -> Path:
    """An MP4 whose recording was interrupted before the index at its end was written."""
    path = steady(folder)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"ftyp") + 28] + data[data.index(b"mdat") - 4 :][:5000])
    return path


def unknown_codec(folder: Path) -> Path:
    path = steady(folder)
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzz9"))
    return path


def nothing_decodable(folder: Path) -> Path:
    path = steady(folder)
    data = bytearray(path.read_bytes())
    for _, position, size in clips.packets(path):
        data[position + 4 : position + size] = b"\xff" * (size - 4)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (audio, "only sound"),
        (text, "not a video"),
        (text_that_claims_to_be_a_video, "not a video"),
        (empty, "empty"),
        (missing, "no such file"),
        (directory, "folder"),
        (without_index, "cut off"),
        (unknown_codec, "unknown way"),
        (nothing_decodable, "no frame"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_not_a_video_is_refused_in_one_sentence_that_names_the_file(
    tmp_path: Path, make: Callable[[Path], Path], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = make(tmp_path)
    with pytest.raises(InputError, match=words) as caught:
        open_video(path)
    assert caught.value.message.startswith(str(path))
    assert caught.value.message.count(".") - str(path).count(".") == 1
    assert caught.value.exit_code == 3
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("part", "error"),
    [
        ({"start_s": 3.5}, InputError),
        ({"start_s": 1.0, "end_s": 1.0}, UsageError),
        ({"start_s": 1.0, "end_s": 0.5}, UsageError),
    ],
)
def test_an_empty_part_is_refused_at_once(tmp_path: Path, part: dict[str, float], error: type[GaitError]) -> None:
    with pytest.raises(error, match=r"walk\.mp4"):
        open_video(steady(tmp_path), **part)


@pytest.mark.parametrize("part", [{"start_s": 1.01, "end_s": 1.02}, {"start_s": 1.99}])
def test_a_part_without_a_frame_is_refused(tmp_path: Path, part: dict[str, float]) -> None:
    with pytest.raises(InputError, match="no frame between"):
        list(open_video(steady(tmp_path), **part).frames())


@pytest.mark.parametrize("name", ["12:30 walk.mp4", "walk %03d.mp4", "göing #1?.mp4"])
def test_any_file_name(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steady(tmp_path).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(times_of(Path(name))) == 60


def test_the_length_of_the_video_does_not_add_to_memory(tmp_path: Path) -> None:
    alive: list[weakref.ref[np.ndarray]] = []
    most = 0
    for frame in open_video(steady(tmp_path)).frames():
        alive.append(weakref.ref(frame.image))
        most = max(most, sum(image() is not None for image in alive))
    assert len(alive) == 60
    assert most <= 2


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the open files in /proc")
def test_an_abandoned_pass_closes_the_file(tmp_path: Path) -> None:
    path = steady(tmp_path)

    def is_open() -> bool:
        links = [link.resolve() for link in Path("/proc/self/fd").iterdir()]
        return path.resolve() in links

    frames = open_video(path).frames()
    next(frames)
    assert is_open()
    del frames
    assert not is_open()
