"""Whatever two complainants do, in any order: neither is shown anything of the other's case.

Everything one of them puts in carries a mark of theirs. A session by a mailed link never shows a
mark at all, its own included.
"""

from contextlib import suppress
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from complaints.cases import codes_and_links, conversation, moves, sealing
from complaints.cases.case import NotAllowed, is_intact
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Attachment
from complaints.models.outbox import OwedMail
from complaints.public.following.acting import BUTTONS
from complaints.stages import Outcome
from tests.factories import close, make_answers, make_staged_file
from tests.faults.servers import IS_WHOLE
from tests.follow import FOLLOW, act, filed
from tests.services import tick

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
        answers = {"problem": f"{name}-geheim probleem", "email": f"{name}@example.com"}
        self.name = name
        self.case, self.code = filed(
            answers=make_answers(name=name, **answers),
            files=[make_staged_file(f"{name}-geheim.png")],
        )
        self.browser, self.by_link = Client(), Client()

    def post(self, action: str, **more):
        given = {"message": f"{self.name}-geheim woord", "choice": "yes"} | more
        return act(self.browser, action, **given)

    def link(self, action: str = ""):
        return act(self.by_link, action, "x") if action else self.by_link.get(FOLLOW)

    def use_new_link(self):
        codes_and_links.ask_for_link(address=f"{self.name}@example.com")
        tick()
        owed = OwedMail.objects.filter(complaint=self.case, kind="follow_link").last()
        if owed is None:
            return self.link()
        token = codes_and_links.token_of(SimpleNamespace(bytes=bytes.fromhex(owed.occasion)))
        return self.by_link.post(f"{FOLLOW}link/{token}/")


def do(person: Person, step: str, staff):
    """One step; returns what the browser with the code got, and the one with the link."""
    if step in DESK:
        at_the_desk(person.case, step, staff.confidant)
        return [], []
    if step == "link":
        return [], [person.use_new_link()]
    _before, has_link, action = step.rpartition("link: ")
    if action in ("take file", "file"):
        attached = Attachment.objects.exclude(complaint=None)
        press = person.link if has_link else person.post
        answers = [press(f"bestand:{file.pk.hex}") for file in attached]
    elif has_link:
        answers = [person.link("" if action == "see" else action)]
    else:
        answers = [by_code(person, step)]
    return ([], answers) if has_link else (answers, [])


def by_code(person: Person, step: str):
    name = person.name
    if step == "see":
        return person.browser.get(FOLLOW)
    if step == "files":
        return person.post("write", files=[SimpleUploadedFile(f"{name}-geheim.txt", name.encode())])
    if step == "in":
        return act(person.browser, "enter", code=person.code)
    if step == "their code":
        return person.post("write", message=f"Is dit mijn code: {person.code}")
    return person.post("leave" if step == "out" else step)


def at_the_desk(case, step: str, by) -> None:
    case.refresh_from_db()
    reasons = dict.fromkeys(("reason", "finding", "decisions", "measures"), "Geen.")
    with suppress(NotAllowed):
        if step == "answer":
            conversation.write_to_complainant(complaint=case, text="Dag.", by=by)
        elif step == "close":
            close(case, by, Outcome.SOLVED, **reasons)
        elif step == "reopen":
            moves.reopen_complaint(complaint=case, by=by, reason="Op verzoek.")
        else:
            tick()


def body(response) -> str:
    return b"".join(response).decode("utf-8", "replace")


@pytest.mark.any_database
@settings(
    max_examples=20 if IS_WHOLE else 5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(STEP, min_size=4, max_size=14))
def test_no_sequence_of_actions_shows_one_complainant_anything_of_another(site, staff, steps):
    people = {name: Person(name) for name in PEOPLE}
    for person in people.values():
        act(person.browser, "enter", code=person.code)
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
        with suppress(sealing.CodeUnknown):
            assert sealing.case_key_by_code(person.code)[0] == person.case.pk
