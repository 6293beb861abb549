"""Sapiens2 on a GPU (or, slowly, on the CPU): decoding, cropping and inference overlap.

A thread decodes frames, uploads of each the part around the person and crops it there; meanwhile the network works on
the batch before. Only the points come back. This module and its siblings `sapiens2_*` import torch: import them only
when Sapiens2 is wanted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from gait.ahead import ahead
from gait.config import PoseSettings
from gait.errors import GaitError, UsageError
from gait.pose.model import Clip, Progress
from gait.pose.sapiens2_network import Network, load_network
from gait.pose.sapiens2_warp import crop, cut, to_picture, windows_around
from gait.pose.weights import Weights
from gait.skeleton import INDEX, KEYPOINTS, SAPIENS2, SIDES, mirrored
from gait.types import FloatArray, ImageArray, PersonCheck, PoseSequence, SubjectTrack
from gait.weights import sha256_of

N_POINTS = 308
BATCH = {"cuda": {"0.4b": 32, "0.8b": 32, "1b": 16, "5b": 8}, "mps": {"0.4b": 2}}
"""People per batch by kind of device and size; 1 where a size is not named."""

SMALL_BATCH = 16
"""For shapes that were not published, which are small."""

COMPILE_FROM = 600
"""Frames from which on compiling pays; it takes some ten seconds."""

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
_AHEAD = 2
_NOBODY = 0.1


@dataclass(frozen=True, kw_only=True)
class _Batch:
    """Crops of consecutive frames, (n, 3, height, width), and when they are ready on the device."""

    rows: npt.NDArray[np.int64]
    crops: torch.Tensor
    ready: torch.cuda.Event | None


class Sapiens2:
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
        self._sha256 = self._hashing.submit(sha256_of, weights.files)
        device = choose_device(settings.device)
        self._names, points, mirror = points_used(all_keypoints=settings.all_keypoints)
        self._network: Network = load_network(
            weights.files,
            weights.config,
            points=points,
            mirror=mirror,
            device=device,
            dtype=_choose_dtype(settings.dtype, device),
        )
        size = self._network.size
        self.name = f"sapiens2-{size}"
        self._fits = settings.batch or (SMALL_BATCH if size == "custom" else BATCH.get(device.type, {}).get(size, 1))
        self._batch = self._fits
        self._compiled = False

    def __enter__(self) -> Sapiens2:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._hashing.shutdown(cancel_futures=True)
        device = self._network.device
        del self._network
        _free(device)

    def provenance(self) -> dict[str, Any]:
        """Name, how it was run, and the hash of the weights."""
        network, device = self._network, self._network.device
        where = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
        dtype = next(name for name, dtype in _DTYPES.items() if dtype == network.dtype)
        options = [
            f"transformers {version('transformers')}",
            f"torch {torch.__version__}",
            where,
            dtype,
            f"batches of {self._batch}",
            *(["compiled"] if self._compiled else []),
            *(["flip test"] if self._settings.flip_test else []),
        ]
        return {
            "name": self.name,
            "detail": ", ".join(options),
            "reason": self.reason,
            "weights": [file.name for file in self._weights.files],
            "weights_sha256": self._sha256.result(),
        }

    def check_person(self, rgb: ImageArray) -> PersonCheck | None:
        """Look for a person in a small picture; None if hardly any point is found."""
        height, width = rgb.shape[:2]
        windows = windows_around(np.array([[0, 0, width, height]], dtype=np.float64), self._network.input_size)
        made = crop(cut(rgb, windows[0], self._network.input_size), self._network.device, self._network.dtype)
        found = self._points(made[None]).cpu().numpy().astype(np.float64)
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

    def estimate(self, clip: Clip, track: SubjectTrack, progress: Progress | None = None) -> PoseSequence:
        """Find the joints in every sampled frame in which the person is in view.

        Parameters
        ----------
        clip : Clip
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
            The device has not enough memory for one person.
        """
        n = len(track.time_s)
        xy_px = np.full((n, len(self._names), 2), np.nan, dtype=np.float32)
        score = np.zeros((n, len(self._names)), dtype=np.float32)
        in_view = np.flatnonzero(np.isfinite(track.box_px).all(axis=1))
        # A short clip does not fill a large batch.
        self._batch = min(self._fits, 1 << max(len(in_view) - 1, 0).bit_length())
        windows = np.full((n, 4), np.nan)
        windows[in_view] = windows_around(track.box_px[in_view], self._network.input_size)
        self._compile(len(in_view))
        for rows, found in self._run(clip, track.time_s, in_view, windows):
            xy_px[rows] = to_picture(found[..., :2], windows[rows])
            score[rows] = np.clip(found[..., 2], 0, 1)
            if progress is not None:
                progress(len(rows))
        return PoseSequence(
            time_s=track.time_s,
            frame=track.frame,
            xy_px=xy_px,
            score=score,
            keypoints=self._names,
            model=self.name,
            width_px=clip.info.width_px,
            height_px=clip.info.height_px,
            background_xy_px=track.background_xy_px,
        )

    def _run(
        self, clip: Clip, time_s: FloatArray, rows: npt.NDArray[np.int64], windows: FloatArray
    ) -> Iterator[tuple[npt.NDArray[np.int64], FloatArray]]:
        """Yield rows and their points, (n, K, 3); while one batch is read back, the next is computed."""
        pending: tuple[npt.NDArray[np.int64], torch.Tensor, torch.cuda.Event | None] | None = None
        with ahead(self._batches(clip, time_s, rows, windows), _AHEAD) as batches:
            for batch in batches:
                if batch.ready is not None:
                    torch.cuda.current_stream().wait_event(batch.ready)
                    batch.crops.record_stream(torch.cuda.current_stream())
                found = self._points(batch.crops).to("cpu", non_blocking=True)
                done = torch.cuda.current_stream().record_event() if batch.ready is not None else None
                if pending is not None:
                    yield _read(*pending)
                pending = (batch.rows, found, done)
        if pending is not None:
            yield _read(*pending)

    def _batches(
        self, clip: Clip, time_s: FloatArray, rows: npt.NDArray[np.int64], windows: FloatArray
    ) -> Generator[_Batch, None, None]:
        """Decode, upload and crop; runs in a thread, and on a stream of its own where there are streams."""
        size, device, dtype = self._network.input_size, self._network.device, self._network.dtype
        stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        length = self._batch
        # A broken tail may end the frames early.
        frames = zip(rows, clip.frames_at(time_s[rows]), strict=False)
        while group := list(_crop_each(islice(frames, length), windows, size, device, dtype, stream)):
            with torch.inference_mode(), torch.cuda.stream(stream) if stream else contextlib.nullcontext():
                crops = torch.stack([made for _, made in group])
                ready = stream.record_event() if stream is not None else None
            yield _Batch(rows=np.array([row for row, _ in group]), crops=crops, ready=ready)

    def _points(self, crops: torch.Tensor) -> torch.Tensor:
        """Return the points of crops, (n, K, 3); the batch is halved as often as the memory does not suffice."""
        while True:
            try:
                parts = [self._network_points(part) for part in crops.split(self._batch)]
                return torch.cat(parts)
            except (torch.OutOfMemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                if self._batch == 1:
                    raise GaitError(
                        f"{self.name}: the memory of the device does not suffice for one person.",
                        "Choose a smaller model, or --device cpu.",
                    ) from error
            # Outside of the handler: the traceback holds on to tensors.
            self._batch //= 2
            self._fits = self._batch
            _free(crops.device)

    def _network_points(self, crops: torch.Tensor) -> torch.Tensor:
        n = len(crops)
        if self._compiled and n < self._batch:
            # One size of batch is compiled: the tail is padded.
            crops = torch.cat([crops, crops[-1:].expand(self._batch - n, -1, -1, -1)])
        with torch.inference_mode():
            return self._network.points(crops, flip_test=self._settings.flip_test)[:n]

    def _compile(self, n_frames: int) -> None:
        device = self._network.device
        wanted = self._settings.compile
        if wanted is None:
            wanted = device.type == "cuda" and n_frames >= COMPILE_FROM
        if wanted and not self._compiled:
            self._network.compile()
            self._compiled = True


def _crop_each(
    frames: Iterator[tuple[np.int64, Any]],
    windows: FloatArray,
    size: tuple[int, int],
    device: torch.device,
    dtype: torch.dtype,
    stream: torch.cuda.Stream | None,
) -> Iterator[tuple[np.int64, torch.Tensor]]:
    for row, frame in frames:
        part = cut(frame.image, windows[row], size)
        with torch.inference_mode(), torch.cuda.stream(stream) if stream else contextlib.nullcontext():
            made = crop(part, device, dtype)
        yield row, made


def _read(
    rows: npt.NDArray[np.int64], found: torch.Tensor, done: torch.cuda.Event | None
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    if done is not None:
        done.synchronize()
    return rows, found.numpy().astype(np.float64)


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


def choose_device(wanted: str) -> torch.device:
    """Return the device asked for; for "auto" the best there is.

    Raises
    ------
    UsageError
        This machine, or this build of torch, has no such device.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        wanted = next(name for name, there in present.items() if there)
    if not present[wanted]:
        raise UsageError(
            f"--device {wanted}: torch {torch.__version__} sees no such device here.",
            f"There is: {', '.join(name for name, there in present.items() if there)}.",
        )
    return torch.device(wanted)


def _choose_dtype(wanted: str, device: torch.device) -> torch.dtype:
    if wanted != "auto":
        return _DTYPES[wanted]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return torch.float16 if device.type == "mps" else torch.float32


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device had not enough memory; the kinds of device say so in their own ways."""
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in text or "can't allocate memory" in text


def _free(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
