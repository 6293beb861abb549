"""Nothing leaves the machine: the commands that measure open no socket to any network.

Python tells of every socket before it is made; in a network namespace without any network, where one may be made, what
is written in C finds nothing either.
"""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.pictures import photograph
from tests.hostile.tables import parquet
from tests.hostile.videos import SAMPLES
from tests.needs import need_blazepose

WATCHED = """
import json, socket, sys
tried = []
def watch(event, args):
    if event == "socket.__new__" and args[1] in (socket.AF_INET, socket.AF_INET6):
        tried.append([event, int(args[1])])
        raise OSError("no network here")
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        tried.append([event, str(args[0])])
        raise OSError("no network here")
sys.addaudithook(watch)
code = 0
try:
    exec(sys.argv[1])
except SystemExit as end:
    code = end.code
print("TRIED " + json.dumps([code, tried]))
"""


@functools.cache
def without_network() -> tuple[str, ...]:
    """What runs a command in a network namespace of its own; nothing where that is not allowed."""
    unshare = shutil.which("unshare")
    command = (unshare or "", "-rn")
    allowed = unshare and subprocess.run([*command, "true"], check=False, capture_output=True).returncode == 0
    return command if allowed else ()


def watched(code: str, folder: Path) -> tuple[int, list[object]]:
    """Run some Python with a watch on sockets; return the exit code and what was tried."""
    done = subprocess.run(
        [*without_network(), sys.executable, "-c", WATCHED, code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in done.stdout.splitlines() if line.startswith("TRIED ")]
    assert told, done.stderr
    exit_code, tried = json.loads(told[0].removeprefix("TRIED "))
    return exit_code, tried


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "walk.mp4", "--end", "1.5"],
        ["analyze", "k.parquet", "--age", "70", "--sex", "f", "--fall-screen"],
        ["photo", "p.jpg"],
        ["models"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_measuring_tries_no_connection(tmp_path: Path, arguments: list[str]) -> None:
    need_blazepose()
    shutil.copy(SAMPLES / "side_walk.mp4", tmp_path / "walk.mp4")
    (tmp_path / "k.parquet").write_bytes(parquet())
    (tmp_path / "p.jpg").write_bytes(photograph(".jpg"))
    code, tried = watched(f"from gait.cli import main; main({arguments!r})", tmp_path)
    assert code in (0, 4)
    assert tried == []


@pytest.mark.parametrize(
    "code",
    ["import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=1)",
     "import socket; socket.create_connection(('localhost', 9), 1)"],
)  # fmt: skip
def test_the_watch_sees_what_it_watches_for(tmp_path: Path, code: str) -> None:
    _, tried = watched(f"try:\n {code}\nexcept OSError: pass", tmp_path)
    assert tried


def test_a_playlist_of_the_network_is_not_followed(tmp_path: Path) -> None:
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\nhttp://192.0.2.1/a.ts\n#EXT-X-ENDLIST\n"
    (tmp_path / "walk.mp4").write_text(text)
    code, tried = watched("from gait.cli import main; main(['run', 'walk.mp4'])", tmp_path)
    assert (code, tried) == (3, [])
