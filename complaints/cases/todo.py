"""What is up to a handler: counted for the start page and the daily digest, if they want one."""

from datetime import date, datetime
from types import SimpleNamespace

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext, ngettext_lazy

from complaints.models.case import Complaint
from complaints.models.outbox import FOR_GOOD
from complaints.models.privacy import RightsRequest
from complaints.models.roster import Roster
from complaints.models.settings import DeskPreference
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
    "closed_late": ngettext_lazy(
        "%d afgesloten zaak is te laat", "%d afgesloten zaken zijn te laat"
    ),
    "closed_soon": ngettext_lazy(
        "%d afgesloten zaak heeft een termijn binnen 3 werkdagen",
        "%d afgesloten zaken hebben een termijn binnen 3 werkdagen",
    ),
    "closed_unread": ngettext_lazy(
        "%d afgesloten zaak is ongelezen", "%d afgesloten zaken zijn ongelezen"
    ),
    "waiting": ngettext_lazy("%d zaak wacht op jou", "%d zaken wachten op jou"),
    "unreached": ngettext_lazy(
        "%d zaak waarvan de mail aan de klager niet aankomt",
        "%d zaken waarvan de mail aan de klager niet aankomt",
    ),
    "request": ngettext_lazy(
        "%d verzoek over gegevens wacht op een besluit",
        "%d verzoeken over gegevens wachten op een besluit",
    ),
    "nobody": ngettext_lazy(
        "%d zaak heeft nog geen behandelaar", "%d zaken hebben nog geen behandelaar"
    ),
    "going": ngettext_lazy("%d zaak wordt binnenkort gewist", "%d zaken worden binnenkort gewist"),
}


class Todo(SimpleNamespace):
    """How many cases ask something of somebody, by what: a count of each name in `WORDS`.

    Beside them `open`, which is all that is up to them.
    """

    @property
    def is_pressing(self) -> bool:
        """Whether a mail is worth it: something came in, or there is a date to keep."""
        return not self.sentences.keys() <= {"waiting", "unreached", "going"}

    @property
    def sentences(self) -> dict[str, str]:
        """Each count above zero in words, by what is asked."""
        found = {kind: getattr(self, kind) for kind in WORDS}
        return {kind: str(WORDS[kind] % count) for kind, count in found.items() if count}


def todo_of(user: User, roster: Roster, now: datetime | None = None) -> Todo:
    """Counts in one query what is up to this person, of what they may see.

    A date or a request of a closed case counts too, and what came in after it was closed: apart
    from the open ones. What looks like misuse counts only where it asks about data: the law gives
    that its term.
    """
    today, up_to_them = timezone.localdate(now), is_up_to(user, roster)
    is_open = Q(is_suspect=False, status=Status.OPEN)
    unread = Complaint.objects.unread_by(user, roster).filter(is_suspect=False)
    has_date = Q(is_suspect=False, next_due_on__isnull=False)
    theirs = up_to_them | Q(handler=None)
    either = {
        "late": up_to_them & has_date & due_within(TermState.LATE, today),
        "soon": up_to_them & has_date & due_within(TermState.SOON, today),
        "unread": Q(pk__in=unread.values("pk")),  # the same as the badge counts
    }
    is_closed = Q(status=Status.CLOSED)
    apart = {f"closed_{name}": condition & is_closed for name, condition in either.items()}
    apart |= {name: condition & ~is_closed for name, condition in either.items()}
    counts = (
        Complaint.objects.visible_to(user, roster)
        .filter(
            theirs,
            is_open | HAS_REQUEST | Q(is_suspect=False, is_unread=True) | has_date | GOES_SOON,
        )
        .aggregate(
            open=Count("pk", filter=up_to_them & is_open),
            **{name: Count("pk", filter=condition) for name, condition in apart.items()},
            waiting=Count("pk", filter=up_to_them & is_open & Q(waiting_on=Party.HANDLER)),
            unreached=Count("pk", filter=up_to_them & is_open & UNREACHED),
            request=Count("pk", filter=HAS_REQUEST),
            nobody=Count("pk", filter=is_open & Q(handler=None)),
            going=Count("pk", filter=GOES_SOON),
        )
    )
    return Todo(**counts)


def whose_turns(user: User, roster: Roster) -> set[int]:
    """Returns whose cases are up to this person: their own, for a stand-in the confidant's too."""
    confidant = roster.settings.confidant_id
    return {user.pk, confidant} if confidant and roster.is_standing_in(user) else {user.pk}


def is_up_to(user: User, roster: Roster) -> Q:
    return Q(handler__in=whose_turns(user, roster))


def waits_for(case: Complaint, turns: set[int]) -> str:
    """Returns for whom a case waits, said to whoever has these `turns`; "" for a closed one."""
    if not case.is_open:
        return ""
    if case.waiting_on == Party.HANDLER and case.handler_id in turns:
        return gettext("jou")
    return gettext("de %(party)s") % {"party": str(Party(case.waiting_on).label).lower()}


def due_within(state: TermState, today: date) -> Q:
    """Returns the cases whose next date is in that state today; the same lines as `term_state`.

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


GOES_SOON = Q(goes_on_told__isnull=False)  # as the daily job keeps it
UNREACHED = Q(contact__fault__in=FOR_GOOD)
HAS_REQUEST = Q(pk__in=RightsRequest.objects.filter(decided_at=None).values("complaint"))
