"""The canonical gait skeleton, and the maps from each model's own points into it.

The names and their order are those of COCO-WholeBody: 17 body points and 6 foot points.
"""

from __future__ import annotations

KEYPOINTS: tuple[str, ...] = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_big_toe",
    "left_small_toe",
    "left_heel",
    "right_big_toe",
    "right_small_toe",
    "right_heel",
)
"""The 23 points; every pose model maps into them, and a point that a model lacks is NaN."""

INDEX: dict[str, int] = {name: i for i, name in enumerate(KEYPOINTS)}

SIDES: tuple[str, str] = ("left", "right")

LEG: tuple[str, ...] = ("hip", "knee", "ankle", "big_toe", "small_toe", "heel")
"""The points of one leg, without the side: these change sides together when a model mixes up the legs."""

EDGES: tuple[tuple[str, str], ...] = (
    ("left_shoulder", "right_shoulder"),
    ("left_hip", "right_hip"),
    ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"),
    ("left_shoulder", "left_elbow"),
    ("left_elbow", "left_wrist"),
    ("right_shoulder", "right_elbow"),
    ("right_elbow", "right_wrist"),
    ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"),
    ("left_ankle", "left_heel"),
    ("left_heel", "left_big_toe"),
    ("left_ankle", "left_big_toe"),
    ("right_hip", "right_knee"),
    ("right_knee", "right_ankle"),
    ("right_ankle", "right_heel"),
    ("right_heel", "right_big_toe"),
    ("right_ankle", "right_big_toe"),
)
"""The lines of the drawn skeleton."""

BLAZEPOSE: dict[str, int] = {
    "nose": 0,
    "left_eye": 2,
    "right_eye": 5,
    "left_ear": 7,
    "right_ear": 8,
    "left_shoulder": 11,
    "right_shoulder": 12,
    "left_elbow": 13,
    "right_elbow": 14,
    "left_wrist": 15,
    "right_wrist": 16,
    "left_hip": 23,
    "right_hip": 24,
    "left_knee": 25,
    "right_knee": 26,
    "left_ankle": 27,
    "right_ankle": 28,
    "left_heel": 29,
    "right_heel": 30,
    "left_big_toe": 31,
    "right_big_toe": 32,
}
"""BlazePose's 33 points; its foot index stands for the big toe, and it has no small toe."""

SAPIENS2: dict[str, int] = {
    "nose": 0,
    "left_eye": 1,
    "right_eye": 2,
    "left_ear": 3,
    "right_ear": 4,
    "left_shoulder": 5,
    "right_shoulder": 6,
    "left_elbow": 7,
    "right_elbow": 8,
    "left_hip": 9,
    "right_hip": 10,
    "left_knee": 11,
    "right_knee": 12,
    "left_ankle": 13,
    "right_ankle": 14,
    "left_big_toe": 15,
    "left_small_toe": 16,
    "left_heel": 17,
    "right_big_toe": 18,
    "right_small_toe": 19,
    "right_heel": 20,
    "right_wrist": 41,
    "left_wrist": 62,
}
"""Sapiens2's 308 points."""

BODY_25: tuple[str, ...] = (
    *("Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist", "MidHip"),
    *("RHip", "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle", "REye", "LEye", "REar", "LEar"),
    *("LBigToe", "LSmallToe", "LHeel", "RBigToe", "RSmallToe", "RHeel"),
)
"""OpenPose's 25 points, by the short names it gives them, in its order."""

COCO_18: tuple[str, ...] = (
    *("Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist"),
    *("RHip", "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle", "REye", "LEye", "REar", "LEar"),
)
"""OpenPose's older 18 points: no feet."""

HALPE_26: tuple[str, ...] = (
    *("Nose", "LEye", "REye", "LEar", "REar", "LShoulder", "RShoulder", "LElbow", "RElbow", "LWrist", "RWrist"),
    *("LHip", "RHip", "LKnee", "RKnee", "LAnkle", "RAnkle", "Head", "Neck", "Hip"),
    *("LBigToe", "RBigToe", "LSmallToe", "RSmallToe", "LHeel", "RHeel"),
)
"""The 26 points of AlphaPose, which Pose2Sim and Sports2D write by default."""


def side_of(keypoint: str) -> str | None:
    """Return "left" or "right" for a point of one side, None for a point of the midline."""
    prefix = keypoint.partition("_")[0]
    return prefix if prefix in SIDES else None


def mirrored(keypoint: str) -> str:
    """Return the same point of the other side (the point itself on the midline)."""
    side = side_of(keypoint)
    if side is None:
        return keypoint
    return ("right" if side == "left" else "left") + keypoint[len(side) :]


def short_name(keypoint: str) -> str:
    """Return the name that OpenPose, Pose2Sim and Sports2D have for a point: RAnkle, LBigToe, Nose."""
    side = side_of(keypoint)
    words = keypoint.split("_")[1 if side else 0 :]
    return (side[0].upper() if side else "") + "".join(word.capitalize() for word in words)
