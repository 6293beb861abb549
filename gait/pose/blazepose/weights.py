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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gait.litert import MODELS, PUBLISHED, WHEEL, cached_file, is_installed, weights_file
from gait.weights import Available, State, Tell, cannot_be_fetched, fetch_into

LICENSE = "Apache License 2.0"
NAMES = tuple(MODELS)
WHEEL_MB = 36

# The weights are the same in the wheels for all machines.
_ONE_WHEEL = ["--python-version=3.12", "--implementation=cp", "--abi=cp312", "--platform=manylinux_2_28_x86_64"]


def available() -> list[Available]:
    """Return both models and their state; nothing is loaded, and nobody is asked over the network."""
    return [_available(name) for name in NAMES]


def _available(name: str) -> Available:
    files = [weights_file(network) for network in MODELS[name]]
    joints = MODELS[name][-1]
    state: State = "not installed"
    note = 'pip install "gait[blazepose]"'
    if is_installed():
        if None in files:
            url = PUBLISHED[joints].url
            state, note = "downloadable", "in the wheel of mediapipe" if url == WHEEL else url.split("/")[2]
        elif files[-1] == cached_file(joints):
            state, note = "cached", str(files[-1])
        else:
            state, note = "installed", "comes with mediapipe"
    size = sum(PUBLISHED[network].size_bytes for network in MODELS[name])
    return Available(name=name, state=state, size_bytes=size, note=f"runs on the CPU; {LICENSE}; {note}")


def is_here(name: str) -> bool:
    """Whether all weights of a model are on this machine."""
    return all(weights_file(network) is not None for network in MODELS[name])


def fetch(name: str, tell: Tell | None = None) -> tuple[Path, ...]:
    """Fetch the weights of a model into the cache; the size and the license are told first.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    tell : callable, optional
        Told what is fetched.

    Returns
    -------
    tuple of Path
        One file per network; at once if they are here.

    Raises
    ------
    ModelUnavailableError
        A file is neither here nor can it be fetched, or it is not the one that its makers published.
    """
    lacking = [network for network in MODELS[name] if weights_file(network) is None]
    in_wheel = [network for network in lacking if PUBLISHED[network].url == WHEEL]
    try:
        if in_wheel:
            _tell(tell, name, f"{WHEEL_MB} MB, the wheel {WHEEL} from the package index")
            with _wheel() as archive:
                for network in in_wheel:
                    member = f"mediapipe/modules/{PUBLISHED[network].file}"
                    _keep(network, lambda _url, file, _pooch, m=member: Path(file).write_bytes(archive.read(m)))
        for network in sorted(set(lacking) - set(in_wheel)):
            published = PUBLISHED[network]
            _tell(tell, name, f"{published.size_bytes / 1e6:.0f} MB from {published.url}")
            _keep(network)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        still = [cached_file(each) for each in MODELS[name] if weights_file(each) is None]
        names = " and ".join(file.name for file in still)
        raise cannot_be_fetched(name, error, f"copy {names} from another machine to {still[0].parent}") from error
    return tuple(weights_file(network) or cached_file(network) for network in MODELS[name])


def _tell(tell: Tell | None, name: str, what: str) -> None:
    if tell is not None:
        tell(f"Fetching {name}: {what}. License: {LICENSE}.")


def _keep(network: str, get: Any = None) -> None:
    fetch_into(cached_file(network), PUBLISHED[network], get)


@contextmanager
def _wheel() -> Iterator[zipfile.ZipFile]:
    """Yield a wheel of mediapipe, which pip fetches."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", WHEEL, "--no-deps", "--only-binary=:all:", *_ONE_WHEEL]
        quietly = ["--dest", folder, "--quiet", "--no-input", "--disable-pip-version-check", "--retries", "1"]
        done = subprocess.run([*command, *quietly], capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip().splitlines()[-1:] or ["pip failed"]
            raise OSError(f"pip: {said[0].removeprefix('ERROR: ')}")
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            yield archive
