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


def test_every_reference_is_of_a_measure_and_names_its_source_its_people_and_how_they_were_measured() -> None:
    for reference in REFERENCES:
        assert reference.measure in MEASURES
        assert reference.unit == MEASURES[reference.measure].unit
        assert 0 < reference.low <= reference.high
        source = reference.source
        assert re.search(r"(19|20)\d\d, .+ \d+:\d+", source.citation), "first publication: year, journal, volume, page"
        assert source.population
        assert source.how
        assert source.n > 0
        assert (reference.kind == "mean") == (reference.low == reference.high)


def test_a_woman_of_72_is_shown_speed_and_cadence_of_her_age_with_their_sources() -> None:
    person = PersonSettings(age=72, sex="female")
    assert {r.measure: r.text for r in find_references(person)} == {"speed": "1.13", "cadence": "93–133"}
    text = page(with_metres(), person)
    assert "Reference 93–133 steps/min, mean ± SD: women 70–74, Hollman 2011, n = 294 [1]" in text
    assert "able-bodied people of 70 and over, n = 294, two walks over a 5.6 m electronic walkway (GAITRite)" in text
    assert "Reference 1.13 m/s, mean: women 70–79, Bohannon 2011, n = 23,111 [2]" in text
    assert "in common use" not in text
    assert "context, not limits" in text
    assert "woman, 72 years" in text


def test_the_oldest_band_has_no_upper_end() -> None:
    (cadence,) = (r for r in find_references(PersonSettings(age=101, sex="male")))
    assert (cadence.measure, cadence.text, cadence.group) == ("cadence", "91–113", "men 85 and over")


def test_a_speed_is_compared_only_in_metres() -> None:
    assert "speed" not in by_measure(WOMAN_65, side_view().measures)
    assert "speed" in by_measure(WOMAN_65, with_metres().measures)


@pytest.mark.parametrize(
    ("age", "sex", "said"),
    [
        (8, "female", "no reference for a girl, 8 years"),
        (19, "female", "no reference for women of 19: the sources at hand begin at 20 years"),
        (17, "male", "no reference for a boy, 17 years"),
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
    assert (row["reference_low"], row["reference_high"]) == (1.24, 1.24)
    assert row["reference_source"].startswith("women 60–69: ")
    assert table.loc[("knee_rom", "both")].isna()[list(REFERENCE_COLUMNS)].all()
    block = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["references"]
    assert (block["age"], block["sex"]) == (65, "female")
    assert {value["measure"] for value in block["values"]} == {"speed"}
    assert all({"citation", "population", "n", "how"} <= set(value["source"]) for value in block["values"])


def test_without_a_person_the_tables_are_as_ever(tmp_path: Path) -> None:
    write_tables(with_metres(), tmp_path)
    assert tuple(pd.read_csv(tmp_path / "measures.csv").columns) == (*RECORDING_COLUMNS, *MEASURE_COLUMNS)
    tree = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert tree["references"] is None
    assert tree["fall_screen"] is None
