"""A whole case through its three stages: coachee, confidant and deputy, in three browsers."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from complaints.cases.case import is_intact
from complaints.models.case import Complaint
from complaints.stages import Outcome, Stage, Status
from tests.browser.conftest import enter, sign_in
from tests.desk import LIST
from tests.follow import FOLLOW
from tests.services import fresh


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
