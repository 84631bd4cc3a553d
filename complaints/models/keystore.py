"""The keys of complaints, each wrapped for one who may open it.

A table of its own: it is dumped apart and its dumps are kept shortly, so that destroying the
wraps of an erased complaint reaches the backups too.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class KeyWrap(models.Model):
    """One complaint's content key, wrapped for one holder.

    `holder` is a kind and an id: ``server:<key id>`` for the server's key ring, ``code`` for the
    complainant's receipt code. `lookup` is an HMAC by which a code finds its wrap.
    """

    complaint_id = models.UUIDField()
    holder = models.CharField(max_length=80)
    wrapped = models.BinaryField()
    lookup = models.BinaryField(max_length=32, null=True, unique=True)

    wagtail_reference_index_ignore = True

    class Meta:
        db_table = "keystore_keywrap"
        verbose_name = _("ingepakte sleutel")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["complaint_id", "holder"], name="one_wrap_per_holder")
        ]

    def __str__(self) -> str:
        return f"{self.holder}"
