"""What our own tables have alike: rows that the CMS neither lists nor edits, and covered columns.

Deleting a row leaves its bytes in the files of PostgreSQL (docs/decisions/0028). So a wrap, an
address or a text is covered by the erasure key as it is written to the database and uncovered as
it is read: what was in it dies with that key. Code sees the sealed value alone. `cases.forgetting`
makes new keys, and covers all anew.
"""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, models
from django.db.models import QuerySet
from django.db.models.query import RawQuerySet
from django.db.transaction import TransactionManagementError

from complaints.stages import choices_of
from complaints.vault.cipher import SealBroken
from complaints.vault.keyring import cover, uncover
from home.models import may_lead_to


class InternalModel(models.Model):
    """A row that Wagtail keeps nothing of, and that no group can be given a permission for.

    It calls itself by its kind alone: which case it is of is not for a log or a page of the CMS.
    """

    wagtail_reference_index_ignore = True

    class Meta:
        abstract = True
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    def change(self, **fields: Any) -> None:
        """Gives these fields another value and writes them, and no others."""
        for name, value in fields.items():
            setattr(self, name, value)
        self.save(update_fields=list(fields))


def one_of(
    members: type[models.TextChoices], label: Any = None, *, length: int = 20, **more: Any
) -> "models.CharField[Any, str]":
    """Returns a field that holds one of these; a new member is no migration."""
    return models.CharField(label, max_length=length, choices=choices_of(members), **more)


def person(
    label: Any = None, on_delete: Any = models.SET_NULL, **more: Any
) -> "models.ForeignKey[Any, User | None]":
    """Returns a field for one of us, or nobody."""
    return may_lead_to(settings.AUTH_USER_MODEL, label, on_delete=on_delete, **more)


def of_case(related_name: str) -> "models.ForeignKey[Any, Any]":
    """Returns a field for the case of a row; a constraint that begins with it is its index."""
    case: dict[str, Any] = {"related_name": related_name, "db_index": False}
    return models.ForeignKey("complaints.Complaint", models.CASCADE, **case)


def compiled_once(question: Callable[..., QuerySet[Any]]) -> Callable[..., RawQuerySet]:
    """Returns what asks a question whose words never change, by SQL that is made once a process.

    Django makes it at each request, which takes longer than to ask it. Its values are bound each
    time: bytes, texts or UUIDs. Where it takes any, it has no others, in this order.
    """

    made: dict[str, Any] = {}

    def ask(*values: bytes | str | UUID) -> RawQuerySet:
        if (vendor := connection.vendor) not in made:
            asked = question(*values)
            made[vendor] = asked.model.objects, *asked.query.sql_with_params()
        manager, sql, params = made[vendor]
        return manager.raw(sql, [_bound(value) for value in values] or params)

    return ask


def _bound(value: bytes | str | UUID) -> bytes | str | UUID:
    """A value as this database takes it: SQLite holds a UUID as its 32 digits."""
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value


LOCK = 0x6B6C6163  # whoever writes shares it until the commit, whoever forgets a key has it alone


def hold_keys(connection: Any) -> None:
    """Keeps every erasure key from being forgotten until this transaction ends.

    SQLite's transactions are alone from their beginning (`transaction_mode` is IMMEDIATE). Raises
    TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("What is covered is written in a transaction.")
    if connection.vendor == "postgresql" and not _holds_keys(connection):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])
        connection.on_commit(_let_go)


def _holds_keys(connection: Any) -> bool:
    """Whether this transaction has the lock: a savepoint rolled back takes lock and mark away."""
    return any(call[1] is _let_go for call in connection.run_on_commit)


def _let_go() -> None:
    """Marks a transaction that has the lock; with its end PostgreSQL takes that back."""


class CoveredField(models.BinaryField):
    """Sealed bytes, covered by the newest erasure key. Look it up by nothing but null."""

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Covers, under a key that is sure to be there until the commit (`hold_keys`)."""
        if value is None or hasattr(value, "resolve_expression"):
            return super().get_db_prep_save(value, connection)
        hold_keys(connection)
        return super().get_db_prep_save(cover(bytes(value)), connection)

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> bytes | None:
        """Uncovers; what does not open stays as it is, and is for the next seal to refuse."""
        if value is None:
            return None
        try:
            return uncover(bytes(value))
        except SealBroken:
            return bytes(value)


class Destroyed(InternalModel):
    """Something covered was destroyed, and the key that lay around it is to be forgotten.

    Written in the transaction that destroys it; the worker takes it away when the next key is
    there. It says not what it was.
    """

    class Meta(InternalModel.Meta):
        db_table = "keystore_destroyed"


def covered_fields() -> list[CoveredField]:
    """Returns every such column of the site."""
    from django.apps import apps

    fields = (field for model in apps.get_models() for field in model._meta.local_fields)
    return [field for field in fields if isinstance(field, CoveredField)]
