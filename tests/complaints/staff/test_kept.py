"""What a handler typed is given back where the post is refused before any view reads it."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from complaints.models.case import Complaint
from complaints.models.keys_and_files import Attachment
from tests.desk import NAME, client_for, says, url
from tests.factories import make_complaint

pytestmark = pytest.mark.django_db

HERE = {"headers": {"origin": "http://testserver"}}
TEXT = "Een lang advies, <b>met</b> zorg geschreven."


@pytest.fixture
def case(confidant):
    return make_complaint()


def strict(user) -> Client:
    return client_for(user, enforce_csrf_checks=True)


def test_who_was_signed_out_or_signed_in_again_meanwhile_gets_the_text_back(case, confidant):
    given, again = {"seen": 1, "reason": TEXT}, strict(confidant)
    page = again.get(url("note", case)).content.decode()
    old = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    again.cookies.clear()
    again.force_login(confidant)
    again.get(url("note", case))
    for client, why in (
        (Client(), "Je was niet meer ingelogd."),
        (again, "hoort bij een eerdere keer inloggen"),
    ):
        answer = client.post(url("note", case), given | {"csrfmiddlewaretoken": old}, **HERE)
        says(answer, TEXT, why, status=403)
        page = answer.content.decode()
        assert "&lt;b&gt;met&lt;/b&gt;" in page
        assert f'href="{url("note", case)}"' in page
        assert old not in page
        assert "no-store" in answer["Cache-Control"]
    assert Complaint.objects.get().event_count == 1


def test_registering_gives_all_that_was_written_back_and_keeps_no_file(confidant):
    scan = SimpleUploadedFile("brief.pdf", b"%PDF-1.4 geheim", "application/pdf")
    given = {"source": "letter", "name": "Noor Verzonnen", "problem": TEXT, "token": "abc=="}
    for client in (Client(), strict(confidant)):
        answer = client.post(reverse(f"{NAME}register"), given | {"scans": [scan]}, **HERE)
        says(answer, "Noor Verzonnen", TEXT, status=403)
        assert not re.search("abc==|>letter<", answer.content.decode())
    assert not Attachment.objects.exists()


def test_another_site_cannot_put_words_on_a_page_of_ours(case, confidant):
    given = {"seen": 1, "reason": TEXT}
    for headers in ({}, {"origin": "https://elders.example"}, {"origin": "null"}):
        assert Client().post(url("note", case), given, headers=headers).status_code == 302
        answer = strict(confidant).post(url("note", case), given, headers=headers)
        assert answer.status_code == 403
        assert "zorg geschreven" not in answer.content.decode(), headers


def test_no_other_page_gives_back_what_was_posted_and_without_text_one_signs_in(case):
    given = {"username": "confidant", "password": "een geheim woord"}
    log_in = reverse("wagtailadmin_login")
    answer = strict(None).post(log_in, given, **HERE)
    assert answer.status_code == 403
    assert "geheim" not in answer.content.decode()
    answer = Client().post(url("move", case), {"choice": "mediation", "seen": 1}, **HERE)
    assert answer.status_code == 302
    assert answer.url.startswith(log_in)
