"""Which complaints a person may see, decide on, be given or hear of: decided here, nowhere else."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.handlers import may_handle, who_may_not_handle
from complaints.models.settings import HandlingSettings
from complaints.stages import Route, Status

if TYPE_CHECKING:
    from complaints.models.case import Complaint  # noqa: F401 - named in the type below


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    """Reads as sentences; `visible_to` is where every list, count and look-up begins."""

    def open(self) -> "ComplaintQuerySet":
        return self.filter(status=Status.OPEN)

    def closed(self) -> "ComplaintQuerySet":
        return self.filter(status=Status.CLOSED)

    def waiting(self) -> "ComplaintQuerySet":
        """Those with something to do that is up to nobody: open, or closed and asked about data.

        There is no handler, or one who was switched off or no longer handles complaints.
        """
        is_live = Q(status=Status.OPEN) | Q(next_due_on__isnull=False)
        return self.filter(is_live, Q(handler=None) | Q(handler__in=who_may_not_handle()))

    def visible_to(self, user: User | None) -> "ComplaintQuerySet":
        """The complaints this person may see; for everyone but handlers there are none (R-38).

        Those they are in charge of, and each one shared with them.
        """
        if user is None or not may_handle(user):
            return self.none()
        return self.filter(_seen_by(user)).not_barred_to(user)

    def out_of_sight_of(self, user: User) -> "ComplaintQuerySet":
        """Of `may_go_to`, those that this person does not see now.

        Whoever is told of such a case is told nothing that says which one it is.
        """
        return self.may_go_to(user).exclude(_seen_by(user))

    def in_charge_of(self, user: User) -> "ComplaintQuerySet":
        """As `visible_to`, without what is only shared with them: the cases they may decide on.

        The confidant: all but those routed past them. The deputy: those routed to them, and all
        while the confidant is away. Each: those they handle.
        """
        if not may_handle(user):
            return self.none()
        mine = _in_charge(user, HandlingSettings.current())
        return self.filter(mine).not_barred_to(user)

    def handled_by(self, user: User) -> "ComplaintQuerySet":
        """Of `visible_to`, what they handle: in fewer words, so that an index gives the order."""
        if not may_handle(user):
            return self.none()
        return self.filter(handler=user).not_barred_to(user)

    def not_barred_to(self, user: User) -> "ComplaintQuerySet":
        """Without those that this person was passed over for, or has a conflict of interest in.

        For them such a case does not exist, whatever they are named or given later (R-07).
        """

        excluded = Exclusion.objects.filter(user=user).values("complaint")
        return self.exclude(passed_over=user).exclude(pk__in=excluded)

    def not_kept_from(self, user: User) -> "ComplaintQuerySet":
        """Those that this person may hear of, whatever else they are on the site.

        One that was routed past the confidant is kept from whoever is the confidant now.
        """
        cases = self.not_barred_to(user)
        is_confidant = user.pk == HandlingSettings.current().confidant_id
        return cases.exclude(route=Route.DEPUTY) if is_confidant else cases

    def may_go_to(self, user: User) -> "ComplaintQuerySet":
        """Those this person may be given or shown; `succession.who_may_have` asks it of one."""
        return self.not_kept_from(user) if may_handle(user) else self.none()

    def unread_by(self, user: User) -> "ComplaintQuerySet":
        """Those with something new that it is up to this person to read.

        Of the cases they are in charge of: their own, those nobody has, and while the confidant
        is away the confidant's, for the deputy.
        """
        if not may_handle(user):
            return self.none()
        people = HandlingSettings.current()
        theirs = Q(handler=user) | Q(handler=None)
        if people.is_standing_in(user):
            theirs |= Q(handler=people.confidant_id)
        mine = _in_charge(user, people)
        return self.filter(mine, theirs, is_unread=True).not_barred_to(user)

    def for_desk(self) -> "ComplaintQuerySet":
        """What a list shows, without the sealed content.

        Handlers apart: joined to a filter on them, SQLite would begin there and sort every case.
        """
        return self.select_related("theme").prefetch_related("handler").defer("sealed")


def _seen_by(user: User) -> Q:

    # A subquery that does not depend on the row: read once, so that the order's index serves.
    shared = Share.objects.filter(user=user, revoked_at=None).order_by().values("complaint")
    return _in_charge(user, HandlingSettings.current()) | Q(pk__in=shared)


def _in_charge(user: User, people: HandlingSettings) -> Q:
    seen = Q(handler=user)
    if user.pk == people.confidant_id:
        return seen | ~Q(route=Route.DEPUTY)
    if user.pk == people.deputy_id:
        return seen | (~Q(pk=None) if people.is_confidant_absent() else Q(route=Route.DEPUTY))
    return seen


class Share(models.Model):
    """One case, shared with one more handler until it is revoked."""

    complaint = models.ForeignKey(
        "complaints.Complaint", on_delete=models.CASCADE, related_name="shares"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("gedeelde zaak")
        default_permissions: ClassVar = ()
        ordering: ClassVar = ["at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["complaint", "user"], condition=Q(revoked_at=None), name="one_live_share"
            )
        ]

    def __str__(self) -> str:
        return f"{self.complaint} {self.user_id}"


class Exclusion(models.Model):
    """Somebody who said to have a conflict of interest: for them the case does not exist."""

    complaint = models.ForeignKey(
        "complaints.Complaint", on_delete=models.CASCADE, related_name="exclusions"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("uitgesloten behandelaar")
        default_permissions: ClassVar = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["complaint", "user"], name="one_exclusion_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.complaint} {self.user_id}"
