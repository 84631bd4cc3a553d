"""A case is unread until whoever handles it opens it, and again when its complainant acts."""

import re

import pytest
from django.utils import timezone

from complaints.cases import contact, conversation, moves, people, requests
from complaints.models.case import Complaint
from complaints.staff import permissions
from complaints.stages import ConsentPurpose, Stage
from complaints.vault.codes import new_code
from tests.desk import LIST, changed, client_for, url
from tests.factories import make_complaint, make_many_complaints, move, set_handling
from tests.services import fresh, undone

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def badge(user) -> str:
    page = client_for(user).get("/cms/").content.decode()
    found = re.search(r"Klachten, (\d+) ongelezen", page)
    return found.group(1) if found else ""


def opened(user, case) -> Complaint:
    assert client_for(user).get(url("inspect", case)).status_code == 200
    return fresh(case)


def test_a_new_case_is_unread_until_its_handler_opens_it(case, staff):
    client = client_for(staff.confidant)
    client.head(url("inspect", case))
    client.get(LIST)
    client.get(url("note", case))
    assert fresh(case).is_unread, "looking without opening reads nothing"
    assert badge(staff.confidant) == "1"
    assert not opened(staff.confidant, case).is_unread
    assert badge(staff.confidant) == ""


ACTS = {
    "writes": (conversation.write_to_handler, {"text": "Hoi", "code": new_code()}),
    "solved": (requests.say_solved, {}),
    "committee": (requests.ask_for_committee, {}),
    "withdraws": (requests.withdraw_complaint, {}),
    "deputy": (requests.ask_for_deputy, {}),
    "consent": (
        contact.record_consent,
        {"purpose": ConsentPurpose.MAIL, "words": ("x",), "is_given": False},
    ),
}


def test_whatever_the_complainant_does_makes_it_unread_again_and_nothing_staff_do(case, staff):
    changed(case, is_unread=False)
    for act, (service, given) in ACTS.items():
        with undone():
            service(complaint=case, **given)
            assert fresh(case).is_unread, act
    moves.add_note(complaint=case, by=staff.confidant, reason="Gezien.")
    move(case, Stage.MEDIATION, staff.confidant)
    assert not fresh(case).is_unread


def test_only_whoever_it_is_up_to_reads_it(case, staff, other):
    with undone():
        people.share_case(complaint=case, to=other, by=staff.confidant)
        assert opened(other, case).is_unread
        assert badge(other) == ""
    with undone():
        people.assign_case(complaint=case, to=other, by=staff.confidant)
        assert opened(staff.confidant, case).is_unread
        assert (badge(staff.confidant), badge(other)) == ("", "1")
        assert not opened(other, case).is_unread
    with undone():
        changed(case, handler=None)
        assert badge(staff.confidant) == "1"
        assert not opened(staff.confidant, case).is_unread
    set_handling(confidant_absent_from=timezone.localdate())
    assert not opened(staff.deputy, case).is_unread


def test_a_case_handed_over_is_unread_for_the_new_handler(case, staff, other):
    opened(staff.confidant, case)
    people.hand_over_all(handler=staff.confidant, to=other, by=staff.confidant)
    assert badge(other) == "1"
    people.assign_case(complaint=case, to=staff.confidant, by=staff.confidant)
    opened(staff.confidant, case)
    people.assign_case(complaint=case, to=other, by=staff.confidant)
    assert badge(other) == "1"


@pytest.mark.every_database
def test_many_are_counted_in_one_query_without_misuse_and_shown_up_to_99(
    staff, django_assert_num_queries
):
    make_complaint(is_suspect=True)
    assert badge(staff.confidant) == ""
    make_many_complaints(99, handler=staff.confidant)
    assert badge(staff.confidant) == "99"
    make_complaint()
    page = client_for(staff.confidant).get("/cms/").content.decode()
    assert "Klachten, 99+ ongelezen" in page
    cases = permissions.unread_cases(staff.confidant)
    with django_assert_num_queries(1):
        assert cases.count() == 100
