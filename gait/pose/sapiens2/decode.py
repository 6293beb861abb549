"""From heatmaps to points, on the device of the heatmaps.

The decoding is "distribution-aware" (DARK, Zhang et al. 2020) as the original release does it: the heatmap is blurred,
and a Newton step on its logarithm refines the peak. Only 13 x 13 cells around each peak take part, because the blur
reaches 5 cells and the derivatives one more.
"""

from __future__ import annotations

import torch

BLUR = 11
_REACH = BLUR // 2 + 1
_SIGMA = 0.3 * ((BLUR - 1) * 0.5 - 1) + 0.8
_FLOOR, _CEILING = 1e-3, 50.0


def decode(heatmaps: torch.Tensor) -> torch.Tensor:
    """Find the peak of every heatmap to a fraction of a cell.

    Parameters
    ----------
    heatmaps : (N, K, H, W)

    Returns
    -------
    float32 (N, K, 3)
        x and y as shares of the window (0 is the centre of the first cell, 1 that of the last) and the height of the
        peak. x and y are NaN, and the height 0, where no cell is above zero; all are NaN where a cell is.

    Notes
    -----
    The reference scales the blurred map by its maximum over the whole map; here it is the maximum beside the peak. The
    scale cancels in the Newton step, except under the floor of the logarithm, for peaks of some thousandths.
    """
    n_rows, n_columns = heatmaps.shape[-2:]
    flat = heatmaps.flatten(2).float()
    score, peak = flat.max(dim=-1)
    x, y = peak % n_columns, peak // n_columns
    near = _blurred_around(flat, x, y, n_rows, n_columns)
    near = near * (score / near.amax(dim=(-2, -1)).clamp_min(1e-12))[..., None, None]
    dx, dy = _newton_step(near.clamp(_FLOOR, _CEILING).log())
    # A step out of the cells that were looked at says nothing: the map is flat there.
    trusted = (dx.abs() <= _REACH) & (dy.abs() <= _REACH)
    xy = torch.stack(
        [
            (x - torch.where(trusted, dx, 0.0)) / (n_columns - 1),
            (y - torch.where(trusted, dy, 0.0)) / (n_rows - 1),
        ],
        dim=-1,
    )
    somewhere = score > 0
    xy = torch.where(somewhere[..., None], xy, float("nan"))
    return torch.cat([xy, torch.where(score <= 0, 0.0, score)[..., None]], dim=-1)


def _blurred_around(flat: torch.Tensor, x: torch.Tensor, y: torch.Tensor, n_rows: int, n_columns: int) -> torch.Tensor:
    """Return the blurred map in the 3 x 3 cells around each peak, (N, K, 3, 3), rows first."""
    device = flat.device
    offsets = torch.arange(-_REACH, _REACH + 1, device=device)
    rows, columns = y[..., None] + offsets, x[..., None] + offsets
    index = rows.clamp(0, n_rows - 1)[..., :, None] * n_columns + columns.clamp(0, n_columns - 1)[..., None, :]
    inside = ((rows >= 0) & (rows < n_rows))[..., :, None] & ((columns >= 0) & (columns < n_columns))[..., None, :]
    patch = flat.gather(2, index.flatten(2)).view(index.shape) * inside
    blur = _blur_matrix(device)
    near = blur @ patch @ blur.T
    # Beyond the edge the map goes on as it was at the edge.
    near = torch.stack(
        [
            torch.where((y == 0)[..., None], near[..., 1, :], near[..., 0, :]),
            near[..., 1, :],
            torch.where((y == n_rows - 1)[..., None], near[..., 1, :], near[..., 2, :]),
        ],
        dim=-2,
    )
    return torch.stack(
        [
            torch.where((x == 0)[..., None], near[..., 1], near[..., 0]),
            near[..., 1],
            torch.where((x == n_columns - 1)[..., None], near[..., 1], near[..., 2]),
        ],
        dim=-1,
    )


def _blur_matrix(device: torch.device) -> torch.Tensor:
    """Return the matrix (3, 13) that blurs 13 cells into the 3 in their middle."""
    kernel = torch.exp(-0.5 * (torch.arange(BLUR, device=device) - BLUR // 2) ** 2 / _SIGMA**2)
    kernel = kernel / kernel.sum()
    return torch.stack([torch.nn.functional.pad(kernel, (i, 2 - i)) for i in range(3)])


def _newton_step(log: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return H^-1 g of each 3 x 3 map (..., row, column), as x and y."""
    middle, left, right = log[..., 1, 1], log[..., 1, 0], log[..., 1, 2]
    above, below = log[..., 0, 1], log[..., 2, 1]
    eps = torch.finfo(log.dtype).eps
    gx, gy = (right - left) / 2, (below - above) / 2
    hxx, hyy = right - 2 * middle + left + eps, below - 2 * middle + above + eps
    hxy = (log[..., 2, 2] - right - below + 2 * middle - left - above + log[..., 0, 0]) / 2
    determinant = hxx * hyy - hxy * hxy
    return (hyy * gx - hxy * gy) / determinant, (hxx * gy - hxy * gx) / determinant
