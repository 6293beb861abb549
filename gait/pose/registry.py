"""The choice of a pose model and of a segmentation network: names, what "auto" means, and how each is opened.

This module knows all models; none of them knows it. What a model needs is imported when that model is opened.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from gait.config import PoseSettings
from gait.errors import ModelUnavailableError, UsageError
from gait.litert import MODELS as BLAZEPOSE
from gait.litert import need
from gait.pose.blazepose import weights as blazepose_weights
from gait.pose.model import PoseModel, Segmentation
from gait.pose.sapiens2 import weights as sapiens2_weights
from gait.pose.sapiens2.weights import (
    SEGMENTATION,
    SOURCES,
    Source,
    Weights,
    fetch,
    segmentation_named,
    source_named,
    weights_at,
)
from gait.weights import INSTALL, Available, Tell

MODELS = (*BLAZEPOSE, *SOURCES)
"""Names that `--model` takes beside "auto" and a path."""

AUTO_SAPIENS2 = "sapiens2-0.4b"
AUTO_SEGMENTATION = "sapiens2-seg-0.4b"


def available_models() -> list[Available]:
    """Return every pose model and segmentation network and its state; nothing is loaded, and nobody is asked."""
    return [*blazepose_weights.available(), *sapiens2_weights.available()]


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
    if name.lower() in BLAZEPOSE:
        return _open_blazepose(settings, network=BLAZEPOSE[name.lower()][-1])
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
    need("detector", network)
    from gait.pose.blazepose.model import BlazePose

    return BlazePose(threads=settings.threads or os.cpu_count() or 1, network=network, reason=reason)


def _open_sapiens2(settings: PoseSettings, wanted: Source | Weights, tell: Tell | None, reason: str = "") -> PoseModel:
    if not sapiens2_weights.is_installed():
        raise ModelUnavailableError("The pose model Sapiens2 is not installed.", INSTALL)
    weights = Weights(files=(fetch(wanted, tell),)) if isinstance(wanted, Source) else wanted
    from gait.pose.sapiens2.model import Sapiens2

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
    if not sapiens2_weights.is_installed():
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
    from gait.pose.sapiens2.segmentation import Sapiens2Segmentation

    return Sapiens2Segmentation(weights, settings)


def _open_auto(settings: PoseSettings, tell: Tell | None) -> PoseModel:
    """Open Sapiens2 where a GPU can run it, otherwise BlazePose; torch is imported only in the first case."""
    gpu = device_kind(settings)
    if gpu == "cpu":
        why = "it is to run on the CPU" if settings.device == "cpu" else "there is no GPU here"
        return _open_blazepose(settings, f"Pose model: BlazePose, because {why}.")
    there = {"cuda": "an NVIDIA GPU", "mps": "an Apple GPU"}[gpu]
    if not sapiens2_weights.is_installed():
        why = f"there is {there}, but Sapiens2 is not installed. {INSTALL}"
        return _open_blazepose(settings, f"Pose model: BlazePose; {why}")
    from gait.pose.sapiens2.run import choose_device

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
