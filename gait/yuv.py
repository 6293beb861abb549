"""The layout of a yuv420p picture: brightness, and two colour planes of half the width and height."""

from __future__ import annotations

from gait.types import ImageArray


def luma_and_chroma(image: ImageArray) -> tuple[ImageArray, ImageArray]:
    """Return views of brightness (H, W) and of both colour planes (2, H/2, W/2) of a yuv420p picture (H * 3 / 2, W)."""
    rows, width = image.shape
    height = rows * 2 // 3
    return image[:height], image.reshape(-1)[height * width :].reshape(2, height // 2, width // 2)


def planes(image: ImageArray) -> tuple[ImageArray, ImageArray, ImageArray]:
    """Return views of brightness (H, W) and the two colour planes (H/2, W/2) of a yuv420p picture (H * 3 / 2, W)."""
    luma, (u, v) = luma_and_chroma(image)
    return luma, u, v
