import math

import pytest

from gait.report import words


def test_a_negative_number_has_a_true_minus_and_zero_never_has_one() -> None:
    assert words.number(-2.34) == "−2.3"
    assert words.number(-0.04) == "0.0"


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_what_is_missing_is_a_dash(missing: float | None) -> None:
    assert words.number(missing) == "–"
    assert words.seconds(missing) == "–"
    assert words.size(missing) == "–"


def test_an_interval_with_a_negative_end_is_not_written_with_a_dash() -> None:
    assert words.interval(110.9, 113.7) == "110.9–113.7"
    assert words.interval(-2.1, 3.0) == "−2.1 to 3.0"
    assert words.interval(-0.04, 3.0) == "0.0–3.0"
    assert words.interval(math.nan, 3.0) == ""


def test_units_follow_the_number_as_in_print() -> None:
    assert words.with_unit("3.4", "deg") == "3.4°"
    assert words.with_unit("0.54", "s") == "0.54\u00a0s"
    assert words.with_unit("0.02", "") == "0.02"


def test_long_times_are_in_minutes() -> None:
    assert words.seconds(7.62) == "7.6\u00a0s"
    assert words.seconds(725) == "12\u00a0min 5\u00a0s"


def test_lists_read_as_in_a_sentence() -> None:
    assert words.listing([]) == ""
    assert words.listing(["a"]) == "a"
    assert words.listing(["a", "b", "c"]) == "a, b and c"


def test_a_reason_becomes_the_end_of_a_sentence() -> None:
    assert words.as_clause("No body height was given.") == "no body height was given"
    assert words.as_clause("PCI needs 5 strides.") == "PCI needs 5 strides"
    assert words.as_clause("") == ""
