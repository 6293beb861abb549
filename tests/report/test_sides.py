"""Left against right, as the page says it."""

from dataclasses import replace

import pytest

from gait.report.sides import difference, first_tiles, key_angle_tiles, sums
from gait.report.tables import Entries, read_entries
from gait.types import Result
from tests.report.example_results import no_gait, side_view, with_metres


def _entries(result: Result, **values: tuple[float, float, float]) -> Entries:
    """The measures of a result; a key angle is given by left, right and half its interval."""
    table = result.measures.copy()
    for name, (left, right, half) in values.items():
        for side, value in (("left", left), ("right", right)):
            mine = (table["measure"] == name) & (table["side"] == side)
            table.loc[mine, ["value", "ci_low", "ci_high", "mdc95", "n"]] = [value, value - half, value + half, half, 9]
            table.loc[mine, ["status", "reason"]] = ["valid", ""]
    return read_entries(table)


def _both_near(result: Result) -> Result:
    first = result.scene.passes[0]
    back = replace(first, number=2, start_s=11.0, end_s=12.0, direction="left", near_side="left")
    return replace(result, scene=replace(result.scene, passes=(first, back)))


def test_the_first_numbers_are_only_those_that_were_measured(result: Result) -> None:
    labels = [tile.label for tile in first_tiles(read_entries(result.measures), result.scene)]
    assert labels[0] == "Cadence"
    assert "Walking speed" not in labels
    scaled = with_metres()
    assert "Walking speed" in [tile.label for tile in first_tiles(read_entries(scaled.measures), scaled.scene)]
    nothing = no_gait()
    assert first_tiles(read_entries(nothing.measures), nothing.scene) == ()


@pytest.mark.parametrize(
    ("left", "right", "said", "exceeds"),
    [
        (66.0, 52.0, "left 14° more, more than the error", True),
        (55.0, 58.0, "left 3° less, within the error", False),
        (55.2, 55.4, "alike, within the error", False),
    ],
)
def test_a_tile_says_by_how_much_left_differs_and_whether_that_counts(
    result: Result, left: float, right: float, said: str, exceeds: bool
) -> None:
    entries = _entries(result, knee_swing=(left, right, 5.0))
    (tile,) = key_angle_tiles(entries, _both_near(result).scene)[:1]
    assert (tile.label, tile.verdict, tile.exceeds) == ("Knee in swing, peak", said, exceeds)
    assert tile.change == "5°"


def test_the_far_leg_is_not_compared_with_the_near_one(result: Result) -> None:
    (tile,) = key_angle_tiles(_entries(result, knee_swing=(66.0, 40.0, 5.0)), result.scene)[:1]
    assert (tile.far, tile.verdict, tile.exceeds) == ("left", "not compared: far leg", False)


def test_signs_that_are_directions_are_compared_as_such(result: Result) -> None:
    entries = _entries(result, ankle_push_off=(-12.0, -1.0, 5.0))
    assert difference(entries["ankle_push_off", "left"], entries["ankle_push_off", "right"]) == (
        "left 11° further plantarflexed"
    )


def test_steps_that_make_a_stride_are_added_up_and_others_explained() -> None:
    result = side_view()
    (line,) = sums(read_entries(result.measures))
    assert line == "Two steps make a stride, in times: 0.545 + 0.535 = 1.080\u00a0s, the stride in the table."
    table = result.measures.copy()
    table.loc[(table["measure"] == "stride_time") & (table["side"] == "both"), "value"] = 1.1
    (line,) = sums(read_entries(table))
    assert "the stride in the table is 1.100, since" in line
