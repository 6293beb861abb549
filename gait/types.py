"""The values that pass from stage to stage; their shapes are checked once, on construction.

All are frozen and keyword-only. NaN is missing, intervals are half-open, times are presentation timestamps in seconds
less the first, pixels are those of the picture as displayed (after rotation), with y down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from gait.equality import by_value
from gait.provenance import Provenance
from gait.skeleton import KEYPOINTS

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
ImageArray = npt.NDArray[np.uint8]

Side = Literal["left", "right"]
View = Literal["sagittal", "frontal", "oblique"]
Direction = Literal["right", "left", "toward", "away"]
Level = Literal["info", "warning", "refusal"]


def _check_shape(owner: str, name: str, array: npt.NDArray[Any], expected: tuple[int | None, ...]) -> None:
    """Raise a ValueError with expected and actual shape; None in `expected` matches any length."""
    if array.ndim != len(expected) or any(e is not None and e != a for e, a in zip(expected, array.shape, strict=True)):
        wanted = "(" + ", ".join("any" if e is None else str(e) for e in expected) + ")"
        raise ValueError(f"{owner}.{name}: expected shape {wanted}, got {array.shape}.")


def _check_increasing(owner: str, time_s: FloatArray) -> None:
    if not np.all(np.isfinite(time_s)):
        raise ValueError(f"{owner}.time_s: expected finite times.")
    if len(time_s) > 1 and not np.all(np.diff(time_s) > 0):
        first = int(np.argmax(np.diff(time_s) <= 0))
        raise ValueError(
            f"{owner}.time_s: expected increasing times, got {time_s[first]:.6f} then {time_s[first + 1]:.6f} "
            f"at position {first + 1}."
        )


@dataclass(frozen=True, kw_only=True)
class VideoInfo:
    """What a video file says of itself; all times are those of the real motion, also where it plays in slow motion.

    Attributes
    ----------
    path : Path
    width_px, height_px : int
        Size as displayed, after rotation.
    time_base : Fraction
        Unit of the presentation timestamps, in seconds.
    nominal_fps : float
        Average frame rate; for display and defaults, never for time. The file plays at `played_fps`.
    n_frames : int or None
        None where the container does not say.
    duration_s : float or None
    rotation_deg : int
        Clockwise turn that makes the stored picture upright: 0, 90, 180 or 270.
    is_variable_rate : bool
    codec : str
    capture_fps : float or None
        Frames per second that the camera took, where the file or the user says so.
    capture_fps_source : str or None
        The key in the file's metadata, or "asked for".
    clock_stretch : float
        How many times slower the file plays than the motion was: 4 for 120 frames per second played at 30.
    recorded_at : str or None
        When the file says that it was recorded, ISO 8601.
    """

    path: Path
    width_px: int
    height_px: int
    time_base: Fraction
    nominal_fps: float
    n_frames: int | None
    duration_s: float | None
    rotation_deg: int
    is_variable_rate: bool
    codec: str
    capture_fps: float | None = None
    capture_fps_source: str | None = None
    clock_stretch: float = 1.0
    recorded_at: str | None = None

    @property
    def played_fps(self) -> float:
        """Average frame rate at which the file plays."""
        return self.nominal_fps / self.clock_stretch

    def __post_init__(self) -> None:
        if self.width_px <= 0 or self.height_px <= 0:
            raise ValueError(f"VideoInfo: expected a positive size, got {self.width_px} x {self.height_px}.")
        if self.rotation_deg not in (0, 90, 180, 270):
            raise ValueError(f"VideoInfo.rotation_deg: expected 0, 90, 180 or 270, got {self.rotation_deg}.")


@by_value
@dataclass(frozen=True, kw_only=True)
class Roll:
    """How far the camera was turned about its line of sight: by how much what is upright leans in the picture.

    Attributes
    ----------
    deg : float
        Lean of uprights in the middle of the picture, top to the right positive.
    fan_deg : float
        How much more those at the right edge lean than those at the left: not zero where the camera looks up or down.
    sd_deg : float
        Standard deviation of the error of `deg`.
    """

    deg: float
    fan_deg: float
    sd_deg: float

    def upright_deg(self, x_px: FloatArray, width_px: int) -> FloatArray:
        """Return the lean of what is upright at places across a picture, top to the right positive."""
        return self.deg + self.fan_deg * (x_px / width_px - 0.5)


@dataclass(frozen=True, kw_only=True)
class PersonCheck:
    """What a pose model says of a small picture that may show a person.

    Attributes
    ----------
    score : float
        0 to 1: mean score of the points of trunk and legs.
    box_px : tuple of 4 floats
        x1, y1, x2, y2 around the body, in pixels of that picture; it may reach over the edges.
    body_height_px : float
        From nose to the lower ankle.
    """

    score: float
    box_px: tuple[float, float, float, float]
    body_height_px: float


@dataclass(frozen=True, kw_only=True)
class PersonSeen:
    """One person (or what may be one) seen in the video.

    Attributes
    ----------
    number : int
        From 1, as printed on the picture in the report and as `--subject` takes it.
    start_s, end_s : float
        When this person is in view.
    travel_body_heights : float
        How far this person moved over the ground (camera motion removed), in body heights.
    confidence : float
        0 to 1: how sure it is that this is a person.
    box_px : tuple of 4 floats
        x1, y1, x2, y2 at `picture_time_s`, the moment that shows the person best.
    picture_time_s : float
    chosen : bool
    note : str
        One plain sentence: why chosen, or why not.
    """

    number: int
    start_s: float
    end_s: float
    travel_body_heights: float
    confidence: float
    box_px: tuple[float, float, float, float]
    picture_time_s: float
    chosen: bool
    note: str


@by_value
@dataclass(frozen=True, kw_only=True)
class SubjectTrack:
    """Where the chosen person is, one row per sampled frame.

    Attributes
    ----------
    time_s : float64 (T,)
    frame : int64 (T,)
        Number of the frame in the file.
    box_px : float64 (T, 4)
        x1, y1, x2, y2 of the whole person; NaN while out of view.
    score : float64 (T,)
        0 to 1; 0 while out of view.
    background_xy_px : float64 (T, 2)
        How far the fixed background has moved in the picture since the first frame (x right, y down): zero for a camera
        that stands still, NaN where it could not be followed.
    reason : str
        Why this person was chosen, in one plain sentence.
    people : tuple of PersonSeen
        Everyone seen, the chosen one included.
    detector : str
    picture : uint8 (H, W, 3) or None
        A frame in which everyone seen is drawn, numbered.
    portrait : uint8 (H, W, 3) or None
        The followed person alone, small.
    hidden : tuple of (start_s, end_s)
        When somebody nearer to the camera was in front of the person: there the box is NaN.
    roll : Roll or None
        Of the camera; None where the picture does not tell.
    """

    time_s: FloatArray
    frame: IntArray
    box_px: FloatArray
    score: FloatArray
    background_xy_px: FloatArray
    reason: str
    people: tuple[PersonSeen, ...]
    detector: str
    picture: ImageArray | None = field(default=None, compare=False)
    portrait: ImageArray | None = field(default=None, compare=False)
    hidden: tuple[tuple[float, float], ...] = ()
    roll: Roll | None = None

    def __post_init__(self) -> None:
        n = len(self.time_s)
        _check_shape("SubjectTrack", "frame", self.frame, (n,))
        _check_shape("SubjectTrack", "box_px", self.box_px, (n, 4))
        _check_shape("SubjectTrack", "score", self.score, (n,))
        _check_shape("SubjectTrack", "background_xy_px", self.background_xy_px, (n, 2))
        _check_increasing("SubjectTrack", self.time_s)


@by_value
@dataclass(frozen=True, kw_only=True)
class PoseSequence:
    """The joints of one person over time, in the canonical skeleton.

    Attributes
    ----------
    time_s : float64 (T,), increasing
    frame : int64 (T,)
        Number of the frame in the file.
    xy_px : float32 (T, K, 2)
        NaN where the point is unknown.
    score : float32 (T, K)
        0 to 1; 0 where the point is unknown.
    keypoints : tuple of K names
    model : str
        Name of the pose model.
    width_px, height_px : int
        Size of the picture.
    background_xy_px : float64 (T, 2) or None
        As in `SubjectTrack`; None where there was no video to look at.
    sd_px : float32 (T, K) or None
        How unsure the place of each point is: standard deviation along one axis, NaN where the point is unknown; None
        where the model does not say.
    roll : Roll or None
        As in `SubjectTrack`.
    """

    time_s: FloatArray
    frame: IntArray
    xy_px: Float32Array
    score: Float32Array
    keypoints: tuple[str, ...] = KEYPOINTS
    model: str
    width_px: int
    height_px: int
    background_xy_px: FloatArray | None = None
    sd_px: Float32Array | None = None
    roll: Roll | None = None

    def __post_init__(self) -> None:
        n, k = len(self.time_s), len(self.keypoints)
        _check_shape("PoseSequence", "frame", self.frame, (n,))
        _check_shape("PoseSequence", "xy_px", self.xy_px, (n, k, 2))
        _check_shape("PoseSequence", "score", self.score, (n, k))
        if self.background_xy_px is not None:
            _check_shape("PoseSequence", "background_xy_px", self.background_xy_px, (n, 2))
        if self.sd_px is not None:
            _check_shape("PoseSequence", "sd_px", self.sd_px, (n, k))
        _check_increasing("PoseSequence", self.time_s)
        if len(set(self.keypoints)) != k:
            raise ValueError("PoseSequence.keypoints: expected each name once.")

    def point(self, name: str) -> Float32Array:
        """Return one point over time, (T, 2); all NaN if the sequence has no such point."""
        if name in self.keypoints:
            return self.xy_px[:, self.keypoints.index(name)]
        return np.full((len(self.time_s), 2), np.nan, dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class Flag:
    """Something the reader must know.

    Attributes
    ----------
    level : {"info", "warning", "refusal"}
    code : str
        Short and stable, for programs: "few_steps".
    message : str
        One plain sentence, for people.
    start_s, end_s : float or None
        The part of the clip it concerns.
    """

    level: Level
    code: str
    message: str
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One stretch of walking in one direction.

    Attributes
    ----------
    number : int
        From 1.
    start_s, end_s : float
    direction : {"right", "left", "toward", "away"}
        Where the person walks in the picture.
    view : {"sagittal", "frontal", "oblique"}
    near_side : {"left", "right"} or None
        The side toward the camera; None in a frontal view.
    off_plane_deg : float or None
        Estimated angle of the walk off the picture plane, without its sign; 90 toward the camera or away.
    """

    number: int
    start_s: float
    end_s: float
    direction: Direction
    view: View
    near_side: Side | None
    off_plane_deg: float | None = None


@dataclass(frozen=True, kw_only=True)
class Scene:
    """How the camera sees the walk.

    Attributes
    ----------
    view : {"sagittal", "frontal", "oblique"} or None
        Of most of the walking; None where nobody walks.
    passes : tuple of Pass
    ground : {"overground", "treadmill", "unknown"}
    camera : {"fixed", "panning", "unknown"}
    off_plane_deg : float or None
        Estimated angle of the walk off the picture plane: mean over the passes from the side.
    walking : bool
    reason : str
        Why this counts as walking, or why not.
    roll : Roll or None
        Of the camera; None where it is not known.
    """

    view: View | None
    passes: tuple[Pass, ...]
    ground: Literal["overground", "treadmill", "unknown"]
    camera: Literal["fixed", "panning", "unknown"]
    off_plane_deg: float | None
    walking: bool
    reason: str
    roll: Roll | None = None

    @property
    def far_side(self) -> Side | None:
        """The side away from the camera in all that is seen from the side; None where each was toward it, or none."""
        near = {walk.near_side for walk in self.passes if walk.near_side}
        return "right" if near == {"left"} else "left" if near == {"right"} else None


@by_value
@dataclass(frozen=True, kw_only=True)
class Result:
    """Everything measured in one recording.

    Attributes
    ----------
    signals : DataFrame
        One row per sampled frame; `time_s` and the columns of `gait.columns.SIGNALS`.
    events : DataFrame
        time_s, frame, side, kind, confidence, method, sd_s, pass_number (0 in a turn).
    strides : DataFrame
        One row per stride; the columns of `gait.columns.STRIDE_COLUMNS`.
    measures : DataFrame
        The columns of `gait.columns.MEASURE_COLUMNS`.
    cycles : DataFrame
        The gait cycle stride by stride; the columns of `gait.columns.CYCLE_COLUMNS`.
    curves : DataFrame
        signal, side, percent (0 to 100), mean, sd, n: the mean gait cycle.
    poses : PoseSequence
        As the model gave them.
    clean : PoseSequence
        After cleaning, on the same times.
    scene : Scene
    flags : tuple of Flag
    provenance : Provenance
        File and hash, settings, model and weights, versions, times per stage.
    track : SubjectTrack or None
        None when the joints came from a table.
    """

    signals: pd.DataFrame
    events: pd.DataFrame
    strides: pd.DataFrame
    measures: pd.DataFrame
    cycles: pd.DataFrame
    curves: pd.DataFrame
    poses: PoseSequence
    clean: PoseSequence
    scene: Scene
    flags: tuple[Flag, ...]
    provenance: Provenance = field(default_factory=Provenance)
    track: SubjectTrack | None = None
