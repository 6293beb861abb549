"""A worker that dies, hangs or takes too much: the reason is told, and the next task finds a fresh process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gait.batch.tasks import Done, Failure, Look, Looked, Note, Progress, Task
from gait.batch.worker import Event, Limits, Worker, wait_on
from gait.config import Settings
from gait.hashing import sha256_of
from gait.library.keys import recording_id
from gait.library.recording import Job, folder_name
from tests.small_clips import CHEAP

PATIENCE_S = 120


@pytest.fixture
def job(all_clips: list[Path], tmp_path: Path) -> Job:
    return job_for(all_clips[0], tmp_path)


def job_for(clip: Path, library: Path) -> Job:
    settings = Settings.model_validate(CHEAP)
    sha256 = sha256_of(clip)
    recording = recording_id(sha256, 0.0, settings.video.end_s)
    return Job(
        id=recording, video=str(clip), found_at=str(clip), sha256=sha256, size_bytes=1, library=str(library),
        folder=folder_name(str(clip), recording), subject="", session="", settings=settings,
    )  # fmt: skip


@pytest.fixture
def workers() -> Iterator[Callable[..., Worker]]:
    made: list[Worker] = []

    def make(limits: Limits | None = None) -> Worker:
        made.append(Worker(limits or Limits()))
        return made[-1]

    yield make
    for worker in made:
        worker.stop()


def told(worker: Worker) -> Iterator[Event]:
    """What happens, one after the other; the answer is the last of it."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        wait_on([worker], 0.2)
        for event in worker.events():
            yield event
            if isinstance(event, Looked | Done | Failure):
                return
    raise AssertionError("there was no answer")


def until(worker: Worker, wanted: type | tuple[type, ...]) -> Event:
    """The first event of a kind."""
    for event in told(worker):
        if isinstance(event, wanted):
            return event
    raise AssertionError(f"the answer came first: {event}")


def answer(worker: Worker, task: Task) -> Event:
    worker.submit(task)
    return until(worker, (Looked, Done, Failure))


def test_the_process_and_its_models_stay_while_nothing_fails(
    workers: Callable[..., Worker], all_clips: list[Path], tmp_path: Path
) -> None:
    worker = workers()
    first = answer(worker, job_for(all_clips[0], tmp_path))
    pid = worker.pid
    worker.submit(job_for(all_clips[1], tmp_path))
    events = list(told(worker))
    assert isinstance(first, Done) and isinstance(events[-1], Done)
    assert worker.pid == pid
    assert not [event for event in events if isinstance(event, Note)], "the model was opened again"


def test_progress_is_told(workers: Callable[..., Worker], job: Job) -> None:
    worker = workers()
    worker.submit(job)
    events = list(told(worker))
    stages = [event.stage for event in events if isinstance(event, Progress)]
    assert isinstance(events[-1], Done)
    assert list(dict.fromkeys(stages)) == ["subject", "pose", "analysis", "report"]


def test_a_killed_process_is_a_reason_and_the_next_task_is_done(workers: Callable[..., Worker], job: Job) -> None:
    worker = workers()
    worker.submit(job)
    until(worker, Progress)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    failure = until(worker, (Done, Failure))
    assert isinstance(failure, Failure)
    assert (failure.kind, "memory" in failure.reason) == ("memory", True)
    assert isinstance(answer(worker, job), Done)


def test_a_crash_is_named_and_its_last_words_are_kept(workers: Callable[..., Worker], job: Job) -> None:
    worker = workers()
    worker.submit(job)
    until(worker, Progress)
    assert worker.pid is not None and worker._folder is not None
    with (worker._folder / "words.txt").open("a") as file:
        file.write("corrupted size vs. prev_size\n")
    os.kill(worker.pid, signal.SIGSEGV)
    failure = until(worker, (Done, Failure))
    assert isinstance(failure, Failure)
    assert (failure.kind, "SIGSEGV" in failure.reason) == ("crash", True)
    assert "prev_size" in failure.detail


def test_what_hangs_is_stopped(workers: Callable[..., Worker], job: Job) -> None:
    worker = workers()
    worker.submit(job)
    until(worker, Progress)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)
    worker.limits = Limits(stalled_s=1.0)
    failure = until(worker, (Done, Failure))
    assert isinstance(failure, Failure)
    assert (failure.kind, worker.pid) == ("stalled", None)


def test_what_takes_too_long_is_stopped(workers: Callable[..., Worker], job: Job) -> None:
    failure = answer(workers(Limits(timeout_s=0.5)), job)
    assert isinstance(failure, Failure)
    assert failure.kind == "timeout"
    assert "0.5 s" in failure.reason


def test_what_takes_too_much_memory_is_stopped(workers: Callable[..., Worker], job: Job) -> None:
    failure = answer(workers(Limits(memory_bytes=100_000_000)), job)
    assert isinstance(failure, Failure)
    assert (failure.kind, "0.1 GB" in failure.reason) == ("memory", True)


def test_a_failure_is_an_answer_and_ends_the_process(workers: Callable[..., Worker], tmp_path: Path) -> None:
    worker = workers()
    failure = answer(worker, Look(source=7, path=str(tmp_path / "gone.mp4"), changed=""))
    assert isinstance(failure, Failure)
    assert failure.kind == "access"
    assert "gone.mp4" in failure.reason
    assert worker.pid is None


def test_a_process_that_cannot_be_started_is_a_failure(tmp_path: Path, job: Job) -> None:
    """The disk is full, say: here, the place for fetched files is a file."""
    (tmp_path / "scratch").touch()
    worker = Worker(Limits(), str(tmp_path / "scratch"))
    for _ in range(2):
        failure = answer(worker, job)
        assert isinstance(failure, Failure)
        assert failure.kind == "access"
        assert "scratch" in failure.reason
    (tmp_path / "scratch").unlink()
    assert isinstance(answer(worker, job), Done)
    worker.stop()


def test_a_file_that_changes_while_it_is_read_is_left(workers: Callable[..., Worker], job: Job) -> None:
    failure = answer(workers(), Look(source=1, path=job.video, changed="some other time"))
    assert isinstance(failure, Failure)
    assert failure.kind == "changed"


def test_workers_end_with_the_process_that_started_them(tmp_path: Path, job: Job) -> None:
    import subprocess
    import sys

    import psutil

    code = (
        "import sys, time\nfrom gait.batch.worker import Limits, Worker\nfrom gait.batch.tasks import Look\n"
        "if __name__ == '__main__':\n"
        "    w = Worker(Limits()); w.submit(Look(source=1, path=sys.argv[1], changed=''))\n"
        "    print(w.pid, flush=True); time.sleep(100)\n"
    )
    (tmp_path / "driver.py").write_text(code)
    driver = subprocess.Popen([sys.executable, tmp_path / "driver.py", job.video], stdout=subprocess.PIPE, text=True)
    assert driver.stdout is not None
    pid = int(driver.stdout.readline())
    time.sleep(1)
    driver.kill()
    driver.wait()
    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the worker outlived its driver"
        time.sleep(0.1)
