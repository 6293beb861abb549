"""The plots of the gait cycle, 0 to 100 %, as gait laboratories draw them: fixed scales, both sides, the foot-offs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gait.columns import CURVES, SIGNALS
from gait.report import words
from gait.report.children import ChildrensBand
from gait.report.colors import DEFAULT, SIDE_DASHES, Palette, rgb
from gait.report.figures import AXIS, Figure, plot_layout
from gait.skeleton import SIDES
from gait.text import again, mark, say
from gait.types import FloatArray, Result

SCALES: dict[str, tuple[float, float]] = {
    "hip_deg": (-40.0, 60.0),
    "knee_deg": (-20.0, 90.0),
    "ankle_deg": (-40.0, 40.0),
    "trunk_lean_forward_deg": (-20.0, 20.0),
    "trunk_lean_sideways_deg": (-20.0, 20.0),
}
"""Degrees that each plot shows, the same at every visit; more only where a mean goes beyond."""
_ENDS: dict[str, tuple[str, str, str, str]] = {
    "hip_deg": (mark("Flex"), mark("Ext"), mark("flexion"), mark("extension")),
    "knee_deg": (mark("Flex"), mark("Ext"), mark("flexion"), mark("extension")),
    "ankle_deg": (mark("Dors"), mark("Plant"), mark("dorsiflexion"), mark("plantarflexion")),
    "trunk_lean_forward_deg": (mark("Fwd"), mark("Back"), mark("forward"), mark("backward")),
    "trunk_lean_sideways_deg": (mark("Right"), mark("Left"), mark("to own right"), mark("to own left")),
}
"""What up and down mean: at the axis, and in a sentence."""
MOST_STRIDES = 30
"""So many strides of each side are drawn, evenly chosen over the recording; more would be a blot."""
HERE = "%{y:.0f}° at %{x:.0f} %<extra></extra>"
_GREY_NAME = {
    "xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom", "showarrow": False,
    "font": {"size": 10, "color": "#5B6773"},
}  # fmt: skip


def cycle_figures(
    result: Result,
    behind: ChildrensBand | None = None,
    foot_off_pct: Mapping[str, float] | None = None,
    palette: Palette = DEFAULT,
) -> list[Figure]:
    """Draw the gait cycle: the mean of each side, a band of one standard deviation, and thin behind them each stride.

    Parameters
    ----------
    result : Result
    behind : ChildrensBand, optional
        Drawn in grey behind the curves that it has, and named in the picture.
    foot_off_pct : mapping, optional
        Side to when the foot leaves the ground, in percent of the cycle.
    palette : Palette
    """
    figures = []
    for name, label in CURVES.items():
        data: list[dict[str, Any]] = []
        notes, means = [], {}
        for side in ("left", "right", "both"):
            curve = result.curves[(result.curves["signal"] == name) & (result.curves["side"] == side)]
            mean = curve["mean"].to_numpy(dtype=np.float64)
            if not np.isfinite(mean).any():
                continue
            percent = curve["percent"].to_numpy(dtype=np.float64)
            color = palette.of(side)
            data = [*_strides(result, name, side, color), *data]
            data += _mean_and_band(side, percent, mean, curve["sd"].to_numpy(dtype=np.float64), color)
            means[side] = mean
            n = f"n = {int(curve['n'].max())}"
            notes.append(n if side == "both" else f"{again(words.SIDES[side])} {n}")
        if not data:
            continue
        signal = SIGNALS["trunk_lean_deg" if name.startswith("trunk") else f"left_{name}"]
        layout = _layout(name, means, foot_off_pct or {}, palette)
        edges = behind.edges(name) if behind else None
        if behind and edges:
            # The zero of an ankle differs between markers and points in a picture.
            centre = float(np.mean([np.nanmean(mean) for mean in means.values()]))
            moved = centre - float(np.mean(edges[1:])) if name == "ankle_deg" else 0.0
            data = [*_grey_band(edges[0], edges[1] + moved, edges[2] + moved), *data]
            layout["annotations"].append(_GREY_NAME | {"text": behind.label})
            layout["margin"]["t"] = 18
        figures.append(Figure(name=name, title=again(label), unit=words.unit(signal.unit),
                              definition=again(signal.definition), spec={"data": data, "layout": layout},
                              note=", ".join(notes), finding=_finding(name, means)))  # fmt: skip
    return figures


def axis_layout(name: str, means: Mapping[str, FloatArray]) -> dict[str, Any]:
    """Return the layout of a plot of the cycle: the fixed scale, and what up and down mean."""
    layout = plot_layout(height=210, x_range=[0, 100], margin_bottom=34)
    layout["margin"]["l"] = 54
    layout["xaxis"] |= {"dtick": 20, "title": {"text": say("% of the gait cycle"), "standoff": 4, "font": {"size": 11}}}
    layout["yaxis"] |= {"range": _scale(name, means), "dtick": 20, "nticks": 0, "zerolinecolor": AXIS}
    layout |= {"hovermode": "closest", "hoverdistance": 16, "hoverlabel": {"font": {"size": 11}}}
    up, down, *_ = _ENDS[name]
    end = {"xref": "paper", "yref": "paper", "x": 0, "showarrow": False, "xanchor": "right", "xshift": -34,
           "textangle": -90, "font": {"size": 10.5}}  # fmt: skip
    layout["annotations"] = [
        end | {"y": 1, "yanchor": "top", "text": again(up)},
        end | {"y": 0, "yanchor": "bottom", "text": again(down)},
    ]
    return layout


def _layout(
    name: str, means: Mapping[str, FloatArray], foot_off_pct: Mapping[str, float], palette: Palette
) -> dict[str, Any]:
    layout = axis_layout(name, means)
    layout["shapes"] = [
        {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1, "layer": "below",
         "line": {"color": palette.of(side), "width": 1.4, "dash": SIDE_DASHES[side]}}
        for side, at in foot_off_pct.items() if side in means
    ]  # fmt: skip
    return layout


def _scale(name: str, means: Mapping[str, FloatArray]) -> list[float]:
    """Return the fixed scale, widened in steps of 20 degrees where a mean leaves it."""
    low, high = SCALES[name]
    low = min(low, 20 * np.floor(min(float(np.nanmin(mean)) for mean in means.values()) / 20))
    high = max(high, 20 * np.ceil(max(float(np.nanmax(mean)) for mean in means.values()) / 20))
    return [float(low), float(high)]


def _strides(result: Result, name: str, side: str, color: str) -> list[dict[str, Any]]:
    """Draw strides of one side as thin lines; `meta` holds their start and end in the recording."""
    if name not in result.cycles or side not in SIDES:
        return []
    own = result.cycles[result.cycles["side"] == side]
    numbers = [number for number in own["stride"].unique() if isinstance(number, int | float | np.number)]
    when = result.strides[result.strides["side"] == side].set_index("number")
    chosen = [
        numbers[k] for k in np.unique(np.linspace(0, len(numbers) - 1, min(len(numbers), MOST_STRIDES)).astype(int))
    ]
    lines = []
    for number in chosen:
        curve = own[own["stride"] == number].iloc[::2]
        y = curve[name].to_numpy(dtype=np.float64)
        if number not in when.index or not np.isfinite(y).any():
            continue
        start, end = (float(when.loc[number, column]) for column in ("start_s", "end_s"))
        lines.append(
            {
                "type": "scatter", "mode": "lines", "x": curve["percent"].to_numpy(dtype=np.float64), "y": y,
                "line": {"color": color, "width": 0.9}, "opacity": 0.35, "meta": [start, end],
                "hovertemplate": f"{_stride_name(side, int(number))}, {words.seconds(start, 2)}<br>{HERE}",
            }
        )  # fmt: skip
    return lines


def _stride_name(side: str, number: int) -> str:
    if side == "left":
        return say("left stride %(number)s", number=number)
    return say("right stride %(number)s", number=number)


def _mean_and_band(
    side: str, percent: FloatArray, mean: FloatArray, sd: FloatArray, color: str
) -> list[dict[str, Any]]:
    edge = {"type": "scatter", "mode": "lines", "x": percent, "hoverinfo": "skip", "line": {"width": 0, "color": color}}
    red, green, blue = rgb(color)
    fill = {"fill": "tonexty", "fillcolor": f"rgba({red},{green},{blue},0.12)"}
    line = {"color": color, "width": 2.6, "dash": SIDE_DASHES.get(side, "solid")}
    return [
        edge | {"y": mean - sd},
        edge | {"y": mean + sd} | fill,
        {"type": "scatter", "mode": "lines", "x": percent, "y": mean, "line": line,
         "hovertemplate": f"{say('%(side)s, mean', side=again(words.SIDES[side]))}<br>{HERE}"},
    ]  # fmt: skip


def _grey_band(percent: FloatArray, low: FloatArray, high: FloatArray) -> list[dict[str, Any]]:
    edge = {"type": "scatter", "mode": "lines", "x": percent, "hoverinfo": "skip", "line": {"width": 0, "color": AXIS}}
    return [edge | {"y": low}, edge | {"y": high, "fill": "tonexty", "fillcolor": "rgba(110,120,130,0.26)"}]


def _finding(name: str, means: Mapping[str, FloatArray]) -> str:
    """Say in words what the mean curves show."""
    up, down = map(again, _ENDS[name][2:])

    def signed(value: float) -> str:
        shown = words.number(abs(value), 0)
        return f"{shown}°" if shown == "0" else f"{shown}° {up if value > 0 else down}"

    said = []
    for side, mean in means.items():
        low, high, at = float(np.nanmin(mean)), float(np.nanmax(mean)), int(np.nanargmax(mean))
        peak = {"angle": f"{words.number(high, 0)}°", "percent": at}
        ends = {"low": signed(low), "high": signed(high)}
        if name == "knee_deg" and side == "left":
            said.append(say("left knee peaks at %(angle)s, at %(percent)s\N{NO-BREAK SPACE}%% of the cycle", **peak))
        elif name == "knee_deg":
            said.append(say("right knee peaks at %(angle)s, at %(percent)s\N{NO-BREAK SPACE}%% of the cycle", **peak))
        elif side == "both":
            said.append(say("from %(low)s to %(high)s", **ends))
        elif side == "left":
            said.append(say("left from %(low)s to %(high)s", **ends))
        else:
            said.append(say("right from %(low)s to %(high)s", **ends))
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}."


def foot_offs(measures: pd.DataFrame) -> dict[str, float]:
    """Return when each foot leaves the ground, in percent of the cycle: its stance, where that was measured."""
    rows = measures[(measures["measure"] == "stance") & (measures["status"] == "valid") & measures["side"].isin(SIDES)]
    return {str(side): float(value) for side, value in zip(rows["side"], rows["value"], strict=True)}
