"""Step length, stride length and speed."""

from __future__ import annotations

import numpy as np

from gait.analysis.intervals import Estimate, mean_estimate, scaled
from gait.analysis.lengths import HEEL_RISE_SD_BH, MOST_OFF_PLANE_DEG
from gait.analysis.metres import body_height_sd
from gait.analysis.walked import USUAL_STRIDE_CV, Outcome, Sided, Walked, Withheld, by_side, sided_means, withheld
from gait.types import FloatArray

NO_SCALE = "Metres need a scale: the body height (--height-m) or a known distance (--scale)."
FROM_THE_FRONT = "Lengths along the walk cannot be seen from the front."
ON_A_TREADMILL = "On a treadmill the speed is that of the belt: read it off the machine."
USUAL_LENGTH_CV = 0.04
"""Stride-to-stride variation of lengths that is usual, error of the joints included."""
ONE_ANKLE_AHEAD_SD_BH = 0.0085
"""By how much further forward a pose model puts one ankle than the other, always alike: 10 mm for each in an adult. It
makes one foot's steps longer and the other's shorter."""
NEAR_FAR_SD = 0.015
"""Share by which left and right lengths differ for no other reason than their distance from the camera."""


def length_measures(walked: Walked) -> dict[str, Sided]:
    """Return lengths in body heights (in metres where there is a scale) and speed."""
    reason = _no_lengths(walked)
    if reason:
        return {
            "step_length": withheld(reason),
            "stride_length": withheld(reason),
            "speed": withheld(reason, each=False),
            "speed_relative": withheld(reason, each=False),
        }
    in_bodies, scale = body_height_sd(walked.scene), walked.scale.relative_sd
    factor = walked.height_m or 1.0
    step = by_side(walked.valid_steps, "step_length_bh")
    stride = by_side(walked.valid_strides, "stride_length")
    two_steps = 0.0 if walked.floor.sees_ground else 2 * HEEL_RISE_SD_BH
    relative = _speed(walked, in_bodies)
    if walked.height_m is None:
        speed: Outcome = Withheld(walked.scale.reason or NO_SCALE)
    else:
        speed = _speed(walked, scale)
        speed = scaled(speed, walked.height_m) if isinstance(speed, Estimate) else speed
    return {
        "step_length": _sided_lengths(step, factor, scale, 0.0, ONE_ANKLE_AHEAD_SD_BH, "No step was seen whole."),
        "stride_length": _sided_lengths(stride, factor, scale, two_steps, 0.0, "No stride was seen whole."),
        "speed": {"both": speed},
        "speed_relative": {"both": relative},
    }


def _no_lengths(walked: Walked) -> str:
    if not walked.passes_seen("sagittal", "oblique"):
        return FROM_THE_FRONT
    angle = walked.scene.off_plane_deg
    if angle is not None and angle > MOST_OFF_PLANE_DEG and not walked.valid_steps["step_length_bh"].notna().any():
        return f"The walk is turned {angle:.0f} degrees off the picture plane: lengths need less than 30."
    return ""


def _sided_lengths(
    values: dict[str, FloatArray], factor: float, scale: float, extra: float, between_sides: float, reason: str
) -> Sided:
    every = np.concatenate(list(values.values()))
    if not len(every):
        return withheld(reason)
    size = float(np.mean(every)) * factor
    shared = float(np.hypot(scale * size, extra * factor))
    return sided_means(
        {side: v * factor for side, v in values.items()},
        reason,
        usual_sd=USUAL_LENGTH_CV * size,
        systematic_sd=float(np.sqrt(shared**2 + (NEAR_FAR_SD * size) ** 2 + (between_sides * factor) ** 2)),
        shared_systematic_sd=shared,
    )


def _speed(walked: Walked, scale: float) -> Outcome:
    """Return the sum of the stride lengths over the sum of the stride times, in body heights per second."""
    if walked.scene.ground == "treadmill":
        return Withheld(ON_A_TREADMILL)
    strides = walked.valid_strides
    strides = strides[strides["stride_length"].notna()]
    if not len(strides):
        return Withheld("No stride was seen whole.")
    lengths, times = strides["stride_length"].to_numpy(), strides["stride_time_s"].to_numpy()
    value = float(lengths.sum() / times.sum())
    extra = 0.0 if walked.floor.sees_ground else 2 * HEEL_RISE_SD_BH / float(lengths.mean())
    each = mean_estimate(
        lengths / times, usual_sd=float(np.hypot(USUAL_LENGTH_CV, USUAL_STRIDE_CV)) * value,
        systematic_sd=value * float(np.hypot(scale, extra)),
    )  # fmt: skip
    half = (each.high - each.low) / 2
    return Estimate(
        value=value, n=len(strides), sd=each.sd, se=each.se, df=each.df, low=value - half, high=value + half
    )
