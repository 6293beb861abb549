"""The page in German and Spanish in Chromium: nothing English is left, numbers are written so, and it all fits."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from gait.analysis.analyze import analyze
from gait.config import AnalysisSettings, PersonSettings, ReportSettings, ScaleSettings, VisitSettings
from gait.pose.files import read_poses
from gait.report.compare import compare, read_visit
from gait.report.compare_page import write_comparison
from gait.types import PersonSeen, Result
from tests.browser.test_accessibility import SIZES, violations
from tests.report.example_results import side_view
from tests.report.test_compare import visit
from tests.truth import sample_clip, true_keypoints

pytestmark = pytest.mark.browser

Opener = Callable[..., Chrome]
LANGUAGES = ("de", "es")
EVERYTHING: dict[str, Any] = {
    "person": PersonSettings(age=72, sex="female"),
    "visit": VisitSettings(subject_id="P17", aid="cane", session="2"),
    "fall_screen": True,
}
SAME = {
    "de": {"Person", "Flex", "Ext", "Dors", "Plant", "Pause", "frontal", "sagittal", "BlazePose"},
    "es": {"Flex", "Ext", "Dors", "Plant", "frontal", "sagittal", "no"},
}
"""What is the same word in both languages."""
OF_ALL = re.compile(
    r"[\w.-]+\.(?:csv|json|html|mp4|jpg|parquet)|--[a-z-]+|\[\d+\].*|"
    r"(?:Bohannon|Hollman|Hausdorff|Gabell|Verghese) \d+(?:, n\W=\W[\d.,]+)?|"
    r"[LR]|P17|gait|UTC|SD|n|s|ms|m|min|cm|m/s|true|blazepose|corridor_walk"
)
"""Names, citations, files and units."""

TEXTS = """
for (const part of document.querySelectorAll('details')) part.open = true;
const texts = [], kept = 'script, style, noscript, code, dl[lang=en]';
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode, text = node.data.trim();
  if (text && !node.parentElement.closest(kept)) texts.push(text);
}
for (const e of document.querySelectorAll('[aria-label], [title], [alt], [data-label], [data-title], [aria-valuetext]'))
  for (const name of ['aria-label', 'title', 'alt', 'data-label', 'data-title', 'aria-valuetext'])
    if (e.getAttribute(name) && !e.closest(kept)) texts.push(e.getAttribute(name).trim());
return texts;
"""


def measured(name: str, folder: Path, height_m: float | None = 1.7) -> Result:
    """A rendered clip, measured from its true joints: every sentence in it is one that the analysis makes."""
    known = sample_clip(name)[1]
    table = folder / f"{name}.csv"
    true_keypoints(name).to_csv(table, index=False)
    poses, _ = read_poses(table, (known["width"], known["height"]), None)
    result = analyze(poses, AnalysisSettings(scale=ScaleSettings(height_m=height_m)))
    example = side_view()
    assert example.track is not None
    n = len(poses.time_s)
    chosen, other = example.track.people
    note = "Walks: 3.3 body heights from left to right, 0.0–7.6 s."
    people: tuple[PersonSeen, ...] = (
        replace(chosen, note=note),
        replace(other, note="Stays in place: moves less than half a body height, in view 0.0–3.5 s."),
    )
    track = replace(
        example.track, time_s=poses.time_s, frame=poses.frame, box_px=example.track.box_px[:1].repeat(n, axis=0),
        score=example.track.score[:1].repeat(n), background_xy_px=example.track.background_xy_px[:1].repeat(n, axis=0),
        people=people, reason=f"The only person seen. {note}",
    )  # fmt: skip
    return replace(result, track=track, provenance=example.provenance)


def words_of(text: str) -> list[str]:
    found: list[str] = re.findall(r"[^\W\d_]{3,}", text)
    return found


def left_in_english(english: list[str], other: list[str], language: str) -> list[str]:
    """The texts that both pages have, other than names and units."""
    both = set(english) & set(other)
    return sorted(t for t in both if not OF_ALL.fullmatch(t) and set(words_of(t)) - SAME[language])


@pytest.mark.parametrize(
    ("name", "language"),
    [("side_walk", "de"), ("side_walk", "es"), ("frontal_lean", "de"), ("standing", "es"), ("old_man_stick", "es")],
)
def test_no_english_is_left_on_the_page(open_report: Opener, tmp_path: Path, name: str, language: str) -> None:
    result = measured(name, tmp_path)
    texts = {}
    for spoken in ("en", language):
        page = open_report(result, settings=ReportSettings(language=spoken, **EVERYTHING))
        page.execute_script(TEXTS)  # what is opened is drawn only then
        texts[spoken] = page.execute_script(TEXTS)
        assert page.find_element(By.TAG_NAME, "html").get_attribute("lang") == spoken
        assert page.get_log("browser") == []
    assert len(texts["en"]) > 80
    assert left_in_english(texts["en"], texts[language], language) == []
    # A licence, a version and the pages of a citation have a point.
    names = re.compile(r"CC BY-SA 4\.0|gait \d[\d.]*|J[\w ,]+:\d+|n\W=\W\d+\.\d+")
    pointed = [text for text in texts[language] if re.search(r"\d\.\d", names.sub("", text))]
    assert [text for text in pointed if not OF_ALL.fullmatch(text)] == []
    assert any(re.search(r"\d,\d", t) for t in texts[language])


@pytest.mark.parametrize(
    ("name", "language", "size"),
    [("side_walk", "de", SIZES[0]), ("side_walk", "de", SIZES[2]), ("side_walk", "es", SIZES[2]),
     ("standing", "de", SIZES[2]), ("standing", "es", SIZES[1])],
)  # fmt: skip
def test_longer_words_fit_and_axe_finds_nothing(
    open_report: Opener, tmp_path: Path, name: str, size: tuple[int, int], language: str
) -> None:
    settings = ReportSettings(language=language, **EVERYTHING)
    page = open_report(measured(name, tmp_path), settings=settings, width=size[0], height=size[1])
    assert page.execute_script("return document.documentElement.scrollWidth") <= size[0]
    out = page.execute_script(
        "const all = document.querySelectorAll('.measures td, .tile, .canvas, .glance td, video, button');"
        "return [...all].filter((e) => e.offsetWidth && (e.getBoundingClientRect().right > innerWidth + 1"
        " || e.scrollWidth > e.clientWidth + 2)"
        ").map((e) => e.className + e.textContent)"
    )
    assert out == []
    assert violations(page) == []


def test_the_script_of_the_page_speaks_german_too(open_report: Opener, tmp_path: Path) -> None:
    page = open_report(measured("side_walk", tmp_path), settings=ReportSettings(language="de"))
    assert re.fullmatch(r"\d+,\d\d s", page.find_element(By.ID, "clock").text)
    assert page.find_element(By.ID, "at-strike").text in ("Kontakt links", "Kontakt rechts")
    assert page.find_element(By.ID, "play").get_attribute("aria-label") == "Abspielen"
    assert page.find_element(By.ID, "scrubber").get_attribute("aria-valuetext").endswith("Sekunden")
    chip = page.find_element(By.CSS_SELECTOR, ".chip")
    assert re.fullmatch(r"Initialkontakt (links|rechts) bei \d+,\d\d Sekunden", chip.get_attribute("aria-label"))
    assert re.fullmatch(r"\W+\d+,\d\d", chip.text)
    ticks = page.execute_script("return [...document.querySelectorAll('.xtick text')].map((t) => t.textContent)")
    assert not any("." in tick for tick in ticks)
    page.execute_script("document.querySelector('[data-name=knee_deg] .canvas[data-kind=cycle]').scrollIntoView()")
    hover = page.execute_script(
        "const c = document.querySelector('[data-name=knee_deg] .canvas[data-kind=cycle]');"
        "return c.data.map((t) => t.hovertemplate).filter((t) => t)"
    )
    assert any(t.startswith("Doppelschritt rechts") for t in hover)
    assert any(t.startswith("links, Mittel") for t in hover)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_english_is_left_in_a_comparison(browser: Chrome, tmp_path: Path, language: str) -> None:
    result = measured("side_walk", tmp_path)
    folders = [
        visit(tmp_path / "a", result, session="1", aid="cane"),
        visit(tmp_path / "b", result, sha="b", cadence=20.0, session="2", aid="none"),
    ]
    texts = {}
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    for spoken in ("en", language):
        write_comparison(compare([read_visit(f) for f in folders]), tmp_path / f"{spoken}.html", language=spoken)
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get((tmp_path / f"{spoken}.html").as_uri())
        texts[spoken] = browser.execute_script(TEXTS)
    assert len(texts["en"]) > 80
    assert left_in_english(texts["en"], texts[language], language) == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    assert violations(browser) == []
