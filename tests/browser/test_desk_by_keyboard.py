"""A case handled with the keyboard alone: Tab, the arrows, Enter, Space and letters.

Every page is walked from its top. No stop in the desk may go unseen: each shows where the focus is.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from complaints.events import EventKind
from complaints.models.outbox import MailKind
from complaints.notifications import owe
from complaints.stages import Outcome, Severity, Stage, Status
from tests.accounts.doors import code_of, with_app
from tests.browser.conftest import sign_in
from tests.factories import PROBLEM, make_complaint
from tests.services import forget_mail, fresh, send_all

MOST_PRESSES = 120
# What the element in focus is called, and how the focus on it shows.
FOCUSED = """() => {
  const it = document.activeElement;
  const words = it.ariaLabel || it.labels?.[0]?.innerText || it.innerText || it.value || "";
  const style = getComputedStyle(it);
  return {
    name: words.replace(/\\s+/g, " ").trim(),
    isOurs: Boolean(it.closest(".desk")),
    isSeen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  };
}"""


class Keys:
    """Somebody without a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, name: str, most: int = MOST_PRESSES) -> None:
        """Presses Tab until what is called that has the focus, and it is on the screen."""
        passed = []
        for _ in range(most):
            self.page.keyboard.press("Tab")
            found = self.page.evaluate(FOCUSED)
            if found["isOurs"]:
                assert found["isSeen"], f"no focus to be seen on {found['name']}"
            if re.fullmatch(name, found["name"]):
                expect(self.page.locator(":focus")).to_be_in_viewport()
                return
            passed.append(found["name"])
        raise AssertionError(f"Tab does not come to {name}, but to {passed}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def follow(self, name: str) -> None:
        """Goes to a link or a button, and follows it to the next page."""
        self.to(name)
        with self.page.expect_navigation():
            self.press("Enter")

    def more(self) -> None:
        """Unfolds what else can be done."""
        self.to("Meer")
        self.press("Enter")

    def write(self, name: str, text: str) -> None:
        self.to(name)
        self.page.keyboard.type(text)


@pytest.fixture
def keys(base, watched, staff) -> Keys:
    page = watched(viewport={"width": 1280, "height": 900})
    sign_in(page, base, "confidant")
    return Keys(page)


@pytest.fixture
def case(keys):
    return make_complaint()


@pytest.fixture
def at_case(base, case, keys) -> Keys:
    """In the case file, at its top."""
    keys.page.goto(f"{base}/cms/complaints/complaint/inspect/{case.pk}/")
    return keys


def says(keys: Keys, words: str) -> None:
    expect(keys.page.locator(".messages")).to_contain_text(words)


def test_a_newcomers_first_case_from_the_mail_to_an_answer_sent(base, new_context, staff):
    """The digest brings them to the log-in page, with its second step, and that to what waits."""
    case, app = make_complaint(), with_app(staff.confidant)
    forget_mail()
    owe(MailKind.DAILY_DIGEST, staff.confidant, occasion="today")
    (mail,) = send_all()
    (address,) = re.findall(r"https?://[^/]+(/\S*)", mail.body)
    keys = Keys(new_context(viewport={"width": 1280, "height": 900}).new_page())
    keys.page.goto(base + address)
    keys.write("Gebruikersnaam.*", "confidant")
    keys.write("(Wachtwoord|Password).*", "test")
    with keys.page.expect_navigation():
        keys.press("Enter")
    keys.write("Code.*", code_of(app))
    with keys.page.expect_navigation():
        keys.press("Enter")
    keys.follow("1 zaak is ongelezen")
    keys.follow(f".*{case.reference}")
    expect(keys.page.get_by_text(PROBLEM).first).to_be_in_viewport()
    keys.to("Ga naar de inhoud")
    keys.press("Enter")
    expect(keys.page.locator("main:focus")).to_have_count(1)
    keys.to("Begin met een sjabloon", most=5)
    keys.write("Bericht", "Dank je. Ik bel je morgen.")
    forget_mail()
    keys.follow("Versturen")
    says(keys, "Het bericht staat klaar voor de klager.")
    assert [sent.to for sent in send_all()] == [["noor@example.com"]]
    assert case.events.filter(kind=EventKind.ANSWERED).count() == 1


def test_from_the_start_page_by_way_of_a_filter_to_a_case(base, keys, case):
    other = make_complaint()
    keys.page.goto(f"{base}/cms/")
    keys.follow("Klachten.*")
    keys.follow("Te laat")
    expect(keys.page.get_by_text("Geen klacht past hierbij.")).to_be_visible()
    keys.follow("Nieuw")
    keys.follow(f".*{case.reference}")
    heading = keys.page.locator("main").get_by_role("heading", level=1)
    expect(heading).to_contain_text("Noor Verzonnen")
    expect(keys.page.locator(".case-standing")).to_contain_text(case.reference)
    keys.follow("Volgende zaak")
    expect(keys.page.locator(".case-standing")).to_contain_text(other.reference)
    keys.page.go_back()
    keys.page.go_back()
    keys.to("Toon filters")
    keys.press("Enter")
    keys.to("Fase")
    keys.press("Enter")
    keys.write("Fase", "Bem")
    expect(keys.page.get_by_text("Geen klacht past hierbij.")).to_be_visible()


def test_a_message_with_a_mail_of_ones_own(at_case, case):
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


def test_assessing_closing_as_solved_and_opening_again(at_case, case):
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
