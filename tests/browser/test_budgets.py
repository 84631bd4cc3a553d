"""What the seeded pages may cost their reader on a phone: words, height, and stops on the way.

Words are what one reads in `main`; what is folded or hidden does not count. The figures are the
promise, not the measure of today: a page that needs more has to say less elsewhere.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from complaints.cases import conversation, due_dates, moves, records, requests
from complaints.models.case import ReadReceipt
from complaints.stages import CoachTold, Outcome, Stage
from complaints.vault.codes import show_code
from tests import follow
from tests.browser import measure
from tests.browser.conftest import (
    LIGHT_AND_DARK,
    SCRIPTS_OR_NOT,
    enter,
    fits,
    send,
    stands_at,
    tail,
)
from tests.browser.test_filing import FORM, onward
from tests.factories import advise, close, coach_told, make_answers, make_staged_file, move

# Of each page, or of the part of it above what happened, its words and its height, at most.
BUDGETS = {
    "procedure": (560, 5_700),
    "from begin to filed": (600, 7_500),
    "check": (220, 2_400),
    "confirmation": (220, 2_000),
    "just_filed": (300, 3_000),
    "message": (300, 3_000),
    "advice": (300, 3_000),
    "ruling": (300, 3_000),
    "more_time": (300, 3_000),
    "closed": (300, 3_000),
    "withdrawn": (300, 3_000),
}
FIRST_BOX = 620  # px from the top
STOPS = ["Naar de inhoud", "AKM KunstMaat", "Menu", "Hulp nodig", "✕", "Wat er met je gegevens"]
CALL_BUTTONS = """() => [...document.querySelectorAll("main .urgent-help a[href^='tel:']")]
  .map((each) => [each.innerText, each.getBoundingClientRect().height])"""
BOTTOM = "e => e.getBoundingClientRect().bottom"

STORY = "De coach kwam niet."
HAPPENED = "#gebeurd"
LONG = "Ik heb met je coach gesproken. Volgende week spreken we af, met z'n drieën. " * 3
ADVICE = "Maak samen een rooster voor drie maanden, en spreek af wie er belt. " * 4
SAID = {"finding": LONG, "decisions": "De coach biedt excuses aan.", "measures": "Geen."}


def over(costs: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """What costs more than its budget."""
    return {
        name: cost
        for name, cost in costs.items()
        if any(is_ > most for is_, most in zip(cost, BUDGETS.get(name, cost), strict=True))
    }


def in_mediation(staff, **given):
    """A case that the confidant took up; what happened so far was read."""
    case, code = follow.filed(**given)
    moves.record_contact(complaint=case, by=staff.confidant, reason="Gebeld.")
    move(case, Stage.MEDIATION, staff.confidant)
    read_before(code)
    return case, code


def read_before(code):
    """All that happened so far was read, yesterday."""
    follow.entered(code).get(follow.FOLLOW)
    ReadReceipt.objects.update(at=timezone.now() - timedelta(days=1))


def write(case, staff, **given):
    conversation.write_to_complainant(complaint=case, text=LONG, by=staff.confidant, **given)


def just_filed(staff):
    return follow.filed()


def message(staff):
    case, code = in_mediation(staff)
    write(case, staff, files=[make_staged_file("afspraken.png")])
    return case, code


def advice(staff):
    case, code = in_mediation(staff)
    advise(case, staff.confidant, ADVICE)
    return case, code


def ruling(staff):
    case, code = in_mediation(staff)
    advise(case, staff.confidant, ADVICE)
    move(case, Stage.COMMITTEE, staff.confidant)
    read_before(code)
    today, by = timezone.localdate(), staff.confidant
    given = {"ruled_on": today, "comply_by": today + timedelta(days=30), "text": ADVICE}
    records.record_ruling(complaint=case, by=by, **given)
    return case, code


def more_time(staff):
    """To the deputy, longer, and the coach is not told."""
    case, code = in_mediation(staff, answers=make_answers(phone="0612345678"))
    requests.ask_for_deputy(complaint=case)
    until = timezone.localdate() + timedelta(days=60)
    due_dates.extend_handling(complaint=case, until=until, by=staff.deputy, reason=LONG)
    given = {"answer": CoachTold.DEFEATS, "reason": "Alleen voor ons."}
    records.record_coach_told(complaint=case, by=staff.deputy, **given)
    return case, code


def closed(staff):
    case, code = in_mediation(staff)
    advise(case, staff.confidant, ADVICE)
    coach_told(case, staff.confidant)
    write(case, staff)
    read_before(code)
    close(case, staff.confidant, Outcome.ADVISED, **SAID)
    return case, code


def withdrawn(staff):
    case, code = in_mediation(staff)
    requests.withdraw_complaint(complaint=case, text="Laat maar.")
    return case, code


FOLLOWED = (just_filed, message, advice, ruling, more_time, closed, withdrawn)


def cost(page: Page) -> tuple[int, int]:
    """The words and the height of a page, which fits."""
    assert fits(page)
    return measure.words(page), measure.height(page)


@pytest.mark.parametrize(
    "given",
    [{}, pytest.param({"email": "noor@example.org"}, marks=tail)],
    ids=["nothing", "mail"],
)
def test_the_way_from_home_to_filed_costs_no_more_than_its_budgets(base, watched, is_clean, given):
    """Home and procedure lead on within the first screen; the form has three pages."""
    page, costs, screen = watched(viewport=measure.PHONE), {}, measure.PHONE["height"]
    page.goto(base)
    ways = page.locator("main .way-on")
    names = [way.inner_text() for way in ways.get_by_role("link").all()]
    assert names == ["Lees hoe het werkt", "Dien een klacht in", "Volg je klacht"]
    assert ways.last.evaluate(BOTTOM) <= screen
    ways.first.click()
    begin = page.get_by_role("link", name="Begin met je klacht").first
    assert begin.evaluate(BOTTOM) <= screen
    assert "Eén vraag is verplicht" in page.locator("main .start").inner_text()
    is_clean(page)  # the form is looked at by test_filing, on such a phone
    costs["procedure"] = cost(page)
    page.locator("main summary").first.click()
    assert measure.words(page) > costs["procedure"][0]

    begin.click()
    assert measure.top_of(page, "main textarea") <= FIRST_BOX
    stops = measure.stops_before(page, "main textarea")
    assert [stop for stop, wanted in zip(stops, STOPS, strict=True) if wanted not in stop] == []
    calls = page.evaluate(CALL_BUTTONS)
    assert {"112", "113", "0800-0113", "0800-2000"} == {number for number, _height in calls}
    assert min(height for _number, height in calls) >= 48
    costs["step 1"] = cost(page)
    page.get_by_label("Wat is het probleem?").fill(STORY)
    onward(page)
    costs["step 2"] = cost(page)
    if given:
        page.get_by_label("Je e-mailadres").fill(given["email"])
        page.get_by_label("Ja, mail mij over mijn klacht").check()
    onward(page)
    stands_at(page, "Controleer je antwoorden")
    costs["check"] = cost(page)
    send(page)
    expect(page.locator("main").get_by_role("link", name="Volg je klacht")).to_be_visible()
    assert STORY not in page.inner_text("body")
    costs["confirmation"] = cost(page)
    words, heights = zip(*(costs[name] for name in ("step 1", "step 2", "check")), strict=True)
    costs["from begin to filed"] = (sum(words), sum(heights))
    assert over(costs) == {}, costs


@SCRIPTS_OR_NOT
def test_a_change_lands_at_the_question_and_comes_back_to_its_place(base, new_context, scripts):
    """Of one with an answer, of one left empty, and of one that is folded."""
    page = new_context(viewport=measure.PHONE, java_script_enabled=scripts).new_page()
    page.goto(base + FORM)
    page.get_by_label("Wat is het probleem?").fill(STORY)
    onward(page)
    page.get_by_label("Je telefoonnummer").fill("06 12345678")
    onward(page)
    for button, control in (
        ("Wijzig: Je telefoonnummer", "Je telefoonnummer"),
        ("Wat zou voor jou een goede oplossing zijn?", "Wat zou voor jou"),
        ("In mijn antwoorden staat iets over mijn gezondheid", "In mijn antwoorden"),
    ):
        stands_at(page, "Controleer je antwoorden")
        page.get_by_role("button", name=button).click()
        field = page.get_by_label(control)
        expect(field).to_be_in_viewport()
        if scripts:
            expect(field).to_be_focused()
        onward(page)
        stands_at(page, "Controleer je antwoorden")
        expect(page.get_by_role("button", name=button)).to_be_in_viewport()


def test_beside_the_questions_stands_who_reads_and_help_where_there_is_room(base, page):
    """Open and to the right at 1280 px, the menu too; folded and below on a phone."""
    page.set_viewport_size(measure.WIDE)
    page.goto(base + FORM)
    box = page.locator("main textarea").first.bounding_box()
    for name in ("Wie dit leest", "Hoort mijn coach hiervan?", "Heb je nu meteen hulp nodig?"):
        heading = page.get_by_role("heading", name=name)
        expect(heading).to_be_in_viewport()
        assert heading.bounding_box()["x"] > box["x"] + box["width"], name
    expect(page.get_by_text("Je kunstcoach hoort binnen")).to_be_visible()
    menu = page.get_by_role("navigation", name="Hoofdmenu")
    expect(menu.get_by_role("link", name="Volg je klacht")).to_be_visible()
    expect(menu.get_by_text("Menu", exact=True)).to_be_hidden()
    page.set_viewport_size(measure.PHONE)
    expect(menu.get_by_role("link", name="Volg je klacht")).to_be_hidden()
    menu.get_by_text("Menu", exact=True).click()
    expect(menu.get_by_role("link", name="Volg je klacht")).to_be_visible()
    expect(page.get_by_text("Je kunstcoach hoort binnen")).to_be_hidden()
    page.get_by_text("Hoort mijn coach hiervan?").first.click()
    expect(page.get_by_text("Je kunstcoach hoort binnen")).to_be_visible()


@LIGHT_AND_DARK
def test_the_follow_page_begins_with_the_news_and_keeps_to_its_budget(
    base, watched, check, staff, scheme
):
    """In each state; accessible, with all that is folded opened (R-50); wide, it uses the width."""
    costs, page = {}, watched(color_scheme=scheme)
    for state in FOLLOWED:
        name, (case, code) = state.__name__, state(staff)
        page.context.clear_cookies()
        page.set_viewport_size(measure.PHONE)
        enter(page, base, show_code(code))
        costs[name] = measure.words_above(page, HAPPENED), measure.top_of(page, HAPPENED)
        news = page.locator(".news-item")
        assert bool(news.count()) == (state not in (just_filed, withdrawn)), name
        if news.count():
            assert measure.top_of(page, ".news-item") < 500
            assert all("Nieuw" in text for text in news.all_inner_texts())
            assert measure.top_of(page, "#id_message") > measure.top_of(page, ".news-item")
        order = [measure.top_of(page, part) for part in ("#id_message", "#doen", "#fasen")]
        assert order == sorted(order), name
        case.refresh_from_db()
        where = "Waar je klacht nu is" if case.is_open else "Hoe ver je klacht kwam"
        expect(page.locator("#fasen")).to_have_text(where)
        page.set_viewport_size(measure.WIDE)
        assert measure.top_of(page, "#fasen") < 330, name
        menu = page.locator(".site-nav a").last.bounding_box()
        assert menu["y"] >= page.locator(".writing-help summary").evaluate(BOTTOM)
        page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        page.set_viewport_size({"width": 320, "height": 640})
        check(page)
    assert over(costs) == {}, costs


def test_a_message_is_new_on_this_visit_and_stands_folded_on_the_next(base, page, staff):
    _case, code = message(staff)
    enter(page, base, show_code(code))
    first = page.locator(".news-item").first
    expect(first).to_contain_text("Ik heb met je coach gesproken.")
    with page.expect_download() as download:
        first.get_by_role("button", name=re.compile("Download.*afspraken.png")).click()
    assert download.value.suggested_filename == "afspraken.png"
    page.get_by_label("Schrijf een bericht").fill("Dank je wel.")
    page.get_by_role("button", name="Verstuur bericht").click()
    expect(page.get_by_text("Je bericht is verstuurd.")).to_be_visible()
    expect(first).to_contain_text("Ik heb met je coach gesproken.")
    expect(page.get_by_text("Dank je wel.")).to_be_visible()
    page.get_by_role("button", name="Uitloggen").click()
    read_before(code)
    enter(page, base, show_code(code))
    expect(page.get_by_text("Er is nu niets nieuws.")).to_be_visible()
    page.get_by_text("Eerdere berichten (2)").click()
    expect(page.get_by_text("Ik heb met je coach gesproken.")).to_be_visible()
