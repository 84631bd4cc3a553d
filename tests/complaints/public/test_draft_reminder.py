"""A mail that reminds of a draft: to an address that is forgotten, without code or content."""

import pytest
import time_machine

from complaints.cases import drafts
from complaints.models.keys_and_files import Draft
from complaints.models.outbox import MailKind, OwedMail
from complaints.public.filing import drafts as saving
from complaints.vault.codes import find_code_in
from tests.complaints.public.form_filler import Filler
from tests.services import send_all

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


def test_it_brings_the_address_and_the_date_without_code_or_content_and_forgets_to_whom(page):
    code = page.code
    assert remind(page).says("De mail is onderweg").code == code
    draft = Draft.objects.get()
    assert b"fien" not in bytes(draft.sealed_email)
    assert "@" not in str(OwedMail.objects.values())
    (sent,) = send_all()
    assert sent.to == ["fien@example.org"]
    assert sent.subject == "Herinnering: verder tot en met dinsdag 8 december 2026"
    for words in ("/klacht-verder/", "dinsdag 8 december 2026"):
        assert words in sent.body
    assert not find_code_in(f"{sent.subject} {sent.body}", code)
    assert "Geheim" not in sent.message().as_string()
    draft.refresh_from_db()
    assert draft.sealed_email is None
    assert OwedMail.objects.get(kind=MailKind.DRAFT_SAVED).sent_at is not None


def test_two_requests_before_the_worker_comes_are_one_mail_to_the_last_address(page):
    remind(page, "fout@example.org")
    under_way = Draft.objects.get()
    remind(page, "goed@example.org")
    drafts.forget_address(under_way)  # of a mail that was on its way meanwhile
    assert [sent.to for sent in send_all()] == [["goed@example.org"]]


def test_a_wrong_address_is_mended_and_the_code_still_stands(page):
    code = page.code
    for typed, words in (
        ("", "Vul ‘E-mailadres’ in."),
        ("geen adres", "Er staat geen @ in. Vul een e-mailadres in zoals naam@voorbeeld.nl."),
    ):
        remind(page, typed).says(status=422)
        assert page.text.count(words) == 2
        assert page.page.values["q-email"] == [typed]
        assert page.code == code
        assert not OwedMail.objects.exists()


def test_nobody_uses_us_to_mail_a_stranger_over_and_over_or_many_of_them(page, monkeypatch):
    code = page.code
    for _ in range(drafts.MOST_REMINDERS):
        remind(page).says(status=200)
    assert remind(page).says(status=429).code == code
    assert OwedMail.objects.count() == drafts.MOST_REMINDERS
    for most, extra in ((1, {}), (99, {"website": "x"})):  # of one network; what looks like misuse
        monkeypatch.setattr(saving.reminders, "most", most)
        other = Filler().start()
        other.save(probleem="x")
        remind(other, **extra).says(status=429)
    assert OwedMail.objects.count() == drafts.MOST_REMINDERS


def test_a_draft_that_is_gone_owes_no_mail_and_is_not_kept_again_unasked(page):
    remind(page)
    drafts.destroy_draft(page.code)
    assert not OwedMail.objects.exists()
    remind(page).says("Dit concept is er niet meer", status=422)
    assert page.page.values["q-besproken"] == ["Ja"]
    assert not Draft.objects.exists()
