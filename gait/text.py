"""Text in the reader's language: each sentence is written in English where it is made, and looked up here.

What is read on the page and in the annotated video passes through `say`, `say_many` or `again`; files for programs are
written while English is spoken, which is so everywhere but inside `speaking`. A catalogue is
``locale/LANGUAGE/LC_MESSAGES/gait.po``; docs/translating.md says how one is made.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

ENGLISH = "en"
FOLDER = Path(__file__).parent / "locale"
_FEWEST_LETTERS, _FEWEST_AT_START = 6, 4
"""A template with fewer letters of its own would match sentences that were not made from it; fewer do at its start."""
_LONGEST = 1000
"""No sentence of ours has so many letters: a longer text, from a file that somebody else wrote, is not searched."""
PLACE = re.compile(r"%(?:%|\((\w+)\)([-+ #0]*\d*(?:\.\d+)?[sdfg]))")
"""A place for a value in a text, or a doubled per cent sign."""
_NUMBER = r"[-\u2212]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|inf|nan)"
_BARE = re.compile(r"[-\u2212]?\d[-\u2212\u2013\d., ]*(?:\W?(?:%|\u00b0|m?s|m|m/s))?")
"""Numbers alone, with a symbol at most."""
_MEASURED = re.compile(rf"({_NUMBER})\xa0(.+)")
"""A number and its unit."""
_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


def languages() -> tuple[str, ...]:
    """Return the languages that can be spoken: English, and those that have a catalogue."""
    return (ENGLISH, *sorted(path.parents[1].name for path in FOLDER.glob("*/LC_MESSAGES/gait.po")))


def spoken() -> str:
    """Return the language that is spoken now, such as "de"."""
    return _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak one of `languages` inside a ``with`` block."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def mark(text: str) -> str:
    """Return a text as it is: it belongs into the catalogue, and is translated by `again` when it is read."""
    return text


def say(text: str, /, **values: object) -> str:
    """Return a text in the language that is spoken.

    Parameters
    ----------
    text : str
        In English, with places such as ``%(name)s`` or ``%(speed).2f``; a per cent sign is doubled where it has any.
    **values
        What is put there; numbers get the decimal sign of the language.
    """
    found = text if spoken() == ENGLISH else _catalogue(spoken()).gettext(text) if text else ""
    return _filled(found, values) if values else found


def say_many(one: str, more: str, n: int, /, **values: object) -> str:
    """Return the one or the other text by the number `n`, which is put into ``%(n)s``; see `say`."""
    return _filled(form(one, more, n), {"n": n, **values})


def form(one: str, more: str, n: int) -> str:
    """Return the one or the other text by a number, with its places open."""
    english = one if n == 1 else more
    return english if spoken() == ENGLISH else _catalogue(spoken()).ngettext(one, more, n)


def again(text: str) -> str:
    """Return what was said in English earlier in the language that is spoken now.

    A sentence with values in it is recognised by the template it was made from; its values are put into the translated
    one. What is in no catalogue, as a name or a sentence of an older version, stays as it is.
    """
    return text if not text or spoken() == ENGLISH else _again(text, spoken())


def decimals(text: str) -> str:
    """Return a number written in English with the decimal sign of the language that is spoken."""
    return text if spoken() == ENGLISH else re.sub(r"(?<=\d)\.(?=\d)", decimal_sign(), text)


def decimal_sign() -> str:
    """Return the decimal sign of the language that is spoken."""
    return "." if spoken() == ENGLISH else _decimal_sign(spoken())


def _filled(template: str, values: dict[str, object]) -> str:
    def put(place: re.Match[str]) -> str:
        name, how = place.groups()
        if name is None:
            return "%"
        value = values[name]
        if how == "s":
            return str(value)
        return decimals(value if isinstance(value, str) else f"%{how}" % value)

    return PLACE.sub(put, template)


@cache
def _messages(language: str) -> Catalog:
    from babel.messages.pofile import read_po

    with (FOLDER / language / "LC_MESSAGES" / "gait.po").open("rb") as file:
        return read_po(file, locale=language)


@cache
def _catalogue(language: str) -> gettext.GNUTranslations:
    # Compiled here and not when the package is built: a translator sees a change at once.
    from babel.messages.mofile import write_mo

    compiled = io.BytesIO()
    write_mo(compiled, _messages(language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def _decimal_sign(language: str) -> str:
    from babel.numbers import get_decimal_symbol

    return get_decimal_symbol(language)


@dataclass(frozen=True, kw_only=True)
class _Template:
    """A text with places: the pattern of what is made from it, its letters, and both its forms in English."""

    pattern: re.Pattern[str]
    letters: int
    one: str
    more: str

    def translated(self, language: str, values: dict[str, str]) -> str:
        catalogue = _catalogue(language)
        if self.one == self.more:
            return _filled(catalogue.gettext(self.one), dict(values))
        return _filled(catalogue.ngettext(self.one, self.more, int(values["n"])), dict(values))


@cache
def _templates(language: str) -> tuple[_Template, ...]:
    """Return the templates of a catalogue, those with the most text of their own first."""
    found = []
    for message in _messages(language):
        one, more = (str(message.id),) * 2 if isinstance(message.id, str) else map(str, message.id)
        for english in dict.fromkeys((one, more)):
            letters = sum(map(str.isalpha, PLACE.sub("", english)))
            fewest = _FEWEST_AT_START if english[:1].isalpha() else _FEWEST_LETTERS
            if letters >= fewest and "%(" in english:
                found.append(_Template(pattern=_pattern(english), letters=letters, one=one, more=more))
    return tuple(sorted(found, key=lambda template: -template.letters))


def _pattern(template: str) -> re.Pattern[str]:
    parts, end, named = [], 0, set()
    for place in PLACE.finditer(template):
        parts.append(re.escape(template[end : place.start()]))
        name, how = place.groups()
        if name is None:
            parts.append("%")
        elif name in named:
            parts.append(f"(?P={name})")
        else:
            named.add(name)
            parts.append(f"(?P<{name}>{'.+?' if how == 's' else _NUMBER})")
        end = place.end()
    return re.compile("".join([*parts, re.escape(template[end:])]), re.DOTALL)


@lru_cache(maxsize=4096)
def _again(text: str, language: str) -> str:
    found = _catalogue(language).gettext(text)
    if found != text or len(text) > _LONGEST:
        return found
    if _BARE.fullmatch(text):
        return decimals(text)
    measured = _MEASURED.fullmatch(text)
    if measured:
        return f"{decimals(measured[1])}\N{NO-BREAK SPACE}{_again(measured[2], language)}"
    for template in _templates(language):
        match = template.pattern.fullmatch(text)
        if match:
            values = {name: _again(value, language) for name, value in match.groupdict().items()}
            return template.translated(language, values)
    sentences = re.split(r"(?<=\.) (?=[A-Z])", text)
    return " ".join(_again(sentence, language) for sentence in sentences) if len(sentences) > 1 else text
