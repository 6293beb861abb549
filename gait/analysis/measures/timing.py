"""Cadence, durations and phases of the stride."""

from __future__ import annotations

import numpy as np

from gait.analysis.measures.intervals import Estimate, mean_estimate
from gait.analysis.measures.walked import (
    PHASE_BIAS_SD_S,
    RANDOM_SHARE,
    USUAL_STRIDE_CV,
    Answer,
    Sided,
    Walked,
    Withheld,
    by_side,
    one_side,
    sided_means,
    withheld,
)
from gait.skeleton import SIDES

FROM_THE_FRONT = "The foot's leaving the ground cannot be seen from the front."
NO_STEP = "No step was seen whole."
ONE_FOOT = "Only steps of one foot were seen, and no whole stride: they may be longer or shorter than the other foot's."
ONE_STEP = "A single step makes no cadence."
NO_STRIDE = "No stride was seen whole: it takes two strikes of one foot in the same pass."
_PHASES = {
    "stance": "stance_pct",
    "swing": "swing_pct",
    "double_support": "double_support_pct",
    "single_support": "single_support_pct",
}
_USUAL_PHASE_SD = 1.2
"""Percentage points from stride to stride, of stance and swing."""


def timing_measures(walked: Walked) -> dict[str, Sided]:
    """Return cadence, step and stride time, and the phases of the stride."""
    steps = by_side(walked.valid_steps, "step_time_s")
    strides = by_side(walked.valid_strides, "stride_time_s")
    error = np.sqrt(2) * walked.random_sd_s
    step_s = walked.mean_stride_s / 2
    return {
        "cadence": {"both": _cadence(walked)},
        "step_time": sided_means(
            steps,
            NO_STEP,
            usual_sd=float(np.hypot(USUAL_STRIDE_CV * step_s, error)),
            systematic_sd=float(np.sqrt(2) * walked.strike_bias_sd_s),
            shared_systematic_sd=0.0,
        ),
        "stride_time": sided_means(
            strides,
            NO_STRIDE,
            usual_sd=float(np.hypot(USUAL_STRIDE_CV * 2 * step_s, error)),
            systematic_sd=0.0,
        ),
        **{name: _phase(walked, name, column) for name, column in _PHASES.items()},
    }


def _cadence(walked: Walked) -> Answer:
    """Return 60 over the mean step time, left and right steps with the same weight.

    Where only one foot's steps were seen it is 120 over the stride time: a step of one foot is not half a stride.
    """
    spans, per_minute = walked.valid_steps.rename(columns={"time_s": "end_s"}), 60.0
    if spans["side"].nunique() < 2:
        spans, per_minute = one_side(walked.valid_strides), 120.0
    if not len(spans):
        return Withheld((NO_STEP, ONE_STEP, ONE_FOOT)[min(len(walked.valid_steps), 2)])
    took = by_side(spans.assign(took_s=spans["end_s"] - spans["start_s"]), "took_s")
    means = [v.mean() for v in took.values() if len(v)]
    mean = float(np.mean(means))
    # Variation about each side's own mean: a limp is no uncertainty of the cadence.
    centred = np.concatenate([v - v.mean() + mean for v in took.values() if len(v)])
    unbroken = 1 + int(np.sum(np.abs(spans["start_s"].to_numpy()[1:] - spans["end_s"].to_numpy()[:-1]) > 1e-6))
    error = walked.random_sd_s
    one = mean_estimate(
        centred,
        usual_sd=float(np.hypot(USUAL_STRIDE_CV * mean, np.sqrt(2) * error)),
        telescoping_error_sd=error,
        end_error_sd=walked.end_sd_s,
        runs=unbroken,
    )
    factor = per_minute / mean**2
    half = factor * (one.high - one.low) / 2
    cadence = per_minute / mean
    return Estimate(
        value=cadence,
        n=one.n,
        sd=float(np.std(per_minute / centred, ddof=1)) if one.n > 1 else float("nan"),
        se=factor * one.se,
        df=one.df,
        low=cadence - half,
        high=cadence + half,
    )


def _phase(walked: Walked, name: str, column: str) -> Sided:
    lateral = walked.passes_seen("sagittal", "oblique")
    if not lateral:
        return withheld(FROM_THE_FRONT)
    values = by_side(walked.valid_strides, column)
    if not len(walked.valid_strides):
        return withheld(NO_STRIDE)
    seconds = walked.mean_stride_s
    # Stance, swing and single support have one strike and one off; double support has two of each.
    pairs = 2 if name == "double_support" else 1
    error = 100 * RANDOM_SHARE * np.sqrt(pairs * (walked.event_sd_s**2 + walked.off_sd_s**2)) / seconds
    # Displacements of strike and off differ; between the sides they are partly alike, so that their mean has hardly
    # less.
    bias = 100 * PHASE_BIAS_SD_S * pairs / seconds
    sided = sided_means(
        values,
        "No foot off was found between the strikes.",
        usual_sd=float(np.hypot(_USUAL_PHASE_SD * np.sqrt(pairs), error)),
        systematic_sd=float(bias),
        shared_systematic_sd=float(bias if pairs == 2 else bias / np.sqrt(1.5)),
    )
    return {side: sided[side] for side in (*SIDES, "both")}
