"""Videos whose clock leaps: a recording that was paused and put together, or a wrong timestamp."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from gait.errors import InputError
from gait.video.reader import MOST_APART_S, open_video
from tests.video import clips

SHOWN_S = np.arange(60) / 30
HALF_PIXEL_S = 0.5 / clips.SPEED_PX + 1e-9
HOURS_S = 36_000.0


def retimed(path: Path, time_of: Callable[[int], float]) -> Path:
    """A clip whose frame number i is shown at `time_of(i)`, whatever it shows."""
    base = Fraction(1, 1000)
    source = clips.write(path.with_name("source.mkv"), SHOWN_S, b_frames=0, time_base=base)
    with av.open(str(source)) as old, av.open(str(path), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for number, packet in enumerate(p for p in old.demux(video=0) if p.size):
            packet.stream, packet.time_base = stream, base
            packet.pts = packet.dts = round(time_of(number) / base)
            new.mux(packet)
    source.unlink()
    return path


@pytest.mark.parametrize("name", ["walk.mkv", "walk.mp4"])
def test_of_two_parts_with_ten_hours_between_them_the_longer_is_used_and_it_is_said(tmp_path: Path, name: str) -> None:
    clip = open_video(retimed(tmp_path / name, lambda i: SHOWN_S[i] + (HOURS_S if i >= 40 else 0.0)))
    frames = list(clip.frames())
    assert len(frames) == 40
    assert frames[-1].time_s == pytest.approx(39 / 30, abs=0.002)
    assert "clock of the video leaps" in str(clip.damage)
    assert clip.info.nominal_fps == pytest.approx(30, rel=0.05)
    assert clip.expected_frames == pytest.approx(40, abs=2)


def test_the_later_part_is_used_where_it_is_the_longer_one(tmp_path: Path) -> None:
    clip = open_video(retimed(tmp_path / "walk.mkv", lambda i: SHOWN_S[i] + (12.0 if i >= 3 else 0.0)))
    frames = list(clip.frames())
    assert len(frames) == 57
    np.testing.assert_allclose([clips.time_shown(f.image) for f in frames], SHOWN_S[3:], atol=HALF_PIXEL_S)
    again = list(clip.frames_at([f.time_s for f in frames[::7]]))
    assert [f.time_s for f in again] == [f.time_s for f in frames[::7]]


@pytest.mark.parametrize("wrong_s", [HOURS_S, 1e9])
def test_a_single_wrong_timestamp_costs_one_frame(tmp_path: Path, wrong_s: float) -> None:
    clip = open_video(retimed(tmp_path / "walk.nut", lambda i: wrong_s if i == 59 else SHOWN_S[i]))
    frames = list(clip.frames())
    assert [f.index for f in frames] == list(range(59))


def test_the_other_part_can_be_asked_for(tmp_path: Path) -> None:
    path = retimed(tmp_path / "walk.mkv", lambda i: SHOWN_S[i] + (HOURS_S if i >= 40 else 0.0))
    clip = open_video(path, start_s=HOURS_S)
    assert len(list(clip.frames())) == 20
    assert clip.damage is None


def test_frames_an_hour_from_each_other_are_one_frame(tmp_path: Path) -> None:
    clip = open_video(retimed(tmp_path / "walk.mkv", lambda i: 3600.0 * i))
    assert len(list(clip.frames())) == 1
    assert "60 parts" in str(clip.damage)


def test_frames_that_come_slowly_are_no_leap(tmp_path: Path) -> None:
    clip = open_video(retimed(tmp_path / "walk.mkv", lambda i: 0.9 * MOST_APART_S * i))
    assert len(list(clip.frames())) == 60
    assert clip.damage is None


def test_a_clock_faster_than_any_camera_is_refused(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "walk.mp4", np.arange(60) / 90_000, b_frames=0, time_base=Fraction(1, 90_000))
    with pytest.raises(InputError, match=r"walk\.mp4: its timestamps are wrong"):
        open_video(path)


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_every_frame_of_an_avi_with_b_frames_is_kept_in_order(tmp_path: Path, codec: str) -> None:
    path = clips.write(tmp_path / "walk.avi", SHOWN_S, codec=codec, b_frames=2, time_base=Fraction(1, 30))
    clip = open_video(path)
    frames = list(clip.frames())
    assert [f.index for f in frames] == list(range(60))
    np.testing.assert_allclose([f.time_s for f in frames], SHOWN_S, atol=1e-6)
    np.testing.assert_allclose([clips.time_shown(f.image) for f in frames], SHOWN_S, atol=HALF_PIXEL_S)
    assert clip.damage is None
    late = list(clip.frames_at([f.time_s for f in frames[30:]]))
    np.testing.assert_allclose([clips.time_shown(f.image) for f in late], SHOWN_S[30:], atol=HALF_PIXEL_S)


def test_a_wrong_timestamp_in_the_middle_costs_one_frame(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "walk.mkv", SHOWN_S, b_frames=0, codec="mjpeg", pix_fmt="yuvj420p")
    data = bytearray(path.read_bytes())
    # Before each picture stands its time since the start of the cluster, 16 bits of milliseconds, and a byte of flags.
    at = [found.start() - 3 for found in re.finditer(b"\xff\xd8\xff", data)][30]
    data[at : at + 2] = b"\x70\x00"
    path.write_bytes(data)
    frames = list(open_video(path).frames())
    assert len(frames) == 59
    assert {round(f.time_s, 2) for f in frames} == {round(float(t), 2) for t in np.delete(SHOWN_S, 30)}
