"""A manifest: what its rows say, and every error in it, by row and column."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gait.batch.manifest import COLUMNS, TEMPLATE, read_manifest
from gait.errors import InputError, UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.mp4", "b.MOV"):
        (tmp_path / name).write_bytes(b"video")
    (tmp_path / "side.yaml").write_text("analysis: {scene: {view: side}}")
    return tmp_path


def manifest(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return path


def errors_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        read_manifest(manifest(folder, text), None)
    head, *errors = str(caught.value).split("\n  ")
    assert head == f"{folder / 'list.csv'}: cannot be used:"
    return errors


def test_each_row_is_a_recording_with_what_is_known_of_it(folder: Path) -> None:
    text = (
        "path,subject,session,height_m,age,sex,start,end,view,config\n"
        "a.mp4,P-17,2025-03-14,1.68,54,female,1,12.5,,\n"
        "\n"
        "b.MOV,007,,,,,,,,side.yaml\n"
    )
    first, second = read_manifest(manifest(folder, text), None)
    settings = json.loads(first.settings)
    assert first.path == str(folder / "a.mp4")
    assert (first.subject, first.session, first.start_s, first.end_s) == ("P-17", "2025-03-14", 1.0, 12.5)
    assert settings["analysis"]["scale"]["height_m"] == 1.68
    assert settings["report"]["person"] == {"age": 54, "sex": "female"}
    assert (second.subject, second.part) == ("007", "0-")
    assert json.loads(second.settings)["analysis"]["scene"]["view"] == "side"


def test_what_a_spreadsheet_of_another_country_writes_is_read(folder: Path) -> None:
    """Semicolons, a byte order mark, Windows line ends."""
    (source,) = read_manifest(manifest(folder, "path;subject\r\na.mp4;Müller\r\n", "utf-8-sig"), None)
    assert source.subject == "Müller"


def test_every_error_is_named_by_row_and_column(folder: Path) -> None:
    text = (
        "path,subject,height_m,age,sex,start,end,view,config\n"
        "a.mp4,P1,168,54,x,,,,\n"
        'gone.mp4,P2,"1,75",,,9,3,back,none.yaml\n'
        ",P3,,,,,,,\n"
        "a.mp4,P4,,,,,,,\n"
        "a.mp4,P5,,,,,,,\n"
        "b.MOV,P6,,,,5,5,,\n"
        "b.MOV,P7,,,,,,,,more\n"
    )
    found = errors_of(folder, text)
    places = [error.partition(":")[0] for error in found]
    assert places == [
        "row 2, height_m",
        "row 2, sex",
        "row 3, config",
        "row 3, height_m",
        "row 3, view",
        "row 3, path",
        "row 4, path",
        "row 6, path",
        "row 7, end",
        "row 8",
    ]
    assert "less than 2.6" in found[0]
    assert "got '1,75'" in found[3]
    assert "'auto', 'side' or 'front'" in found[4]
    assert "as row 5" in found[7]


def test_an_unknown_column_names_the_valid_ones(folder: Path) -> None:
    (error,) = errors_of(folder, "path,heigth_m\na.mp4,1.7\n")
    assert "unknown column 'heigth_m'" in error
    assert "Did you mean height_m?" in error


@pytest.mark.parametrize(
    ("text", "said"), [("subject\nP1\n", "no column path"), ("path\n", "no row"), ("", "no column path")]
)
def test_a_manifest_without_recordings_says_so(folder: Path, text: str, said: str) -> None:
    assert said in errors_of(folder, text)[0]


def test_many_errors_are_cut_short(folder: Path) -> None:
    found = errors_of(folder, "path\n" + "".join(f"gone{i}.mp4\n" for i in range(50)))
    assert len(found) == 21
    assert found[-1] == "and 30 more"


def test_what_is_no_text_is_an_input_error(folder: Path) -> None:
    with pytest.raises(InputError, match="CSV UTF-8"):
        read_manifest(manifest(folder, "path,subject\na.mp4,Müller\n", "latin-1"), None)
    with pytest.raises(InputError, match="cannot be read"):
        read_manifest(folder / "none.csv", None)


def test_the_template_has_every_column_and_is_a_manifest(folder: Path) -> None:
    assert tuple(TEMPLATE.splitlines()[0].split(",")) == COLUMNS
    (folder / "walks").mkdir()
    for name in ("anna.mp4", "ben_two_walks.mov"):
        (folder / "walks" / name).touch()
    lines = [line for line in TEMPLATE.splitlines(keepends=True) if "s3://" not in line]
    assert len(read_manifest(manifest(folder, "".join(lines)), None)) == 3
