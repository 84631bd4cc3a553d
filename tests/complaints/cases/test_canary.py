"""What a complainant types, and where from, is in no file, row, log record or mail.

Filed over HTTP as a visitor does, on a database that really commits; then every byte is searched.
"""

import logging
import re
import secrets
import sys
import tempfile
from html import unescape
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import caches
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.log import AdminEmailHandler

from accounts import adapters, factors, sessions
from accounts import pages as logging_in
from accounts.factors import LOCKED
from accounts.sessions import SessionStore
from complaints.cases import attachments, audit, contents, conversation, filing, handlers_group
from complaints.cases import drafts as kept
from complaints.management.commands.worker import Command
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Draft
from complaints.models.outbox import JobRun, OwedMail
from complaints.models.privacy import AuditLine
from complaints.public.filing import drafts, pages, send, state, views
from complaints.staff import pages as desk_pages
from complaints.vault.codes import find_code_in
from complaints.worker.delivery import deliver_due
from config.logs import WithoutRequest
from home.models import OrganisationSettings
from tests.accounts.doors import LOGIN, code_of, with_app
from tests.complaints.public.form_filler import POST, Filler
from tests.desk import NAME, client_for, post, url
from tests.erased import bytes_on_disk
from tests.evidence import named
from tests.follow import FOLLOW
from tests.services import send_all

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = f"kanarie{secrets.token_hex(6)}"
ADDRESS = "198.51.100.77"
AGENT = f"Kanariebrowser/{secrets.token_hex(4)}"
ANSWERS = {
    "probleem": f"{CANARY} verhaal",
    "ontstaan": f"{CANARY} ontstaan",
    "anders_handelen": f"{CANARY} anders",
    "verwacht": f"{CANARY} verwacht",
    "oplossing": f"{CANARY} oplossing",
    "voor_wie": "Voor mezelf",
    "besproken": "Ja",
    "naam": f"{CANARY} naam",
    "email": f"{CANARY}@example.org",
    "telefoon": f"06 {CANARY}",
}
STEPS = {
    "opening the token": (views, "look_at_files"),
    "showing a step": (pages, "_errors"),
    "showing the check page": (pages, "_check_steps"),
    "sending": (send, "file"),
    "sealing": (filing, "seal_part"),
    "keeping the consents": (filing, "consent_texts"),
    "keeping the address": (filing.CaseContact.objects, "create"),
    "owing the mail": (filing.notifications, "owe_filed"),
    "confirming": (send, "promises"),
}

RESUME = "/klacht-verder/"
DRAFT_STEPS = {
    "saving": (drafts, "save_draft"),
    "counting": (kept, "_check_room"),
    "reminding": (drafts, "remind"),
    "showing the code": (drafts, "_saved_page"),
    "opening": (drafts, "open_draft"),
    "showing what was found": (drafts, "found_page"),
    "destroying": (drafts, "destroy_draft"),
}
COMING_BACK = ("opening", "showing what was found", "destroying")


@pytest.fixture
def records(caplog):
    """Every log record at DEBUG, also of loggers that pass nothing on."""
    names = ("", "django", "django.server", "django.request", "django.db.backends")
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(caplog.handler)
        logger.setLevel(logging.DEBUG)
    caplog.handler.setLevel(logging.DEBUG)
    yield lambda: [
        f"{record.getMessage()} {record.__dict__} {logging.Formatter().format(record)}"
        for record in caplog.records
    ]
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(caplog.handler)
        logger.setLevel(level)


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    Path(tempfile.gettempdir()).mkdir()


@pytest.fixture
def filler(site):
    client = Client(
        raise_request_exception=False, REMOTE_ADDR=ADDRESS, HTTP_X_FORWARDED_FOR=ADDRESS
    )
    filler = Filler(client)
    filler.headers = {"User-Agent": AGENT}
    return filler


def holding(*needles: str) -> dict[str, list[str]]:
    """Which database files hold which of the needles."""
    found = {}
    for path, content in bytes_on_disk():
        held = [n for n in needles if n.encode() in content or n.encode("utf-16-le") in content]
        if held:
            found[path.name] = held
    return found


def assert_no_trace(records, *traces: str) -> None:
    """In no byte of the database, no log record, no mail but for its address, no mail owed.

    Nor in an opened session, the cache, or a file that was to be there for a moment.
    """
    assert holding(*traces) == {}
    sessions = Session.objects.values_list("session_data", flat=True)
    brief = [f"{SessionStore().decode(sealed)}" for sealed in sessions] + [
        f"{cache._cache}" for cache in caches.all()
    ]
    left = [path for path in Path(tempfile.gettempdir()).rglob("*") if path.is_file()]
    brief += [f"{path} {path.read_bytes()}" for path in left]
    mails = [sent.message().as_string() for sent in mail.outbox]
    mails = [written.replace(f"To: {ANSWERS['email']}", "") for written in mails]
    texts = [*records(), *mails, *brief, *(str(row) for row in OwedMail.objects.values())]
    assert texts
    for text in texts:
        assert not [trace for trace in traces if trace in text]


def spellings(code: str) -> tuple[str, str]:
    return code, code.replace("-", "")


def filed(filler: Filler) -> Complaint:
    """The complaint, with every answer given."""
    filler.start().to_check(**ANSWERS).send(consent_mail="on")
    return Complaint.objects.get()


def test_no_file_nor_name_of_one_is_in_what_is_kept_or_logged(
    filler, staff, records, settings, tmp_path
):
    """From the first byte that arrives until a handler took it out."""
    settings.FILES_DIR = tmp_path / "files"
    content = b"%PDF-1.4 " + f"{CANARY} in een bestand. ".encode() * 100_000 + b"%%EOF"
    paper = named(f"{CANARY}.pdf", content)
    page = named(f"{CANARY}.jpg", f"<html>{CANARY}".encode())
    filler.start().to_check(**ANSWERS, bestanden=[paper]).press("change:0:bestanden")
    filler.press("attach", bestanden=[page])
    assert filler.response.status_code == 422
    filler.to_check().send(consent_mail="on")
    case = Complaint.objects.get()
    assert len(attachments.open_files(case)) == 1
    reader = client_for(staff.confidant)
    assert reader.get(url("file", case)).getvalue() == content
    deliver_due()
    (stored,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert CANARY not in str(stored)
    media = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    for path in (stored, *media):
        assert CANARY.encode() not in path.read_bytes()
    assert any("file.opened" in record for record in records())
    assert_no_trace(records, CANARY)


def test_the_search_finds_what_is_stored_in_clear(site):
    """The control: without it, every test below could be green for nothing."""
    control = f"controle{secrets.token_hex(6)}"
    OrganisationSettings.objects.update(tagline=control)
    assert holding(control)


def test_r40_no_answer_message_nor_where_it_came_from_is_kept_logged_or_mailed(
    filler, staff, records
):
    OwedMail.objects.all().delete()  # what the staff are owed for having been appointed
    case, me = filed(filler), filler.client
    code = next(word for word in filler.text.split() if word.count("-") == 4)
    assert CANARY in {answer.name: answer.text for answer in contents.open_answers(case)}["naam"]
    deliver_due()
    assert len(mail.outbox) == 2
    assert any("mail.done" in record for record in records())
    Client(raise_request_exception=False, REMOTE_ADDR=ADDRESS).post(
        POST, {"token": "stuk"}, headers={"User-Agent": AGENT}
    )
    assert Complaint.objects.count() == 1
    me.post(FOLLOW, {"action": "enter", "code": code})
    page = me.post(FOLLOW, {"action": "write", "message": f"{CANARY} bericht"})
    assert f"{CANARY} bericht" in page.content.decode()
    conversation.write_to_complainant(complaint=case, text=f"{CANARY} antwoord", by=staff.confidant)
    me.post(FOLLOW, {"action": "intrekken", "message": f"{CANARY} weg"})
    deliver_due()
    assert_no_trace(records, CANARY, ADDRESS, AGENT)
    assert not [record for record in records() if code in record]


def test_nothing_a_handler_records_or_mails_is_in_a_byte_or_a_log_record(filler, staff, records):
    """From assessment to closing, and mails in the handler's own words."""
    case, desk = filed(filler), client_for(staff.confidant)
    today = timezone.localdate().isoformat()
    words = dict.fromkeys(("reason", "text", "finding", "decisions", "measures"), CANARY)
    rated = {"severity": "light", "safety": "safe", "complexity": "simple", "impact": "small"}
    mailed = {"mail_subject": CANARY, "mail_body": f"{CANARY} {case.reference}"}
    for name, given in (
        ("assess", rated | {"urgency": "no"}),
        ("agree", {"by_complainant": "yes", "by_coach": "yes", "agreed_on": today}),
        ("move", {"choice": "mediation"}),
        ("advise", {"given_on": today}),
        ("advice-answer", {"by_complainant": "accepted"}),
        ("consent", {"choice": "committee"}),
        ("move", {"choice": "committee", "ground": "wished"}),
        ("rule", {"ruled_on": today}),
        ("comply", {"compliance": "full", "compliance_on": today}),
        ("close", {"choice": "ruled", "ruled_on": today}),
    ):
        form = desk.get(url(name, case), given).content.decode()
        links = re.findall(r"https?://[^\s<]+/klacht-volgen/#\w+", form)
        mail_too = {k: f"{v} {' '.join(links)}" for k, v in mailed.items()} if links else {}
        answer = post(desk, name, case, **words | given | mail_too)
        assert answer.status_code == 302, name
    assert OwedMail.objects.exclude(sealed_text=None).exists()
    assert_no_trace(records, CANARY)
    assert any(CANARY in sent.body for sent in send_all())
    mail.outbox.clear()  # their own words are what it was for
    assert_no_trace(records, CANARY)


def test_what_is_registered_for_a_complainant_is_in_no_byte(staff, site, records):
    desk = client_for(staff.confidant)
    address = reverse("complaints_complaint_modeladmin_register")
    page = desk.get(address).content.decode()
    token = unescape(re.search(r'name="token" value="([^"]+)"', page).group(1))
    names = ("name", "coach", "problem", "remedy", "consent_how")
    given = dict.fromkeys(names, CANARY) | {
        "token": token,
        "source": "letter",
        "received_on": timezone.localdate().isoformat(),
        "route": "confidant",
        "has_consent": "yes",
    }
    assert desk.post(address, given).status_code == 200
    assert CANARY in {answer.text for answer in contents.open_answers(Complaint.objects.get())}
    assert_no_trace(records, CANARY)


def fault(monkeypatch, module, name, *quoted) -> list[str]:
    """From now on this step fails, and its exception quotes all it knows; says when it did."""
    calls = []

    def fail(*args, **kwargs):
        calls.append(name)
        raise ValueError(f"{quoted} {args} {kwargs}")

    monkeypatch.setattr(module, name, fail)
    return calls


@pytest.mark.any_database
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_while_filing_leaves_nothing_behind(filler, staff, monkeypatch, records, step):
    """Not the answers, not the address, also where the exception itself quotes them."""
    module, name = STEPS[step]
    calls = fault(monkeypatch, module, name, CANARY, ADDRESS)
    filler.start()
    filler.next(probleem="" if name == "_errors" else ANSWERS["probleem"])
    if filler.response.status_code == 200:
        while "send" not in filler.page.actions and filler.response.status_code == 200:
            here = {k: v for k, v in ANSWERS.items() if f"q-{k}" in filler.page.names}
            filler.next(**here)
    if filler.response.status_code == 200:
        filler.send(consent_mail="on")
    assert calls, "the fault was never reached"
    assert filler.response.status_code == (200 if step == "confirming" else 503)
    assert records()
    assert_no_trace(records, CANARY, ADDRESS, AGENT)
    assert Complaint.objects.count() == (1 if step == "confirming" else 0)


def test_a_fault_of_the_audit_leaves_nothing_behind(filler, staff, monkeypatch, records):
    """Whatever was read or done, and also where the exception quotes all of it."""
    case, text = filed(filler), f"{CANARY} notitie"
    desk = client_for(staff.confidant, REMOTE_ADDR=ADDRESS, raise_request_exception=False)
    index = reverse(f"{NAME}index")

    def exported(kind: str) -> bytes:
        return desk.post(f"{index}export/", {"format": kind, "answers": "on"}).getvalue()

    for module, name, act, status in (
        (audit, "signed", lambda: desk.get(url("inspect", case)), 500),
        (audit, "signed", lambda: desk.get(url("dossier-pdf", case)), 500),
        (audit, "_fields", lambda: exported("csv"), ValueError),
        (audit, "_fields", lambda: exported("xlsx"), ValueError),
        (audit, "_mac", lambda: desk.get(index, {"q": CANARY}), 500),
        (audit, "_mac", lambda: desk.post(url("note", case), {"reason": text, "seen": "1"}), 302),
        (handlers_group, "whoever_asks", lambda: staff.deputy.groups.clear(), ValueError),
        (audit, "_close", worker_tick, None),
        (audit, "_span", worker_tick, None),
        (audit, "_is_signed", lambda: (audit.chain(), call_command("verify_audit")), ValueError),
        (audit, "chain", lambda: audit.let_go(AuditLine.objects.all()), ValueError),
    ):
        with monkeypatch.context() as patch:
            calls = fault(patch, module, name, CANARY, ADDRESS)
            if status is ValueError:
                with pytest.raises(ValueError, match=CANARY):
                    act()
            else:
                answer = act()
                assert status is None or answer.status_code == status, name
        assert calls or status == 302, name
    assert_no_trace(records, CANARY, ADDRESS)


def test_a_fault_at_the_doors_leaves_nothing_behind(filler, staff, monkeypatch, records):
    """Of what was typed there, or at the desk by somebody who was out meanwhile."""
    case, app = filed(filler), with_app(staff.confidant)
    where = {
        "REMOTE_ADDR": ADDRESS,
        "raise_request_exception": False,
        "headers": {"user-agent": AGENT},
    }
    desk = client_for(staff.confidant, **where)
    note = {"reason": f"{CANARY} notitie", "seen": "0"}
    here = {"headers": {"origin": "http://testserver"}}

    def typed(password: str = "test", **given):
        return Client(**where).post(LOGIN, {"login": "confidant", "password": password} | given)

    def half_way(name: str, **given):
        client = Client(**where)
        client.post(LOGIN, {"login": "confidant", "password": "test"})
        return client.post(reverse(name), given)

    def locked():
        session = desk.session
        session[LOCKED] = True
        session.save()
        return desk.post(url("note", case), note, **here)

    def signed_out():
        return Client(**where).post(url("note", case), note, **here)

    for module, name, act in (
        (factors, "note_activity", lambda: desk.post(url("note", case), note, **here)),
        (factors, "has_shown_factor", lambda: desk.post(url("note", case), note, **here)),
        (factors, "give_back", locked),
        (desk_pages, "take_no_files", signed_out),
        (desk_pages, "give_back", signed_out),
        (adapters, "is_password_braked", lambda: typed(CANARY, login=CANARY, next=f"/{CANARY}")),
        (adapters.Browser, "of", lambda: typed(CANARY)),
        (sessions, "seal_token", typed),
        (sessions, "stored", typed),
        (logging_in, "is_code_braked", lambda: half_way("mfa_authenticate", code=CANARY)),
        (adapters, "tell_handlers", lambda: half_way("mfa_authenticate", code=code_of(app))),
        (
            *(logging_in.CredentialField, "to_python"),
            lambda: Client(**where).post(reverse("mfa_login_webauthn"), {"credential": CANARY}),
        ),
    ):
        with monkeypatch.context() as patch:
            calls = fault(patch, module, name, CANARY, ADDRESS)
            assert act().status_code == 500, name
        assert calls, name
    assert_no_trace(records, CANARY, ADDRESS, AGENT)


def worker_tick() -> None:
    """As the worker does, all of it: it says that it failed, and goes on."""
    JobRun.objects.all().delete()
    Command()._look()


def put_aside(filler: Filler) -> str:
    """Fills in all but the consents, keeps it, and asks for a reminder; the code shown."""
    filler.start().to_check(**ANSWERS).press("save", consent_filing="on")
    code = filler.text.partition("Je code ")[2][:21]
    filler.press("remind", email=ANSWERS["email"])
    assert filler.response.status_code == 200, filler.text
    return code


class TestADraft:
    def test_it_is_in_no_byte_record_or_mail_when_kept_opened_saved_again_destroyed_or_sent(
        self, filler, records
    ):
        code = put_aside(filler)
        assert CANARY in str(state.FormState.unpack(kept.open_draft(code).content).answers)
        assert_no_trace(records, CANARY, ADDRESS, AGENT, *spellings(code), spellings(code)[1][:16])
        for typed, action in (
            *((f" {code.lower()} ", "open"), ("stuk", "open")),
            *((code, "open"), (code, "destroy")),
        ):
            filler._read(filler.client.post(RESUME, {"code": typed, "action": action}))
            assert filler.response.status_code == (422 if typed == "stuk" else 200)
            if (typed, action) == (code, "open"):
                filler.press("stay").press("save")
        deliver_due()
        assert not Draft.objects.exists()
        again = put_aside(filler)
        filler.press("stay").send(consent_mail="on")
        assert Complaint.objects.count() == 1
        assert not Draft.objects.exists()
        deliver_due()
        assert_no_trace(records, CANARY, ADDRESS, AGENT, *spellings(code), *spellings(again))
        rows = [str(row) for row in OwedMail.objects.values()]
        for text in [*(sent.message().as_string() for sent in mail.outbox), *records(), *rows]:
            assert not find_code_in(text, code)

    @pytest.mark.any_database
    @pytest.mark.parametrize("step", DRAFT_STEPS)
    def test_a_fault_on_the_way_leaves_nothing_behind(self, filler, monkeypatch, records, step):
        """Also where the exception itself quotes what was typed, the address and the code."""
        module, name = DRAFT_STEPS[step]
        code = put_aside(filler)
        calls = fault(monkeypatch, module, name, CANARY, ADDRESS, code)
        data = {"code": code, "action": "destroy" if step == "destroying" else "open"}
        if step in COMING_BACK:
            filler._read(filler.client.post(RESUME, data, headers=filler.headers))
        else:
            filler.press("remind" if step == "reminding" else "save", email=ANSWERS["email"])
        assert calls, "the fault was never reached"
        assert filler.response.status_code == 503
        assert_no_trace(records, CANARY, ADDRESS, AGENT, *spellings(code))
        for record in records():
            assert not find_code_in(record, code)


class TestErrorMail:
    """Nobody gets error mail here; who adds it with our filter gets no content by it."""

    def test_it_says_what_and_where_and_never_what_was_typed(self, settings, rf):
        settings.ADMINS = [("Beheer", "beheer@example.org")]
        headers = {"User-Agent": AGENT}
        request = rf.post(POST, {"q-probleem": CANARY}, headers=headers, REMOTE_ADDR=ADDRESS)
        handler = AdminEmailHandler(include_html=True)
        handler.addFilter(WithoutRequest())
        try:
            story = CANARY
            raise ValueError(story)
        except ValueError:
            said = {"msg": "Internal Server Error", "exc_info": sys.exc_info(), "request": request}
            handler.handle(logging.makeLogRecord(said | {"levelname": "ERROR"}))
        written = mail.outbox[0].message().as_string()
        assert "ValueError" in written
        assert "test_canary.py" in written
        assert not [trace for trace in (CANARY, ADDRESS, AGENT) if trace in written]

    def test_no_handler_of_ours_sends_mail(self, settings):
        handlers = settings.LOGGING["handlers"].values()
        assert handlers
        for handler in handlers:
            assert "Email" not in handler["class"]
            assert "no_content" in handler["filters"]
