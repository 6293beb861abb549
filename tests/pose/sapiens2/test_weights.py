"""Finding and fetching weights: from a local server that answers as the hub does."""

from __future__ import annotations

import hashlib
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gait.errors import InputError, ModelUnavailableError
from gait.pose.sapiens2.weights import SEGMENTATION, SOURCES, segmentation_named, source_named, weights_at

ROOT = Path(__file__).parents[3]
FILE = "sapiens2_0.4b_pose.safetensors"
CONTENT = bytes(range(256)) * 125_000
"""32 megabytes that stand for the weights: what is in them does not matter here. The client writes ten at a time."""


@pytest.mark.parametrize("name", ["sapiens2-0.4b", "0.4b", "Sapiens2-0.4B", "sapiens2_0.4b"])
def test_names_may_be_short(name: str) -> None:
    source = source_named(name)
    assert source is not None
    assert (source.repo, source.file) == ("facebook/sapiens2-pose-0.4b", FILE)


def test_other_names_are_none() -> None:
    assert source_named("blazepose") is None
    assert source_named("0.3b") is None
    assert len(SOURCES) == 4


@pytest.mark.parametrize("name", ["sapiens2-seg-0.4b", "Sapiens2_Seg_0.4B", "seg-0.4b"])
def test_weights_for_the_parts_of_the_body_have_names_of_their_own(name: str) -> None:
    source = segmentation_named(name)
    assert source is not None
    assert (source.repo, source.file) == ("facebook/sapiens2-seg-0.4b", "sapiens2_0.4b_seg.safetensors")
    assert source_named(name) is None
    assert segmentation_named("0.4b") is None
    assert len(SEGMENTATION) == 4


def test_a_path_may_be_a_file_or_a_folder(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_bytes(b"x")
    assert weights_at(file).files == weights_at(tmp_path).files == (file,)
    assert weights_at(tmp_path).config is None


def test_a_folder_of_transformers_has_a_configuration_beside_its_parts(tmp_path: Path) -> None:
    for name in (FILE, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "config.json"):
        (tmp_path / name).write_bytes(b"{}")
    found = weights_at(tmp_path)
    assert found.config == tmp_path
    assert [file.name for file in found.files] == [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]


def test_what_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match=r"nothing\.safetensors"):
        weights_at(tmp_path / "nothing.safetensors")


def test_pickles_are_not_read(tmp_path: Path) -> None:
    pickle = tmp_path / "sapiens2_0.4b_pose.pth"
    pickle.write_bytes(b"x")
    with pytest.raises(InputError, match="safetensors"):
        weights_at(pickle)


class Hub(http.server.BaseHTTPRequestHandler):
    """Answers for one file as the hub does; breaks off the first download in the middle if told so."""

    break_off_at: int | None = None
    damage = False
    starts: list[int]

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        if not self.path.endswith(FILE) or "/resolve/" not in self.path:
            self.send_error(404)
            return
        wanted = self.headers.get("Range", "")
        begin = int(wanted.removeprefix("bytes=").split("-")[0]) if body and wanted else 0
        data = CONTENT[begin:]
        self.send_response(206 if begin else 200)
        self.send_header("X-Repo-Commit", "c" * 40)
        self.send_header("ETag", f'"{hashlib.sha256(CONTENT).hexdigest()}"')
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(data)))
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.end_headers()
        if not body:
            return
        kind = type(self)
        kind.starts.append(begin)
        if kind.break_off_at is not None:
            data, kind.break_off_at = data[: kind.break_off_at], None
        if kind.damage:
            data = b"?" + data[1:]
        self.wfile.write(data)


@pytest.fixture
def hub() -> Iterator[tuple[str, type[Hub]]]:
    kind = type("OneHub", (Hub,), {"starts": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", kind
    server.shutdown()
    thread.join()


def gait(*arguments: str, endpoint: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "PYTHONPATH": str(ROOT)
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "gait", *arguments], env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.torch
def test_pull_tells_the_size_and_the_license_and_the_list_shows_it(hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    done = gait("models", "pull", "0.4b", endpoint=hub[0], home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "0.03 GB from huggingface.co/facebook/sapiens2-pose-0.4b" in done.stderr
    assert "Sapiens2 License" in done.stderr
    assert hashlib.sha256(CONTENT).hexdigest() in done.stdout
    listed = gait("models", endpoint="http://127.0.0.1:9", home=tmp_path)
    row = next(line for line in listed.stdout.splitlines() if line.startswith("sapiens2-0.4b"))
    assert "cached" in row
    again = gait("models", "pull", "sapiens2-0.4b", endpoint="http://127.0.0.1:9", home=tmp_path)
    assert again.returncode == 0
    assert "already here" in again.stdout


@pytest.mark.torch
def test_a_broken_download_goes_on_where_it_stopped(hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    endpoint, kind = hub
    kind.break_off_at = 25_000_000
    gait("models", "pull", "0.4b", endpoint=endpoint, home=tmp_path)
    done = gait("models", "pull", "0.4b", endpoint=endpoint, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert hashlib.sha256(CONTENT).hexdigest() in done.stdout
    assert kind.starts[0] == 0
    assert kind.starts[-1] > 0


@pytest.mark.torch
def test_a_damaged_file_is_not_kept(hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    endpoint, kind = hub
    kind.damage = True
    done = gait("models", "pull", "0.4b", endpoint=endpoint, home=tmp_path)
    assert done.returncode == 5
    assert "damaged" in done.stderr
    listed = gait("models", endpoint=endpoint, home=tmp_path)
    assert "sapiens2-0.4b      downloadable" in listed.stdout
    assert "sapiens2-seg-0.4b  downloadable" in listed.stdout


@pytest.mark.torch
def test_without_a_network_it_says_what_to_do(tmp_path: Path) -> None:
    # Nobody listens on this port.
    done = gait("models", "pull", "1b", endpoint="http://127.0.0.1:9", home=tmp_path)
    assert done.returncode == 5
    assert "gait models pull sapiens2-1b" in done.stderr
    assert "--model" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.torch
def test_a_run_that_lacks_the_weights_for_the_outline_says_what_to_do(tmp_path: Path) -> None:
    video, pose = ROOT / "sample_videos" / "side_walk.mp4", ROOT / "tests" / "models" / "sapiens2_tiny_pose.safetensors"
    command = ("run", str(video), "--model", str(pose), "--segment", "-o", str(tmp_path))
    done = gait(*command, endpoint="http://127.0.0.1:9", home=tmp_path)
    assert done.returncode == 5, done.stderr
    assert "gait models pull sapiens2-seg-0.4b" in done.stderr
    assert "--segment-model" in done.stderr
    assert len(done.stderr.splitlines()) == 1
