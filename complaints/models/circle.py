"""Who reads one case now, who may be given it, and who takes it up (R-07, R-10, R-38).

`visibility` asks the same of all cases; `test_circle` compares the answers.
"""

from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import User
from django.db.models import BooleanField, Value

from complaints.models.case import Complaint
from complaints.models.roster import Roster
from complaints.stages import Route


@dataclass(frozen=True)
class Circle:
    """The people around one case, from the case as it was read and one query.

    Whoever writes locks the case first and makes a new one.
    """

    case: Complaint
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
