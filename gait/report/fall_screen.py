"""What is published on these measures and falls, beside what was measured: context, no score and no verdict."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from gait.columns import MEASURES
from gait.report.references import Source
from gait.report.tables import Entries, Entry
from gait.text import again, mark, say
from gait.types import View

NOT_A_SCORE = mark(
    "This is context for a clinician: not a diagnosis, and not a risk score. Groups differed in these studies; whether "
    "one person will fall cannot be told from them."
)
NOT_SEEN = mark(
    "Past falls, medicines, sight, strength, standing balance and turning are parts of a fall screen that this "
    "recording says nothing of."
)
NOTHING_PUBLISHED = mark("No published value is shown: none is at hand that was measured in the same way.")

GAIT_SPEED_AND_FALLS = Source(
    name="meta-analysis of 28 studies",
    citation="Predictive Accuracy of Gait Speed for Falls: An Individual Participant Data Meta-analysis, abstract, "
    "British Geriatrics Society (bgs.org.uk)",
    population="older adults of the community and patients, followed for 3 months or longer, 28 studies",
    n=7_608,
    how="speeds as the studies took them",
    note="At 0.8 m/s it found 35 % of those who fell, and 77 % of those who did not were above it.",
)
HAUSDORFF_2001 = Source(
    name="Hausdorff 2001",
    citation="Hausdorff, Rios and Edelberg 2001, Arch Phys Med Rehabil 82:1050, PubMed 11494184",
    population="outpatients of 70 years and over",
    n=52,
    how="walks of up to 6 minutes with pressure insoles",
    note="So many strides are far more than a short video has. Its abstract does not say what the ± is.",
)
GABELL_1984 = Source(
    name="Gabell 1984",
    citation="Gabell and Nayak 1984, J Gerontol 39:662, PubMed 6491179",
    population="healthy adults, 32 aged 21 to 47 and 32 aged 66 to 84",
    n=64,
    how="its abstract does not say by what",
    note="Median of each group, alike in both.",
)
VERGHESE_2009 = Source(
    name="Verghese 2009",
    citation="Verghese, Holtzer, Lipton and Wang 2009, J Gerontol A 64:896, PubMed 19349593",
    population="adults of 70 years and over, followed for 20 months",
    n=597,
    how="its abstract says quantitative gait assessment",
    note="Its abstract does not say to how much more double support the ratio refers.",
)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What is published on one measure.

    Attributes
    ----------
    measure, text : str
    source : Source or None
        None where there is nothing.
    apart : float
        What the published values are about, in the unit of the measure: how far groups were apart, or people from a
        limit. A number whose 95 % interval is wider than this cannot tell, and is not set beside them.
    """

    measure: str
    text: str
    source: Source | None
    apart: float = math.inf


CONTEXT: tuple[Context, ...] = (
    Context(
        measure="speed",
        text="Under 0.8 m/s: relative risk of a fall 1.27 (95 % interval 1.17–1.38).",
        source=GAIT_SPEED_AND_FALLS,
        # From there to women of 70 to 79 (Bohannon 2011).
        apart=0.33,
    ),
    Context(
        measure="stride_time_sd",
        text="106 ± 30 ms in the 20 who fell within a year, 49 ± 4 ms in the 32 who did not.",
        source=HAUSDORFF_2001,
        apart=106 - 49,
    ),
    Context(
        measure="stride_time_cv",
        text="Median under 6 % in healthy adults, young and old.",
        source=GABELL_1984,
        apart=6.0,
    ),
    Context(measure="step_time_cv", text=NOTHING_PUBLISHED, source=None),
    Context(
        measure="step_length_cv",
        text="Median under 6 % in healthy adults, young and old.",
        source=GABELL_1984,
        apart=6.0,
    ),
    Context(
        measure="double_support",
        text="More double support went with more falls: risk ratio 1.165 (95 % interval 1.026–1.321).",
        source=VERGHESE_2009,
        # Not said there; so much comes with walking at 0.9 m/s in place of 1.4.
        apart=10.0,
    ),
    Context(measure="trunk_sway", text=NOTHING_PUBLISHED, source=None),
    Context(measure="trunk_lean_range", text=NOTHING_PUBLISHED, source=None),
)


@dataclass(frozen=True, kw_only=True)
class ContextRow:
    """One line of the section: what was measured here, or why there is no number, and what is published."""

    label: str
    entry: Entry | None
    context: Context
    withheld: str = mark("not measured")


def context_rows(entries: Entries, view: View | None) -> tuple[ContextRow, ...]:
    """Put what was measured beside what is published.

    Parameters
    ----------
    entries : dict
        As from `gait.report.tables.read_entries`.
    view : {"sagittal", "frontal", "oblique"} or None
        Says in which plane the trunk was seen.
    """
    rows = (
        ContextRow(
            label=_label(c.measure, view),
            entry=entries.get((c.measure, "both")),
            context=c,
        )
        for c in CONTEXT
    )
    return tuple(_compared(row) for row in rows)


def _label(measure: str, view: View | None) -> str:
    label = again(MEASURES[measure].label)
    if measure.startswith("trunk") and view == "sagittal":
        return say("%(measure)s, forward and back", measure=label)
    if measure.startswith("trunk") and view == "frontal":
        return say("%(measure)s, side to side", measure=label)
    return label


def _compared(row: ContextRow) -> ContextRow:
    """Return a line without its number where the interval is too wide for it to be set beside what is published."""
    entry, apart = row.entry, row.context.apart
    if entry is None or not entry.valid or math.isinf(apart):
        return row
    if entry.low is not None and entry.high is not None and entry.high - entry.low <= apart:
        return row
    if entry.interval:
        reason = say("Too uncertain to be set beside what is published: its 95 %% interval is %(interval)s.",
                     interval=entry.interval)  # fmt: skip
    else:
        reason = say("Too uncertain to be set beside what is published: it has no interval.")
    hidden = replace(entry, value=None, low=None, high=None, sd=None, n=None, reason=reason, note="")
    return replace(row, entry=hidden, withheld=mark("not compared"))


def fall_screen_to_json(entries: Entries, view: View | None) -> dict[str, Any]:
    """Return what result.json holds of the section."""
    rows = []
    for row in context_rows(entries, view):
        entry, source = row.entry, row.context.source
        rows.append(
            {
                "measure": row.context.measure,
                "label": row.label,
                "value": entry.value if entry else None,
                "unit": entry.unit if entry else "",
                "ci_low": entry.low if entry else None,
                "ci_high": entry.high if entry else None,
                "n": entry.n if entry else None,
                "reason": entry.reason if entry else say("It is not in the table of measures."),
                "published": row.context.text,
                "source": asdict(source) if source else None,
            }
        )
    return {"note": NOT_A_SCORE, "not_seen": NOT_SEEN, "measures": rows}
