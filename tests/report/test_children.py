"""The children's band behind the curves over the gait cycle: of whom it is, and whose speed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gait.config import PersonSettings
from gait.report.children import CLASSES, ChildrensBand, childrens_band
from gait.report.cycle_figures import cycle_figures
from gait.report.tables import read_entries
from gait.types import Result
from tests.report.example_results import frontal_view, side_view, with_metres
from tests.report.test_references import page

NOBODY_KNOWN = PersonSettings()
GREY = ChildrensBand(speed_class="Free", speed_known=False, of_an_adult=False)


def band(result: Result, person: PersonSettings = NOBODY_KNOWN) -> ChildrensBand | None:
    return childrens_band(read_entries(result.measures), result.scene.view, person)


def at_speed(m_s: float, heights_s: float) -> Result:
    """Somebody whose speed is known in metres and in body heights."""
    result = with_metres()
    table = result.measures.set_index(["measure", "side"])
    columns = ["value", "ci_low", "ci_high", "status"]
    table.loc[("speed", "both"), columns] = [m_s, m_s - 0.02, m_s + 0.02, "valid"]
    table.loc[("speed_relative", "both"), columns] = [heights_s, heights_s - 0.01, heights_s + 0.01, "valid"]
    return replace(result, measures=table.reset_index()[result.measures.columns])


def test_the_band_is_that_of_the_speed_over_the_root_of_gravity_and_leg() -> None:
    """1.75 m tall, a leg of 0.93 m: 0.6 m/s is 0.20, 1.3 m/s is 0.43, 2.1 m/s is 0.70."""
    for m_s, name in ((0.6, "VerySlow"), (1.3, "Free"), (2.1, "VeryFast")):
        found = band(at_speed(m_s, m_s / 1.75))
        assert found is not None
        assert (found.speed_class, found.speed_known) == (name, True)


def test_without_a_scale_it_is_free_speed_and_says_that_the_speed_is_not_known() -> None:
    found = band(side_view())
    assert found is not None
    assert (found.speed_class, found.speed_known) == ("Free", False)
    assert "for its leg is not known" in page(side_view(), NOBODY_KNOWN)


def test_it_is_shown_only_where_it_helps() -> None:
    assert band(frontal_view()) is None
    assert band(side_view(), PersonSettings(age=2)) is None
    assert band(side_view(), PersonSettings(age=8)) is not None


def test_picture_and_page_say_that_it_is_of_children_with_source_and_licence() -> None:
    for figure in cycle_figures(side_view(), GREY):
        texts = [note["text"] for note in figure.spec["layout"].get("annotations", [])]
        label = "grey: children of 4–17, free speed (Schwartz 2008)"
        assert texts[2:] == ([] if figure.name.startswith("trunk_lean") else [label])
    text = page(side_view(), PersonSettings(age=70, sex="male"))
    for said in ("J Biomech 41:1639", "n = 83", "CC BY-SA 4.0", "the band is of children all the same"):
        assert said in text
    assert "grown up" not in page(side_view(), PersonSettings(age=9))


@pytest.mark.parametrize("name", CLASSES)
def test_edges_are_in_order_and_the_knee_bends_most_in_swing(name: str) -> None:
    shown = replace(GREY, speed_class=name)
    for joint in ("knee_deg", "hip_deg", "ankle_deg"):
        percent, low, high = shown.edges(joint) or pytest.fail(joint)
        assert (percent[0], percent[-1], len(percent)) == (0, 100, 51)
        assert (low < high).all()
    percent, low, high = shown.edges("knee_deg") or pytest.fail("knee")
    assert 65 < percent[np.argmax(low + high)] < 80
    assert shown.edges("trunk_lean_deg") is None


def test_the_hip_is_that_of_the_thigh_to_the_vertical() -> None:
    """A thigh swings about the vertical, some 25 degrees forward and 20 back; to a tilted pelvis it hardly extends."""
    _, low, high = GREY.edges("hip_deg") or pytest.fail("hip")
    middle = (low + high) / 2
    assert middle.max() == pytest.approx(25, abs=5)
    assert middle.min() == pytest.approx(-20, abs=5)


def test_the_ankle_is_moved_to_the_mean_of_the_walk_and_the_knee_is_not() -> None:
    for figure in cycle_figures(side_view(), GREY):
        edges = GREY.edges(figure.name)
        if edges is None:
            continue
        data = figure.spec["data"]
        moved = np.mean([data[0]["y"] - edges[1], data[1]["y"] - edges[2]])
        if figure.name == "ankle_deg":
            lines = [trace["y"] for trace in data if "mean" in trace.get("hovertemplate", "")]
            assert np.mean([data[0]["y"], data[1]["y"]]) == pytest.approx(np.mean(lines), abs=0.01)
        else:
            assert moved == pytest.approx(0.0)
