"""The architecture: which part may import which, and what may be imported only when it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "gait"
CORE = {
    "ahead",
    "types",
    "skeleton",
    "columns",
    "config",
    "errors",
    "version",
    "weights",
    "litert",
    "photograph",
    "silhouettes",
}
STAGES = {"video", "subject", "pose", "signals", "analysis", "report"}
ALLOWED = {
    "cli": {
        "pipeline",
        "export",
        "config",
        "errors",
        "version",
        "batch",
        "console",
        "still_command",
        "models_command",
    },
    "pipeline": STAGES | CORE | {"folders", "progress"},
    "export": {"pose", "signals", "analysis", "report", "folders"} | CORE,
    "still": STAGES | CORE | {"pipeline", "folders"},
    "still_command": {"still", "console", "config", "errors"},
    "models_command": {"pose", "subject", "weights", "console", "errors"},
    "console": {"errors"},
    "photograph": {"types"},
    "silhouettes": {"types"},
    "batch": {"pipeline", "folders", "progress"} | CORE,
    "video": CORE | {"video"},
    "subject": CORE | {"subject"},
    "pose": CORE | {"pose"},
    "signals": CORE | {"signals"},
    "analysis": CORE | {"analysis", "signals"},
    "report": CORE | {"report"},
    "folders": {"errors"},
    "progress": set(),
    "ahead": set(),
    "weights": set(),
    "litert": {"errors", "weights"},
    "types": {"skeleton"},
    "config": {"errors"},
    "skeleton": set(),
    "columns": set(),
    "errors": set(),
    "version": set(),
    "__init__": {"version"},
}
ONLY_IN = {"av": {"video"}, "plotly": {"report"}, "ai_edge_litert": {"litert"}, "torch": {"pose", "subject"},
           "transformers": {"pose"}, "ultralytics": {"subject"}, "ray": {"batch"}}  # fmt: skip
LAZY = {"torch", "transformers", "ultralytics", "ai_edge_litert", "plotly", "cv2", "ray", "pyarrow", "matplotlib"}


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
    for name in names:
        owners = ONLY_IN.get(name.split(".")[0], {room})
        assert room in owners, f"{name} belongs to {sorted(owners)} alone"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_modules_are_short_enough_to_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


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
