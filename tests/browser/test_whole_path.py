"""Whole cases in real browsers: from filing to advice, and through all three stages."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from complaints.cases.case import is_intact
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.stages import Outcome, Stage, Status
from tests.browser.conftest import enter, log_in, sign_in, unfold
from tests.browser.test_filing import file_complaint
from tests.desk import LIST
from tests.follow import FOLLOW
from tests.services import fresh, open_history

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
def test_from_filing_to_advice(base, new_context, staff):
    reference = file_complaint(new_context().new_page(), base, STORY)
    desk = new_context(viewport={"width": 1280, "height": 900}).new_page()
    log_in(desk, base, "confidant")
    desk.goto(base + DESK)
    desk.get_by_role("link", name=reference).click()
    main = desk.locator("main")
    expect(main.locator(".case-standing")).to_contain_text(reference)
    expect(main.get_by_text(STORY)).to_be_visible()
    expect(main.get_by_text("Fien Verzonnen").first).to_be_visible()

    unfold(desk)
    main.get_by_role("link", name="Naar fase 2: Bemiddeling").click()
    expect(main.get_by_role("heading", level=1)).to_have_text("Naar fase 2: Bemiddeling")
    main.get_by_role("button", name="Naar fase 2: Bemiddeling").click()
    expect(main.get_by_text("Schrijf op waarom je dit doet.").first).to_be_visible()
    fill(desk, "Reden", REASON)
    main.get_by_role("button", name="Naar fase 2: Bemiddeling").click()
    expect(main.locator(".case-standing")).to_contain_text(reference)
    unfold(desk)
    expect(main.get_by_text(REASON)).to_be_visible()

    main.get_by_role("link", name="Advies geven (bindt niet)").click()
    fill(desk, "Datum van het advies", timezone.localdate().isoformat())
    fill(desk, "Advies", ADVICE)
    main.get_by_role("button", name="Advies geven (bindt niet)").click()
    expect(main.get_by_text(ADVICE).first).to_be_visible()

    unfold(desk)
    main.get_by_role("link", name="Afsluiten: afgerond met advies").click()
    expect(main.get_by_role("heading", level=1)).to_have_text("Afsluiten: afgerond met advies")
    for label, text in CLOSING.items():
        fill(desk, label, text)
    main.get_by_role("button", name="Afsluiten: afgerond met advies").click()
    expect(main.get_by_text("Afgesloten op")).to_be_visible()

    case = Complaint.objects.get()
    found = (case.stage, case.status, case.outcome)
    assert found == (Stage.MEDIATION, Status.CLOSED, Outcome.ADVISED)
    assert is_intact(case)
    history = open_history(case)
    main_kinds = [EventKind.FILED, EventKind.MOVED, EventKind.CLOSED]
    assert [line.event.kind for line in history if line.event.kind in main_kinds] == main_kinds
    assert any(line.content.get("reason") == REASON for line in history)


class Handler:
    """A member of staff with a browser, at the case file of one case."""

    def __init__(self, page: Page, base: str, name: str, case: Complaint) -> None:
        self.page, self.base, self.case = page, base, case
        sign_in(page, base, name)

    @property
    def main(self):
        return self.page.locator("main")

    def open(self) -> int:
        answer = self.page.goto(f"{self.base}{LIST}inspect/{self.case.pk}/")
        return answer.status

    def act(self, action: str, **fields: str) -> None:
        """Opens an action's form, fills it in by the names of its fields, and sends it."""
        self.page.goto(f"{self.base}{LIST}{action}")
        for name, value in fields.items():
            field = self.main.locator(f"[name={name}]").first
            if field.get_attribute("type") == "radio":
                self.main.locator(f"[name={name}][value='{value}']").check()
            else:
                field.fill(value)
        self.main.locator(".action-buttons button").click()
        expect(self.main.locator(".case-standing")).to_contain_text(self.case.reference)


def today() -> str:
    return timezone.localdate().isoformat()


def see(coachee: Page, base: str, *words: str) -> None:
    coachee.goto(base + FOLLOW)
    for said in words:
        expect(coachee.locator("main").get_by_text(said).first).to_be_visible()


@pytest.mark.every_database
def test_a_case_goes_through_three_stages(base, new_context, filed):
    case, code = filed
    coachee = new_context(viewport={"width": 360, "height": 740}).new_page()
    enter(coachee, base, code)
    confidant = Handler(new_context().new_page(), base, "confidant", case)
    deputy = Handler(new_context().new_page(), base, "deputy", case)
    assert (confidant.open(), deputy.open()) == (200, 404)

    confidant.act(f"contact/{case.pk}/", reason="We spraken elkaar aan de telefoon.")
    confidant.act(f"move/{case.pk}/?choice=mediation", reason="Beiden willen praten.")
    see(coachee, base, "Je klacht ging naar fase 2: Bemiddeling.")
    confidant.act(f"advise/{case.pk}/", given_on=today(), text="Maak samen een vast rooster.")
    see(coachee, base, "Maak samen een vast rooster.")

    coachee.goto(f"{base}{FOLLOW}?doe=plaatsvervanger")
    coachee.get_by_role("button", name="Liever naar de plaatsvervanger").click()
    expect(coachee.get_by_text("Je klacht is nu voor de plaatsvervanger.")).to_be_visible()
    assert (confidant.open(), deputy.open()) == (404, 200)

    reason = "De klager wil een uitspraak."
    deputy.act(f"consent/{case.pk}/?choice=committee", reason="Aan de telefoon.")
    see(coachee, base, "We legden vast dat je toestemming gaf.")
    deputy.act(f"move/{case.pk}/?choice=committee", ground="wished", reason=reason)
    see(coachee, base, "Je klacht ging naar fase 3: Klachtencommissie.")
    days = {"ruled_on": today(), "comply_by": today()}
    deputy.act(f"rule/{case.pk}/", **days, text="De coach betaalt een uur terug.")
    see(coachee, base, "De coach betaalt een uur terug.")
    outcome = {"finding": "Er is te laat afgebeld.", "decisions": "Een uur wordt terugbetaald."}
    deputy.act(f"close/{case.pk}/?choice=ruled", **outcome, measures="Geen.", reason=reason)
    see(coachee, base, "De behandeling is afgesloten", "Een uur wordt terugbetaald.")

    case = fresh(case)
    found = (case.stage, case.status, case.outcome)
    assert found == (Stage.COMMITTEE, Status.CLOSED, Outcome.RULED)
    assert is_intact(case)
