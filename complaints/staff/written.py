"""The desk's words for what the assessments and decisions of a case are sealed as."""

from datetime import date
from typing import Any

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from complaints.models.case import EventKind
from complaints.models.decision import Acceptance, Compliance
from complaints.services.duties import CoachTold
from complaints.services.following import in_words
from complaints.stages import Agreement, Complexity, Impact, Safety, Severity, Source, Urgency

CHOICES: dict[str, type[TextChoices]] = {
    "severity": Severity,
    "safety": Safety,
    "complexity": Complexity,
    "impact": Impact,
    "urgency": Urgency,
    "compliance": Compliance,
    "source": Source,
    "coach_told": CoachTold,
}


def word_for(name: str) -> str | None:
    """The label of a text of this name, if it is one of these."""
    return {
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
    }.get(name)


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
