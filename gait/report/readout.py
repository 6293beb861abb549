"""The numbers under the picture in the annotated video: what was measured up to now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gait.columns import TURN
from gait.report.canvas import Badge, Canvas, Pen, Yuv, yuv
from gait.report.colors import DEFAULT, Palette, rgb
from gait.report.lettering import text_mask
from gait.report.words import number
from gait.skeleton import SIDES
from gait.text import again, mark, say
from gait.types import FloatArray, ImageArray, Pass, Result, Side
from gait.yuv import luma_and_chroma


def side_yuv(palette: Palette = DEFAULT) -> dict[str, Yuv]:
    """Return the colour of each side to draw with."""
    return {side: yuv(rgb(palette.of(side))) for side in SIDES}


SIDE_YUV = side_yuv()
SIDE_LETTERS = {"left": mark("L"), "right": mark("R")}
SELDOM = 0.1
"""What is known in a smaller share of the frames has no place in the readout: it would be a dash."""
NOT_IN_VIEW = mark("The person is not in view")

_DIRECTIONS = {"sagittal": (mark("forward"), mark("backward")), "frontal": (mark("to own right"), mark("to own left"))}
_DESIGN_PX = 360
"""Width of a phone's video, in which the sizes below are given: capitals of ten pixels can be read there."""
_CAP, _ROW, _PAD, _GAP, _LAMP = 10.0, 21.0, 8.0, 14.0, 17.0
_GROUND = yuv((22, 30, 37))
_OUT = yuv((70, 80, 90))


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
        In steps per minute; NaN before the first step.
    """
    strikes = events[events["kind"] == "strike"].sort_values("time_s")
    time_s = strikes["time_s"].to_numpy(dtype=np.float64)
    side, walk = strikes["side"].to_numpy(), strikes["pass_number"].to_numpy()
    is_step = np.zeros(len(time_s), dtype=bool)
    is_step[1:] = (side[1:] != side[:-1]) & (walk[1:] == walk[:-1]) & (walk[1:] != TURN)
    taken_s = np.cumsum(np.where(is_step, np.diff(time_s, prepend=np.nan), 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return time_s, np.where(np.cumsum(is_step) > 0, 60 * np.cumsum(is_step) / taken_s, np.nan)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One entry of the readout.

    Attributes
    ----------
    name : str
    label : str
        Stands before the value; may be empty.
    widest : str
        The longest value it can show: its room never changes.
    value : callable
        Of the row and its time; a dash for what is not known.
    color : (y, u, v), optional
        Of a disc between label and value.
    """

    name: str
    label: str = ""
    widest: str
    value: Callable[[int, float], str]
    color: Yuv | None = None


class Readout:
    """What the readout says, frame by frame; what this recording never shows has no cell.

    Parameters
    ----------
    result : Result
    colors : dict
        Of each side, (y, u, v).
    """

    def __init__(self, result: Result, colors: dict[str, Yuv] = SIDE_YUV) -> None:
        self.colors = colors
        self._passes = result.scene.passes
        self._lean = result.signals["trunk_lean_deg"].to_numpy(dtype=np.float64)
        self._strike_s, self._cadence = cadence_so_far(result.events)
        self.cells = [Cell(name="time", widest="888.88 s", value=lambda _, time_s: f"{number(time_s, 2)} s")]
        label = say("Knee")
        for side in SIDES:
            angle = result.signals[f"{side}_knee_deg"].to_numpy(dtype=np.float64)
            if np.isfinite(angle).sum() > SELDOM * len(angle):
                self.cells.append(
                    Cell(name=f"{side} knee", label=label, widest="188°", value=_degrees(angle), color=colors[side])
                )
                label = ""
        if np.isfinite(self._lean).sum() > SELDOM * len(self._lean):
            widest = max((f"88.8° {again(way)}" for ways in _DIRECTIONS.values() for way in ways), key=len)
            self.cells.append(Cell(name="trunk", label=say("Trunk"), widest=widest, value=self._lean_in_words))
        rows = result.measures[(result.measures["measure"] == "cadence") & (result.measures["side"] == "both")]
        if (rows["status"] == "valid").any():
            self.cells.append(Cell(name="cadence so far", widest=f"188 {again('steps/min')}", value=self._cadence_then))

    def values(self, i: int, time_s: float) -> dict[str, str]:
        """Return the text of each cell at one frame, by its name."""
        return {cell.name: cell.value(i, time_s) for cell in self.cells}

    def _cadence_then(self, i: int, time_s: float) -> str:
        n_strikes = int(np.searchsorted(self._strike_s, time_s, side="right"))
        return _with(self._cadence[n_strikes - 1] if n_strikes else np.nan, f" {again('steps/min')}")

    def _lean_in_words(self, i: int, time_s: float) -> str:
        """Say where to, as far as the direction of the walk is known; the sign alone means different things by view."""
        lean_deg = self._lean[i]
        walk: Pass | None = next((p for p in self._passes if p.start_s <= time_s < p.end_s), None)
        if walk is None or not np.isfinite(lean_deg):
            return _with(lean_deg, "°", 1)
        words = _DIRECTIONS["sagittal" if walk.direction in ("left", "right") else "frontal"]
        return f"{number(abs(lean_deg), 1)}° {again(words[0] if lean_deg >= 0 else words[1])}"


def _degrees(angle: FloatArray) -> Callable[[int, float], str]:
    return lambda i, _: _with(angle[i], "°")


class Strip:
    """The strip under the picture, with the readout and a lamp for each foot that lights up when it lands.

    Its letters are as large as they must be for a video that a phone shows 360 pixels wide.

    Parameters
    ----------
    readout : Readout
    size : (width, height)
        Of the picture above it; even.

    Attributes
    ----------
    height : int
        Such that picture and strip together have a multiple of four rows.
    """

    def __init__(self, readout: Readout, size: tuple[int, int]) -> None:
        self._width, self._top = size
        self._unit = unit = self._width / _DESIGN_PX
        self._cap = _CAP * unit
        self._cells = readout.cells
        self._lamps = {side: self._lamp(side, color) for side, color in readout.colors.items()}
        self._notice = text_mask(again(NOT_IN_VIEW), self._cap)
        self._values: list[tuple[float, int]] = []
        """Left edge of each value, and its row."""
        labels: list[tuple[ImageArray, float, int]] = []
        discs: list[tuple[float, int, Yuv]] = []
        ends, self._after_time = [_PAD * unit], 0.0
        for cell in self._cells:
            label = _dimmed(cell.label, self._cap) if cell.label else None
            label_px = label.shape[1] + 0.4 * self._cap if label is not None else 0.0
            disc_px = 1.6 * self._cap if cell.color else 0.0
            needed = label_px + disc_px + text_mask(cell.widest, self._cap).shape[1]
            row = next((row for row, x in enumerate(ends) if x + needed <= self._room(row)), len(ends))
            ends += [_PAD * unit] * (row + 1 - len(ends))
            if label is not None:
                labels.append((label, ends[row], row))
            if cell.color:
                discs.append((ends[row] + label_px + 0.6 * self._cap, row, cell.color))
            self._values.append((ends[row] + label_px + disc_px, row))
            ends[row] += needed + _GAP * unit
            self._after_time = self._after_time or ends[0]
        self.height = 4 * round((self._top + (_PAD + len(ends) * _ROW) * unit) / 4) - self._top
        self._ground = luma_and_chroma(self._drawn_ground(labels, discs))
        self._ground_alone = luma_and_chroma(self._drawn_ground([], []))

    def paint(self, canvas: Canvas, i: int, time_s: float, *, in_view: bool, landing: tuple[Side, ...]) -> None:
        """Write the numbers of one frame, say so when nobody is followed in it, and light the lamps of these feet."""
        luma, chroma = self._ground if in_view else self._ground_alone
        canvas.luma[self._top : self._top + self.height] = luma
        canvas.chroma[:, self._top // 2 : (self._top + self.height) // 2] = chroma
        for side in landing:
            self._lamps[side].paint(canvas, *self._lamp_at(side, self._top))
        for cell, (x, row) in zip(self._cells, self._values, strict=True):
            if in_view or cell.name == "time":
                mask = text_mask(cell.value(i, time_s), self._cap)
                canvas.letters(mask, x, self._top + self._text_top(row))
        if not in_view:
            canvas.letters(self._notice, self._after_time, self._top + self._text_top(0))

    def _lamp(self, side: str, color: Yuv) -> Badge:
        return Badge(text_mask(again(SIDE_LETTERS[side]), 0.9 * self._cap), Pen(color, 1.5 * self._cap))

    def _lamp_at(self, side: str, top: int) -> tuple[float, float]:
        x = self._width - (_PAD + (1.5 - SIDES.index(side)) * _LAMP) * self._unit
        return x, top + self._text_top(0) + 0.8 * self._cap

    def _room(self, row: int) -> float:
        """Return where a row ends: the first one before the lamps."""
        return self._width - ((2 * _LAMP + 2 * _PAD) if row == 0 else _PAD) * self._unit

    def _drawn_ground(
        self, labels: list[tuple[ImageArray, float, int]], discs: list[tuple[float, int, Yuv]]
    ) -> ImageArray:
        ground = np.empty((self.height * 3 // 2, self._width), dtype=np.uint8)
        canvas = Canvas(ground)
        for plane, value in zip(canvas.planes, _GROUND, strict=True):
            plane[:] = value
        for mask, x, row in labels:
            canvas.letters(mask, x, self._text_top(row))
        for x, row, color in discs:
            canvas.dots(np.array([[x, self._text_top(row) + 0.8 * self._cap]]), color, 1.1 * self._cap)
        for side in SIDES:
            self._lamp(side, _OUT).paint(canvas, *self._lamp_at(side, 0))
        return ground

    def _text_top(self, row: int) -> float:
        return (_PAD / 2 + (row + 0.5) * _ROW) * self._unit - 0.8 * self._cap


def _with(value: float, unit: str, decimals: int = 0) -> str:
    text = number(value, decimals)
    return text + unit if np.isfinite(value) else text


def _dimmed(text: str, cap_px: float) -> ImageArray:
    dimmed: ImageArray = (text_mask(text, cap_px) * 0.8).astype(np.uint8)
    return dimmed
