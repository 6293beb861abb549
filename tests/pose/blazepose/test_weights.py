"""Fetching BlazePose's weights, out of a wheel that pip finds and over the network: only what was published is kept."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from gait import litert
from gait.errors import ModelUnavailableError
from gait.hashing import sha256_of
from gait.litert import MODELS, PUBLISHED
from gait.pose.blazepose import weights as blazepose_weights
from gait.pose.blazepose.weights import available, fetch
from gait.weights import Published
from tests.needs import NO_HEAVY
from tests.served import served

ROOT = Path(__file__).parents[3]
CONTENT = {network: network.encode() * 1000 for network in PUBLISHED}
"""Stands for the weights."""

REAL = dict(PUBLISHED)
HERE = {network: litert.weights_file(network) for network in PUBLISHED}


@pytest.fixture(autouse=True)
def _machine_without_mediapipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache, no wheel of mediapipe, LiteRT installed, and other weights than the real ones published."""

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for module in (litert, blazepose_weights):
        monkeypatch.setattr(module, "weights_file", in_cache)
        monkeypatch.setattr(module, "is_installed", lambda: True)
    for network, content in CONTENT.items():
        monkeypatch.setitem(PUBLISHED, network, published(network, content))


def in_cache(network: str) -> Path | None:
    file = litert.cached_file(network)
    return file if PUBLISHED[network].has_size(file) else None


def published(network: str, content: bytes, **changed: str) -> Published:
    digest = hashlib.sha256(content).hexdigest()
    return replace(PUBLISHED[network], sha256=digest, size_bytes=len(content), **changed)


def only_wheels_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set pip up so that it looks nowhere else."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))


def wheel(folder: Path, content: dict[str, bytes]) -> None:
    """Write a wheel as that of mediapipe, with these networks."""
    folder.mkdir()
    info = "mediapipe-0.10.21.dist-info"
    with zipfile.ZipFile(folder / "mediapipe-0.10.21-cp312-cp312-manylinux_2_28_x86_64.whl", "w") as archive:
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: mediapipe\nVersion: 0.10.21\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: cp312-cp312-manylinux_2_28_x86_64\n")
        archive.writestr(f"{info}/RECORD", "")
        for network, data in content.items():
            archive.writestr(f"mediapipe/modules/{PUBLISHED[network].file}", data)


def states() -> dict[str, str]:
    return {model.name: model.state for model in available()}


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_detector_and_joints_come_out_of_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(tmp_path / "wheels", CONTENT)
    only_wheels_in(tmp_path / "wheels", monkeypatch)
    assert states() == {"blazepose": "downloadable", "blazepose-heavy": "downloadable"}
    said: list[str] = []
    files = fetch("blazepose", said.append)
    assert [file.read_bytes() for file in files] == [CONTENT["detector"], CONTENT["full"]]
    assert left_in(tmp_path / "cache") == ["pose_detection.tflite", "pose_landmark_full.tflite"]
    assert len(said) == 1
    assert "36 MB" in said[0]
    assert "Apache" in said[0]
    assert states() == {"blazepose": "cached", "blazepose-heavy": "downloadable"}
    # The second time nobody is asked.
    only_wheels_in(tmp_path / "nowhere", monkeypatch)
    assert fetch("blazepose", said.append) == files
    assert len(said) == 1


def heavy_from(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the heavy network be published at this address."""
    monkeypatch.setitem(PUBLISHED, "heavy", published("heavy", CONTENT["heavy"], url=url))


def test_the_heavy_network_is_fetched_beside_the_detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(tmp_path / "wheels", CONTENT)
    only_wheels_in(tmp_path / "wheels", monkeypatch)
    said: list[str] = []
    with served({"heavy.tflite": CONTENT["heavy"]}) as page:
        heavy_from(f"{page.url}/heavy.tflite", monkeypatch)
        files = fetch("blazepose-heavy", said.append)
    assert [file.read_bytes() for file in files] == [CONTENT["detector"], CONTENT["heavy"]]
    assert "heavy.tflite" in said[-1]
    assert states() == {"blazepose": "downloadable", "blazepose-heavy": "cached"}


def test_other_weights_than_those_published_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(tmp_path / "wheels", {**CONTENT, "detector": b"something else"})
    only_wheels_in(tmp_path / "wheels", monkeypatch)
    with pytest.raises(ModelUnavailableError, match=r"pose_detection\.tflite arrived damaged"):
        fetch("blazepose")
    assert left_in(tmp_path / "cache") == []
    litert.cached_file("detector").write_bytes(CONTENT["detector"])
    with served({"heavy.tflite": CONTENT["heavy"][:-1] + b"!"}) as page:
        heavy_from(f"{page.url}/heavy.tflite", monkeypatch)
        with pytest.raises(ModelUnavailableError, match=r"pose_landmark_heavy\.tflite arrived damaged"):
            fetch("blazepose-heavy")
    assert left_in(tmp_path / "cache") == ["pose_detection.tflite"]


@pytest.mark.parametrize(("network", "model"), [("full", "blazepose"), ("heavy", "blazepose-heavy")])
def test_weights_that_are_not_here_are_named_with_the_command_that_fetches_them(network: str, model: str) -> None:
    with pytest.raises(ModelUnavailableError, match=rf"pose_landmark_{network}\.tflite.*gait models pull {model}\.$"):
        litert.need(network)


def test_without_litert_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(litert, "is_installed", lambda: False)
    with pytest.raises(ModelUnavailableError, match=r"LiteRT.*pip install") as caught:
        litert.Network("full")
    assert caught.value.exit_code == 5


def test_weights_that_were_changed_on_this_machine_are_not_used() -> None:
    file = litert.cached_file("full")
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT["full"][:-1] + b"!")
    with pytest.raises(ModelUnavailableError, match=r"pose_landmark_full\.tflite: is damaged, or not"):
        litert.Network("full")


@pytest.mark.parametrize("content", [None, {}, {"detector": CONTENT["detector"]}])
def test_without_a_wheel_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: dict[str, bytes] | None
) -> None:
    if content is not None:
        wheel(tmp_path / "wheels", content)
    only_wheels_in(tmp_path / "wheels", monkeypatch)
    with pytest.raises(ModelUnavailableError, match="gait models pull blazepose; or copy"):
        fetch("blazepose")


def gait(*arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    # Nobody listens on this port.
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "no_proxy": "", "NO_PROXY": ""}
    environment = os.environ | nowhere | {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "gait", *arguments], env=environment, capture_output=True, text=True, timeout=60
    )


def test_without_a_network_there_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "gait" / "blazepose" / "pose_detection.tflite"
    file.parent.mkdir(parents=True)
    with file.open("wb") as detector:
        detector.truncate(REAL["detector"].size_bytes)
    done = gait("models", "pull", "blazepose-heavy", cache=tmp_path)
    assert done.returncode == 5, done.stderr
    *_, sentence = done.stderr.splitlines()
    assert "gait models pull blazepose-heavy" in sentence
    assert "copy pose_landmark_heavy.tflite" in sentence


def test_both_are_listed_with_their_size_and_license(tmp_path: Path) -> None:
    done = gait("models", cache=tmp_path)
    rows = [line for line in done.stdout.splitlines() if line.startswith("blazepose")]
    assert [row.split()[0] for row in rows] == list(MODELS)
    assert all("GB" in row for row in rows)


def test_nothing_to_fetch_names_what_there_is(tmp_path: Path) -> None:
    done = gait("models", "pull", "openpose", cache=tmp_path)
    assert done.returncode == 2
    assert "blazepose-heavy, sapiens2-0.4b" in done.stderr


@pytest.mark.parametrize("network", REAL)
def test_what_the_installed_wheel_carries_is_what_was_published(network: str) -> None:
    file = HERE[network]
    if file is None:
        pytest.skip(NO_HEAVY if network == "heavy" else "BlazePose's weights are not here")
    assert sha256_of(file) == REAL[network].sha256
