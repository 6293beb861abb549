"""Peaks of heatmaps: those of the stock decoding, and where the hill really is."""

import numpy as np
import pytest
from sapiens2_parts import torch

from gait.pose.sapiens2.decode import decode

pytestmark = pytest.mark.torch

H, W = 256, 192


def hills(x: torch.Tensor, y: torch.Tensor, height: torch.Tensor, sigma: float = 6.0) -> torch.Tensor:
    """Return Gaussian hills (N, K, H, W) at x, y (N, K)."""
    columns, rows = torch.arange(W), torch.arange(H)[:, None]
    squared = (columns - x[..., None, None]) ** 2 + (rows - y[..., None, None]) ** 2
    return height[..., None, None] * torch.exp(-squared / (2 * sigma**2))


def in_cells(found: torch.Tensor) -> torch.Tensor:
    return found[..., :2] * torch.tensor([W - 1, H - 1])


def test_smooth_hills_are_found_to_a_hundredth_of_a_cell() -> None:
    torch.manual_seed(1)
    x, y = 10 + torch.rand(2, 30) * (W - 20), 10 + torch.rand(2, 30) * (H - 20)
    found = decode(hills(x, y, 0.2 + 0.8 * torch.rand(2, 30)))
    assert float((in_cells(found) - torch.stack([x, y], dim=-1)).abs().max()) < 0.01


def test_noisy_hills_also_at_and_over_the_edge_agree_with_the_stock_decoding() -> None:
    from transformers.models.sapiens2 import image_processing_sapiens2 as stock

    torch.manual_seed(2)
    x, y = torch.rand(3, 60) * (W + 8) - 4, torch.rand(3, 60) * (H + 8) - 4
    x[0, :4] = torch.tensor([0.0, 0.3, W - 1.0, W - 1.4])
    y[0, :4] = torch.tensor([0.0, 80.2, H - 1.0, 3.0])
    maps = hills(x, y, 0.05 + torch.rand(3, 60)) + 0.004 * torch.randn(3, 60, H, W)
    peaks, scores = stock.get_keypoint_predictions(maps)
    theirs = stock.post_dark_unbiased_data_processing(peaks, maps)
    found = decode(maps)
    assert float((in_cells(found) - theirs).abs().max()) < 1e-3
    assert torch.equal(found[..., 2], scores)


def test_a_map_without_a_peak_gives_nothing() -> None:
    for empty in (torch.zeros(1, 2, 64, 48), -torch.rand(1, 2, 64, 48)):
        found = decode(empty)
        assert torch.isnan(found[..., :2]).all()
        assert (found[..., 2] == 0).all()


def test_a_map_of_numbers_that_are_none_is_not_taken_for_an_empty_one() -> None:
    maps = torch.zeros(1, 2, 64, 48)
    maps[0, 1, 20, 30] = torch.nan
    found = decode(maps)
    assert found[0, 0, 2] == 0
    assert torch.isnan(found[0, 1]).all()


def test_a_flat_map_gives_its_first_peak_and_no_wild_step() -> None:
    found = decode(torch.full((1, 1, 64, 48), 0.5))
    assert np.isfinite(found.numpy()).all()
    assert float(found[..., :2].abs().max()) <= 0.2
