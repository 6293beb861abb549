"""Headless Chromium with the network off, and report folders with a real video in them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from gait.config import ReportSettings
from gait.jpeg import encode
from gait.report.page import write_page
from gait.types import Result
from tests.report.example_results import side_view

Opener = Callable[..., webdriver.Chrome]

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--hide-scrollbars",
)


def _write_walk(path: Path, seconds: float = 12, fps: int = 30) -> None:
    """Write an H.264 clip in which a dark bar crosses the picture from left to right."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.time_base = Fraction(1, fps)
        n = round(seconds * fps)
        for k in range(n):
            picture = np.full((180, 320, 3), 210, dtype=np.uint8)
            picture[40:150, k * 300 // n : k * 300 // n + 20] = 40
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = k
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


@pytest.fixture(scope="session")
def walk_mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small 12 s video."""
    path = tmp_path_factory.mktemp("video") / "overlay.mp4"
    _write_walk(path)
    return path


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Headless Chromium with a fresh profile and no network."""
    binary = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)
    driver_path = shutil.which("chromedriver")
    if binary is None or driver_path is None:
        pytest.skip("No Chromium with chromedriver is installed.")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(driver_path))
    driver.execute_cdp_cmd("Network.enable", {})
    offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    yield driver
    driver.quit()


@pytest.fixture
def open_report(browser: webdriver.Chrome, walk_mp4: Path, tmp_path: Path) -> Opener:
    """Write a report into a folder, open it from disk at a window size, and wait until its script is done."""

    def open_it(
        result: Result,
        *,
        width: int = 1366,
        height: int = 768,
        video: bool = True,
        label: str | None = None,
        still: bool = False,
        settings: ReportSettings | None = None,
    ) -> webdriver.Chrome:
        if video:
            shutil.copy(walk_mp4, tmp_path / "overlay.mp4")
        picture = encode(np.full((720, 1280, 3), 180, dtype=np.uint8)) if still else None
        write_page(
            result,
            tmp_path / "report.html",
            overlay="overlay.mp4" if video else None,
            poster=picture,
            subject_label=label,
            settings=settings,
        )
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get_log("browser")
        browser.get((tmp_path / "report.html").as_uri())
        WebDriverWait(browser, 30).until(
            lambda d: d.execute_script("return document.documentElement.dataset.ready === 'yes'")
        )
        if video:
            WebDriverWait(browser, 30).until(
                lambda d: d.execute_script("return document.getElementById('video').readyState >= 2")
            )
        return browser

    return open_it


@pytest.fixture
def result() -> Result:
    """A 12 s walk seen from the side."""
    return side_view()
