"""How well strikes are timed from the front and the back: laboratory walks, looked at from many places.

    python benchmarks/frontal.py [--noise 3] [--seed 5]
    python benchmarks/frontal.py --curves

Six walks over ground and one on a treadmill (../shared/gold) are short; one stride of each is repeated,
with strides of varying duration, to a walk of a dozen steps. A pinhole camera looks at it along the walk, still or
following, tilted so that the body is in the picture. `--curves` prints the mean curves that gait.analysis.frontal_steps
holds.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.lab import SHARED, NoLabDataError
from benchmarks.scoring import NOTHING, Matches, match_events, row_of, table
from gait.analysis.frontal_events import frontal_strikes
from gait.analysis.frontal_steps import POINTS
from gait.config import SignalSettings
from gait.signals.clean import clean_poses
from gait.skeleton import INDEX, KEYPOINTS, SIDES
from gait.types import Direction, FloatArray, Pass, PoseSequence

STRIDE_SD = 0.03
"""Of the duration, as a share."""
WIDTH_PX, HEIGHT_PX, FOCAL_HEIGHTS = 1080, 1920, 0.85
FOLLOWS_S = 0.6
"""Over which a following camera evens out the movement of the hips."""
VIEWS: tuple[tuple[bool, float, float], ...] = (
    (True, 2.5, 1.4), (True, 3.5, 1.0), (True, 6.0, 1.2), (True, 12.0, 0.5),
    (False, 2.5, 1.4), (False, 4.0, 1.0), (False, 8.0, 1.5), (False, 12.0, 0.5),
)  # fmt: skip
"""Whether the camera follows, its (smallest) distance and its height, in metres."""
_MIRRORED = [INDEX[k.replace("left", "?").replace("right", "left").replace("?", "right")] for k in KEYPOINTS]
_HIPS = [INDEX["left_hip"], INDEX["right_hip"]]
_TREADMILL_STRIKES = ((0.618, "right"), (1.247, "left"), (1.853, "right"))


@dataclass(frozen=True, kw_only=True)
class Stride:
    """One stride in space.

    Attributes
    ----------
    name : str
    xyz_m : (201, K, 3)
        Evenly spaced in time; x along the walk, y to the left, z up. It ends as it begins, one stride further.
    duration_s : float
    side : str
        Which foot strikes at its beginning and end.
    other_at : float
        When the other foot strikes, as a share of the stride.
    """

    name: str
    xyz_m: FloatArray
    duration_s: float
    side: str
    other_at: float


def strides(shared: Path = SHARED) -> list[Stride]:
    """Read one stride of each walk.

    Raises
    ------
    NoLabDataError
        When the folder is not there.
    """
    files = [f for f in sorted((shared / "gold").glob("*/*.csv.gz")) if "turn" not in f.name]
    if not files:
        raise NoLabDataError(f"no laboratory walks in {shared / 'gold'}: they are not part of the repository.")
    return [*(_stride(*_read(file)) for file in files), _stride(*_treadmill(shared / "gold" / "treadmill_walk.trc"))]


def _read(file: Path) -> tuple[str, FloatArray, FloatArray, list[tuple[float, str]]]:
    given = pd.read_csv(file)
    name = file.name.removesuffix(".csv.gz")
    xyz = np.full((len(given), len(KEYPOINTS), 3), np.nan)
    for k, keypoint in enumerate(KEYPOINTS):
        columns = [f"{keypoint}_{axis}_mm" for axis in "xyz"]
        if set(columns) <= set(given.columns):
            xyz[:, k] = given[columns].to_numpy() / 1000
    events = json.loads(file.with_name(f"{name}_events.json").read_text(encoding="utf-8"))
    strikes = sorted((e["time_s"], e["side"]) for e in events if e["kind"] == "strike")
    return name, given["time_s"].to_numpy(dtype=np.float64), xyz, strikes


def _treadmill(file: Path) -> tuple[str, FloatArray, FloatArray, list[tuple[float, str]]]:
    """Read the markers of the treadmill walk, and let it move on over the ground as fast as the belt moved back."""
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    names = [name for name in rows[3][2:] if name]
    values = np.array([[float(v) for v in row[1 : 2 + 3 * len(names)]] for row in rows[5:] if row[0].strip()])
    time_s = values[:, 0]
    xyz = np.full((len(time_s), len(KEYPOINTS), 3), np.nan)

    def marker(name: str) -> FloatArray:
        at = 1 + 3 * names.index(name)
        x, y, z = values[:, at : at + 3].T / 1000
        return np.stack([x, -z, y], axis=1)

    for side in SIDES:
        letter = side[0].upper()
        heel, toe = marker(f"{letter}.Heel"), marker(f"{letter}.Toe.Tip")
        points = {
            "hip": marker(f"{letter}.ASIS") + np.array([-0.07, 0, -0.09]),
            "knee": marker(f"{letter}.Shank.Upper"),
            "ankle": heel + 0.2 * (toe - heel) + np.array([0, 0, 0.05]),
            "heel": heel,
            "big_toe": toe,
            "shoulder": marker(f"{letter}.Acromium"),
        }
        for point, at in points.items():
            xyz[:, INDEX[f"{side}_{point}"]] = at
    a, b = np.searchsorted(time_s, [0.8, 1.1])  # The right foot is flat on the belt.
    heel = xyz[:, INDEX["right_heel"], 0]
    xyz[:, :, 0] -= np.outer(time_s, np.ones(len(KEYPOINTS))) * (heel[b] - heel[a]) / (time_s[b] - time_s[a])
    return "treadmill", time_s, xyz, list(_TREADMILL_STRIKES)


def _stride(name: str, time_s: FloatArray, xyz: FloatArray, strikes: list[tuple[float, str]]) -> Stride:
    """Cut out the first whole stride; of a walk that shows a step alone, a step and its mirror image."""
    xyz = xyz - [0, 0, np.nanmin(xyz[..., 2])]
    known = np.isfinite(xyz).all(axis=(0, 2))
    at = CubicSpline(time_s, xyz[:, known])
    share = np.linspace(0, 1, 201)
    cut = np.full((201, len(KEYPOINTS), 3), np.nan)
    (start_s, side), (other_s, _) = strikes[:2]
    if len(strikes) > 2:
        duration_s = strikes[2][0] - start_s
        cut[:, known] = at(start_s + share * duration_s)
        other_at = (other_s - start_s) / duration_s
    else:
        duration_s, other_at = 2 * (other_s - start_s), 0.5
        step = np.full((101, len(KEYPOINTS), 3), np.nan)
        step[:, known] = at(np.linspace(start_s, other_s, 101))
        mirrored = step[:, _MIRRORED] * [1, -1, 1]
        mirrored += (step[-1, _HIPS] - mirrored[0, _HIPS]).mean(axis=0) * [1, 1, 0]
        apart, fade = mirrored[0] - step[-1], np.linspace(0, 0.5, 101)[:, None, None]
        cut = np.concatenate([step + fade * apart, (mirrored - fade[::-1] * apart)[1:]])
    hips = cut[:, _HIPS].mean(axis=1)
    way = (hips[-1] - hips[0]) * [1, 1, 0]
    cos, sin = way[:2] / np.linalg.norm(way[:2])
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    cut, way = (cut - hips[0] * [1, 1, 0]) @ turn, way @ turn
    seam = cut[-1] - cut[0] - way
    return Stride(
        name=name,
        xyz_m=cut - (share[:, None, None] - 0.5) * seam,
        duration_s=duration_s,
        side=side,
        other_at=other_at,
    )


def walk(stride: Stride, n_strides: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, pd.DataFrame]:
    """Repeat a stride: time (T,), places (T, K, 3) in metres, and the strikes (time_s, side, kind)."""
    share, way = np.linspace(0, 1, 201), stride.xyz_m[-1] - stride.xyz_m[0]
    known = np.isfinite(stride.xyz_m).all(axis=(0, 2))
    cycle = stride.xyz_m[:, known] - share[:, None, None] * way[known]
    cycle[-1] = cycle[0]
    repeats = CubicSpline(share, cycle, bc_type="periodic")
    lasts = stride.duration_s * (1 + STRIDE_SD * rng.standard_normal(n_strides + 2))
    starts = np.cumsum(lasts) - lasts[0]
    time_s = np.arange(0.7 * lasts[0], starts[-1] - 0.25 * stride.duration_s, 0.005)
    turns = CubicSpline(starts, np.arange(n_strides + 2))
    phase = turns(time_s)
    xyz = np.full((len(time_s), len(KEYPOINTS), 3), np.nan)
    xyz[:, known] = repeats(phase % 1) + phase[:, None, None] * way[known]
    other = "left" if stride.side == "right" else "right"
    strikes = [(k, stride.side) for k in range(n_strides + 2)] + [
        (k + stride.other_at, other) for k in range(n_strides + 2)
    ]
    seen = [(float(np.interp(at, phase, time_s)), side) for at, side in strikes if phase[0] < at < phase[-1]]
    return time_s, xyz, pd.DataFrame(sorted(seen), columns=["time_s", "side"]).assign(kind="strike")


def film(
    time_s: FloatArray,
    xyz_m: FloatArray,
    direction: Direction,
    follows: bool,
    distance_m: float,
    height_m: float,
    noise_px: float,
    rng: np.random.Generator,
    fps: float = 30.0,
) -> PoseSequence:
    """Look along the walk. A third of the noise lasts for some frames; a following camera sways in the hand."""
    frames_s = np.arange(time_s[0] + rng.random() / fps, time_s[-1], 1 / fps)
    known = np.isfinite(xyz_m).all(axis=(0, 2))
    xyz = np.full((len(frames_s), len(KEYPOINTS), 3), np.nan)
    xyz[:, known] = CubicSpline(time_s, xyz_m[:, known])(frames_s)
    ahead = 1.0 if direction == "away" else -1.0
    hips = xyz[:, _HIPS].mean(axis=1)
    eye, tilt = np.zeros((len(frames_s), 3)), np.zeros(len(frames_s))
    if follows:

        def sway(hz: float, size: float) -> FloatArray:
            return np.asarray(size * np.sin(2 * np.pi * (hz * frames_s + rng.random())))

        eye[:, :2] = gaussian_filter1d(hips[:, :2], FOLLOWS_S * fps, axis=0, mode="nearest")
        eye[:, 0] += sway(0.31, 0.05) - ahead * distance_m
        eye[:, 2] = height_m + sway(1.7, 0.01)
        tilt += np.arctan2(0.9 - height_m, distance_m) + sway(0.4, np.radians(0.8))
    else:
        nearest = hips[:, 0].min() if ahead > 0 else hips[:, 0].max()
        eye[:] = [nearest - ahead * distance_m, hips[:, 1].mean(), height_m]
        tilt += np.arctan2(0.9 - height_m, np.abs(hips[:, 0] - eye[:, 0]).mean())
    forward, left, up = np.moveaxis(xyz - eye[:, None], 2, 0) * np.array([ahead, ahead, 1.0])[:, None, None]
    cos, sin = np.cos(tilt)[:, None], np.sin(tilt)[:, None]
    depth, rise = forward * cos + up * sin, up * cos - forward * sin
    focal_px = FOCAL_HEIGHTS * HEIGHT_PX
    xy = np.stack([WIDTH_PX / 2 - focal_px * left / depth, HEIGHT_PX / 2 - focal_px * rise / depth], axis=2)
    lasting = gaussian_filter1d(rng.standard_normal(xy.shape), 0.06 * fps, axis=0)
    xy += noise_px * (np.sqrt(2 / 3) * rng.standard_normal(xy.shape) + np.sqrt(1 / 3) * lasting / lasting.std())
    return PoseSequence(
        time_s=frames_s - time_s[0],
        frame=np.arange(len(frames_s), dtype=np.int64),
        xy_px=xy.astype(np.float32),
        score=np.where(np.isfinite(xy).all(axis=2), 0.95, 0.0).astype(np.float32),
        model="laboratory",
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        background_xy_px=None if follows else np.zeros((len(frames_s), 2)),
    )


def score(poses: PoseSequence, strikes: pd.DataFrame, direction: Direction) -> Matches:
    """Find the strikes of a walk that is one pass, and compare."""
    whole = Pass(
        number=1,
        start_s=float(poses.time_s[0]),
        end_s=float(poses.time_s[-1]),
        direction=direction,
        view="frontal",
        near_side=None,
    )
    found = frontal_strikes(clean_poses(poses, SignalSettings()), whole)
    events = pd.DataFrame(
        [(c.time_s, c.side, c.kind, c.sd_s) for c in found if c.time_s >= 0], columns=["time_s", "side", "kind", "sd_s"]
    )
    return match_events(events, strikes, "strike")


def print_curves(known: list[Stride]) -> None:
    """Print the mean Fourier terms of height over and way ahead of the hips, in leg lengths."""
    for axis, name in ((2, "_LIFT"), (0, "_REACH")):
        for point in POINTS:
            terms = []
            for stride in known:
                xyz = stride.xyz_m - np.linspace(0, 1, 201)[:, None, None] * (stride.xyz_m[-1] - stride.xyz_m[0])
                joints = [xyz[:, INDEX[f"left_{joint}"]] for joint in ("hip", "knee", "ankle")]
                leg_m = sum(np.linalg.norm(a - b, axis=1).mean() for a, b in pairwise(joints))
                under = (xyz - xyz[:, _HIPS].mean(axis=1, keepdims=True))[:-1, :, axis] / leg_m
                for side in SIDES:
                    late = 0 if side == stride.side else round(200 * stride.other_at)
                    terms.append(np.fft.rfft(np.roll(under[:, INDEX[f"{side}_{point}"]], -late))[1:5] / 100)
            print(name, point, np.round(np.mean(terms, axis=0), 3))


def main() -> None:
    """Print a row for each view."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--noise", type=float, default=3.0, help="SD of the noise of the points, in pixels")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--curves", action="store_true", help="print the mean curves instead")
    options = parser.parse_args()
    known = strides()
    if options.curves:
        print_curves(known)
        return
    rng = np.random.default_rng(options.seed)
    rows = []
    directions: tuple[Direction, ...] = ("away", "toward")
    for direction in directions:
        for follows, distance_m, height_m in VIEWS:
            total = NOTHING
            for stride in known:
                time_s, xyz, strikes = walk(stride, 6, rng)
                poses = film(time_s, xyz, direction, follows, distance_m, height_m, options.noise, rng)
                total += score(poses, strikes.assign(time_s=strikes["time_s"] - time_s[0]), direction)
            view = f"{direction}, {'following' if follows else 'still'}, {distance_m:g} m, {height_m:g} m high"
            spread_ms = 1000 * float(np.std(total.error_s))
            rows.append({"view": view, "spread ms": spread_ms, **row_of(total)})
    print(table(rows))


if __name__ == "__main__":
    main()
