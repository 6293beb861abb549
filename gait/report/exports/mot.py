"""MOT: joint angles over time, for OpenSim."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gait.errors import InputError
from gait.report.exports.recording import Recording

COORDINATES: dict[str, str] = {
    "hip_flexion_r": "right_hip_deg",
    "knee_angle_r": "right_knee_deg",
    "ankle_angle_r": "right_ankle_deg",
    "hip_flexion_l": "left_hip_deg",
    "knee_angle_l": "left_knee_deg",
    "ankle_angle_l": "left_ankle_deg",
}
"""OpenSim's names, and the signals they stand for."""


MOSTLY = 0.5
"""A joint that is known in fewer of the rows than this is left out, so that it does not take the others with it."""


def write_mot(recording: Recording, path: Path) -> None:
    """Write the angles of hip, knee and ankle in degrees, by OpenSim's names of the coordinates.

    Flexion and dorsiflexion are positive, as in the models of Rajagopal (2016); in gait2392 the knee has the other
    sign. The hip angle is that of the thigh against the vertical, as if the pelvis stood upright: one camera does not
    see its tilt. Zero is a straight knee, and a flat foot under an upright shank. A motion knows no missing values:
    moments in which an angle is unknown are left out, and before that joints that are mostly unknown. The
    header says all this.

    Parameters
    ----------
    recording : Recording
    path : Path

    Raises
    ------
    InputError
        No angle is known, or never all of them at once.
    """
    angles = {name: recording.angles_deg[s] for name, s in COORDINATES.items() if s in recording.angles_deg}
    if not angles:
        raise InputError(
            f"{recording.name}: there are no joint angles to export: they can only be measured from the side."
        )
    some = np.isfinite(list(angles.values())).any(axis=0)
    columns = {name: x for name, x in angles.items() if np.isfinite(x[some]).mean() >= MOSTLY}
    whole = np.isfinite(list(columns.values())).all(axis=0) if columns else np.zeros(len(some), dtype=bool)
    if not whole.any():
        raise InputError(f"{recording.name}: there is no moment at which the joint angles are known together.")
    left_out = [name for name in COORDINATES if name not in columns]
    lines = [
        recording.name,
        "version=1",
        f"nRows={whole.sum()}",
        f"nColumns={len(columns) + 1}",
        "inDegrees=yes",
        "hip_flexion is the angle of the thigh to the vertical: one camera does not see the tilt of the pelvis.",
        "Moments at which one of these angles is unknown are left out: the rows are not all evenly spaced.",
        *([f"Left out, because mostly unknown: {', '.join(left_out)}."] if left_out else []),
        "endheader",
        "\t".join(["time", *columns]),
    ]
    for values in np.column_stack([recording.time_s, *columns.values()])[whole]:
        lines.append("\t".join(f"{value:.6f}" for value in values))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
