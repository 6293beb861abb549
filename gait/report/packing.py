"""Numbers on their way into the page: thinned out where there are too many, each array written once.

Base64 of 32-bit floats is half the size of the digits, and all plots over time share one time axis.
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
        self.arrays: list[dict[str, str]] = []
        self._places: dict[str, int] = {}

    def put(self, traces: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return plotly.js traces in which every array is replaced by ``{"array": position}``."""
        return [{key: self._put_value(value) for key, value in trace.items()} for trace in traces]

    def _put_value(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        packed = pack_array(value)
        place = self._places.setdefault(packed["base64"], len(self.arrays))
        if place == len(self.arrays):
            self.arrays.append(packed)
        return {"array": place}


def pack_array(values: npt.NDArray[np.floating[Any]], dtype: str = "f4") -> dict[str, str]:
    """Write one array as base64 of little-endian floats: ``{"dtype": "f4" or "f8", "base64": text}``."""
    raw = np.ascontiguousarray(values, dtype=f"<{dtype}").tobytes()
    return {"dtype": dtype, "base64": base64.b64encode(raw).decode("ascii")}
