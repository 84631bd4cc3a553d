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
from complaints.cases.people import cases_to_take_up, is_long_unassigned, pass_on
from complaints.models.case import Complaint
from complaints.models.circle import Circle
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import Roster
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
    roster = Roster.read()
    hand_over_unassigned(roster)
    remind_of_unassigned(roster, now)
    announce_suspects(roster, now)
    remind_of_terms(roster, now)
    owe_digests(roster, now)


def hand_over_unassigned(roster: Roster) -> None:
    """Gives cases that waited for somebody to the one there is now; by route, never across it."""
    for pk in cases_to_take_up(roster):
        _hand_over(pk, roster)


@transaction.atomic
def _hand_over(pk: Any, roster: Roster) -> None:
    unassigned = Complaint.objects.unassigned(roster).select_for_update(of=("self",))
    case = unassigned.filter(pk=pk).first()
    if case is not None and Circle(case, roster).next_handler is not None:
        pass_on(case, roster)


def remind_of_unassigned(roster: Roster, now: datetime) -> None:
    """Reminds the managers, once a working day and without content, that a case waits."""
    if not is_mail_time(now):
        return
    today = timezone.localdate(now).isoformat()
    for manager in notifications.managers():
        if is_long_unassigned(manager, now, roster):
            owe(
                kind=MailKind.UNASSIGNED_CASE,
                complaint=None,
                to=Recipient(manager),
                occasion=today,
            )


def announce_suspects(roster: Roster, now: datetime) -> None:
    """Tells whoever takes it up, at most once in 15 minutes, that there is something to check.

    Where there is nobody, the managers' daily reminder counts these cases too.
    """
    for route in Route:
        person = roster.handler_for(route)
        suspects = Complaint.objects.open().filter(is_suspect=True, route=route)
        suspects = suspects.visible_to(person, roster)
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
