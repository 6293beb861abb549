"""The recordings that a batch is given: those in a folder, or those of a manifest; all, or a share of them."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gait.batch.manifest import read_manifest
from gait.batch.places import find_videos, stamp
from gait.config import load_settings
from gait.errors import InputError, UsageError
from gait.inputs import local_path
from gait.library.entries import Source
from gait.library.store import is_url


def find_sources(place: str, config: Path | None) -> Iterator[Source]:
    """Yield the recordings of a folder, a pattern, a video or a manifest (a .csv file).

    Raises
    ------
    InputError
        There is no such place, or the manifest cannot be read.
    UsageError
        A setting, or something in the manifest, is wrong.
    """
    if place.lower().endswith(".csv") and not is_url(place):
        yield from read_manifest(Path(place), config)
        return
    settings = load_settings(config)
    for path, size_bytes, changed in find_videos(place):
        yield Source.of(path, size_bytes, changed, settings)


def found_again(sources: Iterable[Source]) -> Iterator[Source]:
    """Yield sources of an earlier batch as their files are now; as they were then, where a file is gone."""
    for source in sources:
        now = (source.size_bytes, source.changed)
        with suppress(InputError):
            now = stamp(source.path)
        yield replace(source, size_bytes=now[0], changed=now[1])


def at_rest(sources: Iterator[Source], seconds: float, tell: Callable[[str], object]) -> Iterator[Source]:
    """Yield the files that nobody has written to for a while: the others may still be on their way; tell how many.

    A copy that keeps the time of the original gives itself away by when the file system last changed it.
    """
    left = 0
    for source in sources:
        if not is_url(source.path):
            with suppress(OSError):
                said = local_path(source.path).stat()
                if time.time() - max(said.st_mtime, said.st_ctime) < seconds:
                    left += 1
                    continue
        yield source
    if left:
        tell(f"{left} left for the next time: written to in the last {seconds:g} s.")


def parse_shard(text: str) -> tuple[int, int]:
    """Return I and N of "I/N".

    Raises
    ------
    UsageError
        It is something else.
    """
    first, _, second = text.partition("/")
    if not (first.isdecimal() and second.isdecimal() and 1 <= int(first) <= int(second)):
        raise UsageError(f"--shard {text}: expected I/N, such as 2/8 for the second of eight shares.")
    return int(first), int(second)


def share(sources: Iterator[Source], place: str, index: int, count: int) -> Iterator[Source]:
    """Yield one of so many shares; which recording is in which depends on its place in the folder alone."""
    for source in sources:
        within = source.path if is_url(source.path) else os.path.relpath(local_path(source.path), place)
        digest = hashlib.sha256(f"{within}\n{source.part}".encode("utf-8", "surrogateescape")).digest()
        if int.from_bytes(digest[:8], "big") % count == index - 1:
            yield source
