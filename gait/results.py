"""A result in one file, to the last digit: what is needed to write its report again without an analysis."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from gait.errors import InputError
from gait.joints import Joints
from gait.pose.files import poses_metadata, poses_to_table, table_to_poses
from gait.pose.model import canonical_only
from gait.types import Flag, Pass, Result, Roll, Scene

RESULT_FILE = "analysis.zip"
TABLES = ("signals", "events", "strides", "measures", "cycles", "curves")
SCHEMA = "gait.analysis/1"


def write_result(result: Result, path: Path) -> None:
    """Write everything of a result that the joints do not hold: tables in Parquet, the rest in JSON, in a ZIP file."""
    said = {
        "schema": SCHEMA,
        "scene": asdict(result.scene),
        "flags": [asdict(flag) for flag in result.flags],
        "provenance": result.provenance,
        "clean": poses_metadata(result.clean),
    }
    tables = {name: getattr(result, name) for name in TABLES} | {"clean": poses_to_table(result.clean)}
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("result.json", json.dumps(said))
        for name, table in tables.items():
            buffer = io.BytesIO()
            table.to_parquet(buffer, index=False, compression="zstd")
            file.writestr(f"{name}.parquet", buffer.getvalue())


def read_result(path: Path, joints: Joints) -> Result:
    """Read what `write_result` wrote.

    Parameters
    ----------
    path : Path
    joints : Joints
        Those that were measured.

    Raises
    ------
    InputError
        The file is not there, or not of this kind.
    """
    try:
        with zipfile.ZipFile(path) as file:
            said: dict[str, Any] = json.loads(file.read("result.json"))
            tables = {name: pd.read_parquet(io.BytesIO(file.read(f"{name}.parquet"))) for name in (*TABLES, "clean")}
        clean = table_to_poses(tables.pop("clean"), path, said["clean"])
        scene = said["scene"]
        passes = tuple(Pass(**each) for each in scene["passes"])
        roll = Roll(**scene["roll"]) if scene["roll"] else None
        return Result(
            **tables,
            poses=replace(canonical_only(joints.poses), roll=clean.roll),
            clean=clean,
            scene=Scene(**{**scene, "passes": passes, "roll": roll}),
            flags=tuple(Flag(**flag) for flag in said["flags"]),
            provenance=said["provenance"],
            track=joints.track,
        )
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: cannot be read as a result ({' '.join(str(error).split())}).") from error
