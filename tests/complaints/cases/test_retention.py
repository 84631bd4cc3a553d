"""R-17, R-37: each kind of record is kept as long as the settings say, and then it is gone."""

from datetime import date, datetime, timedelta
from io import StringIO
from unittest.mock import Mock

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from complaints.cases import conversation, moves, records, retention, rights
from complaints.cases.attachments import destroy_expired_files
from complaints.cases.case import is_intact
from complaints.cases.contents import record_access
from complaints.files import store
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Attachment, KeyWrap
from complaints.models.outbox import JobRun, MailKind, OwedMail
from complaints.models.privacy import Access, AccessKind, ErasureReason, RightsRequest, Tombstone
from complaints.models.settings import KEPT, SENTENCES, HandlingSettings
from complaints.stages import Right
from complaints.terms import add_months, months_before, months_in_words
from complaints.worker.clock import clear_up
from tests.desk import LIST, changed, client_for, references, says, url
from tests.factories import close, coach_told, make_complaint, make_staged_file, set_handling
from tests.follow import entered, filed, read
from tests.home.test_facts import words
from tests.services import fresh, open_history, refused, send_all, tick, told, undone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people(staff):
    return staff


def at(moment: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(moment))  # in Amsterdam


def on(moment: str):
    """That moment, in which time stands still."""
    return time_machine.travel(at(moment), tick=False)


def run(moment: str) -> None:
    """What the worker does once a day, done at that moment."""
    with on(moment):
        clear_up(timezone.now())


def look(moment: str) -> None:
    """What the worker does at that moment, if it is time for it."""
    with on(moment):
        tick()


def closed(moment: str, by, **given) -> Complaint:
    with on(moment):
        case = make_complaint(**given)
        coach_told(case, by)
        return fresh(close(case, by))


def is_there(case: Complaint) -> bool:
    """Whether its content is; a case that is gone altogether has none."""
    return Complaint.objects.filter(pk=case.pk).exclude(sealed=b"").exists()


def tombstones() -> list[tuple[str, str, str]]:
    return list(Tombstone.objects.values_list("reference", "rule", "by_label"))


def test_months_end_on_the_same_day_or_the_last_one_and_turn_back():
    for start, months, end in (
        ("2024-02-29", 24, "2026-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2025-12-31", 2, "2026-02-28"),
        ("2025-08-31", 6, "2026-02-28"),
        ("2026-03-30", 12, "2027-03-30"),
    ):
        assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)
    for days in range(800):  # every day of two years and a leap day
        end = date(2027, 1, 1) + timedelta(days=days)
        for months in (1, 12, 18):
            last = months_before(end, months)
            assert add_months(last, months) <= end < add_months(last + timedelta(1), months)
    assert [months_in_words(n) for n in (1, 18, 24)] == ["1 maand", "18 maanden", "2 jaar"]


def test_r37_two_years_after_closing_it_is_told_thirty_days_before_and_gone_on_the_day(staff):
    """Closed on a leap day, just after midnight here and still the day before in UTC."""
    case = closed("2024-02-29 00:30", staff.confidant, files=[make_staged_file()])
    file = case.attachments.get().pk
    run("2026-01-28 10:00")
    assert fresh(case).goes_on_told is None
    run("2026-01-29 00:05")
    assert fresh(case).goes_on_told == date(2026, 2, 28)
    assert told(MailKind.CASES_GO) == [staff.confidant]
    assert OwedMail.objects.get(kind=MailKind.CASES_GO).not_before.isoformat() == (
        "2026-01-29T06:00:00+00:00"
    )
    run("2026-02-27 23:59")
    assert is_there(case)
    with on("2026-02-28 00:01"):
        tick()
        tick()  # files go when what took them is stored
    assert not is_there(case)
    assert not KeyWrap.objects.filter(complaint_id=case.pk).exists()
    assert not Attachment.objects.exists()
    assert not store.has_file(file)
    assert is_intact(fresh(case))
    assert tombstones() == [(case.reference, "retention", "system")]
    run("2026-02-28 10:00")
    run("2026-03-01 10:00")
    assert len(tombstones()) == 1


def test_a_term_set_anew_counts_and_a_stop_too_and_never_sooner_than_was_told(staff):
    case = closed("2024-06-15 10:00", staff.confidant)
    run("2025-01-01 10:00")
    set_handling(case_months=3, notes_months=1)
    run("2025-01-02 10:00")
    assert fresh(case).goes_on_told == date(2025, 2, 1)
    set_handling(case_months=7)  # sooner than was told, and in the past
    run("2025-01-20 10:00")
    assert is_there(case)
    set_handling(case_months=8)  # later than was told: told of anew
    run("2025-02-01 10:00")
    assert fresh(case).goes_on_told == date(2025, 2, 15)
    assert len(told(MailKind.CASES_GO)) == 2
    set_handling(case_months=24)
    run("2025-02-15 10:00")
    assert (is_there(case), fresh(case).goes_on_told) == (True, None)
    run("2027-06-01 10:00")  # it stood still
    assert fresh(case).goes_on_told == date(2027, 7, 1)
    run("2027-06-30 23:00")
    assert is_there(case)
    run("2027-08-15 10:00")  # once more
    assert not is_there(case)


def test_an_open_case_never_goes_and_reopening_takes_back_what_was_told(staff):
    case = closed("2024-01-01 10:00", staff.confidant)
    open_one = make_complaint(at=at("2010-01-01 00:00"))
    run("2025-12-05 10:00")
    assert fresh(case).goes_on_told == date(2026, 1, 4)
    with on("2025-12-06 10:00"):
        moves.reopen_complaint(complaint=case, by=staff.confidant, reason="Toch.")
    assert fresh(case).goes_on_told is None
    for moment in ("2026-01-04 10:00", "2040-01-01 10:00", "2040-03-01 10:00"):
        run(moment)
    assert is_there(case)
    assert is_there(open_one)


def test_one_case_that_fails_stops_no_other_is_reported_and_tried_again(staff, monkeypatch, caplog):
    bad, good = (closed("2024-01-01 10:00", staff.confidant) for _ in range(2))
    run("2025-12-02 10:00")
    erase, asked = rights.erase_content, Mock(side_effect=RuntimeError("kapot"))
    monkeypatch.setattr(
        retention,
        "erase_content",
        lambda **given: (asked if given["complaint"] == bad else erase)(**given),
    )
    with caplog.at_level("ERROR"):
        look("2026-01-01 10:00")
    assert (is_there(bad), is_there(good)) == (True, False)
    assert f"failed.by_itself of={bad.reference}" in caplog.text
    assert "retention.py" in caplog.text  # where it failed, without what it failed on
    assert "kapot" not in caplog.text
    assert JobRun.objects.get(pk="retention").has_failed
    monkeypatch.undo()
    look("2026-01-01 20:00")  # once a day
    assert is_there(bad)
    look("2026-01-02 00:01")
    assert not is_there(bad)


def test_r17_our_own_notes_go_sooner_with_their_files_and_the_rest_stays(staff):
    by = staff.confidant
    with on("2025-01-01 10:00"):
        case, file = make_complaint(), make_staged_file("notitie.png")
        moves.add_note(complaint=case, by=by, reason="Alleen voor ons.", files=[file])
        moves.record_contact(complaint=case, by=by, reason="Gebeld.")
        conversation.write_to_complainant(complaint=case, text="Dag Noor.", by=by)
    case = fresh(close(case, by, reason="Zo besloten."))
    changed(case, closed_at=at("2025-01-01 12:00"))
    run("2025-12-31 10:00")
    assert "Alleen voor ons." in str([line.content for line in open_history(case)])
    run("2026-01-01 10:00")
    destroy_expired_files()
    kept = str([line.content for line in open_history(case)])
    for said, is_kept in (
        *(("Alleen voor ons.", False), ("Gebeld.", False), ("notitie.png", False)),
        *(("Dag Noor.", True), ("Zo besloten.", True)),
    ):
        assert (said in kept) == is_kept, said
    assert not store.has_file(file.id)
    assert is_intact(fresh(case))
    assert tombstones() == [(case.reference, "notes", "system")]
    says(client_for(by).get(url("inspect", case)), case.reference)


def test_r17_the_line_in_the_register_goes_last_with_all_that_hangs_on_it(staff):
    case, other = closed("2024-01-01 10:00", staff.confidant), make_complaint()
    moves.relate(complaint=other, other=case, by=staff.confidant, reason="Zelfde coach.")
    rights.erase_content(complaint=case, by=staff.confidant, reason=ErasureReason.REQUEST)
    with on("2024-01-01 11:00"):
        record_access(complaint=case, user=staff.confidant, kind=AccessKind.READ)
    run("2028-12-31 10:00")
    assert Complaint.objects.filter(pk=case.pk).exists()
    run("2029-01-01 10:00")
    assert not Complaint.objects.filter(pk=case.pk).exists()
    assert not Access.objects.exists()
    assert [rule for _reference, rule, _by in tombstones()] == ["request", "register"]
    assert not other.related.exists()


def test_r17_both_logs_go_by_their_terms_but_what_keeps_a_mail_from_being_owed_anew(staff):
    by = staff.confidant
    case = closed("2026-01-01 10:00", by)
    running = make_complaint(at=at("2026-01-01 10:00"))
    with on("2026-01-01 10:00"):
        for kind, about in (("read", case), ("list", None), ("search", None)):
            record_access(complaint=about, user=by, kind=AccessKind(kind))
        make_complaint(is_suspect=True)
        tick()
        send_all()
    OwedMail.objects.update(sent_at=at("2026-01-01 10:00"))
    run("2026-03-31 23:59")
    assert OwedMail.objects.filter(complaint=case).exists()
    run("2026-04-01 10:00")
    assert not OwedMail.objects.filter(complaint=case).exists()
    assert OwedMail.objects.filter(complaint=running).exists()
    assert told(MailKind.SUSPECT_DIGEST) == [by]
    run("2027-12-31 10:00")
    assert Access.objects.count() == 3
    run("2028-01-01 10:00")
    assert not Access.objects.exists()


def test_a_suspect_complaint_goes_with_its_files_unless_something_happens_in_it(staff):
    with on("2026-01-01 10:00"):
        junk = make_complaint(is_suspect=True, files=[make_staged_file()])
        written, code = filed(is_suspect=True)
        looked = make_complaint(is_suspect=True)
    file = junk.attachments.get().pk
    with on("2026-03-01 10:00"):
        conversation.write_to_handler(complaint=written, text="Nog iets.", code=code)
        moves.clear_suspicion(complaint=looked, by=staff.confidant, reason="Echt.")
    run("2026-03-02 10:00")
    assert fresh(junk).goes_on_told == date(2026, 4, 1)
    run("2026-04-01 10:00")
    destroy_expired_files()
    assert not Complaint.objects.filter(pk=junk.pk).exists()
    assert not store.has_file(file)
    assert tombstones() == [(junk.reference, "suspect", "system")]
    run("2026-05-01 10:00")
    run("2026-05-31 10:00")
    assert not Complaint.objects.filter(pk=written.pk).exists()
    assert is_there(looked)


def test_a_held_case_goes_neither_by_its_term_nor_on_request_and_they_read_why(staff):
    by = staff.confidant
    with on("2024-01-01 10:00"):
        case, code = filed()
        coach_told(case, by)
        moves.add_note(complaint=case, by=by, reason="Alleen voor ons.")
        close(case, by)
        rights.ask_right(complaint=case, right=Right.ERASURE)
        rights.decide_right(
            complaint=case, right=Right.ERASURE, is_granted=True, by=by, reason="Goed."
        )
    with on("2024-01-02 10:00"):
        records.hold(complaint=case, by=by, reason="De rechter vraagt erom.")
        page = read(entered(code))
        assert "De rechter vraagt erom." in page
        assert "langer dan anders" in page
        assert "We wissen alles" not in page
        refused(records.hold, complaint=case, by=by, reason="Nog eens.")
        refused(rights.erase_content, complaint=case, by=by, reason=ErasureReason.MISTAKE)
    for moment in ("2024-02-01 10:00", "2026-01-01 10:00", "2031-01-01 10:00"):
        run(moment)
    assert is_there(case)
    assert "Alleen voor ons." in str([line.content for line in open_history(case)])
    case = fresh(case)
    assert (case.goes_on_told, retention.goes_on(case, HandlingSettings.current())) == (None, None)
    assert tombstones() == []
    RightsRequest.objects.all().delete()
    with on("2031-01-02 10:00"):
        grant = {"complaint": case, "right": Right.ERASURE, "is_granted": True, "by": by}
        rights.ask_right(complaint=case, right=Right.ERASURE)
        refused(rights.decide_right, reason="Goed.", **grant)
        records.release(complaint=case, by=by, reason="Uitspraak gedaan.")
        with undone():
            rights.decide_right(reason="Goed.", **grant)
            rights.erase_granted(timezone.now() + rights.READ_UNTIL)
            assert tombstones() == [(case.reference, "request", f"user:{by.pk}")]
    refused(records.release, complaint=case, by=by, reason="Nog eens.")
    run("2031-01-03 10:00")
    assert fresh(case).goes_on_told == date(2031, 2, 2)
    run("2031-02-02 10:00")
    assert not is_there(case)
    kinds = list(case.events.values_list("kind", "actor"))
    assert ("held", by.pk) in kinds
    assert ("released", by.pk) in kinds


def test_the_desk_shows_the_day_and_a_list_of_what_goes_and_the_mail_leads_there(staff):
    by = staff.confidant
    case, held = (closed("2024-01-01 10:00", by) for _ in range(2))
    junk = make_complaint(is_suspect=True, at=at("2025-09-03 10:00"))
    with on("2024-01-01 11:00"):
        records.hold(complaint=held, by=by, reason="Nodig.")
        desk = client_for(by)
        says(desk.get(url("inspect", case)), "gaat weg op donderdag 1 januari 2026")
    run("2025-12-06 10:00")  # a Saturday
    with on("2025-12-06 11:00"):
        assert not [mail for mail in send_all() if "gewist" in mail.subject]
    with on("2025-12-08 10:00"):
        sent = [mail for mail in send_all() if "gewist" in mail.subject]
        assert [mail.to for mail in sent] == [[by.email]]
        assert "2 zaken worden binnenkort gewist" in sent[0].body
        assert case.reference not in sent[0].body
        desk = client_for(by)
        assert set(references(desk.get(f"{LIST}?going=yes"))) == {case.reference, junk.reference}
        assert references(desk.get(f"{LIST}?going=held")) == [held.reference]
        says(desk.get(url("inspect", case)), "gaat weg op maandag 5 januari 2026")
        says(desk.get(url("inspect", held)), "niet wissen")
        says(desk.get("/cms/"), "2 zaken worden binnenkort gewist")


def test_the_command_names_what_would_go_and_changes_nothing(staff):
    case, junk = closed("2024-01-01 10:00", staff.confidant), make_complaint(is_suspect=True)
    line = closed("2020-01-01 10:00", staff.confidant)
    rights.erase_content(complaint=line, by=None, reason=ErasureReason.REQUEST)
    changed(case, goes_on_told=date(2026, 1, 1))
    Tombstone.objects.all().delete()
    with on("2026-01-01 10:00"):
        call_command("retention", stdout=(out := StringIO()))
    lines = out.getvalue().splitlines()
    assert f"{case.reference} retention" in lines
    assert f"{line.reference} register" in lines
    assert junk.reference not in out.getvalue()
    assert is_there(case)
    assert not Tombstone.objects.exists()
    with on("2026-01-01 10:00"):
        call_command("worker", job="retention")
    assert not is_there(case)
    assert not Complaint.objects.filter(pk=line.pk).exists()


def test_privacy_page_form_and_follow_page_say_what_is_set_and_what_happens(site, staff):
    """Each number in another term, so that none can stand in for another."""
    other = dict(zip(KEPT, (9, 30, 7, 84, 18, 45, 60), strict=True))
    for numbers in ({}, other):
        handling = set_handling(**numbers)
        sentences = {name: handling.sentence(name).casefold() for name in KEPT}
        privacy, form = (
            words(Client().get(path).content.decode())
            for path in ("/privacy/", "/klachtenprocedure/formulier/")
        )
        assert [name for name in KEPT if sentences[name] not in privacy] == []
        for name in ("draft_days", "case_months", "register_months"):
            assert sentences[name] in form
        with on("2026-01-31 10:00"):
            case, code = filed()
            assert handling.sentence("case_months") in read(entered(code))
            coach_told(case, staff.confidant)
            case = fresh(close(case, staff.confidant))
            day = retention.goes_on(case, handling)
            assert day == add_months(date(2026, 1, 31), handling.case_months)
            assert f"{day.day} " in read(entered(code)).partition("we alles.")[0][-40:]


def test_the_terms_have_bounds_so_that_what_is_said_can_be_done():
    for wrong in (
        {"case_months": 2},
        {"case_months": 241},
        {"notes_months": 25},
        {"register_months": 23},
        {"suspect_days": 30},
        {"mail_log_days": 0},
        {"readings_months": 0},
    ):
        with pytest.raises(ValidationError) as told_why:
            HandlingSettings(**wrong).full_clean(exclude=["site"])
        assert set(wrong) <= set(told_why.value.message_dict)
    assert set(KEPT) < set(SENTENCES)
    HandlingSettings().full_clean(exclude=["site"])
