"""What runs inside the site's own processes: `python -m tests.faults.inside prepare`, as JSON."""

import gc
import json
import sys
import time
from datetime import timedelta
from typing import Any

import django
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

LEASE = timedelta(seconds=3)  # two minutes in earnest: after a kill the test would wait for that
LONGEST_WAIT = timedelta(seconds=0.5)


def prepare() -> None:
    """An empty database becomes a site with a confidant, a deputy and a manager."""
    from tests.factories import make_user

    gc.disable()  # a fifth of what migrations take
    call_command("migrate", verbosity=0)
    call_command("bootstrap", verbosity=0)
    for role in ("confidant", "deputy", "manager"):
        make_user(role)


def worker() -> None:
    """The mail worker as it is, in a world where time goes faster."""
    from complaints.worker import delivery

    delivery.LEASE = LEASE
    delivery.LONGEST_WAIT = LONGEST_WAIT
    call_command("worker", every=0.2)


def owe(count: str) -> list[str]:
    """Files complaints until so many mails are owed; returns the start of each Message-ID."""
    from complaints.models.outbox import OwedMail
    from complaints.worker.delivery import message_name
    from tests.factories import make_complaint

    while OwedMail.objects.count() < int(count):
        make_complaint()
    return [f"<{message_name(owed)}@" for owed in OwedMail.objects.all()]


def all_sent() -> None:
    """Returns when each mail that was owed is marked as sent."""
    from complaints.models.outbox import OwedMail

    while OwedMail.objects.filter(sent_at=None).exists():
        time.sleep(0.05)


def staged() -> int:
    from complaints.models.keys_and_files import Attachment

    return Attachment.objects.staged().count()


def contents() -> dict[str, Any]:
    """Every complaint there is, opened, and whether all that belongs to it is there."""
    from complaints.cases.sealing import LOOKUP_ID
    from complaints.models.case import Complaint
    from complaints.models.keys_and_files import KeyWrap

    cases = list(Complaint.objects.all())
    wrapped = set(KeyWrap.objects.values_list("complaint_id", flat=True)) - {LOOKUP_ID}
    return {
        "complaints": [describe(case) for case in cases],
        "keys_of_nothing": len(wrapped - {case.pk for case in cases}),
        "database": integrity(),
    }


def describe(case: Any) -> dict[str, Any]:
    from complaints.cases.attachments import open_files
    from complaints.cases.case import is_intact
    from complaints.cases.contents import consent_lines, open_answers
    from complaints.models.outbox import MailKind
    from complaints.questions import Purpose, answer_for
    from complaints.terms import TermKind

    parts = {
        "history": is_intact(case) and [event.kind for event in case.events.all()] == ["filed"],
        "consent": [line.purpose for line in consent_lines(case)] == ["filing"],
        "terms": {term.kind for term in case.terms.all()} == set(TermKind),
        "mail": case.owed_mails.filter(kind=MailKind.NEW_CASE).count() == 1,
    }
    return {
        "reference": case.reference,
        "story": answer_for(open_answers(case), Purpose.PROBLEM),
        "files": [b"".join(file.chunks()).decode() for file in open_files(case)],
        "missing": sorted(name for name, is_there in parts.items() if not is_there),
    }


def integrity() -> str:
    """What SQLite itself says of its file; PostgreSQL checks its pages as it reads them."""
    if connection.vendor != "sqlite":
        return "ok"
    with connection.cursor() as cursor:
        return str(one(cursor, "PRAGMA integrity_check"))


def durability() -> dict[str, str]:
    """The settings in force that make a commit mean: on disk."""
    asked = {
        "sqlite": ("PRAGMA", "journal_mode", "synchronous", "secure_delete"),
        "postgresql": ("SHOW", "fsync", "synchronous_commit", "full_page_writes"),
    }
    verb, *names = asked[connection.vendor]
    with connection.cursor() as cursor:
        return {name: str(one(cursor, f"{verb} {name}")) for name in names}


def one(cursor: Any, question: str) -> Any:
    cursor.execute(question)
    return cursor.fetchone()[0]


def session() -> str:
    """The cookie of a confidant who is logged in."""
    from django.conf import settings
    from django.contrib.auth.signals import user_logged_in

    from complaints.models.settings import HandlingSettings
    from tests.accounts.doors import show_factor
    from tests.desk import client_for

    user_logged_in.connect(show_factor)
    client = client_for(HandlingSettings.current().confidant)
    return f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}"


def change(what: str, text: str = "Een nieuwe inleiding.") -> float:
    """Does that to the privacy statement, or to a setting; returns when it was done."""
    from wagtail.models import Page, PageViewRestriction

    from complaints.models.settings import HandlingSettings
    from home.models import OrganisationSettings

    page, today = Page.objects.get(slug="privacy").specific, timezone.localdate()
    if what in ("publish", "schedule"):
        page.title, page.introduction = text, f"<p>{text}</p>"
        page.go_live_at = timezone.now() + timedelta(seconds=1) if what == "schedule" else None
        page.save_revision().publish()
    if what == "schedule":
        time.sleep(1.1)
        call_command("publish_scheduled")
    elif what == "private":
        PageViewRestriction.objects.create(page=page, restriction_type="login")
    elif what == "unpublish":
        PageViewRestriction.objects.all().delete()
        page.unpublish()
    elif what == "setting":
        settings = OrganisationSettings.objects.get()
        settings.name = text
        settings.save()
    elif what == "away":
        handling = HandlingSettings.current()
        handling.confidant_absent_from = today
        handling.confidant_absent_until = today + timedelta(days=7)
        handling.save()
    return time.time()


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
