"""One hostile input, and the process it is tried in."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import NoReturn

LIMIT_S, LIMIT_BYTES = 60.0, 1_500_000_000
"""What an input may take at most: time by the clock of an idle machine, and memory at the peak."""
KILLED_AFTER_S, ADDRESS_SPACE_BYTES = 180.0, 8_000_000_000
CODES = {0, 2, 3, 4, 5}
LEFT_BEHIND = (".unfinished-", ".reserved-", ".previous-")
NOTES = ("gait: Pose model:", "Usage:", "Try ", "INFO:", "WARNING: All log")
"""Lines beside the one sentence: the choice of the model, click's two lines of help, and LiteRT's own words."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One call of the program.

    Attributes
    ----------
    kind, name : str
        What family of inputs it is of, and what is wrong with this one.
    arguments : tuple of str or bytes
        Of the command line; it is run in the folder that `make` has filled.
    make : callable
        Writes the files into a folder.
    """

    kind: str
    name: str
    arguments: tuple[str | bytes, ...]
    make: Callable[[Path], object]


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What became of a case: exit code (negative: the signal that ended it), processor time, peak memory, what it said.

    `left` are files that should not be there any more.
    """

    code: int
    seconds: float
    peak_bytes: int
    said: str
    left: tuple[str, ...]

    @property
    def wrong(self) -> str:
        """Why this is no good ending; empty where it is one."""
        lines = [line for line in self.said.splitlines() if line.strip() and not line.startswith(NOTES)]
        faults = {
            f"exit code {self.code}": self.code not in CODES,
            f"{len(lines)} lines instead of one": self.code != 0 and len(lines) != 1,
            "said something though all was well": self.code == 0 and len(lines) > 0,
            "a traceback": "Traceback" in self.said,
            "an unexpected error": "unexpected" in self.said,
            f"{self.seconds:.0f} s": self.seconds > LIMIT_S,
            f"{self.peak_bytes / 1e9:.1f} GB": self.peak_bytes > LIMIT_BYTES,
            f"left {', '.join(self.left)}": bool(self.left),
        }
        return "; ".join(words for words, is_so in faults.items() if is_so)


class Nursery:
    """A small process from which every case begins as a copy, with all imported that a case needs.

    The copies of a process begin with its memory, and its memory counts as theirs: that of the tests, which by then
    have read a thousand clips, would be taken for the program's.
    """

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_import_all)

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def try_out(self, case: Case, folder: Path) -> Ending:
        """Make a case in an empty folder, and run it in a process of its own."""
        case.make(folder)
        said = folder.with_name(f"{folder.name}.said")
        code, seconds, peak_bytes = self._pool.submit(_try_alone, case.arguments, folder, said).result()
        left = [str(p.relative_to(folder)) for p in folder.rglob("*") if p.name.startswith(LEFT_BEHIND)]
        if code in (2, 3):
            left += [p.name for p in folder.glob("reports/*")]
        return Ending(
            code=code,
            seconds=seconds,
            peak_bytes=peak_bytes,
            said=said.read_bytes().decode("utf-8", "replace"),
            left=tuple(left),
        )


def _import_all() -> None:
    import gait.analysis.analyze
    import gait.cli
    import gait.photo.read
    import gait.pipeline  # noqa: F401


def _try_alone(arguments: tuple[str | bytes, ...], folder: Path, said: Path) -> tuple[int, float, int]:
    """Run the program in a copy of this process; its exit code, its processor time (s), and its memory at the peak."""
    child = os.fork()
    if child == 0:
        _run(arguments, folder, said)
    status, usage = _wait(child)
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def _run(arguments: tuple[str | bytes, ...], folder: Path, said: Path) -> NoReturn:
    """Be the process: nothing of this returns."""
    code = 70
    try:
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT), 2)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(fd, mode) for fd, mode in ((0, "r"), (1, "w"), (2, "w")))
        from gait.cli import main

        with contextlib.suppress(ValueError):
            main([os.fsdecode(a) for a in arguments], prog_name="gait")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _wait(child: int) -> tuple[int, resource.struct_rusage]:
    until = time.monotonic() + KILLED_AFTER_S
    while True:
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            return status, usage
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            until = float("inf")
        time.sleep(0.01)
