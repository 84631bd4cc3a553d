"""The form with which a handler registers a complaint, and what travels with it between posts."""

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

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
from complaints.vault.cipher import SealBroken
from complaints.vault.keyring import open_token, seal_token

NONCE_BYTES = 32


class TokenBroken(Exception):
    """What came with the post is not what we gave this person."""


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
        sealed = seal_token(json.dumps(data).encode(), use=_use(user))
        return base64.urlsafe_b64encode(sealed).decode()

    @classmethod
    def open(cls, token: str, user: User) -> "Carried":
        """What `seal` gave this person; raises TokenBroken."""
        try:
            data = json.loads(open_token(base64.urlsafe_b64decode(token.encode()), use=_use(user)))
        except (SealBroken, ValueError) as error:
            raise TokenBroken from error
        files = tuple(StoredFile.from_data(file) for file in data["files"])
        return cls(bytes.fromhex(data["nonce"]), files)


def _use(user: User) -> str:
    return f"register-{user.pk}"


class RegisterForm(MailForm):
    """What is written down for the complainant. Only how, when and what are needed (R-11).

    With it goes the acknowledgement, to who wants mail: `changed_mail` takes it out of the data.
    """

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.mail = acknowledgement_before()
        self.fields.update(_fields() | mail_fields(self.mail))
        for name in self.fields:
            describe(self, name, _READERS.get(name, ()))

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("has_consent") == "yes" and not data.get("consent_how", "").strip():
            self.add_error("consent_how", _("Schrijf op hoe de klager toestemming gaf."))
        if data.get("wants_mail") and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("Vul het e-mailadres in, of zet het vinkje bij mail uit."))
        if data.get("wants_mail"):
            check_mail(self, self.mail, "")
        return data


_READERS: dict[str, tuple[Reader, ...]] = {
    "problem": COMPLAINANT,
    "remedy": COMPLAINANT,
    "consent_how": US,
}


def _fields() -> dict[str, forms.Field]:
    source = one_of(_("Hoe kwam de klacht binnen?"), Source)
    source.choices = [choice for choice in Source.choices if choice[0] != Source.WEB]
    today = timezone.localdate()
    received = past_day(
        _("Wanneer kwam ze binnen?"),
        _("De dag van de brief, de mail of het gesprek. Vanaf die dag tellen de termijnen."),
        _("Vul de dag in waarop de klacht binnenkwam."),
    )
    received.widget.attrs["max"] = today.isoformat()
    return {
        "source": source,
        "received_on": received,
        "name": _line(_("Naam van de klager"), _("Zoals de klager zich noemt. Mag leeg blijven.")),
        "email": forms.EmailField(
            label=_("E-mailadres van de klager"),
            required=False,
            error_messages={"invalid": _("Schrijf het e-mailadres als naam@voorbeeld.nl.")},
        ),
        "phone": _line(_("Telefoonnummer van de klager"), ""),
        "coach": _coach(),
        "problem": long_text(
            _("Wat is er gebeurd?"),
            _("Zo letterlijk mogelijk, in de woorden van de klager."),
            _("Schrijf op wat er is gebeurd."),
            rows=12,
        ),
        "remedy": long_text(
            _("Wat vraagt de klager?"), _("Mag leeg blijven."), "", rows=4, required=False
        ),
        "route": one_of(
            _("Wie behandelt de klacht?"),
            Route,
            _(
                "Gaat ze over de vertrouwenspersoon, kies dan de plaatsvervanger. De "
                "vertrouwenspersoon kan de zaak daarna niet meer zien."
            ),
        ),
        "has_consent": forms.ChoiceField(
            label=_("Vindt de klager het goed dat de klacht op deze site wordt bewaard?"),
            choices=[("yes", _("Ja")), ("no", _("Nog niet gevraagd"))],
            widget=forms.RadioSelect,
            error_messages={"required": _("Kies wat het best past.")},
        ),
        "consent_how": long_text(
            _("Hoe gaf de klager die toestemming?"),
            _("Bijvoorbeeld: staat in de brief, of gezegd in het gesprek."),
            "",
            rows=2,
            required=False,
        ),
        "wants_mail": forms.BooleanField(
            label=_("De klager wil berichten per e-mail"), required=False
        ),
    }


def _line(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=200)


def _coach() -> forms.CharField:
    """Any name; those on the list are offered by the `coaches` datalist of the page."""
    field = _line(_("Over welke kunstcoach gaat het?"), _("Mag leeg blijven."))
    field.widget.attrs["list"] = "coaches"
    return field
