"""Ranges of joint motion, trunk, head and arms, measured stride by stride."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from gait.analysis.body.posture import roll_sd_deg
from gait.analysis.measures.cycles import PERCENT
from gait.analysis.measures.intervals import Estimate, average, mean_estimate
from gait.analysis.measures.key_angles import key_angles
from gait.analysis.measures.model_error import swing_knee
from gait.analysis.measures.walked import Answer, Sided, Walked, Withheld, by_side, one_side, sided_means, withheld
from gait.skeleton import SIDES
from gait.types import Direction, FloatArray

FROM_THE_FRONT = "Joint flexion cannot be seen from the front."
ARMS_FROM_THE_FRONT = "Arm swing along the walk cannot be seen from the front."
NOT_FROM_THE_SIDE = "Lean forward or backward needs a view from the side."
NOT_FROM_THE_FRONT = "Lean to a side needs a view from the front or from behind."
NO_TRUNK = "No stride in which shoulders and hips were seen."
STEP_WIDTH_VIEW = "It needs another view, from the front or from behind, and is not measured from there yet."
FOOT_ANGLE_VIEW = "It needs another view, from above, or several cameras."
MOST_OFF_PLANE_DEG = 45.0
"""Joint ranges are withheld beyond this angle between the walk and the picture plane."""

RANGE_SYSTEMATIC_SD_DEG = {"hip": 3.2, "ankle": 6.0}
"""Error of a range of motion that every stride of a recording shares; for the knee see `model_error`.

Curves from one camera, less their offset, differ from marker-based ones by 2.4 and 4.0 degrees at hip and ankle (root
mean square; myogait 0.8.9, lateral view, n = 9; with the offset Stenum et al. 2021 give 4.0 and 7.4), and both ends of
a range carry that error. Simulated walkers whose joints a pose model puts a little beside their place agree; the ankles
of rendered ones, seen by BlazePose, differ by 6 degrees from leg to leg.
"""
USUAL_RANGE_SD_DEG = {"hip": 2.0, "knee": 2.5, "ankle": 3.0}
"""From stride to stride."""
KEY_ANGLE_SYSTEMATIC_SD: dict[str, tuple[float, float]] = {
    "hip_terminal_stance": (2.0, 3.5),
    "knee_contact": (3.0, 3.0),
    "knee_loading": (5.0, 4.5),
    "knee_swing": (3.0, 3.0),
    "knee_swing_time": (2.0, 2.0),
    "ankle_contact": (4.0, 4.0),
    "ankle_dorsiflexion": (4.5, 5.0),
    "ankle_push_off": (5.0, 7.0),
}
"""Error of a key angle that every stride of a recording shares, its offset included, of the near and of the far leg.

Degrees; percent of the cycle for the time. Root mean square over the sample videos and 23 more rendered walkers, no two
alike, as BlazePose sees them; at the knee in swing what `model_error` says comes on top, as for the range. With the
joint centres and markers of a laboratory in its place hip and knee are right to 1.4 degrees, and the ankle, whose zero
is another, to 4 (benchmarks/angles.py prints both).
"""
USUAL_PEAK_SD_PCT = 1.5
"""Of the time of the peak in swing, from stride to stride."""
LEAN_SYSTEMATIC_SD_DEG = {"sagittal": 2.8, "frontal": 1.1}
"""Hip and shoulder points off the middle of the body, the same in every stride; the camera's roll comes on top.

On rendered walkers, whose joints are known, BlazePose's trunk is off by 0.7 degrees from the side (15 passes) and 0.5
from the front (4): a lower bound, since no clothes hang there. From the side a pose model can place either end some 2
cm too far forward or back, of a trunk of 50 cm; from the front left and right even each other out: a judgement.
"""
USUAL_LEAN_SD_DEG = 0.8
"""Of the mean lean from stride to stride. A judgement; it weighs like three strides (`PRIOR_STRIDES`)."""
_FEWEST_ROWS, _LEAST_KNOWN = 5, 0.9
"""Samples, and their share, that must be known of a signal within a stride."""
_USUAL_CV = {"sway": 0.3, "lean range": 0.25, "head sway": 0.3, "arm swing": 0.15}
"""Stride-to-stride variation that is usual, as a share of the mean. Judgements; they weigh like three strides."""
_JOINT_NOISE, _ARM_NOISE = 0.1, 0.05
"""Error of a sway, and of a swing of an arm, from the noise of the joints, as a share. Judgements."""


def motion_measures(walked: Walked) -> dict[str, Sided]:
    """Return joint ranges, trunk, head and arm measures."""
    return {
        **{f"{joint}_rom": _joint_range(walked, joint) for joint in USUAL_RANGE_SD_DEG},
        **_key_angles(walked),
        "step_width": withheld(STEP_WIDTH_VIEW, each=False),
        "foot_progression": withheld(FOOT_ANGLE_VIEW),
        **_trunk(walked),
        "head_sway": {"both": _head_sway(walked)},
        "arm_swing": _arm_swing(walked),
    }


def _flexion_unseen(walked: Walked) -> str:
    """Return why the flexion of joints cannot be seen from here; empty where it can."""
    if not walked.passes_seen("sagittal", "oblique"):
        return FROM_THE_FRONT
    angle = walked.scene.off_plane_deg or 0.0
    too_far = f"The walk is turned {angle:.0f} degrees off the picture plane: joint flexion needs less than 45."
    return too_far if angle > MOST_OFF_PLANE_DEG else ""


def _joint_range(walked: Walked, joint: str) -> Sided:
    reason = _flexion_unseen(walked)
    if reason:
        return withheld(reason)
    angle = walked.scene.off_plane_deg or 0.0
    values = by_side(walked.valid_strides, f"{joint}_rom_deg")
    if joint == "ankle" and not any(walked.signals[f"{s}_ankle_deg"].notna().any() for s in SIDES):
        return withheld("The foot was not found: its heel and toes are needed.")
    # A slanted view takes up to 1 - cos of a range.
    every = np.concatenate(list(values.values()))
    slant = (1 - np.cos(np.radians(angle))) * float(np.mean(every)) / 2 if len(every) else 0.0
    unseen = f"No stride in which the {joint} was seen all the time."
    if joint == "knee":
        return _knee_range(walked, slant, unseen)
    return sided_means(
        values,
        unseen,
        usual_sd=USUAL_RANGE_SD_DEG[joint],
        systematic_sd=float(np.hypot(RANGE_SYSTEMATIC_SD_DEG[joint], slant)),
    )


def _key_angles(walked: Walked) -> dict[str, Sided]:
    reason = _flexion_unseen(walked)
    if reason:
        return {name: withheld(reason) for name in KEY_ANGLE_SYSTEMATIC_SD}
    slant = 1 - np.cos(np.radians(walked.scene.off_plane_deg or 0.0))
    found: dict[str, dict[str, FloatArray]] = {}
    far_share, swing = {}, {}
    for side in SIDES:
        curves = [_curves_of(walked, side, f"{joint}_deg") for joint in ("hip", "knee", "ankle")]
        near = _is_near(walked, walked.valid_strides[walked.valid_strides["side"] == side])
        swing[side] = swing_knee(walked.body.poses.model, bool(near.any()))
        angles = key_angles(*curves)
        bend = angles["knee_swing"][near] if near.any() else angles["knee_swing"]
        angles["knee_swing"] = bend + swing[side].missing_deg
        found[side] = {name: v[np.isfinite(v)] for name, v in angles.items()}
        far_share[side] = float((~near).mean()) if len(near) else 0.0
    table = {}
    for name, (near_sd, far_sd) in KEY_ANGLE_SYSTEMATIC_SD.items():
        joint, values = name.split("_")[0], {side: found[side][name] for side in SIDES}
        every = np.concatenate(list(values.values()))
        # A slanted view takes up to 1 - cos of an angle.
        slanted = 0.0 if name == "knee_swing_time" or not len(every) else slant * float(np.abs(every).mean()) / 2
        if joint == "hip":
            slanted = float(np.hypot(slanted, roll_sd_deg(walked.scene.roll)))
        own = {side: near_sd + share * (far_sd - near_sd) for side, share in far_share.items()}
        if name == "knee_swing":
            own = {side: float(np.hypot(sd, swing[side].sd_deg)) for side, sd in own.items()}
        table[name] = sided_means(
            values,
            f"No stride in which the {joint} was seen all the time.",
            usual_sd=USUAL_PEAK_SD_PCT if name == "knee_swing_time" else USUAL_RANGE_SD_DEG[joint],
            systematic_sd={side: float(np.hypot(sd, slanted)) for side, sd in own.items()},
        )
    for side, error in swing.items():
        outcome = table["knee_swing"][side]
        if isinstance(outcome, Estimate):
            table["knee_swing"][side] = replace(outcome, note=_of_knee(far_share[side] == 1, error.missing_deg))
    return table


def _is_near(walked: Walked, strides: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return for each stride whether its leg was the one toward the camera (N,)."""
    near_side = {walk.number: walk.near_side for walk in walked.scene.passes}
    return np.asarray(strides["side"].to_numpy() == strides["pass_number"].map(near_side).to_numpy(), dtype=np.bool_)


def _curves_of(walked: Walked, side: str, name: str) -> FloatArray:
    """Return one curve of every stride of a side that counts, (N, 101)."""
    mine = walked.cycles.loc[walked.cycles["side"] == side, name]
    return mine.to_numpy(dtype=np.float64).reshape(-1, len(PERCENT))


def _knee_range(walked: Walked, slant_sd: float, unseen: str) -> Sided:
    """Return the range of each knee from the passes in which it is the near one, of the far one where it never is.

    What the pose model is known to lack is added.
    """
    strides = walked.valid_strides[walked.valid_strides["knee_rom_deg"].notna()]
    is_near = _is_near(walked, strides)
    sides, systematic = {}, []
    for side in SIDES:
        mine = strides["side"].to_numpy() == side
        is_far = not (mine & is_near).any()
        error = swing_knee(walked.body.poses.model, not is_far)
        systematic.append(float(np.hypot(error.sd_deg, slant_sd)))
        estimate = mean_estimate(
            strides.loc[mine if is_far else mine & is_near, "knee_rom_deg"] + error.missing_deg,
            usual_sd=USUAL_RANGE_SD_DEG["knee"],
            systematic_sd=systematic[-1],
        )
        sides[side] = replace(estimate, note=_of_knee(is_far, error.missing_deg))
    both = average(sides["left"], sides["right"], float(np.mean(systematic)))
    return {side: e if e.n else Withheld(unseen) for side, e in {**sides, "both": both}.items()}


def _of_knee(is_far: bool, missing_deg: float) -> str:
    added = f"{missing_deg:g} degrees were added, which the pose model bends it too little." if missing_deg else ""
    if is_far and added:
        return f"The far leg, partly hidden: {added}"
    return "The far leg, partly hidden and less certain." if is_far else added


def stride_values(walked: Walked, name: str, strides: pd.DataFrame) -> list[FloatArray]:
    """Return a signal within each of the strides; those in which more than a tenth of it is unknown are left out."""
    time, values = walked.signals["time_s"].to_numpy(), walked.signals[name].to_numpy()
    parts = []
    for start, end in zip(strides["start_s"], strides["end_s"], strict=True):
        part = values[(time >= start) & (time < end)]
        if len(part) > _FEWEST_ROWS and np.isfinite(part).mean() >= _LEAST_KNOWN:
            parts.append(part[np.isfinite(part)])
    return parts


def _seen_along(walked: Walked, *directions: Direction) -> pd.DataFrame:
    numbers = [walk.number for walk in walked.scene.passes if walk.direction in directions]
    return walked.valid_strides[walked.valid_strides["pass_number"].isin(numbers)]


def _of_main_view(walked: Walked) -> pd.DataFrame:
    numbers = walked.passes_seen(walked.scene.view) if walked.scene.view else []
    return one_side(walked.valid_strides[walked.valid_strides["pass_number"].isin(numbers)])


def _trunk(walked: Walked) -> dict[str, Sided]:
    strides = _of_main_view(walked)
    parts = stride_values(walked, "trunk_lean_deg", strides)
    lean = {
        "trunk_lean_forward": {"both": _lean(walked, ("left", "right"), NOT_FROM_THE_SIDE)},
        "trunk_lean_sideways": {"both": _lean(walked, ("toward", "away"), NOT_FROM_THE_FRONT)},
    }
    if not parts:
        return lean | {name: withheld(NO_TRUNK, each=False) for name in ("trunk_sway", "trunk_lean_range")}
    return lean | {
        "trunk_sway": {"both": _positive(_rms_about_mean(walked, "trunk_lean_deg", strides), _USUAL_CV["sway"])},
        "trunk_lean_range": {"both": _positive([float(np.ptp(p)) for p in parts], _USUAL_CV["lean range"])},
    }


def _lean(walked: Walked, directions: tuple[Direction, Direction], not_seen: str) -> Answer:
    """Return the mean lean over the strides of the passes in these directions: from the side it is another lean."""
    strides = one_side(_seen_along(walked, *directions))
    if not len(strides):
        return Withheld(not_seen if len(walked.valid_strides) else NO_TRUNK)
    parts = stride_values(walked, "trunk_lean_deg", strides)
    if not parts:
        return Withheld(NO_TRUNK)
    view = "sagittal" if "right" in directions else "frontal"
    systematic = float(np.hypot(LEAN_SYSTEMATIC_SD_DEG[view], roll_sd_deg(walked.scene.roll)))
    return mean_estimate([float(p.mean()) for p in parts], usual_sd=USUAL_LEAN_SD_DEG, systematic_sd=systematic)


def _rms_about_mean(walked: Walked, name: str, strides: pd.DataFrame) -> list[float]:
    """Return, for each stride, the root mean square of a signal about its mean over the pass."""
    sways: list[float] = []
    for _, mine in strides.groupby("pass_number"):
        parts = stride_values(walked, name, mine)
        if parts:
            mean = float(np.concatenate(parts).mean())
            sways.extend(float(np.sqrt(np.mean((part - mean) ** 2))) for part in parts)
    return sways


def _positive(values: list[float], usual_cv: float) -> Answer:
    """Return the mean of values that cannot be negative, with an error from the noise of the joints."""
    mean = float(np.mean(values))
    return mean_estimate(values, usual_sd=usual_cv * mean, systematic_sd=_JOINT_NOISE * mean)


def _head_sway(walked: Walked) -> Answer:
    sways = _rms_about_mean(walked, "head_sway_trunk", _of_main_view(walked))
    return (
        _positive(sways, _USUAL_CV["head sway"]) if sways else Withheld("No stride in which nose and hips were seen.")
    )


def _arm_swing(walked: Walked) -> Sided:
    lateral = walked.passes_seen("sagittal", "oblique")
    if not lateral:
        return withheld(ARMS_FROM_THE_FRONT)
    strides = walked.valid_strides[walked.valid_strides["pass_number"].isin(lateral)]
    values: dict[str, FloatArray] = {
        side: np.array(
            [np.ptp(p) for p in stride_values(walked, f"{side}_wrist_swing", strides[strides["side"] == side])]
        )
        for side in SIDES
    }
    every = np.concatenate(list(values.values()))
    size = float(np.mean(every)) if len(every) else 0.0
    return sided_means(
        values,
        "No stride in which the wrist was seen all the time.",
        usual_sd=_USUAL_CV["arm swing"] * size,
        systematic_sd=_ARM_NOISE * size,
    )
