"""What the worker does, and how often: one table, which the guide shows and `selfcheck` reads.

How each went is kept (`JobRun`). One that fails stops no other. What is done now and then is
claimed first, so that of two workers one does it; what is done all the time each may do (`clock`).
"""

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.cases import audit, forgetting, rights
from complaints.cases.case import FAILED
from complaints.models.outbox import JobRun
from complaints.models.roster import Roster
from complaints.worker import clock, sender
from complaints.worker.delivery import deliver_due, stopping

logger = logging.getLogger(__name__)

ALWAYS = timedelta()
A_MINUTE, AN_HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFTEN = {ALWAYS: _("voortdurend"), A_MINUTE: _("elke minuut"), AN_HOUR: _("elk uur")}
LONGEST_SENDING = 60  # seconds
SLACK = timedelta(hours=2)  # what is done once a day may begin later, or take long
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Job:
    """One thing to do: its name in the log, how the guide says it, how often, and the function.

    `is_apart`: it takes long, so a process of its own does it, and mail does not wait for it.
    """

    name: str
    label: Any
    every: timedelta
    run: Callable[[datetime], Any]
    is_apart: bool = False

    @property
    def often(self) -> Any:
        return OFTEN.get(self.every, _("elke dag"))

    def is_due(self, last: JobRun, now: datetime) -> bool:
        """Whether it is time: each day anew, where we live. What failed waits for a minute."""
        if not last.has_ended and self.every:  # a worker was killed in the middle of it
            return not last.began_at <= now < last.began_at + AN_HOUR
        if self.every == A_DAY:
            return timezone.localdate(last.began_at) != timezone.localdate(now)
        wait = max(self.every, A_MINUTE) if last.has_failed else self.every
        return not last.began_at <= now < last.began_at + wait  # the clock was put back: now

    def is_late(self, last: JobRun, now: datetime) -> bool:
        return now > max(last.ok_at or LONG_AGO, last.failed_at or LONG_AGO) + self.every + SLACK


def chain_audit(_now: datetime) -> None:
    audit.chain()


def take_up(_now: datetime) -> None:
    clock.hand_over_unassigned(Roster.read())


def check(_now: datetime) -> None:
    """Raises RuntimeError where the audit is not as it was written: `verify_audit` says how."""
    if found := audit.faults():
        raise RuntimeError(f"{len(found)} faults in the audit")


def send(_now: datetime) -> None:
    """Sends what is owed, for a while: then it is time again for what else there is to do."""
    until = time.monotonic() + LONGEST_SENDING
    while deliver_due() and time.monotonic() < until:
        pass


CLOCK = (
    Job("audit", _("Ketent de regels van het logboek aan elkaar"), ALWAYS, chain_audit),
    Job("tidy", _("Ruimt bestanden, concepten en links op die over zijn"), ALWAYS, clock.tidy),
    Job("ways", _("Maakt links die zijn gevraagd, en nieuwe volgcodes"), ALWAYS, clock.open_ways),
    Job("granted", _("Wist wat een klager vroeg te wissen"), ALWAYS, rights.erase_granted),
    Job("key", _("Vervangt de wissleutel"), ALWAYS, lambda now: forgetting.turn_key()),
    Job("people", _("Geeft zaken door waarvoor er weer iemand is"), ALWAYS, take_up),
    Job("remind", _("Herinnert aan termijnen en aan wat wacht"), ALWAYS, clock.remind),
    Job(
        "publish",
        _("Publiceert pagina's op de ingestelde tijd, en haalt ze weg"),
        A_MINUTE,
        lambda now: call_command("publish_scheduled"),
    ),
    Job(
        "sessions",
        _("Vergeet sessies die over zijn"),
        AN_HOUR,
        lambda now: call_command("clearsessions"),
    ),
    Job("retention", _("Wist wat lang genoeg is bewaard"), A_DAY, clock.clear_up),
    Job("checks", _("Kijkt of het logboek klopt"), A_DAY, check),
    Job("sender", _("Kijkt of het domein van onze mail goed is ingesteld"), A_DAY, sender.check),
    Job(
        "backup",
        _("Maakt een reservekopie"),
        AN_HOUR,
        lambda now: call_command("backup"),
        is_apart=True,
    ),
)
MAIL = Job("mail", _("Verstuurt de mail die klaarstaat"), ALWAYS, send)


def jobs() -> tuple[Job, ...]:
    """Those there are here: a backup only where there is a place for it."""
    has_place = bool(getattr(settings, "BACKUP_TO", ""))
    return tuple(job for job in (*CLOCK, MAIL) if job.name != "backup" or has_place)


def runs() -> dict[str, JobRun]:
    """Returns how each job went that was done before, in one query."""
    return {run.name: run for run in JobRun.objects.all()}


def tick(now: datetime | None = None) -> None:
    """Does what is due now, but for sending mail."""
    do_due([job for job in jobs() if job is not MAIL], now or timezone.now())


def do_due(wanted: Iterable[Job], now: datetime) -> None:
    """Does what is due of these jobs, in their order, until the worker is to stop."""
    known, went = runs(), []
    for job in wanted:
        last = known.get(job.name) or JobRun(name=job.name, began_at=LONG_AGO)
        if stopping.is_set() or not job.is_due(last, now) or not _claim(job, last, now):
            continue
        if job.is_apart:
            begin_apart(job)
            continue
        is_well = run(job, now)
        if job.every or _is_news(last, now, is_well=is_well):
            went.append(_ended(last, now, is_well=is_well))
    _keep(went)


def run(job: Job, now: datetime) -> bool:
    """Does the job; returns whether it went well, also for each case apart."""
    token = FAILED.set([])
    try:
        job.run(now)
    except Exception:
        logger.exception("job.failed name=%s", job.name)
        return False
    else:
        return not FAILED.get()
    finally:
        FAILED.reset(token)


def run_now(name: str) -> bool:
    """Does one job, due or not; returns whether it went well. Raises KeyError for no job."""
    now, job = timezone.now(), {job.name: job for job in (*CLOCK, MAIL)}[name]
    last = runs().get(name) or JobRun(name=name)
    is_well = run(job, now)
    _keep([_ended(last, now, is_well=is_well)])
    return is_well


def _claim(job: Job, last: JobRun, now: datetime) -> bool:
    """Whether it is ours to do: of those that saw the same run before it, one is first."""
    if not job.every:
        return True
    if last.began_at == LONG_AGO:
        JobRun.objects.bulk_create([last], ignore_conflicts=True)
    seen = JobRun.objects.filter(pk=job.name, began_at=last.began_at)
    return seen.update(began_at=now) == 1


def _is_news(last: JobRun, now: datetime, *, is_well: bool) -> bool:
    """Whether it is worth a row: of what is done every few seconds, once a minute."""
    at = last.ok_at if is_well else last.failed_at
    return at is None or last.has_failed == is_well or not at <= now < at + A_MINUTE


def _ended(last: JobRun, now: datetime, *, is_well: bool) -> JobRun:
    last.began_at = now
    setattr(last, "ok_at" if is_well else "failed_at", now)
    return last


def _keep(went: list[JobRun]) -> None:
    """Stores how they went, in one statement."""
    fields = ["began_at", "ok_at", "failed_at"]
    JobRun.objects.bulk_create(
        went, update_conflicts=True, unique_fields=["name"], update_fields=fields
    )


APART: list[subprocess.Popen[bytes]] = []


def begin_apart(job: Job) -> None:
    """Has a process of its own do the job and keep how it went; this one goes on."""
    command = [sys.executable, str(settings.ROOT / "manage.py"), "worker", "--job", job.name]
    APART[:] = [each for each in APART if each.poll() is None]
    APART.append(subprocess.Popen(command))  # noqa: S603 - our own command
