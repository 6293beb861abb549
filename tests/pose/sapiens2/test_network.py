"""The shape of the network is read from the tensors of the original release."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sapiens2_parts import POINTS, TINY, torch, transformers

from gait.errors import InputError
from gait.pose.sapiens2.network import SIZES, config_from_shapes, load_network, read_header

pytestmark = pytest.mark.torch

ROOT = Path(__file__).parents[3]
PUBLISHED = {
    "0.4b": (1024, 24, 16, [1024, 768], [512, 512, 256], 425_677_364),
    "0.8b": (1280, 32, 16, [1024, 768], [512, 512, 256], 848_704_820),
    "1b": (1536, 40, 24, [1536, 1024], [768, 512, 256], 1_519_780_148),
    "5b": (2432, 56, 32, [1024, 768], [512, 512, 256], 5_120_198_644),
}


@pytest.mark.parametrize("size", PUBLISHED)
def test_the_published_sizes_are_recognised(size: str) -> None:
    # The tensors have names and shapes, but no memory: 5B is as quick as 0.4B.
    from transformers.core_model_loading import revert_weight_conversion

    hidden, layers, heads, deconvolutions, convolutions, parameters = PUBLISHED[size]
    config = transformers.Sapiens2Config(
        hidden_size=hidden, intermediate_size=4 * hidden, num_hidden_layers=layers, num_attention_heads=heads,
        num_key_value_attention_heads=heads // 2, image_size=[1024, 768], num_labels=308, key_bias=False,
        head_config={"upsample_out_channels": deconvolutions, "conv_out_channels": convolutions},
    )  # fmt: skip
    with torch.device("meta"):
        model = transformers.Sapiens2ForPoseEstimation(config)
        state = revert_weight_conversion(model, model.state_dict())
    assert "backbone.blocks.0.attn.wq.weight" in state
    found = config_from_shapes({name: list(t.shape) for name, t in state.items()}, (1024, 768), Path("x"))
    assert SIZES[found.hidden_size, found.num_hidden_layers] == size
    with torch.device("meta"):
        again = transformers.Sapiens2ForPoseEstimation(found)
    shapes = {name: t.shape for name, t in model.state_dict().items()}
    assert {name: t.shape for name, t in again.state_dict().items()} == shapes
    # Without biases of the keys it is a little smaller than the count with them.
    assert sum(p.numel() for p in again.parameters()) == pytest.approx(parameters, rel=1e-3)
    assert found.num_key_value_heads_per_layer == config.num_key_value_heads_per_layer


def load(files: list[Path], config: Path | None = None) -> None:
    load_network(files, config, points=POINTS, mirror=[0], device=torch.device("cpu"), dtype=torch.float32)


def test_a_file_cut_short_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "sapiens2_0.4b_pose.safetensors"
    broken.write_bytes(TINY.read_bytes()[:-1000])
    with pytest.raises(InputError, match=r"sapiens2_0\.4b_pose"):
        load([broken])


def test_another_model_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    other = tmp_path / "other.safetensors"
    save_file({"weight": torch.zeros(3, 3)}, other)
    with pytest.raises(InputError, match="does not hold the tensors of a Sapiens2 pose model"):
        load([other])


def changed(folder: Path, *, without: str = "", **tensors: torch.Tensor) -> Path:
    """Return a copy of the tiny model that lacks a tensor, or has other ones."""
    from safetensors.torch import load_file, save_file

    state = {name: tensor for name, tensor in load_file(TINY).items() if name != without} | tensors
    file = folder / "changed.safetensors"
    save_file(state, file, metadata=read_header([TINY])[1])
    return file


def test_a_tensor_that_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"1 tensor lacks .*v_proj"):
        load([changed(tmp_path, without="backbone.blocks.1.attn.wv.weight")])


def test_whichever_tensor_lacks_the_model_is_refused(tmp_path: Path) -> None:
    for name in read_header([TINY])[0]:
        with pytest.raises(InputError, match=r"changed\.safetensors: .* Sapiens2 pose model"):
            load([changed(tmp_path, without=name)])
            pytest.fail(f"without {name} it was taken for a whole model")


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda t: torch.cat([t, t]), id="twice as long"),
        pytest.param(lambda t: t.flatten()[0].clone(), id="a single number"),
        pytest.param(lambda t: t[None], id="an axis too many"),
    ],
)
def test_whichever_tensor_has_another_shape_the_model_is_refused(
    tmp_path: Path, shape: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    from safetensors.torch import load_file

    for name, tensor in load_file(TINY).items():
        with pytest.raises(InputError, match=r"changed\.safetensors: .* Sapiens2 pose model"):
            load([changed(tmp_path, **{name: shape(tensor)})])
            pytest.fail(f"with another shape of {name} it was taken for a whole model")


def test_a_model_without_the_bias_of_its_last_layer_ends_in_one_sentence(tmp_path: Path) -> None:
    file = changed(tmp_path, without="decode_head.conv_pose.bias")
    video = ROOT / "sample_videos" / "side_walk.mp4"
    done = subprocess.run(
        [sys.executable, "-m", "gait", "run", str(video), "--model", str(file), "--device", "cpu"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    (sentence,) = done.stderr.splitlines()
    assert "changed.safetensors" in sentence


def test_a_folder_that_transformers_saved_gives_the_same_heatmaps(tmp_path: Path) -> None:
    from sapiens2_parts import stock_model, stock_processor

    model = stock_model()
    model.save_pretrained(tmp_path)
    stock_processor(model).save_pretrained(tmp_path)
    crops = torch.randn(2, 3, *model.config.image_size)
    options = {"points": POINTS, "mirror": [0], "device": torch.device("cpu"), "dtype": torch.float32}
    saved = load_network([tmp_path / "model.safetensors"], tmp_path, **options)
    original = load_network([TINY], None, **options)
    assert saved.input_size == original.input_size == tuple(model.config.image_size)
    with torch.inference_mode():
        every = model(crops).heatmaps[:, POINTS]
        assert torch.allclose(saved.heatmaps(crops), every, atol=1e-4)
        assert torch.allclose(original.heatmaps(crops), every, atol=1e-4)
