"""Fetching BlazePose's weights, out of a wheel that pip finds and over the network: only what was published is kept."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gait import litert
from gait.errors import ModelUnavailableError
from gait.pose import blazepose_weights
from gait.pose.blazepose_weights import NETWORKS, SHA256, available, fetch
from gait.weights import sha256_of

ROOT = Path(__file__).parents[2]
CONTENT = {network: network.encode() * 1000 for network in SHA256}
"""Stands for the weights."""


@pytest.fixture(autouse=True)
def _machine_without_mediapipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache, no wheel of mediapipe, LiteRT installed, and other weights than the real ones published."""

    def found(network: str) -> Path | None:
        file = litert.cached_file(network)
        return file if file.is_file() else None

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(blazepose_weights, "weights_file", found)
    monkeypatch.setattr(blazepose_weights, "is_installed", lambda: True)
    published = {network: hashlib.sha256(content).hexdigest() for network, content in CONTENT.items()}
    monkeypatch.setattr(blazepose_weights, "SHA256", published)


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
            archive.writestr(f"mediapipe/modules/{litert.FILES[network]}", data)


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


def test_the_heavy_network_is_fetched_beside_the_detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(tmp_path / "wheels", CONTENT)
    only_wheels_in(tmp_path / "wheels", monkeypatch)
    (tmp_path / "heavy").write_bytes(CONTENT["heavy"])
    said: list[str] = []
    files = fetch("blazepose-heavy", said.append, url=(tmp_path / "heavy").as_uri())
    assert [file.read_bytes() for file in files] == [CONTENT["detector"], CONTENT["heavy"]]
    assert "28 MB" in said[-1]
    assert states() == {"blazepose": "cached", "blazepose-heavy": "cached"}


def test_other_weights_than_those_published_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(tmp_path / "wheels", {**CONTENT, "detector": b"something else"})
    only_wheels_in(tmp_path / "wheels", monkeypatch)
    with pytest.raises(ModelUnavailableError, match=r"pose_detection\.tflite arrived damaged"):
        fetch("blazepose")
    assert left_in(tmp_path / "cache") == []
    litert.cached_file("detector").write_bytes(CONTENT["detector"])
    (tmp_path / "heavy").write_bytes(CONTENT["heavy"][:-1])
    with pytest.raises(ModelUnavailableError, match=r"pose_landmark_heavy\.tflite arrived damaged"):
        fetch("blazepose-heavy", url=(tmp_path / "heavy").as_uri())
    assert left_in(tmp_path / "cache") == ["pose_detection.tflite"]


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
    file.write_bytes(b"the detector is here")
    done = gait("models", "pull", "blazepose-heavy", cache=tmp_path)
    assert done.returncode == 5, done.stderr
    (sentence,) = done.stderr.splitlines()
    assert "gait models pull blazepose-heavy" in sentence
    assert "copy pose_landmark_heavy.tflite" in sentence


def test_both_are_listed_with_their_size_and_license(tmp_path: Path) -> None:
    done = gait("models", cache=tmp_path)
    rows = [line for line in done.stdout.splitlines() if line.startswith("blazepose")]
    assert [row.split()[0] for row in rows] == list(NETWORKS)
    assert all("GB" in row for row in rows)


def test_nothing_to_fetch_names_what_there_is(tmp_path: Path) -> None:
    done = gait("models", "pull", "openpose", cache=tmp_path)
    assert done.returncode == 2
    assert "blazepose-heavy, sapiens2-0.4b" in done.stderr


@pytest.mark.parametrize("network", SHA256)
def test_what_the_installed_wheel_carries_is_what_was_published(network: str) -> None:
    file = litert.weights_file(network)
    if file is None:
        pytest.skip("these weights are not here")
    assert sha256_of((file,)) == SHA256[network]
    assert file.stat().st_size == blazepose_weights.SIZE_BYTES[network]
