"""Numbers on their way into the page: thinned out where there are too many, each array written once.

Base64 of 16-bit steps is a fourth of the size of the digits, and all plots over time share one time axis.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from gait.types import FloatArray

MAX_POINTS = 20_000
"""More points than this per curve are thinned out, keeping the extremes."""

FINEST = 10_000
"""So many steps there are at least over the usual range of a curve, when it is written in 16 bits."""


def thin(x: FloatArray, y: FloatArray, limit: int = MAX_POINTS) -> tuple[FloatArray, FloatArray]:
    """Thin out a curve to about `limit` points, keeping the extremes and the gaps.

    Parameters
    ----------
    x, y : (T,)
        A curve; NaN in `y` is a gap.
    limit : int

    Returns
    -------
    x, y : (at most `limit`,)
        Lowest and highest point of every stretch, and one point of each gap.
    """
    n = len(x)
    if n <= limit:
        return x, y
    width = -(-n // (limit // 3))
    padded = np.full(-(-n // width) * width, np.nan)
    padded[:n] = y
    stretches = padded.reshape(-1, width)
    missing = np.isnan(stretches)
    first = np.arange(len(stretches)) * width
    keep = [
        first + np.argmin(np.where(missing, np.inf, stretches), axis=1),
        first + np.argmax(np.where(missing, -np.inf, stretches), axis=1),
        first + np.argmax(missing, axis=1),
    ]
    index = np.unique(np.concatenate(keep))
    index = index[index < n]
    return x[index], y[index]


class Store:
    """Each distinct array once; figures refer to them by position."""

    def __init__(self) -> None:
        self.arrays: list[dict[str, Any]] = []
        self._places: dict[str, int] = {}

    def put(self, traces: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return plotly.js traces in which every array is replaced by ``{"array": position}``."""
        return [{key: self._put_value(key, value) for key, value in trace.items()} for trace in traces]

    def _put_value(self, key: str, value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        packed = pack_values(value) if key == "y" else pack_array(value)
        place = self._places.setdefault(repr(packed), len(self.arrays))
        if place == len(self.arrays):
            self.arrays.append(packed)
        return {"array": place}


def pack_array(values: npt.NDArray[np.floating[Any]]) -> dict[str, Any]:
    """Write one array as base64 of little-endian 32-bit floats: ``{"dtype": "f4", "base64": text}``."""
    return {"dtype": "f4", "base64": _base64(values.astype("<f4"))}


def pack_values(values: npt.NDArray[np.floating[Any]]) -> dict[str, Any]:
    """Write what is read off a plot in 16 bits, where that is fine enough: half the size.

    ``{"dtype": "i2", "base64": text, "low": number, "step": number}``: a value is low + (n + 32767) step, and missing
    where n is -32768. Where single values lie so far beyond the others that a step would be seen, as `pack_array`.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return pack_array(values)
    low, high = float(known.min()), float(known.max())
    step = (high - low) / 65_534
    if step > np.ptp(np.percentile(known, [1, 99])) / FINEST or step == 0:
        return pack_array(values)
    whole = np.where(np.isfinite(values), np.rint((np.nan_to_num(values) - low) / step) - 32_767, -32_768)
    return {"dtype": "i2", "base64": _base64(whole.astype("<i2")), "low": low, "step": step}


def _base64(values: npt.NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
