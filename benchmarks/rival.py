"""The events that myogait finds from the same joints.

It lives in an environment of its own (`python -m venv v; v/bin/pip install myogait==0.9.2`), whose interpreter is named
to the benchmark, because what it needs may not go with what this project needs.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gait.types import PoseSequence

METHODS = ("zeni", "oconnor", "gk_bike")
"""Its default and the two others that did best; the last one comes from gaitkit, which it installs."""
LANDMARKS = {
    f"{side}_{ours}": f"{side.upper()}_{theirs}"
    for side in ("left", "right")
    for ours, theirs in {
        "shoulder": "SHOULDER", "elbow": "ELBOW", "wrist": "WRIST", "hip": "HIP", "knee": "KNEE", "ankle": "ANKLE",
        "heel": "HEEL", "big_toe": "FOOT_INDEX",
    }.items()
} | {"nose": "NOSE"}  # fmt: skip
_KINDS = {"hs": "strike", "to": "off"}


class NoRivalError(RuntimeError):
    """Myogait cannot be run."""


def rival_events(clips: Sequence[PoseSequence], interpreter: str | None) -> dict[str, list[pd.DataFrame]]:
    """Find the events of several clips by each of `METHODS`.

    Parameters
    ----------
    clips : sequence of PoseSequence
        At an even frame rate.
    interpreter : str or None
        The Python that has myogait.

    Returns
    -------
    dict
        "myogait", its version and the method, to one table per clip: time_s, side, kind, sd_s (NaN: it states none).

    Raises
    ------
    NoRivalError
        No interpreter is named, or it has no myogait.
    """
    if interpreter is None:
        raise NoRivalError("name the Python that has myogait with --myogait.")
    asked = json.dumps({"methods": METHODS, "clips": [_pivot(poses) for poses in clips]})
    script = Path(__file__).with_name("run_myogait.py")
    done = subprocess.run([interpreter, str(script)], input=asked, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoRivalError(f"{interpreter} failed: {' '.join(done.stderr.strip().splitlines()[-1:])}")
    answer = json.loads(done.stdout)
    return {
        f"myogait {answer['version']} {method}": [_table(events) for events in found]
        for method, found in answer["events"].items()
    }


def _pivot(poses: PoseSequence) -> dict[str, object]:
    """Write joints as myogait keeps them: shares of width and height, by MediaPipe's names; NaN where there is none."""
    share = poses.xy_px.astype(np.float64) / [poses.width_px, poses.height_px]
    columns = [(poses.keypoints.index(ours), theirs) for ours, theirs in LANDMARKS.items() if ours in poses.keypoints]
    frames = [
        {
            "frame_idx": row,
            "time_s": float(time_s),
            "confidence": float(np.nanmean(poses.score[row])),
            "landmarks": {
                name: {
                    "x": float(share[row, k, 0]),
                    "y": float(share[row, k, 1]),
                    "visibility": float(poses.score[row, k]),
                }
                for k, name in columns
            },
        }
        for row, time_s in enumerate(poses.time_s)
    ]
    return {
        "meta": {
            "source": "video",
            "fps": float(1 / np.median(np.diff(poses.time_s))),
            "width": poses.width_px,
            "height": poses.height_px,
            "n_frames": len(frames),
        },
        "frames": frames,
    }


def _table(events: dict[str, list[dict[str, float]]]) -> pd.DataFrame:
    rows = [
        {"time_s": event["time"], "side": side, "kind": kind, "sd_s": np.nan}
        for side in ("left", "right")
        for short, kind in _KINDS.items()
        for event in events[f"{side}_{short}"]
    ]
    return pd.DataFrame(rows, columns=["time_s", "side", "kind", "sd_s"])
