"""The page of `gait compare`: conditions, videos in step, curves over each other, and every change with its error."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from gait.columns import CURVES
from gait.report import words
from gait.report.compare import Comparison, change_in_words
from gait.report.cycle_figures import HERE, axis_layout
from gait.report.figures import ON_DARK, Figure
from gait.report.html import TEMPLATES, as_json, environment, plotly_js, policy, script
from gait.report.packing import Store
from gait.skeleton import SIDES
from gait.text import ENGLISH, again, decimal_sign, mark, say, speaking
from gait.version import __version__

COLORS = ("#5B6773", "#7A3E9D", "#00695C", "#9C4221", "#1F5FBF")
"""Of the visits, in their order."""
_ON_DARK = {"#7A3E9D": "#D3A6EC", "#00695C": "#6FD3C3", "#9C4221": "#F2A07B", "#1F5FBF": "#8FBBFF"}
_DASHES = ("dash", "solid", "dot", "dashdot", "longdash")
MOST_VISITS = len(COLORS)
_CODES = (
    mark("sagittal"), mark("frontal"), mark("oblique"), mark("overground"), mark("treadmill"), mark("fixed"),
    mark("panning"), mark("unknown"), mark("toward"), mark("away"), mark("none"),
)  # fmt: skip
"""What conditions are called in result.json, beside sides and walking aids."""


def write_comparison(
    comparison: Comparison, path: Path, *, generated_at: datetime | None = None, language: str = ENGLISH
) -> None:
    """Write the page in a language; the videos stay where they are, and are named by their way from here."""
    with speaking(language):
        html = _rendered(comparison, path, generated_at or datetime.now().astimezone())
    path.write_text(html, encoding="utf-8", errors="replace", newline="\n")


def _rendered(comparison: Comparison, path: Path, generated_at: datetime) -> str:
    plotly, page_js = plotly_js(), script("arrays.js", "compare.js")
    figures = _figures(comparison)
    store = Store()
    specs = [{"data": store.put(f.spec["data"]), "layout": f.spec["layout"]} for f in figures]
    videos = [None if v.video is None else os.path.relpath(v.video, path.parent) for v in comparison.visits]
    steps = in_step(comparison)
    data = {
        "figures": specs, "arrays": store.arrays, "steps": steps if all(videos) and steps else None,
        "onDark": {**ON_DARK, **_ON_DARK}, "words": _words(), "decimal": decimal_sign(),
    }  # fmt: skip
    groups: dict[str, list[Any]] = {}
    for row in comparison.rows:
        groups.setdefault(row.group, []).append(row)
    return environment().get_template("compare.html.j2").render(
        policy=policy(plotly, page_js),
        css=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        plotly_js=Markup(plotly),
        page_js=Markup(page_js),
        data=as_json(data),
        comparison=comparison,
        conditions=[(again(name), [_condition(value) for value in values]) for name, values in comparison.conditions],
        subject=_subject(comparison),
        videos=[Path(video).as_posix() if video else None for video in videos],
        steps=steps,
        figures=figures,
        colors=COLORS,
        colors_dark=[_ON_DARK.get(color, "#A7B3BE") for color in COLORS],
        groups=groups,
        in_words=change_in_words,
        found=[(row, k, change) for row in comparison.rows for k, change in enumerate(row.changes) if change.exceeds],
        made=words.moment(generated_at),
        version=__version__,
    )  # fmt: skip


def _condition(value: str) -> str:
    """Translate a condition, which may be several words of result.json."""
    return ", ".join(again(part) for part in value.split(", "))


def _words() -> dict[str, str]:
    """Return what the page's script says; it puts the numbers into the braces itself."""
    return {
        "play": say("Play"),
        "pause": say("Pause"),
        "step": say("step {place}"),
        "stepOf": say("step {place} of {last}"),
    }


def in_step(comparison: Comparison) -> list[list[float]]:
    """Return for each visit when it makes its steps, beginning with the same foot, as many as all of them have.

    Empty where a recording has fewer than two strikes, or they do not take turns.
    """
    rows = [visit.strikes() for visit in comparison.visits]
    if not all(rows):
        return []
    begin = rows[0][0][1]
    starts = [next((k for k, (_, side) in enumerate(row) if side == begin), len(row)) for row in rows]
    rows = [_in_turn(row[start:]) for row, start in zip(rows, starts, strict=True)]
    n = min(len(row) for row in rows)
    return [[round(t, 3) for t, _ in row[:n]] for row in rows] if n > 1 else []


def _in_turn(strikes: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return the strikes up to where one side comes twice: there a step was missed."""
    for k in range(1, len(strikes)):
        if strikes[k][1] == strikes[k - 1][1]:
            return strikes[:k]
    return strikes


def _subject(comparison: Comparison) -> str:
    visits = [visit.tree.get("visit") or {} for visit in comparison.visits]
    return str(next((visit["subject_id"] for visit in visits if visit.get("subject_id")), ""))


def _figures(comparison: Comparison) -> list[Figure]:
    """Draw the mean cycle of every visit over each other, one plot for each joint and side."""
    if any(name == "View" for name, _ in comparison.conditions):
        return []
    figures = []
    for name, label in CURVES.items():
        for side in SIDES:
            data, means, said = [], {}, []
            for k, visit in enumerate(comparison.visits):
                rows = visit.curves[(visit.curves["signal"] == name) & (visit.curves["side"] == side)]
                mean = rows["mean"].to_numpy(dtype=np.float64)
                if not np.isfinite(mean).any():
                    continue
                means[visit.name] = mean
                line = {"color": COLORS[k], "width": 2.2, "dash": _DASHES[k]}
                data.append({"type": "scatter", "mode": "lines", "x": rows["percent"].to_numpy(dtype=np.float64),
                             "y": mean, "line": line,
                             "hovertemplate": f"{say('visit %(number)s', number=k + 1)}<br>{HERE}"})  # fmt: skip
                ends = (f"{words.number(float(end), 0)}°" for end in (np.nanmin(mean), np.nanmax(mean)))
                said.append(f"{visit.name} {words.span(*ends)}")
            if len(means) > 1:
                figures.append(Figure(name=f"{side}_{name}", title=f"{again(label)}, {again(words.SIDES[side])}",
                                      unit="°", definition="",
                                      spec={"data": data, "layout": axis_layout(name, means)},
                                      finding=f"{'; '.join(said)}."))  # fmt: skip
    return figures
