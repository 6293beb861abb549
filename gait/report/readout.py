"""The numbers beside the walker in the annotated video: what was measured up to now."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gait.columns import TURN
from gait.report.canvas import WHITE, Canvas, Plate, yuv
from gait.report.colors import LEFT, RIGHT, rgb
from gait.report.lettering import text_mask
from gait.report.words import number
from gait.types import FloatArray, ImageArray, Pass, Result

SIDE_YUV = {"left": yuv(rgb(LEFT)), "right": yuv(rgb(RIGHT))}

LABELS: tuple[tuple[str, str], ...] = (
    ("Time", ""),
    ("Trunk lean", ""),
    ("Left knee", "left"),
    ("Right knee", "right"),
    ("Cadence so far", ""),
)
"""Label and side of each line."""

_INDENT = 20
"""Room for the coloured disc before a label."""
_WIDEST = "88.8° to own right"
_DIRECTIONS = {"sagittal": ("forward", "backward"), "frontal": ("to own right", "to own left")}


def cadence_so_far(events: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Return the cadence known after each strike.

    A step is a strike that follows one of the other foot in the same pass; cadence is 60 over the mean step time.

    Parameters
    ----------
    events : DataFrame
        With `time_s`, `side`, `kind`, `pass_number`.

    Returns
    -------
    time_s : (N,)
        Of the strikes, increasing.
    cadence : (N,)
        Steps per minute; NaN before the first step.
    """
    strikes = events[events["kind"] == "strike"].sort_values("time_s")
    time_s = strikes["time_s"].to_numpy(dtype=np.float64)
    side, walk = strikes["side"].to_numpy(), strikes["pass_number"].to_numpy()
    is_step = np.zeros(len(time_s), dtype=bool)
    is_step[1:] = (side[1:] != side[:-1]) & (walk[1:] == walk[:-1]) & (walk[1:] != TURN)
    taken_s = np.cumsum(np.where(is_step, np.diff(time_s, prepend=np.nan), 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return time_s, np.where(np.cumsum(is_step) > 0, 60 * np.cumsum(is_step) / taken_s, np.nan)


class Readout:
    """The lines of the readout, frame by frame; a dash for what is not known.

    Parameters
    ----------
    result : Result
    """

    def __init__(self, result: Result) -> None:
        self._passes = result.scene.passes
        self._lean = result.signals["trunk_lean_deg"].to_numpy(dtype=np.float64)
        self._knees = [result.signals[f"{side}_knee_deg"].to_numpy(dtype=np.float64) for side in ("left", "right")]
        self._strike_s, self._cadence = cadence_so_far(result.events)
        rows = result.measures[(result.measures["measure"] == "cadence") & (result.measures["side"] == "both")]
        if not (rows["status"] == "valid").any():
            self._cadence = np.full_like(self._cadence, np.nan)

    def values(self, i: int, time_s: float) -> tuple[str, ...]:
        """Return the text of each line of `LABELS` at one frame."""
        n_strikes = int(np.searchsorted(self._strike_s, time_s, side="right"))
        cadence = self._cadence[n_strikes - 1] if n_strikes else np.nan
        return (
            f"{number(time_s, 2)} s",
            self._lean_in_words(self._lean[i], time_s),
            *(_with(knee[i], "°") for knee in self._knees),
            _with(cadence, " steps/min"),
        )

    def _lean_in_words(self, lean_deg: float, time_s: float) -> str:
        """Say where to, as far as the direction of the walk is known; the sign alone means different things by view."""
        walk: Pass | None = next((p for p in self._passes if p.start_s <= time_s < p.end_s), None)
        if walk is None or not np.isfinite(lean_deg):
            return _with(lean_deg, "°", 1)
        words = _DIRECTIONS["sagittal" if walk.direction in ("left", "right") else "frontal"]
        return f"{number(abs(lean_deg), 1)}° {words[0] if lean_deg >= 0 else words[1]}"


class Panel:
    """The plate with the readout and the legend of colours, in the corner where it hides least of the walker.

    Parameters
    ----------
    readout : Readout
    size : (width, height)
        Of the picture.
    unit : float
        Pixels of the picture per pixel of a design whose shorter side is 720.
    box_px : (T, 4)
        The walker in the picture.
    """

    def __init__(self, readout: Readout, size: tuple[int, int], unit: float, box_px: FloatArray) -> None:
        self._readout = readout
        self._cap, self._row, self._pad = 11.5 * unit, 25 * unit, 13 * unit
        label_px = max(text_mask(label, self._cap).shape[1] for label, _ in LABELS)
        value_px = text_mask(_WIDEST, self._cap).shape[1]
        self._width = _even(2 * self._pad + _INDENT * unit + label_px + 14 * unit + value_px)
        self._height = _even(2 * self._pad + self._row * (len(LABELS) + 1) + 8 * unit)
        self._plate = self._drawn_plate(unit)
        self._notice = self._drawn_notice("Subject not in view", unit)
        self._corner = _freest_corner(size, (self._width, self._height), _even(14 * unit), box_px)

    def paint(self, canvas: Canvas, i: int, time_s: float, *, in_view: bool) -> None:
        """Draw the readout of one frame, and say so when nobody is followed in it."""
        left, top = self._corner
        canvas.stamp(self._plate, left, top)
        for row, text in enumerate(self._readout.values(i, time_s)):
            mask = text_mask(text, self._cap)
            canvas.letters(mask, left + self._width - self._pad - mask.shape[1], top + self._text_top(row))
        if not in_view:
            below = top + self._height + _even(self._row / 3)
            rows = canvas.planes[0].shape[0]
            fits = below + self._notice.height <= rows
            canvas.stamp(self._notice, left, below if fits else max(0, top - _even(self._row * 1.6)))

    def _drawn_plate(self, unit: float) -> Plate:
        plate = Plate(self._width, self._height, 9 * unit)
        for row, (label, side) in enumerate(LABELS):
            plate.canvas.letters(_dimmed(label, self._cap), self._pad + _INDENT * unit, self._text_top(row))
            if side:
                plate.disc(self._beside(row, self._pad + 5 * unit), SIDE_YUV[side], 11 * unit)
        legend = len(LABELS) + 8 * unit / self._row
        x = self._pad
        for text, color in (("Left", SIDE_YUV["left"]), ("Right", SIDE_YUV["right"]), ("Foot strike", None)):
            center = self._beside(legend, x + 5 * unit)
            if color is None:
                plate.ring(center, WHITE, 4.5 * unit, 2 * unit)
            else:
                plate.disc(center, color, 11 * unit)
            mask = _dimmed(text, self._cap)
            plate.canvas.letters(mask, x + _INDENT * unit, self._text_top(legend))
            x += _INDENT * unit + mask.shape[1] + 14 * unit
        return plate

    def _drawn_notice(self, text: str, unit: float) -> Plate:
        mask = text_mask(text, self._cap)
        plate = Plate(_even(mask.shape[1] + 2 * self._pad), _even(1.3 * self._row), 9 * unit)
        plate.canvas.letters(mask, self._pad, 0.65 * self._row - 0.8 * self._cap)
        return plate

    def _beside(self, row: float, x: float) -> FloatArray:
        """Return the middle of the letters of a row, at this x."""
        return np.array([x, self._text_top(row) + 0.8 * self._cap])

    def _text_top(self, row: float) -> float:
        return self._pad + row * self._row + (self._row - 1.6 * self._cap) / 2


def _with(value: float, unit: str, decimals: int = 0) -> str:
    text = number(value, decimals)
    return text + unit if np.isfinite(value) else text


def _dimmed(text: str, cap_px: float) -> ImageArray:
    dimmed: ImageArray = (text_mask(text, cap_px) * 0.8).astype(np.uint8)
    return dimmed


def _even(value: float) -> int:
    return 2 * round(value / 2)


def _freest_corner(
    picture: tuple[int, int], panel: tuple[int, int], margin: int, box_px: FloatArray
) -> tuple[int, int]:
    """Return the left and top edge that hide least of the boxes; the lower corners count double, for the feet."""
    right, bottom = (max(0, _even(p - q) - margin) for p, q in zip(picture, panel, strict=True))
    boxes = box_px[np.isfinite(box_px).all(axis=1)]

    def hidden(corner: tuple[int, int]) -> float:
        start = np.maximum(boxes[:, :2], corner)
        end = np.minimum(boxes[:, 2:], np.add(corner, panel))
        area = np.prod(np.clip(end - start, 0, None), axis=1).sum()
        return float(area) * (1 if corner[1] == margin else 2)

    return min([(margin, margin), (right, margin), (margin, bottom), (right, bottom)], key=hidden)
