"""The command line: one module per command; each parses, calls and prints, and imports nothing heavy before it must."""

from __future__ import annotations

import click

from gait.cli.analyze import analyze
from gait.cli.batch import batch
from gait.cli.compare import compare
from gait.cli.console import Program
from gait.cli.export import export
from gait.cli.library import list_recordings, pool
from gait.cli.models import models
from gait.cli.photo import photo
from gait.cli.report import report
from gait.cli.run import run
from gait.version import __version__


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gait")
def main() -> None:
    """Measure how a person walks from an ordinary video.

    Exit codes: 0 done; 2 wrong usage; 3 unreadable input, or a place that cannot be written to; 4 no person or no gait
    found (the report says why); 5 a model is not available; 130 stopped with Ctrl-C; 143 told to end.
    """


for command in (run, analyze, batch, list_recordings, pool, compare, report, photo, export, models):
    main.add_command(command)
