"""The loop itself, with an engine that answers at once as it is told: who is given out, tried again, refused.

Nothing is measured here: the scheduler and the ledger are what is tested.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from gait.batch.driver import Driver, Plan, Stop, look_ahead, take_in
from gait.batch.find import find_sources, found_again
from gait.batch.tasks import Done, Failure, Kind, Look, Looked, Task
from gait.batch.worker import Event
from gait.cli.batch_screen import Nothing
from gait.config import Settings
from gait.library.entries import Row, Source
from gait.library.ledger import Ledger
from gait.library.recording import Job
from tests.batch.test_screen import CARD


def source(name: str, **changes: object) -> Source:
    told = {"size_bytes": 7, "changed": "1", "start_s": 0.0, "end_s": None, "subject": "", "session": ""}
    return Source(**{"path": f"/in/{name}.mp4", "settings": Settings().model_dump_json(), **told, **changes})


class Told:
    """An engine that fails as it is told, by name of the file, and else has measured everything at once.

    Files whose names differ after an underscore alone have the same content.
    """

    slots = 2

    def __init__(self, **failures: list[Kind]) -> None:
        self.failures = failures
        self.tasks: list[str] = []
        self._answers: list[tuple[int, Event]] = []

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def ready(self, slot: int) -> bool:
        return True

    def submit(self, slot: int, task: Task) -> None:
        path = task.path if isinstance(task, Look) else task.video
        self.tasks.append(f"{'look' if isinstance(task, Look) else 'measure'} {Path(path).stem}")
        planned = self.failures.get(Path(path).stem, [])
        if isinstance(task, Job) and planned:
            self._answers.append((slot, Failure(kind=planned.pop(0), reason=f"{path}: failed.")))
        else:
            self._answers.append((slot, self._done(task)))

    def events(self, timeout_s: float) -> Iterator[tuple[int, Event]]:
        while self._answers:
            yield self._answers.pop(0)

    def _done(self, task: Task) -> Event:
        if isinstance(task, Look):
            content = Path(task.path).stem.partition("_")[0]
            return Looked(source=task.source, sha256=hashlib.sha256(content.encode()).hexdigest())
        card = replace(CARD, id=task.id, name=Path(task.video).name, keys=task.keys, subject=task.subject)
        return Done(card=card, measures_csv=b"measure\n")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path, writing=True) as ledger:
        yield ledger


def night(
    ledger: Ledger, engine: Told, *sources: Source, retry_failed: bool = False, watcher: Nothing | None = None
) -> Plan:
    run = ledger.begin_run("test")
    plan = take_in(ledger, run, sources, retry_failed=retry_failed, has=lambda folder: True)
    quiet = watcher or Nothing(quiet=True)
    Driver(ledger, run, engine, library="/library", retries=2, threads=1, watcher=quiet).work()  # type: ignore[arg-type]
    return plan


def by_name(ledger: Ledger) -> dict[str, Row]:
    return {row.name.removesuffix(".mp4"): row for row in ledger.rows()}


def test_each_file_is_looked_at_once_and_measured_once(ledger: Ledger) -> None:
    engine = Told()
    plan = night(ledger, engine, source("a"), source("b"))
    assert (plan.found, plan.due) == (2, 2)
    assert sorted(engine.tasks) == ["look a", "look b", "measure a", "measure b"]
    again = Told()
    plan = night(ledger, again, source("a"), source("b"))
    assert (plan.done, plan.due, again.tasks) == (2, 0, [])


def test_a_copy_is_looked_at_and_not_measured(ledger: Ledger) -> None:
    engine = Told()
    night(ledger, engine, source("a"), source("a_copy"))
    assert sum(task.startswith("measure") for task in engine.tasks) == 1
    assert ledger.counts().total == 1


def test_what_crashes_is_tried_twice_more_and_others_come_first(ledger: Ledger) -> None:
    engine = Told(a=["crash", "memory"], b=["crash", "node", "timeout"])
    night(ledger, engine, source("a"), source("b"), source("c"))
    rows = by_name(ledger)
    assert (rows["a"].state, rows["a"].attempts) == ("done", 3)
    assert (rows["b"].state, rows["b"].attempts, rows["b"].kind) == ("failed", 3, "timeout")
    assert rows["c"].state == "done"
    assert engine.tasks.index("look c") < [i for i, task in enumerate(engine.tasks) if task == "measure a"][1]


def test_what_would_fail_again_is_not_tried_again_until_asked(ledger: Ledger) -> None:
    engine = Told(a=["input"])
    night(ledger, engine, source("a"))
    assert (by_name(ledger)["a"].state, by_name(ledger)["a"].attempts) == ("failed", 1)
    assert night(ledger, Told(), source("a")).failed == 1
    assert by_name(ledger)["a"].state == "failed"
    night(ledger, Told(), source("a"), retry_failed=True)
    assert by_name(ledger)["a"].state == "done"


def test_new_settings_give_what_failed_another_chance(ledger: Ledger) -> None:
    night(ledger, Told(a=["usage"]), source("a"))
    other = Settings.model_validate({"video": {"fps": 10}}).model_dump_json()
    assert night(ledger, Told(), source("a", settings=other)).due == 1
    assert by_name(ledger)["a"].state == "done"


@pytest.mark.parametrize("kind", ["model", "disk"])
def test_what_all_would_run_into_ends_the_batch_and_blames_no_recording(ledger: Ledger, kind: Kind) -> None:
    engine = Told(a=[kind], b=[kind])
    with pytest.raises(Stop):
        night(ledger, engine, source("a"), source("b"), source("c"))
    assert ledger.counts().failed == 0
    assert ledger.counts().running == 0
    assert all((row.state, row.attempts) == ("waiting", 0) for row in ledger.rows())
    night(ledger, Told(), source("a"), source("b"), source("c"))
    assert ledger.counts().done == 3


def test_a_file_that_is_still_written_to_is_left_for_the_next_night(ledger: Ledger) -> None:
    night(ledger, Told(a=["changed"]), source("a"), source("b"))
    counts = ledger.counts()
    assert (counts.done, counts.failed) == (1, 0)
    night(ledger, Told(), source("a", changed="2"), source("b"))
    assert ledger.counts().done == 2


def test_one_recording_under_two_names_is_measured_for_the_first(ledger: Ledger) -> None:
    """A list that says the same walk is Anna's and Ben's: which is right, a person has to say."""
    sources = source("a", subject="Anna"), source("a_2", subject="Ben")
    for _ in range(2):
        night(ledger, Told(), *sources)
        rows = {row.subject: row for row in ledger.rows()}
        assert (rows["Anna"].state, rows["Ben"].state) == ("done", "failed")
        assert "is the same recording as /in/a.mp4" in rows["Ben"].reason
    night(ledger, Told(), sources[0])
    engine = Told()
    night(ledger, engine, sources[0], replace(sources[1], subject="Anna"))
    assert ledger.counts().failed == 0
    assert (ledger.counts().done, engine.tasks) == (1, [])


def test_looking_ahead_changes_nothing(ledger: Ledger) -> None:
    night(ledger, Told(b=["input"]), source("a"), source("b"))
    body = Settings.model_validate({"analysis": {"scale": {"height_m": 1.7}}}).model_dump_json()
    person = Settings.model_validate({"report": {"person": {"age": 60}}}).model_dump_json()
    plans = [
        look_ahead(ledger, [source("a", settings=text), source("b"), source("c")], retry_failed=False)
        for text in (Settings().model_dump_json(), body, person)
    ]
    assert [plan.stages for plan in plans] == [
        {"joints": 1, "analysis": 0, "overlay": 0, "report": 0},
        {"joints": 1, "analysis": 1, "overlay": 0, "report": 0},
        {"joints": 1, "analysis": 0, "overlay": 0, "report": 1},
    ]
    assert all((plan.found, plan.failed) == (3, 1) for plan in plans)
    assert ledger.counts().total == 2


def test_memory_does_not_grow_with_the_number_of_recordings(ledger: Ledger) -> None:
    class Watch(Nothing):
        megabytes: list[float]

        def done(self, slot: int, card: object) -> None:
            self.megabytes.append(psutil.Process().memory_info().rss / 1e6)

    watch = Watch(quiet=True)
    watch.megabytes = []
    night(ledger, Told(), *(source(f"x{i}") for i in range(2000)), watcher=watch)
    assert len(watch.megabytes) == 2000
    assert watch.megabytes[-1] - watch.megabytes[500] < 5


class Late(Told):
    """One worker comes after a while, the other never."""

    waited = 0

    def ready(self, slot: int) -> bool:
        return slot == 0 and self.waited > 2

    def events(self, timeout_s: float) -> Iterator[tuple[int, Event]]:
        self.waited += 1
        yield from super().events(timeout_s)


def test_a_slot_without_a_worker_is_given_nothing(ledger: Ledger) -> None:
    """A node that was lost leaves no place for its worker: the others do its part."""
    engine = Late()
    night(ledger, engine, source("a"), source("b"), source("c"))
    assert ledger.counts().done == 3
    assert engine.waited > 2
    again = Late()
    night(ledger, again, source("a"))
    assert again.waited == 0, "it waited for a worker with nothing to do"


def test_a_file_that_was_replaced_is_looked_at_again_when_the_last_list_is_taken_up(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Its copy was cut short, and it is there whole now: its result must not bear the name of the broken one."""
    file = tmp_path / "a.mp4"
    file.write_bytes(b"half")
    (found,) = find_sources(str(file), None)
    night(ledger, Told(a=["input"]), found)
    (broken,) = ledger.rows()
    file.write_bytes(b"all of it")
    last = ledger.last_run()
    assert last is not None
    engine = Told()
    night(ledger, engine, *found_again(ledger.sources(last)), retry_failed=True)
    assert engine.tasks == ["look a", "measure a"]
    file.unlink()
    assert [known.sha256 for known in found_again(ledger.sources(last + 1))] == [broken.sha256]


def test_stopping_hands_nothing_more_out(ledger: Ledger) -> None:
    engine = Told()
    run = ledger.begin_run("test")
    take_in(ledger, run, [source(f"x{i}") for i in range(6)], retry_failed=False, has=lambda folder: True)
    driver: Driver

    class Interrupting(Nothing):
        def done(self, slot: int, card: object) -> None:
            driver.stopping = True

    driver = Driver(
        ledger,
        run,
        engine,
        library="/library",
        retries=2,
        threads=1,
        watcher=Interrupting(quiet=True),  # type: ignore[arg-type]
    )
    driver.work()
    counts = ledger.counts()
    assert (counts.done, counts.waiting, counts.running) == (2, 4, 0)
