"""C3D: joints and gait events, for Mokka, Visual3D, Nexus and their kind; ezc3d is imported only here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gait.errors import InputError, UsageError
from gait.report.exports.recording import Recording
from gait.skeleton import short_name
from gait.version import __version__

LABELS = {"strike": "Foot Strike", "off": "Foot Off"}
CONTEXTS = {"left": "Left", "right": "Right"}
_LONGEST_LIST = 255
"""A parameter of a C3D file holds no more; the rest goes into LABELS2, LABELS3, ..."""


def write_c3d(recording: Recording, path: Path) -> None:
    """Write the joints of a recording as points, and its foot strikes and offs as events with their side.

    X to the right of the picture, Y up, Z zero, from the lower left corner of the picture; millimetres where the scale
    is known, else pixels (POINT:UNITS). An unknown point has a residual of -1. Times of events count from the first
    frame.

    Parameters
    ----------
    recording : Recording
    path : Path

    Raises
    ------
    InputError
        No joint is known.
    UsageError
        The package ezc3d is not installed.
    """
    try:
        import ezc3d
    except ImportError as error:
        raise UsageError("The format c3d needs the package ezc3d.", "Install it: pip install 'gait[c3d]'") from error
    if not recording.points:
        raise InputError(f"{recording.name}: there are no joints to export.")
    in_mm = recording.unit == "m"
    places = np.stack(list(recording.points.values())).transpose(2, 0, 1) * (1000.0 if in_mm else 1.0)
    unknown = np.isnan(places).any(axis=0)
    points = np.concatenate([places, np.zeros((1, *unknown.shape)), np.ones((1, *unknown.shape))])
    points[:3, unknown] = 0.0
    file = ezc3d.c3d()
    point = file["parameters"]["POINT"]
    point["LABELS"]["value"] = [short_name(keypoint) for keypoint in recording.points]
    point["UNITS"]["value"] = ["mm" if in_mm else "px"]
    point["RATE"]["value"] = [recording.rate_hz]
    file.add_parameter("POINT", "X_SCREEN", ["+X"])
    file.add_parameter("POINT", "Y_SCREEN", ["+Y"])
    file.add_parameter("MANUFACTURER", "SOFTWARE", ["gait"])
    file.add_parameter("MANUFACTURER", "VERSION_LABEL", [__version__])
    file["data"]["points"] = points
    file["data"]["meta_points"]["residuals"] = np.where(unknown, -1.0, 0.0)[None]
    _add_events(file, recording.events, float(recording.time_s[0]))
    file.write(str(path))


def _add_events(file: Any, events: pd.DataFrame, start_s: float) -> None:
    file.add_parameter("EVENT", "USED", len(events))
    for first in range(0, len(events), _LONGEST_LIST):
        some = events.iloc[first : first + _LONGEST_LIST]
        part = str(first // _LONGEST_LIST + 1) if first else ""
        seconds = some["time_s"].to_numpy(dtype=np.float64) - start_s
        file.add_parameter("EVENT", f"CONTEXTS{part}", [CONTEXTS[side] for side in some["side"]])
        file.add_parameter("EVENT", f"LABELS{part}", [LABELS[kind] for kind in some["kind"]])
        # Minutes and seconds; whole minutes are counted in the seconds.
        file.add_parameter("EVENT", f"TIMES{part}", np.stack([np.zeros(len(some)), seconds]))
