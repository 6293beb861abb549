"""A library somewhere else: result folders in an object store or on another machine, by fsspec.

The ledger stays on a local disk; a result is there when its card is, which is written last.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from gait.errors import InputError, UsageError
from gait.library.card import CARD, RECORDINGS
from gait.library.ledger import LEDGER
from gait.weights import cache_folder

_LOCAL = ("file", "local")


def is_url(path: str) -> bool:
    """Whether a path is somewhere else: has a scheme like s3://."""
    scheme, mark, _ = path.partition("://")
    return bool(mark) and scheme.isalnum() and scheme not in _LOCAL


def file_system(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, and the path on it.

    Raises
    ------
    UsageError
        The package for this kind of place is not installed.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise UsageError(f"{url}: needs the package fsspec.", 'Install it with: pip install "gait[remote]".') from error
    try:
        system, inner = url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{url}: {' '.join(str(error).split())}.") from error
    return system, inner


def ledger_folder(library: str) -> Path:
    """Return the folder with the ledger of a library: itself, or for a URL one in the cache of this machine.

    There it is fetched where it is not: somebody else may have filled the library.
    """
    if not is_url(library):
        return Path(library)
    root = cache_folder() / "libraries" / hashlib.sha256(library.rstrip("/").encode()).hexdigest()[:16]
    if not (root / LEDGER).exists():
        Store(library).fetch(LEDGER, root / LEDGER)
    return root


class Store:
    """The result folders of a library that is somewhere else.

    Parameters
    ----------
    url : str
        Of the library.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._system, self._root = file_system(self.url)
        # Another process may have written since this one last looked.
        self._system.use_listings_cache = False

    def fetch(self, name: str, local: Path) -> bool:
        """Copy a file of the library to this machine; return whether there is one."""
        local.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._system.get_file(f"{self._root}/{name}", str(local))
        except FileNotFoundError:
            local.unlink(missing_ok=True)
            return False
        return True

    def fetch_folder(self, folder: str, library: Path) -> None:
        """Copy a result to its place in a library on this machine; nothing where there is no whole one."""
        if not self.fetch(f"{folder}/{CARD}", library / folder / CARD):
            shutil.rmtree(library / folder, ignore_errors=True)
            return
        for path in self._system.find(f"{self._root}/{folder}"):
            self.fetch(path.removeprefix(f"{self._root}/"), library / path.removeprefix(f"{self._root}/"))

    def put_folder(self, folder: str, library: Path) -> None:
        """Copy a result from its place in a library on this machine; the old one goes, and the card comes last."""
        with suppress(FileNotFoundError):
            self._system.rm(f"{self._root}/{folder}/{CARD}")
        files = [path for path in (library / folder).rglob("*") if path.is_file()]
        names = {path.relative_to(library).as_posix() for path in files}
        for path in sorted(files, key=lambda path: path.name == CARD):
            self.put(path.relative_to(library).as_posix(), path)
        for path in self._system.find(f"{self._root}/{folder}"):
            if path.removeprefix(f"{self._root}/") not in names:
                self._system.rm(path)

    def put(self, name: str, local: Path) -> None:
        """Copy a file to the library.

        Raises
        ------
        InputError
            It cannot be written there.
        """
        place = f"{self._root}/{name}"
        try:
            self._system.makedirs(place.rpartition("/")[0], exist_ok=True)
            self._system.put_file(str(local), place)
        except (OSError, PermissionError) as error:
            raise InputError(f"{self.url}/{name}: cannot be written ({error}).") from error

    def folders(self) -> set[str]:
        """Return the results that are there whole."""
        self._system.invalidate_cache()
        found = self._system.find(f"{self._root}/{RECORDINGS}") if self._system.exists(self._root) else []
        return {path.removeprefix(f"{self._root}/").removesuffix(f"/{CARD}") for path in found if path.endswith(CARD)}
