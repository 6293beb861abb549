"""Short recordings that are cheap to measure with the real pipeline: samples cut and made smaller, no two alike."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[1] / "sample_videos"

CHEAP: dict[str, Any] = {
    "video": {"fps": 30, "end_s": 2.5},
    "subject": {"detector": "full-frame"},
    "report": {"overlay": False},
}
"""No search for people, and no annotated video: all the rest is as always."""


def make_clips(folder: Path, n: int, sample: str = "side_walk", seconds: float = 2.5) -> list[Path]:
    """Write so many clips of a sample, each compressed in another way."""
    folder.mkdir(parents=True, exist_ok=True)
    clips = []
    for i in range(n):
        clips.append(folder / f"clip_{i:02d}.mp4")
        command = ["ffmpeg", "-loglevel", "error", "-y", "-i", str(SAMPLES / f"{sample}.mp4"), "-t", str(seconds)]
        command += ["-vf", "scale=480:-2", "-preset", "ultrafast", "-crf", str(15 + i % 20), str(clips[-1])]
        subprocess.run([*command[:-1], "-metadata", f"title={i}", command[-1]], check=True)
    return clips


def write_config(path: Path, **changes: dict[str, Any]) -> Path:
    """Write the cheap settings, with some sections changed, to a file (JSON is YAML)."""
    tree = {name: {**CHEAP.get(name, {}), **changes.get(name, {})} for name in {*CHEAP, *changes}}
    path.write_text(json.dumps(tree))
    return path
