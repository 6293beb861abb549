"""Where results go: written beside the target, moved into place at the end, nothing already written is lost."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from gait.errors import InputError

EXPORTS = "exports"
"""The folder inside a result folder in which its exports are."""
_UNFINISHED = ".unfinished-"
_PREVIOUS = ".previous-"


def choose_folder(parent: Path, name: str, source_sha256: str, record: str = "result.json") -> Path:
    """Return the folder for a recording: `name`, or `name-2`, ... where another recording already has that name.

    Two phones both call a clip IMG_0001.mp4: the second patient's report must not replace the first one's. `record` is
    the file in the folder that says what it is the result of.
    """
    number = 1
    while True:
        folder = parent / (name if number == 1 else f"{name}-{number}")
        _restore(folder)
        if not folder.exists() or _source_of(folder / record) == source_sha256:
            return folder
        number += 1


def _source_of(record: Path) -> str | None:
    try:
        tree = json.loads(record.read_text(encoding="utf-8"))
        sha256 = tree["provenance"]["file"]["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(sha256)


def _restore(folder: Path) -> None:
    """Put a folder back that a crash left under its temporary name, between the two renames of `replacing`."""
    previous = folder.parent / f"{_PREVIOUS}{folder.name}"
    if previous.is_dir() and not folder.exists():
        previous.rename(folder)


def put_back_folders(parent: Path) -> None:
    """Put right what a process that was killed left in a folder; nobody else may be writing there.

    Half-written results go, and a good one that was about to be replaced comes back.
    """
    for left in parent.glob(f"{_PREVIOUS}*"):
        _restore(parent / left.name.removeprefix(_PREVIOUS))
        shutil.rmtree(left, ignore_errors=True)
    for left in parent.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def replacing(folder: Path, *outdated: str) -> Iterator[Path]:
    """Give an empty folder to write into; it takes the place of `folder` when the block ends well.

    A reader never sees half a result, and a failure leaves the last good one. Files in the old folder that the new one
    does not have (somebody's notes) move along.

    Parameters
    ----------
    folder : Path
    *outdated : str
        Patterns of names in the old folder that do not move along, besides `EXPORTS`: beside a new result, what was
        made from the old one would pass for its own.

    Raises
    ------
    InputError
        The place cannot be written to.
    """
    fresh = _fresh_folder(folder)
    previous = folder.parent / f"{_PREVIOUS}{folder.name}"
    try:
        yield fresh
        if folder.exists():
            for old in folder.iterdir():
                if not (fresh / old.name).exists() and not any(map(old.match, (EXPORTS, *outdated))):
                    _copy(old, fresh / old.name)
            shutil.rmtree(previous, ignore_errors=True)
            folder.rename(previous)
        fresh.rename(folder)
        shutil.rmtree(previous, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextlib.contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Give a path to write to, with the same suffix; that file takes the place of `path` when the block ends well.

    Raises
    ------
    InputError
        The place cannot be written to.
    """
    fresh = _fresh_folder(path)
    try:
        yield fresh / path.name
        (fresh / path.name).replace(path)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _fresh_folder(target: Path) -> Path:
    """Make an empty folder beside a file or folder that is to be replaced."""
    fresh = target.parent / f"{_UNFINISHED}{target.name}-{os.getpid()}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
    except OSError as error:
        raise InputError(
            f"{target.parent}: cannot be written to ({error.strerror}).", "Choose another place with -o."
        ) from error
    return fresh


def _copy(old: Path, new: Path) -> None:
    if old.is_dir():
        shutil.copytree(old, new, symlinks=True)
    else:
        shutil.copy2(old, new, follow_symlinks=False)
