"""The interface of every pose model, and the choice of one by name."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy.typing as npt

from gait.config import PoseSettings
from gait.errors import ModelUnavailableError, UsageError
from gait.litert import INSTALL as BLAZEPOSE_INSTALL
from gait.litert import is_ready
from gait.pose.weights import (
    SEGMENTATION,
    SOURCES,
    Source,
    Weights,
    fetch,
    segmentation_named,
    source_named,
    weights_at,
)
from gait.provenance import ModelFacts
from gait.silhouettes import Silhouettes
from gait.types import FloatArray, ImageArray, PersonCheck, PoseSequence, SubjectTrack, VideoInfo
from gait.weights import INSTALL, Tell

Progress = Callable[[int], None]
"""Called with the number of frames done since the last call."""


class SampledFrame(Protocol):
    """One sampled frame of a clip."""

    @property
    def time_s(self) -> float: ...  # noqa: D102

    @property
    def image(self) -> ImageArray: ...  # noqa: D102


class Clip(Protocol):
    """What a pose model needs of a video."""

    @property
    def info(self) -> VideoInfo: ...  # noqa: D102

    def frames_at(
        self, time_s: FloatArray, *, size: tuple[int, int] | None = None, pixel_format: str = "rgb24", threads: int = 0
    ) -> Iterator[SampledFrame]:
        """Yield exactly the frames with these presentation times."""
        ...


class PoseModel(Protocol):
    """A pose model, ready to run. A context manager: leaving it frees its memory."""

    name: str
    reason: str
    """Why this model was chosen, in one sentence; empty when it was asked for by name."""

    def __enter__(self) -> PoseModel: ...

    def __exit__(self, *exc_info: object) -> None: ...

    def check_person(self, rgb: ImageArray) -> PersonCheck | None:
        """Look for a person in a small picture; None if there is none."""
        ...

    def estimate(self, clip: Clip, track: SubjectTrack, progress: Progress | None = None) -> PoseSequence:
        """Find the joints of the followed person in every sampled frame."""
        ...

    def provenance(self) -> ModelFacts:
        """Name, detail and the hash of the weights, for result.json."""
        ...


class Segmentation(Protocol):
    """A network for the parts of the body, ready to run. A context manager: leaving it frees its memory."""

    def __enter__(self) -> Segmentation: ...

    def __exit__(self, *exc_info: object) -> None: ...

    def find(self, clip: Clip, track: SubjectTrack, progress: Progress | None = None) -> Silhouettes:
        """Find the outline of the followed person in every sampled frame."""
        ...

    def provenance(self) -> ModelFacts:
        """Name and the hash of the weights, for result.json."""
        ...


BLAZEPOSE_NETWORKS = {"blazepose": "full", "blazepose-heavy": "heavy"}
"""The models that BlazePose's two networks for the joints are."""

MODELS = (*BLAZEPOSE_NETWORKS, *SOURCES)
"""Names that `--model` takes beside "auto" and a path."""

AUTO_SAPIENS2 = "sapiens2-0.4b"
AUTO_SEGMENTATION = "sapiens2-seg-0.4b"
SAPIENS2_PACKAGES = ("torch", "torchvision", "transformers", "safetensors", "huggingface_hub")


def is_installed(package: str) -> bool:
    """Whether a package is installed, without importing it."""
    return importlib.util.find_spec(package) is not None


def sapiens2_is_installed() -> bool:
    """Whether everything that Sapiens2 needs is installed."""
    return all(is_installed(package) for package in SAPIENS2_PACKAGES)


def open_model(settings: PoseSettings, tell: Tell | None = None) -> PoseModel:
    """Return the pose model that the settings ask for.

    Parameters
    ----------
    settings : PoseSettings
    tell : callable, optional
        Told, in one sentence each, which model "auto" chose and why, and what is fetched.

    Raises
    ------
    UsageError
        There is no model of that name.
    ModelUnavailableError
        The model's package is not installed, or its weights are not here and cannot be fetched.
    """
    name = settings.model
    if name == "auto":
        model = _open_auto(settings, tell)
        if tell is not None:
            tell(model.reason)
        return model
    if name.lower() in BLAZEPOSE_NETWORKS:
        return _open_blazepose(settings, network=BLAZEPOSE_NETWORKS[name.lower()])
    source = source_named(name)
    if source is not None:
        return _open_sapiens2(settings, source, tell)
    if _is_path(name):
        return _open_sapiens2(settings, weights_at(Path(name)), tell)
    raise UsageError(f"--model {name}: unknown; valid are auto, {', '.join(MODELS)}, or a path.")


def _is_path(name: str) -> bool:
    """Whether a name that is no model's looks like a file or folder."""
    return bool(Path(name).suffix) or os.sep in name or Path(name).exists()


def _open_blazepose(settings: PoseSettings, reason: str = "", network: str = "full") -> PoseModel:
    if not (is_ready(network) and is_ready("detector")):
        if network != "full" and is_ready("full"):
            raise ModelUnavailableError(
                f"The weights of blazepose-{network} are not here.",
                f"Fetch them with: gait models pull blazepose-{network}.",
            )
        raise ModelUnavailableError("The pose model BlazePose is not installed.", BLAZEPOSE_INSTALL)
    from gait.pose.blazepose import BlazePose

    return BlazePose(threads=settings.threads or os.cpu_count() or 1, network=network, reason=reason)


def _open_sapiens2(settings: PoseSettings, wanted: Source | Weights, tell: Tell | None, reason: str = "") -> PoseModel:
    if not sapiens2_is_installed():
        raise ModelUnavailableError("The pose model Sapiens2 is not installed.", INSTALL)
    weights = Weights(files=(fetch(wanted, tell),)) if isinstance(wanted, Source) else wanted
    from gait.pose.sapiens2 import Sapiens2

    return Sapiens2(weights, settings, reason)


def segmentation_weights(settings: PoseSettings, pose_model: str, tell: Tell | None = None) -> Weights | None:
    """Return the weights that find the parts of the body, fetched if need be; None where nobody asked for them.

    Parameters
    ----------
    settings : PoseSettings
    pose_model : str
        Name of the pose model: "auto" takes weights of its size, or the smallest.
    tell : callable, optional
        Told what is fetched.

    Raises
    ------
    UsageError
        There are no weights of that name.
    ModelUnavailableError
        Sapiens2 is not installed, or the weights are not here and cannot be fetched.
    """
    if not settings.segment:
        return None
    name = settings.segment_model
    if not sapiens2_is_installed():
        raise ModelUnavailableError("Sapiens2, which finds the outline of the body, is not installed.", INSTALL)
    source = segmentation_named(name)
    if name == "auto":
        as_large = f"sapiens2-seg-{pose_model.removeprefix('sapiens2-')}"
        source = SEGMENTATION.get(as_large, SEGMENTATION[AUTO_SEGMENTATION])
    if source is not None:
        return Weights(files=(fetch(source, tell),))
    if _is_path(name):
        return weights_at(Path(name))
    raise UsageError(f"--segment-model {name}: unknown; valid are auto, {', '.join(SEGMENTATION)}, or a path.")


def open_segmentation(weights: Weights, settings: PoseSettings) -> Segmentation:
    """Return the network for the parts of the body, with its weights on the device."""
    from gait.pose.sapiens2_segmentation import Sapiens2Segmentation

    return Sapiens2Segmentation(weights, settings)


def _open_auto(settings: PoseSettings, tell: Tell | None) -> PoseModel:
    """Open Sapiens2 where a GPU can run it, otherwise BlazePose; torch is imported only in the first case."""
    gpu = device_kind(settings)
    if gpu == "cpu":
        why = "it is to run on the CPU" if settings.device == "cpu" else "there is no GPU here"
        return _open_blazepose(settings, f"Pose model: BlazePose, because {why}.")
    there = {"cuda": "an NVIDIA GPU", "mps": "an Apple GPU"}[gpu]
    if not sapiens2_is_installed():
        why = f"there is {there}, but Sapiens2 is not installed. {INSTALL}"
        return _open_blazepose(settings, f"Pose model: BlazePose; {why}")
    from gait.pose.sapiens2_run import choose_device

    try:
        choose_device(gpu)
        reason = f"Pose model: Sapiens2 0.4B, because there is {there}."
        return _open_sapiens2(settings.model_copy(update={"device": gpu}), SOURCES[AUTO_SAPIENS2], tell, reason)
    except (ModelUnavailableError, UsageError) as error:
        return _open_blazepose(
            settings, f"Pose model: BlazePose; there is {there}, but Sapiens2 cannot be used. {error}"
        )


def device_kind(settings: PoseSettings) -> str:
    """Return "cuda", "mps" or "cpu": where a network is to run, found out without torch."""
    return visible_gpu() if settings.device == "auto" else settings.device


def visible_gpu() -> str:
    """Return "cuda", "mps" or "cpu": what the machine has, found out without torch."""
    if sys.platform == "darwin":
        return "mps" if platform.machine() == "arm64" else "cpu"
    import ctypes

    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return "cpu"
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return "cpu"
    return "cuda" if count.value > 0 else "cpu"


def as_canonical(raw: npt.NDArray[Any], index: dict[str, int]) -> npt.NDArray[Any]:
    """Pick the canonical points out of a model's own, (..., M, C) to (..., 23, C); NaN where the model lacks one."""
    import numpy as np

    from gait.skeleton import KEYPOINTS

    out = np.full((*raw.shape[:-2], len(KEYPOINTS), raw.shape[-1]), np.nan, dtype=np.float32)
    for i, name in enumerate(KEYPOINTS):
        if name in index:
            out[..., i, :] = raw[..., index[name], :]
    return out


def poses_on(
    track: SubjectTrack,
    clip: Clip,
    xy_px: npt.NDArray[Any],
    score: npt.NDArray[Any],
    *,
    sd_px: npt.NDArray[Any] | None = None,
    keypoints: tuple[str, ...],
    model: str,
) -> PoseSequence:
    """Return the points that a model found in the frames of a track, (T, K, 2), (T, K) and (T, K)."""
    return PoseSequence(
        time_s=track.time_s,
        frame=track.frame,
        xy_px=xy_px,
        score=score,
        keypoints=keypoints,
        model=model,
        width_px=clip.info.width_px,
        height_px=clip.info.height_px,
        background_xy_px=track.background_xy_px,
        sd_px=sd_px,
        roll=track.roll,
    )


def canonical_only(poses: PoseSequence) -> PoseSequence:
    """Return a sequence without the points that are not of the canonical skeleton: nothing is measured on those."""
    import numpy as np

    from gait.skeleton import KEYPOINTS

    if set(poses.keypoints) <= set(KEYPOINTS):
        return poses
    kept = np.array([i for i, name in enumerate(poses.keypoints) if name in KEYPOINTS])
    return replace(
        poses,
        xy_px=poses.xy_px[:, kept],
        score=poses.score[:, kept],
        sd_px=None if poses.sd_px is None else poses.sd_px[:, kept],
        keypoints=tuple(poses.keypoints[i] for i in kept),
    )
