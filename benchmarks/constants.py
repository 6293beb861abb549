"""What happens when a constant is wrong by a third? Every named number of the analysis, one after the other.

    python benchmarks/constants.py --cache FOLDER [--rooms analysis signals] [--page docs/constants.md]

Each number that stands at the head of a module is made a third smaller and a third larger, and the same recordings are
measured again: rendered walkers as BlazePose saw them (`benchmarks/rendered.py` keeps them in the folder) and simulated
ones, sound and impaired, from the side and from the front. Told is the worse of the two changes: the share of strikes
that come or go, by how much the others move (root mean square), and the measure that moves most, in half widths of its
own interval: below 1 the printed interval still covers it.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "sample_videos")]

RENDERED = range(0, 40, 28)
SIMULATED = (
    "antalgic",
    "turning back",
    "standing before and after",
    "treadmill",
    "toward the camera",
    "4 px, 5 % lost",
)
FACTORS = (2 / 3, 4 / 3)
SAME_S = 0.15
"""Farther apart, two strikes are not the same one."""


@dataclass(frozen=True, kw_only=True)
class Constant:
    """One named number, or several named together.

    Attributes
    ----------
    module, name : str
    text : str
        As it stands in the module.
    doc : str
        What is said of it there.
    """

    module: str
    name: str
    text: str
    doc: str


def constants(rooms: list[str]) -> Iterator[Constant]:
    """Yield every number, or expression with numbers, that stands at the head of a module of some rooms."""
    for path in sorted(p for room in rooms for p in (ROOT / "gait" / room).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for node, after in zip(body, [*body[1:], None], strict=True):
            if isinstance(node, ast.Assign) and _numbers(node.value):
                said = after.value if isinstance(after, ast.Expr) else None
                doc = said.value if isinstance(said, ast.Constant) and isinstance(said.value, str) else ""
                name = ast.unparse(node.targets[0]).strip("()")
                yield Constant(module=module, name=name, text=ast.unparse(node.value), doc=" ".join(doc.split()))


def _numbers(node: ast.AST) -> list[ast.Constant]:
    return [
        n for n in ast.walk(node)
        if isinstance(n, ast.Constant) and isinstance(n.value, int | float) and not isinstance(n.value, bool)
    ]  # fmt: skip


class _Changed(importlib.abc.MetaPathFinder):
    """Imports one module with one of its constants scaled."""

    def __init__(self, constant: Constant, factor: float) -> None:
        self.constant, self.factor = constant, factor

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        spec = importlib.machinery.PathFinder.find_spec(name, path) if name == self.constant.module else None
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(name, spec.origin, self)
        return spec

    def code(self, source: str, file: str) -> CodeType:
        tree = ast.parse(source)
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).strip("()") == self.constant.name:
                for number in _numbers(node.value):
                    scaled = number.value * self.factor
                    number.value = round(scaled) if isinstance(number.value, int) else scaled
        return compile(tree, file, "exec")


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, file: str, changed: _Changed) -> None:
        super().__init__(name, file)
        self._changed = changed

    def get_code(self, fullname: str) -> CodeType:
        return self._changed.code(Path(self.path).read_text(encoding="utf-8"), self.path)


def record(cache: Path, kept: Path) -> None:
    """Keep the recordings as plain arrays, so that they can be read before anything of the program is."""
    from benchmarks.conditions import CONDITIONS, simulated
    from benchmarks.rendered import walkers

    poses = [filmed.poses for filmed in walkers(cache, RENDERED, "blazepose")]
    for name in SIMULATED:
        poses += [p for p, _ in simulated(CONDITIONS[name], 1, 0)]
    kept.write_bytes(pickle.dumps([vars(p) for p in poses]))


def measure(kept: Path) -> list[dict[str, Any]]:
    """Return strikes and measures of every recording."""
    from gait.analysis.analyze import analyze
    from gait.types import PoseSequence

    out = []
    for fields in pickle.loads(kept.read_bytes()):
        result = analyze(PoseSequence(**fields))
        strikes = result.events[result.events["kind"] == "strike"]
        valid = result.measures[result.measures["status"] != "withheld"].set_index(["measure", "side"])
        out.append(
            {
                "strikes": list(zip(strikes["side"], strikes["time_s"], strict=True)),
                "values": dict(zip(valid.index, valid["value"], strict=True)),
                "half": dict(zip(valid.index, (valid["ci_high"] - valid["ci_low"]) / 2, strict=True)),
            }
        )
    return out


def _with(job: tuple[Constant, float, Path]) -> list[dict[str, Any]] | str:
    constant, factor, kept = job
    sys.meta_path.insert(0, _Changed(constant, factor))
    try:
        return measure(kept)
    except Exception as error:
        return type(error).__name__


def compare(usual: list[dict[str, Any]], changed: list[dict[str, Any]] | str) -> tuple[float, float, float, str, float]:
    """Return strikes that come or go (%), how far the others move (ms), the measure that moves most, and the given.

    Returns
    -------
    strikes_pct, moved_ms, half_widths, measure, appear_pct : float and str
    """
    if isinstance(changed, str):
        return 100.0, 0.0, 0.0, changed, 0.0
    n = lost = gone = given = 0
    square, same = 0.0, 0
    most, name = 0.0, ""
    for before, after in zip(usual, changed, strict=True):
        left = list(after["strikes"])
        for side, time_s in before["strikes"]:
            near = min((s for s in left if s[0] == side), key=lambda s: abs(s[1] - time_s), default=None)
            n += 1
            if near is None or abs(near[1] - time_s) > SAME_S:
                lost += 1
                continue
            left.remove(near)
            square, same = square + (near[1] - time_s) ** 2, same + 1
        lost += len(left)
        given += len(before["values"])
        gone += len(before["values"].keys() ^ after["values"].keys())
        for key in before["values"].keys() & after["values"].keys():
            moved = abs(after["values"][key] - before["values"][key]) / max(before["half"][key], 1e-9)
            if moved > most:
                most, name = moved, key[0]
    return 100 * lost / max(n, 1), 1000 * (square / max(same, 1)) ** 0.5, most, name, 100 * gone / max(given, 1)


def main() -> None:
    """Change, measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder of benchmarks/rendered.py")
    parser.add_argument("--rooms", nargs="+", default=["analysis", "signals"])
    parser.add_argument("--only", default="", help="a part of the name of a module or constant")
    parser.add_argument("--page", type=Path, help="write the table here as well")
    options = parser.parse_args()
    kept = options.cache / "constants.pickle"
    if not kept.exists():
        # In a process of its own: what is imported here would be imported unchanged everywhere.
        code = "import sys, pathlib, benchmarks.constants as c; c.record(*map(pathlib.Path, sys.argv[1:]))"
        subprocess.run([sys.executable, "-c", code, str(options.cache), str(kept)], check=True, cwd=ROOT)
    every = [c for c in constants(options.rooms) if options.only in f"{c.module}.{c.name}"]
    nothing = Constant(module="", name="", text="", doc="")
    # What is not of this program may be shared; it takes longer to import than a recording to measure.
    for package in ("pandas", "scipy.interpolate", "scipy.ndimage", "scipy.optimize", "scipy.signal", "scipy.stats"):
        importlib.import_module(package)

    jobs = [(nothing, 1.0, kept), *((c, f, kept) for c in every for f in FACTORS)]
    rows = []
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        answers = pool.imap(_with, jobs, chunksize=1)
        usual = next(answers)
        assert not isinstance(usual, str), usual
        for constant in every:
            worse = max((compare(usual, next(answers)) for _ in FACTORS), key=lambda c: (c[0], c[2], c[1]))
            rows.append((constant, worse))
            strikes, moved, most, name, gone = worse
            label = f"{constant.module.removeprefix('gait.')}.{constant.name}"
            print(f"{label:<60} {strikes:6.1f} % {moved:6.1f} ms {most:6.2f} {name:<24} {gone:5.1f} %", flush=True)
    if options.page:
        options.page.write_text(page(rows), encoding="utf-8")


def page(rows: list[tuple[Constant, tuple[float, float, float, str, float]]]) -> str:
    """Return the table as Markdown."""
    text = [
        "# The numbers behind the numbers\n",
        *(__doc__ or "").split("\n\n")[2:],
        "\nWritten by `benchmarks/constants.py`; what stands under each name is what the module says of it.\n",
    ]
    now = ""
    for constant, (strikes, moved, most, name, gone) in rows:
        if constant.module != now:
            now = constant.module
            text += [
                f"\n## {now}\n",
                "| Name | Value | Strikes | Moved | Measure | Given | What it is |",
                "|" + "---|" * 7,
            ]
        what = constant.doc.replace("|", "\\|")
        moves = f"{name} {most:.1f}" if most >= 0.05 else "–"
        seen = f"{strikes:.0f} % | {moved:.0f} ms | {moves} | {gone:.0f} %"
        if name.endswith("Error"):
            seen = "– | – | a third more cannot be | –"
        text.append(f"| `{constant.name}` | `{constant.text}` | {seen} | {what} |")
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    main()
