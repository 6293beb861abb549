"""What is read off a photograph: angles with what they are worth in the view, one dataclass each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gait.types import Direction, Side, View

Worth = Literal["valid", "limited", "not_meaningful", "missing"]


@dataclass(frozen=True, kw_only=True)
class Angle:
    """One angle in the plane of the picture.

    Attributes
    ----------
    name : str
        "knee_interior", "hip_interior", "elbow_interior", "neck_flexion", "trunk_lean", "shoulder_tilt" or "hip_tilt".
    side : {"left", "right", "difference", "both"}
        "difference" is left less right; "both" an angle of the midline.
    value_deg : float
        NaN where it is missing.
    status : {"valid", "limited", "not_meaningful", "missing"}
        "limited": to be read with care; "not_meaningful": the number says nothing of the joint in this view.
    reason : str
        Why it is not valid; empty where it is.
    """

    name: str
    side: Literal["left", "right", "difference", "both"]
    value_deg: float
    status: Worth
    reason: str


@dataclass(frozen=True, kw_only=True)
class PhotoReading:
    """Everything read off one photograph.

    Attributes
    ----------
    view : {"sagittal", "frontal", "oblique"} or None
        From where the person is seen; None where it cannot be told.
    view_reason : str
        What it was told from.
    facing : {"right", "left", "toward", "away"} or None
        Where the person faces in the picture.
    near_side : {"left", "right"} or None
        The side toward the camera, in a sagittal view.
    angles : tuple of Angle
    notes : tuple of str
        What the reader must know, one sentence each.
    """

    view: View | None
    view_reason: str
    facing: Direction | None
    near_side: Side | None
    angles: tuple[Angle, ...]
    notes: tuple[str, ...]
