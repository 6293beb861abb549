"""What every command says in the same way: notes and errors, one sentence each, on stderr."""

from __future__ import annotations

import _thread
import contextlib
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import click

from gait.errors import GaitError
from gait.inputs import printable

_IMPORT = "<frozen importlib._bootstrap>"
_AFTER_IMPORT_S = 0.05


class Program(click.Group):
    """A group of commands that tidies up when it is told to end, and prints every letter that the console knows."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with leaving_in_order():
            return super().invoke(ctx)


class _ToldToEnd(KeyboardInterrupt):
    """By a signal, whose number it carries."""


@contextlib.contextmanager
def leaving_in_order() -> Iterator[None]:
    """Make a process that is told to end tidy up first: exit code 130 after Ctrl-C, 143 after SIGTERM.

    Where the system has them, also 129 when its terminal is closed (SIGHUP), and 149 after Ctrl-Break (SIGBREAK).
    """
    before = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        # nohup has a signal ignored, and only the main thread gets any.
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            with contextlib.suppress(ValueError):
                before[number] = signal.signal(number, _leave)
    try:
        yield
    except KeyboardInterrupt as told:
        with contextlib.suppress(OSError):  # the terminal may be gone
            say("stopped.")
        sys.exit(128 + (told.args[0] if isinstance(told, _ToldToEnd) else signal.SIGINT))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, frame: FrameType | None) -> None:
    """Raise an exception where the main thread is, but not in the middle of an import.

    There it may be swallowed and leave the lock of all imports locked: the next thread that imports waits for ever.
    """
    if _is_importing(frame):
        threading.Timer(_AFTER_IMPORT_S, _tell_again, (number,)).start()
        return
    if number != signal.SIGINT:
        signal.signal(number, signal.SIG_IGN)  # it may come twice, and once is enough
    raise _ToldToEnd(number)


def _tell_again(number: int) -> None:
    """Send the main thread a signal once more: a real one, where there are such, which also ends its waiting."""
    main = threading.main_thread().ident
    if sys.platform != "win32" and main is not None:
        signal.pthread_kill(main, number)
    else:
        _thread.interrupt_main(signal.Signals(number))


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_filename != _IMPORT:
        frame = frame.f_back
    return frame is not None


def say(sentence: str) -> None:
    """Print a note."""
    tell(f"gait: {' '.join(sentence.splitlines())}", err=True)


def tell(text: str, *, err: bool = False) -> None:
    """Print, without what would steer the terminal; where nobody listens any more, or the disk is full, go on."""
    try:
        click.echo(printable(text), err=err)
    except OSError:
        stream = sys.stderr if err else sys.stdout
        with contextlib.suppress(OSError), Path(os.devnull).open("w") as nowhere:
            # What is still in the buffer would fail again at the end.
            os.dup2(nowhere.fileno(), stream.fileno())


@contextlib.contextmanager
def one_sentence(debug: bool) -> Iterator[None]:
    """Leave with one sentence and the exit code of the error, instead of a traceback."""
    try:
        yield
    except GaitError as error:
        if debug:
            raise
        say(str(error))
        sys.exit(error.exit_code)


def say_failure(path: Path, error: Exception) -> int:
    """Print what went wrong with a file, and return the exit code."""
    if isinstance(error, GaitError):
        say(str(error))
        return error.exit_code
    if isinstance(error, MemoryError):
        say(f"{path}: there is not enough memory for it.")
        return 1
    what = " ".join(str(error).split())
    say(f"{path}: an unexpected {type(error).__name__}: {what}. Run again with --debug to see where.")
    return 1
