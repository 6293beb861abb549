"""The command `gait photo`: photographs in, angles out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from gait.cli import options
from gait.cli.console import one_sentence, say, say_failure, tell
from gait.errors import EXIT_NO_GAIT

MOST_PIXELS = "120000000"
"""Of a photograph; a file of a few bytes may claim a billion."""


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="IMAGE...")
@options.out("the folders go, one for each photograph")
@options.config
@click.option("--model", metavar="NAME", help="Pose model, as in gait run.  [default: auto]")
@click.option("--detector", metavar="NAME", help="Person detector, as in gait run.  [default: auto]")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where the model runs.")
@options.quiet
@options.debug
def photo(
    images: tuple[Path, ...],
    out: Path,
    config: Path | None,
    model: str | None,
    detector: str | None,
    device: str | None,
    quiet: bool,
    debug: bool,
) -> None:
    """Read the angles of the joints off each photograph (IMAGE: JPEG, PNG, ...).

    Knees, hips and elbows of both sides and their differences, neck, trunk, shoulders and hips: as a table, as JSON and
    in an annotated picture. The angles are those in the plane of the picture, of the largest person in it.
    """
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", MOST_PIXELS)
    with one_sentence(debug):
        from gait.config import load_settings

        settings = load_settings(config, {"pose.model": model, "pose.device": device, "subject.detector": detector})
    if quiet:
        os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    from gait.photo.read import PhotoReader

    code = 0
    with PhotoReader(settings, None if quiet else say) as reader:
        for image in images:
            try:
                outcome = reader.read(image, out=out)
            except Exception as error:
                if debug:
                    raise
                failed = say_failure(image, error)
                code = code or failed
                continue
            if outcome.refusal:
                say(f"{image}: {outcome.refusal} See {outcome.json}.")
                code = code or EXIT_NO_GAIT
            elif not quiet:
                tell(f"{outcome.text}\n  {outcome.picture}\n  {outcome.json}\n")
    sys.exit(code)
