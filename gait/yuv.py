"""The layout of a yuv420p picture: brightness, and two colour planes of half the width and height."""

from __future__ import annotations

import numpy as np

from gait.types import ImageArray


def planes(image: ImageArray) -> tuple[ImageArray, ImageArray, ImageArray]:
    """Return views of brightness (H, W) and the two colour planes (H/2, W/2) of a yuv420p picture (H * 3 / 2, W)."""
    rows, width = image.shape
    height = rows * 2 // 3
    flat = image.reshape(-1)
    n_luma, n_chroma = height * width, height * width // 4
    chroma = (height // 2, width // 2)
    return (
        image[:height],
        flat[n_luma : n_luma + n_chroma].reshape(chroma),
        flat[n_luma + n_chroma :].reshape(chroma),
    )


def join_planes(y: ImageArray, u: ImageArray, v: ImageArray) -> ImageArray:
    """Lay brightness and colour planes out as one yuv420p picture (H * 3 / 2, W)."""
    joined: ImageArray = np.concatenate([y.reshape(-1), u.reshape(-1), v.reshape(-1)]).reshape(-1, y.shape[1])
    return joined
