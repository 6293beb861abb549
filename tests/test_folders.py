"""Results are moved into place at the end, and nothing already written is lost."""

import json
from pathlib import Path

import pytest

from gait.errors import InputError
from gait.folders import EXPORTS, choose_folder, replacing, replacing_file


def report(folder: Path, sha256: str, text: str = "good") -> None:
    with replacing(folder) as fresh:
        (fresh / "report.html").write_text(text)
        (fresh / "result.json").write_text(json.dumps({"provenance": {"file": {"sha256": sha256}}}))


def test_the_folder_appears_only_when_the_block_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "walk"
    with replacing(folder) as fresh:
        (fresh / "report.html").write_text("half")
        assert not folder.exists()
    assert (folder / "report.html").read_text() == "half"
    assert [p.name for p in tmp_path.iterdir()] == ["walk"]


def test_a_failure_leaves_the_last_good_result_and_no_rubbish(tmp_path: Path) -> None:
    report(tmp_path / "walk", "a")
    with pytest.raises(RuntimeError), replacing(tmp_path / "walk") as fresh:
        (fresh / "report.html").write_text("half")
        raise RuntimeError
    assert (tmp_path / "walk" / "report.html").read_text() == "good"
    assert [p.name for p in tmp_path.iterdir()] == ["walk"]


def test_notes_that_somebody_put_into_the_folder_stay(tmp_path: Path) -> None:
    report(tmp_path / "walk", "a", "old")
    (tmp_path / "walk" / "notes.txt").write_text("left knee replaced in spring")
    report(tmp_path / "walk", "a", "new")
    assert (tmp_path / "walk" / "notes.txt").read_text() == "left knee replaced in spring"
    assert (tmp_path / "walk" / "report.html").read_text() == "new"


def test_another_recording_of_the_same_name_gets_its_own_folder(tmp_path: Path) -> None:
    report(tmp_path / "IMG_0001", "first patient")
    assert choose_folder(tmp_path, "IMG_0001", "first patient").name == "IMG_0001"
    assert choose_folder(tmp_path, "IMG_0001", "second patient").name == "IMG_0001-2"
    report(tmp_path / "IMG_0001-2", "second patient")
    assert choose_folder(tmp_path, "IMG_0001", "second patient").name == "IMG_0001-2"
    assert choose_folder(tmp_path, "IMG_0001", "third patient").name == "IMG_0001-3"


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "walk").mkdir()
    (tmp_path / "walk" / "holiday.jpg").write_text("")
    assert choose_folder(tmp_path, "walk", "a").name == "walk-2"


def test_a_result_that_a_crash_left_between_two_names_comes_back(tmp_path: Path) -> None:
    report(tmp_path / "walk", "a")
    (tmp_path / "walk").rename(tmp_path / ".previous-walk")
    assert choose_folder(tmp_path, "walk", "a").name == "walk"
    assert (tmp_path / "walk" / "report.html").read_text() == "good"


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="-o"), replacing(tmp_path / "file" / "walk"):
        pass


def test_exports_of_the_old_result_do_not_stay_beside_the_new_one(tmp_path: Path) -> None:
    report(tmp_path / "walk", "a", "old")
    (tmp_path / "walk" / EXPORTS).mkdir()
    report(tmp_path / "walk", "a", "new")
    assert not (tmp_path / "walk" / EXPORTS).exists()


def test_a_failure_leaves_the_last_good_file_and_no_rubbish(tmp_path: Path) -> None:
    with replacing_file(tmp_path / "walk.trc") as fresh:
        fresh.write_text("good")
    with pytest.raises(RuntimeError), replacing_file(tmp_path / "walk.trc") as fresh:
        fresh.write_text("half")
        raise RuntimeError
    assert (tmp_path / "walk.trc").read_text() == "good"
    assert [p.name for p in tmp_path.iterdir()] == ["walk.trc"]
