"""What a body height is in metres: from the body height given, or from a known distance in the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gait.analysis.geometry import NOSE_TO_HEEL
from gait.analysis.lengths.body_height import NOSE_TO_HEEL_SD
from gait.analysis.lengths.floor import MOST_OFF_PLANE_DEG, Floor
from gait.arrays import nanmedian
from gait.config import ScaleSettings
from gait.provenance import ScaleFacts
from gait.types import Flag, Level, Scene

OFF_PLANE_SD_DEG = 4.0
"""Error of the estimated angle between walk and picture."""
POINT_SD_PX = 2.0
"""Error of reading one point in the picture, along the line."""
DEPTH_SD = 0.03
"""Share by which the marks and the walker differ in their distance from the camera.

At 4 m it is 12 cm: marks at the edge of the walkway, not under the walker, or a camera that looks down a little. A
judgement, not a measurement.
"""
PLAUSIBLE_HEIGHT_M = (0.6, 2.3)
"""A scale that makes the person shorter or taller than this is a slip of the points, or of the unit."""
_FEWEST_FRAMES = 10
"""In which the body must be seen whole for a scale: a third of a second at 30 frames. A judgement."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What turns body heights into metres.

    Attributes
    ----------
    height_m : float or None
        Metres to a body height as seen in this picture; None where there is no scale.
    relative_sd : float
        Relative error (1 SD) that all lengths of the recording share through it, the angle of the walk included.
    source : str
        "body height", "known distance", or "" without a scale.
    reason : str
        Why a scale that was asked for was not used and there is no other; mostly empty.
    flags : tuple of Flag
    """

    height_m: float | None
    relative_sd: float
    source: str = ""
    reason: str = ""
    flags: tuple[Flag, ...] = ()

    def provenance(self) -> ScaleFacts | None:
        """Return what the record of a result says of it; None without a scale."""
        if self.height_m is None:
            return None
        return ScaleFacts(
            source=self.source, body_height_m=self.height_m, relative_sd=round(float(self.relative_sd), 4)
        )


def body_height_sd(scene: Scene) -> float:
    """Return the relative error of lengths in body heights: of the body height in pixels, and of the walk's angle."""
    return math.hypot(NOSE_TO_HEEL_SD / NOSE_TO_HEEL, _slant_sd(scene))


def _slant_sd(scene: Scene) -> float:
    """Return the relative error that the estimated angle of the walk leaves in lengths."""
    angle = math.radians(min(scene.off_plane_deg or 0.0, MOST_OFF_PLANE_DEG))
    return math.tan(angle) * math.radians(OFF_PLANE_SD_DEG)


def find_scale(settings: ScaleSettings, floor: Floor) -> Scale:
    """Choose between the body height and the known distance: the one with the smaller error, where both are given.

    Parameters
    ----------
    settings : ScaleSettings
    floor : Floor

    Returns
    -------
    Scale
        Where the two differ by more than their errors allow, its error reaches from one to the other, and a flag says
        so.
    """
    by_body = Scale(height_m=settings.height_m, relative_sd=body_height_sd(floor.scene))
    if settings.height_m is not None:
        by_body = replace(by_body, source="body height")
    if settings.known_distance is None or not floor.scene.walking:
        return by_body
    by_marks = _from_marks(settings.known_distance, floor)
    if by_marks.height_m is None:
        message = (
            f"The known distance is not used; the body height is used instead. {by_marks.reason}"
            if by_body.height_m
            else f"The known distance is not used. {by_marks.reason}"
        )
        flags = (_flag("warning", "scale_not_used", message),)
        return replace(by_body, reason="" if by_body.height_m else by_marks.reason, flags=flags)
    if by_body.height_m is None:
        return replace(by_marks, flags=(_flag("info", "scale", f"{_words(by_marks)}."),))
    return _better(by_body, by_marks)


def _from_marks(known: tuple[float, float, float, float, float], floor: Floor) -> Scale:
    """Return the scale from two points in the picture and the metres between them.

    Marks that lie along the walk are shortened by its angle like the walk itself; an upright thing is not.
    """
    x1, y1, x2, y2, metres = known
    length_px = math.hypot(x2 - x1, y2 - y1)
    reading = math.hypot(math.sqrt(2) * POINT_SD_PX / length_px, DEPTH_SD)
    lies = abs(x2 - x1) >= abs(y2 - y1)
    slant = 0.0 if lies else _slant_sd(floor.scene)
    none = Scale(height_m=None, relative_sd=body_height_sd(floor.scene))
    if not any(p.direction in ("right", "left") for p in floor.scene.passes):
        return replace(none, reason="Someone who walks toward or away from the camera does not stay at the marks.")
    if floor.scene.camera == "panning":
        return replace(none, reason="The camera turns: two points hold only in the picture in which they were read.")
    if floor.scene.camera == "unknown":
        return replace(none, reason="It cannot be told whether the camera stands still, as two points need.")
    height_m = metres / length_px * _height_px_beside(x1, x2, floor) / (floor.stretch() if lies else 1.0)
    if not math.isfinite(height_m):
        return replace(none, reason="The height of the person in the picture is not known.")
    shortest, tallest = PLAUSIBLE_HEIGHT_M
    if not shortest <= height_m <= tallest:
        reason = f"It would make the person {height_m:.2f} m tall: check the two points, and that it is in metres."
        return replace(none, reason=reason)
    return Scale(height_m=height_m, relative_sd=math.hypot(reading, slant), source="known distance")


def _height_px_beside(x1: float, x2: float, floor: Floor) -> float:
    """Return the usual body height in pixels while the person walks beside the marks; NaN where it is never known."""
    walking = np.zeros(len(floor.height_px), dtype=bool)
    for walk in floor.scene.passes:
        walking |= (floor.body.time_s >= walk.start_s) & (floor.body.time_s <= walk.end_s)
    reach = floor.height_px / 2
    place = floor.body.pelvis[:, 0]
    beside = walking & (place >= min(x1, x2) - reach) & (place <= max(x1, x2) + reach)
    return nanmedian(floor.height_px[beside if beside.sum() >= _FEWEST_FRAMES else walking])


def _better(by_body: Scale, by_marks: Scale) -> Scale:
    """Return the scale with the smaller error; its error is widened where they contradict each other."""
    assert by_body.height_m is not None
    assert by_marks.height_m is not None
    apart = abs(math.log(by_marks.height_m / by_body.height_m))
    used, other = (by_body, by_marks) if by_body.relative_sd <= by_marks.relative_sd else (by_marks, by_body)
    chosen = f"{_words(used)}; the {other.source} has an error of {100 * other.relative_sd:.1f} %"
    if apart <= 1.96 * math.hypot(by_body.relative_sd, by_marks.relative_sd):
        flag = _flag("info", "scale", f"{chosen}, and agrees within the errors of both.")
        return replace(used, flags=(flag,))
    message = (
        f"Body height ({by_body.height_m:.2f} m) and known distance (which makes the person {by_marks.height_m:.2f} m "
        f"tall) differ by {100 * (math.exp(apart) - 1):.0f} %, more than their errors allow: check both. {chosen}."
    )
    return replace(
        used,
        relative_sd=max(used.relative_sd, apart / 1.96),
        flags=(_flag("warning", "scales_differ", message),),
    )


def _words(scale: Scale) -> str:
    error = f"with an error of {100 * scale.relative_sd:.1f} % (1 SD)"
    if scale.source == "body height":
        return f"Metres come from the body height, {error}"
    return f"Metres come from the known distance, {error}; it makes the person {scale.height_m:.2f} m tall"


def _flag(level: Level, code: str, message: str) -> Flag:
    return Flag(level=level, code=code, message=message)
