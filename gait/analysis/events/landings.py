"""Where a foot that swung comes to rest in the picture: a strike in a turn, which shows it half from the side.

In a turn a foot goes hardly forward against the body, by which the swings of a straight walk are known; but over the
ground it still moves and then stands.
"""

from __future__ import annotations

import numpy as np

from gait.analysis.events.foot_signals import FOOT, GRID_S, can_be_sought
from gait.analysis.events.order import PossibleEvent
from gait.arrays import nanmean, true_runs
from gait.signals.clean import CleanPoses, leg_length_px
from gait.signals.filters import resample
from gait.types import Float32Array, FloatArray, Side

_SIDES: tuple[Side, ...] = ("left", "right")
_MARGIN_S = 1.2
"""Looked at before and after: a step, so that a swing is seen from its start, if the foot is then in sight."""
_MOVES, _SWINGS = 0.8, 1.2
"""Speed of a foot that no longer stands, and the top speed of one that swings, in leg lengths per second. Feet pass the
first 5 ms before the strike (SD 36 ms) in rendered rooms and in turns of rendered walkers, seen by BlazePose; limits
of 0.7 to 0.9 find as many."""
_LEAST_LEGS, _SWING_S = 0.2, (0.15, 1.0)
"""A swing carries the foot at least so far, in leg lengths, and lasts so long: less is a jump of the joints, or a foot
that is turned where it stands. Judgements."""
_DIP_S, _RESTS_S = 0.06, 0.12
"""A foot that is slow for less than the first is in the same swing; and it has landed when it stays for the second."""
_SD_S, _CONFIDENCE = 0.045, 0.5
"""Stated of such a strike: of those of the rendered rooms the error is 36 ms (SD), and a turn elsewhere may be worse;
and no more certain than any other strike of a turn. Judgements."""


def landings(clean: CleanPoses, start_s: float, end_s: float) -> list[PossibleEvent]:
    """Find where feet land between two moments, whichever way they go.

    Parameters
    ----------
    clean : CleanPoses
        From a camera at rest, or with the motion of its background.
    start_s, end_s : float

    Returns
    -------
    list of PossibleEvent
        Strikes only, with the pass number 0.
    """
    poses = clean.poses
    first, last = np.searchsorted(poses.time_s, [start_s - _MARGIN_S, end_s + _MARGIN_S])
    time_s = poses.time_s[first:last]
    if not can_be_sought(time_s, GRID_S):
        return []
    ground = np.zeros((len(time_s), 2)) if poses.background_xy_px is None else poses.background_xy_px[first:last]
    leg_px = leg_length_px(poses.xy_px.astype(np.float64), poses.keypoints)
    grid_s = np.arange(time_s[0], time_s[-1], GRID_S)
    return [
        PossibleEvent(
            time_s=float(time),
            side=side,
            kind="strike",
            confidence=_CONFIDENCE,
            method="landing",
            sd_s=_SD_S,
            pass_number=0,
        )
        for side in _SIDES
        for time in _of_foot([(poses.point(f"{side}_{p}")[first:last] - ground) / leg_px for p in FOOT], time_s, grid_s)
        if start_s <= time < end_s
    ]


def _of_foot(points: list[FloatArray | Float32Array], time_s: FloatArray, grid_s: FloatArray) -> FloatArray:
    """Return when a foot comes to rest, from its points (T, 2) in leg lengths on the ground."""
    known = [np.asarray(xy, dtype=np.float64) for xy in points]
    place = nanmean([resample(xy, time_s, grid_s) for xy in known])
    speed = nanmean([np.linalg.norm(resample(xy, time_s, grid_s, 1), axis=1) for xy in known])
    moving = speed > _MOVES
    for a, b in true_runs(~moving & np.isfinite(speed)):
        if a > 0 and b < len(moving) and (b - a) * GRID_S < _DIP_S and moving[a - 1] and moving[b]:
            moving[a:b] = True
    rest = round(_RESTS_S / GRID_S)
    return np.array(
        [
            grid_s[b]
            for a, b in true_runs(moving)
            if b + rest <= len(speed)
            and np.mean(speed[b : b + rest]) < _MOVES
            and speed[a:b].max() > _SWINGS
            and _SWING_S[0] <= (b - a) * GRID_S <= _SWING_S[1]
            and np.linalg.norm(place[b] - place[a]) > _LEAST_LEGS
        ]
    )
