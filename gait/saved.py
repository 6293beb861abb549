"""A result in the files of its folder, and back from them.

result.json holds scene, flags, provenance, measures, events and mean curves; signals.csv, strides.csv and cycles.csv
the other tables, to the last digit; keypoints.parquet the joints as found, and who was followed; clean.parquet the
joints as cleaned.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gait.columns import CURVE_COLUMNS, CYCLE_COLUMNS, EVENT_COLUMNS, MEASURE_COLUMNS
from gait.config import AnalysisSettings, ReportSettings
from gait.errors import InputError
from gait.folders import replacing, replacing_file
from gait.joints import KEYPOINTS_FILE, Joints, read_joints, write_joints
from gait.pose.files import read_poses, write_poses
from gait.provenance import Origin, Provenance, SettingsUsed, from_tree, to_tree
from gait.report.files import OVERLAY, PICTURE, POSTER, SCHEMA, write_tables
from gait.report.page import FILES, write_page
from gait.types import Flag, Result, Scene

CLEAN_FILE = "clean.parquet"
_TEXT = {"side", "kind", "method", "reason", "measure", "unit", "status", "signal"}
_WHOLE = {"frame", "number", "pass_number", "stride", "n"}
_YES_OR_NO = {"valid"}
"""Columns of these kinds; all others hold numbers, where NaN is missing."""


def load(folder: Path | str) -> Result:
    """Read a result back from the folder of its report.

    It equals the one that was written: all tables, scene, flags, provenance, joints and who was followed. Only the
    pictures of the people seen have become those of a JPEG; they do not count in ``==``.

    Parameters
    ----------
    folder : Path or str
        As `gait.run`, `gait.save` or the command line wrote it.

    Returns
    -------
    Result

    Raises
    ------
    InputError
        The folder does not hold a result, or one of another version.

    Examples
    --------
    >>> result = gait.load("reports/side_walk")
    >>> result.events.columns[:4].tolist()
    ['time_s', 'frame', 'side', 'kind']
    """
    folder = Path(folder)
    path = folder / "result.json"
    if not path.is_file():
        raise InputError(f"{folder}: is not the folder of a result.", "Give one that gait run or gait analyze wrote.")
    try:
        tree: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if tree["schema"] != SCHEMA:
            raise ValueError(f"it is {tree['schema']}, not {SCHEMA}")
        scene, flags = from_tree(Scene, tree["scene"]), from_tree(tuple[Flag, ...], tree["flags"])
        provenance = from_tree(Provenance, tree["provenance"])
        measures = _typed(tree["measures"], MEASURE_COLUMNS)
        events = _typed(tree["events"], EVENT_COLUMNS)
        curves = _typed(tree["cycle_curves"], CURVE_COLUMNS)
        was_followed = tree["subject"] is not None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read as a result ({' '.join(str(error).split())}).") from error
    poses, _ = read_poses(folder / KEYPOINTS_FILE)
    clean, _ = read_poses(folder / CLEAN_FILE)
    cycles = _read_table(folder / "cycles.csv", stride=str)
    return Result(
        signals=_read_table(folder / "signals.csv"),
        events=events,
        strides=_read_table(folder / "strides.csv"),
        measures=measures,
        cycles=_typed(cycles[~cycles["stride"].isin(["mean", "sd"])].reset_index(drop=True), CYCLE_COLUMNS),
        curves=curves,
        poses=poses,
        clean=clean,
        scene=scene,
        flags=flags,
        provenance=provenance,
        track=read_joints(folder / KEYPOINTS_FILE).track if was_followed else None,
    )


def save(result: Result, folder: Path | str) -> None:
    """Write the report of a result, without an annotated video, and everything that `load` reads.

    Parameters
    ----------
    result : Result
    folder : Path or str
        A report that is there already is replaced, in one go; other files in the folder stay.

    Raises
    ------
    InputError
        The place cannot be written to.

    Examples
    --------
    >>> result = gait.load("reports/side_walk")
    >>> gait.save(result, "reports/again")
    >>> gait.load("reports/again") == result
    True
    """
    said = result.provenance
    used = said.settings or SettingsUsed()
    origin = Origin(
        file=said.file if result.track else said.recording,
        video=said.video,
        model=said.model,
        detector=said.detector,
        segmentation=said.segmentation,
    )
    shown = settings_of_joints(used.analysis, used.report, said.subject_label)
    with replacing(Path(folder), *FILES) as fresh:
        path = fresh / KEYPOINTS_FILE
        if result.track is None:
            write_poses(result.poses, path, {"origin": to_tree(origin), "warnings": said.warnings, **shown})
        else:
            damage = " ".join(said.warnings) or None
            joints = Joints(poses=result.poses, track=result.track, outlines=None, origin=origin, damage=damage)
            write_joints(joints, path, shown)
        write_files(result, fresh, used.report, said.subject_label)


def settings_of_joints(analysis: AnalysisSettings, report: ReportSettings, subject_label: str | None) -> dict[str, Any]:
    """Return what keypoints.parquet says of the settings by which its joints are to be measured again."""
    return {
        "settings": analysis.model_dump(mode="json"),
        "report": report.model_dump(mode="json"),
        "subject_label": subject_label,
    }


def write_page_again(folder: Path, language: str) -> None:
    """Write the page of a finished report anew in another language; nothing else in its folder changes.

    Raises
    ------
    InputError
        See `load`; or the page cannot be written.
    """
    result = load(folder)
    used = result.provenance.settings or SettingsUsed()
    settings = used.report.model_copy(update={"language": language})
    with replacing_file(folder / "report.html") as page:
        _write_page(result, page, folder, settings, result.provenance.subject_label)


def write_files(result: Result, folder: Path, settings: ReportSettings, subject_label: str | None) -> None:
    """Write the tables, the page and the cleaned joints into a folder that exists.

    The page shows the annotated video, if there is one in the folder.
    """
    write_tables(result, folder, settings)
    write_poses(result.clean, folder / CLEAN_FILE)
    _write_page(result, folder / "report.html", folder, settings, subject_label)


def _write_page(result: Result, page: Path, folder: Path, settings: ReportSettings, subject_label: str | None) -> None:
    """Write the page with the video and poster that are in the folder."""
    films = [folder / name for name in (OVERLAY, PICTURE)]
    overlay, picture = (film.resolve() if film.exists() else None for film in films)
    poster = (folder / POSTER).read_bytes() if (folder / POSTER).exists() else None
    write_page(
        result,
        page,
        overlay=overlay,
        picture=picture,
        poster=poster,
        subject_label=subject_label,
        settings=settings,
    )


def _read_table(path: Path, **kinds: type) -> pd.DataFrame:
    """Read a CSV file to the last digit; `kinds` are the types of columns that are not as in `_kind`."""
    try:
        types = {name: kinds.get(name, _kind(name)) for name in pd.read_csv(path, nrows=0).columns}
        missing = {name: [""] for name, kind in types.items() if kind is float}
        return pd.read_csv(path, dtype=types, float_precision="round_trip", keep_default_na=False, na_values=missing)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a table ({' '.join(str(error).split())}).") from error


def _typed(rows: Any, columns: Sequence[str]) -> pd.DataFrame:
    """Return a table with the types that its columns have in a result, also where it has no rows."""
    return pd.DataFrame(rows, columns=list(columns)).astype({name: _kind(name) for name in columns})


def _kind(column: str) -> type:
    return str if column in _TEXT else int if column in _WHOLE else bool if column in _YES_OR_NO else float
