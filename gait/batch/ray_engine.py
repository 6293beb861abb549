"""Ray carries the workers: on a cluster, or on this machine.

Each actor holds one worker process, with the same limits and the same isolation as on one machine: so a recording that
kills its process costs no actor, and the numbers are the same. Only paths and cards travel.
"""

from __future__ import annotations

import os
import time
from typing import Any

from gait.batch.tasks import Answer, Done, Failure, Look, Looked, Note, Task
from gait.batch.worker import Event, Limits, Worker, wait_on
from gait.errors import GaitError, UsageError

_STARTS = 3
"""How often a worker that dies before it was there is started again."""

_PATIENCE_S = 30.0
"""After so long without a worker, whoever waits is told so."""


class Carrier:
    """What runs in a Ray actor: one worker, which is told what to do from afar."""

    def __init__(self, limits: Limits, scratch: str | None, threads: int | None) -> None:
        self._worker = Worker(limits, scratch, threads)

    def do(self, task: Task) -> tuple[list[Note], Answer]:
        """Do a task, and return what was said on the way and the answer."""
        notes: list[Note] = []
        self._worker.submit(task)
        while True:
            wait_on([self._worker], 0.5)
            for event in self._worker.events():
                if isinstance(event, Note):
                    notes.append(event)
                elif isinstance(event, Looked | Done | Failure):
                    return notes, event

    def pid(self) -> int:
        """Of the actor, for whoever wants to end it."""
        return os.getpid()


class RayEngine:
    """Workers that Ray carries. A context manager.

    Parameters
    ----------
    workers : int or None
        As many as the cluster has GPUs, or else CPUs, when None.
    limits : Limits
        For each of them.
    address : str, optional
        Of a cluster; "auto" finds one that this machine belongs to. One is started here when absent.
    scratch : str, optional
        Where fetched files are held, on the machine of the worker.
    threads : int, optional
        For the libraries for numbers in each of them.

    Raises
    ------
    UsageError
        Ray is not installed, or there is no cluster at the address.
    """

    def __init__(
        self,
        workers: int | None,
        limits: Limits,
        address: str | None = None,
        scratch: str | None = None,
        threads: int | None = None,
    ) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError as error:
            raise UsageError("Ray is not installed.", 'Install it with: pip install "gait[ray]".') from error
        self._ray: Any = ray
        self._wanted, self._address = workers, address
        self._workers = 0
        self._given = (limits, scratch, threads)
        self._actors: dict[int, Any] = {}
        self._starting: dict[int, Any] = {}
        self._lost: dict[int, int] = {}
        self._in_hand: dict[int, tuple[Any, Task]] = {}
        self._told = False

    @property
    def slots(self) -> int:
        """One for each actor, whether there is room for it on the cluster or not."""
        return self._workers

    def ready(self, slot: int) -> bool:
        """Whether its actor lives: after the loss of a node there may be no place for it, for now or for good."""
        return slot in self._actors and slot not in self._starting

    def __enter__(self) -> RayEngine:
        options: dict[str, Any] = {"configure_logging": False, "log_to_driver": False}
        if self._address is None:
            options |= {"include_dashboard": False, "num_cpus": self._wanted}
        try:
            self._ray.init(address=self._address, **options)
        except Exception as error:  # Ray has no class of its own for a node that does not start.
            if self._address is not None:
                raise UsageError(f"--address {self._address}: there is no Ray cluster ({error}).") from error
            raise GaitError(f"Ray could not be started ({error}).", "Try again, or use --engine local.") from error
        # Else Ray prints pages about a node that died among what the batch says; it has no public switch for them.
        self._ray._private.worker._worker_logs_enabled = False
        resources = self._ray.cluster_resources()
        gpus = resources.get("GPU", 0)
        self._workers = self._wanted or max(1, int(gpus or resources.get("CPU", 1)))
        self._needs = {"num_cpus": 1, "num_gpus": min(1.0, gpus / self._workers)}
        self._began = time.monotonic()
        for slot in range(self._workers):
            self._start(slot)
        return self

    def __exit__(self, *exc_info: object) -> None:
        for actor in self._actors.values():
            self._ray.kill(actor)
        self._actors, self._starting, self._in_hand = {}, {}, {}
        self._ray.shutdown()

    def _start(self, slot: int) -> None:
        # A death is the driver's to deal with: Ray would try again for ever.
        remote = self._ray.remote(max_restarts=0, max_task_retries=0, **self._needs)(Carrier)
        self._actors[slot] = remote.remote(*self._given)
        self._starting[slot] = self._actors[slot].pid.remote()

    def submit(self, slot: int, task: Task) -> None:
        """Send it to the actor."""
        self._in_hand[slot] = (self._actors[slot].do.remote(task), task)

    def events(self, timeout_s: float) -> list[tuple[int, Event]]:
        """See `Engine`."""
        slot_of = {ref: slot for slot, ref in self._starting.items()}
        slot_of |= {ref: slot for slot, (ref, _) in self._in_hand.items()}
        ready, _ = self._ray.wait(list(slot_of), num_returns=1, timeout=timeout_s)
        events: list[tuple[int, Event]] = []
        for ref in ready:
            slot = slot_of[ref]
            if ref == self._starting.get(slot):
                events += [(slot, note) for note in self._started(slot)]
                continue
            _, task = self._in_hand.pop(slot)
            notes, answer = self._answer(slot, ref, task)
            events += [(slot, note) for note in notes]
            events.append((slot, answer))
        if not (events or self._told) and len(self._starting) == len(self._actors):
            self._told = time.monotonic() - self._began > _PATIENCE_S
            waiting = "There is no worker: the cluster has no processor (or GPU) to spare. The batch waits for one."
            return [(0, Note(sentence=waiting))] if self._told else []
        return events

    def _started(self, slot: int) -> list[Note]:
        """Note that an actor is there; one that died before that is started again, some times."""
        try:
            self._ray.get(self._starting.pop(slot))
            self._lost[slot] = 0
            return []
        except self._ray.exceptions.RayError as error:
            self._lost[slot] = self._lost.get(slot, 0) + 1
            if self._lost[slot] <= _STARTS:
                self._start(slot)
                return []
            del self._actors[slot]
            why = f"A worker could not be started ({' '.join(str(error).split())})."
            if not self._actors:
                raise GaitError(why, "Is gait installed on every node? Then call the same line again.") from error
            return [Note(sentence=f"{why} The others go on.")]

    def _answer(self, slot: int, ref: Any, task: Task) -> tuple[list[Note], Answer]:
        errors = self._ray.exceptions
        path = task.path if isinstance(task, Look) else task.found_at
        try:
            found: tuple[list[Note], Answer] = self._ray.get(ref)
            return found
        except errors.OutOfMemoryError as error:
            failure = Failure(kind="memory", reason=f"{path}: the node ran out of memory.", detail=str(error))
        except errors.RayError as error:
            failure = Failure(kind="node", reason=f"{path}: the Ray worker or its node died.", detail=str(error))
        self._start(slot)
        return [], failure
