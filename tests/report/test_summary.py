from dataclasses import replace

import pandas as pd

from gait.report.summary import summarize
from gait.types import Result
from tests.report.example_results import frontal_view, no_gait, no_person, nothing_but_nan, with_metres


def _with(result: Result, name: str, side: str, **changes: object) -> Result:
    measures: pd.DataFrame = result.measures.copy()
    rows = (measures["measure"] == name) & (measures["side"] == side)
    assert rows.any()
    for column, value in changes.items():
        measures.loc[rows, column] = value
    return replace(result, measures=measures)


def _text(result: Result) -> str:
    return " ".join(summarize(result)).replace("\u00a0", " ")


def test_it_names_the_steps_the_view_and_the_cadence_with_its_interval(result: Result) -> None:
    text = _text(result)
    assert "walks to the right, seen from the side; 19 foot strikes found (9 left, 10 right)" in text
    assert "Cadence 111.1 steps/min (95 % interval 110.4–111.8)" in text


def test_a_difference_of_the_sides_counts_only_beyond_its_error(result: Result) -> None:
    assert "differ by more than the error of measurement in step time" in _text(result)
    sure = _with(result, "step_time_asymmetry", "both", ci_low=-1.0)
    assert "No difference beyond the error of measurement in step time" in _text(sure)


def _there_and_back(result: Result) -> Result:
    (walk,) = result.scene.passes
    back = replace(walk, number=2, start_s=walk.end_s + 1, end_s=walk.end_s + 5, direction="left", near_side="left")
    return replace(result, scene=replace(result.scene, passes=(walk, back)))


def test_the_ranges_of_the_far_leg_and_the_near_leg_are_not_compared(result: Result) -> None:
    sure = _with(result, "knee_rom", "left", value=74.0, ci_low=73.5, ci_high=74.5)
    assert "knee range of motion (left" not in _text(sure)
    assert "not compared: only the right side was toward the camera" in _text(sure)
    assert "not compared" not in _text(_there_and_back(sure))


def test_an_angle_differs_only_where_the_intervals_of_the_sides_allow_it(result: Result) -> None:
    result = _there_and_back(result)
    unsure = _with(result, "knee_rom", "left", value=74.0, ci_low=54.0, ci_high=94.0)
    sure = _with(result, "knee_rom", "left", value=74.0, ci_low=73.5, ci_high=74.5)
    assert "knee range of motion (left" not in _text(unsure)
    assert "knee range of motion (left 74.0°" in _text(sure)


def test_two_strides_of_a_side_are_too_few_to_say_that_it_differs(result: Result) -> None:
    two = _with(_there_and_back(result), "knee_rom", "left", value=74.0, ci_low=73.5, ci_high=74.5, n=2)
    assert "knee range of motion" not in _text(two).split("Not measured")[0]


def test_it_says_what_was_not_measured_and_why(result: Result) -> None:
    assert "Not measured: step length, stride length" in _text(result)
    assert "(no body height was given, so lengths have no scale)" in _text(result)


def test_with_a_scale_the_speed_is_given() -> None:
    assert "walking speed 1.26 m/s (1.23–1.29)" in _text(with_metres())


def test_the_way_of_a_trunk_lean_depends_on_the_view(result: Result) -> None:
    bent = _with(result, "trunk_lean_forward", "both", value=9.0, ci_low=7.5, ci_high=10.5)
    assert "The trunk leans forward by 9.0° (7.5–10.5) on average" in _text(bent)
    assert "The trunk leans to the person's right" in _text(frontal_view())
    back = _with(result, "trunk_lean_forward", "both", value=-9.0, ci_low=-10.5, ci_high=-7.5)
    assert "The trunk leans backward by 9.0° (7.5–10.5) on average" in _text(back)


def test_nobody_leans_who_may_be_as_upright_as_sound_walkers_are(result: Result) -> None:
    """The shoulders of upright walkers are a little behind their hips: by 5 degrees in one of six in laboratories."""
    for value, low, high in ((0.2, -0.5, 0.9), (-6.4, -12.1, -0.7), (-4.5, -5.0, -4.0)):
        text = _text(_with(result, "trunk_lean_forward", "both", value=value, ci_low=low, ci_high=high))
        assert "that of somebody who walks upright" in text
        assert "leans" not in text


def test_without_gait_it_gives_the_reason_and_no_number() -> None:
    text = _text(no_gait())
    assert text.startswith("No gait could be measured in this clip. The ankles never pass each other")
    assert "Cadence" not in text


def test_an_empty_clip_is_said_to_be_empty() -> None:
    assert _text(no_person()) == "No person was found in this clip, so nothing was measured."


def test_missing_numbers_never_turn_into_words() -> None:
    assert "nan" not in _text(nothing_but_nan()).lower()
