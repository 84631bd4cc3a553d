"""Of everything that can be done with a case: the mail is seen before it goes, and each text box
says who will read it. Generated from the registry, so that a new action is covered at once."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from complaints.cases.contents import own_history
from complaints.cases.sealing import case_key
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.staff.actions import ACTIONS
from complaints.staff.actions.forms import Reader
from tests.cases import STATES, address_of, every_way, make_case_in, name_of, post, texts
from tests.factories import make_user

pytestmark = pytest.mark.django_db

# What no handler sends to a complainant: for whom, or because of what, it goes instead.
STAFF = (
    *(MailKind.NEW_CASE, MailKind.SUSPECT_DIGEST, MailKind.UNASSIGNED_CASE),
    *(MailKind.COMPLAINANT_ACTED, MailKind.HANDLERS_CHANGED, MailKind.TERM_REMINDER),
    *(MailKind.COLLEAGUE_LATE, MailKind.DAILY_DIGEST, MailKind.CASE_SHARED),
    *(MailKind.ACCOUNT_USED, MailKind.INVITED, MailKind.MAIL_TRIED),
)
NOT_BY_A_HANDLER = dict.fromkeys(STAFF, "staff") | {
    MailKind.FOLLOW_LINK: "the complainant asked for it",
    MailKind.CODE_ASKED: "the complainant asked for a new code",
    MailKind.CONTACT_CHANGED: "the complainant changed their address",
    MailKind.DRAFT_SAVED: "the clock, about a draft that nobody else knows",
}


def test_each_kind_of_mail_is_shown_before_it_goes_or_no_handler_sends_it():
    shown = {action.mail_kind for action in ACTIONS if action.mail_kind is not None}
    assert shown & set(NOT_BY_A_HANDLER) == set()
    assert shown | set(NOT_BY_A_HANDLER) == set(MailKind)


def test_each_way_can_be_done_shows_its_mail_and_names_the_readers_of_each_box(staff, desk, other):
    """Each is done once, in the first state that allows it, and undone.

    What looks like misuse comes last: nothing done there mails its complainant.
    """
    people = {"by": staff.confidant, "handler": other, "reader": make_user("handler")}
    cases = [make_case_in(state, **people) for state in (*STATES, "filing")]
    *_others, suspect = cases
    Complaint.objects.exclude(pk=suspect.pk).update(is_suspect=False)
    OwedMail.objects.all().delete()
    amiss = [f"{name_of(way)}: {said}" for way in every_way() for said in faults(desk, cases, way)]
    assert amiss == []


def faults(desk, cases, way) -> Iterator[str]:
    pages = ((case, desk.get(address_of(case, *way))) for case in cases)
    case, page = next((found for found in pages if found[1].status_code == 200), (None, None))
    if case is None:
        yield "no state of tests/cases.py allows it"
        return
    with transaction.atomic():
        yield from faults_of_doing(desk, case, way, page)
        transaction.set_rollback(True)


def faults_of_doing(desk, case, way, page) -> Iterator[str]:
    shown, by = page.content.decode(), page.wsgi_request.user
    boxes = texts(case, way, by)
    status = post(desk, case, way, by).status_code
    if status not in (200, 302):
        yield f"answers {status}"
    mails = [owed.kind for owed in OwedMail.objects.filter(complaint=case, user=None)]
    if mails != ([way[0].mail_kind] if 'name="mail_body"' in shown else []):
        yield f"sends the complainant {mails}, and its page does not say so"
    read = str([line.content for line in own_history(case, case_key(case.pk))])
    for name in boxes:
        yield from faults_of_box(name, way[0].readers_of(name), shown, f"kanarie-{name}" in read)


def faults_of_box(name: str, readers, shown: str, is_read: bool) -> Iterator[str]:
    if (Reader.COMPLAINANT in readers) != is_read:
        yield f"{name} is {'' if is_read else 'not '}read by the complainant"
    if (Reader.US in readers) == (Reader.COMPLAINANT in readers):
        yield f"{name} is for us or for the complainant"
    # The committee is given the case file without our notes: what the complainant sees.
    if (Reader.COMMITTEE in readers) != (Reader.COMPLAINANT in readers):
        yield f"{name} is read by the committee where the complainant does"
    said = shown.partition(f'id="id_{name}_readers"')[2].partition("</p>")[0]
    if not all(str(reader.label) in said for reader in readers):
        yield f"{name} does not name its readers"


def test_every_reader_there_is_reads_something():
    """Nobody is named on the list whom no text box mentions."""
    assert {reader for action in ACTIONS for reader in action.readers} == set(Reader)
