"""The English catalogue is whole: every text of the CMS and no other, with its placeholders."""

import ast
import re
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path
from typing import NamedTuple

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation.template import templatize

from complaints.stages import Stage
from tools.messages import ROOT, is_in_cms

CATALOGUES = {code: ROOT / f"locale/{code}/LC_MESSAGES/django.po" for code in ("en", "nl")}
MEND = "run 'make messages', then translate what is new in locale/en"

FIELD = re.compile(r'^(msg\w+(?:\[\d\])?) ((?:".*"\n?)+)', re.MULTILINE)
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
# What Django's templatize makes of a template's {% translate %}, {% blocktranslate %} and _("…").
IN_TEMPLATE = re.compile(r"""\b(?:n?gettext|_)\(u?('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")""")


class Message(NamedTuple):
    """One entry of a .po file; `sources` and `translations` have two of each for a plural."""

    sources: tuple[str, ...]
    translations: tuple[str, ...]
    is_fuzzy: bool


def read_po(path: Path) -> list[Message]:
    """The entries of a .po file, the header first."""
    blocks = re.split(r"\n\s*\n", path.read_text(encoding="utf-8"))
    return [read_message(block) for block in blocks if FIELD.search(block)]


def read_message(block: str) -> Message:
    fields = {name: ast.literal_eval(f"({text})") for name, text in FIELD.findall(block)}
    sources, translations = (
        tuple(text for name, text in fields.items() if name.startswith(kind))
        for kind in ("msgid", "msgstr")
    )
    return Message(sources, translations, bool(re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE)))


def compiled(messages: list[Message]) -> dict[str | tuple[str, int], str]:
    """What msgfmt makes of the entries, as GNUTranslations keeps it."""
    return {
        (message.sources[0], number) if len(message.sources) > 1 else message.sources[0]: text
        for message in messages
        for number, text in enumerate(message.translations)
    }


def faults(message: Message) -> Iterator[str]:
    if message.is_fuzzy:
        yield "is fuzzy: a guess that nobody has read"
    if len(message.translations) != len(message.sources) or not all(message.translations):
        yield "is not translated"
    for source, text in zip(message.sources, message.translations, strict=False):
        if text and sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(source)):
            yield f"has other placeholders in {text!r}"


def texts_in_python() -> Iterator[tuple[str, Path]]:
    """Every literal text marked for translation, with the file it stands in."""
    for app in ("accounts", "home", "complaints", "demo"):
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and name_of(node.func) in CALLS:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        yield first.value, path


def name_of(function: ast.expr) -> str:
    """`gettext` for both `gettext(…)` and `translation.gettext(…)`."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def texts_in_templates() -> Iterator[tuple[str, Path]]:
    for path in sorted((ROOT / "templates").rglob("*.*")):
        if path.suffix in {".html", ".txt"}:
            source = templatize(path.read_text(encoding="utf-8"))
            for literal in IN_TEMPLATE.findall(source):
                yield ast.literal_eval(literal), path


@pytest.mark.parametrize("code", CATALOGUES)
def test_every_message_is_translated_with_its_placeholders_and_compiled(code: str) -> None:
    _header, *messages = read_po(CATALOGUES[code])
    assert messages
    wrong = [f"{m.sources[0]!r} {fault}" for m in messages for fault in faults(m)]
    assert not wrong, "\n".join([f"{MEND}:", *wrong])
    path = CATALOGUES[code]
    with path.with_suffix(".mo").open("rb") as file:
        found = GNUTranslations(file)._catalog
    expected = compiled(read_po(path))
    stale = {name for name, _text in found.items() ^ expected.items()}
    assert not stale, f"run 'make messages': locale/{code} is compiled from another .po: {stale}"


def test_every_text_of_the_cms_and_no_other_is_in_the_english_catalogue() -> None:
    in_cms, outside = set(), set()
    for texts in (texts_in_python, texts_in_templates):
        found = {text for text, path in texts() if is_in_cms(path)}
        assert len(found) > 100
        in_cms |= found
        outside |= {text for text, path in texts() if not is_in_cms(path)}
    # xgettext sees no text inside an f-string: give it a line of its own.
    assert in_cms - english() == set(), f"{MEND} (never mark a text inside an f-string)"
    assert len(outside - in_cms) > 100
    assert english() - in_cms == set(), f"{MEND}; a room that nobody sees in English is to be named"


OTHER_MARKS = re.compile(r"[\"„“”]|(?<!\w)'(?!s\b)|'(?!\w)")


def test_every_text_quotes_with_the_same_marks() -> None:
    texts = [text for found in (texts_in_python, texts_in_templates) for text, _path in found()]
    for room in ("guides", "emails"):
        texts += [path.read_text() for path in ROOT.glob(f"templates/{room}/*.*")]
    for path in ROOT.glob("*/content.py"):  # without the docstrings
        said = re.sub(r'"""[\s\S]*?"""', "", path.read_text())
        texts += [str(n.value) for n in ast.walk(ast.parse(said)) if isinstance(n, ast.Constant)]
    bare = [re.sub(r"(?s)<[^>]*>|{[{%#].*?[}%#]}", "", text) for text in texts]
    assert [text for text in bare if OTHER_MARKS.search(text)] == []


def english() -> set[str]:
    _header, *messages = read_po(CATALOGUES["en"])
    return {message.sources[0] for message in messages}


SAID = {  # the stages, by the code; and what a template says
    "en": (["Filed", "Mediation", "Complaints committee"], "What needs you today"),
    "nl": (["Ingediend", "Bemiddeling", "Klachtencommissie"], "Wat vandaag op je wacht"),
}


@pytest.mark.parametrize("code", CATALOGUES)
def test_code_and_templates_speak_both_languages(code: str) -> None:
    labels, sentence = SAID[code]
    with translation.override(code):
        assert [str(stage.label) for stage in Stage] == labels
        assert sentence in render_to_string("desk/parts/start_panel.html", {"lines": [("2", "?")]})
