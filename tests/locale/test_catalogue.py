"""The catalogues hold every text of the program; whoever adds one in English finds out here what is missing."""

import ast
import functools
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from gait.locale.catalogue import PACKAGE, gathered, said_in, template_of
from gait.report.html import TEMPLATES
from gait.text import FOLDER, PLACE, again, languages, speaking

OTHERS = languages()[1:]
KEEPS = re.compile(r"\{\w+\}|<[^>]+>|--[a-z-]+|\b\w+\.(?:csv|json)\b")
"""What a translation has as the English text has it, besides the places of values."""


def messages(language: str) -> dict[object, Message]:
    with (FOLDER / language / "LC_MESSAGES" / "gait.po").open("rb") as file:
        return {message.id: message for message in read_po(file, locale=language) if message.id}


@functools.cache
def everything() -> tuple[Message, ...]:
    return tuple(message for message in gathered() if message.id)


def forms(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_the_program_is_translated_and_none_besides(language: str) -> None:
    found = messages(language)
    texts = {message.id for message in everything()}
    assert texts - set(found) == set(), "python -m gait.locale.catalogue, then translate"
    assert set(found) - texts == set()
    assert [m.id for m in found.values() if m.fuzzy or not all(s.strip() for s in forms(m.string))] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_keeps_places_options_and_marks(language: str) -> None:
    for message in messages(language).values():
        assert len(forms(message.string)) == len(forms(message.id)), message.id
        for english, other in zip(forms(message.id), forms(message.string), strict=True):
            places = [Counter(match[0] for match in PLACE.finditer(text)) for text in (english, other)]
            # A text without values is not filled: there a per cent sign is single.
            assert places[0] == places[1] or "%(" not in english, english
            assert Counter(KEEPS.findall(english)) == Counter(KEEPS.findall(other)), english
            assert english.endswith(" ") == other.endswith(" "), english
            assert not re.search(r"\d\.\d", re.sub(r"CC BY-SA 4\.0", "", other)), other


@pytest.mark.parametrize("language", OTHERS)
def test_what_begins_another_sentence_begins_it_in_each_language(language: str) -> None:
    beginning = "No walking was found: "
    found = messages(language)
    begun = [m for text, m in found.items() if isinstance(text, str) and text.startswith(beginning)]
    assert len(begun) > 5
    assert all(m.string.startswith(found[beginning].string) for m in begun)


def earlier() -> list[str]:
    """The templates of the sentences in results that have values in them."""
    rooms = ("gait/analysis", "gait/signals", "gait/subject", "gait/video", "gait/pipeline")
    found = (m for m in everything() if any(place.startswith(rooms) for place, _ in m.locations))
    return sorted(form for message in found for form in forms(message.id) if "%(" in form)


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_with_values_is_recognised_as_itself(language: str) -> None:
    """With a number or a word at each place; no other template, more general, may take it for its own."""
    found = {form: forms(m.string)[k] for m in messages(language).values() for k, form in enumerate(forms(m.id))}
    templates = earlier()
    assert len(templates) > 60

    def filled(text: str, n: str, point: str) -> str:
        return PLACE.sub(
            lambda m: "%" if not m[1] else n if m[1] == "n" else "Qx" if m[2] == "s" else f"3{point}5", text
        )

    singular = {forms(text)[0] for text in messages(language) if not isinstance(text, str)}
    with speaking(language):
        for text in templates:
            n = "1" if text in singular else "12"
            assert again(filled(text, n, ".")) == filled(found[text], n, ","), text


def test_an_f_string_becomes_the_template_of_what_it_makes() -> None:
    source = ast.parse("f'{100 * share:.0f} % of {side} feet, {abs(roll.deg):.1f} to {roll.deg} in {_words(x)}'")
    assert template_of(source.body[0].value) == (  # type: ignore[attr-defined]
        "%(share).0f %% of %(side)s feet, %(deg).1f to %(deg2)s in %(words)s"
    )


def test_errors_and_docstrings_are_no_sentences_of_a_result() -> None:
    source = (
        '"""About this."""\ndef f(x):\n    "Say it."\n    if x: raise InputError("Not a file.")\n    return "So it is."'
    )
    assert list(said_in(ast.parse(source))) == ["So it is."]


ENGLISH = re.compile(r"[A-Za-z]{3,} +[A-Za-z]{2,}")
"""Two words."""
OF_NO_READER = re.compile(
    r"system-ui|^font|default-src|; script-src|media-src|%b |%H|^n=|Winter|Hausdorff|Bohannon|Hollman|Gabell|Verghese|"
    r"Schwartz|^data:|^cadence so far|British Geriatrics|<br>"
)


OF_THE_PAGE = [
    path for path in sorted((PACKAGE / "report").glob("*.py")) if path.stem not in ("pdf", "files", "packing", "canvas")
]
"""The others make no text for it."""


@pytest.mark.parametrize("path", OF_THE_PAGE, ids=lambda p: p.stem)
def test_no_sentence_of_the_page_is_written_past_the_catalogue(path: Path) -> None:
    known = " ".join(form for message in everything() for form in forms(message.id))
    loose = [
        text
        for text in said_in(ast.parse(path.read_text(encoding="utf-8")))
        if text not in known and ENGLISH.search(PLACE.sub("", text)) and not OF_NO_READER.search(text)
    ]
    assert loose == []


class Visible(HTMLParser):
    """What a reader sees or hears of a template, without what Jinja puts there."""

    def __init__(self, template: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = 0
        template = re.sub(r"(?s)\{%-? *trans\b.*?endtrans *-?%\}", "", template)
        self.feed(re.sub(r"(?s)\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", template))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("style", "script", "code")
        self.texts += [value or "" for name, value in attrs if name in ("aria-label", "title", "alt")]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "script", "code")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


@pytest.mark.parametrize("path", sorted([*TEMPLATES.glob("*.j2"), *TEMPLATES.glob("*.svg")]), ids=lambda p: p.name)
def test_no_word_in_a_template_is_written_past_the_catalogue(path: Path) -> None:
    texts = Visible(path.read_text(encoding="utf-8")).texts
    assert [text.strip() for text in texts if re.search(r"[A-Za-z]{2,}", text)] == []


def test_a_word_past_the_catalogue_would_be_seen() -> None:
    assert Visible("<p title='a word'>{{ _('in it') }} past it</p>").texts == ["a word", " past it"]
