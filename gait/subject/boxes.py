"""Arithmetic on boxes: x1, y1, x2, y2."""

from __future__ import annotations

import numpy as np

from gait.types import FloatArray


def area(box: FloatArray) -> float:
    """Area, at least a tiny one, so that it can divide."""
    return float(max(box[2] - box[0], 1e-6) * max(box[3] - box[1], 1e-6))


def intersection(a: FloatArray, b: FloatArray) -> float:
    """Area that two boxes share."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return float(width * height) if width > 0 and height > 0 else 0.0


def iou(box: FloatArray, others: FloatArray) -> FloatArray:
    """Intersection over union of a box with each of others (N, 4): (N,)."""
    shared = np.array([intersection(box, other) for other in others])
    return np.asarray(shared / (np.array([area(other) for other in others]) + area(box) - shared))


def expand(box: FloatArray, share: float) -> FloatArray:
    """Move each edge outward by a share of the height."""
    by = share * (box[3] - box[1])
    return np.asarray(box + np.array([-by, -by, by, by]))
