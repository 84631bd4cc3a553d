"""Erasing: the content is gone for good, the history still says what happened."""

from pathlib import Path
from unittest.mock import Mock

import pytest
from django.db import connection
from django.urls import reverse

from complaints.cases import moves, requests, rights, sealing
from complaints.cases.case import is_intact
from complaints.cases.contents import open_answers, open_history
from complaints.cases.rights import ErasureReason, erase_content
from complaints.cases.rules import why_not_ask_right
from complaints.cases.sealing import CodeUnknown, KeyDestroyed, case_key, case_key_by_code
from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import CaseContact, OwedMail
from complaints.models.privacy import RightsRequest
from complaints.stages import Right
from complaints.vault import codes
from complaints.worker.delivery import deliver_due
from tests.desk import client_for
from tests.factories import make_complaint

REQUEST = ErasureReason.REQUEST


@pytest.fixture
def case(staff):
    case = make_complaint()
    moves.add_note(complaint=case, by=staff.confidant, note="Gebeld met de coachee.")
    case.refresh_from_db()
    return case


def erase(case: Complaint, by=None) -> Complaint:
    erase_content(complaint=case, by=by, reason=REQUEST)
    return Complaint.objects.get(pk=case.pk)


def test_it_opens_for_nobody_any_more(case):
    code = codes.new_code()
    sealing.replace_code(case.pk, code)
    erased = erase(case)
    for opening in (open_answers, open_history):
        with pytest.raises(KeyDestroyed):
            opening(erased)
    with pytest.raises(CodeUnknown):
        case_key_by_code(code)


def test_no_sealed_text_wrap_or_address_is_left(case):
    erased = erase(case)
    assert bytes(erased.sealed) == b""
    assert not erased.events.exclude(sealed=None).exists()
    assert not KeyWrap.objects.filter(complaint_id=case.pk).exists()
    assert not CaseContact.objects.filter(complaint=case).exists()


def test_a_key_kept_from_before_opens_nothing_that_is_stored(case):
    key = case_key(case.pk)
    with pytest.raises(sealing.SealBroken):
        open_answers(erase(case), key)


def test_the_history_stays_verifiable_and_still_shows_tampering(case, staff):
    erased = erase(case, by=staff.confidant)
    assert is_intact(erased)
    erased.events.filter(number=2).update(kind="closed")
    assert not is_intact(erased)


def test_who_acted_and_when_and_the_reference_stay(case):
    before = list(case.events.values_list("number", "kind", "at", "actor_label"))
    erased = erase(case)
    assert list(erased.events.values_list("number", "kind", "at", "actor_label"))[:2] == before
    assert erased.reference == case.reference


def test_erasing_twice_changes_nothing_more(case):
    once = erase(case)
    twice = erase(case)
    assert twice.event_count == once.event_count
    assert is_intact(twice)


def test_another_case_and_its_code_are_untouched(case):
    other, code = make_complaint(), codes.new_code()
    sealing.replace_code(other.pk, code)
    erase(case)
    assert open_answers(other)
    assert case_key_by_code(code)[0] == other.pk


def test_mail_still_owed_to_the_complainant_is_let_go(case):
    erase(case)
    while deliver_due():
        pass
    owed = OwedMail.objects.get(complaint=case, kind="acknowledgement")
    assert owed.dropped_reason == "no_address"


def test_the_log_names_the_case_and_the_reason_only(case, caplog):
    with caplog.at_level("INFO"):
        erase(case)
    assert f"case.erased reference={case.reference} reason=request" in caplog.text


def test_a_failure_half_way_erases_nothing(case, monkeypatch):
    monkeypatch.setattr(Complaint, "save", Mock(side_effect=RuntimeError))
    with pytest.raises(RuntimeError):
        erase_content(complaint=case, by=None, reason=REQUEST)
    monkeypatch.undo()
    assert open_answers(Complaint.objects.get(pk=case.pk))
    assert CaseContact.objects.filter(complaint=case).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's own files")
def test_the_bytes_are_in_no_file_of_the_database(case):
    wraps = KeyWrap.objects.filter(complaint_id=case.pk)
    sealed = [bytes(case.sealed), *(bytes(wrap.wrapped) for wrap in wraps)]
    sealed += [bytes(contact.sealed_email) for contact in CaseContact.objects.all()]
    assert all(any(part in file for file in database_files()) for part in sealed)
    erase(case)
    assert not any(part in file for part in sealed for file in database_files())


def database_files() -> list[bytes]:
    name = Path(connection.settings_dict["NAME"])
    return [file.read_bytes() for file in name.parent.glob(f"{name.name}*")]


@pytest.mark.parametrize("right", Right)
def test_what_was_asked_about_the_data_is_settled_by_erasing(case, right):
    """Else it could never be decided, and would be late for ever."""
    rights.ask_right(complaint=case, right=right)
    requests.withdraw_complaint(complaint=case)
    erased = erase(case)
    request = RightsRequest.objects.get()
    assert request.decided_at is not None
    assert request.is_granted is (right is Right.ERASURE)
    assert erased.next_due_on is None
    assert why_not_ask_right(erased, right) is not None


def test_a_request_in_a_case_erased_before_is_refused_and_not_a_fault(case, staff):
    rights.ask_right(complaint=case, right=Right.ACCESS)
    KeyWrap.objects.filter(complaint_id=case.pk).delete()
    client = client_for(staff.confidant)
    case.refresh_from_db()
    answer = client.post(
        reverse("complaints_complaint_modeladmin_decide", args=[case.pk]),
        {"choice": "show", "seen": case.event_count, "reason": "Hier is het."},
    )
    assert answer.status_code == 409
    assert not RightsRequest.objects.exclude(decided_at=None).exists()
