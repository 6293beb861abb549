"""How fast the page of a long walk opens, and how smoothly it plays, in headless Chromium without a graphics card.

    gait run sample_videos/side_walk.mp4 -o walks
    python benchmarks/page.py walks/side_walk --minutes 10

A recording of so many minutes is made of the one given: its joints, curves, steps and strides again and again, its two
videos by `ffmpeg -stream_loop`. Then the page is opened from disk, and played from its beginning and from its middle,
as it opens and with every layer on.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

import gait
from gait.report.files import OVERLAY, PICTURE, POSTER
from gait.report.page import write_page
from gait.types import FloatArray, PoseSequence, Result

PLAYED_S = 15.0
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip

# When the curves are drawn, and each frame on show: its time, and where the cursor of the first curve stands.
WATCH = """
window.bench = {frames: []};
new MutationObserver(() => {
  if (document.documentElement?.dataset.ready && !bench.ready)
    requestAnimationFrame(() => (bench.painted = performance.now())), (bench.ready = performance.now());
}).observe(document, {attributes: true, subtree: true, attributeFilter: ["data-ready"]});
document.addEventListener("DOMContentLoaded", () => {
  bench.loaded = performance.now();
  const video = document.getElementById("video");
  video.addEventListener("loadeddata", () => (bench.video ??= performance.now()));
  const note = (_, frame) => {
    const cursor = document.querySelector(".cursor:not([hidden])");
    bench.frames.push([performance.now(), frame.mediaTime, cursor?.style.transform, frame.presentedFrames]);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
});
"""


def repeated(result: Result, times: int) -> Result:
    """Return a recording that shows the same so many times, one after the other."""
    time_s = result.clean.time_s
    period_s = float(time_s[-1] - time_s[0] + np.median(np.diff(time_s)))
    all_s = np.concatenate([time_s + k * period_s for k in range(times)])
    frames = np.arange(len(all_s))

    def moved(table: pd.DataFrame, *times_s: str, numbers: tuple[str, ...] = ()) -> pd.DataFrame:
        parts = []
        for k in range(times):
            part = table.copy()
            part[list(times_s)] += k * period_s
            for name in numbers:
                part[name] = part[name].where(part[name] <= 0, part[name] + k * table[name].max())
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def again(array: Any) -> FloatArray:
        return np.concatenate([array] * times)

    def poses(one: PoseSequence) -> PoseSequence:
        many = {"xy_px": again(one.xy_px), "score": again(one.score), "time_s": all_s, "frame": frames}
        background = None if one.background_xy_px is None else again(one.background_xy_px)
        sd = None if one.sd_px is None else again(one.sd_px)
        return replace(one, **many, background_xy_px=background, sd_px=sd)

    track = result.track
    assert track is not None
    track = replace(
        track, time_s=all_s, frame=frames, box_px=again(track.box_px), score=again(track.score),
        background_xy_px=again(track.background_xy_px),
    )  # fmt: skip
    passes = tuple(
        replace(p, number=p.number + k * len(result.scene.passes), start_s=p.start_s + k * period_s,
                end_s=p.end_s + k * period_s)
        for k in range(times) for p in result.scene.passes
    )  # fmt: skip
    return replace(
        result,
        signals=moved(result.signals, "time_s"),
        events=moved(result.events, "time_s", numbers=("pass_number",)),
        strides=moved(result.strides, "start_s", "end_s", numbers=("number", "pass_number")),
        cycles=moved(result.cycles, numbers=("stride",)),
        poses=poses(result.poses),
        clean=poses(result.clean),
        track=track,
        scene=replace(result.scene, passes=passes),
    )


def make_long(folder: Path, minutes: float, into: Path) -> None:
    """Write the page and the videos of a recording of so many minutes."""
    result = gait.load(folder)
    length_s = float(np.ptp(result.clean.time_s))
    times = math.ceil(60 * minutes / length_s)
    for name in (OVERLAY, PICTURE):
        if (folder / name).is_file():
            loop = ["ffmpeg", "-v", "error", "-stream_loop", str(times - 1), "-i", str(folder / name)]
            subprocess.run([*loop, "-c", "copy", "-movflags", "+faststart", str(into / name)], check=True)
    picture = PICTURE if (into / PICTURE).is_file() else None
    poster = (folder / POSTER).read_bytes() if (folder / POSTER).is_file() else None
    write_page(repeated(result, times), into / "report.html", overlay=OVERLAY, picture=picture, poster=poster)


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """Give a headless Chromium with a fresh profile."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    with tempfile.TemporaryDirectory() as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}", "--window-size=1366,768"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
            yield driver
        finally:
            driver.quit()


def opened(driver: webdriver.Chrome, page: Path) -> dict[str, float]:
    """Open the page; return when what was there, in seconds after the navigation began.

    Last the processor time of its main thread until then, which a busy machine does not lengthen.
    """
    driver.get("about:blank")
    driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    driver.get(page.as_uri())
    WebDriverWait(driver, 60).until(lambda d: d.execute_script("return bench.painted && bench.video"))
    times = driver.execute_script("return [bench.loaded, bench.ready, bench.painted, bench.video]")
    found = dict(zip(("DOM content", "curves drawn", "painted", "first frame"), np.array(times) / 1000, strict=True))
    metrics = driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return {**found, "main thread": next(m["value"] for m in metrics if m["name"] == "TaskDuration")}


def played(driver: webdriver.Chrome, at_s: float, *, all_layers: bool) -> dict[str, float]:
    """Play from a moment on; return frames per second that were on show, and how often the cursor moved."""
    driver.execute_async_script(
        """
        const [at, all, length, done] = arguments, video = document.getElementById("video");
        for (const box of document.querySelectorAll("#layer-switches input"))
          if (box.checked !== (all || ["skeleton", "box", "strikes"].includes(box.dataset.layer))) box.click();
        video.addEventListener("seeked", () => setTimeout(() => {
          bench.frames.length = 0;
          bench.dropped = video.getVideoPlaybackQuality().droppedVideoFrames;
          video.play();
          setTimeout(() => { video.pause(); done(); }, 1000 * length);
        }, 500), {once: true});
        video.currentTime = at;
        """,
        at_s, all_layers, PLAYED_S,
    )  # fmt: skip
    frames, dropped = driver.execute_script(
        "return [bench.frames, document.getElementById('video').getVideoPlaybackQuality().droppedVideoFrames "
        "- bench.dropped]"
    )
    wall_s = (frames[-1][0] - frames[0][0]) / 1000
    return {
        "frames on show per second": (frames[-1][3] - frames[0][3]) / wall_s,
        "drawn on per second": (len(frames) - 1) / wall_s,
        "cursor moved per second": len({f[2] for f in frames}) / wall_s,
        "seconds of the video per second": (frames[-1][1] - frames[0][1]) / wall_s,
        "dropped": dropped,
    }


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--minutes", default=10.0, show_default=True, help="Length of the recording that is made.")
@click.option("--again", default=3, show_default=True, help="How often it is opened; the median is printed.")
def main(folder: Path, minutes: float, again: int) -> None:
    """Print how fast the page of a long walk opens and plays."""
    with tempfile.TemporaryDirectory() as place:
        into = Path(place)
        make_long(folder, minutes, into)
        page = into / "report.html"
        click.echo(f"{minutes:g} min, {os.cpu_count()} cores; the page {page.stat().st_size / 1e6:.2f} MB")
        with browser() as driver:
            rows = pd.DataFrame([opened(driver, page) for _ in range(again)])
            click.echo(json.dumps({name: round(float(v), 2) for name, v in rows.median().items()}))
            for at_s, every in itertools.product((0.0, 30.0 * minutes), (False, True)):
                found = {k: round(v, 2) for k, v in played(driver, at_s, all_layers=every).items()}
                click.echo(f"from {at_s:g} s, {'every layer' if every else 'as it opens'}: {json.dumps(found)}")


if __name__ == "__main__":
    main()
