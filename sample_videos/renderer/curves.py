"""Small smooth curves: splines through knots, and a Gaussian filter."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""Of float64, unless said otherwise."""


def clamped_spline(x: Array, knots_x: Array, knots_y: Array, slope_start: float, slope_end: float) -> Array:
    """Evaluate the cubic spline (continuous second derivative) through the knots, with the given end slopes."""
    h = np.diff(knots_x)
    n = len(knots_x)
    system, right = np.eye(n), np.zeros(n)
    right[0], right[-1] = slope_start, slope_end
    for i in range(1, n - 1):
        system[i, i - 1 : i + 2] = h[i], 2 * (h[i - 1] + h[i]), h[i - 1]
        right[i] = 3 * (
            h[i] * (knots_y[i] - knots_y[i - 1]) / h[i - 1] + h[i - 1] * (knots_y[i + 1] - knots_y[i]) / h[i]
        )
    return hermite(x, knots_x, knots_y, np.linalg.solve(system, right))


def monotone_curve(x: Array, knots_x: Array, knots_y: Array) -> Array:
    """Evaluate a smooth curve through the knots that never overshoots them; constant beyond its ends.

    The slopes are those of Fritsch and Butland (1984).
    """
    h, step = np.diff(knots_x), np.diff(knots_y) / np.diff(knots_x)
    slopes = np.zeros(len(knots_x))
    same = step[:-1] * step[1:] > 0
    w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes[1:-1] = np.where(same, (w1 + w2) / (w1 / step[:-1] + w2 / step[1:]), 0.0)
    return hermite(np.clip(x, knots_x[0], knots_x[-1]), knots_x, knots_y, slopes)


def hermite(x: Array, knots_x: Array, knots_y: Array, slopes: Array) -> Array:
    """Evaluate the piecewise cubic with the given values and slopes at the knots."""
    i = np.clip(np.searchsorted(knots_x, x, side="right") - 1, 0, len(knots_x) - 2)
    h = knots_x[i + 1] - knots_x[i]
    u = (x - knots_x[i]) / h
    return (
        (1 + 2 * u) * (1 - u) ** 2 * knots_y[i]
        + u * (1 - u) ** 2 * h * slopes[i]
        + u**2 * (3 - 2 * u) * knots_y[i + 1]
        + u**2 * (u - 1) * h * slopes[i + 1]
    )


def quintic(u: Array, start: tuple[float, float, float], end: tuple[float, float, float]) -> Array:
    """Evaluate on 0..1 the fifth-degree curve with the given value, slope and curvature at both ends."""
    (p0, v0, a0), (p1, v1, a1) = start, end
    c3, c4, c5 = np.linalg.solve(
        np.array([[1.0, 1, 1], [3, 4, 5], [6, 12, 20]]), np.array([p1 - p0 - v0 - a0 / 2, v1 - v0 - a0, a1 - a0])
    )
    return p0 + u * (v0 + u * (a0 / 2 + u * (c3 + u * (c4 + u * c5))))


def smooth(values: Array, sigma: float) -> Array:
    """Filter along the first axis with a Gaussian of `sigma` samples; the ends are held."""
    half = int(np.ceil(4 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.concatenate([np.repeat(values[:1], half, 0), values, np.repeat(values[-1:], half, 0)])
    columns = padded.reshape(len(padded), -1)
    out = np.stack([np.convolve(c, kernel, mode="valid") for c in columns.T], axis=1)
    return out.reshape(values.shape)
