"""The forms of the case desk: one reason each, and what an outcome needs beside it.

Plain inputs only: the desk's content security policy allows no inline script, so Wagtail's own
date and text widgets do not work here.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from complaints.cases.people import is_open_to_readers_of
from complaints.models.case import Complaint
from complaints.questions import MAX_CHARACTERS
from complaints.staff.actions.audience import Reader
from complaints.staff.permissions import visible_cases


def long_text(
    label: Any, help_text: Any, missing: Any, rows: int = 5, *, required: bool = True
) -> forms.CharField:
    """A text of at most 50,000 characters, with messages that say how to mend it."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={
            "required": missing,
            "max_length": _("Maak deze tekst korter: er passen 50.000 tekens in."),
        },
    )


def day_field(
    label: Any, help_text: Any, missing: Any, *, required: bool = True
) -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=required,
        input_formats=["%Y-%m-%d", "%d-%m-%Y"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": missing,
            "invalid": _("Schrijf de datum als dag-maand-jaar, bijvoorbeeld 31-12-2026."),
        },
    )


def past_day(label: Any, help_text: Any, missing: Any) -> forms.DateField:
    """A day that has been, or today."""
    field = day_field(label, help_text, missing)
    field.validators.append(_no_later_than_today)
    return field


def _no_later_than_today(day: date) -> None:
    if day > timezone.localdate():
        raise forms.ValidationError(_("Vul een dag in die al geweest is, of vandaag."))


def one_of(label: Any, choices: type[TextChoices], help_text: Any = "") -> forms.TypedChoiceField:
    """Radio buttons, none of them chosen yet; the value is the enum's member."""
    return forms.TypedChoiceField(
        label=label,
        help_text=help_text,
        choices=choices.choices,
        coerce=choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Kies wat het best past."),
            "invalid_choice": _("Kies een van de antwoorden die er staan."),
        },
    )


class RowField(forms.ChoiceField):
    """One of the rows given, by its name; they were read before, and once."""

    def __init__(
        self,
        rows: Iterable[Any],
        *,
        name: Callable[[Any], str] = str,
        empty: Any = "",
        **kwargs: Any,
    ) -> None:
        self.rows = {str(row.pk): row for row in rows}
        choices = [(pk, name(row)) for pk, row in self.rows.items()]
        super().__init__(choices=[("", empty), *choices] if empty else choices, **kwargs)

    def clean(self, value: Any) -> Any:
        return self.rows[super().clean(value)]


def _finding() -> forms.Field:
    return long_text(
        _("Bevinding"),
        _("Wat heb je vastgesteld?"),
        _("Schrijf op wat je hebt vastgesteld."),
    )


def _decisions() -> forms.Field:
    return long_text(
        _("Besluiten"),
        _("Wat is er besloten? „Geen” is ook een antwoord."),
        _("Schrijf op wat er is besloten. „Geen” is ook een antwoord."),
        rows=4,
    )


def _measures() -> forms.Field:
    return long_text(
        _("Maatregelen"),
        _("Wat gebeurt er, en wanneer is het klaar? „Geen” is ook een antwoord."),
        _("Schrijf op wat er gebeurt en wanneer het klaar is. „Geen” is ook een antwoord."),
        rows=4,
    )


def _explanation() -> forms.Field:
    return long_text(
        _("Waarom kan deze klacht niet in behandeling komen?"),
        _("Leg het de klager uit, in gewone woorden."),
        _("Leg de klager uit waarom de klacht niet in behandeling kan komen."),
        rows=4,
    )


def _elsewhere() -> forms.Field:
    return long_text(
        _("Waar kan de klager wel terecht?"),
        "",
        _("Schrijf op waar de klager wel terechtkan."),
        rows=3,
    )


def _ruled_on() -> forms.Field:
    return past_day(
        _("Datum van de uitspraak"),
        _("De dag waarop de klachtencommissie uitspraak deed."),
        _("Vul de dag in waarop de klachtencommissie uitspraak deed."),
    )


def case_field() -> forms.CharField:
    """The reference of another case, to be looked up by `ActionForm.find_case`."""
    return forms.CharField(
        label=_("Kenmerk van de andere zaak"),
        help_text=_("Bijvoorbeeld KM-7F3Q-9XKD. Het moet een zaak zijn die jij mag zien."),
        max_length=20,
        error_messages={
            "required": _("Vul het kenmerk van de andere zaak in."),
            "max_length": _("Een kenmerk heeft deze vorm: KM-7F3Q-9XKD."),
        },
    )


NEEDED_FIELDS: dict[str, Callable[[], forms.Field]] = {
    "finding": _finding,
    "decisions": _decisions,
    "measures": _measures,
    "explanation": _explanation,
    "elsewhere": _elsewhere,
    "ruled_on": _ruled_on,
    "duplicate_of": case_field,
}


def describe(form: forms.Form, name: str, readers: tuple[Reader, ...] = ()) -> None:
    """Ties help, readers and error of a field to its input, for who cannot see them."""
    field = form.fields[name]
    parts = [f"id_{name}_help"] if field.help_text else []
    if readers:
        vars(field)["readers"] = readers
        parts.append(f"id_{name}_readers")
    if form.is_bound and name in form.errors:
        parts.append(f"id_{name}_error")
        field.widget.attrs["aria-invalid"] = "true"
    if parts:
        field.widget.attrs["aria-describedby"] = " ".join(parts)


def _is_prose(name: str, field: forms.Field) -> bool:
    """Whether people write in it; of a mail its own block says who reads it."""
    return isinstance(field.widget, forms.Textarea) and name not in MAIL_FIELDS


MAIL_FIELDS = ("mail_subject", "mail_body")  # of `staff.mailing`


class MailForm(forms.Form):
    """A form that shows the mail which goes with it in a block of its own."""

    use_required_attribute = False  # the server's messages, not the browser's

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """What is asked, without the mail."""
        return [field for field in self.visible_fields() if field.name not in MAIL_FIELDS]

    @property
    def mail_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name in MAIL_FIELDS]

    @property
    def has_mail_errors(self) -> bool:
        return self.is_bound and any(field.errors for field in self.mail_fields)


class ActionForm(MailForm):
    """The form of an action. `seen` is the event count the form was opened at."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    choice = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        case: Complaint,
        user: User,
        fields: Mapping[str, forms.Field],
        check: Callable[["ActionForm"], None],
        readers: Callable[[str], tuple[Reader, ...]],
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        self.case, self.user, self.check = case, user, check
        self.fields.update(fields)
        for name, field in self.fields.items():
            describe(self, name, readers(name) if _is_prose(name, field) else ())

    def clean(self) -> dict[str, Any]:
        self.find_case("duplicate_of")
        self.check(self)
        return self.cleaned_data

    def find_case(self, name: str) -> None:
        """Puts the case in the place of its reference, where it is another this person may see.

        An answer of its own for a case they may not see would tell that it exists; and so would
        this case, to its other readers, of one that they may not see.
        """
        if name not in self.cleaned_data:
            return
        reference = self.cleaned_data[name].strip().upper()
        other = visible_cases(self.user).filter(reference=reference).exclude(pk=self.case.pk)
        found = other.first()
        if found is None:
            words = _("Je hebt geen andere zaak met dit kenmerk. Kijk het kenmerk na in de lijst.")
            self.add_error(name, words)
        elif not is_open_to_readers_of(found, self.case):
            words = _(
                "Deze twee zaken kun je niet aan elkaar verbinden: niet iedereen die deze zaak "
                "leest, mag de andere lezen."
            )
            self.add_error(name, words)
        self.cleaned_data[name] = found

    def typed(self) -> list[tuple[str, str]]:
        """What was typed, by label, for showing it back when the form no longer fits."""
        return [
            (str(bound.label), str(bound.value() or ""))
            for bound in self.visible_fields()
            if bound.value()
        ]


def check_within_case(form: ActionForm, name: str) -> None:
    """Adds an error where the day lies before the complaint came in, or has yet to come."""
    day = form.cleaned_data.get(name)
    if day is not None and not form.case.received_on <= day <= timezone.localdate():
        form.add_error(
            name,
            _("Kies een dag tussen %(first)s en vandaag.")
            % {"first": date_format(form.case.received_on, "l j F Y")},
        )
