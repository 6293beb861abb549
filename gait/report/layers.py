"""What the page needs to draw joints, trails, angles and the box on the picture itself, each when its reader wants it.

The same points and rules as in `gait.report.overlay`, in steps finer than a pixel. Ten minutes take about half a
megabyte.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gait.report.colors import Palette
from gait.report.overlay import (
    CLEAR,
    DARK,
    FEET,
    FEET_SHARE,
    FOOT,
    JOINTS,
    LEGS,
    LIGHT,
    LIMBS,
    NOSE,
    TRUNK,
    walker_and_strikes,
)
from gait.report.packing import pack_paths
from gait.report.readout import SELDOM, SIDE_LETTERS
from gait.skeleton import SIDES
from gait.text import again, mark
from gait.types import FloatArray, Result

SHORT_SIDE = 1080
"""Units of the shorter side of the picture: two thirds of a pixel of the annotated video."""
TRAIL_S = 1.5
"""How far back the trail of a foot goes."""
ANGLES = ("hip_deg", "knee_deg", "ankle_deg")
"""Signals that are written at their joint."""

_DRAWN = sorted({*map(int, TRUNK.ravel()), *LEGS, *(k for side in SIDES for k in JOINTS[side])})
"""Points that are drawn, as rows of the skeleton with the neck."""


def layer_names(result: Result) -> list[tuple[str, str, bool]]:
    """Return name, label and whether it is shown at first, of each layer; the first ones are as in the overlay.

    Angles are none of them where they are hardly ever known, as from behind.
    """
    names = [
        ("skeleton", mark("Skeleton"), True),
        ("box", mark("Box"), True),
        ("strikes", mark("Places of the foot strikes"), True),
        ("trails", mark("Trails of the feet"), False),
    ]
    angles = result.signals.filter([f"{side}_{name}" for side in SIDES for name in ANGLES])
    if (angles.notna().mean() > SELDOM).any():
        names.append(("angles", mark("Angles at the joints"), False))
    return names


def layers_of(result: Result, palette: Palette) -> dict[str, Any] | None:
    """Return what `layers.js` draws; None where the result has no frame."""
    if len(result.clean.time_s) == 0:
        return None
    width, height = result.clean.width_px, result.clean.height_px
    unit = SHORT_SIDE / min(width, height)
    walker, strikes = walker_and_strikes(result, (round(width * unit), round(height * unit)))
    near = np.array([near == "right" for _, near in walker.order])
    turns = np.flatnonzero(np.diff(near, prepend=not near[0]))
    place = {point: k for k, point in enumerate(_DRAWN)}

    def at(points: npt.ArrayLike) -> Any:
        return np.vectorize(place.__getitem__)(np.asarray(points)).tolist()

    return {
        "width": round(width * unit),
        "height": round(height * unit),
        "px": SHORT_SIDE / 720,
        "line": round(walker.line_px, 2),
        "points": len(_DRAWN),
        "frames": len(walker.xy),
        "path": pack_paths(
            np.column_stack([walker.xy[:, _DRAWN].reshape(len(walker.xy), -1), walker.box, strikes.drift]),
            np.column_stack(
                [
                    walker.known[:, _DRAWN],
                    walker.sure[:, _DRAWN],
                    np.isfinite(walker.box).all(axis=1),
                    np.isfinite(strikes.drift).all(axis=1),
                ]
            ),
        ),
        "near": [[int(row), SIDES[int(near[row])]] for row in turns],
        "trunk": at(TRUNK),
        "nose": place[NOSE],
        "legs": at(LEGS),
        "sides": {
            side: {
                "color": palette.of(side),
                "letter": again(SIDE_LETTERS[side]),
                "feet": at(FEET[side]),
                "limbs": at(LIMBS[side]),
                "joints": at(JOINTS[side]),
                "foot": at(FOOT[side]),
            }
            for side in SIDES
        },
        "strikes": [
            {"row": row, "side": side, "leg": int(leg), "until": round(until_s, 4), "at": _rounded(fixed)}
            for row, side, leg, until_s, fixed in zip(
                strikes.row, strikes.side, strikes.leg, strikes.until_s, strikes.fixed, strict=True
            )
        ],
        "leavesMarks": strikes.leaves_marks,
        "clear": CLEAR,
        "feetShare": FEET_SHARE,
        "trailS": TRAIL_S,
        "light": LIGHT,
        "dark": DARK,
        "angles": list(ANGLES),
    }


def _rounded(at: FloatArray) -> list[float] | None:
    return [round(float(value), 1) for value in at] if np.isfinite(at).all() else None
