"""Walks over force plates, of children and adults, in the form of `benchmarks.lab`: to learn from, and to check events.

Four children, two adults and an adult on a treadmill lie in `../shared/gold`. Two more adults, who walk slowly, come
with packages of the registry; they are read where a folder is given that holds them:

    pip download --no-deps --no-binary :all: --dest FOLDER gaitkit==1.5.0 GaitAnalysisToolKit==0.2.0
    (cd FOLDER && for each in *.tar.gz; do tar xzf $each; done)

From gaitkit the walk of Schreiber & Moissenet 2019 (A multimodal dataset of human gait at different walking speeds,
Sci Data 6:111; CC BY 4.0), 0.65 m/s, which the package calls Parkinson's; from GaitAnalysisToolKit one leg on a
treadmill with a force plate, 0.97 m/s. The package's other walk with events (Fukuchi 2018) is left out: the offs
listed for it lie in the middle of the stance.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.lab import SHARED, LabWalk, NoLabDataError, lab_walks, read_walk
from gait.skeleton import INDEX, KEYPOINTS, SIDES
from gait.types import FloatArray

PLATE_N = 20.0
TREADMILL_EVENTS = (
    (0.165, "right", "off"), (0.618, "right", "strike"), (0.788, "left", "off"), (1.247, "left", "strike"),
    (1.410, "right", "off"), (1.853, "right", "strike"), (2.018, "left", "off"), (2.460, "left", "strike"),
)  # fmt: skip
"""By `PLATE_N`, from the forces that come with the walk."""
TREADMILL_MARKERS = {
    "ankle": "Midfoot.Lat",
    "heel": "Heel",
    "big_toe": "Toe.Tip",
    "small_toe": "Toe.Lat",
    "shoulder": "Acromium",
}
_HALF_WIDTH_MM = 90.0


def plate_walks(shared: Path = SHARED, also: Path | None = None) -> list[LabWalk]:
    """Read every walk, turns cut off.

    Parameters
    ----------
    shared : Path
    also : Path, optional
        Folder with the two packages, unpacked.

    Raises
    ------
    NoLabDataError
        A folder is not there.
    """
    adults = sorted((shared / "gold" / "adult").glob("*.csv.gz"))
    walks = [walk for walk in lab_walks(shared) if not walk.turns]
    walks += [_to_the_right(read_walk(file)) for file in adults]
    walks.append(_treadmill(shared / "gold"))
    return walks + ([_slow_overground(also), _slow_treadmill(also)] if also else [])


def _to_the_right(walk: LabWalk) -> LabWalk:
    """Turn the room so that the walk goes toward larger x."""
    hips = walk.xyz_mm[:, [INDEX["left_hip"], INDEX["right_hip"]], 0].mean(axis=1)
    return walk if hips[-1] > hips[0] else replace(walk, xyz_mm=walk.xyz_mm * [-1, -1, 1])


def _treadmill(folder: Path) -> LabWalk:
    """Read the walk on the instrumented treadmill, the belt taken off."""
    lines = (folder / "treadmill_walk.trc").read_text().splitlines()
    names = [name for name in lines[3].split("\t")[2:] if name.strip()]
    rows = [[float(x) if x.strip() else np.nan for x in line.split("\t")] for line in lines[6:] if line.strip()]
    columns = np.array([row[: 2 + 3 * len(names)] for row in rows])
    at = {name: columns[:, 2 + 3 * i : 5 + 3 * i] for i, name in enumerate(names)}
    points: dict[str, FloatArray] = {}
    for side, s in zip(SIDES, "LR", strict=True):
        # Hips under the middle of the pelvis' markers; knees between the markers around them.
        points[f"{side}_hip"] = (at[f"{s}.ASIS"] + at["V.Sacral"]) / 2 - [0, 90, 0]
        points[f"{side}_knee"] = (at[f"{s}.Thigh.Front"] + at[f"{s}.Shank.Upper"]) / 2
        for name, marker in TREADMILL_MARKERS.items():
            points[f"{side}_{name}"] = at[f"{s}.{marker}"]
    return _walk("treadmill", columns[:, 1], points, list(TREADMILL_EVENTS), belt=True)


def _slow_overground(also: Path) -> LabWalk:
    """Read an adult's slow walk; its first axis is the way, its second up."""
    file = also / "gaitkit-1.5.0" / "src" / "gaitkit" / "data" / "example_parkinson.json"
    if not file.is_file():
        raise NoLabDataError(f"{file} is not there.")
    data = json.loads(file.read_text())
    time_s = np.arange(len(data["angle_frames"])) / data["fps"]
    names = ("hip", "knee", "ankle", "heel", "toe", "shoulder")
    points = {
        f"{side}_{'big_toe' if name == 'toe' else name}": np.array(
            [frame["landmark_positions"][f"{side}_{name}"] for frame in data["angle_frames"]]
        )
        for side, name in itertools.product(SIDES, names)
    }
    kinds = {"strike": "hs_frames", "off": "to_frames"}
    truth = data["ground_truth"]
    events = [(f / data["fps"], side, kind) for kind, key in kinds.items() for side in SIDES for f in truth[key][side]]
    return _walk("schreiber", time_s, points, events)


def _slow_treadmill(also: Path) -> LabWalk:
    """Read the right leg on a treadmill; the left one is the right one, half a stride later."""
    file = also.joinpath(
        "GaitAnalysisToolKit-0.2.0", "gaitanalysis", "octave", "2d_inverse_dynamics", "test", "rawdata.txt"
    )
    if not file.is_file():
        raise NoLabDataError(f"{file} is not there.")
    rows = [[float(x) for x in line.split()] for line in file.read_text().splitlines() if not line.startswith("%")]
    table = pd.DataFrame(rows).interpolate(limit_direction="both").to_numpy()
    time_s, force_n = 0.01 * np.arange(len(table)), table[:, 14]
    points = {
        f"right_{name}": 1000 * np.column_stack([table[:, 1 + 2 * i : 3 + 2 * i], np.zeros(len(table))])
        for i, name in enumerate(("shoulder", "hip", "knee", "ankle", "heel", "small_toe"))
    }
    loaded = (force_n > PLATE_N).astype(int)
    events = []
    for row in np.flatnonzero(np.diff(loaded)):
        share = (PLATE_N - force_n[row]) / (force_n[row + 1] - force_n[row])
        events.append((0.01 * (row + share), "right", "strike" if loaded[row + 1] else "off"))
    strikes = [time for time, _, kind in events if kind == "strike"]
    half = round(100 * float(np.mean(np.diff(strikes))) / 2)
    for name in list(points):
        later = np.arange(len(table)) + half
        points[name.replace("right", "left")] = points[name][np.where(later < len(table), later, later - 2 * half)]
    return _walk("motek", time_s, points, events, belt=True)


def _walk(
    name: str,
    time_s: FloatArray,
    points: dict[str, FloatArray],
    events: list[tuple[float, str, str]],
    *,
    belt: bool = False,
) -> LabWalk:
    """Put points with x forward and y up (mm) into the form of a laboratory walk; a belt's way is added."""
    xyz = np.full((len(time_s), len(KEYPOINTS), 3), np.nan)
    for point, place in points.items():
        across = -_HALF_WIDTH_MM if point.startswith("right") else _HALF_WIDTH_MM
        xyz[:, INDEX[point]] = np.column_stack([place[:, 0], np.full(len(time_s), across), place[:, 1]])
    if belt:
        heels = np.concatenate([np.gradient(xyz[:, INDEX[f"{side}_heel"], 0], time_s) for side in SIDES])
        xyz[..., 0] -= float(np.percentile(heels, 20)) * (time_s - time_s[0])[:, None]
    shoulders = xyz[:, [INDEX["left_shoulder"], INDEX["right_shoulder"]]].mean(axis=1)
    xyz[:, INDEX["nose"]] = shoulders + np.array([60.0, 0.0, 200.0])
    table = pd.DataFrame(sorted(events), columns=["time_s", "side", "kind"])
    return LabWalk(name=name, time_s=time_s, xyz_mm=xyz, events=table, angles_deg=pd.DataFrame())
