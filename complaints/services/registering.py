"""Registers a complaint that came by letter, mail or in a talk (R-12), filed as the form does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from complaints.models.case import Complaint
from complaints.models.consent import ConsentPurpose
from complaints.questions import Answer, Purpose
from complaints.services.delivery import acknowledgement_before
from complaints.services.files import StoredFile
from complaints.services.handling import NotAllowed
from complaints.services.intake import Filing, GivenConsent, file_complaint
from complaints.services.mail_text import MailText, fault_in
from complaints.stages import Route, Source


@dataclass(frozen=True)
class Registration:
    """What a member of staff writes down for the complainant. Empty texts were not given."""

    nonce: bytes
    source: Source
    received_on: date
    problem: str
    route: Route
    name: str = ""
    email: str = ""
    phone: str = ""
    coach: str = ""
    remedy: str = ""
    consent_how: str = ""
    wants_mail: bool = False
    acknowledgement: MailText | None = None  # as it was changed, with its blanks
    files: Sequence[StoredFile] = ()


def register_complaint(*, registration: Registration, by: Any) -> Complaint:
    """Files it with its true date of receipt; the history begins with who registered it.

    In the language of the site, whichever the CMS is read in: the complainant reads it too. The
    same nonce gives the same complaint. Raises FilesGone, and NotAllowed for a date to come, a
    source that is the form's own, nothing written, or an acknowledgement that has a fault.
    """
    is_to_come = registration.received_on > timezone.localdate()
    if is_to_come or registration.source is Source.WEB or not registration.problem.strip():
        raise NotAllowed("nothing that came in")
    mail = registration.acknowledgement
    if mail is not None and (fault := fault_in(acknowledgement_before(), mail, "")):
        raise NotAllowed(f"mail {fault}")
    with translation.override(settings.LANGUAGE_CODE):
        return file_complaint(filing=_filing(registration, by))


def _filing(registration: Registration, by: Any) -> Filing:
    return Filing(
        nonce=registration.nonce,
        answers=_answers(registration),
        consents=_consents(registration),
        route=registration.route,
        source=registration.source,
        received_on=registration.received_on,
        files=registration.files,
        registered_by=by,
        registered_how=_how(registration),
        acknowledgement=registration.acknowledgement,
    )


def _how(given: Registration) -> dict[str, str]:
    consent_how = given.consent_how.strip()
    return {"source": given.source.value} | ({"consent_how": consent_how} if consent_how else {})


def _answers(given: Registration) -> list[Answer]:
    """The answers as the form asks them, so that everything that reads a complaint reads these."""
    asked = (
        (Purpose.PROBLEM, _("Wat is er gebeurd?"), given.problem, _("De klacht")),
        (Purpose.REMEDY, _("Wat vraagt de klager?"), given.remedy, _("De klacht")),
        (Purpose.COACH, _("Over welke kunstcoach gaat het?"), given.coach, _("De klacht")),
        (Purpose.NAME, _("Naam van de klager"), given.name, _("Over de klager")),
        (Purpose.EMAIL, _("E-mailadres"), given.email, _("Over de klager")),
        (Purpose.PHONE, _("Telefoonnummer"), given.phone, _("Over de klager")),
    )
    return [
        Answer(
            name=purpose.value,
            label=label,
            field_type="multiline"
            if purpose in (Purpose.PROBLEM, Purpose.REMEDY)
            else "singleline",
            value=text.strip(),
            purpose=purpose.value,
            step=step,
        )
        for purpose, label, text, step in asked
    ]


def _consents(given: Registration) -> list[GivenConsent]:
    """Words of our own: how it was given is the complainant's, and sealed in the first event."""
    found = []
    if given.consent_how.strip():
        found.append(_consent(ConsentPurpose.FILING, given.source))
    if given.wants_mail and given.email.strip():
        found.append(_consent(ConsentPurpose.MAIL, given.source))
    return found


def _consent(purpose: ConsentPurpose, source: Source) -> GivenConsent:
    words = _(
        "Toestemming voor: %(purpose)s. Gegeven buiten de site (%(source)s), en vastgelegd door "
        "wie de klacht registreerde."
    )
    text = words % {"purpose": purpose.label, "source": str(source.label).lower()}
    return GivenConsent(purpose, format_html("<p>{}</p>", text))
