"""The rendered sample clips, measured from the pictures, and what is true of them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.conditions import EDGE_S
from gait.config import ReportSettings, Settings
from gait.pipeline import run_video
from gait.types import Result

SAMPLES = Path(__file__).resolve().parents[1] / "sample_videos"
CLIPS = ("side_walk", "limp", "frontal_lean", "two_people", "phone", "two_colours")


def measured_clip(name: str) -> tuple[Result, pd.DataFrame, pd.DataFrame]:
    """Run the tool on a clip.

    Returns
    -------
    result : Result
    wanted, spare : DataFrame
        time_s, side, kind, pass_number of the true events: those that must be found, and those so close to where the
        walker enters or leaves the picture that they need not be.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(report=ReportSettings(overlay=False))
        result = run_video(SAMPLES / f"{name}.mp4", out=Path(folder), settings=settings).result
    truth = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    first_s, last_s = np.array(truth["time_s"])[np.flatnonzero(truth["whole"])[[0, -1]]] + [EDGE_S, -EDGE_S]
    seen, unseen = (pd.DataFrame(truth[key]).assign(pass_number=n) for key, n in (("events", 1), ("unseen_events", 0)))
    inside = seen["time_s"].between(first_s, last_s)
    return result, seen[inside], pd.concat([seen[~inside], unseen])
