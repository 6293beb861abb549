"""How many pixels a body height is, frame by frame, and what that makes of lengths."""

from __future__ import annotations

import numpy as np

from gait.analysis.geometry import NOSE_TO_HEEL, Body
from gait.analysis.view.slant import standing_px
from gait.arrays import running_median, true_runs
from gait.skeleton import SIDES
from gait.types import FloatArray, Scene

NOSE_TO_HEEL_SD = 0.02
"""What people, shoes, a lowered head and the heel point of a pose model make of it, as far as is known."""
ANKLE_OVER_HEEL = 0.039
"""Height of the ankle, over body height (Winter 2009): what nose to ankle is shorter, where a model has no heels."""
HEIGHT_OVER_S, NOSE_SEEN = 1.2, 0.3
"""What the height is a median over outside the passes, about a stride; and the share of the frames with legs in which
the nose must be seen, so that it is taken from the nose. Judgements."""
LEG_TO_HEIGHT = 0.491
"""Thigh and shank over body height (Winter 2009); used where no nose is known."""


def body_height_px(body: Body, scene: Scene) -> FloatArray:
    """Return the body height in pixels, (T,), free of the bob of walking.

    It is nose to lower heel over `NOSE_TO_HEEL`; within each pass a smooth line (of second order, robust) is laid
    through it, since distance from the camera changes it slowly. Without a nose or a foot, the legs stand in.

    Notes
    -----
    The error is a scale that all lengths of a recording share: about 2 % (1 SD) from build, more with a bent posture.
    """
    heels = [body.at(f"{side}_heel") for side in SIDES]
    standing = standing_px(body) / (NOSE_TO_HEEL if np.isfinite(heels).any() else NOSE_TO_HEEL - ANKLE_OVER_HEEL)
    if np.isfinite(standing).mean() < NOSE_SEEN * np.isfinite(body.leg).mean():
        standing = body.leg / LEG_TO_HEIGHT
    height = running_median(standing, body.time_s, HEIGHT_OVER_S)
    for walk in scene.passes:
        inside = (body.time_s >= walk.start_s) & (body.time_s <= walk.end_s)
        height[inside] = _smooth(standing[inside], body.time_s[inside], height[inside])
    return height


def _smooth(values: FloatArray, time_s: FloatArray, otherwise: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    if known.sum() < 10:
        return otherwise
    t = time_s - time_s.mean()
    order = 2 if time_s[-1] - time_s[0] > 2.0 else 1
    for _ in range(3):
        fit = np.polyval(np.polyfit(t[known], values[known], order), t)
        off = np.abs(values - fit)
        known = off <= 3.0 * np.nanmedian(off[known]) + 1e-9
    # Outside what was seen a curve of second order runs away.
    first, last = true_runs(np.isfinite(values))[0][0], true_runs(np.isfinite(values))[-1][1] - 1
    return np.asarray(np.interp(time_s, time_s[first : last + 1], fit[first : last + 1]))
