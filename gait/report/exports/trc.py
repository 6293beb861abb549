"""TRC (Track Row Column): marker trajectories, for OpenSim and motion capture programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gait.errors import InputError
from gait.report.exports.recording import Recording
from gait.skeleton import short_name

_COLUMNS = (
    "DataRate",
    "CameraRate",
    "NumFrames",
    "NumMarkers",
    "Units",
    "OrigDataRate",
    "OrigDataStartFrame",
    "OrigNumFrames",
)


def write_trc(recording: Recording, path: Path) -> None:
    """Write the joints of a recording as markers.

    X to the right of the picture (forward in a walk to the right), Y up, Z zero, from the lower left corner of the
    picture, in metres or pixels as the header says. A walk to the left is not turned round: the leg near the camera
    stays the one it is. Markers have the names of Pose2Sim and its OpenSim models (``RAnkle``); joints that are unknown
    throughout are left out. X and Y of an unknown place are empty, which OpenSim takes for a marker that is not seen;
    the word nan stops it. Z is there all the same: OpenSim loses an empty field at the end of a line.

    Parameters
    ----------
    recording : Recording
    path : Path

    Raises
    ------
    InputError
        No joint is known.
    """
    if not recording.points:
        raise InputError(f"{recording.name}: there are no joints to export.")
    n, rate = len(recording.time_s), f"{recording.rate_hz:.6g}"
    values = (rate, rate, n, len(recording.points), recording.unit, rate, 1, n)
    names = [short_name(keypoint) for keypoint in recording.points]
    axes = [f"{axis}{i}" for i in range(1, len(names) + 1) for axis in "XYZ"]
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{recording.name}.trc",
        "\t".join(_COLUMNS),
        "\t".join(map(str, values)),
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t",
        "\t\t" + "\t".join(axes),
        "",
    ]
    xyz = np.zeros((n, len(names), 3))
    xyz[..., :2] = np.stack(list(recording.points.values()), axis=1)
    xyz[np.isnan(xyz).any(axis=2), :2] = np.nan
    for i, (time_s, row) in enumerate(zip(recording.time_s, xyz.reshape(n, -1), strict=True), start=1):
        lines.append("\t".join([str(i), f"{time_s:.6f}", *("" if np.isnan(v) else f"{v:.6f}" for v in row)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
