"""Left against right, and how much strides vary."""

from __future__ import annotations

from typing import Literal

import numpy as np

from gait.analysis.measures.intervals import (
    Estimate,
    corrected_sd,
    difference,
    mean_estimate,
    scaled,
)
from gait.analysis.measures.kinematics import stride_values
from gait.analysis.measures.spatial import (
    MOST_STEP_LENGTH_ERROR_BH,
    ONE_ANKLE_AHEAD_SD_BH,
    STEP_LENGTH_ERROR_SD_BH,
    why_no_lengths,
)
from gait.analysis.measures.timing import FROM_THE_FRONT
from gait.analysis.measures.walked import (
    PHASE_BIAS_SD_S,
    Answer,
    Sided,
    Walked,
    Withheld,
    by_side,
    one_side,
)
from gait.columns import FEWEST_PER_SIDE
from gait.types import FloatArray

FEWEST_FOR_VARIABILITY = 6
"""Strides; from fewer a standard deviation says next to nothing (its own error is a third). A judgement."""
_NEAR_FAR_SHARE = 0.03
"""Difference of the two sides for no other reason than near and far, as a share of their mean; where nothing better is
known of a measure. The near leg is larger by the width of the pelvis over the distance: 3 % at 6 m."""
_USUAL_SWING_SD_S = 0.015
"""Of the swing time from stride to stride. A judgement: 4 % of 0.4 s, where a stride varies by 2 %."""
_USUAL_HEIGHT_SD, _NEAR_LOWER_SD = 0.002, 0.003
"""Of the difference of the ankles' heights over that of the picture: from stride to stride, a judgement; and what the
nearer foot stands lower in a side view."""
_RESAMPLED = 500
"""Draws of the bootstrap; the standard error of its standard error is 3 %."""
NEEDS_BOTH = f"It needs at least {FEWEST_PER_SIDE} steps or strides of each side."
BELOW_RESOLUTION = (
    "Below the resolution of this frame rate: less than %(least)s, as far as timing error lets it be known."
)
"""What varies less than the error of its timing is withheld: its interval reaches down to zero."""
BELOW_JOINTS = "Below what the places of the joints let be known: less than %(least)s."
"""The same of lengths."""
TOO_FEW_TO_VARY = f"It needs at least {FEWEST_FOR_VARIABILITY} values; variability itself needs about 50 to be sure of."


def symmetry_measures(walked: Walked, found: dict[str, Sided]) -> dict[str, Sided]:
    """Return the comparisons of left and right.

    Parameters
    ----------
    walked : Walked
    found : dict
        The measures of each side found so far, by name.
    """
    return {
        "ankle_height_difference": {"both": _ankle_height(walked)},
        "step_time_asymmetry": {"both": _robinson(found["step_time"], 2 * np.sqrt(2) * walked.strike_bias_sd_s)},
        "stance_asymmetry": {"both": _stance(walked, found["stance"])},
        "step_length_asymmetry": {"both": _robinson(found["step_length_relative"], None, 2 * ONE_ANKLE_AHEAD_SD_BH)},
        "swing_time_asymmetry": {"both": _swing_time(walked)},
        "arm_swing_asymmetry": {"both": _robinson(found["arm_swing"], None)},
        "phase_coordination_index": {"both": _phase_coordination(walked)},
    }


def variability_measures(walked: Walked) -> dict[str, Sided]:
    """Return the SD of the stride time, and coefficients of variation: SD over mean in percent.

    They are pooled over the sides as their root mean square.

    Of the observed variance of a duration, twice that of one event is error of timing and taken off; of that of a
    length, the error of the joints' places. Nothing is reported where the interval of what is left reaches zero.
    """
    error, most = np.sqrt(2) * walked.random_sd_s, np.sqrt(2) * walked.event_sd_s
    steps, strides, reason = walked.valid_steps, walked.valid_strides, why_no_lengths(walked)
    return {
        "stride_time_sd": {"both": _variation(by_side(strides, "stride_time_s"), error, most, unit="ms")},
        "stride_time_cv": {"both": _variation(by_side(strides, "stride_time_s"), error, most)},
        "step_time_cv": {"both": _variation(by_side(steps, "step_time_s"), error, most)},
        "step_length_cv": {
            "both": Withheld(reason)
            if reason
            else _variation(
                by_side(steps, "step_length_bh"),
                STEP_LENGTH_ERROR_SD_BH,
                MOST_STEP_LENGTH_ERROR_BH,
                below=BELOW_JOINTS,
            )
        },
    }


def _pair(sided: Sided) -> tuple[Estimate, Estimate] | None:
    left, right = sided["left"], sided["right"]
    if isinstance(left, Estimate) and isinstance(right, Estimate) and min(left.n, right.n) >= FEWEST_PER_SIDE:
        return left, right
    return None


def _reason(sided: Sided) -> str:
    """Return why there is no comparison: why a side is withheld, else that there are too few."""
    both = sided["both"]
    return both.reason if isinstance(both, Withheld) else NEEDS_BOTH


def _robinson(sided: Sided, systematic_sd: float | None, apart_sd: float = 0.0) -> Answer:
    """Return 100 (L - R) / mean, Robinson's index with its sign (Robinson 1987)."""
    pair = _pair(sided)
    if pair is None:
        return Withheld(_reason(sided))
    left, right = pair
    mean = (left.value + right.value) / 2
    if mean <= 0:
        return Withheld("The mean of both sides is not positive.")
    # What is left when the systematic part of each side is not known apart: near and far side.
    bias = float(np.hypot(_NEAR_FAR_SHARE * mean, apart_sd)) if systematic_sd is None else systematic_sd
    return scaled(difference(left, right, bias), 100 / mean)


def _stance(walked: Walked, sided: Sided) -> Answer:
    pair = _pair(sided)
    if pair is None:
        return Withheld(_reason(sided))
    bias = 100 * np.sqrt(2) * PHASE_BIAS_SD_S / walked.mean_stride_s
    return difference(*pair, float(bias))


def _swing_time(walked: Walked) -> Answer:
    """Return 100 |ln(shorter / longer mean swing time)| (Plotnik 2007)."""
    if not walked.passes_seen("sagittal", "oblique"):
        return Withheld(FROM_THE_FRONT)
    strides = walked.valid_strides
    seconds = strides.assign(swing_s=strides["swing_pct"] / 100 * strides["stride_time_s"])
    values = by_side(seconds, "swing_s")
    if min(len(v) for v in values.values()) < FEWEST_PER_SIDE:
        return Withheld(NEEDS_BOTH)
    usual = float(np.hypot(_USUAL_SWING_SD_S, np.hypot(walked.random_sd_s, walked.off_sd_s)))
    left, right = (mean_estimate(values[side], usual_sd=usual) for side in ("left", "right"))
    gap = scaled(difference(left, right, float(np.sqrt(2) * PHASE_BIAS_SD_S)), 200 / (left.value + right.value))
    value = 100 * abs(float(np.log(left.value / right.value)))
    half = (gap.high - gap.low) / 2
    return Estimate(
        value=value, n=gap.n, sd=float("nan"), se=gap.se, df=gap.df, low=max(value - half, 0.0), high=value + half
    )


def _ankle_height(walked: Walked) -> Answer:
    parts = stride_values(walked, "ankle_height_difference", one_side(walked.valid_strides))
    if not parts:
        return Withheld("No stride in which both ankles were seen.")
    return mean_estimate([float(p.mean()) for p in parts], usual_sd=_USUAL_HEIGHT_SD, systematic_sd=_NEAR_LOWER_SD)


def _phase_coordination(walked: Walked) -> Answer:
    """Return the phase coordination index CV(phi) + 100 mean|phi - 180| / 180 (Plotnik 2007).

    phi places the strike of one foot in the stride of the other, 180 degrees being the middle. Timing error alone makes
    the index positive; where the interval less that part reaches zero, nothing is reported.
    """
    strides = one_side(walked.valid_strides)
    strides = strides[strides["step_time_s"].notna()]
    if len(strides) < FEWEST_FOR_VARIABILITY:
        return Withheld(TOO_FEW_TO_VARY)
    phi = 360 * (1 - strides["step_time_s"].to_numpy() / strides["stride_time_s"].to_numpy())
    value = _index(phi)
    noise = 360 * np.sqrt(1.5) * walked.random_sd_s / walked.mean_stride_s
    floor = 100 * noise / 180 * (1 + np.sqrt(2 / np.pi))
    rng = np.random.default_rng(0)
    again = np.array([_index(phi[rng.integers(0, len(phi), len(phi))]) for _ in range(_RESAMPLED)])
    se = float(again.std())
    bias = 100 * 360 * np.sqrt(2) * walked.strike_bias_sd_s / walked.mean_stride_s / 180
    low, high = value - 1.96 * np.hypot(se, bias) - floor, value + 1.96 * np.hypot(se, bias)
    if low <= 0:
        return Withheld(BELOW_RESOLUTION % {"least": f"{high:.1f} %"})
    return Estimate(value=value, n=len(phi), sd=float("nan"), se=se, df=len(phi) - 1, low=low, high=high)


def _index(phi: FloatArray) -> float:
    return float(100 * np.std(phi, ddof=1) / np.mean(phi) + 100 * np.mean(np.abs(phi - 180)) / 180)


def _variation(
    values: dict[str, FloatArray],
    error_sd: float,
    most_error_sd: float,
    *,
    unit: Literal["%", "ms"] = "%",
    below: str = BELOW_RESOLUTION,
) -> Answer:
    groups = list(values.values())
    every = np.concatenate(groups)
    if len(every) < FEWEST_FOR_VARIABILITY:
        return Withheld(TOO_FEW_TO_VARY)
    sd, low, high, n = corrected_sd(groups, error_sd, most_error_sd)
    sd, low, high = (x * (1000 if unit == "ms" else 100 / float(every.mean())) for x in (sd, low, high))
    if not low > 0:
        return Withheld(below % {"least": f"{high:.0f} ms" if unit == "ms" else f"{high:.1f} %"})
    return Estimate(value=sd, n=n, sd=float("nan"), se=float("nan"), df=n - len(groups), low=low, high=high)
