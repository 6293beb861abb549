"""The rendered sample clips, and what is true of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

SAMPLES = Path(__file__).resolve().parent.parent / "sample_videos"
CLIPS = tuple(sorted(path.stem for path in SAMPLES.glob("*.json")))


def sample_clip(name: str) -> tuple[Path, dict[str, Any]]:
    """Return the video of a sample clip and its truth, as sample_videos/README.md describes it."""
    return SAMPLES / f"{name}.mp4", json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def true_keypoints(name: str) -> pd.DataFrame:
    """Return the true keypoints of the subject: time_s, then <keypoint>_x, _y in pixels, _score 1 in the picture."""
    return pd.read_csv(SAMPLES / f"{name}.keypoints.csv.gz")


def true_events(known: dict[str, Any], kind: str, side: str | None = None) -> npt.NDArray[np.float64]:
    """Return the times in seconds of the strikes or offs in view, of one side or both."""
    return np.array([e["time_s"] for e in known["events"] if e["kind"] == kind and side in (None, e["side"])])
