"""Two people, two browsers: the coachee follows a complaint and talks with the confidant."""

import re

from django.core import mail
from playwright.sync_api import expect

from complaints.cases.due_dates import pause_clock
from complaints.public.following.acting import BUTTONS, CONSENTS
from complaints.stages import Outcome, Stage
from complaints.worker.delivery import deliver_due
from tests.browser.conftest import LIGHT_AND_DARK, SCRIPTS_OR_NOT, enter, sign_in, stands_at
from tests.browser.test_form_states import STORY, stand_at
from tests.factories import advise, close, move
from tests.follow import FOLLOW, later
from tests.services import tick

PHONE = {"width": 360, "height": 740}
LONGEST, FIELD = 1000, 120  # px, of a page that asks once more, and each field on it, at 320 px


@SCRIPTS_OR_NOT
def test_a_conversation_of_two_sides(base, new_context, filed, scripts):
    case, code = filed
    phone = new_context(java_script_enabled=scripts, viewport={"width": 360, "height": 740})
    mine = phone.new_page()
    enter(mine, base, code.lower().replace("-", " "))
    mine.get_by_label("Schrijf een bericht").fill("Er kwam nog iets bij.")
    mine.get_by_role("button", name="Verstuur bericht").click()
    expect(mine.get_by_text("Je bericht is verstuurd.")).to_be_visible()
    expect(mine.get_by_text("Nog niet gelezen")).to_be_visible()

    theirs = new_context().new_page()
    sign_in(theirs, base, "confidant")
    theirs.goto(f"{base}/cms/complaints/complaint/inspect/{case.pk}/")
    expect(theirs.get_by_text("Er kwam nog iets bij.")).to_be_visible()
    theirs.get_by_label("Bericht", exact=True).fill("Ik bel je dinsdag.")
    theirs.get_by_role("button", name="Versturen").click()
    expect(theirs.get_by_text("Het bericht staat klaar voor de klager.")).to_be_visible()

    mine.goto(base + FOLLOW)
    expect(mine.get_by_text("Ik bel je dinsdag.")).to_be_visible()
    expect(mine.get_by_text("Nog niet gelezen")).to_have_count(0)
    mine.get_by_role("button", name="Uitloggen").click()
    expect(mine.get_by_text("Je bent uitgelogd.")).to_be_visible()
    mine.goto(base + FOLLOW)
    expect(mine.get_by_label("Volgcode")).to_be_visible()


def test_withdrawing_by_keyboard_alone(base, page, filed):
    _case, code = filed
    enter(page, base, code)
    link = page.get_by_role("link", name="Trek je klacht in")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Wat er dan gebeurt")).to_be_visible()
    page.get_by_role("button", name="Trek je klacht in").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Je klacht is ingetrokken.")).to_be_visible()


@LIGHT_AND_DARK
def test_r50_each_state_is_accessible_on_a_small_phone(base, watched, check, filed, staff, scheme):
    pause_clock(complaint=filed[0], by=staff.confidant, reason="We wachten op een brief.")
    page = watched(color_scheme=scheme, viewport={"width": 320, "height": 640})
    page.goto(base + FOLLOW)
    check(page)
    page.get_by_label("Volgcode").fill("te kort")
    page.get_by_role("button", name="Open mijn klacht").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    check(page)
    enter(page, base, filed[1])
    expect(page.get_by_text("De klok staat stil sinds")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Verstuur bericht").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    check(page)
    page.get_by_label("Schrijf een bericht").fill("a" * 3000 + " \u202eomgekeerd\u200b")
    with page.expect_navigation():
        page.get_by_role("button", name="Verstuur bericht").click()
    check(page)
    case = filed[0]
    for button in BUTTONS + CONSENTS:
        if button.is_open_to(case):
            page.goto(f"{base}{FOLLOW}?doe={button.name}")
            check(page)
            most = LONGEST + FIELD * len(button.asks)
            assert page.locator("main").bounding_box()["height"] <= most, button.name
    page.goto(f"{base}{FOLLOW}?doe=bereiken")
    page.get_by_label("Je e-mailadres").fill("geen adres")
    page.get_by_role("button", name="Wijzig hoe we je bereiken").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    check(page)
    page.goto(f"{base}{FOLLOW}?doe=intrekken")
    with page.expect_navigation():
        page.get_by_role("button", name="Trek je klacht in").click()
    check(page)


@SCRIPTS_OR_NOT
def test_one_answers_an_advice_and_says_how_to_be_reached(base, new_context, filed, staff, scripts):
    case, code = filed
    move(case, Stage.MEDIATION, staff.confidant)
    advise(case, staff.confidant, "Praat samen.")
    page = new_context(java_script_enabled=scripts, viewport=PHONE).new_page()
    enter(page, base, code)
    page.get_by_role("link", name="Zeg of je het advies overneemt").click()
    page.get_by_label("Nee, ik neem het niet over").check()
    page.get_by_label("Wil je zeggen waarom?").fill("Het lost niets op.")
    page.get_by_role("button", name="Zeg of je het advies overneemt").click()
    expect(page.get_by_text("Je antwoord op het advies is bewaard.")).to_be_visible()
    page.get_by_role("link", name="Vraag om de klachtencommissie").click()
    page.get_by_role("link", name="Terug, ik doe dit niet").click()
    expect(page.get_by_role("link", name="Vraag om de klachtencommissie")).to_be_visible()

    mailed = page.get_by_role("listitem").filter(has_text="Berichten per e-mail: ")
    own_data = page.locator("summary", has_text="Je gegevens")
    own_data.click()
    mailed.get_by_role("link", name="Trek in").click()
    page.get_by_role("button", name="Trek toestemming in: berichten per e-mail").click()
    expect(page.get_by_text("Je trok toestemming in: berichten per e-mail.")).to_be_visible()
    own_data.click()
    mailed.get_by_role("link", name="Geef").click()
    expect(page.get_by_label("Je e-mailadres")).to_have_value("noor@example.com")
    expect(page.get_by_label("Mogen we je hierop mailen?")).not_to_be_checked()
    page.get_by_label("Je e-mailadres").fill("nieuw@example.org")
    page.get_by_label("Mogen we je hierop mailen?").check()
    page.get_by_role("button", name="Geef toestemming").click()
    expect(page.get_by_text("Wat je hebt gewijzigd is bewaard.")).to_be_visible()
    own_data.click()
    expect(mailed.get_by_text("ja")).to_be_visible()


@LIGHT_AND_DARK
def test_r50_after_closing_each_state_is_accessible(base, watched, check, filed, staff, scheme):
    case, code = filed
    said = {"finding": "Te laat afgebeld.", "decisions": "Excuses.", "measures": "Geen."}
    close(case, staff.confidant, Outcome.SOLVED, **said)
    page = watched(color_scheme=scheme, viewport={"width": 320, "height": 640})
    enter(page, base, code)
    expect(page.get_by_role("heading", name="De behandeling is afgesloten")).to_be_visible()
    for name in ("heropenen", "inzage", "wissen", "oordeel"):
        page.goto(f"{base}{FOLLOW}?doe={name}")
        check(page)
    page.get_by_role("button", name="Zeg of je tevreden bent").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    check(page)
    page.get_by_label("Nee, niet tevreden").check()
    page.get_by_role("button", name="Zeg of je tevreden bent").click()
    expect(page.get_by_text("Je oordeel is bewaard.")).to_be_visible()
    page.goto(f"{base}{FOLLOW}?doe=wissen")
    page.get_by_role("button", name="Vraag om alles over je klacht te wissen").click()
    expect(page.get_by_text("Je hoort of we alles over je klacht wissen.")).to_be_visible()
    check(page)


@SCRIPTS_OR_NOT
def test_a_file_goes_with_a_message_and_comes_back(base, watched, check, filed, scripts, tmp_path):
    page = watched(java_script_enabled=scripts, viewport={"width": 320, "height": 640})
    enter(page, base, filed[1])
    wrong, right = tmp_path / "foto.png", tmp_path / "brief van de coach.txt"
    wrong.write_bytes(b"MZ\x90\x00geen foto")
    right.write_text("Ik zeg af.")
    page.get_by_label("Schrijf een bericht").fill("Hierbij de brief.")
    page.get_by_label("Bestanden erbij").set_input_files([wrong])
    page.get_by_role("button", name="Verstuur bericht").click()
    expect(page.get_by_label("Schrijf een bericht")).to_have_value("Hierbij de brief.")
    expect(page.get_by_text("Kies je bestanden opnieuw").first).to_be_visible()
    if scripts:
        check(page)
    page.get_by_label("Bestanden erbij").set_input_files([right])
    page.get_by_role("button", name="Verstuur bericht").click()
    expect(page.get_by_text("Je bericht is verstuurd.")).to_be_visible()
    if scripts:
        check(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("Download.*brief van de coach")).click()
    assert download.value.path().read_text() == "Ik zeg af."


def test_the_confirmation_leads_to_the_page_and_the_code_opens_it(base, page, site):
    stand_at(page, base, "confirmation")
    code = page.locator(".receipt-code .code").inner_text()
    page.get_by_role("button", name="Ik heb de code, verberg hem").click()
    expect(page.get_by_text(code)).to_have_count(0)
    enter(page, base, code)
    page.get_by_text("Wat je hebt geschreven").click()
    expect(page.get_by_text(STORY)).to_be_visible()


@SCRIPTS_OR_NOT
def test_a_lost_code_is_replaced_by_a_mailed_link(base, watched, check, filed, scripts, settings):
    settings.WAGTAILADMIN_BASE_URL = base
    page = watched(java_script_enabled=scripts, viewport={"width": 320, "height": 640})
    look = check if scripts else lambda _page: None
    page.goto(base + FOLLOW)
    page.get_by_label("Je e-mailadres").fill("geen adres")
    page.get_by_role("button", name="Mail mij een link").click()
    look(page)
    page.get_by_label("Je e-mailadres").fill("noor@example.com")
    page.get_by_role("button", name="Mail mij een link").click()
    stands_at(page, "Kijk in je mail")
    look(page)
    tick()
    while deliver_due():
        pass
    link = re.search(r"http\S+/klacht-volgen/link/\S+", mail.outbox[-1].body)[0]
    page.goto(link)
    look(page)
    page.get_by_role("button", name="Laat de stand zien").click()
    stands_at(page, "Zo staat het ervoor")
    look(page)
    page.get_by_text("Volgcode kwijt?").click()
    look(page)
    page.get_by_role("button", name="Geef mij een nieuwe volgcode").click()
    expect(page.get_by_role("button", name="Houd mijn oude volgcode")).to_be_visible()
    look(page)
    code = page.locator(".receipt-code .code").inner_text()
    page.goto(link)
    stands_at(page, "Deze link werkt niet meer")
    look(page)
    enter(page, base, filed[1])
    expect(page.get_by_role("button", name="Houd mijn oude volgcode")).to_be_visible()
    look(page)
    with later(days=1, minutes=1):
        while deliver_due():
            pass
        tick()
        enter(page, base, code)
        page.get_by_text("Wat er is gebeurd").click()
        expect(page.get_by_text("Je kreeg een nieuwe volgcode.")).to_be_visible()
