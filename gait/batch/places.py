"""Where files are: on this machine, or anywhere that fsspec reaches (s3://, gs://, sftp://)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gait.errors import InputError
from gait.inputs import as_text, local_path
from gait.library.store import file_system, is_url

VIDEO_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".mts", ".m2ts", ".ts", ".wmv", ".flv"),
    *(".3gp", ".3g2", ".ogv", ".mxf", ".asf", ".vob", ".dv"),
)


def stamp(path: str) -> tuple[int, str]:
    """Return the size of a file, and when it was last written, in whatever words its file system has.

    Raises
    ------
    InputError
        There is no such file.
    """
    if not is_url(path):
        try:
            said = local_path(path).stat()
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
        return said.st_size, str(said.st_mtime_ns)
    system, inner = file_system(path)
    try:
        info = system.info(inner)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error}).") from error
    return _stamp_of(info)


def _stamp_of(info: dict[str, Any]) -> tuple[int, str]:
    changed = next((info[key] for key in ("ETag", "etag", "md5Hash", "mtime", "LastModified") if info.get(key)), "")
    return int(info.get("size") or 0), str(changed)


def find_videos(place: str) -> Iterator[tuple[str, int, str]]:
    """Yield every video in a folder and the folders in it, or that a pattern matches: path, size, when last written.

    Hidden files and folders are left out, and what this program wrote. What cannot be read is yielded as well, a folder
    too: whoever works through them finds out why.

    Raises
    ------
    InputError
        There is no such place.
    """
    if is_url(place):
        system, inner = file_system(place)
        scheme = place.partition("://")[0]
        try:
            found = system.glob(inner, detail=True) if "*" in inner else system.find(inner, detail=True)
        except OSError as error:
            raise InputError(f"{place}: cannot be read ({error}).") from error
        for path in sorted(found):
            if found[path].get("type") == "file" and _is_video(Path(path)):
                yield (f"{scheme}://{path}", *_stamp_of(found[path]))
        return
    for path in sorted(_local_videos(place)):
        whole, found_at = as_text(path), (0, "")
        with suppress(InputError):
            found_at = stamp(whole)
        yield (whole, *found_at)


def _local_videos(place: str) -> Iterator[Path]:
    folder = Path(place)
    if folder.is_file():
        yield folder
    elif folder.is_dir():
        unread: list[OSError] = []
        for here, folders, files in os.walk(folder, onerror=unread.append):
            folders[:] = [name for name in folders if not name.startswith(".") and not _is_result(Path(here, name))]
            yield from (Path(here, name) for name in files if _is_video(Path(name)))
        yield from (Path(error.filename) for error in unread)
    elif any(mark in place for mark in "*?["):
        base = Path(folder.anchor or ".")
        pattern = str(folder.relative_to(folder.anchor)) if folder.anchor else place
        yield from (path for path in base.glob(pattern) if path.is_file() and _is_video(path))
    else:
        raise InputError(f"{place}: there is no such file or folder.")


def _is_video(path: Path) -> bool:
    return path.suffix.lower() in VIDEO_SUFFIXES and not path.name.startswith(".")


def _is_result(folder: Path) -> bool:
    """Whether a folder is a library or a result: its annotated videos are no recordings."""
    return (folder / "ledger.sqlite").exists() or (folder / "result.json").exists()


class Scratch:
    """Holds one fetched file at a time, on this machine.

    Parameters
    ----------
    folder : str
        Where.
    """

    def __init__(self, folder: str) -> None:
        self._parent = folder
        self._folder: Path | None = None
        self._held = ""

    def bring(self, path: str) -> Path:
        """Return a file of this machine with the content of a path; what was fetched before is gone then.

        Raises
        ------
        InputError
            It cannot be fetched.
        """
        if not is_url(path):
            return local_path(path)
        if path == self._held and self._folder is not None:
            return self._folder / Path(path).name
        self.clear()
        system, inner = file_system(path)
        self._folder = self._make()
        local = self._folder / Path(path).name
        try:
            system.get_file(inner, str(local))
        except FileNotFoundError as error:
            raise InputError(f"{path}: there is no such file.") from error
        self._held = path
        return local

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Give an empty folder, which goes at the end of the block."""
        made = self._make()
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def _make(self) -> Path:
        return Path(tempfile.mkdtemp(prefix="gait-", dir=self._parent))

    def clear(self) -> None:
        """Remove what was fetched."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder, self._held = None, ""
