"""The ledger: what it keeps, who may write to it, and what it says when it cannot be read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from gait.errors import GaitError, InputError, UsageError
from gait.library.entries import Row, Source
from gait.library.ledger import Ledger
from tests.batch.test_screen import CARD

SOURCE = Source(
    path="/in/a.mp4", size_bytes=5, changed="1", start_s=0.0, end_s=None, subject="P-1", session="", settings="{}"
)

ROW = Row(
    id="a", name="a.mp4", sha256="ab", folder="recordings/a", path="/in/a.mp4", subject="P-1", session="", start_s=0.0,
    end_s=None, size_bytes=5, state="waiting", attempts=1, kind="", reason="", detail="", wanted="", card=None,
    added_at="2026-01-01T00:00:00+00:00", started_at=None, finished_at=None, seconds=None,
)  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """One with a run that found a recording."""
    return Ledger(tmp_path / "library", writing=True)


def found(ledger: Ledger, *sources: Source) -> tuple[int, list[Source]]:
    run = ledger.begin_run("gait batch")
    with ledger.together():
        return run, [ledger.add_source(source, run) for source in sources]


def test_a_file_is_due_until_it_is_done_or_failed_for_good(ledger: Ledger) -> None:
    run, (source,) = found(ledger, SOURCE)
    assert ledger.next_due(run, 0) == source
    with ledger.together():
        source = ledger.identify(source, "id1", "ab", "recordings/a")
    assert ledger.next_due(run, 0) == source
    ledger.begin("id1", "key")
    assert ledger.next_due(run, 0) is None
    ledger.fail("id1", kind="crash", reason="It died.", detail="", again=True, seconds=1.0)
    assert ledger.next_due(run, 0) == source
    ledger.begin("id1", "key")
    ledger.fail("id1", kind="crash", reason="It died.", detail="", again=False, seconds=1.0)
    assert ledger.next_due(run, 0) is None
    row = ledger.row("id1")
    assert row is not None
    assert (row.state, row.attempts, row.kind, row.reason) == ("failed", 2, "crash", "It died.")


def test_what_was_in_hand_when_a_batch_was_killed_waits_again_and_counts_as_no_attempt(ledger: Ledger) -> None:
    _, (source,) = found(ledger, SOURCE)
    with ledger.together():
        ledger.identify(source, "id1", "ab", "recordings/a")
    ledger.begin("id1", "key")
    ledger.begin_run("gait batch")
    row = ledger.row("id1")
    assert row is not None
    assert (row.state, row.attempts) == ("waiting", 0)


def test_a_file_is_known_again_unless_it_was_written_to(ledger: Ledger) -> None:
    _, (source,) = found(ledger, SOURCE)
    with ledger.together():
        ledger.identify(source, "id1", "ab", "recordings/a")
    assert ledger.known(SOURCE).sha256 == "ab"
    assert ledger.known(replace(SOURCE, changed="2")).sha256 is None
    assert ledger.known(replace(SOURCE, size_bytes=6)).sha256 is None
    assert ledger.known(replace(SOURCE, end_s=4.0)).number == 0


def test_the_failure_of_a_file_goes_when_a_whole_one_takes_its_place(ledger: Ledger) -> None:
    _, (source,) = found(ledger, SOURCE)
    with ledger.together():
        ledger.identify(source, "half", "ab", "recordings/a")
        ledger.fail_now("half", kind="input", reason="It is no video.")
    assert ledger.counts().failed == 1
    _, (source,) = found(ledger, replace(SOURCE, changed="2", size_bytes=9))
    with ledger.together():
        ledger.identify(source, "whole", "cd", "recordings/a2")
    assert (ledger.counts().failed, ledger.counts().waiting) == (0, 1)


def test_of_a_result_and_a_failure_of_another_ledger_the_later_one_counts(ledger: Ledger) -> None:
    """Libraries of several machines are put together again and again, while they go on."""
    failed = replace(ROW, state="failed", kind="crash", reason="It died.", finished_at="2026-01-02T00:00:00+00:00")
    with ledger.together():
        ledger.adopt_failure(failed)
        ledger.record(replace(CARD, id=failed.id, finished_at="2026-01-03T00:00:00+00:00"), "recordings/a", b"")
        ledger.adopt_failure(failed)
    assert (ledger.counts().done, ledger.counts().failed) == (1, 0)
    with ledger.together():
        ledger.adopt_failure(replace(failed, finished_at="2026-01-04T00:00:00+00:00"))
    assert (ledger.counts().done, ledger.counts().failed) == (0, 1)


def test_the_failure_of_half_a_file_goes_when_its_whole_result_comes_from_another_ledger(ledger: Ledger) -> None:
    half = replace(ROW, id="half", state="failed", kind="input", finished_at="2026-01-02T00:00:00+00:00")
    with ledger.together():
        ledger.adopt_failure(half)
        ledger.adopt_failure(replace(half, id="part", start_s=4.0))
        ledger.record(replace(CARD, id="whole", found_at=half.path), "recordings/a", b"")
    assert {row.id for row in ledger.rows()} == {"part", "whole"}


def test_the_sources_of_a_run_can_be_read_while_they_are_noted_anew(ledger: Ledger) -> None:
    first, _ = found(ledger, *(replace(SOURCE, path=f"/in/{n}.mp4") for n in range(1200)))
    second = ledger.begin_run("gait batch")
    for source in ledger.sources(first):
        with ledger.together():
            ledger.add_source(source, second)
    assert sum(1 for _ in ledger.sources(second)) == 1200


def test_what_is_asked_of_each_recording_does_not_go_through_all_of_them(ledger: Ledger) -> None:
    """A hundred thousand are asked one after the other: counted is the work of the database, and not its time."""
    sources = [replace(SOURCE, path=f"/in/{n}.mp4", sha256=f"{n}", recording=f"{n}") for n in range(2000)]
    run, noted = found(ledger, *sources)
    steps: list[int] = []
    ledger._db.set_progress_handler(lambda: steps.append(1), 100)
    assert ledger.claimed_by(noted[-1], "1999", run) is None
    assert ledger.known(SOURCE).number == 0
    assert ledger.counts().waiting == 0
    assert len(steps) < 20


def test_counts_say_how_long_the_oldest_has_waited(ledger: Ledger) -> None:
    assert ledger.counts().oldest_waiting_at is None
    found(ledger, SOURCE, replace(SOURCE, path="/in/b.mp4"))
    counts = ledger.counts()
    assert (counts.waiting, counts.total) == (2, 2)
    assert counts.oldest_waiting_at is not None


def test_a_block_that_fails_writes_nothing(ledger: Ledger) -> None:
    run = ledger.begin_run("gait batch")
    with pytest.raises(RuntimeError), ledger.together():
        ledger.add_source(SOURCE, run)
        raise RuntimeError
    assert ledger.counts().total == 0


def test_a_full_disk_is_said_in_words(ledger: Ledger) -> None:
    ledger._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(GaitError, match="disk full"):
        for n in range(200):
            found(ledger, replace(SOURCE, path=f"/in/{n}.mp4", settings="x" * 500 + str(n)))


def test_one_process_writes_at_a_time_and_others_read(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="another gait batch"):
        Ledger(ledger.root, writing=True)
    found(ledger, SOURCE)
    with Ledger(ledger.root) as reader:
        assert reader.counts().waiting == 1
    ledger.__exit__()
    with Ledger(ledger.root, writing=True):
        pass


@pytest.mark.skipif(os.name == "nt", reason="it is about the rights of Unix")
def test_who_may_only_read_a_library_reads_it(ledger: Ledger) -> None:
    """While nobody writes, and while somebody does."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        root = Path(place) / "library"
        writer = Ledger(root, writing=True)
        found(writer, SOURCE)
        assert waiting_for_a_colleague(root) == 1
        writer.__exit__()
        assert waiting_for_a_colleague(root) == 1
        root.chmod(0o755)


def waiting_for_a_colleague(root: Path) -> int:
    """How many recordings wait, as seen by a process without the right to write."""
    root.chmod(0o555)
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            with Ledger(root) as reader:
                code = reader.counts().waiting
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_the_lock_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from gait.library.ledger import Ledger\n"
        "held = Ledger(Path(sys.argv[1]), writing=True); print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(UsageError):
        Ledger(tmp_path, writing=True)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with Ledger(tmp_path, writing=True):
        pass


def test_what_is_no_ledger_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a library"):
        Ledger(tmp_path)
    (tmp_path / "ledger.sqlite").write_bytes(b"something else, longer than a header" * 9)
    for writing in (False, True):
        with pytest.raises(InputError, match="Move it away"):
            Ledger(tmp_path, writing=writing)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written to"):
        Ledger(tmp_path / "file" / "library", writing=True)
