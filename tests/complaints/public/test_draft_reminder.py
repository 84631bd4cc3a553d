"""A mail that reminds of a draft: to an address that is forgotten, without code or content."""

import pytest
import time_machine
from django.core import mail

from complaints.cases import drafts
from complaints.models.keys_and_files import Draft
from complaints.models.outbox import MailKind, OwedMail
from complaints.public.filing import drafts as saving
from complaints.vault.codes import find_code_in
from complaints.worker.delivery import deliver_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(filler):
    """The page that shows the code of a draft, on a Tuesday."""
    with time_machine.travel("2026-11-24 10:00:00+01:00", tick=False):
        filler.next(probleem="Geheim verhaal").save(besproken="Ja")
        OwedMail.objects.all().delete()
        yield filler


def remind(page, email="fien@example.org", **more):
    return page.press("remind", email=email, **more)


def test_it_brings_the_address_and_the_date_and_no_code_or_content(page):
    code = page.code
    assert remind(page).says("De mail is onderweg").code == code
    deliver_due()
    (sent,) = mail.outbox
    assert sent.to == ["fien@example.org"]
    assert sent.subject == "Herinnering: verder tot en met dinsdag 8 december 2026"
    for words in ("/klacht-verder/", "dinsdag 8 december 2026"):
        assert words in sent.body
    assert not find_code_in(f"{sent.subject} {sent.body}", code)
    assert "Geheim" not in sent.message().as_string()


def test_the_address_is_sealed_and_gone_once_the_mail_is_sent(page):
    remind(page)
    draft = Draft.objects.get()
    assert b"fien" not in bytes(draft.sealed_email)
    assert "@" not in str(OwedMail.objects.values())
    deliver_due()
    draft.refresh_from_db()
    assert draft.sealed_email is None
    assert OwedMail.objects.get(kind=MailKind.DRAFT_SAVED).sent_at is not None


def test_an_address_given_while_the_mail_was_under_way_is_kept_for_the_next(page):
    remind(page)
    under_way = Draft.objects.get()
    remind(page, "ander@example.org")
    drafts.forget_address(under_way)
    assert drafts.draft_address(Draft.objects.get()) == "ander@example.org"


def test_two_requests_before_the_worker_comes_are_one_mail(page):
    remind(page, "fout@example.org")
    remind(page, "goed@example.org")
    deliver_due()
    assert [sent.to for sent in mail.outbox] == [["goed@example.org"]]


def test_a_wrong_address_is_mended_and_the_code_still_stands(page):
    code = page.code
    for typed, words in (
        ("", "Vul je e-mailadres in."),
        ("geen adres", "Er staat geen @ in. Vul een e-mailadres in zoals naam@voorbeeld.nl."),
    ):
        remind(page, typed).says(status=422)
        assert page.text.count(words) == 2
        assert page.page.values["email"] == [typed]
        assert page.code == code
        assert not OwedMail.objects.exists()


def test_nobody_uses_us_to_mail_a_stranger_over_and_over(page):
    code = page.code
    for _ in range(drafts.MOST_REMINDERS):
        remind(page).says(status=200)
    assert remind(page).says(status=429).code == code
    assert OwedMail.objects.count() == drafts.MOST_REMINDERS


def test_nor_many_strangers_from_one_network(page, monkeypatch):
    monkeypatch.setattr(saving.reminders, "most", 1)
    remind(page, "een@example.org").says(status=200)
    remind(page, "twee@example.org").says(status=429)


def test_what_looks_like_misuse_mails_nobody(page):
    remind(page, website="x").says(status=429)
    assert not OwedMail.objects.exists()


def test_a_draft_that_is_gone_owes_no_mail_and_is_not_kept_again_unasked(page):
    remind(page)
    drafts.destroy_draft(page.code)
    assert not OwedMail.objects.exists()
    remind(page).says("Dit concept is er niet meer", status=422)
    assert page.page.values["q-besproken"] == ["Ja"]
    assert not Draft.objects.exists()
