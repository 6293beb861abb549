"""What is asked of every file before it is opened, and how its name is shown."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from urllib.parse import unquote_to_bytes

from gait.errors import InputError

_URL = "file://"
_NOT_ON_DISK = ("/proc/", "/sys/")
"""What the kernel tells of itself: files by their kind, but without an end or an honest size."""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def check_file(path: Path, kind: str) -> None:
    """Raise an InputError unless this is a file on a disk, with something in it.

    Pipes and devices would never end, and are the business of another command.

    Parameters
    ----------
    path : Path
    kind : str
        What it should be, for the message: "a video".
    """
    try:
        status = path.stat()
        whole = str(path.resolve())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{path}: no such file.", "Check the name and the folder.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error}).") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path}: is a folder, not {kind}.", "Name a file.")
    if not stat.S_ISREG(status.st_mode) or whole.startswith(_NOT_ON_DISK):
        raise InputError(f"{path}: is a device or a pipe, not {kind}.", "Save it to a file first.")
    if status.st_size == 0:
        raise InputError(f"{path}: the file is empty.", "Record or copy it again.")


def local_path(path: str) -> Path:
    """Return the file on this machine that a path is; see `as_text`."""
    return Path(os.fsdecode(unquote_to_bytes(path.removeprefix(_URL))) if path.startswith(_URL) else path)


def as_text(path: Path) -> str:
    """Return an absolute path as text; as a file:// URL where its name is not UTF-8, as old archives leave them."""
    whole = path.absolute()
    try:
        return str(whole).encode().decode()
    except UnicodeEncodeError:
        return whole.as_uri()


def name_of(path: str) -> str:
    """Return the name of a file, to be shown, from its path or URL."""
    is_elsewhere = "://" in path and not path.startswith(_URL)
    return printable(path.rstrip("/").rpartition("/")[2] if is_elsewhere else local_path(path).name)


def printable(text: str) -> str:
    """Return a text without what would steer a terminal, or cannot be written as UTF-8; it is shown as a mark."""
    return _UNPRINTABLE.sub("\ufffd", text)
