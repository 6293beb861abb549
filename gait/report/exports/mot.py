"""MOT: joint angles over time, for OpenSim."""

from __future__ import annotations

from pathlib import Path

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


def write_mot(recording: Recording, path: Path) -> None:
    """Write the angles of hip, knee and ankle in degrees, by OpenSim's names of the coordinates.

    Flexion and dorsiflexion are positive, as in the models of Rajagopal (2016); in gait2392 the knee has the other
    sign. The hip angle is that of the thigh against the vertical, as if the pelvis stood upright: one camera does not
    see its tilt. Zero is a straight knee, and a flat foot under an upright shank. Unknown angles are NaN, joints that
    are unknown throughout are left out.

    Parameters
    ----------
    recording : Recording
    path : Path

    Raises
    ------
    InputError
        No angle is known.
    """
    columns = {name: recording.angles_deg[s] for name, s in COORDINATES.items() if s in recording.angles_deg}
    if not columns:
        raise InputError(
            f"{recording.name}: there are no joint angles to export: they can only be measured from the side."
        )
    lines = [
        recording.name,
        "version=1",
        f"nRows={len(recording.time_s)}",
        f"nColumns={len(columns) + 1}",
        "inDegrees=yes",
        "endheader",
        "\t".join(["time", *columns]),
    ]
    for values in zip(recording.time_s, *columns.values(), strict=True):
        lines.append("\t".join(f"{value:.6f}" for value in values))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
