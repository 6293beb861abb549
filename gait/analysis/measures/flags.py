"""What the reader must know before trusting the numbers, in plain sentences."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gait.analysis.body.posture import UNKNOWN_ROLL_SD_DEG
from gait.analysis.lengths.floor import AGREES, MOST_OFF_PLANE_DEG, ratio_of
from gait.analysis.measures.model_error import swing_knee
from gait.analysis.measures.walked import Walked
from gait.signals.clean import CleanPoses, Gap
from gait.skeleton import SIDES
from gait.text import mark, say_many
from gait.types import Flag, PoseSequence, Scene

FEWEST_STRIDES = 6
"""Of a side; means of fewer are said to be uncertain. A judgement: the interval says by how much."""
STRIDES_FOR_VARIABILITY = 50
"""So many make a variability reliable (Hollman 2010 asks for several hundred steps, Galna 2013 for 30 and more)."""
LOW_FPS, MODEST_FPS = 24.0, 45.0
"""Below the first a warning, below the second a note: the standard deviation of a single event grows with the interval
of the frames over the square root of 12, 12 ms at 24 a second and 6 at 45. A judgement."""
WARN_OFF_PLANE_DEG = 15.0
"""Beyond it lengths are shortened by more than 3 % (the cosine)."""
LOW_SCORE = 0.5
"""Median score of the points of the legs below which a warning is due. A judgement; scores differ between models."""
_LEG = ("hip", "knee", "ankle", "heel", "big_toe")
_REPORTED_GAP_S = 0.25
"""Shorter losses of a point are bridged or cost nothing (half a swing). A judgement."""

_SCENE = {
    "frontal_view": "Seen from the front or the back: foot offs, joint flexion and lengths along the walk cannot be "
    "measured.",
    "oblique_view": "The camera stands neither beside nor in front of the walk: angles and lengths are shortened "
    "and less certain.",
    "treadmill": "The person walks on a treadmill: timing holds, lengths are read off the two feet while both "
    "stand, and the speed is that of the belt.",
    "panning": "The camera follows the person: the motion of the background is taken off.",
    "ground_unknown": "How far the person came cannot be told: the camera moves along, or it is a treadmill. Timing "
    "holds, and lengths are read off the two feet while both stand.",
    "carried": "The background moves less than the ground under the feet: the camera was carried along. Lengths "
    "are read off the two feet while both stand.",
    "ankles_apart": "Heels and toes are not known: step lengths are those between the ankles at the strike, and 9 % "
    "for the trailing heel, which has risen.",
    "mixed_views": "The passes are seen from different sides: each measure uses those that show it.",
}


def scene_flags(scene: Scene) -> list[Flag]:
    """Say how the camera saw the walk, as far as it limits the numbers."""
    if not scene.walking:
        return [Flag(level="refusal", code="no_gait", message=scene.reason)]
    flags = []
    if scene.view == "frontal":
        flags.append(_info("frontal_view", _SCENE["frontal_view"]))
    if scene.view == "oblique":
        flags.append(_warning("oblique_view", _SCENE["oblique_view"]))
    angle = scene.off_plane_deg
    if scene.view != "frontal" and angle is not None and angle > WARN_OFF_PLANE_DEG:
        flags.append(_off_plane(angle, turns=scene.camera == "panning"))
    if scene.ground == "treadmill":
        flags.append(_info("treadmill", _SCENE["treadmill"]))
    if scene.ground == "unknown":
        flags.append(_warning("ground_unknown", _SCENE["ground_unknown"]))
    if scene.camera == "panning":
        flags.append(_info("panning", _SCENE["panning"]))
    flags.append(_roll_flag(scene))
    if len({p.direction for p in scene.passes}) > 1:
        n = len(scene.passes)
        flags.append(_info("turns", f"{n} passes in different directions: the steps of the turns are left out."))
    if len({p.view for p in scene.passes}) > 1:
        flags.append(_info("mixed_views", _SCENE["mixed_views"]))
    return flags


def _roll_flag(scene: Scene) -> Flag:
    if scene.roll is None:
        what = f"angles against the vertical (trunk lean, hip) may be off by some {UNKNOWN_ROLL_SD_DEG:.0f} degrees"
        return _info("roll_unknown", f"Whether the camera was level cannot be told from the picture: {what}.")
    roll = scene.roll
    way = mark("anticlockwise") if roll.deg > 0 else mark("clockwise")
    held = f"turned {abs(roll.deg):.1f} degrees {way}" if abs(roll.deg) > roll.sd_deg else mark("level")
    what = "angles against the vertical are taken from there"
    return _info(
        "roll",
        f"By what stands upright in the picture the camera was {held}, to {1.96 * roll.sd_deg:.0f} degree: {what}.",
    )


def _off_plane(angle_deg: float, *, turns: bool) -> Flag:
    lost = f"{100 * (1 - np.cos(np.radians(angle_deg))):.0f} %"
    if angle_deg > MOST_OFF_PLANE_DEG:
        what = f"lengths, which would be {lost} short, are withheld"
    else:
        what = f"lengths are corrected for the {lost} that this takes, with a wider interval"
    whose = "As the camera turns, the walk is on average" if turns else "The walk is turned"
    return _warning("off_plane", f"{whose} about {angle_deg:.0f} degrees off the picture plane: {what}.")


def pose_flags(poses: PoseSequence, clean: CleanPoses, scene: Scene) -> list[Flag]:
    """Say what is wrong with the joints: frame rate, scores, gaps, missing points."""
    if len(poses.time_s) < 2:
        return []
    # Where nobody walks the frame rate is no news, or is the reason.
    flags = _frame_rate_flags(1.0 / float(np.median(np.diff(poses.time_s)))) if scene.walking else []
    walking = _walking_frames(clean, scene)
    if not walking.any():
        return flags
    flags.extend(_score_flags(poses, walking))
    flags.extend(_gap_flags(clean, scene))
    names = [f"{side}_{point}" for side in SIDES for point in ("heel", "big_toe")]
    if not any(np.isfinite(clean.poses.point(name)).any() for name in names):
        message = "There are no heels and toes: foot contacts are taken from the ankles, and ankle angles are missing."
        flags.append(_warning("no_feet", message))
    return flags


def _frame_rate_flags(fps: float) -> list[Flag]:
    if fps < LOW_FPS:
        message = (
            f"Only {fps:.0f} frames per second: foot contacts are known to about {1000 / fps / 2:.0f} ms, and quick "
            "motion is lost."
        )
        return [_warning("low_frame_rate", message)]
    if fps < MODEST_FPS:
        message = (
            f"{fps:.0f} frames per second: means over many steps can be trusted more than single steps; variability "
            "and small asymmetries are near what it resolves."
        )
        return [_info("modest_frame_rate", message)]
    return []


def stride_flags(walked: Walked) -> list[Flag]:
    """Say whether there are enough strides, of both sides."""
    strides = walked.valid_strides
    n = len(strides)
    flags = []
    if n == 0:
        steps = len(walked.valid_steps)
        message = say_many(
            "Only %(n)s step and no whole stride: most measures are withheld.",
            "Only %(n)s steps and no whole stride: most measures are withheld.",
            steps,
        )
        flags.append(_warning("few_steps", message))
    elif n < FEWEST_STRIDES:
        message = say_many(
            "Only %(n)s stride: the means are rough; %(fewest)s or more are better.",
            "Only %(n)s strides: the means are rough; %(fewest)s or more are better.",
            n,
            fewest=FEWEST_STRIDES,
        )
        flags.append(_warning("few_steps", message))
    elif n < STRIDES_FOR_VARIABILITY:
        message = f"Variability rests on {n} strides; about {STRIDES_FOR_VARIABILITY} are needed to be sure of it."
        flags.append(_info("variability", message))
    for side in SIDES:
        if n and not (strides["side"] == side).any():
            message = f"No stride of the {side} leg was seen whole: left and right are not compared."
            flags.append(_warning("one_side", message))
    left_out = int((~walked.strides["valid"].astype(bool)).sum())
    if left_out:
        message = say_many(
            "%(n)s stride was left out; the table of strides says why.",
            "%(n)s strides were left out; the table of strides says why.",
            left_out,
        )
        flags.append(_info("strides_left_out", message))
    return flags + _how_lengths(walked) + _near_far(walked.scene) + _knees(walked)


def _knees(walked: Walked) -> list[Flag]:
    near, far = (swing_knee(walked.body.poses.model, is_near).missing_deg for is_near in (True, False))
    if not near or not walked.passes_seen("sagittal", "oblique"):
        return []
    message = (
        f"The pose model bends the knee too little in swing: {near:g} degrees were added to its peak there and to its "
        f"range of motion, {far:g} for a leg that is never the near one. Curves and strides are as they were seen."
    )
    return [_info("knee_range_corrected", message)]


def _how_lengths(walked: Walked) -> list[Flag]:
    """Say how lengths were found, where the ground did not show them."""
    lengths = walked.valid_steps[["by_ground_bh", "by_feet_bh"]].to_numpy(dtype=np.float64).T
    if walked.floor.rests or not np.isfinite(lengths[1]).any():
        return []
    flags = []
    if walked.scene.camera == "panning" and ratio_of(*lengths) < 1 - AGREES:
        flags.append(_info("carried", _SCENE["carried"]))
    if not walked.floor.sees_feet:
        flags.append(_info("ankles_apart", _SCENE["ankles_apart"]))
    return flags


def _near_far(scene: Scene) -> list[Flag]:
    """Say that one leg was the far one in all that was seen from the side."""
    far = scene.far_side
    if far is None or scene.view != "sagittal":
        return []
    near = "right" if far == "left" else "left"
    when = "all the time" if all(p.near_side for p in scene.passes) else "in all that is seen from the side"
    message = (
        f"The {near} side is toward the camera {when}: the {far} leg is the far one, partly hidden and less "
        "certain. A walk back would even this out."
    )
    return [_info("near_far", message)]


def _info(code: str, message: str) -> Flag:
    return Flag(level="info", code=code, message=message)


def _warning(code: str, message: str) -> Flag:
    return Flag(level="warning", code=code, message=message)


def _walking_frames(clean: CleanPoses, scene: Scene) -> npt.NDArray[np.bool_]:
    time = clean.poses.time_s
    walking = np.zeros(len(time), dtype=bool)
    for p in scene.passes:
        walking |= (time >= p.start_s) & (time <= p.end_s)
    return walking


def _score_flags(poses: PoseSequence, walking: npt.NDArray[np.bool_]) -> list[Flag]:
    low = []
    for side in SIDES:
        columns = [poses.keypoints.index(f"{side}_{p}") for p in _LEG if f"{side}_{p}" in poses.keypoints]
        scores = poses.score[walking][:, columns]
        scores = scores[:, (scores > 0).any(axis=0)]
        if scores.size and float(np.median(scores)) < LOW_SCORE:
            low.append(side)
    if not low:
        return []
    legs = "both legs" if len(low) == 2 else f"the {low[0]} leg"
    message = f"The pose model is unsure of {legs}: look at the overlay before trusting the numbers."
    return [_warning("low_score", message)]


def _gap_flags(clean: CleanPoses, scene: Scene) -> list[Flag]:
    """Name the stretches from the first to the last step in which a leg was not seen while the other one was."""
    flags: list[Flag] = []
    first, last = scene.passes[0].start_s, scene.passes[-1].end_s
    for side in SIDES:
        names = {f"{side}_{point}" for point in ("knee", "ankle", "heel")}
        other = "right" if side == "left" else "left"
        inside = sorted(
            (max(gap.start_s, first), min(gap.end_s, last))
            for gap in clean.gaps
            if gap.keypoint in names and min(gap.end_s, last) > max(gap.start_s, first) and _seen(clean, other, gap)
        )
        flags.extend(
            Flag(
                level="warning",
                code="gap",
                message=f"The {side} leg was not seen from {a:.2f} to {b:.2f} s: no foot contact is reported there.",
                start_s=a,
                end_s=b,
            )
            for a, b in _merged(inside)
            if b - a >= _REPORTED_GAP_S
        )
    return flags


def _seen(clean: CleanPoses, side: str, gap: Gap) -> bool:
    during = (clean.poses.time_s >= gap.start_s) & (clean.poses.time_s < gap.end_s)
    return bool(np.isfinite(clean.poses.point(f"{side}_ankle")[during]).mean() > 0.5) if during.any() else False


def _merged(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for a, b in spans:
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        else:
            merged.append((a, b))
    return merged
