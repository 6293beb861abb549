"""Throw N inputs at the program, and print the table."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from tests.hostile.case import Ending, Nursery
from tests.hostile.inputs import case_number


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--n", type=int, default=100, help="how many inputs")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--only", type=int, help="run this one, and show what it said")
    parser.add_argument("--kind", help="only of this family")
    asked = parser.parse_args()
    numbers = range(asked.first, asked.first + asked.n) if asked.only is None else [asked.only]
    endings: dict[str, list[Ending]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="hostile-") as place, Nursery() as nursery:
        for number in numbers:
            case = case_number(number)
            if asked.kind not in (None, case.kind):
                continue
            folder = Path(place, str(number))
            folder.mkdir()
            ending = nursery.try_out(case, folder)
            endings[case.kind].append(ending)
            if ending.wrong or asked.only is not None:
                print(f"{number} {case.kind}: {case.name!r} {case.arguments!r}: {ending.wrong or 'well'}", flush=True)
                print("    " + "\n    ".join(ending.said.strip().splitlines()[-12:]), flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            Path(place, f"{number}.said").unlink()
    print(table(endings))


def table(endings: dict[str, list[Ending]]) -> str:
    """Return what became of each family of inputs."""
    rows = [
        "| inputs | number | exit codes | slowest (s, processor) | peak memory (MB) | not well |",
        "|---|--:|---|--:|--:|--:|",
    ]
    every = {**dict(sorted(endings.items())), "all": [e for of_kind in endings.values() for e in of_kind]}
    for kind, found in every.items():
        if found:
            codes = ", ".join(f"{n} × {code}" for code, n in sorted(Counter(e.code for e in found).items()))
            slowest, peak = max(e.seconds for e in found), max(e.peak_bytes for e in found)
            wrong = sum(bool(e.wrong) for e in found)
            rows.append(f"| {kind} | {len(found)} | {codes} | {slowest:.1f} | {peak / 1e6:.0f} | {wrong} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
