"""How far a walk is turned off the picture plane, also where the camera turns after the walker."""

from __future__ import annotations

import numpy as np

from gait.analysis.geometry import Body
from gait.arrays import nanmean, nanmedian, running_mean
from gait.types import Direction, FloatArray

FOCAL_FACTORS = np.exp(np.linspace(-0.7, 1.0, 35))
"""Focal lengths tried, over the one that is assumed: half of it to almost three times as long (a zoom)."""
FOCAL_SD = 0.5
"""How unlikely others than the assumed one are, 1 SD of the logarithm."""
SIZE_SD = 0.01
"""Error of the body's size in the picture, over a second; a judgement."""
MOST_MISFIT = 0.015
"""Sizes that no turn of the camera explains better than this, as a share: it was carried."""


def standing_px(body: Body) -> FloatArray:
    """Return nose to lower heel (or ankle), (T,), a length that perspective changes and the view hardly does."""
    lowest = [body.at(f"{s}_{p}")[:, 1] for s in ("left", "right") for p in ("heel", "ankle")]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.fmax.reduce(lowest) - body.at("nose")[:, 1])


def _smooth_standing_px(body: Body) -> FloatArray:
    """Return the same without the bob of walking."""
    return running_mean(nanmean([standing_px(body)]), body.time_s, 1.0)


def off_plane_deg(body: Body, part: slice, direction: Direction, toward: FloatArray, *, turns: bool) -> float | None:
    """Return how far a pass is turned off the picture plane, without its sign.

    Over a walk of more than two leg lengths the body's size tells the change of its distance, hence the slope of the
    path; it takes an assumed focal length, which can be a quarter off, and so can the angle. Where the camera turns
    after the walker the angle changes on the way: then it is the root mean square. Else the shoulders tell.

    Parameters
    ----------
    body : Body
    part : slice
        The frames of the pass.
    direction : Direction
    toward : (T,)
        Of the whole recording: how far the shoulders are turned toward the camera, 1 for a view from the front.
    turns : bool
        Whether the camera moves with the walker.

    Returns
    -------
    float or None
        90 toward the camera or away from it; None where nothing tells.
    """
    if direction in ("toward", "away"):
        return 90.0
    angle = float(np.degrees(np.arcsin(np.clip(abs(nanmedian(toward[part])), 0, 1))))
    if turns:
        turned = turned_deg(body, part)
        angle = angle if turned is None else float(np.sqrt(np.nanmean(turned**2)))
    else:
        height = _smooth_standing_px(body)[part]
        across = (body.pelvis[part, 0] - body.poses.width_px / 2) / height
        depth = body.focal_px / height
        known = np.isfinite(across) & np.isfinite(depth)
        if known.sum() >= 10 and np.ptp(across[known]) >= 1.0:
            angle = abs(float(np.degrees(np.arctan(np.polyfit(across[known], depth[known], 1)[0]))))
    return angle if np.isfinite(angle) else None


def turned_deg(body: Body, part: slice) -> FloatArray | None:
    """Return the angle of the walk off the picture plane at each frame of a pass, for a camera that turns on the spot.

    A straight walk at the distance d is seen at the bearing b (turn of the camera, by the background, and place in the
    picture) at the distance d / cos(b - b0), so that the body's size tells b0, and the focal length too.

    Returns
    -------
    float64 (n,) or None
        Without sign. None where no turn explains the sizes: then the camera was carried, or nothing is known.
    """
    x, moved = body.pelvis[part, 0] - body.poses.width_px / 2, body.background[part, 0]
    height = _smooth_standing_px(body)[part]
    known = np.isfinite(x + moved + height)
    if known.sum() < 10:
        return None
    found: tuple[float, float, FloatArray] | None = None
    seconds = float(body.time_s[part][known][-1] - body.time_s[part][known][0])
    for factor in FOCAL_FACTORS:
        focal = factor * body.focal_px
        turn = -moved / focal
        bearing = turn + np.arctan(x / focal)
        size = height * np.cos(bearing - turn)
        base = np.stack([np.cos(bearing), np.sin(bearing)], axis=1)
        fit = np.linalg.lstsq(base[known], size[known], rcond=None)[0]
        misfit = float(np.sqrt(np.mean((base[known] @ fit - size[known]) ** 2)) / np.mean(size[known]))
        cost = seconds * (misfit / SIZE_SD) ** 2 + (np.log(factor) / FOCAL_SD) ** 2
        if found is None or cost < found[0]:
            found = cost, misfit, np.abs(np.degrees(np.arctan2(fit[1], fit[0]) - turn))
    assert found is not None
    return found[2] if found[1] <= MOST_MISFIT else None
