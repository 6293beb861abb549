"""Step length, stride length and speed."""

from __future__ import annotations

import math

import numpy as np

from gait.analysis.lengths.floor import MOST_OFF_PLANE_DEG, ratio_of
from gait.analysis.lengths.scale import body_height_sd
from gait.analysis.measures.intervals import Estimate, mean_estimate, scaled
from gait.analysis.measures.walked import (
    USUAL_STRIDE_CV,
    Answer,
    Sided,
    Walked,
    Withheld,
    by_side,
    sided_means,
    withheld,
)
from gait.skeleton import SIDES
from gait.types import FloatArray

NO_SCALE = "Metres need a scale: the body height (--height-m) or a known distance (--scale)."
FROM_THE_FRONT = "Lengths along the walk cannot be seen from the front."
ON_A_TREADMILL = "On a treadmill the speed is that of the belt: read it off the machine."
USUAL_LENGTH_CV = 0.04
"""Stride-to-stride variation of lengths that is usual, error of the joints included."""
STEP_LENGTH_ERROR_SD_BH, MOST_STEP_LENGTH_ERROR_BH = 0.007, 0.012
"""Error of a single step about the mean error of its side, in body heights: root mean square of forty rendered walkers
seen by BlazePose, and what 19 of 20 of them stay under (benchmarks/rendered.py prints both)."""
ONE_ANKLE_AHEAD_SD_BH = 0.0085
"""By how much further forward a pose model puts one foot than the other, always alike: 10 mm for each in an adult. It
makes one foot's steps longer and the other's shorter."""
NEAR_FAR_SD = 0.015
"""Share by which left and right lengths differ for no other reason than their distance from the camera."""
MOST_APART = 0.15
"""Share by which lengths that must agree may differ, beyond their error, before they are withheld."""


def length_measures(walked: Walked) -> dict[str, Sided]:
    """Return lengths in body heights (in metres where there is a scale) and speed."""
    reason = why_no_lengths(walked)
    if reason:
        return {
            "step_length": withheld(reason),
            "stride_length": withheld(reason),
            "speed": withheld(reason, each=False),
            "speed_relative": withheld(reason, each=False),
        }
    found_sd = float(walked.valid_steps["length_sd"].iloc[0])
    in_bodies = math.hypot(body_height_sd(walked.scene), found_sd)
    scale = math.hypot(walked.scale.relative_sd, found_sd)
    factor = walked.height_m or 1.0
    step = by_side(walked.valid_steps, "step_length_bh")
    stride = by_side(walked.valid_strides, "stride_length_bh")
    relative = _speed(walked, in_bodies)
    if walked.height_m is None:
        speed: Answer = Withheld(walked.scale.reason or NO_SCALE)
    else:
        speed = _speed(walked, scale)
        speed = scaled(speed, walked.height_m) if isinstance(speed, Estimate) else speed
    return {
        "step_length": _sided_lengths(step, factor, scale, ONE_ANKLE_AHEAD_SD_BH, "No step was seen whole."),
        "stride_length": _sided_lengths(stride, factor, scale, 0.0, "No stride was seen whole."),
        "speed": {"both": speed},
        "speed_relative": {"both": relative},
    }


def why_no_lengths(walked: Walked) -> str:
    """Return why no length of this walk can be known, in one sentence; nothing where lengths can."""
    if not walked.passes_seen("sagittal", "oblique"):
        return FROM_THE_FRONT
    angle = walked.scene.off_plane_deg
    if angle is not None and angle > MOST_OFF_PLANE_DEG and not walked.valid_steps["step_length_bh"].notna().any():
        return f"The walk is turned {angle:.0f} degrees off the picture plane: lengths need less than 30."
    return contradiction(walked)


def contradiction(walked: Walked) -> str:
    """Return why the lengths cannot be right, or nothing: what must agree differs by more than its error.

    The strides of the left and of the right foot are of one length in a straight walk, two steps make a stride, and a
    length found in two ways is the same. Only a camera that is carried alongside may see the background move less than
    the ground does.
    """
    step, stride = by_side(walked.valid_steps, "step_length_bh"), by_side(walked.valid_strides, "stride_length_bh")
    if all(len(lengths) for lengths in (*step.values(), *stride.values())):
        left, right = (
            mean_estimate(stride[side], usual_sd=USUAL_LENGTH_CV * float(np.mean(stride[side]))) for side in SIDES
        )
        usual, two_steps = (left.value + right.value) / 2, sum(float(np.mean(lengths)) for lengths in step.values())
        apart = abs(left.value - right.value)
        if apart > max(MOST_APART * usual, 1.96 * math.hypot(left.se, right.se)):
            return (
                f"The strides of the left foot come out {left.value / right.value:.2f} times as long as those of the "
                "right one, which cannot be in a straight walk."
            )
        if abs(two_steps - usual) > MOST_APART * usual:
            return f"Two steps come out {two_steps / usual:.2f} times as long as the stride that they make."
    ratio = ratio_of(*(walked.valid_steps[name].to_numpy(dtype=np.float64) for name in ("by_ground_bh", "by_feet_bh")))
    carried = not walked.floor.rests and ratio < 1
    if abs(ratio - 1) > MOST_APART and not carried:
        return (
            f"By the ground steps come out {ratio:.2f} times as long as by the two feet while both stand: neither can "
            "be trusted."
        )
    return ""


def _sided_lengths(
    values: dict[str, FloatArray], factor: float, scale: float, between_sides: float, reason: str
) -> Sided:
    every = np.concatenate(list(values.values()))
    if not len(every):
        return withheld(reason)
    size = float(np.mean(every)) * factor
    shared = scale * size
    return sided_means(
        {side: v * factor for side, v in values.items()},
        reason,
        usual_sd=USUAL_LENGTH_CV * size,
        systematic_sd=float(np.sqrt(shared**2 + (NEAR_FAR_SD * size) ** 2 + (between_sides * factor) ** 2)),
        shared_systematic_sd=shared,
    )


def _speed(walked: Walked, scale: float) -> Answer:
    """Return the sum of the stride lengths over the sum of the stride times, in body heights per second."""
    if walked.scene.ground == "treadmill":
        return Withheld(ON_A_TREADMILL)
    strides = walked.valid_strides
    strides = strides[strides["stride_length_bh"].notna()]
    if not len(strides):
        return Withheld("No stride was seen whole.")
    lengths, times = strides["stride_length_bh"].to_numpy(), strides["stride_time_s"].to_numpy()
    value = float(lengths.sum() / times.sum())
    each = mean_estimate(
        lengths / times, usual_sd=float(np.hypot(USUAL_LENGTH_CV, USUAL_STRIDE_CV)) * value, systematic_sd=value * scale
    )
    half = (each.high - each.low) / 2
    return Estimate(
        value=value, n=len(strides), sd=each.sd, se=each.se, df=each.df, low=value - half, high=value + half
    )
