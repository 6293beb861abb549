"""What the measures are made from, and what is known of the errors in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from gait.analysis.geometry import Body
from gait.analysis.lengths.floor import Floor
from gait.analysis.lengths.scale import Scale
from gait.analysis.measures.intervals import Estimate, average, mean_estimate
from gait.columns import TURN
from gait.skeleton import SIDES
from gait.types import FloatArray, Scene, View

STRIKE_BIAS_SD_S = 0.009
"""By how much events of one kind and side are displaced alike, per recording: a way of walking, seen from one place.

On four laboratory walks, filmed eight times each at 30 frames per second with 2 px of noise, the mean error of the
strikes, or offs, of one side varied by 0.010 s from walk to walk and side to side, part of it the laboratory's own.
Simulated limps move the offs by more than the strikes.
"""
FRONTAL_BIAS_SD_S = 0.033
"""The same of strikes seen from the front or from behind: there it is the way of lifting the feet that displaces them,
and in simulated limps the two sides differ. By 0.007 s in laboratory walks, 0.033 s in simulated ones, most of them
impaired."""
PHASE_BIAS_SD_S = 0.016
"""Of the time from a strike to an off: from both, and as much is the root mean square of nine people on force plates,
each left out of the fit (`benchmarks/fit_events.py`: 16 ms, the worst 36 ms)."""
RANDOM_SHARE = 0.4
"""Part of an event's SD that differs from event to event, as a share; the rest is displaced alike.

What is displaced alike cancels in durations from strike to strike. Repeated filming of the same strikes gave a share of
0.3; joints from video are less even than that.
"""

USUAL_STRIDE_CV = 0.02
"""Stride-to-stride variation of durations that is usual (healthy adults have 1 to 3 %, Gabell 1984: under 6 %)."""


@dataclass(frozen=True)
class Withheld:
    """No number, and why."""

    reason: str


Answer = Estimate | Withheld
Sided = dict[str, Answer]
"""By side: "left", "right", "both"; or "both" alone."""


@dataclass(frozen=True, kw_only=True)
class Walked:
    """Everything known of the walk once steps and strides are found.

    Attributes
    ----------
    scene : Scene
    events, steps, strides, signals, cycles : DataFrame
        Lengths in body heights.
    floor : Floor
    scale : Scale
        What makes metres of body heights.
    """

    scene: Scene
    events: pd.DataFrame
    steps: pd.DataFrame
    strides: pd.DataFrame
    signals: pd.DataFrame
    cycles: pd.DataFrame
    floor: Floor
    scale: Scale

    @property
    def height_m(self) -> float | None:
        """Metres to a body height."""
        return self.scale.height_m

    def without_scale(self) -> Walked:
        """Return the same, not knowing how long a body height is."""
        return replace(self, scale=replace(self.scale, height_m=None))

    @property
    def body(self) -> Body:
        """The joints."""
        return self.floor.body

    @property
    def fps(self) -> float:
        """Usual frame rate."""
        return 1.0 / float(np.median(np.diff(self.body.time_s)))

    @cached_property
    def valid_steps(self) -> pd.DataFrame:
        """The steps that count."""
        return self.steps[self.steps["valid"].astype(bool)]

    @cached_property
    def valid_strides(self) -> pd.DataFrame:
        """The strides that count."""
        return self.strides[self.strides["valid"].astype(bool)]

    def passes_seen(self, *views: View) -> list[int]:
        """Return the numbers of the passes with one of these views."""
        return [p.number for p in self.scene.passes if p.view in views]

    @cached_property
    def _in_passes(self) -> pd.DataFrame:
        return self.events[self.events["pass_number"] != TURN]

    @cached_property
    def event_sd_s(self) -> float:
        """Random error of a strike: root mean square over those that were used."""
        sd = self._in_passes.loc[self._in_passes["kind"] == "strike", "sd_s"].to_numpy(dtype=np.float64)
        sd = sd[np.isfinite(sd)]
        return float(np.sqrt(np.mean(sd**2))) if len(sd) else 1.0 / (self.fps * np.sqrt(12.0))

    @property
    def random_sd_s(self) -> float:
        """Part of it that differs from strike to strike."""
        return RANDOM_SHARE * self.event_sd_s

    @cached_property
    def _seen_from_side(self) -> bool:
        return bool(self.passes_seen("sagittal", "oblique"))

    @property
    def end_sd_s(self) -> float:
        """Error of the first and the last strike of a run of steps.

        From the front all strikes of a pass are displaced alike, by most of their error, and it cancels between them.
        """
        return self.event_sd_s if self._seen_from_side else self.random_sd_s

    @property
    def strike_bias_sd_s(self) -> float:
        """By how much the strikes of one side are displaced alike."""
        return STRIKE_BIAS_SD_S if self._seen_from_side else FRONTAL_BIAS_SD_S

    @cached_property
    def off_sd_s(self) -> float:
        """Random error of a foot off."""
        sd = self._in_passes.loc[self._in_passes["kind"] == "off", "sd_s"].to_numpy(dtype=np.float64)
        sd = sd[np.isfinite(sd)]
        return float(np.sqrt(np.mean(sd**2))) if len(sd) else self.event_sd_s

    @cached_property
    def mean_stride_s(self) -> float:
        """Mean stride time, for turning seconds into shares; from steps where there is no whole stride."""
        if len(self.valid_strides):
            return float(self.valid_strides["stride_time_s"].mean())
        return 2 * float(self.valid_steps["step_time_s"].mean())


def by_side(table: pd.DataFrame, column: str) -> dict[str, FloatArray]:
    """Return the known values of a column, by side."""
    values = {side: table.loc[table["side"] == side, column].to_numpy(dtype=np.float64) for side in SIDES}
    return {side: v[np.isfinite(v)] for side, v in values.items()}


def one_side(strides: pd.DataFrame) -> pd.DataFrame:
    """Return the strides of the side with more of them, so that no moment counts twice."""
    counts = strides["side"].value_counts()
    return strides if not len(counts) else strides[strides["side"] == counts.idxmax()]


def sided_means(
    values: dict[str, FloatArray],
    reason: str,
    *,
    usual_sd: float,
    systematic_sd: float | dict[str, float],
    shared_systematic_sd: float | None = None,
) -> Sided:
    """Return left, right and their average, each with its interval, or withheld for `reason`.

    Parameters
    ----------
    values : dict
        By side.
    reason : str
        Why there is none, where there is none.
    usual_sd : float
        See `mean_estimate`.
    systematic_sd : float or dict
        Of one side, or of each.
    shared_systematic_sd : float, optional
        Of the average; the mean of the two sides' when absent, as if it were one error.
    """
    own = systematic_sd if isinstance(systematic_sd, dict) else dict.fromkeys(SIDES, systematic_sd)
    shared = sum(own.values()) / len(own) if shared_systematic_sd is None else shared_systematic_sd
    sides = {s: mean_estimate(values[s], usual_sd=usual_sd, systematic_sd=own[s]) for s in SIDES}
    out: Sided = {}
    for side, estimate in sides.items():
        out[side] = estimate if estimate.n else Withheld(reason)
    both = average(sides["left"], sides["right"], shared)
    out["both"] = both if both.n else Withheld(reason)
    return out


def withheld(reason: str, *, each: bool = True) -> Sided:
    """Return nothing, for one reason, on all sides."""
    return {side: Withheld(reason) for side in ((*SIDES, "both") if each else ("both",))}
