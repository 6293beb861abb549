"""Trains the tiny body-part segmentation of the tests: the same architecture, some hundred kilobytes, on walkers.

    python tests/models/train_tiny_segmentation.py render /tmp/parts.npz --processes 2
    python tests/models/train_tiny_segmentation.py train /tmp/parts.npz tests/models/sapiens2_tiny_seg.safetensors

Either takes some ten to twenty minutes on one core. The weights beside this file are those of several runs of 700 to
1700 steps, each with `--start` from the one before. They find the body (0.87 of it, intersection over union), and tell
the shoes apart where their colours do.

The walkers, rooms and cameras are those of `walkers.py`; the label of a pixel is the part of the body that the ray of
the renderer meets there. The crops are made by OpenCV, not by this package: an error in a transform of the package
shows as an error of the mask.
"""

from __future__ import annotations

import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from walkers import arguments, film

from gait.pose.sapiens2.segmentation import CLASSES
from gait.skeleton import mirrored

PICTURE = (280, 230)
"""Height and width of a rendered picture."""

HEIGHT_PX = 185.0
"""About how tall the walker is in it."""

SIZE = (128, 96)
PADDING = 1.25
MEAN, STD = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])

SHOES = 6.0
"""Weight of the pixels of shoes: they are few, and tell more of gait than the others."""

NOBODY = 0.05
"""Share of training crops that show an empty room."""

LABEL = {name: i for i, name in enumerate(CLASSES)}


def labelled(motion: Any, frame: int, body: Any, look: Any) -> list[tuple[Any, int]]:
    """Return the shapes of the figure at one frame, each with the class of the part that it shows."""
    from sample_videos.renderer.body import dress

    shapes = iter(dress(motion, frame, body, look))
    parts = ["lower_clothing", *["upper_clothing"] * 8, "face_neck"]
    # What of the head has not the colour of the hair is face.
    n_head = 15 if look.long_hair else 14
    out = [(next(shapes), LABEL[part]) for part in parts]
    for _ in range(n_head):
        shape = next(shapes)
        out.append((shape, LABEL["hair" if shape.color == look.hair else "face_neck"]))
    for side in ("left", "right"):
        arm = ["upper_arm", "lower_arm", "lower_arm"]
        arm = ["upper_clothing"] * 4 if look.long_sleeves else ["upper_clothing", *(f"{side}_{part}" for part in arm)]
        leg = ["lower_clothing"] * (1 if look.shorts else 3)
        if look.shorts:
            leg += [f"{side}_upper_leg", *[f"{side}_lower_leg"] * 3]
        limbs = [*arm, *[f"{side}_hand"] * 3, *leg, f"{side}_sock", *[f"{side}_shoe"] * 6]
        out += [(next(shapes), LABEL[part]) for part in limbs]
    assert next(shapes, None) is None
    return out


def label_map(parts: list[tuple[Any, int]], camera: Any) -> np.ndarray:
    """Return the class of every pixel, uint8 (H, W): that of the nearest shape on the ray through its middle."""
    from sample_videos.renderer.raster import screen_box, trace

    rays = camera.rays(0, 0, camera.width, camera.height)
    depth = np.full(rays.shape[:2], np.inf, dtype=np.float32)
    labels = np.zeros(rays.shape[:2], dtype=np.uint8)
    for shape, label in parts:
        box = screen_box(shape, camera)
        if box is not None:
            part = (slice(box[1], box[3]), slice(box[0], box[2]))
            distance, _ = trace(shape, np.array(camera.position), rays[part])
            nearer = distance < depth[part]
            depth[part][nearer] = distance[nearer]
            labels[part][nearer] = label
    return labels


def render_walker(seed: int) -> tuple[np.ndarray, ...]:
    """Return pictures (N, H, W, 3), their classes (N, H, W), boxes (N, 4), and the last room empty (1, H, W, 3).

    Then whether the colours tell left from right, (N,).
    """
    labels: list[list[int]] = []

    def dress(*of: Any) -> list[Any]:
        parts = labelled(*of)
        labels.append([label for _, label in parts])
        return [shape for shape, _ in parts]

    filmed = list(film(seed, PICTURE, HEIGHT_PX, dress))
    maps = [label_map(list(zip(f.shapes, of, strict=True)), f.camera) for f, of in zip(filmed, labels, strict=True)]
    pictures, boxes, coloured = zip(*((each.picture, each.box_px, each.coloured) for each in filmed), strict=True)
    return np.stack(pictures), np.stack(maps), np.stack(boxes), filmed[-1].empty[None], np.array(coloured)


def render(path: Path, walkers: int, processes: int) -> None:
    """Draw the training pictures; the last tenth of the walkers is kept for validation."""
    with get_context("fork").Pool(processes) as pool:
        parts = []
        for i, part in enumerate(pool.imap(render_walker, range(5000, 5000 + walkers))):
            parts.append(part)
            if i % 20 == 0:
                print(f"{i} of {walkers} walkers", flush=True)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    np.savez(path, **dict(zip(("pictures", "maps", "boxes", "rooms", "coloured"), columns, strict=True)))


def make_model() -> Any:
    """Return the untrained model."""
    import torch
    from transformers import Sapiens2Config, Sapiens2ForSemanticSegmentation

    torch.manual_seed(3)
    config = Sapiens2Config(
        hidden_size=64, intermediate_size=128, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads_per_layer=[4, 2, 2, 4], num_register_tokens=4, key_bias=False, image_size=list(SIZE),
        num_labels=len(CLASSES), head_config={"upsample_out_channels": [64, 48, 24, 12], "conv_out_channels": [12]},
    )  # fmt: skip
    return Sapiens2ForSemanticSegmentation(config)


class Batches:
    """Random crops and the classes of their pixels."""

    def __init__(self, data: Path) -> None:
        with np.load(data) as stored:
            self.pictures, self.maps, self.rooms = stored["pictures"], stored["maps"], stored["rooms"]
            self.boxes, self.coloured = stored["boxes"], stored["coloured"]
        self.n_train = int(0.9 * len(self.pictures))
        self.mirror = np.array([LABEL[mirrored(name)] for name in CLASSES], dtype=np.uint8)
        self.rng = np.random.default_rng(5)

    def make(self, rows: np.ndarray, *, vary: bool) -> tuple[Any, Any]:
        """Return crops (N, 3, H, W) and classes (N, H, W)."""
        import torch

        crops, labels = zip(*(self._one(int(row), vary=vary) for row in rows), strict=True)
        normal = ((np.stack(crops) - MEAN) / STD).astype(np.float32)
        return torch.from_numpy(normal).permute(0, 3, 1, 2), torch.from_numpy(np.stack(labels).astype(np.int64))

    def _one(self, row: int, *, vary: bool) -> tuple[np.ndarray, np.ndarray]:
        import cv2

        picture, labels, box, rng = self.pictures[row], self.maps[row], self.boxes[row] - 0.5, self.rng
        if vary and rng.random() < NOBODY:
            picture, labels = self.rooms[rng.integers(len(self.rooms))], np.zeros_like(labels)
        x, y, wide, high = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]
        if vary:
            x, y = x + wide * rng.uniform(-0.12, 0.12), y + high * rng.uniform(-0.06, 0.06)
            wide, high = (wide, high) * rng.uniform(0.92, 1.16, 2)
        # The middles of the outer pixels of the crop lie on the edges of the window.
        wide = PADDING * max(wide, high * SIZE[1] / SIZE[0])
        step = np.array([wide, wide * SIZE[0] / SIZE[1]]) / (SIZE[1] - 1, SIZE[0] - 1)
        first = np.array([x, y]) - step * (SIZE[1] - 1, SIZE[0] - 1) / 2
        warp = np.array([[step[0], 0, first[0]], [0, step[1], first[1]]])
        crop = cv2.warpAffine(picture, warp, SIZE[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        seen = cv2.warpAffine(labels, warp, SIZE[::-1], flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
        if vary:
            crop = cv2.multiply(crop, (*(rng.uniform(0.8, 1.2, 3) * rng.uniform(0.8, 1.2)), 0))
            # In a mirror the left limbs would have the colour of the right ones.
            if rng.random() < 0.5 and not self.coloured[row]:
                crop, seen = crop[:, ::-1], self.mirror[seen[:, ::-1]]
        return crop, seen


def train(data: Path, out: Path, steps: int, batch: int, start: Path | None) -> None:
    """Train for a number of steps and write the weights."""
    import cv2
    import torch
    from safetensors.torch import load_file
    from torch.nn.functional import cross_entropy

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    batches, model = Batches(data), make_model()
    if start is not None:
        model = type(model).from_pretrained(None, config=model.config, state_dict=load_file(start)).float().train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, weight_decay=0.01, betas=(0.9, 0.98))
    weight = torch.tensor([SHOES if name.endswith("shoe") else 1.0 for name in CLASSES])
    held = batches.make(np.arange(batches.n_train, len(batches.pictures), 2), vary=False)
    rng = np.random.default_rng(7)
    began = time.time()

    for step in range(1, steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * min(step / 60, 1.0) * (0.01 + 0.99 * np.cos(0.5 * np.pi * step / steps) ** 2)
        crops, labels = batches.make(rng.integers(0, batches.n_train, batch), vary=True)
        loss = cross_entropy(model(crops).logits, labels, weight)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 100 == 0 or step == steps:
            with torch.inference_mode():
                found = model(held[0]).logits.argmax(1)
            print(f"step {step}, {time.time() - began:.0f} s: {loss.item():.3f}, {_scores(found, held[1])}", flush=True)
            save(model, out)
    print(f"wrote {out}")


def _scores(found: Any, true: Any) -> str:
    """Return the overlaps of body and shoes with the true ones, over all held out pictures."""

    def overlap(of: Any) -> float:
        return float((of(found) & of(true)).sum() / (of(found) | of(true)).sum())

    shoes = [overlap(lambda m, label=LABEL[f"{side}_shoe"]: m == label) for side in ("left", "right")]
    return f"held out: body {overlap(lambda m: m > 0):.3f}, shoes {shoes[0]:.3f} and {shoes[1]:.3f}"


def save(model: Any, out: Path) -> None:
    """Write float16 weights under the original names, with the size of the input beside them."""
    from safetensors.torch import save_file
    from transformers.core_model_loading import revert_weight_conversion

    state = revert_weight_conversion(model, {k: v.detach() for k, v in model.state_dict().items()})
    half = {name: tensor.half().contiguous() for name, tensor in state.items()}
    save_file(half, out, metadata={"input_size": f"{SIZE[0]}x{SIZE[1]}"})


def main() -> None:
    """Read the command line."""
    parser = arguments(str(__doc__), "sapiens2_tiny_seg.safetensors")
    parser.add_argument("--walkers", type=int, default=300)
    parser.add_argument("--steps", type=int, default=1700)
    parser.add_argument("--batch", type=int, default=16)
    options = parser.parse_args()
    if options.task == "render":
        render(options.data, options.walkers, options.processes)
    else:
        train(options.data, options.out, options.steps, options.batch, options.start)


if __name__ == "__main__":
    main()
