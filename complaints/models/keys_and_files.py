"""The keys of a complaint and its files: what lies beside its row, and is destroyed apart from it.

The bytes of a file lie sealed in a folder or a bucket, under its row's id (see `files.store`). The
row says in clear only what the clock and the limits need; name, kind and key are in `sealed`.
"""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint, Event
from complaints.models.tables import CoveredField, InternalModel
from complaints.models.ways_back import Draft


class KeyWrap(InternalModel):
    """One complaint's content key, wrapped for one holder.

    A table of its own: it is dumped apart and its dumps are kept shortly, so that destroying the
    wraps of an erased complaint reaches the backups too.

    `holder` is a kind and an id: ``server:<key id>`` for the server's key ring, ``code`` for the
    complainant's receipt code, ``code-next`` for a newer one that works from a moment on, and not
    before. `lookup` is an HMAC by which a code finds its wrap.
    """

    complaint_id = models.UUIDField()
    holder = models.CharField(max_length=80)
    wrapped = CoveredField()
    lookup = models.BinaryField(max_length=32, null=True, unique=True)
    works_from = models.DateTimeField(null=True)

    class Meta(InternalModel.Meta):
        db_table = "keystore_keywrap"
        verbose_name = _("ingepakte sleutel")
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
        verbose_name = _("bijlage")
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
