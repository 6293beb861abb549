"""Tables of joints that are broken, or hold what nobody's joints can be."""

from __future__ import annotations

import functools
import io
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gait.skeleton import KEYPOINTS, short_name
from tests.hostile.case import Case
from tests.hostile.damage import change_bytes, writer

SAMPLE = Path(__file__).parents[2] / "sample_videos" / "side_walk.keypoints.csv.gz"
WRONG = (np.nan, np.inf, -np.inf, 0.0, -1.0, 1e9, -1e9, 1e300, 5e-324)


@functools.cache
def joints() -> pd.DataFrame:
    """The joints of a rendered walk, as `gait run` would save them."""
    return pd.read_csv(SAMPLE).astype(np.float64)


@functools.cache
def parquet() -> bytes:
    """The same as a Parquet file with all that a run says beside it."""
    from gait.config import AnalysisSettings
    from gait.pose.files import read_poses, write_poses
    from gait.provenance import FileFacts, ModelFacts, Origin, VideoFacts

    with tempfile.TemporaryDirectory() as place:
        table, path = Path(place, "k.csv"), Path(place, "k.parquet")
        joints().to_csv(table, index=False)
        poses, _ = read_poses(table, (1280, 720))
        video = VideoFacts(
            width_px=1280, height_px=720, duration_s=7.2, nominal_fps=120.0, played_fps=30.0, capture_fps=120.0,
            capture_fps_source="asked for", time_scale=4.0, is_variable_rate=False, rotation_deg=0, codec="h264",
            n_frames_used=len(joints()),
        )  # fmt: skip
        origin = Origin(file=FileFacts(name="walk.mp4"), video=video, model=ModelFacts(name="blazepose"))
        saved = {
            "origin": asdict(origin),
            "settings": AnalysisSettings().model_dump(mode="json"),
            "report": {"person": {"age": 40}},
            "subject_label": "P 12",
        }
        write_poses(poses, path, saved)
        return path.read_bytes()


def _odd_table(rng: np.random.Generator) -> tuple[str, pd.DataFrame]:
    table = joints().copy()
    way = str(rng.choice(["value", "column", "times", "text", "drop", "rows", "frame", "sizes", "shuffled", "copies"]))
    columns = list(table.columns[1:])
    some = [str(c) for c in rng.choice(columns, size=int(rng.integers(1, 20)), replace=False)]
    wrong = float(rng.choice(WRONG))
    if way == "value":
        for c in some:
            table.loc[rng.integers(0, len(table), 5), c] = wrong
    elif way == "column":
        table[some] = wrong
    elif way == "times":
        far_s = float(10 ** rng.uniform(-9, 12))
        steps = np.diff(table["time_s"], prepend=0.0)
        steps[rng.integers(1, len(steps), int(rng.choice([1, 5, 100])))] = far_s * rng.choice([1, 1, 1, -1])
        table["time_s"] = np.cumsum(steps) if rng.random() < 0.6 else table["time_s"] * far_s
    elif way == "text":
        table[some] = table[some].astype(str)
        table.loc[3, some] = str(rng.choice(["", "left", "1,5", "<script>alert(1)</script>", "\x1b[31m", "NULL"]))
    elif way == "drop":
        table = table.drop(columns=rng.choice(["time_s", *columns], size=int(rng.integers(1, 60)), replace=False))
    elif way == "rows":
        table = table.iloc[: int(rng.integers(0, 6))]
    elif way == "frame":
        table["frame"] = float(rng.choice([np.nan, -5.0, 2.0**62, 0.5, 1e300]))
    elif way == "sizes":
        table[columns] = table[columns] * float(10 ** rng.uniform(-6, 6))
    elif way == "shuffled":
        table = table.sample(frac=1.0, random_state=int(rng.integers(1000)))
    else:
        table = pd.concat([table] * int(rng.integers(2, 20)), ignore_index=True)
        if rng.random() < 0.8:
            table["time_s"] = np.arange(len(table)) / float(10 ** rng.uniform(0, 4))
    return f"{way} {wrong:g}", table


def odd_csv(rng: np.random.Generator) -> Case:
    """Return a table as text with something wrong in it."""
    name, table = _odd_table(rng)
    text = table.to_csv(index=False).encode()
    if rng.random() < 0.3:
        name, text = change_bytes(rng, text)
    size = str(rng.choice(["1280x720", "1280x720", "1x1", "20000x20000"]))
    return Case(
        kind="CSV", name=name, arguments=("analyze", "k.csv", "--size", size), make=writer("k.csv", text)
    )  # fmt: skip


def odd_parquet(rng: np.random.Generator) -> Case:
    """Return a Parquet file whose columns, or whose words about its origin, are not what they should be."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    name, table = _odd_table(rng)
    if rng.random() < 0.7:
        name, table = "origin", joints()
    arrow = pa.Table.from_pandas(
        table.astype(object).astype(str) if rng.random() < 0.1 else table, preserve_index=False
    )
    good = json.loads(pq.read_table(io.BytesIO(parquet())).schema.metadata[b"gait"])
    raw = b"" if name != "origin" else _odd_origin(rng, good)
    arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), **({b"gait": raw} if raw else {})})
    file = io.BytesIO()
    pq.write_table(arrow, file)
    more = ("--size", "1280x720") if rng.random() < 0.5 else ()
    return Case(
        kind="Parquet", name=f"{name} {raw[:60]!r}", arguments=("analyze", "k.parquet", *more),
        make=writer("k.parquet", file.getvalue()),
    )  # fmt: skip


def _odd_origin(rng: np.random.Generator, good: dict[str, Any]) -> bytes:
    odd: list[Any] = [
        None,
        0,
        -1,
        1e308,
        2**70,
        "x",
        "\x1b[2J",
        "<b>",
        [],
        {},
        [[]],
        True,
        "é" * 5000,
        {"a": {"b": [1]}},
    ]
    nested: Any = []
    for _ in range(400):
        nested = [nested]
    odd.append(nested)
    if rng.random() < 0.15:
        return [b"{", b"\xff\xfe", b"null", b"[]", b"3", b'"x"', b"NaN", b"[" * 50_000, b"{}"][rng.integers(9)]
    node = good
    while True:
        key = str(rng.choice(sorted(node)))
        if isinstance(node[key], dict) and node[key] and rng.random() < 0.75:
            node = node[key]
            continue
        if rng.random() < 0.2:
            del node[key]
        else:
            node[key] = odd[rng.integers(len(odd))]
        return json.dumps(good).encode()


def mutated_parquet(rng: np.random.Generator) -> Case:
    """Return a Parquet file whose bytes were changed somewhere."""
    how, data = change_bytes(rng, parquet())
    return Case(
        kind="damaged Parquet", name=how, arguments=("analyze", "k.parquet"), make=writer("k.parquet", data)
    )  # fmt: skip


@functools.cache
def trc() -> str:
    """The same walk as a TRC file in millimetres."""
    table = joints()
    names = [short_name(k) for k in KEYPOINTS if f"{k}_x" in table]
    n = len(table)
    rows = [
        "PathFileType\t4\t(X/Y/Z)\tk.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"30\t30\t{n}\t{len(names)}\tmm\t30\t1\t{n}",
        "Frame#\tTime\t" + "\t\t\t".join(names),
        "\t\t" + "\t".join(f"X{i}\tY{i}\tZ{i}" for i in range(1, len(names) + 1)),
    ]
    known = [k for k in KEYPOINTS if f"{k}_x" in table]
    for i, row in enumerate(table.itertuples()):
        cells = [f"{2.5 * getattr(row, f'{k}_x'):.1f}\t{-2.5 * getattr(row, f'{k}_y'):.1f}\t0" for k in known]
        rows.append(f"{i + 1}\t{row.time_s:.5f}\t" + "\t".join(cells))
    return "\n".join(rows)


def odd_trc(rng: np.random.Generator) -> Case:
    """Return a TRC file with something wrong in it."""
    text = trc()
    lines = text.split("\n")
    way = str(rng.choice(["bytes", "cell", "rate", "unit", "time", "cut", "names", "whole"]))
    if way == "cell":
        for _ in range(5):
            i = int(rng.integers(5, len(lines)))
            cells = lines[i].split("\t")
            cells[rng.integers(len(cells))] = str(rng.choice(["nan", "inf", "1e308", "x", "", "-1e12"]))
            lines[i] = "\t".join(cells)
    elif way == "rate":
        lines[2] = str(rng.choice(["0", "-30", "nan", "inf", "1e-9", "1e9", "x"])) + lines[2][2:]
    elif way == "unit":
        lines[2] = lines[2].replace("mm", str(rng.choice(["", "km", "px", "inch", "m"])))
    elif way == "time":
        far_s = float(10 ** rng.uniform(-6, 9))
        for i in range(int(rng.integers(5, len(lines))), len(lines)):
            cells = lines[i].split("\t")
            cells[1] = f"{float(cells[1]) + far_s:.6f}"
            lines[i] = "\t".join(cells)
    elif way == "cut":
        lines = lines[: int(rng.integers(0, 9))]
    elif way == "names":
        lines[3] = str(rng.choice(["", "Frame#\tTime", "Frame#\tTime\t" + "RAnkle\t\t\t" * 500, "x"]))
    data = "\n".join(lines).encode()
    if way == "bytes":
        way, data = change_bytes(rng, data)
    more = ("--size", "1280x720") if rng.random() < 0.3 else ()
    return Case(kind="TRC", name=way, arguments=("analyze", "k.trc", *more), make=writer("k.trc", data or b"\n"))


def odd_openpose(rng: np.random.Generator) -> Case:
    """Return a folder of OpenPose files, some of them odd."""
    bodies = rng.uniform(0, 700, (40, 25, 3))
    bodies[..., 2] = rng.uniform(0, 1, (40, 25))
    files = {f"walk_{i:012d}_keypoints.json": _person(bodies[i]) for i in range(40)}
    names = sorted(files)
    way = str(
        rng.choice(["bytes", "gap", "huge number", "texts", "pipe", "folder", "empty", "points", "values", "names"])
    )
    odd = str(names[rng.integers(40)])
    special: Callable[[Path], object] = lambda folder: None  # noqa: E731
    if way == "bytes":
        files[odd] = change_bytes(rng, files[odd])[1]
    elif way == "gap":
        for i, name in enumerate(names[20:]):
            files[f"walk_{int(10 ** rng.uniform(2, 15)) + i:d}_keypoints.json"] = files.pop(name)
    elif way == "huge number":
        files["walk_" + "9" * 200 + "_keypoints.json"] = files.pop(odd)
    elif way == "texts":
        texts = [b"{}", b"[]", b"null", b'{"people": 3}', b'{"people": [{}]}', b"[" * 100_000, b'{"people": [{"pose_keypoints_2d": "x"}]}',
                 b'{"people": [{"pose_keypoints_2d": [1e999, 1, 1]}]}', b'{"people": [{"pose_keypoints_2d": [[1], 2]}]}',
                 b'{"people": [{"pose_keypoints_2d": [' + b"9" * 400 + b", 1, 1]}]}"]  # fmt: skip
        files[odd] = texts[rng.integers(len(texts))]
    elif way in ("pipe", "folder"):
        del files[odd]
        special = lambda folder: (os.mkfifo if way == "pipe" else os.mkdir)(folder / "frames" / odd)  # noqa: E731
    elif way == "empty":
        files = dict.fromkeys(names, b'{"people": []}') if rng.random() < 0.5 else {}
    elif way == "points":
        files[odd] = _person(bodies[0][: int(rng.choice([0, 1, 18, 24]))])
    elif way == "values":
        bodies[rng.integers(40), rng.integers(25)] = float(rng.choice([1e300, -5.0, 1e12]))
        files = {name: _person(body) for name, body in zip(names, bodies, strict=True)}
    else:
        files = {name.replace("0", str(rng.choice(["a", "²", "٣"]))): data for name, data in files.items()}

    def make(folder: Path) -> None:
        (folder / "frames").mkdir()
        for name, data in files.items():
            (folder / "frames" / name).write_bytes(data)
        special(folder)

    fps = str(rng.choice(["30", "30", "240", "1e-9", "nan", "0"]))
    arguments = ("analyze", "frames", "--size", "1280x720", "--fps", fps)
    return Case(kind="OpenPose", name=f"{way}, {fps} frames/s", arguments=arguments, make=make)


def _person(points: np.ndarray[Any, Any]) -> bytes:
    return json.dumps({"people": [{"pose_keypoints_2d": points.ravel().tolist()}]}).encode()
