"""The command `gait compare`: the same person before and after, or over months."""

from __future__ import annotations

from pathlib import Path

import click

from gait.cli import options
from gait.cli.console import one_sentence
from gait.text import ENGLISH, languages


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RESULT_FOLDER...")
@options.out("the folder of the comparison goes")
@click.option("--language", type=click.Choice(languages()), default=ENGLISH, help="Of the page.  [default: en]")
@options.debug
def compare(folders: tuple[Path, ...], out: Path, language: str, debug: bool) -> None:
    """Compare results of one person with the first of them.

    The page shows what else differs between the recordings, the videos in step, the curves over each other, and every
    change with its interval and whether it exceeds the error of measurement.

    Example: gait compare reports/before reports/after
    """
    with one_sentence(debug):
        from gait.errors import UsageError
        from gait.folders import portable_name, replacing
        from gait.report.compare import changes_table, read_visit
        from gait.report.compare import compare as compare_visits
        from gait.report.compare_page import MOST_VISITS, write_comparison

        if len(folders) > MOST_VISITS:
            raise UsageError(f"gait compare: {len(folders)} results were named, and {MOST_VISITS} fit on a page.")
        comparison = compare_visits([read_visit(folder) for folder in folders])
        name = portable_name("-".join(["compare", *(folder.resolve().name for folder in folders)]))
        with replacing(out / name) as fresh:
            write_comparison(comparison, fresh / "compare.html", language=language)
            changes_table(comparison).to_csv(fresh / "changes.csv", index=False, float_format="%.6g")
        n = sum(bool(change.exceeds) for row in comparison.rows for change in row.changes)
        for condition, values in comparison.conditions:
            click.echo(f"differs: {condition}: {', '.join(values)}")
        click.echo(f"{n} of {len(comparison.rows)} numbers changed by more than the error of measurement.")
        click.echo(out / name / "compare.html")
