"""What lies beside a complaint's row, and is destroyed apart from it: keys, files, ways back.

A way back leads to a form put aside, or to a case without its receipt code. The bytes of a file lie
sealed in a folder or a bucket, under its row's id (see `files.store`). Its row says in clear only
what the clock and the limits need; name, kind and key are in `sealed`.
"""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from complaints.models.case import Complaint, Event
from complaints.models.tables import CoveredField, InternalModel


class Draft(InternalModel):
    """One draft. In clear stands only what finding it and clearing it away need.

    `sealed` opens with a key that is in `wrapped`, and that opens with the code alone
    (`vault.codes.CodeKey`). `sealed_email` is there for as long as a reminder is owed, under the
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


class LinkRequest(InternalModel):
    """Somebody asked for a link at an address; the worker looks later whether a case has it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sealed_email = CoveredField()
    created_at = models.DateTimeField()

    class Meta(InternalModel.Meta):
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


class EndedSession(InternalModel):
    """A session of the follow page that was left: its cookie, and each copy of it, opens nothing.

    Of whom it was stands here nowhere. It is kept until the cookie is over by itself.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    until = models.DateTimeField()


class KeyWrap(InternalModel):
    """One complaint's content key, wrapped for one holder.

    A table of its own: it is dumped apart and its dumps are kept shortly, so that destroying the
    wraps of an erased complaint reaches the backups too.

    `holder` is ``server`` for the server's key ring, ``code`` for the complainant's receipt code,
    ``code-next`` for a newer one that works from a moment on, and not before. `lookup` is an HMAC
    by which a code finds its wrap.
    """

    complaint_id = models.UUIDField()
    holder = models.CharField(max_length=80)
    wrapped = CoveredField()
    lookup = models.BinaryField(max_length=32, null=True, unique=True)
    works_from = models.DateTimeField(null=True)

    class Meta(InternalModel.Meta):
        db_table = "keystore_keywrap"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["complaint_id", "holder"], name="one_wrap_per_holder")
        ]
        indexes: ClassVar = [  # the worker asks every few seconds, and few codes wait
            models.Index(
                fields=["works_from"], condition=Q(works_from__isnull=False), name="code_waits"
            )
        ]


STAGED_FOR = timedelta(hours=24)  # or as long as the draft it is in


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def staged(self) -> "AttachmentQuerySet":
        """Not of a case: sent up while filling in the form, or taken from its case."""
        return self.filter(complaint=None)

    def fresh(self, now: datetime) -> "AttachmentQuerySet":
        """Staged, and still to be attached."""
        return self.staged().filter(staged_until__gt=now)

    def expired(self, now: datetime) -> "AttachmentQuerySet":
        """Staged for long enough: to be destroyed."""
        return self.staged().filter(staged_until__lte=now)


class Attachment(InternalModel):
    """One file. While staged, its key is in nobody's hands but the form token's.

    A `draft` that has the token keeps it as long as that is kept.
    Of a case it came with an `event`: that of filing, or a message of either side.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    staged_until = models.DateTimeField()
    size = models.PositiveIntegerField()  # in bytes; while it arrives, the most it may become
    complaint = models.ForeignKey(
        Complaint, on_delete=models.PROTECT, null=True, related_name="attachments"
    )
    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, null=True, related_name="attachments"
    )
    draft = models.ForeignKey(
        Draft, on_delete=models.SET_NULL, null=True, related_name="attachments"
    )
    is_from_us = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    sealed = models.BinaryField(null=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta(InternalModel.Meta):
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(complaint=None, event=None, sealed=None)
                | Q(complaint__isnull=False, event__isnull=False, sealed__isnull=False),
                name="attachment_sealed_with_its_case",
            ),
            models.UniqueConstraint(
                fields=["complaint", "position"], name="attachment_position_per_case"
            ),
        ]
