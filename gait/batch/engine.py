"""What the driver needs of an engine: a number of slots, each of which does one task at a time."""

from __future__ import annotations

from typing import Protocol

from gait.batch.tasks import Task
from gait.batch.worker import Event, Limits, Worker, wait_on


class Engine(Protocol):
    """Some slots that do tasks. A context manager: leaving it ends all that is in hand."""

    @property
    def slots(self) -> int:
        """How many tasks can be in hand at a time."""
        ...

    def ready(self, slot: int) -> bool:
        """Whether there is a worker in a slot to be given something; where there is none yet, one may come."""
        ...

    def __enter__(self) -> Engine: ...

    def __exit__(self, *exc_info: object) -> None: ...

    def submit(self, slot: int, task: Task) -> None:
        """Give a slot that has nothing in hand something to do."""
        ...

    def events(self, timeout_s: float) -> list[tuple[int, Event]]:
        """Return what has happened in which slot, waiting for it a while at most.

        The answer to a task ends it, and the slot is free; a worker that died has answered with a failure.
        """
        ...


class LocalEngine:
    """Worker processes on this machine.

    Parameters
    ----------
    workers : int
    limits : Limits
        For each of them.
    scratch : str, optional
        Where fetched files are held.
    threads : int, optional
        For the libraries for numbers in each of them.
    """

    def __init__(self, workers: int, limits: Limits, scratch: str | None = None, threads: int | None = None) -> None:
        self.workers = [Worker(limits, scratch, threads) for _ in range(workers)]

    @property
    def slots(self) -> int:
        """One for each worker."""
        return len(self.workers)

    def ready(self, slot: int) -> bool:
        """Always: a worker is started when it is given something."""
        return True

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for worker in self.workers:
            worker.stop()

    def submit(self, slot: int, task: Task) -> None:
        """Give it to the worker, which is started if need be."""
        self.workers[slot].submit(task)

    def events(self, timeout_s: float) -> list[tuple[int, Event]]:
        """See `Engine`."""
        wait_on([worker for worker in self.workers if worker.task is not None], timeout_s)
        return [(slot, event) for slot, worker in enumerate(self.workers) for event in worker.events()]
