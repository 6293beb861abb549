"""The architecture: which part may import which, and what may be imported only when it is needed."""

import ast
import graphlib
import importlib
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "gait"
BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
CORE = {"ahead", "arrays", "optics", "types", "equality", "provenance", "skeleton", "columns", "config", "errors",
        "inputs", "quiet", "frames", "text", "version", "hashing", "weights", "outlines", "parquet", "yuv",
        "jpeg"}  # fmt: skip
STAGES = {"video", "subject", "pose", "signals", "analysis", "report"}
ALLOWED = {
    "cli": {
        "cli",
        "batch",
        "library",
        "pipeline",
        "photo",
        "export",
        "pose",
        "subject",
        "heap",
        "report",
        "folders",
        "saved",
    }
    | CORE,
    "batch": {"batch", "library", "progress", "pose", "folders", "heap"} | CORE,
    "library": {"library", "pipeline", "folders", "progress", "joints", "saved", "video", "report"} | CORE,
    "pipeline": STAGES | CORE | {"folders", "progress", "joints", "saved"},
    "photo": STAGES | CORE | {"photo", "folders"},
    "export": {"signals", "analysis", "report", "folders", "saved"} | CORE,
    "outlines": {"types", "equality"},
    "joints": {"pose"} | CORE,
    "saved": {"joints", "pose", "report", "folders"} | CORE,
    "provenance": {"config", "version", "hashing", "inputs"},
    "equality": set(),
    "parquet": {"errors"},
    "heap": set(),
    "video": CORE | {"video"},
    "subject": CORE | {"subject", "litert"},
    "pose": CORE | {"pose", "litert"},
    "signals": CORE | {"signals"},
    "analysis": CORE | {"analysis", "signals"},
    "report": CORE | {"report", "folders"},
    "folders": {"errors"},
    "progress": set(),
    "ahead": set(),
    "arrays": set(),
    "frames": {"types"},
    "optics": set(),
    "hashing": set(),
    "weights": {"errors", "hashing"},
    "litert": {"errors", "quiet", "weights"},
    "types": {"skeleton", "equality", "provenance"},
    "config": {"errors", "inputs", "text"},
    "text": set(),
    "locale": {"columns", "report", "text"},
    "skeleton": set(),
    "columns": set(),
    "errors": set(),
    "inputs": {"errors"},
    "quiet": set(),
    "version": set(),
    "yuv": {"types"},
    "jpeg": {"types"},
    "api": {"pipeline", "analysis", "signals", "pose", "movement", "progress"} | CORE,
    "movement": CORE,
    "__init__": {"api", "saved", "movement", "pipeline", "analysis", "signals", "video"} | CORE,
    "__main__": {"cli"},
}
INSIDE_ANALYSIS = {"view": set(), "body": {"view"}, "events": {"view"}, "lengths": {"view"},
                   "measures": {"view", "body", "events", "lengths"}}  # fmt: skip
"""Which room of the analysis builds upon which; all upon gait.analysis.geometry."""

ONLY_IN = {"av": {"video"}, "plotly": {"report"}, "ai_edge_litert": {"litert"}, "torch": {"pose", "subject"},
           "transformers": {"pose"}, "ultralytics": {"subject"}, "ray": {"batch"}, "mediapipe": set(),
           "xarray": {"movement", "api"}}  # fmt: skip
"""Nobody imports mediapipe: its wheel only carries weights."""

LAZY = {"torch", "transformers", "ultralytics", "ai_edge_litert", "mediapipe", "plotly", "cv2", "ray", "pyarrow",
        "matplotlib", "xarray"}  # fmt: skip


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where a name comes from"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    room = room_of(path)
    names = imports_of(ast.parse(path.read_text(encoding="utf-8")))
    ours = {name.split(".")[1] if "." in name else "" for name in names if name.split(".")[0] == "gait"}
    assert "" not in ours, "nothing inside imports the package root"
    assert ours <= ALLOWED[room], f"{room} may not import {sorted(ours - ALLOWED[room])}"
    if room == "analysis" and len(path.relative_to(PACKAGE).parts) == 3:
        inner = path.relative_to(PACKAGE).parts[1]
        theirs = {name.split(".")[2] for name in names if name.startswith("gait.analysis.")} - {inner, "geometry"}
        assert theirs <= INSIDE_ANALYSIS[inner], f"{inner} may not import {sorted(theirs - INSIDE_ANALYSIS[inner])}"
    for name in names:
        owners = ONLY_IN.get(name.split(".")[0], {room})
        assert room in owners, f"{name} belongs to {sorted(owners)} alone"


def name_of(path: Path) -> str:
    parts = ("gait", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in modules()}


def imported(nodes: Iterable[ast.AST], inside_functions: bool) -> set[str]:
    """The modules of this package that are imported, for the eyes of a type checker too."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not inside_functions:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & NAMES
        elif isinstance(node, ast.ImportFrom):
            # A module of a package, or a name that the package itself defines.
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inner & NAMES
            found |= {node.module} & NAMES if inner - NAMES else set()
        else:
            found |= imported(ast.iter_child_nodes(node), inside_functions)
    return found


def circle(room: str | None = None, inside_functions: bool = False) -> str:
    """The names along a circle of imports, if there is one; of those within a room, or of all."""
    graph = {}
    for path in modules():
        if room in (None, room_of(path)):
            graph[name_of(path)] = imported(ast.parse(path.read_text(encoding="utf-8")).body, inside_functions)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return " -> ".join(reversed(error.args[1]))
    return ""


def test_no_imports_go_in_a_circle() -> None:
    assert circle() == ""


@pytest.mark.parametrize("room", sorted(STAGES))
def test_what_everyone_builds_upon_knows_nobody_who_builds_upon_it_not_even_within_functions(room: str) -> None:
    """An interface knows none of its implementations; a registry knows them all."""
    assert circle(room, inside_functions=True) == ""


def test_a_circle_would_be_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "__init__.py").write_text("from gait.room.one import a\n")
    (tmp_path / "room" / "one.py").write_text("from gait.room import two\na = two\n")
    (tmp_path / "room" / "two.py").write_text("def f():\n    from gait.room import a\n    return a\n")
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    monkeypatch.setitem(globals(), "NAMES", {name_of(path) for path in modules()})
    assert circle() == ""
    assert set(circle("room", inside_functions=True).split(" -> ")) == {"gait.room", "gait.room.one", "gait.room.two"}
    (tmp_path / "room" / "two.py").write_text("from gait.room import a\n")
    assert circle() != ""


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_modules_are_short_enough_to_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 450


NEEDS_TORCH = {"pose"}


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.torch] if path.stem in NEEDS_TORCH else [])
        for path in sorted(BENCHMARKS.glob("*.py"))
    ],
)
def test_every_benchmark_finds_what_it_imports_here(path: Path) -> None:
    try:
        importlib.import_module(f"benchmarks.{path.stem}")
    except ModuleNotFoundError as missing:
        name = str(missing.name).split(".")[0]
        assert name not in {"benchmarks", "gait", "renderer"}
        pytest.skip(f"{name} is not installed")


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from gait.cli import main\ntry: main(['run', '--help'])\nexcept SystemExit: pass\n" \
           "print(sorted(m for m in sys.modules if '.' not in m), file=sys.stderr)"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(done.stderr.strip().splitlines()[-1]))
    assert not loaded & (LAZY | {"numpy", "pandas", "scipy", "av", "pydantic"})


def test_importing_the_pipeline_leaves_the_heavy_packages_alone() -> None:
    code = "import sys, gait.pipeline; print(sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(ast.literal_eval(done.stdout)) & (LAZY - {"pyarrow", "cv2"})
