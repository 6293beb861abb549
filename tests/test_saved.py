"""A result goes into the files of its folder, and comes back equal to the one that was written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from gait.cli import main
from gait.columns import EVENT_COLUMNS
from gait.config import PersonSettings, ReportSettings, load_settings
from gait.errors import InputError, UsageError
from gait.provenance import SettingsUsed
from gait.saved import CLEAN_FILE, load, save
from gait.types import Result, SubjectTrack
from tests.report.example_results import EXAMPLES, side_view

TABLES = ("signals", "events", "strides", "measures", "cycles", "curves")


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_result_comes_back_as_it_was(example: Callable[[], Result], tmp_path: Path) -> None:
    """Walks, refusals, nothing but missing numbers, and strings that try to break out of their place."""
    result = example()
    save(result, tmp_path / "walk")
    again = load(tmp_path / "walk")
    assert again == result
    for name in TABLES:
        kinds = getattr(side_view(), name).dtypes.map(lambda kind: kind.kind if kind.kind in "fbi" else "text")
        got = getattr(again, name).dtypes.map(lambda kind: kind.kind if kind.kind in "fbi" else "text")
        assert dict(got) == dict(kinds), f"{name} has its types also where it is empty"


def test_every_digit_comes_back(tmp_path: Path) -> None:
    result = side_view()
    third = result.signals.assign(left_knee_deg=np.linspace(0, 1, len(result.signals)) / 3 * 1e-7)
    save(replace(result, signals=third), tmp_path / "walk")
    pd.testing.assert_frame_equal(load(tmp_path / "walk").signals, third, check_exact=True)


def test_a_second_result_takes_the_place_of_the_first(tmp_path: Path) -> None:
    """The video of the first would pass for that of the second; somebody's notes stay."""
    save(side_view(), tmp_path / "walk")
    (tmp_path / "walk" / "overlay.mp4").write_bytes(b"")
    (tmp_path / "walk" / "notes.txt").write_text("mine")
    other = EXAMPLES["frontal_view"]()
    save(other, tmp_path / "walk")
    assert load(tmp_path / "walk") == other
    assert not (tmp_path / "walk" / "overlay.mp4").exists()
    assert (tmp_path / "walk" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("file", ["signals.csv", "strides.csv", "cycles.csv", CLEAN_FILE, "keypoints.parquet"])
def test_a_missing_file_is_named(tmp_path: Path, file: str) -> None:
    save(side_view(), tmp_path / "walk")
    (tmp_path / "walk" / file).unlink()
    with pytest.raises(InputError, match=file):
        load(tmp_path / "walk")


@pytest.mark.parametrize("tree", ["{", "{}", '{"schema": "gait.result/99"}', "[]", '{"schema": "gait.result/1"}'])
def test_what_is_no_result_says_so(tmp_path: Path, tree: str) -> None:
    (tmp_path / "result.json").write_text(tree)
    with pytest.raises(InputError, match=r"result\.json: cannot be read as a result"):
        load(tmp_path)


def test_a_setting_that_is_not_known_here_is_told(tmp_path: Path) -> None:
    """Of a later version: to leave it out in silence would say that the numbers came from other settings."""
    save(side_view(), tmp_path / "walk")
    path = tmp_path / "walk" / "result.json"
    tree = json.loads(path.read_text())
    tree["provenance"]["settings"]["analysis"]["signals"]["of_tomorrow"] = 1
    path.write_text(json.dumps(tree))
    with pytest.raises(InputError, match="of_tomorrow"):
        load(tmp_path / "walk")


def test_equal_means_every_table_and_every_array() -> None:
    result, again = side_view(), side_view()
    assert result == again
    assert result.poses == again.poses
    assert result != "a walk"
    assert replace(result, events=result.events.iloc[1:]) != again
    assert replace(result, events=result.events[[*EVENT_COLUMNS[1:], EVENT_COLUMNS[0]]]) != again
    assert replace(result, measures=result.measures.assign(value=0.0)) != again
    assert replace(result, flags=()) != again
    moved = replace(result.poses, xy_px=result.poses.xy_px + 1)
    assert moved != result.poses
    assert replace(result, clean=moved) != again
    with pytest.raises(TypeError, match="unhashable"):
        hash(result.poses)


def test_a_missing_number_equals_a_missing_number_and_a_picture_does_not_count() -> None:
    poses = side_view().poses
    holes = np.where(np.arange(len(poses.time_s))[:, None, None] == 3, np.nan, poses.xy_px)
    assert replace(poses, xy_px=holes) == replace(poses, xy_px=holes.copy())
    assert replace(poses, xy_px=holes) != poses
    assert replace(poses, sd_px=poses.score) != poses
    track = side_view().track
    assert isinstance(track, SubjectTrack)
    assert replace(track, picture=None) == track
    assert replace(track, box_px=track.box_px + 1) != track


def test_a_finished_report_is_written_anew_in_another_language_and_nothing_else_changes(tmp_path: Path) -> None:
    folder = tmp_path / "walk"
    save(side_view(), folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = CliRunner().invoke(main, ["report", str(folder), "--language", "de"])
    assert (done.exit_code, done.output.strip()) == (0, str(folder / "report.html"))
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert '<html lang="de">' in page
    assert "Doppelschrittdauer" in page
    assert '<html lang="en">' in before.pop("report.html").decode("utf-8")
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "report.html"} == before


def test_files_for_programs_are_english_in_every_language(tmp_path: Path) -> None:
    said = side_view().provenance
    for language in ("en", "de"):
        report = ReportSettings(language=language, fall_screen=True, person=PersonSettings(age=72, sex="female"))
        used = SettingsUsed(report=report)
        save(replace(side_view(), provenance=replace(said, settings=used)), tmp_path / language)
    for name in ("measures.csv", "strides.csv", "events.csv", "signals.csv", "cycles.csv"):
        assert (tmp_path / "en" / name).read_bytes() == (tmp_path / "de" / name).read_bytes()
    english, german = (json.loads((tmp_path / name / "result.json").read_text()) for name in ("en", "de"))
    assert german["provenance"]["settings"]["report"].pop("language") == "de"
    english["provenance"]["settings"]["report"].pop("language")
    assert german == english
    assert '<html lang="de">' in (tmp_path / "de" / "report.html").read_text(encoding="utf-8")


def test_an_unknown_language_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"language: expected one of en, de, es.*'xx'"):
        load_settings(None, {"report.language": "xx"})
