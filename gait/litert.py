"""BlazePose's networks, run by Google's LiteRT in this process: where their weights are, and one ready to run.

The weights lie in the wheel of mediapipe, which is found but never imported: neither its GL libraries nor its hidden
tracking state come along. Where that wheel does not install, `gait models pull blazepose` puts them into the cache.
"""

from __future__ import annotations

import importlib.util
import threading
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gait.errors import ModelUnavailableError
from gait.quiet import quiet
from gait.weights import Published, cache_folder, first_sentence

WHEEL = "mediapipe==0.10.21"
PUBLISHED = {
    "detector": Published(
        file="pose_detection/pose_detection.tflite",
        url=WHEEL,
        sha256="9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        size_bytes=2_959_046,
    ),
    "full": Published(
        file="pose_landmark/pose_landmark_full.tflite",
        url=WHEEL,
        sha256="e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        size_bytes=6_440_512,
    ),
    "heavy": Published(
        file="pose_landmark/pose_landmark_heavy.tflite",
        url="https://storage.googleapis.com/mediapipe-assets/pose_landmark_heavy.tflite",
        sha256="59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
        size_bytes=27_709_200,
    ),
}
"""BlazePose's person detector and its networks for the joints, by their place in the wheel's `modules`; the heavy one
is in no wheel."""

USED = {"full": (0, 1, 3), "heavy": (0, 1, 3)}
"""Which answers of the networks for the joints are used: the points, the presence of a person, the heat maps. The
outline and the places in space take a third of the time, and are not worked out when nobody asks for them."""

MODELS = {"blazepose": ("detector", "full"), "blazepose-heavy": ("detector", "heavy")}
"""The networks that each of the two models runs; the last is the one for the joints."""

Array = npt.NDArray[Any]
_loading = threading.Lock()


def weights_file(network: str) -> Path | None:
    """Return where the weights of a network are, in mediapipe's wheel or in the cache; None where they are not here.

    Other releases of mediapipe have other weights: those are passed over.
    """
    spec = importlib.util.find_spec("mediapipe")
    folders = [Path(place) / "modules" for place in (spec.submodule_search_locations or [])] if spec else []
    published = PUBLISHED[network]
    files = [folder / published.file for folder in folders] + [cached_file(network)]
    return next((file for file in files if published.has_size(file)), None)


def cached_file(network: str) -> Path:
    """Return where fetched weights of a network are kept."""
    return cache_folder() / "blazepose" / Path(PUBLISHED[network].file).name


def is_installed() -> bool:
    """Whether the package that runs the networks is installed; nothing is imported."""
    return importlib.util.find_spec("ai_edge_litert") is not None


def is_ready(network: str) -> bool:
    """Whether a network can be run here; nothing is imported."""
    return is_installed() and weights_file(network) is not None


def need(*networks: str) -> None:
    """Raise where LiteRT, or the weights of a network, are not on this machine: which, and how to get them.

    Raises
    ------
    ModelUnavailableError
    """
    if not is_installed():
        raise ModelUnavailableError(
            "LiteRT, which runs BlazePose, is not installed.", 'Install it with: pip install "gait[blazepose]".'
        )
    for network in networks:
        if weights_file(network) is None:
            model = next(name for name, parts in MODELS.items() if network in parts)
            raise ModelUnavailableError(
                f"The weights {Path(PUBLISHED[network].file).name} of {model} are not on this machine.",
                f"Fetch them with: gait models pull {model}.",
            )


class Network:
    """One network, ready to run in one thread; `run` lets other threads go on meanwhile.

    Parameters
    ----------
    network : str
        One of `PUBLISHED`.
    threads : int
        That one call may use.

    Raises
    ------
    ModelUnavailableError
        LiteRT or the weights are not on this machine, or the weights are not those that were published.
    """

    def __init__(self, network: str, threads: int = 1) -> None:
        need(network)
        file = weights_file(network)
        assert file is not None
        with _loading, quiet():
            try:
                from ai_edge_litert.interpreter import Interpreter
            except (ImportError, OSError) as error:
                raise ModelUnavailableError(
                    f"LiteRT, which runs BlazePose, cannot be loaded ({first_sentence(error)}).",
                    'Install it again with: pip install --force-reinstall "gait[blazepose]".',
                ) from error

            self._interpreter = Interpreter(model_content=_content(network, file), num_threads=threads)
            self._interpreter.allocate_tensors()
        (given,) = self._interpreter.get_input_details()
        self._input = given["index"]
        self.side_px = int(given["shape"][1])
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]

    def run(self, picture: npt.NDArray[np.float32]) -> list[Array]:
        """Return the outputs that are used, for a picture (side_px, side_px, 3)."""
        self._interpreter.set_tensor(self._input, picture[None])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index)[0] for index in self._outputs]


@cache
def _content(network: str, file: Path) -> bytes:
    """Return the weights, which all interpreters share, with only those of their outputs that are used."""
    from ai_edge_litert.schema_py_generated import Model

    content = bytearray(PUBLISHED[network].checked(file).read_bytes())
    used = USED.get(network)
    if used is not None:
        outputs = Model.GetRootAs(content, 0).Subgraphs(0).OutputsAsNumpy()  # lies in the content, behind its length
        start = outputs.ctypes.data - np.frombuffer(content, np.uint8).ctypes.data
        kept = np.array([len(used), *outputs[list(used)]], dtype="<i4").tobytes()
        content[start - 4 : start - 4 + len(kept)] = kept
    return bytes(content)


@cache
def anchors(side_px: int) -> Array:
    """Return the places that the detector's answers are relative to, (2254, 2), as shares of its square input."""
    places = []
    for stride, each in ((8, 2), (16, 2), (32, 6)):
        n = side_px // stride
        y, x = np.mgrid[:n, :n]
        places.append(np.repeat((np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / n, each, axis=0))
    return np.concatenate(places)
