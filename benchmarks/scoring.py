"""How far found events are from true ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
    n_true, n_found : int
    """

    error_s: tuple[float, ...]
    sd_s: tuple[float, ...]
    n_true: int
    n_found: int

    def __add__(self, other: Matches) -> Matches:
        return Matches(
            error_s=self.error_s + other.error_s,
            sd_s=self.sd_s + other.sd_s,
            n_true=self.n_true + other.n_true,
            n_found=self.n_found + other.n_found,
        )


NOTHING = Matches(error_s=(), sd_s=(), n_true=0, n_found=0)


def match_events(found: pd.DataFrame, true: pd.DataFrame, kind: str) -> Matches:
    """Pair found and true events of one kind, side by side, so that the sum of the distances is least.

    Parameters
    ----------
    found : DataFrame
        time_s, side, kind, sd_s.
    true : DataFrame
        time_s, side, kind.
    kind : {"strike", "off"}
    """
    total = NOTHING
    for side in ("left", "right"):
        ours = found[(found["side"] == side) & (found["kind"] == kind)]
        theirs = true[(true["side"] == side) & (true["kind"] == kind)]
        apart = ours["time_s"].to_numpy()[:, None] - theirs["time_s"].to_numpy()[None]
        cost = np.minimum(np.abs(apart), TOLERANCE_S)
        pairs = [(i, j) for i, j in zip(*linear_sum_assignment(cost), strict=True) if cost[i, j] < TOLERANCE_S]
        total += Matches(
            error_s=tuple(float(apart[i, j]) for i, j in pairs),
            sd_s=tuple(float(ours["sd_s"].iloc[i]) for i, _ in pairs),
            n_true=len(theirs),
            n_found=len(ours),
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


def table(rows: Iterable[Mapping[str, object]]) -> str:
    """Lay out rows of the same keys as text."""
    frame = pd.DataFrame(list(rows))
    for column in frame.columns[frame.dtypes == np.float64]:
        decimals = 2 if "sd" in str(column) else 1
        frame[column] = [f"{value:.{decimals}f}" for value in frame[column]]
    return str(frame.to_string(index=False))
