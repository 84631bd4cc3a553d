"""Two people, two browsers: the coachee follows a complaint and talks with the confidant.

Of the follow page the part above what happened has a budget: a promise, not the measure of today.
"""

import re
from datetime import timedelta

from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from complaints.cases import conversation, due_dates, moves, records, requests
from complaints.cases.sealing import open_address
from complaints.models.case import ReadReceipt
from complaints.models.keys_and_files import LinkRequest
from complaints.public.following.acting import BUTTONS, CONSENTS
from complaints.stages import CoachTold, Outcome, Stage
from complaints.vault.codes import show_code
from complaints.worker.delivery import deliver_due
from tests import follow
from tests.browser.conftest import (
    LIGHT_AND_DARK,
    SCRIPTS_OR_NOT,
    Keys,
    check,
    enter,
    look,
    mistaken,
    push,
    stands_at,
    unfold,
)
from tests.browser.measure import PHONE, SMALL, WIDE, listen, top_of, words_above
from tests.complaints.public.form_filler import RESUME, Filler
from tests.factories import advise, close, coach_told, make_answers, make_staged_file, move
from tests.follow import FOLLOW, later
from tests.services import tick

LONGEST, FIELD = 1000, 120  # px, of a page that asks once more, and each field on it, at 320 px
MOST_WORDS, MOST_HEIGHT = 300, 3_000
HAPPENED = "#gebeurd"
BOTTOM = "e => e.getBoundingClientRect().bottom"
LONG = "Ik heb met je coach gesproken. Volgende week spreken we af, met z'n drieën. " * 3
ADVICE = "Maak samen een rooster voor drie maanden, en spreek af wie er belt. " * 4
SAID = {"finding": LONG, "decisions": "De coach biedt excuses aan.", "measures": "Geen."}


def read_before(code: str) -> None:
    """All that happened so far was read, yesterday."""
    follow.entered(code).get(FOLLOW)
    ReadReceipt.objects.update(at=timezone.now() - timedelta(days=1))


def news_of_each_kind(staff):
    """A case and its code with news of that name; what went before it was read."""
    by, today = staff.confidant, timezone.localdate()
    case, code = follow.filed()
    yield "just filed", case, code
    moves.record_contact(complaint=case, by=by, reason="Gebeld.")
    move(case, Stage.MEDIATION, by)
    read_before(code)
    files = [make_staged_file("afspraken.png")]
    conversation.write_to_complainant(complaint=case, text=LONG, by=by, files=files)
    yield "message", case, code
    read_before(code)
    advise(case, by, ADVICE)
    yield "advice", case, code
    coach_told(case, by)
    conversation.write_to_complainant(complaint=case, text=LONG, by=by)
    read_before(code)
    close(case, by, Outcome.ADVISED, **SAID)
    yield "closed", case, code

    case, code = follow.filed(answers=make_answers(phone="0612345678"))
    moves.record_contact(complaint=case, by=by, reason="Gebeld.")
    move(case, Stage.MEDIATION, by)
    read_before(code)
    requests.ask_for_deputy(complaint=case)
    until = today + timedelta(days=60)
    due_dates.extend_handling(complaint=case, until=until, by=staff.deputy, reason=LONG)
    told = {"answer": CoachTold.DEFEATS, "reason": "Alleen voor ons."}
    records.record_coach_told(complaint=case, by=staff.deputy, **told)
    yield "more time", case, code
    advise(case, staff.deputy, ADVICE)
    move(case, Stage.COMMITTEE, staff.deputy)
    read_before(code)
    ruled = {"ruled_on": today, "comply_by": today + timedelta(days=30), "text": ADVICE}
    records.record_ruling(complaint=case, by=staff.deputy, **ruled)
    yield "ruling", case, code

    case, code = follow.filed()
    move(case, Stage.MEDIATION, by)
    read_before(code)
    requests.withdraw_complaint(complaint=case, text="Laat maar.")
    yield "withdrawn", case, code


@LIGHT_AND_DARK
def test_the_follow_page_begins_with_the_news_and_keeps_to_its_budget(
    base, new_page, staff, scheme
):
    """In each state; accessible, with all that is folded opened (R-50); wide, it uses the width."""
    page = new_page(color_scheme=scheme)
    for name, case, code in news_of_each_kind(staff):
        page.context.clear_cookies()
        page.set_viewport_size(PHONE)
        enter(page, base, show_code(code))
        assert words_above(page, HAPPENED) <= MOST_WORDS, name
        assert top_of(page, HAPPENED) <= MOST_HEIGHT, name
        news = page.locator(".news-item")
        assert bool(news.count()) == (name not in ("just filed", "withdrawn")), name
        if news.count():
            assert top_of(page, ".news-item") < 500
            assert all("Nieuw" in text for text in news.all_inner_texts())
            assert top_of(page, "#id_message") > top_of(page, ".news-item")
        order = [top_of(page, part) for part in ("#id_message", "#doen", "#fasen")]
        assert order == sorted(order), name
        case.refresh_from_db()
        where = "Waar je klacht nu is" if case.is_open else "Hoe ver je klacht kwam"
        expect(page.locator("#fasen")).to_have_text(where)
        listen(page, name)
        page.set_viewport_size(WIDE)
        assert top_of(page, "#fasen") < 330, name
        menu = page.locator(".site-nav a").last.bounding_box()
        assert menu["y"] >= page.locator(".writing-help summary").evaluate(BOTTOM)
        unfold(page)
        page.set_viewport_size(SMALL)
        look(page, name)


@LIGHT_AND_DARK
def test_r50_each_state_is_accessible_and_told_in_order_and_by_name(
    base, new_page, filed, staff, scheme
):
    """On a small phone, from the code that is asked to leaving."""
    (case, code), by = filed, staff.confidant
    page, titles, seen = new_page(color_scheme=scheme, viewport=SMALL), set(), set()

    def press(name: str, state: str) -> None:
        push(page, name)
        if page.locator("[data-error-summary]").count():
            mistaken(page)
        titles.add(look(page, state).removeprefix("Fout: "))

    def look_at_what_can_be_done() -> None:
        for button in (*BUTTONS, *CONSENTS):
            if button.is_open_to(case) and button.name not in seen:
                seen.add(button.name)
                page.goto(f"{base}{FOLLOW}?doe={button.name}")
                titles.add(look(page, button.name))
                most = LONGEST + FIELD * len(button.asks)
                assert page.locator("main").bounding_box()["height"] <= most, button.name

    due_dates.pause_clock(complaint=case, by=by, reason="We wachten op een brief.")
    page.goto(base + FOLLOW)
    titles.add(look(page, "the code is asked"))
    page.get_by_label("Volgcode").fill("te kort")
    press("Open mijn klacht", "no code")
    enter(page, base, code)
    expect(page.get_by_text("De klok staat stil sinds")).to_be_visible()
    titles.add(look(page, "followed"))
    press("Verstuur bericht", "no message")
    page.get_by_label("Schrijf een bericht").fill("a" * 3000 + " \u202eomgekeerd\u200b")
    press("Verstuur bericht", "a message")
    expect(page.get_by_role("status").filter(has_text="Je bericht is verstuurd.")).to_be_focused()
    look_at_what_can_be_done()
    page.goto(f"{base}{FOLLOW}?doe=bereiken")
    page.get_by_label("Je e-mailadres").fill("geen adres")
    press("Wijzig hoe we je bereiken", "no address")
    move(case, Stage.MEDIATION, by)
    advise(case, by, "Praat samen.")
    case.refresh_from_db()
    look_at_what_can_be_done()
    close(case, by, Outcome.SOLVED, **SAID)
    case.refresh_from_db()
    look_at_what_can_be_done()
    assert {"heropenen", "inzage", "wissen", "oordeel", "intrekken"} <= seen
    page.goto(f"{base}{FOLLOW}?doe=oordeel")
    press("Zeg of je tevreden bent", "no judgement")
    page.get_by_label("Nee, niet tevreden").check()
    push(page, "Zeg of je tevreden bent", "Je oordeel is bewaard.")
    page.goto(f"{base}{FOLLOW}?doe=wissen")
    press("Vraag om alles over je klacht te wissen", "erasing is asked")
    expect(page.get_by_text("Je hoort of we alles over je klacht wissen.")).to_be_visible()
    page.get_by_role("button", name="Uitloggen").click()
    expect(page.get_by_role("status").filter(has_text="Je bent uitgelogd.")).to_be_focused()
    page.get_by_label("Je e-mailadres").fill("geen adres")
    press("Mail mij een link", "no address for a link")
    assert len(titles) == 4


@SCRIPTS_OR_NOT
def test_a_conversation_of_two_sides_with_files(
    base, new_page, desk, filed, staff, scripts, tmp_path
):
    """A message is new on this visit and stands folded on the next."""
    case, code = filed
    mine, theirs = new_page(java_script_enabled=scripts, viewport=SMALL), desk()
    enter(mine, base, code.lower().replace("-", " "))
    wrong, right = tmp_path / "foto.png", tmp_path / "brief van de coach.txt"
    wrong.write_bytes(b"MZ\x90\x00geen foto")
    right.write_text("Ik zeg af.")
    mine.get_by_label("Schrijf een bericht").fill("Er kwam nog iets bij.")
    mine.get_by_label("Bestanden erbij").set_input_files([wrong])
    mine.get_by_role("button", name="Verstuur bericht").click()
    expect(mine.get_by_label("Schrijf een bericht")).to_have_value("Er kwam nog iets bij.")
    expect(mine.get_by_text("Kies je bestanden opnieuw").first).to_be_visible()
    if scripts:
        check(mine)
    mine.get_by_label("Bestanden erbij").set_input_files([right])
    push(mine, "Verstuur bericht", "Je bericht is verstuurd.")
    expect(mine.get_by_text("Nog niet gelezen")).to_be_visible()
    if scripts:
        check(mine)
    with mine.expect_download() as download:
        mine.get_by_role("button", name=re.compile("Download.*brief van de coach")).click()
    assert download.value.path().read_text() == "Ik zeg af."

    theirs.goto(f"{base}/cms/complaints/complaint/inspect/{case.pk}/")
    expect(theirs.get_by_text("Er kwam nog iets bij.")).to_be_visible()
    theirs.get_by_label("Bericht", exact=True).fill("Ik bel je dinsdag.")
    push(theirs, "Versturen", "Het bericht staat klaar voor de klager.")
    given = {"text": "Hierbij.", "files": [make_staged_file("afspraken.png")]}
    conversation.write_to_complainant(complaint=case, by=staff.confidant, **given)

    mine.goto(base + FOLLOW)
    news = mine.locator(".news-item")
    expect(news.last).to_contain_text("Ik bel je dinsdag.")
    expect(mine.get_by_text("Nog niet gelezen")).to_have_count(0)
    with mine.expect_download() as download:
        news.first.get_by_role("button", name=re.compile("Download.*afspraken.png")).click()
    assert download.value.suggested_filename == "afspraken.png"
    mine.get_by_label("Schrijf een bericht").fill("Dank je wel.")
    push(mine, "Verstuur bericht", "Dank je wel.")
    expect(news.last).to_contain_text("Ik bel je dinsdag.")
    push(mine, "Uitloggen", "Je bent uitgelogd.")
    read_before(code)
    enter(mine, base, code)
    expect(mine.get_by_text("Er is nu niets nieuws.")).to_be_visible()
    mine.get_by_text("Eerdere berichten (4)").click()
    expect(mine.get_by_text("Ik bel je dinsdag.")).to_be_visible()


@SCRIPTS_OR_NOT
def test_one_answers_an_advice_says_how_to_be_reached_and_withdraws_by_keyboard(
    base, new_page, filed, staff, scripts
):
    case, code = filed
    move(case, Stage.MEDIATION, staff.confidant)
    advise(case, staff.confidant, "Praat samen.")
    page = new_page(java_script_enabled=scripts, viewport=PHONE)
    enter(page, base, code)
    page.get_by_role("link", name="Zeg of je het advies overneemt").click()
    page.get_by_label("Nee, ik neem het niet over").check()
    page.get_by_label("Wil je zeggen waarom?").fill("Het lost niets op.")
    push(page, "Zeg of je het advies overneemt", "Je antwoord op het advies is bewaard.")
    page.get_by_role("link", name="Vraag om de klachtencommissie").click()
    page.get_by_role("link", name="Terug, ik doe dit niet").click()
    expect(page.get_by_role("link", name="Vraag om de klachtencommissie")).to_be_visible()

    mailed = page.get_by_role("listitem").filter(has_text="Berichten per e-mail: ")
    own_data = page.locator("summary", has_text="Je gegevens")
    own_data.click()
    mailed.get_by_role("link", name="Trek in").click()
    push(
        page,
        "Trek toestemming in: berichten per e-mail",
        "Je trok toestemming in: berichten per e-mail.",
    )
    own_data.click()
    mailed.get_by_role("link", name="Geef").click()
    expect(page.get_by_label("Je e-mailadres")).to_have_value("noor@example.com")
    expect(page.get_by_label("Mogen we je hierop mailen?")).not_to_be_checked()
    page.get_by_label("Je e-mailadres").fill("nieuw@example.org")
    page.get_by_label("Mogen we je hierop mailen?").check()
    push(page, "Geef toestemming", "Wat je hebt gewijzigd is bewaard.")
    own_data.click()
    expect(mailed.get_by_text("ja")).to_be_visible()
    keys = Keys(page)
    keys.follow("Trek je klacht in")
    expect(page.get_by_role("heading", name="Wat er dan gebeurt")).to_be_visible()
    keys.follow("Trek je klacht in")
    expect(page.get_by_text("Je klacht is ingetrokken.")).to_be_visible()


@SCRIPTS_OR_NOT
def test_a_lost_code_is_replaced_by_a_mailed_link(base, new_page, filed, scripts, settings):
    """A code is understood at the page of the other, and an address as Chromium writes it."""
    settings.WAGTAILADMIN_BASE_URL = base
    page = new_page(java_script_enabled=scripts, viewport=SMALL)
    looked = check if scripts else lambda _page: None
    page.goto(base + FOLLOW)
    page.get_by_label("Volgcode").fill(f"Je code is {Filler().start().save(probleem='Zo.')}.")
    page.get_by_label("Volgcode").press("Enter")
    stands_at(page, "Verder of opnieuw")
    page.goto(base + RESUME)
    page.get_by_label("Code").fill(f"Volgcode: {filed[1]}.")
    page.get_by_label("Code").press("Enter")
    stands_at(page, "Jouw klacht")
    page.get_by_role("button", name="Uitloggen").click()

    def ask_for_link(typed: str) -> None:
        page.goto(base + FOLLOW)
        page.get_by_label("Je e-mailadres").fill(typed)
        push(page, "Mail mij een link")
        looked(page)

    ask_for_link("noor@example,com")
    expect(page.get_by_role("alert")).to_contain_text("Er staat een komma waar een punt hoort.")
    expect(page.get_by_label("Je e-mailadres")).to_have_value("noor@example,com")
    ask_for_link("noor@müller.nl")  # of which the browser makes xn--mller-kva.nl
    asked = LinkRequest.objects.get()
    assert open_address(asked.pk, bytes(asked.sealed_email)) == "noor@müller.nl"
    ask_for_link("noor@example.com")
    stands_at(page, "Kijk in je mail")
    tick()
    while deliver_due():
        pass
    link = re.search(r"http\S+/klacht-volgen/link/\S+", mail.outbox[-1].body)[0]
    page.goto(link)
    looked(page)
    push(page, "Laat de stand zien", at="Zo staat het ervoor")
    looked(page)
    page.get_by_text("Volgcode kwijt?").click()
    looked(page)
    page.get_by_role("button", name="Geef mij een nieuwe volgcode").click()
    expect(page.get_by_role("button", name="Houd mijn oude volgcode")).to_be_visible()
    looked(page)
    code = page.locator(".receipt-code .code").inner_text()
    page.goto(link)
    stands_at(page, "Deze link werkt niet meer")
    looked(page)
    enter(page, base, filed[1])
    expect(page.get_by_role("button", name="Houd mijn oude volgcode")).to_be_visible()
    looked(page)
    with later(days=1, minutes=1):
        while deliver_due():
            pass
        tick()
        enter(page, base, code)
        page.get_by_text("Wat er is gebeurd").click()
        expect(page.get_by_text("Je kreeg een nieuwe volgcode.")).to_be_visible()
