"""Where the weights of YOLO are: on this machine, or on the release page of their makers.

They are pickles. ultralytics reads them in a restricted way, in which only its own classes and those of torch are made.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from urllib.request import urlopen
from zipfile import is_zipfile

from gait.errors import InputError, ModelUnavailableError
from gait.weights import INSTALL, Available, State, Tell, cache_folder, first_sentence, keep

NAME = "yolo26n"
FILE = f"{NAME}.pt"
URL = f"https://github.com/ultralytics/assets/releases/download/v8.4.0/{FILE}"
SIZE_BYTES = 5_500_000
"""From the number of parameters, two bytes each."""

LICENSE = "AGPL-3.0, https://ultralytics.com/license"
PACKAGES = ("torch", "torchvision", "ultralytics")

_PATIENCE_S = 20.0


def is_installed() -> bool:
    """Whether everything that YOLO needs is installed; nothing is imported."""
    return all(importlib.util.find_spec(package) is not None for package in PACKAGES)


def cached() -> Path | None:
    """Return the weights in the cache of this program, or None."""
    file = cache_folder() / FILE
    return file if file.is_file() else None


def is_ready() -> bool:
    """Whether YOLO can be used on this machine as it is."""
    return is_installed() and cached() is not None


def available() -> Available:
    """Return the state of the published weights; nothing is loaded, and nobody is asked over the network."""
    state: State = "not installed"
    note, file = 'pip install "gait[sapiens2]"', cached()
    if is_installed():
        state = "downloadable" if file is None else "cached"
        note = "github.com/ultralytics/assets" if file is None else str(file)
    size = SIZE_BYTES if file is None else file.stat().st_size
    return Available(name=NAME, state=state, size_bytes=size, note=f"person detector; {note}")


def locate(name: str) -> Path:
    """Return the file of weights that `--detector` means: a path, or "yolo" for the published ones.

    Raises
    ------
    ModelUnavailableError
        A package is missing, or the file is not here. Nothing is fetched.
    InputError
        There is something else.
    """
    if not is_installed():
        raise ModelUnavailableError("The person detector YOLO is not installed.", INSTALL)
    if name != "yolo":
        path = Path(name)
        if not path.is_file():
            raise ModelUnavailableError(f"--detector {name}: there is no such file of weights.")
        return _checked(path)
    file = cached()
    if file is None:
        raise ModelUnavailableError(
            f"The weights of the person detector YOLO ({FILE}) are not on this machine.",
            f"Run: gait models pull {NAME}; or give the path of a copy with --detector; or use --detector blazepose.",
        )
    return _checked(file)


def _checked(path: Path) -> Path:
    if not is_zipfile(path):
        raise InputError(f"{path}: is not a file of YOLO weights (.pt).")
    return path


def fetch(tell: Tell | None = None, url: str = URL) -> Path:
    """Fetch the published weights into the cache; the license is told first.

    Parameters
    ----------
    tell : callable, optional
        Told what is fetched.
    url : str

    Returns
    -------
    Path
        The file; at once if it is cached.

    Raises
    ------
    ModelUnavailableError
        The file is neither here nor can it be fetched.
    """
    present = cached()
    if present is not None:
        return present
    if tell is not None:
        tell(f"Fetching {NAME}: about {SIZE_BYTES / 1e6:.0f} MB from {url}. License: {LICENSE}.")
    path = cache_folder() / FILE
    try:
        with urlopen(url, timeout=_PATIENCE_S) as answer:
            stated = answer.headers.get("Content-Length")
            keep(answer, path, lambda part: is_zipfile(part) and stated in (None, str(part.stat().st_size)))
    except (OSError, ValueError) as error:
        raise ModelUnavailableError(
            f"{NAME} is not on this machine and cannot be fetched ({first_sentence(error)}).",
            f"Connect to the internet and run: gait models pull {NAME}; or copy {FILE} here from another machine and "
            "give its path with --detector; or use --detector blazepose.",
        ) from error
    return path
