"""The joints by Sapiens2, on a GPU (or, slowly, on the CPU).

This module and its siblings import torch: import them only when Sapiens2 is wanted.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import numpy as np
import torch

from gait.config import PoseSettings
from gait.errors import GaitError
from gait.frames import FramesAtTimes
from gait.hashing import sha256_of
from gait.pose.model import Progress, poses_on
from gait.pose.sapiens2.network import Network, load_network
from gait.pose.sapiens2.run import DTYPE_NAMES, Runner, batch_for, choose_device, choose_dtype
from gait.pose.sapiens2.warp import cut, to_picture, windows_around
from gait.pose.sapiens2.weights import Weights
from gait.provenance import ModelFacts
from gait.skeleton import INDEX, KEYPOINTS, SAPIENS2, SIDES, mirrored
from gait.types import ImageArray, PersonCheck, PoseSequence, SubjectTrack

N_POINTS = 308
_NOBODY = 0.1


class Sapiens2(Runner):
    """A Sapiens2 pose model on its device.

    Parameters
    ----------
    weights : Weights
    settings : PoseSettings
    reason : str
        Why this model was chosen; empty when it was asked for by name.

    Raises
    ------
    UsageError
        The device is not there.
    InputError
        The weights are not what they should be.
    """

    def __init__(self, weights: Weights, settings: PoseSettings, reason: str = "") -> None:
        self._settings, self._weights, self.reason = settings, weights, reason
        self._hashing = ThreadPoolExecutor(1, thread_name_prefix="gait-sha256")
        self._sha256 = self._hashing.submit(sha256_of, *weights.files)
        device = choose_device(settings.device)
        self._names, points, mirror = points_used(all_keypoints=settings.all_keypoints)
        self._network: Network = load_network(
            weights.files,
            weights.config,
            points=points,
            mirror=mirror,
            device=device,
            dtype=choose_dtype(settings.dtype, device),
        )
        super().__init__(
            name=f"sapiens2-{self._network.size}",
            model=self._network.model,
            input_size=self._network.input_size,
            device=device,
            dtype=self._network.dtype,
            batch=batch_for(settings.batch, self._network.size, device),
            compile=settings.compile,
        )

    def __enter__(self) -> Sapiens2:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._hashing.shutdown(cancel_futures=True)
        del self._network
        super().__exit__(*exc_info)

    def provenance(self) -> ModelFacts:
        """Name, how it was run, and the hash of the weights."""
        device = self.device
        where = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
        options = [
            f"transformers {version('transformers')}",
            f"torch {torch.__version__}",
            where,
            DTYPE_NAMES[self.dtype],
            *self.options(),
            *(["flip test"] if self._settings.flip_test else []),
        ]
        return ModelFacts(
            name=self.name,
            detail=", ".join(options),
            reason=self.reason,
            weights=tuple(file.name for file in self._weights.files),
            weights_sha256=self._sha256.result(),
        )

    def check_person(self, rgb: ImageArray) -> PersonCheck | None:
        """Look for a person in a small picture; None if hardly any point is found."""
        height, width = rgb.shape[:2]
        windows = windows_around(np.array([[0, 0, width, height]], dtype=np.float64), self.input_size)
        found = self.compute([cut(rgb, windows[0], self.input_size)]).array().astype(np.float64)
        xy, score = to_picture(found[..., :2], windows)[0, : len(KEYPOINTS)], found[0, : len(KEYPOINTS), 2]
        sure = [INDEX[f"{side}_{name}"] for side in SIDES for name in ("shoulder", "hip", "knee", "ankle")]
        if score[sure].mean() < _NOBODY or np.isnan(xy).any():
            return None
        low, high = xy.min(axis=0), xy.max(axis=0)
        ankles = xy[[INDEX["left_ankle"], INDEX["right_ankle"]], 1]
        return PersonCheck(
            score=float(min(score[sure].mean(), 1.0)),
            box_px=(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
            body_height_px=float(ankles.max() - xy[INDEX["nose"], 1]),
        )

    def estimate(self, clip: FramesAtTimes, track: SubjectTrack, progress: Progress | None = None) -> PoseSequence:
        """Find the joints in every sampled frame in which the person is in view.

        Parameters
        ----------
        clip : FramesAtTimes
        track : SubjectTrack
        progress : callable, optional
            Called with the number of frames done since the last call.

        Returns
        -------
        PoseSequence
            On the times of the track; NaN where the person is out of view. The canonical points come first, the
            others after them if all are kept.

        Raises
        ------
        GaitError
            The device has not enough memory for one person, or the numbers overflowed.
        """
        n = len(track.time_s)
        xy_px = np.full((n, len(self._names), 2), np.nan, dtype=np.float32)
        score = np.zeros((n, len(self._names)), dtype=np.float32)
        windows = self.windows(track)
        for rows, found in self.run(clip, track.time_s, windows, progress):
            if np.isnan(found[..., 2]).any():
                raise GaitError(
                    f"{self.name}: the numbers overflowed in {DTYPE_NAMES[self.dtype]}.",
                    "Compute more exactly, with a settings file that says pose: {dtype: fp32}.",
                )
            xy_px[rows] = to_picture(found[..., :2].astype(np.float64), windows[rows])
            score[rows] = np.clip(found[..., 2], 0, 1)
        return poses_on(track, clip, xy_px, score, keypoints=self._names, model=self.name)

    def _find(self, crops: torch.Tensor) -> torch.Tensor:
        return self._network.points(crops, flip_test=self._settings.flip_test)


def points_used(*, all_keypoints: bool) -> tuple[tuple[str, ...], list[int], list[int]]:
    """Return names and indices of the points that are computed, and for the canonical ones their mirror points.

    The canonical points come first, in their order; the others are named by their number in the model's own list, and
    have no mirror point here.
    """
    names, indices = list(KEYPOINTS), [SAPIENS2[name] for name in KEYPOINTS]
    if all_keypoints:
        others = [i for i in range(N_POINTS) if i not in set(indices)]
        names += [f"sapiens2_{i:03d}" for i in others]
        indices += others
    return tuple(names), indices, [INDEX[mirrored(name)] for name in KEYPOINTS]
