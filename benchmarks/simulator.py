"""A walker made of keypoints, whose every strike, length and angle is known.

The feet come first: strikes are planned in time and on the floor, a foot is fixed to the floor while it is loaded
(rolling over heel and toe), and swings forward smoothly in between. The pelvis follows the feet, knees come from the
two-link leg, trunk, head and arms ride on the pelvis. A pinhole camera then looks at it. Lengths inside are metres,
x and y on the floor, z up; angles degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from benchmarks.simulated_body import RATE_HZ, Array, Body, Footfall, Walker, move_body
from gait.skeleton import INDEX, KEYPOINTS, LEG, SIDES
from gait.types import PoseSequence

NEAR_S = 0.3
"""How long before and after the clip events are listed as unseen."""
LEAD_S = 2.5
"""Walking before and after the clip, so that it begins and ends in full stride."""

PATTERNS: dict[str, Walker] = {
    "usual": Walker(),
    "slow": Walker(
        cadence=85.0, step_length_bh=(0.30, 0.30), stance=(0.66, 0.66), heel_strike_pitch_deg=(15.0, 15.0),
        foot_off_pitch_deg=(42.0, 42.0),
    ),
    "fast": Walker(cadence=130.0, step_length_bh=(0.48, 0.48), stance=(0.58, 0.58)),
    "shuffling": Walker(
        cadence=118.0, step_length_bh=(0.15, 0.15), stance=(0.70, 0.70), heel_strike_pitch_deg=(2.0, 2.0),
        foot_off_pitch_deg=(25.0, 25.0), clearance_m=(0.008, 0.008), crouch_m=0.03, forward_lean_deg=12.0,
        arm_swing_deg=(5.0, 5.0),
    ),
    "hemiparetic": Walker(
        cadence=80.0, step_length_bh=(0.28, 0.22), step_time_share=0.44, stance=(0.72, 0.60),
        heel_strike_pitch_deg=(15.0, 0.0), foot_off_pitch_deg=(45.0, 25.0), right_lean_deg=-4.0, trunk_sway_deg=4.0,
        arm_swing_deg=(18.0, 3.0),
    ),
    "antalgic": Walker(
        cadence=95.0, step_length_bh=(0.30, 0.36), step_time_share=0.43, stance=(0.68, 0.58), right_lean_deg=3.0
    ),
    "stiff knee": Walker(
        cadence=96.0, step_length_bh=(0.34, 0.34), stance=(0.64, 0.60), foot_off_pitch_deg=(55.0, 22.0),
        clearance_m=(0.02, 0.005),
    ),
    "toe walking": Walker(
        cadence=115.0, step_length_bh=(0.34, 0.34), stance=(0.60, 0.60), heel_strike_pitch_deg=(-20.0, -20.0),
        foot_off_pitch_deg=(55.0, 55.0),
    ),
    # In the left hand, for the right leg; it lands with that leg.
    "cane": Walker(
        cadence=70.0, step_length_bh=(0.22, 0.27), step_time_share=0.45, stance=(0.74, 0.66),
        heel_strike_pitch_deg=(12.0, 8.0), foot_off_pitch_deg=(40.0, 40.0), forward_lean_deg=6.0, right_lean_deg=-3.0,
        arm_swing_deg=(8.0, 14.0),
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Recording:
    """How and where the walk is filmed."""

    duration_s: float = 6.0
    direction: Literal["right", "left", "toward", "away"] = "right"
    off_plane_deg: float = 0.0
    """Turn of the path toward the camera."""
    steps_per_pass: int | None = None
    """Turn back after so many steps; never when None."""
    turn_steps: int = 5
    stand_before_s: float = 0.0
    stand_after_s: float = 0.0
    ground: Literal["overground", "treadmill"] = "overground"
    panning: bool = False
    fps: float = 30.0
    phase: float = 0.0
    """Of the first frame, as a share of a frame."""
    noise_px: float = 1.0
    dropout: float = 0.0
    """Share of the frames in which a given point is lost, three frames at a time."""
    swaps_s: tuple[tuple[float, float], ...] = ()
    """Stretches in which the legs carry each other's names."""
    distance_m: float = 7.0
    camera_height_m: float = 1.0
    roll_deg: float = 0.0
    """Clockwise turn of the camera: the horizon drops to the left."""
    width_px: int = 1920
    height_px: int = 1080
    focal_widths: float = 1.0
    """Focal length in picture widths."""
    background_known: bool = True


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What the camera should have found.

    Attributes
    ----------
    events : DataFrame
        time_s, side, kind, pass_number (0 in a turn).
    unseen : DataFrame
        The same of the events shortly before and after the clip.
    steps : DataFrame
        One row per step inside the clip: time_s of the strike, side, step_time_s, step_length_bh (from footprint to
        footprint), ankles_apart_bh (along the walk, at the strike), pass_number.
    signals : DataFrame
        By frame: hip, knee and ankle angle of each side in the walker's own sagittal plane, lean.
    passes : DataFrame
        number, start_s, end_s, direction.
    walker, recording
        What it was made from.
    """

    events: pd.DataFrame
    unseen: pd.DataFrame
    steps: pd.DataFrame
    signals: pd.DataFrame
    passes: pd.DataFrame
    walker: Walker
    recording: Recording

    @property
    def step_time_s(self) -> dict[str, float]:
        stride = 120.0 / self.walker.cadence
        return {"left": stride * self.walker.step_time_share, "right": stride * (1 - self.walker.step_time_share)}

    @property
    def double_support_pct(self) -> float:
        return 100.0 * (sum(self.walker.stance) - 1.0)


def simulate_walk(
    walker: Walker | None = None, recording: Recording | None = None, *, seed: int = 0
) -> tuple[PoseSequence, Truth]:
    """Film a walk; the same seed gives the same walk."""
    walker, recording = walker or Walker(), recording or Recording()
    rng = np.random.default_rng(seed)
    falls = _plan(walker, recording, rng)
    time = np.arange(0.0, recording.duration_s, 1.0 / RATE_HZ)
    body = move_body(walker, falls, time)
    seen = (np.arange(int(recording.duration_s * recording.fps)) + recording.phase) / recording.fps
    seen = seen[seen <= time[-1]]
    points = {
        name: np.stack([np.interp(seen, time, p[:, i]) for i in range(3)], axis=1) for name, p in body.points.items()
    }
    poses = _film(recording, seen, points, rng)
    return poses, _truth(walker, recording, falls, seen, points, body, time)


# --- where and when the feet land -----------------------------------------------------------------------------------


def _plan(walker: Walker, recording: Recording, rng: np.random.Generator) -> list[Footfall]:
    """Plan every footfall: two standing ones when the clip starts at rest, else walking from before the clip."""
    height, stride = walker.height_m, 120.0 / walker.cadence
    mean_step = {"left": stride * walker.step_time_share, "right": stride * (1 - walker.step_time_share)}
    length = dict(zip(SIDES, walker.step_length_bh, strict=True))
    stance = dict(zip(SIDES, walker.stance, strict=True))
    first = "left" if rng.random() < 0.5 else "right"
    standing = recording.stand_before_s > 0
    time = recording.stand_before_s if standing else -LEAD_S + rng.random() * stride
    if not standing and time > -1.2 * stride:  # Slow: both feet are to have landed before the clip.
        time -= stride
    stop = recording.duration_s + max(LEAD_S, 1.5 * stride)
    if recording.stand_after_s:
        stop = recording.duration_s - recording.stand_after_s
    heading, centre, pass_number, in_pass, turning = 0.0, np.zeros(2), 1, 0, 0
    turn_sign = 1.0
    rows: list[tuple[str, float, Array, float, int, float, float]] = []
    other = {"left": "right", "right": "left"}
    half = walker.step_width_bh * height / 2

    def place(side: str) -> Array:
        left = np.array([-np.sin(heading), np.cos(heading)])
        return np.asarray(centre + (half if side == "left" else -half) * left)

    if standing:
        rows += [(side, -np.inf, place(side), heading, 0, np.nan, np.nan) for side in (other[first], first)][::-1]
    side, lead = first, not standing
    while True:
        step_s = mean_step[side] + walker.step_time_sd_s * rng.standard_normal()
        step_m = height * (length[side] + walker.step_length_sd_bh * rng.standard_normal())
        if time + step_s > stop:
            break
        counted = time + step_s > 0 or not lead
        if turning:
            heading += turn_sign * np.pi / recording.turn_steps
            step_m *= 0.3
            turning -= 1
            number = 0
            if turning == 0:
                pass_number, in_pass, turn_sign = pass_number + 1, 0, -turn_sign
        else:
            number = pass_number
            in_pass += counted
            if recording.steps_per_pass and in_pass >= recording.steps_per_pass:
                turning = recording.turn_steps
        time += step_s
        centre = centre + step_m * np.array([np.cos(heading), np.sin(heading)])
        rows.append((side, time, place(side), heading, number, step_s, step_m))
        side = other[side]
    if recording.stand_after_s:  # The trailing foot comes up beside the other one.
        rows.append((side, time + mean_step[side], place(side), heading, 0, mean_step[side], 0.0))
    falls = []
    for i, (side, strike, xy, angle, number, step_s, step_m) in enumerate(rows):
        following = next((r[1] for r in rows[i + 1 :] if r[0] == side), None)
        if following is None:
            off = np.inf if recording.stand_after_s else strike + stance[side] * stride
        else:
            off = following - (1 - stance[side]) * (following - strike if np.isfinite(strike) else stride)
        falls.append(Footfall(side, strike, off, xy, angle, number, step_s, step_m))
    return falls


# --- the camera -----------------------------------------------------------------------------------------------------


def _film(recording: Recording, time: Array, points: dict[str, Array], rng: np.random.Generator) -> PoseSequence:
    """Look at the walk through a pinhole camera that faces the middle of the path."""
    world = np.stack([points[name] for name in KEYPOINTS], axis=1)
    pelvis = (world[:, INDEX["left_hip"]] + world[:, INDEX["right_hip"]]) / 2
    if recording.ground == "treadmill":
        drift = np.stack([np.polyval(np.polyfit(time, pelvis[:, i], 1), time) for i in range(2)], axis=1)
        world = world.copy()
        world[:, :, :2] -= drift[:, None]
        pelvis = np.column_stack([pelvis[:, :2] - drift, pelvis[:, 2]])
    yaw = {"right": 0.0, "left": np.pi, "toward": -np.pi / 2, "away": np.pi / 2}[recording.direction]
    # Turned toward the camera whichever way the walk goes.
    yaw += np.deg2rad(recording.off_plane_deg) * {"right": -1, "left": 1, "toward": 1, "away": -1}[recording.direction]
    turn = np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])
    middle = (pelvis[:, :2].min(0) + pelvis[:, :2].max(0)) / 2
    flat = (world[:, :, :2] - middle) @ turn.T
    # Image right is world x, depth is world y: the camera stands at negative y and looks along +y.
    depth = flat[:, :, 1] + recording.distance_m
    focal = recording.focal_widths * recording.width_px
    xy = np.stack(
        [
            recording.width_px / 2 + focal * flat[:, :, 0] / depth,
            recording.height_px / 2 - focal * (world[:, :, 2] - recording.camera_height_m) / depth,
        ],
        axis=2,
    )
    centre, roll = np.array([recording.width_px, recording.height_px]) / 2, np.deg2rad(recording.roll_deg)
    xy = centre + (xy - centre) @ np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    background = np.zeros((len(time), 2))
    if recording.panning:
        hips = (xy[:, INDEX["left_hip"], 0] + xy[:, INDEX["right_hip"], 0]) / 2
        pan = gaussian_filter1d(hips, 0.3 * recording.fps, mode="nearest") - recording.width_px / 2
        xy[:, :, 0] -= pan[:, None]
        background[:, 0] = pan[0] - pan
    for start, end in recording.swaps_s:
        during = np.flatnonzero((time >= start) & (time < end))
        left, right = ([INDEX[f"{side}_{name}"] for name in LEG] for side in SIDES)
        xy[np.ix_(during, left + right)] = xy[np.ix_(during, right + left)]
    xy += recording.noise_px * rng.standard_normal(xy.shape)
    score = np.clip(0.92 + 0.03 * rng.standard_normal(xy.shape[:2]), 0, 1)
    outside = (depth < 0.5) | (xy < 0).any(2) | (xy > [recording.width_px, recording.height_px]).any(2)
    begins = rng.random(score.shape) < recording.dropout / 3
    lost = outside | begins | np.roll(begins, 1, 0) | np.roll(begins, 2, 0)
    xy[lost], score[lost] = np.nan, 0.0
    return PoseSequence(
        time_s=time - time[0],
        frame=np.arange(len(time), dtype=np.int64),
        xy_px=xy.astype(np.float32),
        score=score.astype(np.float32),
        model="simulated",
        width_px=recording.width_px,
        height_px=recording.height_px,
        background_xy_px=background if recording.background_known else None,
    )


# --- what was true --------------------------------------------------------------------------------------------------


def _truth(
    walker: Walker,
    recording: Recording,
    falls: list[Footfall],
    time: Array,
    points: dict[str, Array],
    body: Body,
    body_time: Array,
) -> Truth:
    zero, end = time[0], time[-1]
    events = [
        {"time_s": t - zero, "side": f.side, "kind": kind, "pass_number": f.pass_number}
        for f in falls
        for kind, t in (("strike", f.strike_s), ("off", f.off_s))
        if zero - NEAR_S <= t <= end + NEAR_S
    ]
    steps = [
        {
            "time_s": f.strike_s - zero,
            "side": f.side,
            "step_time_s": f.step_time_s,
            "step_length_bh": f.step_length_m / walker.height_m,
            "pass_number": f.pass_number,
        }
        for f in falls
        if zero + f.step_time_s <= f.strike_s <= end
    ]
    heading = np.interp(time, body_time, body.heading)
    apart = np.abs(np.sum((points["left_ankle"] - points["right_ankle"])[:, :2] * np.column_stack(
        [np.cos(heading), np.sin(heading)]), axis=1)) / walker.height_m  # fmt: skip
    for step in steps:
        step["ankles_apart_bh"] = float(np.interp(float(step["time_s"]) + zero, time, apart))  # type: ignore[arg-type]
    forward = np.stack([np.cos(heading), np.sin(heading), 0 * heading], axis=1)

    def inclination(a: Array, b: Array) -> Array:
        """Angle of the segment from a down to b against the vertical, forward positive."""
        line = b - a
        return np.asarray(np.rad2deg(np.arctan2(np.sum(line * forward, 1), -line[:, 2])))

    columns: dict[str, Array] = {"time_s": time - zero}
    for side in SIDES:
        thigh = inclination(points[f"{side}_hip"], points[f"{side}_knee"])
        shank = inclination(points[f"{side}_knee"], points[f"{side}_ankle"])
        foot = points[f"{side}_big_toe"] - points[f"{side}_heel"]
        rise = np.rad2deg(np.arctan2(foot[:, 2], np.sum(foot * forward, 1)))
        columns |= {f"{side}_hip_deg": thigh, f"{side}_knee_deg": thigh - shank, f"{side}_ankle_deg": rise - shank}
    middle = {name: (points[f"left_{name}"] + points[f"right_{name}"]) / 2 for name in ("hip", "shoulder")}
    columns["forward_lean_deg"] = -inclination(middle["shoulder"], middle["hip"])
    numbers = sorted({f.pass_number for f in falls} - {0})
    names = ("right", "left", "right") if recording.direction in ("right", "left") else ("toward", "away", "toward")
    passes = []
    for number in numbers:
        mine = [f.strike_s for f in falls if f.pass_number == number]
        turned = names[names.index(recording.direction) + (number - 1) % 2]
        if min(mine) <= end and max(mine) >= zero:
            passes.append(
                {
                    "number": number,
                    "start_s": max(min(mine) - zero, 0.0),
                    "end_s": min(max(mine) - zero, end - zero),
                    "direction": turned,
                }
            )
    table = pd.DataFrame(events, columns=["time_s", "side", "kind", "pass_number"]).sort_values("time_s")
    seen = table["time_s"].between(0, end - zero)
    return Truth(
        events=table[seen].reset_index(drop=True),
        unseen=table[~seen].reset_index(drop=True),
        steps=pd.DataFrame(
            steps, columns=["time_s", "side", "step_time_s", "step_length_bh", "ankles_apart_bh", "pass_number"]
        ),
        signals=pd.DataFrame(columns),
        passes=pd.DataFrame(passes),
        walker=walker,
        recording=recording,
    )
