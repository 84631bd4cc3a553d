"""The mail that an action sends, shown before it goes and editable: fields, checks, sealing."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from complaints.cases.mails import (
    LONGEST_BODY,
    LONGEST_SUBJECT,
    Blank,
    Fault,
    MailText,
    blanks_in,
    fault_in,
    preview,
    seal_edit,
)
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.notifications import reaches_complainant

SUBJECT, BODY = "mail_subject", "mail_body"


def mail_before(case: Complaint, kind: MailKind | None, about: str) -> MailText | None:
    """The exact mail that goes to the complainant of this case; None where none goes."""
    if kind is None or not reaches_complainant(case):
        return None
    return preview(case, kind, about).tidy()


def mail_fields(mail: MailText) -> dict[str, forms.Field]:
    """Plain inputs that hold this mail; one left as it is needs nothing typed."""
    return {
        SUBJECT: forms.CharField(
            label=_("Onderwerp"),
            initial=mail.subject,
            max_length=LONGEST_SUBJECT,
            required=False,
        ),
        BODY: forms.CharField(
            label=_("Tekst van de mail"),
            initial=mail.body,
            help_text=_help(mail),
            max_length=LONGEST_BODY,
            required=False,
            widget=forms.Textarea(attrs={"rows": 12}),
        ),
    }


def _help(mail: MailText) -> str:
    kept = _(
        "Schrijf hier niets over de klacht zelf: anderen kunnen een mail lezen. Laat het "
        "kenmerk en de link staan."
    )
    if not blanks_in(mail.body):
        return kept
    filled = _("Wat tussen [ ] staat, vult de site in als je opslaat. Laat ook dat staan.")
    return f"{kept} {filled}"


def check_mail(form: Any, composed: MailText, reference: str) -> None:
    """Adds what is wrong with the mail as it was changed."""
    data = form.cleaned_data
    is_emptied = BODY in form.data and not (data.get(SUBJECT) or data.get(BODY))
    fault = Fault.EMPTY if is_emptied else fault_in(composed, _edited(data, composed), reference)
    if fault is not None:
        form.add_error(BODY, _said(fault))


def sealed_mail(
    data: dict[str, Any], composed: MailText, case: Complaint, known: Mapping[Blank, str]
) -> bytes | None:
    """Takes the mail's fields out of `data`; the mail as changed, sealed, or None."""
    return seal_edit(composed, _taken(data, composed), case, known)


def changed_mail(data: dict[str, Any], composed: MailText) -> MailText | None:
    """Takes the mail's fields out of `data`; the mail as changed, or None where it was not."""
    edited = _taken(data, composed)
    return None if edited.tidy() == composed.tidy() else edited


def _taken(data: dict[str, Any], composed: MailText) -> MailText:
    edited = _edited(data, composed)
    for name in (SUBJECT, BODY):
        data.pop(name, None)
    return edited


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
        Fault.BLANK: _("Laat alles staan wat tussen [ ] staat: de site vult dat in."),
    }[fault]
