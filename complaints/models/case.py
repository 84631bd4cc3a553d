"""A complaint and its history.

In clear stand only what lists, routing and the clock need. What a person wrote is in `sealed`,
under a key of that complaint's own (see `services.sealing`).
"""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.models.pages import ProcedurePublication, ProcedureText
from complaints.models.visibility import ComplaintQuerySet
from complaints.stages import Outcome, Party, Route, Severity, Source, Stage, Status, choices_of
from complaints.terms import TermState, due_kinds, term_state


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

    filed_at = models.DateTimeField(_("ingediend"))
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
        indexes: ClassVar = [  # decision 0011 says what each was measured to do
            # The badge, on every page of the CMS: few cases are unread.
            models.Index(fields=["handler"], condition=Q(is_unread=True), name="complaint_unread"),
            # List and board in the order they show: no misuse, nearest date, newest.
            models.Index(
                fields=["status", "is_suspect", "next_due_on", "-filed_at"], name="complaint_list"
            ),
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


class EventKind(models.TextChoices):
    """What happened in a case."""

    FILED = "filed", _("Klacht ingediend")
    CONTACTED = "contacted", _("Persoonlijk contact")
    MOVED = "moved", _("Naar een andere fase")
    CLOSED = "closed", _("Afgesloten")
    REOPENED = "reopened", _("Heropend")
    NOTED = "noted", _("Notitie")
    ASSIGNED = "assigned", _("Behandelaar gewijzigd")
    WAITS = "waits", _("De zaak wacht op iemand anders")
    CHECKED = "checked", _("Gecontroleerd: geen misbruik")
    ERASED = "erased", _("Inhoud gewist")
    CONSENTED = "consented", _("Toestemming gegeven")
    WITHDREW = "withdrew", _("Toestemming ingetrokken")
    WROTE = "wrote", _("Bericht van de klager")
    ANSWERED = "answered", _("Bericht aan de klager")
    SAID_SOLVED = "said_solved", _("De klager zegt: het is opgelost")
    CODE_REPLACED = "code_replaced", _("Nieuwe volgcode gegeven")
    ASKED_DEPUTY = "asked_deputy", _("De klager wil de plaatsvervanger")
    ASKED_COMMITTEE = "asked_committee", _("De klager vraagt om de klachtencommissie")
    ASKED_REOPENING = "asked_reopening", _("De klager vraagt om heropening")
    ASKED_ERASURE = "asked_erasure", _("De klager vraagt om wissen")
    ASKED_ACCESS = "asked_access", _("De klager vraagt om inzage")
    RIGHTS_DECIDED = "rights_decided", _("Besluit op een verzoek over gegevens")
    RATED = "rated", _("Oordeel van de klager over de behandeling")
    EXTENDED = "extended", _("Termijn verlengd")
    PAUSED = "paused", _("Klok stilgezet")
    RESUMED = "resumed", _("Klok loopt weer")
    COACH_TOLD = "coach_told", _("Kunstcoach geïnformeerd")
    ACKNOWLEDGED = "acknowledged", _("Ontvangst bevestigd")
    ASSESSED = "assessed", _("Eerste beoordeling")
    AGREED = "agreed", _("Instemming met bemiddeling")
    ADVISED = "advised", _("Advies gegeven")
    ADVICE_ANSWERED = "advice_answered", _("Antwoord op het advies")
    RULED = "ruled", _("Uitspraak vastgelegd")
    COMPLIED = "complied", _("Nakoming van de uitspraak")
    TICKED = "ticked", _("Stap gedaan")
    LINKED = "linked", _("Verband met een andere zaak")
    SHARED = "shared", _("Gedeeld met nog iemand")
    UNSHARED = "unshared", _("Delen gestopt")
    CONFLICTED = "conflicted", _("Belangenverstrengeling gemeld")


class Event(models.Model):
    """One thing that happened in a case. Appended by `services.history`, never changed.

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
    """The first reading of an event: of a message, or of the complaint as it was filed."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="reading")
    at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("eerste lezing")
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return f"{self.event}"
