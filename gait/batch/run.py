"""A whole batch: what was found goes into the library, is worked through, and published."""

from __future__ import annotations

import itertools
import json
import math
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import psutil

from gait.batch.driver import Driver, Plan, Stop, Watcher, take_in
from gait.batch.engine import Engine
from gait.batch.find import found_again
from gait.batch.metrics import write_metrics
from gait.batch.tasks import Failure
from gait.config import PoseSettings
from gait.errors import GaitError
from gait.library.entries import Counts, Source
from gait.library.index import INDEX
from gait.library.ledger import Ledger
from gait.library.publish import Publisher
from gait.library.rebuild import put_in_order, put_in_order_at
from gait.library.store import Store, is_url, ledger_folder
from gait.pose.registry import device_kind

_WORKER_BYTES = 1_500_000_000
"""What a worker takes on a CPU, and some room."""

_SPARED = 0.9
"""Share of the memory of the machine that all workers together may take."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What became of a batch.

    Attributes
    ----------
    plan : Plan
        What was to be done.
    done, failed : int
        Of that.
    known : int
        Of that, files that proved to be recordings that are done, or copies of others.
    counts : Counts
        Of the whole library now.
    stopped : str
        Why it ended before everything was done; empty where everything was.
    stop_kind : str
        The same for programs.
    seconds : float
    """

    plan: Plan
    done: int
    failed: int
    known: int
    counts: Counts
    stopped: str
    stop_kind: str
    seconds: float

    @property
    def exit_code(self) -> int:
        """0 all done, 1 some failed, 5 a model is missing, 130 interrupted, 143 told to end."""
        if self.stop_kind:
            return {"interrupted": 130, "terminated": 143, "model": 5}.get(self.stop_kind, 1)
        return 1 if self.failed or self.plan.failed else 0


class Counting:
    """A watcher that counts for the summary and passes everything on."""

    def __init__(self, inner: Watcher, publisher: Publisher, metrics: Callable[[], None]) -> None:
        self._inner, self._publisher, self._metrics = inner, publisher, metrics
        self.n_done = self.n_failed = self.n_known = 0
        self.begin, self.started, self.progress = inner.begin, inner.started, inner.progress
        self.note = inner.note

    def done(self, slot: int, card: object) -> None:
        """Count it."""
        self.n_done += 1
        self._inner.done(slot, card)  # type: ignore[arg-type]

    def skipped(self, slot: int, path: str) -> None:
        """Count it."""
        self.n_known += 1
        self._inner.skipped(slot, path)

    def failed(self, slot: int, path: str, failure: Failure, again: bool) -> None:
        """Count it, unless it is tried again."""
        self.n_failed += not again and failure.kind != "changed"
        self._inner.failed(slot, path, failure, again)

    def tick(self) -> None:
        """Publish now and then."""
        self._publisher.tick()
        self._metrics()
        self._inner.tick()


def run_batch(
    library: str,
    sources: Iterable[Source] | None,
    make_engine: Callable[[], Engine],
    *,
    watcher: Watcher,
    retries: int = 2,
    retry_failed: bool = False,
    threads: int = 1,
    metrics: Path | None = None,
    after: str | None = None,
    command: str = "",
) -> Summary:
    """Measure recordings that are not measured yet, and put their results into a library.

    Parameters
    ----------
    library : str
        A folder, or a URL; see `ledger_folder`.
    sources : iterable of Source or None
        Those of the last batch when None.
    make_engine : callable
        Gives the engine, once it is known that there is something to be done.
    watcher : Watcher
    retries : int
        How often a recording is tried again after a failure that may pass.
    retry_failed : bool
        Try those again that failed in an earlier batch.
    threads : int
        For the pose model of each worker, where the settings do not say.
    metrics : Path, optional
        A file for Prometheus, written now and then and at the end.
    after : str, optional
        A command to run at the end; it is given the summary as JSON on its standard input.
    command : str
        How the batch was called, for the ledger.

    Raises
    ------
    GaitError
        The library is in use or cannot be written to, or something is wrong with the sources.
    """
    began = time.monotonic()
    stopped = stop_kind = ""
    if sources is not None:
        # What is wrong with them is found with the first: before anything is made or changed.
        rest = iter(sources)
        sources = itertools.chain(list(itertools.islice(rest, 1)), rest)
    root, store = ledger_folder(library), Store(library) if is_url(library) else None
    url = store.url if store is not None else None
    with Ledger(root, writing=True) as ledger, Publisher(root, url) as publisher:
        stale = ledger.was_cut_short() or not (root / INDEX).exists()
        if store is None:
            put_in_order(ledger)
            place, has = str(root.resolve()), _has_folder(root)
        else:
            place, has = store.url, put_in_order_at(ledger, store).__contains__
        last = ledger.last_run()
        if sources is None:
            sources = found_again(ledger.sources(last)) if last is not None else ()
        run = ledger.begin_run(command)
        plan = take_in(ledger, run, sources, retry_failed=retry_failed, has=has)
        counting = Counting(watcher, publisher, _now_and_then(lambda: write_metrics(ledger, metrics)))
        if plan.due:
            with make_engine() as engine:
                driver = Driver(ledger, run, engine, library=place, retries=retries, threads=threads, watcher=counting)
                watcher.begin(plan.due, engine.slots)
                with _first_interrupt(driver, watcher):
                    try:
                        driver.work()
                    except Stop as stop:
                        stopped, stop_kind = str(stop), stop.failure.kind
                    except KeyboardInterrupt as told:
                        driver.stopping = True
                        if told.args not in ((), (signal.SIGINT,)):
                            stopped, stop_kind = "It was told to end.", "terminated"
                if driver.stopping and not stopped:
                    stopped, stop_kind = "It was interrupted.", "interrupted"
        counts = ledger.counts()
        write_metrics(ledger, metrics)
        if plan.due or stale:
            publisher.now()
        if not stopped:
            ledger.end_run(run)
    summary = Summary(
        plan=plan,
        done=counting.n_done,
        failed=counting.n_failed,
        known=counting.n_known,
        counts=counts,
        stopped=stopped,
        stop_kind=stop_kind,
        seconds=round(time.monotonic() - began, 3),
    )
    if after:
        _call(after, library, summary)
    return summary


def _has_folder(root: Path) -> Callable[[str], bool]:
    return lambda folder: (root / folder).is_dir()


@contextmanager
def _first_interrupt(driver: Driver, watcher: Watcher) -> Iterator[None]:
    """Have the first Ctrl-C finish what is in hand; the second is as it was before this block."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        driver.stopping = True
        watcher.note("Finishing what is in hand. Press Ctrl-C again to stop at once: nothing is lost either way.")

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _now_and_then(call: Callable[[], None], every_s: float = 15.0) -> Callable[[], None]:
    last = time.monotonic()

    def maybe() -> None:
        nonlocal last
        if time.monotonic() - last > every_s:
            call()
            last = time.monotonic()

    return maybe


def _call(command: str, library: str, summary: Summary) -> None:
    """Run the user's command after the batch."""
    told = {
        "library": library,
        **{name: getattr(summary, name) for name in ("done", "failed", "stopped", "seconds", "exit_code")},
        "library_counts": asdict(summary.counts),
    }
    done = subprocess.run(command, shell=True, input=json.dumps(told), text=True, check=False)
    if done.returncode != 0:
        raise GaitError(f"--after: the command ended with exit code {done.returncode}; the batch itself is done.")


def default_workers(settings: PoseSettings) -> int:
    """Return how many workers suit this machine: one for a GPU, or one per core, as far as the memory goes."""
    if device_kind(settings) != "cpu" and not settings.model.lower().startswith("blazepose"):
        return 1
    return max(1, min(cores(), int(_SPARED * memory_bytes() / _WORKER_BYTES)))


def default_memory_bytes(workers: int) -> int:
    """Return what each worker may take so that all of them fit."""
    return int(_SPARED * memory_bytes() / workers)


def cores() -> int:
    """Return how many processors this process may use: fewer than the machine has, where a cluster says so."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    shares = (math.ceil(int(quota) / int(period)) for quota, period in group_limits("cpu.max"))
    return min([there, *shares])


def memory_bytes() -> int:
    """Return the memory that there is: less than the machine has, where a container or a job has a limit (Linux)."""
    total: int = psutil.virtual_memory().total
    return min([total, *(int(most) for (most,) in group_limits("memory.max"))])


def group_limits(
    name: str, root: Path = Path("/sys/fs/cgroup"), mine: Path = Path("/proc/self/cgroup")
) -> list[list[str]]:
    """Return what the control groups of this process, each within the next, limit under a name (Linux)."""
    found = []
    with suppress(OSError):
        inside = root / mine.read_text().rpartition("::/")[2].strip()
        for group in (inside, *inside.parents):
            with suppress(OSError):
                found.append((group / name).read_text().split())
    return [words for words in found if words and words[0] != "max"]
