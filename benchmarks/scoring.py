"""How far found events, and the times between them, are from true ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

TOLERANCE_S = 0.15
"""Farther apart than this, a found event and a true one have nothing to do with each other."""


@dataclass(frozen=True, kw_only=True)
class Matches:
    """Events of one clip (or of several, added up), found against true.

    Attributes
    ----------
    error_s : (N,)
        Found less true, of those that belong together.
    sd_s : (N,)
        What the tool said of the same errors.
    missed_s, wrong_s : (M,), (W,)
        Times of the true events that were not found, and of the found ones that are none.
    """

    error_s: tuple[float, ...] = ()
    sd_s: tuple[float, ...] = ()
    missed_s: tuple[float, ...] = ()
    wrong_s: tuple[float, ...] = ()

    @property
    def n_true(self) -> int:
        return len(self.error_s) + len(self.missed_s)

    @property
    def n_found(self) -> int:
        return len(self.error_s) + len(self.wrong_s)

    def __add__(self, other: Matches) -> Matches:
        return Matches(
            error_s=self.error_s + other.error_s,
            sd_s=self.sd_s + other.sd_s,
            missed_s=self.missed_s + other.missed_s,
            wrong_s=self.wrong_s + other.wrong_s,
        )


NOTHING = Matches()


def match_events(
    found: pd.DataFrame,
    true: pd.DataFrame,
    kind: str,
    spare: pd.DataFrame | None = None,
    tolerance_s: float = TOLERANCE_S,
) -> Matches:
    """Pair found and true events of one kind, side by side, so that the sum of the distances is least.

    Parameters
    ----------
    found : DataFrame
        time_s, side, kind, sd_s.
    true : DataFrame
        time_s, side, kind.
    kind : {"strike", "off"}
    spare : DataFrame, optional
        As `true`: events that may be found but need not be; what belongs to them counts for nothing.
    tolerance_s : float
    """
    total = NOTHING
    both = true if spare is None else pd.concat([true, spare])
    for side in ("left", "right"):
        ours = found[(found["side"] == side) & (found["kind"] == kind)]
        theirs = both[(both["side"] == side) & (both["kind"] == kind)]
        n_true = int(((true["side"] == side) & (true["kind"] == kind)).sum())
        # A table without rows has no numbers in it.
        ours_s, theirs_s = (events["time_s"].to_numpy(dtype=np.float64) for events in (ours, theirs))
        apart = ours_s[:, None] - theirs_s[None]
        cost = np.minimum(np.abs(apart), tolerance_s)
        pairs = [(i, j) for i, j in zip(*linear_sum_assignment(cost), strict=True) if cost[i, j] < tolerance_s]
        needed = [(i, j) for i, j in pairs if j < n_true]
        total += Matches(
            error_s=tuple(float(apart[i, j]) for i, j in needed),
            sd_s=tuple(float(ours["sd_s"].iloc[i]) for i, _ in needed),
            missed_s=tuple(float(t) for t in np.delete(theirs_s[:n_true], [j for _, j in needed])),
            wrong_s=tuple(float(t) for t in np.delete(ours_s, [i for i, _ in pairs])),
        )
    return total


def row_of(matches: Matches) -> dict[str, float]:
    """Sum up: bias, mean absolute error and 95th percentile in ms, missed and invented in percent of the true events.

    `error over sd` is the root mean square of error / stated SD: 1 when the tool knows how far off it is.
    """
    error_ms = 1000 * np.array(matches.error_s)
    n_pairs = len(error_ms)
    if not n_pairs:
        error_ms = np.array([np.nan])
    ratio = np.array(matches.error_s) / np.array(matches.sd_s) if n_pairs else np.array([np.nan])
    return {
        "n": matches.n_true,
        "bias ms": float(error_ms.mean()),
        "MAE ms": float(np.abs(error_ms).mean()),
        "p95 ms": float(np.percentile(np.abs(error_ms), 95)),
        "missed %": 100 * (matches.n_true - n_pairs) / max(matches.n_true, 1),
        "invented %": 100 * (matches.n_found - n_pairs) / max(matches.n_true, 1),
        "error over sd": float(np.sqrt(np.mean(ratio**2))),
    }


def interval_errors(measures: pd.DataFrame, true: pd.DataFrame) -> dict[str, list[float]]:
    """Compare the means of one recording, found less true; empty lists where the tool gives no value.

    Parameters
    ----------
    measures : DataFrame
        The tool's table of measures.
    true : DataFrame
        time_s, side, kind, pass_number of the events in view.

    Returns
    -------
    dict
        "cadence" in steps/min; "step time" in ms and "stance" in points, of the left and of the right leg.
    """
    steps, stances = _true_intervals(true)
    given = measures[measures["status"] == "valid"].set_index(["measure", "side"])["value"].to_dict()
    errors: dict[str, list[float]] = {"cadence": [], "step time": [], "stance": []}
    if ("cadence", "both") in given and all(steps.values()):
        # Of both feet alike: an uneven walker's cadence does not depend on which foot was seen once more.
        usual_s = float(np.mean([np.mean(mine) for mine in steps.values()]))
        errors["cadence"].append(given["cadence", "both"] - 60 / usual_s)
    for side in ("left", "right"):
        if ("step_time", side) in given and steps[side]:
            errors["step time"].append(1000 * (given["step_time", side] - float(np.mean(steps[side]))))
        if ("stance", side) in given and stances[side]:
            errors["stance"].append(given["stance", side] - float(np.mean(stances[side])))
    return errors


def _true_intervals(true: pd.DataFrame) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return every step time in seconds and every stance in percent, by side."""
    steps: dict[str, list[float]] = {"left": [], "right": []}
    stances: dict[str, list[float]] = {"left": [], "right": []}
    for _, walk in true[true["pass_number"] > 0].groupby("pass_number"):
        strikes = walk[walk["kind"] == "strike"].sort_values("time_s")
        for (before_s, before), (time_s, side) in pairwise(zip(strikes["time_s"], strikes["side"], strict=True)):
            if before != side:
                steps[side].append(time_s - before_s)
        for side in stances:
            offs = walk.loc[(walk["kind"] == "off") & (walk["side"] == side), "time_s"].to_numpy()
            for start_s, end_s in pairwise(strikes.loc[strikes["side"] == side, "time_s"]):
                inside = offs[(offs > start_s) & (offs < end_s)]
                if len(inside) == 1:
                    stances[side].append(100 * float(inside[0] - start_s) / (end_s - start_s))
    return steps, stances


def row_of_intervals(errors: Mapping[str, list[float]]) -> dict[str, float]:
    """Sum up the errors of several recordings: bias and mean absolute error of each mean, and the worst cadence."""

    def mean(values: list[float]) -> float:
        return float(np.mean(values)) if values else float("nan")

    def size(values: list[float]) -> list[float]:
        return [abs(v) for v in values]

    return {
        "cadence bias": mean(errors["cadence"]),
        "cadence MAE": mean(size(errors["cadence"])),
        "cadence worst": max(size(errors["cadence"]), default=float("nan")),
        "step time bias ms": mean(errors["step time"]),
        "step time MAE ms": mean(size(errors["step time"])),
        "stance bias points": mean(errors["stance"]),
        "stance MAE points": mean(size(errors["stance"])),
    }


def table(rows: Iterable[Mapping[str, object]]) -> str:
    """Lay out rows of the same keys as text."""
    frame = pd.DataFrame(list(rows))
    for column in frame.columns[frame.dtypes == np.float64]:
        decimals = 2 if "sd" in str(column) or "cadence" in str(column) else 1
        frame[column] = [f"{value:.{decimals}f}" for value in frame[column]]
    return str(frame.to_string(index=False))
