"""Does what time brings and sends owed mail, over and over. Run one (or more) beside the server."""

import logging
import os
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from complaints.cases.sealing import require_keys
from complaints.worker.clock import tick
from complaints.worker.delivery import deliver_due

logger = logging.getLogger(__name__)

POLITE = 10  # whoever is filling in a form goes first


class Command(BaseCommand):
    _next_tick = 0.0
    help = "Sends owed mail until stopped; --once sends what is due now and ends."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true")
        parser.add_argument("--every", type=float, default=5.0, help="seconds between looks")

    def handle(self, *args: Any, **options: Any) -> None:
        require_keys()
        if options["once"]:
            tick()
            while deliver_due():
                pass
            return
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        os.nice(POLITE)
        while not stopped.is_set():
            self._look(stopped, options["every"])

    def _look(self, stopped: threading.Event, pause: float) -> None:
        close_old_connections()
        try:
            if time.monotonic() >= self._next_tick:
                tick()
                self._next_tick = time.monotonic() + pause
            busy = deliver_due()
        except Exception:  # a database that is away comes back
            logger.exception("worker.failed, trying again")
            busy = 0
        if not busy:
            stopped.wait(pause)
