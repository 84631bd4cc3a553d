"""Duties towards others that somebody does outside the site, and records here with its day."""

from datetime import date
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint, EventKind
from complaints.services import terms
from complaints.services.casework import locked, record, written
from complaints.services.handling import NotAllowed, done_on, noon
from complaints.terms import TermKind


class CoachTold(models.TextChoices):
    """Whether the coach knows what is held about them, or why not (R-34; GDPR art. 14)."""

    TOLD = "told", _("De kunstcoach is geïnformeerd")
    DEFEATS = "defeats", _("Niet: het zou het doel van het onderzoek in de weg staan")
    NO_COACH = "no_coach", _("Niet: deze klacht gaat niet over een kunstcoach")


@transaction.atomic
def record_coach_told(
    *, complaint: Complaint, by: Any, answer: CoachTold, note: str, told_on: date | None = None
) -> Complaint:
    """Records how and when the coach was told, or why not; either settles the term (R-34).

    Closing a case does not end this duty, so a closed case takes it too.
    """
    case, note = locked(complaint), written(note)
    if terms.open_term(case, TermKind.COACH_TOLD) is None:
        raise NotAllowed("settled before")
    content, at = {"coach_told": answer.value, "reason": note}, timezone.now()
    if answer is CoachTold.TOLD:
        day = done_on(case, told_on)
        content["told_on"], at = day.isoformat(), noon(day)
    terms.meet(case, TermKind.COACH_TOLD, at=at)
    record(case, EventKind.COACH_TOLD, by, content)
    return case


@transaction.atomic
def record_acknowledgement(*, complaint: Complaint, by: Any, sent_on: date, note: str) -> Complaint:
    """Records that receipt was acknowledged by the channel the complaint came by (R-22)."""
    case, note = locked(complaint), written(note)
    if not case.is_open or terms.open_term(case, TermKind.ACKNOWLEDGEMENT) is None:
        raise NotAllowed("acknowledged before, or closed")
    day = done_on(case, sent_on)
    terms.meet(case, TermKind.ACKNOWLEDGEMENT, at=noon(day))
    terms.message_sent(case, on=day)
    record(case, EventKind.ACKNOWLEDGED, by, {"reason": note, "sent_on": day.isoformat()})
    return case
