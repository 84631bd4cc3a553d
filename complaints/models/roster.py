"""Who is who at one moment: the confidant, the deputy, absence, and who may handle complaints.

Read once for a request, a command or a tick of the clock, and passed on (decision 0016).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.contrib.auth.models import User
from django.utils import timezone

from complaints.models.handlers import active_handlers
from complaints.models.settings import HandlingSettings
from complaints.stages import Route


@dataclass(frozen=True)
class Roster:
    """The settings with the people named in them, and everybody who may handle complaints."""

    settings: HandlingSettings
    handlers: tuple[User, ...]

    @classmethod
    def read(cls) -> "Roster":
        """Returns who is who now, in two queries, and one for each role of no handler."""
        settings, handlers = HandlingSettings.current(), tuple(active_handlers())
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
        """The routes whose cases this person sees by their role, whoever handles them (R-07).

        The confidant those for the confidant; the deputy those for the deputy, and all of them
        while the confidant is away; another handler none.
        """
        if self.is_confidant(user):
            return (Route.CONFIDANT,)
        if self.is_deputy(user):
            return tuple(Route) if self.is_confidant_absent() else (Route.DEPUTY,)
        return ()

    def handler_for(self, route: Route) -> User | None:
        """Who takes up a new case of that route now, or None: then it waits.

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
        """The deputy while that handler is the confidant, and away; else None."""
        is_away = handler_id is not None and handler_id == self.settings.confidant_id
        if is_away and self.is_confidant_absent() and self.may_handle(self.deputy):
            return self.deputy
        return None

    def is_standing_in(self, user: User) -> bool:
        """Whether this is the deputy, while the confidant is away."""
        return self.is_deputy(user) and self.stand_in_for(self.settings.confidant_id) is not None

    def in_line(self, route: Route) -> Iterator[User]:
        """Who is asked to take up a case of that route, in order; only who may handle complaints.

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
    known: Roster | None = getattr(user, "_roster", None)
    if known is None:
        known = Roster.read()
        user._roster = known  # type: ignore[attr-defined]
    return known


def roster_for(user: User) -> Roster:
    """Who is who as the request of this user knows it; read now for a user outside a request."""
    known: Roster | None = getattr(user, "_roster", None)
    return known if known is not None else Roster.read()


def may_handle(user: User | None) -> bool:
    """Whether this person handles complaints."""
    return user is not None and roster_for(user).may_handle(user)
