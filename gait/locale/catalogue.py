"""Gather every text that a reader may see, and bring the catalogues up to date: ``python -m gait.locale.catalogue``."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from gait.columns import CURVES, MEASURES, SIGNALS
from gait.report.children import SCHWARTZ_2008
from gait.report.fall_screen import CONTEXT
from gait.report.html import TEMPLATES, environment
from gait.report.references import REFERENCES, Source
from gait.text import FOLDER, PLACE, languages

PACKAGE = Path(__file__).parents[1]
_SAID_EARLIER = (
    "analysis", "signals", "subject/choose", "subject/follow.py", "video/clock.py", "video/decode.py",
    "video/reader.py", "pipeline.py",
)  # fmt: skip
"""Where sentences are made that go into a result: plain strings and f-strings, which `gait.text.again` recognises."""
_NOT_READ = ("analysis/events/order.py", "analysis/events/find.py")
"""Why an event was rejected stays inside the analysis."""
_FEWEST_LETTERS = 3
"""What has fewer of its own is a number with its unit."""
_INSIDE = ("hip", "knee", "ankle", "wrist")
"""Words that such sentences take from the names of columns."""

Text = str | tuple[str, str]
Found = Iterator[tuple[str, Text]]
"""Where a text is, and the text, or its forms for one and for more."""


def gathered() -> Catalog:
    """Return all texts, in the order of the files that they are in."""
    catalog = Catalog(project="gait", charset="utf-8")
    for place, text in (*_of_templates(), *_of_sources(), *_of_tables()):
        message = catalog.add(text, locations=[(place, 0)])
        # A per cent sign before a letter is no format, whatever it looks like.
        message.flags.discard("python-format")
        if "%(" in (text if isinstance(text, str) else "".join(text)):
            message.flags.add("python-format")
    return catalog


def brought_up_to_date(language: str) -> Catalog:
    """Return the catalogue of a language with all texts, those that are new without a translation, and no others."""
    path = FOLDER / language / "LC_MESSAGES" / "gait.po"
    catalog = Catalog(locale=language, project="gait", charset="utf-8")
    if path.is_file():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    made = catalog.creation_date
    catalog.update(gathered(), no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    # The head says what the program needs of it, and nothing that would change by itself.
    catalog.header_comment = "# Texts of gait; docs/translating.md says how to change them."
    catalog.project, catalog.version, catalog.fuzzy = "gait", "1", False
    catalog.creation_date = catalog.revision_date = made
    catalog.last_translator = catalog.language_team = catalog.msgid_bugs_address = ""
    return catalog


def _of_templates() -> Found:
    for path in sorted((*TEMPLATES.glob("*.j2"), *TEMPLATES.glob("*.svg"))):
        template = path.read_text(encoding="utf-8")
        for _, function, found in environment().extract_translations(template):  # type: ignore[attr-defined]
            parts = [part for part in found if part] if isinstance(found, tuple) else [found]
            yield _name(path), (parts[0], parts[1]) if function == "ngettext" else parts[0]


def _of_sources() -> Found:
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.ImportFrom) and node.module == "gait.text" for node in tree.body):
            yield from ((_name(path), text) for text in _asked_for(tree))
        name = path.relative_to(PACKAGE).as_posix()
        if name.startswith(_SAID_EARLIER) and name not in _NOT_READ:
            yield from ((_name(path), text) for text in said_in(tree))


def _of_tables() -> Found:
    sources = {SCHWARTZ_2008, *(r.source for r in REFERENCES), *(c.source for c in CONTEXT if c.source)}
    for source in sorted(sources, key=lambda source: source.name):
        yield from (("gait/report/references.py", text) for text in _of_source(source))
    for context in CONTEXT:
        yield "gait/report/fall_screen.py", context.text
    yield from (("gait/report/references.py", kind) for kind in dict.fromkeys(r.kind for r in REFERENCES))
    texts = [text for measure in MEASURES.values() for text in (measure.label, measure.group, measure.definition)]
    texts += [text for signal in SIGNALS.values() for text in (signal.label, signal.definition)]
    texts += [*CURVES.values(), *_INSIDE]
    # Symbols, such as "m/s", are the same everywhere.
    texts += [measure.unit for measure in MEASURES.values() if max(map(len, measure.unit.split("/"))) > 3]
    yield from (("gait/columns.py", text) for text in dict.fromkeys(texts))


def _of_source(source: Source) -> Iterator[str]:
    named = source.name if source.name[:1].islower() else ""
    return (text for text in (named, source.population, source.how, source.note) if text)


def _asked_for(tree: ast.AST) -> Iterator[Text]:
    """Return the texts that are given to `gait.text.say` and its like."""
    for node in ast.walk(tree):
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if isinstance(node, ast.Call) and name in ("say", "mark", "say_many"):
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if texts:
                yield (texts[0], texts[1]) if name == "say_many" else texts[0]


def said_in(tree: ast.AST) -> Iterator[str]:
    """Return the sentences of a module and parts of them: strings of more than a word that no error is made of."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("Error", "say", "mark", "say_many")):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            text = template_of(node)
            if " " in text.strip() and sum(map(str.isalpha, PLACE.sub("", text))) >= _FEWEST_LETTERS:
                yield text
        else:
            yield from said_in(node)


def template_of(sentence: ast.JoinedStr) -> str:
    """Return an f-string as a template, each place named after what is put there: ``%(angle_deg).0f``."""
    parts, names = [], list[str]()
    for part in sentence.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value).replace("%", "%%"))
        elif isinstance(part, ast.FormattedValue):
            name = _named_after(part.value)
            names.append(name)
            how = "s" if part.format_spec is None else ast.literal_eval(ast.unparse(part.format_spec)[1:])
            parts.append(f"%({name}{names.count(name) if names.count(name) > 1 else ''}){how}")
    return "".join(parts)


def _named_after(value: ast.expr) -> str:
    """Return the last name in an expression: ``roll_deg`` for ``abs(scene.roll_deg)``."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id.startswith("_"):
        return value.func.id.strip("_")
    if isinstance(value, ast.Subscript):
        value = value.value
    names = [n.attr if isinstance(n, ast.Attribute) else n.id for n in ast.walk(value)
             if isinstance(n, ast.Attribute | ast.Name)]  # fmt: skip
    names = [name for name in names if name not in ("abs", "len", "np", "math", "round")]
    return names[0].lower() if names else "value"


def _name(path: Path) -> str:
    return f"gait/{path.relative_to(PACKAGE).as_posix()}"


def main() -> None:
    """Write every catalogue anew, and those of new languages that are named, and say how much of each is missing."""
    for language in sorted({*languages()[1:], *sys.argv[1:]}):
        catalog = brought_up_to_date(language)
        path = FOLDER / language / "LC_MESSAGES" / "gait.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, width=116, include_lineno=False, omit_header=False)
        missing = sum(1 for message in catalog if message.id and not message.string)
        print(f"{path}: {len(catalog)} texts, {missing} without a translation")


if __name__ == "__main__":
    main()
