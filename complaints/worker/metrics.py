"""Counts for Prometheus, on a port of this machine alone; nothing of anybody is in them.

The worker serves what the database counts, and what all web processes counted of their requests:
they share a folder (`PROMETHEUS_MULTIPROC_DIR`).
"""

import logging
import os
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from complaints.models.case import Complaint
from complaints.models.outbox import JobRun, OwedMail

logger = logging.getLogger(__name__)

SECONDS = Histogram("site_request_seconds", "How long requests took.", ["status"])


class CountsRequests:
    """Middleware: how many requests, by status class, and how long; nothing of what was asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        answer = self.get_response(request)
        SECONDS.labels(f"{answer.status_code // 100}xx").observe(time.perf_counter() - began)
        return answer


class Counts(Collector):
    """What the database says at the moment it is asked."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            yield from self._families()
        finally:
            connection.close()  # of the thread that answers

    def _families(self) -> Iterator[GaugeMetricFamily]:
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


def serve() -> None:
    """Begins to answer on the port of the settings, where there is one."""
    if settings.METRICS_PORT:
        registry = CollectorRegistry()
        registry.register(Counts())
        MultiProcessCollector(registry, os.environ["PROMETHEUS_MULTIPROC_DIR"])
        try:
            start_http_server(settings.METRICS_PORT, addr="127.0.0.1", registry=registry)
        except OSError:  # somebody has that port; mail goes before counts
            logger.exception("metrics.not_served")
