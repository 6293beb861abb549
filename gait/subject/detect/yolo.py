"""People found by YOLO, of ultralytics.

The package would report its use, install packages, fetch weights, and change settings of the whole process by itself:
all of that is off, or put back, here. This is the one module that imports it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gait.errors import InputError
from gait.hashing import sha256_of
from gait.subject.detections import Detections, Sample, from_boxes
from gait.types import FloatArray, ImageArray

BATCH = {"cuda": 16, "mps": 4}
"""Views that are looked at together, by kind of device; 1 where it is not named."""

MIN_SCORE = 0.1
"""People who are known are followed down to this score."""

SAME = 0.6
"""Overlap (intersection over union) from which on two boxes are one person."""


class YoloDetector:
    """Finds people in every sample; see the module.

    Parameters
    ----------
    weights : Path
        A file that exists.
    device : {"cuda", "mps", "cpu"}
        The CPU where torch does not see the other.

    Raises
    ------
    InputError
        The file holds no detector of people.
    """

    def __init__(self, weights: Path, device: str) -> None:
        ultralytics = _ultralytics()
        kind = _present(device)
        with _process_as_before():
            self._model = _load(ultralytics, weights)
        people = [number for number, name in self._model.names.items() if name == "person"]
        if self._model.task != "detect" or not people:
            raise InputError(f"{weights}: finds no people; a detector with the class 'person' is needed.")
        digest = sha256_of(weights)[:16]
        self.name = f"{weights.stem} (ultralytics {ultralytics.__version__}, {kind}, SHA-256 {digest}…)"
        self._options = {
            "conf": MIN_SCORE,
            "classes": people,
            "device": "cuda:0" if kind == "cuda" else kind,
            "iou": SAME,
            "verbose": False,
            "save": False,
        }
        self._batch = BATCH.get(kind, 1)
        self._waiting: list[Sample] = []

    def announce(self, time_s: float, rgb: ImageArray) -> None:
        """Do nothing: all is done when the sample is there."""

    def push(self, sample: Sample, expected: FloatArray) -> Iterator[Detections]:
        """Keep the sample until there are enough for one batch."""
        self._waiting.append(sample)
        if len(self._waiting) >= self._batch:
            yield from self.flush()

    def flush(self) -> Iterator[Detections]:
        """Answer for all that are waiting."""
        samples, self._waiting = self._waiting, []
        if not samples:
            return
        with _process_as_before():
            pictures: list[ImageArray] = [np.ascontiguousarray(sample.rgb[..., ::-1]) for sample in samples]
            found = self._model.predict(pictures, batch=len(samples), **self._options)
        for sample, result in zip(samples, found, strict=True):
            boxes = result.boxes.cpu().numpy()
            yield from_boxes(sample, np.asarray(boxes.xyxy, np.float64), np.asarray(boxes.conf, np.float64))


@cache
def _private_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for the settings of ultralytics; it goes with the process."""
    return tempfile.TemporaryDirectory(prefix="gait-ultralytics-")


def _ultralytics() -> Any:
    """Import ultralytics, which then asks nobody, installs nothing and makes only known classes from weights."""
    os.environ.update(
        YOLO_OFFLINE="1",
        YOLO_AUTOINSTALL="0",
        YOLO_VERBOSE="0",
        YOLO_CONFIG_DIR=_private_folder().name,
        ULTRALYTICS_SAFE_LOAD="1",
    )
    with _process_as_before():
        import ultralytics

        ultralytics.settings.update({"sync": False})
    return ultralytics


@contextlib.contextmanager
def _process_as_before() -> Iterator[None]:
    """Put back what ultralytics sets for the whole process: the threads of torch and OpenCV, and the environment."""
    import cv2
    import torch

    threads, cv_threads, environment = torch.get_num_threads(), cv2.getNumThreads(), dict(os.environ)
    try:
        yield
    finally:
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        if cv2.getNumThreads() != cv_threads:
            cv2.setNumThreads(cv_threads)
        for name in os.environ.keys() - environment.keys():
            del os.environ[name]
        os.environ.update({name: value for name, value in environment.items() if os.environ.get(name) != value})


def _present(device: str) -> str:
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return device if there.get(device, False) else "cpu"


def _load(ultralytics: Any, weights: Path) -> Any:
    from ultralytics.nn.tasks import torch_safe_load

    try:
        # A path that is not a file would be fetched.
        path = str(weights.resolve(strict=True))
        # Somebody else in this process may have imported ultralytics before, without the restriction.
        torch_safe_load(path, safe_only=True)
        return ultralytics.YOLO(path, verbose=False)
    except Exception as error:  # whatever the unpickler meets in a file that is something else
        raise InputError(f"{weights}: cannot be read as YOLO weights ({type(error).__name__}).") from error
