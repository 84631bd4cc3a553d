"""What the case file tells at a glance: the parties, who is next, what was asked about data, and
what has to be known before a case goes to the committee."""

import re
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from unittest.mock import Mock

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone

from complaints.cases import conversation, moves, people, records, requests, rights
from complaints.cases.attachments import open_files
from complaints.cases.case import is_intact
from complaints.cases.contact import record_consent
from complaints.cases.contents import own_history
from complaints.cases.moves import wait_on
from complaints.cases.rights import ErasureReason, erase_content
from complaints.cases.sealing import case_key
from complaints.models.keys_and_files import Attachment, KeyWrap
from complaints.models.outbox import OwedMail
from complaints.models.privacy import AccessKind
from complaints.stages import ConsentPurpose, Outcome, Party, Referral, Right, Route, Stage
from complaints.worker.delivery import deliver_due
from tests.desk import LIST, NAME, client_for, mail_in, post, reads, says, url
from tests.evidence import words_of_pdf
from tests.factories import (
    case_in,
    close,
    make_answers,
    make_complaint,
    make_user,
    move,
    set_handling,
)
from tests.follow import FOLLOW, act, entered, filed, later
from tests.follow import text_of as public_text
from tests.services import fresh, open_history, refused

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def test_the_parties_stand_together_with_what_reaches_them_or_that_it_is_not_known(desk):
    set_handling(committee_name="Commissie Kunst", committee_contact="Postbus 1\n3500 AA Utrecht")
    answers = make_answers(name="Noor Verzonnen", phone="06 0000 0000", coach="Coach Bedacht")
    reads(
        *(desk, "inspect", make_complaint(answers=answers)),
        *("Klager Noor Verzonnen 06 0000 0000", "krijgt berichten per e-mail"),
        *("Kunstcoach Coach Bedacht", "Commissie Kunst Postbus 1 3500 AA Utrecht"),
    )
    case = make_complaint(answers=make_answers(name="", coach=""), consents=())
    no_mail = "krijgt geen e-mail: bericht lezen kan op de volgpagina"
    reads(desk, "inspect", case, "Klager Gaf geen naam", no_mail, "Kunstcoach Niet genoemd")


def test_the_handler_says_whom_the_case_waits_on_and_that_once(desk, confidant):
    case = make_complaint()
    reads(desk, "inspect", case, "Deze zaak wacht op jou.")
    post(desk, "waiting", case, party="coach", reason="Ze belt terug.")
    assert fresh(case).waiting_on == Party.COACH
    said = ("Deze zaak wacht op de kunstcoach.", "Wacht op Kunstcoach", "Ze belt terug.")
    reads(desk, "inspect", case, *said)
    assert 'value="coach"' not in desk.get(url("waiting", case)).content.decode()
    assert post(desk, "waiting", case, party="coach").status_code == 422
    refused(wait_on, complaint=case, party=Party.COACH, by=confidant)
    move(case, Stage.COMMITTEE, confidant)
    assert fresh(case).waiting_on == Party.COMMITTEE
    given = {"ruled_on": case.received_on, "text": "De afspraak vervalt."}
    records.record_ruling(complaint=case, by=confidant, **given)
    assert fresh(case).waiting_on == Party.HANDLER, "after the ruling the handler is next"


def test_to_the_committee_goes_a_case_on_a_ground_once_it_is_said_what_was_asked_and_agreed(
    desk, confidant
):
    """The ground is kept and shown to colleagues only."""
    case = move(make_complaint(), Stage.MEDIATION, confidant)
    reads(
        *(desk, "move", case, "De klager vroeg op deze site niet om de klachtencommissie."),
        "De klager gaf nog geen toestemming om de klacht met de commissie te delen",
        choice="committee",
    )
    given = {"complaint": case, "purpose": ConsentPurpose.COMMITTEE, "words": ("Ja.",)}
    with time_machine.travel("2030-03-04 12:00+00:00"):
        requests.ask_for_committee(complaint=case)
        record_consent(**given, is_given=True)
    reads(
        *(desk, "move", case, "De klager vroeg op maandag 4 maart 2030 om de klachtencommissie."),
        "vindt het sinds maandag 4 maart 2030 goed dat de commissie de klacht leest",
        choice="committee",
    )
    with time_machine.travel("2030-03-05 12:00+00:00"):
        record_consent(**given, is_given=False)
    withdrawn = "De klager trok op dinsdag 5 maart 2030 de toestemming in"
    reads(desk, "move", case, withdrawn, choice="committee")

    case = move(make_complaint(), Stage.MEDIATION, confidant)
    asked = {"choice": "committee", "reason": "Ze komen er niet uit."}
    page = desk.get(url("move", case, choice="committee")).content.decode()
    assert 'value="wished"' in page
    assert 'value="skipped"' not in page
    says(post(desk, "move", case, **asked), asked["reason"], status=422)
    unasked = post(desk, "move", case, **asked, ground="consented")
    says(unasked, asked["reason"], "toestemming van de klager staat hier nog niet", status=422)
    post(desk, "consent", case, choice="committee", reason="In een brief.")
    post(desk, "move", case, **asked, ground="consented")
    assert fresh(case).stage == Stage.COMMITTEE
    assert open_history(case)[-1].content["ground"] == Referral.CONSENTED
    ground = "Op welke grond Wij verwijzen, en de klager stemt ermee in"
    reads(desk, "inspect", case, ground)
    page = desk.get(url("move", make_complaint(), choice="mediation")).content.decode()
    assert 'name="ground"' not in page, "to the other stages none is asked"


def test_r35_a_request_stands_in_the_case_file_until_it_is_decided(desk, confidant):
    with time_machine.travel("2025-03-04 12:00+00:00"):
        case = make_complaint()
        rights.ask_right(complaint=case, right=Right.ERASURE, text="Ik wil er vanaf zijn.")
    due = "De klager vroeg op 4 maart 2025 om wissen. Je besluit is er uiterlijk"
    first = "Alles wissen kan pas als de zaak is afgesloten."
    with time_machine.travel("2025-03-05 12:00+00:00"):
        reads(desk, "inspect", case, due, first)
        told = ("De klager vroeg dit op dinsdag 4 maart 2025.", "‘Ik wil er vanaf zijn.’")
        reads(desk, "decide", case, *told, choice="keep")
        close(case, confidant)
        assert first not in reads(desk, "inspect", case, due)
        refusal = {"right": Right.ERASURE, "is_granted": False, "reason": "Nee."}
        rights.decide_right(complaint=case, by=confidant, **refusal)
        assert due not in reads(desk, "inspect", case, "Toegewezen nee")


def test_of_a_closed_case_its_doubles_its_terms_and_the_way_on_are_told_as_they_are(
    desk, confidant
):
    """The double that is kept lists the others as far as its reader may see them (R-02)."""
    kept = make_complaint()
    double, hidden = make_complaint(), make_complaint(route=Route.DEPUTY)
    for case in (double, hidden):
        close(case, confidant, Outcome.DUPLICATE, duplicate_of=kept)
    read = reads(desk, "inspect", kept, f"Dubbele klachten hiervan {double.reference}")
    assert hidden.reference not in read
    assert url("inspect", kept) in desk.get(url("inspect", double)).content.decode()
    reads(desk, "inspect", double, "vervallen: de zaak is afgesloten zonder contact")
    case = make_complaint()
    moves.record_contact(complaint=case, by=confidant, reason="Gebeld.")
    told = {"explanation": "Dit gaat over een andere instelling.", "elsewhere": "Bij die club."}
    post(desk, "close", case, choice="not_admissible", reason="Niet van ons.", **told)
    assert "zonder contact" not in reads(desk, "inspect", case)
    (closed,) = (h for h in own_history(case, case_key(case.pk)) if h.event.kind == "closed")
    assert closed.content == told


def test_the_case_file_says_where_the_case_stands_and_who_can_read_it(desk, confidant):
    make_user("deputy"), make_user("handler", username="ander")
    case = move(make_complaint(), Stage.COMMITTEE, confidant)
    read = reads(
        *(desk, "inspect", case, "Ingediend Geweest", "Bemiddeling Overgeslagen"),
        *("Klachtencommissie Hier staat de zaak", "bindend voor beide partijen"),
        "Wie dit dossier kan lezen Confidant Test (vertrouwenspersoon)",
    )
    assert not re.search("Deputy Test|Ander Test", read)
    close(case, confidant)
    reads(desk, "inspect", case, "Klachtencommissie Hier is de zaak afgesloten")


def test_the_history_survives_the_person_and_warns_where_it_was_tampered_with(desk, confidant):
    other, case = make_user("handler"), make_complaint()
    moves.add_note(complaint=case, by=other, reason="Gezien.")
    other.delete()
    warning = "De geschiedenis van deze zaak klopt niet."
    assert warning not in reads(desk, "inspect", case, "door iemand die geen account meer heeft")
    for change in ({"kind": "closed"}, {"stage_to": "x"}, {"sealed": b"x"}):
        case = moves.add_note(complaint=make_complaint(), by=confidant, reason="Gezien.")
        case.events.filter(number=2).update(**change)
        reads(desk, "inspect", case, warning)


def test_an_erased_case_says_that_its_content_is_gone_and_no_party_is_left(desk):
    case, lost = make_complaint(answers=make_answers(name="Noor Verzonnen")), make_complaint()
    erase_content(complaint=case, by=None, reason=ErasureReason.REQUEST)
    shown = reads(desk, "inspect", case, "Gewist")
    gone = (*("Noor Verzonnen", "Anoniem", "geen naam"), *("Op papier", "Delen met", "zelf bij"))
    assert not [word for word in gone if word in shown]
    for name in ("share", "conflict"):
        assert desk.get(url(name, case)).status_code in (302, 404, 409), name
    KeyWrap.objects.filter(complaint_id=lost.pk).delete()
    reads(desk, "inspect", lost, "Deze tekst kan niet worden geopend")


def test_only_what_is_allowed_now_is_offered(desk, confidant):
    for stage in Stage:
        case = case_in(stage, confidant)
        page = desk.get(url("inspect", case)).content.decode()
        for to in Stage:
            assert (f"move/{case.pk}/?choice={to.value}" in page) is (to in stage.next_stages)
        for outcome in Outcome:
            offered = f"close/{case.pk}/?choice={outcome.value}" in page
            assert offered is (outcome in stage.outcomes)
        assert f"reopen/{case.pk}/" not in page
        assert f"Vanuit {stage.label} kan een zaak alleen naar" in page
    case = close(make_complaint(), confidant)
    page = desk.get(url("inspect", case)).content.decode()
    named = rf"/complaint/(reopen|note|move|close|contact)/{case.pk}/"
    assert set(re.findall(named, page)) == {"reopen", "note"}


def test_what_was_asked_answered_and_agreed_to_is_shown_as_plain_text(desk, confidant):
    hostile = "<script>alert(1)</script>\n<img src=x onerror=alert(2)>\n\n{{ 7|add:7 }} \"'"
    given = make_answers(problem=hostile, name="<b>Noor</b>", phone="")
    case = make_complaint(answers=given)
    moves.add_note(complaint=case, by=confidant, reason="<script>alert(3)</script>")
    reads(
        *(desk, "inspect", case, "Wat de klager schreef Vraag: problem <script>alert(1)</script>"),
        *("Niet ingevuld: Vraag: phone", "Klacht verwerken op deze site"),
        "Ik vind goed dat mijn klacht wordt bewaard.",
    )
    page = desk.get(url("inspect", case)).content.decode()
    assert not re.search("<script>alert|<img src=x|<b>Noor", page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>" in page
    assert "{{ 7|add:7 }}" in page


def test_each_page_has_wagtails_header_one_heading_and_nothing_inline(desk):
    case = make_complaint()
    forms = (url("close", case, choice="solved"), url("note", case))
    for address in (LIST, url("inspect", case), *forms):
        answer = desk.get(address)
        page = answer.content.decode()
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert not re.search(r"<[^>]+\sstyle=|<style", page)
        assert not re.search(r"<script(?![^>]*(src=|application/json))", page)
        assert "w-slim-header" in page
        assert "w-breadcrumbs" in page
        assert "w-header__title" not in page
        assert page.count("<h1") == 1


def test_it_begins_with_what_others_did_since_the_last_visit(desk, confidant):
    """The first visit names nothing; what I did is not news; coming right back is one visit."""
    heading = "Nieuw sinds je vorige bezoek"
    case, code = filed(answers=make_answers(coach="Coach Bedacht"))
    first = reads(desk, "inspect", case, "Noor Verzonnen, over Coach Bedacht")
    assert heading not in first
    conversation.write_to_handler(complaint=case, text="Ben je daar?", code=code)
    moves.add_note(complaint=case, by=confidant, reason="Van mij.")
    with later(hours=1):
        for _time in range(2):
            read = reads(desk, "inspect", case, f"{heading} Bericht van de klager")
            assert "Notitie" not in read.split(heading)[1].split("Wat de klager schreef")[0]
        page = desk.get(url("inspect", case)).content.decode()
        assert 'href="#event-2"' in page
        assert 'id="event-2"' in page
    with later(hours=3):
        assert heading not in reads(desk, "inspect", case)
    with later(hours=3, minutes=1):
        for number in range(5):
            conversation.write_to_handler(complaint=case, text=f"Nog {number}", code=code)
    with later(hours=4):
        reads(desk, "inspect", case, "en nog 2, in de geschiedenis", "2 eerdere berichten Bericht")


def test_what_is_likely_next_stands_out_and_the_rest_is_in_groups(desk, confidant):
    def likely(case) -> list[str]:
        page = desk.get(url("inspect", case)).content.decode()
        offers = page.split("action-offers")[1].split("</ul>")[0]
        return re.findall(r"/complaint/([a-z-]+)/", offers)

    case = make_complaint()
    assert likely(case) == ["contact", "assess", "move"]
    post(desk, "contact", case, reason="Gebeld.")
    assert likely(case) == ["assess", "move", "close"]
    rights.ask_right(complaint=case, right=Right.ERASURE)
    assert likely(case)[0] == "decide"
    assert likely(make_complaint(is_suspect=True))[0] == "check"
    assert likely(case_in(Stage.COMMITTEE, confidant)) == ["contact", "rule", "move"]
    closed = close(make_complaint(), confidant)
    assert likely(closed) == ["coach-told", "reopen"]


def test_a_message_is_sent_from_under_the_conversation_its_mail_a_button_away(desk):
    """With the fields that the page itself holds; an error names the field it is about."""
    case = make_complaint()
    page = desk.get(url("inspect", case)).content.decode()
    form = re.search(r'<form id="answer" action="([^"]*)".*?</form>', page, re.S)
    held = dict(re.findall(r'type="hidden" name="(seen|choice)" value="([^"]*)"', form[0]))
    text = {"reason": "Wanneer kan ik je bellen?"}
    looked = desk.post(form[1], held | text | {"look": "1"})
    says(looked, "De mail die de klager krijgt", text["reason"])
    assert mail_in(looked).subject
    assert '<details class="action-mail" open>' in looked.content.decode()
    assert fresh(case).event_count == 1
    assert desk.post(form[1], held | text).status_code == 302
    reads(desk, "inspect", case, "Berichten Bericht aan de klager", text["reason"])
    answer = post(desk, "assess", case)
    for asked in ("Hoe ernstig is het?", "Is iedereen veilig?", "Moet er meteen iets gebeuren?"):
        says(answer, f"{asked} Kies wat het best past.", status=422)


@pytest.mark.every_database
def test_a_document_is_for_us_or_for_the_complainant(desk, confidant):
    """One for us is in no list, download or paper of theirs; what is refused says why."""
    case, code = filed()
    ours, theirs = (SimpleUploadedFile(f"{name}.txt", b"Tekst.") for name in ("rapport", "brief"))
    assert post(desk, "note", case, reason="Het rapport.", files=ours).status_code == 302
    assert post(desk, "message", case, reason="Hierbij.", files=theirs).status_code == 302
    assert is_intact(fresh(case))
    reads(desk, "inspect", case, "rapport.txt", "brief.txt")
    for row in case.attachments.all():
        answer = desk.get(reverse(NAME + "file", args=[case.pk, row.pk]))
        assert b"".join(answer) == b"Tekst."
    assert case.accesses.filter(kind=AccessKind.FILE).count() == 2
    hidden, shown = case.attachments.order_by("position")
    me = entered(code)
    assert "rapport.txt" not in public_text(me.get(FOLLOW))
    assert "brief.txt" in public_text(me.get(FOLLOW))
    assert act(me, f"bestand:{hidden.pk.hex}").status_code == 404
    assert b"".join(act(me, f"bestand:{shown.pk.hex}")) == b"Tekst."
    assert b"rapport.txt" not in act(me, "json").content
    for notes in (True, False):
        paper = desk.get(url("dossier-pdf", case, **({"notities": 1} if notes else {})))
        said = words_of_pdf(paper.content)
        assert "brief.txt" in said
        assert ("rapport.txt" in said) is notes


def test_an_advice_and_a_ruling_carry_a_document(desk, confidant):
    case, code = filed()
    for stage, name in ((Stage.MEDIATION, "advise"), (Stage.COMMITTEE, "rule")):
        move(fresh(case), stage, confidant)
        sent = SimpleUploadedFile(f"{name}.txt", b"Tekst.")
        days = dict.fromkeys(("given_on", "ruled_on"), timezone.localdate())
        assert post(desk, name, case, text="Zo.", files=sent, **days).status_code == 302
        reads(desk, "inspect", case, f"{name}.txt")
        assert f"{name}.txt" in public_text(entered(code).get(FOLLOW))


@pytest.mark.every_database
def test_a_chosen_document_stays_chosen_until_the_form_is_well_or_its_box_is_unticked(
    desk, staff, other
):
    """Where it cannot be taken nothing of it is left, nor of a stranger's."""
    case = make_complaint()
    for client, name in ((client_for(staff.manager), "note"), (desk, "contact")):
        post(client, name, case, reason="Zo.", files=SimpleUploadedFile("x.txt", b"Tekst."))
    assert not Attachment.objects.exists()

    def sent(name: str, **data):
        content = b"MZ\x90\x00" if name == "virus.exe" else b"Tekst."
        return post(desk, "message", case, files=SimpleUploadedFile(name, content), **data)

    first = sent("brief.txt", reason="")
    says(first, "brief.txt (gekozen)", "Schrijf je bericht.", status=422)
    (brief,) = chosen_in(first)
    looked = sent("bijlage.txt", reason="Hierbij.", look="1", files_kept=[brief])
    says(looked, "brief.txt (gekozen)", "bijlage.txt (gekozen)")
    both = chosen_in(looked)
    refused = sent("virus.exe", reason="Hierbij.", files_kept=both)
    told = ("soort bestand dat we niet aannemen", "brief.txt (gekozen)", "Hierbij.")
    says(refused, *told, status=422)
    assert post(desk, "message", case, reason="Hierbij.", files_kept=both[1:]).status_code == 302
    reads(desk, "inspect", case, "bijlage.txt")
    assert [file.name for file in open_files(case)] == ["bijlage.txt"]
    theirs = {"reason": "Die is van een ander.", "files_kept": [brief, "stuk"]}
    people.share_case(complaint=case, to=other, by=case.handler)
    refused = post(client_for(other), "message", case, **theirs)
    says(refused, "‘brief.txt’ kwam niet goed aan", "Die is van een ander.", status=422)
    Attachment.objects.staged().update(staged_until=timezone.now())
    gone = post(desk, "message", case, reason="Hierbij.", files_kept=[brief])
    says(gone, "‘brief.txt’ kwam niet goed aan, of is er niet meer", status=422)
    assert case.attachments.count() == 1


def chosen_in(answer) -> list[str]:
    return re.findall(r'name="files_kept" value="([^"]+)"', answer.content.decode())


@pytest.mark.every_database
def test_mail_that_is_late_is_named_with_whom_it_is_for_and_what_went_wrong(desk, monkeypatch):
    case = make_complaint()
    conversation.write_to_complainant(complaint=case, text="Dag.", by=case.handler)
    assert "nog niet weg" not in reads(desk, "inspect", case)
    busy = SMTPRecipientsRefused({"noor@example.com": (451, b"")})
    faults = [SMTPDataError(550, b""), ConnectionRefusedError(), busy]
    OwedMail.objects.filter(complaint=None).delete()
    monkeypatch.setattr(EmailMessage, "send", Mock(side_effect=faults))
    deliver_due()
    OwedMail.objects.update(created_at=timezone.now() - timedelta(minutes=20))
    reads(
        *(desk, "inspect", case, "3 mails zijn nog niet weg"),
        "Nieuwe klacht, aan Confidant Test, sinds",
        "de mailserver van dit adres weigert de mail",
        *("Ontvangstbevestiging, aan de klager, sinds", "de mailserver was niet te bereiken"),
        *("Er wacht een bericht, aan de klager", "vraagt het later nog eens te proberen"),
    )
