"""Whatever is killed, whenever: in the end there is one right result of every recording."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from pathlib import Path

import psutil
import pytest

from gait.joints import read_joints
from gait.library.card import read_card
from gait.library.ledger import Ledger
from gait.pose.files import poses_to_table
from tests.batch.conftest import Batch, Gait, run_gait
from tests.needs import need_ray
from tests.small_clips import write_config


@pytest.fixture
def inbox(all_clips: list[Path], tmp_path: Path) -> Path:
    """A folder with six walks."""
    folder = tmp_path / "in"
    folder.mkdir()
    for clip in all_clips:
        shutil.copy2(clip, folder)
    return folder


def numbers(library: Path) -> dict[str, tuple[str, str]]:
    """For each recording its measures and its joints, to the last digit."""
    found = {}
    for folder in (library / "recordings").iterdir():
        card = read_card(folder)
        assert card is not None, f"{folder.name} has no card"
        assert card.id not in found, "a recording twice"
        json.loads((folder / "result.json").read_text())
        assert (folder / "report.html").read_text().rstrip().endswith("</html>")
        joints = poses_to_table(read_joints(folder / "keypoints.parquet").poses).to_csv(float_format="%.17g")
        found[card.id] = ((folder / "measures.csv").read_text(), joints)
    return found


def is_whole(library: Path, n: int) -> None:
    """Each recording once in the ledger and in the folder, and nothing half-written."""
    with Ledger(library) as ledger:
        assert (ledger.counts().done, ledger.counts().total) == (n, n)
        folders = {row.folder for row in ledger.rows()}
    assert folders == {f"recordings/{folder.name}" for folder in (library / "recordings").iterdir()}
    assert not [path for path in library.rglob(".*") if "unfinished" in path.name or "previous" in path.name]


@pytest.fixture(scope="module")
def undisturbed(all_clips: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """The numbers of the six walks when nobody interferes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    config = write_config(folder / "cheap.yaml")
    run_gait(folder, "batch", all_clips[0].parent, "-o", "library", "--config", config, "--workers", "2")
    return numbers(folder / "library")


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "kills", "seed"), [("local", 20, 1), ("ray", 10, 2)])
def test_thirty_kills_at_random_moments_change_nothing(
    gait: Gait, inbox: Path, config: Path, tmp_path: Path, running: list[Batch], engine: str, kills: int, seed: int,
    undisturbed: dict[str, tuple[str, str]],
) -> None:  # fmt: skip
    """SIGKILL of the driver, of workers, of what Ray runs; results are thrown away now and then, so work never ends."""
    if engine == "ray":
        need_ray()
    chance = random.Random(seed)
    arguments = (inbox, "-o", "library", "--config", config, "--workers", "2", "--retries", "99", "--engine", engine,
                 "--log", "json")  # fmt: skip
    library = tmp_path / "library"
    killed: dict[str, int] = {}
    batch: Batch | None = None
    while sum(killed.values()) < kills:
        if batch is None or batch.process.poll() is not None:
            for done in chance.sample(
                sorted(library.glob("recordings/[!.]*")), k=len(list(library.glob("recordings/[!.]*"))) // 2
            ):
                shutil.rmtree(done)
            batch = Batch(tmp_path, *arguments)
            running.append(batch)
        wait_a_while(batch, chance)
        victims = batch.others()
        try:
            driver = psutil.Process(batch.process.pid)
            victim = driver if chance.random() < 0.35 or not victims else chance.choice(victims)
            name = "driver" if victim.pid == batch.process.pid else victim.name()
            victim.kill()
            killed[name] = killed.get(name, 0) + 1
        except psutil.NoSuchProcess:
            continue
        if victim.pid == batch.process.pid:
            batch.wait()
            for left in victims if engine == "ray" else ():
                left.wait(60) if left.is_running() else None
    assert batch is not None
    batch.process.kill()
    batch.wait()
    time.sleep(2)
    print(f"killed: {killed}")
    # What was killed of Ray may keep the next one from starting.
    while gait("batch", *arguments, code=None).returncode != 0:
        kills -= 1
        assert kills > 0
    is_whole(library, 6)
    assert numbers(library) == undisturbed
    with Ledger(library) as ledger:
        assert all(row.attempts < 99 for row in ledger.rows())


def wait_a_while(batch: Batch, chance: random.Random) -> None:
    """Wait for some things to happen, and a moment more; now and then only that, before anything does.

    What a kill meets then does not depend on how busy the machine is.
    """
    if chance.random() < 0.8:
        enough, deadline = batch.said().count("\n") + chance.randint(1, 3), time.monotonic() + 60
        while batch.said().count("\n") < enough and batch.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
    time.sleep(chance.uniform(0.0, 1.0))


def test_ctrl_c_finishes_what_is_in_hand_and_says_how_to_go_on(
    gait: Gait, inbox: Path, config: Path, tmp_path: Path, running: list[Batch]
) -> None:
    batch = Batch(tmp_path, inbox, "-o", "library", "--config", config, "--workers", "1", "--log", "json")
    running.append(batch)
    batch.hears('"event": "started"')
    batch.process.send_signal(signal.SIGINT)
    assert batch.wait() == 130, batch.said()
    assert "Press Ctrl-C again" in batch.said()
    with Ledger(tmp_path / "library") as ledger:
        counts = ledger.counts()
    assert (counts.done, counts.running, counts.waiting) == (1, 0, 5)
    assert "5 would be worked on" in gait("batch", "-o", "library", "--dry-run").stdout


@pytest.mark.parametrize("signals", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM,)])
def test_ctrl_c_twice_and_a_request_to_end_stop_at_once(
    inbox: Path, config: Path, tmp_path: Path, running: list[Batch], signals: tuple[signal.Signals, ...]
) -> None:
    batch = Batch(tmp_path, inbox, "-o", "library", "--config", config, "--workers", "2", "--log", "json")
    running.append(batch)
    batch.hears('"event": "started"')
    workers = batch.others()
    for number in signals:
        batch.process.send_signal(number)
        time.sleep(0.5)
    assert batch.wait() == 128 + signals[0], batch.said()
    assert '"event": "done"' not in batch.said()
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert not alive
    with Ledger(tmp_path / "library") as ledger:
        counts = ledger.counts()
        assert all(row.attempts == 0 for row in ledger.rows())
    assert (counts.done, counts.running, counts.waiting) == (0, 0, 6)
