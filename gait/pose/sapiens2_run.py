"""Runs a network of Sapiens2 over the person in each frame: decoding, cropping and computing overlap.

A thread decodes frames, uploads of each the part around the person and crops it there; meanwhile the network works on
the batch before. Only what was found comes back.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from gait.ahead import ahead
from gait.errors import GaitError, UsageError
from gait.pose.model import Clip, Progress
from gait.pose.sapiens2_warp import crop, cut, windows_around
from gait.types import FloatArray, SubjectTrack

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
BATCH = {"cuda": {"0.4b": 32, "0.8b": 32, "1b": 16, "5b": 8}, "mps": {"0.4b": 2}}
"""People per batch by kind of device and size; 1 where a size is not named."""

SMALL_BATCH = 16
"""For shapes that were not published, which are small."""

_AHEAD = 2
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class _Batch:
    """Crops of consecutive frames, (n, 3, height, width), and when they are ready on the device."""

    rows: Rows
    crops: torch.Tensor
    ready: torch.cuda.Event | None


class Runner(ABC):
    """A network on its device, and how many people at a time it takes there.

    Parameters
    ----------
    name : str
        For messages.
    input_size : (height, width)
        Of the crops.
    device, dtype
        Where they go, and as what.
    batch : int
        People per batch at most; halved where the memory does not suffice.
    """

    def __init__(
        self, *, name: str, input_size: tuple[int, int], device: torch.device, dtype: torch.dtype, batch: int
    ) -> None:
        self.name, self.input_size, self.device, self.dtype = name, input_size, device, dtype
        self._fits = self._batch = batch

    @abstractmethod
    def _compute(self, crops: torch.Tensor) -> torch.Tensor:
        """Return what the network finds in crops, one row for each."""

    def windows(self, track: SubjectTrack) -> FloatArray:
        """Return what the network sees of each frame, (T, 4); NaN where the person is out of view."""
        windows = np.full((len(track.time_s), 4), np.nan)
        in_view = np.isfinite(track.box_px).all(axis=1)
        windows[in_view] = windows_around(track.box_px[in_view], self.input_size)
        return windows

    def run(
        self, clip: Clip, time_s: FloatArray, windows: FloatArray, progress: Progress | None = None
    ) -> Iterator[tuple[Rows, npt.NDArray[Any]]]:
        """Yield rows and what was found in them; while one batch is read back, the next is computed.

        Parameters
        ----------
        clip : Clip
        time_s : (T,)
        windows : (T, 4)
            As from `windows`.
        progress : callable, optional
            Called with the number of frames done since the last call.
        """
        for rows, found in self._run(clip, time_s, np.flatnonzero(np.isfinite(windows).all(axis=1)), windows):
            yield rows, found
            if progress is not None:
                progress(len(rows))

    def _run(
        self, clip: Clip, time_s: FloatArray, rows: Rows, windows: FloatArray
    ) -> Iterator[tuple[Rows, npt.NDArray[Any]]]:
        # A short clip does not fill a large batch.
        self._batch = min(self._fits, 1 << max(len(rows) - 1, 0).bit_length())
        pending: tuple[Rows, torch.Tensor, torch.cuda.Event | None] | None = None
        with ahead(self._batches(clip, time_s, rows, windows), _AHEAD) as batches:
            for batch in batches:
                if batch.ready is not None:
                    torch.cuda.current_stream().wait_event(batch.ready)
                    batch.crops.record_stream(torch.cuda.current_stream())
                # Elsewhere than on CUDA nothing says when a copy that was not waited for is there.
                streams = batch.ready is not None
                found = self.compute(batch.crops).to("cpu", non_blocking=streams)
                done = torch.cuda.current_stream().record_event() if streams else None
                if pending is not None:
                    yield _read(*pending)
                pending = (batch.rows, found, done)
        if pending is not None:
            yield _read(*pending)

    def _batches(
        self, clip: Clip, time_s: FloatArray, rows: Rows, windows: FloatArray
    ) -> Generator[_Batch, None, None]:
        """Decode, upload and crop; runs in a thread, and on a stream of its own where there are streams."""
        stream = torch.cuda.Stream(self.device) if self.device.type == "cuda" else None
        length = self._batch
        # A broken tail may end the frames early.
        frames = zip(rows, clip.frames_at(time_s[rows]), strict=False)
        while group := list(self._crop_each(islice(frames, length), windows, stream)):
            with torch.inference_mode(), torch.cuda.stream(stream) if stream else contextlib.nullcontext():
                crops = torch.stack([made for _, made in group])
                ready = stream.record_event() if stream is not None else None
            yield _Batch(rows=np.array([row for row, _ in group]), crops=crops, ready=ready)

    def _crop_each(
        self, frames: Iterator[tuple[np.int64, Any]], windows: FloatArray, stream: torch.cuda.Stream | None
    ) -> Iterator[tuple[np.int64, torch.Tensor]]:
        for row, frame in frames:
            part = cut(frame.image, windows[row], self.input_size)
            with torch.inference_mode(), torch.cuda.stream(stream) if stream else contextlib.nullcontext():
                made = crop(part, self.device, self.dtype)
            yield row, made

    def compute(self, crops: torch.Tensor) -> torch.Tensor:
        """Return what is found in crops; the batch is halved as often as the memory does not suffice.

        Raises
        ------
        GaitError
            The device has not enough memory for one person.
        """
        while True:
            try:
                return torch.cat([self._compute(part) for part in crops.split(self._batch)])
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
            free(crops.device)


def _read(rows: Rows, found: torch.Tensor, done: torch.cuda.Event | None) -> tuple[Rows, npt.NDArray[Any]]:
    if done is not None:
        done.synchronize()
    return rows, found.numpy()


def batch_for(wanted: int | None, size: str, device: torch.device) -> int:
    """Return how many people a batch has: what was asked for, or what suits a size ("0.4b") on a device."""
    return wanted or (SMALL_BATCH if size == "custom" else BATCH.get(device.type, {}).get(size, 1))


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


def choose_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """Return what to compute in, by the name of the settings."""
    if wanted != "auto":
        return DTYPES[wanted]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return torch.float16 if device.type == "mps" else torch.float32


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device had not enough memory; the kinds of device say so in their own ways."""
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in text or "can't allocate memory" in text


def free(device: torch.device) -> None:
    """Give back what memory the device holds on to."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
