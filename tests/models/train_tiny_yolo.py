"""Trains the tiny YOLO of the tests: the head and blocks of YOLO26, far fewer of them, on rendered people.

    python tests/models/train_tiny_yolo.py render /tmp/people --processes 2
    python tests/models/train_tiny_yolo.py train /tmp/people tests/models/tiny_yolo.pt

On two cores drawing takes some minutes and training half an hour. Needs ultralytics, whose license is the AGPL-3.0.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from walkers import about, arguments, as_bytes, box_of, furnished, random_walker

IMAGE_SIZE = 320
SHAPES = ((320, 180), (320, 180), (320, 240), (240, 320), (180, 320))
"""Width and height of the pictures."""

N_PEOPLE, SHARES = (0, 1, 2, 3), (0.12, 0.48, 0.25, 0.15)
"""How many people are in a picture, and how often."""

ROOMS, PICTURES_EACH = 16, 4
MIN_SEEN = 0.3
"""Of somebody's box: who is out of the picture, or behind another, by more than the rest is no example."""

ARCHITECTURE = {
    "nc": 1,
    "end2end": True,
    "reg_max": 1,
    "backbone": [
        [-1, 1, "Conv", [16, 3, 2]],
        [-1, 1, "Conv", [24, 3, 2]],
        [-1, 1, "C3k2", [32, False, 0.5]],
        [-1, 1, "Conv", [48, 3, 2]],
        [-1, 1, "C3k2", [48, False, 0.5]],
        [-1, 1, "Conv", [64, 3, 2]],
        [-1, 1, "C3k2", [64, False, 0.5]],
        [-1, 1, "Conv", [96, 3, 2]],
        [-1, 1, "C3k2", [96, False, 0.5]],
        [-1, 1, "SPPF", [96, 5]],
    ],
    "head": [
        [-1, 1, "nn.Upsample", [None, 2, "nearest"]],
        [[-1, 6], 1, "Concat", [1]],
        [-1, 1, "C3k2", [64, False, 0.5]],
        # People are large here: no head for the finest grid.
        [[12, 9], 1, "Detect", ["nc"]],
    ],
}


def render_scenes(seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield pictures (H, W, 3), RGB, of different people before one camera, and their boxes (N, 4), x0, y0, x1, y1."""
    from sample_videos.renderer.body import dress
    from sample_videos.renderer.camera import Camera
    from sample_videos.renderer.raster import draw
    from sample_videos.renderer.scene import backdrop, shadow

    rng = np.random.default_rng(seed)
    width, height = SHAPES[rng.integers(len(SHAPES))]
    away, place = about(rng, 6.5, 2.5), furnished(int(rng.integers(ROOMS)))
    camera = Camera(
        position=(about(rng, 0, 1.5), -away, about(rng, 1.15, 0.25)),
        target=(about(rng, 0, 1.5), 0.0, about(rng, 0.95, 0.12)),
        focal_px=about(rng, 0.5, 0.25) * height * away / 1.7,
        width=width,
        height=height,
    )
    empty = draw(place.things, camera, backdrop(place, camera, samples=1))
    for _ in range(PICTURES_EACH):
        people = []
        for _ in range(rng.choice(N_PEOPLE, p=SHARES)):
            heading = about(rng, 0, 180) if rng.random() < 0.4 else float(rng.choice([0.0, 180.0])) + about(rng, 0, 15)
            # One to two seconds on the way, after two before: some three metres from the start.
            spot = np.array([about(rng, 0, 0.77 * width / height + 0.4), about(rng, -0.3, 1.2)])
            start = spot - 3.2 * np.array([np.cos(np.radians(heading)), np.sin(np.radians(heading))])
            motion, body, look = random_walker(rng, np.array([about(rng, 1.0, 0.5)]), tuple(start), heading)
            people.append(dress(motion, 0, body, look))
        shapes = [shape for person in people for shape in person]
        drawn = draw(shapes, camera, shadow(shapes, camera, empty, place.wall_y)) if people else empty
        yield as_bytes(drawn), visible(people, camera)


def visible(people: list[list[Any]], camera: Any) -> np.ndarray:
    """Return the boxes of those who are seen, cut at the edge of the picture, (N, 4)."""
    boxes = np.array([box_of(person, camera) for person in people]).reshape(-1, 4)
    depth = [float(np.mean([camera.project(shape.start)[1] for shape in person])) for person in people]
    cut = np.clip(boxes, 0, np.tile([camera.width, camera.height], 2))
    kept = []
    for i, box in enumerate(cut):
        whole = np.prod(boxes[i, 2:] - boxes[i, :2])
        hidden = [np.prod(np.clip(np.minimum(box[2:], o[2:]) - np.maximum(box[:2], o[:2]), 0, None))
                  for k, o in enumerate(cut) if depth[k] < depth[i]]  # fmt: skip
        if np.prod(box[2:] - box[:2]) - max(hidden, default=0.0) > MIN_SEEN * whole:
            kept.append(box)
    return np.array(kept).reshape(-1, 4)


def write_scenes(job: tuple[int, Path, str]) -> None:
    """Draw some pictures and write them with their boxes as ultralytics reads them."""
    import cv2

    cv2.setNumThreads(1)
    seed, folder, part = job
    for i, (picture, boxes) in enumerate(render_scenes(seed)):
        size = np.array(picture.shape[1::-1])
        cv2.imwrite(str(folder / "images" / part / f"{seed}_{i}.png"), picture[..., ::-1])
        middle, side = (boxes[:, :2] + boxes[:, 2:]) / 2 / size, (boxes[:, 2:] - boxes[:, :2]) / size
        lines = [f"0 {x:.5f} {y:.5f} {w:.5f} {h:.5f}\n" for (x, y), (w, h) in zip(middle, side, strict=True)]
        (folder / "labels" / part / f"{seed}_{i}.txt").write_text("".join(lines))


def render(folder: Path, n_scenes: int, processes: int) -> None:
    """Draw the training pictures, and a tenth as many for validation."""
    for kind in ("images", "labels"):
        for part in ("train", "val"):
            (folder / kind / part).mkdir(parents=True, exist_ok=True)
    jobs = [(i, folder, "train" if i < 0.9 * n_scenes else "val") for i in range(n_scenes)]
    with get_context("fork").Pool(processes) as pool:
        for i, _ in enumerate(pool.imap_unordered(write_scenes, jobs)):
            if i % 20 == 0:
                print(f"{i} of {n_scenes} scenes", flush=True)
    names = {"path": str(folder.resolve()), "train": "images/train", "val": "images/val", "names": {0: "person"}}
    _write_yaml(folder / "people.yaml", names)


def train(folder: Path, out: Path, epochs: int, threads: int, start: Path | None) -> None:
    """Train, and write what is needed to run the network."""
    settings = tempfile.TemporaryDirectory()
    os.environ.update(
        YOLO_OFFLINE="1", YOLO_AUTOINSTALL="0", YOLO_CONFIG_DIR=settings.name, OMP_NUM_THREADS=str(threads)
    )
    import torch
    import ultralytics

    ultralytics.settings.update({"sync": False})
    architecture = Path(settings.name) / "tiny_yolo.yaml"
    _write_yaml(architecture, ARCHITECTURE)
    model = ultralytics.YOLO(str(start or architecture), task="detect")
    model.add_callback("on_train_epoch_start", lambda _: torch.set_num_threads(threads))
    model.train(
        data=str(folder / "people.yaml"), epochs=epochs, imgsz=IMAGE_SIZE, batch=8, device="cpu", workers=0,
        optimizer="AdamW", lr0=3e-3, lrf=0.02, warmup_epochs=1.0, cos_lr=True, weight_decay=5e-4, amp=False, seed=3,
        mosaic=0.3, close_mosaic=max(epochs // 4, 1), scale=0.3, translate=0.1, erasing=0.0, hsv_h=0.02, hsv_s=0.4,
        hsv_v=0.3, plots=False, cache="ram", project=str(folder), name="runs", exist_ok=True,
    )  # fmt: skip
    save(folder / "runs" / "weights" / "last.pt", out)


def save(trained: Path, out: Path) -> None:
    """Keep the network in float16 and the size of its input, and nothing of the machine it was trained on."""
    import torch
    import ultralytics

    stored = torch.load(trained, map_location="cpu", weights_only=False)
    network = (stored.get("ema") or stored["model"]).half()
    network.args = {"imgsz": IMAGE_SIZE, "task": "detect"}
    network.yaml.pop("yaml_file", None)
    network.criterion = None
    for weight in network.parameters():
        weight.requires_grad = False
    torch.save(
        {
            "model": network,
            "train_args": {"imgsz": IMAGE_SIZE, "task": "detect"},
            "version": ultralytics.__version__,
            "license": "AGPL-3.0",
        },
        out,
    )
    print(f"wrote {out}, {out.stat().st_size / 1e6:.2f} MB")


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    import yaml

    path.write_text(yaml.safe_dump(content, sort_keys=False))


def main() -> None:
    """Read the command line."""
    parser = arguments(str(__doc__), "tiny_yolo.pt")
    parser.add_argument("--scenes", type=int, default=160)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if options.task == "render":
        render(options.data, options.scenes, options.processes)
    else:
        train(options.data, options.out, options.epochs, options.threads, options.start)


if __name__ == "__main__":
    main()
