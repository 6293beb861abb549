"""The outline of the body: its maps against the true ones of the renderer, and as the stock processor and model do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sapiens2_parts import TINY, InMemory, torch, track_of, transformers, xywh

from gait.config import PoseSettings
from gait.errors import InputError, ModelUnavailableError, UsageError
from gait.hashing import sha256_of
from gait.outlines import PARTS, Outlines
from gait.pose.registry import segmentation_weights
from gait.pose.sapiens2.network import SEGMENTATION, SIZES, config_from_shapes, load_segmentation, read_header
from gait.pose.sapiens2.segmentation import CLASSES, Sapiens2Segmentation, part_of
from gait.pose.sapiens2.weights import SEGMENTATION as PUBLISHED
from gait.pose.sapiens2.weights import Weights

pytestmark = pytest.mark.torch

TINY_SEG = TINY.with_name("sapiens2_tiny_seg.safetensors")
WEIGHTS = Weights(files=(TINY_SEG,))
ROWS = slice(20, 160, 14)


@pytest.fixture(scope="module")
def walker(
    sample_clip: Callable[[str], tuple[Path, dict[str, Any]]],
) -> tuple[list[np.ndarray], np.ndarray, list[np.ndarray]]:
    """A walker seen from the side: pictures, boxes (T, 4), and true outlines (H, W)."""
    pytest.importorskip("av")
    from renderer.clip import motions, people_shapes
    from renderer.clips import SHIPPED

    from gait.video.reader import open_video

    video, known = sample_clip("side_walk")
    rows = np.flatnonzero(known["whole"])[ROWS]
    pictures = [frame.image for frame in open_video(video).frames_at(np.array(known["time_s"])[rows])]
    clip = SHIPPED["side_walk"]()
    moved = motions(clip)
    outlines = [outline(people_shapes(clip, moved, row)[0], clip.camera(float(clip.time_s[row]))) for row in rows]
    return pictures, np.array([known["box_px"][row] for row in rows]), outlines


def outline(shapes: list[Any], camera: Any) -> np.ndarray:
    """Return the pixels on whose rays the renderer meets one of the shapes, (H, W)."""
    from renderer.raster import screen_box, trace

    rays = camera.rays(0, 0, camera.width, camera.height)
    met = np.zeros(rays.shape[:2], dtype=bool)
    for shape in shapes:
        box = screen_box(shape, camera)
        if box is not None:
            part = (slice(box[1], box[3]), slice(box[0], box[2]))
            met[part] |= np.isfinite(trace(shape, np.array(camera.position), rays[part])[0])
    return met


def find(pictures: list[np.ndarray], boxes: np.ndarray, **settings: Any) -> Outlines:
    with Sapiens2Segmentation(WEIGHTS, PoseSettings(**{"device": "cpu", **settings})) as network:
        return network.find(InMemory(pictures), track_of(boxes))


def in_picture(outlines: Outlines, row: int, shape: tuple[int, ...]) -> np.ndarray:
    """Return the part of the body that each pixel of the picture shows, (H, W), by the nearest cell of the map."""
    parts = outlines.parts(row)
    assert parts is not None
    origin, far = outlines.to_picture(row, np.array([[0.0, 0.0], [parts.shape[1] - 1, parts.shape[0] - 1]]))
    y, x = np.mgrid[: shape[0], : shape[1]]
    column = np.rint((x - origin[0]) / (far - origin)[0] * (parts.shape[1] - 1)).astype(int)
    line = np.rint((y - origin[1]) / (far - origin)[1] * (parts.shape[0] - 1)).astype(int)
    inside = (column >= 0) & (column < parts.shape[1]) & (line >= 0) & (line < parts.shape[0])
    out = np.zeros(shape[:2], dtype=np.uint8)
    out[inside] = parts[line[inside], column[inside]]
    return out


def overlap(found: np.ndarray, true: np.ndarray) -> float:
    """Return the intersection of two masks over their union."""
    return float((found & true).sum() / (found | true).sum())


def test_the_true_outline_is_found(walker: Any) -> None:
    # The tiny network reaches 0.82. A window that is off by a few cells, or a map that is mirrored, would show.
    pictures, boxes, outlines = walker
    found = find(pictures, boxes)
    overlaps = [overlap(in_picture(found, i, true.shape) > 0, true) for i, true in enumerate(outlines)]
    assert np.median(overlaps) > 0.78
    assert min(overlaps) > 0.7


def test_the_outline_lies_neither_left_nor_right_nor_above_nor_below_of_the_true_one(walker: Any) -> None:
    pictures, boxes, outlines = walker
    found = find(pictures, boxes)
    off = [
        np.mean(np.nonzero(in_picture(found, i, true.shape)), axis=1) - np.mean(np.nonzero(true), axis=1)
        for i, true in enumerate(outlines)
    ]
    cell_px = np.median(found.window_px[:, 3]) / found.shape[0]
    assert np.abs(np.median(off, axis=0)).max() < 2 * cell_px


def test_a_walker_who_is_half_out_of_the_picture_has_half_an_outline(walker: Any) -> None:
    picture, box, true = (part[4] for part in walker)
    cut = round((box[0] + box[2]) / 2)
    half, seen = picture[:, cut:].copy(), true[:, cut:]
    found = find([half], box[None] - [cut, 0, cut, 0])
    assert found.window_px[0, 0] < 0
    assert overlap(in_picture(found, 0, half.shape) > 0, seen) > 0.6


def test_frames_without_a_box_have_no_outline_and_the_others_keep_their_rows(walker: Any) -> None:
    pictures, boxes, _ = walker
    gaps = boxes.copy()
    gaps[[0, 3]] = np.nan
    found, all_of_them = find(pictures, gaps, batch=4), find(pictures, boxes, batch=1)
    for row in range(len(boxes)):
        if row in (0, 3):
            assert found.parts(row) is None
            assert np.isnan(found.window_px[row]).all()
        else:
            assert np.mean(found.parts(row) == all_of_them.parts(row)) > 0.999
    assert find(pictures, np.full_like(boxes, np.nan)).parts(0) is None


def test_an_empty_picture_shows_nobody(walker: Any) -> None:
    picture, box, true = (part[4] for part in walker)
    wall = np.broadcast_to(np.median(picture[~true], axis=0), picture.shape).astype(np.uint8)
    parts = find([wall], box[None]).parts(0)
    assert parts is not None
    assert (parts > 0).mean() < 0.05


def test_a_map_takes_less_than_a_kilobyte_and_a_half(walker: Any) -> None:
    found = find(*walker[:2])
    assert np.mean([len(packed) for packed in found.maps]) < 1500


def test_the_maps_are_those_of_the_stock_processor_and_model(walker: Any) -> None:
    from safetensors.torch import load_file

    picture, box, _ = (part[2] for part in walker)
    shapes, metadata = read_header([TINY_SEG])
    size = tuple(int(side) for side in metadata["input_size"].split("x"))
    config = config_from_shapes(shapes, size, TINY_SEG, SEGMENTATION)
    state = {name: tensor.float() for name, tensor in load_file(TINY_SEG).items()}
    stock = transformers.Sapiens2ForSemanticSegmentation.from_pretrained(None, config=config, state_dict=state).eval()
    processor = transformers.Sapiens2ImageProcessor(size={"height": size[0], "width": size[1]})
    with torch.inference_mode():
        crops = processor([picture], boxes=[[xywh(box)]], return_tensors="pt")["pixel_values"]
        theirs = processor.post_process_semantic_segmentation(stock(crops))[0].numpy()
    ours = find([picture], box[None]).parts(0)
    assert len(np.unique(theirs)) > 5
    assert np.mean(np.array([PARTS.index(part_of(name)) for name in CLASSES])[theirs] == ours) > 0.99


def test_every_class_belongs_to_a_part() -> None:
    assert len(CLASSES) == 29
    assert (CLASSES[0], CLASSES[9], CLASSES[13], CLASSES[18]) == (
        "background",
        "left_shoe",
        "lower_clothing",
        "right_shoe",
    )
    assert {part_of(name) for name in CLASSES} == set(PARTS)
    assert [part_of(CLASSES[i]) for i in (0, 5, 9, 10, 12, 13, 18, 23)] == [
        "nothing", "left_foot", "left_foot", "left_leg", "left_leg", "legs", "right_foot", "body"
    ]  # fmt: skip


@pytest.mark.parametrize(("size", "hidden", "layers", "heads"), [("0.4b", 1024, 24, 16), ("5b", 2432, 56, 32)])
def test_the_published_sizes_are_recognised(size: str, hidden: int, layers: int, heads: int) -> None:
    from transformers.core_model_loading import revert_weight_conversion

    config = transformers.Sapiens2Config(
        hidden_size=hidden, intermediate_size=4 * hidden, num_hidden_layers=layers, num_attention_heads=heads,
        num_key_value_attention_heads=heads // 2, image_size=[1024, 768], num_labels=29, key_bias=False,
        head_config={"upsample_out_channels": [512, 256, 128, 64], "conv_out_channels": [64, 64]},
    )  # fmt: skip
    with torch.device("meta"):
        model = transformers.Sapiens2ForSemanticSegmentation(config)
        state = revert_weight_conversion(model, model.state_dict())
    assert {"decode_head.conv_seg.weight", "decode_head.deconv_layers.9.weight"} <= set(state)
    found = config_from_shapes({k: list(t.shape) for k, t in state.items()}, (1024, 768), Path("x"), SEGMENTATION)
    assert SIZES[found.hidden_size, found.num_hidden_layers] == size
    size_bytes = 4 * sum(tensor.numel() for tensor in state.values())
    assert size_bytes == pytest.approx(PUBLISHED[f"sapiens2-seg-{size}"].size_bytes, rel=1e-3)
    with torch.device("meta"):
        again = transformers.Sapiens2ForSemanticSegmentation(found)
    assert {k: t.shape for k, t in again.state_dict().items()} == {k: t.shape for k, t in model.state_dict().items()}


def test_weights_of_a_pose_model_are_refused() -> None:
    with pytest.raises(InputError, match="Sapiens2 segmentation model"):
        load_segmentation([TINY], None, device=torch.device("cpu"), dtype=torch.float32)


def test_weights_are_looked_for_only_where_they_are_asked_for(tmp_path: Path) -> None:
    assert segmentation_weights(PoseSettings(), "blazepose") is None
    named = PoseSettings(segment=True, segment_model=str(TINY_SEG))
    assert segmentation_weights(named, "blazepose") == WEIGHTS
    with pytest.raises(UsageError, match=r"sapiens2-seg-0\.4b"):
        segmentation_weights(PoseSettings(segment=True, segment_model="sapiens3"), "blazepose")
    with pytest.raises(ModelUnavailableError, match="no such file"):
        segmentation_weights(PoseSettings(segment=True, segment_model=str(tmp_path / "no.safetensors")), "blazepose")


def test_provenance_names_the_weights_by_their_hash() -> None:
    with Sapiens2Segmentation(WEIGHTS, PoseSettings(device="cpu")) as network:
        facts = network.provenance()
    assert facts.weights_sha256 == sha256_of(TINY_SEG)
    assert facts.name == "sapiens2-seg-custom"
