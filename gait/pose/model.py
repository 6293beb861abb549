"""The interface of every pose model, and the choice of one by name."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy.typing as npt

from gait.config import PoseSettings
from gait.errors import ModelUnavailableError, UsageError
from gait.types import FloatArray, ImageArray, PersonCheck, PoseSequence, SubjectTrack, VideoInfo

Progress = Callable[[int], None]
"""Called with the number of frames done since the last call."""


class SampledFrame(Protocol):
    """One sampled frame of a clip."""

    @property
    def time_s(self) -> float: ...  # noqa: D102

    @property
    def image(self) -> ImageArray: ...  # noqa: D102


class Clip(Protocol):
    """What a pose model needs of a video; small enough to be sent to another process."""

    @property
    def info(self) -> VideoInfo: ...  # noqa: D102

    def frames_at(
        self, time_s: FloatArray, *, size: tuple[int, int] | None = None, pixel_format: str = "rgb24", threads: int = 0
    ) -> Iterator[SampledFrame]:
        """Yield exactly the frames with these presentation times."""
        ...


class PoseModel(Protocol):
    """A pose model, ready to run. A context manager: leaving it frees its processes and memory."""

    name: str

    def __enter__(self) -> PoseModel: ...

    def __exit__(self, *exc_info: object) -> None: ...

    def check_person(self, rgb: ImageArray) -> PersonCheck | None:
        """Look for a person in a small picture; None if there is none."""
        ...

    def estimate(self, clip: Clip, track: SubjectTrack, progress: Progress | None = None) -> PoseSequence:
        """Find the joints of the followed person in every sampled frame."""
        ...

    def provenance(self) -> dict[str, Any]:
        """Name, detail and the hash of the weights, for result.json."""
        ...


MODELS = ("blazepose",)
"""Names that `--model` takes beside "auto"."""


def is_installed(package: str) -> bool:
    """Whether a package is installed, without importing it."""
    return importlib.util.find_spec(package) is not None


def open_model(settings: PoseSettings) -> PoseModel:
    """Return the pose model that the settings ask for.

    Raises
    ------
    UsageError
        There is no model of that name.
    ModelUnavailableError
        The model's package is not installed.
    """
    name = "blazepose" if settings.model == "auto" else settings.model
    if name not in MODELS:
        raise UsageError(f"--model {name}: unknown; valid are auto, {', '.join(MODELS)}.")
    if not is_installed("mediapipe"):
        raise ModelUnavailableError(
            "The pose model BlazePose is not installed.",
            'Install it with: pip install "gait[blazepose]" (Python 3.11 or 3.12).',
        )
    from gait.pose.blazepose import BlazePose

    return BlazePose(processes=settings.processes or os.cpu_count() or 1)


def as_canonical(raw: npt.NDArray[Any], index: dict[str, int]) -> npt.NDArray[Any]:
    """Pick the canonical points out of a model's own, (..., M, C) to (..., 23, C); NaN where the model lacks one."""
    import numpy as np

    from gait.skeleton import KEYPOINTS

    out = np.full((*raw.shape[:-2], len(KEYPOINTS), raw.shape[-1]), np.nan, dtype=np.float32)
    for i, name in enumerate(KEYPOINTS):
        if name in index:
            out[..., i, :] = raw[..., index[name], :]
    return out
