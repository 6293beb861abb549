"""A batch as a user calls it: folders in, a library out, nothing done twice."""

from __future__ import annotations

import csv
import itertools
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from gait.batch.find import at_rest, find_sources, parse_shard, share
from gait.batch.run import group_limits
from gait.columns import MEASURES
from gait.errors import UsageError
from gait.library.ledger import Ledger
from tests.batch.conftest import Gait, Night
from tests.small_clips import write_config


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def written(library: Path) -> dict[Path, int]:
    """When each file of each result was written."""
    return {path: path.stat().st_mtime_ns for path in (library / "recordings").rglob("*")}


def test_a_first_night(first_night: Night) -> None:
    """A bad file costs itself; a copy in another folder and letter case is the same recording."""
    library, said = first_night.library, first_night.said
    assert "3 recordings measured" in said.stdout
    assert "3 done, 1 failed (1 input)" in said.stdout
    assert "broken.mp4: is not a video" in said.stderr
    recordings = {row["name"]: row for row in rows(library / "recordings.csv")}
    assert sorted(row["state"] for row in recordings.values()) == ["done", "done", "done", "failed"]
    assert len({"COPY.MP4", "clip_00.mp4"} & set(recordings)) == 1
    (failure,) = rows(library / "failures.csv")
    assert (failure["name"], failure["kind"], failure["attempts"]) == ("broken.mp4", "input", "1")
    assert (library / "index.html").is_file()
    assert not list(library.rglob(".unfinished*"))


def test_the_tables_have_a_row_for_each_recording_side_and_measure(first_night: Night) -> None:
    measures = pd.read_parquet(first_night.library / "measures.parquet")
    assert len(measures["id"].unique()) == 3
    assert set(measures["measure"]) == set(MEASURES)
    assert not measures.duplicated(["id", "measure", "side"]).any()
    assert measures[measures["measure"] == "cadence"]["value"].between(106, 114).all()
    withheld = measures[measures["status"] == "withheld"]
    assert withheld["value"].isna().all() and withheld["reason"].str.len().gt(10).all()
    text = pd.read_csv(first_night.library / "measures.csv", keep_default_na=False, dtype={"value": str})
    assert list(text.columns) == list(measures.columns)
    numbers = text["value"].map(lambda number: float(number or "nan")).astype(float)
    pd.testing.assert_series_equal(numbers, measures["value"], check_exact=True)


def test_the_second_night_does_nothing(gait: Gait, night: Night) -> None:
    before = written(night.library)
    again = gait("batch", night.recordings, "-o", "library", "--config", night.config, code=1)
    assert "0 recordings measured, 4 were done before" in again.stdout
    assert written(night.library) == before


def test_a_list_without_failures_ends_well(gait: Gait, night: Night) -> None:
    done = gait("batch", night.recordings / "clip_0*.mp4", "-o", "library", "--config", night.config)
    assert "0 recordings measured, 3 were done before" in done.stdout
    assert "failed" not in done.stderr


def test_new_settings_redo_what_they_touch(gait: Gait, night: Night, tmp_path: Path) -> None:
    taller = write_config(tmp_path / "taller.yaml", analysis={"scale": {"height_m": 1.9}})
    arguments = ("batch", night.recordings / "clip_0*.mp4", "-o", "library", "--config", taller)
    plan = gait(*arguments, "--dry-run").stdout
    assert "0 are done, 3 would be worked on" in plan
    assert "3: analysis and report, from saved joints" in plan
    events = [json.loads(line) for line in gait(*arguments, "--log", "json").stdout.splitlines()]
    assert events[0]["event"] == "begin"
    assert [event["made"] for event in events if event["event"] == "done"] == [["analysis", "report"]] * 3
    measures = pd.read_csv(night.library / "measures.csv")
    assert measures[measures["measure"] == "speed"]["value"].between(0.8, 1.6).all()


def test_the_last_list_is_taken_up_again_without_naming_it(gait: Gait, night: Night) -> None:
    again = gait("batch", "-o", "library", "--retry-failed", code=1)
    assert "0 recordings measured, 4 were done before" in again.stdout
    assert "is not a video" in again.stderr


def test_status_and_list_need_nothing_but_the_library(gait: Gait, night: Night) -> None:
    status = gait("batch", "-o", "library", "--status").stdout
    assert "4 recordings; 3 done, 1 failed (1 input), 0 in hand, 0 waiting" in status
    assert "A recording took" in status
    shown = gait("list", "library").stdout.splitlines()
    assert len(shown) == 4
    assert sum("/min" in line for line in shown) == 3
    (failed,) = gait("list", "library", "--state", "failed", "--format", "json").stdout.splitlines()
    assert json.loads(failed)["name"] == "broken.mp4"
    assert len(list(csv.DictReader(gait("list", "library", "--format", "csv").stdout.splitlines()))) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["batch", "."], 2, "-o LIBRARY"),
        (["batch", "nowhere", "-o", "library"], 3, "there is no such file or folder"),
        (["batch", ".", "-o", "library", "--shard", "3/2"], 2, "expected I/N"),
        (["batch", "-o", "library", "--status"], 3, "is not a library"),
        (["batch", ".", "-o", "library", "--config", "none.yaml"], 3, "none.yaml"),
        (["batch", ".", "-o", "library", "--address", "auto"], 2, "--engine ray"),
        (["batch", "-o", "library", "--shard", "1/2"], 2, "need a folder or a list"),
    ],
)
def test_wrong_usage_is_one_sentence(gait: Gait, arguments: list[str], code: int, said: str) -> None:
    done = gait(*arguments, code=code)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_shares_are_disjoint_and_make_up_the_whole(tmp_path: Path) -> None:
    """And they stay the same when the folder is mounted elsewhere, as on another node."""
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        for n in range(30):
            (tmp_path / place / f"{n}.mp4").touch()
    shares = {}
    for place in ("here", "there"):
        folder = str(tmp_path / place)
        parts = [share(find_sources(folder, None), folder, index, 4) for index in (1, 2, 3, 4)]
        shares[place] = [[Path(source.path).name for source in part] for part in parts]
    assert shares["here"] == shares["there"]
    assert sorted(itertools.chain(*shares["here"])) == sorted(f"{n}.mp4" for n in range(30))
    assert all(shares["here"])
    with pytest.raises(UsageError):
        parse_shard("0/4")


def test_files_that_are_still_being_copied_are_left(tmp_path: Path) -> None:
    """A copy that keeps the old time of the original is young all the same."""
    (tmp_path / "young.mp4").touch()
    os.utime(tmp_path / "young.mp4", (1e9, 1e9))
    told: list[str] = []
    assert list(at_rest(find_sources(str(tmp_path), None), 3600, told.append)) == []
    assert told == ["1 left for the next time: written to in the last 3600 s."]
    assert len(list(at_rest(find_sources(str(tmp_path), None), 0, told.append))) == 1
    assert len(told) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such names")
def test_a_name_that_is_not_utf_8_and_a_link_to_nowhere_end_no_night(
    gait: Gait, all_clips: list[Path], config: Path, tmp_path: Path
) -> None:
    recordings = tmp_path / "in"
    recordings.mkdir()
    shutil.copy(all_clips[0], recordings / os.fsdecode(b"m\xfcller.mp4"))
    (recordings / "link.mp4").symlink_to("nowhere")
    arguments = ("batch", recordings, "-o", "library", "--config", config, "--retries", "0")
    done = gait(*arguments, code=1)
    assert "1 recordings measured" in done.stdout
    assert "1 done, 1 failed (1 access)" in done.stdout
    assert "link.mp4" in done.stderr and "Traceback" not in done.stderr
    assert "m\N{REPLACEMENT CHARACTER}ller.mp4" in gait("list", "library").stdout
    assert "0 recordings measured, 1 were done before" in gait(*arguments, code=1).stdout


def test_results_are_no_recordings(first_night: Night) -> None:
    """The annotated videos of a library beside the recordings are not measured in turn."""
    (first_night.library / "recordings" / "x").mkdir(exist_ok=True)
    found = find_sources(str(first_night.recordings.parent), None)
    assert all("/library/" not in source.path for source in found)
    (first_night.library / "recordings" / "x").rmdir()


def test_tables_that_a_crash_kept_from_being_written_are_written_the_next_time(gait: Gait, night: Night) -> None:
    """The batch was killed when all was done but the tables: nothing is left to be measured, and yet they come."""
    table = night.library / "measures.csv"
    whole = table.read_bytes()
    table.write_bytes(b"old")
    assert "0 recordings measured" in gait("batch", "-o", "library", code=1).stdout
    assert table.read_bytes() == b"old", "it was written without need"
    with sqlite3.connect(night.library / "ledger.sqlite") as db:
        db.execute("UPDATE runs SET ended_at = NULL")
    assert "0 recordings measured" in gait("batch", "-o", "library", code=1).stdout
    assert table.read_bytes() == whole


def test_a_folder_that_is_not_there_changes_nothing(gait: Gait, night: Night, tmp_path: Path) -> None:
    gait("batch", "nowhere", "-o", "new", code=3)
    assert not (tmp_path / "new").exists()
    gait("batch", "nowhere", "-o", "library", code=3)
    assert "5 recordings: 4 are done" in gait("batch", "-o", "library", "--dry-run").stdout


def test_what_a_job_may_take_is_what_its_control_groups_say(tmp_path: Path) -> None:
    """A job of Slurm is in a group deep down; in a container, the group around all is its own."""
    mine, job = tmp_path / "mine", tmp_path / "slurm" / "job_1"
    job.mkdir(parents=True)
    (tmp_path / "memory.max").write_text("16000000000\n")
    (job / "memory.max").write_text("8000000000\n")
    (job.parent / "memory.max").write_text("max\n")
    mine.write_text("1:name=systemd:/x\n0::/slurm/job_1\n")
    assert group_limits("memory.max", tmp_path, mine) == [["8000000000"], ["16000000000"]]
    mine.write_text("0::/\n")
    assert group_limits("memory.max", tmp_path, mine) == [["16000000000"]]
    assert group_limits("cpu.max", tmp_path, mine) == group_limits("cpu.max", tmp_path, tmp_path / "none") == []


def test_a_library_whose_ledger_is_gone_writes_it_again(gait: Gait, night: Night) -> None:
    before = written(night.library)
    table = (night.library / "measures.csv").read_text()
    for path in night.library.glob("ledger*"):
        path.unlink()
    gait("batch", night.recordings / "clip_0*.mp4", "-o", "library", "--config", night.config)
    assert written(night.library) == before
    assert sorted((night.library / "measures.csv").read_text().splitlines()) == sorted(table.splitlines())


def test_a_result_that_was_thrown_away_is_made_again(gait: Gait, night: Night) -> None:
    (gone,) = (night.library / "recordings").glob("clip_01*")
    before = (gone / "measures.csv").read_bytes()
    shutil.rmtree(gone)
    done = gait("batch", night.recordings / "clip_0*.mp4", "-o", "library", "--config", night.config)
    assert "1 recordings measured" in done.stdout
    assert (gone / "measures.csv").read_bytes() == before


def test_a_second_batch_on_the_same_library_is_turned_away(gait: Gait, night: Night) -> None:
    with Ledger(night.library, writing=True):
        done = gait("batch", night.recordings, "-o", "library", "--config", night.config, code=2)
    assert "another gait batch is working on this library" in done.stderr
    with sqlite3.connect(night.library / "ledger.sqlite") as db:
        assert db.execute("SELECT count(*) FROM runs").fetchone() == (1,)


def test_a_command_after_the_batch_is_told_what_became_of_it(gait: Gait, night: Night, tmp_path: Path) -> None:
    gait("batch", "-o", "library", "--after", "cat > told.json", code=1)
    told = json.loads((tmp_path / "told.json").read_text())
    assert (told["done"], told["failed"], told["exit_code"]) == (0, 0, 1)
    assert told["library_counts"]["done"] == 3
    assert "exit code 3" in gait("batch", "-o", "library", "--after", "exit 3", code=1).stderr


def test_metrics_are_in_the_format_of_the_collector(
    gait: Gait, night: Night, tmp_path: Path, check_metrics: Callable[[str], dict[str, float]]
) -> None:
    night.library.rename(tmp_path / 'lib "one"')
    gait("batch", "-o", 'lib "one"', "--metrics", "gait.prom", code=1)
    values = check_metrics((tmp_path / "gait.prom").read_text())
    name = 'library="lib \\"one\\""'
    assert values[f'gait_recordings{{{name},state="done"}}'] == 3
    assert values[f'gait_failures{{{name},kind="input"}}'] == 1
    assert values[f"gait_oldest_waiting_seconds{{{name}}}"] == 0
    assert values[f"gait_seconds{{{name}}}"] > 0


def test_libraries_and_loose_results_are_put_together_where_they_are(
    gait: Gait, night: Night, all_clips: list[Path], tmp_path: Path
) -> None:
    gait("run", all_clips[3], "-o", "loose", "--config", night.config)
    said = gait("pool", "library", "loose", "-o", "pooled").stdout
    assert "4 recordings done, 1 failed" in said
    recordings = {row["name"]: row for row in rows(tmp_path / "pooled" / "recordings.csv")}
    assert recordings["clip_03.mp4"]["folder"] == "../loose/clip_03"
    assert len(pd.read_parquet(tmp_path / "pooled" / "measures.parquet")["id"].unique()) == 4
    again = gait("pool", "library", "loose", "-o", "pooled").stdout
    assert "4 recordings done, 1 failed" in again
    (tmp_path / "empty").mkdir()
    assert "no result" in gait("pool", "empty", "-o", "pooled", code=3).stderr
