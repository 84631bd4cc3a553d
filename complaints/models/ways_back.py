"""How a complainant comes back: to a form put aside, or to a case without its receipt code."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint
from complaints.models.tables import CoveredField, InternalModel


class Draft(InternalModel):
    """One draft. In clear stands only what finding it and clearing it away need.

    `sealed` opens with a key that is in `wrapped`, and that opens with the code alone
    (`vault.codes.DraftKey`). `sealed_email` is there for as long as a reminder is owed, under the
    server's key. `expires_on` is the last day it is kept: the date that was promised when it was
    saved.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lookup = models.BinaryField(max_length=32, unique=True)
    wrapped = CoveredField()
    sealed = models.BinaryField()
    size = models.PositiveIntegerField()
    saved_at = models.DateTimeField()
    expires_on = models.DateField()
    sealed_email = CoveredField(null=True)

    class Meta(InternalModel.Meta):
        verbose_name = _("concept")


class LinkRequest(InternalModel):
    """Somebody asked for a link at an address; the worker looks later whether a case has it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sealed_email = CoveredField()
    created_at = models.DateTimeField()

    class Meta(InternalModel.Meta):
        verbose_name = _("vraag om een link")
        ordering: ClassVar = ["created_at"]


class FollowLinkQuerySet(models.QuerySet["FollowLink"]):
    def fresh(self, now: datetime) -> "FollowLinkQuerySet":
        """Links that can still be used."""
        return self.filter(used_at=None, expires_at__gt=now)

    def used(self) -> "FollowLinkQuerySet":
        return self.exclude(used_at=None)


class FollowLink(InternalModel):
    """A link that was mailed. Its token is made of the id by the server; no secret stands here.

    Used, it is a session of its own; a newer one takes nothing from it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="links")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = FollowLinkQuerySet.as_manager()

    class Meta(InternalModel.Meta):
        verbose_name = _("volglink")


class EndedSession(InternalModel):
    """A session of the follow page that was left: its cookie, and each copy of it, opens nothing.

    Of whom it was stands here nowhere. It is kept until the cookie is over by itself.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    until = models.DateTimeField()

    class Meta(InternalModel.Meta):
        verbose_name = _("beëindigde sessie")
