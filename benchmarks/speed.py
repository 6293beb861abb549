"""What a whole run costs, against a bare loop of decoding and BlazePose over the same frames, in one session.

    python benchmarks/speed.py VIDEO [--repeats 3] [--memory]

The clip should last 30 s or more (`python sample_videos/make.py --name long` renders one). The figures are ratios of
wall times, each the best of the repeats, taken in turns so that a busy machine harms both alike. `--memory` also runs a
clip ten times as long and compares the peak memory of all processes of a run (proportional set size, which counts
shared pages once; Linux only).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from fractions import Fraction
from pathlib import Path

import av

BARE_LOOP = """
import sys, av
from mediapipe.python.solutions.pose import Pose
pose = Pose(model_complexity=1, smooth_landmarks=False)
with av.open(sys.argv[1]) as container:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    for frame in container.decode(stream):
        pose.process(frame.to_ndarray(format="rgb24"))
"""


def wall_time_s(command: list[str]) -> float:
    """Run a command and return how long it took."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def peak_memory_mb(command: list[str]) -> float:
    """Run a command and return the peak memory of it and all its children together."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak_kb = 0

    def watch() -> None:
        nonlocal peak_kb
        while process.poll() is None:
            peak_kb = max(peak_kb, sum(_memory_kb(pid) for pid in _family(process.pid)))
            time.sleep(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    if process.wait() != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    watcher.join()
    return peak_kb / 1024


def _family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(p for child in children for p in _family(int(child)))]


def _memory_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def repeated(video: Path, times: int, target: Path) -> None:
    """Write a video that shows another one several times over, without encoding it again."""
    with av.open(str(target), "w") as output:
        copy = None
        offset = 0
        for _ in range(times):
            with av.open(str(video)) as source:
                stream = source.streams.video[0]
                copy = copy or output.add_stream_from_template(stream)
                end = offset
                for packet in source.demux(stream):
                    if packet.pts is None or packet.dts is None:
                        continue
                    packet.pts += offset
                    packet.dts += offset
                    end = max(end, packet.pts + (packet.duration or 1))
                    packet.stream = copy
                    output.mux(packet)
                offset = end


def describe(video: Path) -> str:
    """Return size and length of a video in words."""
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        length_s = float((stream.duration or 0) * (stream.time_base or Fraction(1)))
        return f"{stream.codec_context.width} x {stream.codec_context.height}, {stream.frames} frames, {length_s:.1f} s"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    program = shutil.which("gait")
    if program is None:
        raise SystemExit("The command gait is not installed: pip install '.[blazepose]'")
    with tempfile.TemporaryDirectory() as folder:
        bare = [sys.executable, "-c", BARE_LOOP, str(options.video)]
        whole = [program, "run", str(options.video), "-o", folder]
        bare_s, whole_s = [], []
        for _ in range(options.repeats):
            bare_s.append(wall_time_s(bare))
            whole_s.append(wall_time_s(whole))
        print(f"{options.video.name}: {describe(options.video)}")
        print(f"decoding and BlazePose alone  {min(bare_s):7.1f} s   (all: {', '.join(f'{t:.1f}' for t in bare_s)})")
        print(f"gait run, report and overlay  {min(whole_s):7.1f} s   (all: {', '.join(f'{t:.1f}' for t in whole_s)})")
        print(f"ratio                         {min(whole_s) / min(bare_s):7.2f}")
        if options.memory:
            tenfold = Path(folder) / f"tenfold{options.video.suffix}"
            repeated(options.video, 10, tenfold)
            once_mb = peak_memory_mb(whole)
            tenfold_mb = peak_memory_mb([program, "run", str(tenfold), "-o", folder])
            print(f"peak memory, this clip        {once_mb:7.0f} MB")
            print(f"peak memory, ten times longer {tenfold_mb:7.0f} MB   ({tenfold_mb - once_mb:+.0f} MB)")


if __name__ == "__main__":
    main()
