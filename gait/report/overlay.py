"""What is drawn onto each frame of the annotated video: the joints, the strikes, the readout."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gait.report.canvas import WHITE, Canvas, Yuv, yuv
from gait.report.lettering import half_cover, text_mask
from gait.report.readout import SIDE_YUV, Panel, Readout
from gait.report.silhouette import Wash
from gait.silhouettes import Silhouettes
from gait.skeleton import EDGES, INDEX, SIDES
from gait.types import FloatArray, ImageArray, PoseSequence, Result, Side

FLASH_S = 0.15
"""How long a strike lights up."""
FAINT_SCORE = 0.5
"""What the model is less sure of than this is drawn as thin lines."""
FEET_SHARE = 0.15
"""Lower part of the box, in which the feet are."""

_DARK = yuv((20, 24, 28))
_LIGHT = yuv((222, 226, 230))
_LETTERS = {"left": "L", "right": "R"}

Bools = npt.NDArray[np.bool_]
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


_NOSE = INDEX["nose"]
_NECK = len(INDEX)
"""The point between the shoulders, put behind the others."""
_TRUNK = np.vstack([_edges("shoulder", "hip"), [[_NECK, _NOSE]]])
_LIMBS = {
    side: np.vstack([_edges("shoulder", "elbow", "wrist", side=side), _edges("hip", "knee", "ankle", side=side)])
    for side in SIDES
}
_FEET = {side: _edges("ankle", "heel", "big_toe", side=side) for side in SIDES}
_JOINTS = {side: [INDEX[f"{side}_{name}"] for name in ("elbow", "wrist", "hip", "knee", "ankle")] for side in SIDES}
_FOOT = {side: [INDEX[f"{side}_{name}"] for name in ("ankle", "heel", "big_toe")] for side in SIDES}


class OverlayPainter:
    """Draws onto the frames of the video that a result was measured in.

    Parameters
    ----------
    result : Result
        With a track; one row per frame that will be painted.
    silhouettes : Silhouettes, optional
        Of the same frames: the walker is tinted under the skeleton.
    """

    def __init__(self, result: Result, silhouettes: Silhouettes | None = None) -> None:
        self._result, self._silhouettes = result, silhouettes
        self._parts: tuple[Wash | None, Skeleton, _Strikes, Panel] | None = None

    def paint(self, image: ImageArray, i: int, time_s: float) -> None:
        """Draw onto a frame.

        Parameters
        ----------
        image : uint8 (H * 3 / 2, W)
            In yuv420p; is changed in place. Every frame has the same size, which need not be that of the video.
        i : int
            Row of the result that belongs to the frame.
        time_s : float
            Its time.
        """
        self._parts = self._parts or self._laid_out(image.shape[1], image.shape[0] * 2 // 3)
        wash, walker, strikes, panel = self._parts
        canvas = Canvas(image)
        if wash is not None:
            wash.paint(canvas, i)
        strikes.paint_marks(canvas, i, time_s)
        walker.paint(canvas, i)
        strikes.paint_flash(canvas, i, time_s)
        walker.paint_letters(canvas, i)
        panel.paint(canvas, i, time_s, in_view=walker.is_seen(i))

    def _laid_out(self, width: int, height: int) -> tuple[Wash | None, Skeleton, _Strikes, Panel]:
        result = self._result
        unit = max(0.5, min(width, height) / 720)
        scale = np.array([width / result.clean.width_px, height / result.clean.height_px])
        box_px = np.full((len(result.clean.time_s), 4), np.nan)
        if result.track is not None:
            box_px = result.track.box_px * np.tile(scale, 2)
        body_px = float(np.nanmedian(box_px[:, 3] - box_px[:, 1])) if np.isfinite(box_px).any() else height / 2
        line_px = float(np.clip(0.012 * body_px, 2 * unit, 6 * unit))
        walker = Skeleton(result.clean, _far_then_near(result), scale, box_px, line_px)
        wash = None if self._silhouettes is None else Wash(self._silhouettes, scale)
        strikes = _Strikes(result, scale, box_px, line_px)
        return wash, walker, strikes, Panel(Readout(result), (width, height), unit, box_px)


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
    """

    def __init__(
        self,
        poses: PoseSequence,
        order: list[tuple[Side, Side]],
        scale: FloatArray,
        box_px: FloatArray,
        line_px: float,
    ) -> None:
        xy = poses.xy_px.astype(np.float64) * scale
        middle = xy[:, [INDEX["left_shoulder"], INDEX["right_shoulder"]]].mean(axis=1, keepdims=True)
        self._xy = np.concatenate([xy, middle], axis=1)
        self._known: Bools = np.isfinite(self._xy).all(axis=2)
        score = np.pad(poses.score, ((0, 0), (0, 1)), constant_values=1.0)
        self._sure: Bools = self._known & (score >= FAINT_SCORE)
        self._order = order
        self._box = box_px
        self._line_px = line_px
        self._letters = {side: text_mask(_LETTERS[side], 2.4 * line_px, 0.2) for side in SIDES}
        self._letter_covers = {side: half_cover(mask) for side, mask in self._letters.items()}

    def is_seen(self, i: int) -> bool:
        """Return whether any joint is known in a frame."""
        return bool(self._known[i].any())

    def paint(self, canvas: Canvas, i: int) -> None:
        """Draw the box and the skeleton."""
        if np.isfinite(self._box[i]).all():
            canvas.lines(_corners(self._box[i], 4 * self._line_px), _LIGHT, max(1.0, 0.4 * self._line_px))
        far, near = self._order[i]
        self._paint_limbs(canvas, i, far)
        self._paint_part(canvas, i, _TRUNK, _LIGHT, _DARK, 0.6 * self._line_px)
        canvas.dots(self._xy[i, [_NOSE]][self._known[i, [_NOSE]]], _LIGHT, 1.6 * self._line_px)
        self._paint_limbs(canvas, i, near)

    def paint_letters(self, canvas: Canvas, i: int) -> None:
        """Draw the letter of each side on a disc under its foot."""
        for side in self._order[i]:
            foot = self._xy[i, _FOOT[side]][self._known[i, _FOOT[side]]]
            if len(foot):
                at = np.array([foot[:, 0].mean(), foot[:, 1].max() + 4 * self._line_px])
                canvas.dots(at[None], SIDE_YUV[side], 4.2 * self._line_px)
                mask = self._letters[side]
                corner = at - (mask.shape[1] / 2, mask.shape[0] / 2)
                canvas.letters(mask, *corner)
                canvas.whiten(self._letter_covers[side], *corner)

    def _paint_limbs(self, canvas: Canvas, i: int, side: Side) -> None:
        self._paint_part(canvas, i, _FEET[side], SIDE_YUV[side], WHITE, 0.7 * self._line_px)
        self._paint_part(canvas, i, _LIMBS[side], SIDE_YUV[side], WHITE, self._line_px)
        points = self._xy[i, _JOINTS[side]][self._sure[i, _JOINTS[side]]]
        canvas.dots(points, WHITE, 2.1 * self._line_px)
        canvas.dots(points, SIDE_YUV[side], 1.3 * self._line_px)

    def _paint_part(self, canvas: Canvas, i: int, edges: Indices, color: Yuv, rim: Yuv, width_px: float) -> None:
        ends = self._xy[i, edges]
        known, sure = self._known[i, edges].all(axis=1), self._sure[i, edges].all(axis=1)
        canvas.lines(ends[known & ~sure], color, max(1.0, 0.3 * self._line_px))
        canvas.lines(ends[sure], color, width_px, rim=rim)


class _Strikes:
    """The moment a foot meets the ground, and where it did."""

    def __init__(self, result: Result, scale: FloatArray, box_px: FloatArray, line_px: float) -> None:
        strikes = result.events[result.events["kind"] == "strike"].sort_values("time_s")
        self._time_s = strikes["time_s"].to_numpy(dtype=np.float64)
        self._side: list[Side] = list(strikes["side"])
        # Passes and the turns between them, counted on: marks are cleared when the next one begins.
        self._leg = (strikes["pass_number"].diff().fillna(0) != 0).cumsum().to_numpy()
        self._line_px = line_px
        self._box = box_px
        frames_s = result.clean.time_s
        self._flash_s = max(FLASH_S, 1.5 * float(np.median(np.diff(frames_s)))) if len(frames_s) > 1 else FLASH_S
        self._drift: FloatArray = np.zeros((len(frames_s), 2))
        if result.track is not None:
            self._drift = result.track.background_xy_px * scale
        self._leaves_marks = result.scene.ground != "treadmill"
        self._place = np.full((len(strikes), 2), np.nan)
        self._fixed = np.full((len(strikes), 2), np.nan)
        for n, (time_s, side) in enumerate(zip(self._time_s, self._side, strict=True)):
            for point in ("heel", "ankle"):
                if not np.isfinite(self._place[n]).all():
                    self._place[n] = _at_time(time_s, frames_s, result.clean.point(f"{side}_{point}") * scale)
            self._fixed[n] = self._place[n] - _at_time(time_s, frames_s, self._drift)

    def paint_marks(self, canvas: Canvas, i: int, time_s: float) -> None:
        """Draw the places of the strikes of this pass, or turn, up to now, where they lie as the camera turns."""
        n_past = int(np.searchsorted(self._time_s, time_s, side="right"))
        if not self._leaves_marks or n_past == 0:
            return
        here = np.flatnonzero(self._leg[:n_past] == self._leg[n_past - 1])
        half = np.array([[-1.6, 0.0], [1.6, 0.0]]) * self._line_px
        for side in SIDES:
            at = self._fixed[[n for n in here if self._side[n] == side]] + self._drift[i]
            at = at[np.isfinite(at).all(axis=1) & ~self._is_hidden(at, i)]
            canvas.lines(at[:, None] + half, SIDE_YUV[side], 1.8 * self._line_px, rim=WHITE)

    def _is_hidden(self, at: FloatArray, i: int) -> npt.NDArray[np.bool_]:
        """Return which places lie behind the walker, (N,): within the box, but higher up than the feet."""
        left, top, right, bottom = self._box[i]
        above_feet = (at[:, 1] > top) & (at[:, 1] < bottom - FEET_SHARE * (bottom - top))
        return np.asarray((at[:, 0] > left) & (at[:, 0] < right) & above_feet)

    def paint_flash(self, canvas: Canvas, i: int, time_s: float) -> None:
        """Draw a growing ring at a heel that has just met the ground."""
        for n in np.flatnonzero((self._time_s <= time_s) & (time_s < self._time_s + self._flash_s)):
            at = self._fixed[n] + self._drift[i]
            at = at if np.isfinite(at).all() else self._place[n]
            if np.isfinite(at).all():
                age = (time_s - self._time_s[n]) / self._flash_s
                radius = (3 + 3 * age) * self._line_px
                canvas.ellipse(at, (radius, radius), WHITE, 1.6 * self._line_px)
                canvas.ellipse(at, (radius, radius), SIDE_YUV[self._side[n]], 0.9 * self._line_px)


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


def _corners(box: FloatArray, length: float) -> FloatArray:
    """Return the two short lines at each corner of a box, (8, 2, 2)."""
    x1, y1, x2, y2 = box
    length = min(length, 0.25 * (x2 - x1), 0.25 * (y2 - y1))
    lines = []
    for x, dx in ((x1, length), (x2, -length)):
        for y, dy in ((y1, length), (y2, -length)):
            lines += [[[x, y], [x + dx, y]], [[x, y], [x, y + dy]]]
    return np.array(lines, dtype=np.float64)
