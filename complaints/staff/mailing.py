"""The mail that an action sends, shown before it goes and editable: fields, checks, sealing."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.notifications import reaches_complainant
from complaints.services.delivery import preview
from complaints.services.mail_text import (
    LONGEST_BODY,
    LONGEST_SUBJECT,
    Fault,
    MailText,
    fault_in,
    seal_edit,
)

SUBJECT, BODY = "mail_subject", "mail_body"


def mail_before(case: Complaint, kind: MailKind | None, about: str) -> MailText | None:
    """The exact mail that goes to the complainant of this case; None where none goes."""
    if kind is None or not reaches_complainant(case):
        return None
    return preview(case, kind, about).tidy()


def mail_fields() -> dict[str, forms.Field]:
    """Plain inputs; a mail left as it is needs nothing typed."""
    return {
        SUBJECT: forms.CharField(label=_("Onderwerp"), max_length=LONGEST_SUBJECT, required=False),
        BODY: forms.CharField(
            label=_("Tekst van de mail"),
            help_text=_(
                "Schrijf hier niets over de klacht zelf: anderen kunnen een mail lezen. Laat het "
                "kenmerk en de link staan."
            ),
            max_length=LONGEST_BODY,
            required=False,
            widget=forms.Textarea(attrs={"rows": 12}),
        ),
    }


def check_mail(form: Any, composed: MailText) -> None:
    """Adds what is wrong with the mail as it was changed."""
    data = form.cleaned_data
    is_emptied = BODY in form.data and not (data.get(SUBJECT) or data.get(BODY))
    fault = Fault.EMPTY if is_emptied else fault_in(composed, _edited(data, composed), form.case)
    if fault is not None:
        form.add_error(BODY, _said(fault))


def sealed_mail(data: dict[str, Any], composed: MailText, case: Complaint) -> bytes | None:
    """Takes the mail's fields out of `data`; the mail as changed, sealed, or None."""
    edited = _edited(data, composed)
    for name in (SUBJECT, BODY):
        data.pop(name, None)
    return seal_edit(composed, edited, case)


def _edited(data: dict[str, Any], composed: MailText) -> MailText:
    """What was typed; who sends neither field changes nothing."""
    subject, body = data.get(SUBJECT, ""), data.get(BODY, "")
    return MailText(subject, body) if subject or body else composed


def _said(fault: Fault) -> str:
    return {
        Fault.EMPTY: _("De mail heeft een onderwerp en een tekst nodig."),
        Fault.TOO_LONG: _("Maak de mail korter."),
        Fault.CODE: _("In de mail staat iets wat een volgcode kan zijn. Haal het weg."),
        Fault.REFERENCE: _("Laat het kenmerk in de mail staan."),
        Fault.LINK: _("Laat elke link in de mail staan zoals hij was."),
    }[fault]
