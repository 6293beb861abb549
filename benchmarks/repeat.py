"""Which part of an error belongs to the walk, and which to the filming: it decides what change between visits counts.

    python benchmarks/repeat.py

Every straight laboratory walk is filmed ten times, from either side, 3 to 6 m away, with 2 px of noise.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd

from benchmarks.lab import NoLabDataError, View, camera_view, lab_walks, random_camera
from gait.analysis.analyze import analyze
from gait.skeleton import SIDES


def true_means(view: View) -> dict[tuple[str, str], float]:
    """Return stance in percent, step and stride time in seconds, of each side, by the laboratory's events."""
    strikes = view.events[view.events["kind"] == "strike"].sort_values("time_s")
    steps = list(pairwise(zip(strikes["time_s"], strikes["side"], strict=True)))
    means = {}
    for side in SIDES:
        mine = view.events[view.events["side"] == side]
        offs = mine.loc[mine["kind"] == "off", "time_s"].to_numpy()
        strides = list(pairwise(mine.loc[mine["kind"] == "strike", "time_s"].sort_values()))
        inside = [(a, b, offs[(offs > a) & (offs < b)]) for a, b in strides]
        means["stance", side] = float(np.mean([100 * (off[0] - a) / (b - a) for a, b, off in inside if len(off) == 1]))
        means["step_time", side] = float(np.mean([b - a for (a, p), (b, q) in steps if q == side != p]))
        means["stride_time", side] = float(np.mean([b - a for a, b in strides]))
    return means


def repeated(filmings: int = 10, seed: int = 0) -> pd.DataFrame:
    """Return one row per walk, filming, measure and side: the error, and its SD as stated."""
    rng = np.random.default_rng(seed)
    rows = []
    for walk in lab_walks():
        for _ in range(0 if walk.turns else filmings):
            view = camera_view(walk, random_camera(rng), rng)
            measured = analyze(view.poses).measures.set_index(["measure", "side"])
            for (measure, side), true in true_means(view).items():
                row = measured.loc[(measure, side)]
                stated = (row["ci_high"] - row["ci_low"]) / (2 * 1.96)
                rows.append((walk.name, measure, side, row["value"] - true, stated))
    return pd.DataFrame(rows, columns=["walk", "measure", "side", "error", "stated"]).dropna()


def summary(errors: pd.DataFrame) -> pd.DataFrame:
    """Return one row per measure: SD of what each walk and side has of its own, and from filming to filming."""
    legs = errors.groupby(["measure", "walk", "side"])["error"]
    return pd.DataFrame(
        {
            "own to the walk": legs.mean().groupby(level=0).std(),
            "from filming to filming": np.sqrt(legs.var().groupby(level=0).mean()),
            "stated": errors.groupby("measure")["stated"].median(),
        }
    ).round(4)


def main() -> None:
    try:
        print(summary(repeated()).to_string())
    except NoLabDataError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
