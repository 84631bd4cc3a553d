"""Who is who at one moment, and which cases each may see, decide on, be given or hear of.

Who is who is read once for a request, a command or a tick of the clock, and passed on (decision
0016). Which cases is said as conditions for the database; `Circle` asks the same of one, and
`test_circle` compares the answers (R-07, R-10, R-38).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import BooleanField, Q, Value
from django.utils import timezone

from complaints.models.settings import HandlingSettings, active_handlers
from complaints.models.tables import InternalModel, compiled_once, of_case
from complaints.stages import Route

if TYPE_CHECKING:
    from complaints.models.case import Complaint

_handlers_now = compiled_once(active_handlers)


@dataclass(frozen=True)
class Roster:
    """The settings with the people named in them, and everybody who may handle complaints."""

    settings: HandlingSettings
    handlers: tuple[User, ...]

    @classmethod
    def read(cls) -> "Roster":
        """Returns who is who now, in two queries, and one for each role of no handler."""
        settings, handlers = HandlingSettings.current(), tuple(_handlers_now())
        for user in handlers:
            if user.pk == settings.confidant_id:
                settings.confidant = user
            if user.pk == settings.deputy_id:
                settings.deputy = user
        return cls(settings, handlers)

    @cached_property
    def handler_ids(self) -> frozenset[int]:
        return frozenset(user.pk for user in self.handlers)

    @property
    def confidant(self) -> User | None:
        return self.settings.confidant

    @property
    def deputy(self) -> User | None:
        return self.settings.deputy

    def may_handle(self, user: User | None) -> bool:
        """Whether this person handles complaints: never by being a superuser."""
        return user is not None and user.pk in self.handler_ids

    def is_confidant(self, user: User) -> bool:
        return user.pk is not None and user.pk == self.settings.confidant_id

    def is_deputy(self, user: User) -> bool:
        return user.pk is not None and user.pk == self.settings.deputy_id

    def is_confidant_absent(self, on: date | None = None) -> bool:
        """Whether the confidant is away on that day (today by default).

        Somebody named here who was switched off, or left the handlers, is away until there is
        another: else their cases would fall silent.
        """
        day = on or timezone.localdate()
        start, end = self.settings.confidant_absent_from, self.settings.confidant_absent_until
        is_away = start is not None and start <= day and (end is None or day <= end)
        return is_away or (self.confidant is not None and not self.may_handle(self.confidant))

    def routes_of(self, user: User) -> tuple[Route, ...]:
        """Returns the routes whose cases they see by their role, whoever handles them (R-07).

        The confidant those for the confidant; the deputy those for the deputy, and all of them
        while the confidant is away; another handler none.
        """
        if self.is_confidant(user):
            return (Route.CONFIDANT,)
        if self.is_deputy(user):
            return tuple(Route) if self.is_confidant_absent() else (Route.DEPUTY,)
        return ()

    def handler_for(self, route: Route) -> User | None:
        """Returns who takes up a new case of that route now, or None: then it waits.

        One for the deputy never falls back to the confidant (R-07). Somebody who is named in the
        settings but may not handle complaints counts as nobody.
        """
        wants_deputy = route is Route.DEPUTY or self.is_confidant_absent()
        if wants_deputy and self.may_handle(self.deputy):
            return self.deputy
        if route is Route.DEPUTY:
            return None
        return self.confidant if self.may_handle(self.confidant) else None

    def stand_in_for(self, handler_id: int | None) -> User | None:
        """Returns the deputy while that handler is the confidant, and away; else None."""
        is_away = handler_id is not None and handler_id == self.settings.confidant_id
        if is_away and self.is_confidant_absent() and self.may_handle(self.deputy):
            return self.deputy
        return None

    def is_standing_in(self, user: User) -> bool:
        """Whether this is the deputy, while the confidant is away."""
        return self.is_deputy(user) and self.stand_in_for(self.settings.confidant_id) is not None

    def in_line(self, route: Route) -> Iterator[User]:
        """Returns who is asked to take up a case of that route, in order.

        One for the confidant goes to the deputy where it cannot go to them, and the other way
        round while they are away. One for the deputy goes to nobody else. With no confidant it
        waits for one.
        """
        line = [self.handler_for(route)]
        if route is Route.CONFIDANT and self.may_handle(self.confidant):
            line += [self.deputy, self.confidant]
        return (person for person in line if person is not None and self.may_handle(person))


def keep_roster(user: User) -> Roster:
    """Reads who is who for the user of a request, whose object lives as long as the request."""
    user._roster = known = roster_for(user)  # type: ignore[attr-defined]
    return known


def roster_for(user: User) -> Roster:
    """Returns who is who as the request of this user knows it; outside a request, as it is now."""
    known: Roster | None = getattr(user, "_roster", None)
    return known if known is not None else Roster.read()


def may_handle(user: User | None) -> bool:
    """Whether this person handles complaints."""
    return user is not None and roster_for(user).may_handle(user)


def is_in_charge(user: User, roster: Roster) -> Q:
    """Returns the cases this person may decide on: those they handle, and those of their role."""
    return Q(handler=user) | Q(route__in=roster.routes_of(user))


def is_seen(user: User, roster: Roster) -> Q:
    """Returns the cases they may read: those they decide on, and each one shared with them."""
    # A subquery that does not depend on the row: read once, so that the order's index serves.
    shared = Share.objects.filter(user=user, revoked_at=None).order_by().values("complaint")
    return is_in_charge(user, roster) | Q(pk__in=shared)


def is_barred(user: User) -> Q:
    """Returns the cases that do not exist for them, whatever they are named or given later (R-07).

    Those that they were passed over for, and those in which they have a conflict of interest.
    """
    return Q(passed_over=user) | Q(pk__in=Exclusion.objects.filter(user=user).values("complaint"))


def is_kept_from(user: User, roster: Roster) -> Q:
    """Returns the cases this person may not hear of, whatever else they are on the site.

    Those they are barred from; and one that was routed past the confidant is kept from whoever is
    the confidant now.
    """
    past_them = Q(route=Route.DEPUTY) if roster.is_confidant(user) else Q()
    return is_barred(user) | past_them


class Share(InternalModel):
    """One case, shared with one more handler until it is revoked."""

    complaint = models.ForeignKey(
        "complaints.Complaint", on_delete=models.CASCADE, related_name="shares"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta(InternalModel.Meta):
        ordering: ClassVar = ["at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["complaint", "user"], condition=Q(revoked_at=None), name="one_live_share"
            )
        ]


class Exclusion(InternalModel):
    """Somebody who said to have a conflict of interest: for them the case does not exist."""

    complaint = of_case("exclusions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta(InternalModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["complaint", "user"], name="one_exclusion_per_person")
        ]


@dataclass(frozen=True)
class Circle:
    """The people around one case, from the case as it was read and one query.

    Whoever writes locks the case first and makes a new one.
    """

    case: "Complaint"
    roster: Roster
    is_new: bool = False  # filed just now: nobody is named in it yet

    @cached_property
    def named(self) -> list[tuple[int, bool]]:
        """Everybody with a share or an exclusion, and whether it is an exclusion."""
        if self.is_new:
            return []
        shares = self.case.shares.filter(revoked_at=None).order_by()
        shared = shares.values_list("user", Value(False, BooleanField()))
        excluded = self.case.exclusions.values_list("user", Value(True, BooleanField()))
        return list(shared.union(excluded, all=True))

    @property
    def shared_with(self) -> frozenset[int]:
        """The people it is shared with now, whether or not they still handle complaints."""
        return frozenset(user_id for user_id, is_excluded in self.named if not is_excluded)

    @property
    def excluded(self) -> frozenset[int]:
        return frozenset(user_id for user_id, is_excluded in self.named if is_excluded)

    def is_barred(self, user: User) -> bool:
        """Whether the case does not exist for them, whatever they are named later."""
        return user.pk == self.case.passed_over_id or user.pk in self.excluded

    def is_kept_from(self, user: User) -> bool:
        """Whether they may not hear of it, whatever else they are on the site."""
        is_past_them = self.case.route == Route.DEPUTY and self.roster.is_confidant(user)
        return is_past_them or self.is_barred(user)

    def is_in_charge(self, user: User) -> bool:
        """Whether they see it by their role or as its handler, not only because it is shared."""
        is_of_their_role = self.case.route in self.roster.routes_of(user)
        is_theirs = is_of_their_role or self.case.handler_id == user.pk
        return is_theirs and self.roster.may_handle(user) and not self.is_barred(user)

    def sees(self, user: User | None) -> bool:
        if user is None or not self.roster.may_handle(user) or self.is_barred(user):
            return False
        return user.pk in self.shared_with or self.is_in_charge(user)

    def may_have(self, user: User) -> bool:
        """Whether the case may be given to this person."""
        return self.roster.may_handle(user) and not self.is_kept_from(user)

    @property
    def candidates(self) -> list[User]:
        """The handlers that it may be given to or shared with."""
        return [user for user in self.roster.handlers if self.may_have(user)]

    @property
    def readers(self) -> list[User]:
        """Everybody who can read it now (R-38)."""
        return [user for user in self.roster.handlers if self.sees(user)]

    @property
    def others(self) -> int:
        """How many read it without having a role: as its handler, or because it is shared."""
        roster = self.roster
        return sum(
            not (roster.is_confidant(user) or roster.is_deputy(user)) for user in self.readers
        )

    @property
    def is_past_confidant(self) -> bool:
        """Whether it is kept from the confidant."""
        confidant = self.roster.confidant
        is_barred = confidant is not None and self.is_barred(confidant)
        return self.case.route == Route.DEPUTY or is_barred

    @property
    def is_past_deputy(self) -> bool:
        return self.roster.deputy is not None and self.is_barred(self.roster.deputy)

    @property
    def next_handler(self) -> User | None:
        """Who takes it up now, or None: then it waits."""
        line = self.roster.in_line(Route(self.case.route))
        return next((user for user in line if self.may_have(user)), None)

    @property
    def acting_handler(self) -> User | None:
        """The handler, or who stands in for them now; None where nobody handles it.

        For one who no longer handles complaints that is whoever takes up a case of its route.
        """
        stand_in, handler = self.roster.stand_in_for(self.case.handler_id), self.case.handler
        if not self.roster.may_handle(handler):
            handler = self.roster.handler_for(Route(self.case.route))
        return next((user for user in (stand_in, handler) if self.sees(user)), None)
