from dataclasses import replace

import numpy as np
import pytest

from gait.report.colors import LEFT, PALETTES, RIGHT, Palette, rgb
from gait.report.cycle_figures import cycle_figures, foot_offs
from gait.report.figures import Figure, time_figures
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


def _means(figure: Figure) -> list[dict]:
    return [trace for trace in figure.spec["data"] if "mean" in trace.get("hovertemplate", "")]


def test_the_mean_cycle_has_a_band_of_one_standard_deviation(result: Result) -> None:
    hip = cycle_figures(result)[0]
    bands = [k for k, trace in enumerate(hip.spec["data"]) if trace.get("fill") == "tonexty"]
    assert len(bands) == 2
    for k in bands:
        low, high, mean = (trace["y"] for trace in hip.spec["data"][k - 1 : k + 2])
        assert np.allclose(high - mean, 2.2)
        assert np.allclose(mean - low, 2.2)
    assert hip.note == "left n = 8, right n = 7"


def test_each_stride_is_a_thin_line_that_knows_when_it_was(result: Result) -> None:
    knee = cycle_figures(result)[1]
    strides = [trace for trace in knee.spec["data"] if "meta" in trace]
    assert len(strides) == 4
    assert all(trace["line"]["width"] < _means(knee)[0]["line"]["width"] / 2 for trace in strides)
    known = {(round(a, 6), round(b, 6)) for a, b in result.strides[["start_s", "end_s"]].itertuples(index=False)}
    assert {tuple(np.round(trace["meta"], 6)) for trace in strides} <= known
    assert "left stride 1, 1.76" in "".join(trace["hovertemplate"] for trace in strides)
    behind = max(k for k, trace in enumerate(knee.spec["data"]) if "meta" in trace)
    assert behind < knee.spec["data"].index(_means(knee)[0])


def test_the_scales_are_the_same_at_every_visit_unless_a_mean_leaves_them(result: Result) -> None:
    knee = cycle_figures(result)[1]
    stiff = result.curves.assign(mean=result.curves["mean"] * 0.3)
    wild = result.curves.assign(mean=result.curves["mean"] * 2)
    ranges = [
        cycle_figures(replace(result, curves=curves))[1].spec["layout"]["yaxis"]["range"]
        for curves in (result.curves, stiff, wild)
    ]
    assert ranges == [[-20, 90], [-20, 90], [-20, 140]]
    assert [note["text"] for note in knee.spec["layout"]["annotations"]] == ["Flex", "Ext"]


def test_the_foot_offs_are_upright_lines_one_per_side(result: Result) -> None:
    offs = foot_offs(result.measures)
    lines = cycle_figures(result, None, offs)[0].spec["layout"]["shapes"]
    assert [line["x0"] for line in lines] == pytest.approx([61.8 * 1.01, 61.8 * 0.99])
    assert [line["line"]["color"] for line in lines] == [LEFT, RIGHT]
    assert foot_offs(frontal_view().measures) == {}


def test_a_plot_says_in_words_what_it_shows(result: Result) -> None:
    hip, knee, ankle, trunk = cycle_figures(result)
    assert (
        knee.finding
        == "Left knee peaks at 62°, at 72\u00a0% of the cycle; right knee peaks at 61°, at 72\u00a0% of the cycle."
    )
    assert hip.finding.startswith("Left from 8° extension to 32° flexion; right from 10° extension")
    assert "plantarflexion" in ankle.finding
    assert "forward" in trunk.finding
    knee_over_time = time_figures(result)[0][1]
    assert knee_over_time.finding.startswith("Mostly left ")


@pytest.mark.parametrize("name", list(PALETTES))
def test_the_colours_of_the_sides_are_those_of_the_setting(result: Result, name: str) -> None:
    palette = PALETTES[name]
    knee = cycle_figures(result, palette=palette)[1]
    assert [mean["line"]["color"] for mean in _means(knee)] == [palette.left, palette.right]
    over_time = time_figures(result, palette)[0][1]
    assert _curve(over_time, "right")["line"]["color"] == palette.right


def _contrast(a: str, b: str) -> float:
    """The contrast of two colours after WCAG 2.2."""

    def luminance(color: str) -> float:
        parts = [value / 255 for value in rgb(color)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(a), luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", PALETTES.values())
def test_the_colours_can_be_read_as_letters(palette: Palette) -> None:
    for color in (palette.left, palette.right):
        assert min(_contrast(color, ground) for ground in ("#ffffff", "#f4f6f8", "#fff7e6")) >= 4.5
    for color in (palette.left_dark, palette.right_dark):
        assert min(_contrast(color, ground) for ground in ("#12181d", "#1a2128")) >= 4.5


def test_the_joint_of_one_frame_flattens_no_curve(result: Result) -> None:
    signals = result.signals.copy()
    signals.loc[150, "left_knee_deg"] = 400.0
    plain, spoiled = (
        time_figures(replace(result, signals=table))[0][1].spec["layout"]["yaxis"]["range"]
        for table in (result.signals, signals)
    )
    assert spoiled == pytest.approx(plain, abs=3)


def test_a_long_recording_is_thinned_but_keeps_its_highest_knee() -> None:
    main, _ = time_figures(long_walk())
    knee = next(figure for figure in main if figure.name == "knee_deg")
    curve = _curve(knee, "left")
    assert len(curve["x"]) <= MAX_POINTS
    assert curve["y"].max() == 130.0


def test_colours_are_read_as_red_green_blue() -> None:
    assert rgb("#0072B2") == (0, 114, 178)
