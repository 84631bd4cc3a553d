"""What the follow page costs its reader, in each state in which one comes back to it."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from complaints.cases import conversation, moves, records, requests
from complaints.cases.due_dates import extend_handling
from complaints.models.case import ReadReceipt
from complaints.stages import CoachTold, Outcome, Stage
from complaints.vault.codes import show_code
from tests import follow
from tests.browser import measure
from tests.browser.conftest import LIGHT_AND_DARK, enter
from tests.factories import advise, close, coach_told, make_answers, make_staged_file, move

HAPPENED = "#gebeurd"
LONG = "Ik heb met je coach gesproken. Volgende week spreken we af, met z'n drieën. " * 3
ADVICE = "Maak samen een rooster voor drie maanden, en spreek af wie er belt. " * 4
SAID = {"finding": LONG, "decisions": "De coach biedt excuses aan.", "measures": "Geen."}


def in_mediation(staff, **given):
    """A case that the confidant took up; what happened so far was read."""
    case, code = follow.filed(**given)
    moves.record_contact(complaint=case, by=staff.confidant, note="Gebeld.")
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
    extend_handling(complaint=case, until=until, by=staff.deputy, explanation=LONG)
    given = {"answer": CoachTold.DEFEATS, "note": "Alleen voor ons."}
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


# The most words and px above what happened, at 360 px.
BUDGETS = {
    just_filed: (300, 3000),
    message: (300, 3000),
    advice: (300, 3000),
    ruling: (300, 3150),
    more_time: (300, 3000),
    closed: (300, 3000),
    withdrawn: (300, 3000),
}
WIDE = {"width": 1280, "height": 740}


@LIGHT_AND_DARK
def test_each_state_begins_with_what_is_new_and_keeps_to_its_budget(
    base, watched, check, staff, scheme
):
    """And is accessible, with all that is folded opened (R-50); wide, it uses the width."""
    for state, (most_words, most_px) in BUDGETS.items():
        page = watched(color_scheme=scheme, viewport=measure.PHONE)
        _case, code = state(staff)
        enter(page, base, show_code(code))
        assert measure.words_above(page, HAPPENED) <= most_words, state
        assert measure.top_of(page, HAPPENED) <= most_px, state
        news = page.locator(".news-item")
        assert bool(news.count()) == (state not in (just_filed, withdrawn)), state
        if news.count():
            assert measure.top_of(page, ".news-item") < 500
            assert all("Nieuw" in text for text in news.all_inner_texts())
            assert measure.top_of(page, "#id_message") > measure.top_of(page, ".news-item")
        order = [measure.top_of(page, part) for part in ("#id_message", "#doen", "#fasen")]
        assert order == sorted(order), state
        page.set_viewport_size(WIDE)
        assert measure.top_of(page, "#fasen") < 300, state
        page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, state
        check(page)
        page.context.close()


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
