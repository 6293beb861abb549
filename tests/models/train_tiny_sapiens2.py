"""Trains the tiny Sapiens2 of the tests: the same architecture, two megabytes, on rendered walkers.

    python tests/models/train_tiny_sapiens2.py render /tmp/walkers.npz --processes 2
    python tests/models/train_tiny_sapiens2.py train /tmp/walkers.npz tests/models/sapiens2_tiny_pose.safetensors

Rendering takes half an hour on two cores; training, with `--processes 1`, an hour or two. The weights beside this file
are those of several runs, each with `--start` from the one before, the last with `--rate 0.001`. Half of the walkers
wear two colours: from the side the legs look alike otherwise, and it took these walkers to teach which one is which.

Crops and target heatmaps are those of the image processor in `transformers`, not of this package: an error in a
transform of the package shows as an error of the joints. The weights are stored under the names of the original
release.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from walkers import arguments, film

from gait.skeleton import KEYPOINTS, SAPIENS2, mirrored

PICTURE = (368, 304)
"""Height and width of a rendered picture."""

HEIGHT_PX = 245.0
"""About how tall the walker is in it."""

N_POINTS = 308
SIGMA = 1.5
"""Of the target heatmaps, in their cells of 4 x 4 pixels."""

NOBODY = 0.08
"""Share of training pictures that show nobody."""

WIDE = 0.25
"""Share of training pictures that show the walker small: so looks the check whether a picture shows a person."""

CUT = 0.15
"""Share of training pictures whose edge cuts the walker: points out of the picture are nowhere."""

SHELF = 60
"""Batches that are kept to be used once more."""


def render_walker(seed: int) -> tuple[np.ndarray, ...]:
    """Return pictures (N, H, W, 3), keypoints (N, 23, 2) as pixel indices, and boxes (N, 4) of one random walker.

    Then one of the pictures without the walker, (1, H, W, 3), and whether the colours tell left from right, (N,).
    """
    from sample_videos.renderer.body import dress

    filmed = list(film(seed, PICTURE, HEIGHT_PX, dress))
    # The renderer's picture spans 0 to its width, pixel centres at halves; Sapiens2 counts pixel centres.
    points = [each.camera.project(np.stack([each.points_m[name] for name in KEYPOINTS]))[0] - 0.5 for each in filmed]
    pictures, boxes, coloured = zip(*((each.picture, each.box_px, each.coloured) for each in filmed), strict=True)
    return np.stack(pictures), np.stack(points), np.stack(boxes), filmed[-1].empty[None], np.array(coloured)


def render(path: Path, walkers: int, processes: int) -> None:
    """Draw the training pictures; the last tenth of the walkers is kept for validation."""
    with get_context("fork").Pool(processes) as pool:
        parts = []
        for i, part in enumerate(pool.imap(render_walker, range(1000, 1000 + walkers))):
            parts.append(part)
            if i % 20 == 0:
                print(f"{i} of {walkers} walkers", flush=True)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    np.savez(path, **dict(zip(("pictures", "points", "boxes", "rooms", "coloured"), columns, strict=True)))


def make_model(size: tuple[int, int]) -> Any:
    """Return the untrained model; it has only the points that are trained."""
    import torch
    from transformers import Sapiens2Config, Sapiens2ForPoseEstimation

    torch.manual_seed(3)
    config = Sapiens2Config(
        hidden_size=128, intermediate_size=384, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads_per_layer=[4, 2, 2, 4], num_register_tokens=4, key_bias=False, image_size=list(size),
        num_labels=len(KEYPOINTS), head_config={"upsample_out_channels": [48, 40], "conv_out_channels": [40, 40, 32]},
    )  # fmt: skip
    return Sapiens2ForPoseEstimation(config)


class Batches:
    """Random crops and their target heatmaps, by the image processor of `transformers`."""

    def __init__(self, data: Path, size: tuple[int, int]) -> None:
        import cv2
        from transformers import Sapiens2ImageProcessor

        self.size = size
        self.processor = Sapiens2ImageProcessor(
            size={"height": size[0], "width": size[1]},
            keypoint_heatmap_sigma=SIGMA,
            keypoint_heatmap_downscale_factor=4,
        )
        # One thread beside the network.
        cv2.setNumThreads(1)
        with np.load(data) as stored:
            self.pictures, self.points, self.rooms = stored["pictures"], stored["points"], stored["rooms"]
            self.boxes, self.coloured = stored["boxes"].reshape(-1, 2, 2), stored["coloured"]
        self.n_train = int(0.9 * len(self.pictures))
        self.mirror = [KEYPOINTS.index(mirrored(name)) for name in KEYPOINTS]
        self.rng = np.random.default_rng(5)

    def make(self, rows: np.ndarray, *, vary: bool) -> tuple[Any, Any]:
        """Return crops (N, 3, H, W) and heatmaps (N, 23, H / 4, W / 4)."""
        made = [self._one(int(row), vary=vary) for row in rows]
        images, boxes, points = (list(column) for column in zip(*made, strict=True))
        nobody = self.rng.random(len(rows)) < (NOBODY if vary else 0.0)
        for i in np.flatnonzero(nobody):
            images[i] = self._nobody(images[i])
        batch = self.processor(images, boxes=boxes, keypoints=points, return_tensors="pt")
        labels = batch["labels"]
        labels[nobody] = 0.0
        for label, (of_walker,) in zip(labels, points, strict=True):
            label[[not inside for _, _, inside in of_walker]] = 0.0
        return batch["pixel_values"], labels

    def _nobody(self, like: np.ndarray) -> np.ndarray:
        """Return a picture of nobody: part of an empty room, or smooth colours, or a single one."""
        import cv2

        if self.rng.random() < 0.5:
            part = self.rooms[self.rng.integers(len(self.rooms))]
        else:
            part = self.rng.integers(0, 255, (*self.rng.integers(1, 7, 2), 3), dtype=np.uint8)
        return cv2.resize(part, like.shape[1::-1], interpolation=cv2.INTER_CUBIC)

    def stream(self, rng: np.random.Generator, size: int, pool: Any, ahead: int) -> Iterator[tuple[Any, Any]]:
        """Yield batches without end, each about twice: making one costs as much as learning from it."""
        shelf: deque[Any] = deque(maxlen=SHELF)
        for made in self._made(rng, size, pool, ahead):
            shelf.append(made)
            yield made
            yield shelf[rng.integers(len(shelf))]

    def _made(self, rng: np.random.Generator, size: int, pool: Any, ahead: int) -> Iterator[tuple[Any, Any]]:
        """Yield new batches; a pool of processes makes them ahead."""
        waiting: deque[Any] = deque()
        while True:
            rows = rng.integers(0, self.n_train, size)
            if pool is None:
                yield self.make(rows, vary=True)
                continue
            waiting.append(pool.apply_async(_work, (int(rng.integers(1 << 30)), rows)))
            if len(waiting) >= ahead:
                yield waiting.popleft().get()

    def _one(self, row: int, *, vary: bool) -> tuple[np.ndarray, list[list[float]], list[Any]]:
        import cv2

        picture, xy, box, rng = self.pictures[row], self.points[row], self.boxes[row], self.rng
        if vary:
            width = picture.shape[1]
            # In a mirror the left limbs would have the colour of the right ones.
            if rng.random() < 0.5 and not self.coloured[row]:
                picture, xy = cv2.flip(picture, 1), (np.array([width - 1, 0]) + np.array([-1, 1]) * xy)[self.mirror]
                box = np.array([[width - box[1, 0], box[0, 1]], [width - box[0, 0], box[1, 1]]])
            picture, xy, box = self._smaller(picture, xy, box)
            cut = rng.random() < CUT
            if cut:
                picture, xy, box = self._cut(picture, xy, box)
            picture = cv2.multiply(picture, (*(rng.uniform(0.8, 1.2, 3) * rng.uniform(0.8, 1.2)), 0))
            side = box[1] - box[0]
            grow, move = rng.uniform(-0.08, 0.16), rng.uniform(-0.08, 0.08, 2)
            if not cut and rng.random() < WIDE:
                grow, move = rng.uniform(0.1, 1.0), rng.uniform(-0.15, 0.15, 2)
                picture, xy, box = _with_room(picture, xy, box)
            box = box + side * (move + grow * np.array([[-0.5], [0.5]]))
        xywh = [*box[0].tolist(), *(box[1] - box[0]).tolist()]
        inside = (xy >= -0.5).all(axis=1) & (xy <= np.array(picture.shape[1::-1]) - 0.5).all(axis=1)
        points = np.concatenate([xy, inside[:, None]], axis=1)
        return picture, [xywh], [points.tolist()]

    def _cut(self, picture: np.ndarray, xy: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Take away a part of the picture at its left or right, and with it some of the walker."""
        lost = self.rng.uniform(0.1, 0.6) * (box[1, 0] - box[0, 0])
        first, stop = 0, picture.shape[1]
        if self.rng.random() < 0.5:
            first = max(round(box[0, 0] + lost), 0)
        else:
            stop = min(round(box[1, 0] - lost), stop)
        move = np.array([first, 0])
        seen = np.clip(box - move, 0, [stop - first, picture.shape[0]])
        return np.ascontiguousarray(picture[:, first:stop]), xy - move, seen

    def _smaller(
        self, picture: np.ndarray, xy: np.ndarray, box: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Shrink a picture by some amount: the crop does not smooth, so a larger picture looks sharper in it."""
        import cv2

        share = self.rng.uniform(min(1.0, self.size[0] / 224), 1.0)
        shape = (round(picture.shape[1] * share), round(picture.shape[0] * share))
        scale = np.array(shape) / picture.shape[1::-1]
        small = cv2.resize(picture, shape, interpolation=cv2.INTER_AREA)
        return small, (xy + 0.5) * scale - 0.5, box * scale


def _with_room(picture: np.ndarray, xy: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Let the colours at the rim of a picture go on beyond it."""
    import cv2

    by = picture.shape[0] // 3
    return cv2.copyMakeBorder(picture, by, by, by, by, cv2.BORDER_REPLICATE), xy + by, box + by


def train(
    data: Path, out: Path, size: tuple[int, int], steps: int, batch: int, workers: int, start: Path | None, rate: float
) -> None:
    """Train for a number of steps and write the weights."""
    import torch

    # Before any work: processes that are forked after torch has started threads of its own can hang.
    torch.set_num_threads(1)
    batches = Batches(data, size)
    with get_context("fork").Pool(workers, _start_worker, (batches,)) if workers else _nothing() as pool:
        torch.set_num_threads(os.cpu_count() or 1)
        _train(batches, pool, out, steps=steps, batch=batch, ahead=3 * workers, start=start, rate=rate)


def _train(
    batches: Batches, pool: Any, out: Path, *, steps: int, batch: int, ahead: int, start: Path | None, rate: float
) -> None:
    import torch

    size = batches.size
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = make_model(size)
    if start is not None:
        resume(model, start)
    model.to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, weight_decay=0.01, betas=(0.9, 0.98))

    def loss_of(crops: Any, labels: Any) -> Any:
        labels = labels.to(device)
        # Peaks where nobody is would weigh little beside those that are missed.
        nobody = labels.amax(dim=(1, 2, 3), keepdim=True) == 0
        weight = 1 + 20 * torch.where(nobody, 0.2, labels)
        return 100 * ((model(crops.to(device)).heatmaps - labels) ** 2 * weight).mean()

    held = batches.make(np.arange(batches.n_train, len(batches.pictures), 2), vary=False)
    rng = np.random.default_rng(7)
    began = time.time()
    for step, (crops, labels) in zip(range(1, steps + 1), batches.stream(rng, batch, pool, ahead), strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(step / 60, 1.0) * (0.01 + 0.99 * np.cos(0.5 * np.pi * step / steps) ** 2)
        loss = loss_of(torch.as_tensor(crops), torch.as_tensor(labels))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 100 == 0:
            with torch.inference_mode():
                kept = float(loss_of(*held))
            print(f"step {step}, {time.time() - began:.0f} s: {loss.item():.3f}, held out {kept:.3f}", flush=True)
            save(model, out, size)
    save(model, out, size)
    print(f"wrote {out}")


def resume(model: Any, start: Path) -> None:
    """Take over the weights of an earlier training."""
    from safetensors.torch import load_file

    state = load_file(start)
    used = [SAPIENS2[name] for name in KEYPOINTS]
    for part in ("weight", "bias"):
        state[f"decode_head.conv_pose.{part}"] = state[f"decode_head.conv_pose.{part}"][used]
    earlier = type(model).from_pretrained(None, config=model.config, state_dict=state)
    model.load_state_dict(earlier.float().state_dict())


def save(model: Any, out: Path, size: tuple[int, int]) -> None:
    """Write float16 weights under the original names, all 308 points, with the size of the input beside them."""
    import torch
    from safetensors.torch import save_file
    from transformers.core_model_loading import revert_weight_conversion

    state = revert_weight_conversion(model, {k: v.detach().cpu() for k, v in model.state_dict().items()})
    used = [SAPIENS2[name] for name in KEYPOINTS]
    for part, rest in (("weight", 0.0), ("bias", -0.1)):
        # The points that no walker has are nowhere.
        few = state[f"decode_head.conv_pose.{part}"]
        every = torch.full((N_POINTS, *few.shape[1:]), rest)
        every[used] = few
        state[f"decode_head.conv_pose.{part}"] = every
    half = {name: tensor.half().contiguous() for name, tensor in state.items()}
    save_file(half, out, metadata={"input_size": f"{size[0]}x{size[1]}"})


_batches: Batches | None = None


def _start_worker(batches: Batches) -> None:
    import torch

    global _batches
    torch.set_num_threads(1)
    _batches = batches


def _work(seed: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    assert _batches is not None
    _batches.rng = np.random.default_rng(seed)
    crops, labels = _batches.make(rows, vary=True)
    return crops.numpy(), labels.numpy()


@contextlib.contextmanager
def _nothing() -> Iterator[None]:
    yield None


def main() -> None:
    """Read the command line."""
    parser = arguments(str(__doc__), "sapiens2_tiny_pose.safetensors")
    parser.add_argument("--walkers", type=int, default=800)
    parser.add_argument("--size", default="192x144", help="Height and width of the input.")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--rate", type=float, default=3e-3, help="Of learning, at first.")
    parser.add_argument("--batch", type=int, default=32)
    options = parser.parse_args()
    if options.task == "render":
        render(options.data, options.walkers, options.processes)
    else:
        height, width = (int(side) for side in options.size.split("x"))
        size, start = (height, width), options.start
        train(options.data, options.out, size, options.steps, options.batch, options.processes, start, options.rate)


if __name__ == "__main__":
    main()
