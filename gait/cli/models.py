"""The command `gait models`: what is here, and fetching what is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from gait.cli import options
from gait.cli.console import one_sentence, say
from gait.errors import UsageError


@click.group(invoke_without_command=True)
@click.pass_context
def models(context: click.Context) -> None:
    """List the models: installed, cached on this machine, or to be fetched."""
    if context.invoked_subcommand is not None:
        return
    from gait.pose.registry import available_models
    from gait.pose.sapiens2.weights import FORBIDDEN, LICENSE
    from gait.subject.detect import yolo_weights

    for model in [*available_models(), yolo_weights.available()]:
        size = f"{model.size_bytes / 1e9:.2f} GB"
        click.echo(f"{model.name:<19}{model.state:<15}{size:>9}   {model.note}")
    click.echo(f"\nFetch with: gait models pull NAME. The weights of Sapiens2 come under the {LICENSE}.")
    click.echo(f"It forbids {FORBIDDEN}.")
    click.echo(f"Those of YOLO come under the {yolo_weights.LICENSE}.")


@models.command()
@click.argument("name", metavar="NAME")
@options.debug
def pull(name: str, debug: bool) -> None:
    """Fetch the weights of BlazePose, of a Sapiens2 model, or of the person detector YOLO."""
    from gait.hashing import sha256_of

    with one_sentence(debug):
        name, here, fetch = _named(name)
        for path in fetch():
            click.echo(f"{name}: {'already here' if here else 'fetched'}, {path}\n  SHA-256 {sha256_of(path)}")


def _named(text: str) -> tuple[str, bool, Callable[[], tuple[Path, ...]]]:
    """Return the full name of a model, whether its weights are here, and what fetches them."""
    from gait.pose.blazepose import weights as blazepose_weights
    from gait.pose.sapiens2.weights import SEGMENTATION, SOURCES, cached, fetch, segmentation_named, source_named
    from gait.subject.detect import yolo_weights

    source = source_named(text) or segmentation_named(text)
    if source is not None:
        return source.name, cached(source) is not None, lambda: (fetch(source, say),)
    name = text.lower()
    if name in blazepose_weights.NAMES:
        return name, blazepose_weights.is_here(name), lambda: blazepose_weights.fetch(name, say)
    if name == yolo_weights.NAME:
        return name, yolo_weights.cached() is not None, lambda: (yolo_weights.fetch(say),)
    valid = ", ".join([*blazepose_weights.NAMES, *SOURCES, *SEGMENTATION, yolo_weights.NAME])
    raise UsageError(f"{text}: there is nothing to fetch; valid are {valid}.")
