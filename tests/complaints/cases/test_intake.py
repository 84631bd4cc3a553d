"""Filing: all of a complaint is stored or nothing, sealed, once, and mail is owed with it."""

import hashlib
from datetime import UTC, date, datetime
from unittest.mock import Mock

import pytest

from complaints.cases import contents, sealing
from complaints.cases import filing as intake
from complaints.cases.case import is_intact
from complaints.cases.filing import Filing, GivenConsent, file_complaint
from complaints.events import EventKind
from complaints.models.case import Complaint, Event
from complaints.models.handling import Term
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import CaseContact, MailKind, OwedMail
from complaints.questions import Answer, Purpose
from complaints.stages import ConsentPurpose, Route, Stage, Status
from tests.factories import ledger
from tests.services import fresh, told

pytestmark = pytest.mark.django_db

CANARY = "kanarie-Zq7"
FILED_AT = datetime(2026, 12, 9, 10, 0, tzinfo=UTC)
ANSWERS = [
    Answer("probleem", "Wat is het probleem?", "multiline", CANARY, purpose=Purpose.PROBLEM.value),
    Answer("email", "E-mail", "email", f"{CANARY}@example.org", purpose=Purpose.EMAIL.value),
    Answer("naam", "Naam", "singleline", f"{CANARY} naam", purpose=Purpose.NAME.value),
]
BOTH = [
    GivenConsent(ConsentPurpose.FILING, "<p>Ja</p>"),
    GivenConsent(ConsentPurpose.MAIL, "<p>Mail</p>"),
]


def filing(nonce=b"n" * 32, **changes):
    return Filing(**({"nonce": nonce, "answers": ANSWERS, "consents": BOTH} | changes))


def test_it_starts_open_with_a_history_its_consent_in_words_and_nothing_without_its_key():
    case = file_complaint(filing=filing(), at=FILED_AT)
    assert (case.stage, case.status, case.outcome) == (Stage.FILING, Status.OPEN, "")
    assert case.received_on == date(2026, 12, 9)
    assert str(case) == case.reference
    assert [event.kind for event in case.events.all()] == [EventKind.FILED]
    assert is_intact(case)
    filed, given = ledger(case)
    assert (filed.purpose, given.purpose) == (ConsentPurpose.FILING, ConsentPurpose.MAIL)
    assert given.text.html == "<p>Mail</p>"
    assert given.text.sha256 == hashlib.sha256(b"<p>Mail</p>").hexdigest()
    assert given.at == FILED_AT
    assert contents.open_answers(fresh(case)) == ANSWERS
    assert sealing.open_address(case.pk, case.contact.sealed_email) == f"{CANARY}@example.org"
    KeyWrap.objects.filter(complaint_id=case.pk).delete()
    with pytest.raises(sealing.KeyDestroyed):
        sealing.case_key(case.pk)


def test_r20_a_reference_tells_no_count_and_no_person_and_mail_is_owed_where_agreed():
    agreed = file_complaint(filing=filing(b"1" * 32))
    other = file_complaint(filing=filing(b"2" * 32, consents=BOTH[:1]))
    assert agreed.reference[:3] == "KM-"
    assert agreed.reference != other.reference
    assert not {agreed.reference[-2:], other.reference[-2:]} & {"01", "02"}
    assert told(MailKind.ACKNOWLEDGEMENT, complaint=agreed)
    assert not told(MailKind.ACKNOWLEDGEMENT, complaint=other)
    assert not CaseContact.objects.filter(complaint=other).exists()


def test_r07_one_for_the_deputy_never_falls_back_to_the_confidant(staff):
    case = file_complaint(filing=filing(route=Route.DEPUTY))
    assert case.handler == staff.deputy
    staff.deputy.is_active = False
    staff.deputy.save()
    held = file_complaint(filing=filing(b"2" * 32, route=Route.DEPUTY))
    assert held.handler is None
    assert not OwedMail.objects.filter(complaint=held, user=staff.confidant).exists()
    assert told(MailKind.UNASSIGNED_CASE, complaint=held)


def test_a_fault_half_way_stores_nothing(monkeypatch):
    fault = Mock(side_effect=OSError("disk full"))
    monkeypatch.setattr(intake.notifications, "owe_filed", fault)
    with pytest.raises(OSError, match="disk full"):
        file_complaint(filing=filing())
    for model in (Complaint, Event, Term, OwedMail, CaseContact):
        assert model.objects.count() == 0
    assert not KeyWrap.objects.exclude(complaint_id=sealing.LOOKUP_ID).exists()
