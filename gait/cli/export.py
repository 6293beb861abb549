"""The command `gait export`: results in, files for other programs out."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gait.cli import options
from gait.cli.console import one_sentence, say_failure, tell


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RESULT_FOLDER...")
@click.option(
    "--format",
    "formats",
    multiple=True,
    required=True,
    metavar="NAME",
    help="trc, mot, c3d or openpose; may be given several times.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the files go.  [default: exports in the folder of the result]",
)
@options.debug
def export(folders: tuple[Path, ...], formats: tuple[str, ...], out: Path | None, debug: bool) -> None:
    """Write results for other programs: TRC, MOT (OpenSim), C3D, or OpenPose JSON."""
    with one_sentence(debug):
        from gait.export import check_request, export_result

        check_request(folders, formats, out)
    code = 0
    for folder in folders:
        try:
            for done in export_result(folder, formats, out=out):
                tell(f"{done.path}: {done.note}")
        except Exception as error:
            if debug:
                raise
            failed = say_failure(folder, error)
            code = code or failed
    sys.exit(code)
