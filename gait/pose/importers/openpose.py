"""Joints as OpenPose writes them: a folder with one JSON file per frame."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from gait.errors import InputError, UsageError
from gait.inputs import check_file
from gait.pose.importers.one_person import follow_one
from gait.pose.plausible import FARTHEST, LEAST_FPS, MOST_FPS
from gait.skeleton import BODY_25, COCO_18, HALPE_26, KEYPOINTS, short_name
from gait.text import mark
from gait.types import Float32Array, FloatArray, IntArray, PoseSequence

SKELETONS = {len(names): names for names in (COCO_18, BODY_25, HALPE_26)}
MODELS = {18: "OpenPose COCO", 25: "OpenPose BODY_25", 26: "HALPE_26"}
OTHERS = mark("The files show other people too: the one with the highest total score was followed.")
_LAST = 10**12
_LONGEST = 20
"""Numbers in the names that span more frames than this times the number of files do not count frames."""


def frame_files(folder: Path) -> list[tuple[int, Path]]:
    """Return the files of a folder with the frame number in each name, in the order of the numbers.

    The number is the last one in the name: ``walk_000000000012_keypoints.json``.
    """
    names = sorted(folder.glob("*_keypoints.json")) or sorted(folder.glob("*.json"))
    numbered = [(re.findall(r"\d+", path.stem), path) for path in names]
    return sorted((int(numbers[-1]), path) for numbers, path in numbered if numbers)


def read_openpose(
    folder: Path, size_px: tuple[int, int] | None, fps: float | None
) -> tuple[PoseSequence, dict[str, Any]]:
    """Read a folder of OpenPose JSON files: BODY_25 or COCO, by the number of points; HALPE_26 too.

    One person is followed (see `follow_one`). Frames without that person, and numbers that are left out between the
    files, are NaN. The time is the frame number, less the first, over `fps`.

    Parameters
    ----------
    folder : Path
    size_px : (int, int) or None
        Width and height of the picture.
    fps : float or None
        Frames per second of the video.

    Returns
    -------
    poses : PoseSequence
    metadata : dict
        ``warnings``, where there is something to say.

    Raises
    ------
    InputError
        The folder has no such files, or one of them is broken.
    UsageError
        The size of the picture or the frame rate is missing.
    """
    files = frame_files(folder)
    if not files:
        raise InputError(
            f"{folder}: there are no OpenPose files in this folder.", "Expected NAME_000000000000_keypoints.json, ..."
        )
    if size_px is None or fps is None:
        raise UsageError(
            f"{folder}: OpenPose files say neither the size of the picture nor the frame rate.",
            "Give --size WIDTHxHEIGHT and --fps N.",
        )
    if not LEAST_FPS <= fps <= MOST_FPS:
        raise UsageError(f"--fps {fps:g}: expected the frames per second of the video, {LEAST_FPS:g} to {MOST_FPS:g}.")
    frame, row_of = _rows(folder, [number for number, _ in files])
    people: list[FloatArray] = [np.empty((0, 0, 3))] * len(frame)
    for row, (_, path) in zip(row_of, files, strict=True):
        people[row] = _read_people(path)
    counts = {p.shape[1] for p in people if len(p)}
    if len(counts) > 1:
        raise InputError(f"{folder}: the files do not have the same number of points ({_listed(counts)}).")
    count = counts.pop() if counts else len(BODY_25)
    time_s = (frame - frame[0]) / fps
    person, others = follow_one(people, time_s)
    points = np.full((len(frame), count, 3), np.nan)
    for row, found in enumerate(person):
        if found is not None:
            points[row] = found
    if np.isfinite(points).any() and np.nanmax(np.abs(points[..., :2])) <= 1.0:
        raise InputError(
            f"{folder}: the points are in shares of the picture, not in pixels.",
            "Write them again with --keypoint_scale 0.",
        )
    xy_px, score = _canonical(points, SKELETONS[count])
    poses = PoseSequence(
        time_s=time_s,
        frame=frame,
        xy_px=xy_px,
        score=score,
        model=MODELS[count],
        width_px=size_px[0],
        height_px=size_px[1],
    )
    return poses, {"warnings": [OTHERS]} if others else {}


def _rows(folder: Path, numbers: list[int]) -> tuple[IntArray, list[int]]:
    """Return the frame numbers, those left out included, and the row of each file among them."""
    if numbers[-1] > _LAST:
        raise InputError(f"{folder}: the numbers in the names of the files do not count frames.")
    steps = np.diff(numbers)
    if (steps == 0).any():
        raise InputError(f"{folder}: two files have the number {numbers[int(np.argmin(steps))]}.")
    usual = int(np.median(steps)) if len(steps) else 1
    if numbers[-1] - numbers[0] > _LONGEST * usual * len(numbers):
        raise InputError(f"{folder}: the numbers in the names of the files do not count frames.")
    # Frames taken by turns (every second or third one) leave nothing out.
    left_out = [np.arange(numbers[i] + usual, numbers[i + 1], usual) for i in np.flatnonzero(steps > 2 * usual)]
    frame = np.sort(np.concatenate([numbers, *left_out])).astype(np.int64)
    return frame, [int(row) for row in np.searchsorted(frame, numbers)]


def _read_people(path: Path) -> FloatArray:
    """Return the people in one file, (P, N, 3), NaN where a point is unknown."""
    check_file(path, "an OpenPose file")
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        flat = [person["pose_keypoints_2d"] for person in tree["people"]]
        people = np.array(flat, dtype=np.float64).reshape(len(flat), -1, 3) if flat else np.empty((0, 0, 3))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        what = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: is not an OpenPose file ({type(error).__name__}: {what}).") from error
    if len(people) and people.shape[1] not in SKELETONS:
        raise InputError(f"{path}: expected {_listed(set(SKELETONS))} points per person, got {people.shape[1]}.")
    known = (people[..., 2] > 0) & (people[..., :2] != 0).any(axis=2) & (np.abs(people) < FARTHEST).all(axis=2)
    people[~known] = np.nan
    people[..., 2] = people[..., 2].clip(max=1.0)
    seen: FloatArray = people[np.isfinite(people).any(axis=(1, 2))]
    return seen


def _canonical(points: FloatArray, names: tuple[str, ...]) -> tuple[Float32Array, Float32Array]:
    """Return the 23 points and their scores; a point that the skeleton lacks is NaN, with a score of 0."""
    xy_px = np.full((len(points), len(KEYPOINTS), 2), np.nan, dtype=np.float32)
    score = np.zeros((len(points), len(KEYPOINTS)), dtype=np.float32)
    for k, keypoint in enumerate(KEYPOINTS):
        if short_name(keypoint) in names:
            point = points[:, names.index(short_name(keypoint))]
            xy_px[:, k] = point[:, :2]
            score[:, k] = np.nan_to_num(point[:, 2])
    return xy_px, score


def _listed(counts: set[int]) -> str:
    *most, last = sorted(counts)
    return f"{', '.join(map(str, most))} or {last}"
