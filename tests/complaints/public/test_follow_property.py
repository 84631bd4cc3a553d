"""Whatever two complainants do, in any order: neither is shown anything of the other's case.

Everything one of them puts in carries a mark of theirs. A session by a mailed link never shows a
mark at all, its own included.
"""

import re
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from complaints.cases import codes_and_links, conversation, moves
from complaints.cases.case import NotAllowed
from complaints.cases.filing import file_complaint
from complaints.cases.history import is_intact
from complaints.cases.sealing import CodeUnknown, case_key_by_code
from complaints.models.attachment import Attachment
from complaints.models.case import Complaint
from complaints.models.outbox import OwedMail
from complaints.public.following.acting import BUTTONS
from complaints.stages import Outcome
from complaints.vault.codes import code_from_nonce
from complaints.worker.clock import tick
from tests.factories import close, make_answers, make_filing, make_staged_file
from tests.faults.servers import IS_WHOLE
from tests.follow import FOLLOW

pytestmark = pytest.mark.django_db

PEOPLE = ("anna", "bram")
CONSENTS = [f"toestemming:{p}:{a}" for p in ("coach", "committee", "mail") for a in ("ja", "nee")]
BY_CODE = ["see", "write", "files", "take file", "json", "out", "in", "their code"]
BY_LINK = ["link", "link: see", "link: json", "link: write", "link: file", "link: newcode"]
DESK = ["answer", "close", "reopen", "tick"]
NAMES = [offer.name for offer in BUTTONS]
STEP = st.tuples(
    st.sampled_from(PEOPLE), st.sampled_from(BY_CODE + BY_LINK + DESK + NAMES + CONSENTS)
)


class Person:
    """One complainant with two browsers: one with the code, one that came by a mailed link."""

    def __init__(self, name: str) -> None:
        filing = make_filing(
            answers=make_answers(
                problem=f"{name}-geheim probleem", name=name, email=f"{name}@example.com"
            ),
            files=[make_staged_file(f"{name}-geheim.png")],
        )
        self.name, self.case = name, file_complaint(filing=filing)
        self.code = code_from_nonce(filing.nonce)
        self.browser, self.by_link = Client(), Client()

    def post(self, action: str, **more):
        data = {"action": action, "message": f"{self.name}-geheim woord", "choice": "yes", **more}
        return self.browser.post(FOLLOW, data)

    def link(self, action: str = "", **more):
        if not action:
            return self.by_link.get(FOLLOW)
        return self.by_link.post(FOLLOW, {"action": action, "message": "x", **more})

    def use_new_link(self):
        codes_and_links.ask_for_link(address=f"{self.name}@example.com")
        tick()
        owed = OwedMail.objects.filter(complaint=self.case, kind="follow_link").last()
        if owed is None:
            return self.link()
        token = codes_and_links.token_of(SimpleNamespace(bytes=bytes.fromhex(owed.occasion)))
        return self.by_link.post(f"{FOLLOW}link/{token}/")


def do(person: Person, step: str, staff):
    """One step; gives back what the browser with the code got, and the one with the link."""
    if step in DESK:
        at_the_desk(person.case, step, staff)
        return [], []
    if step.startswith("link"):
        return [], by_link(person, step)
    return by_code(person, step), []


def by_code(person: Person, step: str):
    name = person.name
    if step == "see":
        return [person.browser.get(FOLLOW)]
    if step == "files":
        sent = SimpleUploadedFile(f"{name}-geheim.txt", name.encode())
        return [person.post("write", files=[sent])]
    if step == "take file":
        return [person.post(action) for action in every_file()]
    if step == "in":
        return [person.browser.post(FOLLOW, {"action": "enter", "code": person.code})]
    if step == "their code":
        return [person.post("write", message=f"Is dit mijn code: {person.code}")]
    return [person.post("leave" if step == "out" else step)]


def by_link(person: Person, step: str):
    if step == "link":
        return [person.use_new_link()]
    if step == "link: file":
        return [person.link(action) for action in every_file()]
    action = step.removeprefix("link: ")
    answer = person.link("" if action == "see" else action)
    person.code = code_shown(answer) or person.code
    return [answer]


def every_file():
    attached = Attachment.objects.exclude(complaint=None)
    return [f"bestand:{file.pk.hex}" for file in attached]


def at_the_desk(case, step: str, staff) -> None:
    case.refresh_from_db()
    try:
        if step == "answer":
            conversation.write_to_complainant(complaint=case, text="Dag.", by=staff.confidant)
        elif step == "close":
            reasons = dict.fromkeys(("reason", "finding", "decisions", "measures"), "Geen.")
            close(case, staff.confidant, Outcome.SOLVED, **reasons)
        elif step == "reopen":
            moves.reopen_complaint(complaint=case, by=staff.confidant, reason="Op verzoek.")
        else:
            tick()
    except NotAllowed:
        return


def code_shown(response) -> str:
    found = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}-[0-9A-Z]", response.content.decode())
    return found[0].replace("-", "") if found else ""


def body(response) -> str:
    return b"".join(response).decode("utf-8", "replace")


@settings(
    max_examples=20 if IS_WHOLE else 8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(STEP, min_size=4, max_size=14))
def test_no_sequence_of_actions_shows_one_complainant_anything_of_another(site, staff, steps):
    people = {name: Person(name) for name in PEOPLE}
    for person in people.values():
        person.browser.post(FOLLOW, {"action": "enter", "code": person.code})
        person.use_new_link()
    for name, step in steps:
        person, other = people[name], people[PEOPLE[name == "anna"]]
        answers, links_got = do(person, step, staff)
        for response in answers + links_got:
            assert response.status_code < 500, step
            for theirs in (f"{other.name}-geheim", other.case.reference, other.code):
                assert theirs not in body(response), step
        for response in links_got:
            assert f"{person.name}-geheim" not in body(response), step
    for person in people.values():
        assert is_intact(Complaint.objects.get(pk=person.case.pk))
        assert opened_by(person.code) in (person.case.pk, None)


def opened_by(code: str):
    try:
        return case_key_by_code(code)[0]
    except CodeUnknown:
        return None


ADDRESSES = ["json", "pdf", "write", "opgelost", "commissie", "plaatsvervanger", "wissen", "inzage"]


def test_a_link_session_reads_and_does_nothing_by_any_address(site, staff):
    person = Person("anna")
    person.use_new_link()
    before = Complaint.objects.get(pk=person.case.pk).event_count
    file = f"bestand:{Attachment.objects.get(complaint=person.case).pk.hex}"
    for action in (*ADDRESSES, "oordeel", "heropenen", *CONSENTS, file):
        for response in (
            person.link(action),
            person.by_link.get(f"{FOLLOW}?doe={action}"),
            person.by_link.get(f"{FOLLOW}?action={action}"),
        ):
            assert "anna-geheim" not in body(response), action
            assert "Content-Disposition" not in response, action
    assert Complaint.objects.get(pk=person.case.pk).event_count == before
