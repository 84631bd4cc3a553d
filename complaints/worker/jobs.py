"""What the worker does, and how often: one table, which the guide shows and `selfcheck` reads.

How each went is kept (`JobRun`). One that fails stops no other.

Counts of it are for Prometheus, on a port of this machine alone; nothing of anybody is in them.
"""

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from complaints.cases import audit
from complaints.cases.case import FAILED, by_itself
from complaints.models.case import Complaint
from complaints.models.outbox import JobRun, OwedMail
from complaints.worker import clock
from complaints.worker.delivery import check_sender, deliver_due, stopping

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
        return now > (last.ok_at or last.failed_at or last.began_at) + self.every + SLACK


def check(_now: datetime) -> None:
    """Raises RuntimeError where the audit is broken and nobody wrote that down: `verify_audit`."""
    if any(fault.known is None for fault in audit.faults()):
        raise RuntimeError("the audit")


def send(_now: datetime) -> None:
    """Sends what is owed, for a while: then it is time again for what else there is to do."""
    until = time.monotonic() + LONGEST_SENDING
    while deliver_due() and time.monotonic() < until:
        pass


def _command(name: str) -> Callable[[datetime], Any]:
    return lambda _now: call_command(name)


JOBS = (
    Job("cases", _("Bewaakt termijnen, herinnert, en wist wat weg mag"), ALWAYS, clock.watch),
    Job("publish", _("Publiceert pagina's op hun tijd"), A_MINUTE, _command("publish_scheduled")),
    Job("sessions", _("Vergeet sessies die over zijn"), AN_HOUR, _command("clearsessions")),
    Job("retention", _("Wist wat lang genoeg is bewaard"), A_DAY, clock.clear_up),
    Job("checks", _("Kijkt of het logboek klopt"), A_DAY, check),
    Job("sender", _("Kijkt of mail van ons domein mag komen"), A_DAY, check_sender),
    Job("backup", _("Maakt een reservekopie"), AN_HOUR, _command("backup"), is_apart=True),
    Job("mail", _("Verstuurt de mail die klaarstaat"), ALWAYS, send),
)
MAIL = JOBS[-1]


def jobs() -> list[Job]:
    """Those there are here: a backup only where there is a place for it."""
    has_place = bool(getattr(settings, "BACKUP_TO", ""))
    return [job for job in JOBS if has_place or job.name != "backup"]


def runs() -> dict[str, JobRun]:
    """Returns how each job went that was done before, in one query."""
    return {run.name: run for run in JobRun.objects.all()}


def do_due(wanted: list[Job], now: datetime) -> None:
    """Does what is due of these jobs, in their order, until the worker is to stop.

    Each is claimed: of two workers that saw the same run before it, one does it.
    """
    known = runs()
    new = [JobRun(name=job.name, began_at=LONG_AGO) for job in wanted if job.name not in known]
    JobRun.objects.bulk_create(new, ignore_conflicts=True)
    known |= {run.name: run for run in new}
    for job in wanted:
        last = known[job.name]
        if stopping.is_set() or not job.is_due(last, now):
            continue
        if JobRun.objects.filter(pk=job.name, began_at=last.began_at).update(began_at=now):
            begin_apart(job) if job.is_apart else run(job, now)


def run(job: Job, now: datetime) -> bool:
    """Does the job and keeps how it went; returns whether well, also for each case apart."""
    FAILED.clear()
    with by_itself(f"job {job.name}"):
        job.run(now)
    JobRun.objects.filter(pk=job.name).update(**{"failed_at" if FAILED else "ok_at": now})
    return not FAILED


APART: list[subprocess.Popen[bytes]] = []


def begin_apart(job: Job) -> None:
    """Has a process of its own do the job and keep how it went; this one goes on."""
    command = [sys.executable, str(settings.ROOT / "manage.py"), "worker", "--job", job.name]
    APART[:] = [each for each in APART if each.poll() is None]
    APART.append(subprocess.Popen(command))  # noqa: S603 - our own command


class Counts(Collector):
    """What the database says at the moment it is asked."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with closing(connection):  # of the thread that answers
            cases = GaugeMetricFamily("site_cases", "Cases there are.", labels=["stage", "status"])
            by_stage = Complaint.objects.order_by().values_list("stage", "status")
            for stage, status, number in by_stage.annotate(number=Count("pk")):
                cases.add_metric([stage, status], number)
            yield cases
            owed = OwedMail.objects.filter(sent_at=None)
            found = owed.aggregate(number=Count("pk"), oldest=Min("created_at"))
            waits = (timezone.now() - found["oldest"]).total_seconds() if found["oldest"] else 0
            yield GaugeMetricFamily("site_owed_mails", "Mails still to be sent.", found["number"])
            yield GaugeMetricFamily("site_oldest_owed_seconds", "How long one waits.", waits)
            ended = GaugeMetricFamily("site_job_ok", "When a job last went well.", labels=["job"])
            failed = GaugeMetricFamily("site_job_failed", "Whether it last failed.", labels=["job"])
            for run in JobRun.objects.all():
                ended.add_metric([run.name], run.ok_at.timestamp() if run.ok_at else 0)
                failed.add_metric([run.name], run.has_failed)
            yield from (ended, failed)


def serve_counts() -> None:
    """Begins to answer on the port of the settings, where there is one."""
    if settings.METRICS_PORT:
        registry = CollectorRegistry()
        registry.register(Counts())
        try:
            start_http_server(settings.METRICS_PORT, addr="127.0.0.1", registry=registry)
        except OSError:  # somebody has that port; mail goes before counts
            logger.exception("metrics.not_served")
