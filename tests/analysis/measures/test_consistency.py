"""Numbers that must agree are withheld where they do not."""

from __future__ import annotations

import pytest

from gait.analysis.measures.consistency import consistent
from gait.analysis.measures.intervals import Estimate
from gait.analysis.measures.walked import Answer, Sided, Withheld


def about(value: float, half: float) -> Estimate:
    return Estimate(value=value, n=9, sd=half, se=half / 2, df=10, low=value - half, high=value + half)


def sided(left: Answer, right: Answer, both: Answer) -> Sided:
    return {"left": left, "right": right, "both": both}


def timing(double: float = 24.0, stride: float = 1.1) -> dict[str, Sided]:
    """Left and right stand for 62 % of the stride, and take 0.55 s for a step."""
    stance, step = about(62.0, 2.0), about(0.55, 0.02)
    each = {
        "stance": stance, "swing": about(38.0, 2.0), "double_support": about(double, 3.0),
        "single_support": about(38.0, 2.0), "step_time": step, "stride_time": about(stride, 0.02),
    }  # fmt: skip
    return {name: sided(e, e, e) for name, e in each.items()} | {"cadence": {"both": about(109.0, 1.0)}}


def kept(found: dict[str, Sided]) -> set[str]:
    return {name for name, outcomes in found.items() if not any(isinstance(o, Withheld) for o in outcomes.values())}


def test_what_agrees_is_left_alone() -> None:
    for double, stride in ((24.0, 1.1), (27.0, 1.12)):
        assert consistent(timing(double, stride)) == timing(double, stride)


def test_stance_that_leaves_another_double_support_than_was_measured_is_withheld() -> None:
    found = consistent(timing(double=14.0))
    assert kept(found) == {"cadence", "step_time", "stride_time"}
    reason = found["double_support"]["both"].reason  # type: ignore[union-attr]
    assert reason.startswith("Left and right stance leave 24.0 % for double support, 14.0 % was measured")


@pytest.mark.parametrize("stride", [0.9, 1.3])
def test_two_steps_that_make_no_stride_are_withheld(stride: float) -> None:
    found = consistent(timing(stride=stride))
    assert kept(found) == {"stance", "swing", "double_support", "single_support"}
    assert "contradict each other" in found["cadence"]["both"].reason  # type: ignore[union-attr]


def test_one_side_alone_contradicts_nothing() -> None:
    found = timing(double=14.0)
    found["stance"] = found["stance"] | {"left": Withheld("No foot off was found between the strikes.")}
    assert consistent(found) == found
