"""Of everything that can be done with a case: the mail is seen before it goes, and each text box
says who will read it. Generated from the registry, so that a new action is covered at once."""

import pytest
from django.test import Client

from complaints.cases.following import happenings
from complaints.cases.sealing import case_key
from complaints.models.outbox import MailKind, OwedMail
from complaints.staff.actions.forms import Reader
from complaints.staff.actions.registry import ACTIONS
from tests.complaints.action_ways import (
    address,
    case_for,
    fields_of,
    name_of_way,
    post,
    texts_of,
    ways,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db

EVERY_WAY = pytest.mark.parametrize("way", list(ways()), ids=name_of_way)

# What no handler sends to a complainant: for whom, or because of what, it goes instead.
NOT_BY_A_HANDLER = {
    MailKind.NEW_CASE: "staff",
    MailKind.SUSPECT_DIGEST: "staff",
    MailKind.UNASSIGNED_CASE: "staff",
    MailKind.COMPLAINANT_ACTED: "staff",
    MailKind.HANDLERS_CHANGED: "staff",
    MailKind.TERM_REMINDER: "staff",
    MailKind.COLLEAGUE_LATE: "staff",
    MailKind.DAILY_DIGEST: "staff",
    MailKind.CASE_SHARED: "staff",
    MailKind.FOLLOW_LINK: "the complainant asked for it",
    MailKind.DRAFT_SAVED: "the clock, about a draft that nobody else knows",
}


@pytest.fixture
def confidant():
    return make_user("confidant")


@pytest.fixture
def desk(confidant) -> Client:
    client = Client()
    client.force_login(confidant)
    return client


def test_each_kind_of_mail_is_shown_before_it_goes_or_no_handler_sends_it():
    shown = {action.mail_kind for action in ACTIONS if action.mail_kind is not None}
    assert shown & set(NOT_BY_A_HANDLER) == set()
    assert shown | set(NOT_BY_A_HANDLER) == set(MailKind)


@EVERY_WAY
def test_a_mail_to_the_complainant_goes_only_from_a_page_that_shows_it(desk, confidant, way):
    case = case_for(way, confidant)
    OwedMail.objects.all().delete()
    page = desk.get(address(way, case))
    assert page.status_code == 200, "give it a line in ARRANGED"
    assert post(desk, way, case, confidant).status_code in (200, 302)
    sent = OwedMail.objects.filter(complaint=case, user=None)
    is_shown = 'name="mail_body"' in page.content.decode()
    assert [owed.kind for owed in sent] == ([way[0].mail_kind] if is_shown else [])


@EVERY_WAY
def test_each_text_box_names_its_readers_and_the_complainant_where_they_see_it(
    desk, confidant, way
):
    case = case_for(way, confidant)
    page = desk.get(address(way, case)).content.decode()
    names = texts_of(fields_of(way, case, confidant))
    assert post(desk, way, case, confidant).status_code in (200, 302)
    read = str([happening.texts for happening in happenings(case, case_key(case.pk))])
    for name in names:
        readers = way[0].readers_of(name)
        assert (Reader.COMPLAINANT in readers) == (f"kanarie-{name}" in read), name
        assert (Reader.US in readers) != (Reader.COMPLAINANT in readers), name
        # The committee is given the case file without our notes: what the complainant sees.
        assert (Reader.COMMITTEE in readers) == (Reader.COMPLAINANT in readers), name
        said = page.partition(f'id="id_{name}_readers"')[2].partition("</p>")[0]
        assert all(str(reader.label) in said for reader in readers), name


def test_every_reader_there_is_reads_something():
    """Nobody is named on the list whom no text box mentions."""
    named = {reader for action in ACTIONS for reader in action.readers}
    assert named == set(Reader)
