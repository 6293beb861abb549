"""Step lengths against places on a laboratory's floor: the two feet while both stand, and the ankles at the strike.

    python benchmarks/lengths.py

The truth is the way from where the other heel rested to where this one does, in 3D. Both ways need no ground, as on a
treadmill. Needs the laboratory walks beside the repository.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.lab import SHARED, LabWalk, NoLabDataError, read_walk
from gait.analysis.lengths.floor import BOTH_DOWN, FLAT
from gait.skeleton import INDEX
from gait.types import FloatArray


def straight_walks(shared: Path = SHARED) -> list[LabWalk]:
    """Read the children who walk straight on, and the adults.

    Raises
    ------
    NoLabDataError
    """
    files = [*sorted(shared.glob("gold/lab/*_straight.csv.gz")), *sorted(shared.glob("gold/adult/*.csv.gz"))]
    if not files:
        raise NoLabDataError(f"no laboratory walks in {shared}: they are not part of the repository.")
    return [read_walk(file) for file in files]


def steps_of(walk: LabWalk) -> pd.DataFrame:
    """Return one row per step: its true length in mm, and by how much the two ways differ from it, in percent."""
    hips = walk.xyz_mm[:, [INDEX["left_hip"], INDEX["right_hip"]], 0].mean(axis=1)
    along = np.sign(np.nanmean(np.gradient(hips)))

    def at(point: str, time_s: FloatArray | float) -> float:
        return float(along * np.mean(np.interp(time_s, walk.time_s, walk.xyz_mm[:, INDEX[point], 0])))

    rows = []
    strikes = walk.events[walk.events["kind"] == "strike"].sort_values("time_s")
    for before, step in itertools.pairwise(strikes.itertuples()):
        step_s = step.time_s - before.time_s
        if before.side == step.side:
            continue
        flat, other_flat = (t + np.linspace(*FLAT, 20) * step_s for t in (step.time_s, before.time_s))
        both_down = step.time_s + BOTH_DOWN * step_s
        true = at(f"{step.side}_heel", flat) - at(f"{before.side}_heel", other_flat)
        foot = at(f"{before.side}_big_toe", other_flat) - at(f"{before.side}_heel", other_flat)
        feet = at(f"{step.side}_heel", both_down) - at(f"{before.side}_big_toe", both_down) + foot
        ankles = at(f"{step.side}_ankle", step.time_s) - at(f"{before.side}_ankle", step.time_s)
        rows.append((walk.subject, true, 100 * (feet / true - 1), 100 * (ankles / true - 1)))
    return pd.DataFrame(rows, columns=["subject", "true mm", "two feet %", "ankles %"])


def main() -> None:
    """Print the errors, of each subject and of all."""
    steps = pd.concat([steps_of(walk) for walk in straight_walks()])
    print(steps.groupby("subject").mean().round(1).to_string())
    errors = steps[["two feet %", "ankles %"]]
    print(f"{len(steps)} steps")
    print(
        pd.DataFrame({"mean": errors.mean(), "SD": errors.std(), "least": errors.min(), "most": errors.max()}).round(1)
    )


if __name__ == "__main__":
    main()
