"""Two visits side by side in Chromium: one button plays both, in step."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from gait.report.compare import compare, read_visit
from gait.report.compare_page import write_comparison
from tests.browser.test_accessibility import SIZES, violations
from tests.report.example_results import side_view
from tests.report.test_compare import visit

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", SIZES)
def test_one_button_plays_both_videos_in_step(
    browser: Chrome, walk_mp4: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    """In the second recording the same strikes come 0.6 s later, and a tenth further apart."""
    result = side_view()
    slower = result.events.assign(time_s=0.6 + 1.1 * result.events["time_s"])
    slower = slower[slower["time_s"] < 11.5]
    folders = [
        visit(tmp_path / "a", result),
        visit(tmp_path / "b", type(result)(**{**vars(result), "events": slower}), sha="b", cadence=6.0),
    ]
    for folder in folders:
        shutil.copy(walk_mp4, folder / "overlay.mp4")
    write_comparison(compare([read_visit(folder) for folder in folders]), tmp_path / "compare.html")
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get_log("browser")
    browser.get((tmp_path / "compare.html").as_uri())
    ready = "return [...document.querySelectorAll('video')].every((v) => v.readyState >= 3 && !v.seeking)"
    WebDriverWait(browser, 20).until(lambda d: d.execute_script(ready))
    times = "return [...document.querySelectorAll('video')].map((v) => v.currentTime)"
    first, second = browser.execute_script(times)
    assert second == pytest.approx(0.6 + 1.1 * first, abs=0.02)
    browser.find_element(By.ID, "play").click()
    WebDriverWait(browser, 20).until(lambda d: d.execute_script(times)[0] > first + 2)
    browser.find_element(By.ID, "play").click()
    first, second = browser.execute_script(times)
    assert second == pytest.approx(0.6 + 1.1 * first, abs=0.15)
    browser.find_element(By.ID, "on").click()
    WebDriverWait(browser, 20).until(lambda d: d.execute_script(ready))
    first, second = browser.execute_script(times)
    assert second == pytest.approx(0.6 + 1.1 * first, abs=0.02)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]
    assert violations(browser) == []
    assert browser.get_log("browser") == []
