"""Walks measured in laboratories, seen through a virtual camera.

The walks are 3D keypoints in mm at 100 Hz (x along the progression at the start, y to the subject's left, z up), with
the laboratory's own foot strikes and offs. A pinhole camera looks at them from the side, or turned away from it; noise,
dropouts, exchanged legs and a far leg hidden by the near one are put on top. Nothing here is used by the tool itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.interpolate import CubicSpline

from gait.skeleton import INDEX, KEYPOINTS, LEG, SIDES
from gait.types import Direction, FloatArray, Pass, PoseSequence, Scene, Side

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Beside the repository root."""

WIDTH_PX, HEIGHT_PX = 1920, 1080
BODY_HEIGHT_PX = 550.0
CAMERA_HEIGHT_MM = 1000.0
RATE_HZ = 100.0


class NoLabDataError(FileNotFoundError):
    """The laboratory walks are not on this machine."""


@dataclass(frozen=True, kw_only=True)
class LabWalk:
    """One walk.

    Attributes
    ----------
    name : str
        Subject and kind: "HC030A_straight".
    time_s : (T,)
    xyz_mm : (T, K, 3)
        The canonical keypoints; NaN where the laboratory has none.
    events : DataFrame
        time_s, side, kind: the laboratory's own.
    angles_deg : DataFrame
        left_hip_deg ... right_ankle_deg, one row per sample of `time_s`: the laboratory's 3D sagittal joint angles.
    """

    name: str
    time_s: FloatArray
    xyz_mm: FloatArray
    events: pd.DataFrame
    angles_deg: pd.DataFrame

    @property
    def subject(self) -> str:
        return self.name.split("_")[0]

    @property
    def turns(self) -> bool:
        return self.name.endswith("turn")


@dataclass(frozen=True, kw_only=True)
class View:
    """What the camera saw, and what is true of it.

    Attributes
    ----------
    poses : PoseSequence
        As a pose model would have given them; times start at 0.
    exact : PoseSequence
        The same without noise, dropouts and exchanges.
    events : DataFrame
        time_s (of `poses`), side, kind: the laboratory's events inside the clip.
    angles_deg : DataFrame
        The laboratory's angles at the times of `poses`.
    swapped : bool (T,)
        Frames in which the legs were exchanged.
    scene : Scene
        As it is by construction.
    near_side : str
    """

    poses: PoseSequence
    exact: PoseSequence
    events: pd.DataFrame
    angles_deg: pd.DataFrame
    swapped: npt.NDArray[np.bool_]
    scene: Scene
    near_side: str


@dataclass(frozen=True, kw_only=True)
class Camera:
    """How the walk is filmed and how well the joints are found.

    Attributes
    ----------
    side : {"left", "right"}
        The subject's side that the camera stands on at the start.
    distance_m : float
        To the middle of the walk.
    off_plane_deg : float
        Turned from the sagittal view about the vertical; positive sees more of the front.
    fps : float
    phase : float
        0 to 1: where between two samples the first frame lies, in frames.
    noise_px : float
        SD of independent Gaussian noise on each coordinate.
    dropout : float
        Share of the points that are lost, independently.
    swap_share : float
        Share of the frames in which the legs are exchanged, in stretches of 0.1 to 0.6 s.
    occlusion : bool
        Noise three times as large on points of the far leg that lie behind the near leg, and low scores there.
    jitter : float
        SD of the frame interval as a share of it (a variable frame rate).
    """

    side: str = "right"
    distance_m: float = 4.0
    off_plane_deg: float = 0.0
    fps: float = 30.0
    phase: float = 0.0
    noise_px: float = 2.0
    dropout: float = 0.0
    swap_share: float = 0.0
    occlusion: bool = False
    jitter: float = 0.0


def lab_walks(shared: Path = SHARED) -> list[LabWalk]:
    """Read every laboratory walk.

    Raises
    ------
    NoLabDataError
        When the folder is not there.
    """
    folder = shared / "gold" / "lab"
    files = sorted(folder.glob("*.csv.gz"))
    if not files:
        raise NoLabDataError(f"no laboratory walks in {folder}: they are not part of the repository.")
    return [read_walk(file) for file in files]


def read_walk(file: Path) -> LabWalk:
    table = pd.read_csv(file)
    name = file.name.removesuffix(".csv.gz")
    xyz = np.full((len(table), len(KEYPOINTS), 3), np.nan)
    for k, keypoint in enumerate(KEYPOINTS):
        columns = [f"{keypoint}_{axis}_mm" for axis in "xyz"]
        if set(columns) <= set(table.columns):
            xyz[:, k] = table[columns].to_numpy()
    events = pd.DataFrame(json.loads(file.with_name(f"{name}_events.json").read_text(encoding="utf-8")))
    return LabWalk(
        name=name,
        time_s=table["time_s"].to_numpy(dtype=np.float64),
        xyz_mm=xyz,
        events=events,
        angles_deg=table[[c for c in table.columns if c.endswith("_deg")]],
    )


def camera_view(walk: LabWalk, camera: Camera, rng: np.random.Generator) -> View:
    """Film a walk: project it, sample it at the frame rate, and spoil the points as a pose model would.

    Parameters
    ----------
    walk : LabWalk
    camera : Camera
    rng : Generator
        Every draw comes from here.

    Returns
    -------
    View
    """
    interval_s = 1 / camera.fps
    first = walk.time_s[0] + camera.phase * interval_s
    n = int((walk.time_s[-1] - first) / interval_s + 1e-9) + 1
    time_s = first + np.arange(n) * interval_s
    if camera.jitter:
        time_s = np.clip(
            time_s + np.clip(rng.normal(0, camera.jitter, n), -0.45, 0.45) * interval_s, walk.time_s[0], walk.time_s[-1]
        )
    exact_px = _project(walk, camera, time_s)
    near_side = camera.side
    xy = exact_px + _noise(exact_px, camera, near_side, rng)
    score = np.where(np.isfinite(xy).all(axis=2), 0.9, 0.0)
    score[(rng.random(score.shape) < camera.dropout) & (score > 0)] = 0.05
    swapped = _swap_stretches(n, camera, rng)
    left, right = (np.array([INDEX[f"{side}_{joint}"] for joint in LEG]) for side in SIDES)
    rows = np.flatnonzero(swapped)[:, None]
    for values in (xy, score):
        values[rows, left], values[rows, right] = values[rows, right], values[rows, left]
    poses = _sequence(time_s - first, xy, score)
    events = walk.events.assign(time_s=walk.events["time_s"] - first)
    events = events[(events["time_s"] >= poses.time_s[0]) & (events["time_s"] <= poses.time_s[-1])]
    return View(
        poses=poses,
        exact=_sequence(time_s - first, exact_px, np.where(np.isfinite(exact_px).all(axis=2), 1.0, 0.0)),
        events=events.reset_index(drop=True),
        angles_deg=pd.DataFrame(
            {name: np.interp(time_s, walk.time_s, walk.angles_deg[name]) for name in walk.angles_deg.columns}
        ),
        swapped=swapped,
        scene=_scene(walk, camera, poses, first),
        near_side=near_side,
    )


def random_camera(rng: np.random.Generator, **fixed: object) -> Camera:
    """Draw phase, side and distance (3 to 6 m); whatever is named in `fixed` stays as given."""
    drawn: dict[str, object] = {
        "phase": float(rng.random()),
        "side": str(rng.choice(SIDES)),
        "distance_m": float(rng.uniform(3, 6)),
    }
    return Camera(**{**drawn, **fixed})  # type: ignore[arg-type]


def _project(walk: LabWalk, camera: Camera, time_s: FloatArray) -> FloatArray:
    """Return pixels (T, K, 2) of a level pinhole camera."""
    known = np.isfinite(walk.xyz_mm).all(axis=(0, 2))
    xyz = np.full((len(time_s), len(KEYPOINTS), 3), np.nan)
    xyz[:, known] = CubicSpline(walk.time_s, walk.xyz_mm[:, known])(time_s)
    hips = walk.xyz_mm[:, [INDEX["left_hip"], INDEX["right_hip"]]].mean(axis=1)
    ahead = np.array([1.0, 0.0, 0.0])
    aside = np.array([0.0, 1.0 if camera.side == "left" else -1.0, 0.0])
    theta = np.radians(camera.off_plane_deg)
    toward_camera = np.cos(theta) * aside + np.sin(theta) * ahead
    middle = 0.5 * (hips.min(axis=0) + hips.max(axis=0))
    middle[2] = 0.0
    distance_mm = 1000 * camera.distance_m
    eye = middle + distance_mm * toward_camera + np.array([0.0, 0.0, CAMERA_HEIGHT_MM])
    forward = -toward_camera
    rightward = np.cross(forward, [0.0, 0.0, 1.0])
    relative = xyz - eye
    depth = relative @ forward
    standing_mm = float(np.nanmax(walk.xyz_mm[..., 2])) + 120.0  # the crown above the nose
    focal_px = BODY_HEIGHT_PX * distance_mm / standing_mm
    x = WIDTH_PX / 2 + focal_px * (relative @ rightward) / depth
    y = HEIGHT_PX / 2 - focal_px * (relative[..., 2] + 0.1 * CAMERA_HEIGHT_MM) / depth
    return np.stack((x, y), axis=-1)


def _noise(exact_px: FloatArray, camera: Camera, near_side: str, rng: np.random.Generator) -> FloatArray:
    sd = np.full(exact_px.shape[:2], camera.noise_px)
    if camera.occlusion:
        far = "left" if near_side == "right" else "right"
        for joint in ("knee", "ankle", "heel", "big_toe", "small_toe"):
            apart = np.linalg.norm(
                exact_px[:, INDEX[f"{far}_{joint}"]] - exact_px[:, INDEX[f"{near_side}_{joint}"]], axis=1
            )
            sd[apart < 0.06 * BODY_HEIGHT_PX, INDEX[f"{far}_{joint}"]] *= 3
    return np.asarray(rng.normal(0, 1, exact_px.shape) * sd[..., None])


def _swap_stretches(n: int, camera: Camera, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    swapped = np.zeros(n, dtype=bool)
    if camera.swap_share:
        while swapped.mean() < camera.swap_share:
            start = int(rng.integers(0, n))
            swapped[start : start + max(1, round(rng.uniform(0.1, 0.6) * camera.fps))] ^= True
    return swapped


def _sequence(time_s: FloatArray, xy: FloatArray, score: FloatArray) -> PoseSequence:
    return PoseSequence(
        time_s=time_s,
        frame=np.arange(len(time_s), dtype=np.int64),
        xy_px=xy.astype(np.float32),
        score=score.astype(np.float32),
        model="laboratory",
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        background_xy_px=np.zeros((len(time_s), 2)),
    )


def _scene(walk: LabWalk, camera: Camera, poses: PoseSequence, first_s: float) -> Scene:
    """Describe a straight walk as it is; of a turning one, the part before the turn and the part after it."""
    end_s = float(poses.time_s[-1]) + 1e-3
    along: Direction = "right" if camera.side == "right" else "left"
    near: Side = "right" if camera.side == "right" else "left"
    passes = [Pass(number=1, start_s=0.0, end_s=end_s, direction=along, view="sagittal", near_side=near)]
    if walk.turns:
        heading = _heading_deg(walk)
        straight_until = walk.time_s[np.argmax(heading > 20)] - first_s
        turned_from = walk.time_s[len(heading) - np.argmax(heading[::-1] < 70)] - first_s
        passes = [replace(passes[0], end_s=float(straight_until))]
        if turned_from < end_s:
            passes.append(
                Pass(
                    number=2,
                    start_s=float(turned_from),
                    end_s=end_s,
                    direction="toward" if camera.side == "right" else "away",
                    view="frontal",
                    near_side=None,
                )
            )
    return Scene(
        view="sagittal",
        passes=tuple(passes),
        ground="overground",
        camera="fixed",
        off_plane_deg=abs(camera.off_plane_deg),
        walking=True,
        reason="measured in a laboratory",
    )


def _heading_deg(walk: LabWalk) -> FloatArray:
    """Return how far the walk has turned to the subject's right (T,), without the sway of each step."""
    hips = walk.xyz_mm[:, [INDEX["left_hip"], INDEX["right_hip"]], :2].mean(axis=1)
    half = round(0.55 * RATE_HZ)
    ahead = np.minimum(np.arange(len(hips)) + half, len(hips) - 1)
    behind = np.maximum(np.arange(len(hips)) - half, 0)
    moved = hips[ahead] - hips[behind]
    return np.asarray(-np.degrees(np.arctan2(moved[:, 1], moved[:, 0])))
