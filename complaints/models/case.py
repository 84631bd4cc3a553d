"""A complaint and its history.

Only what lists, routing and the clock need is stored in clear. What a person wrote is in `sealed`,
encrypted under a key that each complaint has of its own (see `cases.sealing`).
"""

import uuid
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from complaints.events import EventKind
from complaints.models.roster import (
    Roster,
    is_barred,
    is_in_charge,
    is_kept_from,
    is_seen,
    roster_for,
)
from complaints.models.tables import InternalModel, of_case, one_of, person
from complaints.stages import Outcome, Party, Route, Severity, Source, Stage, Status
from complaints.terms import TermState, due_kinds, term_state
from home.models import may_lead_to


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    """Reads as sentences; `visible_to` is where every list, count and look-up begins.

    Who is who comes from the `roster` given, or else from the user's request (`roster_for`).
    """

    def open(self) -> "ComplaintQuerySet":
        return self.filter(status=Status.OPEN)

    def closed(self) -> "ComplaintQuerySet":
        return self.filter(status=Status.CLOSED)

    def unassigned(self, roster: Roster) -> "ComplaintQuerySet":
        """Returns those with something to do and nobody to: open, or closed and asked about data.

        There is no handler, or one who was switched off or no longer handles complaints.
        """
        is_live = Q(status=Status.OPEN) | Q(next_due_on__isnull=False)
        return self.filter(is_live, Q(handler=None) | ~Q(handler__in=roster.handler_ids))

    def visible_to(self, user: User | None, roster: Roster | None = None) -> "ComplaintQuerySet":
        """Returns the complaints this person may see; none for anybody but handlers (R-38).

        Those they are in charge of, and each one shared with them.
        """
        if user is None:
            return self.none()
        if not (roster := roster or roster_for(user)).may_handle(user):
            return self.none()
        return self.filter(is_seen(user, roster), ~is_barred(user))

    def in_charge_of(self, user: User, roster: Roster | None = None) -> "ComplaintQuerySet":
        """Returns the cases they may decide on: of `visible_to`, without what is only shared.

        The confidant: all but those routed past them. The deputy: those routed to them, and all
        while the confidant is away. Each: those they handle.
        """
        if not (roster := roster or roster_for(user)).may_handle(user):
            return self.none()
        return self.filter(is_in_charge(user, roster), ~is_barred(user))

    def handled_by(self, user: User) -> "ComplaintQuerySet":
        """Returns what they handle of `visible_to`, asked so that an index gives the order."""
        if not roster_for(user).may_handle(user):
            return self.none()
        return self.filter(handler=user).exclude(is_barred(user))

    def not_kept_from(self, user: User, roster: Roster | None = None) -> "ComplaintQuerySet":
        """Returns those that this person may hear of, whatever else they are on the site."""
        return self.exclude(is_kept_from(user, roster or roster_for(user)))

    def may_go_to(self, user: User, roster: Roster | None = None) -> "ComplaintQuerySet":
        """Returns those this person may be given or shown; `roster.Circle` asks it of one case."""
        if not (roster := roster or roster_for(user)).may_handle(user):
            return self.none()
        return self.not_kept_from(user, roster)

    def unread_by(self, user: User, roster: Roster | None = None) -> "ComplaintQuerySet":
        """Returns those with something new that it is up to this person to read.

        Of the cases they are in charge of: their own, those nobody has, and while the confidant
        is away the confidant's, for the deputy.
        """
        roster = roster or roster_for(user)
        theirs = Q(handler=user) | Q(handler=None)
        if roster.is_standing_in(user):
            theirs |= Q(handler=roster.settings.confidant_id)
        return self.in_charge_of(user, roster).filter(theirs, is_unread=True)


class Complaint(InternalModel):
    """One complaint, from filing to outcome."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("kenmerk"), max_length=20, unique=True)
    nonce_hash = models.BinaryField(max_length=32, unique=True)

    stage = one_of(Stage, _("fase"), default=Stage.FILING)
    status = one_of(Status, _("status"), length=10, default=Status.OPEN)
    outcome = one_of(Outcome, _("uitkomst"), blank=True)
    source = one_of(Source, _("binnengekomen via"), length=10)
    route = one_of(Route, _("bestemd voor"), length=10)
    waiting_on = one_of(Party, _("wacht op"))
    is_suspect = models.BooleanField(_("te controleren"), default=False)

    filed_at = models.DateTimeField(_("ingediend"))
    received_on = models.DateField(_("ontvangen op"))
    closed_at = models.DateTimeField(_("afgesloten"), null=True, blank=True)
    next_due_on = models.DateField(_("termijn"), null=True, blank=True)
    next_due_kind = models.CharField(
        _("soort termijn"), max_length=20, choices=due_kinds, blank=True
    )

    theme = may_lead_to("complaints.Theme", _("thema"), db_index=True)  # the list asks for one
    severity = one_of(Severity, _("ernst"), length=10, blank=True)
    is_unread = models.BooleanField(_("ongelezen"), default=True)
    paused_on = models.DateField(_("klok staat stil sinds"), null=True, blank=True)
    has_link_way = models.BooleanField(_("link per mail mag"), default=True)
    is_held = models.BooleanField(_("niet wissen"), default=False)
    goes_on_told = models.DateField(_("gaat weg op"), null=True, blank=True)  # as was told

    handler = person(_("behandelaar"), models.PROTECT)
    passed_over = person(_("bewust niet naar"), models.PROTECT)
    form_page = may_lead_to("wagtailcore.Page")
    procedure_text = may_lead_to("complaints.ProcedureText", on_delete=models.PROTECT)
    procedure_publication = may_lead_to("complaints.ProcedurePublication")
    duplicate_of = may_lead_to("self", related_name="duplicates")

    opened_key: bytes | None = None  # of this instance, once somebody opened something of it
    related = models.ManyToManyField("self", blank=True, verbose_name=_("hangt samen met"))

    coach_mark = models.CharField(max_length=32, blank=True)  # `sealing.mark_of` the coach's name
    sealed = models.BinaryField()
    event_count = models.PositiveIntegerField(default=0)
    event_head = models.BinaryField(max_length=32, default=bytes(32))

    objects = ComplaintQuerySet.as_manager()

    class Meta(InternalModel.Meta):
        verbose_name = _("klacht")
        verbose_name_plural = _("klachten")
        permissions: ClassVar = [("handle_complaint", _("Kan klachten behandelen"))]
        ordering: ClassVar = [F("next_due_on").asc(nulls_last=True), "-filed_at"]
        indexes: ClassVar = [  # decision 0011 says what each was measured to do
            # The badge, on every page of the CMS: few cases are unread.
            models.Index(fields=["handler"], condition=Q(is_unread=True), name="complaint_unread"),
            # List and board in the order they show: no misuse, nearest date, newest. With who may
            # see a case, so that counting reads no case itself, which is long.
            models.Index(
                fields=[
                    *("status", "is_suspect", "next_due_on", "-filed_at", "id"),
                    *("handler", "route", "passed_over"),
                ],
                name="complaint_list",
            ),
            # The open cases about one coach, with who may see them, so that counting reads no case.
            models.Index(
                fields=["coach_mark", "status", "handler", "route", "passed_over", "id"],
                name="complaint_coach",
            ),
            # Few cases go soon, and few are held.
            models.Index(
                fields=["goes_on_told"],
                condition=Q(goes_on_told__isnull=False),
                name="complaint_goes_soon",
            ),
            # All doubles of a case. Among all cases, most of none, a database takes no index.
            models.Index(
                fields=["duplicate_of"],
                condition=Q(duplicate_of__isnull=False),
                name="complaint_doubles",
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

    def _get_FIELD_display(self, field: Any) -> str:  # noqa: N802 - Django's
        """As Django's, without making the list of choices anew for each word of a list."""
        value = getattr(self, field.attname)
        return str(_words_of(field).get(value, value))

    @property
    def current_stage(self) -> Stage:
        return Stage(self.stage)

    @property
    def is_open(self) -> bool:
        return self.status == Status.OPEN

    @cached_property
    def came_by_link(self) -> bool:
        """Whether its complainant ever came in by a mailed link."""
        return self.links.used().exists()

    @property
    def term_state(self) -> TermState:
        """How near the next due date is today; a closed case can have one too."""
        return term_state(self.next_due_on, timezone.localdate())

    @property
    def days_open(self) -> int:
        """Calendar days since receipt, until closing."""
        end = timezone.localdate(self.closed_at) if self.closed_at else timezone.localdate()
        return (end - self.received_on).days


@cache
def _words_of(field: Any) -> dict[str, Any]:
    """Returns the labels of a field's choices, still to be translated."""
    return dict(field.flatchoices)


class Event(InternalModel):
    """One thing that happened in a case. Appended by `cases.case.record`, never changed.

    Each event's hash covers its clear fields, the hash of its sealed text and the hash before it;
    head and count stand on the complaint. A changed, removed or added event shows.
    """

    complaint = of_case("events")
    number = models.PositiveIntegerField()
    kind = one_of(EventKind)
    at = models.DateTimeField()
    actor = person()
    actor_label = models.CharField(max_length=40)
    stage_from = one_of(Stage, blank=True)
    stage_to = one_of(Stage, blank=True)
    outcome = one_of(Outcome, blank=True)
    sealed = models.BinaryField(null=True)
    sealed_sha256 = models.CharField(max_length=64, blank=True)
    hash = models.BinaryField(max_length=32)

    class Meta(InternalModel.Meta):
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["complaint", "number"], name="event_number_per_case")
        ]

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
        """Returns the fields its hash covers, in order."""
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


class ReadReceipt(InternalModel):
    """When an event was first read: a message, or the complaint as it was filed."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="read_receipt")
    at = models.DateTimeField()
