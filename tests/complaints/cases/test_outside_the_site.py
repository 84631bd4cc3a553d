"""R-22 and R-34: an acknowledgement on paper, and what the coach was told, are recorded."""

import json
from datetime import date

import pytest
from django.utils import timezone

from complaints.cases import moves, records, rights
from complaints.events import EventKind
from complaints.stages import CoachTold, Source
from complaints.terms import TermKind
from tests.desk import LIST, post, text_of, url
from tests.factories import close, coach_told, make_complaint
from tests.follow import FOLLOW, entered, filed
from tests.services import due, is_met, open_history, refused

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def letter(clock):
    return make_complaint(source=Source.LETTER, received_on=date(2026, 12, 7))


def test_r22_an_acknowledgement_meets_its_term_on_the_day_it_was_sent(letter, confidant):
    given = {"complaint": letter, "by": confidant, "reason": "Per brief."}
    records.record_acknowledgement(**given, sent_on=date(2026, 12, 7))
    met = letter.terms.get(kind=TermKind.ACKNOWLEDGEMENT).met_at
    assert timezone.localdate(met) == date(2026, 12, 7)
    refused(records.record_acknowledgement, **given, sent_on=date(2026, 12, 8))


def test_nothing_was_sent_before_receipt_or_after_today(letter, confidant):
    given = {"complaint": letter, "by": confidant, "reason": "Zo."}
    for day in (date(2026, 12, 6), date(2026, 12, 9)):
        refused(records.record_acknowledgement, **given, sent_on=day)
        refused(records.record_coach_told, **given, answer=CoachTold.TOLD, told_on=day)
    assert not is_met(letter, TermKind.ACKNOWLEDGEMENT)
    assert not is_met(letter, TermKind.COACH_TOLD)


def test_r22_the_desk_records_an_acknowledgement_of_a_letter_only(letter, desk):
    assert desk.get(url("acknowledge", make_complaint())).status_code == 409
    for sent_on, status in (("2026-12-09", 422), ("08-12-2026", 302)):
        answer = post(desk, "acknowledge", letter, reason="Per brief.", sent_on=sent_on)
        assert answer.status_code == status
    assert "afgehandeld op 8 december 2026" in desk.get(url("inspect", letter)).content.decode()
    assert desk.get(url("acknowledge", letter)).status_code == 409


@pytest.mark.parametrize("answer", CoachTold)
def test_r34_the_coach_is_told_or_there_is_a_reason(answer, clock, confidant):
    case = make_complaint()
    told_on = timezone.localdate() if answer is CoachTold.TOLD else None
    given = {"answer": answer, "told_on": told_on, "reason": "Per brief."}
    records.record_coach_told(complaint=case, by=confidant, **given)
    assert is_met(case, TermKind.COACH_TOLD)
    content = open_history(case)[-1].content
    assert (content["coach_told"], content["reason"]) == (answer.value, "Per brief.")
    assert ("told_on" in content) is (answer is CoachTold.TOLD)


@pytest.mark.parametrize(
    ("missing", "given", "read"),
    [
        (
            "told_on",
            {"answer": "told", "reason": "Per brief.", "told_on": "2026-12-08"},
            "De kunstcoach is geïnformeerd",
        ),
        (
            "reason",
            {"answer": "defeats", "reason": "Dan verdwijnt het bewijs."},
            "het zou het doel van het onderzoek in de weg staan",
        ),
    ],
)
def test_r34_the_desk_asks_the_day_or_the_reason_why_not(missing, given, read, clock, desk):
    case = make_complaint()
    answer = post(desk, "coach-told", case, **given | {missing: ""})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [missing]
    assert post(desk, "coach-told", case, **given).status_code == 302
    assert read in desk.get(url("inspect", case)).content.decode()
    assert desk.get(url("coach-told", case)).status_code == 409


def test_r34_the_duty_towards_the_coach_outlives_the_case(clock, desk, confidant):
    case = close(make_complaint(), confidant)
    assert case.next_due_kind == TermKind.COACH_TOLD
    assert case.next_due_on == due(case, TermKind.COACH_TOLD)
    page = text_of(desk.get(url("inspect", case)))
    assert "Eerst komt: Kunstcoach informeren, uiterlijk donderdag 7 januari 2027." in page
    assert "Kunstcoach informeren uiterlijk donderdag 7 januari 2027 op tijd" in page
    assert "nog 30 dagen Kunstcoach informeren" in text_of(desk.get(f"{LIST}?status=closed"))
    clock.move_to("2027-01-08 10:00:00+01:00")
    desk.force_login(confidant)
    assert case.reference in text_of(desk.get(f"{LIST}?term=late"))
    assert "1 afgesloten zaak is te laat" in text_of(desk.get("/cms/"))
    case = coach_told(case, confidant)
    assert is_met(case, TermKind.COACH_TOLD)
    assert (case.next_due_on, case.next_due_kind) == (None, "")
    assert case.reference not in text_of(desk.get(f"{LIST}?term=late"))
    assert "te laat" not in text_of(desk.get(url("inspect", case)))


@pytest.mark.parametrize("is_told", [True, False])
def test_r34_reopening_changes_nothing_of_the_duty_towards_the_coach(is_told, clock, confidant):
    case = close(make_complaint(), confidant)
    if is_told:
        coach_told(case, confidant)
    case = moves.reopen_complaint(complaint=case, by=confidant, reason="Toch niet.")
    assert is_met(case, TermKind.COACH_TOLD) is is_told
    assert due(case, TermKind.COACH_TOLD) == date(2027, 1, 7)
    assert case.next_due_kind == TermKind.CONTACT


def test_r34_where_nothing_is_held_any_more_nothing_is_told(desk, confidant):
    """Erasing ends the duty, or a date would stand that nobody could meet."""
    case = close(make_complaint(), confidant)
    case = rights.erase_content(complaint=case, by=confidant, reason=rights.ErasureReason.REQUEST)
    assert (case.next_due_on, case.next_due_kind) == (None, "")
    assert "vervallen: de inhoud van de zaak is gewist" in text_of(desk.get(url("inspect", case)))
    assert desk.get(url("coach-told", case)).status_code == 409


def test_what_staff_wrote_for_colleagues_stays_with_them(site, confidant):
    """Neither on the follow page nor, as a duty, in the dossier."""
    case, code = filed()
    given = {"complaint": case, "by": confidant, "reason": "Alleen voor ons."}
    records.record_coach_told(**given, answer=CoachTold.DEFEATS)
    case.terms.filter(kind=TermKind.ACKNOWLEDGEMENT).update(met_at=None)
    records.record_acknowledgement(**given, sent_on=case.received_on)
    me = entered(code)
    page = me.get(FOLLOW).content.decode()
    assert "We bevestigden dat je klacht binnen is." in page
    assert "lleen voor ons" not in page
    dossier = json.loads(me.post(FOLLOW, {"action": "json"}).content)
    assert {term["kind"] for term in dossier["terms"]} == {"contact", "progress", "handling"}
    told = [line for line in dossier["history"] if line["kind"] == EventKind.COACH_TOLD]
    assert [line["texts"] for line in told] == [{"coach_told": CoachTold.DEFEATS}]
