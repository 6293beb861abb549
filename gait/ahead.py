"""Work that runs ahead in a thread of its own, through a bounded queue."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Generator, Iterator
from typing import TypeVar

Item = TypeVar("Item")

_POLL_S = 0.05


@contextlib.contextmanager
def ahead(items: Generator[Item, None, None], depth: int) -> Iterator[Iterator[Item]]:
    """Run a generator in a thread, at most `depth` items ahead of whoever takes them.

    Whatever the generator raises is raised where its items are taken. When the block is left, for whatever reason, the
    generator is closed and the thread has ended.

    Parameters
    ----------
    items : generator
    depth : int
        Items that may wait.

    Examples
    --------
    >>> with ahead((n * n for n in range(4)), depth=2) as squares:
    ...     list(squares)
    [0, 1, 4, 9]
    """
    waiting: queue.Queue[tuple[Item] | BaseException | None] = queue.Queue(maxsize=depth)
    left = threading.Event()

    def give(message: tuple[Item] | BaseException | None) -> bool:
        while not left.is_set():
            with contextlib.suppress(queue.Full):
                waiting.put(message, timeout=_POLL_S)
                return True
        return False

    def work() -> None:
        try:
            with contextlib.closing(items):
                for item in items:
                    if not give((item,)):
                        break
            give(None)
        except BaseException as error:  # it is raised again where the items are taken
            give(error)

    def taken() -> Iterator[Item]:
        while (message := waiting.get()) is not None:
            if isinstance(message, BaseException):
                raise message
            yield message[0]

    thread = threading.Thread(target=work, name="gait-ahead", daemon=True)
    thread.start()
    try:
        yield taken()
    finally:
        left.set()
        thread.join()
