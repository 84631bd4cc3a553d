"""Erasing: the content is gone for good, the history still says what happened."""

from unittest.mock import Mock

import pytest
from django.db import connection

from complaints.cases import contents, moves, requests, rights, rules, sealing
from complaints.cases.case import is_intact
from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import CaseContact
from complaints.models.privacy import RightsRequest
from complaints.stages import Right
from complaints.vault import codes
from tests.desk import post_as
from tests.erased import covered_values, is_on_disk
from tests.factories import make_complaint
from tests.services import fresh, open_history


@pytest.fixture
def case(staff):
    case = make_complaint()
    return moves.add_note(complaint=case, by=staff.confidant, reason="Gebeld met de coachee.")


def erase(case: Complaint, by=None) -> Complaint:
    rights.erase_content(complaint=case, by=by, reason=rights.ErasureReason.REQUEST)
    return fresh(case)


def test_it_opens_for_nobody_any_more_nothing_sealed_is_left_and_no_other_case_is_touched(
    case, caplog
):
    """Not with the code, nor with a key that somebody had from before. The log says which case."""
    code, key = codes.new_code(), sealing.case_key(case.pk)
    sealing.replace_code(case.pk, code)
    other, others = make_complaint(), codes.new_code()
    sealing.replace_code(other.pk, others)
    with caplog.at_level("INFO"):
        erased = erase(case)
    assert f"case.erased reference={case.reference} reason=request" in caplog.text
    for opening in (contents.open_answers, open_history):
        with pytest.raises(sealing.KeyDestroyed):
            opening(erased)
    with pytest.raises(sealing.CodeUnknown):
        sealing.case_key_by_code(code)
    with pytest.raises(sealing.SealBroken):
        contents.open_answers(erased, key)
    assert bytes(erased.sealed) == b""
    assert not erased.events.exclude(sealed=None).exists()
    assert not KeyWrap.objects.filter(complaint_id=case.pk).exists()
    assert not CaseContact.objects.filter(complaint=case).exists()
    assert contents.open_answers(other)
    assert sealing.case_key_by_code(others)[0] == other.pk


def test_the_reference_and_who_acted_when_stay_and_still_show_tampering(case, staff):
    parts = ("number", "kind", "at", "actor_label")
    before = list(case.events.values_list(*parts))
    once = erase(case, by=staff.confidant)
    assert list(once.events.values_list(*parts))[:2] == before
    assert once.reference == case.reference
    twice = erase(case)
    assert twice.event_count == once.event_count
    assert is_intact(twice)
    twice.events.filter(number=2).update(kind="closed")
    assert not is_intact(twice)


def test_a_failure_half_way_erases_nothing(case, monkeypatch):
    monkeypatch.setattr(Complaint, "save", Mock(side_effect=RuntimeError))
    with pytest.raises(RuntimeError):
        erase(case)
    monkeypatch.undo()
    assert contents.open_answers(fresh(case))
    assert CaseContact.objects.filter(complaint=case).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's own files")
def test_the_bytes_are_in_no_file_of_the_database(case):
    sealed = [bytes(case.sealed), *covered_values()]
    assert all(map(is_on_disk, sealed))
    erase(case)
    sealed = [part for part in sealed if part not in covered_values()]  # the look-up key lives on
    assert len(sealed) == 4
    assert not any(map(is_on_disk, sealed))


@pytest.mark.parametrize("right", Right)
def test_what_was_asked_about_the_data_is_settled_by_erasing(case, right):
    """Else it could never be decided, and would be late for ever."""
    rights.ask_right(complaint=case, right=right)
    requests.withdraw_complaint(complaint=case)
    erased = erase(case)
    request = RightsRequest.objects.get()
    assert request.decided_at is not None
    assert request.is_granted is (right is not Right.ACCESS)
    assert erased.next_due_on is None
    assert rules.why_not_ask_right(erased, right) is not None


def test_a_request_in_a_case_whose_keys_are_gone_is_refused_and_not_a_fault(case, staff):
    rights.ask_right(complaint=case, right=Right.ACCESS)
    KeyWrap.objects.filter(complaint_id=case.pk).delete()
    given = {"choice": "show", "reason": "Hier is het."}
    assert post_as(staff.confidant, "decide", case, **given).status_code == 409
    assert not RightsRequest.objects.exclude(decided_at=None).exists()
