"""Drawn people in front of a textured wall, as clips in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from gait.types import FloatArray, ImageArray, VideoInfo

WIDTH, HEIGHT = 480, 272


@dataclass(frozen=True)
class MemoryFrame:
    time_s: float
    index: int
    image: ImageArray


class MemoryClip:
    """A clip whose pictures are drawn when they are asked for."""

    def __init__(self, draw: Callable[[float], ImageArray], seconds: float, fps: float = 30.0) -> None:
        self._draw = draw
        self.time_s = np.arange(round(seconds * fps)) / fps
        height, width = draw(0.0).shape[:2]
        self.info = VideoInfo(
            path=Path("drawn.mp4"), width_px=width, height_px=height, time_base=Fraction(1, 90_000), nominal_fps=fps,
            n_frames=len(self.time_s), duration_s=seconds, rotation_deg=0, is_variable_rate=False, codec="none",
        )  # fmt: skip

    def frames(self, *, size: tuple[int, int] | None = None, pixel_format: str = "rgb24") -> Iterator[MemoryFrame]:
        code = {"yuv420p": cv2.COLOR_RGB2YUV_I420, "gray": cv2.COLOR_RGB2GRAY, "rgb24": None}[pixel_format]
        for index, time_s in enumerate(self.time_s):
            image = self._draw(float(time_s))
            if size is not None and size != image.shape[1::-1]:
                image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            yield MemoryFrame(float(time_s), index, image if code is None else cv2.cvtColor(image, code))


def wall(width: int = WIDTH, height: int = HEIGHT, seed: int = 0) -> ImageArray:
    """A wall with stains of all sizes, so that its motion can be seen everywhere."""
    rng = np.random.default_rng(seed)
    image = np.full((height, width, 3), 150.0)
    for cell in (4, 12, 40):
        noise = rng.normal(0, 14, (height // cell + 2, width // cell + 2, 3))
        image += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(image, 0, 255).astype(np.uint8)


def figure_box(x: float, feet_y: float, tall: float) -> FloatArray:
    """The box from head to sole of a drawn person, arms and legs at their widest."""
    return np.array([x - 0.22 * tall, feet_y - tall, x + 0.22 * tall, feet_y])


def draw_figure(
    image: ImageArray,
    x: float,
    feet_y: float,
    tall: float,
    phase: float,
    colour: tuple[int, int, int] = (40, 60, 130),
    trousers: tuple[int, int, int] = (50, 45, 40),
) -> None:
    """Draw a person whose legs and arms swing with the phase (in strides)."""
    swing = np.sin(2 * np.pi * phase)

    def point(dx: float, up: float) -> tuple[int, int]:
        return round(x + dx * tall), round(feet_y - up * tall)

    thick = max(round(0.07 * tall), 2)
    for side in (-1, 1):
        cv2.line(image, point(0, 0.5), point(0.18 * side * swing, 0.03), trousers, thick, cv2.LINE_AA)
        cv2.line(image, point(0, 0.8), point(-0.15 * side * swing, 0.45), colour, thick // 2 + 1, cv2.LINE_AA)
    cv2.line(image, point(0, 0.8), point(0, 0.5), colour, 2 * thick, cv2.LINE_AA)
    cv2.circle(image, point(0, 0.92), round(0.08 * tall), (200, 160, 130), -1, cv2.LINE_AA)


def overlap(box: FloatArray, truth: FloatArray) -> float:
    """Share of the true box that a box covers."""
    width = min(box[2], truth[2]) - max(box[0], truth[0])
    height = min(box[3], truth[3]) - max(box[1], truth[1])
    return max(width, 0) * max(height, 0) / ((truth[2] - truth[0]) * (truth[3] - truth[1]))
