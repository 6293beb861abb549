"""What the tests of Sapiens2 share: the tiny model, a clip of pictures in memory, the stock processor."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from needs import NO_TORCH

from gait.skeleton import KEYPOINTS, SAPIENS2, mirrored
from gait.types import SubjectTrack, VideoInfo

torch = pytest.importorskip("torch", reason=NO_TORCH)
transformers = pytest.importorskip("transformers", minversion="5.23")

TINY = Path(__file__).parent / "models" / "sapiens2_tiny_pose.safetensors"
POINTS = [SAPIENS2[name] for name in KEYPOINTS]
FLIP_PAIRS = [
    (SAPIENS2[name], SAPIENS2[mirrored(name)]) for name in KEYPOINTS if SAPIENS2[name] < SAPIENS2[mirrored(name)]
]


class Picture(NamedTuple):
    """One frame."""

    time_s: float
    image: np.ndarray


class InMemory:
    """A clip whose frames are in memory, 30 per second."""

    def __init__(self, pictures: list[np.ndarray]) -> None:
        self.pictures = pictures
        height, width = pictures[0].shape[:2]
        self.info = VideoInfo(
            path=Path("memory.mp4"), width_px=width, height_px=height, time_base=Fraction(1, 30), nominal_fps=30.0,
            n_frames=len(pictures), duration_s=len(pictures) / 30, rotation_deg=0, is_variable_rate=False, codec="raw",
        )  # fmt: skip

    def frames_at(self, time_s: np.ndarray, **_: Any) -> Iterator[Picture]:
        """Yield the frames with these times."""
        for at in time_s:
            yield Picture(float(at), self.pictures[round(at * 30)])


def track_of(boxes: np.ndarray) -> SubjectTrack:
    """Return a track with these boxes, 30 per second."""
    n = len(boxes)
    return SubjectTrack(
        time_s=np.arange(n) / 30, frame=np.arange(n), box_px=np.asarray(boxes, dtype=np.float64), score=np.ones(n),
        background_xy_px=np.zeros((n, 2)), reason="the only one", people=(), detector="none",
    )  # fmt: skip


def input_size() -> tuple[int, int]:
    """Return height and width of what the tiny model looks at."""
    from gait.pose.sapiens2.network import read_header

    height, width = (int(side) for side in read_header([TINY])[1]["input_size"].split("x"))
    return height, width


def stock_model() -> Any:
    """Return the tiny model as `transformers` itself runs it, in float32."""
    from gait.pose.sapiens2.network import config_from_shapes, read_header

    config = config_from_shapes(read_header([TINY])[0], input_size(), TINY)
    from safetensors.torch import load_file

    model = transformers.Sapiens2ForPoseEstimation.from_pretrained(
        None, config=config, state_dict={name: tensor.float() for name, tensor in load_file(TINY).items()}
    )
    return model.eval()


def stock_processor(model: Any) -> Any:
    """Return the image processor of `transformers` for the input of a model."""
    height, width = model.config.image_size
    return transformers.Sapiens2ImageProcessor(size={"height": height, "width": width})


def xywh(box: np.ndarray) -> list[float]:
    """Return a box as the stock processor takes it."""
    x1, y1, x2, y2 = (float(v) for v in box)
    return [x1, y1, x2 - x1, y2 - y1]


def stock_points(picture: np.ndarray, box: np.ndarray, *, flip_test: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return the canonical points (23, 2) and scores (23,) of the stock processor and model."""
    model = stock_model()
    processor = stock_processor(model)
    with torch.inference_mode():
        crops = processor([picture], boxes=[[xywh(box)]], return_tensors="pt")["pixel_values"]
        flipped = model(crops.flip(3), flip_pairs=torch.tensor(FLIP_PAIRS)) if flip_test else None
        found = processor.post_process_pose_estimation(model(crops), boxes=[[xywh(box)]], outputs_flipped=flipped)
    return found[0][0]["keypoints"].numpy()[POINTS], found[0][0]["scores"].numpy()[POINTS]
