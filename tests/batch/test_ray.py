"""Ray carries the same workers: the same numbers, and the death of an actor costs one attempt."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from gait.batch.ray_engine import RayEngine
from gait.batch.tasks import Done, Failure, Look, Looked, Task
from gait.batch.worker import Event, Limits
from gait.errors import UsageError
from tests.batch.test_worker import job_for
from tests.needs import need_ray


@pytest.fixture(scope="module")
def engine() -> Iterator[RayEngine]:
    """Two actors on this machine."""
    need_ray()
    with RayEngine(2, Limits(memory_bytes=4_000_000_000)) as engine:
        yield engine


def answer(engine: RayEngine, slot: int, task: Task) -> Event:
    engine.submit(slot, task)
    return wait_for(engine, slot)


def wait_for(engine: RayEngine, slot: int) -> Event:
    while True:
        for at, event in engine.events(120.0):
            if at == slot and isinstance(event, Looked | Done | Failure):
                return event


def test_a_recording_measured_by_ray_has_the_numbers_of_one_measured_here(
    engine: RayEngine, all_clips: list[Path], tmp_path: Path
) -> None:
    from gait.library.recording import OpenModels, measure_recording

    there, here = job_for(all_clips[0], tmp_path / "ray"), job_for(all_clips[0], tmp_path / "here")
    done = answer(engine, 0, there)
    assert isinstance(done, Done)
    models = OpenModels()
    measure_recording(here, models)
    models.close()
    measures = [(Path(job.library) / job.folder / "measures.csv").read_bytes() for job in (there, here)]
    assert measures[0] == measures[1]


def test_the_death_of_an_actor_is_a_failure_and_another_takes_its_place(
    engine: RayEngine, all_clips: list[Path], tmp_path: Path
) -> None:
    pid = engine._ray.get(engine._actors[1].pid.remote())
    engine.submit(1, job_for(all_clips[1], tmp_path))
    os.kill(pid, signal.SIGKILL)
    failure = wait_for(engine, 1)
    assert isinstance(failure, Failure)
    assert failure.kind == "node"
    assert all_clips[1].name in failure.reason
    assert isinstance(answer(engine, 1, job_for(all_clips[1], tmp_path)), Done)


def test_limits_hold_there_too(engine: RayEngine, all_clips: list[Path], tmp_path: Path) -> None:
    missing = answer(engine, 0, Look(source=1, path=str(tmp_path / "gone.mp4"), changed=""))
    assert isinstance(missing, Failure)
    assert missing.kind == "access"


def test_an_address_without_a_cluster_says_so() -> None:
    need_ray()
    with pytest.raises(UsageError, match="there is no Ray cluster"), RayEngine(1, Limits(), "127.0.0.1:1"):
        pass
