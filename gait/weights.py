"""What the weights of all models have in common: where they are kept, how they are told of, and their hash."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal
from urllib.error import URLError

State = Literal["installed", "cached", "downloadable", "not installed"]

INSTALL = 'Install it with: pip install "gait[sapiens2]".'

Tell = Callable[[str], None]
"""Called with one sentence for the user."""


@dataclass(frozen=True, kw_only=True)
class Available:
    """One model.

    Attributes
    ----------
    name : str
    state : {"installed", "cached", "downloadable", "not installed"}
        "cached": the weights are on this machine. "not installed": the packages that run it are not.
    size_bytes : int or None
        Of the weights; None where they come with the package.
    note : str
        Where it is, or where it comes from.
    """

    name: str
    state: State
    size_bytes: int | None
    note: str


def cache_folder() -> Path:
    """Return the folder for fetched files that have no cache of their own; it may not exist yet."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gait"


def first_sentence(error: BaseException) -> str:
    """Return what an error of another package says, in short."""
    if type(error) is URLError and isinstance(error.reason, Exception):
        error = error.reason
    text = " ".join(str(error).split()) or type(error).__name__
    return text.partition(". ")[0].rstrip(".")


def keep(content: IO[bytes], file: Path, is_sound: Callable[[Path], bool]) -> None:
    """Write what arrives to a file, if it proves sound; nobody ever sees half of it.

    Raises
    ------
    OSError
        It cannot be written, or is not sound.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place, and moved there when it is whole.
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        part = Path(folder) / file.name
        with part.open("wb") as out:
            shutil.copyfileobj(content, out)
        if not is_sound(part):
            raise OSError(f"{file.name} arrived damaged")
        part.replace(file)


def sha256_of(files: Sequence[Path]) -> str:
    """Return the SHA-256 of a file, or of several one after the other."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            while block := opened.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()
