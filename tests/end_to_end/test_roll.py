"""A sample video, filmed once level and once by a camera held askew: the angles against the vertical stay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from gait.pipeline import Outcome, analyze_keypoints
from gait.types import Result
from gait.video import open_video
from gait.video.writer import VideoWriter

SAMPLE = Path(__file__).parents[2] / "sample_videos" / "side_walk.mp4"
TURN_DEG = 4.0


def turned(path: Path) -> Path:
    """The sample as a camera sees it that was turned anticlockwise, a little nearer by."""
    clip = open_video(SAMPLE)
    width, height = clip.info.width_px, clip.info.height_px
    # What is upright leans to the right.
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -TURN_DEG, 1.12)
    with VideoWriter(path, width=width, height=height, time_base=clip.info.time_base, fps_hint=30.0) as writer:
        for frame in clip.frames():
            writer.write(np.asarray(cv2.warpAffine(frame.image, turn, (width, height)), np.uint8), frame.time_s)
    return path


def lean(result: Result) -> pd.Series:
    rows = result.measures[result.measures["measure"].str.startswith("trunk_lean")]
    return rows[rows["status"] == "valid"].iloc[0]


def test_a_camera_held_askew_makes_nobody_lean(
    measured: Callable[[str], Outcome], measured_file: Callable[[Path], Outcome], tmp_path: Path
) -> None:
    level, askew = measured("side_walk").result, measured_file(turned(tmp_path / "turned.mp4"))
    assert level.scene.roll is not None
    assert level.scene.roll.deg == pytest.approx(0.0, abs=0.3)
    assert askew.result.scene.roll is not None
    assert askew.result.scene.roll.deg == pytest.approx(TURN_DEG, abs=0.3)
    assert lean(askew.result)["value"] == pytest.approx(lean(level)["value"], abs=0.8)
    told = [flag.message for flag in askew.result.flags if flag.code == "roll"]
    assert told and "4.0 degrees anticlockwise" in told[0]
    # Measured again from the saved joints, the roll is known as before.
    again = analyze_keypoints(askew.folder / "keypoints.parquet", out=tmp_path).result
    assert again.scene.roll == askew.result.scene.roll
    assert lean(again)["value"] == pytest.approx(lean(askew.result)["value"])
