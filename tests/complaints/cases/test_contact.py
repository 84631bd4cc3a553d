"""How the complainant is reached: as filed, changed later, and what follows for the mail."""

import re
from dataclasses import replace

import pytest
from django.core import mail

from complaints.cases import case as bounds
from complaints.cases import codes_and_links, contact
from complaints.cases.case import TooMuchToday, is_intact
from complaints.cases.contact import Contact, NoAddress, change_contact, contact_of
from complaints.cases.contents import own_history
from complaints.cases.conversation import CodeInMessage
from complaints.cases.for_complainant import words_for_complainant
from complaints.cases.rights import ErasureReason, erase_content
from complaints.cases.sealing import case_key, open_address
from complaints.models.keys_and_files import FollowLink
from complaints.models.outbox import CaseContact, MailKind, OwedMail
from complaints.stages import ConsentPurpose, Route
from home.models import OrganisationSettings
from tests.desk import post, reads, says, text_of, url
from tests.factories import has_consent, make_complaint
from tests.follow import filed, later
from tests.services import forget_mail, fresh, open_history, refused, send_all, tick

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

FILED = Contact("Noor Verzonnen", "noor@example.com", "", may_mail=True)
NEW = "nieuw@example.org"


def change(case, to: Contact, code: str = ""):
    return change_contact(complaint=case, words=("Mogen we mailen?",), code=code, **vars(to))


def sent_to() -> list[tuple[str, str]]:
    send_all()
    return [(m.to[0], m.subject) for m in mail.outbox if "noor" in m.to[0] or NEW in m.to[0]]


def test_it_is_what_was_filed_until_it_changes_and_all_of_it_can_go(case):
    assert contact_of(case) == FILED
    change(case, replace(FILED, name="  Noor\n Verzonnen "))
    assert fresh(case).event_count == case.event_count, "nothing changed"
    for now in (
        replace(FILED, phone="06 12 34 56 78"),
        replace(FILED, email=NEW),
        Contact("", "", "", may_mail=False),
        Contact("", NEW, "", may_mail=False),
        FILED,
    ):
        change(case, now)
        assert contact_of(fresh(case)) == now
        assert has_consent(case, ConsentPurpose.MAIL) == now.may_mail
        held = CaseContact.objects.filter(complaint=case).first()
        address = open_address(case.pk, bytes(held.sealed_email)) if held else ""
        assert address == (now.email if now.may_mail else "")
    history = [line.content for line in open_history(fresh(case))]
    assert [line.get("email") for line in history[1:4]] == ["noor@example.com", NEW, None]
    assert is_intact(fresh(case))


def test_one_is_reachable_by_phone_or_by_a_mail_that_was_agreed_to():
    for email, phone, may_mail, is_reachable in (
        ("", "", False, False),
        ("a@b.nl", "", False, False),
        ("a@b.nl", "", True, True),
        ("", "06", False, True),
        ("a@b.nl", "06", False, True),
    ):
        assert Contact("Noor", email, phone, may_mail).is_reachable == is_reachable


@pytest.mark.every_database
def test_the_address_that_is_replaced_is_told_so_once_and_gets_nothing_more(case, confidant):
    codes_and_links.ask_for_link(address=FILED.email)
    tick()
    send_all()
    mail.outbox.clear()
    change(case, replace(FILED, email=NEW))
    assert not FollowLink.objects.filter(complaint=case).exists()
    ((to, subject),) = sent_to()
    assert (to, case.reference in subject) == (FILED.email, True)
    assert NEW not in mail.outbox[0].body + subject
    assert "Hallo," in mail.outbox[0].body
    assert not OwedMail.objects.exclude(sealed_address=None).exists()
    mail.outbox.clear()
    change(case, Contact("", "", "", may_mail=False))
    assert sent_to() == []


def test_a_suspect_case_mails_no_old_address_and_an_erased_one_keeps_none(case):
    suspect = make_complaint(is_suspect=True)
    change(suspect, replace(FILED, email=NEW))
    change(case, replace(FILED, email=NEW))
    erase_content(complaint=case, by=None, reason=ErasureReason.REQUEST)
    refused(change, case=case, to=FILED)
    assert not OwedMail.objects.exclude(sealed_address=None).exists()
    assert sent_to() == []
    assert OwedMail.objects.get(kind=MailKind.CONTACT_CHANGED).dropped_reason == "no_address"


@pytest.mark.every_database
def test_the_address_that_is_replaced_is_sent_to_no_mailbox_that_the_confidant_reads(site, staff):
    OrganisationSettings.objects.update_or_create(site=site, defaults={"email": "wij@example.nl"})
    for route in (Route.CONFIDANT, Route.DEPUTY):
        change(make_complaint(route=route), replace(FILED, email=NEW))
        mail.outbox.clear()
        send_all()
        (told,) = (sent for sent in mail.outbox if sent.to == [FILED.email])
        assert "gewijzigd" in told.subject
        assert "wij@example.nl" not in told.body, route


def test_mail_needs_an_address_and_nothing_gives_the_code_away(site, staff):
    case, code = filed()
    with pytest.raises(NoAddress):
        change(case, Contact("Noor", " ", "", may_mail=True))
    for name in ("name", "email", "phone"):
        with pytest.raises(CodeInMessage):
            change(case, replace(FILED, **{name: f"x {code} y"}), code)
    assert fresh(case).event_count == case.event_count


def test_a_stranger_is_mailed_a_few_times_a_day_and_taking_back_mail_is_never_refused(
    case, monkeypatch
):
    """Whoever has a code can name anybody's address, and then another, and then that one again."""
    for number in range(contact.MOST_CHANGES_A_DAY):
        change(case, replace(FILED, email=NEW if number % 2 == 0 else FILED.email))
    with pytest.raises(TooMuchToday):
        change(case, replace(FILED, email=NEW))
    assert len(sent_to()) <= 1 + contact.MOST_CHANGES_A_DAY
    change(case, replace(FILED, may_mail=False))
    assert not CaseContact.objects.filter(complaint=case).exists()
    with later(days=1, minutes=1):
        change(case, replace(FILED, email=NEW))
        monkeypatch.setattr(bounds, "MOST_A_DAY", 1)
        with pytest.raises(TooMuchToday):
            change(case, replace(FILED, phone="06"))
        change(case, replace(FILED, email=NEW, may_mail=False))
    assert not contact_of(fresh(case)).may_mail


def test_the_handler_is_told_and_the_case_file_shows_who_it_is_now(case, desk, confidant):
    OwedMail.objects.all().delete()
    change(case, Contact("Noor de Vries", NEW, "06 12 34 56 78", may_mail=False))
    assert OwedMail.objects.get(kind=MailKind.COMPLAINANT_ACTED).user == confidant
    read = text_of(desk.get(url("inspect", case)))
    parties = read.split("Partijen")[1].split("Gegevens van de zaak")[0]
    for words in ("Noor de Vries", "06 12 34 56 78", NEW, "krijgt geen e-mail"):
        assert words in parties
    assert FILED.email not in parties
    assert "Naam, adres of telefoonnummer gewijzigd" in read


@pytest.mark.every_database
def test_the_handler_puts_them_right_and_says_how_they_know(case, desk, confidant):
    """The form holds what is known, and showing that is a reading; mail asks for an address."""
    forget_mail()
    shown = text_of_form(desk, case)
    assert {shown[name] for name in ("name", "email")} == {FILED.name, FILED.email}
    assert case.accesses.get().user == confidant
    given = shown | {"email": "", "reason": "Gezegd aan de telefoon."}
    says(post(desk, "reach", case, **given), "Vul het e-mailadres in", status=422)
    says(post(desk, "reach", case, **given | {"reason": ""}), "Hoe weet je dit?", status=422)
    given |= {"name": "Noor de Vries", "email": NEW, "phone": "06 12 34 56 78"}
    assert post(desk, "reach", case, **given).status_code == 302
    now = Contact("Noor de Vries", NEW, "06 12 34 56 78", may_mail=True)
    assert contact_of(fresh(case)) == now
    last = open_history(fresh(case))[-1]
    assert (last.event.actor, last.content["reason"]) == (confidant, "Gezegd aan de telefoon.")
    assert [m.kind for m in OwedMail.objects.all()] == [MailKind.CONTACT_CHANGED]
    (seen,) = own_history(fresh(case), case_key(case.pk))[1:]
    assert words_for_complainant(seen.event).startswith("We wijzigden")
    assert "reason" not in seen.content
    given.pop("may_mail")
    assert post(desk, "reach", case, **given).status_code == 302
    assert not has_consent(case, ConsentPurpose.MAIL)
    reads(desk, "inspect", case, "Gezegd aan de telefoon.", "krijgt geen e-mail")


def text_of_form(desk, case) -> dict[str, str]:
    page = desk.get(url("reach", case)).content.decode()
    found = re.findall(r'<input type="(?:text|email)" name="(\w+)" value="([^"]*)"', page)
    return {**dict(found), "may_mail": "on"}
