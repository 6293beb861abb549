"""What the reader must know before trusting the numbers, in plain sentences."""

from __future__ import annotations

import numpy as np

from gait.analysis.lengths import MOST_OFF_PLANE_DEG
from gait.analysis.walked import Walked
from gait.signals.clean import CleanPoses
from gait.skeleton import SIDES
from gait.types import Flag, PoseSequence, Scene

FEWEST_STRIDES = 6
STRIDES_FOR_VARIABILITY = 50
LOW_FPS = 24.0
MODEST_FPS = 45.0
WARN_OFF_PLANE_DEG = 15.0
LOW_SCORE = 0.5
_LEG = ("hip", "knee", "ankle", "heel", "big_toe")
_REPORTED_GAP_S = 0.25


def scene_flags(scene: Scene) -> list[Flag]:
    """Say how the camera saw the walk, as far as it limits the numbers."""
    if not scene.walking:
        return [Flag(level="refusal", code="no_gait", message=scene.reason)]
    flags = []
    if scene.view == "frontal":
        flags.append(_info("frontal_view", "Seen from the front or the back: foot offs, joint flexion and lengths along "
                           "the walk cannot be measured."))  # fmt: skip
    if scene.view == "oblique":
        flags.append(_warning("oblique_view", "The camera stands neither beside nor before the walk: angles and lengths "
                              "are shortened and less certain."))  # fmt: skip
    angle = scene.off_plane_deg
    if scene.view != "frontal" and angle is not None and angle > WARN_OFF_PLANE_DEG:
        lost = 100 * (1 - np.cos(np.radians(angle)))
        what = (
            f"lengths, which would be {lost:.0f} % short, are withheld"
            if angle > MOST_OFF_PLANE_DEG
            else f"lengths are corrected for the {lost:.0f} % that this takes, with a wider interval"
        )
        flags.append(
            _warning("off_plane", f"The walk is turned about {angle:.0f} degrees off the picture plane: {what}.")
        )
    if scene.ground == "treadmill":
        flags.append(_info("treadmill", "The person walks on a treadmill: timing holds, lengths are from ankle to ankle, "
                           "and the speed is that of the belt."))  # fmt: skip
    if scene.camera == "panning":
        flags.append(_info("panning", "The camera follows the person: its motion was taken off by the background."))
    if scene.ground == "unknown":
        flags.append(_warning("ground_unknown", "It cannot be told whether the person walks on a treadmill or the camera "
                              "moves along: timing holds, lengths are from ankle to ankle."))  # fmt: skip
    if len({p.direction for p in scene.passes}) > 1:
        flags.append(_info("turns", f"{len(scene.passes)} passes in different directions: the steps of the turns between "
                           "them are left out."))  # fmt: skip
    if len({p.view for p in scene.passes}) > 1:
        flags.append(_info("mixed_views", "The passes are seen from different sides: each measure uses those that show it."))
    return flags


def pose_flags(poses: PoseSequence, clean: CleanPoses, scene: Scene) -> list[Flag]:
    """Say what is wrong with the joints: frame rate, scores, gaps, missing points."""
    flags: list[Flag] = []
    time = poses.time_s
    if len(time) < 2:
        return flags
    fps = 1.0 / float(np.median(np.diff(time)))
    if fps < LOW_FPS:
        flags.append(_warning("low_frame_rate", f"Only {fps:.0f} frames per second: foot contacts are known to "
                              f"about {1000 / fps / 2:.0f} ms, and quick motion is lost."))  # fmt: skip
    elif fps < MODEST_FPS:
        flags.append(_info("modest_frame_rate", f"{fps:.0f} frames per second: means over many steps can be trusted more "
                           "than single steps; variability and small asymmetries are near what it resolves."))  # fmt: skip
    walking = _walking_frames(clean, scene)
    if not walking.any():
        return flags
    flags.extend(_score_flags(poses, walking))
    flags.extend(_gap_flags(clean, scene))
    names = [f"{side}_{point}" for side in SIDES for point in ("heel", "big_toe")]
    if not any(np.isfinite(clean.poses.point(name)).any() for name in names):
        flags.append(_warning("no_feet", "There are no heels and toes: foot contacts are taken from the ankles, and ankle "
                              "angles are missing."))  # fmt: skip
    return flags


def stride_flags(walked: Walked) -> list[Flag]:
    """Say whether there are enough strides, of both sides."""
    flags = []
    strides = walked.valid_strides
    n = len(strides)
    counts = {side: int((strides["side"] == side).sum()) for side in SIDES}
    if n == 0:
        flags.append(_warning("few_steps", f"Only {len(walked.valid_steps)} steps and no whole stride were seen: most "
                              "measures are withheld."))  # fmt: skip
    elif n < FEWEST_STRIDES:
        flags.append(_warning("few_steps", f"Only {n} stride{'s' if n > 1 else ''}: the means are rough; "
                              f"{FEWEST_STRIDES} or more are better."))  # fmt: skip
    for side in SIDES:
        if n and counts[side] == 0:
            flags.append(_warning("one_side", f"No stride of the {side} leg was seen whole: left and right are not compared."))
    if FEWEST_STRIDES <= n < STRIDES_FOR_VARIABILITY:
        flags.append(_info("variability", f"Variability rests on {n} strides; about {STRIDES_FOR_VARIABILITY} are needed "
                           "to be sure of it."))  # fmt: skip
    left_out = int((~walked.strides["valid"].astype(bool)).sum())
    if left_out:
        flags.append(_info("strides_left_out", f"{left_out} stride{'s were' if left_out > 1 else ' was'} left out; "
                           "the table of strides says why."))  # fmt: skip
    sides = {p.near_side for p in walked.scene.passes if p.near_side}
    if len(sides) == 1 and walked.scene.view == "sagittal":
        near = sides.pop()
        far = "right" if near == "left" else "left"
        flags.append(_info("near_far", f"The {near} side is toward the camera all the time: the {far} leg is the far one, "
                           "partly hidden and less certain. A walk back would even this out."))  # fmt: skip
    return flags


def _info(code: str, message: str) -> Flag:
    return Flag(level="info", code=code, message=message)


def _warning(code: str, message: str) -> Flag:
    return Flag(level="warning", code=code, message=message)


def _walking_frames(clean: CleanPoses, scene: Scene) -> np.ndarray:  # type: ignore[type-arg]
    time = clean.poses.time_s
    walking = np.zeros(len(time), dtype=bool)
    for p in scene.passes:
        walking |= (time >= p.start_s) & (time <= p.end_s)
    return walking


def _score_flags(poses: PoseSequence, walking: np.ndarray) -> list[Flag]:  # type: ignore[type-arg]
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
    return [_warning("low_score", f"The pose model is unsure of {legs}: look at the overlay before trusting the numbers.")]


def _gap_flags(clean: CleanPoses, scene: Scene) -> list[Flag]:
    """Name the stretches of walking in which a leg was not seen; overlapping gaps of its points are one."""
    flags = []
    for side in SIDES:
        inside = sorted(
            (max(g.start_s, p.start_s), min(g.end_s, p.end_s))
            for g in clean.gaps
            for p in scene.passes
            if g.keypoint in (f"{side}_knee", f"{side}_ankle", f"{side}_heel") and min(g.end_s, p.end_s) > max(g.start_s, p.start_s)
        )  # fmt: skip
        merged: list[tuple[float, float]] = []
        for a, b in inside:
            if merged and a <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
            else:
                merged.append((a, b))
        flags.extend(
            Flag(
                level="warning",
                code="gap",
                message=f"The {side} leg was not seen from {a:.2f} to {b:.2f} s: no foot contact is reported there.",
                start_s=a,
                end_s=b,
            )
            for a, b in merged
            if b - a >= _REPORTED_GAP_S
        )
    return flags
