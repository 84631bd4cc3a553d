"""The journal of what was erased and withdrawn, by which a restored backup is put right."""

import re
import stat
from pathlib import Path

import pytest
from django.db import transaction

from complaints.backups.restoring import apply_journal
from complaints.cases import forgetting, rights
from complaints.cases.contact import change_contact, record_consent
from complaints.cases.contents import consents_now, open_answers
from complaints.cases.forgetting import ERASED, journal_path, read_journal
from complaints.cases.rights import ErasureReason, erase_content
from complaints.cases.sealing import KeyDestroyed
from complaints.models.case import Complaint
from complaints.models.outbox import CaseContact
from complaints.stages import ConsentPurpose
from tests.factories import make_complaint, make_filing
from tests.services import fresh, undone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(tmp_path, settings):
    settings.ERASURE_KEY_FILE = str(tmp_path / "erasure.keys")


@pytest.fixture
def committed(django_capture_on_commit_callbacks, monkeypatch):
    """Runs what waits for the commit of what is done inside, as the commit would."""
    monkeypatch.setattr(rights, "empty_write_ahead_log", lambda: None)  # not inside a transaction
    return lambda: django_capture_on_commit_callbacks(execute=True)


def erase(case: Complaint) -> None:
    erase_content(complaint=case, by=None, reason=ErasureReason.RETENTION)


def agree(case: Complaint, purpose: ConsentPurpose, *, is_given: bool = True) -> None:
    record_consent(complaint=case, purpose=purpose, is_given=is_given, words=("Zo is het.",))


def withdraw(case: Complaint, purpose: ConsentPurpose) -> None:
    agree(case, purpose, is_given=False)


def apply_all() -> int:
    return apply_journal(read_journal(journal_path()), print)


def with_every_consent() -> Complaint:
    one = make_filing().consents[0]
    return make_complaint(
        consents=tuple(type(one)(purpose, f"<p>{purpose}</p>") for purpose in ConsentPurpose)
    )


def test_a_line_says_when_what_which_case_and_the_rule_and_nothing_of_the_case(committed):
    case = with_every_consent()
    with committed():
        for purpose in ConsentPurpose:
            withdraw(case, purpose)
        assert not journal_path().exists(), "not before it is stored"
    withdrawn = journal_path().read_text()
    assert re.fullmatch(rf"([-0-9T:.+]+ withdrawn {case.reference} [-\w=]+\n){{5}}", withdrawn)
    assert len({len(line) for line in withdrawn.splitlines()}) == 1
    for word in ("health", "mail", "filing", "noor"):
        assert word not in withdrawn.lower()
    assert {line.purpose(case) for line in read_journal(journal_path())} == set(ConsentPurpose)
    with committed():
        erase(case)
    erased = journal_path().read_text().removeprefix(withdrawn)
    assert re.fullmatch(rf"[-0-9T:.+]+ erased {case.reference} retention\n", erased)
    with pytest.raises(KeyDestroyed):
        read_journal(journal_path())[0].purpose(case)
    assert stat.S_IMODE(journal_path().stat().st_mode) == 0o600


def test_a_line_that_was_missed_or_cut_short_comes_with_the_next_key(committed):
    kept, missed, cut = make_complaint(), make_complaint(), make_complaint()
    with committed(), undone():
        erase(missed)
    assert not journal_path().exists(), "what is rolled back leaves no line"
    with committed():
        erase(kept)
        erase(cut)
    whole = journal_path().read_text()
    journal_path().write_text(whole[:-20])
    erase(missed)
    for _ in "12":
        forgetting.append(forgetting.missed_lines())
    lines = read_journal(journal_path())
    assert [line.what for line in lines] == [ERASED] * 3
    assert [line.detail for line in lines] == ["retention"] * 3
    assert {line.reference for line in lines} == {case.reference for case in (kept, missed, cut)}


def test_a_restored_backup_is_put_right_and_doing_it_twice_changes_nothing(committed):
    erased, withdrawn, whole = make_complaint(), with_every_consent(), make_complaint()
    backup = transaction.savepoint()
    with committed():
        erase(erased)
        withdraw(withdrawn, ConsentPurpose.MAIL)
        withdraw(withdrawn, ConsentPurpose.HEALTH)
        erase(gone := make_complaint())
    transaction.savepoint_rollback(backup)
    assert open_answers(fresh(erased))
    assert CaseContact.objects.filter(complaint=withdrawn).exists()
    assert not Complaint.objects.filter(pk=gone.pk).exists()
    for number in (3, 0):
        assert apply_all() == number
        with pytest.raises(KeyDestroyed):
            open_answers(fresh(erased))
        assert not CaseContact.objects.filter(complaint=withdrawn).exists()
        now = consents_now(fresh(withdrawn))
        taken_back = {purpose for purpose, line in now.items() if not line.is_given}
        assert taken_back == {ConsentPurpose.MAIL, ConsentPurpose.HEALTH}
        assert open_answers(fresh(whole))


def test_what_was_given_anew_stays_given_and_junk_stops_neither_the_worker_nor_who_restores(
    committed,
):
    case = with_every_consent()
    with committed():
        withdraw(case, ConsentPurpose.HEALTH)
    agree(case, ConsentPurpose.HEALTH)
    line = journal_path().read_text()
    assert apply_all() == 0
    assert consents_now(case)[ConsentPurpose.HEALTH].is_given
    for junk in (line.replace("+00:00", ""), line.replace("withdrawn", "danced"), "gisteren x y z"):
        journal_path().write_text(junk)
        assert apply_all() == 0
    journal_path().write_bytes(b"\xff\xfe\x00 half\n")
    erase(erased := make_complaint())
    forgetting.turn_key()
    assert [line.reference for line in read_journal(journal_path())] == [erased.reference]


def test_a_journal_that_cannot_be_written_undoes_no_erasing(committed, settings, tmp_path):
    case = make_complaint()
    journal_path().mkdir()
    with committed():
        erase(case)
    with pytest.raises(KeyDestroyed):
        open_answers(fresh(case))
    assert Path(settings.ERASURE_KEY_FILE).exists()


def test_mail_taken_back_with_the_contact_data_is_in_it_too(committed):
    case = make_complaint()
    given = {"name": "Noor", "email": "noor@example.com", "phone": "", "may_mail": False}
    with committed():
        change_contact(complaint=case, words=("Geen mail.",), **given)
    (line,) = read_journal(journal_path())
    assert line.purpose(case) == ConsentPurpose.MAIL


def test_what_was_open_in_the_backup_is_closed_too_and_what_looked_like_misuse_is_gone(capsys):
    """Else it would be late for ever: what is erased can be closed by nobody."""
    cases = {rule: make_complaint() for rule in ("request", "retention", "mistake", "-", "suspect")}
    held = make_complaint()
    Complaint.objects.filter(pk=held.pk).update(is_held=True)
    Complaint.objects.filter(pk=cases["suspect"].pk).update(is_suspect=True)
    at = "2026-03-01T12:00:00+00:00 erased"
    lines = [f"{at} {case.reference} {rule}" for rule, case in cases.items()]
    journal_path().write_text("\n".join([*lines, f"{at} {held.reference} request", ""]))
    for number in (5, 0):
        assert apply_all() == number
        assert f"{held.reference} erased: held. Look at it yourself." in capsys.readouterr().out
    assert not Complaint.objects.filter(pk=cases.pop("suspect").pk).exists()
    assert {rule: fresh(case).outcome for rule, case in cases.items()} == {
        **dict.fromkeys(("request", "retention", "-"), "withdrawn"),
        "mistake": "slip",
    }
    assert list(Complaint.objects.open()) == [held]
    assert open_answers(fresh(held))
