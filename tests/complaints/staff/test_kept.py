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


def csrf_in(page) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode()).group(1)


def test_who_was_signed_out_meanwhile_gets_the_text_back(case):
    answer = Client().post(url("note", case), {"seen": 1, "reason": TEXT}, **HERE)
    says(answer, TEXT, "Je was niet meer ingelogd.", status=403)
    assert "&lt;b&gt;met&lt;/b&gt;" in answer.content.decode()
    assert f'href="{url("note", case)}"' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert Complaint.objects.get().event_count == 1


def test_a_form_from_before_signing_in_again_gives_the_text_back(case, confidant):
    client = strict(confidant)
    old = csrf_in(client.get(url("note", case)))
    client.cookies.clear()
    client.force_login(confidant)
    client.get(url("note", case))
    given = {"seen": 1, "reason": TEXT, "csrfmiddlewaretoken": old}
    answer = client.post(url("note", case), given, **HERE)
    says(answer, "hoort bij een eerdere keer inloggen", TEXT, status=403)
    assert old not in answer.content.decode()


def test_registering_gives_all_that_was_written_back_and_keeps_no_file(confidant):
    scan = SimpleUploadedFile("brief.pdf", b"%PDF-1.4 geheim", "application/pdf")
    given = {"source": "letter", "name": "Noor Verzonnen", "problem": TEXT, "token": "abc=="}
    for client in (Client(), strict(confidant)):
        answer = client.post(reverse(f"{NAME}register"), given | {"scans": [scan]}, **HERE)
        says(answer, "Noor Verzonnen", TEXT, status=403)
        assert not re.search("abc==|>letter<", answer.content.decode())
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("headers", [{}, {"origin": "https://elders.example"}, {"origin": "null"}])
def test_another_site_cannot_put_words_on_a_page_of_ours(case, confidant, headers):
    given = {"seen": 1, "reason": TEXT}
    assert Client().post(url("note", case), given, headers=headers).status_code == 302
    answer = strict(confidant).post(url("note", case), given, headers=headers)
    assert answer.status_code == 403
    assert "zorg geschreven" not in answer.content.decode()


def test_no_other_page_gives_back_what_was_posted(confidant):
    given = {"username": "confidant", "password": "een geheim woord"}
    answer = strict(None).post(reverse("wagtailadmin_login"), given, **HERE)
    assert answer.status_code == 403
    assert "geheim" not in answer.content.decode()


def test_without_any_text_the_way_is_to_sign_in(case):
    answer = Client().post(url("move", case), {"choice": "mediation", "seen": 1}, **HERE)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("wagtailadmin_login"))
