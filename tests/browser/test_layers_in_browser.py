"""What a reader switches on and off over the picture, against the annotated video of the same recording."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from gait.analysis.analyze import analyze
from gait.config import AnalysisSettings, ReportSettings
from gait.joints import Joints
from gait.pipeline import draw_overlay, write_report
from gait.pose.files import table_to_poses
from gait.progress import Stages
from gait.provenance import Origin
from gait.types import Result, SubjectTrack
from gait.video import open_video
from tests.browser.test_accessibility import SIZES, violations
from tests.truth import sample_clip, true_keypoints

pytestmark = pytest.mark.browser

Mask = npt.NDArray[np.float32]
Opener = Callable[..., Chrome]
SHOWN_FIRST = ["skeleton", "box", "strikes"]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The report of the rendered walk seen from the side, from its true joints, with both videos."""
    video, _ = sample_clip("side_walk")
    clip = open_video(video)
    table = true_keypoints("side_walk")
    size = {"width_px": clip.info.width_px, "height_px": clip.info.height_px, "model": "truth"}
    names = tuple(c.removesuffix("_x") for c in table.columns if c.endswith("_x"))
    poses = table_to_poses(table.assign(frame=np.arange(len(table))), video, size, names)
    n = len(poses.time_s)
    xy = np.where((poses.score > 0)[:, :, None], poses.xy_px, np.nan)
    box_px = np.full((n, 4), np.nan)
    seen = np.isfinite(xy).all(axis=2).any(axis=1)
    box_px[seen] = np.column_stack([np.nanmin(xy[seen], axis=1) - 15, np.nanmax(xy[seen], axis=1) + 15])
    track = SubjectTrack(
        time_s=poses.time_s, frame=poses.frame, box_px=box_px, score=seen.astype(float),
        background_xy_px=np.zeros((n, 2)), reason="The only person.", people=(), detector="truth",
    )  # fmt: skip
    result = analyze(poses, AnalysisSettings(), track=track)
    folder = tmp_path_factory.mktemp("walk")
    stages, settings = Stages(), ReportSettings()
    joints = Joints(poses=poses, track=track, outlines=None, origin=Origin())
    draw_overlay(result, joints, clip, folder, settings, stages, layers=True)
    return folder, write_report(result, folder, settings, None, stages)


@pytest.fixture
def open_walk(browser: Chrome, walk: tuple[Path, Result], tmp_path: Path) -> Opener:
    """Open a copy of that report at a window size, without some of its files."""

    def open_it(*missing: str, width: int = 1366, height: int = 768, finer: float = 1) -> Chrome:
        shutil.copytree(walk[0], tmp_path, dirs_exist_ok=True)
        for name in missing:
            (tmp_path / name).unlink()
        size = {"width": width, "height": height, "deviceScaleFactor": finer, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get_log("browser")
        browser.get((tmp_path / "report.html").as_uri())
        _until(browser, "return document.documentElement.dataset.ready === 'yes'")
        _until(browser, "return document.getElementById('video').readyState >= 2")
        return browser

    return open_it


def _until(page: Chrome, script: str) -> None:
    WebDriverWait(page, 30).until(lambda d: d.execute_script(script))


def _row(result: Result, share: float) -> int:
    """A frame in this part, 0 to 1, of the longest pass."""
    walk = max(result.scene.passes, key=lambda p: p.end_s - p.start_s)
    return int(np.searchsorted(result.clean.time_s, walk.start_s + share * (walk.end_s - walk.start_s)))


def _go_to(page: Chrome, result: Result, row: int) -> None:
    """Go to a frame by the keys of a reader, and wait until it is on show."""
    at_s = result.clean.time_s[row] - result.clean.time_s[0]
    page.execute_script(
        "window.shown = null; const v = document.getElementById('video');"
        "v.requestVideoFrameCallback((_, f) => requestAnimationFrame(() => (window.shown = f.mediaTime)));"
        "v.currentTime = arguments[0]",
        float(at_s) + 0.002,
    )
    WebDriverWait(page, 20).until(lambda d: abs((d.execute_script("return window.shown") or -9) - at_s) < 0.01)


def _choose(page: Chrome, *names: str) -> None:
    """Switch exactly these layers on."""
    page.execute_script("document.getElementById('view').open = true")
    for box in page.find_elements(By.CSS_SELECTOR, "#layer-switches input"):
        if box.is_selected() != (box.get_attribute("data-layer") in names):
            box.click()


def _drawn(page: Chrome) -> npt.NDArray[np.uint8]:
    """The canvas as red, green, blue and cover, in the size of the annotated video's picture."""
    url = page.execute_script("return document.getElementById('layers').toDataURL()")
    image = cv2.imdecode(np.frombuffer(base64.b64decode(url.split(",")[1]), np.uint8), cv2.IMREAD_UNCHANGED)
    assert image is not None
    return np.asarray(cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA), (1280, 720)), dtype=np.uint8)


def _cover(page: Chrome) -> Mask:
    return np.asarray(_drawn(page)[..., 3] / 255, dtype=np.float32)


def _place(result: Result, name: str, row: int) -> tuple[int, int]:
    """Where a joint is in the picture of 1280 x 720."""
    x, y = result.clean.point(name)[row] * 720 / result.clean.height_px
    return round(float(x)), round(float(y))


def _around(image: npt.NDArray[np.generic], at: tuple[int, int], half: int = 6) -> npt.NDArray[np.generic]:
    return image[max(0, at[1] - half) : at[1] + half + 1, max(0, at[0] - half) : at[0] + half + 1]


def _frame(path: Path, row: int) -> npt.NDArray[np.uint8]:
    for k, frame in enumerate(open_video(path).frames()):
        if k == row:
            return frame.image[:720]
    raise IndexError(row)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_joints_lie_where_the_annotated_video_has_them(
    open_walk: Opener, walk: tuple[Path, Result], width: int, height: int
) -> None:
    """The canvas laid over picture.mp4 looks like overlay.mp4 at the same time, most so where it is."""
    folder, result = walk
    page = open_walk(width=width, height=height, finer=3)
    _until(page, "return document.getElementById('layers').width > 900")
    for share in (0.25, 0.5, 0.8):
        row = _row(result, share)
        _go_to(page, result, row)
        drawn, plain, filmed = _drawn(page), *(_frame(folder / name, row) for name in ("picture.mp4", "overlay.mp4"))
        cover = drawn[..., 3:].astype(np.float32) / 255
        laid_over = np.uint8(plain * (1 - cover) + drawn[..., :3] * cover)
        side = result.scene.passes[0].near_side or "left"
        for joint in ("ankle", "knee", "wrist"):
            at = _place(result, f"{side}_{joint}", row)
            likeness = cv2.matchTemplate(_around(filmed, at, 46), _around(laid_over, at, 40), cv2.TM_CCOEFF_NORMED)
            _, best, _, (x, y) = cv2.minMaxLoc(likeness)
            assert (abs(x - 6) <= 1, abs(y - 6) <= 1) == (True, True), (row, joint, x, y)
            assert best > 0.8
            assert _around(drawn[..., 3], at, 2).min() > 150


def test_at_first_the_page_draws_what_the_annotated_video_shows(open_walk: Opener, walk: tuple[Path, Result]) -> None:
    page = open_walk(finer=3)
    boxes = page.find_elements(By.CSS_SELECTOR, "#layer-switches input")
    assert [b.get_attribute("data-layer") for b in boxes if b.is_selected()] == SHOWN_FIRST
    assert page.execute_script("return document.getElementById('video').currentSrc").endswith("/picture.mp4")
    row = _row(walk[1], 0.5)
    _go_to(page, walk[1], row)
    cover = _cover(page)
    plain, filmed = (_frame(walk[0] / name, row).astype(int) for name in ("picture.mp4", "overlay.mp4"))
    changed = np.abs(filmed - plain).max(axis=2) > 60
    assert changed.sum() > 2000
    assert cover[changed].mean() > 0.8, "what is drawn in the video is on the canvas"
    near = cv2.dilate(changed.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert cover[~near].sum() < 0.1 * cover.sum(), "and little else"


def test_each_layer_is_drawn_in_its_place_and_gone_when_it_is_off(open_walk: Opener, walk: tuple[Path, Result]) -> None:
    result = walk[1]
    page = open_walk()
    row = _row(result, 0.7)
    _go_to(page, result, row)
    _choose(page)
    assert _cover(page).max() == 0
    near = result.scene.passes[0].near_side or "left"
    ankle = _place(result, f"{near}_ankle", row)
    assert result.track is not None
    x1, y1, x2, y2 = result.track.box_px[row] * 720 / result.clean.height_px

    _choose(page, "skeleton")
    assert _around(_cover(page), ankle, 2).min() > 0.8
    assert _around(_cover(page), (round(x1), round(y1)), 2).max() == 0

    _choose(page, "box")
    assert _around(_cover(page), (round(x1), round(y1)), 2).max() > 0.5
    assert _around(_cover(page), (round(x2), round(y2)), 2).max() > 0.5
    assert _around(_cover(page), ankle).max() == 0

    _choose(page, "trails")
    for ago in (4, 12, 20):
        assert _around(_cover(page), _place(result, f"{near}_ankle", row - ago), 3).max() > 0.9
    assert _around(_cover(page), _place(result, f"{near}_knee", row), 3).max() == 0

    _choose(page, "strikes")
    strikes = result.events[(result.events["kind"] == "strike") & (result.events["time_s"] < result.clean.time_s[row])]
    side, at_s = strikes.sort_values("time_s").iloc[0][["side", "time_s"]]
    heel = _place(result, f"{side}_heel", int(np.argmin(np.abs(result.clean.time_s - at_s))))
    assert _around(_cover(page), heel, 5).max() > 0.9
    assert _around(_cover(page), _place(result, f"{near}_knee", row)).max() == 0

    _choose(page, "angles")
    knee = _place(result, "left_knee", row)
    assert _around(_cover(page), knee, 3).max() > 0.9
    assert _cover(page)[:, : round(x1)].sum() > 500, "the numbers of the left leg, left of the person"
    assert _cover(page)[: round(y1)].max() == 0


def test_the_picture_alone_is_one_press_away_and_the_choice_is_kept(
    open_walk: Opener, walk: tuple[Path, Result]
) -> None:
    page = open_walk()
    _go_to(page, walk[1], _row(walk[1], 0.5))
    _choose(page, "skeleton", "trails")
    drawn = _cover(page)
    alone = page.find_element(By.ID, "picture-alone")
    alone.click()
    assert alone.get_attribute("aria-pressed") == "true"
    assert _cover(page).max() == 0
    _go_to(page, walk[1], _row(walk[1], 0.6))
    assert _cover(page).max() == 0
    alone.click()
    _go_to(page, walk[1], _row(walk[1], 0.5))
    assert np.abs(_cover(page) - drawn).max() < 0.05


def test_the_switches_are_reached_and_set_by_keys(open_walk: Opener, walk: tuple[Path, Result]) -> None:
    page = open_walk()
    _go_to(page, walk[1], _row(walk[1], 0.5))
    page.execute_script("document.querySelector('#view > summary').focus()")
    ActionChains(page).send_keys(Keys.ENTER, Keys.TAB).perform()
    focused = page.switch_to.active_element
    assert focused.get_attribute("data-layer") == "skeleton"
    before = _cover(page)
    ActionChains(page).send_keys(Keys.SPACE).perform()
    assert not focused.is_selected()
    assert _cover(page).sum() < 0.5 * before.sum()
    assert page.execute_script("return document.getElementById('video').paused"), "the blank set the switch alone"


def test_what_is_drawn_is_that_of_the_frame_on_show_while_it_plays(
    open_walk: Opener, walk: tuple[Path, Result]
) -> None:
    """Stopped in the middle of playing, the canvas has the joints of the frame that is then on show."""
    result = walk[1]
    page = open_walk(finer=3)
    _go_to(page, result, _row(result, 0.2))
    page.execute_script(
        "window.frames_seen = []; const v = document.getElementById('video');"
        "const note = (_, f) => { window.frames_seen.push(f.mediaTime); v.requestVideoFrameCallback(note); };"
        "v.requestVideoFrameCallback(note)"
    )
    page.find_element(By.ID, "play").click()
    WebDriverWait(page, 20).until(lambda d: d.execute_script("return window.frames_seen.length") > 20)
    page.find_element(By.ID, "play").click()
    _until(page, "return document.getElementById('video').paused")
    row = int(np.argmin(np.abs(result.clean.time_s - page.execute_script("return window.frames_seen.at(-1)"))))
    near = result.scene.passes[0].near_side or "left"
    cover = _cover(page)
    for joint in ("ankle", "knee"):
        assert _around(cover, _place(result, f"{near}_{joint}", row), 2).min() > 0.8


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_canvas_covers_the_picture_and_no_more(open_walk: Opener, width: int, height: int) -> None:
    page = open_walk(width=width, height=height)
    _until(page, "return document.getElementById('layers').width > 300")
    video, canvas, (w, h) = page.execute_script(
        "const box = (id) => { const b = document.getElementById(id).getBoundingClientRect();"
        "return [b.left, b.top, b.width, b.height] }; const v = document.getElementById('video');"
        "return [box('video'), box('layers'), [v.videoWidth, v.videoHeight]]"
    )
    scale = min(video[2] / w, video[3] / h)
    expected = [video[0] + (video[2] - scale * w) / 2, video[1] + (video[3] - scale * h) / 2, scale * w, scale * h]
    assert canvas == pytest.approx(expected, abs=1)
    page.execute_script("document.getElementById('view').open = true")
    right = page.execute_script("return document.querySelector('.view-box').getBoundingClientRect().right")
    assert right <= width
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    assert page.get_log("browser") == []


def test_without_the_picture_the_annotated_video_plays(open_walk: Opener) -> None:
    page = open_walk("picture.mp4")
    _until(page, "return document.getElementById('video').currentSrc.endsWith('/overlay.mp4')")
    _until(page, "return document.getElementById('video').readyState >= 2")
    assert not page.find_element(By.ID, "layers").is_displayed()
    page.execute_script("document.getElementById('view').open = true")
    assert not page.find_element(By.ID, "layer-switches").is_displayed()
    page.execute_script("document.getElementById('view').open = false")
    assert page.find_element(By.ID, "video").is_displayed()
    page.find_elements(By.CSS_SELECTOR, "#strikes .chip")[3].click()
    WebDriverWait(page, 10).until(lambda d: d.execute_script("return document.getElementById('video').currentTime") > 1)
    page.get_log("browser")


def test_a_page_that_was_made_without_it_has_no_switches(
    browser: Chrome, walk: tuple[Path, Result], tmp_path: Path
) -> None:
    shutil.copy(walk[0] / "overlay.mp4", tmp_path)
    write_report(walk[1], tmp_path, ReportSettings(), None, Stages())
    browser.get((tmp_path / "report.html").as_uri())
    _until(browser, "return document.documentElement.dataset.ready === 'yes'")
    assert browser.find_elements(By.CSS_SELECTOR, "#layers, #layer-switches") == []
    assert "picture.mp4" not in browser.page_source


def test_a_page_with_the_video_in_it_holds_one_and_draws_on_it(
    browser: Chrome, walk: tuple[Path, Result], tmp_path: Path
) -> None:
    for name in ("overlay.mp4", "picture.mp4", "poster.jpg"):
        shutil.copy(walk[0] / name, tmp_path)
    write_report(walk[1], tmp_path, ReportSettings(embed_video=True), None, Stages())
    for name in ("overlay.mp4", "picture.mp4"):
        (tmp_path / name).unlink()
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("data:video/mp4") == 1
    browser.get((tmp_path / "report.html").as_uri())
    _until(browser, "return document.getElementById('video').readyState >= 2")
    row = _row(walk[1], 0.5)
    _go_to(browser, walk[1], row)
    near = walk[1].scene.passes[0].near_side or "left"
    assert _around(_cover(browser), _place(walk[1], f"{near}_ankle", row), 2).min() > 0.8


def test_a_treadmill_leaves_no_marks_and_from_the_front_the_angles_need_their_curves(
    browser: Chrome, walk: tuple[Path, Result], tmp_path: Path
) -> None:
    folder, result = walk
    for name in ("overlay.mp4", "picture.mp4"):
        shutil.copy(folder / name, tmp_path)
    signals = result.signals.drop(columns=[c for c in result.signals if "hip_deg" in c or "knee_deg" in c])
    signals = signals.drop(columns=[c for c in signals if "ankle_deg" in c])
    changed = replace(result, signals=signals, scene=replace(result.scene, ground="treadmill"))
    write_page_of(changed, tmp_path)
    browser.get((tmp_path / "report.html").as_uri())
    _until(browser, "return document.getElementById('video').readyState >= 2")
    _go_to(browser, result, _row(result, 0.7))
    _choose(browser, "strikes")
    assert _cover(browser).max() == 0
    assert browser.find_elements(By.CSS_SELECTOR, "[data-layer=angles]") == []


def write_page_of(result: Result, folder: Path) -> None:
    from gait.report.page import write_page

    write_page(result, folder / "report.html", overlay="overlay.mp4", picture="picture.mp4")
