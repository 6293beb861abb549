"""BlazePose in worker processes: each decodes its own stretch of the video, crops and finds the joints.

One BlazePose uses about one core, and two processes run nearly twice as fast as one, so the stretches are divided over
the cores. Nothing but times, boxes and joints crosses the border between processes.
"""

from __future__ import annotations

import math
import multiprocessing
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, cast

import numpy as np

from gait.errors import GaitError
from gait.pose.model import Clip, Progress, poses_on
from gait.skeleton import KEYPOINTS
from gait.types import ImageArray, PersonCheck, PoseSequence, SubjectTrack

CHUNK_FRAMES = 120
"""The tracking state starts anew after this many frames, wherever the work is cut: the joints do not depend on the
number of processes."""


class BlazePose:
    """The bundled pose model, complexity 1, on the CPU.

    Parameters
    ----------
    processes : int
        Worker processes at most. They are started at once, so that they load while the subject is being looked for.
    reason : str
        Why this model was chosen; empty when it was asked for by name.
    """

    name = "blazepose"

    def __init__(self, processes: int, reason: str = "") -> None:
        from gait.pose.blazepose_worker import serve

        self.reason = reason
        # "spawn" starts clean: forking a process that runs decoder threads can hang the child.
        context = multiprocessing.get_context("spawn")
        self._workers: list[tuple[BaseProcess, Connection]] = []
        for _ in range(processes):
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs,), daemon=True, name="gait-blazepose")
            process.start()
            theirs.close()
            self._workers.append((process, ours))

    def __enter__(self) -> BlazePose:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for process, pipe in self._workers:
            pipe.close()
            process.kill()  # It has nothing to lose, and takes its time to leave by itself.
            process.join()

    def provenance(self) -> dict[str, Any]:
        """Name, version and the hash of the weights."""
        return {"name": self.name, "reason": self.reason, **self._ask(0, ("provenance",))}

    def check_person(self, rgb: ImageArray) -> PersonCheck | None:
        """Look for a person in a small picture, without any memory of earlier ones."""
        check: PersonCheck | None = self._ask(0, ("check", rgb))
        return check

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
            On the times of the track; NaN where the person is out of view or was not recognised.

        Raises
        ------
        GaitError
            A worker process died.
        """
        n = len(track.time_s)
        xy_px = np.full((n, len(KEYPOINTS), 2), np.nan, dtype=np.float32)
        score = np.zeros((n, len(KEYPOINTS)), dtype=np.float32)
        chunks = math.ceil(n / CHUNK_FRAMES)
        bounds = [min(round(i * chunks / len(self._workers)) * CHUNK_FRAMES, n) for i in range(len(self._workers) + 1)]
        waiting: dict[Connection, tuple[int, int]] = {}
        for (_, pipe), start, stop in zip(self._workers, bounds[:-1], bounds[1:], strict=True):
            if stop > start:
                pipe.send(("estimate", clip, track.time_s[start:stop], track.box_px[start:stop], CHUNK_FRAMES))
                waiting[pipe] = (start, stop)
        while waiting:
            for pipe in cast(list[Connection], wait(list(waiting))):
                kind, payload = self._receive(pipe)
                if kind == "progress":
                    if progress is not None:
                        progress(payload)
                    continue
                start, stop = waiting.pop(pipe)
                xy_px[start:stop], score[start:stop] = payload
        return poses_on(track, clip, xy_px, score, keypoints=KEYPOINTS, model=self.name)

    def _ask(self, worker: int, message: tuple[Any, ...]) -> Any:
        pipe = self._workers[worker][1]
        pipe.send(message)
        return self._receive(pipe)[1]

    def _receive(self, pipe: Connection) -> tuple[str, Any]:
        try:
            kind, payload = pipe.recv()
        except (EOFError, ConnectionResetError) as error:
            raise GaitError(
                "A pose worker process died.", "It may have run out of memory; try again with pose.processes: 1."
            ) from error
        if kind == "error":
            raise payload
        return kind, payload
