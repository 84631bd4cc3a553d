"""A complaint and its history.

Only what lists, routing and the clock need is stored in clear. What a person wrote is in `sealed`,
encrypted under a key that each complaint has of its own (see `cases.sealing`).
"""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.events import EventKind
from complaints.models.pages import ProcedurePublication, ProcedureText
from complaints.models.visibility import ComplaintQuerySet
from complaints.stages import Outcome, Party, Route, Severity, Source, Stage, Status, choices_of
from complaints.terms import TermState, due_kinds, term_state

# How the desk orders cases: those that are no misuse, the nearest date first, then the newest.
_BY_DUE = ["is_suspect", "next_due_on", "-filed_at"]


class Complaint(models.Model):
    """One complaint, from filing to outcome."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("kenmerk"), max_length=20, unique=True)
    nonce_hash = models.BinaryField(max_length=32, unique=True)

    stage = models.CharField(
        _("fase"), max_length=20, choices=choices_of(Stage), default=Stage.FILING
    )
    status = models.CharField(
        _("status"), max_length=10, choices=choices_of(Status), default=Status.OPEN
    )
    outcome = models.CharField(
        _("uitkomst"), max_length=20, choices=choices_of(Outcome), blank=True
    )
    source = models.CharField(_("binnengekomen via"), max_length=10, choices=choices_of(Source))
    route = models.CharField(_("bestemd voor"), max_length=10, choices=choices_of(Route))
    waiting_on = models.CharField(_("wacht op"), max_length=20, choices=choices_of(Party))
    is_suspect = models.BooleanField(_("te controleren"), default=False)

    filed_at = models.DateTimeField(_("ingediend"), db_index=True)
    received_on = models.DateField(_("ontvangen op"))
    closed_at = models.DateTimeField(_("afgesloten"), null=True, blank=True)
    next_due_on = models.DateField(_("termijn"), null=True, blank=True)
    next_due_kind = models.CharField(
        _("soort termijn"), max_length=20, choices=due_kinds, blank=True
    )

    theme = models.ForeignKey(
        "complaints.Theme",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("thema"),
    )
    severity = models.CharField(_("ernst"), max_length=10, choices=choices_of(Severity), blank=True)
    is_unread = models.BooleanField(_("ongelezen"), default=True)
    paused_on = models.DateField(_("klok staat stil sinds"), null=True, blank=True)

    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("behandelaar"),
    )
    passed_over = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("bewust niet naar"),
    )
    form_page = models.ForeignKey(
        "wagtailcore.Page", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    procedure_text = models.ForeignKey(
        ProcedureText, on_delete=models.PROTECT, null=True, related_name="+"
    )
    procedure_publication = models.ForeignKey(
        ProcedurePublication, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="duplicates"
    )

    related = models.ManyToManyField("self", blank=True, verbose_name=_("hangt samen met"))

    sealed = models.BinaryField()
    event_count = models.PositiveIntegerField(default=0)
    event_head = models.BinaryField(max_length=32, default=bytes(32))

    objects = ComplaintQuerySet.as_manager()

    # Nothing of a case goes into Wagtail's own stores (design decision 1).
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("klacht")
        verbose_name_plural = _("klachten")
        default_permissions = ()
        permissions: ClassVar = [("handle_complaint", _("Kan klachten behandelen"))]
        ordering: ClassVar = [F("next_due_on").asc(nulls_last=True), "-filed_at"]
        indexes: ClassVar = [
            # The clock: open cases by their next date.
            models.Index(fields=["status", "next_due_on"], name="complaint_status_due"),
            # For the badge, on every page of the CMS.
            models.Index(fields=["handler"], condition=Q(is_unread=True), name="complaint_unread"),
            # The list and the board, in the order they show (decision 0011).
            models.Index(fields=["handler", "status", *_BY_DUE], name="complaint_mine"),
            models.Index(
                fields=["handler", "status", "stage", *_BY_DUE], name="complaint_my_board"
            ),
            models.Index(fields=["status", *_BY_DUE], name="complaint_list"),
            models.Index(fields=["status", "stage", *_BY_DUE], name="complaint_board"),
            models.Index(fields=_BY_DUE, name="complaint_everything"),
            models.Index(fields=["status", "is_suspect", "received_on"], name="complaint_age"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(stage__in=Stage.values), name="complaint_stage_known"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.OPEN, outcome="", closed_at=None)
                | Q(status=Status.CLOSED, outcome__in=Outcome.values, closed_at__isnull=False),
                name="complaint_closed_with_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(duplicate_of=F("id")), name="complaint_not_its_own_duplicate"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def current_stage(self) -> Stage:
        return Stage(self.stage)

    @property
    def is_open(self) -> bool:
        return self.status == Status.OPEN

    @property
    def term_state(self) -> TermState:
        """How near the next due date is today; a closed case can have one too."""
        return term_state(self.next_due_on, timezone.localdate())

    @property
    def days_open(self) -> int:
        """Calendar days since receipt, until closing."""
        end = timezone.localdate(self.closed_at) if self.closed_at else timezone.localdate()
        return (end - self.received_on).days


class Event(models.Model):
    """One thing that happened in a case. Appended by `cases.history`, never changed.

    Each event's hash covers its clear fields, the hash of its sealed text and the hash before it;
    head and count stand on the complaint. A changed, removed or added event shows.
    """

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=choices_of(EventKind))
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    actor_label = models.CharField(max_length=40)
    stage_from = models.CharField(max_length=20, choices=choices_of(Stage), blank=True)
    stage_to = models.CharField(max_length=20, choices=choices_of(Stage), blank=True)
    outcome = models.CharField(max_length=20, choices=choices_of(Outcome), blank=True)
    sealed = models.BinaryField(null=True)
    sealed_sha256 = models.CharField(max_length=64, blank=True)
    hash = models.BinaryField(max_length=32)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("gebeurtenis")
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["complaint", "number"], name="event_number_per_case")
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.number}"

    @property
    def facts(self) -> dict[str, Any]:
        """What the words of a kind can name: the stages a case went from and to, its outcome."""
        stage = self.get_stage_to_display()
        return {
            "before": self.get_stage_from_display(),
            "after": stage,
            "stage": stage,
            "number": Stage(self.stage_to).number if self.stage_to in Stage.values else 0,
            "outcome": self.get_outcome_display().lower(),
        }

    @property
    def words_for_staff(self) -> str:
        """What happened; of any stored kind, for an event tampered with must still show."""
        words = dict(EventKind.choices).get(self.kind)
        return str(words) % self.facts if words else self.kind

    @property
    def read_at(self) -> datetime | None:
        """When it was first read. Select `read_receipt` along; else this is a query."""
        receipt = getattr(self, "read_receipt", None)
        return receipt.at if receipt is not None else None

    def chained(self) -> list[Any]:
        """The fields its hash covers, in order."""
        moment: datetime = self.at
        return [
            str(self.complaint_id),
            self.number,
            self.kind,
            moment.astimezone(timezone.get_fixed_timezone(0)).isoformat(),
            self.actor_label,
            self.stage_from,
            self.stage_to,
            self.outcome,
            self.sealed_sha256,
        ]


class ReadReceipt(models.Model):
    """When an event was first read: a message, or the complaint as it was filed."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="read_receipt")
    at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("eerste lezing")
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return f"{self.event}"
