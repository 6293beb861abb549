from dataclasses import replace

import numpy as np
import pytest

from gait.report.colors import LEFT, RIGHT, rgb
from gait.report.figures import Figure, cycle_figures, time_figures
from gait.report.packing import MAX_POINTS
from gait.types import Result
from tests.report.example_results import frontal_view, long_walk, no_person


def _curve(figure: Figure, side: str) -> dict:
    return figure.spec["data"][figure.curves[side]]


def test_a_side_view_shows_contacts_and_joints_first(result: Result) -> None:
    main, more = time_figures(result)
    assert [figure.name for figure in main] == ["contacts", "knee_deg", "hip_deg", "ankle_deg", "trunk_lean_deg"]
    assert not {figure.name for figure in main} & {figure.name for figure in more}


def test_a_frontal_view_shows_no_joint_that_it_cannot_see() -> None:
    main, more = time_figures(frontal_view())
    names = [figure.name for figure in main]
    assert names[:2] == ["contacts", "ankle_height_difference"]
    assert "knee_deg" not in names + [figure.name for figure in more]


def test_nothing_seen_draws_nothing() -> None:
    assert time_figures(no_person()) == ([], [])
    assert cycle_figures(no_person()) == []


def test_left_and_right_differ_in_colour_and_in_line(result: Result) -> None:
    knee = time_figures(result)[0][1]
    left, right = _curve(knee, "left")["line"], _curve(knee, "right")["line"]
    assert (left["color"], right["color"]) == (LEFT, RIGHT)
    assert left["dash"] != right["dash"]


def test_a_contact_lasts_from_a_strike_to_the_next_off_of_the_same_foot(result: Result) -> None:
    contacts = time_figures(result)[0][0]
    bars = contacts.spec["data"][0]
    starts, ends = bars["x"][0::3], bars["x"][1::3]
    left = result.events[result.events["side"] == "left"]
    assert np.allclose(ends - starts, 0.62 * 1.08)
    assert set(np.round(starts, 6)) <= set(np.round(left.loc[left["kind"] == "strike", "time_s"], 6))


def test_a_strike_without_an_off_draws_no_bar(result: Result) -> None:
    only_strikes = replace(result, events=result.events[result.events["kind"] == "strike"])
    contacts = time_figures(only_strikes)[0][0]
    assert contacts.title == "Foot strikes"
    assert all(trace["mode"] == "markers" for trace in contacts.spec["data"])


@pytest.mark.parametrize("lost", ["turned round", "an off and the strike after it"])
def test_a_contact_ends_with_no_off_but_its_own(result: Result, lost: str) -> None:
    """After a strike of the left foot neither its off nor its next strike is found: the next off is not its own."""
    left = result.events[result.events["side"] == "left"].sort_values("time_s").reset_index(drop=True)
    k = left.index[(left["kind"] == "strike") & (left["time_s"] > 4)][0]
    if lost == "turned round":
        left.loc[k + 3 :, "pass_number"] = 2
    left = left.drop(index=[k + 1, k + 2])
    bars = time_figures(replace(result, events=left))[0][0].spec["data"][0]
    starts, ends = bars["x"][0::3], bars["x"][1::3]
    assert left.loc[k, "time_s"] not in starts
    assert np.allclose(ends - starts, 0.62 * 1.08)


def test_what_lies_outside_the_walk_is_grey(result: Result) -> None:
    shapes = time_figures(result)[0][1].spec["layout"]["shapes"]
    spans = [(shape["x0"], shape["x1"]) for shape in shapes]
    assert spans == [(0.0, 1.0), (11.0, pytest.approx(12 - 1 / 30))]


def test_the_mean_cycle_has_a_band_of_one_standard_deviation(result: Result) -> None:
    hip = cycle_figures(result)[0]
    low, high, mean = (trace["y"] for trace in hip.spec["data"][:3])
    assert np.allclose(high - mean, 2.2)
    assert np.allclose(mean - low, 2.2)
    assert hip.note == "left n = 8, right n = 7"


def test_a_long_recording_is_thinned_but_keeps_its_highest_knee() -> None:
    main, _ = time_figures(long_walk())
    knee = next(figure for figure in main if figure.name == "knee_deg")
    curve = _curve(knee, "left")
    assert len(curve["x"]) <= MAX_POINTS
    assert curve["y"].max() == 130.0


def test_colours_are_read_as_red_green_blue() -> None:
    assert rgb("#0072B2") == (0, 114, 178)
