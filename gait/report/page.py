"""The page: one HTML file that opens from disk with the network off."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from gait.columns import MEASURES, TURN
from gait.config import PersonSettings, ReportSettings
from gait.provenance import Provenance, to_tree
from gait.report import words
from gait.report.children import childrens_band
from gait.report.colors import MIDLINE, PALETTES, Palette
from gait.report.cycle_figures import cycle_figures, foot_offs
from gait.report.decline import declined
from gait.report.fall_screen import NOT_A_SCORE, NOT_SEEN, context_rows
from gait.report.figures import ON_DARK, Figure, time_figures
from gait.report.files import OVERLAY, PICTURE, POSTER
from gait.report.html import TEMPLATES, as_json, data_url, environment, jpeg_url, plotly_js, policy, script
from gait.report.layers import layer_names, layers_of
from gait.report.overlay import opening_row
from gait.report.packing import LaterStore, Store
from gait.report.references import asked_for, by_measure, describe, explain, sources_of
from gait.report.sides import first_tiles, key_angle_tiles, sums
from gait.report.summary import summarize
from gait.report.tables import Entries, measure_groups, phases, read_entries, stride_table, why_nothing
from gait.report.visit import visit_facts
from gait.text import again, decimal_sign, decimals, mark, say, speaking, spoken
from gait.types import Flag, Result
from gait.version import __version__

NEVER_CHECKED = mark(
    "Never compared with a laboratory: patients, and anybody with a walking aid, prosthesis or orthosis; of children "
    "only four."
)
FILES: dict[str, str] = {
    "report.html": mark("this page"),
    OVERLAY: mark("the video with the joints drawn in"),
    PICTURE: mark("the video without what is drawn in, for this page"),
    POSTER: mark("the picture that it begins with"),
    "result.json": mark("every result in one file, for programs"),
    "measures.csv": mark("the table of measures"),
    "strides.csv": mark("one row per stride"),
    "cycles.csv": mark("joint angles over the gait cycle, every stride and the mean"),
    "events.csv": mark("every foot strike and foot off"),
    "signals.csv": mark("the curves over time, one row per frame"),
    "keypoints.parquet": mark("the joints in pixels, to be analysed again without the video"),
    "clean.parquet": mark("the joints after cleaning, from which everything was measured"),
}
"""What lies in the folder of a report, and what it holds."""


def write_page(
    result: Result,
    path: Path,
    *,
    overlay: str | Path | None,
    picture: str | Path | None = None,
    poster: bytes | None = None,
    subject_label: str | None = None,
    generated_at: datetime | None = None,
    settings: ReportSettings | None = None,
) -> None:
    """Write the page for one recording.

    Parameters
    ----------
    result : Result
    path : Path
        The file to write.
    overlay : str, Path or None
        Name of the annotated video beside the page, or where it is while the page is not beside it; its time 0 is the
        first of ``result.signals.time_s``. Without one the page has no player.
    picture : str or Path, optional
        The same of the video without what is drawn in: then the page draws it, and its reader chooses what.
    poster : bytes, optional
        JPEG of the person: the player begins with it, and it is printed.
    subject_label : str, optional
        Whom the recording shows, as the reader wants it printed.
    generated_at : datetime, optional
        Now, when absent.
    settings : ReportSettings, optional
        What is known of the person, and whether the fall-screen context is shown.
    """
    generated_at = generated_at or datetime.now().astimezone()
    embedded = None
    if overlay is not None and settings is not None and settings.embed_video:
        film = base64.b64encode((path.parent / (picture or overlay)).read_bytes()).decode("ascii")
        embedded = f"data:video/mp4;base64,{film}"
    html = render_page(
        result,
        overlay=None if overlay is None else Path(overlay).name,
        picture=None if picture is None else Path(picture).name,
        embedded=embedded,
        poster=poster,
        subject_label=subject_label,
        generated_at=generated_at,
        settings=settings,
    )
    # A file name that is no valid UTF-8 reaches this point as lone surrogates, which cannot be written.
    path.write_text(html, encoding="utf-8", errors="replace", newline="\n")


def render_page(
    result: Result,
    *,
    overlay: str | None,
    picture: str | None = None,
    embedded: str | None = None,
    poster: bytes | None = None,
    subject_label: str | None,
    generated_at: datetime,
    settings: ReportSettings | None = None,
) -> str:
    """Return the whole page as text; see `write_page`. `embedded` is the video as a data URL, in place of the file."""
    settings = settings or ReportSettings()
    with speaking(settings.language):
        return _rendered(result, overlay, picture, embedded, poster, subject_label, generated_at, settings)


def _rendered(
    result: Result,
    overlay: str | None,
    picture: str | None,
    embedded: str | None,
    poster: bytes | None,
    subject_label: str | None,
    generated_at: datetime,
    settings: ReportSettings,
) -> str:
    plotly, page_js = plotly_js(), script("arrays.js", "layers.js", "report.js")
    entries = read_entries(result.measures)
    palette = PALETTES[settings.colors]
    main, more = time_figures(result, palette)
    band = childrens_band(entries, result.scene.view, settings.person)
    cycle = cycle_figures(result, band, foot_offs(result.measures), palette)
    subject_label = subject_label or settings.visit.subject_id
    data = _page_data(result, main, more, cycle, palette)
    layers = layers_of(result, palette) if overlay and picture else None
    if layers is not None:
        data["layers"] = layers
    return environment().get_template("report.html.j2").render(
        title=_title(result, subject_label),
        policy=policy(plotly, page_js),
        css=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        plotly_js=Markup(plotly),
        page_js=Markup(page_js),
        data=as_json(data),
        palette=palette,
        midline=MIDLINE,
        subject_label=subject_label,
        facts=_facts(result, generated_at, settings),
        summary=summarize(result),
        tiles=first_tiles(entries, result.scene),
        key_angles=key_angle_tiles(entries, result.scene),
        sums=sums(entries),
        decline=declined(result),
        never_checked=again(NEVER_CHECKED),
        reason=_reason(result),
        flags=_notices(result),
        overlay=overlay,
        picture=picture,
        outlined=result.provenance.segmentation is not None,
        blur_face=settings.blur_face,
        layers=layer_names(result) if layers else None,
        embedded=Markup(embedded) if embedded else None,
        main=main,
        more=more,
        cycle=cycle,
        band=band,
        scene=result.scene,
        view=words.view_of(result.scene),
        strikes=_strikes(result),
        poster=None if poster is None else jpeg_url(poster),
        people_picture=_picture(result),
        track=result.track,
        groups=measure_groups(entries),
        no_measure=why_nothing(entries),
        references=_references(result, settings.person),
        fall_screen=_fall_screen(entries, result) if settings.fall_screen else None,
        phases=phases(result.strides, entries),
        strides=stride_table(result.strides),
        definitions=MEASURES,
        provenance=_provenance(result.provenance),
        files=_files(overlay, picture),
        version=__version__,
    )  # fmt: skip


def _files(overlay: str | None, picture: str | None) -> dict[str, str]:
    """Return what lies beside the page."""
    there = {OVERLAY: overlay, POSTER: overlay, PICTURE: picture}
    return {name: text for name, text in FILES.items() if there.get(name, name)}


def _title(result: Result, subject_label: str | None) -> str:
    return " · ".join(
        [say("Gait report"), *(part for part in (subject_label, result.provenance.recording_name) if part)]
    )


def _facts(result: Result, generated_at: datetime, settings: ReportSettings) -> list[tuple[str, str]]:
    """Return the line under the title: which clip, when, which model, view, length, steps."""
    video, model = result.provenance.video, result.provenance.model
    time_s = result.signals["time_s"].to_numpy(dtype=np.float64)
    length = words.seconds(float(time_s[-1] - time_s[0])) if len(time_s) else "–"
    if video is not None:
        length += f", {say('%(fps)s frames/s', fps=decimals(f'{video.nominal_fps:.4g}'))}"
    direction = words.directions_of(result.scene)
    view = words.view_of(result.scene)
    if direction:
        view = say("%(view)s, walking %(direction)s", view=view, direction=direction)
    person = settings.person
    return [
        *visit_facts(settings.visit, result.provenance),
        (say("Clip"), result.provenance.recording_name or say("not recorded")),
        (say("Report made"), words.moment(generated_at)),
        (say("Pose model"), model.name if model else result.poses.model),
        (say("View"), view),
        (say("Length"), length),
        (say("Foot strikes"), str(int((result.events["kind"] == "strike").sum()))),
        *([(say("Person"), describe(person))] if asked_for(person) else []),
    ]


_WALKS_AFTER_ALL = (
    mark("This person moves farthest. %(does)s"),
    mark("This person is in view longest and largest. %(does)s"),
)
"""What is left of the reasons that say that nobody walks."""


def _reason(result: Result) -> str:
    """Return why this person was followed, without what the steps that were found afterwards contradict."""
    reason = result.track.reason if result.track is not None else ""
    if result.scene.walking:
        reason = reason.replace("Nobody walks through the picture; this person", "This person")
    return again(reason)


def _references(result: Result, person: PersonSettings) -> dict[str, Any] | None:
    """Return the references of the measures that were measured, and their sources; None where nobody asked."""
    if not asked_for(person):
        return None
    found = by_measure(person, result.measures)
    return {
        "by_measure": found,
        "sources": sources_of([reference for mine in found.values() for reference in mine]),
        "note": explain(person),
    }


def _fall_screen(entries: Entries, result: Result) -> dict[str, Any]:
    rows = context_rows(entries, result.scene.view)
    return {
        "rows": rows,
        "sources": tuple(dict.fromkeys(row.context.source for row in rows if row.context.source)),
        "note": again(NOT_A_SCORE),
        "not_seen": again(NOT_SEEN),
    }


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Flags of one kind as one line: the message of the first, and where in the recording all of them are."""

    message: str
    times_s: tuple[float, ...]


def _notices(result: Result) -> dict[str, list[Notice]]:
    """Sort flags by gravity, those that say the same of several places in one; a damaged file is a warning too."""
    damage = [Flag(level="warning", code="file", message=str(text)) for text in result.provenance.warnings]
    kinds: dict[tuple[str, str], list[Flag]] = {}
    for k, flag in enumerate([*damage, *result.flags]):
        kinds.setdefault((flag.level, flag.code if flag.start_s is not None else f"{flag.code} {k}"), []).append(flag)
    notices: dict[str, list[Notice]] = {"refusal": [], "warning": [], "info": []}
    for (level, _), flags in kinds.items():
        if level == "refusal" and flags[0].message == result.scene.reason:
            continue  # It is said at length where the summary would be.
        times_s = tuple(flag.start_s for flag in flags if flag.start_s is not None)
        notices[level].append(Notice(message=again(flags[0].message), times_s=times_s))
    return notices


def _strikes(result: Result) -> list[tuple[float, str, bool]]:
    """Return time, side, and whether it is in a turn, of each strike."""
    strikes = result.events[result.events["kind"] == "strike"].sort_values("time_s")
    return [
        (float(t), str(side), bool(number == TURN))
        for t, side, number in zip(strikes["time_s"], strikes["side"], strikes["pass_number"], strict=True)
    ]


def _page_data(
    result: Result, main: list[Figure], more: list[Figure], cycle: list[Figure], palette: Palette
) -> dict[str, Any]:
    """Return what the page's script needs: times of frames and strikes, and the figures."""
    store = Store()

    later = LaterStore(store, len(result.signals))
    traces: dict[str, int] = {}

    def share(trace: dict[str, Any]) -> int:
        """Give the place of a trace among all, of which each is written once: the strikes are in every plot."""
        return traces.setdefault(json.dumps(trace), len(traces))

    def specs(store: Store, figures: list[Figure], *, shapes: bool = False) -> list[dict[str, Any]]:
        return [
            {
                "name": figure.name,
                "data": [share(trace) for trace in store.put(figure.spec["data"])],
                "layout": {key: value for key, value in figure.spec["layout"].items() if key != "shapes" or shapes},
                "curves": figure.curves,
                "decimals": 1 if figure.unit == "°" else 3,
            }
            for figure in figures
        ]

    time_s = result.signals["time_s"].to_numpy(dtype=np.float64)
    return {
        "time": store.put([{"x": time_s}])[0]["x"],
        "opening": float(time_s[opening_row(result)]) if len(time_s) else 0.0,
        "strikes": [[round(t, 4), side, in_turn] for t, side, in_turn in _strikes(result)],
        "main": specs(store, main),
        "more": specs(later, more),
        "later": later.packed(),
        "cycle": specs(store, cycle, shapes=True),
        "shading": next((figure.spec["layout"]["shapes"] for figure in main + more), []),
        "traces": [json.loads(trace) for trace in traces],
        "arrays": store.arrays,
        "onDark": {**ON_DARK, **palette.on_dark},
        "language": spoken(),
        "decimal": decimal_sign(),
        "words": _words(),
    }


def _words() -> dict[str, str]:
    """Return what the page's script says; it puts the time into the braces itself."""
    return {
        "play": say("Play"),
        "pause": say("Pause"),
        "seconds": say("{time} seconds"),
        "left": say("left strike"),
        "right": say("right strike"),
        "leftAt": say("left strike at {time} seconds"),
        "rightAt": say("right strike at {time} seconds"),
        "leftInTurn": say("left strike at {time} seconds, in a turn"),
        "rightInTurn": say("right strike at {time} seconds, in a turn"),
        "inTurn": say("In a turn: no measure takes it"),
        # Of plotly.js, by its own words.
        "Download plot as a PNG": say("Download plot as a PNG"),
        "Taking snapshot - this may take a few seconds": say("Taking snapshot - this may take a few seconds"),
        "Snapshot succeeded": say("Snapshot succeeded"),
    }


def _picture(result: Result) -> str | None:
    """Return the picture of everyone seen as a data URL, scaled down to the width of a page."""
    if result.track is None or result.track.picture is None:
        return None
    return data_url(result.track.picture)


def _provenance(provenance: Provenance) -> list[tuple[str, str]]:
    """Flatten the provenance into lines: dotted name and value."""

    def flat(prefix: str, value: Any) -> list[tuple[str, str]]:
        if isinstance(value, dict):
            return [line for key, child in value.items() for line in flat(f"{prefix}{key}.", child)]
        shown = f"{value:.6g}" if isinstance(value, float) else "–" if value is None else str(value)
        return [(prefix.rstrip("."), shown)]

    told = {key: value for key, value in to_tree(provenance).items() if value and key != "warnings"}
    return flat("", told)
