"""What travels in the page for the layers: exact to half a pixel, and small."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gait.config import ReportSettings
from gait.report.colors import DEFAULT
from gait.report.layers import SHORT_SIDE, layers_of
from gait.report.page import render_page, write_page
from gait.skeleton import INDEX
from gait.types import PoseSequence, Result
from tests.report.example_results import long_walk, side_view
from tests.report.test_overlay import HEIGHT, someone, without
from tests.report.test_page import WHEN


def unpacked(spec: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (C, T) in units and flags (F, T), as `layers.js` reads them."""
    raw = np.frombuffer(zlib.decompress(base64.b64decode(spec["path"])), dtype=np.uint8)
    n, columns = spec["frames"], 2 * spec["points"] + 6
    low, high = raw[: 2 * columns * n].reshape(2, columns, n).astype(np.int32)
    steps = (low | high << 8).astype(np.int16)
    paths = np.cumsum(np.cumsum(steps, axis=1, dtype=np.int16), axis=1, dtype=np.int16)
    bits = raw[2 * columns * n :].reshape(2 * spec["points"] + 2, -1)
    return paths, np.unpackbits(bits, axis=1, bitorder="little")[:, :n].astype(bool)


def walking(n: int = 300, width: int = 1280, height: int = 720, fps: float = 30.0) -> PoseSequence:
    """Somebody whose joints move as in walking, each at its own speed, with a wobble of half a pixel."""
    rng = np.random.default_rng(0)
    time_s = np.arange(n) / fps
    phase = np.linspace(0, 6, 23)
    xy = np.empty((n, 23, 2))
    xy[..., 0] = (0.1 + 0.8 * (time_s[:, None] % 6) / 6) * width + 0.04 * height * np.sin(6 * time_s[:, None] + phase)
    xy[..., 1] = height * (0.3 + 0.02 * np.arange(23) + 0.02 * np.sin(12 * time_s[:, None] + phase))
    smooth = np.stack([np.convolve(row, np.ones(5) / 5, "same") for row in rng.normal(0, 1, (46, n))], axis=1)
    return PoseSequence(
        time_s=time_s, frame=np.arange(n), xy_px=(xy + smooth.reshape(n, 23, 2)).astype(np.float32),
        score=np.full((n, 23), 0.9, np.float32), model="drawn", width_px=width, height_px=height,
        background_xy_px=np.zeros((n, 2)),
    )  # fmt: skip


def of(poses: PoseSequence) -> Result:
    return replace(side_view(), poses=poses, clean=poses, track=None)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280), (3840, 2160), (320, 240)])
def test_joints_come_back_to_half_a_pixel_of_the_annotated_video(width: int, height: int) -> None:
    poses = walking(width=width, height=height)
    spec = layers_of(of(poses), DEFAULT)
    assert spec is not None
    paths, _ = unpacked(spec)
    left = spec["sides"]["left"]["joints"][4]
    at = paths[2 * left : 2 * left + 2].T / SHORT_SIDE * min(width, height)
    off = np.abs(at - poses.point("left_ankle")) * 720 / min(width, height)
    assert off.max() < 0.35


def test_what_is_not_known_or_not_sure_is_said() -> None:
    spec = layers_of(without({"left_knee": "unknown", "right_knee": "unsure"}), DEFAULT)
    assert spec is not None
    _, flags = unpacked(spec)
    n = spec["points"]
    for side, known, sure in (("left", False, False), ("right", True, False)):
        knee = spec["sides"][side]["joints"][3]
        assert flags[knee].all() == known
        assert flags[n + knee].any() == sure
    assert flags[2 * n].all(), "the box"


def test_a_gap_leaves_the_frames_about_it_as_they_are() -> None:
    result = someone()
    xy = result.clean.xy_px.copy()
    xy[10:20, INDEX["left_ankle"]] = np.nan
    spec = layers_of(replace(result, clean=replace(result.clean, xy_px=xy)), DEFAULT)
    assert spec is not None
    paths, flags = unpacked(spec)
    ankle = spec["sides"]["left"]["joints"][4]
    assert flags[ankle].tolist() == [not 10 <= i < 20 for i in range(60)]
    assert (paths[2 * ankle + 1] == 620 * SHORT_SIDE / HEIGHT).all()


def test_the_page_of_ten_minutes_stays_under_three_megabytes() -> None:
    """Every curve and every joint in each of 18,000 frames."""
    poses = walking(n=18_000)
    result = long_walk(minutes=10, fps=30)
    result = replace(result, poses=poses, clean=poses)
    spec = layers_of(result, DEFAULT)
    assert spec is not None
    assert len(spec["path"]) < 700_000
    page = render_page(result, overlay="overlay.mp4", picture="picture.mp4", subject_label=None, generated_at=WHEN)
    assert len(page.encode()) < 3_000_000


def test_who_looks_at_the_page_without_scripts_sees_the_annotated_video() -> None:
    page = render_page(side_view(), overlay="overlay.mp4", picture="picture.mp4", subject_label=None, generated_at=WHEN)
    assert '<video id="video" src="overlay.mp4" data-picture="picture.mp4"' in page


def test_a_page_whose_video_is_in_it_takes_the_one_to_draw_on(tmp_path: Any) -> None:
    (tmp_path / "overlay.mp4").write_bytes(b"annotated")
    (tmp_path / "picture.mp4").write_bytes(b"plain")
    settings = ReportSettings(embed_video=True)
    write_page(side_view(), tmp_path / "report.html", overlay="overlay.mp4", picture="picture.mp4", settings=settings)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"data:video/mp4;base64,{base64.b64encode(b'plain').decode()}" in page
    assert base64.b64encode(b"annotated").decode() not in page
