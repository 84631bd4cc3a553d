"""The desk as one works with it: the list, what each task costs, a case handled by keyboard alone.

What is typed, or ticked in a form, is what one has to say, and no click.
"""

import re

import pytest
from playwright.sync_api import expect

from complaints.cases import conversation
from complaints.events import EventKind
from complaints.models.outbox import MailKind
from complaints.models.privacy import Access, AccessKind
from complaints.notifications import owe
from complaints.stages import Outcome, Severity, Stage, Status
from tests.accounts.doors import code_of, with_app
from tests.browser.conftest import Keys, is_clean, settle, tail
from tests.browser.measure import PHONE, WIDE, fits
from tests.desk import LIST
from tests.factories import PROBLEM, make_answers, make_complaint
from tests.follow import filed
from tests.services import forget_mail, fresh, send_all

ROWS = "[...document.querySelectorAll('.cases tbody tr')].map(row => row.getBoundingClientRect())"
IN_VIEW = f"{ROWS}.filter(box => box.bottom <= innerHeight).length"


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=tail)])
def test_nine_cases_are_seen_at_once_on_a_phone_in_two_lines(base, desk, staff, scheme):
    texts = {"problem": "Ze belde drie keer af en " * 20, "coach": "Anna van den Bosch-Bakker"}
    for number in range(12):
        name = "" if number == 1 else f"Jan-Willem van den Berg-Hermanussen {number}"
        make_complaint(answers=make_answers(name=name, **texts))
    page = desk(color_scheme=scheme)
    page.goto(base + LIST)
    assert page.evaluate(IN_VIEW) >= 9
    assert page.locator("h1").count() == 1
    is_clean(page)
    page.set_viewport_size({"width": 1024, "height": 740})
    cut = "e => e.scrollWidth - e.clientWidth"
    assert page.locator(".w-breadcrumbs").evaluate(cut) <= 0, "the header is seen whole"
    page.set_viewport_size(PHONE)
    settle(page)
    assert page.evaluate(f"Math.max(...{ROWS}.map(box => box.height))") <= 72
    assert fits(page)
    page.get_by_role("button", name="Toon filters").click()
    is_clean(page)
    page.keyboard.press("Escape")


def test_a_confidants_day(base, desk, staff, costs):
    make_complaint(answers=make_answers(name="Zoë Çelik", coach="Joris"))
    (written, code), new = filed(), make_complaint(answers=make_answers(name="Ruud Nieuw"))
    conversation.write_to_handler(complaint=written, text="Wanneer hoor ik iets?", code=code)
    page = desk()
    main = page.locator("main")
    page.goto(base + LIST)
    with costs(1):
        main.get_by_role("link", name="Ruud Nieuw").click()
        expect(main.locator(".answer dd").first).to_be_in_viewport(ratio=1)
        assert page.evaluate("scrollY") == 0
    with costs(4):
        main.get_by_role("link", name="Eerste beoordeling").first.click()
        for name in ("Licht", "Niemand loopt gevaar", "Eenvoudig", "Klein", "Nee"):
            main.get_by_label(name, exact=True).check()
        main.get_by_role("button", name="Beoordeling vastleggen").click()
        main.get_by_role("link", name="Neem persoonlijk contact op").click()
        main.get_by_label("Wat is er besproken?").fill("Gebeld.")
        main.get_by_role("button", name="Persoonlijk contact vastleggen").click()
    for step in ("Leg de eerste beoordeling vast.", "Neem persoonlijk contact op met de klager."):
        expect(main.locator(".case-step--done", has_text=step)).to_be_visible()
    with costs(1):
        main.get_by_role("link", name="Volgende zaak").click()
        expect(main.locator(".case-standing")).not_to_contain_text(new.reference)
    page.goto(f"{base}{LIST}inspect/{written.pk}/")
    expect(main.get_by_text("Wanneer hoor ik iets?")).to_be_visible()
    with costs(1):
        main.get_by_label("Bericht", exact=True).fill("Deze week nog.")
        main.get_by_role("button", name="Versturen").click()
        expect(page.get_by_text("Het bericht staat klaar voor de klager.")).to_be_visible()
        expect(main.locator("#answer")).to_be_visible()
    page.goto(base + LIST)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    with costs(0):
        page.get_by_placeholder("Naam, coach").press_sequentially("zoe celik")
        page.keyboard.press("Enter")
        expect(main.locator(".cases tbody tr")).to_have_count(1)
    expect(main.get_by_role("link", name="Zoë Çelik")).to_be_visible()
    assert not any("celik" in url for url in asked)
    assert Access.objects.filter(kind=AccessKind.SEARCH).count() == 1, "not one for each key"


# With the keyboard alone: Tab, the arrows, Enter, Space and letters.


def says(keys: Keys, words: str) -> None:
    expect(keys.page.locator(".messages")).to_contain_text(words)


def test_a_newcomers_first_case_from_the_mail_to_an_answer_sent_and_on_to_the_next(
    base, page, staff
):
    """The digest brings them to the log-in page, with its second step, and that to what waits."""
    case, app = make_complaint(), with_app(staff.confidant)
    forget_mail()
    owe(MailKind.DAILY_DIGEST, staff.confidant, occasion="today")
    (mail,) = send_all()
    (address,) = re.findall(r"https?://[^/]+(/\S*)", mail.body)
    keys = Keys(page)
    page.set_viewport_size(WIDE)
    page.goto(base + address)
    keys.write("Gebruikersnaam.*", "confidant")
    keys.write("(Wachtwoord|Password).*", "test")
    with page.expect_navigation():
        keys.press("Enter")
    keys.write("Code.*", code_of(app))
    with page.expect_navigation():
        keys.press("Enter")
    keys.follow("1 zaak is ongelezen")
    keys.follow(f".*{case.reference}")
    expect(page.get_by_text(PROBLEM).first).to_be_in_viewport()
    keys.to("Ga naar de inhoud")
    keys.press("Enter")
    expect(page.locator("main:focus")).to_have_count(1)
    keys.to("Begin met een sjabloon", most=5)
    keys.write("Bericht", "Dank je. Ik bel je morgen.")
    forget_mail()
    keys.follow("Versturen")
    says(keys, "Het bericht staat klaar voor de klager.")
    assert [sent.to for sent in send_all()] == [["noor@example.com"]]
    assert case.events.filter(kind=EventKind.ANSWERED).count() == 1

    new, other = make_complaint(), make_complaint()
    page.goto(f"{base}/cms/")
    keys.follow("Klachten.*")
    keys.follow("Te laat")
    expect(page.get_by_text("Geen klacht past hierbij.")).to_be_visible()
    keys.follow("Nieuw")
    keys.follow(f".*{new.reference}")
    heading = page.locator("main").get_by_role("heading", level=1)
    expect(heading).to_contain_text("Noor Verzonnen")
    expect(page.locator(".case-standing")).to_contain_text(new.reference)
    keys.follow("Volgende zaak")
    expect(page.locator(".case-standing")).to_contain_text(other.reference)
    page.go_back()
    page.go_back()
    keys.to("Toon filters")
    keys.press("Enter")
    keys.to("Fase")
    keys.press("Enter")
    keys.write("Fase", "Bem")
    expect(page.get_by_text("Geen klacht past hierbij.")).to_be_visible()


def test_a_message_with_a_mail_of_ones_own_assessing_closing_as_solved_and_opening_again(
    base, desk, staff
):
    case, at_case = make_complaint(), Keys(desk())
    at_case.page.goto(f"{base}/cms/complaints/complaint/inspect/{case.pk}/")
    forget_mail()
    at_case.write("Bericht", "Wanneer kan ik je bellen?")
    at_case.follow("Bekijk eerst de mail")
    at_case.to("Onderwerp.*")
    at_case.press("End")
    at_case.page.keyboard.type(" (graag lezen)")
    at_case.follow("Versturen")
    says(at_case, "Het bericht staat klaar voor de klager.")
    assert case.events.filter(kind=EventKind.ANSWERED).count() == 1
    (sent,) = send_all()
    assert sent.subject.endswith("(graag lezen)")

    at_case.follow("Eerste beoordeling")
    for name in ("Licht", "Niemand loopt gevaar", "Eenvoudig", "Klein", "Nee"):
        at_case.to(name)
        at_case.press("Space")
    at_case.follow("Beoordeling vastleggen")
    says(at_case, "De beoordeling staat in het dossier.")
    assert fresh(case).severity == Severity.LIGHT
    at_case.more()
    at_case.follow("Afsluiten: opgelost")
    for name in ("Bevinding", "Besluiten", "Maatregelen", "Waarom sluit je de zaak zo af.?"):
        at_case.write(name, "Beiden zijn tevreden.")
    at_case.follow("Afsluiten: opgelost")
    says(at_case, "De zaak is afgesloten.")
    case = fresh(case)
    assert (case.status, case.outcome) == (Status.CLOSED, Outcome.SOLVED)
    at_case.follow("Zaak heropenen")
    at_case.write("Reden", "Er is een nieuw feit.")
    at_case.follow("Zaak heropenen")
    says(at_case, "De zaak is weer open.")
    case = fresh(case)
    assert (case.status, case.stage) == (Status.OPEN, Stage.FILING)
