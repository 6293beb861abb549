"""The command `gait report`: a finished report on paper."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gait.cli import options
from gait.cli.console import one_sentence, say_failure
from gait.errors import UsageError
from gait.text import languages


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RESULT_FOLDER...")
@click.option("--language", type=click.Choice(languages()), help="Write the page anew in this language.")
@click.option("--pdf", is_flag=True, help="Print the page to report.pdf in its folder.")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Its size.")
@options.debug
def report(folders: tuple[Path, ...], language: str | None, pdf: bool, paper: str, debug: bool) -> None:
    """Print the page of a result to a PDF, or write it anew in another language.

    The first two pages of the PDF stand alone in a patient's file. It needs Chromium, Chrome or Edge; nothing leaves
    the machine.
    """
    with one_sentence(debug):
        if not pdf and language is None:
            raise UsageError("gait report: say what to make of the result: --pdf, --language, or both.")
    code = 0
    for folder in folders:
        try:
            page = folder if folder.suffix == ".html" else folder / "report.html"
            if language is not None:
                from gait.saved import write_page_again

                write_page_again(page.parent, language)
            if pdf:
                from gait.report.pdf import print_page

                print_page(page, page.with_suffix(".pdf"), "letter" if paper == "letter" else "a4")
            click.echo(page.with_suffix(".pdf") if pdf else page)
        except Exception as error:
            if debug:
                raise
            code = code or say_failure(folder, error)
    sys.exit(code)
