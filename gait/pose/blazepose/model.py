"""BlazePose as a pose model: one person in a video, or in a single picture."""

from __future__ import annotations

import queue
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager

import numpy as np
import numpy.typing as npt

from gait.ahead import ahead
from gait.frames import FramesAtTimes
from gait.hashing import sha256_of
from gait.litert import weights_file
from gait.pose.blazepose.eye import Eye
from gait.pose.blazepose.follow import LAG, follow
from gait.pose.blazepose.joints import Joints
from gait.pose.blazepose.region import Fit, Region, whole_boxes
from gait.pose.model import Progress, poses_on
from gait.provenance import ModelFacts
from gait.skeleton import INDEX, KEYPOINTS, SIDES
from gait.types import FloatArray, ImageArray, IntArray, PersonCheck, PoseSequence, SubjectTrack

_AHEAD = 2
"""Frames that are decoded before they are needed."""

EDGE_MARGIN = 0.04
"""In body heights: as far as BlazePose errs. It guesses the limbs that are still outside, with high scores."""

MIN_INSIDE = 0.75
"""Of the points: with fewer clear of these edges, BlazePose lays hidden limbs on those that can be seen."""

_SURE = [INDEX[f"{side}_{name}"] for side in SIDES for name in ("shoulder", "hip", "knee", "ankle")]


class BlazePose:
    """BlazePose on the CPU.

    Parameters
    ----------
    threads : int
        Frames worked on at a time, at most.
    network : {"full", "heavy"}
    reason : str
        Why this model was chosen; empty when it was asked for by name.

    Raises
    ------
    ModelUnavailableError
        LiteRT or the weights are not on this machine.
    """

    def __init__(self, threads: int, network: str = "full", reason: str = "") -> None:
        self.name = "blazepose" if network == "full" else f"blazepose-{network}"
        self.reason = reason
        self._network = network
        self._threads = min(threads, LAG)
        self._eyes: queue.SimpleQueue[Eye] = queue.SimpleQueue()
        self._eyes.put(Eye(network))

    def __enter__(self) -> BlazePose:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._eyes = queue.SimpleQueue()

    def provenance(self) -> ModelFacts:
        """Name, how it was run, and the hash of the weights."""
        from importlib.metadata import version

        files = [file for part in ("detector", self._network) if (file := weights_file(part)) is not None]
        return ModelFacts(
            name=self.name,
            reason=self.reason,
            detail=f"{self._network} network, LiteRT {version('ai-edge-litert')}",
            weights_sha256=sha256_of(*files),
        )

    def look(self, rgb: ImageArray, box_px: FloatArray | None = None) -> Joints | None:
        """Return the joints of the person in a box of a picture, without any memory of earlier ones.

        Parameters
        ----------
        rgb : uint8 (H, W, 3)
        box_px : (4,), optional
            x1, y1, x2, y2; without it the surest person in the picture is taken.
        """
        with self._eye() as eye:
            if box_px is not None:
                return eye.find(rgb, np.asarray(box_px, dtype=np.float64), None)
            height, width = rgb.shape[:2]
            square = Region(x_px=width / 2, y_px=height / 2, side_px=float(max(width, height, 2)))
            person = eye.person(rgb, square)
            return None if person is None else eye.settled(rgb, person)

    def check_person(self, rgb: ImageArray) -> PersonCheck | None:
        """Look for a person in a small picture, without any memory of earlier ones."""
        found = self.look(rgb)
        return None if found is None else as_check(found)

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
            On the times of the track; NaN where the person is out of view or was not recognised.
        """
        n = len(track.time_s)
        xy_px = np.full((n, len(KEYPOINTS), 2), np.nan, dtype=np.float32)
        score = np.zeros((n, len(KEYPOINTS)), dtype=np.float32)
        sd_px = np.full((n, len(KEYPOINTS)), np.nan, dtype=np.float32)
        size = (clip.info.width_px, clip.info.height_px)
        boxes = whole_boxes(track.box_px, size)
        rows = np.flatnonzero(np.isfinite(boxes).all(axis=1))
        with (
            ahead(_pictures(clip, track.time_s, rows), _AHEAD) as pictures,
            closing(follow(pictures, boxes, self._find, self._threads)) as results,
        ):
            for row, found in results:
                if found is not None:
                    seen = in_picture(found.xy_px, size)
                    xy_px[row, seen], score[row, seen] = found.xy_px[seen], found.score[seen]
                    sd_px[row, seen] = found.sd_px[seen]
                if progress is not None:
                    progress(1)
        return poses_on(track, clip, xy_px, score, sd_px=sd_px, keypoints=KEYPOINTS, model=self.name)

    def _find(self, rgb: ImageArray, box: FloatArray, fit: Fit | None) -> Joints | None:
        with self._eye() as eye:
            return eye.find(rgb, box, fit)

    @contextmanager
    def _eye(self) -> Iterator[Eye]:
        """Lend networks that nobody uses at the moment."""
        try:
            eye = self._eyes.get_nowait()
        except queue.Empty:
            eye = Eye(self._network)
        try:
            yield eye
        finally:
            self._eyes.put(eye)


def as_check(found: Joints) -> PersonCheck:
    """Return what joints say of a person as a whole."""
    low, high = np.nanmin(found.xy_px, axis=0), np.nanmax(found.xy_px, axis=0)
    ankles = found.xy_px[[INDEX["left_ankle"], INDEX["right_ankle"]], 1]
    return PersonCheck(
        score=float(found.score[_SURE].mean()),
        box_px=(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        body_height_px=float(ankles.max() - found.xy_px[INDEX["nose"], 1]),
    )


def _pictures(clip: FramesAtTimes, time_s: FloatArray, rows: IntArray) -> Generator[tuple[int, ImageArray], None, None]:
    """Decode the frames of some rows; runs in a thread."""
    # A broken tail may end the frames early.
    for row, frame in zip(rows, clip.frames_at(time_s[rows]), strict=False):
        yield int(row), frame.image


def in_picture(xy_px: FloatArray, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return which points, (K, 2), can be relied upon to be in a picture of some width and height, (K,).

    A walker comes in and leaves over the left and right edge: there, points are taken when they are clear of it, and
    none before most of them are. At the top and bottom, where people stand close to the edge, they need only be inside.
    """
    known = np.isfinite(xy_px).all(axis=1)
    x, y = xy_px[:, 0], xy_px[:, 1]
    margin = EDGE_MARGIN * float(np.ptp(y[known]))
    across = (x > margin) & (x < size[0] - margin)
    if across[known].mean() < MIN_INSIDE:
        return np.zeros_like(known)
    return across & (y > -margin / 2) & (y < size[1] + margin / 2)
