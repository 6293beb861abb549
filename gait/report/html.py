"""What the pages share: their templates, and what makes them safe to open: no network, no script but their own."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from markupsafe import Markup

from gait.jpeg import encode
from gait.report import words
from gait.text import again, form, say, spoken
from gait.types import ImageArray

TEMPLATES = Path(__file__).parent / "templates"
_PICTURE_WIDTH_PX = 1280


@cache
def environment() -> Environment:
    """Return the templates, which escape every string."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_without_controls,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(say, form, newstyle=True)  # type: ignore[attr-defined]
    spoken_now: dict[str, Callable[..., str]] = {"number": words.number, "seconds": words.seconds, "again": again}
    environment.filters |= {name: _when_rendered(said) for name, said in spoken_now.items()}
    environment.globals |= {"with_unit": words.with_unit, "unit": words.unit, "spoken": spoken}
    return environment


def _when_rendered(said: Callable[..., str]) -> Callable[..., str]:
    """Return a filter that is never worked out when the template is compiled: then another language may be spoken."""
    return pass_context(lambda _, *values: said(*values))


# Marks that turn the direction of the text around them, and control characters.
_CONTROLS = dict.fromkeys([*range(0x20), 0x7F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def _without_controls(value: Any) -> Any:
    """Take out of a printed string what could disturb the text after it."""
    return value.translate(_CONTROLS) if type(value) is str else value


@cache
def plotly_js() -> str:
    """Return the source of plotly.js."""
    # The basic bundle has all that these figures need, and is a quarter of the whole.
    return _inline((Path(__file__).parent / "vendor" / "plotly-basic.min.js").read_text(encoding="utf-8"))


def script(name: str) -> str:
    """Return a script of ours."""
    return _inline((TEMPLATES / name).read_text(encoding="utf-8"))


def _inline(script: str) -> str:
    """Make a script safe to stand between script tags: nothing in it may end them."""
    return script.replace("\r\n", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def policy(*scripts: str) -> str:
    """Return the page's security policy: no network, and no script but these, so that no injected one can run."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "media-src 'self' file: data:; base-uri 'none'; form-action 'none'"
    )


def as_json(value: Any) -> Markup:
    """Write JSON that can stand inside a script element, whatever strings it holds."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def data_url(picture: ImageArray) -> str:
    """Return a picture, (H, W, 3), as a data URL, scaled down to the width of a page."""
    height, width = picture.shape[:2]
    if width > _PICTURE_WIDTH_PX:
        import cv2

        size = (_PICTURE_WIDTH_PX, max(1, round(height * _PICTURE_WIDTH_PX / width)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return jpeg_url(encode(picture, quality=85))


def jpeg_url(jpeg: bytes) -> str:
    """Return the bytes of a JPEG file as a data URL."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"
