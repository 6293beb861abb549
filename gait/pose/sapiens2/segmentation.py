"""The outline of the body by Sapiens2's segmentation: which part of the body each spot of the picture shows."""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from gait.config import PoseSettings
from gait.frames import FramesAtTimes
from gait.hashing import sha256_of
from gait.outlines import PARTS, Outlines
from gait.pose.model import Progress
from gait.pose.sapiens2.network import SIZES, load_segmentation
from gait.pose.sapiens2.run import Runner, batch_for, choose_device, choose_dtype
from gait.pose.sapiens2.weights import Weights
from gait.provenance import ModelFacts
from gait.types import SubjectTrack

CLASSES = (
    "background", "apparel", "eyeglass", "face_neck", "hair", "left_foot", "left_hand", "left_lower_arm",
    "left_lower_leg", "left_shoe", "left_sock", "left_upper_arm", "left_upper_leg", "lower_clothing", "right_foot",
    "right_hand", "right_lower_arm", "right_lower_leg", "right_shoe", "right_sock", "right_upper_arm",
    "right_upper_leg", "torso", "upper_clothing", "lower_lip", "upper_lip", "lower_teeth", "upper_teeth", "tongue",
)  # fmt: skip
"""As the released networks number them (facebookresearch/sapiens2, docs/SEG.md)."""

_MOST_CELLS = (256, 192)
"""Rows and columns of the maps at most: a cell is half a percent of the body height."""


_MEMORY = 4
"""How many times as much memory one person takes as for the points: the maps are as fine as the picture."""


def part_of(name: str) -> str:
    """Return the one of `PARTS` that a class of the network belongs to."""
    if name == "background":
        return "nothing"
    if name == "lower_clothing":
        return "legs"
    side, _, rest = name.partition("_")
    if rest in ("foot", "shoe"):
        return f"{side}_foot"
    if rest in ("lower_leg", "upper_leg", "sock"):
        return f"{side}_leg"
    return "body"


class Sapiens2Segmentation(Runner):
    """A segmentation network on its device. A context manager: leaving it frees its memory.

    Parameters
    ----------
    weights : Weights
    settings : PoseSettings

    Raises
    ------
    UsageError
        The device is not there.
    InputError
        The weights are not what they should be.
    """

    def __init__(self, weights: Weights, settings: PoseSettings) -> None:
        self._weights = weights
        self._hashing = ThreadPoolExecutor(1, thread_name_prefix="gait-sha256")
        self._sha256 = self._hashing.submit(sha256_of, *weights.files)
        device = choose_device(settings.device)
        model, input_size = load_segmentation(
            weights.files, weights.config, device=device, dtype=choose_dtype(settings.dtype, device)
        )
        shape = model.config
        size = SIZES.get((shape.hidden_size, shape.num_hidden_layers), "custom")
        super().__init__(
            name=f"sapiens2-seg-{size}",
            model=model,
            input_size=input_size,
            device=device,
            dtype=model.dtype,
            batch=settings.batch or max(batch_for(None, size, device) // _MEMORY, 1),
            compile=settings.compile,
        )
        numbers = [PARTS.index(part_of(name)) for name in CLASSES]
        self._part_of_class = torch.tensor(numbers, dtype=torch.uint8, device=device)

    def __enter__(self) -> Sapiens2Segmentation:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._hashing.shutdown(cancel_futures=True)
        super().__exit__(*exc_info)

    def provenance(self) -> ModelFacts:
        """Name and the hash of the weights."""
        return ModelFacts(
            name=self.name,
            weights=tuple(file.name for file in self._weights.files),
            weights_sha256=self._sha256.result(),
        )

    def find(self, clip: FramesAtTimes, track: SubjectTrack, progress: Progress | None = None) -> Outlines:
        """Find the outline in every sampled frame in which the person is in view.

        Parameters
        ----------
        clip : FramesAtTimes
        track : SubjectTrack
        progress : callable, optional
            Called with the number of frames done since the last call.

        Raises
        ------
        GaitError
            The device has not enough memory for one person.
        """
        window_px = self.windows(track)
        maps, shape = [b""] * len(window_px), (1, 1)
        for rows, found in self.run(clip, track.time_s, window_px, progress):
            shape = (found.shape[1], found.shape[2])
            for row, parts in zip(rows, found, strict=True):
                maps[row] = zlib.compress(np.ascontiguousarray(parts).tobytes(), level=1)
        return Outlines(time_s=track.time_s, window_px=window_px, maps=tuple(maps), shape=shape, model=self.name)

    def _find(self, crops: torch.Tensor) -> torch.Tensor:
        logits = self._model(crops).logits
        rows, columns = (min(have, most) for have, most in zip(logits.shape[2:], _MOST_CELLS, strict=True))
        if (rows, columns) != tuple(logits.shape[2:]):
            # Corners on corners, as the crop itself.
            logits = torch.nn.functional.interpolate(
                logits.float(), size=(rows, columns), mode="bilinear", align_corners=True
            )
        return self._part_of_class[logits.argmax(dim=1)]
