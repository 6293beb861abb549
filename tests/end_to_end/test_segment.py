"""The main job with the outline of the body: both networks real, with tiny weights trained on rendered walkers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gait.config import load_settings
from gait.pipeline import Outcome, analyze_keypoints, run_video
from gait.pose.files import write_poses
from gait.skeleton import KEYPOINTS
from gait.types import PoseSequence
from gait.video import open_video
from tests.truth import true_keypoints

MODELS, SAMPLES = Path(__file__).parents[1] / "models", Path(__file__).parents[2] / "sample_videos"


CLIP = "two_colours"
"""Weights this small tell the feet apart by their colours alone."""

SURE = 0.85
"""The score that is asked for: so much that the pose model is not sure of some points of the feet."""


def run(out: Path, *, segment: bool) -> Outcome:
    settings = {
        "video.start_s": 0.8,
        "video.end_s": 4.8,
        "subject.detector": "blazepose",
        "pose.model": str(MODELS / "sapiens2_tiny_pose.safetensors"),
        "pose.device": "cpu",
        "pose.segment": segment,
        "pose.segment_model": str(MODELS / "sapiens2_tiny_seg.safetensors"),
        "analysis.signals.min_score": SURE,
    }
    return run_video(SAMPLES / f"{CLIP}.mp4", out=out, settings=load_settings(None, settings))


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Outcome]:
    """The same video without the outline and with it."""
    out = tmp_path_factory.mktemp("reports")
    return run(out / "plain", segment=False), run(out / "segmented", segment=True)


@pytest.mark.torch
def test_the_network_is_named_and_the_filled_points_are_counted(outcomes: tuple[Outcome, Outcome]) -> None:
    plain, segmented = (outcome.result for outcome in outcomes)
    facts = json.loads((outcomes[1].folder / "result.json").read_text(encoding="utf-8"))["provenance"]["segmentation"]
    assert facts["name"] == "sapiens2-seg-custom"
    assert facts["weights"] == ["sapiens2_tiny_seg.safetensors"]
    assert facts["filled_points"] == (plain.poses.score != segmented.poses.score).sum()
    assert plain.provenance.segmentation is None
    assert segmented.provenance.times_s["segment"] > 0


@pytest.mark.torch
def test_doubtful_points_of_the_feet_are_put_where_they_are(outcomes: tuple[Outcome, Outcome]) -> None:
    plain, segmented = (outcome.result.poses for outcome in outcomes)
    frames, points = np.nonzero(plain.score != segmented.score)
    assert len(frames) >= 20
    assert {KEYPOINTS[i].partition("_")[2] for i in points} <= {"heel", "big_toe", "ankle"}
    assert (plain.score[frames, points] < SURE).all()
    table = true_keypoints(CLIP).iloc[segmented.frame]
    true = np.stack([table[[f"{name}_x", f"{name}_y"]].to_numpy() for name in KEYPOINTS], axis=1)
    body_px = np.nanmax(true[..., 1], axis=1) - true[:, KEYPOINTS.index("nose"), 1]
    error = np.linalg.norm(segmented.xy_px - true, axis=2)[frames, points] / body_px[frames]
    # A cell of the outline is 1 % of the body height.
    assert np.median(error) < 0.03
    told = [flag.message for flag in outcomes[1].result.flags if flag.code == "points_from_outline"]
    assert len(told) == 1
    assert told[0].startswith(f"{len(frames)} points of the feet were")


@pytest.mark.torch
def test_the_walker_is_tinted_in_the_annotated_video(outcomes: tuple[Outcome, Outcome]) -> None:
    pictures = []
    for outcome in outcomes:
        clip = open_video(outcome.folder / "overlay.mp4")
        time_s = outcome.result.clean.time_s
        # The annotated video begins where the measured part does.
        pictures.append(next(iter(clip.frames_at(time_s[[60]] - time_s[0]))).image.astype(int))
    plain, tinted = pictures
    x1, y1, x2, y2 = (round(v) for v in outcomes[0].result.track.box_px[60])  # type: ignore[union-attr]
    trunk = (slice(round(y1 + 0.25 * (y2 - y1)), round(y1 + 0.45 * (y2 - y1))), slice(x1, x2))
    assert (np.abs(tinted - plain)[trunk].max(axis=2) > 12).mean() > 0.1
    away = np.abs(tinted - plain)[y1:y2, : max(1, x1 - (x2 - x1))]
    assert (away > 40).mean() < 0.01


@pytest.mark.parametrize(
    ("count", "words"), [(0, None), (1, "1 point of a foot was"), (37, "37 points of the feet were")]
)
def test_an_analysis_of_saved_joints_still_tells_how_many_are_from_the_outline(
    count: int, words: str | None, tmp_path: Path
) -> None:
    table = true_keypoints("side_walk")
    xy = np.stack([table[[f"{name}_x", f"{name}_y"]].to_numpy() for name in KEYPOINTS], axis=1).astype(np.float32)
    poses = PoseSequence(
        time_s=table["time_s"].to_numpy(), frame=np.arange(len(table)), xy_px=xy, model="drawn", width_px=1280,
        height_px=720, score=np.isfinite(xy).all(axis=2).astype(np.float32),
    )  # fmt: skip
    saved = tmp_path / "keypoints.parquet"
    write_poses(poses, saved, {"origin": {"segmentation": {"name": "drawn", "filled_points": count}}})
    result = analyze_keypoints(saved, out=tmp_path / "reports").result
    told = [flag for flag in result.flags if flag.code == "points_from_outline"]
    assert [flag.level for flag in told] == ([] if words is None else ["info"])
    assert words is None or told[0].message.startswith(words)
    assert result.provenance.segmentation.filled_points == count
