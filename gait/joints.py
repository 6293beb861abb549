"""What the video and the networks gave: joints, who was followed, the outline. From here on neither is needed.

keypoints.parquet holds all of it, one row per frame: the joints as everyone may read them, and beside them the box of
the person, the outline, and what a table cannot hold.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gait.equality import by_value
from gait.errors import InputError
from gait.jpeg import decode, encode
from gait.outlines import Outlines
from gait.parquet import read_parquet, write_parquet
from gait.pose.files import poses_metadata, poses_to_table, table_to_poses
from gait.provenance import Origin, from_tree, to_tree
from gait.types import FloatArray, PersonSeen, PoseSequence, SubjectTrack

KEYPOINTS_FILE = "keypoints.parquet"
_BOX = ("box_left", "box_top", "box_right", "box_bottom")
_WINDOW = ("outline_left", "outline_top", "outline_width", "outline_height")
_OWN = ("track", "outline")
"""Keys of the metadata that belong to columns beside those of the joints."""


@by_value
@dataclass(frozen=True, kw_only=True)
class Joints:
    """Everything about one recording that took a video and networks to find.

    Attributes
    ----------
    poses : PoseSequence
        All points that are kept, the canonical ones first.
    track : SubjectTrack
    outlines : Outlines or None
        On the same times; None where nobody asked for them.
    origin : Origin
        The file and its hash, what the video says of itself, models, weights and detector.
    damage : str or None
        What was wrong with the file, in plain sentences.
    times_s : dict
        What each stage took, in seconds.
    """

    poses: PoseSequence
    track: SubjectTrack
    outlines: Outlines | None
    origin: Origin
    damage: str | None = None
    times_s: dict[str, float] = field(default_factory=dict)


def write_joints(joints: Joints, path: Path, settings: dict[str, Any]) -> None:
    """Write joints to a Parquet file.

    Parameters
    ----------
    joints : Joints
    path : Path
    settings : dict
        What `gait analyze` shall go by when it reads the joints again: `settings` of the analysis, `report` and
        `subject_label`.
    """
    track, outline = joints.track, joints.outlines
    columns: dict[str, Any] = dict(zip(_BOX, track.box_px.T, strict=True))
    columns["box_score"] = track.score
    metadata = {
        **poses_metadata(joints.poses),
        "origin": to_tree(joints.origin),
        **settings,
        "track": {
            "reason": track.reason,
            "people": [asdict(person) for person in track.people],
            "detector": track.detector,
            "hidden": track.hidden,
            "damage": joints.damage,
            "times_s": joints.times_s,
        },
    }
    if outline is not None:
        columns |= dict(zip(_WINDOW, outline.window_px.T, strict=True))
        columns["outline"] = list(outline.maps)
        metadata["outline"] = {"shape": outline.shape, "model": outline.model}
    # The motion of the background and the roll of the camera are told with the joints already.
    table = pd.concat([poses_to_table(joints.poses), pd.DataFrame(columns)], axis=1)
    pictures = {"picture.jpg": track.picture, "portrait.jpg": track.portrait}
    write_parquet(path, table, metadata, {name: encode(p) for name, p in pictures.items() if p is not None})


def read_joints(path: Path) -> Joints:
    """Read what `write_joints` wrote; pictures have become those of a JPEG, all else is as it was.

    Raises
    ------
    InputError
        The file is not there, or not of this kind.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file.")
    table, metadata, blobs = read_parquet(path)
    if "track" not in metadata:
        raise InputError(f"{path}: does not say who was followed.", "Run gait run on the video again.")
    names = tuple(c.removesuffix("_score") for c in table.columns if c.endswith("_score") and c != "box_score")
    poses = table_to_poses(table, path, metadata, names)
    assert poses.background_xy_px is not None
    said = metadata["track"]
    pictures = {name: decode(jpeg) for name, jpeg in blobs.items()}
    track = SubjectTrack(
        time_s=poses.time_s,
        frame=poses.frame,
        box_px=_numbers(table, _BOX),
        score=table["box_score"].to_numpy(dtype=np.float64),
        background_xy_px=poses.background_xy_px,
        reason=said["reason"],
        people=tuple(PersonSeen(**{**person, "box_px": tuple(person["box_px"])}) for person in said["people"]),
        detector=said["detector"],
        picture=pictures.get("picture.jpg"),
        portrait=pictures.get("portrait.jpg"),
        hidden=tuple((start_s, end_s) for start_s, end_s in said["hidden"]),
        roll=poses.roll,
    )
    outlines = None
    if "outline" in metadata:
        rows, columns = metadata["outline"]["shape"]
        outlines = Outlines(
            time_s=poses.time_s,
            window_px=_numbers(table, _WINDOW),
            maps=tuple(table["outline"]),
            shape=(rows, columns),
            model=metadata["outline"]["model"],
        )
    return Joints(
        poses=poses,
        track=track,
        outlines=outlines,
        origin=from_tree(Origin, metadata["origin"]),
        damage=said["damage"],
        times_s=said["times_s"],
    )


def without_track(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of saved joints without what belongs to the columns of the track and the outline."""
    return {key: value for key, value in metadata.items() if key not in _OWN}


def _numbers(table: pd.DataFrame, columns: tuple[str, ...]) -> FloatArray:
    return table[list(columns)].to_numpy(dtype=np.float64)
