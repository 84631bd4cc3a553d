"""The consent ledger: each purpose apart, appended, and as easy to take back as to give."""

import pytest

from complaints.cases.case import is_intact
from complaints.cases.moves import move_complaint
from complaints.cases.rights import record_consent
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import CaseContact, OwedMail
from complaints.models.privacy import ConsentPurpose
from complaints.stages import Stage
from tests.factories import has_consent, make_complaint

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(staff) -> Complaint:
    return make_complaint()


def give(case, purpose, is_given=True):
    return record_consent(complaint=case, purpose=purpose, html="<p>Ja</p>", is_given=is_given)


@pytest.mark.parametrize("purpose", [ConsentPurpose.COACH, ConsentPurpose.COMMITTEE])
def test_r31_sharing_is_asked_later_each_apart(case, purpose):
    assert not has_consent(case, purpose)
    give(case, purpose)
    assert has_consent(case, purpose)
    other = {ConsentPurpose.COACH, ConsentPurpose.COMMITTEE} - {purpose}
    assert not has_consent(case, other.pop())


def test_r31_the_ledger_keeps_both_moments(case):
    give(case, ConsentPurpose.COACH)
    give(case, ConsentPurpose.COACH, is_given=False)
    lines = case.consents.filter(purpose=ConsentPurpose.COACH)
    assert [line.is_given for line in lines] == [True, False]
    assert not has_consent(case, ConsentPurpose.COACH)
    kinds = list(case.events.values_list("kind", flat=True))
    assert kinds[-2:] == [EventKind.CONSENTED, EventKind.WITHDREW]
    case.refresh_from_db()
    assert is_intact(case)


def test_a_line_of_the_ledger_is_never_changed(case):
    line = give(case, ConsentPurpose.COACH)
    line.is_given = False
    with pytest.raises(ValueError, match="never changed"):
        line.save()


def test_r32_withdrawing_mail_stops_the_mail_and_keeps_the_case(case, staff):
    OwedMail.objects.all().delete()
    give(case, ConsentPurpose.MAIL, is_given=False)
    assert not CaseContact.objects.filter(complaint=case).exists()
    move_complaint(complaint=case, to=Stage.MEDIATION, by=staff.confidant, reason="Opgepakt")
    assert not OwedMail.objects.filter(complaint=case, user=None).exists()
    assert Complaint.objects.filter(pk=case.pk).exists()
