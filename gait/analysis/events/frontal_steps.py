"""How high the feet of a walker stand in the picture, seen from the front or the back, and where steps like that are.

Seen along the walk, the height of a foot under the hips is its lift plus perspective: a foot that is ahead is farther
from the camera (or nearer), and on a ground that is looked down upon what is farther stands higher. Both parts are
known over a usual stride; how much there is of the second is not, for it hangs on where the camera is and on how the
person walks. With none of it the difference of the feet is largest in early swing, with much of it at the strike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gait.types import FloatArray, Side

POINTS = ("ankle", "heel", "big_toe")
STEP_GRID_S = 0.02
"""Grid on which steps are compared with usual ones; strikes are placed between its points by a parabola."""

_LIFT: dict[str, tuple[complex, ...]] = {
    "ankle": (-0.034 + 0.075j, -0.008 - 0.039j, 0.017 - 0.006j, 0.003 + 0.007j),
    "heel": (-0.063 + 0.103j, -0.023 - 0.059j, 0.022 - 0.010j, 0.000 + 0.006j),
    "big_toe": (0.029 + 0.023j, 0.033 - 0.003j, 0.020 + 0.008j, 0.008 + 0.014j),
}
_REACH: dict[str, tuple[complex, ...]] = {
    "ankle": (0.378 - 0.069j, 0.044 + 0.070j, 0.013 + 0.011j, 0.002 + 0.013j),
    "heel": (0.392 - 0.068j, 0.049 + 0.072j, 0.019 + 0.015j, 0.001 + 0.017j),
    "big_toe": (0.417 - 0.123j, 0.062 + 0.107j, -0.008 + 0.009j, 0.006 + 0.007j),
}
"""Height over and way ahead of the hips over a stride from strike to strike, in leg lengths, without their means: the
first four terms of a Fourier series (the real part of the sum of c_k exp(2 pi i k phase)). Mean of seven walks measured
in four laboratories (biomechZoo sample study, Rajagopal 2016, a sample file of ezc3d, Gait10dof18musc), as
`benchmarks/frontal.py --curves` prints it."""
_SWING_SHARE = 0.39
"""Share of the stride that is swing in those walks."""


@dataclass(frozen=True)
class Feet:
    """One point of both feet on a grid of `STEP_GRID_S`.

    Attributes
    ----------
    point : str
        One of `POINTS`.
    left, right : (N,)
        Height over the hips in the picture, in leg lengths; NaN where unknown.
    weight : (N,)
        0 to 1: how much it deserves trust.
    """

    point: str
    left: FloatArray
    right: FloatArray
    weight: FloatArray


@dataclass(frozen=True)
class Likeness:
    """How much the surroundings of each moment are like those of a strike of one foot.

    Attributes
    ----------
    explained : (N,)
        Sum of squares that such a step explains; 0 where it would have to stand on its head, or too little is seen.
    total : (N,)
        Sum of squares that there is, so that their ratio is the squared correlation.
    size : (N,)
        Of the step, usual ones being 1.
    seen : (N,)
        Share of the window in which the feet are known.
    """

    explained: FloatArray
    total: FloatArray
    size: FloatArray
    seen: FloatArray


class StepFit:
    """Least squares fits of a usual step to the feet around every moment, for one step time, swing and window.

    Parameters
    ----------
    feet : sequence of Feet
    step_s : float
        Time from strike to strike.
    swing_share : float
        Share of the stride in which a foot is in the air; the usual curves are stretched to it.
    window : (float, float)
        What is looked at, in step times before and after the strike.
    least_seen : float
        Share of the window in which both feet must be known.
    """

    def __init__(
        self,
        feet: Sequence[Feet],
        step_s: float,
        swing_share: float,
        window: tuple[float, float],
        least_seen: float,
    ) -> None:
        first, last = (round(end * step_s / STEP_GRID_S) for end in window)
        phase = 0.5 * STEP_GRID_S / step_s * np.arange(first, last + 1)
        n = len(feet[0].left)
        self._sums: dict[Side, FloatArray] = {"left": np.zeros((6, n)), "right": np.zeros((6, n))}
        seen = np.zeros(n)

        def around(values: FloatArray, kernel: FloatArray) -> FloatArray:
            """Sum a kernel times the values in the window of each moment."""
            padded = np.concatenate([np.zeros(max(0, -first)), values, np.zeros(max(0, last))])
            return np.asarray(np.correlate(padded, kernel, "valid"))[:n]

        everything = np.ones_like(phase)
        for foot in feet:
            weight = np.where(np.isfinite(foot.left + foot.right), foot.weight, 0.0)
            seen += around((weight > 0).astype(np.float64), everything) / len(phase) / len(feet)
            total = np.maximum(around(weight, everything), 1e-9)
            # What the feet do in turns, and what they do alike.
            for sign in (-1.0, 1.0):
                lift, reach = (
                    np.array([1.0, sign]) @ _both_feet(phase, series[foot.point], swing_share) / np.sqrt(2)
                    for series in (_LIFT, _REACH)
                )
                y = np.where(weight > 0, (foot.left + sign * foot.right) / np.sqrt(2), 0.0)
                mean = {name: around(weight, kernel) / total for name, kernel in (("lift", lift), ("reach", reach))}
                sum_y = around(weight * y, everything)
                squares = np.stack(
                    [
                        around(weight, lift**2) - mean["lift"] ** 2 * total,
                        around(weight, lift * reach) - mean["lift"] * mean["reach"] * total,
                        around(weight, reach**2) - mean["reach"] ** 2 * total,
                        around(weight * y, lift) - mean["lift"] * sum_y,
                        around(weight * y, reach) - mean["reach"] * sum_y,
                        around(weight * y**2, everything) - sum_y**2 / total,
                    ]
                )
                # A step of the right foot is one of the left foot in a mirror, where the difference turns over.
                mirror = np.array([1, 1, 1, sign, sign, 1])[:, None]
                self._sums["left"] += squares
                self._sums["right"] += mirror * squares
        self._seen, self._least_seen = seen, least_seen

    def likeness(self, slope: FloatArray) -> dict[Side, Likeness]:
        """Compare with steps on a ground of this slope at each moment.

        Parameters
        ----------
        slope : (N,)
            How much higher in the picture a foot stands that is ahead by 1: about the camera's height over its
            distance, negative for someone who comes nearer. It may be larger for someone who hardly lifts the feet.
        """
        out: dict[Side, Likeness] = {}
        for side, (lift2, both, reach2, y_lift, y_reach, total) in self._sums.items():
            squares = np.maximum(lift2 + 2 * slope * both + slope**2 * reach2, 1e-9)
            along = y_lift + slope * y_reach
            explained = np.where((self._seen >= self._least_seen) & (along > 0), along**2 / squares, 0.0)
            out[side] = Likeness(explained, np.maximum(total, 1e-9), along / squares, self._seen)
        return out


def curve(phase: FloatArray, series: tuple[complex, ...], swing_share: float) -> FloatArray:
    """Evaluate a curve over the stride at phases from strike (0) to strike (1), stance and swing stretched."""
    turn = phase % 1.0
    stance = 1 - swing_share
    usual = np.where(
        turn < stance,
        turn * (1 - _SWING_SHARE) / stance,
        1 - (1 - turn) * _SWING_SHARE / swing_share,
    )
    return np.asarray(sum((c * np.exp(2j * np.pi * k * usual)).real for k, c in enumerate(series, start=1)))


def step_swing(slope: float, swing_share: float) -> float:
    """Return how far the difference of the two ankles' heights swings over a usual stride, in leg lengths."""
    phase = np.arange(0.0, 1.0, 0.02)
    lift, reach = (_both_feet(phase, series["ankle"], swing_share) for series in (_LIFT, _REACH))
    return float(np.ptp(np.array([1.0, -1.0]) @ (lift + slope * reach)))


def _both_feet(phase: FloatArray, series: tuple[complex, ...], swing_share: float) -> FloatArray:
    """Return the curves of the foot whose stride it is and of the other one, (2, N)."""
    return np.stack([curve(phase + late, series, swing_share) for late in (0.0, 0.5)])
