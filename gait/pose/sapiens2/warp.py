"""From a frame and a box to what Sapiens2 looks at, and back; computed where the frame lies.

The window (the box, padded and brought to the shape of the input) is sampled as in "unbiased data processing" (Huang et
al. 2020): the first and last pixel of the crop lie on the edges of the window. Kernels, padding and their switch from
linear to cubic are those of the image processor in `transformers`, so that the network sees what it was trained on.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from gait.types import FloatArray, ImageArray

PADDING = 1.25
MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)
"""Of ImageNet, red, green, blue, on 0 to 255."""

_MIN_SIDE_PX = 2.0
_CUBIC = -0.75


class Part(NamedTuple):
    """The part of a frame that a window needs, and the taps that resample it along each axis.

    `rows` and `columns` are pairs of indices into `pixels` and weights, (taps, length of the crop).
    """

    pixels: ImageArray
    rows: tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]
    columns: tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]


def windows_around(box_px: FloatArray, size: tuple[int, int]) -> FloatArray:
    """Pad boxes and bring them to the shape of the input.

    Parameters
    ----------
    box_px : (N, 4)
        x1, y1, x2, y2.
    size : (height, width)
        Of the input.

    Returns
    -------
    (N, 4)
        Left, top, width, height in pixels of the picture; may reach over its edges.
    """
    box = np.asarray(box_px, dtype=np.float64)
    center = (box[:, :2] + box[:, 2:]) / 2
    sides = np.maximum(box[:, 2:] - box[:, :2], _MIN_SIDE_PX) * PADDING
    height, width = size
    wide = np.maximum(sides[:, 0], sides[:, 1] * width / height)
    window = np.stack([wide, wide * height / width], axis=1)
    return np.concatenate([center - window / 2, window], axis=1)


def cut(rgb: ImageArray, window: FloatArray, size: tuple[int, int]) -> Part:
    """Take out of a frame what a window needs of it.

    Parameters
    ----------
    rgb : uint8 (H, W, 3)
    window : (4,)
        As from `windows_around`.
    size : (height, width)
        Of the crop.
    """
    left, top, width, height = (float(v) for v in window)
    cubic = (size[1] - 1) / width >= 1 and (size[0] - 1) / height >= 1
    row_at, row_weight, (y0, y1) = _taps(top, height, size[0], rgb.shape[0], cubic=cubic)
    column_at, column_weight, (x0, x1) = _taps(left, width, size[1], rgb.shape[1], cubic=cubic)
    # A copy: the part may wait, and the frame need not.
    return Part(rgb[y0:y1, x0:x1].copy(), (row_at, row_weight), (column_at, column_weight))


def _taps(
    start: float, length: float, n_out: int, n_in: int, *, cubic: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], tuple[int, int]]:
    """Return indices and weights (taps, n_out) along one axis, and the range of pixels they need.

    What lies beyond the picture counts as black. The indices are relative to the range.
    """
    at = start + np.arange(n_out) * (length / (n_out - 1))
    base = np.floor(at).astype(np.int64)
    f = at - base
    if cubic:
        index = base + np.arange(-1, 3)[:, None]
        weight = np.stack([_outer(1 + f), _inner(f), _inner(1 - f), _outer(2 - f)])
    else:
        index = base + np.arange(2)[:, None]
        weight = np.stack([1 - f, f])
    inside = (index >= 0) & (index < n_in)
    if not inside.any():
        return np.zeros_like(index), np.zeros(index.shape, dtype=np.float32), (0, 1)
    first, last = int(index[inside].min()), int(index[inside].max())
    return np.clip(index, first, last) - first, (weight * inside).astype(np.float32), (first, last + 1)


def _inner(d: FloatArray) -> FloatArray:
    """Cubic convolution kernel (Keys 1981) for distances from 0 to 1."""
    return ((_CUBIC + 2) * d - (_CUBIC + 3)) * d * d + 1


def _outer(d: FloatArray) -> FloatArray:
    """Cubic convolution kernel for distances from 1 to 2."""
    return ((_CUBIC * d - 5 * _CUBIC) * d + 8 * _CUBIC) * d - 4 * _CUBIC


def crop(part: Part, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """Resample and normalise on the device.

    Parameters
    ----------
    part : Part
    device, dtype
        Of the result.

    Returns
    -------
    (3, height, width)
    """
    pixels = _to(part.pixels, device).permute(2, 0, 1).to(torch.float32)
    # The window is upright, so the warp is a small matrix per axis: this runs alike on every kind of device.
    by_row = _matrix(*part.rows, part.pixels.shape[0], device)
    by_column = _matrix(*part.columns, part.pixels.shape[1], device)
    resampled = by_row @ (pixels @ by_column.T)
    mean, std = _mean_and_std(device)
    return ((resampled - mean) / std).to(dtype)


@cache
def _mean_and_std(device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor(MEAN, device=device).view(3, 1, 1), torch.tensor(STD, device=device).view(3, 1, 1)


def _matrix(
    index: npt.NDArray[np.int64], weight: npt.NDArray[np.float32], n_in: int, device: torch.device
) -> torch.Tensor:
    zeros = torch.zeros(index.shape[1], n_in, device=device)
    return zeros.scatter_add_(1, _to(index, device).T, _to(weight, device).T)


def _to(array: npt.NDArray[np.generic], device: torch.device) -> torch.Tensor:
    """Copy to the device without waiting for it."""
    tensor = torch.from_numpy(array)
    if device.type == "cuda":
        # Memory that the driver pinned is copied while other work goes on; it is not reused before the copy is done.
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def to_picture(points: FloatArray, windows: FloatArray) -> FloatArray:
    """Turn positions as shares of the window, (N, K, 2), into pixels of the picture; `windows` is (N, 4)."""
    return np.asarray(windows[:, None, :2] + points * windows[:, None, 2:])
