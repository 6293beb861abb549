"""What is drawn onto each frame of the annotated video: the joints, the strikes, the readout."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right

import numpy as np
import numpy.typing as npt

from gait.arrays import nanmean
from gait.columns import TURN
from gait.outlines import Outlines
from gait.report.canvas import WHITE, Badge, Bools, Canvas, Pen, Strokes, Yuv, fixed, yuv
from gait.report.colors import DEFAULT, Palette, rgb
from gait.report.hidden_head import HiddenHead
from gait.report.lettering import text_mask
from gait.report.outline import Wash
from gait.report.readout import SIDE_LETTERS, SIDE_YUV, Readout, Strip, side_yuv
from gait.skeleton import EDGES, INDEX, SIDES
from gait.text import again
from gait.types import FloatArray, ImageArray, IntArray, PoseSequence, Result, Side

FLASH_S = 0.15
"""How long a strike lights up."""
FAINT_SCORE = 0.5
"""What the model is less sure of than this is drawn as thin lines."""
FEET_SHARE = 0.15
"""Lower part of the box, in which the feet are."""

CLEAR = 7.0
"""Widths of a limb that the mark of a strike keeps from every joint of the legs."""

DARK, LIGHT = "#14181C", "#DEE2E6"
"""Of the trunk, the head and the box: rim and line."""
_DARK, _LIGHT = yuv(rgb(DARK)), yuv(rgb(LIGHT))

Indices = npt.NDArray[np.intp]


def _edges(*names: str, side: str = "") -> Indices:
    """Return the lines of the skeleton that run between these points, of one side where it is given."""
    return np.array(
        [
            [INDEX[a], INDEX[b]]
            for a, b in EDGES
            if all(point.startswith(side) and point.partition("_")[2] in names for point in (a, b))
        ],
        dtype=np.intp,
    )


NOSE = INDEX["nose"]
NECK = len(INDEX)
"""The point between the shoulders, put behind the others."""
TRUNK = np.vstack([_edges("shoulder", "hip"), [[NECK, NOSE]]])
LIMBS = {
    side: np.vstack([_edges("shoulder", "elbow", "wrist", side=side), _edges("hip", "knee", "ankle", side=side)])
    for side in SIDES
}
FEET = {side: _edges("ankle", "heel", "big_toe", side=side) for side in SIDES}
JOINTS = {side: [INDEX[f"{side}_{name}"] for name in ("elbow", "wrist", "hip", "knee", "ankle")] for side in SIDES}
LEGS = [INDEX[f"{side}_{name}"] for side in SIDES for name in ("hip", "knee", "ankle", "heel", "big_toe")]
FOOT = {side: [INDEX[f"{side}_{name}"] for name in ("ankle", "heel", "big_toe")] for side in SIDES}


class OverlayPainter:
    """Draws onto the frames of the video that a result was measured in, and writes the readout under them.

    Parameters
    ----------
    result : Result
        With a track; one row per frame that will be painted.
    size : (width, height)
        Of the picture to draw on, even; need not be that of the video.
    outlines : Outlines, optional
        Of the same frames: the walker is tinted under the skeleton.
    palette : Palette
        Colours of left and right.
    hide_head : bool
        Whether the head of the person is covered.

    Attributes
    ----------
    strip_px : int
        Height of the readout, which is added under the picture: nothing of the picture is covered by it.
    poster : uint8 (H, W, 3) or None
        The frame of `opening_row`, drawn on, in RGB and without the readout; None until it was painted.
    """

    def __init__(
        self,
        result: Result,
        size: tuple[int, int],
        outlines: Outlines | None = None,
        palette: Palette = DEFAULT,
        *,
        hide_head: bool = False,
    ) -> None:
        colors = side_yuv(palette)
        self._walker, self._strikes = walker_and_strikes(result, size, colors)
        scale = scale_to(result, size)
        self._wash = None if outlines is None else Wash(outlines, scale, colors)
        box_px = self._walker.box / np.tile(scale, 2)
        self._hidden = HiddenHead(result.poses, box_px, scale) if hide_head else None
        self._strip = Strip(Readout(result, colors), size)
        self._picture_px = size[1]
        self._poster_row = opening_row(result)
        self.strip_px = self._strip.height
        self.poster: ImageArray | None = None

    def paint(self, image: ImageArray, i: int, time_s: float) -> None:
        """Draw onto a frame.

        Parameters
        ----------
        image : uint8 ((H + strip_px) * 3 / 2, W)
            In yuv420p, the picture above and room for the readout below; is changed in place.
        i : int
            Row of the result that belongs to the frame.
        time_s : float
            Its time.
        """
        self.hide_head(image, i, time_s)
        canvas = Canvas(image)
        if self._wash is not None:
            self._wash.paint(canvas, i)
        landing = self._strikes.landing(i, time_s)
        self._strikes.paint_marks(canvas, i, self._walker.xy[i, LEGS])
        self._walker.paint(canvas, i)
        self._walker.paint_letters(canvas, i, self._picture_px, landing)
        self._strip.paint(canvas, i, time_s, in_view=self._walker.is_seen(i), landing=landing)
        if i == self._poster_row:
            self.poster = _rgb(image, self._picture_px)

    def hide_head(self, image: ImageArray, i: int, time_s: float) -> None:
        """Cover the head where that was asked for, and draw nothing else; takes what `paint` takes."""
        if self._hidden is not None:
            self._hidden.paint(Canvas(image), i)


def scale_to(result: Result, size: tuple[int, int]) -> FloatArray:
    """Return the pixels to draw on, of a picture of this (width, height), per pixel of the poses: (2,)."""
    return np.array([size[0] / result.clean.width_px, size[1] / result.clean.height_px])


def walker_and_strikes(
    result: Result, size: tuple[int, int], colors: dict[str, Yuv] = SIDE_YUV
) -> tuple[Skeleton, Strikes]:
    """Return what is drawn of a result onto pictures of this (width, height)."""
    scale = scale_to(result, size)
    box_px = np.full((len(result.clean.time_s), 4), np.nan)
    if result.track is not None:
        box_px = result.track.box_px * np.tile(scale, 2)
    body_px = float(np.nanmedian(box_px[:, 3] - box_px[:, 1])) if np.isfinite(box_px).any() else size[1] / 2
    unit = max(0.5, min(size) / 720)
    line_px = float(np.clip(0.012 * body_px, 2 * unit, 6 * unit))
    walker = Skeleton(result.clean, _far_then_near(result), scale, box_px, line_px, colors)
    return walker, Strikes(result, scale, box_px, line_px, colors)


def _rgb(image: ImageArray, rows: int) -> ImageArray:
    import cv2

    return np.asarray(cv2.cvtColor(image, cv2.COLOR_YUV2RGB_I420)[:rows], dtype=np.uint8)


def opening_row(result: Result) -> int:
    """Return the row that shows best what the recording is about: a strike in the middle of the walk.

    Without strikes, the one in which the person is largest; the first where nobody is seen.
    """
    strikes = result.events[(result.events["kind"] == "strike") & (result.events["pass_number"] != TURN)]
    times_s = np.sort(strikes["time_s"].to_numpy(dtype=np.float64))
    rows = nearest_rows(times_s, result.clean.time_s)
    known = np.isfinite(result.clean.xy_px).all(axis=2).sum(axis=1)
    if len(rows) and known[rows].any():
        middle = np.abs(np.arange(len(rows)) - len(rows) // 2)
        return int(rows[np.lexsort((middle, -known[rows]))[0]])
    if result.track is None or not np.isfinite(result.track.box_px).any():
        return 0
    x1, y1, x2, y2 = result.track.box_px.T
    return int(np.nanargmax((x2 - x1) * (y2 - y1)))


def nearest_rows(time_s: FloatArray, frames_s: FloatArray) -> IntArray:
    """Return the frame in which each moment is shown: the nearest one."""
    if len(frames_s) < 2:
        return np.zeros(len(time_s), dtype=np.int64)
    return np.searchsorted((frames_s[1:] + frames_s[:-1]) / 2, time_s).astype(np.int64)


class Skeleton:
    """The box and the skeleton, with the near limbs over the far ones.

    Parameters
    ----------
    poses : PoseSequence
        In the canonical skeleton.
    order : list of (side, side)
        For each frame the side to draw first and the one to draw over it.
    scale : float64 (2,)
        Pixels to draw on per pixel of the poses.
    box_px : float64 (T, 4)
        In pixels to draw on; NaN draws none.
    line_px : float
        Width of the limbs.
    colors : dict
        Of each side, (y, u, v).

    Attributes
    ----------
    xy : float64 (T, K + 1, 2)
        The points in pixels to draw on, that between the shoulders last.
    known, sure : bool (T, K + 1)
        Whether a point is known, and whether well enough to be drawn as more than a thin line.
    """

    def __init__(
        self,
        poses: PoseSequence,
        order: list[tuple[Side, Side]],
        scale: FloatArray,
        box_px: FloatArray,
        line_px: float,
        colors: dict[str, Yuv] = SIDE_YUV,
    ) -> None:
        xy = poses.xy_px.astype(np.float64) * scale
        middle = xy[:, [INDEX["left_shoulder"], INDEX["right_shoulder"]]].mean(axis=1, keepdims=True)
        self.xy = np.concatenate([xy, middle], axis=1)
        self.known: Bools = np.isfinite(self.xy).all(axis=2)
        score = np.pad(poses.score, ((0, 0), (0, 1)), constant_values=1.0)
        self.sure: Bools = self.known & (score >= FAINT_SCORE)
        self.order = order
        self.box = box_px
        self.line_px = line_px
        box = Strokes(*_corners(box_px, 4 * line_px), Pen(_LIGHT, max(1.0, 0.4 * line_px)))
        nose = Strokes.dots(self.xy[:, [NOSE]], self.known[:, [NOSE]], Pen(_LIGHT, 1.6 * line_px))
        trunk = [*self._part(TRUNK, _LIGHT, _DARK, 0.6 * line_px), nose]
        limbs = {side: self._limbs(side, color) for side, color in colors.items()}
        self._layers = {(a, b): [box, *limbs[a], *trunk, *limbs[b]] for a, b in itertools.permutations(SIDES)}
        letters = {side: text_mask(again(SIDE_LETTERS[side]), 2.4 * line_px, 0.2) for side in SIDES}
        feet = {side: np.where(self.known[:, FOOT[side], None], self.xy[:, FOOT[side]], np.nan) for side in SIDES}
        self._feet_x: dict[str, list[float]] = {side: nanmean(at[..., 0], axis=1).tolist() for side, at in feet.items()}
        self._lowest: list[float] = np.fmax.reduce(np.concatenate([*feet.values()], axis=1)[..., 1], axis=1).tolist()
        self._letters = {side: Badge(mask, Pen(colors[side], 4.2 * line_px)) for side, mask in letters.items()}
        self._landing_letters = {
            side: Badge(mask, Pen(WHITE, 6.6 * line_px), Pen(colors[side], 5.4 * line_px))
            for side, mask in letters.items()
        }

    def is_seen(self, i: int) -> bool:
        """Return whether any joint is known in a frame."""
        return bool(self.known[i].any())

    def paint(self, canvas: Canvas, i: int) -> None:
        """Draw the box and the skeleton."""
        for strokes in self._layers[self.order[i]]:
            strokes.paint(canvas, i)

    def paint_letters(self, canvas: Canvas, i: int, bottom: int, landing: tuple[Side, ...] = ()) -> None:
        """Draw the letter of each side on a disc below both feet, larger while the foot lands.

        Nothing lies lower in the picture than the lower foot: there a disc hides no joint. Where there is no room above
        `bottom`, the colours alone say which side is which.
        """
        y = self._lowest[i] + 6.5 * self.line_px
        if math.isnan(y) or y + 2.2 * self.line_px > bottom:
            return
        x = {side: at_x for side in self.order[i] if not math.isnan(at_x := self._feet_x[side][i])}
        if len(x) == 2:
            (a, b), apart = sorted(x, key=lambda side: x[side]), 6 * self.line_px
            push = max(0.0, apart - (x[b] - x[a])) / 2
            x = {a: x[a] - push, b: x[b] + push}
        for side, at_x in x.items():
            (self._landing_letters if side in landing else self._letters)[side].paint(canvas, at_x, y)

    def _limbs(self, side: str, color: Yuv) -> list[Strokes]:
        joints = self.xy[:, JOINTS[side]], self.sure[:, JOINTS[side]]
        return [
            *self._part(FEET[side], color, WHITE, 0.7 * self.line_px),
            *self._part(LIMBS[side], color, WHITE, self.line_px),
            Strokes.dots(*joints, Pen(WHITE, 2.1 * self.line_px)),
            Strokes.dots(*joints, Pen(color, 1.3 * self.line_px)),
        ]

    def _part(self, edges: Indices, color: Yuv, rim: Yuv, width_px: float) -> list[Strokes]:
        ends = self.xy[:, edges]
        known, sure = self.known[:, edges].all(axis=2), self.sure[:, edges].all(axis=2)
        thin = Pen(color, max(1.0, 0.3 * self.line_px))
        return [Strokes(ends, known & ~sure, thin), Strokes(ends, sure, Pen(color, width_px, rim))]


class Strikes:
    """The moment a foot meets the ground, and where it did.

    Attributes
    ----------
    side : list of N sides
    row : list of N int, ascending
        The frame in which each is shown.
    until_s : list of N float
        Until when it lights up.
    leg : int64 (N,)
        Number of the pass, or the turn between two.
    fixed : float64 (N, 2)
        Where it was, in pixels to draw on, before the camera turned.
    drift : float64 (T, 2)
        How far the background has moved in each frame.
    leaves_marks : bool
        Whether its place stays where it was: not on a treadmill.
    """

    def __init__(
        self, result: Result, scale: FloatArray, box_px: FloatArray, line_px: float, colors: dict[str, Yuv]
    ) -> None:
        strikes = result.events[result.events["kind"] == "strike"].sort_values("time_s")
        time_s = strikes["time_s"].to_numpy(dtype=np.float64)
        self.side: list[Side] = list(strikes["side"])
        # Passes and the turns between them, counted on: marks are cleared when the next one begins.
        self.leg = (strikes["pass_number"].diff().fillna(0) != 0).cumsum().to_numpy()
        self._first_of_leg: list[int] = np.searchsorted(self.leg, self.leg).tolist()
        self._is_left = (strikes["side"] == "left").to_numpy()
        self._pens = {side: Pen(color, 1.8 * line_px, WHITE) for side, color in colors.items()}
        self._half_mark = np.array([[-1.6, 0.0], [1.6, 0.0]]) * line_px
        self._line_px = line_px
        self._box = box_px
        frames_s = result.clean.time_s
        self.row: list[int] = nearest_rows(time_s, frames_s).tolist()
        self.until_s: list[float] = (frames_s[self.row] + FLASH_S).tolist()
        self.drift: FloatArray = np.zeros((len(frames_s), 2))
        if result.track is not None:
            self.drift = result.track.background_xy_px * scale
        self.leaves_marks = result.scene.ground != "treadmill"
        self.fixed = np.full((len(strikes), 2), np.nan)
        for n, (at_s, side) in enumerate(zip(time_s, self.side, strict=True)):
            for point in ("heel", "ankle"):
                if not np.isfinite(self.fixed[n]).all():
                    place = _at_time(at_s, frames_s, result.clean.point(f"{side}_{point}") * scale)
                    self.fixed[n] = place - _at_time(at_s, frames_s, self.drift)
        self._known: Bools = np.isfinite(self.fixed).all(axis=1)

    def landing(self, i: int, time_s: float) -> tuple[Side, ...]:
        """Return the feet that land in this frame or have just landed."""
        past = range(bisect_right(self.row, i) - 1, -1, -1)
        lit = itertools.takewhile(lambda n: time_s < self.until_s[n] or self.row[n] == i, past)
        return tuple(dict.fromkeys(self.side[n] for n in reversed([*lit])))

    def paint_marks(self, canvas: Canvas, i: int, legs: FloatArray) -> None:
        """Draw the places of the strikes of this pass, or turn, up to now, where they lie as the camera turns.

        None is drawn where a foot or a leg, (N, 2), is now: what is under a mark cannot be judged.
        """
        n_past = bisect_right(self.row, i)
        if not self.leaves_marks or n_past == 0 or np.isnan(self.drift[i, 0]):
            return
        here = slice(self._first_of_leg[n_past - 1], n_past)
        at = self.fixed[here] + self.drift[i]
        on_leg = (np.hypot(*(at[:, None] - legs).T) <= CLEAR * self._line_px).any(axis=0)
        shown = self._known[here] & ~(self._is_hidden(at, i) | on_leg)
        ends = fixed(at[shown, None] + self._half_mark)
        is_left = self._is_left[here][shown]
        canvas.draw(ends[is_left], self._pens["left"])
        canvas.draw(ends[~is_left], self._pens["right"])

    def _is_hidden(self, at: FloatArray, i: int) -> npt.NDArray[np.bool_]:
        """Return which places lie behind the walker, (N,): within the box, but higher up than the feet."""
        left, top, right, bottom = self._box[i]
        above_feet = (at[:, 1] > top) & (at[:, 1] < bottom - FEET_SHARE * (bottom - top))
        return np.asarray((at[:, 0] > left) & (at[:, 0] < right) & above_feet)


def _far_then_near(result: Result) -> list[tuple[Side, Side]]:
    """Return for each frame the side to draw first and the one to draw over it."""
    order: list[tuple[Side, Side]] = []
    for time_s in result.clean.time_s:
        near = next((p.near_side for p in result.scene.passes if p.start_s <= time_s < p.end_s), None)
        order.append(("right", "left") if near == "left" else ("left", "right"))
    return order


def _at_time(time_s: float, times_s: FloatArray, xy: FloatArray) -> FloatArray:
    """Return the point at a moment between frames; NaN where a neighbour is unknown."""
    after = int(np.clip(np.searchsorted(times_s, time_s), 1, len(times_s) - 1)) if len(times_s) > 1 else 0
    before = max(0, after - 1)
    span = times_s[after] - times_s[before]
    share = np.clip((time_s - times_s[before]) / span, 0, 1) if span else 0.0
    return np.asarray(xy[before] + share * (xy[after] - xy[before]), dtype=np.float64)


def _corners(box: FloatArray, length: float) -> tuple[FloatArray, Bools]:
    """Return the two short lines at each corner of boxes, (T, 8, 2, 2), and whether there are any, (T, 8)."""
    x1, y1, x2, y2 = box.T
    length = np.minimum(length, 0.25 * np.minimum(x2 - x1, y2 - y1))
    lines = [
        [[(x, y), (x + dx, y)], [(x, y), (x, y + dy)]]
        for x, dx in ((x1, length), (x2, -length))
        for y, dy in ((y1, length), (y2, -length))
    ]
    known = np.isfinite(box).all(axis=1)
    return np.moveaxis(np.array(lines).reshape(8, 2, 2, len(box)), -1, 0), np.repeat(known[:, None], 8, axis=1)
