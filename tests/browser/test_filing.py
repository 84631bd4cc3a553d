"""A coachee files a complaint in a real browser: on a phone, by keyboard, without scripts.

The budgets are the promise, not the measure of today: a page that needs more has to say less
elsewhere. Words are what one reads in `main`; what is folded or hidden does not count.
"""

import re

import pytest
from playwright.sync_api import expect

from complaints.cases.attachments import open_files
from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Draft
from tests.browser import measure
from tests.browser.conftest import (
    SCRIPTS_OR_NOT,
    STORY,
    Keys,
    check,
    enter,
    look,
    onward,
    push,
    send,
    stands_at,
    tail,
)
from tests.browser.measure import PHONE, SMALL, WIDE, is_left_quickly
from tests.complaints.public.form_filler import FORM, RESUME, Filler
from tests.evidence import PDF, picture

# Of each page its words and its height, at most.
BUDGETS = {
    "procedure": (560, 5_700),
    "from begin to filed": (600, 7_500),
    "check": (220, 2_400),
    "confirmation": (220, 2_000),
}
FIRST_BOX = 620  # px from the top
STOPS = ["Naar de inhoud", "AKM KunstMaat", "Menu", "Hulp nodig", "✕", "Wat er met je gegevens"]
CALL_BUTTONS = """() => [...document.querySelectorAll("main .urgent-help a[href^='tel:']")]
  .map((each) => [each.innerText, each.getBoundingClientRect().height])"""
BOTTOM = "e => e.getBoundingClientRect().bottom"


@pytest.mark.parametrize(
    "given",
    [{}, pytest.param({"email": "noor@example.org"}, marks=tail)],
    ids=["nothing", "mail"],
)
def test_the_way_from_home_to_filed_costs_no_more_than_its_budgets(base, new_page, given):
    """Each page is told by name and left quickly, and it is filed once, without a cookie."""
    page, costs, titles = new_page(viewport=PHONE), {}, set()

    def cost(name: str) -> None:
        page.set_viewport_size(PHONE)
        costs[name] = measure.words(page), measure.height(page)
        titles.add(look(page, name))
        if name != "procedure":
            is_left_quickly(page, name)

    page.goto(base)
    ways = page.locator("main .way-on")
    names = [way.inner_text() for way in ways.get_by_role("link").all()]
    assert names == ["Lees hoe het werkt", "Dien een klacht in", "Volg je klacht"]
    assert ways.last.evaluate(BOTTOM) <= PHONE["height"]
    ways.first.click()
    begin = page.get_by_role("link", name="Begin met je klacht").first
    assert begin.evaluate(BOTTOM) <= PHONE["height"]
    assert "Eén vraag is verplicht" in page.locator("main .start").inner_text()
    cost("procedure")
    page.locator("main summary").first.click()
    assert measure.words(page) > costs["procedure"][0]

    begin.click()
    assert measure.top_of(page, "main textarea") <= FIRST_BOX
    stops = measure.stops_before(page, "main textarea")
    assert [stop for stop, wanted in zip(stops, STOPS, strict=True) if wanted not in stop] == []
    calls = page.evaluate(CALL_BUTTONS)
    assert {"112", "113", "0800-0113", "0800-2000"} == {number for number, _height in calls}
    assert min(height for _number, height in calls) >= 48
    cost("step 1")
    page.get_by_label("Wat is het probleem?").fill(STORY)
    onward(page)
    cost("step 2")
    if given:
        page.get_by_label("Je e-mailadres").fill(given["email"])
        page.get_by_label("Ja, mail mij over mijn klacht").check()
    onward(page)
    stands_at(page, "Controleer je antwoorden")
    cost("check")
    send(page)
    expect(page.locator("main").get_by_role("link", name="Volg je klacht")).to_be_visible()
    assert STORY not in page.inner_text("body")
    cost("confirmation")
    assert len(titles) == 5
    words, heights = zip(*(costs[name] for name in ("step 1", "step 2", "check")), strict=True)
    costs["from begin to filed"] = (sum(words), sum(heights))
    for name, most in BUDGETS.items():
        assert all(is_ <= at_most for is_, at_most in zip(costs[name], most, strict=True)), costs

    page.reload()
    expect(page.get_by_text(Complaint.objects.get().reference).first).to_be_visible()
    assert page.context.cookies() == []
    code = page.locator(".receipt-code .code").inner_text()
    page.get_by_role("button", name="Ik heb de code, verberg hem").click()
    expect(page.get_by_text(code)).to_have_count(0)
    enter(page, base, code)
    page.get_by_text("Wat je hebt geschreven").click()
    expect(page.get_by_text(STORY)).to_be_visible()


@SCRIPTS_OR_NOT
def test_a_change_lands_at_the_question_and_comes_back_to_its_place(base, new_page, scripts):
    """Of one with an answer, of one left empty, of a choice, and of one that is folded."""
    page = new_page(viewport=PHONE, java_script_enabled=scripts)
    page.goto(base + FORM)
    page.get_by_label("Wat is het probleem?").fill(STORY)
    onward(page)
    page.get_by_label("Je telefoonnummer").fill("06 12345678")
    page.locator("[name=q-besproken][value=Ja]").check()
    onward(page)
    for button, control in (
        ("Wijzig: Je telefoonnummer", "Je telefoonnummer"),
        ("Wijzig: Heb je dit met je coach besproken?", "Ja"),
        ("Wat zou voor jou een goede oplossing zijn?", "Wat zou voor jou"),
        ("In mijn antwoorden staat iets over mijn gezondheid", "In mijn antwoorden"),
    ):
        stands_at(page, "Controleer je antwoorden")
        page.get_by_role("button", name=button).click()
        field = page.get_by_label(control).first
        expect(field).to_be_in_viewport()
        if scripts:
            expect(field).to_be_focused()
        onward(page)
        stands_at(page, "Controleer je antwoorden")
        expect(page.get_by_role("button", name=button)).to_be_in_viewport()


def test_beside_the_questions_stands_who_reads_and_help_where_there_is_room(base, page):
    """Open and to the right at 1280 px, the menu too; folded and below on a phone."""
    page.set_viewport_size(WIDE)
    page.goto(base + FORM)
    box = page.locator("main textarea").first.bounding_box()
    for name in ("Wie dit leest", "Hoort mijn coach hiervan?", "Heb je nu meteen hulp nodig?"):
        heading = page.get_by_role("heading", name=name)
        expect(heading).to_be_in_viewport()
        assert heading.bounding_box()["x"] > box["x"] + box["width"], name
    told = page.get_by_text("Je kunstcoach hoort binnen")
    menu = page.get_by_role("navigation", name="Hoofdmenu")
    link, fold = (
        menu.get_by_role("link", name="Volg je klacht"),
        menu.get_by_text("Menu", exact=True),
    )
    expect(told).to_be_visible()
    expect(link).to_be_visible()
    expect(fold).to_be_hidden()
    page.set_viewport_size(PHONE)
    expect(link).to_be_hidden()
    fold.click()
    expect(link).to_be_visible()
    expect(told).to_be_hidden()
    page.get_by_text("Hoort mijn coach hiervan?").first.click()
    expect(told).to_be_visible()


def test_r51_by_keyboard_alone(base, page):
    keys = Keys(page)
    page.goto(base + FORM)
    keys.to("Naar de inhoud", most=1)
    keys.write("Wat is het probleem?.*", "Met het toetsenbord")
    for _step in "12":
        keys.follow("Verder")
    keys.to("Ik geef toestemming om mijn klacht te verwerken.*")
    keys.press("Space")
    keys.follow("Klacht versturen")
    stands_at(page, "Je klacht is ontvangen")
    answers = {a.name: a.text for a in open_answers(Complaint.objects.get())}
    assert answers["probleem"] == "Met het toetsenbord"


LABEL = "Bestanden toevoegen"
WAYS = {
    "scripts": {},
    "no javascript": {"java_script_enabled": False},
    "a phone": {"viewport": SMALL},
}


def chosen(name: str, content: bytes) -> dict:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


@pytest.mark.parametrize("way", [pytest.param("scripts", marks=tail), "no javascript", "a phone"])
def test_r51_files_are_added_refused_taken_away_and_sent(base, new_page, way):
    """The page stands still at what was added or taken away; Enter presses no button of it."""
    page, photo = new_page(**WAYS[way]), picture()
    page.goto(base + FORM)
    page.get_by_label("Wat is het probleem?").fill(STORY)
    page.get_by_text(LABEL).first.click()
    page.get_by_label(LABEL).set_input_files(
        [chosen("brief.pdf", PDF), chosen("foto.jpg", photo), chosen("virus.exe", b"MZ\x90\x00")]
    )
    page.get_by_label("Wat had je verwacht?").fill("Dat er iemand kwam.")
    onward(page)
    expect(page.get_by_role("alert")).to_contain_text("‘virus.exe’ is een soort bestand")
    expect(page.get_by_label("Wat had je verwacht?")).to_have_value("Dat er iemand kwam.")
    expect(page.get_by_role("listitem").filter(has_text="brief.pdf")).to_be_visible()
    if way != "no javascript":
        check(page)
    page.get_by_role("button", name=re.compile("Verwijder.*brief.pdf")).click()
    expect(page.get_by_text("brief.pdf")).to_have_count(0)
    expect(page.locator("#vraag-bestanden")).to_be_in_viewport()
    page.get_by_label(LABEL).set_input_files([chosen("nog een.txt", b"Hij kwam niet.")])
    page.get_by_role("button", name=re.compile("Voeg toe.*Bestanden")).click()
    expect(page.get_by_text("nog een.txt").first).to_be_in_viewport()
    if way != "no javascript":
        expect(page.get_by_label(LABEL)).to_be_focused()
    page.get_by_text("In mijn antwoorden staat iets").first.click()
    page.get_by_label("In mijn antwoorden staat iets").press("Enter")
    stands_at(page, "Wie het betreft en hoe we je bereiken")
    onward(page)
    expect(page.get_by_text("foto.jpg")).to_be_visible()
    send(page)
    files = open_files(Complaint.objects.get())
    assert [file.name for file in files] == ["foto.jpg", "nog een.txt"]
    assert b"".join(files[0].chunks()) == photo
    assert page.context.cookies() == []


@pytest.mark.parametrize(
    "way", ["light", pytest.param("dark", marks=tail), pytest.param("no scripts", marks=tail)]
)
def test_r50_a_form_is_put_aside_taken_up_another_day_and_sent(base, new_page, way):
    """With nothing but a code on paper: printed, the page has it, the date and the address."""
    options = {"viewport": SMALL, "color_scheme": "dark" if way == "dark" else "light"}
    options |= {"java_script_enabled": way != "no scripts"}
    looked = look if way != "no scripts" else lambda _page, _state: None
    page = new_page(**options)
    page.goto(base + FORM)
    page.get_by_label("Wat is het probleem?").fill(STORY)
    onward(page)
    page.get_by_label("Voor mezelf").check()
    push(page, "Bewaar en ga later verder", at="Je concept is bewaard")
    code = page.locator(".reference dd").inner_text()
    looked(page, "kept")
    page.emulate_media(media="print")
    for part in (page.get_by_text(code), page.locator("time"), page.get_by_text(RESUME).last):
        expect(part).to_be_visible()
    expect(page.get_by_role("button", name="Druk deze pagina af")).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_label("E-mailadres").fill("geen adres")
    push(page, "Mail mij een herinnering", code)
    looked(page, "no address for a reminder")
    page.get_by_label("E-mailadres").fill("fien@example.org")
    push(page, "Mail mij een herinnering", "De mail is onderweg")
    page.context.close()

    page = new_page(**options)
    page.goto(base + FORM)
    page.get_by_role("link", name="Ga verder met je code").click()
    stands_at(page, "Ga verder met je klacht")
    looked(page, "the code is asked")
    push(page, "Open mijn concept")
    looked(page, "no code")
    page.get_by_label("Code").fill(f" {code.lower().replace('-', ' ')} ")
    push(page, "Open mijn concept", at="Verder of opnieuw")
    looked(page, "found")
    push(page, "Ga verder", "Stap 2 van")
    expect(page.get_by_label("Voor mezelf")).to_be_checked()
    onward(page)
    stands_at(page, "Controleer je antwoorden")
    send(page)
    answers = {a.name: a.text for a in open_answers(Complaint.objects.get())}
    assert (answers["probleem"], answers["voor_wie"]) == (STORY, "Voor mezelf")
    assert not Draft.objects.exists()
    page.goto(base + RESUME)
    page.get_by_label("Code").fill(Filler().start().save(probleem=STORY))
    push(page, "Open mijn concept", at="Verder of opnieuw")
    push(page, "Wis dit concept en begin opnieuw", at="Je concept is gewist")
    looked(page, "wiped")
    page.get_by_role("link", name="Naar het begin van het formulier").click()
    expect(page.get_by_label("Wat is het probleem?")).to_have_value("")
    assert page.context.cookies() == []
