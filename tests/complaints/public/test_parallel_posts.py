"""Twenty posts of one finished form at the same moment: one complaint, twenty confirmations."""

import pytest

from complaints.models.case import Complaint, Event
from complaints.models.outbox import MailKind, OwedMail
from tests.complaints.public.form_filler import Filler
from tests.threads import at_once


@pytest.mark.django_db(transaction=True)
def test_twenty_posts_at_once_are_one_complaint_with_one_reference(filler):
    filler.to_check(naam="Fien Verzonnen", email="fien@example.org")
    data = filler.data("send", consent_filing="on", consent_mail="on")
    answers = at_once(20, lambda: Filler().post(data))
    case = Complaint.objects.get()
    for answer in answers:
        answer.says("Je klacht is ontvangen", case.reference)
    assert Event.objects.filter(complaint=case).count() == 1
    assert OwedMail.objects.filter(complaint=case, kind=MailKind.ACKNOWLEDGEMENT).count() == 1
