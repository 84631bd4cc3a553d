"""Which cases a person may see, decide on, be given or hear of: decided here, nowhere else.

As conditions for the database; `models.circle.Circle` asks the same of one case.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.roster import Roster
from complaints.stages import Route


def is_in_charge(user: User, roster: Roster) -> Q:
    """The cases this person may decide on: those they handle, and those of their role."""
    return Q(handler=user) | Q(route__in=roster.routes_of(user))


def is_seen(user: User, roster: Roster) -> Q:
    """The cases this person may read: those they decide on, and each one shared with them."""
    # A subquery that does not depend on the row: read once, so that the order's index serves.
    shared = Share.objects.filter(user=user, revoked_at=None).order_by().values("complaint")
    return is_in_charge(user, roster) | Q(pk__in=shared)


def is_barred(user: User) -> Q:
    """The cases that do not exist for this person, whatever they are named or given later (R-07).

    Those that they were passed over for, and those in which they have a conflict of interest.
    """
    return Q(passed_over=user) | Q(pk__in=Exclusion.objects.filter(user=user).values("complaint"))


def is_kept_from(user: User, roster: Roster) -> Q:
    """The cases this person may not hear of, whatever else they are on the site.

    Those they are barred from; and one that was routed past the confidant is kept from whoever is
    the confidant now.
    """
    past_them = Q(route=Route.DEPUTY) if roster.is_confidant(user) else Q()
    return is_barred(user) | past_them


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
