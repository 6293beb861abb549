"""The annotated photograph: the skeleton, the angles beside their joints, and what they are below the picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gait.photo.types import Angle, PhotoReading
from gait.photo.words import LIMITED, degrees, label, seen_in_words, with_direction
from gait.report.canvas import WHITE, Canvas, Plate
from gait.report.lettering import text_mask
from gait.report.overlay import Skeleton
from gait.report.readout import SIDE_YUV
from gait.skeleton import SIDES
from gait.types import FloatArray, ImageArray, PoseSequence, Side
from gait.yuv import planes

BODY_PX = 900
"""A smaller person is enlarged to about this height, so that the letters do not hide the joints."""
LONGEST_PX = 2400
LEAST_WIDTH_PX = 560
"""Room for the lines below the picture."""
LETTERS_SHARE = 0.009
"""Height of the letters below the picture, of its width."""

_GROUND = 24
_JOINTS = ("elbow", "hip", "knee")
_NO_BOX = np.full((1, 4), np.nan)
# BT.709, limited range, as `gait.report.canvas.yuv` has it.
_TO_YUV = np.array(
    [[0.18259, 0.61423, 0.06201, 16.0], [-0.10064, -0.33857, 0.43922, 128.0], [0.43922, -0.39894, -0.04027, 128.0]]
)
_TO_RGB = np.linalg.inv(_TO_YUV[:, :3])


def annotated(rgb: ImageArray, poses: PoseSequence, readout: PhotoReading, note: str = "") -> ImageArray:
    """Draw a readout onto a copy of its picture.

    Parameters
    ----------
    rgb : uint8 (H, W, 3)
    poses : PoseSequence
        One frame, in the canonical skeleton; points that are NaN are left out.
    readout : PhotoReading
    note : str
        Stands below the picture too.

    Returns
    -------
    uint8 (H', W', 3)
        Enlarged or reduced, with a strip of text below.
    """
    import cv2

    xy = poses.xy_px[0].astype(np.float64)
    known = xy[np.isfinite(xy).all(axis=1)]
    body_px = float(np.ptp(known[:, 1])) if len(known) else float(rgb.shape[0])
    scale = max(1.0, BODY_PX / max(body_px, 1.0), LEAST_WIDTH_PX / rgb.shape[1])
    scale = min(scale, LONGEST_PX / max(rgb.shape[:2]))
    width, height = (2 * max(1, round(length * scale / 2)) for length in (rgb.shape[1], rgb.shape[0]))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(rgb, (width, height), interpolation=how)
    zoom = np.array([width / rgb.shape[1], height / rgb.shape[0]])
    cap = float(np.clip(0.02 * body_px * scale, 11, 17))
    small = max(11.0, LETTERS_SHARE * width)
    items = [*_captions(readout), *([(None, note)] if note else [])]
    places, strip = _flow(items, width, small)
    image = _to_planes(np.concatenate([picture, np.zeros((strip, width, 3), np.uint8)]))
    canvas = Canvas(image)
    canvas.planes[0][height:] = _GROUND
    line_px = float(np.clip(0.009 * body_px * scale, 2, 8))
    order: tuple[Side, Side] = ("right", "left") if readout.near_side == "left" else ("left", "right")
    labels = _labels(readout, poses, zoom, (width, height), cap)
    for item in labels:
        canvas.lines(np.array([[item.anchor, item.joint]]), SIDE_YUV[item.side], max(1.5, 0.35 * line_px), rim=WHITE)
    skeleton = Skeleton(poses, [order], zoom, _NO_BOX, line_px)
    skeleton.paint(canvas, 0)
    skeleton.paint_letters(canvas, 0, height)
    for item in labels:
        canvas.stamp(item.plate, *item.corner)
    for (side, text), (x, y) in zip(items, places, strict=True):
        at = x
        if side is not None:
            canvas.dots(np.array([[at + 0.5 * small, height + y + 0.8 * small]]), SIDE_YUV[side], small)
            at += 1.6 * small
        canvas.letters(text_mask(text, small), at, height + y)
    return _from_planes(image)


def _captions(readout: PhotoReading) -> Iterator[tuple[Side | None, str]]:
    """Yield what stands below the picture: the side whose colour goes before it, and the text."""
    yield "left", "Left"
    yield "right", "Right"
    yield None, seen_in_words(readout)
    shown = [angle for angle in readout.angles if angle.status in ("valid", "limited")]
    for angle in shown:
        if angle.side == "both":
            yield None, f"{label(angle)} {with_direction(angle, readout)}"
    yield None, "Angles in the plane of the picture (2D)"
    if any(angle.side in SIDES for angle in shown):
        yield None, "Straight is 180°"
    elif readout.view == "frontal":
        yield None, "Bending of knee, hip and elbow does not show"
    if any(angle.status == "limited" for angle in shown):
        yield None, f"{LIMITED} less certain"


def _flow(items: list[tuple[Side | None, str]], width: int, cap: float) -> tuple[list[tuple[float, float]], int]:
    """Place texts one after the other, line by line; return their corners and the height of the strip."""
    margin, row = 1.2 * cap, 2.1 * cap
    places, x, y = [], margin, 0.7 * cap
    for side, text in items:
        wide = text_mask(text, cap).shape[1] + (1.6 * cap if side else 0)
        if x > margin and x + wide > width - margin:
            x, y = margin, y + row
        places.append((x, y))
        x += wide + 2.2 * cap
    return places, 2 * round((y + row + 0.4 * cap) / 2)


class _Label:
    """An angle on a plate, and the line from there to its joint."""

    def __init__(self, angle: Angle, side: Side, joint: FloatArray, cap: float) -> None:
        mask = text_mask(f"{angle.name.partition('_')[0].capitalize()} {degrees(angle)}", cap)
        self.side, self.joint = side, joint
        self.plate = Plate(2 * round((mask.shape[1] + 3.0 * cap) / 2), 2 * round(1.05 * cap) + 2, 0.4 * cap)
        top = self.plate.height / 2 - 0.8 * cap
        self.plate.disc(np.array([1.0 * cap, self.plate.height / 2]), SIDE_YUV[side], cap)
        self.plate.canvas.letters(mask, 2.0 * cap, top)
        self.corner = (0, 0)
        self.anchor = joint

    def put(self, x: float, y: float, *, left_of_body: bool) -> None:
        """Set the upper left corner."""
        self.corner = (2 * round(x / 2), 2 * round(y / 2))
        edge = self.corner[0] + (self.plate.width if left_of_body else 0)
        self.anchor = np.array([edge, self.corner[1] + self.plate.height / 2])


def _labels(
    readout: PhotoReading, poses: PoseSequence, zoom: FloatArray, size: tuple[int, int], cap: float
) -> list[_Label]:
    """Return the angles that mean something, those of one side left of the body and those of the other right of it."""
    by_side: dict[Side, list[_Label]] = {}
    for angle in readout.angles:
        joint = angle.name.partition("_")[0]
        if joint in _JOINTS and angle.side in ("left", "right") and angle.status in ("valid", "limited"):
            place = poses.point(f"{angle.side}_{joint}")[0].astype(np.float64) * zoom
            side: Side = "left" if angle.side == "left" else "right"
            by_side.setdefault(side, []).append(_Label(angle, side, place, cap))
    if not by_side:
        return []
    points = poses.xy_px[0][np.isfinite(poses.xy_px[0]).all(axis=1)] * zoom
    low, high = float(points[:, 0].min()), float(points[:, 0].max())
    order: list[Side] = sorted(by_side, key=lambda s: float(np.mean([item.joint[0] for item in by_side[s]])))
    if len(order) == 1 and by_side[order[0]][0].joint[0] > (low + high) / 2:
        order = ["right" if order[0] == "left" else "left", *order]
    gap, edge = 3.0 * cap, 0.6 * cap
    for column, side in enumerate(order):
        items = sorted(by_side.get(side, []), key=lambda item: float(item.joint[1]))
        tops = _spread([float(item.joint[1]) - item.plate.height / 2 for item in items], 2.8 * cap, size[1] - 3 * cap)
        for item, top in zip(items, tops, strict=True):
            x = max(edge, low - gap - item.plate.width) if column == 0 else high + gap
            x = float(np.clip(x, edge, max(edge, size[0] - item.plate.width - edge)))
            item.put(x, max(top, edge), left_of_body=column == 0)
    return [item for side in order for item in by_side.get(side, [])]


def _spread(tops: list[float], apart: float, lowest: float) -> list[float]:
    """Move heights, sorted downward, so that they keep a distance and do not go below the lowest."""
    spread: list[float] = []
    for top in tops:
        spread.append(max(top, spread[-1] + apart) if spread else top)
    for i in range(len(spread) - 1, -1, -1):
        spread[i] = min(spread[i], lowest if i == len(spread) - 1 else spread[i + 1] - apart)
    return spread


def _to_planes(rgb: ImageArray) -> ImageArray:
    """Turn a picture of even size into yuv420p, (H * 3 / 2, W)."""
    import cv2

    height, width = rgb.shape[:2]
    full = cv2.transform(rgb, _TO_YUV)
    image = np.empty((height * 3 // 2, width), np.uint8)
    luma, *chroma = planes(image)
    luma[:] = full[..., 0]
    for plane, channel in zip(chroma, (1, 2), strict=True):
        plane[:] = cv2.resize(full[..., channel], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return image


def _from_planes(image: ImageArray) -> ImageArray:
    import cv2

    luma, *chroma = planes(image)
    size = (luma.shape[1], luma.shape[0])
    full = cv2.merge(
        [luma, *(cv2.resize(np.ascontiguousarray(p), size, interpolation=cv2.INTER_LINEAR) for p in chroma)]
    )
    back = np.concatenate([_TO_RGB, -(_TO_RGB @ _TO_YUV[:, 3:])], axis=1)
    return np.asarray(cv2.transform(full, back))
