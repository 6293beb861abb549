"""Whether the recording's clock can be the true one: slow motion makes steps that nobody takes."""

from __future__ import annotations

import itertools

import numpy as np

from gait.analysis.geometry import Body
from gait.analysis.view.rhythm import turning_points
from gait.analysis.view.scene import separation_along
from gait.signals.clean import CleanPoses
from gait.types import Flag, Scene

SLOW_SWING_S = 0.8
"""Slow walkers stand longer on both feet, but swing a leg through nearly as fast as others, as the pendulum it is: from
a tenth to nine tenths of the way takes some 0.3 s at an ordinary pace and hardly more than 0.6 s at any."""
SWING_FROM, SWING_TO = 0.1, 0.9
"""Shares of the way between which a swing is timed: its ends are too slow to be placed."""
LEAST_SWINGS = 2
"""One slow swing may be a foot that waits."""


def clock_flags(clean: CleanPoses, scene: Scene) -> list[Flag]:
    """Ask about the clock where the legs swing more slowly than legs can.

    Parameters
    ----------
    clean : CleanPoses
    scene : Scene

    Returns
    -------
    list of Flag
        One warning, "slow_motion_suspected", or none.
    """
    body = Body(clean.poses)
    took: list[float] = []
    for walk in scene.passes:
        separation, least = separation_along(body, walk.direction)
        inside = (body.time_s >= walk.start_s) & (body.time_s < walk.end_s) & np.isfinite(separation)
        time, values = body.time_s[inside], separation[inside]
        at = turning_points(values, least)
        for a, b in itertools.pairwise(at):
            share = (values[a : b + 1] - values[a]) / (values[b] - values[a])
            first, last = np.argmax(share > SWING_FROM), np.argmax(share > SWING_TO)
            took.append(float(time[a + last] - time[a + first]))
    if len(took) < LEAST_SWINGS or np.median(took) < SLOW_SWING_S:
        return []
    message = (
        f"One swing of a leg lasts {np.median(took):.1f} s by the clock of this video, longer than legs take at any "
        "pace: is it slow motion? Then all times here are too long; tell how many pictures a second the camera took: "
        "--capture-fps 120, for example."
    )
    return [Flag(level="warning", code="slow_motion_suspected", message=message)]
