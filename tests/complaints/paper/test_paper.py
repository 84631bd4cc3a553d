"""The copy a complainant keeps: its words, its form, and any text at all."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
import typst
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from complaints.paper import documents as paper
from complaints.paper.documents import Receipt, receipt_pdf
from complaints.questions import Answer
from tests.faults.servers import IS_WHOLE


def answered(value, label="Wat is er gebeurd?", step="Je klacht"):
    return Answer("vraag", label, "multiline", value, step=step)


def make_receipt(*answers, **changes):
    facts = {
        "organisation": "AKM KunstMaat",
        "reference": "KM-2026-0042",
        "filed_on": date(2026, 12, 8),
        "promises": [("Je krijgt een uitkomst met uitleg.", date(2027, 1, 20))],
        "readers": "De vertrouwenspersoon. Verder niemand.",
        "answers": answers,
        "contact": "klachten@kunstmaat.example",
    }
    return Receipt(**(facts | changes))


def reader_of(*answers, **changes):
    return PdfReader(io.BytesIO(receipt_pdf(make_receipt(*answers, **changes))))


def text_of(*answers, **changes):
    return "\n".join(page.extract_text() for page in reader_of(*answers, **changes).pages)


def unbroken(text):
    return re.sub(r"\s", "", text)


def elements(node):
    """The names of the structure tags, in reading order."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [name for kid in node for name in elements(kid)]
    if isinstance(node, dict) and "/S" in node:
        return [node["/S"], *elements(node.get("/K", []))]
    return []


@pytest.fixture
def only_own_fonts(monkeypatch):
    """A machine without one font of its own."""
    fonts = typst.Fonts(include_system_fonts=False)
    monkeypatch.setattr(paper, "_fonts", lambda: fonts)


def test_it_says_in_dutch_what_was_filed_by_step_and_what_happens_next():
    answers = (
        answered("Roos", "Hoe heet je?", "Over jou"),
        answered("", "Wat is je telefoonnummer?", "Over jou"),
        answered(["Een gesprek", "Een andere coach"], "Wat wil je?", "Oplossing"),
    )
    for language in ("nl", "en"):
        with override(language):
            lines = text_of(*answers).splitlines()
        assert {
            *("AKM KunstMaat", "Kopie van je klacht", "Kenmerk: KM-2026-0042"),
            *("Ingediend op: dinsdag 8 december 2026", "Uiterlijk woensdag 20 januari 2027"),
            *("De vertrouwenspersoon. Verder niemand.", "klachten@kunstmaat.example"),
        } <= set(lines)
    assert lines[lines.index("Over jou") : lines.index("Heb je een vraag?")] == [
        *["Over jou", "Hoe heet je?", "Roos", "Wat is je telefoonnummer?", "Niet ingevuld"],
        *["Oplossing", "Wat wil je?", "Een gesprek", "Een andere coach"],
    ]


def test_lines_marks_and_direction_stay_as_written_and_the_code_only_when_given():
    text = text_of(answered("een\r\ntwee\n\ndrie"))
    assert "een\ntwee\n" in text
    assert "Je code" not in text
    assert "7K3M-9QXA" in text_of(receipt_code="7K3M-9QXA").splitlines()
    assert paper.is_right_to_left("3. لم يحضر")
    assert paper.is_right_to_left("המאמן")
    assert not paper.is_right_to_left("Hij zei: شكرا")
    assert reader_of(answered("لم يحضر المدرب"), answered("המאמן")).pages
    shown = paper._legible("Z" + "\u0301" * 40)
    assert max(map(len, re.findall("\u0301+", shown))) <= paper._MOST_MARKS
    assert shown.count("\u0301") == 40


def test_it_is_archival_and_accessible_with_its_fonts_a_title_and_headings_without_a_gap():
    reader = reader_of(answered("Tekst"), answered("Los", "Zonder stap", ""))
    root, page = reader.trailer["/Root"], reader.pages[0]
    about_itself = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in about_itself
    assert "<pdfuaid:part>1</pdfuaid:part>" in about_itself
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "nl-NL"
    assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
    assert page["/Resources"]["/Font"]
    for font in page["/Resources"]["/Font"].values():
        descriptor = font.get_object()["/DescendantFonts"][0]["/FontDescriptor"]
        assert any(key.startswith("/FontFile") for key in descriptor)
    assert reader.metadata.title == "Kopie van je klacht KM-2026-0042"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    tags = elements(root["/StructTreeRoot"]["/K"])
    assert "/Title" in tags
    levels = [int(tag[2:]) for tag in tags if re.fullmatch(r"/H\d", tag)]
    assert levels == [1, 1, 1, 2, 3, 2, 1]


HOSTILE = [
    *('#read("/etc/passwd")', '#panic("uit")', '#include "receipt.typ"', '"]) #sys.inputs'),
    *("$x^2$ *vet* _cursief_ `code` @bron <merk> ~ --- // niets /* niets */", "= kop"),
    *("\\u{41} \\n \\", "{{ reference }} %s <script>alert(1)</script>"),
]


def test_markup_is_only_text():
    for hostile in HOSTILE:
        facts = dict.fromkeys(("organisation", "reference", "readers", "contact"), hostile)
        text = unbroken(text_of(answered(hostile, label=hostile, step=hostile), **facts))
        assert text.count(unbroken(hostile)) >= 7, hostile


def test_a_template_opens_no_file_outside_its_folder(tmp_path, monkeypatch):
    inside = tmp_path / "paper"
    inside.mkdir()
    (tmp_path / "secret").write_text("geheim")
    monkeypatch.setattr(paper, "FOLDER", inside)
    for path in ("../secret", f"{tmp_path}/secret", "/etc/hostname"):
        (inside / "receipt.typ").write_text(f'#read("{path}")')
        with pytest.raises(typst.TypstError, match=r"not found|outside|escape"):
            paper._compile("{}")


# Characters on a line of 145 mm, at the width of each in 11.5 points.
FITTING = {"W": 38, "A": 52, "https://": 100, "é": 85, "\u00a0x": 110}
FOOT = r"KenmerkKM-2026-0042Pagina\d+van\d+"


def test_what_has_no_space_is_all_there_and_stays_on_the_page():
    for piece, fitting in FITTING.items():
        lines = text_of(answered(piece * 1_000)).splitlines()
        longest = max(len(line) for line in lines if piece[0] in line)
        assert paper._PIECE < longest <= fitting, piece
    for long in ("abcd" * 12_500, "https://voorbeeld.example/" + "pad/" * 30):
        assert long in re.sub(FOOT, "", unbroken(text_of(answered(long))))


SHOWN_AS = {
    "gpj.\u202eexe\u202c \u2066x\u2069": "gpj.□exe□ □x□",  # overrides the direction
    "a\u200bb\u2060c\ufeffd\u00ade": "abcde",  # has no look
    "f\x00g\ue000h\ud800i": "f□g□h□i",  # has no glyph
    "Gewoon: café, € 5, ‘citaat’ – en Ж Ω.": "Gewoon: café, € 5, ‘citaat’ – en Ж Ω.",
}


def test_an_odd_character_is_left_out_or_marked_and_that_is_said():
    for typed, shown in SHOWN_AS.items():
        text = text_of(answered(typed))
        assert shown in text
        assert ("Het teken □ staat" in text) == ("□" in shown), shown
        assert text.count("□") == (shown.count("□") + 1 if "□" in shown else 0), shown


@pytest.mark.usefixtures("only_own_fonts")
def test_a_machine_without_fonts_marks_what_it_cannot_show():
    assert "wel □□ □ □□ niet" in text_of(answered("wel 漢字 😀 👩\u200d👧\ufe0f niet"))


ODD = [
    *("".join(map(chr, letters)) for letters in (range(0x3000), range(0x3000, 0x10000, 3))),
    *("".join(map(chr, range(0x1F000, 0x1FB00))), "\u200d\ufe0f\u20e3" * 2_000),
    *("a" + "\u0301" * 49_999, "\u00a0" * 49_999 + "x", "\n".join("ab" * 500), "\x00" * 5_000),
    "\U0010ffff\ufffe\ud800\udfff",
]


@pytest.mark.usefixtures("only_own_fonts")
def test_any_text_gives_a_copy():
    for odd in ODD:
        assert reader_of(answered(odd)).pages, f"{len(odd)} from {ord(odd[0]):x}"

    @settings(max_examples=60 if IS_WHOLE else 20, deadline=None)
    @given(st.text(st.characters(exclude_categories=[])), st.text(), st.text(max_size=200))
    def check(written, chosen, name):
        assert reader_of(answered(written), answered([chosen]), contact=name).pages

    check()


class Panic(BaseException):
    """What a panic in Typst looks like from Python: no Exception."""


def test_when_typst_fails_on_rare_letters_the_common_ones_remain(monkeypatch):
    compile_really, failures = paper._compile, [Panic(), typst.TypstError("vol", "onbekende fout")]

    def compile_only_latin(data, template):
        if "Ж" in data:
            raise failures[-1]
        return compile_really(data, template)

    monkeypatch.setattr(paper, "_compile", compile_only_latin)
    while failures:
        assert "café □ €" in text_of(answered("café Ж €")), failures
        failures.pop()


def test_threads_do_not_mix_copies():
    def own_words(number):
        return f"klacht nummer {number}" in text_of(answered(f"klacht nummer {number}"))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(own_words, range(32)))
