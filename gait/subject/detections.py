"""What every person detector is given and gives back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from gait.subject.camera import CameraPose
from gait.types import FloatArray, ImageArray

EARLY_S = 0.005
"""A frame that comes so little early is still looked at in its turn, or every second one might be skipped."""

HALF_WIDTH = 0.42
"""Half the width of the box of somebody who walks, in reaches."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One picture that a detector looks at.

    Attributes
    ----------
    row : int
        Number of the sampled frame.
    time_s : float
    rgb : uint8 (H, W, 3)
    camera : CameraPose
    """

    row: int
    time_s: float
    rgb: ImageArray
    camera: CameraPose

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.rgb.shape[1], self.rgb.shape[0]


@dataclass(frozen=True, kw_only=True)
class Detections:
    """The people found in one sample.

    A person is a place and a size: the middle of the hips, and the reach from there to the farther end of the body,
    which is half the height of somebody upright, and hardly changes with the swing of arms and legs.

    Attributes
    ----------
    sample : Sample
    hips : float64 (N, 2)
        In pixels of the sample.
    reach : float64 (N,)
        In pixels of the sample.
    score : float64 (N,)
        0 to 1: how sure it is that this is a person.
    """

    sample: Sample
    hips: FloatArray
    reach: FloatArray
    score: FloatArray

    @property
    def box(self) -> FloatArray:
        """Boxes around the whole person, (N, 4): x1, y1, x2, y2; they may reach beyond the picture."""
        return boxes_around(self.hips, self.reach)


def boxes_around(hips: FloatArray, reach: FloatArray) -> FloatArray:
    """Return boxes (N, 4) from head to soles around hips (N, 2) and reaches (N,) of people who are upright."""
    half = np.stack([HALF_WIDTH * reach, reach], axis=-1)
    return np.concatenate([hips - half, hips + half], axis=-1)


def from_boxes(sample: Sample, box: FloatArray, score: FloatArray) -> Detections:
    """Return the people that boxes (N, 4) from head to soles hold."""
    half = (box[:, 3] - box[:, 1]) / 2
    # Of somebody who bends or lies, the box is wider than high.
    reach = np.maximum(half, (box[:, 2] - box[:, 0]) / 2)
    return Detections(sample=sample, hips=(box[:, :2] + box[:, 2:]) / 2, reach=reach, score=score)


class Detector(Protocol):
    """Looks at samples in order. It may answer late (a GPU takes several at once), but in order, once for each."""

    name: str

    def announce(self, time_s: float, rgb: ImageArray) -> None:
        """Take note of the picture of a sample that will be pushed soon, (H, W, 3); called from another thread."""
        ...

    def push(self, sample: Sample, expected: FloatArray) -> Iterator[Detections]:
        """Take the next sample; yield whatever is known by now.

        Parameters
        ----------
        sample : Sample
        expected : float64 (N, 3)
            Where people are expected in it, and how large: x, y of the hips and reach. A hint, and no more.
        """
        ...

    def flush(self) -> Iterator[Detections]:
        """Yield the rest: there are no more samples."""
        ...
