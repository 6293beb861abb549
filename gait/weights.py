"""What the weights of all models have in common: where they are kept, how they are fetched, checked and told of."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.error import URLError

from gait.errors import ModelUnavailableError
from gait.hashing import sha256_of

State = Literal["installed", "cached", "downloadable", "not installed"]

INSTALL = 'Install it with: pip install "gait[sapiens2]".'

Tell = Callable[[str], None]
"""Called with one sentence for the user."""

_PATIENCE_S = 20.0
"""How long a server may keep silent; judgement."""


@dataclass(frozen=True, kw_only=True)
class Available:
    """One model.

    Attributes
    ----------
    name : str
    state : {"installed", "cached", "downloadable", "not installed"}
        "cached": the weights are on this machine. "not installed": the packages that run it are not.
    size_bytes : int
        Of the weights.
    note : str
        Where it is, or where it comes from.
    """

    name: str
    state: State
    size_bytes: int
    note: str


@dataclass(frozen=True, kw_only=True)
class Published:
    """One file of weights, as its makers published it.

    Attributes
    ----------
    file : str
        Its name, or its path in the archive it comes in.
    url : str
        Where it comes from: an address, or the name of the archive.
    sha256 : str
    size_bytes : int
    """

    file: str
    url: str
    sha256: str
    size_bytes: int

    def has_size(self, file: Path) -> bool:
        """Whether a file is there, and as large as the one that was published: what can be told without reading it."""
        return file.is_file() and file.stat().st_size == self.size_bytes

    def checked(self, file: Path) -> Path:
        """Return a file that is about to be used, after its hash was found to be the one that was published.

        Raises
        ------
        ModelUnavailableError
            It is another one.
        """
        if sha256_of(file) != self.sha256:
            raise ModelUnavailableError(
                f"{file}: is damaged, or not the file of weights that was published.",
                "Remove it, and fetch it again with: gait models pull.",
            )
        return file


def cache_folder() -> Path:
    """Return the folder for fetched files that have no cache of their own; it may not exist yet."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gait"


def fetch_into(file: Path, published: Published, get: Callable[[str, str, Any], None] | None = None) -> Path:
    """Fetch weights to their place, if they have the hash that was published; nobody ever sees half of them.

    Parameters
    ----------
    file : Path
    published : Published
    get : callable, optional
        Called with the address and the path to write to, where the file does not come from its address as it is.

    Raises
    ------
    OSError
        It cannot be fetched or written, or it is another file than the one that was published.
    """
    import pooch
    import requests

    pooch.get_logger().setLevel("ERROR")
    downloader = get or pooch.HTTPDownloader(timeout=_PATIENCE_S)
    try:
        pooch.retrieve(
            published.url, f"sha256:{published.sha256}", fname=file.name, path=file.parent, downloader=downloader
        )
    except requests.exceptions.ChunkedEncodingError as error:
        raise OSError("the connection broke off") from error
    except (requests.ConnectionError, requests.Timeout) as error:
        raise OSError(f"no connection to {published.url.split('/')[2]}") from error
    except ValueError as error:
        raise OSError(f"{file.name} arrived damaged, or is not the file that was published") from error
    return file


def cannot_be_fetched(name: str, error: BaseException, instead: str) -> ModelUnavailableError:
    """Return what to raise where the weights of a model are neither here nor can they be fetched."""
    return ModelUnavailableError(
        f"{name} is not on this machine and cannot be fetched ({first_sentence(error)}).",
        f"Connect to the internet and run: gait models pull {name}; or {instead}.",
    )


def first_sentence(error: BaseException) -> str:
    """Return what an error of another package says, in short."""
    if type(error) is URLError and isinstance(error.reason, Exception):
        error = error.reason
    text = " ".join(str(error).split()) or type(error).__name__
    return text.partition(". ")[0].rstrip(".")
