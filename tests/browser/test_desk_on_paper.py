"""The case file on paper, and the shapes of its terms, which say without colour how near one is."""

import io
import re
from itertools import product

from django.utils import timezone
from pypdf import PdfReader
from wagtail.users.models import UserProfile

from complaints.cases import conversation, due_dates, moves
from complaints.stages import Stage
from complaints.terms import add_days, add_working_days
from complaints.vault.codes import new_code
from tests.desk import LIST, changed
from tests.evidence import words_of_pdf
from tests.factories import close, make_answers, make_complaint, make_staged_file, move

A4 = {"width": 643, "height": 950}  # between the margins, at 96 dots an inch
LONG = "Begin van een lang verhaal. " + "Toen belde de coach weer af. " * 400 + "Einde verhaal."
WORD = "Verjaardagskaarsenuitblaastechniek" * 8
# What is for doing and finding one's way, none of which is for paper.
NOT_FOR_PAPER = (
    "button, input, select, textarea, form, nav, aside, summary, dialog, [role=menu],"
    "#wagtail-sidebar, .w-slim-header, .messages, .skiplink, .button"
)
SHOWN = """(selector) => [...document.querySelectorAll(selector)]
  .filter((it) => it.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .filter((it) => { const box = it.getBoundingClientRect(); return box.width * box.height > 4 })
  .map((it) => it.outerHTML.slice(0, 120))"""
# Text that sticks out of the sheet, or that a box around it hides.
CUT_OFF = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.querySelector(".case-file"), 4);
  while (walker.nextNode()) {
    const it = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !it.checkVisibility() || it.closest(".w-sr-only")) {
      continue;
    }
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const box = range.getBoundingClientRect();
    let isHidden = box.left < 0 || box.right > innerWidth + 1;
    for (let up = it; up; up = up.parentElement) {
      const style = getComputedStyle(up), around = up.getBoundingClientRect();
      const hides = style.overflowX !== "visible" || style.overflowY !== "visible";
      isHidden ||= hides && up !== document.documentElement && up !== document.body
        && (box.bottom > around.bottom + 1 || box.right > around.right + 1);
    }
    if (isHidden) found.push(walker.currentNode.data.trim().slice(0, 60));
  }
  return found;
}"""

# The colour of some texts, and the first colour behind each.
COLOURS = """() => [".case-standing", ".answer dd p", ".history p"].map((selector) => {
  const it = document.querySelector(selector), ink = getComputedStyle(it).color;
  for (let up = it; up; up = up.parentElement) {
    const behind = getComputedStyle(up).backgroundColor;
    if (behind !== "rgba(0, 0, 0, 0)") return [behind, ink];
  }
  return ["rgb(255, 255, 255)", ink];
})"""


def test_a_case_file_on_paper_is_whole_and_white_with_nothing_to_press(base, desk, staff):
    """All words are on the sheets, none cut off, and nothing of the screen; also of one in dark."""
    answers = make_answers(problem=f"{LONG} {WORD}")
    case = make_complaint(answers=answers, files=[make_staged_file()])
    moves.add_note(complaint=case, by=staff.confidant, reason="Gesproken op de gang.")
    conversation.write_to_handler(complaint=case, text="Is er al nieuws?", code=new_code())
    conversation.write_to_complainant(complaint=case, text="Nog niet.", by=staff.confidant)
    move(case, Stage.MEDIATION, staff.confidant, "Beiden willen praten.")
    page = desk(viewport=A4)
    page.goto(f"{base}{LIST}inspect/{case.pk}/")
    assert page.evaluate(SHOWN, NOT_FOR_PAPER) != []
    page.emulate_media(media="print")
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(SHOWN, NOT_FOR_PAPER) == []

    printed = page.pdf(prefer_css_page_size=True)
    text = words_of_pdf(printed)
    assert len(PdfReader(io.BytesIO(printed)).pages) > 2
    assert text.count("Toen belde de coach weer af.") == 400
    for words in (
        *(case.reference, "Einde verhaal.", "Beiden willen praten."),
        *("Gesproken op de gang.", "Is er al nieuws?", "Nog niet.", "De geschiedenis is compleet"),
        *("Van Ingediend naar Bemiddeling", "Toestemming van de klager"),
    ):
        assert words in text
    for words in ("Wat nu", "Volgende stappen", "Instellingen", "Versturen", "Op papier:"):
        assert words not in text

    profile = UserProfile.get_for_user(staff.confidant)
    profile.theme = UserProfile.AdminColorThemes.DARK
    profile.save()
    page.reload()
    assert "w-theme-dark" in page.locator("html").get_attribute("class")
    for background, ink in page.evaluate(COLOURS):
        assert background == "rgb(255, 255, 255)"
        assert max(int(part) for part in re.findall(r"\d+", ink)[:3]) <= 0x33


# The shapes of the terms.

SHAPES = """() => [...document.querySelectorAll(".term")].map((it) => {
  const shape = getComputedStyle(it, "::before");
  return [it.innerText.trim(), shape.display === "none" ? "none" : shape.content];
})"""
LOOKS = list(product(("light", "dark"), ("none", "active")))  # colours, and forced ones
WIDTHS = (360, 1280)


STATES = {
    "te laat": r"te laat|\d+ dag(en)? te laat",
    "binnen 3 werkdagen": r"binnen 3 werkdagen|nog [1-5] dag(en)?",
    "op tijd": r"op tijd|nog ([6-9]|\d\d) dagen",
    "staat stil": r"(de )?klok staat stil.*",
    "afgehandeld": r"afgehandeld op .*",
    "vervallen": r"vervallen.*",
}


def test_each_state_of_a_term_has_a_word_and_a_shape_of_its_own(base, desk, staff):
    """In the list and in two case files."""
    today = timezone.localdate()
    for day in (add_days(today, -1), add_working_days(today, 1), add_days(today, 30)):
        changed(make_complaint(), next_due_on=day)
    paused, closed = make_complaint(), make_complaint()
    due_dates.pause_clock(complaint=paused, by=staff.confidant, reason="We wachten.")
    close(closed, staff.confidant)
    page = desk()
    found = {look: {state: set() for state in STATES} for look in product(LOOKS, WIDTHS)}
    for address in (LIST, *(f"{LIST}inspect/{case.pk}/" for case in (paused, closed))):
        page.goto(base + address)
        for (scheme, forced), width in found:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(media="screen", color_scheme=scheme, forced_colors=forced)
            for words, shape in page.evaluate(SHAPES):
                (state,) = [name for name, said in STATES.items() if re.fullmatch(said, words)]
                found[(scheme, forced), width][state].add(shape)
    for look, by_state in found.items():
        shapes = [shape for shapes in by_state.values() for shape in shapes]
        assert [len(shapes) for shapes in by_state.values()] == [1] * len(STATES), (look, found)
        assert len(set(shapes)) == len(STATES), (look, found)
        assert not {"none", "normal", '""'} & set(shapes), (look, found)
