"""What somebody wears, as far as a picture tells: the colours of trunk and legs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gait.types import FloatArray, ImageArray

Clothes = npt.NDArray[np.float32]
"""(2, 256): how often each colour occurs on the trunk and on the legs; the roots, so that products compare. Many are
kept of everyone, and seven digits are enough."""

PATCHES = ((-0.55, -0.08, 0.16), (0.12, 0.70, 0.15))
"""Of trunk and legs: top and bottom below the hips, and half the width, in reaches."""

BINS = (4, 8, 8)
"""Of brightness, which changes with the light, and of the two colours. A judgement."""
RANGES = ((0, 256), (96, 160), (96, 160))
"""Of lightness and the two colour axes (CIE Lab, in bytes): ordinary clothes lie within."""

BLUR = (0.4, 0.8, 0.8)
"""In bins: a little more light is not another shirt."""

LEAST_PX = 5
"""Side of a patch that still tells a colour. A judgement."""
MANY = 60
"""Of more looks than this, some are enough to tell what is typical."""


def seen_on(rgb: ImageArray, hips: FloatArray, reach: float) -> Clothes | None:
    """Return what somebody wears; None where too little of the body is in the picture.

    Parameters
    ----------
    rgb : uint8 (H, W, 3)
    hips : float64 (2,)
    reach : float
    """
    import cv2
    from scipy.ndimage import gaussian_filter

    height, width = rgb.shape[:2]
    low, high = np.array(RANGES).T
    parts = []
    for top, bottom, half in PATCHES:
        x1, x2 = (int(np.clip(hips[0] + k * half * reach, 0, width)) for k in (-1, 1))
        y1, y2 = (int(np.clip(hips[1] + k * reach, 0, height)) for k in (top, bottom))
        if x2 - x1 < LEAST_PX or y2 - y1 < LEAST_PX:
            return None
        lab = cv2.cvtColor(np.ascontiguousarray(rgb[y1:y2, x1:x2]), cv2.COLOR_RGB2LAB)
        within = np.clip(lab, low, high - 1).astype(np.uint8)
        counts = cv2.calcHist([within], [0, 1, 2], None, BINS, np.ravel(RANGES).tolist()).astype(np.float64)
        smooth = gaussian_filter(counts, BLUR, mode="nearest").ravel()
        parts.append(np.sqrt(smooth / smooth.sum()))
    return np.asarray(np.stack(parts), dtype=np.float32)


def apart(a: Clothes | None, b: Clothes | None) -> float:
    """Return how different two people's clothes are: 0 the same, 1 nothing in common (Bhattacharyya); 0 if unknown."""
    if a is None or b is None:
        return 0.0
    return float(1.0 - (a.astype(np.float64) * b).sum(axis=1).mean())


def typical(seen: list[Clothes | None]) -> Clothes | None:
    """Return the middle of what was seen of somebody at several times; None if nothing was."""
    known = [each for each in seen if each is not None]
    if not known:
        return None
    known = known[:: -(-len(known) // MANY)]
    middle = np.median(np.stack(known).astype(np.float64) ** 2, axis=0)
    total = middle.sum(axis=1, keepdims=True)
    return np.asarray(np.sqrt(middle / total), dtype=np.float32) if (total > 0).all() else known[len(known) // 2]
