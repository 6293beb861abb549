"""How well strikes are timed from the front and the back: laboratory walks, looked at from many places.

    python benchmarks/frontal.py [--noise 3] [--seed 5]
    python benchmarks/frontal.py --whole [--recordings 30] [--seed 5]
    python benchmarks/frontal.py --curves

Six walks over ground and one on a treadmill (../shared/gold) are short; one stride of each is repeated,
with strides of varying duration, to a walk of a dozen steps. A pinhole camera looks at it along the walk, still or
following, tilted so that the body is in the picture. `--whole` takes recordings of 3 to 11 s through the whole
analysis: the same walkers and simulated ones, sound and impaired, out to 12 m from a camera that stands still, with the
points of the feet and with ankles alone. `--curves` prints the mean curves that
gait.analysis.events.frontal_steps holds.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.conditions import EDGE_S
from benchmarks.coverage import random_walker
from benchmarks.lab import SHARED, NoLabDataError
from benchmarks.scoring import NOTHING, Matches, interval_errors, match_events, row_of, table
from benchmarks.simulator import Recording, simulate_walk
from gait.analysis.analyze import analyze
from gait.analysis.events.frontal import frontal_strikes
from gait.analysis.events.frontal_steps import POINTS
from gait.analysis.geometry import Body
from gait.config import SignalSettings
from gait.signals.clean import clean_poses
from gait.signals.filters import frame_interval_s
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
DURATION_S, CAMERA_HEIGHT_M, NEAREST_M, FARTHEST_M = (3.0, 11.0), (0.8, 1.5), 2.2, 12.0
"""Of whole recordings; the still camera is never nearer to the walker, nor farther."""
NOISE_PX, NOISE_LEGS = 3.0, 0.012
"""SD of the noise of their points: the same in pixels at every distance, or a share of the leg (1 cm in an adult)."""
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
    xy += noise_px * _noise(xy.shape, fps, rng)
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


def _noise(shape: tuple[int, ...], fps: float, rng: np.random.Generator) -> FloatArray:
    """Return noise of unit SD, a third of which lasts for some frames."""
    lasting = gaussian_filter1d(rng.standard_normal(shape), 0.06 * fps, axis=0)
    return np.asarray(np.sqrt(2 / 3) * rng.standard_normal(shape) + np.sqrt(1 / 3) * lasting / lasting.std())


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


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Joints without noise, and the strikes (time_s, side, kind, pass_number) in view."""

    poses: PoseSequence
    strikes: pd.DataFrame


def simulated(direction: Direction, fps: float, rng: np.random.Generator) -> Recorded:
    """Film someone like one of the simulator's patterns."""
    walker = random_walker(rng)
    speed_m_s = walker.cadence / 60 * float(np.mean(walker.step_length_bh)) * walker.height_m
    duration_s = min(float(rng.uniform(*DURATION_S)), (FARTHEST_M - NEAREST_M) / speed_m_s)
    way_m = duration_s * speed_m_s
    poses, truth = simulate_walk(
        walker,
        Recording(
            duration_s=duration_s,
            direction=direction,
            off_plane_deg=float(rng.uniform(-8, 8)),
            fps=fps,
            phase=float(rng.random()),
            noise_px=0.0,
            distance_m=way_m / 2 + NEAREST_M + float(rng.random()) * (FARTHEST_M - NEAREST_M - way_m),
            camera_height_m=float(rng.uniform(*CAMERA_HEIGHT_M)),
            width_px=WIDTH_PX,
            height_px=HEIGHT_PX,
            focal_widths=FOCAL_HEIGHTS * HEIGHT_PX / WIDTH_PX,
        ),
        seed=int(rng.integers(2**31)),
    )
    return Recorded(poses=poses, strikes=truth.events[truth.events["kind"] == "strike"])


def in_laboratory(known: list[Stride], direction: Direction, fps: float, rng: np.random.Generator) -> Recorded:
    """Film one of the laboratory walks."""
    stride = known[int(rng.integers(len(known)))]
    stride_m = float(stride.xyz_m[-1, INDEX["left_hip"], 0] - stride.xyz_m[0, INDEX["left_hip"], 0])
    most = (FARTHEST_M - NEAREST_M) / stride_m - 1
    n_strides = int(np.clip(round(rng.uniform(*DURATION_S) / stride.duration_s), 3, most))
    time_s, xyz, strikes = walk(stride, n_strides, rng)
    nearest_m = NEAREST_M + float(rng.random()) * (FARTHEST_M - NEAREST_M - (n_strides + 1) * stride_m)
    poses = film(time_s, xyz, direction, False, nearest_m, float(rng.uniform(*CAMERA_HEIGHT_M)), 0.0, rng, fps)
    strikes = strikes.assign(time_s=strikes["time_s"] - time_s[0], pass_number=1)
    return Recorded(poses=poses, strikes=strikes[strikes["time_s"] < poses.time_s[-1]])


def seen_by_model(poses: PoseSequence, noise: str, *, feet: bool, rng: np.random.Generator) -> PoseSequence:
    """Put noise on the joints, the same in pixels all along or in shares of the body, and leave out heels and toes."""
    leg_px = Body(poses).leg
    size_px = np.full(len(leg_px), NOISE_PX) if noise == "pixels" else NOISE_LEGS * leg_px
    xy = poses.xy_px + size_px[:, None, None] * _noise(poses.xy_px.shape, 1 / frame_interval_s(poses.time_s), rng)
    if not feet:
        xy[:, [k for k, name in enumerate(poses.keypoints) if "heel" in name or "toe" in name]] = np.nan
    score = np.where(np.isfinite(xy).all(axis=2), poses.score, 0.0)
    return replace(poses, xy_px=xy.astype(np.float32), score=score.astype(np.float32))


@dataclass(kw_only=True)
class Whole:
    """What came of a group of recordings: strikes, and per recording the errors of cadence and mean step times."""

    strikes: Matches = NOTHING
    cadence: list[float] = field(default_factory=list)
    step_ms: list[float] = field(default_factory=list)
    side_ms: list[float] = field(default_factory=list)
    held: list[bool] = field(default_factory=list)
    side_held: list[bool] = field(default_factory=list)
    width: list[float] = field(default_factory=list)
    covered: list[float] = field(default_factory=list)
    n: int = 0

    def add(self, recorded: Recorded, poses: PoseSequence) -> None:
        """Analyze one more recording."""
        result = analyze(poses)
        truth, end_s = recorded.strikes, float(poses.time_s[-1])
        clear = truth["time_s"].between(EDGE_S, end_s - EDGE_S)
        self.strikes += match_events(result.events, truth[clear], "strike", truth[~clear])
        self.n += 1
        inside = [p.end_s - p.start_s for p in result.scene.passes]
        self.covered.append(sum(inside) / end_s)
        given = result.measures[result.measures["status"] == "valid"].set_index(["measure", "side"])
        errors = interval_errors(result.measures, truth)
        self.cadence += errors["cadence"]
        if errors["cadence"]:
            row = given.loc[("cadence", "both")]
            true = row["value"] - errors["cadence"][0]
            self.held.append(bool(row["ci_low"] <= true <= row["ci_high"]))
            self.width.append(float(row["ci_high"] - row["ci_low"]) / 2)
            self.step_ms.append(-60_000 * errors["cadence"][0] / row["value"] / true)
        for side in SIDES:
            true_s = interval_errors(result.measures.query("side == @side"), truth)["step time"]
            if true_s:
                row = given.loc[("step_time", side)]
                true = row["value"] - true_s[0] / 1000
                self.side_held.append(bool(row["ci_low"] <= true <= row["ci_high"]))
        self.side_ms += errors["step time"]

    def row(self) -> dict[str, object]:
        """Sum up."""
        cadence, step_ms = np.abs(self.cadence), np.abs(self.step_ms)
        strikes = row_of(self.strikes)
        return {
            "none": self.n - len(cadence),
            "cadence MAE": float(np.mean(cadence)),
            "cadence p95": float(np.percentile(cadence, 95)),
            "cadence worst": float(np.max(cadence)),
            "within": float(np.mean(self.width)),
            "held %": 100 * float(np.mean(self.held)),
            "step ms": float(np.mean(step_ms)),
            "one side ms": float(np.mean(np.abs(self.side_ms))),
            "side held %": 100 * float(np.mean(self.side_held)),
            "missed %": strikes["missed %"],
            "invented %": strikes["invented %"],
            "bias ms": strikes["bias ms"],
            "pass %": 100 * float(np.mean(self.covered)),
            "short passes": int(np.sum(np.array(self.covered) < 0.8)),
        }


def print_whole(known: list[Stride], n_recordings: int, seed: int) -> None:
    """Print a row for each kind of walker, direction, frame rate, noise, and points seen."""
    rows, all_rows = [], {feet: Whole() for feet in (True, False)}
    directions: tuple[Direction, ...] = ("toward", "away")
    for walkers, direction, fps in itertools.product(("simulated", "laboratory"), directions, (60.0, 30.0)):
        rng = np.random.default_rng(seed)
        recorded = [
            simulated(direction, fps, rng) if walkers == "simulated" else in_laboratory(known, direction, fps, rng)
            for _ in range(n_recordings)
        ]
        for noise, feet in itertools.product(("pixels", "body"), (True, False)):
            group = Whole()
            for one in recorded:
                poses = seen_by_model(one.poses, noise, feet=feet, rng=rng)
                group.add(one, poses)
                all_rows[feet].add(one, poses)
            points = "feet" if feet else "ankles"
            rows.append({"walk": f"{walkers}, {direction}, {fps:.0f}/s, {noise}, {points}", **group.row()})
    print(table([*rows, *({"walk": f"all, {'feet' if f else 'ankles'}", **g.row()} for f, g in all_rows.items())]))


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
    parser.add_argument("--whole", action="store_true", help="print the table of whole recordings instead")
    parser.add_argument("--recordings", type=int, default=30, help="of each kind, with --whole")
    parser.add_argument("--curves", action="store_true", help="print the mean curves instead")
    options = parser.parse_args()
    known = strides()
    if options.curves:
        print_curves(known)
        return
    if options.whole:
        print_whole(known, options.recordings, options.seed)
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
            view = f"{direction}, {'following' if follows else 'fixed'}, {distance_m:g} m, {height_m:g} m high"
            spread_ms = 1000 * float(np.std(total.error_s))
            rows.append({"view": view, "spread ms": spread_ms, **row_of(total)})
    print(table(rows))


if __name__ == "__main__":
    main()
