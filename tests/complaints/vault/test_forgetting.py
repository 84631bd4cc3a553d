"""Gone means gone: after the worker's turn nothing on any disk opens what was erased."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.transaction import TransactionManagementError

from complaints.cases import (
    codes_and_links,
    contact,
    contents,
    drafts,
    forgetting,
    mails,
    rights,
    sealing,
)
from complaints.cases.filing import file_complaint
from complaints.models import tables
from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap, LinkRequest
from complaints.models.outbox import CaseContact, MailKind, OwedMail
from complaints.models.tables import Destroyed, covered_fields
from complaints.notifications import owe_to_complainant
from complaints.stages import ConsentPurpose
from complaints.vault import codes, keyring
from tests.erased import (
    HEAD,
    covered_values,
    found_on_disk,
    heads_on_disk,
    is_on_disk,
    let_pass,
    opened,
    run_the_worker,
)
from tests.factories import make_answers, make_complaint, make_filing
from tests.faults.servers import IS_WHOLE

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]
on_disk = pytest.mark.django_db(transaction=True)
on_postgres = pytest.mark.skipif(connection.vendor == "sqlite", reason="has one writer at a time")
MANY = 100 if IS_WHOLE else 25


@pytest.fixture(autouse=True)
def own_keys(tmp_path, settings):
    settings.VAULT_KEY_FILE = str(tmp_path / "ring.keys")
    settings.ERASURE_KEY_FILE = str(tmp_path / "erasure.keys")
    return tmp_path / "erasure.keys"


def key_ids() -> list[str]:
    return [key.key_id for key in keyring.ERASURE.all()]


def erase(case: Complaint) -> None:
    rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.RETENTION)


def with_text(case: Complaint) -> Complaint:
    """A case of which the complainant is owed a mail in the words of a handler."""
    sealed = mails.seal_filled(mails.MailText("Je klacht", "Dag Noor"), case, {})
    owe_to_complainant(case, MailKind.MESSAGE_WAITS, "1", sealed_text=sealed)
    return case


@on_disk
def test_an_hour_later_none_of_many_erased_cases_opens_with_the_keys_and_the_disk(own_keys):
    """Of each: its wraps for the server and its code, its address, the text of a mail."""
    first = key_ids()
    sealing.lookup_key()
    with transaction.atomic():
        live, cases = make_complaint(), [with_text(make_complaint()) for _ in range(MANY)]
    kept = {bytes(wrap.wrapped) for wrap in KeyWrap.objects.filter(complaint_id=live.pk)}
    values = covered_values()
    assert len(values) == 4 * MANY + 4  # the live one's three, and the look-up key's
    is_sqlite = connection.vendor == "sqlite"  # it overwrites what is deleted, so look before that
    found = found_on_disk(values) if is_sqlite else []
    with transaction.atomic():
        for case in cases:
            erase(case)
    found = found or found_on_disk(values)
    assert opened(found) == len(values), "without another key, all of them open"
    before = own_keys.read_bytes()
    run_the_worker()
    assert not set(first) & set(key_ids())
    found, now = found_on_disk(values), covered_values()
    assert opened(found) == 0
    assert heads_on_disk(key_ids()) == {value[:HEAD] for value in now}, "what lives, and no more"
    assert len(now) == 4
    assert {bytes(wrap.wrapped) for wrap in KeyWrap.objects.filter(complaint_id=live.pk)} == kept
    assert contents.open_answers(live) == make_answers()
    if not is_sqlite:
        own_keys.write_bytes(before)
        assert opened(found) == len(values), "it is the key that is gone, not the bytes"


@on_disk
@on_postgres
def test_what_is_looked_for_is_found_where_a_page_of_the_log_ends_in_it():
    value = b"ends in the midst of a page of the log. " * 500
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(false, 'test', %s)", [value])
    assert is_on_disk(value)


class Killed(BaseException):
    """The process is gone, in the middle of what it did."""


def kill_at(step: int, monkeypatch) -> list[str]:
    """Has the process die before its step of that number: a statement, or a change of the file."""
    steps: list[str] = []

    def take(what: str) -> None:
        steps.append(what)
        if len(steps) == step:
            raise Killed

    def statement(execute, sql, params, many, context):
        take(sql)
        return execute(sql, params, many, context)

    def replace(path, target, move=Path.replace):
        take("replace")
        return move(path, target)

    connection.execute_wrappers.append(statement)
    monkeypatch.setattr(Path, "replace", replace)
    return steps


@on_disk
@on_postgres
def test_killed_at_any_step_it_loses_nothing_and_the_next_run_finishes(monkeypatch, own_keys):
    monkeypatch.setattr(forgetting, "BATCH", 2)
    cases, code = [with_text(make_complaint()) for _ in range(3)], codes.new_code()
    sealing.replace_code(cases[0].pk, code)
    erase(gone := make_complaint())
    for step in range(1, 200):
        Destroyed.objects.create()
        before = key_ids()
        with monkeypatch.context() as patch:
            steps = kill_at(step, patch)
            try:
                run_the_worker()
            except Killed:
                is_killed = True
            else:
                is_killed = False
            connection.execute_wrappers.pop()
        assert all_open(cases)
        for _ in "123":  # one that was under way, and one for what came after it
            run_the_worker()
        assert not Destroyed.objects.exists()
        assert len(key_ids()) == 1
        assert not set(before) & set(key_ids())
        assert all_open(cases)
        assert sealing.case_key_by_code(code)[0] == cases[0].pk
        with pytest.raises(sealing.KeyDestroyed):
            sealing.case_key(gone.pk)
        if not is_killed:
            break
    assert steps.count("replace") == 2, "one that adds a key, one that forgets"
    assert step > 30


def all_open(cases) -> bool:
    for case in cases:
        assert contents.open_answers(case) == make_answers()
        address = CaseContact.objects.get(complaint=case).sealed_email
        assert sealing.open_address(case.pk, address) == "noor@example.com"
        owed = OwedMail.objects.get(complaint=case, kind=MailKind.MESSAGE_WAITS)
        assert mails.open_edit(case.pk, owed.sealed_text).body == "Dag Noor\n"
    return True


@on_disk
def test_complaints_filed_while_keys_turn_all_open_afterwards(monkeypatch):
    """Three browsers file and a worker turns the key as fast as it can."""
    monkeypatch.setattr(forgetting, "KEPT_SECONDS", 0.1)
    make_complaint()
    seen, enough = set(key_ids()), threading.Event()

    def file_on_end() -> int:
        number = 0
        while not enough.is_set():
            make_complaint()
            number += 1
            enough.wait(0.02)
        connections.close_all()
        return number

    with ThreadPoolExecutor(3) as browsers:
        filing = [browsers.submit(file_on_end) for _ in range(3)]
        for _ in range(500):
            Destroyed.objects.create()
            forgetting.turn_key()
            seen.update(key_ids())
            if len(seen) > 2:
                break
            enough.wait(0.02)
        enough.set()
    assert len(seen) > 2
    cases = Complaint.objects.all()
    assert len(cases) == 1 + sum(browser.result() for browser in filing) > 4
    for case in cases:
        assert contents.open_answers(case) == make_answers()
        assert sealing.open_address(case.pk, case.contact.sealed_email) == "noor@example.com"


@on_disk
@on_postgres
def test_a_key_is_not_forgotten_while_somebody_filed_under_it_and_did_not_commit_yet():
    sealing.lookup_key()
    (old,), filed, may_commit = key_ids(), threading.Event(), threading.Event()
    filing = make_filing()

    def file_slowly() -> None:
        with transaction.atomic():
            file_complaint(filing=filing)
            filed.set()
            may_commit.wait(30)
        connections.close_all()

    thread = threading.Thread(target=file_slowly)
    thread.start()
    filed.wait(30)
    Destroyed.objects.create()
    for _ in "123":
        run_the_worker()
    assert key_ids()[1:] == [old], "the key stays, and the worker waits for nobody"
    may_commit.set()
    thread.join()
    run_the_worker()
    assert old not in key_ids()
    assert contents.open_answers(Complaint.objects.get()) == make_answers()


@on_disk
def test_nothing_is_covered_outside_a_transaction():
    """There nothing could hold the key until the row is there."""
    case = make_complaint()
    wrap = KeyWrap.objects.filter(complaint_id=case.pk).first()
    with pytest.raises(TransactionManagementError):
        wrap.save()
    codes_and_links.ask_for_link(address="noor@example.com")
    row = LinkRequest.objects.get()
    assert sealing.open_address(row.pk, row.sealed_email) == "noor@example.com"


def test_whatever_is_destroyed_the_key_is_replaced_and_else_once_a_day():
    """Nothing is destroyed but what is named, and that opens no more."""
    case, code = make_complaint(), codes.new_code()
    drafts.save_draft(code=code, content=b"half a story")
    drafts.remind(code=code, address="fien@example.org")
    values = covered_values()
    run_the_worker()
    no_mail = {"purpose": ConsentPurpose.MAIL, "is_given": False, "words": ("x",)}
    for what, destroy in (
        ("nothing", lambda: None),
        ("the day", lambda: let_pass(forgetting.LONGEST_SECONDS)),
        ("a code", lambda: sealing.replace_code(case.pk, codes.new_code())),
        ("another code", lambda: sealing.replace_code(case.pk, codes.new_code())),
        ("an address", lambda: contact.record_consent(complaint=case, **no_mail)),
        ("a case", lambda: erase(case)),
        ("a draft", lambda: drafts.destroy_draft(code)),
    ):
        (before,) = key_ids()
        assert drafts.open_draft(code).content == b"half a story"
        destroy()
        run_the_worker()
        assert (key_ids() == [before]) is (what == "nothing"), what
    for value in values:
        with pytest.raises(keyring.SealBroken):
            keyring.uncover(value)


def test_a_value_that_does_not_open_holds_nothing_up_and_is_left_as_it_is():
    broken, case = make_complaint(), make_complaint()
    wraps = KeyWrap.objects.filter(complaint_id=broken.pk)
    with connection.cursor() as cursor:
        column, table, _key = forgetting._names(KeyWrap._meta.get_field("wrapped"))
        bad = key_ids()[0].encode() + b"broken"
        change = f"UPDATE {table} SET {column} = %s WHERE id = %s"  # noqa: S608 - our own names
        cursor.execute(change, [bad, wraps.first().pk])
    erase(make_complaint())
    run_the_worker()
    assert len(key_ids()) == 1
    assert contents.open_answers(case) == make_answers()
    assert bytes(wraps.first().wrapped) == bad


def test_a_file_that_cannot_be_replaced_is_logged_and_stops_no_mail(monkeypatch, caplog):
    erase(make_complaint())
    before, owed = key_ids(), OwedMail.objects.filter(sent_at=None).count()
    monkeypatch.setattr(keyring, "_draft", Mock(side_effect=OSError(30, "Read-only file system")))
    call_command("worker", once=True)
    assert "erasure_key.not_written" in caplog.text
    assert key_ids() == before
    assert OwedMail.objects.filter(sent_at=None).count() < owed
    monkeypatch.undo()
    run_the_worker()
    assert key_ids() != before


def test_every_column_that_could_open_something_is_covered():
    """A wrap, an address or a text that lies under a key of the server alone would outlive it."""
    names = {f"{field.model.__name__}.{field.name}" for field in covered_fields()}
    assert names == {
        *("KeyWrap.wrapped", "CaseContact.sealed_email", "Draft.wrapped", "Draft.sealed_email"),
        *("LinkRequest.sealed_email", "OwedMail.sealed_text", "OwedMail.sealed_address"),
    }


@on_disk
@on_postgres
def test_the_lock_is_taken_once_a_transaction_and_anew_after_a_savepoint_took_it_back():
    case = make_complaint()
    wrap = KeyWrap.objects.filter(complaint_id=case.pk).first()
    with transaction.atomic():
        for _ in "12":
            with transaction.atomic():
                wrap.save()
                transaction.set_rollback(True)
            assert locks_held() == 0
        for _ in "12":
            wrap.save()
            assert locks_held() == 1
        assert sum(call[1] is tables._let_go for call in connection.run_on_commit) == 1
    assert locks_held() == 0


def locks_held() -> int:
    asked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return cursor.fetchone()[0]
