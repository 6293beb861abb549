"""Pull the plug on real runs at random moments: is the last good result whole, and nothing left over by the next run?

    python -m tests.hostile.plug --n 30 --seed 0

There is a good result of a recording, with somebody's notes in its folder. It is measured again, and in the middle of
that the process is killed, told to end, interrupted with Ctrl-C, or runs out of disk (a tmpfs that is too small where
one may be mounted, else files may not grow any more). Then it is measured once more, undisturbed. Prints a table.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[2]
CLIP = ROOT / "sample_videos" / "side_walk.mp4"
OPTIONS = ("--end", "2")
NAME = CLIP.stem
NOTES = {"notes.txt": "left knee replaced in spring", "letters/doctor.txt": "Dear colleague"}
N_FILES = 9
"""In the folder of a result."""
TELLS_THE_TIME = {"report.html", "result.json", "keypoints.parquet"}
"""Of the files those that are not the same in every run."""
PATIENCE_S = 300
ENDED = {
    "kill": (-9,),
    "terminate": (143, -15),  # the second before the program listens
    "interrupt": (130, -2),
    "full disk": (3,),
}
"""How the plug is pulled, and the exit code after it."""

Fingerprint = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When the plug is pulled.

    Attributes
    ----------
    way : str
        One of `ENDED`.
    share : float
        For a full disk, the part of the new result that has room; else the part of the usual time of a run.
    files : int or None
        Wait until so many files of the new result are there instead.
    """

    way: str
    share: float
    files: int | None


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of it; without `problems`, all is well."""

    plan: Plan
    exit_code: int
    seconds: float
    result: str
    said: str
    problems: list[str] = field(default_factory=list)


def plans(n: int, seed: int) -> list[Plan]:
    """Return `n` plans, of all ways in turn."""
    rng = random.Random(seed)
    ways = [way for way in ENDED if way in ("kill", "full disk") or os.name == "posix"]
    made = []
    for number in range(n):
        way = ways[number % len(ways)]
        files = rng.randrange(N_FILES + 1) if way != "full disk" and rng.random() < 0.5 else None
        made.append(Plan(way=way, share=rng.uniform(0.05, 0.95), files=files))
    return made


def fingerprint(folder: Path) -> Fingerprint:
    """Return the hash of every file in a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class Bench:
    """A folder with a good result, on which plans are tried out."""

    def __init__(self, folder: Path) -> None:
        self._before, self._out = folder / "before", folder / "disk" / "out"
        began = time.monotonic()
        process = start(self._before)
        said = _last_words(process)
        assert process.returncode == 0, said
        self._usual_s = time.monotonic() - began
        for name, text in NOTES.items():
            note = self._before / NAME / name
            note.parent.mkdir(exist_ok=True)
            note.write_text(text, encoding="utf-8")
        self._old = fingerprint(self._before / NAME)

    def try_out(self, plan: Plan) -> Trial:
        """Measure again, pull the plug, and measure once more."""
        disk = self._out.parent
        shutil.rmtree(disk, ignore_errors=True)
        disk.mkdir()
        sizes = [path.stat().st_size for path in self._before.rglob("*") if path.is_file()]
        with _filling_up(disk, sizes, plan.share) if plan.way == "full disk" else _endless() as (limit, make_room):
            shutil.copytree(self._before, self._out)
            began = time.monotonic()
            process = start(self._out, limit)
            self._pull(process, plan)
            said = _last_words(process)
            seconds = time.monotonic() - began
            result = "old" if fingerprint(self._out / NAME) == self._old else "new"
            problems = [f"after the plug: {each}" for each in self._after_the_plug(plan, process.returncode, said)]
            make_room()
            again = start(self._out)
            said_again = _last_words(again)
            if again.returncode != 0:
                problems.append(f"the next run ended with {again.returncode}: {said_again}")
            problems += [f"after the next run: {each}" for each in (*self._wrong_in_result(), *self._left_over())]
        return Trial(
            plan=plan,
            exit_code=process.returncode,
            seconds=seconds,
            result=result,
            said=" ".join(said.split()).replace(str(self._out), "out"),
            problems=problems,
        )

    def _pull(self, process: subprocess.Popen[str], plan: Plan) -> None:
        if plan.way == "full disk":
            return
        fresh = self._out / f".unfinished-{NAME}"
        ends = time.monotonic() + (PATIENCE_S if plan.files is not None else plan.share * self._usual_s)
        while process.poll() is None and time.monotonic() < ends:
            if plan.files is not None and fresh.is_dir() and len(list(fresh.iterdir())) >= plan.files:
                break
            time.sleep(0.002)
        numbers = {"kill": "SIGKILL", "terminate": "SIGTERM", "interrupt": "SIGINT"}
        with contextlib.suppress(ProcessLookupError):
            process.kill() if plan.way == "kill" else process.send_signal(getattr(signal, numbers[plan.way]))

    def _after_the_plug(self, plan: Plan, exit_code: int, said: str) -> Iterator[str]:
        if exit_code not in (*ENDED[plan.way], 0):  # 0: it was done by then
            yield f"exit code {exit_code}: {said}"
        if "it hung" in said:
            yield said
        if "Traceback" in said and exit_code != -2:
            yield f"a traceback: {said}"
        if plan.way == "full disk" and "no room left on the disk" not in said:
            yield f"it does not say that the disk is full: {said}"
        # A process that is killed cannot tidy up, and its result may be under its temporary name for a moment.
        kept = self._out / (NAME if (self._out / NAME).exists() or plan.way != "kill" else f".previous-{NAME}")
        if fingerprint(kept) != self._old:
            yield from self._wrong_in_result()
        if plan.way != "kill":
            yield from self._left_over()

    def _wrong_in_result(self) -> Iterator[str]:
        """Say what is not as in a whole new result with the old notes."""
        folder = self._out / NAME
        new = fingerprint(folder)
        if set(new) != set(self._old):
            yield f"files of the result: {sorted(set(new) ^ set(self._old))}"
        changed = [name for name in set(new) & set(self._old) if new[name] != self._old[name]]
        if not set(changed) <= TELLS_THE_TIME:
            yield f"not the same as before: {changed}"
        with contextlib.suppress(FileNotFoundError):
            json.loads((folder / "result.json").read_text(encoding="utf-8"))
            old, new_table = (pq.read_table(each / NAME / "keypoints.parquet") for each in (self._before, self._out))
            if not new_table.equals(old):
                yield "other joints than before"
            if not (folder / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>"):
                yield "the page is cut off"

    def _left_over(self) -> Iterator[str]:
        left = sorted(path.name for path in self._out.iterdir() if path.name != NAME)
        if left:
            yield f"left over: {left}"


def start(out: Path, limit: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    """Begin to measure the clip."""
    command = [sys.executable, "-m", "gait", "run", str(CLIP), "-o", str(out), "--quiet", *OPTIONS]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, preexec_fn=limit)


def _last_words(process: subprocess.Popen[str]) -> str:
    """Wait for a process, and return what it says."""
    try:
        return process.communicate(timeout=PATIENCE_S)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        return f"it hung for {PATIENCE_S} s. {process.communicate()[1]}"


Disk = Iterator[tuple[Callable[[], None] | None, Callable[[], object]]]
"""What limits a process, and what makes room again."""


@contextlib.contextmanager
def _endless() -> Disk:
    yield None, lambda: None


@contextlib.contextmanager
def _filling_up(folder: Path, sizes: Sequence[int], share: float) -> Disk:
    """Leave room for a part of a second result only."""

    def mount(size: int, *more: str) -> bool:
        command = ["mount", "-t", "tmpfs", "-o", ",".join([*more, f"size={size}"]), "tmpfs", str(folder)]
        return bool(shutil.which("mount")) and subprocess.run(command, capture_output=True, check=False).returncode == 0

    page = os.sysconf("SC_PAGE_SIZE")
    pages = sum(-(-size // page) for size in sizes)
    if mount(int(pages * (1 + share)) * page):
        try:
            yield None, lambda: mount(1 << 30, "remount")
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        return
    import resource

    most = int(max(sizes) * share)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)), lambda: None


@click.command()
@click.option("--n", type=int, default=30, show_default=True, help="How often.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random moments.")
def main(n: int, seed: int) -> None:
    """Pull the plug, and print a table; exits with 1 if anything was lost or left over."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        click.echo(f"{'':>3} {'plug':<10} {'when':<22} {'exit':>4} {'s':>5} {'result':<7} said")
        for number, plan in enumerate(plans(n, seed), 1):
            trial = bench.try_out(plan)
            when = f"at {plan.files} files" if plan.files is not None else f"after {plan.share:.0%}"
            when = f"room for {plan.share:.0%}" if plan.way == "full disk" else when
            click.echo(
                f"{number:>3} {plan.way:<10} {when:<22} {trial.exit_code:>4} {trial.seconds:>5.1f} {trial.result:<7} "
                f"{trial.said}"
            )
            for problem in trial.problems:
                click.echo(f"    WRONG: {problem}")
            failed += bool(trial.problems)
    click.echo(f"{n - failed} of {n}: the last good result whole, nothing left over by the next run.")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
