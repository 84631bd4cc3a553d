"""Before every mail: the exact mail, editable. What was changed is sealed until it is sent."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.management import call_command

from complaints import notifications
from complaints.cases import contact, mails, moves, rights
from complaints.models.outbox import MailKind, OwedMail
from complaints.stages import ConsentPurpose, Right, Stage
from complaints.terms import TermKind
from complaints.vault.cipher import SealBroken
from complaints.vault.codes import holds_a_code, new_code, show_code
from complaints.vault.keyring import key_id_of, keyring
from complaints.worker.delivery import deliver_due
from tests import desk as the_desk
from tests.desk import mail_in, reads, says, text_of, url
from tests.factories import make_complaint, move
from tests.services import forget_mail, fresh, undone

pytestmark = pytest.mark.django_db

TO = ["noor@example.com"]


@pytest.fixture
def case(confidant):
    case = make_complaint()
    rights.ask_right(complaint=case, right=Right.ACCESS)
    forget_mail()
    return case


def shown(desk, name: str, case, **choice) -> mails.MailText:
    """The mail on the page of this action."""
    return mail_in(desk.get(url(name, case, **choice)))


def post(desk, name: str, case, **data):
    return the_desk.post(desk, name, case, **({"reason": "Zo."} | data))


def posted(desk, name: str, case, **data) -> None:
    assert post(desk, name, case, **data).status_code == 302


def want_no_mail(case) -> None:
    contact.record_consent(
        complaint=case, purpose=ConsentPurpose.MAIL, words=("x",), is_given=False
    )


def sent():
    deliver_due()
    return [message for message in mail.outbox if message.to == TO]


WAYS = [
    ("message", {}),
    ("move", {"choice": "mediation"}),
    ("close", {"choice": "withdrawn"}),
    ("decide", {"choice": "not_show"}),
]


@pytest.mark.parametrize(("name", "choice"), WAYS)
def test_what_is_shown_is_sent_and_what_is_changed_is_sealed_until_then(desk, case, name, choice):
    before = shown(desk, name, case, **choice)
    assert case.reference in before.body
    assert not holds_a_code(before.body)
    given = {"mail_subject": before.subject, "mail_body": before.body.replace("\n", "\r\n")}
    with undone():
        posted(desk, name, case, **choice, **given)
        assert OwedMail.objects.get().sealed_text is None
        assert (sent()[0].subject, sent()[0].body) == (before.subject, before.tidy().body)
    body = f"Beste kanarie,\n\n{before.body}"
    posted(desk, name, case, **choice, mail_subject="Anders", mail_body=body)
    assert b"kanarie" not in bytes(OwedMail.objects.get().sealed_text)
    message = sent()[-1]
    assert message.subject == "Anders"
    assert message.body.startswith("Beste kanarie,\n\n")
    assert OwedMail.objects.get().sealed_text is None


def test_advice_and_ruling_show_their_own_mail(desk, case, confidant):
    moves.move_complaint(complaint=case, to=Stage.MEDIATION, by=confidant, reason="Zo.")
    assert "bindt niet" in shown(desk, "advise", case).body
    move(fresh(case), Stage.COMMITTEE, confidant, "Zo.")
    assert "bindt jullie allebei" in shown(desk, "rule", case).body


@pytest.fixture
def dates(case):
    """The day a decision was due, and a later one, as mails write them and as a form takes it."""
    before = case.terms.get(kind=TermKind.HANDLING).due_on
    until = before + timedelta(days=7)
    return SimpleNamespace(before=mails.mail_day(before), until=mails.mail_day(until), chosen=until)


def test_r03_the_letter_about_an_extension_is_shown_with_its_new_date_blank(desk, case, dates):
    page = desk.get(url("extend", case))
    assert "per post" not in text_of(page).partition("Waarom is er")[2]
    before = mail_in(page)
    assert dates.before in before.body
    assert "Dat wordt uiterlijk [nieuwe datum]." in before.body
    given = {"until": dates.chosen, "mail_subject": before.subject, "mail_body": before.body}
    posted(desk, "extend", case, **given)
    assert OwedMail.objects.get().sealed_text is None
    (message,) = sent()
    assert message.body == before.body.replace("[nieuwe datum]", dates.until)


def test_r03_a_changed_letter_gets_its_new_date_too_and_its_blank_is_asked_back(desk, case, dates):
    body = shown(desk, "extend", case).body
    given = {"until": dates.chosen, "mail_subject": "Later: [nieuwe datum]"}
    without = body.replace("[nieuwe datum]", "snel")
    refused = post(desk, "extend", case, **given, mail_body=without)
    says(refused, "Laat alles staan wat tussen [ ] staat", status=422)
    posted(desk, "extend", case, **given, mail_body="Dag Noor,\n" + body)
    (message,) = sent()
    assert message.subject == f"Later: {dates.until}"
    assert message.body.startswith("Dag Noor,\n")
    assert f"Dat wordt uiterlijk {dates.until}." in message.body
    assert "[" not in message.body


def test_r03_without_an_address_the_letter_is_there_to_send_by_post(desk, case, dates):
    want_no_mail(case)
    blank = "Dat wordt uiterlijk [nieuwe datum]."
    reads(desk, "extend", case, "Stuur deze brief dan per post.", blank)
    was = f"Je zou uiterlijk {dates.before} een uitkomst met uitleg krijgen."
    done = post(desk, "extend", case, until=dates.chosen)
    assert "[" not in says(done, was, f"Dat wordt uiterlijk {dates.until}.")
    assert not OwedMail.objects.filter(kind=MailKind.TERM_EXTENDED).exists()


def test_the_acknowledgement_is_shown_before_a_suspect_case_is_let_through(desk):
    case = make_complaint(is_suspect=True)
    body = shown(desk, "check", case).body + "\nTot gauw."
    posted(desk, "check", case, mail_subject="Welkom", mail_body=body)
    (message,) = [m for m in sent() if m.subject == "Welkom"]
    assert message.body.endswith("Tot gauw.\n")


def test_a_mail_that_leads_nowhere_or_says_too_much_is_refused(desk, case):
    """And a subject stays on one line."""
    subject, body = vars(shown(desk, "message", case)).values()
    for changed, words in (
        (body.replace("KM-", ""), "Laat het kenmerk in de mail staan."),
        (re.sub(r"https?://\S+", "", body), "Laat elke link in de mail staan"),
        (f"{body}\n{show_code(new_code())}", "iets wat een volgcode kan zijn"),
        ("", "De mail heeft een onderwerp en een tekst nodig."),
    ):
        given = {"mail_subject": subject, "mail_body": changed, "reason": "Mijn bericht."}
        answer = post(desk, "message", case, **given)
        says(answer, words, "Mijn bericht.", status=422)
        assert '<details class="action-mail" open>' in answer.content.decode()
    assert not OwedMail.objects.exists()
    posted(desk, "message", case, mail_subject="Dag\r\nBcc: x@example.org", mail_body=body)
    (message,) = sent()
    assert message.subject == "Dag Bcc: x@example.org"
    assert message.bcc == []


def test_where_no_mail_goes_none_is_shown_and_none_is_kept(desk, case):
    want_no_mail(case)
    for each in (case, make_complaint(is_suspect=True)):
        forget_mail()
        page = desk.get(url("message", each))
        assert "mail_body" not in page.content.decode()
        says(page, "Er gaat nu geen mail naar de klager")
        given = {"mail_subject": "Toch", "mail_body": f"{each.reference} kanarie"}
        posted(desk, "message", each, **given)
        assert not OwedMail.objects.exists()


def test_a_changed_mail_is_kept_while_it_waits_and_opens_for_its_own_case_only(case):
    other, composed = make_complaint(), mails.MailText("A", f"{case.reference}\n")
    sealed = mails.seal_edit(composed, mails.MailText("B", f"{case.reference} meer"), case, {})
    assert mails.open_edit(case.pk, sealed) == mails.MailText("B", f"{case.reference} meer\n")
    with pytest.raises(SealBroken):
        mails.open_edit(other.pk, sealed)


@pytest.mark.django_db(transaction=True)
def test_a_changed_mail_survives_a_new_server_key(case):
    composed = mails.MailText("A", f"{case.reference}\n")
    sealed = mails.seal_edit(composed, mails.MailText("B", f"{case.reference} meer"), case, {})
    forget_mail()
    notifications.owe_to_complainant(case, MailKind.MESSAGE_WAITS, occasion="1", sealed_text=sealed)
    call_command("rotate_vault_keys", "--new", verbosity=0)
    owed = OwedMail.objects.get()
    assert key_id_of(owed.sealed_text) == keyring()[0].key_id
    assert key_id_of(sealed) != keyring()[0].key_id
    (message,) = sent()
    assert message.subject == "B"


def test_erasing_a_case_takes_the_mail_that_waits(desk, case):
    body = shown(desk, "message", case).body + "kanarie"
    posted(desk, "message", case, mail_subject="B", mail_body=body)
    rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.REQUEST)
    assert not OwedMail.objects.exclude(sealed_text=None).exists()


def test_no_blank_is_part_of_another():
    """Filling one in would spoil the other."""
    marks = [blank.mark for blank in mails.Blank]
    assert not [(a, b) for a in marks for b in marks if a != b and a in b]


def test_a_code_is_found_however_it_is_written():
    for _time in range(50):
        code = new_code()
        spaced = show_code(code).replace("-", " ")
        for spelled in (code, show_code(code), spaced, code.lower(), f"({show_code(code)})."):
            assert holds_a_code(f"Je code is {spelled} bewaar hem"), spelled
    assert not holds_a_code("Ga naar de klachtencommissie of de vertrouwenspersoon, dit kan ook.")
