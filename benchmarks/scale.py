"""How a batch scales: recordings per hour by workers and engine, and a library of 100,000 recordings.

    python benchmarks/scale.py throughput [--clips 4] [--seconds 60]     # the real pipeline
    python benchmarks/scale.py ledger [--recordings 100000]              # simulated results: the machinery alone

The first prints wall time and processor time: on a machine that does other things too, only the second says something.
Each worker has one core to itself where the system can pin it (Linux), for 1 and 2 workers alike.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import itertools
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from gait.batch.driver import Driver, keys_of, take_in
from gait.batch.tasks import Done, Look, Looked, Task
from gait.batch.worker import Event
from gait.cli.batch_screen import Nothing
from gait.config import Settings
from gait.library.card import Card
from gait.library.entries import Source
from gait.library.keys import recording_id
from gait.library.ledger import Ledger
from gait.library.publish import publish
from gait.library.recording import Job

DRIVEN = 10_000
"""Simulated recordings that pass through the driver; the others are written into the ledger as it would."""

SAMPLE = Path(__file__).parents[1] / "sample_videos" / "side_walk.mp4"


# Throughput: the real pipeline


def make_clips(folder: Path, n: int, seconds: float) -> None:
    """Write clips of the sample walk, over and over, no two alike."""
    folder.mkdir()
    for i in range(n):
        command = ["ffmpeg", "-loglevel", "error", "-stream_loop", "-1", "-i", str(SAMPLE), "-t", str(seconds)]
        command += ["-preset", "ultrafast", "-crf", str(18 + i % 10), "-metadata", f"title={i}"]
        subprocess.run([*command, str(folder / f"clip_{i:03d}.mp4")], check=True)


def timed(command: list[str], cores: int) -> tuple[float, float]:
    """Run a command on so many cores; return wall and processor seconds, those of everything it started."""

    def pin() -> None:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(command, check=True, preexec_fn=pin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall_s = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def throughput(clips: int, seconds: float, config: str | None) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_clips(folder / "in", clips, seconds)
        gait = [sys.executable, "-m", "gait"]
        extra = ["--config", config] if config else []
        inputs = [str(path) for path in sorted((folder / "in").iterdir())]
        batch = [*gait, "batch", str(folder / "in"), *extra]
        runs = {
            "shell loop over gait run": ([["bash", "-c", loop(gait, inputs, folder / "loop", extra)]], 1),
            "local, 1 worker": ([[*batch, "-o", str(folder / "l1"), "--workers", "1"]], 1),
            "local, 2 workers": ([[*batch, "-o", str(folder / "l2"), "--workers", "2"]], 2),
            "ray, 2 workers": ([[*batch, "-o", str(folder / "r2"), "--workers", "2", "--engine", "ray"]], 2),
        }
        print(f"{clips} clips of {seconds:g} s; {os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}")
        print(f"{'':<28}{'wall s':>9}{'per hour':>10}{'processor s':>13}")
        for name, (commands, cores) in runs.items():
            wall_s, cpu_s = timed(commands[0], cores)
            print(f"{name:<28}{wall_s:9.1f}{clips / wall_s * 3600:10.1f}{cpu_s:13.1f}", flush=True)
        size = sum(path.stat().st_size for path in (folder / "l1").rglob("*") if path.is_file())
        print(f"disk per recording {size / clips / 1e6:.1f} MB")


def loop(gait: list[str], inputs: list[str], out: Path, extra: list[str]) -> str:
    """The shell loop that one would write without a batch."""
    options = " ".join(extra)
    return f'for f in {" ".join(inputs)}; do {" ".join(gait)} run "$f" -o {out} {options} --quiet; done'


# The ledger: simulated results


class Instant:
    """An engine that has every answer at once: what is measured is the driver and the ledger."""

    slots = 4

    def __init__(self, card: Card, measures: bytes) -> None:
        self._card, self._measures = card, measures
        self._answers: list[tuple[int, Event]] = []

    def __enter__(self) -> Instant:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def ready(self, slot: int) -> bool:
        return True

    def submit(self, slot: int, task: Task) -> None:
        self._answers.append((slot, self._answer(task)))

    def events(self, timeout_s: float) -> list[tuple[int, Event]]:
        answers, self._answers = self._answers, []
        return answers

    def _answer(self, task: Task) -> Event:
        if isinstance(task, Look):
            return Looked(source=task.source, sha256=hashlib.sha256(task.path.encode()).hexdigest())
        assert isinstance(task, Job)
        card = dataclasses.replace(
            self._card, id=task.id, name=Path(task.video).name, sha256=task.sha256, found_at=task.found_at,
            subject=task.subject, keys=task.keys,
        )  # fmt: skip
        return Done(card=card, measures_csv=self._measures)


class Memory(Nothing):
    """Notes the memory of this process now and then."""

    def __init__(self, every: int) -> None:
        super().__init__(quiet=True)
        self.every, self.n, self.megabytes = every, 0, list[float]()

    def done(self, slot: int, card: Card) -> None:
        self.n += 1
        if self.n % self.every == 0:
            self.megabytes.append(psutil.Process().memory_info().rss / 1e6)


def sources(n: int) -> Iterator[Source]:
    text = Settings().model_dump_json()
    for i in range(n):
        yield Source(
            path=f"/in/ward {i % 40}/walk_{i:06d}.mp4", size_bytes=40_000_000, changed="1", start_s=0.0, end_s=None,
            subject=f"P-{i // 3:05d}", session="2025-03-14", settings=text,
        )  # fmt: skip


def one_result(folder: Path) -> tuple[Card, bytes]:
    """The card and the measures of a real result of the sample walk."""
    config = folder / "cheap.yaml"
    config.write_text("{video: {end_s: 4}, subject: {detector: full-frame}, report: {overlay: false}}")
    command = [sys.executable, "-m", "gait", "batch", str(SAMPLE), "-o", str(folder / "one"), "--config"]
    subprocess.run([*command, str(config)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with Ledger(folder / "one") as ledger:
        ((row, measures),) = ledger.measures()
    assert row.card is not None
    return row.card, measures


def simulate(root: Path, n: int, card: Card, measures: bytes) -> list[float]:
    """Fill a library with copies of a result, some through the real driver; return its memory in MB as it goes."""
    driven = min(n, DRIVEN)
    watcher = Memory(max(1, driven // 10))
    with Ledger(root, writing=True) as ledger:
        run = ledger.begin_run("benchmark")
        take_in(ledger, run, sources(driven), retry_failed=False, has=anywhere)
        began = time.process_time()
        Driver(ledger, run, Instant(card, measures), library=str(root), retries=2, threads=1, watcher=watcher).work()
        print(f"{(time.process_time() - began) / driven * 1e3:.2f} ms of the driver for each recording")
        with ledger.together():
            for i, source in enumerate(itertools.islice(sources(n), driven, None), driven):
                sha256 = hashlib.sha256(source.path.encode()).hexdigest()
                known = dataclasses.replace(source, sha256=sha256, recording=recording_id(sha256, 0.0, None))
                ledger.add_source(known, run)
                copy = dataclasses.replace(
                    card, id=known.recording, sha256=sha256, found_at=source.path, name=Path(source.path).name,
                    subject=source.subject, keys=keys_of(known),
                )  # fmt: skip
                ledger.record(copy, f"recordings/walk_{i}", measures)
        ledger.end_run(run)
        began = time.process_time()
        plan = take_in(ledger, ledger.begin_run("again"), sources(n), retry_failed=False, has=anywhere)
        print(f"a second night: {plan.done} found done, {plan.due} due, in {time.process_time() - began:.1f} s")
    return watcher.megabytes


def anywhere(folder: str) -> bool:
    """Whether there is a result: always."""
    return True


def ledger(n: int, keep: Path | None) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        card, measures = one_result(folder)
        root = keep or folder / "library"
        print(f"{n} simulated recordings, {min(n, DRIVEN)} of them through the driver")
        megabytes = simulate(root, n, card, measures)
        print("memory of the driver, MB, at every tenth: " + ", ".join(f"{each:.0f}" for each in megabytes))
        print(f"ledger {(root / 'ledger.sqlite').stat().st_size / 1e6:.0f} MB")
        began = time.process_time()
        publish(root)
        print(f"tables and index: {time.process_time() - began:.1f} s")
        for path in sorted(root.glob("*.*")):
            if path.suffix in (".csv", ".parquet", ".html"):
                print(f"  {path.name:<20}{path.stat().st_size / 1e6:8.1f} MB")
        command = [sys.executable, "-m", "gait", "batch", "-o", str(root), "--status"]
        wall_s, cpu_s = timed(command, 1)
        _, cpu_help_s = timed([sys.executable, "-m", "gait", "batch", "--help"], 1)
        with Ledger(root) as reader:
            began = time.process_time()
            reader.counts()
            reader.pace()
            counting_s = time.process_time() - began
        print(
            f"--status: {wall_s:.2f} s, processor {cpu_s:.2f} s (--help {cpu_help_s:.2f}); counting {counting_s:.2f} s"
        )
        open_index(root / "index.html")


def open_index(page: Path) -> None:
    """Open the page in headless Chromium, and say how long it takes until the rows are there."""
    binary, driver_path = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not (binary and driver_path):
        print("index: there is no Chromium here")
        return
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(driver_path))
    try:
        began = time.monotonic()
        browser.get(page.as_uri())
        shown = browser.find_element(By.ID, "count").text
        print(f"index page: open after {time.monotonic() - began:.1f} s, shows {shown!r}")
        began = time.monotonic()
        browser.find_element(By.ID, "search").send_keys("P-00777")
        print(f"search: {time.monotonic() - began:.1f} s, {browser.find_element(By.ID, 'count').text!r}")
    finally:
        browser.quit()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    one = kinds.add_parser("throughput")
    one.add_argument("--clips", type=int, default=4)
    one.add_argument("--seconds", type=float, default=60)
    one.add_argument("--config")
    two = kinds.add_parser("ledger")
    two.add_argument("--recordings", type=int, default=100_000)
    two.add_argument("--keep", type=Path, help="Leave the simulated library in this folder.")
    given = parser.parse_args()
    if given.kind == "throughput":
        throughput(given.clips, given.seconds, given.config)
    else:
        ledger(given.recordings, given.keep)


if __name__ == "__main__":
    main()
