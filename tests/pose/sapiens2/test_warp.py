"""What the network sees: the same pixels as with the stock processor, wherever the box lies."""

import numpy as np
import pytest
from sapiens2_parts import torch, transformers, xywh

from gait.pose.sapiens2.warp import crop, cut, to_picture, windows_around

pytestmark = pytest.mark.torch

SIZE = (256, 192)
CPU = torch.device("cpu")


def textured(height: int = 1080, width: int = 1920) -> np.ndarray:
    import cv2

    coarse = np.random.default_rng(3).integers(0, 255, (height // 12, width // 12, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


BOXES = {
    "in the middle, larger than the input": (600, 150, 980, 950),
    "small: the crop is enlarged": (700, 500, 740, 590),
    "tiny": (700.3, 500.6, 706.1, 509.2),
    "at the left edge": (0, 200, 300, 900),
    "over the left and upper edge": (-150, -90, 260, 700),
    "over the right and lower edge": (1700, 700, 2100, 1300),
    "larger than the picture": (-2000, -1500, 4000, 2600),
    "wide": (200, 500, 1700, 700),
    "thin": (900, 100, 912, 1000),
    "as large as the window is enlarged exactly once": (800, 400, 800 + 191 / 1.25, 500),
}


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES.keys())
@pytest.mark.parametrize("size", [SIZE, (1024, 768)], ids=["small input", "input of the published sizes"])
def test_crop_is_that_of_the_stock_processor(box: tuple[float, ...], size: tuple[int, int]) -> None:
    picture = textured()
    window = windows_around(np.array([box]), size)[0]
    ours = crop(cut(picture, window, size), CPU, torch.float32)
    processor = transformers.Sapiens2ImageProcessor(size={"height": size[0], "width": size[1]})
    theirs = processor([picture], boxes=[[xywh(np.array(box))]], return_tensors="pt")["pixel_values"][0]
    # One step of 255 is about 0.017; positions computed in single precision cost the stock crop some thousandths.
    assert float((ours - theirs).abs().max()) < 0.02
    assert float((ours - theirs).abs().mean()) < 5e-4


def test_a_box_outside_of_the_picture_shows_black() -> None:
    window = windows_around(np.array([[3000.0, 2000.0, 3100.0, 2200.0]]), SIZE)[0]
    seen = crop(cut(textured(), window, SIZE), CPU, torch.float32)
    assert seen.shape == (3, *SIZE)
    black = torch.tensor([-2.1179, -2.0357, -1.8044]).view(3, 1, 1)
    assert torch.allclose(seen, black.expand_as(seen), atol=1e-3)


def test_window_has_the_shape_of_the_input_and_a_quarter_more_than_the_box() -> None:
    tall, wide = windows_around(np.array([[100.0, 100.0, 200.0, 500.0], [100.0, 100.0, 700.0, 200.0]]), SIZE)
    assert tall[2:] == pytest.approx([375.0, 500.0])
    assert wide[2:] == pytest.approx([750.0, 1000.0])
    assert tall[:2] + tall[2:] / 2 == pytest.approx([150.0, 300.0])


def test_a_point_of_the_picture_is_found_again_where_it_was() -> None:
    # A single white pixel is the brightest of the crop; its place there leads back to it.
    picture = np.zeros((400, 300, 3), dtype=np.uint8)
    picture[233, 141] = 255
    windows = windows_around(np.array([[120.0, 190.0, 170.0, 260.0]]), SIZE)
    seen = crop(cut(picture, windows[0], SIZE), CPU, torch.float32)[0]
    row, column = divmod(int(seen.argmax()), SIZE[1])
    shares = np.array([[[column / (SIZE[1] - 1), row / (SIZE[0] - 1)]]])
    assert to_picture(shares, windows)[0, 0] == pytest.approx([141, 233], abs=0.5 * windows[0, 2] / SIZE[1])
