"""Speed of the Sapiens2 stage, against the stock loop of `transformers` in the same run.

    python benchmarks/pose.py                         # a GPU: all sizes with random weights; a CPU: the tiny model
    python benchmarks/pose.py --sizes 0.4b,1b --batches 8,32 --seconds 300 --out pose.json

With a GPU: people per second and share of the measured bf16 matrix ceiling, eager and compiled, for batches of one to
many; the stock processor and model in fp32 one by one and in bf16 batched; the stage as a whole, from frames in memory
to joints. On a CPU: the tiny model of the tests, and the parts (crop, decode) at full size, against the stock
processor. A measurement that fails or does not fit the time is named in the table, and the rest goes on.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gait.config import PoseSettings
from gait.pose.sapiens2.compile import compile_network
from gait.pose.sapiens2.decode import decode
from gait.pose.sapiens2.model import Sapiens2, points_used
from gait.pose.sapiens2.network import INPUT_SIZE, Network, assemble
from gait.pose.sapiens2.run import BATCH
from gait.pose.sapiens2.warp import crop, cut, windows_around
from gait.pose.sapiens2.weights import Weights

TINY = Path(__file__).resolve().parent.parent / "tests" / "models" / "sapiens2_tiny_pose.safetensors"
SHAPES = {
    "0.4b": (1024, 24, 16, [1024, 768], [512, 512, 256], 3.87),
    "0.8b": (1280, 32, 16, [1024, 768], [512, 512, 256], 7.09),
    "1b": (1536, 40, 24, [1536, 1024], [768, 512, 256], 12.3),
    "5b": (2432, 56, 32, [1024, 768], [512, 512, 256], 37.0),
}
"""Hidden size, layers, heads, deconvolutions, convolutions, TFLOP per person (a multiply-add counts two)."""

BOX = (760.0, 180.0, 1080.0, 860.0)
"""A person of 680 pixels in a picture of 1920 x 1080."""

ONE_MEASUREMENT_S = 1.2


class Table:
    """Results as they come in; printed at the end, and written after every row in case the run is cut short."""

    def __init__(self, out: Path | None, seconds: float) -> None:
        self.rows: list[dict[str, Any]] = []
        self.facts: dict[str, Any] = {}
        self._out, self._until = out, time.monotonic() + seconds

    def left_s(self) -> float:
        return self._until - time.monotonic()

    def measure(self, name: str, needs_s: float, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Run one measurement; what goes wrong becomes its result."""
        row: dict[str, Any] = {"name": name}
        if self.left_s() < needs_s:
            row["note"] = f"skipped: {self.left_s():.0f} s left"
        else:
            began = time.monotonic()
            try:
                row |= work()
            except Exception as error:
                row["note"] = (
                    f"failed: {type(error).__name__}: {str(error).splitlines()[0][:140] if str(error) else ''}"
                )
            row["took_s"] = round(time.monotonic() - began, 1)
        self.rows.append(row)
        print(json.dumps(row), flush=True)
        if self._out is not None:
            self._out.write_text(json.dumps({"facts": self.facts, "rows": self.rows}, indent=1), encoding="utf-8")
        release()
        return row

    def print(self) -> None:
        """Print the facts and the table as Markdown."""
        print("\n" + ", ".join(f"{key} {value}" for key, value in self.facts.items()) + "\n")
        columns = ["name", "people/s", "ms/person", "TFLOP/s", "share of ceiling", "GiB", "note"]
        print("| " + " | ".join(columns) + " |\n|" + " --- |" * len(columns))
        for row in self.rows:
            print("| " + " | ".join(str(row.get(column, "")) for column in columns) + " |")


def release() -> None:
    """Give memory back between measurements."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def seconds_per_call(work: Callable[[], Any], device: torch.device, budget_s: float = ONE_MEASUREMENT_S) -> float:
    """Return the median time of a call: warm, waiting for the device each time."""

    def once() -> float:
        began = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began

    once()
    first = once()
    return statistics.median([once() for _ in range(max(3, min(30, int(budget_s / max(first, 1e-6)))))])


def speed(seconds: float, people: int, tflop: float, ceiling: float) -> dict[str, Any]:
    """Return a row's numbers."""
    row: dict[str, Any] = {"people/s": round(people / seconds, 1), "ms/person": round(1e3 * seconds / people, 2)}
    if tflop:
        row["TFLOP/s"] = round(people * tflop / seconds, 1)
    if tflop and ceiling:
        row["share of ceiling"] = f"{100 * people * tflop / seconds / ceiling:.0f} %"
    if torch.cuda.is_available():
        row["GiB"] = round(torch.cuda.max_memory_allocated() / 2**30, 1)
    return row


def ceiling_tflops(device: torch.device) -> float:
    """Return the rate of a large bf16 matrix product on random data."""
    n = 8192
    a, b = (torch.randn(n, n, device=device, dtype=torch.bfloat16) for _ in range(2))
    rates: list[float] = []
    began = time.perf_counter()
    # The first second lets clocks and temperature settle.
    while (at := time.perf_counter()) - began < 3.0:
        for _ in range(20):
            a @ b
        torch.cuda.synchronize()
        if at - began > 1.0:
            rates.append(20 * 2 * n**3 / (time.perf_counter() - at) / 1e12)
    return statistics.median(rates)


def stock_model(size: str, device: torch.device, dtype: torch.dtype) -> Any:
    """Return the model of `transformers` with random weights."""
    from transformers import Sapiens2Config, Sapiens2ForPoseEstimation

    hidden, layers, heads, deconvolutions, convolutions, _ = SHAPES[size]
    config = Sapiens2Config(
        hidden_size=hidden, intermediate_size=4 * hidden, num_hidden_layers=layers, num_attention_heads=heads,
        num_key_value_attention_heads=heads // 2, image_size=list(INPUT_SIZE), num_labels=308,
        head_config={"upsample_out_channels": deconvolutions, "conv_out_channels": convolutions},
    )  # fmt: skip
    torch.manual_seed(0)
    with torch.device(device):
        model = Sapiens2ForPoseEstimation(config)
    return model.to(dtype).eval().requires_grad_(False)


def our_network(model: Any) -> Network:
    """Return the network of this project around a stock model, which is used up."""
    _, points, mirror = points_used(all_keypoints=False)
    last = model.decode_head.predictor
    return assemble(model, (last.weight[points], last.bias[points]), mirror, INPUT_SIZE)


def pictures(n: int) -> list[np.ndarray]:
    """Return pictures of 1920 x 1080 with something in them."""
    import cv2

    rng = np.random.default_rng(0)
    coarse = [rng.integers(0, 255, (108, 192, 3), dtype=np.uint8) for _ in range(n)]
    return [cv2.resize(c, (1920, 1080), interpolation=cv2.INTER_CUBIC) for c in coarse]


def xywh() -> list[float]:
    """Return the box as the stock processor takes it."""
    return [BOX[0], BOX[1], BOX[2] - BOX[0], BOX[3] - BOX[1]]


class InMemory:
    """A clip of pictures in memory, to time the stage without a decoder."""

    def __init__(self, frames: list[np.ndarray]) -> None:
        self._frames = frames
        self.info = SimpleNamespace(width_px=1920, height_px=1080)

    def frames_at(self, time_s: np.ndarray, **_: Any) -> Iterator[Any]:
        for i, at in enumerate(time_s):
            yield SimpleNamespace(time_s=float(at), image=self._frames[i % len(self._frames)])


def in_memory_track(n: int) -> Any:
    """Return a track with the same box in every frame."""
    from gait.types import SubjectTrack

    return SubjectTrack(
        time_s=np.arange(n) / 30, frame=np.arange(n), box_px=np.tile(BOX, (n, 1)), score=np.ones(n),
        background_xy_px=np.zeros((n, 2)), reason="the only one", people=(), detector="none",
    )  # fmt: skip


def stock_loop(model: Any, frames: list[np.ndarray], device: torch.device, dtype: torch.dtype, batch: int) -> None:
    """Run the stock processor and model as its documentation does."""
    from transformers import Sapiens2ImageProcessor

    processor = Sapiens2ImageProcessor()
    for start in range(0, len(frames), batch):
        images = frames[start : start + batch]
        boxes = [[xywh()]] * len(images)
        inputs = processor(images, boxes=boxes, return_tensors="pt")
        outputs = model(inputs["pixel_values"].to(device, dtype))
        for person in processor.post_process_pose_estimation(outputs, boxes=boxes):
            person[0]["keypoints"].cpu(), person[0]["scores"].cpu()


def save_original(size: str, device: torch.device, path: Path) -> None:
    """Write random weights as the original release names them."""
    from safetensors.torch import save_file
    from transformers.core_model_loading import revert_weight_conversion

    model = stock_model(size, device, torch.float32)
    state = revert_weight_conversion(model, model.state_dict())
    save_file({name: tensor.cpu().contiguous() for name, tensor in state.items()}, path)


def on_gpu(table: Table, sizes: list[str], batches: list[int], device: torch.device) -> None:
    """Measure everything on a GPU; what takes longest to prepare comes last."""
    table.facts |= {"device": torch.cuda.get_device_name(device)}
    row = table.measure("bf16 matrix product, 8192", 5, lambda: {"TFLOP/s": round(ceiling_tflops(device), 1)})
    ceiling = row.get("TFLOP/s", 0.0)
    frames = pictures(8)
    parts(table, frames, device)
    for size in sizes:
        eager_size(table, size, batches, device, ceiling)
        stock_size(table, size, frames, device, ceiling)
    whole_stage(table, sizes[0], frames, device, ceiling)
    for size in sizes:
        usual = BATCH["cuda"][size]
        few = [batch for batch in batches if batch in (1, 8, usual, 64)] if size == sizes[0] else [usual]
        compiled_size(table, size, few, device, ceiling)
    whole_graph(table, sizes[0], device, ceiling)


def crops_of(batch: int, device: torch.device) -> torch.Tensor:
    """Return random crops."""
    return torch.randn(batch, 3, *INPUT_SIZE, device=device).to(torch.bfloat16)


def eager_size(table: Table, size: str, batches: list[int], device: torch.device, ceiling: float) -> None:
    """Measure one size as it is."""
    held: dict[str, Any] = {}

    def make() -> dict[str, Any]:
        held["network"] = our_network(stock_model(size, device, torch.bfloat16))
        return {}

    def forward(batch: int) -> dict[str, Any]:
        crops = crops_of(batch, device)
        with torch.inference_mode():
            seconds = seconds_per_call(lambda: held["network"].points(crops), device)
        return speed(seconds, batch, SHAPES[size][5], ceiling)

    table.measure(f"{size}: making the network", 10, make)
    for batch in batches if held else []:
        table.measure(f"{size}: eager, batch {batch}", 8, lambda batch=batch: forward(batch))


def stock_size(table: Table, size: str, frames: list[np.ndarray], device: torch.device, ceiling: float) -> None:
    """Measure the stock loop."""

    def stock(dtype: torch.dtype, batch: int, people: int) -> dict[str, Any]:
        model = stock_model(size, device, dtype)
        some = [frames[i % len(frames)] for i in range(people)]
        with torch.inference_mode():
            seconds = seconds_per_call(lambda: stock_loop(model, some, device, dtype, batch), device, 2.0)
        return speed(seconds, people, SHAPES[size][5], ceiling)

    table.measure(f"{size}: stock loop, fp32, one by one", 20, lambda: stock(torch.float32, 1, 4))
    table.measure(f"{size}: stock loop, bf16, batch 16", 20, lambda: stock(torch.bfloat16, 16, 16))


def compiled_size(table: Table, size: str, batches: list[int], device: torch.device, ceiling: float) -> None:
    """Measure one size with its layers compiled."""
    held: dict[str, Any] = {}

    def forward(batch: int) -> dict[str, Any]:
        if not held:
            held["network"] = our_network(stock_model(size, device, torch.bfloat16))
            compile_network(held["network"].model)
        crops = crops_of(batch, device)
        return timed_with_first_call(lambda: held["network"].points(crops), size, batch, device, ceiling)

    for batch in batches:
        table.measure(f"{size}: compiled, batch {batch}", 35, lambda batch=batch: forward(batch))
    torch._dynamo.reset()


def whole_graph(table: Table, size: str, device: torch.device, ceiling: float) -> None:
    """Measure one size compiled as one graph, decoding included."""
    batch = BATCH["cuda"][size]

    def forward() -> dict[str, Any]:
        network = our_network(stock_model(size, device, torch.bfloat16))
        run = torch.compile(network.points, fullgraph=True, dynamic=False)
        crops = crops_of(batch, device)
        return timed_with_first_call(lambda: run(crops), size, batch, device, ceiling)

    table.measure(f"{size}: compiled as a whole, batch {batch}", 90, forward)


def timed_with_first_call(
    work: Callable[[], Any], size: str, batch: int, device: torch.device, ceiling: float
) -> dict[str, Any]:
    """Return a row that also says how long the first call, which compiles, took."""
    began = time.perf_counter()
    with torch.inference_mode():
        work()
        torch.cuda.synchronize()
        first = time.perf_counter() - began
        seconds = seconds_per_call(work, device)
    return speed(seconds, batch, SHAPES[size][5], ceiling) | {"note": f"first call {first:.0f} s"}


def whole_stage(table: Table, size: str, frames: list[np.ndarray], device: torch.device, ceiling: float) -> None:
    """Measure the stage from frames in memory to joints, weights read from a file as a user's run does."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"sapiens2_{size}_pose.safetensors"

        def write() -> dict[str, Any]:
            save_original(size, device, file)
            return {"note": f"{file.stat().st_size / 1e9:.2f} GB"}

        def run(n: int, settings: PoseSettings) -> dict[str, Any]:
            began = time.perf_counter()
            with Sapiens2(Weights(files=(file,)), settings) as model:
                loaded = time.perf_counter() - began
                clip: Any = InMemory(frames)
                model.estimate(clip, in_memory_track(BATCH["cuda"][size]))
                if settings.compile:
                    model.estimate(clip, in_memory_track(BATCH["cuda"][size]))
                began = time.perf_counter()
                model.estimate(clip, in_memory_track(n))
                looks = 2 if settings.flip_test else 1
                row = speed(time.perf_counter() - began, n, looks * SHAPES[size][5], ceiling)
                detail = model.provenance().detail
            return row | {"note": f"loaded in {loaded:.1f} s; {detail}"}

        table.measure(f"{size}: writing a file of weights", 15, write)
        if file.is_file():
            eager, compiled = PoseSettings(device="cuda", compile=False), PoseSettings(device="cuda", compile=True)
            flip = PoseSettings(device="cuda", compile=False, flip_test=True)
            every = PoseSettings(device="cuda", compile=False, all_keypoints=True)
            table.measure(f"{size}: whole stage, eager, 512 frames", 25, lambda: run(512, eager))
            table.measure(f"{size}: whole stage, compiled, 1024 frames", 60, lambda: run(1024, compiled))
            table.measure(f"{size}: whole stage, eager, 308 points", 20, lambda: run(256, every))
            table.measure(f"{size}: whole stage, eager, flip test", 20, lambda: run(256, flip))


def parts(table: Table, frames: list[np.ndarray], device: torch.device) -> None:
    """Measure crop and decode for one person at 1080p, against the stock processor."""
    from transformers import Sapiens2ImageProcessor

    processor = Sapiens2ImageProcessor()
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    window = windows_around(np.array([BOX]), INPUT_SIZE)[0]
    maps = torch.rand(1, 308, 256, 192, device=device)
    few = maps[:, :23].contiguous()
    outputs = SimpleNamespace(heatmaps=maps)

    def timed(work: Callable[[], Any]) -> dict[str, Any]:
        with torch.inference_mode():
            return {"ms/person": round(1e3 * seconds_per_call(work, device), 2)}

    table.measure("crop: ours", 3, lambda: timed(lambda: crop(cut(frames[0], window, INPUT_SIZE), device, dtype)))
    table.measure(
        "crop: stock processor",
        3,
        lambda: timed(lambda: processor([frames[0]], boxes=[[xywh()]], return_tensors="pt")["pixel_values"].to(device)),
    )
    table.measure("decode: ours, 23 points", 3, lambda: timed(lambda: decode(few).cpu()))
    table.measure("decode: ours, 308 points", 3, lambda: timed(lambda: decode(maps).cpu()))
    table.measure(
        "decode: stock processor, 308 points",
        3,
        lambda: timed(
            lambda: processor.post_process_pose_estimation(outputs, boxes=[[xywh()]])[0][0]["keypoints"].cpu()
        ),
    )


def on_cpu(table: Table, weights: Path) -> None:
    """Measure the parts and the tiny model on the CPU."""
    device = torch.device("cpu")
    table.facts |= {"device": f"CPU, {torch.get_num_threads()} threads"}
    frames = pictures(4)
    parts(table, frames, device)

    def whole(settings: PoseSettings) -> dict[str, Any]:
        with Sapiens2(Weights(files=(weights,)), settings) as model:
            clip: Any = InMemory(frames)
            seconds = seconds_per_call(lambda: model.estimate(clip, in_memory_track(64)), device, 3.0)
        return speed(seconds, 64, 0.0, 0.0)

    if weights.is_file():
        every = PoseSettings(device="cpu", all_keypoints=True)
        table.measure("tiny model: whole stage", 10, lambda: whole(PoseSettings(device="cpu")))
        table.measure("tiny model: whole stage, 308 points", 10, lambda: whole(every))


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(SHAPES))
    parser.add_argument("--batches", default="1,4,8,16,32,64")
    parser.add_argument("--seconds", type=float, default=440.0, help="Measurements that do not fit are left out.")
    parser.add_argument("--out", type=Path, help="Also write the rows here, as JSON.")
    parser.add_argument("--weights", type=Path, default=TINY, help="The tiny model, for a CPU.")
    parser.add_argument("--cpu", action="store_true", help="Measure the CPU even where there is a GPU.")
    options = parser.parse_args()
    import transformers

    table = Table(options.out, options.seconds)
    table.facts |= {"torch": torch.__version__, "transformers": transformers.__version__}
    if torch.cuda.is_available() and not options.cpu:
        batches = [int(batch) for batch in options.batches.split(",")]
        on_gpu(table, options.sizes.split(","), batches, torch.device("cuda", 0))
    else:
        on_cpu(table, options.weights)
    table.print()
    print(json.dumps({"facts": table.facts, "rows": table.rows}))


if __name__ == "__main__":
    main()
