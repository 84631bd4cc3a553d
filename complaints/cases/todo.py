"""What a handler wants of the site."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import ngettext_lazy

from complaints.models.case import Complaint
from complaints.models.handlers import DeskPreference
from complaints.models.privacy import RightsRequest
from complaints.models.settings import HandlingSettings
from complaints.stages import Party, Status
from complaints.terms import SOON_WORKING_DAYS, TermState, add_working_days


def choose_digest(*, user: User, is_wanted: bool) -> None:
    """Keeps whether this person wants the daily digest."""
    DeskPreference.objects.update_or_create(user=user, defaults={"wants_digest": is_wanted})


def wants_digest(user: User) -> bool:
    return DeskPreference.objects.filter(user=user, wants_digest=True).exists()


# In the order in which they are said.
WORDS = {
    "late": ngettext_lazy("%d zaak is te laat", "%d zaken zijn te laat"),
    "soon": ngettext_lazy(
        "%d zaak heeft een termijn binnen 3 werkdagen",
        "%d zaken hebben een termijn binnen 3 werkdagen",
    ),
    "unread": ngettext_lazy("%d zaak is ongelezen", "%d zaken zijn ongelezen"),
    "waiting": ngettext_lazy("%d zaak wacht op jou", "%d zaken wachten op jou"),
    "request": ngettext_lazy(
        "%d verzoek over gegevens wacht op een besluit",
        "%d verzoeken over gegevens wachten op een besluit",
    ),
    "nobody": ngettext_lazy(
        "%d zaak heeft nog geen behandelaar", "%d zaken hebben nog geen behandelaar"
    ),
}


@dataclass(frozen=True)
class Waiting:
    """How many cases wait for somebody, by what for; `open` is all that is up to them."""

    open: int
    late: int
    soon: int
    unread: int
    waiting: int
    request: int
    nobody: int

    @property
    def is_pressing(self) -> bool:
        """Whether a mail is worth it: something came in, or there is a date to keep."""
        return any((self.late, self.soon, self.unread, self.request, self.nobody))

    @property
    def sentences(self) -> dict[str, str]:
        """What waits in words, by what for; nothing of what does not."""
        found = {kind: getattr(self, kind) for kind in WORDS}
        return {kind: str(WORDS[kind] % count) for kind, count in found.items() if count}


def what_waits(user: User, now: datetime | None = None) -> Waiting:
    """Counts in one query what is up to this person, of what they may see.

    A date or a request of a closed case counts too, and what came in after it was closed. What
    looks like misuse counts only where it asks about data: the law gives that its term.
    """
    today, up_to_them = timezone.localdate(now), mine(user)
    is_open, is_unread = NOT_SUSPECT & Q(status=Status.OPEN), NOT_SUSPECT & Q(is_unread=True)
    has_date = NOT_SUSPECT & Q(next_due_on__isnull=False)
    theirs = up_to_them | Q(handler=None)
    counts = (
        Complaint.objects.visible_to(user)
        .filter(theirs, is_open | HAS_REQUEST | is_unread | has_date)
        .aggregate(
            open=Count("pk", filter=up_to_them & is_open),
            late=Count("pk", filter=up_to_them & has_date & due_within(TermState.LATE, today)),
            soon=Count("pk", filter=up_to_them & has_date & due_within(TermState.SOON, today)),
            unread=Count("pk", filter=up_to_them & is_unread),
            waiting=Count("pk", filter=up_to_them & is_open & Q(waiting_on=Party.HANDLER)),
            request=Count("pk", filter=HAS_REQUEST),
            nobody=Count("pk", filter=is_open & Q(handler=None)),
        )
    )
    return Waiting(**counts)


def mine(user: User) -> Q:
    """The cases up to this person: their own, and for who stands in for the confidant theirs."""
    people = HandlingSettings.current()
    if people.is_standing_in(user):
        return Q(handler__in=[user.pk, people.confidant_id])
    return Q(handler_id=user.pk)  # not IN: with "=" the order comes out of the index


def stands_in(user: User) -> bool:
    """Whether this is the deputy, while the confidant is away."""
    return HandlingSettings.current().is_standing_in(user)


def due_within(state: TermState, today: date) -> Q:
    """The cases whose next date is in that state today; the same lines as `term_state`.

    A closed case can have a date, but one without is over: only open ones lack one.
    """
    soon = add_working_days(today, SOON_WORKING_DAYS)
    conditions = {
        TermState.LATE: Q(next_due_on__lt=today),
        TermState.SOON: Q(next_due_on__gte=today, next_due_on__lte=soon),
        TermState.ON_TIME: Q(next_due_on__gt=soon),
        TermState.NONE: Q(status=Status.OPEN, next_due_on=None),
    }
    return conditions[state]


def is_so(column: str, answer: bool) -> Q:
    """As `column=answer`, but in words for which SQLite takes an index: it takes none for NOT."""
    return Q(**{f"{column}__in": [answer]})


HAS_REQUEST = Q(pk__in=RightsRequest.objects.filter(decided_at=None).values("complaint"))
SUSPECT, NOT_SUSPECT = is_so("is_suspect", True), is_so("is_suspect", False)
