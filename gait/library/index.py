"""The index page over all recordings of a library: one HTML file that opens from disk, with the pictures beside it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gait.columns import MEASURES
from gait.folders import replacing_file
from gait.inputs import local_path, printable
from gait.library.card import KEY_MEASURES, PORTRAIT
from gait.library.entries import Row
from gait.library.ledger import Ledger
from gait.library.tables import TABLES, recording_row
from gait.version import __version__

INDEX = "index.html"
_TEMPLATES = Path(__file__).parent / "templates"
_ROWS = "@@ROWS@@"


def write_index(ledger: Ledger, folder: Path) -> None:
    """Write index.html; it takes the place of the old one whole.

    Parameters
    ----------
    ledger : Ledger
    folder : Path
        Of the library: the page refers to the results by their place in it.
    """
    script = (_TEMPLATES / "index.js").read_text(encoding="utf-8")
    page = _environment().get_template("index.html.j2").render(
        name=folder.resolve().name,
        counts=ledger.counts(),
        measures=[MEASURES[name] for name in KEY_MEASURES],
        decimals=json.dumps([MEASURES[name].decimals for name in KEY_MEASURES]),
        tables=TABLES,
        script=Markup(script),
        policy=_policy(script),
        rows=Markup(_ROWS),
        written_at=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        version=__version__,
    )  # fmt: skip
    before, after = page.split(_ROWS)
    with replacing_file(folder / INDEX) as fresh, fresh.open("w", encoding="utf-8", errors="replace") as file:
        file.write(before)
        file.writelines(_lines(ledger))
        file.write(after)


def _lines(ledger: Ledger) -> Iterator[str]:
    """Yield the rows of the table as JSON, one a line, safe within a script element."""
    mark = ""
    for row in ledger.rows():
        text = json.dumps(_shown(row), ensure_ascii=True, separators=(",", ":"))
        yield mark + text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        mark = ",\n"


def _shown(row: Row) -> list[Any]:
    """Return what the page shows of a recording."""
    told, card = recording_row(row), row.card
    state = "no gait" if row.state == "done" and card is not None and card.refusal else row.state
    values = [None if told[name] is None else round(told[name], 4) for name in KEY_MEASURES]
    folder = quote(row.folder) if card is not None else ""
    return [
        *(row.name, row.subject, row.session, state, told["reason"], folder, told["view"] or ""),
        *((told["finished_at"] or "")[:16].replace("T", " "), values, _place(row)),
    ]


def _place(row: Row) -> str:
    """Return what tells a recording from others of the same name: the folders it was in, and which part it is."""
    file = local_path(row.path)
    folders = [part for part in file.parts[-3:-1] if part != file.anchor]
    part = f"{row.start_s:g} to {'the end' if row.end_s is None else f'{row.end_s:g} s'}"
    return printable("/".join(folders)) + (f", {part}" if row.start_s or row.end_s is not None else "")


def _policy(script: str) -> str:
    """Return what the page may load: its own script, and the pictures beside it."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src 'self' file: data:"


@cache
def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.globals["portrait"] = PORTRAIT
    return environment
