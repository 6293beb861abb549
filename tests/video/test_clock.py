"""Slow motion: the square in the picture tells the real time, whatever the clock of the file says."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gait.errors import InputError, UsageError
from gait.provenance import VideoFacts
from gait.types import FloatArray
from gait.video import Clip, open_video, transcode
from gait.video.clip import describe_clip
from gait.video.clock import clock_flags
from tests.video import clips

ANDROID = "com.android.capture.fps"
FINE = Fraction(1, 90_000)
HALF_PIXEL_S = 0.6 / clips.SPEED_PX


def filmed(
    folder: Path, *, camera_fps: float, played_fps: float, states: float | str | None = None, name: str = "walk.mp4"
) -> Path:
    """A second of motion, filmed by a camera at one rate, and played at another; the file may state a rate."""
    return clips.write(
        folder / name,
        np.arange(round(camera_fps)) / camera_fps,
        time_base=FINE,
        slower=camera_fps / played_fps,
        metadata={} if states is None else {ANDROID: str(states)},
    )


def given(clip: Clip) -> tuple[FloatArray, FloatArray]:
    """The times that a clip gives, and those that its pictures show."""
    frames = list(clip.frames())
    return np.array([f.time_s for f in frames]), np.array([clips.time_shown(f.image) for f in frames])


@pytest.mark.parametrize("name", ["walk.mp4", "walk.mov"])
@pytest.mark.parametrize(("camera_fps", "played_fps"), [(120.0, 30.0), (240.0, 30.0), (60.0, 30.0), (120.0, 29.97)])
def test_slow_motion_has_the_times_of_the_motion(
    tmp_path: Path, name: str, camera_fps: float, played_fps: float
) -> None:
    clip = open_video(filmed(tmp_path, camera_fps=camera_fps, played_fps=played_fps, states=camera_fps, name=name))
    time_s, shown_s = given(clip)
    np.testing.assert_allclose(time_s, shown_s, atol=HALF_PIXEL_S)
    np.testing.assert_allclose(time_s, np.arange(len(time_s)) / camera_fps, rtol=0.002)
    info = clip.info
    assert info.clock_stretch == pytest.approx(camera_fps / played_fps, rel=0.002)
    assert info.duration_s == pytest.approx(1.0, abs=0.02)
    assert (info.nominal_fps, info.played_fps) == pytest.approx((camera_fps, played_fps), rel=0.002)
    assert (info.capture_fps, info.capture_fps_source) == (camera_fps, ANDROID)
    assert not info.is_variable_rate
    assert clip.expected_frames == len(time_s)


@pytest.mark.parametrize(("fps", "states"), [(30.0, 30.0), (240.0, 240.0), (30.0, None), (120.0, None), (29.97, 30.0)])
def test_a_file_that_plays_as_it_was_filmed_is_left_alone(tmp_path: Path, fps: float, states: float | None) -> None:
    clip = open_video(filmed(tmp_path, camera_fps=fps, played_fps=fps, states=states))
    time_s, shown_s = given(clip)
    np.testing.assert_allclose(time_s, shown_s, atol=HALF_PIXEL_S)
    assert clip.info.clock_stretch == 1.0
    assert clip.info.capture_fps == states
    assert clock_flags(described(clip)) == ()


def test_android_writes_the_rate_as_a_number_of_four_bytes(tmp_path: Path) -> None:
    path = filmed(tmp_path, camera_fps=120, played_fps=30, states="four")
    text, number = struct.pack(">ii", 1, 0) + b"four", struct.pack(">iif", 23, 0, 120.0)
    data = path.read_bytes()
    assert data.count(text) == 1
    path.write_bytes(data.replace(text, number))
    info = open_video(path).info
    assert (info.capture_fps, info.clock_stretch) == (120.0, 4.0)


@pytest.mark.parametrize("states", ["", "fast", "nan", "inf", "0", "-120", "1e9"])
def test_nonsense_in_the_file_is_not_believed(tmp_path: Path, states: str) -> None:
    info = open_video(filmed(tmp_path, camera_fps=30, played_fps=30, states=states)).info
    assert (info.clock_stretch, info.capture_fps, info.capture_fps_source) == (1.0, None, None)


@pytest.mark.parametrize(("set_to", "got"), [(60.0, 48.0), (30.0, 24.0), (30.0, 15.0)])
def test_a_camera_that_drops_to_fewer_frames_in_poor_light_is_no_slow_motion(
    tmp_path: Path, set_to: float, got: float
) -> None:
    clip = open_video(filmed(tmp_path, camera_fps=got, played_fps=got, states=set_to))
    assert clip.info.clock_stretch == 1.0
    (flag,) = clock_flags(described(clip))
    assert (flag.level, flag.code) == ("info", "capture_rate")
    assert f"--capture-fps {set_to:g}" in flag.message


def test_so_is_one_that_drops_every_now_and_then(tmp_path: Path) -> None:
    time_s = np.delete(np.arange(120) / 60, np.flatnonzero(np.random.default_rng(0).random(119) < 0.5) + 1)
    path = clips.write(tmp_path / "walk.mp4", time_s, time_base=FINE, metadata={ANDROID: "60"})
    np.testing.assert_allclose(given(open_video(path))[0], time_s, atol=1e-4)


def test_slow_motion_at_an_uneven_rate(tmp_path: Path) -> None:
    """A camera at 240 frames per second that loses every tenth: the average is off, the clock is stretched by eight."""
    time_s = np.delete(np.arange(240) / 240, np.arange(5, 240, 40))
    path = clips.write(tmp_path / "walk.mp4", time_s, time_base=FINE, slower=8, metadata={ANDROID: "240.0"})
    clip = open_video(path)
    np.testing.assert_allclose(given(clip)[0], time_s, atol=1e-4)
    assert clip.info.clock_stretch == 8
    assert clip.info.is_variable_rate


@pytest.mark.parametrize("states", [None, 30.0, 240.0])
def test_the_user_knows_better_than_the_file(tmp_path: Path, states: float | None) -> None:
    path = filmed(tmp_path, camera_fps=120, played_fps=30, states=states)
    clip = open_video(path, capture_fps=120)
    time_s, shown_s = given(clip)
    np.testing.assert_allclose(time_s, shown_s, atol=HALF_PIXEL_S)
    np.testing.assert_allclose(time_s, np.arange(120) / 120, atol=1e-6)
    assert (clip.info.capture_fps, clip.info.capture_fps_source) == (120, "asked for")
    assert open_video(path, capture_fps=30).info.clock_stretch == 1.0


def test_a_video_that_plays_faster_than_the_motion(tmp_path: Path) -> None:
    clip = open_video(filmed(tmp_path, camera_fps=15, played_fps=30), capture_fps=15)
    time_s, shown_s = given(clip)
    np.testing.assert_allclose(time_s, shown_s, atol=HALF_PIXEL_S)
    (flag,) = clock_flags(described(clip))
    assert flag.code == "fast_motion"


@pytest.mark.parametrize("wrong", [0.0, -120.0, float("nan"), float("inf"), 2.9, 1e6])
def test_a_rate_that_no_camera_has_is_wrong_usage(tmp_path: Path, wrong: float) -> None:
    with pytest.raises(UsageError, match=r"--capture-fps .*expected"):
        open_video(filmed(tmp_path, camera_fps=30, played_fps=30), capture_fps=wrong)


def test_the_part_is_chosen_by_what_a_player_shows_and_sampled_in_real_time(tmp_path: Path) -> None:
    """Four seconds in the player, one in truth: 1.2 s to 3.2 s of the first, 30 frames per second of the other."""
    path = filmed(tmp_path, camera_fps=120, played_fps=30, states=120)
    clip = open_video(path, start_s=1.2, end_s=3.2, fps=30)
    time_s, shown_s = given(clip)
    np.testing.assert_allclose(time_s, 0.3 + np.arange(15) / 30, atol=1e-6)
    np.testing.assert_allclose(time_s, shown_s, atol=HALF_PIXEL_S)
    assert clip.expected_frames == 15
    again = list(clip.frames_at(time_s[3:]))
    assert [f.time_s for f in again] == list(time_s[3:])
    assert [clips.time_shown(f.image) for f in again] == list(shown_s[3:])
    with pytest.raises(InputError, match=r"start at 9 s is after the end of the video \(4\.0 s\)"):
        open_video(path, start_s=9.0)
    with pytest.raises(InputError, match=r"no frame between 4\.5 s and 4\.6 s"):
        list(open_video(path, start_s=4.5, end_s=4.6).frames())


def test_damage_is_told_in_real_time(tmp_path: Path) -> None:
    path = filmed(tmp_path, camera_fps=120, played_fps=30, states=120)
    _, where, size = clips.packets(path)[60]
    data = bytearray(path.read_bytes())
    data[where + 4 : where + size] = bytes(size - 4)
    path.write_bytes(data)
    clip = open_video(path)
    list(clip.frames())
    for start_s, end_s in clip.report.damaged_s:
        assert 0.4 < start_s < 0.6
        assert end_s is None or 0.4 < end_s < 0.7
    assert clip.report.damaged_s


@pytest.mark.parametrize(("camera_fps", "played_fps"), [(120.0, 30.0), (239.76, 29.97)])
def test_the_annotated_video_runs_at_true_speed(tmp_path: Path, camera_fps: float, played_fps: float) -> None:
    clip = open_video(filmed(tmp_path, camera_fps=camera_fps, played_fps=played_fps, states=camera_fps))
    time_s, _ = given(clip)
    seen: list[float] = []

    def draw(image: Any, i: int, t: float) -> None:
        seen.append(t)

    transcode(clip, time_s[10:100], tmp_path / "out.mp4", size=clips.SIZE, draw=draw)
    written = open_video(tmp_path / "out.mp4")
    times_s, shown_s = given(written)
    assert seen == list(time_s[10:100])
    np.testing.assert_allclose(times_s, time_s[10:100] - time_s[10], atol=2e-5)
    np.testing.assert_allclose(shown_s, time_s[10:100], atol=HALF_PIXEL_S)
    assert written.info.duration_s == pytest.approx(90 / camera_fps, abs=0.02)
    assert written.info.clock_stretch == 1.0


def described(clip: Clip) -> VideoFacts:
    """The part of a result's provenance that tells of the clock."""
    return describe_clip(clip, n_frames_used=1)


def test_the_page_says_that_it_is_slow_motion(tmp_path: Path) -> None:
    path = filmed(tmp_path, camera_fps=120, played_fps=30, states=120)
    (flag,) = clock_flags(described(open_video(path)))
    assert (flag.level, flag.code) == ("info", "slow_motion")
    assert flag.message == (
        "The video is in slow motion: recorded at 120 frames per second and played at 30, as the file says; "
        "all times are those of the real motion."
    )
    (flag,) = clock_flags(described(open_video(path, capture_fps=240)))
    assert "240 frames per second and played at 30, as given by the user;" in flag.message
    assert clock_flags(None) == ()
