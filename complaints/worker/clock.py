"""What happens because time passes. The worker calls `tick`; each effect happens once.

Once, also with two workers: every mail it owes has a name of its own for what it tells of, and
every change checks under the case's lock whether it is still needed.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from complaints import notifications
from complaints.cases import attachments, codes_and_links, drafts, rights
from complaints.cases.people import pass_on
from complaints.cases.succession import next_handler, waiting_cases, waits_long
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.settings import HandlingSettings
from complaints.notifications import Recipient, owe
from complaints.stages import Route
from complaints.worker.reminders import is_mail_time, owe_digests, remind_of_terms

DIGEST_EVERY = timedelta(minutes=15)


def tick(now: datetime | None = None) -> None:
    """Hands waiting cases to whoever came, announces what to check, reminds of what is due.

    First it destroys what was kept for complaints that were not sent in time.
    """
    now = now or timezone.now()
    attachments.destroy_expired(now)
    drafts.destroy_expired(now)
    codes_and_links.match_requests(now)
    rights.erase_granted(now)
    people = HandlingSettings.current()
    hand_over_waiting(people)
    remind_of_waiting(now)
    announce_suspects(people, now)
    remind_of_terms(people, now)
    owe_digests(now)


def hand_over_waiting(people: HandlingSettings) -> None:
    """Gives cases that waited for somebody to the one there is now; by route, never across it."""
    for pk in waiting_cases(people):
        _hand_over(pk, people)


@transaction.atomic
def _hand_over(pk: Any, people: HandlingSettings) -> None:
    waiting = Complaint.objects.waiting().select_for_update(of=("self",))
    case = waiting.filter(pk=pk).first()
    if case is not None and next_handler(case, people) is not None:
        pass_on(case, people)


def remind_of_waiting(now: datetime) -> None:
    """Reminds the managers, once a working day and without content, that a case waits."""
    if not is_mail_time(now):
        return
    today = timezone.localdate(now).isoformat()
    for manager in notifications.managers():
        if waits_long(manager, now):
            owe(
                kind=MailKind.UNASSIGNED_CASE,
                complaint=None,
                to=Recipient(manager),
                occasion=today,
            )


def announce_suspects(people: HandlingSettings, now: datetime) -> None:
    """Tells whoever takes it up, at most once in 15 minutes, that there is something to check.

    Where there is nobody, the managers' daily reminder counts these cases too.
    """
    for route in Route:
        person = people.handler_for(route)
        suspects = Complaint.objects.open().filter(is_suspect=True, route=route)
        suspects = suspects.visible_to(person)
        filed = suspects.order_by("-filed_at").values_list("filed_at", flat=True).first()
        if person is not None and filed is not None:
            _announce(person, filed, now)


def _announce(person: User, filed: datetime, now: datetime) -> None:
    """Named after the announcement before it: two workers that saw the same one owe one mail."""
    told = OwedMail.objects.filter(kind=MailKind.SUSPECT_DIGEST, user=person)
    last = told.order_by("-created_at", "-pk").first()
    if last is not None and (filed <= last.created_at or now - last.created_at < DIGEST_EVERY):
        return
    owe(
        kind=MailKind.SUSPECT_DIGEST,
        complaint=None,
        to=Recipient(person),
        occasion=f"after {last.pk if last else 0}",
    )
