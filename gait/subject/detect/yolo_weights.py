"""Where the weights of YOLO are: on this machine, or on the release page of their makers.

They are pickles, which can hold programs. The published ones are used only if their SHA-256 is the published one; every
file, also one that a user names, is read by torch's `weights_only`, which makes known classes alone and runs nothing.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from zipfile import is_zipfile

from gait.errors import InputError, ModelUnavailableError
from gait.weights import INSTALL, Available, Published, State, Tell, cache_folder, cannot_be_fetched, fetch_into

NAME = "yolo26n"
PUBLISHED = Published(
    file=f"{NAME}.pt",
    url=f"https://github.com/ultralytics/assets/releases/download/v8.4.0/{NAME}.pt",
    sha256="9b09cc8bf347f0fc8a5f7657480587f25db09b34bf33b0652110fb03a8ad4fef",
    size_bytes=5_500_000,
)
"""The size is rounded: from the number of parameters, two bytes each."""

LICENSE = "AGPL-3.0, https://ultralytics.com/license"
PACKAGES = ("torch", "torchvision", "ultralytics")


def is_installed() -> bool:
    """Whether everything that YOLO needs is installed; nothing is imported."""
    return all(importlib.util.find_spec(package) is not None for package in PACKAGES)


def cached() -> Path | None:
    """Return the weights in the cache of this program, or None."""
    file = cache_folder() / PUBLISHED.file
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
    size = PUBLISHED.size_bytes if file is None else file.stat().st_size
    return Available(name=NAME, state=state, size_bytes=size, note=f"person detector; {note}")


def locate(name: str) -> Path:
    """Return the file of weights that `--detector` means: a path, or "yolo" for the published ones.

    Raises
    ------
    ModelUnavailableError
        A package is missing, or the file is not here, or is another one than was published. Nothing is fetched.
    InputError
        There is something else.
    """
    if not is_installed():
        raise ModelUnavailableError("The person detector YOLO is not installed.", INSTALL)
    if name != "yolo":
        path = Path(name)
        if not path.is_file():
            raise ModelUnavailableError(f"--detector {name}: there is no such file of weights.")
        if not is_zipfile(path):
            raise InputError(f"{path}: is not a file of YOLO weights (.pt).")
        return path
    file = cached()
    if file is None:
        raise ModelUnavailableError(
            f"The weights of the person detector YOLO ({PUBLISHED.file}) are not on this machine.",
            f"Run: gait models pull {NAME}; or give the path of a copy with --detector; or use --detector blazepose.",
        )
    return PUBLISHED.checked(file)


def fetch(tell: Tell | None = None) -> Path:
    """Fetch the published weights into the cache; the license is told first.

    Parameters
    ----------
    tell : callable, optional
        Told what is fetched.

    Returns
    -------
    Path
        The file; at once if it is cached.

    Raises
    ------
    ModelUnavailableError
        The file is neither here nor can it be fetched, or it is not the one that its makers published.
    """
    present = cached()
    if present is not None:
        return present
    if tell is not None:
        tell(f"Fetching {NAME}: about {PUBLISHED.size_bytes / 1e6:.0f} MB from {PUBLISHED.url}. License: {LICENSE}.")
    try:
        return fetch_into(cache_folder() / PUBLISHED.file, PUBLISHED)
    except OSError as error:
        instead = f"copy {PUBLISHED.file} to {cache_folder()} from another machine; or use --detector blazepose"
        raise cannot_be_fetched(NAME, error, instead) from error
