"""The plots of the page, as plain plotly.js figures.

A figure here is what plotly.js takes, except that its numbers are NumPy arrays, which `gait.report.packing` writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from gait.columns import SIGNALS, TURN
from gait.report import words
from gait.report.colors import DEFAULT, SIDE_DASHES, SIDE_MARKERS, Palette
from gait.report.packing import thin
from gait.text import again, decimal_sign, mark, say
from gait.types import FloatArray, IntArray, Result, View

_SIDED = {
    "knee_deg": mark("Knee"),
    "hip_deg": mark("Hip (thigh to vertical)"),
    "ankle_deg": mark("Ankle"),
    "wrist_swing": mark("Arm swing (of leg length)"),
    "knee_interior_deg": mark("Knee, interior angle"),
    "hip_interior_deg": mark("Hip, interior angle"),
    "elbow_interior_deg": mark("Elbow, interior angle"),
}
_FIRST: dict[View | None, tuple[str, ...]] = {
    "sagittal": ("knee_deg", "hip_deg", "ankle_deg", "trunk_lean_deg"),
    "frontal": ("ankle_height_difference", "trunk_lean_deg", "head_sway_trunk", "hip_tilt_deg"),
    "oblique": ("ankle_height_difference", "trunk_lean_deg", "knee_deg", "hip_deg"),
    None: ("trunk_lean_deg", "ankle_height_difference", "knee_interior_deg"),
}

_CURVE_HEIGHT_PX = 104
GRID, AXIS, TEXT, ZERO, UNUSED = "#E7EAEE", "#9AA5B1", "#3D4852", "#CBD2D9", "#EEF0F3"
ON_DARK = {GRID: "#2B353E", AXIS: "#7B8894", TEXT: "#C3CDD6", ZERO: "#46525D", UNUSED: "#222B33", "#5B6773": "#A7B3BE"}
"""What takes the place of these on a dark ground."""
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One plot of the page.

    Attributes
    ----------
    name : str
        Of the signal; unique on the page within its kind.
    title, unit, definition : str
        For the heading above the plot and its help.
    spec : dict
        `data` and `layout` for plotly.js.
    curves : dict
        Side ("left", "right", "both") to the position in `data` of the curve that is read off at the cursor.
    note : str
        Shown beside the title.
    finding : str
        What the plot shows, in words.
    """

    name: str
    title: str
    unit: str
    definition: str
    spec: dict[str, Any]
    curves: dict[str, int] = field(default_factory=dict)
    note: str = ""
    finding: str = ""


def time_figures(result: Result, palette: Palette = DEFAULT) -> tuple[list[Figure], list[Figure]]:
    """Draw the curves over time: those that matter in this view, and the rest; curves without numbers are left out."""
    time_s = result.signals["time_s"].to_numpy(dtype=np.float64)
    if len(time_s) == 0:
        return [], []
    span = _span(time_s)
    events = _event_traces(result.events, palette)
    shading = _outside_passes(result, span)
    first = _FIRST[result.scene.view]
    singles = [name for name in SIGNALS if not name.startswith(("left_", "right_"))]
    drawn = {
        name: _curve_figure(name, result.signals, time_s, span, events, shading, palette)
        for name in (*_SIDED, *singles)
    }
    main = [figure for name in first if (figure := drawn[name]) is not None]
    more = [figure for name, figure in drawn.items() if figure is not None and name not in first]
    contacts = _contacts_figure(result.events, span, shading, palette)
    shown = [contacts, *main] if contacts else main
    for figures in (shown, more):
        if figures:
            _label_time(figures[-1])
    return shown, more


def _span(time_s: FloatArray) -> list[float]:
    start, end = float(time_s[0]), float(time_s[-1])
    return [start, end if end > start else start + 1.0]


def _curve_figure(
    name: str,
    signals: pd.DataFrame,
    time_s: FloatArray,
    span: list[float],
    events: list[dict[str, Any]],
    shading: list[dict[str, Any]],
    palette: Palette,
) -> Figure | None:
    """Draw one signal over time, left and right where it has sides; None if it has no number at all."""
    columns = {"left": f"left_{name}", "right": f"right_{name}"} if name in _SIDED else {"both": name}
    signal = SIGNALS[next(iter(columns.values()))]
    data = list(events)
    curves: dict[str, int] = {}
    ends: dict[str, tuple[float, float]] = {}
    for side, column in columns.items():
        if column not in signals:
            continue
        values = signals[column].to_numpy(dtype=np.float64)
        if np.isfinite(values).any():
            x, y = thin(time_s, values)
            ends[side] = usual_range(values)
            curves[side] = len(data)
            data.append(_line(x, y, side, palette.of(side)))
    if not curves:
        return None
    layout = plot_layout(height=_CURVE_HEIGHT_PX, x_range=span, shapes=shading, margin_bottom=6)
    layout["xaxis"]["showticklabels"] = False
    layout["yaxis2"] = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}
    low, high = min(low for low, _ in ends.values()), max(high for _, high in ends.values())
    room = max(0.12 * (high - low), 2.0 if signal.unit == "deg" else 0.01)
    layout["yaxis"]["range"] = [low - room, high + room]
    title = again(_SIDED.get(name, signal.label))
    places = 0 if signal.unit == "deg" else 2
    spans = {
        side: words.span(words.number(a, places), words.with_unit(words.number(b, places), signal.unit))
        for side, (a, b) in ends.items()
    }
    said = ", ".join(span if side == "both" else f"{again(words.SIDES[side])} {span}" for side, span in spans.items())
    return Figure(name=name, title=title, unit=words.unit(signal.unit), definition=again(signal.definition),
                  spec={"data": data, "layout": layout}, curves=curves,
                  finding=say("Mostly %(spans)s.", spans=said))  # fmt: skip


def usual_range(values: FloatArray) -> tuple[float, float]:
    """Return the ends of a curve, but for the few frames, one in a hundred at either end, that lie far beyond the rest.

    So that the joint of one frame that was put elsewhere flattens no plot.
    """
    known = values[np.isfinite(values)]
    low, high = np.percentile(known, [1, 99])
    beyond = 0.3 * max(float(high - low), 1e-9)
    kept = known[(known >= low - beyond) & (known <= high + beyond)]
    return float(kept.min()), float(kept.max())


def _label_time(figure: Figure) -> None:
    """Give the lowest of a column of plots the labels of the time axis that all of them share."""
    layout = figure.spec["layout"]
    layout["xaxis"] |= {"showticklabels": True, "title": {"text": say("Time (s)"), "standoff": 4, "font": {"size": 11}}}
    layout["margin"]["b"] += 28
    layout["height"] += 28


def _line(x: FloatArray, y: FloatArray, side: str, color: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip", "connectgaps": False,
        "line": {"color": color, "width": 1.8, "dash": SIDE_DASHES.get(side, "solid")},
    }  # fmt: skip


def _event_traces(events: pd.DataFrame, palette: Palette) -> list[dict[str, Any]]:
    """Mark strikes by a line and a filled marker of their side, offs by a fainter line, on an axis of their own."""
    traces = []
    for kind in ("off", "strike"):
        for side in ("left", "right"):
            own = events[(events["kind"] == kind) & (events["side"] == side)]
            at = own["time_s"].to_numpy(dtype=np.float64)
            if not len(at):
                continue
            color = palette.of(side)
            line = {"color": color, "width": 1 if kind == "strike" else 0.8}
            line["dash"] = SIDE_DASHES[side] if kind == "strike" else "dot"
            base = {"type": "scatter", "yaxis": "y2", "hoverinfo": "skip"}
            x = np.column_stack([at, at, np.full(len(at), np.nan)]).ravel()
            y = np.tile([0.0, 0.97, np.nan], len(at))
            opacity = 0.6 if kind == "strike" else 0.35
            traces.append(base | {"mode": "lines", "x": x, "y": y, "line": line, "opacity": opacity})
            if kind == "strike":
                marker = {"symbol": _symbols(own, side), "size": 7, "color": color}
                traces.append(base | {"mode": "markers", "x": at, "y": np.full(len(at), 0.97), "marker": marker,
                                      "cliponaxis": False})  # fmt: skip
    return traces


def _symbols(events: pd.DataFrame, side: str) -> str | list[str]:
    """Return the marker of each event, or that of all: open for the steps of a turn, which no measure takes."""
    symbols = [SIDE_MARKERS[side] + ("-open" if number == TURN else "") for number in events["pass_number"]]
    return symbols if len(set(symbols)) > 1 else symbols[0]


def _contacts_figure(
    events: pd.DataFrame, span: list[float], shading: list[dict[str, Any]], palette: Palette
) -> Figure | None:
    """Draw when each foot is on the ground, as far as it is known, and every strike."""
    data: list[dict[str, Any]] = []
    has_bars = False
    for side, row in (("left", 1.0), ("right", 0.0)):
        own = events[events["side"] == side].sort_values("time_s")
        at, strike = own["time_s"].to_numpy(dtype=np.float64), np.flatnonzero(own["kind"] == "strike")
        if not len(strike):
            continue
        closed = _closed_contacts(own)
        color = palette.of(side)
        if len(closed):
            has_bars = True
            x = np.column_stack([at[closed], at[closed + 1], np.full(len(closed), np.nan)]).ravel()
            data.append({"type": "scatter", "mode": "lines", "x": x, "y": np.tile([row, row, np.nan], len(closed)),
                         "hoverinfo": "skip", "opacity": 0.55, "line": {"color": color, "width": 13}})  # fmt: skip
        data.append({"type": "scatter", "mode": "markers", "x": at[strike], "y": np.full(len(strike), row),
                     "hoverinfo": "skip", "cliponaxis": False,
                     "marker": {"symbol": _symbols(own.iloc[strike], side), "size": 10, "color": color,
                                "line": {"color": "white", "width": 1}}})  # fmt: skip
    if not data:
        return None
    layout = plot_layout(height=62, x_range=span, shapes=shading, margin_bottom=6)
    layout["xaxis"]["showticklabels"] = False
    layout["yaxis"] |= {"range": [-0.6, 1.6], "tickvals": [1, 0], "ticktext": [say("Left"), say("Right")],
                        "showgrid": False, "zeroline": False}  # fmt: skip
    return Figure(
        name="contacts",
        title=say("Foot contacts") if has_bars else say("Foot strikes"),
        unit="",
        definition=say("A bar lasts from the strike of a foot to its leaving the ground, where both are known; the "
                       "marker is the strike, open in a turn."),
        spec={"data": data, "layout": layout},
        note=say("bars: foot on the ground") if has_bars else "",
    )  # fmt: skip


def _closed_contacts(events: pd.DataFrame) -> IntArray:
    """Return the strikes of one foot whose off is known: the next event of the foot, in the same pass.

    A contact that would last as long as a stride has lost an off and a strike inside it; a turn has no offs that are
    sure.
    """
    at, number = events["time_s"].to_numpy(dtype=np.float64), events["pass_number"].to_numpy()
    is_strike = (events["kind"] == "strike").to_numpy()
    strides_s = [np.diff(at[is_strike & (number == n)]) for n in np.unique(number) if n != TURN]
    known_s = np.concatenate([*strides_s, np.empty(0)])
    stride_s = float(np.median(known_s)) if len(known_s) else np.inf
    closed = is_strike[:-1] & ~is_strike[1:] & (number[1:] == number[:-1]) & (number[:-1] != TURN)
    return np.flatnonzero(closed & (np.diff(at) < stride_s))


def _outside_passes(result: Result, span: list[float]) -> list[dict[str, Any]]:
    """Grey out what lies outside the stretches of walking that were used."""
    passes = sorted((p.start_s, p.end_s) for p in result.scene.passes)
    if not passes:
        return []
    edges = [span[0], *[edge for pair in passes for edge in pair], span[1]]
    gaps = [(edges[k], edges[k + 1]) for k in range(0, len(edges), 2)]
    return [
        {"type": "rect", "xref": "x", "yref": "paper", "x0": start, "x1": end, "y0": 0, "y1": 1, "layer": "below",
         "line": {"width": 0}, "fillcolor": UNUSED}
        for start, end in gaps if end > start
    ]  # fmt: skip


def plot_layout(
    *, height: int, x_range: list[float], margin_bottom: int = 20, shapes: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Return the layout that all plots of the page begin with."""
    axis = {
        "gridcolor": GRID, "linecolor": AXIS, "zerolinecolor": ZERO, "zerolinewidth": 1, "fixedrange": True,
        "tickfont": {"size": 10.5}, "ticks": "", "automargin": False,
    }  # fmt: skip
    return {
        "height": height,
        "autosize": True,
        "separators": f"{decimal_sign()} ",
        "margin": {"l": 46, "r": 12, "t": 8, "b": margin_bottom, "pad": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": _FONT, "size": 11, "color": TEXT},
        "showlegend": False,
        "hovermode": False,
        "dragmode": False,
        "shapes": shapes or [],
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": AXIS, "activecolor": TEXT},
        "xaxis": axis | {"range": x_range, "zeroline": False},
        "yaxis": axis | {"nticks": 5},
    }
