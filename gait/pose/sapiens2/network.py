"""The network of Sapiens2: its shape read from the weights, and the weights on the device.

`transformers` has the architecture; what is added here: any size is recognised from the tensors of the original
release, the last convolution computes only the points that are used, and it does so in float32.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from gait.errors import GaitError, InputError
from gait.pose.sapiens2.decode import decode
from gait.pose.sapiens2.run import is_out_of_memory

INPUT_SIZE = (1024, 768)
"""Height and width of the crop, unless the file says otherwise (`input_size` in its metadata)."""

SIZES = {(1024, 24): "0.4b", (1280, 32): "0.8b", (1536, 40): "1b", (2432, 56): "5b"}
"""Hidden size and layers of the published sizes."""

N_CLASSES = 29
"""Parts of the body that Sapiens2 tells apart, with the background."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """What a network of Sapiens2 ends in: its class in `transformers`, and its last convolution in the release."""

    kind: str
    suffix: str
    """Of the files of the release."""
    architecture: str
    last: str


POSE = Head(kind="pose", suffix="pose", architecture="Sapiens2ForPoseEstimation", last="decode_head.conv_pose")
SEGMENTATION = Head(
    kind="segmentation",
    suffix="seg",
    architecture="Sapiens2ForSemanticSegmentation",
    last="decode_head.conv_seg",
)
Shapes = Mapping[str, Sequence[int]]


@dataclass(frozen=True, kw_only=True)
class Network:
    """The network on its device, ready to run.

    Attributes
    ----------
    model : Sapiens2ForPoseEstimation
        Without its last convolution.
    weight, bias : (K, C, 1, 1) and (K,)
        The last convolution, for the points that are used; float32.
    mirror : (M,)
        For each of the first M points, which one stands for it in the mirrored picture; the others have none.
    input_size : (height, width)
    size : str
        "0.4b" and so on; "custom" for a shape that was not published.
    """

    model: Any
    weight: torch.Tensor
    bias: torch.Tensor
    mirror: torch.Tensor
    input_size: tuple[int, int]
    size: str

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return self.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in."""
        dtype: torch.dtype = self.model.dtype
        return dtype

    def points(self, crops: torch.Tensor, *, flip_test: bool = False) -> torch.Tensor:
        """Return the points of normalised crops (N, 3, height, width) as `decode` gives them, (N, K, 3)."""
        heatmaps = self.heatmaps(crops)
        if flip_test:
            paired = len(self.mirror)
            flipped = self.heatmaps(crops.flip(3))[:, self.mirror].flip(3)
            heatmaps = torch.cat([(heatmaps[:, :paired] + flipped) / 2, heatmaps[:, paired:]], dim=1)
        return decode(heatmaps)

    def heatmaps(self, crops: torch.Tensor) -> torch.Tensor:
        """Return the heatmaps of the points that are used, float32 (N, K, H, W)."""
        features = self.model(crops).heatmaps
        # As a product of matrices: in a convolution, CUDA would round float32 to ten bits.
        return torch.einsum("kc,nchw->nkhw", self.weight[:, :, 0, 0], features.float()) + self.bias[:, None, None]


def load_network(
    files: Sequence[Path],
    config: Path | None,
    *,
    points: Sequence[int],
    mirror: Sequence[int],
    device: torch.device,
    dtype: torch.dtype,
) -> Network:
    """Read weights from safetensors files.

    Parameters
    ----------
    files : sequence of Path
        The single file of the original release, or all the parts of a model that `transformers` saved.
    config : Path or None
        The folder with `config.json`, where there is one; otherwise the shape follows from the tensors.
    points : K indices
        The points that are used, among those of the model.
    mirror : M indices
        As in `Network`.
    device, dtype
        Where and in what it computes.

    Raises
    ------
    InputError
        A file is not what it should be.
    """
    settings, input_size = _shape_of(files, config, POSE)
    if settings.num_labels <= max(points):
        raise InputError(f"{files[0]}: has {settings.num_labels} points; Sapiens2 pose models have 308.")
    state, last = _read_tensors(files, POSE, dtype)
    model = _build(files, settings, state, POSE, dtype)
    chosen = list(points)
    return assemble(model.to(device), (last["weight"][chosen], last["bias"][chosen]), mirror, input_size)


def load_segmentation(
    files: Sequence[Path], config: Path | None, *, device: torch.device, dtype: torch.dtype
) -> tuple[Any, tuple[int, int]]:
    """Read the weights of a network that finds the parts of the body.

    Parameters
    ----------
    files, config, device, dtype
        As for `load_network`.

    Returns
    -------
    model : Sapiens2ForSemanticSegmentation
    input_size : (height, width)

    Raises
    ------
    InputError
        A file is not what it should be.
    """
    settings, input_size = _shape_of(files, config, SEGMENTATION)
    if settings.num_labels != N_CLASSES:
        raise InputError(f"{files[0]}: tells {settings.num_labels} parts; Sapiens2 segmentation models tell 29.")
    state, _ = _read_tensors(files, SEGMENTATION, dtype)
    model = _build(files, settings, state, SEGMENTATION, dtype)
    model.eval().requires_grad_(False)
    return model.to(device), input_size


def _shape_of(files: Sequence[Path], config: Path | None, head: Head) -> tuple[Any, tuple[int, int]]:
    """Return the configuration of the network and the size of its input."""
    from transformers import Sapiens2Config

    shapes, metadata = read_header(files)
    if config is not None:
        settings = Sapiens2Config.from_pretrained(config)
        return settings, _input_size(config, settings)
    input_size = _parse_size(metadata.get("input_size"), files[0])
    return config_from_shapes(shapes, input_size, files[0], head), input_size


def _read_tensors(
    files: Sequence[Path], head: Head, dtype: torch.dtype
) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """Return all tensors, and those of weight and bias of the last convolution that there are, in float32."""
    state, last = {}, {}
    for name, tensor in _tensors(files):
        state[name] = tensor.to(dtype)
        for part in ("weight", "bias"):
            if name in (f"{head.last}.{part}", f"decode_head.predictor.{part}"):
                last[part] = tensor.float()
    return state, last


def _build(files: Sequence[Path], settings: Any, state: dict[str, torch.Tensor], head: Head, dtype: torch.dtype) -> Any:
    """Return the model with its weights; nothing may lack, or have another shape."""
    import transformers
    from transformers.utils import logging

    bars, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        model, report = getattr(transformers, head.architecture).from_pretrained(
            None,
            config=settings,
            state_dict=state,
            dtype=dtype,
            output_loading_info=True,
            # They are reported, and refused below in words of our own.
            ignore_mismatched_sizes=True,
        )
    except (RuntimeError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        if is_out_of_memory(error):
            raise GaitError(
                f"{files[0]}: the memory does not suffice for this model.", "Choose a smaller one."
            ) from error
        raise InputError(
            f"{files[0]}: does not hold the tensors of a Sapiens2 {head.kind} model (their shapes do not fit together)."
        ) from error
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
    wrong = sorted(report["missing_keys"]) + sorted(key for key, *_ in report["mismatched_keys"])
    if wrong:
        count = "1 tensor lacks or has" if len(wrong) == 1 else f"{len(wrong)} tensors lack or have"
        raise InputError(f"{files[0]}: is no Sapiens2 {head.kind} model ({count} another shape, such as {wrong[0]}).")
    return model


def assemble(
    model: Any, last: tuple[torch.Tensor, torch.Tensor], mirror: Sequence[int], input_size: tuple[int, int]
) -> Network:
    """Make a network of a model and the weight and bias of its last convolution, for the points that are used."""
    model.decode_head.predictor = torch.nn.Identity()
    model.eval().requires_grad_(False)
    if model.device.type == "cuda":
        # Faster there; on MPS convolutions have been wrong with weights laid out so.
        model.decode_head.to(memory_format=torch.channels_last)
    weight, bias = (part.detach().to(model.device, torch.float32) for part in last)
    return Network(
        model=model,
        weight=weight,
        bias=bias,
        mirror=torch.tensor(mirror, device=model.device),
        input_size=input_size,
        size=SIZES.get((model.config.hidden_size, model.config.num_hidden_layers), "custom"),
    )


def read_header(files: Sequence[Path]) -> tuple[dict[str, list[int]], dict[str, str]]:
    """Return the shapes of all tensors, and the metadata, without reading the tensors.

    Raises
    ------
    InputError
        A file is missing, cut short, or no safetensors file.
    """
    shapes: dict[str, list[int]] = {}
    metadata: dict[str, str] = {}
    for file in files:
        try:
            with safe_open(file, framework="pt") as opened:
                metadata |= opened.metadata() or {}
                shapes |= {name: opened.get_slice(name).get_shape() for name in opened.keys()}  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise InputError(f"{file}: cannot be read as safetensors ({error}).", "Fetch it again.") from error
    return shapes, metadata


def _tensors(files: Sequence[Path]) -> Iterable[tuple[str, torch.Tensor]]:
    for file in files:
        with safe_open(file, framework="pt") as opened:
            for name in opened.keys():  # noqa: SIM118
                yield name, opened.get_tensor(name)


def config_from_shapes(shapes: Shapes, input_size: tuple[int, int], file: Path, head: Head = POSE) -> Any:
    """Work out the shape of the network from the tensors of the original release.

    Parameters
    ----------
    shapes : mapping of names to shapes
    input_size : (height, width)
    file : Path
        Named in errors.
    head : Head
        What the network ends in.

    Returns
    -------
    Sapiens2Config

    Raises
    ------
    InputError
        The tensors are not those of such a network.
    """
    from transformers import Sapiens2Config

    try:
        hidden = shapes["backbone.cls_token"][-1]
        head_dim = shapes["backbone.blocks.0.attn.q_norm.weight"][0]
        layers = 1 + max(_numbers(shapes, r"backbone\.blocks\.(\d+)\..*"))
        block = "backbone.blocks.{}.attn.wk.weight"
        return Sapiens2Config(
            hidden_size=hidden,
            intermediate_size=shapes["backbone.blocks.0.ffn.w3.weight"][1],
            num_hidden_layers=layers,
            num_attention_heads=hidden // head_dim,
            num_key_value_heads_per_layer=[shapes[block.format(i)][0] // head_dim for i in range(layers)],
            num_register_tokens=shapes["backbone.storage_tokens"][1],
            patch_size=_kernel(shapes, "backbone.patch_embed.projection.weight")[-1],
            image_size=list(input_size),
            query_bias=bool(_numbers(shapes, r"backbone\.blocks\.(\d+)\.attn\.wq\.bias")),
            key_bias=bool(_numbers(shapes, r"backbone\.blocks\.(\d+)\.attn\.wk\.bias")),
            value_bias=bool(_numbers(shapes, r"backbone\.blocks\.(\d+)\.attn\.wv\.bias")),
            proj_bias=bool(_numbers(shapes, r"backbone\.blocks\.(\d+)\.attn\.proj\.bias")),
            mlp_bias=bool(_numbers(shapes, r"backbone\.blocks\.(\d+)\.ffn\.w3\.bias")),
            num_labels=shapes[f"{head.last}.weight"][0],
            head_config={
                **_head_layers(shapes, "upsample", "deconv_layers", out_channels=1),
                **_head_layers(shapes, "conv", "conv_layers", out_channels=0),
            },
        )
    except (KeyError, ValueError, IndexError, ZeroDivisionError) as error:
        lack = f"{error} is not there" if isinstance(error, KeyError) else "their shapes do not fit together"
        raise InputError(
            f"{file}: does not hold the tensors of a Sapiens2 {head.kind} model ({lack}).",
            f"Use sapiens2_<size>_{head.suffix}.safetensors of the original release, or a "
            "folder that has a config.json.",
        ) from error


def _head_layers(shapes: Shapes, kind: str, name: str, *, out_channels: int) -> dict[str, list[int]]:
    """Return channels and kernels of the head's layers; normalisation and activation have numbers of their own."""
    at = sorted(_numbers(shapes, rf"decode_head\.{name}\.(\d+)\.weight"))
    kernels = [_kernel(shapes, f"decode_head.{name}.{i}.weight") for i in at]
    return {
        f"{kind}_out_channels": [kernel[out_channels] for kernel in kernels],
        f"{kind}_kernel_sizes": [kernel[-1] for kernel in kernels],
    }


def _kernel(shapes: Shapes, name: str) -> Sequence[int]:
    """Return the shape of the weights of a convolution."""
    kernel = shapes[name]
    if len(kernel) != 4:
        raise ValueError(f"{name} has {len(kernel)} axes")
    return kernel


def _numbers(shapes: Shapes, pattern: str) -> set[int]:
    return {int(match[1]) for name in shapes if (match := re.fullmatch(pattern, name))}


def _parse_size(text: str | None, file: Path) -> tuple[int, int]:
    if text is None:
        return INPUT_SIZE
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if match is None:
        raise InputError(f"{file}: input_size is {text!r}, expected HEIGHTxWIDTH.")
    return int(match[1]), int(match[2])


def _input_size(folder: Path, settings: Any) -> tuple[int, int]:
    """Return the size that the image processor beside the weights asks for, or that of the configuration."""
    file = folder / "preprocessor_config.json"
    if file.is_file():
        size = json.loads(file.read_text(encoding="utf-8")).get("size", {})
        if {"height", "width"} <= set(size):
            return int(size["height"]), int(size["width"])
    if isinstance(settings.image_size, (list, tuple)):
        return int(settings.image_size[0]), int(settings.image_size[1])
    return INPUT_SIZE
