"""The desk's words for what is sealed with an event."""

from datetime import date
from typing import Any

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from complaints.models.case import EventKind
from complaints.models.decision import Acceptance, Compliance
from complaints.services.duties import CoachTold
from complaints.services.following import in_words
from complaints.stages import (
    Agreement,
    Complexity,
    Impact,
    Party,
    Referral,
    Safety,
    Severity,
    Source,
    Urgency,
)

CHOICES: dict[str, type[TextChoices]] = {
    "severity": Severity,
    "safety": Safety,
    "complexity": Complexity,
    "impact": Impact,
    "urgency": Urgency,
    "compliance": Compliance,
    "source": Source,
    "coach_told": CoachTold,
    "ground": Referral,
    "party": Party,
}


def label_of(name: str) -> str:
    """The word for what was written with an event; what it does not know stays as it is."""
    words = {
        "reason": _("Toelichting"),
        "finding": _("Bevinding"),
        "decisions": _("Besluiten"),
        "measures": _("Maatregelen"),
        "elsewhere": _("Waar de klager wel terechtkan"),
        "ruled_on": _("Datum van de uitspraak"),
        "duplicate_of": _("Andere zaak"),
        "explanation": _("Uitleg aan de klager"),
        "was_due_on": _("Was uiterlijk"),
        "now_due_on": _("Nu uiterlijk"),
        "extension_agreed_on": _("De klager ging akkoord op"),
        "contacted_on": _("Contact op"),
        "ground": _("Op welke grond"),
        "party": _("Wacht op"),
        "coach_told": _("Geïnformeerd"),
        "told_on": _("Geïnformeerd op"),
        "sent_on": _("Verstuurd op"),
        "consent": _("Over welke toestemming"),
        "message": _("Bericht"),
        "files": _("Bestanden"),
        "right": _("Verzoek"),
        "granted": _("Toegewezen"),
        "answer": _("Aan de klager geschreven"),
        "satisfied": _("Tevreden over de behandeling"),
        "handler": _("Behandelaar vanaf nu"),
        "before": _("Behandelaar tot nu"),
        "shared_with": _("Wie"),
        "theme": _("Thema"),
        "severity": _("Ernst"),
        "safety": _("Veiligheid"),
        "complexity": _("Hoe ingewikkeld"),
        "impact": _("Gevolg voor de klager"),
        "urgency": _("Meteen iets doen"),
        "by_complainant": _("De klager"),
        "by_coach": _("De kunstcoach"),
        "agreed_on": _("Op"),
        "given_on": _("Datum van het advies"),
        "advice": _("Advies (bindt niet)"),
        "ruling": _("Uitspraak (bindt beide partijen)"),
        "comply_by": _("Na te komen uiterlijk"),
        "compliance": _("Nakoming"),
        "compliance_on": _("Vastgesteld op"),
        "source": _("Binnengekomen via"),
        "consent_how": _("Hoe de klager toestemming gaf"),
        "step": _("Stap"),
        "step_undone": _("Toch niet gedaan"),
        "other": _("Verband met"),
        "other_undone": _("Geen verband meer met"),
    }
    return words.get(name, name)


def value_in_words(kind: str, name: str, value: Any) -> str:
    """A stored value as people read it; what it does not know stays as it is."""
    try:
        return _value(kind, name, value)
    except ValueError:
        return str(value)


def _value(kind: str, name: str, value: Any) -> str:
    if name.endswith("_on") or name == "comply_by":
        return date_format(date.fromisoformat(value), "l j F Y")
    if name in ("by_complainant", "by_coach"):
        answers = Agreement if kind == EventKind.AGREED else Acceptance
        return str(answers(value).label).capitalize()
    return str(CHOICES[name](value).label) if name in CHOICES else in_words(name, value)
