"""Joint angles from a virtual camera against those of a motion laboratory, on the same walks.

    python benchmarks/angles.py

Four adults walk past a camera (3 to 6 m away, 30 frames per second, 2 px of noise unless said otherwise). Each stride
between the laboratory's own strikes is compared with the laboratory's 3D sagittal joint angle; the hip is the thigh
against the vertical here and against the pelvis there, so part of its difference is the motion of the pelvis.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import itertools

import numpy as np
import pandas as pd

from benchmarks.lab import LabWalk, NoLabDataError, View, camera_view, lab_walks, random_camera
from gait.analysis.cycles import stride_curves
from gait.analysis.readout import signals_table
from gait.analysis.scene import describe_scene
from gait.config import SignalSettings
from gait.signals.clean import clean_poses
from gait.skeleton import SIDES

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


def main() -> None:
    try:
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
