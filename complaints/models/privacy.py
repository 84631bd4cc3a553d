"""What the law asks us to keep: consent, what was asked about data, and who of us opened a case."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint
from complaints.models.settings import name_of
from complaints.models.tables import InternalModel, one_of, person
from complaints.stages import Right

READ_UNTIL = timedelta(days=3)  # from the decision to erasing: to read it, to take a copy


class ConsentText(InternalModel):
    """The exact text shown, unique by hash, as proof of what was agreed to."""

    sha256 = models.CharField(max_length=64, unique=True)
    html = models.TextField()


class Consent(InternalModel):
    """One moment at which consent was given or withdrawn; for what is sealed (`cases.contents`)."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="consents")
    sealed = models.BinaryField()
    at = models.DateTimeField()

    opened: dict[str, str] | None = None  # what is sealed, once somebody opened it

    class Meta(InternalModel.Meta):
        ordering: ClassVar = ["at", "pk"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValueError for a line that was stored: a change of mind is a line of its own."""
        if self.pk is not None:
            raise ValueError("A consent is never changed; append another.")
        super().save(*args, **kwargs)


class RightsRequest(InternalModel):
    """One request. The reason of the decision is sealed in the event that decides it."""

    complaint = models.ForeignKey(
        Complaint, on_delete=models.CASCADE, related_name="rights_requests"
    )
    right = one_of(Right, length=10)
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    decided_at = models.DateTimeField(null=True)
    is_granted = models.BooleanField(null=True)

    class Meta(InternalModel.Meta):
        ordering: ClassVar = ["asked_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(decided_at=None, is_granted=None)
                | Q(decided_at__isnull=False, is_granted__isnull=False),
                name="rights_request_decided_either_way",
            ),
            models.UniqueConstraint(
                fields=["complaint", "right"],
                condition=Q(decided_at=None),
                name="one_open_request_per_right",
            ),
        ]


class ErasureReason(models.TextChoices):
    """By which rule something was erased. No prose: there is no key left to seal it with."""

    REQUEST = "request", _("op verzoek van de klager")
    RETENTION = "retention", _("de bewaartermijn van de klacht is voorbij")
    SUSPECT = "suspect", _("niemand zag er een echte klacht in")
    NOTES = "notes", _("de bewaartermijn van onze notities is voorbij")
    REGISTER = "register", _("de bewaartermijn van het register is voorbij")
    MISTAKE = "mistake", _("het was geen klacht")


class Tombstone(InternalModel):
    """That something was erased: what, when, by which rule and by whom. It outlives the case."""

    reference = models.CharField(max_length=20)
    rule = one_of(ErasureReason, length=10)
    at = models.DateTimeField()
    by_label = models.CharField(max_length=40)  # as an event's `actor_label`

    class Meta(InternalModel.Meta):
        ordering: ClassVar = ["at", "pk"]


class AccessKind(models.TextChoices):
    """What is kept in the audit: first what somebody did with what is in a case."""

    READ = "read", _("Dossier gelezen")
    FILE = "file", _("Bestand geopend")
    PRINT = "print", _("Dossier op papier gezet")
    EXPORT = "export", _("In een export opgenomen")
    LIST = "list", _("Lijst bekeken")
    SEARCH = "search", _("Gezocht in de klachten")
    LOGIN = "login", _("Ingelogd")
    FACTOR = "factor", _("Tweede stap gewijzigd")
    ADMITTED = "admitted", _("Behandelaar toegelaten")
    STOPPED = "stopped", _("Behandelaar gestopt")
    RIGHTS = "rights", _("Rechten gewijzigd")
    ACCOUNT = "account", _("Account gewijzigd")
    SETTINGS = "settings", _("Instellingen gewijzigd")
    KEY = "key", _("Sleutel vervangen")
    ERASURE_KEY = "erasure", _("Wissleutel vervangen")
    BREAK = "break", _("Breuk in het logboek vastgelegd")


OF_A_CASE = (AccessKind.READ, AccessKind.FILE, AccessKind.PRINT, AccessKind.EXPORT)
READINGS = (*OF_A_CASE, AccessKind.LIST, AccessKind.SEARCH)


class AuditLine(InternalModel):
    """One thing a member of staff, or the server, did. Appended by `cases.audit`, never changed.

    It holds no content, and outlives its case: a line that goes sooner would break the chain.
    """

    complaint = models.ForeignKey(
        Complaint,
        models.DO_NOTHING,
        null=True,
        related_name="accesses",
        db_constraint=False,
        db_index=False,  # the index below begins with it
    )
    user = person()
    user_label = models.CharField(max_length=40)  # "user:<pk>", for when the account is gone
    kind = one_of(AccessKind, length=10)
    at = models.DateTimeField()
    case_count = models.PositiveIntegerField(null=True)  # shown in the list, or searched through
    about = models.CharField(max_length=60)  # whose account, which group or settings it touched
    mac = models.BinaryField()  # covers all of the above
    number = models.PositiveBigIntegerField(null=True, db_index=True)  # once it is in the chain
    link = models.BinaryField(null=True)  # covers `mac` and the link before it

    class Meta(InternalModel.Meta):
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [  # the list asks of each case when this person last read it
            models.Index(fields=["complaint", "kind", "user", "-at"], name="audit_of_case")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(complaint=None) ^ Q(kind__in=OF_A_CASE),
                name="audit_line_of_a_case_or_not",
            )
        ]

    @property
    def who(self) -> str:
        if self.user_label == SERVER:
            return gettext("de server")
        return name_of(self.user) or gettext("iemand die geen account meer heeft")


SERVER = "system"


class Readings(models.Manager["Access"]):
    """Of the lines only those of somebody who read."""

    def get_queryset(self) -> models.QuerySet["Access"]:
        return super().get_queryset().filter(kind__in=READINGS)


class Access(AuditLine):
    """One reading of a case, or of the list, by a member of staff."""

    objects: ClassVar[Readings] = Readings()

    class Meta:
        proxy = True
        verbose_name = _("inzage")
        default_permissions: ClassVar = ()


class AuditHead(InternalModel):
    """Where the chain ends, and where it begins since older lines went. There is one."""

    number = models.PositiveBigIntegerField(default=0)
    link = models.BinaryField(default=bytes)
    gone_number = models.PositiveBigIntegerField(default=0)
    gone_link = models.BinaryField(default=bytes)
    mac = models.BinaryField(default=bytes)
