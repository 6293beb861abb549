"""Where results go: reserved before the work, written beside the target, moved into place at the end.

Nothing already written is lost, whenever the work ends: by a failure, a full disk, Ctrl-C, or the plug pulled. Beside a
result folder `walk` there are, while one is made, `.reserved-walk` (locked as long as its process lives) and
`.unfinished-walk`, and for a moment `.previous-walk`. What a process that is no more left of them, the next one tidies.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import re
import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from gait.errors import InputError

EXPORTS = "exports"
"""The folder inside a result folder in which its exports are."""
_RESERVED = ".reserved-"
_UNFINISHED = ".unfinished-"
_PREVIOUS = ".previous-"

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LONGEST_NAME = 80
"""Bytes: with what is inside the folder, a path on Windows has 260 characters at most."""
_OF_WINDOWS = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.IGNORECASE)
_PATIENCE_S = 0.1
"""How long to wait for a lock: its file may be there without an owner for a moment."""


class _TakenError(Exception):
    """Somebody else who lives is at work there."""


class NoRoomError(InputError):
    """The disk is full."""


class InUseError(InputError):
    """Somebody else is writing there."""


def portable_name(name: str) -> str:
    """Return a name for a file or folder that every system allows, as near to `name` as can be.

    Without a path in it, what Windows forbids (colons, names of devices, a point or blank at the end), what is not
    UTF-8, and points at the start, which hide a folder; not too long.
    """
    name = name.encode("utf-8", "replace").decode("utf-8")
    name = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f]', "_", name).strip(". ")
    name = name.encode("utf-8")[:_LONGEST_NAME].decode("utf-8", "ignore").rstrip(". ")
    return f"_{name}" if not name or _OF_WINDOWS.fullmatch(name) else name


@contextlib.contextmanager
def reserved(parent: Path, name: str, source_sha256: str, record: str = "result.json") -> Iterator[Path]:
    """Choose the folder for a recording, and keep everybody else out of it during the block.

    It is `name`, or `name-2`, ... where another recording already has that name: two phones both call a clip
    IMG_0001.mp4, and the second patient's report must not replace the first one's. A folder that another process is at
    work on is taken, whosever it is: two runs at once end in two folders.

    Parameters
    ----------
    parent : Path
        Made if need be; that it can be written to is known when the block begins.
    name : str
        See `portable_name`.
    source_sha256 : str
        Of the recording.
    record : str
        The file in a folder that says what it is the result of.

    Raises
    ------
    InputError
        The place cannot be written to; or the disk is full, also where something in the block finds that out.
    """
    name = portable_name(name)
    with _room(parent), _made(parent), contextlib.ExitStack() as mine:
        for number in itertools.count(1):
            folder = parent / (name if number == 1 else f"{name}-{number}")
            try:
                mine.enter_context(_alone(folder))
            except _TakenError:
                continue
            if not folder.exists() or _source_of(folder / record) == source_sha256:
                break
            mine.close()
        yield folder


def put_in_order(parent: Path) -> None:
    """Tidy what processes that are no more left in a folder of results."""
    for name in _left_beside(parent / ""):
        target = parent / name
        with contextlib.suppress(_TakenError, InputError), _locked(target, 0.0) as nobodys:
            if nobodys:
                _tidy(target)


@contextlib.contextmanager
def replacing(folder: Path, *outdated: str) -> Iterator[Path]:
    """Give an empty folder to write into; it takes the place of `folder` when the block ends well.

    A reader never sees half a result, and a failure leaves the last good one. Files in the old folder that are not
    outdated (somebody's notes) move along.

    Parameters
    ----------
    folder : Path
        If it is reserved, by the same thread.
    *outdated : str
        Patterns of names in the old folder that belong to the old result, besides `EXPORTS`. They do not move along:
        beside a new result they would pass for its own.

    Raises
    ------
    InputError
        The place cannot be written to, the disk is full, or somebody else is writing there.
    """
    owned = (EXPORTS, *outdated)
    with _fresh(folder) as fresh:
        yield fresh
        if folder.exists():
            for old in folder.iterdir():
                if not (fresh / old.name).exists() and not any(map(old.match, owned)):
                    _carry(old, fresh / old.name)
        _onto_disk(fresh)
        if folder.exists():
            _patiently(lambda: folder.rename(_beside(_PREVIOUS, folder)))
        _patiently(lambda: fresh.rename(folder))


@contextlib.contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Give a path to write to, with the same suffix; that file takes the place of `path` when the block ends well.

    Raises
    ------
    InputError
        The place cannot be written to, the disk is full, or somebody else is writing there.
    """
    with _fresh(path) as fresh:
        yield fresh / path.name
        _onto_disk(fresh)
        _patiently(lambda: (fresh / path.name).replace(path))


def _beside(prefix: str, target: Path) -> Path:
    return target.parent / f"{prefix}{target.name}"


def _source_of(record: Path) -> str | None:
    try:
        tree = json.loads(record.read_text(encoding="utf-8"))
        sha256 = tree["provenance"]["file"]["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(sha256)


@contextlib.contextmanager
def _fresh(target: Path) -> Iterator[Path]:
    """Make an empty folder beside a file or folder that is to be replaced, which nobody else does meanwhile."""
    fresh = _beside(_UNFINISHED, target)
    with _room(target), _made(target.parent), contextlib.ExitStack() as mine:
        try:
            mine.enter_context(_alone(target))
        except _TakenError:
            hint = "Wait until it is done, or choose another place with -o."
            raise InUseError(f"{target}: another process is writing there.", hint) from None
        mine.callback(_tidy, target)
        with _writable(target.parent):
            fresh.mkdir()
        yield fresh


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Lock a target, and tidy what dead processes left beside it.

    Raises
    ------
    _TakenError
        Another process or thread has it.
    """
    with _locked(target) as first:
        if first:
            _tidy(target)
            for name in _left_beside(target):
                with contextlib.suppress(_TakenError, InputError), _locked(target.with_name(name), 0.0) as nobodys:
                    if nobodys:
                        _tidy(target.with_name(name))
        yield


@contextlib.contextmanager
def _locked(target: Path, patience_s: float = _PATIENCE_S) -> Iterator[bool]:
    """Lock a target; a thread may do so again. Gives whether it is the first time."""
    # Where there are no locks, a file with the number of the process stands for one: no reason to worry anybody.
    warnings.filterwarnings("ignore", "flock not supported|only soft file lock")
    from filelock import FileLock, Timeout

    file = _beside(_RESERVED, target)
    lock = FileLock(file, is_singleton=True)
    with _writable(target.parent):
        try:
            lock.acquire(timeout=patience_s, poll_interval=_PATIENCE_S / 5)
        except (Timeout, PermissionError):
            if file.exists():  # and locked, or of somebody who does not share it
                raise _TakenError from None
            raise
    try:
        yield lock.lock_counter == 1
    finally:
        last = lock.lock_counter == 1
        if last:
            _remove(file)  # while it is locked: who waits for it sees that it is gone, and makes another
        lock.release()
        if last and os.name == "nt":
            _remove(file)  # Windows removes no open file; if somebody has it by now, it is open


def _left_beside(target: Path) -> list[str]:
    """Return the targets in the same folder that somebody is, or was, at work on."""
    names = [entry.name for entry in target.parent.iterdir()]
    prefixes = (_RESERVED, _UNFINISHED, _PREVIOUS)
    found = {name.removeprefix(prefix) for name in names for prefix in prefixes if name.startswith(prefix)}
    return sorted(found - {"", target.name})


def _tidy(target: Path) -> None:
    """Remove what was not finished; a result that is still under its temporary name gets its own back."""
    previous = _beside(_PREVIOUS, target)
    if previous.is_dir() and not target.exists():
        _patiently(lambda: previous.rename(target))
    for rest in (previous, _beside(_UNFINISHED, target)):
        shutil.rmtree(rest, ignore_errors=True)


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink()


@contextlib.contextmanager
def _made(parent: Path) -> Iterator[None]:
    """Make the folder that results go into; where nothing is in it in the end, it is not left behind."""
    with _writable(parent):
        made = [folder for folder in (parent, *parent.parents) if not folder.exists()]
        parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            for folder in made:
                folder.rmdir()


@contextlib.contextmanager
def _writable(parent: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise
        reason = error.strerror or type(error).__name__
        raise InputError(f"{parent}: cannot be written to ({reason}).", "Choose another place with -o.") from error


@contextlib.contextmanager
def _room(target: Path) -> Iterator[None]:
    """Say in a sentence that the disk is full, whoever finds out."""
    try:
        yield
    except NoRoomError:
        raise
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None and getattr(cause, "errno", None) not in _NO_ROOM:
            cause = cause.__cause__
        if cause is None:
            raise
        raise NoRoomError(
            f"{target}: there is no room left on the disk. What was there before is unchanged.",
            "Make room, or choose another place with -o.",
        ) from error


def _patiently(step: Callable[[], object]) -> None:
    """Rename: Windows refuses while a file is open, and a virus scanner opens new files for a moment."""
    for wait_s in (0.1, 0.2, 0.4, 0.8, 1.6):
        try:
            step()
            return
        except PermissionError:
            time.sleep(wait_s)
    try:
        step()
    except PermissionError as error:
        raise InputError(
            f"{error.filename}: cannot be replaced ({error.strerror}).",
            "Is a file of it open in another program? Close it, and try again.",
        ) from error


def _onto_disk(folder: Path) -> None:
    """Wait until a folder's files are on the disk: after a power cut, else, there might be names without contents."""
    for file in (Path(place, name) for place, _, names in os.walk(folder) for name in names):
        try:
            opened = os.open(file, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
        except OSError as error:  # not every file can be opened, and not every disk knows how
            if error.errno in {*_NO_ROOM, errno.EIO}:
                raise


def _carry(old: Path, new: Path) -> None:
    """Give a file or folder a second name: no time, no room; a copy where the disk knows no such thing."""

    def link(source: str | Path, target: str | Path) -> None:
        try:
            os.link(source, target, follow_symlinks=False)
        except (OSError, NotImplementedError):
            shutil.copy2(source, target, follow_symlinks=False)

    if old.is_dir() and not old.is_symlink():
        shutil.copytree(old, new, symlinks=True, copy_function=link)
    else:
        link(old, new)
