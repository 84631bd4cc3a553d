"""Twenty posts of one finished form at the same moment: one complaint, twenty confirmations."""

import threading

import pytest
from django.db import connections
from django.test import Client

from complaints.models.case import Complaint, Event
from complaints.models.outbox import MailKind, OwedMail
from tests.complaints.public.form_filler import POST, Filler

NUMBER = 20


@pytest.mark.django_db(transaction=True)
def test_twenty_posts_at_once_are_one_complaint_with_one_reference(site):
    filler = Filler().start().to_check(naam="Fien Verzonnen", email="fien@example.org")
    data = filler.data("send", consent_filing="on", consent_mail="on")
    together = threading.Barrier(NUMBER)
    answers, failed = [], []

    def post():
        try:
            together.wait(timeout=30)
            response = Client().post(POST, data)
            answers.append((response.status_code, response.content.decode()))
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(NUMBER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failed == []
    assert [status for status, _page in answers] == [200] * NUMBER
    case = Complaint.objects.get()
    for _status, page in answers:
        assert "Je klacht is ontvangen" in page
        assert case.reference in page
    assert Event.objects.filter(complaint=case).count() == 1
    assert OwedMail.objects.filter(complaint=case, kind=MailKind.ACKNOWLEDGEMENT).count() == 1
