"""Published values beside the measures: only for the right age and sex, always with their source."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from gait.columns import MEASURE_COLUMNS, MEASURES, RECORDING_COLUMNS
from gait.config import PersonSettings, ReportSettings
from gait.report.files import write_tables
from gait.report.page import render_page
from gait.report.references import (
    REFERENCE_COLUMNS,
    REFERENCES,
    Sex,
    by_measure,
    describe,
    explain,
    find_references,
)
from gait.types import Result
from tests.report.example_results import side_view, with_metres

WOMAN_65 = PersonSettings(age=65, sex="female")


def page(result: Result, person: PersonSettings) -> str:
    html = render_page(
        result, overlay=None, subject_label=None, generated_at=datetime(2026, 11, 20, tzinfo=UTC),
        settings=ReportSettings(person=person),
    )  # fmt: skip
    body = html.split("<body>")[1].split('id="report-data"')[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", body))


def test_every_reference_is_of_a_measure_and_has_its_source() -> None:
    for reference in REFERENCES:
        assert reference.measure in MEASURES
        assert reference.unit == ("m" if reference.measure == "step_length" else MEASURES[reference.measure].unit)
        assert 0 < reference.low <= reference.high
        assert reference.source.citation
        assert reference.source.population
        assert (reference.kind == "mean") == (reference.low == reference.high)


def test_a_woman_of_65_is_shown_the_ranges_of_her_age_with_their_source() -> None:
    found = {r.measure: r.text for r in find_references(WOMAN_65)}
    assert found == {
        "speed": "1.10–1.50", "cadence": "106–122", "step_length": "0.59–0.74", "stance": "56–69",
        "double_support": "19–31",
    }  # fmt: skip
    text = page(with_metres(), WOMAN_65)
    assert "Reference 106–122 steps/min, mean ± SD: women 60–69, ranges in common use, n not stated [1]" in text
    assert "first publication is not named" in text
    assert "context, not limits" in text
    assert "woman, 65 years" in text


def test_step_length_is_compared_only_in_metres_and_with_its_difference_named() -> None:
    assert "step_length" not in by_measure(WOMAN_65, side_view().measures)
    assert "Between footprints" in page(with_metres(), WOMAN_65)


def test_a_woman_of_82_has_the_range_of_speed_and_the_mean_with_its_n() -> None:
    person = PersonSettings(age=82, sex="female")
    speeds = [r for r in find_references(person) if r.measure == "speed"]
    assert [(r.text, r.source.n) for r in speeds] == [("0.86–1.16", None), ("0.94", 23_111)]
    assert "Bohannon 2011, n = 23,111 [2]" in page(with_metres(), person)


@pytest.mark.parametrize(
    ("age", "sex", "said"),
    [
        (8, "female", "no reference for a girl, 8 years"),
        (45, "female", "no reference for women of 45"),
        (17, "male", "no reference for a boy, 17 years"),
        (90, "male", "18–29, 40–49, 60–69 and 80–84"),
        (65, None, "needs both age and sex"),
        (None, "female", "needs both age and sex"),
    ],
)
def test_where_there_is_no_reference_none_is_shown_and_one_line_says_so(
    age: int | None, sex: Sex | None, said: str
) -> None:
    person = PersonSettings(age=age, sex=sex)
    assert find_references(person) == ()
    assert said in explain(person)
    text = page(with_metres(), person)
    assert said in text
    assert "Reference 1" not in text


def test_nobody_asked_and_nothing_is_shown() -> None:
    assert "Reference " not in page(with_metres(), PersonSettings())
    assert describe(PersonSettings()) == ""


def test_nothing_measured_leaves_nothing_to_compare(result: Result) -> None:
    hollow = result.measures.assign(status="withheld")
    assert by_measure(WOMAN_65, hollow) == {}


def test_the_tables_hold_the_references_and_their_sources(tmp_path: Path) -> None:
    write_tables(with_metres(), tmp_path, ReportSettings(person=WOMAN_65))
    table = pd.read_csv(tmp_path / "measures.csv")
    assert tuple(table.columns) == (*RECORDING_COLUMNS, *MEASURE_COLUMNS, *REFERENCE_COLUMNS)
    table = table.set_index(["measure", "side"])
    row = table.loc[("speed", "both")]
    assert (row["reference_low"], row["reference_high"]) == (1.10, 1.50)
    assert row["reference_source"].startswith("women 60–69: ")
    assert table.loc[("knee_rom", "both")].isna()[list(REFERENCE_COLUMNS)].all()
    block = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["references"]
    assert (block["age"], block["sex"]) == (65, "female")
    assert {value["measure"] for value in block["values"]} == {
        "speed", "cadence", "step_length", "stance", "double_support"
    }  # fmt: skip
    assert all(value["source"]["citation"] and "n" in value["source"] for value in block["values"])


def test_without_a_person_the_tables_are_as_ever(tmp_path: Path) -> None:
    write_tables(with_metres(), tmp_path)
    assert tuple(pd.read_csv(tmp_path / "measures.csv").columns) == (*RECORDING_COLUMNS, *MEASURE_COLUMNS)
    tree = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert tree["references"] is None
    assert tree["fall_screen"] is None
