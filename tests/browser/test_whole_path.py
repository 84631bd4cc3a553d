"""A whole case in real browsers, through all three stages: coachee, confidant and deputy."""

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from complaints.cases.case import is_intact
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.stages import Outcome, Stage, Status
from tests.browser.conftest import enter, log_in, onward, push, send, stands_at, unfold
from tests.browser.measure import PHONE, WIDE
from tests.desk import LIST
from tests.follow import FOLLOW
from tests.services import open_history

TALK, WISH = "Beide partijen willen een gesprek.", "De klager wil een uitspraak."
ADVICE, RULING = "Maak samen een vast rooster.", "De coach betaalt een uur terug."
FINDING, DECISION = "Er is te laat afgebeld.", "Een uur wordt terugbetaald."


def file_complaint(page: Page, base: str) -> str:
    """Walks from the procedure to the confirmation; returns the code shown."""
    page.goto(f"{base}/klachtenprocedure/")
    page.locator("main a[href='/klachtenprocedure/formulier/']").first.click()
    page.get_by_label("Wat is het probleem?").fill("Mijn coach kwam drie keer niet opdagen.")
    onward(page)
    page.get_by_label("Voor mezelf").check()
    page.get_by_label("Je naam").fill("Fien Verzonnen")
    page.get_by_label("Je e-mailadres").fill("fien@example.org")
    onward(page)
    stands_at(page, "Controleer je antwoorden")
    send(page)
    return page.locator(".receipt-code .code").inner_text()


def act(page: Page, name: str, **fields: str) -> Locator:
    """Opens an action of the open case by its name, fills in its fields, and sends it."""
    main = page.locator("main")
    unfold(page)
    main.get_by_role("link", name=name).first.click()
    stands_at(page, name)
    for label, text in fields.items():
        field = main.locator(f"[name={label}]").first
        if field.get_attribute("type") == "radio":
            main.locator(f"[name={label}][value='{text}']").check()
        else:
            field.fill(text)
    with page.expect_navigation():
        main.locator(".action-buttons button").click()
    return main


@pytest.mark.every_database
def test_a_case_goes_through_three_stages(base, new_page, desk, staff):
    coachee, confidant, deputy = new_page(viewport=PHONE), new_page(viewport=WIDE), desk("deputy")

    def see(*words: str) -> None:
        coachee.goto(base + FOLLOW)
        for said in words:
            expect(coachee.locator("main").get_by_text(said).first).to_be_visible()

    code = file_complaint(coachee, base)
    enter(coachee, base, code)
    case = Complaint.objects.get()
    log_in(confidant, base, "confidant")
    confidant.goto(base + LIST)
    confidant.get_by_role("link", name=case.reference).click()
    main = confidant.locator("main")
    standing = main.locator(".case-standing")
    expect(standing).to_contain_text(case.reference)
    for said in ("Mijn coach kwam drie keer niet opdagen.", "Fien Verzonnen"):
        expect(main.get_by_text(said).first).to_be_visible()
    file = f"{base}{LIST}inspect/{case.pk}/"
    assert deputy.goto(file).status == 404

    act(confidant, "Naar fase 2: Bemiddeling")
    expect(main.get_by_text("Schrijf op waarom je dit doet.").first).to_be_visible()
    main.get_by_label("Reden", exact=True).fill(TALK)
    with confidant.expect_navigation():
        main.get_by_role("button", name="Naar fase 2: Bemiddeling").click()
    expect(standing).to_contain_text(case.reference)
    unfold(confidant)
    expect(main.get_by_text(TALK)).to_be_visible()
    see("Je klacht ging naar fase 2: Bemiddeling.")
    today = timezone.localdate().isoformat()
    act(confidant, "Advies geven (bindt niet)", given_on=today, text=ADVICE)
    expect(main.get_by_text(ADVICE).first).to_be_visible()
    see(ADVICE)

    coachee.goto(f"{base}{FOLLOW}?doe=plaatsvervanger")
    push(coachee, "Liever naar de plaatsvervanger", "Je klacht is nu voor de plaatsvervanger.")
    assert (confidant.goto(file).status, deputy.goto(file).status) == (404, 200)

    told = "Aan de telefoon."
    act(deputy, "Toestemming vastleggen: delen met de commissie", reason=told)
    see("We legden vast dat je toestemming gaf.")
    act(deputy, "Naar fase 3: Klachtencommissie", ground="wished", reason=WISH)
    see("Je klacht ging naar fase 3: Klachtencommissie.")
    act(
        deputy, "Uitspraak vastleggen (bindt allebei)", ruled_on=today, comply_by=today, text=RULING
    )
    see(RULING)
    given = {"finding": FINDING, "decisions": DECISION, "measures": "Geen.", "reason": WISH}
    main = act(deputy, "Afsluiten: uitspraak gedaan", **given)
    expect(main.get_by_text("Afgesloten op")).to_be_visible()
    see("De behandeling is afgesloten", DECISION)

    case.refresh_from_db()
    found = (case.stage, case.status, case.outcome)
    assert found == (Stage.COMMITTEE, Status.CLOSED, Outcome.RULED)
    assert is_intact(case)
    history = open_history(case)
    kinds = [EventKind.FILED, EventKind.MOVED, EventKind.MOVED, EventKind.CLOSED]
    assert [line.event.kind for line in history if line.event.kind in kinds] == kinds
    assert any(line.content.get("reason") == TALK for line in history)
