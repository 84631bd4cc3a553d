"""The history of a case: a changed, removed, added or reordered event shows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.cases import moves
from complaints.cases.case import is_intact
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.settings import HandlingSettings
from complaints.stages import Outcome, Stage
from tests.desk import changed
from tests.factories import make_complaint, move
from tests.services import fresh, undone

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(confidant):
    """With four events."""
    case = move(make_complaint(), Stage.MEDIATION, confidant)
    moves.add_note(complaint=case, by=confidant, reason="Een notitie.")
    case = moves.record_contact(complaint=case, by=confidant, reason="Gebeld.")
    assert is_intact(case)
    return case


CHANGES = [
    {"kind": EventKind.CHECKED},
    {"at": timezone.now() - timedelta(days=9)},
    {"actor_label": "user:999"},
    {"stage_from": Stage.COMMITTEE},
    {"stage_to": Stage.COMMITTEE},
    {"outcome": Outcome.SOLVED},
    {"sealed": b"something else"},
    {"sealed_sha256": "0" * 64},
    {"hash": bytes(32)},
    {"number": 99},
]


def test_a_changed_or_removed_event_shows(case):
    for number in (1, 2, 3, 4):
        event = case.events.filter(number=number)
        for change in CHANGES:
            with undone():
                event.update(**change)
                assert not is_intact(case), (number, change)
        with undone():
            event.delete()
            assert not is_intact(case), number
    assert is_intact(case)


def test_an_added_a_swapped_or_a_put_back_event_shows_and_an_erased_text_does_not(case):
    with undone():
        case.events.update(sealed=None)
        assert is_intact(case)
    with undone():
        given = {"kind": EventKind.NOTED, "at": timezone.now(), "actor_label": "system"}
        for number in (0, 5):
            with undone():
                case.events.create(number=number, hash=bytes(32), **given)
                assert not is_intact(case), number
    with undone():
        for number, becomes in ((3, 30), (4, 3), (30, 4)):
            case.events.filter(number=number).update(number=becomes)
        assert not is_intact(case)
    case.events.filter(number=4).delete()
    assert not is_intact(changed(case, event_count=3))


def test_neither_a_deleted_person_nor_what_came_in_meanwhile_is_a_fault(case, confidant):
    """Two people at once: the one who reads holds the count of a moment ago."""
    stale = fresh(case)
    moves.add_note(complaint=case, by=confidant, reason="Intussen.")
    assert is_intact(stale)
    assert stale.event_count == 4, "what they saw, a form of theirs still says"
    HandlingSettings.objects.update(confidant=None)  # nothing else of a case names them
    Complaint.objects.update(handler=None)
    confidant.delete()
    assert is_intact(fresh(case))
    case.events.filter(number=2).update(actor_label="user:999")
    assert not is_intact(stale)
