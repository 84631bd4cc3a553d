"""The whole path in a real browser: a coachee files, the confidant takes the case to its end."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from complaints.cases.case import is_intact
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.stages import Outcome, Stage, Status
from tests.browser.conftest import log_in, settle, unfold
from tests.browser.test_filing import file_complaint
from tests.services import open_history

DESK = "/cms/complaints/complaint/"
STORY = "Mijn coach kwam drie keer niet opdagen."
ADVICE = "Maak samen een vast rooster."
REASON = "Beide partijen willen een gesprek."
CLOSING = {
    "Bevinding": "De afspraken stonden nergens op papier.",
    "Besluiten": "Er komt een vast rooster.",
    "Maatregelen": "De coach stuurt het rooster voor 1 februari.",
    "Waarom sluit je de zaak zo af?": "Het advies is met beiden besproken.",
}


def fill(page: Page, label: str, text: str) -> None:
    page.locator("main").get_by_label(label, exact=True).fill(text)


@pytest.mark.every_database
def test_from_filing_to_advice(base, new_context, watched, is_clean, staff):
    reference = file_complaint(new_context().new_page(), base, STORY)
    desk = watched(viewport={"width": 1280, "height": 900})
    log_in(desk, base, "confidant")
    desk.goto(base + DESK)
    is_clean(desk, within="main")
    desk.get_by_role("link", name=reference).click()
    main = desk.locator("main")
    expect(main.locator(".case-standing")).to_contain_text(reference)
    expect(main.get_by_text(STORY)).to_be_visible()
    expect(main.get_by_text("Fien Verzonnen").first).to_be_visible()
    is_clean(desk, within="main")

    unfold(desk)
    main.get_by_role("link", name="Naar fase 2: Bemiddeling").click()
    expect(main.get_by_role("heading", level=1)).to_have_text("Naar fase 2: Bemiddeling")
    is_clean(desk, within="main")
    main.get_by_role("button", name="Naar fase 2: Bemiddeling").click()
    expect(main.get_by_text("Schrijf op waarom je dit doet.").first).to_be_visible()
    is_clean(desk, within="main")
    fill(desk, "Reden", REASON)
    main.get_by_role("button", name="Naar fase 2: Bemiddeling").click()
    expect(main.locator(".case-standing")).to_contain_text(reference)
    unfold(desk)
    expect(main.get_by_text(REASON)).to_be_visible()
    settle(desk)
    is_clean(desk, within="main")

    main.get_by_role("link", name="Advies geven (bindt niet)").click()
    fill(desk, "Datum van het advies", timezone.localdate().isoformat())
    fill(desk, "Advies", ADVICE)
    main.get_by_role("button", name="Advies geven (bindt niet)").click()
    expect(main.get_by_text(ADVICE).first).to_be_visible()

    unfold(desk)
    main.get_by_role("link", name="Afsluiten: afgerond met advies").click()
    expect(main.get_by_role("heading", level=1)).to_have_text("Afsluiten: afgerond met advies")
    is_clean(desk, within="main")
    for label, text in CLOSING.items():
        fill(desk, label, text)
    main.get_by_role("button", name="Afsluiten: afgerond met advies").click()
    expect(main.get_by_text("Afgesloten op")).to_be_visible()
    settle(desk)
    is_clean(desk, within="main")

    case = Complaint.objects.get()
    found = (case.stage, case.status, case.outcome)
    assert found == (Stage.MEDIATION, Status.CLOSED, Outcome.ADVISED)
    assert is_intact(case)
    history = open_history(case)
    main_kinds = [EventKind.FILED, EventKind.MOVED, EventKind.CLOSED]
    assert [line.event.kind for line in history if line.event.kind in main_kinds] == main_kinds
    assert any(line.content.get("reason") == REASON for line in history)
