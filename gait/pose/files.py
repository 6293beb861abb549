"""Joints in tables: one wide table, `time_s`, then `<keypoint>_x`, `<keypoint>_y`, `<keypoint>_score`, and, where the
model says how unsure a place is, `<keypoint>_sd`.

Parquet also keeps what a table cannot hold (size of the picture, model, where the joints came from, the settings), so
that an analysis of the saved joints gives the numbers of the run that saved them.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gait.config import AnalysisSettings, ReportSettings
from gait.errors import InputError, UsageError
from gait.inputs import check_file
from gait.parquet import METADATA_KEY, write_parquet
from gait.pose.importers.openpose import read_openpose
from gait.pose.importers.trc import read_trc
from gait.pose.plausible import FARTHEST, MOST_PX, check_times
from gait.provenance import Origin
from gait.skeleton import KEYPOINTS
from gait.types import PoseSequence, Roll

SCHEMA = "gait.keypoints/1"
_PLAIN = ("time_s", "frame", "background_x", "background_y")
_ENDINGS = ("_x", "_y", "_score", "_sd")
_MOST_ROWS = 5_000_000
"""Four hours at 300 frames per second."""


class _Roll(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    deg: float
    fan_deg: float
    sd_deg: float


class Saved(BaseModel):
    """What a Parquet file of joints says beside them, as far as it is used; read from others, it may be anything."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)

    model: str = "unknown"
    width_px: Annotated[int, Field(ge=1, le=MOST_PX)] | None = None
    height_px: Annotated[int, Field(ge=1, le=MOST_PX)] | None = None
    roll: _Roll | None = None
    origin: Origin = Origin()
    settings: AnalysisSettings = AnalysisSettings()
    report: ReportSettings = ReportSettings()
    subject_label: str | None = None
    warnings: list[str] = []


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
    check_file(path, "a table of joints")
    if path.suffix.lower() == ".trc":
        return read_trc(path, size_px), metadata
    if path.suffix.lower() == ".parquet":
        table, metadata = _read_parquet(path)
    elif path.suffix.lower() == ".csv":
        try:
            with path.open("rb") as file:
                table = pd.read_csv(file, low_memory=False, nrows=_MOST_ROWS + 1)
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read as a table ({_in_one_line(error)}).") from error
    else:
        raise InputError(f"{path}: expected joints in a .parquet, .csv or .trc file, or a folder of OpenPose files.")
    width_px, height_px = size_px or (metadata.get("width_px"), metadata.get("height_px"))
    if not width_px or not height_px:
        raise UsageError(f"{path}: the size of the picture is not known.", "Give it with --size WIDTHxHEIGHT.")
    size = {"width_px": int(width_px), "height_px": int(height_px)}
    return table_to_poses(table, path, {**metadata, **size}), metadata


def _read_parquet(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as source, pq.ParquetFile(source) as file:
            _check_rows(path, file.metadata.num_rows)
            wanted = [name for name in file.schema_arrow.names if name in _PLAIN or name.endswith(_ENDINGS)]
            arrow = file.read(columns=wanted)
            raw = (file.schema_arrow.metadata or {}).get(METADATA_KEY)
        table = arrow.to_pandas(ignore_metadata=True)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise InputError(f"{path}: cannot be read as Parquet ({_in_one_line(error)}).") from error
    try:
        metadata = json.loads(raw) if raw else {}
        Saved.model_validate(metadata)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path}: what it says of its origin is broken ({_in_one_line(error)}).", "Measure the video again."
        ) from error
    return table, metadata


def _in_one_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return " ".join(str(error).split())[:200] or type(error).__name__


def _check_rows(path: Path, rows: int) -> None:
    if rows > _MOST_ROWS:
        raise InputError(f"{path}: has {rows} rows, more than the {_MOST_ROWS} that can be measured at once.")


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
    _check_rows(path, len(table))
    columns = list(map(str, table.columns))
    known = [name for name in keypoints if f"{name}_x" in columns and f"{name}_y" in columns]
    if "time_s" not in table.columns or not known:
        raise InputError(
            f"{path}: expected the columns time_s and <keypoint>_x, <keypoint>_y, <keypoint>_score, "
            f"with keypoints such as left_ankle."
        )
    wanted = [c for c in columns if c in _PLAIN or (c.endswith(_ENDINGS) and c.rpartition("_")[0] in known)]
    if len(set(wanted)) < len(wanted):
        raise InputError(f"{path}: has two columns of one name.")
    try:
        numbers = table[wanted].astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: holds something that is not a number ({_in_one_line(error)}).") from error
    time_s = numbers["time_s"].to_numpy()
    check_times(path, time_s)
    numbers = numbers.where(numbers.abs() < FARTHEST)
    # All that are asked for, in their own order: a table that lacks one has it as NaN, as a model that lacks it would.
    xy_px = np.full((len(table), len(keypoints), 2), np.nan, dtype=np.float32)
    score = np.zeros((len(table), len(keypoints)), dtype=np.float32)
    sd_px = np.full((len(table), len(keypoints)), np.nan, dtype=np.float32)
    for k, name in enumerate(keypoints):
        if name not in known:
            continue
        xy_px[:, k, 0] = numbers[f"{name}_x"]
        xy_px[:, k, 1] = numbers[f"{name}_y"]
        if f"{name}_score" in numbers:
            score[:, k] = np.nan_to_num(numbers[f"{name}_score"]).clip(0.0, 1.0)
        else:
            score[:, k] = np.isfinite(xy_px[:, k]).all(axis=1)
        if f"{name}_sd" in numbers:
            sd_px[:, k] = numbers[f"{name}_sd"].where(numbers[f"{name}_sd"] >= 0)
    background = None
    if {"background_x", "background_y"} <= set(wanted):
        background = numbers[["background_x", "background_y"]].to_numpy()
    frame = np.arange(len(table))
    if "frame" in wanted and numbers["frame"].notna().all():
        frame = numbers["frame"].to_numpy().astype(np.int64)
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
        sd_px=sd_px if any(f"{name}_sd" in wanted for name in known) else None,
        roll=Roll(**metadata["roll"]) if metadata.get("roll") else None,
    )
