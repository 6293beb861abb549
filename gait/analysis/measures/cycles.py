"""The gait cycle: curves from a strike (0 %) to the next strike of the same foot (100 %), by stride and their mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gait.columns import CURVE_COLUMNS, CURVES, CYCLE_COLUMNS
from gait.signals.filters import resample
from gait.skeleton import SIDES
from gait.types import FloatArray, Pass

PERCENT = np.arange(101.0)
"""Of the gait cycle: 0, 1, ... 100, as the field draws it."""


def stride_cycles(signals: pd.DataFrame, strides: pd.DataFrame, passes: Sequence[Pass]) -> pd.DataFrame:
    """Return the curves of every stride that counts.

    Parameters
    ----------
    signals, strides : DataFrame
        As in `gait.types.Result`.
    passes : sequence of Pass
        Their direction says whether trunk lean is forward or sideways: the two are different curves.

    Returns
    -------
    DataFrame
        The columns of `gait.columns.CYCLE_COLUMNS`, 101 rows per stride; a curve that is not known all through a stride
        is NaN there.
    """
    along = {walk.number: walk.direction in ("left", "right") for walk in passes}
    lateral = strides["pass_number"].map(along).astype("boolean").fillna(False).to_numpy(dtype=bool)
    parts = []
    for side in SIDES:
        mine = (strides["side"] == side).to_numpy() & strides["valid"].to_numpy(dtype=bool)
        curves = {}
        for name in CURVES:
            signal = "trunk_lean_deg" if name.startswith("trunk") else f"{side}_{name}"
            curve = stride_curves(signals, strides[mine], signal)
            if name.startswith("trunk"):
                curve[lateral[mine] == (name == "trunk_lean_sideways_deg")] = np.nan
            curves[name] = curve.ravel()
        number = np.repeat(strides.loc[mine, "number"].to_numpy(), len(PERCENT))
        percent = np.tile(PERCENT, int(mine.sum()))
        parts.append(pd.DataFrame({"side": side, "stride": number, "percent": percent} | curves))
    return pd.concat(parts, ignore_index=True)[list(CYCLE_COLUMNS)]


def mean_curves(cycles: pd.DataFrame) -> pd.DataFrame:
    """Return mean and SD over the strides of each side.

    Returns
    -------
    DataFrame
        The columns of `gait.columns.CURVE_COLUMNS`; only curves that are known, 101 rows each.
    """
    parts = []
    for signal in CURVES:
        for side in SIDES:
            mine = cycles.loc[cycles["side"] == side, signal].to_numpy(dtype=np.float64).reshape(-1, len(PERCENT))
            whole = mine[np.isfinite(mine).all(axis=1)]
            if len(whole) == 0:
                continue
            parts.append(
                pd.DataFrame(
                    {
                        "signal": signal,
                        "side": side,
                        "percent": PERCENT,
                        "mean": whole.mean(axis=0),
                        "sd": whole.std(axis=0, ddof=1) if len(whole) > 1 else np.nan,
                        "n": len(whole),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(CURVE_COLUMNS))


def stride_curves(signals: pd.DataFrame, strides: pd.DataFrame, signal: str) -> FloatArray:
    """Return one signal over each of the strides, (N, 101); all NaN where part of it is unknown."""
    time, values = signals["time_s"].to_numpy(), signals[signal].to_numpy()
    starts, ends = strides["start_s"].to_numpy()[:, None], strides["end_s"].to_numpy()[:, None]
    at = starts + PERCENT / 100 * (ends - starts)
    curves = resample(values, time, at.ravel()).reshape(len(strides), len(PERCENT))
    curves[~np.isfinite(curves).all(axis=1)] = np.nan
    return curves
