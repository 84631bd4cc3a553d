"""Does what time brings and sends owed mail, over and over. Run one (or more) beside the server."""

import logging
import os
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from complaints.cases.sealing import require_keys
from complaints.worker import jobs, metrics
from complaints.worker.delivery import deliver_due, stopping

logger = logging.getLogger(__name__)

POLITE = 10  # whoever is filling in a form goes first
PATIENCE = 3  # seconds that what is being done has to end by itself, when it is to stop


class Stopped(BaseException):
    """What is being done is let go: a mail that hangs stays owed, a transaction is rolled back."""


class Command(BaseCommand):
    help = "Does what is due until stopped; --once does it now and ends, --job does one thing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true")
        parser.add_argument("--job", choices=[job.name for job in (*jobs.CLOCK, jobs.MAIL)])
        parser.add_argument("--every", type=float, default=5.0, help="seconds between looks")

    def handle(self, *args: Any, **options: Any) -> None:
        require_keys()
        if options["job"]:
            if not jobs.run_now(options["job"]):
                raise CommandError(f"{options['job']} failed: see the log.")
        elif options["once"]:
            self._look()
            while deliver_due():
                pass
        else:
            self._go_on(options["every"])

    def _go_on(self, pause: float) -> None:
        """Looks again and again until it is told to stop, and then ends within a few seconds."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGALRM, self._let_go)
        os.nice(POLITE)
        metrics.serve()
        try:
            while not stopping.is_set():
                self._look()
                stopping.wait(pause)
        except Stopped:
            logger.warning("worker.stopped in the middle of something")
        finally:
            signal.alarm(0)
            for child in jobs.APART:
                child.terminate()

    def _stop(self, *_signal: Any) -> None:
        stopping.set()
        signal.alarm(PATIENCE)

    def _let_go(self, *_signal: Any) -> None:
        raise Stopped

    def _look(self) -> None:
        close_old_connections()
        try:
            jobs.do_due(jobs.jobs(), timezone.now())
        except Exception:  # a database that is away comes back
            logger.exception("worker.failed, trying again")
