"""BlazePose's weights, fetched into the cache where no installed wheel of mediapipe has them.

mediapipe does not install everywhere, but a wheel of it can be fetched everywhere: from the package index that pip is
set up for, and only the weights in it are kept. The heavy network is in no wheel: it comes from where mediapipe itself
gets it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import IO
from urllib.request import urlopen

from gait.errors import ModelUnavailableError
from gait.litert import FILES, cached_file, is_installed, weights_file
from gait.weights import Available, State, Tell, first_sentence, keep, sha256_of

LICENSE = "Apache License 2.0"
NETWORKS = {"blazepose": ("detector", "full"), "blazepose-heavy": ("detector", "heavy")}
"""What each of the two models runs; the last is the network for the joints."""

SHA256 = {
    "detector": "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    "full": "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    "heavy": "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
}
SIZE_BYTES = {"detector": 2_959_046, "full": 6_440_512, "heavy": 27_709_200}

WHEEL = "mediapipe==0.10.21"
WHEEL_MB = 36
HEAVY_URL = "https://storage.googleapis.com/mediapipe-assets/pose_landmark_heavy.tflite"

# The weights are the same in the wheels for all machines.
_ONE_WHEEL = ["--python-version=3.12", "--implementation=cp", "--abi=cp312", "--platform=manylinux_2_28_x86_64"]
_PATIENCE_S = 20.0


def available() -> list[Available]:
    """Return both models and their state; nothing is loaded, and nobody is asked over the network."""
    return [_available(name) for name in NETWORKS]


def _available(name: str) -> Available:
    files = [weights_file(network) for network in NETWORKS[name]]
    joints = NETWORKS[name][-1]
    state: State = "not installed"
    note = 'pip install "gait[blazepose]"'
    if is_installed():
        if None in files:
            state, note = "downloadable", "in the wheel of mediapipe" if joints == "full" else HEAVY_URL.split("/")[2]
        elif files[-1] == cached_file(joints):
            state, note = "cached", str(files[-1])
        else:
            state, note = "installed", "comes with mediapipe"
    size = sum(SIZE_BYTES[network] for network in NETWORKS[name])
    return Available(name=name, state=state, size_bytes=size, note=f"runs on the CPU; {LICENSE}; {note}")


def is_here(name: str) -> bool:
    """Whether all weights of a model are on this machine."""
    return all(weights_file(network) is not None for network in NETWORKS[name])


def fetch(name: str, tell: Tell | None = None, url: str = HEAVY_URL) -> tuple[Path, ...]:
    """Fetch the weights of a model into the cache; the size and the license are told first.

    Parameters
    ----------
    name : str
        One of `NETWORKS`.
    tell : callable, optional
        Told what is fetched.
    url : str
        Where the heavy network is.

    Returns
    -------
    tuple of Path
        One file per network; at once if they are here.

    Raises
    ------
    ModelUnavailableError
        A file is neither here nor can it be fetched, or it is not the one that its makers published.
    """
    for network in NETWORKS[name]:
        if weights_file(network) is not None:
            continue
        try:
            if network == "heavy":
                with urlopen(url, timeout=_PATIENCE_S) as answer:
                    _tell(tell, name, f"{SIZE_BYTES[network] / 1e6:.0f} MB from {url}")
                    _keep(answer, network)
            else:
                _tell(tell, name, f"{WHEEL_MB} MB, the wheel {WHEEL} from the package index")
                _fetch_wheel()
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            lacking = [cached_file(each) for each in NETWORKS[name] if weights_file(each) is None]
            raise ModelUnavailableError(
                f"{name} is not on this machine and cannot be fetched ({first_sentence(error)}).",
                f"Connect to the internet and run: gait models pull {name}; or copy "
                f"{' and '.join(file.name for file in lacking)} from another machine to {lacking[0].parent}.",
            ) from error
    return tuple(weights_file(network) or cached_file(network) for network in NETWORKS[name])


def _tell(tell: Tell | None, name: str, what: str) -> None:
    if tell is not None:
        tell(f"Fetching {name}: {what}. License: {LICENSE}.")


def _fetch_wheel() -> None:
    """Take the detector and the full network out of a wheel, which pip fetches."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", WHEEL, "--no-deps", "--only-binary=:all:", *_ONE_WHEEL]
        quietly = ["--dest", folder, "--quiet", "--no-input", "--disable-pip-version-check", "--retries", "1"]
        done = subprocess.run([*command, *quietly], capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip().splitlines()[-1:] or ["pip failed"]
            raise OSError(f"pip: {said[0].removeprefix('ERROR: ')}")
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for network in NETWORKS["blazepose"]:
                with archive.open(f"mediapipe/modules/{FILES[network]}") as inside:
                    _keep(inside, network)


def _keep(content: IO[bytes], network: str) -> None:
    """Put weights into the cache if they are those that were published."""
    keep(content, cached_file(network), lambda part: sha256_of((part,)) == SHA256[network])
