"""The recipes for schedules and clusters, each checked as far as a machine without them can."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import click
import pytest
import yaml

from gait.cli import main
from gait.cli.batch import batch
from gait.library.ledger import Ledger
from tests.needs import NO_SYSTEMD, need_blazepose
from tests.small_clips import make_clips, write_config

PIPELINES = Path(__file__).parents[2] / "pipelines"
SCHEDULES = PIPELINES / "schedules"
FIELDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}


def accepts(words: list[str]) -> None:
    """`gait batch` takes these words as they are."""
    assert words[:2] == ["gait", "batch"]
    context = click.Context(main, info_name="gait")
    parsed = batch.make_context("batch", words[2:], parent=context)
    assert parsed.params["place"] and parsed.params["out"]


def check_cron(schedule: str) -> None:
    fields = schedule.split()
    assert len(fields) == 5
    for field, (low, high) in zip(fields, FIELDS.values(), strict=True):
        assert field == "*" or low <= int(field) <= high


def test_the_systemd_units_are_sound(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip(NO_SYSTEMD)
    for name in ("gait-nightly.service", "gait-nightly.timer"):
        shutil.copy(SCHEDULES / name, tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.iterdir())], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "gait-nightly" not in done.stderr


def test_the_service_calls_the_command_as_it_is() -> None:
    (line,) = re.findall(r"^ExecStart=/usr/bin/env (.*)$", (SCHEDULES / "gait-nightly.service").read_text(), re.M)
    accepts(shlex.split(line))


def test_the_crontab_is_sound() -> None:
    lines = [line for line in (SCHEDULES / "crontab").read_text().splitlines() if not line.startswith(("#", "PATH="))]
    (line,) = lines
    assert "%" not in line, "cron takes it for the end of the line"
    check_cron(" ".join(line.split()[:5]))
    accepts(shlex.split(line.split(maxsplit=5)[5].partition(">>")[0]))


def test_the_cron_job_is_sound() -> None:
    job = yaml.safe_load((SCHEDULES / "kubernetes-cronjob.yaml").read_text())
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    check_cron(job["spec"]["schedule"])
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    accepts([*container["command"], *container["args"]])
    assert all(isinstance(word, str) for word in container["command"] + container["args"])
    assert {v["name"] for v in pod["volumes"]} == {m["name"] for m in container["volumeMounts"]}


def stand_in(folder: Path, name: str, script: str) -> None:
    """A command that only passes on what it was given: the cluster's own is not here."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/bash\n{script}\n")
    (folder / name).chmod(0o755)


def environment(folder: Path, **more: str) -> dict[str, str]:
    stand_in(folder, "gait", f'exec {shlex.quote(sys.executable)} -m gait "$@"')
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", **more}


def test_a_ray_job_carries_the_command(tmp_path: Path) -> None:
    stand_in(tmp_path / "bin", "ray", f'printf "%s\\n" "$@" > {shlex.quote(str(tmp_path / "told"))}')
    command = [str(PIPELINES / "ray_job.sh"), "http://head:8265", "/in dir", "/library", "--retries", "1"]
    subprocess.run(command, check=True, env=environment(tmp_path / "bin"))
    told = (tmp_path / "told").read_text().splitlines()
    assert told[:4] == ["job", "submit", "--address", "http://head:8265"]
    accepts(told[told.index("--") + 1 :])
    assert "/in dir" in told


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    """Three walks in a folder."""
    need_blazepose()
    return make_clips(tmp_path / "in", 3)


def results(library: Path) -> dict[str, tuple[str, str, str, str]]:
    """What the ledger of a library says of each recording, and its measures."""
    found = {}
    with Ledger(library) as ledger:
        for row in ledger.rows():
            assert row.id not in found
            measures = (library / row.folder / "measures.csv").read_text() if row.state == "done" else ""
            found[row.id] = (row.name, row.state, row.reason, measures)
    return found


def test_a_job_array_fills_shares_that_are_put_together(clips: list[Path], tmp_path: Path) -> None:
    """Three tasks and four files, of which one is broken: each once, and the same as without a cluster."""
    clips[0].with_name("broken.mp4").write_bytes(b"no video")
    stand_in(tmp_path / "bin", "srun", 'while [[ $1 == --* ]]; do shift; done; exec "$@"')
    config = write_config(tmp_path / "cheap.yaml")
    script, library = PIPELINES / "slurm_array.sh", tmp_path / "library"
    assert "#SBATCH --signal=TERM@120" in script.read_text()

    def call(*command: object, **slurm: str) -> int:
        words = list(map(str, command))
        return subprocess.run(words, check=False, env=environment(tmp_path / "bin", **slurm)).returncode

    codes = []
    for task in ("1", "2", "3"):
        slurm = {"SLURM_ARRAY_TASK_ID": task, "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_CPUS_PER_TASK": "1"}
        codes.append(call(script, clips[0].parent, library, "--config", config, **slurm))
    assert sorted(codes) == [0, 0, 1], "the broken one is in one share"
    gait, alone = tmp_path / "bin" / "gait", tmp_path / "alone"
    assert call(gait, "pool", *library.glob("share-*"), "-o", library) == 0
    assert call(gait, "batch", clips[0].parent, "-o", alone, "--config", config, "--workers", "1") == 1
    assert results(library) == results(alone)
    assert sorted(name for name, *_ in results(library).values()) == ["broken.mp4", *(clip.name for clip in clips)]


def test_the_second_night_finds_nothing_to_do(clips: list[Path], tmp_path: Path) -> None:
    """And the third finds a new file, and leaves one that is still being copied."""
    config, library, inbox = write_config(tmp_path / "cheap.yaml"), tmp_path / "library", clips[0].parent
    later = clips[2].rename(tmp_path / clips[2].name)

    def night(at_rest_s: float) -> str:
        code = f"import sys; from pathlib import Path; sys.path.insert(0, {str(PIPELINES)!r})\nimport nightly\n" \
               f"if __name__ == '__main__':\n    s = nightly.main(Path({str(inbox)!r}), Path({str(library)!r}), " \
               f"Path({str(config)!r}), {at_rest_s})\n    sys.exit(s.exit_code)\n"  # fmt: skip
        (tmp_path / "night.py").write_text(code)
        done = subprocess.run([sys.executable, tmp_path / "night.py"], capture_output=True, text=True, check=True)
        return done.stdout

    assert "0 new results" in night(3600), "the files were copied just now"
    time.sleep(0.1)
    assert "2 new results; 2 recordings in the library, 0 failed." in night(0)
    before = {path: path.stat().st_mtime_ns for path in (library / "recordings").rglob("*")}
    assert "0 new results; 2 recordings in the library, 0 failed." in night(0)
    assert {path: path.stat().st_mtime_ns for path in (library / "recordings").rglob("*")} == before
    assert 'state="done"} 2' in (library / "gait.prom").read_text()

    whole = later.rename(inbox / later.name).read_bytes()
    copied = threading.Event()
    copier = threading.Thread(target=copy_slowly, args=(whole, inbox / "half.mp4", copied))
    copier.start()
    time.sleep(3.5)
    said = night(3)
    copied.set()
    copier.join()
    assert "1 new results; 3 recordings in the library, 0 failed." in said
    assert 'state="done"} 3' in (library / "gait.prom").read_text()


def copy_slowly(data: bytes, to: Path, stop: threading.Event) -> None:
    """Write to a file some times a second, until it is told to stop."""
    with to.open("wb") as file:
        while not stop.wait(0.2):
            file.write(data[file.tell() :][:1000])
            file.flush()
            os.utime(to)
