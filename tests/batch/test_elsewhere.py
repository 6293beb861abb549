"""Recordings in, and results out, of an S3-compatible server on this machine."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gait.batch.places import Scratch, find_videos, stamp
from gait.errors import InputError, UsageError
from gait.library.store import Store, file_system, is_url
from tests.batch.conftest import Gait
from tests.small_clips import write_config

BUCKET = "s3://recordings"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server; fsspec keeps its connection to it for as long as this process lives."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """An empty bucket; every process that the test starts finds the server by its environment."""
    s3fs = pytest.importorskip("s3fs")
    urllib.request.urlopen(urllib.request.Request(f"{server}/moto-api/reset", method="POST")).close()
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    system = s3fs.S3FileSystem(use_listings_cache=False)
    system.mkdir("recordings")
    return system


def test_a_bucket_in_and_a_bucket_out(
    gait: Gait, s3: Any, all_clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time nothing is done; new settings fetch the joints and no video; nothing stays on this machine."""
    for clip in all_clips[:2]:
        s3.put_file(str(clip), f"recordings/in/{clip.name.upper()}")
    s3.pipe_file("recordings/in/notes.txt", b"no video")
    config = write_config(tmp_path / "cheap.yaml")
    arguments = ("batch", f"{BUCKET}/in", "-o", f"{BUCKET}/library", "--scratch", "scratch", "--config")
    done = gait(*arguments, config, "--workers", "1")
    assert "2 recordings measured" in done.stdout
    there = s3.find("recordings/library")
    assert sum(path.endswith("/recording.json") for path in there) == 2
    assert {"index.html", "measures.parquet", "recordings.csv", "ledger.sqlite"} <= {p.split("/", 2)[2] for p in there}
    assert list((tmp_path / "scratch").iterdir()) == []
    assert "0 recordings measured, 2 were done before" in gait(*arguments, config).stdout

    # Another machine, which has no ledger.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other cache"))
    s3.rm("recordings/library/ledger.sqlite")
    assert "2 were done before" in gait(*arguments, config).stdout
    taller = write_config(tmp_path / "taller.yaml", analysis={"scale": {"height_m": 1.7}})
    done = gait(*arguments, taller, "--log", "json")
    assert done.stdout.count('"made": ["analysis", "report"]') == 2
    (measures,) = [p for p in s3.find("recordings/library") if p.endswith("library/measures.csv")]
    assert ',"m/s",' in s3.cat_file(measures).decode()


def test_videos_are_found_in_any_letter_case_with_their_size_and_version(s3: Any) -> None:
    for name in ("a.MP4", "deep/er/b.mov", "c.txt", ".hidden.mp4"):
        s3.pipe_file(f"recordings/{name}", b"12345")
    found = list(find_videos(BUCKET))
    assert [(path, size) for path, size, _ in found] == [(f"{BUCKET}/a.MP4", 5), (f"{BUCKET}/deep/er/b.mov", 5)]
    assert stamp(found[0][0]) == found[0][1:]
    s3.pipe_file("recordings/a.MP4", b"54321")
    assert stamp(f"{BUCKET}/a.MP4") != found[0][1:]


def test_one_fetched_file_is_held_at_a_time(s3: Any, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        s3.pipe_file(f"recordings/{name}", name.encode())
    (tmp_path / "scratch").mkdir()
    scratch = Scratch(str(tmp_path / "scratch"))
    for name in ("a.mp4", "b.mp4"):
        assert scratch.bring(f"{BUCKET}/{name}").read_bytes() == name.encode()
        assert len(list((tmp_path / "scratch").rglob("*.mp4"))) == 1
    scratch.clear()
    assert list((tmp_path / "scratch").iterdir()) == []
    with pytest.raises(InputError, match="no such file"):
        scratch.bring(f"{BUCKET}/none.mp4")


def test_a_result_is_there_when_its_card_is(s3: Any, tmp_path: Path) -> None:
    folder = tmp_path / "recordings" / "walk"
    folder.mkdir(parents=True)
    store = Store(f"{BUCKET}/library")
    assert store.folders() == set()
    (folder / "old.txt").write_text("old")
    store.put_folder("recordings/walk", tmp_path)
    assert store.folders() == set()
    (folder / "recording.json").write_text("{}")
    (folder / "old.txt").unlink()
    store.put_folder("recordings/walk", tmp_path)
    assert store.folders() == {"recordings/walk"}
    store.fetch_folder("recordings/walk", tmp_path / "again")
    assert [path.name for path in (tmp_path / "again/recordings/walk").iterdir()] == ["recording.json"]


def test_what_is_a_url_and_what_is_not() -> None:
    assert is_url("s3://bucket/x") and is_url("sftp://host/x")
    assert not any(map(is_url, ("/a/b.mp4", "C:\\walks\\a.mp4", "C:/walks", "file:///a", "a b.mp4")))
    with pytest.raises(UsageError, match="nonsense"):
        file_system("nonsense://x")
