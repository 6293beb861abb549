"""Draw the sample videos again, with their truth.

python sample_videos/make.py                              all that come with the project
python sample_videos/make.py --name limp                  one of them
python sample_videos/make.py --name long --seconds 60     a longer walk, for timing the program
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from renderer.clip import write
from renderer.clips import SHIPPED, long_walk
from renderer.truth import write_truth


def main() -> None:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(description="Draw the sample videos again, with their truth.")
    parser.add_argument("--name", action="append", choices=[*SHIPPED, "long"], help="all that are shipped when absent")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the long walk")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--truth-only", action="store_true", help="leave the pictures as they are")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.name or SHIPPED:
        started = time.perf_counter()
        clip = long_walk(options.seconds) if name == "long" else SHIPPED[name]()
        write_truth(clip, options.out)
        if not options.truth_only:
            write(clip, options.out / f"{name}.mp4", options.processes)
        print(f"{name}: {len(clip.pts)} frames, {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
