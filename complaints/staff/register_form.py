"""The form with which a handler registers a complaint, and what travels with it between posts."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.cases.attachments import StoredFile
from complaints.cases.mails import acknowledgement_before
from complaints.staff.actions.base import COMPLAINANT, US
from complaints.staff.actions.forms import (
    MailForm,
    Reader,
    check_mail,
    describe,
    long_text,
    mail_fields,
    one_of,
    past_day,
)
from complaints.stages import Route, Source
from complaints.vault.keyring import open_token, seal_token

NONCE_BYTES = 32


@dataclass(frozen=True)
class Carried:
    """The nonce, which makes two posts one complaint, and the files that were sent up already."""

    nonce: bytes
    files: Sequence[StoredFile] = ()

    @classmethod
    def fresh(cls) -> "Carried":
        return cls(secrets.token_bytes(NONCE_BYTES))

    def with_files(self, files: Sequence[StoredFile]) -> "Carried":
        return replace(self, files=tuple(files))

    def seal(self, user: User) -> str:
        """For this person's page only."""
        data = {"nonce": self.nonce.hex(), "files": [file.to_data() for file in self.files]}
        return seal_token(json.dumps(data).encode(), use=f"register-{user.pk}")

    @classmethod
    def open(cls, token: str, user: User) -> "Carried":
        """What `seal` gave this person; raises TokenBroken for anything else."""
        data = json.loads(open_token(token, use=f"register-{user.pk}"))
        files = tuple(StoredFile.from_data(file) for file in data["files"])
        return cls(bytes.fromhex(data["nonce"]), files)


def _line(label: Any, help_text: Any = "", **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(
        label=label, help_text=help_text, required=False, max_length=200, widget=widget
    )


class RegisterForm(MailForm):
    """What is written down for the complainant. Only how, when and what are needed (R-11).

    With it goes the acknowledgement, to who wants mail: `changed_mail` takes it out of the data.
    """

    READERS: ClassVar[dict[str, tuple[Reader, ...]]] = {
        "problem": COMPLAINANT,
        "remedy": COMPLAINANT,
        "consent_how": US,
    }

    source = one_of(_("Hoe kwam de klacht binnen?"), Source)
    received_on = past_day(
        _("Wanneer kwam ze binnen?"),
        _("De dag van de brief, de mail of het gesprek. Vanaf die dag tellen de termijnen."),
        _("Vul de dag in waarop de klacht binnenkwam."),
    )
    name = _line(_("Naam van de klager"), _("Zoals de klager zich noemt. Mag leeg blijven."))
    email = forms.EmailField(
        label=_("E-mailadres van de klager"),
        required=False,
        error_messages={"invalid": _("Schrijf het e-mailadres als naam@voorbeeld.nl.")},
    )
    phone = _line(_("Telefoonnummer van de klager"))
    coach = _line(  # any name; the page offers those on the list
        _("Over welke kunstcoach gaat het?"), _("Mag leeg blijven."), list="coaches"
    )
    problem = long_text(
        _("Wat is er gebeurd?"),
        _("Zo letterlijk mogelijk, in de woorden van de klager."),
        _("Schrijf op wat er is gebeurd."),
        rows=12,
    )
    remedy = long_text(
        _("Wat vraagt de klager?"), _("Mag leeg blijven."), "", rows=4, required=False
    )
    route = one_of(
        _("Wie behandelt de klacht?"),
        Route,
        _(
            "Gaat ze over de vertrouwenspersoon, kies dan de plaatsvervanger. De "
            "vertrouwenspersoon kan de zaak daarna niet meer zien."
        ),
    )
    has_consent = forms.ChoiceField(
        label=_("Vindt de klager het goed dat de klacht op deze site wordt bewaard?"),
        choices=[("yes", _("Ja")), ("no", _("Nog niet gevraagd"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Kies wat het best past.")},
    )
    consent_how = long_text(
        _("Hoe gaf de klager die toestemming?"),
        _("Bijvoorbeeld: staat in de brief, of gezegd in het gesprek."),
        "",
        rows=2,
        required=False,
    )
    wants_mail = forms.BooleanField(label=_("De klager wil berichten per e-mail"), required=False)

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.mail = acknowledgement_before()
        self.fields.update(mail_fields(self.mail))
        source = cast(forms.TypedChoiceField, self.fields["source"])
        source.choices = [choice for choice in Source.choices if choice[0] != Source.WEB]
        self.fields["received_on"].widget.attrs["max"] = timezone.localdate().isoformat()
        for name in self.fields:
            describe(self, name, self.READERS.get(name, ()))

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("has_consent") == "yes" and not data.get("consent_how", "").strip():
            self.add_error("consent_how", _("Schrijf op hoe de klager toestemming gaf."))
        if data.get("wants_mail") and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("Vul het e-mailadres in, of zet het vinkje bij mail uit."))
        if data.get("wants_mail"):
            check_mail(self, self.mail, "")
        return data
