"""Made-up but believable results, each described in words, for the tests of the page."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from gait.columns import (
    CURVE_COLUMNS,
    CURVES,
    CYCLE_COLUMNS,
    EVENT_COLUMNS,
    MEASURE_COLUMNS,
    MEASURES,
    SIGNALS,
    STRIDE_COLUMNS,
)
from gait.config import PoseSettings
from gait.provenance import FileFacts, ModelFacts, Provenance, SettingsUsed, VideoFacts
from gait.types import Flag, FloatArray, Pass, PersonSeen, PoseSequence, Result, Scene, SubjectTrack

FPS = 30.0
STRIDE_S = 1.08
WALK_S = (1.0, 11.0)

_SIDE_VIEW = {
    "cadence": (111.1, 0.7), "step_time": (0.54, 0.006), "stride_time": (1.08, 0.008), "stance": (61.8, 0.7),
    "swing": (38.2, 0.7), "double_support": (23.5, 0.9), "single_support": (38.1, 0.8), "hip_rom": (41.2, 1.4),
    "knee_rom": (58.9, 1.9), "ankle_rom": (27.4, 1.6), "trunk_lean_forward": (3.4, 0.6), "trunk_sway": (1.2, 0.2),
    "trunk_lean_range": (3.9, 0.5), "head_sway": (0.021, 0.003), "arm_swing": (0.46, 0.03),
    "ankle_height_difference": (0.002, 0.003), "step_time_asymmetry": (8.1, 1.6), "stance_asymmetry": (-1.4, 0.9),
    "swing_time_asymmetry": (3.6, 2.1), "arm_swing_asymmetry": (4.0, 9.0), "phase_coordination_index": (4.4, 1.0),
}  # fmt: skip
_LENGTHS_M = {
    "step_length": (0.68, 0.02, "m"), "stride_length": (1.36, 0.03, "m"), "speed": (1.26, 0.03, "m/s"),
    "step_length_relative": (0.39, 0.01, "body heights"), "step_length_asymmetry": (-2.0, 3.1, "%"),
}  # fmt: skip
NO_SCALE = "No body height was given, so lengths have no scale."


def _strikes(side: str) -> FloatArray:
    """Strikes every stride; the left foot follows the right one by 58 % of the stride, so the left step is longer."""
    lag = 0.0 if side == "right" else 0.52 * STRIDE_S
    return np.arange(WALK_S[0] + 0.2 + lag, WALK_S[1], STRIDE_S)


def _phase(time_s: FloatArray, side: str) -> FloatArray:
    return ((time_s - _strikes(side)[0]) / STRIDE_S) % 1.0


def _knee(phase: FloatArray) -> FloatArray:
    bump = 16 * np.exp(-(((phase - 0.14) / 0.07) ** 2))
    swing = sum(57 * np.exp(-(((phase - 0.72 + k) / 0.11) ** 2)) for k in (-1, 0, 1))
    return np.asarray(4 + bump + swing, dtype=np.float64)


def _joint(name: str, phase: FloatArray) -> FloatArray:
    if name == "knee_deg":
        return _knee(phase)
    if name == "hip_deg":
        return np.asarray(10 + 20 * np.cos(2 * np.pi * (phase + 0.06)), dtype=np.float64)
    if name == "ankle_deg":
        push = sum(24 * np.exp(-(((phase - 0.64 + k) / 0.06) ** 2)) for k in (-1, 0, 1))
        return np.asarray(9 * np.sin(2 * np.pi * (phase - 0.12)) ** 2 * (phase < 0.62) - push + 1, dtype=np.float64)
    raise KeyError(name)


def _signals(time_s: FloatArray) -> pd.DataFrame:
    noise = np.random.default_rng(7)
    table: dict[str, FloatArray] = {"time_s": time_s}
    for side in ("left", "right"):
        phase = _phase(time_s, side)
        for joint in ("hip_deg", "knee_deg", "ankle_deg"):
            table[f"{side}_{joint}"] = _joint(joint, phase) + noise.normal(0, 0.6, len(time_s))
        table[f"{side}_wrist_swing"] = 0.23 * np.cos(2 * np.pi * (phase + 0.5))
        table[f"{side}_knee_interior_deg"] = 180 - table[f"{side}_knee_deg"]
        table[f"{side}_hip_interior_deg"] = 180 - table[f"{side}_hip_deg"]
        table[f"{side}_elbow_interior_deg"] = 150 + 8 * np.sin(2 * np.pi * phase)
    double = 4 * np.pi * (time_s - _strikes("left")[0]) / STRIDE_S
    table["trunk_lean_deg"] = 3.4 + 1.5 * np.sin(double) + noise.normal(0, 0.2, len(time_s))
    table["head_sway"] = 0.02 + 0.006 * np.sin(double)
    table["head_sway_trunk"] = 0.09 + 0.02 * np.sin(double)
    table["ankle_height_difference"] = 0.05 * np.sin(2 * np.pi * _phase(time_s, "left"))
    table["ankle_separation"] = 0.42 * np.cos(2 * np.pi * _phase(time_s, "left"))
    table["neck_flexion_deg"] = 12 + np.sin(double)
    table["shoulder_tilt_deg"] = 2 * np.sin(double / 2)
    table["hip_tilt_deg"] = 3 * np.sin(double / 2)
    frame = pd.DataFrame(table)
    out_of_view = (time_s < WALK_S[0] - 0.4) | (time_s > WALK_S[1] + 0.5)
    frame.loc[out_of_view, [c for c in frame.columns if c != "time_s"]] = np.nan
    return frame


def _events(offs: bool = True) -> pd.DataFrame:
    rows = []
    for side in ("left", "right"):
        for strike in _strikes(side):
            rows.append((strike, round(strike * FPS), side, "strike", 0.93, "combined", 0.013, 1))
            off = strike + 0.62 * STRIDE_S
            if offs and off < WALK_S[1]:
                rows.append((off, round(off * FPS), side, "off", 0.88, "combined", 0.014, 1))
    return pd.DataFrame(rows, columns=list(EVENT_COLUMNS)).sort_values("time_s", ignore_index=True)


def _strides(offs: bool = True) -> pd.DataFrame:
    noise = np.random.default_rng(3)
    rows: list[dict[str, Any]] = []
    for side in ("left", "right"):
        strikes = _strikes(side)
        for k, (start, end) in enumerate(pairwise(strikes), start=1):
            row: dict[str, Any] = dict.fromkeys(STRIDE_COLUMNS, np.nan)
            stance = 62 + noise.normal(0, 0.8)
            row |= {
                "side": side, "number": k, "pass_number": 1, "start_s": start, "end_s": end,
                "stride_time_s": end - start, "step_time_s": (0.52 if side == "left" else 0.48) * STRIDE_S,
                "valid": True, "reason": "",
                "hip_rom_deg": 41 + noise.normal(), "knee_rom_deg": 59 + noise.normal(),
                "ankle_rom_deg": 27 + noise.normal(),
            }  # fmt: skip
            if offs:
                row |= {
                    "stance_pct": stance, "swing_pct": 100 - stance, "double_support_pct": 23.6,
                    "initial_double_support_pct": 11.9, "terminal_double_support_pct": 11.7, "single_support_pct": 38.2,
                }  # fmt: skip
            if side == "right" and k == 4:
                row |= {"valid": False, "reason": "The knee could not be seen for 0.30 s."}
            rows.append(row)
    return pd.DataFrame(rows, columns=list(STRIDE_COLUMNS)).sort_values("start_s", ignore_index=True)


def _measures(known: dict[str, tuple[float, float, str]], reasons: dict[str, str]) -> pd.DataFrame:
    """All measures: the known ones with value and half interval, the others withheld for their reason."""
    shift = {"left": 1.01, "right": 0.99, "both": 1.0}
    rows = []
    for name, measure in MEASURES.items():
        for side in ("left", "right", "both") if measure.sides == "each" else ("both",):
            if name in known:
                value, half, unit = known[name]
                value = value * shift[side]
                n = {"left": 9, "right": 8, "both": 17}[side]
                interval = (value - half, value + half, 1.2 * half)
                rows.append((name, side, value, unit, n, half * 1.5, *interval, "valid", ""))
            else:
                reason = reasons.get(name, "Fewer than 50 strides, and the frame rate is too low for it.")
                rows.append((name, side, np.nan, measure.unit, 0, np.nan, np.nan, np.nan, np.nan, "withheld", reason))
    return pd.DataFrame(rows, columns=list(MEASURE_COLUMNS))


def _curves() -> pd.DataFrame:
    percent = np.arange(101.0)
    rows = []
    for side, n in (("left", 8), ("right", 7)):
        for joint in ("hip_deg", "knee_deg", "ankle_deg"):
            mean = _joint(joint, (percent / 100) % 1.0) + (1.5 if side == "left" else 0)
            rows += [(joint, side, p, m, 2.2, n) for p, m in zip(percent, mean, strict=True)]
        trunk = 3.4 + 1.5 * np.sin(4 * np.pi * percent / 100)
        rows += [("trunk_lean_forward_deg", side, p, m, 0.7, n) for p, m in zip(percent, trunk, strict=True)]
    return pd.DataFrame(rows, columns=list(CURVE_COLUMNS))


def _cycles() -> pd.DataFrame:
    """Two strides of each side."""
    percent = np.arange(101.0)
    parts = [
        pd.DataFrame({"side": side, "stride": number, "percent": percent, "trunk_lean_forward_deg": 3.4}
                     | {joint: _joint(joint, (percent / 100) % 1.0) for joint in ("hip_deg", "knee_deg", "ankle_deg")})
        for side in ("left", "right") for number in (1, 2)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True).reindex(columns=list(CYCLE_COLUMNS))


def _poses(time_s: FloatArray) -> PoseSequence:
    n = len(time_s)
    return PoseSequence(
        time_s=time_s,
        frame=np.arange(n, dtype=np.int64),
        xy_px=np.full((n, 23, 2), 100.0, dtype=np.float32),
        score=np.full((n, 23), 0.9, dtype=np.float32),
        model="blazepose",
        width_px=1280,
        height_px=720,
        background_xy_px=np.zeros((n, 2)),
    )


def _picture() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A street in greys with two upright figures, boxed."""
    picture = np.full((720, 1280, 3), 208, dtype=np.uint8)
    picture[470:] = 150
    for x, color in ((400, (0, 90, 140)), (950, (110, 110, 110))):
        picture[250:600, x : x + 90] = color
        for edge in (slice(240, 244), slice(606, 610)):
            picture[edge, x - 20 : x + 110] = color
    return picture


def _track(time_s: FloatArray) -> SubjectTrack:
    n = len(time_s)
    reason = "The only person who walks across the picture: 6.1 body heights, the others less than 0.3."
    return SubjectTrack(
        time_s=time_s,
        frame=np.arange(n, dtype=np.int64),
        box_px=np.tile([400.0, 250.0, 490.0, 600.0], (n, 1)),
        score=np.full(n, 0.95),
        background_xy_px=np.zeros((n, 2)),
        reason=reason,
        people=(
            PersonSeen(
                number=1, start_s=0.6, end_s=11.5, travel_body_heights=6.1, confidence=0.97,
                box_px=(380.0, 240.0, 510.0, 610.0), picture_time_s=4.0, chosen=True, note=reason,
            ),
            PersonSeen(
                number=2, start_s=0.0, end_s=12.0, travel_body_heights=0.2, confidence=0.91,
                box_px=(930.0, 240.0, 1060.0, 610.0), picture_time_s=4.0, chosen=False,
                note="Stands still for the whole clip.",
            ),
        ),
        detector="blazepose",
        picture=_picture(),
    )  # fmt: skip


def _provenance() -> Provenance:
    return Provenance(
        file=FileFacts(name="corridor_walk.mp4", sha256="9f2c" * 16, size_bytes=18_400_321),
        video=VideoFacts(
            width_px=1280, height_px=720, duration_s=12.0, nominal_fps=FPS, played_fps=FPS, is_variable_rate=False,
            rotation_deg=0, codec="h264", n_frames_used=360,
        ),
        model=ModelFacts(name="blazepose", detail="full network", weights_sha256="ab12" * 16),
        detector="blazepose",
        settings=SettingsUsed(),
        versions={"gait": "1.0.0", "python": "3.11.2", "numpy": "1.26.4"},
        times_s={"subject": 4.1, "pose": 8.0, "analysis": 0.4},
        created_at="2026-11-20T10:21:00+00:00",
    )  # fmt: skip


def side_view() -> Result:
    """A 12 s walk to the right past a side camera; the left step is longer than the right one; no body height given."""
    time_s = np.arange(0, 12, 1 / FPS)
    known = {name: (value, half, MEASURES[name].unit) for name, (value, half) in _SIDE_VIEW.items()}
    reasons = dict.fromkeys(_LENGTHS_M, NO_SCALE)
    poses = _poses(time_s)
    return Result(
        signals=_signals(time_s),
        events=_events(),
        strides=_strides(),
        measures=_measures(known, reasons),
        cycles=_cycles(),
        curves=_curves(),
        poses=poses,
        clean=poses,
        scene=Scene(
            view="sagittal",
            passes=(Pass(number=1, start_s=1.0, end_s=11.0, direction="right", view="sagittal", near_side="right"),),
            ground="overground",
            camera="fixed",
            off_plane_deg=6.0,
            walking=True,
            reason="19 alternating steps, ankles crossing at 0.93 Hz.",
        ),
        flags=(
            Flag(level="warning", code="low_frame_rate", message="At 30 frames per second, single steps are known only "
                 "to about 13 ms; trust means over many steps more than single steps."),
            Flag(level="warning", code="swapped_legs", message="Left and right could not be told apart here.",
                 start_s=4.1, end_s=4.4),
            Flag(level="info", code="near_far", message="The left leg is the far one: its angles are less certain."),
        ),
        provenance=_provenance(),
        track=_track(time_s),
    )  # fmt: skip


def with_metres() -> Result:
    """The same walk, with the body height given: lengths in metres."""
    result = side_view()
    known = {name: (value, half, MEASURES[name].unit) for name, (value, half) in _SIDE_VIEW.items()}
    strides = result.strides.assign(step_length_m=0.68, stride_length_m=1.36)
    return replace(result, measures=_measures(known | _LENGTHS_M, {}), strides=strides)


def frontal_view() -> Result:
    """The same person walking toward the camera: strikes but no foot offs, no sagittal angles."""
    result = side_view()
    names = ("cadence", "step_time", "stride_time", "trunk_sway", "head_sway", "step_time_asymmetry")
    known = {name: (*_SIDE_VIEW[name], MEASURES[name].unit) for name in names}
    known |= {"trunk_lean_sideways": (3.4, 0.6, "deg")}
    offs = ("stance", "swing", "double_support", "single_support", "stance_asymmetry", "swing_time_asymmetry")
    reasons = dict.fromkeys(offs, "The foot's leaving the ground cannot be seen from the front.")
    reasons |= dict.fromkeys(("hip_rom", "knee_rom", "ankle_rom"), "Joint flexion cannot be seen from the front.")
    reasons |= dict.fromkeys(_LENGTHS_M, "Lengths along the walk cannot be seen from the front.")
    scene = replace(
        result.scene, view="frontal", off_plane_deg=None,
        passes=(Pass(number=1, start_s=1.0, end_s=11.0, direction="toward", view="frontal", near_side=None),),
    )  # fmt: skip
    sagittal = [f"{side}_{joint}_deg" for side in ("left", "right") for joint in ("hip", "knee", "ankle")]
    return replace(
        result,
        scene=scene,
        events=_events(offs=False),
        strides=_strides(offs=False),
        measures=_measures(known, reasons),
        curves=result.curves[result.curves["signal"].str.startswith("trunk")],
        signals=result.signals.assign(**dict.fromkeys([*sagittal, "ankle_separation"], np.nan)),
    )  # fmt: skip


def no_gait() -> Result:
    """Someone stands and waves: the joints are known, but nobody walks."""
    result = side_view()
    reason = "The ankles never pass each other: no alternating steps in 12 s."
    return replace(
        result,
        events=result.events.iloc[:0],
        strides=result.strides.iloc[:0],
        cycles=result.cycles.iloc[:0],
        curves=result.curves.iloc[:0],
        measures=_measures({}, dict.fromkeys(MEASURES, "No gait was found.")),
        scene=Scene(view=None, passes=(), ground="unknown", camera="fixed", off_plane_deg=None, walking=False,
                    reason=reason),
        flags=(Flag(level="refusal", code="no_gait", message=f"No gait found. {reason}"),),
    )  # fmt: skip


def no_person() -> Result:
    """An empty corridor: nobody was seen, every signal is missing."""
    result = no_gait()
    time_s = result.signals["time_s"].to_numpy()
    reason = "No person was found in this clip."
    return replace(
        result,
        signals=pd.DataFrame({"time_s": time_s} | {name: np.full(len(time_s), np.nan) for name in SIGNALS}),
        scene=replace(result.scene, reason=reason),
        flags=(Flag(level="refusal", code="no_person", message=reason),),
        track=replace(_track(time_s), people=(), picture=None, reason=reason, box_px=np.full((len(time_s), 4), np.nan)),
    )


def nothing_but_nan() -> Result:
    """Tables with the right columns and rows, and not one number in them; no provenance, no track."""
    result = side_view()
    hollow = result.measures.assign(value=np.nan, ci_low=np.nan, ci_high=np.nan, mdc95=np.nan, sd=np.nan, n=0)
    signals = result.signals.copy()
    signals.loc[:, [c for c in signals.columns if c != "time_s"]] = np.nan
    return replace(
        result,
        signals=signals,
        events=result.events.iloc[:0],
        strides=result.strides.iloc[:0],
        cycles=result.cycles.assign(**dict.fromkeys(CURVES, np.nan)),
        curves=result.curves.assign(mean=np.nan, sd=np.nan),
        measures=hollow,
        provenance=Provenance(),
        track=None,
    )


HOSTILE = "<script>window.hacked = true</script><img src=x onerror='window.hacked=true'>\"'&\u2028</script>\u202eπ😀"


def hostile() -> Result:
    """Every string that comes from outside tries to break out of the page."""
    result = side_view()
    provenance = replace(
        _provenance(),
        file=FileFacts(name=HOSTILE + ".mp4"),
        settings=SettingsUsed(pose=PoseSettings(model=HOSTILE)),
        versions={HOSTILE: HOSTILE},
        warnings=(HOSTILE,),
    )
    assert result.track is not None
    people = tuple(replace(person, note=HOSTILE) for person in result.track.people)
    return replace(
        result,
        events=result.events.assign(method=HOSTILE),
        strides=result.strides.assign(reason=HOSTILE),
        measures=result.measures.assign(reason=HOSTILE, unit=HOSTILE),
        scene=replace(result.scene, reason=HOSTILE),
        flags=tuple(replace(flag, message=HOSTILE, code=HOSTILE) for flag in result.flags),
        provenance=provenance,
        track=replace(result.track, people=people, reason=HOSTILE, detector=HOSTILE),
        poses=replace(result.poses, model=HOSTILE),
    )


def long_walk(minutes: float = 12, fps: float = 60) -> Result:
    """Minutes of joint motion, steps at the start alone; one frame shows a knee at 130 degrees."""
    time_s = np.arange(round(minutes * 60 * fps)) / fps
    result = side_view()
    signals = _signals(time_s)
    repeated = pd.DataFrame({"time_s": time_s})
    for name in SIGNALS:
        repeated[name] = np.resize(signals[name].dropna().to_numpy(), len(time_s))
    repeated.loc[len(time_s) // 2, "left_knee_deg"] = 130.0
    return replace(result, signals=repeated, poses=_poses(time_s), clean=_poses(time_s), track=None)


EXAMPLES = {
    "side_view": side_view,
    "with_metres": with_metres,
    "frontal_view": frontal_view,
    "no_gait": no_gait,
    "no_person": no_person,
    "nothing_but_nan": nothing_but_nan,
    "hostile": hostile,
}
"""The example results by name."""
