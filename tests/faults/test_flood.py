"""A flood of bots does not hide the complaints of people, nor bury the confidant in mail."""

import secrets
from collections import Counter

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.public.suspicion import suspects
from tests.complaints.public.form_filler import POST, Filler
from tests.desk import LIST, client_for, references
from tests.faults.servers import IS_WHOLE
from tests.services import tick

pytestmark = [pytest.mark.django_db, pytest.mark.faults]


def from_network(prefix: str) -> dict[str, str]:
    return {"X-Forwarded-For": f"{prefix}.{secrets.randbelow(250) + 1}"}


def test_a_flood_of_bots_hides_no_complaint_of_a_person(site, staff, settings):
    settings.BEHIND_PROXY = True
    posts, persons = (10_000, 20) if IS_WHOLE else (60, 10)
    bot = Filler(Client()).start()
    first = bot.data("next", probleem="Koop nu", website="x")
    people, answers = [], Counter()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(posts // 2):
            answers[flood(bot, first)] += 1
            if number % (posts // 2 // persons) == 0:
                people.append(file_as_person(len(people), clock))
            clock.shift(600 / (posts / 2))  # all of it within ten minutes
            tick()
    shown = references(client_for(staff.confidant).get(LIST))
    assert {*shown} == {case.reference for case in people}
    assert len(people) == persons
    filed = min(posts // 2, suspects.most)  # from one network in a day; after that a 503
    assert answers == Counter({200: filed, 503: posts // 2 - filed})
    assert Complaint.objects.filter(is_suspect=True).count() == filed
    digests = OwedMail.objects.filter(kind=MailKind.SUSPECT_DIGEST).count()
    assert digests == 1  # one in fifteen minutes
    assert OwedMail.objects.filter(kind=MailKind.NEW_CASE).count() == persons


def flood(bot: Filler, first: dict[str, object]) -> int:
    """Two posts, as quick as a machine: a first step, and sending it at once. Gives the status."""
    headers = from_network("203.0.113")
    bot._read(bot.client.post(POST, first, headers=headers))
    token = bot.page.values["token"]
    data = {"token": token, "action": "send", "consent_filing": "on", "website": "x"}
    return bot.client.post(POST, data, headers=headers).status_code


def file_as_person(number: int, clock: object) -> Complaint:
    person = Filler(Client()).start()
    person.headers = from_network(f"198.51.{number}")
    person.next(probleem=f"Echt verhaal {number}")
    clock.shift(5)
    person.to_check().send()
    return Complaint.objects.filter(is_suspect=False).latest("filed_at")
