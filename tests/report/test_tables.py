import numpy as np
import pytest

from gait.columns import MEASURES, WITHIN_ERROR
from gait.report.tables import measure_groups, phases, read_entries, stride_table, why_nothing
from gait.types import Result
from tests.report.example_results import side_view, with_metres


def test_every_measure_stands_in_its_group_once(result: Result) -> None:
    groups = measure_groups(read_entries(result.measures))
    names = [row.measure.name for group in groups for row in group.rows]
    assert names == list(MEASURES)
    assert all(row.measure.group == group.name for group in groups for row in group.rows)


def test_a_measure_withheld_on_both_sides_for_one_reason_says_it_once(result: Result) -> None:
    rows = {row.measure.name: row for group in measure_groups(read_entries(result.measures)) for row in group.rows}
    assert rows["step_length"].reason == "No body height was given, so lengths have no scale."
    assert rows["stance"].reason == ""


def test_a_row_that_says_valid_but_has_no_number_counts_as_withheld(result: Result) -> None:
    table = result.measures.assign(value=np.nan)
    assert not any(entry.valid for entry in read_entries(table).values())
    assert all(entry.reason for entry in read_entries(table).values())


def test_a_withheld_row_never_shows_its_number(result: Result) -> None:
    table = result.measures.assign(status="withheld", reason="Too dark.")
    entries = read_entries(table)
    assert all(entry.text == "–" and entry.interval == "" and entry.n is None for entry in entries.values())
    assert why_nothing(entries) == "Too dark."


def test_a_valid_row_may_carry_a_remark(result: Result) -> None:
    table = result.measures.assign(reason="Within its error.")
    entry = read_entries(table)["cadence", "both"]
    assert (entry.text, entry.reason, entry.note) == ("111.1", "", "Within its error.")


def test_a_difference_within_its_error_has_a_value_and_a_status_of_its_own(result: Result) -> None:
    rows = result.measures["measure"] == "step_time_asymmetry"
    table = result.measures[rows].assign(status=WITHIN_ERROR, reason="No difference.")
    entry = read_entries(table)["step_time_asymmetry", "both"]
    assert (entry.valid, entry.text, entry.note) == (True, "8.1", "within the error")


def test_the_change_that_counts_is_that_of_the_less_certain_side(result: Result) -> None:
    left = (result.measures["measure"] == "knee_rom") & (result.measures["side"] == "left")
    table = result.measures.assign(mdc95=result.measures["mdc95"].mask(left, 7.77))
    rows = {row.measure.name: row for group in measure_groups(read_entries(table)) for row in group.rows}
    assert rows["knee_rom"].change == "7.8"
    assert rows["cadence"].change == "0.8"
    assert rows["step_length"].change == ""


def test_an_unknown_measure_is_shown_rather_than_lost(result: Result) -> None:
    table = result.measures.iloc[:1].assign(measure="toe_drag", unit="mm")
    (group,) = measure_groups(read_entries(table))
    assert (group.name, group.rows[0].measure.label, group.rows[0].unit) == ("Other", "Toe drag", "mm")


def test_lengths_carry_the_unit_of_the_table() -> None:
    entries = read_entries(with_metres().measures)
    assert entries["step_length", "left"].text_with_unit == "0.69\u00a0m"


@pytest.mark.parametrize(
    ("name", "ends", "said"),
    [
        ("step_time_asymmetry", (8.1, 6.5, 9.7), ("8.1", "left longer", "6.5–9.7")),
        ("step_time_asymmetry", (-5.9, -15.2, 3.3), ("5.9", "right longer", "15.2 right longer to 3.3 left longer")),
        ("trunk_lean_forward", (-7.5, -14.4, -0.5), ("7.5", "backward", "0.5–14.4")),
        ("knee_contact", (3.0, -4.0, 10.0), ("3", "", "4 overextended to 10")),
        ("trunk_sway", (1.2, 1.0, 1.4), ("1.2", "", "1.0–1.4")),
        ("stance_asymmetry", (0.02, -0.9, 0.9), ("0.0", "", "0.9 right longer to 0.9 left longer")),
    ],
)
def test_a_sign_is_said_in_words(
    result: Result, name: str, ends: tuple[float, float, float], said: tuple[str, str, str]
) -> None:
    row = result.measures[result.measures["measure"] == "trunk_sway"].assign(measure=name)
    row[["value", "ci_low", "ci_high"]] = ends
    (entry,) = read_entries(row).values()
    assert (entry.size, entry.sense, entry.said_interval) == said


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_phases_of_a_stride_fill_it(result: Result, side: str) -> None:
    (phase,) = [p for p in phases(result.strides, read_entries(result.measures)) if p.side == side]
    total = phase.initial_double + phase.single + phase.terminal_double + phase.swing
    assert total == pytest.approx(100)
    assert 58 < phase.stance < 66


def test_without_foot_offs_there_are_no_phases(result: Result) -> None:
    entries = read_entries(result.measures)
    assert phases(result.strides.assign(swing_pct=np.nan), entries) == ()
    assert phases(result.strides.iloc[:0], entries) == ()


def test_phases_that_were_withheld_are_not_drawn(result: Result) -> None:
    off = (result.measures["measure"] == "double_support") & (result.measures["side"] == "left")
    table = result.measures.assign(status=result.measures["status"].mask(off, "withheld"))
    assert [phase.side for phase in phases(result.strides, read_entries(table))] == ["right"]


def test_the_stride_table_keeps_rejected_strides_with_their_reason() -> None:
    table = stride_table(side_view().strides)
    rejected = [row for row in table.rows if not row["valid"]]
    assert [row["reason"] for row in rejected] == ["The knee could not be seen for 0.30 s."]
    assert table.n_valid == len(table.rows) - 1
    assert "Step length" not in [label for label, _ in table.headings]
