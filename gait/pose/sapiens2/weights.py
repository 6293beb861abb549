"""Where the weights of Sapiens2 are: on this machine, or on the Hugging Face hub. Only safetensors, no pickles."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLError
from typing import Any

from gait.errors import InputError, ModelUnavailableError
from gait.hashing import sha256_of
from gait.weights import INSTALL, Available, State, Tell, cannot_be_fetched

LICENSE = "Sapiens2 License, https://github.com/facebookresearch/sapiens2/blob/main/LICENSE.md"
FORBIDDEN = (
    "surveillance, biometric processing, inferring information on health without the consent that the law requires, "
    "and practising medicine without a licence"
)
"""What the license forbids, as far as it is near to what this program is for."""

PACKAGES = ("torch", "torchvision", "transformers", "safetensors", "huggingface_hub")

_KNOCK_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Source:
    """Weights on the hub.

    Attributes
    ----------
    name : str
        As `--model` takes it.
    repo, file : str
        On the hub.
    size_bytes : int
        From the number of parameters, four bytes each; the hub says it exactly.
    """

    name: str
    repo: str
    file: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Weights on this machine.

    Attributes
    ----------
    files : tuple of Path
    config : Path or None
        The folder with `config.json`, for a model that `transformers` saved.
    """

    files: tuple[Path, ...]
    config: Path | None = None


def _sources(kind: str, infix: str, parameters: dict[str, int]) -> dict[str, Source]:
    """Return the weights of all sizes of one kind, by name."""
    return {
        f"sapiens2-{infix}{size}": Source(
            name=f"sapiens2-{infix}{size}",
            repo=f"facebook/sapiens2-{kind}-{size}",
            file=f"sapiens2_{size}_{kind}.safetensors",
            size_bytes=4 * count,
        )
        for size, count in parameters.items()
    }


SOURCES = _sources("pose", "", {"0.4b": 425_677_364, "0.8b": 848_704_820, "1b": 1_519_780_148, "5b": 5_120_198_644})
"""The networks that find the joints."""

SEGMENTATION = _sources(
    "seg", "seg-", {"0.4b": 406_581_213, "0.8b": 827_501_277, "1b": 1_470_776_797, "5b": 5_089_501_085}
)
"""The networks that find the parts of the body."""


def is_installed() -> bool:
    """Whether everything that Sapiens2 needs is installed; nothing is imported."""
    return all(importlib.util.find_spec(package) is not None for package in PACKAGES)


def available() -> list[Available]:
    """Return every model and segmentation network and its state; nothing is loaded, and nobody is asked."""
    return [_available(source) for source in (SOURCES | SEGMENTATION).values()]


def _available(source: Source) -> Available:
    file = cached(source)
    state: State = "not installed"
    note = 'pip install "gait[sapiens2]"'
    if is_installed():
        state = "downloadable" if file is None else "cached"
        note = f"huggingface.co/{source.repo}" if file is None else str(file)
    size = source.size_bytes if file is None else file.stat().st_size
    return Available(name=source.name, state=state, size_bytes=size, note=note)


def segmentation_named(text: str) -> Source | None:
    """Return the published segmentation model that a name means ("sapiens2-seg-0.4b", "seg-0.4b"), or None."""
    size = re.sub(r"^(sapiens2[-_])?seg[-_]", "", text.lower())
    return None if size == text.lower() else SEGMENTATION.get(f"sapiens2-seg-{size}")


def source_named(text: str) -> Source | None:
    """Return the published model that a name means ("sapiens2-0.4b", "0.4B", "sapiens2_0.4b"), or None."""
    size = re.sub(r"^sapiens2[-_]", "", text.lower())
    return SOURCES.get(f"sapiens2-{size}")


def weights_at(path: Path) -> Weights:
    """Return the weights in a file or folder.

    Parameters
    ----------
    path : Path
        The single file of the original release; or a folder with one, or with a model that `transformers` saved.

    Raises
    ------
    ModelUnavailableError
        There is nothing.
    InputError
        There is something else.
    """
    if path.is_file():
        if path.suffix != ".safetensors":
            raise InputError(f"{path}: expected a .safetensors file; other kinds may hold programs and are not read.")
        return Weights(files=(path,))
    if not path.is_dir():
        raise ModelUnavailableError(
            f"{path}: there is no such file or folder of weights.", "See what there is with: gait models."
        )
    files = tuple(sorted(path.glob("*.safetensors")))
    if not files:
        raise InputError(f"{path}: holds no .safetensors file.")
    if (path / "config.json").is_file():
        # The hub's folders hold the same weights twice: as one original file, and as transformers saves them.
        saved = tuple(file for file in files if file.name.startswith("model"))
        return Weights(files=saved or files, config=path)
    if len(files) > 1:
        raise InputError(f"{path}: holds {len(files)} models; name one of the files.")
    return Weights(files=files)


def cached(source: Source) -> Path | None:
    """Return the file in the hub's cache on this machine, or None."""
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None
    found = try_to_load_from_cache(source.repo, source.file)
    return Path(found) if isinstance(found, str) else None


def fetch(source: Source, tell: Tell | None = None) -> Path:
    """Fetch weights into the hub's cache: the size is told first, a broken download goes on, the result is checked.

    They are checked against the SHA-256 that the hub states for the file; none is pinned. A safetensors file holds
    numbers alone, and no program.

    Parameters
    ----------
    source : Source
    tell : callable, optional
        Told what is fetched; when absent, there is no progress bar either.

    Returns
    -------
    Path
        The file; at once if it is cached.

    Raises
    ------
    ModelUnavailableError
        The file is neither here nor can it be fetched, or it arrived damaged.
    """
    present = cached(source)
    if present is not None:
        return present
    try:
        from huggingface_hub import hf_hub_download, hf_hub_url
        from huggingface_hub.errors import GatedRepoError
    except ImportError as error:
        raise ModelUnavailableError(f"{source.name} is not installed.", INSTALL) from error
    try:
        _knock(hf_hub_url(source.repo, source.file))
        facts = hf_hub_download(source.repo, source.file, dry_run=True)
        if tell is not None:
            size = facts.file_size / 1e9
            tell(f"Fetching {source.name}: {size:.2f} GB from huggingface.co/{source.repo}. {LICENSE}.")
            tell(f"This license forbids {FORBIDDEN}.")
        path = Path(hf_hub_download(source.repo, source.file, tqdm_class=_bar_class(shown=tell is not None)))
    except GatedRepoError as error:
        raise ModelUnavailableError(
            f"{source.name}: its makers ask you to accept their license first.",
            f"Do so at https://huggingface.co/{source.repo}, then run: hf auth login.",
        ) from error
    except Exception as error:  # the transport differs between releases of the hub's client, and so do its errors
        instead = f"copy {source.file} here from another machine and give its path with {_instead(source)}"
        raise cannot_be_fetched(source.name, error, instead) from error
    # The hub names a large file by its SHA-256, and its cache keeps the name.
    stored = path.resolve()
    if re.fullmatch(r"[0-9a-f]{64}", stored.name) and sha256_of(stored) != stored.name:
        stored.unlink()
        path.unlink(missing_ok=True)
        raise ModelUnavailableError(f"{source.name}: the file arrived damaged and was removed.", "Fetch it again.")
    return path


def _instead(source: Source) -> str:
    """Return the option that takes a path to such weights, and how to do without them."""
    if source.name in SEGMENTATION:
        return "--segment-model; or leave out --segment"
    return "--model; or use --model blazepose"


def _knock(url: str) -> None:
    """Raise at once where there is no network: the hub's client would try again and again for half a minute."""
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise OSError("HF_HUB_OFFLINE is set")
    try:
        urlopen(Request(url, method="HEAD"), timeout=_KNOCK_S).close()
    except HTTPError as error:
        # Somebody answers; what the answer means is up to the hub's client.
        error.close()
    except URLError as error:
        if not isinstance(error.reason, SSLError):
            raise OSError(f"no connection to {url.split('/')[2]}: {error.reason}") from error


def _bar_class(*, shown: bool) -> Any:
    """Return a progress bar that shows nothing where nobody watches."""
    from huggingface_hub.utils import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **options: Any) -> None:
            # None: only on a terminal.
            options["disable"] = None if shown else True
            super().__init__(*args, **options)

    return Bar
