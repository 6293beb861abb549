"""A known distance, and what is known of the person, from the command line to the files."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

SAMPLE = Path(__file__).parents[2] / "sample_videos" / "side_walk"


def analyze(keypoints: Path, out: Path, *options: str) -> dict[str, Any]:
    """Run `gait analyze` and read result.json."""
    command = [sys.executable, "-m", "gait", "analyze", str(keypoints), "-o", str(out), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (folder,) = out.iterdir()
    tree: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return tree


@pytest.fixture
def joints(tmp_path: Path) -> Path:
    """The true joints of the rendered side walk as a table."""
    table = tmp_path / "walk.csv"
    table.write_bytes(gzip.decompress(SAMPLE.with_name("side_walk.keypoints.csv.gz").read_bytes()))
    return table


def footprints() -> tuple[str, float]:
    """Where the left ankle was at its first and last strike, with the metres between them, and the true speed."""
    known = json.loads(SAMPLE.with_suffix(".json").read_text(encoding="utf-8"))
    table = pd.read_csv(SAMPLE.with_name("side_walk.keypoints.csv.gz"))
    strikes = [e["time_s"] for e in known["events"] if (e["side"], e["kind"]) == ("left", "strike")]
    ends = [np.interp(t, table["time_s"], table[f"left_ankle_{c}"]) for t in (strikes[0], strikes[-1]) for c in "xy"]
    metres = known["speed_m_s"] * (strikes[-1] - strikes[0])
    return ",".join(f"{x:.1f}" for x in (*ends, metres)), known["speed_m_s"]


def test_two_footprints_and_the_metres_between_them_give_the_true_speed(joints: Path, tmp_path: Path) -> None:
    scale, true = footprints()
    tree = analyze(joints, tmp_path / "out", "--size", "1280x720", "--scale", scale)
    (speed,) = [m for m in tree["measures"] if m["measure"] == "speed"]
    assert speed["unit"] == "m/s"
    assert speed["ci_low"] < true < speed["ci_high"]
    assert speed["value"] == pytest.approx(true, rel=0.04)


def test_a_later_analysis_keeps_what_was_known_of_the_person(joints: Path, tmp_path: Path) -> None:
    """A woman of 65 with the fall-screen context; then only the age is put right."""
    options = ("--size", "1280x720", "--height-m", "1.74", "--age", "65", "--sex", "female", "--fall-screen")
    first = analyze(joints, tmp_path / "one", *options)
    saved = next((tmp_path / "one").iterdir()) / "keypoints.parquet"
    second = analyze(saved, tmp_path / "two", "--age", "82")
    assert (first["references"]["age"], first["references"]["sex"]) == (65, "female")
    assert (second["references"]["age"], second["references"]["sex"]) == (82, "female")
    assert second["fall_screen"] is not None
    assert second["measures"] == first["measures"], "age and sex change no measure"
