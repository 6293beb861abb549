"""What every command says in the same way: notes and errors, one sentence each, on stderr."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from gait.errors import GaitError


def say(sentence: str) -> None:
    """Print a note."""
    click.echo(f"gait: {sentence}", err=True)


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
    say(f"{path}: an unexpected {type(error).__name__}: {error}. Run again with --debug to see where.")
    return 1
