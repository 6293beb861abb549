"""The joint angles that clinicians read off the gait cycle, stride by stride.

Those of Benedetti et al. 1998, Clin Biomech 13:204 (their K1, K2, K5, H3, A1, A3 and A4), looked for in parts of the
cycle instead of between foot offs: a foot off that is some percent early or late leaves them as they are.
"""

from __future__ import annotations

import numpy as np

from gait.types import FloatArray

LOADING_PCT = (0, 30)
"""In which the knee yields to the weight; the other foot has left the ground."""
SWING_PCT = (50, 100)
"""In which the knee bends most, at the beginning of swing."""
TERMINAL_STANCE_PCT = (30, 80)
"""In which the thigh is furthest back: before this foot leaves the ground, at 60 to 75 %."""
PUSH_OFF_PCT = (40, 85)
"""In which the foot points down most, about its leaving the ground."""
FOOT_FLAT_PCT = 10
"""From here on to the push-off the shank rolls forward over the foot."""


def key_angles(hip: FloatArray, knee: FloatArray, ankle: FloatArray) -> dict[str, FloatArray]:
    """Return the key angles of each stride, by the names of `gait.columns.MEASURES`.

    Parameters
    ----------
    hip, knee, ankle : (N, 101)
        Degrees from 0 to 100 % of the cycle, as in `gait.columns.CURVES`; NaN where a stride does not show the joint.

    Returns
    -------
    dict of (N,)
        Degrees; `knee_swing_time` in percent of the cycle.
    """
    pushed_off = PUSH_OFF_PCT[0] + _part(ankle, PUSH_OFF_PCT).argmin(axis=1)
    rolling = (np.arange(ankle.shape[1]) >= FOOT_FLAT_PCT) & (np.arange(ankle.shape[1]) <= pushed_off[:, None])
    return {
        "hip_terminal_stance": _part(hip, TERMINAL_STANCE_PCT).min(axis=1),
        "knee_contact": knee[:, 0],
        "knee_loading": _part(knee, LOADING_PCT).max(axis=1),
        "knee_swing": _part(knee, SWING_PCT).max(axis=1),
        "knee_swing_time": np.where(np.isnan(knee[:, 0]), np.nan, SWING_PCT[0] + _part(knee, SWING_PCT).argmax(axis=1)),
        "ankle_contact": ankle[:, 0],
        "ankle_dorsiflexion": np.where(rolling, ankle, -np.inf).max(axis=1) + 0 * ankle[:, 0],
        "ankle_push_off": _part(ankle, PUSH_OFF_PCT).min(axis=1),
    }


def _part(curves: FloatArray, percent: tuple[int, int]) -> FloatArray:
    return curves[:, percent[0] : percent[1] + 1]
