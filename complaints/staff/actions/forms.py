"""The forms of the case desk: kinds of fields, who reads them, and the mail that goes along.

Plain inputs only: the desk's CSP allows no inline script, and Wagtail's own widgets have some.
"""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.cases.attachments import StoredFile, still_staged
from complaints.cases.mails import (
    LONGEST_BODY,
    LONGEST_SUBJECT,
    Fault,
    MailText,
    blanks_in,
    fault_in,
    preview,
)
from complaints.cases.uploads import Upload
from complaints.meant import Unclear, date_in, tidy
from complaints.models.case import Complaint, ComplaintQuerySet
from complaints.models.outbox import MailKind
from complaints.models.settings import name_of
from complaints.notifications import reaches_complainant
from complaints.questions import MAX_CHARACTERS
from complaints.staff.permissions import visible_cases
from complaints.vault.keyring import TokenBroken, open_token, seal_token

if TYPE_CHECKING:
    from complaints.staff.actions.base import Action

TODAY = timezone.localdate  # asked when the form is made
SAY_WHY, CHOOSE = _("Schrijf op waarom je dit doet."), _("Kies wat het best past.")
NOT_THERE = _("Kies een van de antwoorden die er staan.")
A_DOCUMENT = _("Document toevoegen")
FOR_THE_COMPLAINANT = _("Het staat op de volgpagina. Schrijf het voor de klager.")
REMARK, MAY_BE_EMPTY = _("Toelichting"), _("Mag leeg blijven.")


class Reader(TextChoices):
    """Somebody who reads what a handler writes."""

    US = "us", _("alleen wij, die deze zaak behandelen")
    COMPLAINANT = "complainant", _("de klager, wij die deze zaak behandelen")
    COACH = "coach", _("de kunstcoach")
    COMMITTEE = "committee", _("de klachtencommissie als de zaak daarheen gaat")


# What the complainant sees stands in the case file without our notes too, which goes with a case
# to the committee. Advice and ruling are for both parties: the coach is given them.
US = (Reader.US,)
COMPLAINANT = (Reader.COMPLAINANT, Reader.COMMITTEE)
BOTH_PARTIES = (Reader.COMPLAINANT, Reader.COACH, Reader.COMMITTEE)


class TextField(forms.CharField):
    """A text of at most 50,000 characters, in a box that says who will read it.

    It may be left empty where nothing is said of that (`missing`).
    """

    def __init__(
        self,
        label: Any,
        help_text: Any = "",
        missing: Any = SAY_WHY,
        rows: int = 5,
        readers: tuple[Reader, ...] = US,
    ) -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            required=bool(missing),
            max_length=MAX_CHARACTERS,
            widget=forms.Textarea(attrs={"rows": rows}),
            error_messages={
                "required": missing,
                "max_length": _("Maak deze tekst korter: er passen 50.000 tekens in."),
            },
        )
        self.readers = readers


def for_complainant(
    label: Any, missing: Any, help_text: Any = FOR_THE_COMPLAINANT, rows: int = 5
) -> TextField:
    """A text that the complainant reads, on the follow page."""
    return TextField(label, help_text, missing, rows, COMPLAINANT)


def remark(label: Any = REMARK, help_text: Any = MAY_BE_EMPTY) -> TextField:
    """A text that may be left empty."""
    return TextField(label, help_text, "", rows=3)


def one_line(label: Any, help_text: Any = "", **attrs: str) -> forms.CharField:
    """A line of text that may be left empty."""
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(
        label=label, help_text=help_text, required=False, max_length=200, widget=widget
    )


class DayField(forms.DateField):
    """A day, chosen or written as people write one, that may be left empty as a `TextField`."""

    def __init__(self, label: Any, help_text: Any = "", missing: Any = "", **kwargs: Any) -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            required=bool(missing),
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            error_messages={
                "required": missing,
                "invalid": _("Schrijf de datum als dag-maand-jaar, bijvoorbeeld 31-12-2026."),
            },
            **kwargs,
        )

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, date) or not tidy(value or ""):
            return super().to_python(value or None)
        try:
            return date_in(tidy(value))
        except Unclear as unclear:
            message = f"{unclear} {self.error_messages['invalid']}"
            raise forms.ValidationError(message, code="invalid") from None


def past_day(label: Any, missing: Any, help_text: Any = "", *, initial: Any = None) -> DayField:
    """A day that has been, or today."""
    has_been = MaxValueValidator(TODAY, _("Vul een dag in die al geweest is, of vandaag."))
    return DayField(label, help_text, missing, initial=initial, validators=[has_been])


def one_of(
    label: Any,
    choices: type[TextChoices],
    help_text: Any = "",
    *,
    among: Iterable[TextChoices] | None = None,
    missing: Any = CHOOSE,
) -> forms.TypedChoiceField:
    """Radio buttons, none of them chosen yet; the value is the enum's member.

    Of the enum's members all are there, or else those in `among`.
    """
    return forms.TypedChoiceField(
        label=label,
        help_text=help_text,
        choices=[(each.value, each.label) for each in among or choices],
        coerce=choices,
        widget=forms.RadioSelect,
        error_messages={"required": missing, "invalid_choice": NOT_THERE},
    )


class RowField(forms.ChoiceField):
    """One of the rows given, by its name; they were read before, and once."""

    def __init__(
        self,
        label: Any,
        rows: Iterable[Any],
        *,
        missing: Any = "",
        gone: Any = "",
        name: Callable[[Any], str] = str,
        empty: Any = "",
        **kwargs: Any,
    ) -> None:
        self.rows = {str(row.pk): row for row in rows}
        choices = [("", empty)] if empty else []
        super().__init__(
            label=label,
            choices=choices + [(pk, name(row)) for pk, row in self.rows.items()],
            required=bool(missing),
            error_messages={"required": missing, "invalid_choice": gone or missing or NOT_THERE},
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        return self.rows.get(super().clean(value))


def a_person(
    label: Any, people: Iterable[User], missing: Any, name: Callable[[User], str] = name_of
) -> RowField:
    """A colleague by name, of those given; whoever is not among them is not there."""
    return RowField(label, people, missing=missing, name=name, empty=_("Kies iemand"))


class FilesWidget(forms.FileInput):
    """Files to choose, and those chosen before as ticked boxes that hold them, sealed."""

    allow_multiple_selected = True
    use = ""  # whose page it is, so that nobody else opens what is on it

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Returns an `Upload` of each; what was on the page and is gone by now came to nothing."""
        chosen = []
        for box in data.getlist(f"{name}_kept") if hasattr(data, "getlist") else []:
            token, _colon, words = box.partition(":")
            upload = Upload(name, words)
            with suppress(TokenBroken, ValueError):
                upload.stored = StoredFile.from_data(json.loads(open_token(token, use=self.use)))
            chosen.append(upload)
        kept = [upload.stored for upload in chosen if upload.stored is not None]
        here = still_staged(kept) if kept else []
        for upload in chosen:
            upload.stored = upload.stored if upload.stored in here else None
        return [*chosen, *(files.getlist(name) if files else [])]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        stored = [upload.stored for upload in value or [] if upload.stored is not None]
        rows = []
        for file in stored:
            token = seal_token(json.dumps(file.to_data()).encode(), use=self.use)
            words = gettext("%(name)s (gekozen)") % {"name": file.name}
            rows.append((f"{name}_kept", f"{token}:{file.name}", words))
        tick = '<input type="checkbox" name="{}" value="{}" checked> {}'
        box = f'<p class="action-kept"><label>{tick}</label></p>'
        return format_html_join("", box, rows) + super().render(name, None, attrs, renderer)


class FilesField(forms.Field):
    """Documents, taken out of the post and sealed before this form saw it (`cases.uploads`).

    They stay chosen when the form has to be mended, until the box of one is unticked.
    """

    def __init__(self, help_text: Any, label: Any = A_DOCUMENT) -> None:
        super().__init__(
            label=label,
            required=False,
            help_text=help_text,
            widget=FilesWidget(attrs={"multiple": True}),
        )

    def clean(self, value: Any) -> list[StoredFile]:
        """Returns what can be filed; says of each file that was not taken why."""
        failed = gettext("‘%(name)s’ kwam niet goed aan, of is er niet meer. Kies het opnieuw.")
        faults = [
            sent.problem_in_words or failed % {"name": sent.shown_name}
            for sent in value
            if sent.stored is None
        ]
        if faults:
            raise forms.ValidationError(faults)
        return [sent.stored for sent in value]


class CaseField(forms.CharField):
    """The reference of another case, of those that `belong_to` gives; its value is the case."""

    others: ComplaintQuerySet

    def __init__(self) -> None:
        super().__init__(
            label=_("Kenmerk van de andere zaak"),
            help_text=_("Bijvoorbeeld KM-7F3Q-9XKD. Het moet een zaak zijn die jij mag zien."),
            max_length=20,
            error_messages={
                "required": _("Vul het kenmerk van de andere zaak in."),
                "max_length": _("Een kenmerk heeft deze vorm: KM-7F3Q-9XKD."),
            },
        )

    def clean(self, value: Any) -> Complaint:
        """An answer of its own for a case they may not see would tell that it exists."""
        found = self.others.filter(reference=super().clean(value).strip().upper()).first()
        if found is None:
            raise forms.ValidationError(
                _("Je hebt geen andere zaak met dit kenmerk. Kijk het kenmerk na in de lijst.")
            )
        return found


def belong_to(form: forms.Form, user: User, case: Complaint | None = None) -> None:
    """Lets the files on this page, and other cases, be opened for this person only."""
    for field in form.fields.values():
        if isinstance(field.widget, FilesWidget):
            field.widget.use = f"files-{user.pk}"
        elif isinstance(field, CaseField) and case is not None:
            field.others = visible_cases(user).exclude(pk=case.pk)


class DeskField(forms.BoundField):
    """A field on the page; its input names help, error and readers, for who cannot see them."""

    @property
    def readers(self) -> tuple[Reader, ...]:
        return getattr(self.field, "readers", ())

    @property
    def aria_describedby(self) -> str:
        readers = [f"{self.auto_id}_readers"] if self.readers else []
        return " ".join(filter(None, [super().aria_describedby, *readers]))


class DeskForm(forms.Form):
    """A form of the desk."""

    bound_field_class = DeskField
    use_required_attribute = False  # the server's messages, not the browser's


SUBJECT, BODY = MAIL_FIELDS = ("mail_subject", "mail_body")


class MailForm(DeskForm):
    """A form that shows the mail which goes with it, in a block of its own, to read and change."""

    mail: MailText | None = None  # as composed
    edited: MailText  # as it was typed, once the form is cleaned

    def show_mail(self, mail: MailText) -> None:
        """Adds plain inputs that hold this mail; one left as it is needs nothing typed."""
        self.mail = mail
        help_text = gettext(
            "Schrijf hier niets over de klacht zelf: anderen kunnen een mail lezen. Laat het "
            "kenmerk en de link staan."
        )
        if blanks_in(mail.body):
            filled = gettext(
                "Wat tussen [ ] staat, vult de site in als je opslaat. Laat ook dat staan."
            )
            help_text = f"{help_text} {filled}"
        self.fields |= {
            SUBJECT: forms.CharField(
                label=_("Onderwerp"),
                initial=mail.subject,
                max_length=LONGEST_SUBJECT,
                required=False,
            ),
            BODY: forms.CharField(
                label=_("Tekst van de mail"),
                initial=mail.body,
                help_text=help_text,
                max_length=LONGEST_BODY,
                required=False,
                widget=forms.Textarea(attrs={"rows": 12}),
            ),
        }

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """Returns what is asked, without the mail."""
        return [field for field in self.visible_fields() if field.name not in MAIL_FIELDS]

    @property
    def mail_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name in MAIL_FIELDS]

    @property
    def has_mail_errors(self) -> bool:
        return self.is_bound and any(field.errors for field in self.mail_fields)

    def take_mail(self, composed: MailText, reference: str, *, goes: bool = True) -> None:
        """Takes the mail out of what was cleaned; adds what is wrong with it, where it goes."""
        subject, body = (self.cleaned_data.pop(name, "") for name in MAIL_FIELDS)
        self.edited = MailText(subject, body) if subject or body else composed
        is_emptied = BODY in self.data and not (subject or body)
        fault = Fault.EMPTY if is_emptied else fault_in(composed, self.edited, reference)
        if goes and fault is not None:
            self.add_error(BODY, fault.label)


def mail_before(case: Complaint, kind: MailKind | None, about: str) -> MailText | None:
    """Returns the mail that goes to the complainant of this case; None where none goes."""
    if kind is None or not reaches_complainant(case):
        return None
    return preview(case, kind, about).tidy()


class ActionForm(MailForm):
    """The form of an action. `seen` is the event count the form was opened at."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    choice = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        action: "Action",
        user: User,
        case: Complaint,
        choice: Any = None,
        mail: MailText | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        self.action, self.user, self.case = action, user, case
        begun = action.initial(user, case, choice)
        opened_at = {"seen": case.event_count, "choice": choice or ""}
        self.initial = {**begun, **opened_at, **self.initial}
        self.fields |= action.fields(user, case, choice)
        if mail is not None:
            self.show_mail(mail)
        belong_to(self, user, case)

    def clean(self) -> dict[str, Any]:
        self.action.check(self)
        if self.mail is not None:
            self.take_mail(self.mail, self.case.reference)
        return self.cleaned_data

    def typed(self) -> list[tuple[str, str]]:
        """Returns what was typed, by label, for when the form no longer fits."""
        return [
            (str(bound.label), str(bound.value() or ""))
            for bound in self.visible_fields()
            if bound.value()
        ]
