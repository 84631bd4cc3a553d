"""Does what time brings and sends owed mail, over and over. Run one (or more) beside the server."""

import logging
import os
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from complaints.cases.sealing import require_keys
from complaints.worker import jobs
from complaints.worker.delivery import stopping

logger = logging.getLogger(__name__)

POLITE = 10  # whoever is filling in a form goes first
PATIENCE = 3  # seconds that what is being done has to end by itself, when it is to stop


class Command(BaseCommand):
    help = "Does what is due until stopped; --once does it now and ends, --job does one thing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true")
        parser.add_argument("--job", choices=[job.name for job in jobs.JOBS])
        parser.add_argument("--every", type=float, default=5.0, help="seconds between looks")

    def handle(self, *args: Any, **options: Any) -> None:
        require_keys()
        if options["job"]:
            (job,) = (job for job in jobs.JOBS if job.name == options["job"])
            if not jobs.run(job, timezone.now()):
                raise CommandError(f"{job.name} failed: see the log.")
        elif options["once"]:
            jobs.do_due(jobs.jobs(), timezone.now())
        else:
            self._go_on(options["every"])

    def _go_on(self, pause: float) -> None:
        """Looks again and again until it is told to stop, and then ends within a few seconds."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
            signal.signal(number, self._stop)
        os.nice(POLITE)
        jobs.serve_counts()
        try:
            while not stopping.is_set():
                self._look()
                stopping.wait(pause)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for child in jobs.APART:
                child.terminate()

    def _stop(self, number: int, _frame: Any) -> None:
        """The second time lets go of what hangs: a mail stays owed, a transaction is undone."""
        if number == signal.SIGALRM:
            raise SystemExit
        stopping.set()
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)

    def _look(self) -> None:
        close_old_connections()
        try:
            jobs.do_due(jobs.jobs(), timezone.now())
        except Exception:  # a database that is away comes back
            logger.exception("worker.failed, trying again")
