"""Trains the tiny Sapiens2 of the tests: the same architecture, some hundred kilobytes, on rendered walkers.

    python tests/models/train_tiny_sapiens2.py render /tmp/walkers.npz
    python tests/models/train_tiny_sapiens2.py train /tmp/walkers.npz tests/models/sapiens2_tiny_pose.safetensors

Crops and target heatmaps are those of the image processor in `transformers`, not of this package: an error in a transform
of the package shows as an error of the joints. The weights are stored under the names of the original release.
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import cache
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from gait.skeleton import KEYPOINTS, SAPIENS2, mirrored

PICTURE = (368, 304)
"""Height and width of a training picture."""

INPUT = (256, 192)
N_POINTS = 308
SIGMA = 1.5
"""Of the target heatmaps, in their cells of 4 x 4 pixels."""

WALKERS, PICTURES_EACH, ROOMS = 150, 8, 12


@cache
def scenery(seed: int) -> np.ndarray:
    """Return an empty room, (420, 640, 3), of which each picture shows a part."""
    from sample_videos.renderer.camera import Camera
    from sample_videos.renderer.scene import backdrop, make_room

    room = make_room(500 + seed, wall_y=1.6, doors_x=(seed % 5 - 2.0,))
    camera = Camera(position=(0, -7.0, 1.0), target=(0, 0, 1.0), focal_px=330, width=640, height=420)
    return backdrop(room, camera, samples=1)


def render_walker(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pictures (N, H, W, 3), keypoints (N, 23, 2) as pixel indices, and boxes (N, 4) of one random walker."""
    from sample_videos.renderer.body import Look, dress
    from sample_videos.renderer.camera import Camera
    from sample_videos.renderer.footfalls import PerSide, Style, plan_walk, straight
    from sample_videos.renderer.proportions import Proportions
    from sample_videos.renderer.raster import draw
    from sample_videos.renderer.truth import box
    from sample_videos.renderer.walker import Walker, move

    rng = np.random.default_rng(seed)

    def about(mean: float, spread: float) -> float:
        return float(mean + spread * rng.uniform(-1, 1))

    def pair(mean: float, spread: float, apart: float) -> PerSide:
        middle = about(mean, spread)
        return PerSide(left=about(middle, apart), right=about(middle, apart))

    style = Style(
        step_time_s=pair(0.56, 0.08, 0.04), step_length_m=pair(0.6, 0.14, 0.05), stance=pair(0.62, 0.02, 0.02),
        step_width_m=about(0.1, 0.04), toe_out_deg=about(6, 5), trunk_forward_deg=about(3, 6),
        trunk_right_deg=about(0, 7), trunk_sway_deg=about(2, 2), arm_swing_deg=pair(16, 8, 3),
    )  # fmt: skip
    heading = float(rng.choice([0.0, 180.0, 0.0, 180.0, -90.0, 90.0])) + about(0, 15)
    walk = plan_walk(
        style, straight((0.0, 0.0), heading), first_strike_s=-2.0, n_steps=20, first_side=rng.choice(["left", "right"])
    )
    body = Proportions(height_m=about(1.7, 0.15))

    def color() -> tuple[float, float, float]:
        return tuple(float(c) for c in rng.uniform(0.08, 0.92, 3))  # type: ignore[return-value]

    light = about(0.68, 0.2)
    look = Look(
        skin=(light, 0.75 * light, 0.62 * light), hair=tuple(0.6 * c for c in color()), shirt=color(), trousers=color(),  # type: ignore[arg-type]
        shoes=color(), soles=color(), shorts=bool(rng.random() < 0.3), long_sleeves=bool(rng.random() < 0.4),
        long_hair=bool(rng.random() < 0.4), girth=about(1.02, 0.1),
    )  # fmt: skip
    times = np.sort(rng.uniform(0.5, 3.5, PICTURES_EACH))
    motion = move(Walker(footfalls=walk, style=style, body=body), times)
    height, width = PICTURE
    room = scenery(seed % ROOMS)
    pictures, points, boxes = [], [], []
    for frame in range(len(times)):
        middle = motion.points["mid_hip"][frame]
        away, up = about(7.0, 2.0), about(1.1, 0.3)
        camera = Camera(
            position=(middle[0] + about(0, 0.7), middle[1] - away, up),
            target=(middle[0] + about(0, 0.1), middle[1], 0.5 * body.height_m + about(0, 0.06)),
            focal_px=about(245, 45) * away / body.height_m,
            width=width,
            height=height,
        )
        top, left = rng.integers(0, 420 - height), rng.integers(0, 640 - width)
        shapes = dress(motion, frame, body, look)
        drawn = draw(shapes, camera, np.ascontiguousarray(room[top : top + height, left : left + width]))
        pictures.append(np.clip(drawn * 255 + 0.5, 0, 255).astype(np.uint8))
        world = np.stack([motion.points[name][frame] for name in KEYPOINTS])
        # The renderer's picture spans 0 to its width, pixel centres at halves; Sapiens2 counts pixel centres.
        points.append(camera.project(world)[0] - 0.5)
        boxes.append(box(shapes, camera))
    return np.stack(pictures), np.stack(points), np.stack(boxes)


def render(path: Path, processes: int) -> None:
    """Draw the training pictures; the last tenth of the walkers is kept for validation."""
    with Pool(processes) as pool:
        parts = []
        for i, part in enumerate(pool.imap(render_walker, range(1000, 1000 + WALKERS))):
            parts.append(part)
            if i % 20 == 0:
                print(f"{i} of {WALKERS} walkers", flush=True)
    pictures, points, boxes = (np.concatenate(column) for column in zip(*parts, strict=True))
    np.savez(path, pictures=pictures, points=points, boxes=boxes)


def make_model() -> Any:
    """Return the untrained model."""
    import torch
    from transformers import Sapiens2Config, Sapiens2ForPoseEstimation

    torch.manual_seed(3)
    config = Sapiens2Config(
        hidden_size=64, intermediate_size=192, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads_per_layer=[4, 2, 2, 4], num_register_tokens=4, key_bias=False, image_size=list(INPUT),
        num_labels=N_POINTS, head_config={"upsample_out_channels": [48, 40], "conv_out_channels": [40, 40, 32]},
    )  # fmt: skip
    return Sapiens2ForPoseEstimation(config)


def train(data: Path, out: Path, minutes: float, threads: int) -> None:
    """Train for some minutes and write the weights as float16."""
    import torch
    from safetensors.torch import save_file
    from transformers import Sapiens2ImageProcessor
    from transformers.core_model_loading import revert_weight_conversion

    torch.set_num_threads(threads)
    processor = Sapiens2ImageProcessor(
        size={"height": INPUT[0], "width": INPUT[1]}, keypoint_heatmap_sigma=SIGMA, keypoint_heatmap_downscale_factor=4
    )
    stored = np.load(data)
    pictures, points, boxes = stored["pictures"], stored["points"], stored["boxes"]
    n_train = int(0.9 * len(pictures))
    used = [SAPIENS2[name] for name in KEYPOINTS]
    mirror = [KEYPOINTS.index(mirrored(name)) for name in KEYPOINTS]
    rng = np.random.default_rng(5)
    model = make_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, weight_decay=0.01, betas=(0.9, 0.98))

    def batch(rows: np.ndarray, vary: bool) -> tuple[Any, Any]:
        images, xywh, truth = [], [], []
        for row in rows:
            picture, xy, (x0, y0, x1, y1) = pictures[row], points[row], boxes[row]
            if vary and rng.random() < 0.5:
                picture, xy = picture[:, ::-1], (np.array([PICTURE[1] - 1, 0]) + np.array([-1, 1]) * xy)[mirror]
                x0, x1 = PICTURE[1] - x1, PICTURE[1] - x0
            if vary:
                gain = rng.uniform(0.75, 1.25, 3) * rng.uniform(0.8, 1.2)
                picture = np.clip(picture * gain + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
                grow, move_x, move_y = rng.uniform(-0.08, 0.14), *rng.uniform(-0.07, 0.07, 2)
                w, h = x1 - x0, y1 - y0
                x0, x1 = x0 + (move_x - grow / 2) * w, x1 + (move_x + grow / 2) * w
                y0, y1 = y0 + (move_y - grow / 2) * h, y1 + (move_y + grow / 2) * h
            images.append(np.ascontiguousarray(picture))
            xywh.append([[x0, y0, x1 - x0, y1 - y0]])
            truth.append([np.concatenate([xy, np.ones((len(xy), 1))], axis=1).tolist()])
        made = processor(images, boxes=xywh, keypoints=truth, return_tensors="pt")
        return made["pixel_values"], made["labels"]

    def loss_of(rows: np.ndarray, vary: bool) -> Any:
        crops, labels = batch(rows, vary)
        heat = model(crops).heatmaps
        # The points that no walker has are taught to be nowhere.
        others = torch.ones(N_POINTS, dtype=torch.bool)
        others[used] = False
        error = (heat[:, used] - labels) ** 2 * (1 + 20 * labels)
        return 100 * error.mean() + 2 * (heat[:, others] ** 2).mean()

    began, step = time.time(), 0
    while True:
        share = (time.time() - began) / (60 * minutes)
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = 2.5e-3 * min(step / 60, 1.0) * (0.02 + 0.98 * np.cos(0.5 * np.pi * share) ** 2)
        loss = loss_of(rng.integers(0, n_train, 16), vary=True)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 100 == 0:
            with torch.inference_mode():
                held = float(loss_of(np.arange(n_train, len(pictures), 4), vary=False))
            print(f"step {step}, {time.time() - began:.0f} s: loss {float(loss):.3f}, held out {held:.3f}", flush=True)
            save(model, out, save_file, revert_weight_conversion)
    save(model, out, save_file, revert_weight_conversion)


def save(model: Any, out: Path, save_file: Any, revert: Any) -> None:
    """Write float16 weights under the original names, with the size of the input beside them."""
    state = revert(model, model.state_dict())
    half = {name: tensor.half().contiguous() for name, tensor in state.items()}
    save_file(half, out, metadata={"input_size": f"{INPUT[0]}x{INPUT[1]}"})


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["render", "train"])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--minutes", type=float, default=18.0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if options.task == "render":
        render(options.data, options.threads)
    else:
        train(options.data, options.out, options.minutes, options.threads)


if __name__ == "__main__":
    main()
