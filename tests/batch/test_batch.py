"""A batch as a user calls it: folders in, a library out, nothing done twice."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from gait.columns import MEASURES
from tests.batch.conftest import Gait
from tests.small_clips import write_config


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def written(library: Path) -> dict[Path, int]:
    """When each file of each result was written."""
    return {path: path.stat().st_mtime_ns for path in (library / "recordings").rglob("*")}


def test_a_first_night_and_the_one_after(gait: Gait, clips: Path, config: Path, tmp_path: Path) -> None:
    """A bad file, a copy under another name in another letter case, in a folder below, a hidden file, a text."""
    (clips / "broken.mp4").write_bytes(b"no video")
    (clips / ".hidden.mp4").write_bytes(b"no video")
    (clips / "notes.txt").write_text("not a video")
    (clips / "below").mkdir()
    shutil.copy(clips / "clip_00.mp4", clips / "below" / "COPY.MP4")
    done = gait("batch", clips, "-o", "library", "--config", config, "--workers", "2", code=1)
    library = tmp_path / "library"
    assert "3 recordings measured" in done.stdout
    assert "3 done, 1 failed (1 input)" in done.stdout
    assert "broken.mp4: is not a video" in done.stderr
    recordings = {row["name"]: row for row in rows(library / "recordings.csv")}
    assert {row["state"] for row in recordings.values()} == {"done", "failed"}
    assert len(recordings) == 4
    assert len({"COPY.MP4", "clip_00.mp4"} & set(recordings)) == 1
    (failure,) = rows(library / "failures.csv")
    assert (failure["name"], failure["kind"], failure["attempts"]) == ("broken.mp4", "input", "1")
    measures = pd.read_parquet(library / "measures.parquet")
    assert len(measures["id"].unique()) == 3
    assert set(measures["measure"]) == set(MEASURES)
    cadence = measures[measures["measure"] == "cadence"]
    assert cadence["value"].between(106, 114).all()
    assert (library / "index.html").is_file()
    assert not list(library.rglob(".unfinished*"))

    before = written(library)
    again = gait("batch", clips, "-o", "library", "--config", config, code=1)
    assert "0 recordings measured, 4 were done before" in again.stdout
    assert written(library) == before

    (clips / "broken.mp4").unlink()
    nothing = gait("batch", clips, "-o", "library", "--config", config)
    assert "failed" not in nothing.stderr
    assert written(library) == before


def test_new_settings_redo_what_they_touch(gait: Gait, clips: Path, config: Path, tmp_path: Path) -> None:
    gait("batch", clips, "-o", "library", "--config", config)
    taller = write_config(tmp_path / "taller.yaml", analysis={"scale": {"height_m": 1.9}})
    plan = gait("batch", clips, "-o", "library", "--config", taller, "--dry-run").stdout
    assert "0 are done, 3 would be worked on" in plan
    assert "3: analysis and report, from saved joints" in plan
    done = gait("batch", clips, "-o", "library", "--config", taller, "--log", "json").stdout
    events = [json.loads(line) for line in done.splitlines()]
    assert [event["made"] for event in events if event["event"] == "done"] == [["analysis", "report"]] * 3
    assert events[0]["event"] == "begin"
    measures = pd.read_csv(tmp_path / "library" / "measures.csv")
    speed = measures[measures["measure"] == "speed"]
    assert speed["value"].between(0.8, 1.6).all()


def test_the_last_list_is_taken_up_again_without_naming_it(gait: Gait, clips: Path, config: Path) -> None:
    (clips / "broken.mp4").write_bytes(b"no video")
    gait("batch", clips, "-o", "library", "--config", config, code=1)
    again = gait("batch", "-o", "library", "--retry-failed", code=1)
    assert "0 recordings measured, 3 were done before" in again.stdout
    assert "is not a video" in again.stderr


def test_status_and_list_need_nothing_but_the_library(gait: Gait, clips: Path, config: Path) -> None:
    gait("batch", clips, "-o", "library", "--config", config)
    status = gait("batch", "-o", "library", "--status").stdout
    assert "3 recordings; 3 done, 0 failed, 0 in hand, 0 waiting" in status
    assert "A recording took" in status


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["batch", "in"], 2, "-o LIBRARY"),
        (["batch", "nowhere", "-o", "library"], 3, "there is no such file or folder"),
        (["batch", "in", "-o", "library", "--shard", "3/2"], 2, "expected I/N"),
        (["batch", "-o", "library", "--status"], 3, "is not a library"),
        (["batch", "in", "-o", "library", "--config", "none.yaml"], 3, "none.yaml"),
    ],
)
def test_wrong_usage_is_one_sentence(
    gait: Gait, clips: Path, arguments: list[str], code: int, said: str, tmp_path: Path
) -> None:
    done = gait(*arguments, code=code)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_shares_are_disjoint_and_make_up_the_whole(gait: Gait, clips: Path, config: Path, tmp_path: Path) -> None:
    names = []
    for index in (1, 2, 3):
        out = f"share{index}"
        gait("batch", clips, "-o", out, "--config", config, "--shard", f"{index}/3")
        if (tmp_path / out / "recordings.csv").exists():
            names += [row["name"] for row in rows(tmp_path / out / "recordings.csv")]
    assert sorted(names) == ["clip_00.mp4", "clip_01.mp4", "clip_02.mp4"]


def test_files_that_are_still_being_copied_are_left(gait: Gait, clips: Path, config: Path, tmp_path: Path) -> None:
    """A copy that keeps the old time of the original is young all the same."""
    shutil.copy2(clips / "clip_00.mp4", clips / "young.mp4")
    os.utime(clips / "young.mp4", (1e9, 1e9))
    done = gait("batch", clips, "-o", "library", "--config", config, "--at-rest", "3600")
    assert "No recording was found" in done.stdout


def test_a_library_whose_ledger_is_gone_writes_it_again(gait: Gait, clips: Path, config: Path, tmp_path: Path) -> None:
    gait("batch", clips, "-o", "library", "--config", config)
    before = written(tmp_path / "library")
    table = (tmp_path / "library" / "measures.csv").read_text()
    for path in (tmp_path / "library").glob("ledger*"):
        path.unlink()
    done = gait("batch", clips, "-o", "library", "--config", config)
    assert "3 were done" in done.stdout or "0 recordings measured" in done.stdout
    assert written(tmp_path / "library") == before
    assert sorted((tmp_path / "library" / "measures.csv").read_text().splitlines()) == sorted(table.splitlines())


def test_a_result_that_was_thrown_away_is_made_again(gait: Gait, clips: Path, config: Path, tmp_path: Path) -> None:
    gait("batch", clips, "-o", "library", "--config", config)
    gone = sorted((tmp_path / "library" / "recordings").iterdir())[0]
    shutil.rmtree(gone)
    done = gait("batch", clips, "-o", "library", "--config", config)
    assert "1 recordings measured" in done.stdout
    assert (gone / "report.html").is_file()


def test_a_second_batch_on_the_same_library_is_turned_away(
    gait: Gait, clips: Path, config: Path, tmp_path: Path
) -> None:
    from gait.library.ledger import Ledger

    with Ledger(tmp_path / "library", writing=True):
        done = gait("batch", clips, "-o", "library", "--config", config, code=2)
    assert "another gait batch is working on this library" in done.stderr
    with sqlite3.connect(tmp_path / "library" / "ledger.sqlite") as db:
        assert db.execute("SELECT count(*) FROM runs").fetchone() == (0,)


def test_a_command_after_the_batch_is_told_what_became_of_it(
    gait: Gait, clips: Path, config: Path, tmp_path: Path
) -> None:
    gait("batch", clips, "-o", "library", "--config", config, "--after", "cat > told.json")
    told = json.loads((tmp_path / "told.json").read_text())
    assert (told["done"], told["failed"], told["exit_code"]) == (3, 0, 0)
    assert told["library_counts"]["done"] == 3


def test_metrics_are_in_the_format_of_the_collector(
    gait: Gait, clips: Path, config: Path, tmp_path: Path, check_metrics: Callable[[str], dict[str, float]]
) -> None:
    (clips / "broken.mp4").write_bytes(b"no video")
    gait("batch", clips, "-o", 'lib "one"', "--config", config, "--metrics", "gait.prom", code=1)
    values = check_metrics((tmp_path / "gait.prom").read_text())
    library = r"library=\"lib \\\"one\\\"\""
    assert values['gait_recordings{library="lib \\"one\\"",state="done"}'] == 3, library
    assert values['gait_failures{library="lib \\"one\\"",kind="input"}'] == 1
    assert values['gait_oldest_waiting_seconds{library="lib \\"one\\""}'] == 0
