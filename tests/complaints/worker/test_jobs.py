"""The worker's jobs: at their time, once, each by itself; one that fails stops no other."""

import os
import signal
import sys
import threading
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone

from complaints.cases import codes_and_links, mails, requests
from complaints.events import EventKind
from complaints.management.commands import worker
from complaints.models.case import Event
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import CaseContact, JobRun, MailKind, OwedMail
from complaints.models.privacy import RightsRequest
from complaints.models.settings import DeskPreference
from complaints.stages import Right
from complaints.worker import clock as clockwork
from complaints.worker import delivery, jobs
from complaints.worker.jobs import A_DAY, A_MINUTE, ALWAYS, AN_HOUR, LONG_AGO, Job, do_due
from home.models import ContentPage
from tests.complaints.worker.two_workers import WORKERS, all_at_once, overlapping
from tests.desk import changed, client_for, says
from tests.factories import close, make_complaint, make_user, request_due
from tests.services import forget_mail, fresh, tick, told

pytestmark = pytest.mark.django_db
CANARY = "kanarie-Tz4"


def broken(*_args, **_kwargs):
    raise ValueError(CANARY)


def a_job(every, times):
    return Job("try", "Proef", every, times.append)


def went() -> JobRun:
    return JobRun.objects.get(pk="try")


@pytest.mark.parametrize(
    ("every", "after", "times"),
    [
        (ALWAYS, {"seconds": 0}, 2),
        (A_MINUTE, {"seconds": 59}, 1),
        (A_MINUTE, {"seconds": 60}, 2),
        (AN_HOUR, {"minutes": 59}, 1),
        (AN_HOUR, {"days": -1}, 2),  # the clock was put back
        (A_DAY, {"hours": 13, "minutes": 59}, 1),
        (A_DAY, {"hours": 14}, 2),  # the next day, where we live
    ],
)
def test_a_job_is_done_when_it_is_time_and_keeps_that(every, after, times, clock):
    done = []
    do_due([a_job(every, done)], timezone.now())
    do_due([a_job(every, done)], timezone.now() + timedelta(**after))
    assert len(done) == times
    assert (went().ok_at, went().has_failed) == (done[-1], False)


def test_one_that_fails_waits_a_minute_and_one_that_was_killed_an_hour(clock):
    now, done = timezone.now(), []
    do_due([Job("try", "Proef", ALWAYS, broken)], now)
    assert went().has_failed
    for seconds, times in ((59, 0), (61, 1)):
        do_due([a_job(ALWAYS, done)], now + timedelta(seconds=seconds))
        assert len(done) == times
    JobRun.objects.update(began_at=now + A_DAY)  # and not ended: the worker was killed
    for minutes, times in ((59, 1), (61, 2)):
        do_due([a_job(A_DAY, done)], now + A_DAY + timedelta(minutes=minutes))
        assert len(done) == times


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_that_saw_the_same_one_does_it(monkeypatch):
    done, now = [], timezone.now()
    for each in (AN_HOUR, A_DAY):
        came = overlapping(monkeypatch, jobs, "runs", after=True)
        all_at_once(lambda _number, every=each: do_due([a_job(every, done)], now))
        monkeypatch.undo()
        assert len(came) == WORKERS
        assert len(done) == 1
        JobRun.objects.update(began_at=LONG_AGO, ok_at=LONG_AGO)
        done.clear()


def test_it_publishes_on_time_and_forgets_sessions_that_are_over(site, clock):
    page = ContentPage(title="Later", slug="later", live=False)
    site.root_page.add_child(instance=page)
    page.go_live_at = timezone.now() + timedelta(minutes=5)
    page.save_revision().publish()
    Session.objects.create(session_key="x", expire_date=timezone.now() + timedelta(minutes=5))
    tick()
    page.refresh_from_db()
    assert (page.live, Session.objects.count()) == (False, 1)
    clock.shift(timedelta(hours=1))
    tick()
    page.refresh_from_db()
    assert (page.live, Session.objects.count()) == (True, 0)


def test_a_backup_is_made_by_a_process_apart_where_there_is_a_place_for_it(settings, monkeypatch):
    begun, made = [], []
    monkeypatch.setattr(jobs.subprocess, "Popen", begun.append)
    monkeypatch.setattr(jobs, "call_command", lambda name: made.append(name))
    tick()
    assert begun == []
    settings.BACKUP_TO = "/srv/backup"
    tick()
    tick()
    jobs.APART.clear()
    assert begun == [
        [sys.executable, str(settings.ROOT / "manage.py"), "worker", "--job", "backup"]
    ]
    call_command("worker", job="backup")
    assert "backup" in made
    assert JobRun.objects.get(pk="backup").ok_at
    monkeypatch.setattr(jobs, "call_command", broken)
    with pytest.raises(CommandError, match="backup"):
        call_command("worker", job="backup")
    assert JobRun.objects.get(pk="backup").has_failed


def has_event(kind):
    return lambda case: case.events.filter(kind=kind, number__lte=fresh(case).event_count).exists()


def has_mail(kind, **which):
    return lambda case: OwedMail.objects.filter(kind=kind, complaint=case, **which).exists()


def is_erased(case):
    return not fresh(case).sealed


# What two cases wait for; each returns whether it is done.


def somebody(_both):
    make_user("confidant")
    return lambda case: fresh(case).handler is not None


def a_code(both):
    for case in both:
        requests.ask_new_code(complaint=case)
    OwedMail.objects.update(sent_at=timezone.now())
    return has_event(EventKind.CODE_REPLACED)


def a_link(_both):
    codes_and_links.ask_for_link(address="noor@example.com")
    return has_mail(MailKind.FOLLOW_LINK)


def a_granted_erasure(both):
    by = make_user("confidant")
    for case in both:
        request_due(close(case, by), Right.ERASURE, timezone.localdate())
    RightsRequest.objects.update(decided_at=timezone.now() - timedelta(days=4), is_granted=True)
    return is_erased


def the_end_of_its_term(both):
    by, long_ago = make_user("confidant"), timezone.now() - timedelta(days=800)
    for case in both:
        close(case, by)
        changed(case, closed_at=long_ago, goes_on_told=timezone.localdate(), next_due_on=None)
    return is_erased


def its_mail(_both):
    return has_mail(MailKind.ACKNOWLEDGEMENT, sent_at__isnull=False)


def a_reminder(both):
    by, today = make_user("confidant"), timezone.localdate()
    for case in both:
        case.terms.update(due_on=today)
        changed(case, handler=by, next_due_on=today)
    return has_mail(MailKind.TERM_REMINDER)


def bad_row(case, _patch):
    """A line in its history that nobody counted: the next one does not fit."""
    given = {"actor_label": "x", "hash": b"x" * 32, "at": timezone.now()}
    number = fresh(case).event_count + 1
    Event.objects.create(complaint=case, number=number, kind=EventKind.NOTED, **given)


def bad_address(case, _patch):
    CaseContact.objects.filter(complaint=case).update(sealed_email=b"x" * 60)


def without(module, name, index):
    """A way to break: this function fails for one case, whichever argument that is."""

    def breaks(case, patch):
        really = getattr(module, name)

        def for_others(*given, **named):
            about = given[index]
            is_it = case.pk in (getattr(about, "pk", None), getattr(about, "complaint_id", None))
            return (broken if is_it else really)(*given, **named)

        patch.setattr(module, name, for_others)

    return breaks


@pytest.mark.parametrize(
    ("waits_for", "breaks", "fails"),
    [
        (somebody, bad_row, {"cases"}),
        (a_code, bad_row, {"cases"}),
        (a_granted_erasure, bad_row, {"cases"}),
        (the_end_of_its_term, bad_row, {"retention"}),
        (a_link, without(clockwork.codes_and_links, "locked", 0), {"cases"}),
        (its_mail, bad_address, set()),
        (its_mail, without(mails, "_context", 0), set()),
        (a_reminder, without(clockwork, "owe", 2), {"cases"}),
    ],
)
def test_one_broken_case_stops_no_other_and_is_reported_without_what_is_in_it(
    waits_for, breaks, fails, site, monkeypatch, caplog, clock
):
    bad, good = make_complaint(), make_complaint()
    is_done = waits_for([bad, good])
    clock.shift(timedelta(days=1, hours=1))
    breaks(bad, monkeypatch)
    call_command("worker", once=True)
    assert (is_done(bad), is_done(good)) == (False, True)
    assert bad.reference in caplog.text
    assert good.reference not in "".join(r.getMessage() for r in caplog.records if r.levelno > 20)
    assert 'File "' in caplog.text
    assert CANARY not in caplog.text
    assert {run.name for run in JobRun.objects.all() if run.has_failed} == fails


def test_a_newest_complaint_whose_key_does_not_open_stops_nothing(staff, site, clock):
    older, newest = make_complaint(), make_complaint()
    for wrap in KeyWrap.objects.filter(complaint_id=newest.pk):
        KeyWrap.objects.filter(pk=wrap.pk).update(wrapped=bytes(wrap.wrapped)[:-1] + b"!")
    staff.confidant.groups.clear()
    clock.shift(timedelta(days=4))
    call_command("worker", once=True)
    for case in (older, newest):
        assert has_mail(MailKind.ACKNOWLEDGEMENT, sent_at__isnull=False)(case)
        assert fresh(case).handler == staff.deputy
    failed = [run.name for run in JobRun.objects.all() if run.has_failed]
    assert failed == []


def test_one_person_whose_digest_fails_keeps_nobody_from_theirs(staff, monkeypatch, caplog, clock):
    make_complaint(at=timezone.now() - timedelta(days=30))
    for person in (staff.confidant, staff.deputy):
        DeskPreference.objects.create(user=person, wants_digest=True)
    forget_mail()
    really = clockwork.todo_of
    fails = {staff.deputy.pk: broken}
    monkeypatch.setattr(
        clockwork, "todo_of", lambda person, *rest: fails.get(person.pk, really)(person, *rest)
    )
    tick()
    assert told(MailKind.DAILY_DIGEST) == [staff.confidant]
    assert f"user:{staff.deputy.pk}" in caplog.text


def test_told_to_stop_it_ends_at_once_also_in_a_mail_that_hangs_losing_nothing(site, monkeypatch):
    """The lease is given back, so that the next worker goes on where this one was."""
    make_complaint()
    command, hangs = worker.Command(), threading.Event()
    usual = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr(worker.os, "nice", lambda _by: None)
    monkeypatch.setattr(worker, "PATIENCE", 0.2)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)

    def hang(*_given):
        os.kill(os.getpid(), signal.SIGTERM)
        hangs.wait(60)

    monkeypatch.setattr(delivery, "_message", hang)
    try:
        with pytest.raises(SystemExit):
            command._go_on(0.0)
    finally:
        delivery.stopping.clear()
        for number, before in usual.items():
            signal.signal(number, before)
    assert not hangs.is_set()
    row = OwedMail.objects.get(kind=MailKind.ACKNOWLEDGEMENT)
    assert (row.sent_at, row.leased_until) == (None, None)
    monkeypatch.undo()
    call_command("worker", once=True)
    assert not OwedMail.objects.filter(sent_at=None).exists()


def test_the_guide_says_what_runs_when_and_how_it_went(staff):
    call_command("worker", once=True)
    JobRun.objects.filter(pk="retention").update(failed_at=timezone.now() + timedelta(days=1))
    page = says(client_for(staff.manager).get("/cms/handleiding/taken/"), "voortdurend")
    for job in jobs.jobs():
        assert f"{job.label} : {job.often}." in page
    assert page.count("Laatst gelukt") == len(jobs.jobs())
    assert page.count("Mislukt op") == 1
