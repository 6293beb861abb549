"""Tables and index page of a library, written again while a batch goes on, in a process of their own."""

from __future__ import annotations

import multiprocessing
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from gait.folders import replacing_file
from gait.library.index import INDEX, write_index
from gait.library.ledger import LEDGER, Ledger
from gait.library.store import Store
from gait.library.tables import TABLES, write_tables

EVERY_S = 15.0
"""Between two publications at least."""

MOST_SHARE = 0.05
"""Of the time, that publishing may take: with many recordings it comes more rarely."""

_context = multiprocessing.get_context("spawn")


def publish(root: Path, url: str | None = None) -> None:
    """Write the tables and the index page of a library from its ledger.

    Parameters
    ----------
    root : Path
    url : str, optional
        Where the results are, if not beside the ledger: there it all goes too, with a copy of the ledger.
    """
    with Ledger(root) as ledger:
        write_tables(ledger, root)
        write_index(ledger, root)
        if url is not None:
            store = Store(url)
            for name in (*TABLES, INDEX):
                store.put(name, root / name)
            with replacing_file(root / "copy.sqlite") as copy:
                ledger.copy_to(copy)
                store.put(LEDGER, copy)


def _publish_beside(root: Path, url: str | None) -> None:
    """Publish in a process of its own; what fails is done again later, by the driver at last, which tells."""
    # Whoever interrupts the batch means its driver.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(Exception):
        publish(root, url)


class Publisher:
    """Publishes a library now and then, beside the work. A context manager.

    Parameters
    ----------
    root : Path
    url : str, optional
        See `publish`.
    """

    def __init__(self, root: Path, url: str | None = None) -> None:
        self._root, self._url = root, url
        self._process: Any = None
        self._began = time.monotonic()
        self._next = self._began + EVERY_S

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None

    def now(self) -> None:
        """Publish in this process; what was begun beside it is given up."""
        self.__exit__()
        publish(self._root, self._url)

    def tick(self) -> None:
        """Begin to publish if it is time."""
        at = time.monotonic()
        if self._process is not None:
            if self._process.is_alive():
                return
            self._process.join()
            self._process = None
            self._next = at + max(EVERY_S, (at - self._began) / MOST_SHARE)
        if at > self._next:
            self._began = at
            self._process = _context.Process(target=_publish_beside, args=(self._root, self._url), daemon=True)
            self._process.start()
