"""Options that mean the same in every command that has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

config = click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings in a YAML file.")
quiet = click.option("--quiet", is_flag=True, help="Print nothing but errors.")
debug = click.option("--debug", is_flag=True, help="Show where an error came from.")


def out(what: str) -> Callable[[Command], Command]:
    """Return the option for the folder in which `what` is written; "reports" when nobody says."""
    return click.option(
        "-o",
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path("reports"),
        show_default=True,
        metavar="DIR",
        help=f"Where {what}.",
    )
