"""The choice of a detector by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from gait.errors import UsageError
from gait.subject.detections import Detections, Detector, Sample, from_boxes
from gait.types import FloatArray, ImageArray


def _blazepose(_device: str) -> Detector:
    from gait.subject.detect.blazepose import BlazePoseDetector

    return BlazePoseDetector()


def _full_frame(_device: str) -> Detector:
    return FullFrame()


def _yolo(device: str, name: str = "yolo") -> Detector:
    from gait.subject.detect.yolo_weights import locate

    # Before ultralytics is imported: what is missing is said at once.
    weights = locate(name)
    from gait.subject.detect.yolo import YoloDetector

    return YoloDetector(weights, device)


DETECTORS: dict[str, Callable[[str], Detector]] = {
    "blazepose": _blazepose,
    "full-frame": _full_frame,
    "yolo": _yolo,
}
"""A detector is added with one line here; each is imported only when it is asked for, and told the device."""


def check_detector(name: str) -> None:
    """Raise a UsageError unless there can be a detector of that name."""
    if name not in ("auto", *DETECTORS) and Path(name).suffix != ".pt":
        raise UsageError(
            f"--detector {name}: unknown; valid are auto, {', '.join(DETECTORS)}, or a path to weights (.pt)."
        )


def open_detector(name: str, device: str = "cpu") -> Detector:
    """Return the detector of that name.

    Parameters
    ----------
    name : str
        One of `DETECTORS`; or "auto"; or the path of weights for YOLO.
    device : {"cuda", "mps", "cpu"}
        Where a network runs, if there is one. "auto" is YOLO on a GPU where its weights are here, otherwise BlazePose.

    Raises
    ------
    UsageError
        There is none.
    ModelUnavailableError
        Its package or its weights are not on this machine.
    InputError
        The weights are not what they should be.
    """
    if name == "auto":
        from gait.subject.detect.yolo_weights import is_ready

        name = "yolo" if device != "cpu" and is_ready() else "blazepose"
    if name in DETECTORS:
        return DETECTORS[name](device)
    check_detector(name)
    return _yolo(device, name)


class FullFrame:
    """Takes the whole picture for the person: for clips that are cropped to one person already."""

    name = "full-frame"

    def announce(self, time_s: float, rgb: ImageArray) -> None:
        """Do nothing: all is done when the sample is there."""

    def push(self, sample: Sample, expected: FloatArray) -> Iterator[Detections]:
        """Yield one person, the picture."""
        width, height = sample.size
        yield from_boxes(sample, np.array([[0.0, 0.0, width, height]]), np.ones(1))

    def flush(self) -> Iterator[Detections]:
        """Yield nothing: every sample was answered at once."""
        return iter(())
