"""What every person detector is given and gives back, and the choice of one by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gait.errors import UsageError
from gait.subject.camera import CameraPose
from gait.types import FloatArray, ImageArray, IntArray


@dataclass(frozen=True, kw_only=True)
class View:
    """One small picture that a detector looks at.

    Attributes
    ----------
    row : int
        Number of the sampled frame.
    time_s : float
    planes : uint8 (3, H, W)
        Brightness and the two colour planes (YUV), all at the small size.
    camera : CameraPose
    """

    row: int
    time_s: float
    planes: ImageArray
    camera: CameraPose

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.planes.shape[2], self.planes.shape[1]


@dataclass(frozen=True, kw_only=True)
class Detections:
    """What was found in one view.

    Attributes
    ----------
    view : View
    boxes : float64 (N, 4)
        x1, y1, x2, y2 in pixels of the view.
    scores : float64 (N,)
        0 to 1: how sure it is that this is a whole person.
    parts : bool (N,)
        True where the box may hold just a part of a person (a moving arm), so that several make one.
    reliable : bool
        False where nothing can be said of this view (the light changed all over); not the same as nobody in view.
    ids : int64 (N,) or None
        Who is who from view to view, within one scene, where the detector knows.
    """

    view: View
    boxes: FloatArray
    scores: FloatArray
    parts: npt.NDArray[np.bool_]
    reliable: bool = True
    ids: IntArray | None = None


class Detector(Protocol):
    """Looks at views in order. It may answer late (some need to see what comes after), but in order, once for each."""

    name: str

    def push(self, view: View) -> Iterator[Detections]:
        """Take the next view; yield whatever is known by now."""
        ...

    def flush(self) -> Iterator[Detections]:
        """Yield the rest: there are no more views."""
        ...


def _motion(_device: str) -> Detector:
    from gait.subject.motion import MotionDetector

    return MotionDetector()


def _full_frame(_device: str) -> Detector:
    return FullFrame()


def _yolo(device: str, name: str = "yolo") -> Detector:
    from gait.subject.yolo_weights import locate

    # Before ultralytics is imported: what is missing is said at once.
    weights = locate(name)
    from gait.subject.yolo import YoloDetector

    return YoloDetector(weights, device)


DETECTORS: dict[str, Callable[[str], Detector]] = {
    "motion": _motion,
    "full-frame": _full_frame,
    "yolo": _yolo,
}
"""A detector is added with one line here; each is imported only when it is asked for, and told the device."""


def open_detector(name: str, device: str = "cpu") -> Detector:
    """Return the detector of that name.

    Parameters
    ----------
    name : str
        One of `DETECTORS`; or "auto"; or the path of weights for YOLO.
    device : {"cuda", "mps", "cpu"}
        Where a network runs, if there is one. "auto" is YOLO on a GPU where its weights are here, otherwise motion.

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
        from gait.subject.yolo_weights import is_ready

        name = "yolo" if device != "cpu" and is_ready() else "motion"
    if name in DETECTORS:
        return DETECTORS[name](device)
    if Path(name).suffix == ".pt":
        return _yolo(device, name)
    raise UsageError(f"--detector {name}: unknown; valid are auto, {', '.join(DETECTORS)}, or a path to weights (.pt).")


class FullFrame:
    """Takes the whole picture for the person: for clips that are cropped to one person already."""

    name = "full-frame"

    def push(self, view: View) -> Iterator[Detections]:
        """Yield one box, the picture."""
        width, height = view.size
        yield Detections(
            view=view,
            boxes=np.array([[0.0, 0.0, width, height]]),
            scores=np.ones(1),
            parts=np.zeros(1, dtype=bool),
        )

    def flush(self) -> Iterator[Detections]:
        """Yield nothing: every view was answered at once."""
        return iter(())
