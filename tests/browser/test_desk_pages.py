"""Every page of the desk, as its addresses say, is accessible in both colour schemes."""

import pytest
from django.urls import reverse
from django.urls.converters import UUIDConverter

from complaints.models.rights import Right
from complaints.services import handling, rights
from complaints.staff.desk import ComplaintAdmin
from complaints.stages import Outcome, Stage
from tests.browser.conftest import sign_in
from tests.factories import make_complaint, move

DOWNLOADS = {"file", "copy", "dossier-pdf"}
PREFIX = "complaints_complaint_modeladmin_"
CHOICES = {"move": "mediation", "close": "solved", "decide": "keep"}


def pages_of(case) -> list[str]:
    """The address of every page there is of this case, and of those of no case."""
    found = []
    for url in ComplaintAdmin().get_admin_urls_for_registration():
        name = url.name.removeprefix(PREFIX)
        if name in DOWNLOADS:
            continue
        is_of_a_case = any(isinstance(c, UUIDConverter) for c in url.pattern.converters.values())
        address = reverse(url.name, args=[case.pk] if is_of_a_case else [])
        found.append(address + (f"?choice={CHOICES[name]}" if name in CHOICES else ""))
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_r50_every_page_of_the_desk(base, watched, is_clean, staff, scheme):
    case = make_complaint()
    rights.ask_right(complaint=case, right=Right.ERASURE)
    page = watched(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    sign_in(page, base, "confidant")
    pages = pages_of(case)
    assert len(pages) > 30
    for address in pages:
        page.goto(base + address)
        is_clean(page, within="main")


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_of_the_desk_is_wider_than_the_screen(base, watched, staff, width):
    case = make_complaint()
    page = watched(viewport={"width": width, "height": 800})
    sign_in(page, base, "confidant")
    for address in pages_of(case):
        page.goto(base + address)
        wider = "document.querySelector('main').scrollWidth - innerWidth"
        assert page.evaluate(wider) <= 0, address


def test_r50_what_a_closed_case_offers(base, watched, is_clean, staff):
    case = make_complaint()
    move(case, Stage.COMMITTEE, staff.confidant, "Ja.")
    reasons = dict.fromkeys(("reason", "finding", "decisions", "measures"), "Geen.")
    handling.close_complaint(complaint=case, outcome=Outcome.SOLVED, by=staff.confidant, **reasons)
    rights.ask_right(complaint=case, right=Right.ERASURE)
    page = watched(viewport={"width": 1280, "height": 900})
    sign_in(page, base, "confidant")
    for name, query in (("inspect", ""), ("reopen", ""), ("decide", "?choice=erase")):
        page.goto(base + reverse(PREFIX + name, args=[case.pk]) + query)
        is_clean(page, within="main")
