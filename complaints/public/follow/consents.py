"""Each consent on the follow page, with what giving it or taking it back does."""

from dataclasses import dataclass
from typing import Any

from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint
from complaints.models.consent import ConsentPurpose
from complaints.services.consent import record_consent
from complaints.services.following import consents_now

GIVE, TAKE_BACK = "ja", "nee"


@dataclass(frozen=True)
class Asked:
    """A consent with its words. Without `gives` it can only be taken back here."""

    purpose: ConsentPurpose
    label: Any
    takes_back: Any
    gives: Any = ""


ASKED = (
    Asked(
        ConsentPurpose.COACH,
        _("De kunstcoach mag mijn klacht lezen"),
        _("De kunstcoach krijgt vanaf nu niets meer te lezen. Wat al gelezen is, blijft bekend."),
        _(
            "De behandelaar laat de kunstcoach je klacht lezen, om ook die kant te horen. Je "
            "contactgegevens gaan niet mee."
        ),
    ),
    Asked(
        ConsentPurpose.COMMITTEE,
        _("De klachtencommissie mag mijn klacht lezen"),
        _("De commissie krijgt vanaf nu niets meer te lezen en kan dan geen uitspraak doen."),
        _("De commissie leest je klacht en de berichten, als je zaak in fase 3 komt."),
    ),
    Asked(
        ConsentPurpose.MAIL,
        _("Ik krijg berichten per e-mail"),
        _(
            "We wissen je e-mailadres voor berichten en mailen je niet meer. Je volgt je klacht "
            "dan alleen nog hier, met je volgcode."
        ),
    ),
    Asked(
        ConsentPurpose.HEALTH,
        _("De behandelaar mag lezen wat ik over gezondheid schreef"),
        _(
            "De behandelaar hoort dat je dit niet meer wilt, en gebruikt het niet meer. Gewist "
            "wordt het niet vanzelf: vraag daar in een bericht om."
        ),
    ),
)


@dataclass(frozen=True)
class ConsentRow:
    """A consent as it stands, with the one thing that can be done about it."""

    asked: Asked
    is_given: bool

    @property
    def action(self) -> str:
        return f"toestemming:{self.asked.purpose.value}:{TAKE_BACK if self.is_given else GIVE}"

    @property
    def effect(self) -> Any:
        return self.asked.takes_back if self.is_given else self.asked.gives


def consent_rows(case: Complaint) -> list[ConsentRow]:
    """Every consent that was given or can be given now."""
    now = consents_now(case)
    rows = [ConsentRow(a, a.purpose in now and now[a.purpose].is_given) for a in ASKED]
    return [row for row in rows if row.is_given or (row.asked.gives and case.is_open)]


def change_consent(case: Complaint, action: str) -> bool:
    """Does what a row offers; False where that is not offered (any more)."""
    row = next((row for row in consent_rows(case) if row.action == action), None)
    if row is None:
        return False
    html = f"<p>{escape(row.asked.label)}</p><p>{escape(row.effect)}</p>"
    record_consent(complaint=case, purpose=row.asked.purpose, html=html, is_given=not row.is_given)
    return True
