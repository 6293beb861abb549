"""Published reference values, as data: what healthy adults of the same age and sex were found to do.

They are context beside a measure, never a verdict on it. Only values whose first publication is named are entered, with
the people, their number and how they were measured; ages between the bands have none, and nothing is interpolated.
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
from gait.text import again, mark, say, say_many

Sex = Literal["female", "male"]
ADULT_FROM = 18
PEOPLE: dict[Sex, str] = {"female": mark("women"), "male": mark("men")}
ONE_PERSON: dict[Sex, tuple[str, str]] = {
    "female": (mark("woman"), mark("girl")),
    "male": (mark("man"), mark("boy")),
}
REFERENCE_COLUMNS: tuple[str, ...] = ("reference_low", "reference_high", "reference_source")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where numbers come from.

    Attributes
    ----------
    name : str
        Short, for beside a number.
    citation, population : str
    n : int
        People it rests on.
    how : str
        How they were measured.
    note : str
        What a reader must know of it.
    """

    name: str
    citation: str
    population: str
    n: int
    how: str
    note: str

    @property
    def people(self) -> str:
        """The number of people, as printed."""
        return f"n{words.NBSP}={words.NBSP}{words.whole(self.n)}"


BOHANNON_2011 = Source(
    name="Bohannon 2011",
    citation="Bohannon and Williams Andrews 2011, Physiotherapy 97:182, PubMed 21820535",
    population="apparently healthy adults at their normal pace, 41 studies",
    n=23_111,
    how="timed over 3 to 30 m",
    note="A mean, without its spread; n is that of all ages and both sexes.",
)
HOLLMAN_2011 = Source(
    name="Hollman 2011",
    citation="Hollman, McDade and Petersen 2011, Gait Posture 34:111, PubMed 21531139",
    population="able-bodied people of 70 and over",
    n=294,
    how="two walks over a 5.6 m electronic walkway (GAITRite)",
    note="One standard deviation either side of the mean: about a third of such people lie outside. "
    "n is that of all ages and both sexes.",
)
OLDEST = 120
"""Upper end of a band that has none."""


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
        return f"{again(PEOPLE[self.sex])} {_ages(self.age_from, self.age_to)}"


def _ages(first: int, last: int) -> str:
    return say("%(age)s and over", age=first) if last == OLDEST else f"{first}–{last}"


_SPEED_AGES = ((20, 29), (30, 39), (40, 49), (50, 59), (60, 69), (70, 79), (80, 99))
_SPEED_M_S: dict[Sex, tuple[float, ...]] = {
    "male": (1.36, 1.43, 1.43, 1.43, 1.34, 1.26, 0.97),
    "female": (1.34, 1.34, 1.39, 1.31, 1.24, 1.13, 0.94),
}
_CADENCE_AGES = ((70, 74), (75, 79), (80, 84), (85, OLDEST))
_CADENCE_MEAN_SD: dict[Sex, tuple[tuple[int, int], ...]] = {
    "male": ((102, 8), (106, 10), (103, 8), (102, 11)),
    "female": ((113, 20), (114, 13), (110, 9), (108, 10)),
}

REFERENCES: tuple[Reference, ...] = (
    *(
        Reference(
            measure="speed", unit="m/s", sex=sex, age_from=age_from, age_to=age_to, low=mean, high=mean, kind="mean",
            source=BOHANNON_2011,
        )
        for sex, means in _SPEED_M_S.items()
        for (age_from, age_to), mean in zip(_SPEED_AGES, means, strict=True)
    ),
    *(
        Reference(
            measure="cadence", unit="steps/min", sex=sex, age_from=age_from, age_to=age_to, low=mean - sd,
            high=mean + sd, kind="mean ± SD", source=HOLLMAN_2011,
        )
        for sex, values in _CADENCE_MEAN_SD.items()
        for (age_from, age_to), (mean, sd) in zip(_CADENCE_AGES, values, strict=True)
    ),
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
    sex = again(ONE_PERSON[person.sex][child]) if person.sex else ""
    age = "" if person.age is None else say_many("%(n)s year", "%(n)s years", person.age)
    return ", ".join(part for part in (sex, age) if part)


def explain(person: PersonSettings) -> str:
    """Say in one line for which measures there is a reference, or why there is none."""
    if person.age is None or person.sex is None:
        return say("A reference needs both age and sex: none is shown.")
    if person.age < ADULT_FROM:
        return say("There is no reference for a %(person)s: the sources at hand are of adults.",
                   person=describe(person))  # fmt: skip
    found = list(dict.fromkeys(again(MEASURES[r.measure].label) for r in find_references(person)))
    who = say("%(people)s of %(age)s", people=again(PEOPLE[person.sex]), age=person.age)
    if not found:
        youngest = min(r.age_from for r in REFERENCES)
        return say("There is no reference for %(people)s: the sources at hand begin at %(age)s years.", people=who,
                   age=youngest)  # fmt: skip
    return say(
        "References for %(people)s: %(measures)s. They are context, not limits: being inside or outside of one says "
        "nothing of health by itself.",
        people=who,
        measures=words.listing([words.first_lower(label) for label in found]),
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
