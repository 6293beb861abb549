"""OpenPose JSON: a folder with one file per frame, in BODY_25."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from gait.report.exports.recording import Recording
from gait.skeleton import BODY_25, KEYPOINTS, short_name
from gait.types import FloatArray, PoseSequence

_VERSION = 1.3
_BETWEEN = {"Neck": ("left_shoulder", "right_shoulder"), "MidHip": ("left_hip", "right_hip")}
_NOT_FOUND = ("face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d")
_NOT_IN_3D = ("pose_keypoints_3d", "face_keypoints_3d", "hand_left_keypoints_3d", "hand_right_keypoints_3d")


def write_openpose(recording: Recording, path: Path) -> None:
    """Write the joints as the model gave them, one file per frame, into a folder that exists.

    Pixels with y down, and scores; an unknown point is 0, 0, 0, and a frame without any has no person. Neck and mid-hip
    are the middles of shoulders and hips. The number in the name is that of the frame in the video; a file has no time,
    so an uneven frame rate is lost.

    Parameters
    ----------
    recording : Recording
    path : Path
        The folder.
    """
    poses = recording.poses
    for frame, points in zip(poses.frame, _body_25(poses), strict=True):
        person = {
            "person_id": [-1],
            "pose_keypoints_2d": [round(value, 4) for value in points.ravel().tolist()],
            **{name: [] for name in (*_NOT_FOUND, *_NOT_IN_3D)},
        }
        tree = {"version": _VERSION, "people": [person] if points.any() else []}
        (path / f"{recording.name}_{frame:012d}_keypoints.json").write_text(json.dumps(tree), encoding="utf-8")


def _body_25(poses: PoseSequence) -> FloatArray:
    """Return x, y and score of the 25 points, (T, 25, 3), zero where unknown."""
    given = np.concatenate([poses.xy_px, poses.score[..., None]], axis=2).astype(np.float64)
    out = np.zeros((len(given), len(BODY_25), 3))
    for keypoint in KEYPOINTS:
        out[:, BODY_25.index(short_name(keypoint))] = given[:, poses.keypoints.index(keypoint)]
    for name, pair in _BETWEEN.items():
        left, right = (given[:, poses.keypoints.index(keypoint)] for keypoint in pair)
        out[:, BODY_25.index(name)] = (left + right) / 2
        out[:, BODY_25.index(name), 2] = np.minimum(left[:, 2], right[:, 2])
    out[np.isnan(out).any(axis=2)] = 0.0
    return out
