"""The code that lets the complainant back in: shown after sending, on paper, and nowhere else."""

import re
from unittest.mock import Mock

import pytest
from django.db import DatabaseError

from complaints.cases.sealing import case_key, case_key_by_code
from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.public.filing import send
from home.models import OrganisationSettings
from tests.complaints.public.form_filler import POST, Filler
from tests.evidence import words_of_pdf

pytestmark = pytest.mark.django_db

CODE = re.compile(r"\b(?:[0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]\b")


@pytest.fixture
def sent(site) -> Filler:
    return Filler().start().to_check(probleem="Bewaar dit.").send()


def code_on(filler: Filler) -> str:
    return CODE.search(filler.text)[0]


def test_the_code_opens_the_complaint_and_is_shown_again_until_it_is_kept(sent):
    case, code = Complaint.objects.get(), code_on(sent)
    assert case_key_by_code(code) == (case.pk, case_key(case.pk))
    assert "Zonder deze code kun je niet terug" in sent.text, "no address was given"
    sent.press("send")
    assert code_on(sent) == code
    assert KeyWrap.objects.filter(holder="code").count() == 1
    sent.press("kept")
    assert not CODE.search(sent.text)
    assert "Je hebt de code bewaard" in sent.text
    sent.press("shown")
    assert code_on(sent) == code


def test_r63_the_code_is_on_the_copy(sent):
    answer = sent.client.post(POST, sent.data("copy"))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    assert code_on(sent) in words_of_pdf(answer.content)


def test_whoever_gets_mail_is_not_told_that_only_the_code_lets_them_back(site):
    filler = Filler().start().to_check(email="noor@example.com").send(consent_mail="on")
    assert CODE.search(filler.text)
    assert "Zonder deze code" not in filler.text


def test_the_plain_confirmation_shows_it_too_and_the_page_of_a_fault_a_number_to_call(
    site, monkeypatch
):
    OrganisationSettings.objects.update(phone="020 123 45 67")
    fault = Mock(side_effect=DatabaseError("gone after the commit, or the disk full"))
    monkeypatch.setattr(send, "answer_with_confirmation", fault)
    filler = Filler().start().to_check().send()
    assert case_key_by_code(code_on(filler))[0] == Complaint.objects.get().pk
    monkeypatch.setattr(send, "file", fault)
    filler = Filler().start().to_check().send()
    assert filler.response.status_code == 503
    assert 'href="tel:0201234567"' in filler.html
