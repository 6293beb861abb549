"""Ray carries the same workers: the same numbers, and the death of an actor costs one attempt."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gait.batch.places import stamp
from gait.batch.ray_engine import RayEngine
from gait.batch.tasks import Done, Failure, Look, Looked, Task
from gait.batch.worker import Event, Limits
from gait.errors import UsageError
from tests.batch.conftest import Batch, Night
from tests.batch.test_kill import is_whole, numbers
from tests.batch.test_worker import job_for
from tests.needs import need_ray


@pytest.fixture(scope="module")
def engine() -> Iterator[RayEngine]:
    """Two actors on this machine."""
    need_ray()
    with RayEngine(2, Limits(memory_bytes=4_000_000_000)) as engine:
        yield engine


def answer(engine: RayEngine, slot: int, task: Task) -> Event:
    while not engine.ready(slot):
        assert engine.events(120.0) == []
    engine.submit(slot, task)
    return wait_for(engine, slot)


def look(clip: Path) -> Look:
    return Look(source=1, path=str(clip), changed=stamp(str(clip))[1])


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
    assert isinstance(answer(engine, 1, look(all_clips[1])), Looked)
    pid = engine._ray.get(engine._actors[1].pid.remote())
    engine.submit(1, job_for(all_clips[1], tmp_path))
    os.kill(pid, signal.SIGKILL)
    failure = wait_for(engine, 1)
    assert isinstance(failure, Failure)
    assert not engine.ready(1)
    assert failure.kind == "node"
    assert all_clips[1].name in failure.reason
    assert isinstance(answer(engine, 1, job_for(all_clips[1], tmp_path)), Done)


def test_limits_hold_there_too(engine: RayEngine, all_clips: list[Path], tmp_path: Path) -> None:
    missing = answer(engine, 0, replace(look(all_clips[0]), path=str(tmp_path / "gone.mp4")))
    assert isinstance(missing, Failure)
    assert missing.kind == "access"


def test_the_loss_of_a_node_costs_no_recording(first_night: Night, tmp_path: Path, running: list[Batch]) -> None:
    """Of three nodes the first only leads, and one of the others is lost with a recording in hand, and its place."""
    need_ray()
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
        batch = Batch(tmp_path, first_night.recordings / "clip_0*.mp4", "-o", "library", "--config", first_night.config,
                      "--engine", "ray", "--address", cluster.address, "--log", "json")  # fmt: skip
        running.append(batch)
        batch.hears('"event": "started", "worker": 0')
        batch.hears('"event": "started", "worker": 1')
        cluster.remove_node(nodes[1], allow_graceful=False)
        assert batch.wait() == 0, batch.said()
    finally:
        cluster.shutdown()
    is_whole(tmp_path / "library", 3)
    # The first night met one of them under the name of its copy.
    here = {
        recording: (measures.replace("COPY.MP4", "clip_00.mp4"), joints)
        for recording, (measures, joints) in numbers(first_night.library).items()
    }
    assert numbers(tmp_path / "library") == here
    events = [json.loads(line) for line in batch.said().splitlines()]
    assert sum(event["event"] == "done" for event in events) == 3
    assert {event["kind"] for event in events if event["event"] == "failed"} == {"node"}


def test_an_address_without_a_cluster_says_so() -> None:
    need_ray()
    with pytest.raises(UsageError, match="there is no Ray cluster"), RayEngine(1, Limits(), "127.0.0.1:1"):
        pass
