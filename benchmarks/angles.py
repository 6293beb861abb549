"""Joint angles from a virtual camera against those of a motion laboratory, on the same walks.

    python benchmarks/angles.py [REPORTS]

Four children walk past a camera (3 to 6 m away, 30 frames per second, 2 px of noise unless said otherwise). Each stride
between the laboratory's own strikes is compared with the laboratory's 3D sagittal joint angle; the hip is the thigh
against the vertical here and against the pelvis there, so part of its difference is the motion of the pelvis. The key
angles of the cycle are compared with the thigh against the vertical in 3D; with a folder of reports of the sample
videos (gait run sample_videos/*.mp4 -o REPORTS) also those that a pose model sees with those that are true there.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import itertools
import json

import numpy as np
import pandas as pd

from benchmarks.lab import LabWalk, NoLabDataError, View, camera_view, lab_walks, random_camera
from gait.analysis.analyze import analyze
from gait.analysis.body.table import signals_table
from gait.analysis.measures.cycles import stride_curves
from gait.analysis.measures.key_angles import key_angles
from gait.analysis.view.scene import describe_scene
from gait.config import SignalSettings
from gait.pose.files import read_poses
from gait.pose.model import canonical_only
from gait.signals.clean import clean_poses
from gait.skeleton import INDEX, SIDES
from gait.types import FloatArray

SAMPLES = Path(__file__).resolve().parents[1] / "sample_videos"
JOINTS = ("hip", "knee", "ankle")


def compare_view(walk: LabWalk, view: View) -> list[dict[str, object]]:
    """Return one row per stride and joint: error of the curve with and without its offset, error of the range."""
    clean = clean_poses(view.poses, SignalSettings())
    scene = describe_scene(clean)
    events = view.events.assign(pass_number=1)
    signals = signals_table(clean, scene, events)
    truth = view.angles_deg.assign(time_s=view.poses.time_s)
    strides = lab_strides(view)
    rows: list[dict[str, object]] = []
    for joint in JOINTS:
        for side in SIDES:
            mine = strides[strides["side"] == side]
            found, true = (stride_curves(table, mine, f"{side}_{joint}_deg") for table in (signals, truth))
            known = np.isfinite(found + true).all(axis=1)
            for a, b in zip(found[known], true[known], strict=True):
                offset = float(np.mean(a - b))
                rows.append(
                    {
                        "walk": walk.name,
                        "joint": joint,
                        "near": side == view.near_side,
                        "rmse_deg": float(np.sqrt(np.mean((a - b - offset) ** 2))),
                        "offset_deg": offset,
                        "range_error_deg": float(np.ptp(a) - np.ptp(b)),
                    }
                )
    return rows


def lab_strides(view: View) -> pd.DataFrame:
    """Return the strides between the laboratory's strikes."""
    strikes = view.events[view.events["kind"] == "strike"].sort_values("time_s")
    rows = []
    for side in SIDES:
        mine = strikes.loc[strikes["side"] == side, "time_s"].to_list()
        rows.extend((side, a, b, True) for a, b in itertools.pairwise(mine))
    return pd.DataFrame(rows, columns=["side", "start_s", "end_s", "valid"])


def angle_errors(repeats: int = 10, seed: int = 0, **camera: object) -> pd.DataFrame:
    """Film every straight walk several times; one row per stride and joint.

    Parameters
    ----------
    repeats : int
        Cameras per walk, at random distance, side and phase.
    seed : int
    camera
        Fields of `benchmarks.lab.Camera` that stay fixed.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for walk in lab_walks():
        if not walk.turns:
            for _ in range(repeats):
                rows.extend(compare_view(walk, camera_view(walk, random_camera(rng, **camera), rng)))
    return pd.DataFrame(rows)


def summary(errors: pd.DataFrame) -> pd.DataFrame:
    """Return one row per joint."""
    grouped = errors.groupby("joint", sort=False)
    return pd.DataFrame(
        {
            "strides": grouped.size(),
            "curve RMSE, offset removed": grouped["rmse_deg"].mean(),
            "offset": grouped["offset_deg"].mean(),
            "range, mean error": grouped["range_error_deg"].mean(),
            "range, mean absolute error": grouped["range_error_deg"].apply(lambda e: e.abs().mean()),
        }
    ).round(2)


def key_errors(
    found: pd.DataFrame, true: pd.DataFrame, strides: pd.DataFrame, side: str, about: dict[str, object]
) -> list[dict[str, object]]:
    """Return one row per key angle: its mean error over the strides of one side.

    Parameters
    ----------
    found, true : DataFrame
        `time_s` and the hip, knee and ankle angle of each side.
    strides : DataFrame
        Those of this side alone.
    side : str
    about : dict
        Put into every row.
    """
    seen, known = (
        key_angles(*(stride_curves(table, strides, f"{side}_{joint}_deg") for joint in JOINTS))
        for table in (found, true)
    )
    errors = {name: seen[name] - known[name] for name in seen}
    return [
        about | {"angle": name, "error_deg": float(np.nanmean(error))}
        for name, error in errors.items()
        if np.isfinite(error).any()
    ]


def lab_key_errors(repeats: int = 10, seed: int = 0) -> pd.DataFrame:
    """Film every straight walk several times; one row per filming, side and key angle."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for walk in lab_walks():
        for number in range(0 if walk.turns else repeats):
            camera = random_camera(rng)
            view = camera_view(walk, camera, rng)
            clean = clean_poses(view.poses, SignalSettings())
            signals = signals_table(clean, describe_scene(clean), view.events.assign(pass_number=1))
            began_s = walk.time_s[0] + camera.phase / camera.fps
            thighs = {
                f"{side}_hip_deg": np.interp(view.poses.time_s + began_s, walk.time_s, _thigh_deg(walk, side))
                for side in SIDES
            }
            truth = view.angles_deg.assign(time_s=view.poses.time_s, **thighs)
            strides = lab_strides(view)
            for side in SIDES:
                about = {"walk": walk.name, "filming": number, "side": side, "leg": "any"}
                rows.extend(key_errors(signals, truth, strides[strides["side"] == side], side, about))
    return pd.DataFrame(rows)


def _thigh_deg(walk: LabWalk, side: str) -> FloatArray:
    line = walk.xyz_mm[:, INDEX[f"{side}_knee"]] - walk.xyz_mm[:, INDEX[f"{side}_hip"]]
    return np.asarray(np.degrees(np.arctan2(line[:, 0], -line[:, 2])))


def rendered_key_errors(reports: Path) -> pd.DataFrame:
    """Compare reports of the sample videos with what is true; one row per clip, side, near or far leg, and angle."""
    rows: list[dict[str, object]] = []
    for table in sorted(reports.glob("*/keypoints.parquet")):
        clip = table.parent.name
        known = json.loads((SAMPLES / f"{clip}.json").read_text(encoding="utf-8"))
        result = analyze(canonical_only(read_poses(table)[0]))
        if "left_knee_deg" not in known or not result.scene.walking:
            continue
        names = [f"{side}_{joint}_deg" for side in SIDES for joint in JOINTS]
        time_s = np.array(known["time_s"]) - known["time_s"][0]
        truth = pd.DataFrame({name: known[name] for name in names}, dtype=float).assign(time_s=time_s)
        near = {walk.number: walk.near_side for walk in result.scene.passes if walk.near_side}
        strides = result.strides[result.strides["valid"] & result.strides["pass_number"].isin(near)]
        for (side, is_near), mine in strides.groupby(["side", strides["pass_number"].map(near) == strides["side"]]):
            about = {"walk": clip, "filming": 0, "side": side, "leg": "near" if is_near else "far"}
            rows.extend(key_errors(result.signals, truth, mine, str(side), about))
    return pd.DataFrame(rows)


def key_summary(errors: pd.DataFrame) -> pd.DataFrame:
    """Return one row per key angle and leg: mean error, its SD from leg to leg and from filming to filming, and RMS."""
    legs = errors.groupby(["angle", "leg", "walk", "side"], sort=False)["error_deg"]
    own, again = legs.mean().groupby(level=[0, 1], sort=False), legs.var().groupby(level=[0, 1], sort=False)
    squared = errors.assign(error_deg=errors["error_deg"] ** 2).groupby(["angle", "leg"], sort=False)["error_deg"]
    return pd.DataFrame(
        {
            "legs": own.size(),
            "mean error": own.mean(),
            "SD from leg to leg": own.std(),
            "SD from filming to filming": np.sqrt(again.mean()),
            "root mean square": np.sqrt(squared.mean()),
        }
    ).round(1)


def main() -> None:
    try:
        print("Key angles, 30 fps, 2 px (degrees; the time of the peak in percent of the cycle)")
        print(key_summary(lab_key_errors()).to_string())
        if len(sys.argv) > 1:
            print("\nKey angles of rendered walkers, as the pose model sees them")
            print(key_summary(rendered_key_errors(Path(sys.argv[1]))).to_string())
        for label, camera in {
            "30 fps, 2 px": {},
            "30 fps, no noise": {"noise_px": 0.0},
            "30 fps, 4 px": {"noise_px": 4.0},
            "60 fps, 2 px": {"fps": 60.0},
            "30 fps, 2 px, 20 degrees off the plane": {"off_plane_deg": 20.0},
            "30 fps, 2 px, far leg partly hidden": {"occlusion": True},
        }.items():
            print(f"\n{label} (degrees)")
            print(summary(angle_errors(**camera)).to_string())
    except NoLabDataError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
