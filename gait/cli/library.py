"""The commands `gait list` and `gait pool`: what is in a library, and libraries put together."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import click

from gait.cli import options
from gait.cli.console import one_sentence


@click.command("list")
@click.argument("library")
@click.option("--state", type=click.Choice(["waiting", "running", "done", "failed"]), help="Only those.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True,
              help="csv and json have all that is known.")  # fmt: skip
@options.debug
def list_recordings(library: str, state: str | None, form: str, debug: bool) -> None:
    """Show the recordings of a LIBRARY, and what became of them."""
    with one_sentence(debug):
        from gait.library.entries import STATES
        from gait.library.ledger import Ledger
        from gait.library.store import ledger_folder
        from gait.library.tables import RECORDING_COLUMNS, recording_row

        with Ledger(ledger_folder(library)) as ledger:
            rows = ledger.rows((state,) if state else STATES)  # type: ignore[arg-type]
            told = map(recording_row, rows)
            if form == "csv":
                writer = csv.DictWriter(sys.stdout, RECORDING_COLUMNS)
                writer.writeheader()
                writer.writerows(told)
            elif form == "json":
                for row in told:
                    click.echo(json.dumps(row))
            else:
                for row in told:
                    cadence = "" if row["cadence"] is None else f"{row['cadence']:.1f}/min"
                    line = f"{row['state']:<8}{row['name']:<32} {row['subject']:<12} {row['session']:<12}{cadence:>10}"
                    click.echo(f"{line}  {row['reason']}".rstrip())


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="FOLDERS...")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), metavar="LIBRARY",
              help="The library that they are put together in; the results stay where they are.")  # fmt: skip
@options.debug
def pool(folders: tuple[Path, ...], out: Path, debug: bool) -> None:
    """Put libraries, and loose results of gait run, together: one ledger, the same tables, one index."""
    with one_sentence(debug):
        from gait.library.ledger import Ledger
        from gait.library.publish import publish
        from gait.library.rebuild import pool as put_together

        with Ledger(out, writing=True) as ledger:
            n = put_together(ledger, folders)
            counts = ledger.counts()
        publish(out)
        click.echo(f"{n} results put together: {counts.done} recordings done, {counts.failed} failed.")
        click.echo(str(out / "index.html"))
