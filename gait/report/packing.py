"""Numbers on their way into the page: thinned out where there are too many, each array written once.

Base64 of 16-bit steps is a fourth of the size of the digits, and all plots over time share one time axis.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from gait.types import FloatArray

MAX_POINTS = 20_000
"""More points than this per curve are thinned out, keeping the extremes."""

FINEST = 10_000
"""So many steps there are at least over the usual range of a curve, when it is written in 16 bits."""

EVEN = 1e-5
"""Times that are as even as this, in seconds, are told by the first one and the step."""
SHORT, FINE = 1_000, 4_000
"""Curves longer than this are packed together where that can wait, in so many steps over their usual range."""


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
    """Write one array as base64 of little-endian 32-bit floats: ``{"dtype": "f4", "base64": text}``.

    Where all steps are alike, as the times of a camera's frames: ``{"dtype": "even", "n": number, "low": , "step": }``.
    """
    n = len(values)
    if n > SHORT and np.isfinite(values).all():
        step = (float(values[-1]) - float(values[0])) / (n - 1)
        if np.abs(values - (values[0] + step * np.arange(n))).max() < EVEN:
            return {"dtype": "even", "n": n, "low": float(values[0]), "step": step}
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


def pack_paths(paths: FloatArray, flags: npt.NDArray[np.bool_]) -> str:
    """Pack whole numbers of up to 16 bits, (T, C), and flags, (T, F), as base64 of what zlib made of them.

    First the low, then the high bytes of the second differences of each column, which are small where a path is smooth;
    where a number is missing stands the last known one. Then each column of flags in bits.
    """
    rows = np.arange(len(paths))[:, None]
    known = np.isfinite(paths)
    last = np.maximum.accumulate(np.where(known, rows, -1), axis=0)
    first = np.where(known.any(axis=0), known.argmax(axis=0), 0)
    filled = np.take_along_axis(paths, np.where(last < 0, first, last), axis=0)
    whole = np.clip(np.rint(np.nan_to_num(filled)), -32_767, 32_767).astype("<i2").T
    steps = np.diff(np.diff(whole, axis=1, prepend=0), axis=1, prepend=0).astype("<i2")
    halves = np.ascontiguousarray(steps).view(np.uint8).reshape(-1, 2).T
    bits = np.packbits(flags.T, axis=1, bitorder="little")
    return base64.b64encode(zlib.compress(halves.tobytes() + bits.tobytes(), 7)).decode("ascii")


class LaterStore(Store):
    """A store whose long curves are packed together, half the size, for plots that are drawn when asked for.

    Parameters
    ----------
    first : Store
        Holds all other arrays.
    length : int
        Of the curves that are packed.
    """

    def __init__(self, first: Store, length: int) -> None:
        super().__init__()
        self._first, self._length = first, length
        self._curves: list[tuple[FloatArray, float, float]] = []

    def _put_value(self, key: str, value: Any) -> Any:
        if key != "y" or not isinstance(value, np.ndarray) or not SHORT < len(value) == self._length:
            return self._first._put_value(key, value)
        known = value[np.isfinite(value)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
        step = float(np.ptp(np.percentile(known, [1, 99]))) / FINE if len(known) else 0.0
        if step == 0 or high - low > 65_000 * step:
            return self._first._put_value(key, value)
        self._curves.append((value, (low + high) / 2, step))
        return {"later": len(self._curves) - 1}

    def packed(self) -> dict[str, Any] | None:
        """Return the curves; None where there is none. A value is middle + n step."""
        if not self._curves:
            return None
        curves = [(curve - middle) / step for curve, middle, step in self._curves]
        return {
            "frames": self._length,
            "middles": [middle for _, middle, _ in self._curves],
            "steps": [step for _, _, step in self._curves],
            "path": pack_paths(np.column_stack(curves), np.isfinite(np.column_stack(curves))),
        }


def _base64(values: npt.NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
