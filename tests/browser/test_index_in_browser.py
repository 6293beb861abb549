"""The index page: in a real browser, from disk, with names that would like to be more than names."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from gait.library.card import Card, read_card
from gait.library.index import write_index
from gait.library.ledger import Ledger
from gait.library.recording import OpenModels, measure_recording
from tests.library.conftest import job_for
from tests.needs import need_blazepose
from tests.small_clips import make_clips

NASTY = "<img src=x onerror=alert(1)></script><script>alert(2)</script>&amp;\u2028\"'"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def one_walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a clip and the result of it, as in a library."""
    need_blazepose()
    folder = tmp_path_factory.mktemp("library")
    (clip,) = make_clips(folder / "in", 1)
    measure_recording(job_for(clip, folder, "P-1", {}), OpenModels())
    return folder


@pytest.fixture
def measured(one_walk: Path, tmp_path: Path) -> Path:
    """The same, as a copy to work on."""
    shutil.copytree(one_walk, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def card(measured: Path) -> Card:
    """The card of the result."""
    (folder,) = (measured / "recordings").iterdir()
    card = read_card(folder)
    assert card is not None
    return card


def filled(library: Path, card: Card, n: int = 0) -> None:
    """A ledger with the card, `n` others like it of which one has no gait, and a failure of a nasty name."""
    with Ledger(library, writing=True) as ledger, ledger.together():
        ledger.record(card, f"recordings/{card.name.removesuffix('.mp4')}-{card.id[:10]}", b"measure\n")
        for i in range(n):
            measures = {**card.key_measures, "cadence": 60.0 + i if i else None}
            other = replace(
                card, id=f"{i:04d}", name=f"walk{i}.mp4", subject=NASTY if i == 1 else f"P-{i}", key_measures=measures,
                refusal="Nobody walks." if i == 0 else None,
            )  # fmt: skip
            ledger.record(other, f"recordings/none{i}", b"measure\n")


def write(library: Path) -> Path:
    with Ledger(library) as ledger:
        write_index(ledger, library)
    return library / "index.html"


def texts(browser: webdriver.Chrome, column: int) -> list[str]:
    """The first lines of the cells of a column."""
    cells = browser.find_elements(By.CSS_SELECTOR, f"#rows tr td:nth-child({column})")
    return [cell.text.partition("\n")[0] for cell in cells]


def test_the_page_shows_who_was_followed_and_leads_to_the_report(
    browser: webdriver.Chrome, measured: Path, card: Card
) -> None:
    filled(measured, card)
    browser.get(write(measured).as_uri())
    assert texts(browser, 2) == ["clip_00.mp4"]
    assert texts(browser, 3) == ["P-1"]
    picture = browser.find_element(By.CSS_SELECTOR, "#rows img")
    width = browser.execute_script("return arguments[0].naturalWidth", picture)
    assert 20 < width < 400
    browser.find_element(By.LINK_TEXT, "clip_00.mp4").click()
    assert "Gait report" in browser.title


def test_rows_can_be_searched_sorted_and_paged_through(browser: webdriver.Chrome, measured: Path, card: Card) -> None:
    filled(measured, card, 150)
    browser.get(write(measured).as_uri())
    assert len(texts(browser, 2)) == 100
    browser.find_element(By.ID, "on").click()
    assert len(texts(browser, 2)) == 51
    (cadence,) = [b for b in browser.find_elements(By.CSS_SELECTOR, "th button") if b.text.startswith("Cadence")]
    cadence.click()
    assert texts(browser, 6)[:2] == ["61.0", "62.0"]
    cadence.click()
    assert texts(browser, 6)[0] == "209.0"
    browser.find_element(By.ID, "search").send_keys("walk14 p-14")
    assert sorted(texts(browser, 2)) == sorted(f"walk{i}.mp4" for i in (14, *range(140, 150)))
    browser.find_element(By.ID, "search").clear()
    browser.find_element(By.ID, "search").send_keys("walk")
    Select(browser.find_element(By.ID, "state")).select_by_visible_text("no gait")
    assert texts(browser, 2) == ["walk0.mp4"]
    assert texts(browser, 13) == ["Nobody walks."]


def test_recordings_of_one_name_are_told_apart_by_where_they_were(
    browser: webdriver.Chrome, measured: Path, card: Card
) -> None:
    """Two patients' clips of one name, and two walks in one clip."""
    with Ledger(measured, writing=True) as ledger, ledger.together():
        for place, start_s, end_s in (("/in/Ward A/Anna", 0.0, None), ("/in/Ward B/Ben", 0.0, 4.0)):
            walk = replace(
                card, id=place, name="IMG_1.mp4", found_at=f"{place}/IMG_1.mp4", start_s=start_s, end_s=end_s
            )
            ledger.record(walk, "recordings/none", b"measure\n")
    browser.get(write(measured).as_uri())
    assert [place.text for place in browser.find_elements(By.CSS_SELECTOR, "#rows .name div")] == [
        *("Ward A/Anna", "Ward B/Ben, 0 to 4 s")
    ]
    browser.find_element(By.ID, "search").send_keys("ben")
    assert browser.find_element(By.ID, "count").text == "1 of 2"


def test_names_are_text_and_nothing_else(browser: webdriver.Chrome, measured: Path, card: Card) -> None:
    filled(measured, replace(card, subject=NASTY, session=NASTY, name=NASTY + ".mp4"), 2)
    browser.get(write(measured).as_uri())
    shown = browser.execute_script("return document.querySelector('#rows td:nth-child(3)').textContent")
    assert shown == NASTY
    assert browser.execute_script("return document.querySelectorAll('#rows script').length") == 0
    with pytest.raises(NoAlertPresentException):
        _ = browser.switch_to.alert.text
    missing = "net::ERR_FILE_NOT_FOUND"  # The pictures of recordings that are not there.
    assert not [line for line in browser.get_log("browser") if missing not in line["message"]]
