"""Fills a site with many made-up complaints, to see how the desk holds.

A command of the benchmarks' settings only, so that no real site can be seeded.
"""

import random
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from complaints.cases.case import COMPLAINANT, GENESIS, chain_hash
from complaints.cases.contents import ANSWERS
from complaints.cases.filing import new_reference
from complaints.cases.sealing import seal_part, wrapped_case_key
from complaints.events import EventKind
from complaints.models.case import Complaint, Event
from complaints.models.handling import Term, Theme
from complaints.models.keys_and_files import KeyWrap
from complaints.models.settings import active_handlers
from complaints.questions import Answer, Purpose
from complaints.stages import Party, Route, Severity, Source, Stage, Status
from complaints.terms import TermKind

BATCH = 1000
STORY = "De coach kwam drie keer niet opdagen en belde niet af. " * 20
THEMES = ("Afspraken", "Begeleiding", "Geld", "Omgangsvormen")
DAYS = 4 * 365
STAGES = (Stage.FILING,) * 6 + (Stage.MEDIATION,) * 3 + (Stage.COMMITTEE,)


class Command(BaseCommand):
    help = "Makes this many made-up complaints, sealed as real ones, spread over four years."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        seed = Seed()
        for start in range(0, options["number"], BATCH):
            seed.store(min(BATCH, options["number"] - start))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as the database itself does after a while
        if options["verbosity"]:
            self.stdout.write(f"Made {options['number']} complaints.")


class Seed:
    """Cases spread over stages, people, themes and dates: half of them open."""

    def __init__(self) -> None:
        self.random = random.Random(7)  # noqa: S311 - the same spread each time
        self.handlers = list(active_handlers())
        self.themes = [Theme.objects.get_or_create(name=name)[0] for name in THEMES]
        self.now = timezone.now()

    @transaction.atomic
    def store(self, number: int) -> None:
        """A batch with their keys, their first event and their terms."""
        wraps: list[KeyWrap] = []
        events: list[Event] = []
        cases = [self._case(wraps, events) for _ in range(number)]
        KeyWrap.objects.bulk_create(wraps)
        Complaint.objects.bulk_create(cases)
        Event.objects.bulk_create(events)
        Term.objects.bulk_create(
            Term(complaint=case, kind=TermKind.HANDLING, due_on=case.received_on + timedelta(42))
            for case in cases
        )

    def _case(self, wraps: list[KeyWrap], events: list[Event]) -> Complaint:
        chance = self.random
        filed = self.now - timedelta(minutes=chance.randrange(DAYS * 24 * 60))
        case = Complaint(
            reference=new_reference(),
            nonce_hash=secrets.token_bytes(32),
            filed_at=filed,
            received_on=timezone.localdate(filed),
            stage=chance.choice(STAGES),
            source=chance.choice(Source.values),
            route=Route.CONFIDANT if chance.random() < 0.9 else Route.DEPUTY,
            waiting_on=chance.choice(Party.values),
            severity=chance.choice(["", *Severity.values]),
            theme=chance.choice([None, *self.themes]),
            handler=chance.choice(self.handlers) if self.handlers else None,
            is_suspect=chance.random() < 0.02,
            is_unread=chance.random() < 0.1,
        )
        self._end_or_go_on(case, filed)
        key, own = wrapped_case_key(case.pk)
        case.sealed = seal_part(key, case.pk, ANSWERS, {"v": 1, "answers": _answers()})
        wraps.extend(own)
        events.append(_begun(case, filed))
        return case

    def _end_or_go_on(self, case: Complaint, filed: datetime) -> None:
        if self.random.random() < 0.5:
            case.status, case.closed_at = Status.CLOSED, filed + timedelta(days=30)
            case.outcome = self.random.choice(Stage(case.stage).outcomes)
        else:
            today = timezone.localdate(self.now)
            case.next_due_on = today + timedelta(days=self.random.randrange(-20, 40))
            case.next_due_kind = TermKind.HANDLING


def _answers() -> list[dict[str, Any]]:
    story = Answer("probleem", "Wat is er gebeurd?", "multiline", STORY, "", Purpose.PROBLEM)
    name = Answer("naam", "Hoe heet je?", "singleline", "Fien Verzonnen", "", Purpose.NAME)
    return [vars(story), vars(name)]


def _begun(case: Complaint, at: datetime) -> Event:
    event = Event(complaint=case, number=1, kind=EventKind.FILED, at=at, actor_label=COMPLAINANT)
    event.hash = chain_hash(GENESIS, event)
    case.event_count, case.event_head = 1, event.hash
    return event
