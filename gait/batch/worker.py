"""A worker: a process of its own that does one task after the other, and whose death harms nobody.

It keeps its models while nothing fails; after a failure a fresh process takes its place.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import psutil

from gait.batch.tasks import Answer, Desk, Done, Failure, Look, Looked, Note, Progress, Reporter, Task, explain
from gait.heap import keep_one_heap

STALLED_S = 1800.0
"""Without any sign of progress for so long, a worker is taken for hung; a model over a slow line comes sooner."""

_WORDS = "words.txt"
_LAST_WORDS = 2000
"""Characters of what a process that died had printed last."""

_context = multiprocessing.get_context("spawn")
_KILLED = 9
"""The signal that nobody can catch; Windows has no name for it."""

Event = Answer | Progress | Note


class Limits:
    """What a worker may take.

    Parameters
    ----------
    timeout_s : float or None
        For one recording.
    memory_bytes : int or None
    stalled_s : float
        Without a sign of progress.
    """

    def __init__(
        self, timeout_s: float | None = None, memory_bytes: int | None = None, stalled_s: float = STALLED_S
    ) -> None:
        self.timeout_s, self.memory_bytes, self.stalled_s = timeout_s, memory_bytes, stalled_s


class Worker:
    """A process that does tasks, seen from outside.

    Parameters
    ----------
    limits : Limits
    scratch : str, optional
        Where fetched files are held.
    threads : int, optional
        How many threads the libraries for numbers may use in it.
    """

    def __init__(self, limits: Limits, scratch: str | None = None, threads: int | None = None) -> None:
        self.limits = limits
        self.task: Task | None = None
        self._scratch, self._threads = scratch, threads
        self._process: Any = None
        self._pipe: Any = None
        self._folder: Path | None = None
        self._refused: Failure | None = None
        self._began = self._sign = self._asked = 0.0

    @property
    def waits_on(self) -> list[Any]:
        """What to wait on for an event of this worker."""
        return [] if self._process is None else [self._pipe, self._process.sentinel]

    @property
    def pid(self) -> int | None:
        """Of the process, if there is one."""
        return None if self._process is None else self._process.pid

    def submit(self, task: Task) -> None:
        """Give the worker something to do; it has nothing in hand."""
        assert self.task is None
        if self._process is not None and not self._process.is_alive():
            self.stop()
        self.task = task
        self._began = self._sign = time.monotonic()
        try:
            if self._process is None:
                self._start()
        except OSError as error:  # no room on the disk, no memory, too many processes
            self._refused = explain(error, task)
            return
        # A process that died just now is found out by `events`.
        with contextlib.suppress(OSError):
            self._pipe.send(task)

    def events(self) -> list[Event]:
        """Return what has happened since the last call; an answer is the last of them, and ends the task."""
        found: list[Event] = []
        if self.task is None:
            return found
        if self._refused is not None:
            return [self._lost(self._refused)]
        try:
            while self._pipe.poll():
                event = self._pipe.recv()
                self._sign = time.monotonic()
                found.append(event)
                if isinstance(event, Looked | Done | Failure):
                    self.task = None
                    if isinstance(event, Failure):
                        self.stop()
                    return found
        except (EOFError, OSError):
            return [*found, self._lost(self._died())]
        failure = self._overdue()
        if failure is None and not self._process.is_alive() and not self._pipe.poll():
            failure = self._died()
        return found if failure is None else [*found, self._lost(failure)]

    def stop(self) -> None:
        """End the process at once."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            assert self._pipe is not None
            self._pipe.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = self._pipe = self._folder = self._refused = self.task = None

    def _start(self) -> None:
        if self._scratch is not None:
            Path(self._scratch).mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="gait-worker-", dir=self._scratch))
        self._pipe, theirs = _context.Pipe()
        with _threads_in_environment(self._threads):
            process = _context.Process(target=_serve, args=(theirs, str(self._folder)), daemon=True)
            process.start()
        self._process = process
        theirs.close()

    def _lost(self, failure: Failure) -> Failure:
        self.stop()
        return failure

    def _died(self) -> Failure:
        self._process.join(5)
        code, path = self._process.exitcode, _path_of(self.task)
        assert self._folder is not None
        words = _last_words(self._folder / _WORDS)
        if code == -_KILLED:
            reason = f"{path}: the process was killed from outside; most likely the machine ran out of memory."
            return Failure(kind="memory", reason=reason, detail=words)
        how = signal.Signals(-code).name if code and code < 0 else f"exit code {code}"
        return Failure(kind="crash", reason=f"{path}: the process that measured it died ({how}).", detail=words)

    def _overdue(self) -> Failure | None:
        """Return what the task in hand has taken too much of, if it has."""
        at, path, limits = time.monotonic(), _path_of(self.task), self.limits
        if limits.timeout_s is not None and at - self._began > limits.timeout_s:
            reason = f"{path}: took longer than {limits.timeout_s:g} s, and was stopped."
            return Failure(kind="timeout", reason=reason)
        if at - self._sign > limits.stalled_s:
            reason = f"{path}: made no progress for {limits.stalled_s:g} s, and was stopped."
            return Failure(kind="stalled", reason=reason)
        if limits.memory_bytes is not None and at - self._asked > 0.2:
            self._asked = at
            with contextlib.suppress(psutil.Error):
                used = psutil.Process(self._process.pid).memory_info().rss
                if used > limits.memory_bytes:
                    most = f"{limits.memory_bytes / 1e9:.3g} GB"
                    return Failure(kind="memory", reason=f"{path}: needed more than {most} of memory, and was stopped.")
        return None


def _last_words(file: Path) -> str:
    """Return the end of what a process had printed; nothing where it did not come to that."""
    with contextlib.suppress(OSError):
        return file.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:]
    return ""


def _path_of(task: Task | None) -> str:
    if task is None:
        return ""
    return task.path if isinstance(task, Look) else task.found_at


@contextlib.contextmanager
def _threads_in_environment(threads: int | None) -> Any:
    """Have libraries that read it on loading use so many threads in the processes that are started in this block."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    if threads is not None:
        os.environ.update(dict.fromkeys(names, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def wait_on(workers: list[Worker], timeout_s: float) -> None:
    """Return when something may have happened to one of the workers, or after a while."""
    wait([each for worker in workers for each in worker.waits_on] or [], timeout_s)


def _serve(pipe: Connection, folder: str) -> None:
    """Do the tasks that come through a pipe, until it closes; the folder is this worker's own, and goes with it."""
    # Whoever interrupts the batch means its driver, which tells the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _follow_the_driver()
    keep_one_heap()
    os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    with contextlib.suppress(OSError):
        # If memory runs out, the system shall end a worker and not the driver (Linux).
        Path("/proc/self/oom_score_adj").write_text("500")
    handle = os.open(Path(folder) / _WORDS, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    desk = Desk(folder)
    try:
        while True:
            task = pipe.recv()
            pipe.send(desk.do(task, Reporter(pipe.send)))
    except (EOFError, OSError):
        pass
    finally:
        desk.close()
        sys.stdout.flush()


def _follow_the_driver() -> None:
    """End this process as soon as the one that started it is gone: nobody would take what it makes."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
