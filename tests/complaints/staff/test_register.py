"""R-12: a complaint that came by letter, mail or in a talk, registered at the desk."""

import io
import re
from datetime import date, timedelta
from html import unescape
from unittest.mock import Mock

import pytest
import time_machine
from django.core import mail
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader
from wagtail.users.models import UserProfile

from complaints.cases import attachments, contents, people, requests, rights, sealing
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Attachment
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.privacy import Access, AccessKind
from complaints.questions import Purpose, answer_for
from complaints.staff import register
from complaints.stages import ConsentPurpose, Route, Source
from complaints.terms import TermKind, add_days
from complaints.worker.delivery import deliver_due
from tests.desk import NAME, client_for, mail_in, reads, says
from tests.desk import url as of_case
from tests.evidence import PDF, named, on_disk
from tests.factories import ledger, make_user
from tests.follow import FOLLOW, entered
from tests.services import fresh, open_history, undone

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

GIVEN = {
    "source": "letter",
    "received_on": "2026-01-05",
    "name": "Noor Verzonnen",
    "problem": "Mijn coach kwam niet.",
    "remedy": "Excuses.",
    "route": "confidant",
    "has_consent": "yes",
    "consent_how": "Staat in de brief.",
}
WANTS_MAIL = {"email": "noor@example.com", "wants_mail": "on"}
ERASED = rights.ErasureReason.REQUEST


def url() -> str:
    return reverse(f"{NAME}register")


def token_in(answer) -> str:
    return unescape(re.search(r'name="token" value="([^"]+)"', answer.content.decode()).group(1))


def code_in(answer) -> str:
    return re.search(r'class="case-code"[^>]*>([^<]+)<', answer.content.decode()).group(1)


def acknowledgement() -> OwedMail:
    """What is owed to the complainant whose case came last."""
    return OwedMail.objects.get(complaint=Complaint.objects.latest("filed_at"), user=None)


def sent_to_noor() -> list:
    deliver_due()
    return [message for message in mail.outbox if message.to == [WANTS_MAIL["email"]]]


def mended(answer, *words: str, status: int = 422) -> None:
    """Fails unless it gives back what was typed, says these words, and registered nothing."""
    says(answer, *words, status=status)
    assert all(GIVEN[name] in answer.content.decode() for name in ("name", "problem"))
    assert not Complaint.objects.exists()


def register_it(desk, token: str = "", **changes):
    given = {name: value for name, value in (GIVEN | changes).items() if value is not None}
    return desk.post(url(), given | {"token": token or token_in(desk.get(url()))})


@pytest.mark.every_database
def test_it_is_a_complaint_like_any_other_with_its_source_true_date_and_scans(desk, confidant):
    """Whoever registered it and how it came begin its history."""
    says(register_it(desk, scans=[named("brief.pdf"), named("foto van brief.pdf")]))
    case = Complaint.objects.get()
    assert (case.source, case.received_on) == (Source.LETTER, date(2026, 1, 5))
    assert case.handler == confidant
    answers = contents.open_answers(case)
    wanted = {Purpose.PROBLEM: "problem", Purpose.NAME: "name", Purpose.REMEDY: "remedy"}
    assert all(answer_for(answers, purpose) == GIVEN[name] for purpose, name in wanted.items())
    assert case.terms.get(kind=TermKind.HANDLING).due_on == add_days(date(2026, 1, 5), 42)
    (line,) = open_history(case)
    assert (line.event.kind, line.event.actor) == (EventKind.FILED, confidant)
    assert line.content == {"source": "letter", "consent_how": "Staat in de brief."}
    files = attachments.open_files(case)
    assert [file.name for file in files] == ["brief.pdf", "foto van brief.pdf"]
    assert b"".join(files[0].chunks()) == PDF
    known = ("door Confidant Test", "Binnengekomen via Brief", "De geschiedenis is compleet")
    reads(desk, "inspect", case, *known)


def test_the_code_opens_it_and_is_shown_on_that_page_and_its_paper_only(desk):
    done = register_it(desk)
    case, code = Complaint.objects.get(), code_in(done)
    assert sealing.case_key_by_code(code)[0] == case.pk
    assert "no-store" in done["Cache-Control"]
    assert code not in desk.get(of_case("inspect", case)).content.decode()
    for _time in range(2):
        paper = again(desk, done, action="paper")
    assert printed(case) == ["confidant"] * 2
    assert paper["Content-Type"] == "application/pdf"
    text = PdfReader(io.BytesIO(paper.content)).pages[0].extract_text()
    assert code in text.replace("\n", "")
    assert case.reference in text
    assert Complaint.objects.count() == 1
    here = "Je klacht kwam bij ons binnen en staat sindsdien hier."
    assert GIVEN["consent_how"] not in says(entered(code).get(FOLLOW), GIVEN["problem"], here)


def again(desk, done, **given):
    return desk.post(url(), {"token": token_in(done)} | given)


def printed(case) -> list[str]:
    rows = Access.objects.filter(complaint=case, kind=AccessKind.PRINT)
    return [row.user.username for row in rows]


def test_after_an_hour_neither_copy_nor_code_is_given(desk, confidant):
    """Until then all that was written down is, and it is logged as what it is."""
    done, case = register_it(desk), Complaint.objects.get()
    for minutes, status in ((59, 200), (61, 410)):
        with time_machine.travel(case.filed_at + timedelta(minutes=minutes), tick=False):
            desk.force_login(confidant)
            answers = [again(desk, done, action=action) for action in ("", "paper")]
        assert [answer.status_code for answer in answers] == [status, status]
    for page in (answer.content.decode() for answer in answers):
        assert [said for said in (code_in(done), "Mijn coach") if said in page] == []
        assert of_case("code", case) in page
    assert printed(case) == ["confidant"]


HAPPENS = {
    "a conflict of interest": (lambda **given: people.declare_conflict(**given), 404),
    "the deputy is asked for": (lambda by, **of: requests.ask_for_deputy(**of), 404),
    "a new code": (lambda **given: requests.give_new_code(**given, reason="Kwijt."), 410),
    "erased": (lambda **given: rights.erase_content(**given, reason=ERASED), 410),
}


def test_once_something_happened_it_is_over(desk, confidant):
    make_user("deputy")
    done, case = register_it(desk), Complaint.objects.get()
    for what, (happens, status) in HAPPENS.items():
        with undone():
            happens(complaint=fresh(case), by=confidant)
            for action in ("paper", ""):
                answer = again(desk, done, action=action)
                page = answer.content.decode()
                assert answer.status_code == status, what
                assert code_in(done) not in page, what
                assert status == 410 or case.reference not in page, what
            assert printed(case) == [], what


def test_the_confidant_it_went_past_has_that_hour_too_and_no_way_in(desk, confidant):
    deputy = make_user("deputy")
    done = register_it(desk, route="deputy")
    case = Complaint.objects.get()
    assert (case.route, case.handler, case.passed_over) == (Route.DEPUTY, deputy, confidant)
    assert again(desk, done, action="paper")["Content-Type"] == "application/pdf"
    with time_machine.travel(case.filed_at + timedelta(hours=2), tick=False):
        desk.force_login(confidant)
        answer = again(desk, done, action="paper")
    says(answer, "Vraag dan aan wie de zaak behandelt", status=410)
    assert str(case.pk) not in answer.content.decode() + done.content.decode()
    assert desk.get(of_case("inspect", case)).status_code == 404


def test_consent_is_recorded_in_words_of_ours_and_how_it_was_given_is_sealed(desk):
    register_it(desk)
    (consent,) = ledger(Complaint.objects.get())
    assert consent.purpose == ConsentPurpose.FILING
    assert "Staat in de brief" not in consent.text.html
    assert "brief" in consent.text.html
    register_it(desk, has_consent="no")
    without = Complaint.objects.latest("filed_at")
    assert ledger(without) == []
    assert "consent_how" not in open_history(without)[0].content


def test_r22_only_who_wants_mail_is_mailed_and_else_somebody_has_to_acknowledge_it(desk):
    for given, words in (
        ({}, "Bevestig zelf de ontvangst"),
        ({"email": "noor@example.com"}, "Bevestig zelf de ontvangst"),
        (WANTS_MAIL, "De ontvangstbevestiging gaat per mail"),
    ):
        says(register_it(desk, **given), words)
        case, is_mailed = Complaint.objects.latest("filed_at"), given == WANTS_MAIL
        owed = OwedMail.objects.filter(kind=MailKind.ACKNOWLEDGEMENT, complaint=case)
        term = case.terms.get(kind=TermKind.ACKNOWLEDGEMENT)
        assert owed.exists() is (term.met_at is not None) is is_mailed
        assert case.next_due_on == case.terms.filter(met_at=None).earliest("due_on").due_on
        assert is_mailed or case.next_due_on == term.due_on


BLANKS = ("[kenmerk]", "[dag van ontvangst]", "[wie het bericht leest]")


def test_the_acknowledgement_is_shown_with_blanks_and_goes_filled_in_changed_or_not(desk):
    page = desk.get(url())
    shown = mail_in(page)
    assert all(blank in shown.body for blank in BLANKS)
    says(page, "Ze gaat alleen weg als de klager mail wil")
    body = shown.body.replace("\n", "\r\n")
    register_it(desk, mail_subject=shown.subject, mail_body=body, **WANTS_MAIL)
    assert acknowledgement().sealed_text is None
    (plain,) = sent_to_noor()
    first = Complaint.objects.get().reference
    assert f"Kenmerk: {first}" in plain.body
    assert "ontvangen op maandag 5 januari 2026" in plain.body
    assert "[" not in plain.body
    body = "Dag Noor.\n" + shown.body
    register_it(desk, **WANTS_MAIL, mail_subject="Welkom", mail_body=body)
    assert b"Dag Noor" not in bytes(acknowledgement().sealed_text)
    (message,) = [m for m in sent_to_noor() if m.subject == "Welkom"]
    reference = Complaint.objects.latest("filed_at").reference
    assert message.body == "Dag Noor.\n" + plain.body.replace(first, reference)


def test_an_acknowledgement_that_leads_nowhere_is_refused_where_it_would_go(desk):
    for subject, body, words in (
        ("", "", "De mail heeft een onderwerp en een tekst nodig."),
        ("Welkom", "Dag Noor.", "Laat alles staan wat tussen [ ] staat"),
    ):
        given = {"mail_subject": subject, "mail_body": body}
        mended(register_it(desk, **given, **WANTS_MAIL), words)
        says(register_it(desk, **given))
        Complaint.objects.all().delete()


def test_each_text_box_names_its_readers_and_the_complainant_where_they_see_it(desk):
    page = desk.get(url()).content.decode()
    names = ("problem", "remedy", "consent_how")
    done = register_it(desk, **{name: f"kanarie-{name}" for name in names})
    read = says(entered(code_in(done)).get(FOLLOW))
    assert set(re.findall(r'<textarea name="(\w+)"', page)) == {*names, "mail_body"}
    for name in names:
        said = page.partition(f'id="id_{name}_readers"')[2].partition("</p>")[0]
        is_theirs = f"kanarie-{name}" in read
        assert ("de klager" in said) == is_theirs, name
        assert ("de klachtencommissie" in said) == is_theirs, name
        assert ("alleen wij" in said) != is_theirs, name
    assert "de klager, en wie verder bij die mailbox kan" in page


@pytest.mark.every_database
def test_a_post_sent_twice_is_one_complaint_with_one_code(desk):
    token = token_in(desk.get(url()))
    first, second = (register_it(desk, token=token, name=name) for name in ("Noor", "Nora"))
    assert Complaint.objects.count() == 1
    assert code_in(first) == code_in(second)
    assert "was al geregistreerd" not in says(first)
    says(second, "was al geregistreerd")


def test_what_is_missing_is_named_and_nothing_typed_is_lost(desk):
    for changes, words in (
        ({"source": None}, "Kies wat het best past."),
        ({"source": "web"}, "Kies een van de antwoorden die er staan."),
        ({"received_on": ""}, "Vul de dag in waarop de klacht binnenkwam."),
        ({"problem": " "}, "Schrijf op wat er is gebeurd."),
        ({"route": None}, "Kies wat het best past."),
        ({"has_consent": None}, "Kies wat het best past."),
        ({"consent_how": ""}, "Schrijf op hoe de klager toestemming gaf."),
        ({"wants_mail": "on"}, "Vul het e-mailadres in"),
        ({"email": "noor"}, "Er staat geen @ in. Vul een e-mailadres in"),
    ):
        answer = register_it(desk, **changes)
        says(answer, words, status=422)
        assert GIVEN["name"] in answer.content.decode()
    assert not Complaint.objects.exists()


@time_machine.travel("2026-01-05 12:00:00+01:00", tick=False)
def test_a_day_and_an_address_are_taken_as_they_were_meant(desk):
    """By the day of the organisation: nobody sets another zone for themselves."""
    assert "current_time_zone" not in desk.get(reverse("wagtailadmin_account")).content.decode()
    for day, *words in (
        ("2026-01-06",),
        ("31-2-2026", "31 februari 2026 bestaat niet."),
        ("5 jan", "Het jaar"),
    ):
        mended(register_it(desk, received_on=day), *words)
    register_it(desk, received_on="ma 5 jan. '26", email="Noor <noor@Example.com>\u200b.")
    case = Complaint.objects.get()
    assert case.received_on == date(2026, 1, 5)
    assert answer_for(contents.open_answers(case), Purpose.EMAIL) == "noor@example.com"


def test_a_scan_stays_with_the_form_until_it_is_right_or_its_box_is_unticked(desk):
    answer = register_it(desk, problem="", scans=[named("brief.pdf"), named("weg.pdf")])
    says(answer, "brief.pdf (gekozen)", "weg.pdf (gekozen)", status=422)
    brief, gone = re.findall(r'name="scans_kept" value="([^"]+)"', answer.content.decode())
    register_it(desk, token=token_in(answer), scans_kept=[brief])
    assert [file.name for file in attachments.open_files(Complaint.objects.get())] == ["brief.pdf"]
    bad = register_it(desk, scans=[named("virus.exe", b"MZ\x90\x00")])
    says(bad, "een soort bestand dat we niet aannemen", status=422)
    assert Attachment.objects.staged().count() == 1  # of the box that was unticked
    Attachment.objects.staged().update(staged_until=timezone.now() - timedelta(days=1))
    destroyed = register_it(desk, scans_kept=[gone])
    says(
        destroyed, "‘weg.pdf’ kwam niet goed aan, of is er niet meer. Kies het opnieuw.", status=422
    )


def test_no_scan_is_ever_plain_on_disk(desk, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    content = b"%PDF-1.4 " + b"kanarie in een brief " * 200_000 + b"%%EOF"
    register_it(desk, scans=[named("brief.pdf", content)])
    assert attachments.open_files(Complaint.objects.get())[0].size == len(content)
    stored = [*on_disk(), *(path for path in tmp_path.rglob("*") if path.is_file())]
    assert stored
    assert not [path for path in stored if b"kanarie" in path.read_bytes()]


def test_a_damaged_form_or_a_store_that_fails_gives_back_what_was_typed(desk, monkeypatch):
    for token in ("junk", "AAAA", "é"):
        answer = register_it(desk, token=token)
        mended(answer)
    with monkeypatch.context() as patch:
        patch.setattr(register, "register_complaint", Mock(side_effect=DatabaseError("vol")))
        mended(register_it(desk, token=token_in(answer)), status=503)
    says(register_it(desk, token=token_in(answer)))


def test_a_post_from_elsewhere_or_by_another_is_refused_and_leaves_no_file(desk, confidant):
    stranger = client_for(make_user("editor"))
    assert stranger.post(url(), GIVEN | {"scans": [named("brief.pdf")]}).status_code == 404
    client = client_for(confidant, enforce_csrf_checks=True)
    page = client.get(url())
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode()).group(1)
    given = GIVEN | {"token": token_in(page)}
    assert client.post(url(), given | {"scans": [named("brief.pdf")]}).status_code == 403
    assert not Complaint.objects.exists()
    assert not Attachment.objects.exists()
    given |= {"csrfmiddlewaretoken": csrf, "scans": [named("brief.pdf")]}
    done = client.post(url(), given)
    assert Complaint.objects.count() == 1
    answer = again(client_for(make_user("deputy")), done, action="paper")
    assert code_in(done) not in says(answer, status=422)


def test_what_is_kept_is_dutch_whichever_language_the_cms_is_read_in(desk, confidant):
    """The complainant reads it too, and so does whoever handles the case next."""
    UserProfile.objects.update_or_create(user=confidant, defaults={"preferred_language": "en"})
    assert "receipt code" in says(register_it(desk, **WANTS_MAIL)).lower()
    case = Complaint.objects.get()
    labels = [answer.label for answer in contents.open_answers(case)]
    assert {"Wat is er gebeurd?", "Naam van de klager"} <= {*labels}
    assert {answer.step for answer in contents.open_answers(case)} == {
        "De klacht",
        "Over de klager",
    }
    for consent in ledger(case):
        assert "Gegeven buiten de site (brief)" in consent.text.html
