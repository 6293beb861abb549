"""Joints in tables: one wide table, `time_s`, then `<keypoint>_x`, `<keypoint>_y`, `<keypoint>_score`, and, where the
model says how unsure a place is, `<keypoint>_sd`.

Parquet also keeps what a table cannot hold (size of the picture, model, where the joints came from, the settings), so
that an analysis of the saved joints gives the numbers of the run that saved them.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gait.errors import InputError, UsageError
from gait.parquet import read_parquet, write_parquet
from gait.pose.importers.openpose import read_openpose
from gait.pose.importers.trc import read_trc
from gait.skeleton import KEYPOINTS
from gait.types import PoseSequence, Roll

SCHEMA = "gait.keypoints/1"


def poses_to_table(poses: PoseSequence) -> pd.DataFrame:
    """Return the wide table of a pose sequence: time_s, frame, the points, the motion of the background if known."""
    columns: dict[str, Any] = {"time_s": poses.time_s, "frame": poses.frame}
    for k, name in enumerate(poses.keypoints):
        columns[f"{name}_x"] = poses.xy_px[:, k, 0]
        columns[f"{name}_y"] = poses.xy_px[:, k, 1]
        columns[f"{name}_score"] = poses.score[:, k]
        if poses.sd_px is not None:
            columns[f"{name}_sd"] = poses.sd_px[:, k]
    if poses.background_xy_px is not None:
        columns["background_x"] = poses.background_xy_px[:, 0]
        columns["background_y"] = poses.background_xy_px[:, 1]
    return pd.DataFrame(columns)


def write_poses(poses: PoseSequence, path: Path, metadata: dict[str, Any] | None = None) -> None:
    """Write joints to a Parquet or CSV file, by its suffix.

    Parameters
    ----------
    poses : PoseSequence
    path : Path
    metadata : dict, optional
        Anything JSON can hold; Parquet keeps it, CSV cannot.
    """
    table = poses_to_table(poses)
    if path.suffix == ".csv":
        table.to_csv(path, index=False, float_format="%.9g")
        return
    write_parquet(path, table, {**poses_metadata(poses), **(metadata or {})})


def poses_metadata(poses: PoseSequence) -> dict[str, Any]:
    """Return what the wide table of a pose sequence cannot hold."""
    return {
        "schema": SCHEMA,
        "model": poses.model,
        "width_px": poses.width_px,
        "height_px": poses.height_px,
        "roll": asdict(poses.roll) if poses.roll else None,
    }


def read_poses(
    path: Path, size_px: tuple[int, int] | None = None, fps: float | None = None
) -> tuple[PoseSequence, dict[str, Any]]:
    """Read joints from a Parquet or CSV table, a TRC file, or a folder of OpenPose JSON files.

    Parameters
    ----------
    path : Path
    size_px : (int, int), optional
        Width and height of the picture; needed where the file does not say (CSV, OpenPose, Parquet of other programs).
    fps : float, optional
        Frames per second; needed, and used, where the files have no times (OpenPose).

    Returns
    -------
    poses : PoseSequence
    metadata : dict
        What the file says of its origin, and ``warnings`` where there is something to say; empty for CSV and TRC.

    Raises
    ------
    InputError
        The file is missing, broken, or has no joints in the expected columns.
    UsageError
        The size of the picture or the frame rate is not known.
    """
    metadata: dict[str, Any] = {}
    if path.is_dir():
        return read_openpose(path, size_px, fps)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file.")
    if path.suffix.lower() == ".trc":
        return read_trc(path, size_px), metadata
    if path.suffix.lower() == ".parquet":
        table, metadata, _ = read_parquet(path)
    elif path.suffix.lower() == ".csv":
        try:
            table = pd.read_csv(path)
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read as a table ({' '.join(str(error).split())}).") from error
    else:
        raise InputError(f"{path}: expected joints in a .parquet, .csv or .trc file, or a folder of OpenPose files.")
    width_px, height_px = size_px or (metadata.get("width_px"), metadata.get("height_px"))
    if not width_px or not height_px:
        raise UsageError(f"{path}: the size of the picture is not known.", "Give it with --size WIDTHxHEIGHT.")
    size = {"width_px": int(width_px), "height_px": int(height_px)}
    return table_to_poses(table, path, {**metadata, **size}), metadata


def table_to_poses(
    table: pd.DataFrame, path: Path, metadata: dict[str, Any], keypoints: tuple[str, ...] = KEYPOINTS
) -> PoseSequence:
    """Return the pose sequence of a wide table.

    Parameters
    ----------
    table : DataFrame
    path : Path
        Where it comes from, for the errors.
    metadata : dict
        As `poses_metadata` gives it.
    keypoints : tuple of str
        The points to take.

    Raises
    ------
    InputError
        There are no joints in the expected columns, or no increasing times.
    """
    names = [c[: -len("_x")] for c in table.columns if c.endswith("_x") and f"{c[:-2]}_y" in table.columns]
    known = [name for name in keypoints if name in names]
    if "time_s" not in table.columns or not known:
        raise InputError(
            f"{path}: expected the columns time_s and <keypoint>_x, <keypoint>_y, <keypoint>_score, "
            f"with keypoints such as left_ankle."
        )
    wanted = ["time_s", *(f"{name}_{axis}" for name in known for axis in ("x", "y"))]
    try:
        numbers = table[wanted].astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: holds something that is not a number ({error}).") from error
    time_s = numbers["time_s"].to_numpy()
    if len(time_s) == 0 or not np.isfinite(time_s).all() or (np.diff(time_s) <= 0).any():
        raise InputError(f"{path}: time_s must be there in every row, and increase.")
    # All that are asked for, in their own order: a table that lacks one has it as NaN, as a model that lacks it would.
    xy_px = np.full((len(table), len(keypoints), 2), np.nan, dtype=np.float32)
    score = np.zeros((len(table), len(keypoints)), dtype=np.float32)
    sd_px = np.full((len(table), len(keypoints)), np.nan, dtype=np.float32)
    for k, name in enumerate(keypoints):
        if name not in known:
            continue
        xy_px[:, k, 0] = numbers[f"{name}_x"]
        xy_px[:, k, 1] = numbers[f"{name}_y"]
        if f"{name}_score" in table.columns:
            score[:, k] = np.nan_to_num(table[f"{name}_score"].to_numpy(dtype=np.float32))
        else:
            score[:, k] = np.isfinite(xy_px[:, k]).all(axis=1)
        if f"{name}_sd" in table.columns:
            sd_px[:, k] = table[f"{name}_sd"].to_numpy(dtype=np.float32)
    background = None
    if {"background_x", "background_y"} <= set(table.columns):
        background = table[["background_x", "background_y"]].to_numpy(dtype=np.float64)
    frame = table["frame"].to_numpy(dtype=np.int64) if "frame" in table.columns else np.arange(len(table))
    return PoseSequence(
        time_s=time_s,
        frame=frame,
        xy_px=xy_px,
        score=score,
        keypoints=keypoints,
        model=metadata.get("model", "unknown"),
        width_px=metadata["width_px"],
        height_px=metadata["height_px"],
        background_xy_px=background,
        sd_px=sd_px if any(f"{name}_sd" in table.columns for name in known) else None,
        roll=Roll(**metadata["roll"]) if metadata.get("roll") else None,
    )
