"""How far the camera was turned about its line of sight, from what stands upright in the picture.

Walls, door frames, posts and trunks of trees are plumb, or nearly; in the picture of a camera that was held askew they
all lean by its roll. Where it also looked up or down they converge: the lean changes from left to right. The video file
itself says which edge was up, to the nearest quarter turn, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gait.types import FloatArray, ImageArray, Roll

SHORTEST = 0.05
"""Of the height of the picture, for a line to count."""

MOST_ROLL_DEG, MOST_FAN_DEG = 12.0, 20.0
"""Of the lean in the middle, and of its change from edge to edge: a camera that looks up or down by 17 degrees."""

NEAR_DEG, AGREE_DEG = 12.0, 1.0
"""From the common lean: lines this near could be meant by it, and lines this near have it."""

LEAST_SHARE, LEAST_LENGTH, COLUMNS, LEAST_COLUMNS = 0.5, 0.8, 12, 3
"""What agrees must be half of what is near, together 0.8 of the picture high, and in three of twelve upright strips:
branches and blades of grass lean every way, and a single frame may hang askew."""

MOST_SPREAD_DEG = 1.5
"""Between the pictures of one recording, as a standard deviation: a hand trembles, what is found by chance jumps."""

PLUMB_SD_DEG = 0.5
"""Of what was built upright, and of straight lines through a phone's lens. A judgement."""


def camera_roll(pictures: Iterable[tuple[ImageArray, FloatArray]]) -> Roll | None:
    """Return the roll of the camera, or None where the pictures do not tell.

    Parameters
    ----------
    pictures : of (uint8 (H, W, 3), float64 (N, 4))
        A few pictures of one recording, each with boxes around the people in it: nobody is plumb.

    Returns
    -------
    Roll or None
        The median of the pictures that tell, if at least two, and half of all, do. Its SD holds their spread.
    """
    found = [_of_picture(*picture) for picture in pictures]
    told = np.array([each for each in found if each is not None])
    if len(told) < max(2, len(found) / 2):
        return None
    deg, fan_deg = np.median(told, axis=0)
    spread = float(np.std(told[:, 0], ddof=1))
    if spread > MOST_SPREAD_DEG:
        return None
    return Roll(deg=float(deg), fan_deg=float(fan_deg), sd_deg=float(np.hypot(PLUMB_SD_DEG, spread)))


def _of_picture(rgb: ImageArray, people: FloatArray) -> tuple[float, float] | None:
    """Return the lean of uprights in the middle of a picture, and its change from edge to edge."""
    lean_deg, length, across = _lines(rgb, people)
    if len(lean_deg) == 0:
        return None
    # The ends of a line are found to some part of a pixel: its angle is the surer the longer it is.
    weight = length**2
    deg, fan_deg = _common_lean(lean_deg, weight, across)
    off_deg = np.abs(lean_deg - deg - fan_deg * across)
    agree, near = off_deg < AGREE_DEG, off_deg < NEAR_DEG
    columns = len(set(np.floor(COLUMNS * across[agree])))
    enough = length[agree].sum() > LEAST_LENGTH and columns >= LEAST_COLUMNS
    return (deg, fan_deg) if enough and weight[agree].sum() > LEAST_SHARE * weight[near].sum() else None


def _lines(rgb: ImageArray, people: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the straight lines that are upright or nearly, and not on people.

    Returns
    -------
    lean_deg : (N,)
        Top to the right positive.
    length : (N,)
        In heights of the picture.
    across : (N,)
        Where the middle is: -0.5 at the left edge of the picture, 0.5 at the right.
    """
    import cv2

    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(gray)[0]
    ends = np.empty((0, 2, 2)) if found is None else found.reshape(-1, 2, 2).astype(np.float64)
    line = ends[:, 1] - ends[:, 0]
    line *= np.where(line[:, 1:] > 0, -1.0, 1.0)
    lean_deg = np.degrees(np.arctan2(line[:, 0], -line[:, 1]))
    length, middle = np.linalg.norm(line, axis=1) / gray.shape[0], ends.mean(axis=1)
    x, y = middle[:, :1], middle[:, 1:]
    x1, y1, x2, y2 = people.reshape(-1, 4).T
    on_people = ((x > x1) & (x < x2) & (y > y1) & (y < y2)).any(axis=1)
    kept = (length > SHORTEST) & (np.abs(lean_deg) < MOST_ROLL_DEG + NEAR_DEG) & ~on_people
    return lean_deg[kept], length[kept], middle[kept, 0] / gray.shape[1] - 0.5


def _common_lean(lean_deg: FloatArray, weight: FloatArray, across: FloatArray) -> tuple[float, float]:
    """Return the lean in the middle, and its change from edge to edge, that most of the lines share.

    A search over both finds the mode, and least squares over the lines that agree the place in between. A camera that
    looks level is likelier than one that does not: few lines in one half of the picture shall not make it steep.
    """
    # Every quarter of a degree, and every degree.
    deg = np.linspace(-MOST_ROLL_DEG, MOST_ROLL_DEG, round(8 * MOST_ROLL_DEG) + 1)
    fan = np.linspace(-MOST_FAN_DEG, MOST_FAN_DEG, round(2 * MOST_FAN_DEG) + 1)
    off = lean_deg[:, None, None] - deg[:, None] - fan * across[:, None, None]
    votes = np.einsum("n,nij->ij", weight, np.exp(-0.5 * (2 * off / AGREE_DEG) ** 2))
    i, j = np.unravel_index(np.argmax(votes * np.exp(-0.5 * (fan / MOST_FAN_DEG) ** 2)), votes.shape)
    best = np.array([deg[i], fan[j]])
    terms = np.stack([np.ones_like(across), across], axis=1)
    for _ in range(3):
        w = weight * (np.abs(lean_deg - terms @ best) < AGREE_DEG)
        level = np.diag([1e-9, w.sum() * (AGREE_DEG / MOST_FAN_DEG) ** 2])
        best = np.linalg.solve(terms.T @ (w[:, None] * terms) + level, terms.T @ (w * lean_deg))
    return float(best[0]), float(best[1])
