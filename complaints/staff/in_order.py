""" "Site in orde": what a new site needs, ticked off by facts or by somebody who looked.

That somebody looked is a line in the site history, with who and when.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.ui.components import Component
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry, Page

from complaints.models.outbox import MailKind, OwedMail
from complaints.models.pages import ConfidantPage
from complaints.models.roster import keep_roster
from complaints.models.settings import HandlingSettings, name_of
from complaints.notifications import owe
from complaints.staff.pages import ManagerPage
from complaints.staff.permissions import StaffRequest
from home.models import OrganisationSettings

CHECKED = "complaints.checked"
MAIL = "mail"


class Facts:
    """What the checks ask of the site, each thing once; and where `user` can mend it."""

    def __init__(self, user: User) -> None:
        self.user, self.roster = user, keep_roster(user)

    @cached_property
    def organisation(self) -> OrganisationSettings:
        found = OrganisationSettings.objects.filter(site__is_default_site=True)
        return found.select_related("privacy_page").first() or OrganisationSettings()

    @cached_property
    def profile(self) -> ConfidantPage | None:
        page: ConfidantPage | None = ConfidantPage.objects.live().first()
        return page

    @property
    def is_profile_right(self) -> bool:
        page = self.profile
        return page is not None and page.name == name_of(self.roster.confidant)

    @property
    def is_committee_named(self) -> bool:
        handling = self.roster.settings
        return bool(handling.committee_name and handling.committee_contact)

    @cached_property
    def looked_at(self) -> dict[str, datetime]:
        """When somebody last said of a check that it is so."""
        entries = ModelLogEntry.objects.filter(action=CHECKED).order_by("timestamp")
        return {data["check"]: at for data, at in entries.values_list("data", "timestamp")}

    def was_in(self, person: User | None) -> bool:
        """Whether they handle complaints and have logged in with a password of their own."""
        has_been = person is not None and person.last_login and person.has_usable_password()
        return bool(has_been) and self.roster.may_handle(person)

    def way_to(self, page: Page | None) -> str:
        """Returns where this person edits the page, or else reads it."""
        if page is None:
            return ""
        if page.permissions_for_user(self.user).can_edit():
            return reverse("wagtailadmin_pages:edit", args=[page.pk])
        return page.url or ""

    def settings(self, app: str, model: str) -> str:
        may = self.user.has_perm(f"{app}.change_{model}")
        return reverse("wagtailsettings:edit", args=[app, model]) if may else ""


class Place(NamedTuple):
    """Where something is mended: its name, and its address for who may; "" for who may not."""

    name: Any
    url: Callable[[Facts], str]


HANDLERS = Place(_("Wie klachten behandelt"), lambda facts: reverse("handlers"))
HANDLING = Place(
    _("Termijnen en behandelaars"), lambda facts: facts.settings("complaints", "handlingsettings")
)
ORGANISATION = Place(
    _("Organisatie en teksten"), lambda facts: facts.settings("home", "organisationsettings")
)
PROFILE = Place(_("Profielpagina"), lambda facts: facts.way_to(facts.profile))
HERE = Place("", lambda facts: "")
PRIVACY = Place(_("Privacyverklaring"), lambda facts: facts.way_to(facts.organisation.privacy_page))


@dataclass(frozen=True)
class Check:
    """One thing that should be so; `says` how it stands, such as when it last went well.

    With `is_asked` somebody has to look, again after `every`.
    """

    name: str
    label: Any
    help: Any
    is_so: Callable[[Any], bool] = lambda facts: True
    says: Callable[[Any], str] = lambda facts: ""
    place: Place = HERE
    is_asked: bool = False
    every: timedelta | None = None


@dataclass(frozen=True)
class Line:
    """A check as it stands now."""

    check: Check
    is_done: bool
    looked_at: datetime | None
    url: str
    says: str


PEOPLE = (
    Check(
        "confidant",
        _("Er is een vertrouwenspersoon"),
        _("Met een eigen wachtwoord, en al eens ingelogd."),
        lambda facts: facts.was_in(facts.roster.confidant),
        place=HANDLERS,
    ),
    Check(
        "deputy",
        _("Er is een plaatsvervanger"),
        _("Voor wie niet bij de vertrouwenspersoon terechtkan, en bij afwezigheid."),
        lambda facts: facts.was_in(facts.roster.deputy),
        place=HANDLERS,
    ),
)
CHECKS = (
    *PEOPLE,
    Check(
        "profile",
        _("De profielpagina gaat over de vertrouwenspersoon van nu"),
        _("De naam op de pagina is die van het account."),
        lambda facts: facts.is_profile_right,
        place=PROFILE,
    ),
    Check(
        "terms",
        _("De termijnen kloppen"),
        _("Ze staan op de site en in elke mail, en de site bewaakt ze."),
        place=HANDLING,
        is_asked=True,
    ),
    Check(
        "committee",
        _("De klachtencommissie is genoemd"),
        _("Met naam en adres. Tot dan vertelt de vertrouwenspersoon welke commissie het is."),
        lambda facts: facts.is_committee_named,
        place=HANDLING,
    ),
    Check(
        MAIL,
        _("Mail komt aan"),
        _("Stuur jezelf een proefmail en volg de link erin."),
        is_asked=True,
    ),
    Check(
        "contact",
        _("De site noemt een e-mailadres"),
        _("En wie de mail daar leest."),
        lambda facts: bool(facts.organisation.email and facts.organisation.mailbox_readers),
        place=ORGANISATION,
    ),
    Check(
        "help",
        _("De nummers voor hulp bij nood kloppen"),
        _("Bel of zoek ze na. Dit vraagt de site elk jaar opnieuw."),
        lambda facts: bool(facts.organisation.urgent_help),
        place=ORGANISATION,
        is_asked=True,
        every=timedelta(days=365),
    ),
    Check(
        "privacy",
        _("De privacyverklaring klopt"),
        _("Lees haar door. Staat erin wat jullie doen?"),
        lambda facts: getattr(facts.organisation.privacy_page, "live", False),
        place=PRIVACY,
        is_asked=True,
    ),
)


def lines_of(facts: Facts, checks: Iterable[Check] = CHECKS) -> list[Line]:
    """Returns each check as it stands now."""
    return [_line(check, facts) for check in checks]


def _line(check: Check, facts: Facts) -> Line:
    at = facts.looked_at.get(check.name) if check.is_asked else None
    is_fresh = at is not None and (check.every is None or timezone.now() - at < check.every)
    is_done = check.is_so(facts) and (is_fresh or not check.is_asked)
    return Line(check, is_done, at, check.place.url(facts), check.says(facts))


class InOrderView(ManagerPage):
    """The checks; POST tells that somebody looked, or sends the mail that is to arrive."""

    template_name = "desk/pages/in_order.html"
    header_icon = "success"
    title = _("Site in orde")
    intro = _(
        "De site kijkt zelf na wat zij kan zien. De rest kijk jij na: dan staat erbij wanneer."
    )
    explains = True  # also what is done

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        trial = self.request.GET.get(MAIL, "")
        lines = lines_of(Facts(self.request.user))
        return super().get_context_data(lines=lines, trial=trial if self._came(trial) else "")

    def _came(self, trial: str) -> bool:
        """Whether this is what stands in a mail that was sent to this person."""
        mails = OwedMail.objects.filter(kind=MailKind.MAIL_TRIED, user=self.request.user)
        return bool(trial) and mails.filter(occasion=trial.replace("\x00", "")).exists()

    def post(self, request: StaffRequest) -> HttpResponse:
        act, asked = request.POST.get("act"), {c.name for c in CHECKS if c.is_asked}
        if act == "send":
            owe(MailKind.MAIL_TRIED, request.user, occasion=secrets.token_hex(16))
            messages.success(request, _("De proefmail gaat naar je eigen adres."))
        elif act not in asked or (act == MAIL and not self._came(request.POST.get(MAIL, ""))):
            raise Http404
        else:
            log(HandlingSettings.current(), CHECKED, user=request.user, data={"check": act})
            messages.success(request, _("Het is vastgelegd, met de datum van vandaag."))
        return redirect("in_order")


class OpenPanel(Component):
    """On the start page: what is not so, until it is."""

    template_name = "desk/parts/open_panel.html"

    def __init__(self, name: str, lines: list[Line], order: int) -> None:
        self.name, self.lines, self.order = name, lines, order

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return {"name": self.name, "lines": self.lines}


def add_panel(panels: list[Any], name: str, lines: list[Line], order: int) -> None:
    if still := [line for line in lines if not line.is_done]:
        panels.append(OpenPanel(name, still, order))
