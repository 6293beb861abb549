"""Published reference values, as data: what healthy adults of the same age and sex were found to do.

They are context beside a measure, never a verdict on it. Only values whose source is at hand are entered, ages between
the bands have none, and nothing is interpolated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd

from gait.columns import MEASURES
from gait.config import PersonSettings
from gait.report import words

Sex = Literal["female", "male"]
ADULT_FROM = 18
PEOPLE: dict[Sex, str] = {"female": "women", "male": "men"}
ONE_PERSON: dict[Sex, tuple[str, str]] = {"female": ("woman", "girl"), "male": ("man", "boy")}
REFERENCE_COLUMNS: tuple[str, ...] = ("reference_low", "reference_high", "reference_source")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where numbers come from.

    Attributes
    ----------
    name : str
        Short, for beside a number.
    citation, population : str
    n : int or None
        People it rests on; None where the source does not say.
    note : str
        What a reader must know of it.
    """

    name: str
    citation: str
    population: str
    n: int | None
    note: str

    @property
    def people(self) -> str:
        """The number of people, as printed."""
        return "n not stated" if self.n is None else f"n{words.NBSP}={words.NBSP}{self.n:,}"


ADULT_RANGES = Source(
    name="ranges in common use",
    citation="Adult ranges in common use (mean ± SD); their first publication is not named",
    population="adults by sex and age",
    n=None,
    note="One standard deviation either side of the mean: about a third of such adults lie outside.",
)
BOHANNON_2011 = Source(
    name="Bohannon 2011",
    citation="Bohannon and Williams Andrews 2011, Physiotherapy 97:182, PubMed 21820535",
    population="apparently healthy adults at their normal pace over 3 to 30 m, 41 studies",
    n=23_111,
    note="A mean, without its spread; n is that of all ages and both sexes.",
)
BETWEEN_FOOTPRINTS = "Between footprints; here between ankles, some 3 % of body height less."


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What a source gives for one measure, sex and band of ages.

    Attributes
    ----------
    measure, unit : str
        As in `gait.columns.MEASURES`; lengths in metres.
    age_from, age_to : int
        In whole years, both included.
    low, high : float
        The same where the source gives a mean alone.
    kind : {"mean ± SD", "mean"}
    remark : str
        How it differs from what is measured here.
    """

    measure: str
    unit: str
    sex: Sex
    age_from: int
    age_to: int
    low: float
    high: float
    kind: Literal["mean ± SD", "mean"]
    source: Source
    remark: str = ""

    @property
    def text(self) -> str:
        """The range, or the mean alone, as printed."""
        decimals = 2 if self.unit in ("m", "m/s") else 0
        if self.low == self.high:
            return words.number(self.low, decimals)
        return words.interval(self.low, self.high, decimals)

    @property
    def group(self) -> str:
        """Of whom it is: ``women 60–69``."""
        return f"{PEOPLE[self.sex]} {self.age_from}–{self.age_to}"


_RANGE_MEASURES: tuple[tuple[str, str, float, str], ...] = (
    ("speed", "m/s", 0.01, ""),
    ("cadence", "steps/min", 1.0, ""),
    ("step_length", "m", 0.01, BETWEEN_FOOTPRINTS),
    ("stance", "%", 1.0, ""),
    ("double_support", "%", 1.0, ""),
)
_RANGES: tuple[tuple[Sex, int, int, tuple[tuple[float, float], ...]], ...] = (
    ("male", 18, 29, ((120, 165), (99, 113), (67, 83), (58, 68), (22, 31))),
    ("male", 60, 69, ((115, 150), (98, 117), (65, 80), (57, 69), (22, 30))),
    ("male", 80, 84, ((95, 129), (95, 111), (57, 73), (61, 67), (23, 32))),
    ("female", 18, 29, ((120, 165), (107, 124), (65, 76), (56, 67), (20, 28))),
    ("female", 60, 69, ((110, 150), (106, 122), (59, 74), (56, 69), (19, 31))),
    ("female", 80, 84, ((86, 116), (101, 119), (48, 62), (62, 67), (24, 34))),
)
"""Speed in cm/s, cadence in steps/min, step length in cm, stance and double support in % of the stride."""

REFERENCES: tuple[Reference, ...] = (
    *(
        Reference(
            measure=measure, unit=unit, sex=sex, age_from=age_from, age_to=age_to, low=low * factor,
            high=high * factor, kind="mean ± SD", source=ADULT_RANGES, remark=remark,
        )
        for sex, age_from, age_to, ranges in _RANGES
        for (measure, unit, factor, remark), (low, high) in zip(_RANGE_MEASURES, ranges, strict=True)
    ),
    Reference(measure="speed", unit="m/s", sex="male", age_from=40, age_to=49, low=1.43, high=1.43, kind="mean",
              source=BOHANNON_2011),
    Reference(measure="speed", unit="m/s", sex="female", age_from=80, age_to=99, low=0.94, high=0.94, kind="mean",
              source=BOHANNON_2011),
)  # fmt: skip


def find_references(person: PersonSettings) -> tuple[Reference, ...]:
    """Return the references for someone of this age and sex; none where either is not known."""
    return tuple(r for r in REFERENCES if person.age is not None and r.sex == person.sex
                 and r.age_from <= person.age <= r.age_to)  # fmt: skip


def asked_for(person: PersonSettings) -> bool:
    """Tell whether anything is known of the person."""
    return person.age is not None or person.sex is not None


def describe(person: PersonSettings) -> str:
    """Say who the person is: ``woman, 65 years``; empty where nothing is known."""
    child = person.age is not None and person.age < ADULT_FROM
    sex = ONE_PERSON[person.sex][child] if person.sex else ""
    age = "" if person.age is None else words.count(person.age, "year")
    return ", ".join(part for part in (sex, age) if part)


def explain(person: PersonSettings) -> str:
    """Say in one line for which measures there is a reference, or why there is none."""
    if person.age is None or person.sex is None:
        return "A reference needs both age and sex: none is shown."
    if person.age < ADULT_FROM:
        return f"There is no reference for a {describe(person)}: the sources at hand are of adults."
    found = list(dict.fromkeys(MEASURES[r.measure].label for r in find_references(person)))
    who = f"{PEOPLE[person.sex]} of {person.age}"
    if not found:
        bands = sorted({(r.age_from, r.age_to) for r in REFERENCES if r.sex == person.sex})
        ages = words.listing([f"{a}–{b}" for a, b in bands])
        return f"There is no reference for {who}: the sources at hand give {ages}, and nothing is interpolated."
    return (
        f"References for {who}: {words.listing([words.first_lower(label) for label in found])}. "
        "They are context, not limits: being inside or outside of one says nothing of health by itself."
    )


def by_measure(person: PersonSettings, measures: pd.DataFrame) -> dict[str, tuple[Reference, ...]]:
    """Return the references of the measures that have a value in the same unit, in the order of the measures."""
    shown = {(str(row["measure"]), str(row["unit"])) for row in measures.to_dict("records") if row["status"] == "valid"}
    found = [r for r in find_references(person) if (r.measure, r.unit) in shown]
    return {name: mine for name in MEASURES if (mine := tuple(r for r in found if r.measure == name))}


def sources_of(references: Sequence[Reference]) -> tuple[Source, ...]:
    """Return the sources, each once, in their order; the place in it is their number on the page."""
    return tuple(dict.fromkeys(reference.source for reference in references))


def with_references(measures: pd.DataFrame, person: PersonSettings) -> pd.DataFrame:
    """Return the table of measures with `REFERENCE_COLUMNS`: the first reference in the unit of the row."""
    first = {(r.measure, r.unit): r for r in reversed(find_references(person))}
    found = [first.get((name, unit)) for name, unit in zip(measures["measure"], measures["unit"], strict=True)]
    columns = (
        [r.low if r else math.nan for r in found],
        [r.high if r else math.nan for r in found],
        [f"{r.group}: {r.source.citation}" if r else "" for r in found],
    )
    added = pd.DataFrame(dict(zip(REFERENCE_COLUMNS, columns, strict=True)), index=measures.index)
    return pd.concat([measures, added], axis=1)


def references_to_json(person: PersonSettings) -> dict[str, Any]:
    """Return what result.json holds of the references: the person, the line of explanation, and each value."""
    return {
        "age": person.age,
        "sex": person.sex,
        "note": explain(person),
        "values": [asdict(reference) for reference in find_references(person)],
    }
