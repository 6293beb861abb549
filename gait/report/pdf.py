"""The page on paper: a PDF, printed by a browser that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Literal

from gait.errors import GaitError, InputError

Paper = Literal["a4", "letter"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
"""Where browsers are that are not on the path."""
_LONGEST_S = 120


def find_browser() -> Path | None:
    """Return a browser that can print without a window; None where there is none."""
    named = (shutil.which(name) for name in BROWSERS)
    return next((Path(found) for found in (*named, *_ELSEWHERE) if found and Path(found).exists()), None)


def print_page(page: Path, pdf: Path, paper: Paper = "a4") -> None:
    """Print a page of a report to a PDF file.

    Parameters
    ----------
    page : Path
        report.html.
    pdf : Path
        To write; takes the place of an older one when it is done.
    paper : {"a4", "letter"}

    Raises
    ------
    InputError
        The page is not there.
    GaitError
        No browser is installed that can print, or it failed.
    """
    if not page.is_file():
        raise InputError(f"{page}: there is no page to print.", "Name the folder of a report.")
    browser = find_browser()
    if browser is None:
        raise GaitError(
            f"{page}: no browser was found that can print it (Chromium, Chrome or Edge).",
            "Install one, or open the page in any browser and print it from there.",
        )
    with tempfile.TemporaryDirectory(prefix="gait-pdf-") as folder:
        fresh = Path(folder) / "report.pdf"
        # The size of the paper is said in a copy: the page itself takes that of whoever prints it.
        copy = Path(folder) / "report.html"
        size = {"a4": "A4", "letter": "letter"}[paper]
        text = page.read_text(encoding="utf-8")
        copy.write_text(
            text.replace("</head>", f"<style>@page {{ size: {size}; }}</style></head>", 1), encoding="utf-8"
        )
        command = [
            str(browser),
            "--headless=new",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--no-pdf-header-footer",
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={fresh}",
            copy.as_uri(),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        try:
            done = subprocess.run(command, capture_output=True, timeout=_LONGEST_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GaitError(f"{page}: {browser.name} could not print it ({error}).") from error
        if done.returncode or not fresh.is_file():
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise GaitError(f"{page}: {browser.name} could not print it ({said[-1] if said else 'it said nothing'}).")
        try:
            shutil.move(fresh, pdf)
        except OSError as error:
            raise InputError(f"{pdf}: cannot be written ({error.strerror}).") from error
