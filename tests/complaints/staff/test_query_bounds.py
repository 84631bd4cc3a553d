"""What each page asks of the database: how much at most, and nothing twice."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from complaints.cases import codes_and_links, conversation, moves, people, records, rights
from complaints.cases.contents import consent_lines, with_texts
from complaints.models.handling import ChecklistItem
from complaints.models.keys_and_files import FollowLink
from complaints.stages import Agreement, Outcome, Right, Stage
from complaints.vault.codes import show_code
from tests.cases import address_of, every_way
from tests.complaints.public.form_filler import FORM, Filler
from tests.desk import NAME, client_for, url
from tests.factories import (
    advise,
    assess,
    close,
    make_answers,
    make_complaint,
    make_many_complaints,
    make_staged_file,
    make_user,
    move,
)
from tests.follow import FOLLOW, filed
from tests.queries import assert_no_statement_twice, few_queries

pytestmark = pytest.mark.django_db

WHY = "Zo is het afgesproken."


@pytest.fixture
def people_here(site):
    """The confidant, the deputy and two more handlers."""
    make_user("deputy")
    make_user("handler", username="ander")
    return make_user("confidant"), make_user("handler", username="collega")


@pytest.fixture
def full(people_here):
    """A case with events of all kinds, files, messages, decisions and the rest; and its code."""
    by, colleague = people_here
    files, today = [make_staged_file(), make_staged_file("b.png")], timezone.localdate()
    case, code = filed(files=files, answers=make_answers(coach="Coach Bedacht"))
    moves.record_contact(complaint=case, by=by, reason=WHY)
    assess(case, by)
    said = dict.fromkeys(("by_complainant", "by_coach"), next(iter(Agreement)))
    records.record_agreement(complaint=case, by=by, agreed_on=today, reason=WHY, **said)
    move(case, Stage.MEDIATION, by)
    for text in ("Maak een rooster.", "Houd je eraan."):
        advise(case, by, text)
    move(case, Stage.COMMITTEE, by)
    records.record_ruling(complaint=case, by=by, ruled_on=today, text="Betaal een uur terug.")
    move(case, Stage.MEDIATION, by)
    steps = [ChecklistItem.objects.create(stage=Stage.MEDIATION, text=text) for text in "ab"]
    records.set_step(complaint=case, item=steps[0], is_done=True, by=by)
    moves.add_note(complaint=case, by=by, reason=WHY)
    for text in ("Eerste", "Tweede"):
        conversation.write_to_handler(complaint=case, text=text, code=code)
        conversation.write_to_complainant(complaint=case, text=text, by=by)
    for other in (make_complaint(), make_complaint()):
        moves.relate(complaint=case, other=other, by=by, reason=WHY)
    close(make_complaint(), by, Outcome.DUPLICATE, duplicate_of=case)
    for right in Right:
        rights.ask_right(complaint=case, right=right)
    people.share_case(complaint=case, to=colleague, by=by)
    case.refresh_from_db()
    return case, code


@pytest.fixture
def desk(people_here) -> Client:
    client = client_for(people_here[0])
    client.get(reverse("wagtailadmin_home"))  # content types, once a process
    return client


MANY = {
    "index": 18,
    "index?whose=mine&status=all": 18,
    "index?stage=filing&unread=yes&theme=none": 18,
    "index?term=late&theme=none&request=yes": 17,  # nothing found: says what there is
    **dict.fromkeys(("export", "register", "hand_over", "readings"), 18),
}


def test_a_page_about_many_cases(desk, people_here):
    """Only the list reads what is sealed, and of the cases of its page alone."""
    make_many_complaints(60, handler=people_here[0])
    for page, most in MANY.items():
        name, _mark, query = page.partition("?")
        with few_queries(most) as asked:
            assert desk.get(f"{reverse(NAME + name)}?{query}").status_code == 200, page
        opened = [query for query in asked if '"complaints_complaint"."sealed"' in query["sql"]]
        assert len(opened) == (1 if name == "index" and "term=late" not in query else 0), page


def test_the_pages_of_a_manager_and_of_who_handles(desk, people_here):
    make_many_complaints(60, handler=people_here[1])
    manager = client_for(make_user("manager"))
    pages = {reverse("wagtailadmin_home"): 21, reverse("handlers"): 22, reverse("in_order"): 16}
    pages |= {reverse("selfcheck"): 22, reverse("audit_counts"): 16}
    for page, most in pages.items():
        with few_queries(most):
            assert manager.get(page).status_code == 200
    with few_queries(21):
        assert desk.get(reverse("selfcheck")).status_code == 200
    for page in (reverse("handlers"), reverse("handler", args=[people_here[1].pk])):
        with few_queries(17):
            assert desk.get(page).status_code == 200


def test_the_start_page_and_a_plain_and_a_full_case_file(desk, full):
    with few_queries(19):
        assert desk.get(reverse("wagtailadmin_home")).status_code == 200
    cases = make_complaint(), full[0]
    for case in cases:
        with_texts(consent_lines(case))  # read once a process
    for case in cases:
        for _time in range(2):
            with few_queries(30):
                assert desk.get(url("inspect", case)).status_code == 200


def test_no_other_page_of_a_case_asks_anything_twice(desk, full):
    case, _code = full
    pages = [url(name, case) for name in ("accesses", "dossier-pdf")]
    pages += [address_of(case, action, choice) for action, choice in every_way()]
    for page in pages:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(page).status_code in (200, 409), page
        assert_no_statement_twice(captured)


def test_filling_the_form_in_and_sending_it(people_here):
    """The first page costs the same for everybody."""
    filler = Filler()
    filler.start().to_check(email="fien@example.org").send(consent_mail="on")  # warms up
    with few_queries(12):
        assert Client().get(FORM).status_code == 200
    with few_queries(18):
        filler.start()
    for number in range(12):
        if "send" in filler.page.actions:
            break
        past = [action for action in filler.page.actions if action.startswith("past:")]
        answers = {"probleem": "Ze kwam niet."} if number == 0 else {}
        with few_queries(6):
            filler.press(past[0] if past else "next", **answers)
    with few_queries(6):
        filler.press("send")  # without consent: the check page again
    assert filler.response.status_code == 422
    with few_queries(18):
        filler.send()
    assert "Je klacht is ontvangen" in filler.text
    for action in ("kept", "copy"):
        with few_queries(12):
            assert filler.client.post("/klacht-indienen/", filler.data(action)).status_code == 200


def test_what_the_complainant_follows_and_the_status_by_a_mailed_link(full):
    case, code = full
    client = Client()
    for _ in range(2):
        with few_queries(23):
            client.get(FOLLOW)
    client.post(FOLLOW, {"code": show_code(code), "action": "enter"})
    for _ in range(2):
        with few_queries(23):
            page = client.get(FOLLOW).content.decode()
    assert case.reference in page
    for way in sorted(set(re.findall(r'href="(/klacht-volgen/\?doe=[^"]*)"', page))):
        with few_queries(8):
            assert client.get(way).status_code == 200
    for kind in ("json", "pdf"):
        with few_queries(17):
            assert client.post(FOLLOW, {"action": kind}).status_code == 200
    now = timezone.now()
    given = {"made_at": now, "expires_at": now + timedelta(hours=1)}
    link = FollowLink.objects.create(complaint=case, **given)
    by_link = Client()
    by_link.post(f"{FOLLOW}link/{codes_and_links.token_of(link.pk)}/")
    Client().get("/klachtenprocedure/")  # where pages are is looked up once an edition
    with few_queries(15):
        assert case.reference in by_link.get(FOLLOW).content.decode()
