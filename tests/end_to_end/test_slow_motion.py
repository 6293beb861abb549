"""A sample video played at half its speed: once it is known how fast the camera was, everything is as in the sample."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest

from gait.config import ReportSettings, Settings, VideoSettings
from gait.litert import is_ready
from gait.pipeline import analyze_keypoints, run_video
from gait.video import open_video

SAMPLE = Path(__file__).parents[2] / "sample_videos" / "side_walk.mp4"
SECONDS = 5.0
QUIET = ReportSettings(overlay=False)


def played_slower(folder: Path, times: int) -> Path:
    """The sample with its clock stretched, not encoded again."""
    path = folder / "slow.mp4"
    with av.open(str(SAMPLE)) as source, av.open(str(path), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.pts is not None and packet.dts is not None:
                packet.pts, packet.dts = packet.pts * times, packet.dts * times
                packet.stream = copy
                target.mux(packet)
    return path


def test_slow_motion_gives_the_events_of_the_sample(tmp_path: Path) -> None:
    if not is_ready("full"):
        pytest.skip("BlazePose is not here")
    plain = run_video(SAMPLE, out=tmp_path, settings=Settings(video=VideoSettings(end_s=SECONDS), report=QUIET)).result
    fps = open_video(SAMPLE).info.nominal_fps
    settings = Settings(video=VideoSettings(end_s=2 * SECONDS, capture_fps=fps))
    slow = run_video(played_slower(tmp_path, 2), out=tmp_path, settings=settings)
    assert len(plain.events) > 8
    columns = ["side", "kind", "frame"]
    pd.testing.assert_frame_equal(slow.result.events[columns], plain.events[columns])
    np.testing.assert_allclose(slow.result.events["time_s"], plain.events["time_s"], atol=1e-4)
    pd.testing.assert_series_equal(slow.result.measures["value"], plain.measures["value"], rtol=1e-3)
    # The annotated video runs at true speed, frame by frame.
    overlay = [frame.time_s for frame in open_video(slow.folder / "overlay.mp4").frames(size=(16, 16))]
    assert slow.result.track is not None
    np.testing.assert_allclose(overlay, slow.result.track.time_s - slow.result.track.time_s[0], atol=1e-4)
    # What is saved says so, also when the joints are measured again.
    video = json.loads((slow.folder / "result.json").read_text(encoding="utf-8"))["provenance"]["video"]
    assert (video["capture_fps"], video["capture_fps_source"], video["time_scale"]) == (fps, "asked for", 2.0)
    assert (video["nominal_fps"], video["played_fps"]) == pytest.approx((fps, fps / 2), rel=0.01)
    again = analyze_keypoints(slow.folder / "keypoints.parquet", out=tmp_path / "again").result
    np.testing.assert_allclose(again.events["time_s"], slow.result.events["time_s"])
    for result in (slow.result, again):
        (flag,) = [flag for flag in result.flags if flag.code == "slow_motion"]
        assert f"recorded at {fps:g} frames per second and played at {fps / 2:g}" in flag.message
    assert "slow_motion" not in {flag.code for flag in plain.flags}
