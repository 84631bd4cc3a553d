"""The consent ledger: each purpose apart, appended, and as easy to take back as to give."""

import pytest

from complaints.cases import moves, requests
from complaints.cases.contact import change_contact, record_consent
from complaints.cases.filing import GivenConsent
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import CaseContact, OwedMail
from complaints.models.privacy import Consent
from complaints.stages import ConsentPurpose, Outcome, Stage, Status
from complaints.vault.cipher import SealBroken
from tests.factories import ledger, make_complaint, make_filing, move
from tests.services import fresh, refused, undone

pytestmark = pytest.mark.django_db

WORDS = ("Trek in", "Wat dit <betekent>")
FILING, HEALTH = ConsentPurpose.FILING, ConsentPurpose.HEALTH
BOTH = make_filing().consents
SOME = {"none": (), "mail": BOTH, "health": (*BOTH, GivenConsent(HEALTH, "<p>Gezondheid</p>"))}


def change(case, purpose, is_given):
    """As the follow page does it: mail is given together with an address."""
    if purpose is ConsentPurpose.MAIL and is_given:
        given = {"name": "Noor", "email": "noor@example.com", "phone": "", "may_mail": True}
        return change_contact(complaint=case, words=WORDS, **given)
    given = {"purpose": purpose, "is_given": is_given}
    return record_consent(complaint=case, words=WORDS, **given)


def test_what_was_not_asked_at_filing_is_not_given_afterwards_and_mail_never_without_an_address():
    case = make_complaint(consents=())
    given = {"complaint": case, "words": WORDS, "is_given": True}
    for purpose in (ConsentPurpose.FILING, ConsentPurpose.HEALTH, ConsentPurpose.MAIL):
        refused(record_consent, purpose=purpose, **given)
    requests.withdraw_complaint(complaint=case)
    for purpose in (ConsentPurpose.COACH, ConsentPurpose.COMMITTEE):
        refused(record_consent, purpose=purpose, **given)
    assert ledger(case) == []


def test_r32_without_consent_no_mail_goes_and_a_complaint_is_withdrawn_and_never_erased(confidant):
    case = make_complaint()
    OwedMail.objects.all().delete()
    with undone():
        change(case, ConsentPurpose.MAIL, is_given=False)
        move(case, Stage.MEDIATION, confidant)
        assert not OwedMail.objects.filter(complaint=case, user=None).exists()
        assert case.events.filter(kind=EventKind.WITHDREW).exists()
    change(case, ConsentPurpose.FILING, is_given=False)
    now = fresh(case)
    assert (now.status, now.outcome) == (Status.CLOSED, Outcome.WITHDRAWN)
    assert now.sealed
    assert CaseContact.objects.filter(complaint=case).exists()
    assert OwedMail.objects.filter(user=confidant).count() == 1
    # Nobody of us handles it again until they agree to that.
    reopen = {"complaint": case, "by": confidant, "reason": "Toch."}
    refused(moves.reopen_complaint, **reopen)
    refused(requests.ask_reopening, complaint=case, text="Toch.")
    change(case, ConsentPurpose.FILING, is_given=True)
    assert not fresh(case).is_open
    requests.ask_reopening(complaint=case, text="Toch.")
    moves.reopen_complaint(**reopen)
    assert Complaint.objects.get(pk=case.pk).is_open


def test_what_is_stored_says_not_of_what_and_not_whether_it_was_asked():
    """Consent for what one tells of one's health says that one does (GDPR art. 9)."""
    cases = {name: make_complaint(consents=given) for name, given in SOME.items()}
    for is_given in (False, True):
        for case, purpose in ((cases["mail"], FILING), (cases["health"], HEALTH)):
            change(case, purpose, is_given=is_given)
    told = {
        name: [
            (len(bytes(row["sealed"])), sorted(row))
            for row in Consent.objects.filter(complaint=case).values()
        ]
        for name, case in cases.items()
    }
    assert told["none"] == told["mail"][:1] == told["health"][:1]
    assert told["mail"] == told["health"]
    assert len(told["mail"]) == 3
    assert sorted(field.name for field in Consent._meta.fields) == [
        "at",
        "complaint",
        "id",
        "sealed",
    ]
    kept = Consent.objects.filter(complaint=cases["health"]).first()
    with pytest.raises(ValueError, match="never changed"):
        kept.save()
    assert ledger(cases["health"])[2].purpose == HEALTH
    kept.pk, kept.complaint = None, cases["mail"]
    kept.save()
    with pytest.raises(SealBroken):
        ledger(cases["mail"])
