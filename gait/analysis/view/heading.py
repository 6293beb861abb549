"""Which way the body faces, frame by frame, and the stretches in which it keeps facing that way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from gait.analysis.geometry import FOOT_PER_LEG, SHOULDERS_PER_TRUNK, Body
from gait.arrays import nanmean, running_mean, running_median, true_runs
from gait.skeleton import SIDES
from gait.types import Direction, FloatArray

SMOOTH_S, HIDDEN_S = 0.6, 3.0
"""Half a stride, over which feet and shoulders swing to both sides; and how long the length of the trunk is kept while
the hips are hidden. Judgements."""
FOOT_SHOWN = 0.85
"""Mean share of its length that a foot shows from the side over the stride: it is pitched part of the time."""
KNEES_OVER_S = 1.5
"""Time over which the way of the knees is averaged, more than a stride: it is small, and the sides bend in turn."""
KNEES_SHOWN = 0.06
"""Mean way of the knees beside the line from hip to ankle, in leg lengths, that tells the side: 0.06 to 0.11 from the
side in seven laboratory walks, and less than 0.03 by noise from the front."""
SWITCH_DEG = 55.0
"""A new direction counts once the heading is this far from the old one: more than 45, so that it does not flicker."""
TURNED_DEG = 40.0
"""Frames that face this far from the rest of their stretch belong to a turn."""

_AXES: dict[Direction, float] = {"right": 0.0, "toward": 90.0, "left": 180.0, "away": -90.0}
DIRECTIONS: tuple[Direction, ...] = tuple(_AXES)
Stretch = tuple[int, int, Direction]


@dataclass(frozen=True)
class Heading:
    """Where the body faces: shares of a unit length, each (T,).

    Attributes
    ----------
    rightward : toward the right of the picture, from the feet (from the knees where there are no feet).
    toward : toward the camera, from the shoulders.
    """

    rightward: FloatArray
    toward: FloatArray

    @property
    def angle_deg(self) -> FloatArray:
        """0 to the right, 90 toward the camera, -90 away."""
        return np.asarray(np.degrees(np.arctan2(self.toward, self.rightward)))


def find_heading(body: Body) -> Heading:
    """Read the heading off feet and shoulders."""
    time = body.time_s
    # The trunk keeps its length while the hips are hidden.
    trunk = np.where(np.isfinite(body.trunk), body.trunk, running_median(body.trunk, time, HIDDEN_S))
    shoulders = body.at("left_shoulder")[:, 0] - body.at("right_shoulder")[:, 0] + _parallax_px(body, trunk)
    toward = running_mean(shoulders / trunk / SHOULDERS_PER_TRUNK, time, SMOOTH_S)
    feet = nanmean([body.at(f"{s}_big_toe")[:, 0] - body.at(f"{s}_heel")[:, 0] for s in SIDES])
    rightward = running_mean(feet / (body.leg * FOOT_PER_LEG * FOOT_SHOWN), time, SMOOTH_S)
    if np.isfinite(rightward).mean() < 0.5 * np.isfinite(body.leg).mean():
        # Knees bend forward: their side tells the sign, unless it is none, and the shoulders how much is left.
        knees = nanmean(
            [body.at(f"{s}_knee")[:, 0] - (body.at(f"{s}_hip")[:, 0] + body.at(f"{s}_ankle")[:, 0]) / 2 for s in SIDES]
        )
        size = np.sqrt(1 - np.clip(np.nan_to_num(toward), -1, 1) ** 2)
        rightward = np.clip(running_mean(knees / body.leg, time, KNEES_OVER_S) / KNEES_SHOWN, -1, 1) * size
    # A picture without shoulders still shows a walk from the side.
    return Heading(rightward=rightward, toward=np.where(np.isfinite(toward), toward, 0.0))


def _parallax_px(body: Body, trunk: FloatArray) -> FloatArray:
    """Return what perspective alone takes from left less right shoulder, away from the middle of the picture.

    Of two points at different depth, the nearer one is seen further from the middle: by the share x / focal length of
    their distance in depth.
    """
    feet = nanmean([body.at(f"{s}_big_toe")[:, 0] - body.at(f"{s}_heel")[:, 0] for s in SIDES])
    sideways = np.clip(np.nan_to_num(running_mean(feet / (body.leg * FOOT_PER_LEG), body.time_s, SMOOTH_S)), -1, 1)
    from_middle = nanmean([body.at("left_shoulder")[:, 0], body.at("right_shoulder")[:, 0]]) - body.poses.width_px / 2
    return np.asarray(sideways * SHOULDERS_PER_TRUNK * trunk * from_middle / body.focal_px)


def constant_stretches(heading: Heading, directions: Collection[Direction] = DIRECTIONS) -> list[Stretch]:
    """Return half-open index ranges in which the body faces one way; turns are left out.

    Parameters
    ----------
    heading : Heading
    directions : collection of str
        The directions in which the person can walk here.

    Returns
    -------
    list of (start, end, direction)
    """
    angle = heading.angle_deg
    stretches: list[Stretch] = []
    labels = _labels(angle, directions)
    for direction in directions:
        for start, end in true_runs(np.array([label == direction for label in labels], dtype=bool)):
            middle = np.angle(
                np.median(np.cos(np.radians(angle[start:end]))) + 1j * np.median(np.sin(np.radians(angle[start:end])))
            )
            steady = np.abs(_difference_deg(angle[start:end], np.degrees(middle))) <= TURNED_DEG
            stretches.extend((start + a, start + b, direction) for a, b in true_runs(steady))
    return sorted(stretches)


def _labels(angle_deg: FloatArray, directions: Collection[Direction]) -> list[Direction | None]:
    labels: list[Direction | None] = []
    now: Direction | None = None
    for angle in angle_deg:
        if not np.isfinite(angle):
            labels.append(None)
            continue
        if now is None or abs(float(_difference_deg(angle, _AXES[now]))) > SWITCH_DEG:
            now = _nearest(angle, directions)
        labels.append(now)
    return labels


def _nearest(angle_deg: float, directions: Collection[Direction]) -> Direction:
    return min(directions, key=lambda direction: abs(float(_difference_deg(angle_deg, _AXES[direction]))))


def _difference_deg(a: FloatArray | float, b: FloatArray | float) -> FloatArray:
    return np.asarray((np.asarray(a) - b + 180.0) % 360.0 - 180.0)
