"""The interface of every pose model: what it needs, what it gives, and what all of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gait.frames import FramesAtTimes
from gait.outlines import Outlines
from gait.provenance import ModelFacts
from gait.skeleton import KEYPOINTS
from gait.types import ImageArray, PersonCheck, PoseSequence, SubjectTrack

Progress = Callable[[int], None]
"""Called with the number of frames done since the last call."""


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

    def estimate(self, clip: FramesAtTimes, track: SubjectTrack, progress: Progress | None = None) -> PoseSequence:
        """Find the joints of the followed person in every sampled frame."""
        ...

    def provenance(self) -> ModelFacts:
        """Name, detail and the hash of the weights, for result.json."""
        ...


class Segmentation(Protocol):
    """A network for the parts of the body, ready to run. A context manager: leaving it frees its memory."""

    def __enter__(self) -> Segmentation: ...

    def __exit__(self, *exc_info: object) -> None: ...

    def find(self, clip: FramesAtTimes, track: SubjectTrack, progress: Progress | None = None) -> Outlines:
        """Find the outline of the followed person in every sampled frame."""
        ...

    def provenance(self) -> ModelFacts:
        """Name and the hash of the weights, for result.json."""
        ...


def as_canonical(raw: npt.NDArray[Any], index: dict[str, int]) -> npt.NDArray[Any]:
    """Pick the canonical points out of a model's own, (..., M, C) to (..., 23, C); NaN where the model lacks one."""
    out = np.full((*raw.shape[:-2], len(KEYPOINTS), raw.shape[-1]), np.nan, dtype=np.float32)
    for i, name in enumerate(KEYPOINTS):
        if name in index:
            out[..., i, :] = raw[..., index[name], :]
    return out


def poses_on(
    track: SubjectTrack,
    clip: FramesAtTimes,
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
