"""How many foot strikes are found in real videos whose strikes were read off by eye.

    python benchmarks/real.py [--folder ../shared/videos] [--only NAME]

Beside a video NAME.mp4 lies NAME_strikes.csv with the columns frame, time_s, side (L or R), uncertainty_frames and
note; NAME_other_file.mp4 is the same recording exported again, and the same labels hold. A strike labelled with an
uncertainty of 4 frames was hidden from view: it need not be found, and may be. Every strike that is found counts, in
turns too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.scoring import NOTHING, Matches, match_events, table
from gait.config import ReportSettings, Settings
from gait.errors import GaitError
from gait.pipeline import run_video

VIDEOS = Path(__file__).resolve().parents[2] / "shared" / "videos"
TOLERANCE_S = 0.12
HIDDEN_FRAMES = 4
"""The uncertainty of a label that is not scored."""


def labelled_clips(folder: Path, only: str | None = None) -> Iterator[tuple[Path, pd.DataFrame]]:
    """Yield every labelled video of a folder and its labels: time_s, side, kind, hidden."""
    for file in sorted(folder.glob("*_strikes.csv")):
        name = file.name.removesuffix("_strikes.csv")
        given = pd.read_csv(file)
        labels = pd.DataFrame(
            {
                "time_s": given["time_s"],
                "side": given["side"].map({"L": "left", "R": "right"}),
                "kind": "strike",
                "hidden": given["uncertainty_frames"] >= HIDDEN_FRAMES,
            }
        )
        for video in (folder / f"{name}.mp4", folder / f"{name}_other_file.mp4"):
            if video.exists() and only in (None, name, video.stem):
                yield video, labels


def score(video: Path, labels: pd.DataFrame) -> Matches:
    """Run the tool on a video, and compare the strikes it finds with the labels."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(report=ReportSettings(overlay=False))
        return compare(run_video(video, out=Path(folder), settings=settings).result.events, labels)


def compare(found: pd.DataFrame, labels: pd.DataFrame) -> Matches:
    """Compare the events that were found with the labels."""
    hidden = labels["hidden"]
    return match_events(found, labels[~hidden], "strike", labels[hidden], TOLERANCE_S)


def row_of(name: str, matches: Matches) -> dict[str, object]:
    """Sum up; the errors are absolute."""
    error_ms = 1000 * np.abs(matches.error_s) if matches.error_s else np.array([np.nan])
    return {
        "clip": name,
        "labelled": matches.n_true,
        "found": len(matches.error_s),
        "missed": len(matches.missed_s),
        "wrong": len(matches.wrong_s),
        "median ms": float(np.median(error_ms)),
        "p90 ms": float(np.percentile(error_ms, 90)),
    }


def main() -> None:
    """Print which strikes were missed and which are wrong, then the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=VIDEOS, help="videos and labels")
    parser.add_argument("--only", metavar="NAME", help="one clip alone")
    options = parser.parse_args()
    rows, total = [], NOTHING
    for video, labels in labelled_clips(options.folder, options.only):
        try:
            matches = score(video, labels)
        except GaitError as error:
            print(f"{video.name}: {error}")
            matches = Matches(missed_s=tuple(labels.loc[~labels["hidden"], "time_s"]))
        for what, times_s in (("missed", matches.missed_s), ("wrong", matches.wrong_s)):
            print(f"{video.name}: {what} {', '.join(f'{t:.2f} s' for t in sorted(times_s)) or 'none'}", flush=True)
        rows.append(row_of(video.stem, matches))
        total += matches
    if not rows:
        raise SystemExit(f"{options.folder}: no labelled video here.")
    print()
    print(table([*rows, row_of("all", total)]))


if __name__ == "__main__":
    main()
