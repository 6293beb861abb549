"""What a reader sees and does: the page opened from disk in a real browser, without a network."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from gait.cli import main
from gait.report.page import write_page
from gait.types import Result
from tests.report.example_results import (
    EXAMPLES,
    HOSTILE,
    frontal_view,
    hostile,
    long_walk,
    side_view,
    with_metres,
)

pytestmark = pytest.mark.browser

Opener = Callable[..., Chrome]

# Where each drawn cursor stands, read off the plot's own axis, in seconds of the recording.
CURSORS = """
return [...document.querySelectorAll(".cursor")].filter((c) => !c.hidden).map((cursor) => {
  const canvas = cursor.closest(".canvas"), axis = canvas._fullLayout.xaxis;
  const box = cursor.getBoundingClientRect();
  return axis.p2l((box.left + box.right) / 2 - canvas.getBoundingClientRect().left - axis._offset);
});
"""
ONE_PIXEL_S = 12 / 600
FRAME_S = 1 / 30


def _frame_of(time_s: float) -> float:
    """When the frame that shows a moment is shown: the page knows no time between frames."""
    return round(time_s / FRAME_S) * FRAME_S


def _cursors(page: Chrome) -> list[float]:
    return [float(t) for t in page.execute_script(CURSORS)]


def _video_s(page: Chrome) -> float:
    return float(page.execute_script("return document.getElementById('video').currentTime"))


def _settled(page: Chrome) -> None:
    WebDriverWait(page, 10).until(lambda d: not d.execute_script("return document.getElementById('video').seeking"))


def _resize(page: Chrome, width: int) -> None:
    size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def _press(page: Chrome, *keys: str) -> None:
    ActionChains(page).send_keys(*keys).perform()
    _settled(page)


def _plot(page: Chrome, name: str) -> dict[str, float]:
    """The frame of a plot, in pixels of the window, and its time range."""
    script = """
    const canvas = document.querySelector(`[data-name="${arguments[0]}"] .canvas`);
    canvas.scrollIntoView({block: "center"});
    const { left, top } = canvas.getBoundingClientRect(), { xaxis, yaxis } = canvas._fullLayout;
    return {left: left + xaxis._offset, width: xaxis._length, y: top + yaxis._offset + yaxis._length / 2,
            start: xaxis.range[0], end: xaxis.range[1]};
    """
    return dict(page.execute_script(script, name))


def _x_of(plot: dict[str, float], time_s: float) -> float:
    return plot["left"] + plot["width"] * (time_s - plot["start"]) / (plot["end"] - plot["start"])


def _go_to(page: Chrome, share: float) -> None:
    """Move the scrubber to a share of the recording, 0 to 1000."""
    page.execute_script(
        "const s = document.getElementById('scrubber'); s.value = arguments[0]; s.dispatchEvent(new Event('input'))",
        share,
    )
    if page.find_elements(By.ID, "video"):
        _settled(page)


def _mouse(page: Chrome, kind: str, x: float, y: float) -> None:
    button = {} if kind == "mouseMoved" else {"clickCount": 1}
    page.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": "left", **button})


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_each_kind_of_report_opens_from_disk_without_an_error(open_report: Opener, name: str) -> None:
    page = open_report(EXAMPLES[name](), video=name in ("side_view", "frontal_view", "hostile"))
    assert page.get_log("browser") == []
    drawn = page.execute_script("return document.querySelectorAll('.canvas .main-svg').length > 0")
    assert drawn == (name not in ("no_person", "nothing_but_nan"))


def test_strings_from_outside_do_not_run(open_report: Opener) -> None:
    page = open_report(hostile(), label=HOSTILE)
    assert page.execute_script("return window.hacked === undefined")
    assert "<script>window.hacked = true</script>" in page.find_element(By.TAG_NAME, "h1").text
    assert page.get_log("browser") == []


def test_a_script_that_got_into_the_page_would_be_blocked(open_report: Opener) -> None:
    page = open_report(side_view(), video=False)
    page.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.hacked = true'; document.body.append(s);"
    )
    assert page.execute_script("return window.hacked === undefined")


def test_playing_the_video_moves_every_cursor_along_with_it(open_report: Opener) -> None:
    page = open_report(side_view())
    page.find_element(By.ID, "play").click()
    WebDriverWait(page, 20).until(lambda d: _video_s(d) > 1.0)
    page.find_element(By.ID, "play").click()
    # The frame on show may be a few frames behind the clock of the video when it stops.
    cursors = _cursors(page)
    assert len(cursors) == 5
    assert max(cursors) - min(cursors) < ONE_PIXEL_S
    assert cursors[0] == pytest.approx(_video_s(page), abs=0.25)


def test_a_click_in_a_curve_takes_the_video_and_all_cursors_there(open_report: Opener) -> None:
    page = open_report(side_view())
    plot = _plot(page, "hip_deg")
    x = _x_of(plot, 7.3)
    _mouse(page, "mousePressed", x, plot["y"])
    _mouse(page, "mouseReleased", x, plot["y"])
    _settled(page)
    assert _video_s(page) == pytest.approx(7.3, abs=0.02)
    assert _cursors(page) == pytest.approx([7.3] * 5, abs=0.02)


def test_dragging_in_a_curve_scrubs_the_video_until_the_button_is_released(open_report: Opener) -> None:
    page = open_report(side_view())
    plot = _plot(page, "contacts")
    _mouse(page, "mousePressed", _x_of(plot, 2.0), plot["y"])
    for time_s in (3.0, 4.0, 5.0):
        _mouse(page, "mouseMoved", _x_of(plot, time_s), plot["y"])
    _mouse(page, "mouseReleased", _x_of(plot, 5.0), plot["y"])
    _mouse(page, "mouseMoved", _x_of(plot, 9.0), plot["y"])
    WebDriverWait(page, 10).until(lambda d: abs(_video_s(d) - 5.0) < 2 * ONE_PIXEL_S)
    assert _cursors(page)[0] == pytest.approx(5.0, abs=2 * ONE_PIXEL_S)


def test_keys_step_by_frame_and_by_strike_and_play(open_report: Opener) -> None:
    page = open_report(side_view())
    strikes = side_view().events.query("kind == 'strike'")["time_s"].sort_values().to_list()
    _go_to(page, 0)
    _press(page, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
    assert page.find_element(By.ID, "clock").text == "0.07 s"
    ActionChains(page).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT).key_up(Keys.SHIFT).perform()
    _settled(page)
    assert _video_s(page) == pytest.approx(_frame_of(strikes[1]), abs=0.005)
    _press(page, Keys.SPACE)
    assert not page.execute_script("return document.getElementById('video').paused")
    _press(page, Keys.SPACE)
    assert page.execute_script("return document.getElementById('video').paused")


def test_choosing_a_strike_goes_there_and_reads_the_curves_off(open_report: Opener) -> None:
    page = open_report(side_view())
    page.find_elements(By.CSS_SELECTOR, "#strikes .chip")[4].click()
    _settled(page)
    strike = sorted(side_view().events.query("kind == 'strike'")["time_s"])[4]
    assert _cursors(page)[0] == pytest.approx(_frame_of(strike), abs=ONE_PIXEL_S)
    signals = side_view().signals
    row = (signals["time_s"] - strike).abs().idxmin()
    shown = page.find_element(By.CSS_SELECTOR, "[data-name=knee_deg] .value[data-side=left]").text
    assert float(shown.replace("−", "-")) == pytest.approx(signals["left_knee_deg"][row], abs=0.051)


def test_the_picture_at_a_strike_is_that_of_its_frame(open_report: Opener) -> None:
    """The bar in the video moves by 300 pixels in 360 frames: where it is tells which frame is on show."""
    page = open_report(side_view())
    strikes = side_view().events.query("kind == 'strike'")["time_s"].sort_values().to_list()
    for k in (2, 5, 9, 14):
        page.find_elements(By.CSS_SELECTOR, "#strikes .chip")[k].click()
        _settled(page)
        time.sleep(0.2)
        png = page.find_element(By.ID, "video").screenshot_as_png
        grey = cv2.imdecode(np.frombuffer(png, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
        dark = np.flatnonzero(grey[grey.shape[0] // 2] < 110)
        middle = (dark.min() + dark.max() + 1) / 2 * 320 / grey.shape[1] - 10
        assert middle == pytest.approx(round(strikes[k] / FRAME_S) * 300 / 360, abs=0.8)


def test_the_page_opens_on_a_frame_of_the_walk(open_report: Opener) -> None:
    page = open_report(side_view())
    _settled(page)
    assert 2 < _video_s(page) < 10
    assert _cursors(page)[0] == pytest.approx(_video_s(page), abs=ONE_PIXEL_S)


def test_a_short_window_follows_the_cursor(open_report: Opener) -> None:
    page = open_report(side_view())
    page.find_element(By.CSS_SELECTOR, "#view > summary").click()
    Select(page.find_element(By.ID, "window")).select_by_visible_text("2 s")
    page.find_element(By.CSS_SELECTOR, "#view > summary").click()
    page.find_elements(By.CSS_SELECTOR, "#strikes .chip")[8].click()
    plot = _plot(page, "knee_deg")
    strike = sorted(side_view().events.query("kind == 'strike'")["time_s"])[8]
    assert plot["end"] - plot["start"] == pytest.approx(2.0)
    assert plot["start"] < strike < plot["end"]
    assert _cursors(page) == pytest.approx([_frame_of(strike)] * 5, abs=ONE_PIXEL_S)


def test_a_long_recording_opens_on_a_stretch_with_steps_and_goes_on_from_there(open_report: Opener) -> None:
    page = open_report(long_walk(minutes=3), video=False)
    plot = _plot(page, "knee_deg")
    assert (plot["start"], plot["end"]) == pytest.approx((0.2, 20.2))
    _go_to(page, 900)
    plot = _plot(page, "knee_deg")
    assert plot["end"] - plot["start"] == pytest.approx(20)
    assert plot["start"] < 0.9 * 180 < plot["end"]


def test_without_a_video_the_cursor_still_moves(open_report: Opener) -> None:
    page = open_report(side_view(), video=False)
    plot = _plot(page, "trunk_lean_deg")
    _mouse(page, "mousePressed", _x_of(plot, 6.0), plot["y"])
    _mouse(page, "mouseReleased", _x_of(plot, 6.0), plot["y"])
    assert _cursors(page) == pytest.approx([6.0] * 5, abs=2 * ONE_PIXEL_S)


def test_more_curves_are_drawn_when_opened_and_share_the_cursor(open_report: Opener) -> None:
    page = open_report(side_view(), video=False)
    before = len(_cursors(page))
    page.execute_script("document.querySelector('#more > summary').click()")
    WebDriverWait(page, 20).until(lambda d: len(_cursors(d)) > before)
    _go_to(page, 0)
    page.find_element(By.ID, "frame-on").click()
    assert _cursors(page) == pytest.approx([1 / 30] * len(_cursors(page)), abs=ONE_PIXEL_S)


@pytest.mark.parametrize("make", [side_view, hostile])
def test_nothing_sticks_out_sideways_on_a_laptop_or_a_tablet(open_report: Opener, make: Callable) -> None:
    page = open_report(make())
    for width in (1366, 1024, 768):
        _resize(page, width)
        # The plots follow the window with a short delay.
        WebDriverWait(page, 10).until(
            lambda d: d.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
        )


def test_a_lost_video_is_said_to_be_lost_and_the_curves_still_work(open_report: Opener, tmp_path: Path) -> None:
    page = open_report(side_view())
    (tmp_path / "overlay.mp4").unlink()
    page.refresh()
    message = WebDriverWait(page, 30).until(lambda d: d.find_element(By.ID, "missing").text)
    assert "is not beside this page" in message
    page.find_elements(By.CSS_SELECTOR, "#strikes .chip")[0].click()
    assert _cursors(page)[0] == pytest.approx(1.2, abs=ONE_PIXEL_S)
    page.get_log("browser")


def test_summary_video_and_first_curves_share_the_first_screen(open_report: Opener) -> None:
    page = open_report(side_view(), label="Patient 0417")
    bottoms = page.execute_script(
        "return ['#summary', '#video', '[data-name=knee_deg]'].map((s) => document.querySelector(s)"
        ".getBoundingClientRect().bottom)"
    )
    assert max(bottoms) <= 768
    assert len(page.get_screenshot_as_png()) > 30_000


def test_it_prints_on_a4_with_everything_inside_the_margins(open_report: Opener) -> None:
    page = open_report(side_view())
    paper = {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": True, "preferCSSPageSize": True}
    pdf = base64.b64decode(page.execute_cdp_cmd("Page.printToPDF", paper)["data"])
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 50_000
    # On paper the page is 186 mm wide, 703 pixels; the plots were drawn for the screen and must shrink with it.
    _resize(page, 703)
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    wide = page.execute_script("return document.documentElement.scrollWidth")
    player = page.execute_script("return document.getElementById('player').offsetHeight")
    rows = page.execute_script("return document.querySelector('.strides-table').offsetHeight")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert wide <= 703
    assert player == 0
    assert rows > 0


PAPER = {"a4": (210 - 24, 297 - 22), "letter": (216 - 24, 279 - 22)}
"""Width and height between the margins, in millimetres."""


@pytest.mark.parametrize("paper", list(PAPER))
@pytest.mark.parametrize("make", [with_metres, frontal_view])
def test_the_first_two_pages_stand_alone(open_report: Opener, make: Callable, paper: str) -> None:
    """On the first the head, the person, the summary, the numbers and the cycle; on the second the whole table."""
    page = open_report(make(), video=False, still=True)
    width, height = (mm * 96 / 25.4 for mm in PAPER[paper])
    _resize(page, round(width))
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        page.execute_script("dispatchEvent(new Event('beforeprint'))")
        time.sleep(0.5)
        bottom, table, still = page.execute_script(
            "const at = (q) => document.querySelector(q).getBoundingClientRect();"
            "return [at('#cycle').bottom + scrollY, at('#measures').height, at('.poster').height]"
        )
        order = page.execute_script(
            "return ['.top', '#summary', '#cycle', '#measures', '#people', '#watch', '#method']"
            ".map((q) => document.querySelector(q).getBoundingClientRect().top)"
        )
        assert bottom <= height
        assert table <= height
        assert still > 50
        assert order == sorted(order)
    finally:
        page.execute_script("dispatchEvent(new Event('afterprint'))")
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize(("paper", "points"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_the_command_prints_a_pdf_of_the_size_asked_for(
    open_report: Opener, tmp_path: Path, paper: str, points: tuple[int, int]
) -> None:
    open_report(side_view(), video=False)
    done = CliRunner().invoke(main, ["report", str(tmp_path), "--pdf", "--paper", paper])
    assert done.exit_code == 0, done.output
    pdf = (tmp_path / "report.pdf").read_bytes()
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert box is not None
    assert [round(float(side)) for side in box.groups()] == list(points)
    assert 3 <= pdf.count(b"/Type /Page\n") <= 8


def test_without_a_browser_the_command_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: Result) -> None:
    write_page(result, tmp_path / "report.html", overlay=None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("gait.report.pdf._ELSEWHERE", ())
    done = CliRunner().invoke(main, ["report", str(tmp_path), "--pdf"])
    assert done.exit_code == 1
    assert "no browser was found that can print it" in done.stderr
    missing = CliRunner().invoke(main, ["report", str(tmp_path / "nowhere"), "--pdf"])
    assert missing.exit_code == 3
