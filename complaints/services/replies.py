"""Reply templates: those for a case's stage, with what stands in braces filled in."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from wagtail.models import Site

from complaints.models.case import Complaint
from complaints.models.reply_template import IN_BRACES, ReplyTemplate
from complaints.models.settings import HandlingSettings
from complaints.terms import TermKind
from home.models import OrganisationSettings


def templates_for(complaint: Complaint) -> QuerySet[ReplyTemplate]:
    """The templates of the case's stage and those for every stage."""
    return ReplyTemplate.objects.filter(Q(stage=complaint.stage) | Q(stage=""))


def filled_in(template: ReplyTemplate, complaint: Complaint) -> str:
    """The text for this case, in the language of the site; what it does not know stays."""
    with translation.override(settings.LANGUAGE_CODE):
        known = _facts(complaint)
    return IN_BRACES.sub(lambda found: known.get(found[1], found[0]), template.text)


def _facts(case: Complaint) -> Mapping[str, str]:
    people, site = HandlingSettings.current(), Site.objects.filter(is_default_site=True).first()
    due = dict(case.terms.values_list("kind", "due_on"))
    committee = people.committee_name or _("de klachtencommissie")
    return {
        "kenmerk": case.reference,
        "fase": str(case.current_stage.label),
        "contact_voor": _day(due.get(TermKind.CONTACT)),
        "beslissing_voor": _day(due.get(TermKind.HANDLING)),
        "contactdagen": str(people.contact_working_days),
        "behandeldagen": str(people.handling_days),
        "voortgangsdagen": str(people.progress_days),
        "behandelaar": _name(case.handler, _("de behandelaar")),
        "vertrouwenspersoon": _name(people.confidant, _("de vertrouwenspersoon")),
        "commissie": committee,
        "organisatie": OrganisationSettings.for_site(site).name if site else "",
    }


def _day(day: date | None) -> str:
    return date_format(day, "l j F Y") if day else _("(nog geen datum)")


def _name(person: Any, otherwise: str) -> str:
    return str(person.get_full_name() or otherwise) if person else otherwise
