"""Names, units, labels and one-line definitions of every signal and measure: the only place that spells them.

`events.csv`, `strides.csv`, `signals.csv`, `measures.csv` and the page take their words from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MEASURE_COLUMNS: tuple[str, ...] = (
    "measure",
    "side",
    "value",
    "unit",
    "n",
    "sd",
    "ci_low",
    "ci_high",
    "mdc95",
    "status",
    "reason",
)
RECORDING_COLUMNS: tuple[str, ...] = (
    "recording",
    "subject",
    "view",
    "session",
    "recorded_at",
    "aid",
    "footwear",
    "clinician",
)
"""What measures.csv has before `MEASURE_COLUMNS`, so that the files of several recordings can be put together."""
VALID, WITHIN_ERROR, WITHHELD = "valid", "within error", "withheld"
"""`status` of a measure. Within error: a difference of left and right whose interval holds zero."""
MEASURED = (VALID, WITHIN_ERROR)
"""Those that have a value."""
FEWEST_PER_SIDE = 3
"""Left and right are compared where each has so many values: two say next to nothing of how much they vary."""
EVENT_COLUMNS: tuple[str, ...] = ("time_s", "frame", "side", "kind", "confidence", "method", "sd_s", "pass_number")
"""events.csv: one row per foot strike and foot off, in order of time."""
TURN = 0
"""`pass_number` of the strikes of a turn: they belong to no pass, and no measure takes them."""
CURVE_COLUMNS: tuple[str, ...] = ("signal", "side", "percent", "mean", "sd", "n")
CURVES: dict[str, str] = {
    "hip_deg": "Hip",
    "knee_deg": "Knee",
    "ankle_deg": "Ankle",
    "trunk_lean_forward_deg": "Trunk lean, forward",
    "trunk_lean_sideways_deg": "Trunk lean, to own right",
}
"""Curves over the gait cycle, and what they are called: the joints of the side whose stride it is; the trunk lean of the
strides seen from the side, and of those seen from the front or behind."""
CYCLE_COLUMNS: tuple[str, ...] = ("side", "stride", "percent", *CURVES)
"""cycles.csv: every stride that counts from its strike (0 %) to the next strike of the same foot (100 %), by its number
in strides.csv; then mean and SD over the strides of each side, whose `stride` is "mean" and "sd"."""
STRIDE_COLUMNS: tuple[str, ...] = (
    "side",
    "number",
    "pass_number",
    "start_s",
    "end_s",
    "stride_time_s",
    "step_time_s",
    "stance_pct",
    "swing_pct",
    "double_support_pct",
    "initial_double_support_pct",
    "terminal_double_support_pct",
    "single_support_pct",
    "step_length_m",
    "stride_length_m",
    "step_length_bh",
    "stride_length_bh",
    "hip_rom_deg",
    "knee_rom_deg",
    "ankle_rom_deg",
    "valid",
    "reason",
)
"""strides.csv; `_bh` are body heights."""
STRIDE_COLUMNS_OF: dict[str, tuple[str, ...]] = {
    "stance": ("stance_pct",),
    "swing": ("swing_pct",),
    "double_support": ("double_support_pct", "initial_double_support_pct", "terminal_double_support_pct"),
    "single_support": ("single_support_pct",),
    "step_length": ("step_length_m",),
    "stride_length": ("stride_length_m",),
    "step_length_relative": ("step_length_bh",),
    "stride_length_relative": ("stride_length_bh",),
}
"""What each measure is taken from: empty where the measure is withheld on all sides."""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A curve over time, one column of signals.csv."""

    name: str
    label: str
    unit: str
    definition: str


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number of the table of measures.

    Attributes
    ----------
    sides : {"each", "both"}
        "each": left, right, and both pooled; "both": one number for the person.
    group : str
        Heading in the page.
    decimals : int
    """

    name: str
    label: str
    unit: str
    definition: str
    sides: Literal["each", "both"]
    group: str
    decimals: int = 1


def _sided(name: str, label: str, unit: str, definition: str) -> tuple[Signal, ...]:
    return tuple(
        Signal(name=f"{side}_{name}", label=f"{label}, {side}", unit=unit, definition=definition)
        for side in ("left", "right")
    )


SIGNALS: dict[str, Signal] = {
    s.name: s
    for s in (
        *_sided("hip_deg", "Hip (thigh to vertical)", "deg", "Angle of the thigh from the vertical, forward positive."),
        *_sided("knee_deg", "Knee", "deg", "Angle between thigh and shank, flexion positive, straight leg zero."),
        *_sided(
            "ankle_deg",
            "Ankle",
            "deg",
            "Angle of the foot to the shank, zero for a flat foot under an upright shank, dorsiflexion positive.",
        ),
        Signal(
            name="trunk_lean_deg",
            label="Trunk lean",
            unit="deg",
            definition="Mid-hip to mid-shoulder against the vertical: forward positive from the side, toward the "
            "subject's right positive from the front.",
        ),
        Signal(
            name="head_sway",
            label="Head sway (of picture width)",
            unit="",
            definition="Horizontal offset of the nose from the mid-hip, divided by the width of the picture.",
        ),
        Signal(
            name="head_sway_trunk",
            label="Head sway (of trunk length)",
            unit="",
            definition="Horizontal offset of the nose from the mid-hip, divided by the median length of the trunk.",
        ),
        Signal(
            name="ankle_height_difference",
            label="Ankle height difference",
            unit="",
            definition="Height of the left ankle above the right one, divided by the height of the picture.",
        ),
        Signal(
            name="ankle_separation",
            label="Ankle separation (of leg length)",
            unit="",
            definition="Horizontal distance of the left ankle ahead of the right one along the walk, in leg lengths.",
        ),
        *_sided(
            "wrist_swing",
            "Arm swing (of leg length)",
            "",
            "Horizontal distance of the wrist ahead of the hip along the walk, in leg lengths.",
        ),
        *_sided("knee_interior_deg", "Knee, interior angle", "deg", "Angle hip, knee, ankle; straight is 180."),
        *_sided("hip_interior_deg", "Hip, interior angle", "deg", "Angle shoulder, hip, knee; straight is 180."),
        *_sided("elbow_interior_deg", "Elbow, interior angle", "deg", "Angle shoulder, elbow, wrist; straight is 180."),
        Signal(
            name="neck_flexion_deg",
            label="Neck flexion",
            unit="deg",
            definition="Mid-shoulder to mid-ear against mid-hip to mid-shoulder, forward positive.",
        ),
        Signal(
            name="shoulder_tilt_deg",
            label="Shoulder tilt",
            unit="deg",
            definition="Line of the shoulders against the horizontal, subject's right shoulder lower positive.",
        ),
        Signal(
            name="hip_tilt_deg",
            label="Hip tilt",
            unit="deg",
            definition="Line of the hips against the horizontal, subject's right hip lower positive.",
        ),
    )
}
"""Every signal by its name: the columns of signals.csv beside time_s."""

_TIMING = "Timing"
_PHASES = "Phases of the stride"
_LENGTHS = "Lengths and speed"
_ANGLES = "Joint motion"
_KEY_ANGLES = "Key angles of the cycle"
_POSTURE = "Trunk, head and arms"
_SYMMETRY = "Symmetry"
_VARIABILITY = "Variability"

_STEP_LENGTH = (
    "Distance along the walk from where the other foot landed to where this one lands. Where the ground is not known, as "
    "on a treadmill, it is read off the two feet while both stand; without points of heel and toes, from ankle to ankle "
    "at the strike, and 9 % for the trailing heel, which has risen."
)
_STRIDE_LENGTH = "Distance along the walk from where this foot landed to where it lands next: two steps."

MEASURES: dict[str, Measure] = {
    m.name: m
    for m in (
        Measure(name="cadence", label="Cadence", unit="steps/min", sides="both", group=_TIMING,
                definition="60 divided by the mean step time of both feet; 120 divided by the stride time where only one foot's steps were seen."),
        Measure(name="step_time", label="Step time", unit="s", sides="each", group=_TIMING, decimals=3,
                definition="From the strike of the other foot to the strike of this foot."),
        Measure(name="stride_time", label="Stride time", unit="s", sides="each", group=_TIMING, decimals=3,
                definition="From one strike to the next strike of the same foot."),
        Measure(name="stance", label="Stance", unit="%", sides="each", group=_PHASES,
                definition="Share of the stride in which this foot is on the ground."),
        Measure(name="swing", label="Swing", unit="%", sides="each", group=_PHASES,
                definition="Share of the stride in which this foot is in the air."),
        Measure(name="double_support", label="Double support", unit="%", sides="each", group=_PHASES,
                definition="Share of the stride in which both feet are on the ground."),
        Measure(name="single_support", label="Single support", unit="%", sides="each", group=_PHASES,
                definition="Share of the stride in which only this foot is on the ground."),
        Measure(name="step_length", label="Step length", unit="m", sides="each", group=_LENGTHS, decimals=2,
                definition=_STEP_LENGTH),
        Measure(name="stride_length", label="Stride length", unit="m", sides="each", group=_LENGTHS, decimals=2,
                definition=_STRIDE_LENGTH),
        Measure(name="speed", label="Walking speed", unit="m/s", sides="both", group=_LENGTHS, decimals=2,
                definition="Sum of the stride lengths divided by the sum of the stride times."),
        Measure(name="step_length_relative", label="Step length, relative", unit="body heights", sides="each", group=_LENGTHS, decimals=3,
                definition=_STEP_LENGTH),
        Measure(name="stride_length_relative", label="Stride length, relative", unit="body heights", sides="each", group=_LENGTHS, decimals=3,
                definition=_STRIDE_LENGTH),
        Measure(name="speed_relative", label="Walking speed, relative", unit="body heights/s", sides="both", group=_LENGTHS, decimals=3,
                definition="Sum of the stride lengths divided by the sum of the stride times, in body heights per second."),
        Measure(name="step_width", label="Step width", unit="m", sides="both", group=_LENGTHS, decimals=2,
                definition="Distance of the two heels on the ground across the line of the walk."),
        Measure(name="hip_rom", label="Hip range of motion", unit="deg", sides="each", group=_ANGLES,
                definition="Range of the thigh-to-vertical angle over the stride."),
        Measure(name="knee_rom", label="Knee range of motion", unit="deg", sides="each", group=_ANGLES,
                definition="Range of the knee angle over the stride."),
        Measure(name="ankle_rom", label="Ankle range of motion", unit="deg", sides="each", group=_ANGLES,
                definition="Range of the ankle angle over the stride."),
        Measure(name="hip_terminal_stance", label="Hip in terminal stance", unit="deg", sides="each", group=_KEY_ANGLES, decimals=0,
                definition="Thigh to vertical at its furthest back, before the foot leaves the ground: behind the vertical negative."),
        Measure(name="knee_contact", label="Knee at contact", unit="deg", sides="each", group=_KEY_ANGLES, decimals=0,
                definition="Knee flexion at the strike of this foot."),
        Measure(name="knee_loading", label="Knee in loading", unit="deg", sides="each", group=_KEY_ANGLES, decimals=0,
                definition="Largest knee flexion in the first 30 % of the cycle, when the weight comes onto the leg."),
        Measure(name="knee_swing", label="Knee in swing, peak", unit="deg", sides="each", group=_KEY_ANGLES, decimals=0,
                definition="Largest knee flexion in the second half of the cycle."),
        Measure(name="knee_swing_time", label="Knee in swing, time of the peak", unit="% of the cycle", sides="each", group=_KEY_ANGLES, decimals=0,
                definition="When the knee bends most, from the strike of this foot (0 %) to its next one (100 %)."),
        Measure(name="ankle_contact", label="Ankle at contact", unit="deg", sides="each", group=_KEY_ANGLES, decimals=0,
                definition="Ankle angle at the strike of this foot, dorsiflexion positive."),
        Measure(name="ankle_dorsiflexion", label="Ankle in stance, peak dorsiflexion", unit="deg", sides="each", group=_KEY_ANGLES, decimals=0,
                definition="Largest ankle angle from 10 % of the cycle to the push-off."),
        Measure(name="ankle_push_off", label="Ankle at push-off", unit="deg", sides="each", group=_KEY_ANGLES, decimals=0,
                definition="Smallest ankle angle about the foot's leaving the ground (40 to 85 % of the cycle): plantarflexion negative."),
        Measure(name="foot_progression", label="Foot progression angle", unit="deg", sides="each", group=_KEY_ANGLES, decimals=0,
                definition="Foot on the ground to the line of the walk, toes outward positive."),
        Measure(name="trunk_lean_forward", label="Trunk lean forward", unit="deg", sides="both", group=_POSTURE,
                definition="Mean over the strides seen from the side, backward negative."),
        Measure(name="trunk_lean_sideways", label="Trunk lean sideways", unit="deg", sides="both", group=_POSTURE,
                definition="Mean over the strides seen from the front or behind: toward the subject's right positive."),
        Measure(name="trunk_sway", label="Trunk sway", unit="deg", sides="both", group=_POSTURE,
                definition="Root mean square of the trunk lean about its mean."),
        Measure(name="trunk_lean_range", label="Trunk lean, range", unit="deg", sides="both", group=_POSTURE,
                definition="Range of the trunk lean over a stride."),
        Measure(name="head_sway", label="Head sway", unit="trunk lengths", sides="both", group=_POSTURE, decimals=3,
                definition="Root mean square of the nose's horizontal offset from the mid-hip about its mean."),
        Measure(name="arm_swing", label="Arm swing", unit="leg lengths", sides="each", group=_POSTURE, decimals=2,
                definition="Range of the wrist relative to the hip along the walk, over a stride."),
        Measure(name="ankle_height_difference", label="Ankle height difference", unit="picture heights", sides="both", group=_SYMMETRY, decimals=3,
                definition="Mean over whole strides of the left ankle's height above the right one, divided by the height of the picture."),
        Measure(name="step_time_asymmetry", label="Step time asymmetry", unit="%", sides="both", group=_SYMMETRY,
                definition="Left less right, divided by their mean (Robinson's index with its sign)."),
        Measure(name="stance_asymmetry", label="Stance asymmetry", unit="points", sides="both", group=_SYMMETRY,
                definition="Left stance less right stance, in percentage points."),
        Measure(name="step_length_asymmetry", label="Step length asymmetry", unit="%", sides="both", group=_SYMMETRY,
                definition="Left less right, divided by their mean."),
        Measure(name="swing_time_asymmetry", label="Gait asymmetry (swing time)", unit="%", sides="both", group=_SYMMETRY,
                definition="100 |ln(shorter / longer mean swing time)|."),
        Measure(name="arm_swing_asymmetry", label="Arm swing asymmetry", unit="%", sides="both", group=_SYMMETRY,
                definition="Left less right, divided by their mean."),
        Measure(name="phase_coordination_index", label="Phase coordination index", unit="%", sides="both", group=_SYMMETRY,
                definition="Coefficient of variation of the step phase plus its mean distance from 180 degrees."),
        Measure(name="stride_time_sd", label="Stride time SD", unit="ms", sides="both", group=_VARIABILITY, decimals=0,
                definition="Standard deviation from stride to stride, pooled over the sides, less the part due to timing error."),
        Measure(name="stride_time_cv", label="Stride time variability", unit="%", sides="both", group=_VARIABILITY,
                definition="Standard deviation over mean, pooled over the sides, less the part due to timing error."),
        Measure(name="step_time_cv", label="Step time variability", unit="%", sides="both", group=_VARIABILITY,
                definition="Standard deviation over mean, pooled over the sides, less the part due to timing error."),
        Measure(name="step_length_cv", label="Step length variability", unit="%", sides="both", group=_VARIABILITY,
                definition="Standard deviation over mean, pooled over the sides, less the part due to the error of the joints' "
                "places."),
    )
}  # fmt: skip
"""Every measure by its name: label, unit, definition."""
