"""Mail is owed, not sent: rows written with the case, delivered by a worker at least once.

No row holds an address or a text in clear: the worker composes a mail from reference and dates
when it sends, and opens the address then. How its jobs went stands here too.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint
from complaints.models.keys_and_files import Draft
from complaints.models.tables import CoveredField, InternalModel, one_of, person

CLOCK_WRONG = timedelta(hours=2)
LATE_AFTER = timedelta(minutes=15)


class MailKind(models.TextChoices):
    """Which mail it is; `notifications` knows its words."""

    ACKNOWLEDGEMENT = "acknowledgement", _("ontvangstbevestiging")
    NEW_CASE = "new_case", _("nieuwe klacht")
    SUSPECT_DIGEST = "suspect_digest", _("klachten om te controleren")
    UNASSIGNED_CASE = "unassigned_case", _("klacht zonder behandelaar")
    STAGE_CHANGED = "stage_changed", _("klacht in een andere fase")
    CASE_CLOSED = "case_closed", _("klacht afgesloten")
    FOLLOW_LINK = "follow_link", _("link om te volgen")
    CODE_ASKED = "code_asked", _("nieuwe volgcode gevraagd")
    MESSAGE_WAITS = "message_waits", _("er wacht een bericht")
    COMPLAINANT_ACTED = "complainant_acted", _("de klager heeft iets gedaan")
    HANDLERS_CHANGED = "handlers_changed", _("wie klachten behandelt, of hun account")
    TERM_REMINDER = "term_reminder", _("herinnering aan een termijn")
    TERM_EXTENDED = "term_extended", _("termijn verlengd")
    COLLEAGUE_LATE = "colleague_late", _("een collega is te laat")
    DAILY_DIGEST = "daily_digest", _("wat vandaag wacht")
    CASE_SHARED = "case_shared", _("zaak gedeeld")
    RIGHTS_DECIDED = "rights_decided", _("besluit op een verzoek")
    CONTACT_CHANGED = "contact_changed", _("ander e-mailadres")
    INVITED = "invited", _("uitnodiging om klachten te behandelen")
    MAIL_TRIED = "mail_tried", _("proefmail")
    DRAFT_SAVED = "draft_saved", _("herinnering aan een concept")
    CASES_GO = "cases_go", _("zaken gaan binnenkort weg")
    SITE_TROUBLE = "site_trouble", _("er is iets mis met de site")


class MailFault(models.TextChoices):
    """Why a mail could not be sent the last time it was tried."""

    UNREACHABLE = "unreachable", _("de mailserver was niet te bereiken")
    LATER = "later", _("de mailserver vraagt het later nog eens te proberen")
    ADDRESS = "address", _("dit adres bestaat niet")
    REFUSED = "refused", _("de mailserver van dit adres weigert de mail")
    OURS = "ours", _("de mailserver weigert mail van deze site")
    OTHER = "other", _("het ging mis voor de mail de site uit was")


FOR_GOOD = (MailFault.ADDRESS, MailFault.REFUSED)  # trying again changes nothing


class CaseContact(InternalModel):
    """The address for notices, sealed apart under the server's key so that the worker can mail."""

    complaint = models.OneToOneField(Complaint, on_delete=models.CASCADE, related_name="contact")
    sealed_email = CoveredField()
    fault = one_of(MailFault, blank=True)  # for good


class OwedMailQuerySet(models.QuerySet["OwedMail"]):
    def due(self, now: datetime) -> "OwedMailQuerySet":
        """Unsent mail whose time has come and that no worker is busy with.

        What was put off or leased further ahead than that is ever done, a wrong clock did.
        """
        ahead = now + CLOCK_WRONG
        is_put_off = models.Q(not_before__gt=now) & ~models.Q(created_at__gt=ahead)
        is_put_off &= ~models.Q(attempts__gt=0, not_before__gt=ahead)
        is_leased = models.Q(leased_until__range=(now, ahead))
        return self.filter(~is_put_off, ~is_leased, sent_at=None)

    def late(self, now: datetime, after: timedelta = LATE_AFTER) -> "OwedMailQuerySet":
        """Mail that was owed a quarter of an hour ago and is not sent yet: people should know.

        What was to wait until now, such as for the morning, is not late.
        """
        is_time = models.Q(attempts__gt=0) | models.Q(not_before__lte=now)
        return self.filter(is_time, sent_at=None, created_at__lte=now - after)


class OwedMail(InternalModel):
    """One mail that somebody is owed. `user` is empty when it is for the complainant.

    `once` names case, kind, person and occasion: the same mail is owed once.
    """

    once = models.CharField(max_length=160, unique=True)

    complaint = models.ForeignKey(
        Complaint, on_delete=models.CASCADE, null=True, related_name="owed_mails"
    )
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, null=True, related_name="owed_mails")
    kind = one_of(MailKind, length=40)
    user = person(on_delete=models.CASCADE)
    occasion = models.CharField(max_length=80, blank=True)
    sealed_text = CoveredField(null=True)  # of a mail a handler changed; gone once sent
    sealed_address = CoveredField(null=True)  # where it is not the case's; gone once sent
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    last_fault = one_of(MailFault, blank=True)
    sent_at = models.DateTimeField(null=True)
    dropped_reason = models.CharField(max_length=40, blank=True)

    objects = OwedMailQuerySet.as_manager()

    class Meta(InternalModel.Meta):
        ordering: ClassVar = ["not_before", "pk"]
        indexes: ClassVar = [  # the worker asks every few seconds, and mail that was sent stays
            models.Index(fields=["not_before"], condition=models.Q(sent_at=None), name="mail_owed")
        ]


class JobRun(InternalModel):
    """How a job of the worker (`worker.jobs`) went the last time it went well, and badly."""

    name = models.CharField(max_length=20, primary_key=True)
    began_at = models.DateTimeField()
    ok_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    @property
    def has_failed(self) -> bool:
        """Whether the last time it ended it ended badly."""
        return self.failed_at is not None and (self.ok_at is None or self.ok_at < self.failed_at)

    @property
    def has_ended(self) -> bool:
        ends = [at for at in (self.ok_at, self.failed_at) if at is not None]
        return bool(ends) and max(ends) >= self.began_at
