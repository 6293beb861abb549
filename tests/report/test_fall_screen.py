"""The fall-screen context: each number beside what is published, no verdict, and only when asked for."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path

import numpy as np
import pytest

from gait.config import ReportSettings
from gait.report.fall_screen import CONTEXT, context_rows
from gait.report.files import result_to_json, write_tables
from gait.report.page import render_page
from gait.report.tables import read_entries
from gait.types import Result
from tests.report.example_results import HOSTILE, frontal_view, hostile, no_gait, side_view, with_metres

ASKED = ReportSettings(fall_screen=True)


def html(result: Result, settings: ReportSettings = ASKED) -> str:
    return render_page(
        result, overlay=None, subject_label=None, generated_at=datetime(2026, 11, 20, tzinfo=UTC), settings=settings
    )


def section(result: Result) -> str:
    part = html(result).split('<section id="fall-screen"')[1].split("</section>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", part)))


def with_variability(result: Result) -> Result:
    """Strides that vary by 31 ms, from 17 of them."""
    table = result.measures.copy()
    row = table.index[table["measure"] == "stride_time_sd"][0]
    for column, value in {
        "value": 31.0,
        "n": 17,
        "ci_low": 20.0,
        "ci_high": 52.0,
        "status": "valid",
        "reason": "",
    }.items():
        table.loc[row, column] = value
    return replace(result, measures=table)


def test_it_appears_only_when_asked_for() -> None:
    assert 'id="fall-screen"' not in html(with_metres(), ReportSettings())
    assert 'id="fall-screen"' in html(with_metres())


def test_it_says_that_it_is_no_diagnosis_and_no_score_and_gives_no_verdict() -> None:
    text = section(with_metres())
    assert "not a diagnosis, and not a risk score" in text
    assert not re.search(r"\b(normal|abnormal|elevated|high risk|low risk|at risk)\b", text, re.IGNORECASE)


def test_each_number_stands_with_its_interval_its_n_and_what_is_published() -> None:
    text = section(with_variability(with_metres()))
    assert "1.26 (1.23–1.29) n 17 Under 0.8 m/s: relative risk of a fall 1.27" in text
    assert "31 (20–52) n 17 106 ± 30 ms in the 20 who fell" in text
    for source in (
        "Hausdorff, Rios and Edelberg 2001",
        "Gabell and Nayak 1984",
        "Verghese 2009",
        "n = 7,608",
        "n = 52",
    ):
        assert source in text


def test_what_was_not_measured_is_said_with_its_reason() -> None:
    text = section(side_view())
    assert "Walking speed m/s not measured No body height was given" in text
    assert "Nothing" not in text


def test_a_number_that_is_too_uncertain_is_not_set_beside_published_ones() -> None:
    """Double support of 16.6 %, 95 % interval 11 points wide: walking slowly or briskly makes less of a difference."""
    result = with_metres()
    table = result.measures.copy()
    row = table.index[(table["measure"] == "double_support") & (table["side"] == "both")][0]
    table.loc[row, ["value", "ci_low", "ci_high"]] = 16.6, 11.1, 22.1
    wide = replace(result, measures=table)
    assert "not compared Too uncertain to be set beside what is published: its 95 % interval is 11.1–22.1" in section(
        wide
    )
    entry = next(
        r.entry for r in context_rows(read_entries(table), "sagittal") if r.context.measure == "double_support"
    )
    assert entry is not None
    assert (entry.value, entry.low, entry.n) == (None, None, None)
    table.loc[row, ["ci_low", "ci_high"]] = 14.0, 19.2
    assert "16.6 (14.0–19.2)" in section(replace(result, measures=table))


def test_the_trunk_is_named_by_the_plane_in_which_it_was_seen() -> None:
    assert "Trunk sway, forward and back" in section(side_view())
    assert "Trunk sway, side to side" in section(frontal_view())


def test_where_nobody_walks_every_line_has_its_reason() -> None:
    rows = context_rows(read_entries(no_gait().measures), None)
    assert len(rows) == len(CONTEXT)
    assert all(row.entry is not None and row.entry.reason == "No gait was found." for row in rows)


def test_strings_from_outside_stay_text() -> None:
    result = hostile()
    withheld = result.measures.assign(status="withheld", value=np.nan)
    page = html(replace(result, measures=withheld))
    assert "<script>window.hacked" not in page.split("<body>")[1]
    assert str(escape(HOSTILE[:8])) in page.split('<section id="fall-screen"')[1].split("</section>")[0]


@pytest.mark.parametrize("make", [side_view, frontal_view, no_gait])
def test_result_json_holds_every_line_with_value_or_reason_and_its_source(
    make: Callable[[], Result], tmp_path: Path
) -> None:
    write_tables(make(), tmp_path, ASKED)
    block = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["fall_screen"]
    assert "not a diagnosis" in block["note"]
    assert [line["measure"] for line in block["measures"]] == [c.measure for c in CONTEXT]
    for line in block["measures"]:
        assert (line["value"] is None) == bool(line["reason"])
        assert line["published"]
        assert line["source"] is None or {"citation", "population", "n"} <= set(line["source"])


def test_nobody_asked_and_result_json_has_none() -> None:
    assert result_to_json(with_metres())["fall_screen"] is None
