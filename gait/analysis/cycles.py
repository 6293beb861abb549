"""The mean gait cycle: curves from strike (0 %) to the next strike of the same foot (100 %)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gait.columns import CURVE_COLUMNS
from gait.signals.filters import resample
from gait.skeleton import SIDES
from gait.types import FloatArray

PERCENT = np.arange(101.0)
CURVES = ("hip_deg", "knee_deg", "ankle_deg", "trunk_lean_deg")


def mean_curves(signals: pd.DataFrame, strides: pd.DataFrame) -> pd.DataFrame:
    """Return mean and SD over the valid strides of each side.

    Returns
    -------
    DataFrame
        The columns of `gait.columns.CURVE_COLUMNS`; only curves that are known, 101 rows each.
    """
    parts = []
    for signal in CURVES:
        for side in SIDES:
            cycles = stride_curves(signals, strides, signal, side)
            if len(cycles) == 0:
                continue
            parts.append(
                pd.DataFrame(
                    {
                        "signal": signal,
                        "side": side,
                        "percent": PERCENT,
                        "mean": cycles.mean(axis=0),
                        "sd": cycles.std(axis=0, ddof=1) if len(cycles) > 1 else np.nan,
                        "n": len(cycles),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(CURVE_COLUMNS))


def stride_curves(signals: pd.DataFrame, strides: pd.DataFrame, signal: str, side: str) -> FloatArray:
    """Return one signal over the valid strides of one side, (N, 101); without those where part of it is unknown."""
    name = signal if signal in signals.columns else f"{side}_{signal}"
    time, values = signals["time_s"].to_numpy(), signals[name].to_numpy()
    mine = strides[(strides["side"] == side) & strides["valid"]]
    starts, ends = mine["start_s"].to_numpy()[:, None], mine["end_s"].to_numpy()[:, None]
    at = starts + PERCENT / 100 * (ends - starts)
    curves = resample(values, time, at.ravel()).reshape(len(mine), len(PERCENT))
    return np.asarray(curves[np.isfinite(curves).all(axis=1)])
