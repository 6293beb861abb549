"""The whole stage: joints as the stock processor and model give them, and where they really are."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sapiens2_parts import TINY, InMemory, Picture, input_size, stock_points, torch, track_of
from truth import true_keypoints

from gait.config import PoseSettings
from gait.errors import GaitError, UsageError
from gait.hashing import sha256_of
from gait.pose.model import canonical_only
from gait.pose.registry import open_model
from gait.pose.sapiens2.compile import compile_network
from gait.pose.sapiens2.model import N_POINTS, Sapiens2
from gait.pose.sapiens2.run import choose_device, is_out_of_memory
from gait.pose.sapiens2.warp import windows_around
from gait.pose.sapiens2.weights import Weights
from gait.skeleton import KEYPOINTS
from gait.types import PoseSequence

pytestmark = pytest.mark.torch

WEIGHTS = Weights(files=(TINY,))


def estimate(pictures: list[np.ndarray], boxes: np.ndarray, **settings: Any) -> PoseSequence:
    with Sapiens2(WEIGHTS, PoseSettings(**{"device": "cpu", **settings})) as model:
        return model.estimate(InMemory(pictures), track_of(boxes))


@pytest.fixture(scope="module")
def walker(
    sample_clip: Callable[[str], tuple[Path, dict[str, Any]]],
) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """A walker at 1080p: pictures, boxes (T, 4), true keypoints (T, 23, 2), pixel centres at whole numbers."""
    pytest.importorskip("av")
    import cv2

    from gait.video.reader import open_video

    video, known = sample_clip("side_walk")
    rows = np.flatnonzero(known["whole"])[::8][:12]
    frames = open_video(video).frames_at(np.array(known["time_s"])[rows])
    pictures = [cv2.resize(f.image, (1920, 1080), interpolation=cv2.INTER_CUBIC) for f in frames]
    table = true_keypoints("side_walk")
    points = np.stack([table[[f"{name}_x", f"{name}_y"]].to_numpy()[rows] for name in KEYPOINTS], axis=1)
    boxes = np.array([known["box_px"][row] for row in rows])
    return pictures, 1.5 * boxes, 1.5 * points - 0.5


def within_window(points: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Whether points lie in what the network saw, or nearly.

    On a ridge without a clear peak the stock decoding steps far out of the window; ours then keeps the peak.
    """
    left, top, width, height = windows_around(box[None], input_size())[0]
    share = (points - [left, top]) / [width, height]
    return np.all((share > -0.25) & (share < 1.25), axis=1)


class TestAgainstTheStockProcessor:
    """The same weights, the same picture, the same box."""

    @pytest.fixture
    def scene(self, walker: Any) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        picture, box = walker[0][5], walker[1][5]
        x1, y1, x2, y2 = box
        moved = np.zeros_like(picture)
        # The walker half out of the picture, at its left edge.
        start = round((x1 + x2) / 2)
        moved[:, : 1920 - start] = picture[:, start:]
        return np.stack([picture, moved]), {
            "box": box,
            "over the edge": box - [start, 0, start, 0],
            "half the person": np.array([x1, y1, x2, (y1 + y2) / 2]),
            "much too large": np.array([x1 - 500, y1 - 400, x2 + 500, y2 + 400]),
            "small part": np.array([(x1 + x2) / 2 - 40, y1, (x1 + x2) / 2 + 40, y1 + 110]),
        }

    @pytest.mark.parametrize("flip_test", [False, True], ids=["plain", "flip test"])
    @pytest.mark.parametrize("case", ["box", "over the edge", "half the person", "much too large", "small part"])
    def test_fp32(self, scene: Any, case: str, flip_test: bool) -> None:
        picture = scene[0][1 if case == "over the edge" else 0]
        box = scene[1][case]
        theirs, scores = stock_points(picture, box, flip_test=flip_test)
        ours = estimate([picture], box[None], flip_test=flip_test)
        sure = (scores > 0.3) & within_window(theirs, box)
        assert sure.sum() >= (15 if case == "box" else 1)
        assert within_window(ours.xy_px[0], box).all()
        assert np.linalg.norm(ours.xy_px[0] - theirs, axis=1)[sure].max() < 0.5
        assert np.abs(ours.score[0] - np.clip(scores, 0, 1)).max() < 0.005

    def test_bf16(self, scene: Any) -> None:
        picture, box = scene[0][0], scene[1]["box"]
        theirs, scores = stock_points(picture, box)
        ours = estimate([picture], box[None], dtype="bf16")
        sure = (scores > 0.3) & within_window(theirs, box)
        assert np.linalg.norm(ours.xy_px[0] - theirs, axis=1)[sure].max() < 1.0


def test_true_joints_are_found_within_a_few_pixels(walker: Any) -> None:
    # A transform that is off by half a cell of the heatmap, mirrored or mixed up in its points would show.
    pictures, boxes, truth = walker
    found = estimate(pictures, boxes)
    height = np.median(boxes[:, 3] - boxes[:, 1])
    error = np.linalg.norm(found.xy_px - truth, axis=2)
    assert np.median(error) < 0.02 * height
    assert np.abs(np.median(found.xy_px - truth, axis=(0, 1))).max() < 0.006 * height


def test_joints_do_not_depend_on_the_batch(walker: Any) -> None:
    pictures, boxes, _ = walker
    alone, together = estimate(pictures, boxes, batch=1), estimate(pictures, boxes, batch=5)
    assert np.allclose(alone.xy_px, together.xy_px, atol=0.02)


def test_frames_without_a_box_are_unknown_and_the_others_keep_their_rows(walker: Any) -> None:
    pictures, boxes, _ = walker
    gaps = boxes.copy()
    gaps[[0, 3, 4]] = np.nan
    found, all_of_them = estimate(pictures, gaps, batch=4), estimate(pictures, boxes, batch=4)
    assert np.isnan(found.xy_px[[0, 3, 4]]).all()
    assert (found.score[[0, 3, 4]] == 0).all()
    rest = [1, 2, *range(5, len(boxes))]
    assert np.allclose(found.xy_px[rest], all_of_them.xy_px[rest], atol=0.02)
    assert np.isnan(estimate(pictures, np.full_like(boxes, np.nan)).xy_px).all()


def test_all_keypoints_keeps_308_with_the_canonical_ones_first(walker: Any) -> None:
    pictures, boxes, _ = walker
    few, every = estimate(pictures[:2], boxes[:2]), estimate(pictures[:2], boxes[:2], all_keypoints=True)
    assert every.xy_px.shape == (2, N_POINTS, 2)
    assert every.keypoints[: len(KEYPOINTS)] == KEYPOINTS
    assert len(set(every.keypoints)) == N_POINTS
    assert np.allclose(canonical_only(every).xy_px, few.xy_px, atol=0.02)
    assert canonical_only(every).keypoints == KEYPOINTS
    assert canonical_only(few) is few


def test_all_keypoints_survive_the_table_and_come_back_as_canonical(walker: Any, tmp_path: Path) -> None:
    from gait.pose.files import read_poses, write_poses

    every = estimate(walker[0][:2], walker[1][:2], all_keypoints=True)
    write_poses(every, tmp_path / "keypoints.parquet")
    back, _ = read_poses(tmp_path / "keypoints.parquet")
    assert back.keypoints == KEYPOINTS
    assert np.array_equal(back.xy_px, canonical_only(every).xy_px)


def test_a_person_is_confirmed_with_about_the_true_height(walker: Any) -> None:
    picture, box, truth = walker[0][5], walker[1][5], walker[2][5]
    x1, y1, x2, y2 = (round(v) for v in box + np.array([-40, -30, 40, 30]))
    with Sapiens2(WEIGHTS, PoseSettings(device="cpu")) as model:
        check = model.check_person(picture[y1:y2, x1:x2])
    assert check is not None
    assert check.score > 0.5
    true_height = truth[15:17, 1].max() - truth[0, 1]
    assert check.body_height_px == pytest.approx(true_height, rel=0.08)


def test_progress_adds_up_to_the_frames_in_view(walker: Any) -> None:
    pictures, boxes, _ = walker
    counts: list[int] = []
    with Sapiens2(WEIGHTS, PoseSettings(device="cpu", batch=5)) as model:
        model.estimate(InMemory(pictures), track_of(boxes), counts.append)
    assert sum(counts) == len(boxes)


class BrokenVideo(InMemory):
    """A video whose fourth frame cannot be decoded."""

    def frames_at(self, time_s: np.ndarray, **_: Any) -> Iterator[Picture]:
        for i, frame in enumerate(super().frames_at(time_s)):
            if i == 3:
                raise GaitError("memory.mp4: damaged in the middle.")
            yield frame


def test_a_failure_while_decoding_is_raised_here_and_leaves_no_thread() -> None:
    pictures = [np.zeros((120, 90, 3), dtype=np.uint8)] * 8
    with Sapiens2(WEIGHTS, PoseSettings(device="cpu", batch=2)) as model, pytest.raises(GaitError, match="damaged"):
        model.estimate(BrokenVideo(pictures), track_of(np.tile([10.0, 10.0, 60.0, 110.0], (8, 1))))
    assert not [thread for thread in threading.enumerate() if thread.name == "gait-ahead"]


def test_a_video_that_ends_early_leaves_the_rest_unknown() -> None:
    class Short(InMemory):
        def frames_at(self, time_s: np.ndarray, **_: Any) -> Iterator[Picture]:
            yield from list(super().frames_at(time_s))[:3]

    pictures = [np.random.default_rng(0).integers(0, 255, (120, 90, 3), dtype=np.uint8)] * 8
    with Sapiens2(WEIGHTS, PoseSettings(device="cpu", batch=2)) as model:
        found = model.estimate(Short(pictures), track_of(np.tile([10.0, 10.0, 60.0, 110.0], (8, 1))))
    assert np.isnan(found.xy_px[3:]).all()


class SmallDevice(Sapiens2):
    """A device with memory for two people at a time."""

    fits = 2

    def _find(self, crops: Any) -> Any:
        if len(crops) > self.fits:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super()._find(crops)


def test_too_little_memory_halves_the_batch_and_goes_on(walker: Any) -> None:
    pictures, boxes, _ = walker
    with SmallDevice(WEIGHTS, PoseSettings(device="cpu", batch=8)) as model:
        found = model.estimate(InMemory(pictures), track_of(boxes))
        assert "batches of 2" in model.provenance().detail
    assert np.allclose(found.xy_px, estimate(pictures, boxes).xy_px, atol=0.02)


def test_too_little_memory_for_one_person_is_said(walker: Any) -> None:
    with SmallDevice(WEIGHTS, PoseSettings(device="cpu", batch=8)) as model:
        model.fits = 0
        with pytest.raises(GaitError, match="does not suffice for one person"):
            model.estimate(InMemory(walker[0]), track_of(walker[1]))


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
def test_numbers_that_overflow_are_not_taken_for_nobody(walker: Any, dtype: str) -> None:
    with Sapiens2(WEIGHTS, PoseSettings(device="cpu", dtype=dtype)) as model:
        model._network.weight[3] = torch.inf
        with pytest.raises(GaitError, match=f"overflowed in {dtype}"):
            model.estimate(InMemory(walker[0]), track_of(walker[1]))


def test_what_was_compiled_does_not_stay_in_memory() -> None:
    gc.collect()
    gc.disable()
    try:
        with Sapiens2(WEIGHTS, PoseSettings(device="cpu")) as model:
            compile_network(model._network.model)
            left = weakref.ref(model._network.model.decode_head)
        assert left() is None
    finally:
        gc.enable()


def test_other_failures_of_the_device_are_not_taken_for_too_little_memory() -> None:
    assert is_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 17 GB)"))
    assert not is_out_of_memory(RuntimeError("CUDA error: an illegal memory access was encountered"))


def test_a_machine_that_cannot_compile_runs_the_network_as_it_is(
    walker: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("torch._inductor.config.cpp.cxx", (str(tmp_path / "no_such_compiler"),))
    pictures, boxes, _ = walker
    with open_model(PoseSettings(model=str(TINY), device="cpu", compile=True, batch=4)) as model:
        poses = model.estimate(InMemory(pictures), track_of(boxes))
        assert "could not be compiled" in model.provenance().detail
    np.testing.assert_allclose(poses.xy_px, estimate(pictures, boxes).xy_px, atol=0.01)


def test_provenance_names_the_weights_by_their_hash() -> None:
    with open_model(PoseSettings(model=str(TINY), device="cpu")) as model:
        facts = model.provenance()
    assert facts.weights_sha256 == sha256_of(TINY)
    assert facts.weights == (TINY.name,)
    assert "fp32" in facts.detail
    assert model.name == "sapiens2-custom"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is an NVIDIA GPU")
def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match=r"--device cuda.*There is:.* cpu"):
        choose_device("cuda")


def on_device(kind: str, walker: Any) -> None:
    pictures, boxes, _ = walker
    here, there = estimate(pictures, boxes), estimate(pictures, boxes, device=kind)
    sure = here.score > 0.3
    assert np.linalg.norm(here.xy_px - there.xy_px, axis=2)[sure].max() < 1.0
    exact = estimate(pictures, boxes, device=kind, dtype="fp32")
    assert np.linalg.norm(here.xy_px - exact.xy_px, axis=2)[sure].max() < 0.2


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no NVIDIA GPU")
def test_cuda_gives_the_joints_of_the_cpu(walker: Any) -> None:
    on_device("cuda", walker)
    compiled = estimate(walker[0], walker[1], device="cuda", compile=True, batch=5)
    plain = estimate(walker[0], walker[1], device="cuda", compile=False, batch=5)
    sure = plain.score > 0.3
    assert np.linalg.norm(compiled.xy_px - plain.xy_px, axis=2)[sure].max() < 1.0


@pytest.mark.mps
@pytest.mark.skipif(not torch.backends.mps.is_available(), reason="there is no Apple GPU")
def test_mps_gives_the_joints_of_the_cpu(walker: Any) -> None:
    on_device("mps", walker)
