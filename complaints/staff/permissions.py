"""Who may do what at the case desk. Every view asks here itself; nothing else decides.

What a person may not see does not exist for them: `case_or_404`, never a redirect. Superusers,
editors and managers see nothing, whatever `has_perm` says.
"""

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Subquery
from django.http import Http404, HttpRequest
from django.utils import timezone

from complaints.events import EventKind
from complaints.models.case import Complaint, ComplaintQuerySet
from complaints.models.keys_and_files import FollowLink
from complaints.models.privacy import Access, AccessKind
from complaints.models.roster import Circle, keep_roster, may_handle, roster_for


class StaffRequest(HttpRequest):
    """A request inside the CMS, where Wagtail lets in nobody who has no account."""

    user: User


def may_enter_desk(user: User) -> bool:
    """Whether the section exists for this person; keeps who is who for the request."""
    return keep_roster(user).may_handle(user)


def visible_cases(user: User) -> ComplaintQuerySet:
    """The cases this person may see; every list, count and look-up starts here.

    Put together once for who is who, as a request keeps it: that takes longer than a query.
    """
    roster = roster_for(user)
    known: dict[Any, ComplaintQuerySet] = roster.__dict__.setdefault("_visible", {})
    if user.pk not in known:
        known[user.pk] = Complaint.objects.visible_to(user, roster)
    return known[user.pk].all()


def unread_cases(user: User) -> ComplaintQuerySet:
    """The cases with something new that it is up to this person to read, misuse apart."""
    return Complaint.objects.unread_by(user).filter(is_suspect=False)


def may_see(user: User, complaint: Complaint) -> bool:
    return visible_cases(user).filter(pk=complaint.pk).exists()


def enter_desk_or_404(user: User) -> None:
    if not may_enter_desk(user):
        raise Http404


A_VISIT = timedelta(minutes=30)  # what was new stays new until then, for whoever comes back
# Read with the case, once.
ASKED_BY_RULES = ("terms", "rights_requests", "advices", "rulings", "consents")


def case_or_404(user: User, pk: UUID) -> Complaint:
    """The case, if this person may see it; the same 404 as for a case that is not there.

    With when they read it before the visit that is going on (`last_visit`), and what the rules
    ask of it.
    """
    enter_desk_or_404(user)
    before = timezone.now() - A_VISIT
    own = Access.objects.filter(complaint=OuterRef("pk"), user=user, kind=AccessKind.READ)
    visits = own.filter(at__lt=before).order_by("-at").values("at")
    cases = visible_cases(user).select_related("handler", "contact", "theme")
    links = FollowLink.objects.used().filter(complaint=OuterRef("pk"))
    cases = cases.prefetch_related(*ASKED_BY_RULES).annotate(
        last_visit=Subquery(visits[:1]), has_used_link=Exists(links)
    )
    case = cases.filter(pk=pk).first()
    if case is None:
        raise Http404
    case.came_by_link = case.has_used_link  # type: ignore[attr-defined]  # annotated
    return case


COPY_FOR = timedelta(hours=1)


class Copy(Enum):
    """What is left of the paper with the receipt code, for whoever registered the case."""

    THEIRS = "theirs"
    OVER = "over"
    NOT_THEIRS = "not theirs"


def copy_left(user: User, complaint: Complaint) -> Copy:
    """Whether who registered a case may still take the paper they hand over, with its code.

    For an hour, also of a case they sent past themselves: they wrote it down. Not once they said
    to have a conflict of interest or the complainant asked for somebody else, and not with a code
    that opens nothing any more.
    """
    since = set(complaint.events.values_list("kind", flat=True))
    if complaint.exclusions.filter(user=user).exists() or (
        complaint.passed_over_id == user.pk and EventKind.ASKED_DEPUTY in since
    ):
        return Copy.NOT_THEIRS
    is_fresh = timezone.now() < complaint.filed_at + COPY_FOR
    is_of_use = bool(complaint.sealed) and EventKind.CODE_REPLACED not in since
    return Copy.THEIRS if is_fresh and is_of_use else Copy.OVER


class Role(Enum):
    """What somebody who sees a case has to be to it; what the case allows is in `cases.rules`."""

    READER = "sees it, if only because it is shared: notes, writes and talks"
    IN_CHARGE = "decides where it goes, who else reads it and how it ends"


def has_role(user: User, complaint: Complaint, role: Role) -> bool:
    """Whether this person has that role in a case that came from `case_or_404`."""
    return may_handle(user) if role is Role.READER else is_in_charge(user, complaint)


def is_in_charge(user: User, complaint: Complaint) -> bool:
    """Whether they see the case by their role or as its handler, not only because it is shared."""
    return circle_of(user, complaint).is_in_charge(user)


def circle_of(user: User, complaint: Complaint) -> Circle:
    """Who reads the case and who may have it; read once for a case object."""
    known: dict[Any, Circle] = complaint.__dict__.setdefault("_circle", {})
    if user.pk not in known:
        known[user.pk] = Circle(complaint, roster_for(user))
    return known[user.pk]


def know_handlers(user: User, complaints: list[Complaint]) -> None:
    """Names the handler of many cases: a query only for those who do not handle complaints now."""
    known = {person.pk: person for person in roster_for(user).handlers}
    gone = {case.handler_id for case in complaints} - known.keys() - {None}
    known |= User.objects.in_bulk(gone) if gone else {}
    for case in complaints:
        case.handler = known.get(case.handler_id or 0)


def related_cases(user: User, complaint: Complaint) -> list[Complaint]:
    """The cases related to this one that this person may see; read once for a case object."""
    known: dict[Any, list[Complaint]] = complaint.__dict__.setdefault("_related", {})
    if user.pk not in known:
        know_related(user, complaint, visible_cases(user).filter(related=complaint).defer("sealed"))
    return known[user.pk]


def know_related(user: User, complaint: Complaint, related: Iterable[Complaint]) -> None:
    """Answers `related_cases` for a page that read them together with others."""
    complaint.__dict__.setdefault("_related", {})[user.pk] = list(related)
