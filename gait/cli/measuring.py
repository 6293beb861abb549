"""What the measuring commands share: their options, the loop over files, and the progress bars."""

from __future__ import annotations

import functools
import math
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gait.cli import options
from gait.cli.bars import SHARES, Bars
from gait.cli.console import say, say_failure, tell
from gait.errors import EXIT_NO_GAIT, UsageError
from gait.text import languages

if TYPE_CHECKING:
    from gait.pipeline import Outcome

_AIDS = ["cane", "crutches", "walker", "rollator", "orthosis", "none"]
_COLORS = ["blue-orange", "red-green", "red-blue"]


def measuring_options(command: options.Command) -> options.Command:
    """Add the options that every measuring command has."""
    added = [
        options.out("the report folders go"),
        options.config,
        click.option("--height-m", type=float, metavar="H", help="Body height in metres: for lengths and speed."),
        click.option("--scale", metavar="X1,Y1,X2,Y2,M", help="The same from two points (pixels), M metres apart."),
        click.option("--age", type=int, metavar="YEARS", help="Age: shows references beside the measures."),
        click.option("--sex", metavar="SEX", help="female or male (f, m): for the same references."),
        click.option("--fall-screen", is_flag=True, help="Add what is published on these measures and falls."),
        click.option("--label", metavar="TEXT", help="Whom the report is about, for its head."),
        click.option("--subject-id", metavar="ID", help="The same for head and tables: a number or a code."),
        click.option("--session", metavar="TEXT", help="Which visit it is."),
        click.option("--aid", type=click.Choice(_AIDS), help="Walking aid."),
        click.option("--footwear", metavar="TEXT", help="What was worn on the feet."),
        click.option("--clinician", metavar="TEXT", help="Who made the recording."),
        click.option("--note", metavar="TEXT", help="Anything else for the head of the report."),
        click.option("--colors", type=click.Choice(_COLORS), help="Of left and right.  [default: blue-orange]"),
        click.option("--language", type=click.Choice(languages()), help="Of page and video.  [default: en]"),
        options.quiet,
        options.debug,
    ]
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(added), command)


def of_person(
    *,
    height_m: float | None,
    scale: str | None,
    age: int | None,
    sex: str | None,
    fall_screen: bool,
    colors: str | None,
    language: str | None,
    **visit: str | None,
) -> dict[str, Any]:
    """Return the settings that belong to one person, visit or walkway, and how the report shows them."""
    return {
        "analysis.scale.height_m": height_m,
        "analysis.scale.known_distance": None if scale is None else numbers("--scale", scale, 5),
        "report.person.age": age,
        "report.person.sex": sex,
        "report.fall_screen": fall_screen or None,
        "report.colors": colors,
        "report.language": language,
        **{f"report.visit.{name}": value for name, value in visit.items()},
    }


def numbers(option: str, text: str, count: int) -> tuple[float, ...]:
    """Return the numbers of an option such as "1,2,3,4"."""
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise UsageError(f"{option} {text}: expected {count} numbers.")
    return numbers


def measure_each(
    paths: tuple[Path, ...],
    measure: Callable[[Path, Bars], Outcome],
    *,
    quiet: bool,
    debug: bool,
    shares: Mapping[str, float] = SHARES,
) -> None:
    """Measure one file after the other; a failure does not keep the rest from being done. Exits with the first code."""
    code = 0
    if quiet:
        os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    for path in paths:
        observer = Bars(quiet=quiet, name=path.name, shares=shares)
        try:
            outcome = measure(path, observer)
        except Exception as error:
            if debug:
                raise
            failed = say_failure(path, error)
            code = code or failed
            continue
        finally:
            observer.close()
        if outcome.refusal:
            say(f"{path}: {outcome.refusal} See {outcome.folder / 'report.html'}.")
            code = code or EXIT_NO_GAIT
        elif not quiet:
            tell(f"{path}: {_headline(outcome)}\n  {outcome.folder / 'report.html'}")
    sys.exit(code)


def _headline(outcome: Outcome) -> str:
    """Return the result in one line."""
    strikes = int((outcome.result.events["kind"] == "strike").sum())
    measures = outcome.result.measures
    row = measures[measures["measure"] == "cadence"].iloc[0]
    if row["status"] != "valid":
        return f"{strikes} foot strikes; cadence not measured: {row['reason']}"
    return (
        f"{strikes} foot strikes, cadence {row['value']:.1f} steps/min "
        f"(95 % interval {row['ci_low']:.1f} to {row['ci_high']:.1f})."
    )
