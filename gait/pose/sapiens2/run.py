"""Runs a network of Sapiens2 over the person in each frame: decoding, cropping and computing overlap.

A thread decodes frames and cuts out of each the part around the person. All work of the device is issued from the
thread of the caller (on MPS two threads at once are not safe): on CUDA a batch is uploaded and cropped on a stream of
its own while the network works on the batch before. Only what was found comes back.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from gait.ahead import ahead
from gait.errors import GaitError, UsageError
from gait.frames import FramesAtTimes
from gait.pose.model import Progress
from gait.pose.sapiens2.compile import FAILURES, compile_network, forget_compiled
from gait.pose.sapiens2.warp import Part, crop, cut, windows_around
from gait.types import FloatArray, SubjectTrack

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}
BATCH = {"cuda": {"0.4b": 32, "0.8b": 32, "1b": 16, "5b": 8}, "mps": {"0.4b": 2}}
"""People per batch by kind of device and size; 1 where a size is not named."""

SMALL_BATCH = 16
"""For shapes that were not published, which are small."""

_AHEAD = 1
"""Batches that are decoded before they are needed; while one waits, the device works on another."""

COMPILE_FROM = 600
"""Frames from which on compiling pays; it takes some ten seconds."""

Rows = npt.NDArray[np.int64]


class Runner(ABC):
    """A network on its device, and how many people at a time it takes there. A context manager.

    Parameters
    ----------
    name : str
        For messages.
    model : torch.nn.Module
        The network; compiled where that pays.
    input_size : (height, width)
        Of the crops.
    device, dtype
        Where they go, and as what.
    batch : int
        People per batch at most; halved where the memory does not suffice.
    compile : bool or None
        Whether to compile the network; None leaves it to the length of the video.
    """

    def __init__(
        self,
        *,
        name: str,
        model: Any,
        input_size: tuple[int, int],
        device: torch.device,
        dtype: torch.dtype,
        batch: int,
        compile: bool | None,
    ) -> None:
        self.name, self.input_size, self.device, self.dtype = name, input_size, device, dtype
        self._model, self._compile = model, compile
        self._fits = self._batch = batch
        self._compiled, self._can_compile = False, True
        self._uploads = torch.cuda.Stream(device) if device.type == "cuda" else None

    def __exit__(self, *exc_info: object) -> None:
        forget_compiled(self._model)
        del self._model
        free(self.device)

    @abstractmethod
    def _find(self, crops: torch.Tensor) -> torch.Tensor:
        """Return what the network finds in crops, one row for each."""

    def options(self) -> list[str]:
        """Return how the network was run, for the provenance."""
        said = [f"batches of {self._batch}"]
        if self._compiled:
            said.append("compiled")
        if not self._can_compile:
            said.append("could not be compiled")
        return said

    def windows(self, track: SubjectTrack) -> FloatArray:
        """Return what the network sees of each frame, (T, 4); NaN where the person is out of view."""
        windows = np.full((len(track.time_s), 4), np.nan)
        in_view = np.isfinite(track.box_px).all(axis=1)
        windows[in_view] = windows_around(track.box_px[in_view], self.input_size)
        return windows

    def run(
        self, clip: FramesAtTimes, time_s: FloatArray, windows: FloatArray, progress: Progress | None = None
    ) -> Iterator[tuple[Rows, npt.NDArray[Any]]]:
        """Yield rows and what was found in them; while one batch is read back, the next is computed.

        Parameters
        ----------
        clip : FramesAtTimes
        time_s : (T,)
        windows : (T, 4)
            As from `windows`.
        progress : callable, optional
            Called with the number of frames done since the last call.

        Raises
        ------
        GaitError
            The device has not enough memory for one person.
        """
        rows = np.flatnonzero(np.isfinite(windows).all(axis=1))
        # A short clip does not fill a large batch.
        self._batch = min(self._fits, 1 << max(len(rows) - 1, 0).bit_length())
        self._compile_for(len(rows))
        pending: tuple[Rows, Arriving] | None = None
        with ahead(self._parts(clip, time_s, rows, windows), _AHEAD) as groups:
            for group, parts in groups:
                arriving = self.compute(parts)
                if pending is not None:
                    yield pending[0], pending[1].array()
                    if progress is not None:
                        progress(len(pending[0]))
                pending = group, arriving
        if pending is not None:
            yield pending[0], pending[1].array()
            if progress is not None:
                progress(len(pending[0]))

    def _parts(
        self, clip: FramesAtTimes, time_s: FloatArray, rows: Rows, windows: FloatArray
    ) -> Generator[tuple[Rows, list[Part]], None, None]:
        """Decode, and cut out what the network needs; runs in a thread."""
        length = self._batch
        # A broken tail may end the frames early.
        frames = zip(rows, clip.frames_at(time_s[rows]), strict=False)
        cuts = ((row, cut(frame.image, windows[row], self.input_size)) for row, frame in frames)
        while group := list(islice(cuts, length)):
            yield np.array([row for row, _ in group]), [part for _, part in group]

    def compute(self, parts: Sequence[Part]) -> Arriving:
        """Return what is found in parts of pictures; the batch is halved as often as the memory does not suffice.

        Raises
        ------
        GaitError
            The device has not enough memory for one person.
        """
        while True:
            try:
                firsts = range(0, len(parts), self._batch)
                found = torch.cat([self._found(parts[first : first + self._batch]) for first in firsts])
                return Arriving.from_device(found)
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                if self._batch == 1:
                    raise GaitError(
                        f"{self.name}: the memory of the device does not suffice for one person ({error}).",
                        "Choose a smaller model, or --device cpu.",
                    ) from error
            # Outside of the handler: the traceback holds on to tensors.
            self._batch //= 2
            self._fits = self._batch
            free(self.device)

    def _found(self, parts: Sequence[Part]) -> torch.Tensor:
        """Return what is found in the parts of one batch, still on the device."""
        crops = self._crops(parts)
        if self._compiled:
            try:
                # One size of batch is compiled: the tail is padded.
                padding = crops[-1:].expand(self._batch - len(crops), -1, -1, -1)
                with torch.inference_mode():
                    return self._find(torch.cat([crops, padding]))[: len(crops)]
            except FAILURES:
                forget_compiled(self._model)
                self._compiled, self._can_compile = False, False
        with torch.inference_mode(), exact(self.device, self.dtype):
            return self._find(crops)

    def _crops(self, parts: Sequence[Part]) -> torch.Tensor:
        """Upload and crop, on a stream of its own where there are streams."""
        if self._uploads is None:
            with torch.inference_mode():
                return torch.stack([crop(part, self.device, self.dtype) for part in parts])
        with torch.inference_mode(), torch.cuda.stream(self._uploads):
            crops = torch.stack([crop(part, self.device, self.dtype) for part in parts])
        computing = torch.cuda.current_stream(self.device)
        computing.wait_stream(self._uploads)
        crops.record_stream(computing)
        return crops

    def _compile_for(self, n_frames: int) -> None:
        wanted = self._compile
        if wanted is None:
            wanted = self.device.type == "cuda" and n_frames >= COMPILE_FROM
        if wanted and self._can_compile and not self._compiled:
            compile_network(self._model)
            self._compiled = True


@dataclass(frozen=True)
class Arriving:
    """What was found, on its way from the device."""

    tensor: torch.Tensor
    there: torch.cuda.Event | None

    @classmethod
    def from_device(cls, found: torch.Tensor) -> Arriving:
        """Begin to copy; only CUDA says when a copy that nobody waits for is there."""
        if found.device.type != "cuda":
            return cls(found.cpu(), None)
        copy = found.to("cpu", non_blocking=True)
        return cls(copy, torch.cuda.current_stream(found.device).record_event())

    def array(self) -> npt.NDArray[Any]:
        """Wait until it is there."""
        if self.there is not None:
            self.there.synchronize()
        array: npt.NDArray[Any] = self.tensor.numpy()
        return array


@contextlib.contextmanager
def exact(device: torch.device, dtype: torch.dtype) -> Iterator[None]:
    """Let float32 be float32: CUDA's convolutions round it to ten bits unless they are told not to."""
    if device.type != "cuda" or dtype != torch.float32:
        yield
        return
    convolutions = torch.backends.cudnn.conv
    before, convolutions.fp32_precision = convolutions.fp32_precision, "ieee"
    try:
        yield
    finally:
        convolutions.fp32_precision = before


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
    # By its number: a stream that belongs to "cuda" may be another device's in another thread.
    return torch.device(wanted, torch.cuda.current_device()) if wanted == "cuda" else torch.device(wanted)


def choose_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """Return what to compute in, by the name of the settings."""
    if wanted != "auto":
        return DTYPES[wanted]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return torch.float16 if device.type == "mps" else torch.float32


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device had not enough memory; drivers and libraries say so in their own ways."""
    words = (
        "out of memory",
        "can't allocate memory",
        "insufficient memory",
        "alloc_failed",
        "unable to find an engine",
    )
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or any(word in text for word in words)


def free(device: torch.device) -> None:
    """Give back what memory the device holds on to."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
