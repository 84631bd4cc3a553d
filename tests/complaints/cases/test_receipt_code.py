"""The code that lets the complainant back in: shown after sending, on paper, and nowhere else."""

import io
import re
from unittest.mock import Mock

import pytest
from django.db import DatabaseError
from pypdf import PdfReader

from complaints.cases.sealing import CodeUnknown, case_key, case_key_by_code
from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.public.filing import send
from complaints.vault.codes import CodeMistyped
from home.models import OrganisationSettings
from tests.complaints.public.form_filler import POST, Filler

pytestmark = pytest.mark.django_db

CODE = re.compile(r"\b(?:[0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]\b")


@pytest.fixture
def sent(site) -> Filler:
    return Filler().start().to_check(probleem="Bewaar dit.").send()


def code_on(filler: Filler) -> str:
    return CODE.search(filler.text)[0]


def test_the_code_on_the_confirmation_opens_the_complaint(sent):
    case = Complaint.objects.get()
    assert case_key_by_code(code_on(sent)) == (case.pk, case_key(case.pk))


def test_the_same_post_again_shows_the_same_code(sent):
    before = code_on(sent)
    sent.press("send")
    assert code_on(sent) == before
    assert KeyWrap.objects.filter(holder="code").count() == 1


def test_another_code_opens_nothing(sent):
    code = code_on(sent).replace("-", "")
    swapped = code[1] + code[0] + code[2:]
    with pytest.raises((CodeMistyped, CodeUnknown)):
        case_key_by_code(swapped if swapped != code else code[::-1])


def test_who_has_kept_it_sees_it_no_longer_and_can_look_again(sent):
    code = code_on(sent)
    sent.press("kept")
    assert not CODE.search(sent.text)
    assert "Je hebt de code bewaard" in sent.text
    sent.press("shown")
    assert code_on(sent) == code


def test_r63_the_code_is_on_the_copy(sent):
    code = code_on(sent)
    answer = sent.client.post(POST, sent.data("copy"))
    pages = PdfReader(io.BytesIO(answer.content)).pages
    assert code in "".join(page.extract_text() for page in pages)


def test_who_gave_no_address_is_told_that_only_the_code_lets_them_back(sent):
    assert "Alleen met deze code kun je terug." in sent.text


def test_who_gets_mail_is_not_told_so(site):
    filler = Filler().start().to_check(email="noor@example.com")
    filler.press("send", consent_filing="on", consent_mail="on")
    assert CODE.search(filler.text)
    assert "Alleen met deze code kun je terug." not in filler.text


def test_the_plain_confirmation_shows_it_too(site, monkeypatch):
    monkeypatch.setattr(
        send, "answer_with_confirmation", Mock(side_effect=DatabaseError("gone after the commit"))
    )
    filler = Filler().start().to_check().send()
    assert case_key_by_code(code_on(filler))[0] == Complaint.objects.get().pk


def test_the_page_of_a_fault_gives_the_number_to_call(site, monkeypatch):
    organisation = OrganisationSettings.objects.get()
    organisation.phone = "020 123 45 67"
    organisation.save()
    filler = Filler().start().to_check(probleem="Terug graag.")

    monkeypatch.setattr(send, "file", Mock(side_effect=DatabaseError("disk full")))
    filler.send()
    assert filler.response.status_code == 503
    assert 'href="tel:0201234567"' in filler.html
