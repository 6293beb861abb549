"""Names of files, values of options, and files with settings."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from tests.hostile.case import Case
from tests.hostile.damage import change_bytes, writer
from tests.hostile.tables import parquet
from tests.hostile.videos import FULL, walker

NAMES: tuple[bytes, ...] = (
    b"...mp4", b"..mp4", b".mp4", b"walk:2.mp4", b"http:x.mp4", b"file:walk.mp4", b"pipe:0.mp4", b"con.mp4", b"a b.mp4",
    b"\xff\xfe.mp4", b"walk\xe9.mp4", b"\x1b[31mred\x1b[0m.mp4", b"two\nlines.mp4", b"tab\t.mp4", b"\xe2\x80\xaeltr.mp4",
    b"walk%03d.mp4", b"walk%s%n.mp4", b"{0}.mp4", b"<script>alert(1)<", b"'; drop.mp4", b"x" * 240 + b".mp4",
    "ñ漢字🚶.mp4".encode(), b"-walk.mp4", b"*.mp4", b"walk.mp4 ", b"walk.", b"\\\\server\\walk.mp4", b"C:walk.mp4",
)  # fmt: skip
LABELS: tuple[bytes, ...] = (
    b"\xff\xfe",
    b"\x1b[2J",
    b"<script>alert(1)</script>",
    b"x" * 100_000,
    b"{{7*7}}",
    b"a\nb",
    b"=1+1",
)
OUTS: tuple[bytes, ...] = (
    b"walk:2",
    b"s3://bucket",
    b"\xff",
    b"a/b/c/d",
    b"walk.mp4",
    b"/proc/x",
    b"/dev/null/x",
    b"x" * 300,
    b"..",
)


def odd_name(rng: np.random.Generator) -> Case:
    """Return a good video or table with an odd name, label, or folder for the results."""
    name = NAMES[rng.integers(len(NAMES))]
    table = rng.random() < 0.5
    data = parquet() if table else walker(".mp4", 8)
    if table:
        name = name.removesuffix(b".mp4") + b".parquet"
    arguments: list[str | bytes] = ["analyze"] if table else ["run", *FULL, "--no-overlay"]
    if rng.random() < 0.4:
        arguments += ["--label", LABELS[rng.integers(len(LABELS))].replace(b"\0", b"")]
    out = OUTS[rng.integers(len(OUTS))] if rng.random() < 0.4 else b"reports"
    arguments += ["-o", out, "--", name]

    def make(folder: Path) -> None:
        Path(folder, os.fsdecode(name)).write_bytes(data)
        (folder / "walk.mp4").write_bytes(walker(".mp4", 8))

    return Case(kind="odd name", name=repr((name, out)), arguments=tuple(arguments), make=make)


NUMBERS = ("nan", "inf", "-inf", "0", "-1", "1e-9", "1e300", "x", "", "1,2", "0x10", "٣", "1_000", "9" * 400)
OPTIONS: dict[str, tuple[str, ...]] = {
    "--fps": NUMBERS,
    "--start": NUMBERS,
    "--end": NUMBERS,
    "--capture-fps": NUMBERS,
    "--height-m": (*NUMBERS, "175", "1.75m", "17"),
    "--age": (*NUMBERS, "4.5", "1000"),
    "--sex": ("f", "M", "woman", ""),
    "--subject": (*NUMBERS, "7"),
    "--box": ("9000,9000,9999,9999", "100,100,50,50", "nan,0,10,10", "0,0,0,0", "1,2,3", "-50,-50,-10,-10", "a,b,c,d"),
    "--scale": ("0,0,0,0,1", "0,0,nan,0,1", "0,0,100,0,1e9", "0,0,9999,0,1", "1"),
    "--detector": ("wizard", "", "x.pt", "/dev/zero", "full-frame"),
    "--model": ("wizard", "", "x.safetensors", "/dev/zero", "sapiens2-9b"),
    "--device": ("tpu", "mps", ""),
    "--segment-model": ("wizard", "/dev/zero"),
    "--config": ("nowhere.yaml", "/dev/zero", ".", "walk.mp4"),
    "-o": ("walk.mp4", "/proc/nothing", ""),
}
OF_TABLES: dict[str, tuple[str, ...]] = {
    "--size": ("0x0", "nanxnan", "infx1", "-1x-1", "1x1", "1e9x1e9", "1280", "1280x720x3", "x", "1.5x2.5"),
    "--fps": NUMBERS,
}


def odd_option(rng: np.random.Generator) -> Case:
    """Return a good video, or table, and an option with a value that makes no sense."""
    table = rng.random() < 0.5
    known = {**{k: v for k, v in OPTIONS.items() if k in ("--height-m", "--age", "--sex", "--scale", "--config", "-o")},
             **OF_TABLES} if table else OPTIONS  # fmt: skip
    option = str(rng.choice(sorted(known)))
    value = str(rng.choice(known[option]))
    # "=": a value such as -1 is no option.
    given = (option, value) if option == "-o" else (f"{option}={value}",)
    arguments = ("analyze", "k.parquet", *given) if table else ("run", "walk.mp4", *FULL, "--no-overlay", *given)
    name, data = ("k.parquet", parquet()) if table else ("walk.mp4", walker(".mp4", 8))
    return Case(kind="odd option", name=" ".join(given)[:80], arguments=arguments, make=writer(name, data))


VALUES = (".nan", ".inf", "-1", "0", "1e300", "x", "[]", "{}", "null", "true", "2024-99-99", "!!binary x", "*a", "!x y",
          "[1, 2, 3, 4]", "999999999999", "'\\0'", "~", "0x7fffffff", "1e-9")  # fmt: skip
KEYS = ("video.fps", "video.end_s", "video.start_s", "video.capture_fps", "subject.detector", "subject.subject", "subject.box",
        "pose.model", "pose.threads", "pose.batch", "pose.dtype", "analysis.signals.cutoff_hz", "analysis.signals.min_score",
        "analysis.signals.max_gap_s", "analysis.events.method", "analysis.scale.height_m", "analysis.scale.known_distance",
        "analysis.scene.view", "report.overlay", "report.overlay_height_px", "report.person.age", "report", "vidoe", "video")  # fmt: skip


def bomb(levels: int = 12) -> str:
    """Lists of lists, each named ten times in the next: a billion names in a few lines."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]" for k in range(1, levels)]
    return "\n".join(lines)


def odd_settings(rng: np.random.Generator) -> Case:
    """Return a good table and a file with settings that is no good."""
    way = str(rng.choice(["value", "value", "value", "bomb", "nested", "bytes", "large", "special", "list"]))
    key = str(rng.choice(KEYS))
    *sections, leaf = key.split(".")
    text = "".join("  " * i + f"{s}:\n" for i, s in enumerate(sections))
    text += "  " * len(sections) + f"{leaf}: {rng.choice(VALUES)}\n"
    texts = {
        "bomb": bomb(),
        "nested": str(rng.choice(["[", "{a: ", "- ", "? "])) * 50_000,
        "large": "x: y\n" * 1_000_000,
        "special": str(rng.choice(["!!python/object/apply:os.system [ls]", "&a [*a]", "--- 1\n--- 2", "%TAG", "\ufeff", "a: b: c"])),
        "list": "- 1\n- 2",
    }  # fmt: skip
    data = texts.get(way, text).encode()
    if way == "bytes":
        good = (Path(__file__).parents[2] / "configs" / "default.yaml").read_bytes()
        way, data = change_bytes(rng, good)

    def make(folder: Path) -> None:
        (folder / "s.yaml").write_bytes(data)
        (folder / "k.parquet").write_bytes(parquet())
        (folder / "walk.mp4").write_bytes(walker(".mp4", 8))

    run = ("run", "walk.mp4", *FULL, "--no-overlay") if rng.random() < 0.3 else ("analyze", "k.parquet")
    return Case(
        kind="settings", name=f"{way} {text.strip()!r}"[:120], arguments=(*run, "--config", "s.yaml"), make=make
    )  # fmt: skip
