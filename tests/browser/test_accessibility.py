"""The page for readers without eyes, without a mouse, in the dark, and on a phone: checked by axe-core in Chromium."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.report.example_results import frontal_view, no_gait, no_person, side_view, with_metres

pytestmark = pytest.mark.browser

Opener = Callable[..., Chrome]
AXE = Path(__file__).parent / "vendor" / "axe.min.js.gz"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = [(1366, 768), (820, 1180), (390, 844)]


def violations(page: Chrome) -> list[str]:
    """Run axe-core after WCAG 2.2 AA and its own good practice; return what it finds, one line each."""
    page.execute_script(gzip.decompress(AXE.read_bytes()).decode("utf-8"))
    found: list[dict[str, Any]] = page.execute_async_script(
        "const done = arguments[1]; axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}, "
        "resultTypes: ['violations']}).then((r) => done(r.violations))",
        TAGS,
    )
    return [f"{v['id']}: {node['target']} {node.get('failureSummary')}" for v in found for node in v["nodes"]]


def _scheme(page: Chrome, name: str) -> None:
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": name}]})


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("make", [side_view, frontal_view, no_gait])
def test_axe_finds_nothing(open_report: Opener, make: Callable, size: tuple[int, int]) -> None:
    page = open_report(make(), width=size[0], height=size[1])
    assert violations(page) == []


def test_axe_finds_nothing_where_all_is_opened_and_in_the_dark(open_report: Opener) -> None:
    page = open_report(with_metres())
    page.execute_script("for (const part of document.querySelectorAll('details')) part.open = true")
    assert violations(page) == []
    _scheme(page, "dark")
    try:
        assert violations(page) == []
        ground = page.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert max(int(v) for v in re.findall(r"\d+", ground)) < 60
        line = page.execute_script(
            "return document.querySelector('[data-name=knee_deg] .scatterlayer .js-line:last-of-type').style.stroke"
        )
        assert line != "rgb(0, 114, 178)"
    finally:
        _scheme(page, "light")


@pytest.mark.parametrize("make", [side_view, frontal_view, no_person])
def test_the_table_is_reached_in_under_ten_tab_stops(open_report: Opener, make: Callable) -> None:
    page = open_report(make())
    page.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
    stops = 0
    while stops < 10:
        stops += 1
        page.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyDown", "key": "Tab", "windowsVirtualKeyCode": 9})
        page.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyUp", "key": "Tab", "windowsVirtualKeyCode": 9})
        if page.execute_script("return !!document.activeElement.closest('#measures, #people, #method')"):
            break
    assert stops < 10


def test_each_plot_says_what_it_shows(open_report: Opener) -> None:
    page = open_report(side_view())
    labels = [plot.get_attribute("aria-label") for plot in page.find_elements(By.CSS_SELECTOR, ".canvas")]
    assert any(re.search(r"Left knee peaks at \d+°", label) for label in labels)
    assert all(re.search(r"\d", label) for label in labels if not label.startswith("Foot"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("make", [side_view, frontal_view, no_gait])
def test_nothing_is_off_the_screen(open_report: Opener, make: Callable, size: tuple[int, int]) -> None:
    page = open_report(make(), width=size[0], height=size[1])
    assert page.execute_script("return document.documentElement.scrollWidth") <= size[0]
    out = page.execute_script(
        "return [...document.querySelectorAll('.measures td, .tile, .canvas, .glance td, video')].filter((e) => "
        "e.getBoundingClientRect().right > innerWidth + 1 && e.offsetWidth).map((e) => e.className + e.textContent)"
    )
    assert out == []


def test_on_a_phone_each_side_of_a_measure_stands_below_its_name(open_report: Opener) -> None:
    page = open_report(side_view(), width=390, height=844)
    row = page.find_element(By.XPATH, "//section[@id='measures']//tr[th//*[contains(text(), 'Step time')]]")
    lefts = {cell.get_attribute("data-side"): cell.rect for cell in row.find_elements(By.CSS_SELECTOR, "td[data-side]")}
    assert list(lefts) == ["left", "right", "both", "change"]
    assert len({rect["x"] for rect in lefts.values()}) == 1
    tops = [rect["y"] for rect in lefts.values()]
    assert tops == sorted(tops)
    assert all(rect["x"] + rect["width"] <= 390 for rect in lefts.values())


@pytest.mark.parametrize("size", SIZES)
def test_a_click_on_a_stride_goes_to_it_in_the_video(open_report: Opener, size: tuple[int, int]) -> None:
    page = open_report(side_view(), width=size[0], height=size[1])
    meta = page.execute_script(
        "const c = document.querySelector('[data-name=knee_deg] .canvas[data-kind=cycle]');"
        "const k = c.data.findIndex((t) => t.meta);"
        "c.emit('plotly_click', {points: [{data: c.data[k], x: 50}]}); return c.data[k].meta"
    )
    middle = (meta[0] + meta[1]) / 2
    shown = float(page.find_element(By.ID, "clock").text.removesuffix(" s"))
    assert shown == pytest.approx(middle, abs=0.02)
