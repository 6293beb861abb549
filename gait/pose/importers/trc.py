"""Joints from TRC files (Track Row Column), as motion capture, Pose2Sim and Sports2D write them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gait.errors import InputError
from gait.pose.plausible import FARTHEST, MOST_PX, check_times
from gait.skeleton import INDEX, KEYPOINTS, SIDES, short_name
from gait.types import FloatArray, IntArray, PoseSequence

PX_PER_M = 400.0
"""Metres become pixels at this scale: an adult is some 700 pixels tall, and a pixel is 2.5 mm."""
MARGIN = 0.1
"""Room around the walk in the picture that is made for it, on each side, over the extent of the walk."""
UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "px": None, "pixel": None, "pixels": None}
"""Metres per unit; None for pixels."""


@dataclass(frozen=True, kw_only=True)
class _Table:
    time_s: FloatArray
    frame: IntArray
    markers: list[tuple[str, FloatArray]]
    unit: str


def read_trc(path: Path, size_px: tuple[int, int] | None = None) -> PoseSequence:
    """Read the markers of a TRC file as joints in a picture that shows X to the right and Y up.

    Markers have the names of the skeleton (``right_ankle``) or those of OpenPose, Pose2Sim and Sports2D (``RAnkle``);
    capitals, dots and underscores do not matter, other markers are left out, and Z is not used. Y may also point down,
    as in pictures: hips are above ankles. Lengths in metres, centimetres or millimetres become pixels at 1 m = 400 px
    (`PX_PER_M`) in a picture a little larger than the walk; where `size_px` is given, they fill that picture instead.
    Pixels stay pixels: with `size_px`, Y up counts from its lower edge. The rate is that of the header, if the times
    agree with it.

    Parameters
    ----------
    path : Path
    size_px : (int, int), optional
        Width and height of the picture.

    Returns
    -------
    PoseSequence
        Every known point has a score of 1: the file has none.

    Raises
    ------
    InputError
        The file is broken, or has no marker of that kind.
    """
    table = _read_table(path)
    xy = np.full((len(table.time_s), len(KEYPOINTS), 2), np.nan)
    names = {_plain(name): k for k, keypoint in enumerate(KEYPOINTS) for name in (keypoint, short_name(keypoint))}
    for marker, place in table.markers:
        k = names.get(_plain(marker))
        if k is not None and np.isnan(xy[:, k]).all():
            xy[:, k] = place
    if np.isnan(xy).all():
        raise InputError(f"{path}: none of its markers is a joint; expected names such as RAnkle or right_ankle.")
    xy_px, size_px = _into_picture(xy, UNITS[table.unit], size_px)
    return PoseSequence(
        time_s=table.time_s,
        frame=table.frame,
        xy_px=xy_px.astype(np.float32),
        score=np.isfinite(xy_px).all(axis=2).astype(np.float32),
        model="TRC file",
        width_px=size_px[0],
        height_px=size_px[1],
    )


def _read_table(path: Path) -> _Table:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        keys, values = lines[1].split("\t"), lines[2].split("\t")
        head = {key.strip(): value.strip() for key, value in zip(keys, values, strict=False)}
        unit, rate_hz = head["Units"].lower(), float(head["DataRate"])
        names = [name.strip() for name in lines[3].rstrip().split("\t")][2::3]
        wanted = 2 + 3 * len(names)
        rows = [line.split("\t") for line in lines[5:] if line.strip()]
        numbers = np.array([[_number(cell) for cell in (row + [""] * wanted)[:wanted]] for row in rows])
    except (OSError, ValueError, IndexError, KeyError) as error:
        what = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: is not a TRC file ({type(error).__name__}: {what}).") from error
    if not names or not len(numbers):
        raise InputError(f"{path}: has no markers, or no frames.")
    if unit not in UNITS:
        raise InputError(f"{path}: its unit is {unit!r}; expected one of {', '.join(UNITS)}.")
    places = numbers[:, 2:].reshape(len(numbers), -1, 3)
    # A marker at the very origin is one that was not seen.
    places[(places == 0).all(axis=2) | ~(np.abs(places) < FARTHEST).all(axis=2)] = np.nan
    markers = [(name, places[:, i, :2]) for i, name in enumerate(names)]
    counted = numbers[:, 0]
    frame = np.where(np.abs(counted) < FARTHEST, counted, -1.0).astype(np.int64)
    if (frame < 0).any() or (np.diff(frame) <= 0).any():
        frame = np.arange(len(numbers))
    return _Table(time_s=_times(path, numbers[:, 1], rate_hz), frame=frame, markers=markers, unit=unit)


def _number(cell: str) -> float:
    return float(cell) if cell.strip() else math.nan


def _times(path: Path, column_s: FloatArray, rate_hz: float) -> FloatArray:
    """Return the times by the rate of the header (the column is often rounded), or the column where they differ."""
    check_times(path, column_s)
    if 1 <= rate_hz <= 2000:
        even = column_s[0] + np.arange(len(column_s)) / rate_hz
        if np.abs(even - column_s).max() < 0.5 / rate_hz:
            return np.asarray(even)
    return column_s


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _y_is_up(xy: FloatArray) -> bool:
    """Return whether the hips (or knees) are above the ankles (or heels)."""
    upper = np.concatenate([xy[:, INDEX[f"{side}_{joint}"], 1] for joint in ("hip", "knee") for side in SIDES])
    lower = np.concatenate([xy[:, INDEX[f"{side}_{joint}"], 1] for joint in ("ankle", "heel") for side in SIDES])
    upper, lower = upper[np.isfinite(upper)], lower[np.isfinite(lower)]
    return not len(upper) or not len(lower) or bool(np.median(upper) >= np.median(lower))


def _into_picture(
    xy: FloatArray, m_per_unit: float | None, size_px: tuple[int, int] | None
) -> tuple[FloatArray, tuple[int, int]]:
    """Return pixels with y down, (T, K, 2), and the size of the picture."""
    y_is_up = _y_is_up(xy)
    xy = xy * np.array([1, -1 if y_is_up else 1])
    if m_per_unit is None and size_px is not None:
        return xy + np.array([0, size_px[1] if y_is_up else 0]), size_px
    low, high = np.nanmin(xy, axis=(0, 1)), np.nanmax(xy, axis=(0, 1))
    scale = 1.0 if m_per_unit is None else m_per_unit * PX_PER_M
    span = np.maximum((high - low) * (1 + 2 * MARGIN), 1e-9)
    if size_px is None:
        width, height = np.ceil(span * scale).clip(1, MOST_PX).astype(int)
        size_px = int(width), int(height)
    else:
        scale = float((np.array(size_px) / span).min())
    return (xy - (low + high) / 2) * scale + np.array(size_px) / 2, size_px
