"""Who handles complaints: the desk's page "Behandelaars", and for a manager the page "Klachten".

A handler admits, lets back in and stops; a manager names confidant and deputy, and admits on the
first day only.
"""

from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordResetConfirmView
from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin import messages

from complaints.cases import people
from complaints.cases.case import NotAllowed
from complaints.cases.handlers_group import (
    invitation_tokens,
    invite,
    invite_again,
    is_manager,
    may_admit,
    may_admit_manager,
    name_people,
    stop_handling,
    why_not_invite_again,
    why_not_stop,
)
from complaints.cases.rules import refuse_if
from complaints.cases.todo import due_within
from complaints.models.case import Complaint, ComplaintQuerySet
from complaints.models.privacy import AccessKind, AuditLine
from complaints.models.roster import Roster, may_handle, roster_for
from complaints.models.settings import name_of
from complaints.staff.actions.forms import DeskForm, RowField
from complaints.staff.in_order import Facts, lines_of
from complaints.staff.pages import ManagerPage, StaffPage
from complaints.staff.permissions import StaffRequest, may_enter_desk
from complaints.terms import TermState

MANAGER = "manager"
ROLES = {"confidant": gettext_lazy("Vertrouwenspersoon"), "deputy": gettext_lazy("Plaatsvervanger")}


class InviteForm(DeskForm):
    """Who is let in."""

    email = forms.EmailField(
        label=gettext_lazy("E-mailadres"),
        help_text=gettext_lazy(
            "Hierheen gaat een link, waarmee deze persoon zelf een wachtwoord kiest. Is er al een "
            "account met dit adres, dan wordt dat gebruikt."
        ),
    )
    first_name = forms.CharField(label=gettext_lazy("Voornaam"), max_length=150)
    last_name = forms.CharField(label=gettext_lazy("Achternaam"), max_length=150)


class RolesForm(DeskForm):
    """Who of those who handle complaints is the confidant, and who the deputy.

    Somebody named who left stays there until another is chosen: else their cases went to nobody.
    """

    def __init__(self, *args: Any, roster: Roster, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in ROLES.items():
            named = getattr(roster.settings, name)
            people = dict.fromkeys([*roster.handlers, *([named] if named else [])])
            given = {"name": name_of, "empty": _("Niemand"), "initial": named and named.pk}
            self.fields[name] = RowField(label, people, **given)


class HandlersView(StaffPage):
    """Who handles, in which role, with how many running cases; and how that is changed."""

    template_name = "desk/pages/handlers.html"
    header_icon = "group"

    def is_for(self, user: User) -> bool:
        return may_enter_desk(user) or is_manager(user)

    @cached_property
    def is_desk(self) -> bool:
        return may_enter_desk(self.request.user)

    def get_meta_title(self) -> str:
        return _("Behandelaars") if self.is_desk else _("Klachten")

    def trail(self) -> list[tuple[str, str]]:
        desk = (reverse("complaints_complaint_modeladmin_index"), _("Klachten"))
        return [*super().trail(), *([desk] if self.is_desk else [])]

    @cached_property
    def cases(self) -> ComplaintQuerySet:
        """The open cases this person may count: a manager those they may hear of."""
        user, cases = self.request.user, Complaint.objects.open().filter(is_suspect=False)
        return cases.in_charge_of(user) if self.is_desk else cases.not_kept_from(user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, roster = self.request.user, roster_for(self.request.user)
        running = dict(self.cases.order_by().values_list("handler").annotate(Count("pk")))
        roles = {getattr(roster.settings, f"{name}_id"): ROLES[name] for name in ROLES}
        handlers = [
            (user, roles.get(user.pk, ""), running.get(user.pk)) for user in roster.handlers
        ]
        own: dict[str, Any] = {}
        if not self.is_desk:
            late = Count("pk", filter=due_within(TermState.LATE, timezone.localdate()))
            own["counts"] = self.cases.aggregate(open=Count("pk"), late=late)
            own["roles_form"] = RolesForm(roster=roster)
            own["open_checks"] = sum(not line.is_done for line in lines_of(Facts(user)))
        if may_admit(user):
            own["invite_form"] = InviteForm()
        if may_admit_manager(user):
            own["manager_form"] = InviteForm(prefix=MANAGER)
        return super().get_context_data(handlers=handlers, **(own | kwargs))

    def post(self, request: StaffRequest) -> HttpResponse:
        by, roster, act = request.user, roster_for(request.user), request.POST.get("act")
        if act == "roles" and not self.is_desk:
            return self._name(RolesForm(request.POST, roster=roster))
        to_manage = act == MANAGER
        if not (may_admit_manager(by) if to_manage else may_admit(by)):
            raise Http404
        form, user = InviteForm(request.POST, prefix=MANAGER if to_manage else None), None
        try:
            if form.is_valid():
                user = invite(**form.cleaned_data, by=by, to_manage=to_manage)
        except NotAllowed as refused:
            form.add_error("email", refused.args[0].words)
        if user is None:
            shown = {"manager_form" if to_manage else "invite_form": form, "form": form}
            return self.render_to_response(self.get_context_data(**shown), status=422)
        is_first = not to_manage and not self.is_desk
        if free := [name for name in ROLES if is_first and not getattr(roster, name)]:
            name_people(by=by, **{free[0]: user})
        words = _("%(name)s is toegelaten. Er gaat een mail met een link naar dit adres.")
        messages.success(request, words % {"name": name_of(user)})
        return redirect("handlers")

    def _name(self, form: RolesForm) -> HttpResponse:
        """Writes who is what, and says what else belongs to such a change."""
        before = {getattr(roster_for(self.request.user), name) for name in ROLES} - {None}
        try:
            if form.is_valid():
                name_people(by=self.request.user, **form.cleaned_data)
        except forms.ValidationError as error:
            form.add_error(None, error)
        if form.errors:
            context = self.get_context_data(roles_form=form, form=form)
            return self.render_to_response(context, status=422)
        messages.success(self.request, _("Het is vastgelegd. Alle behandelaars krijgen een mail."))
        for person in before - set(form.cleaned_data.values()):
            if count := self.cases.filter(handler=person).count():
                words = ngettext(
                    "%(name)s houdt %(count)d lopende zaak, tot een behandelaar die overdraagt.",
                    "%(name)s houdt %(count)d lopende zaken, tot een behandelaar die overdraagt.",
                    count,
                )
                messages.warning(self.request, words % {"name": name_of(person), "count": count})
        say_what_profile_says(self.request)
        return redirect("handlers")


def say_what_profile_says(request: StaffRequest) -> None:
    """Tells that the public profile names somebody else than the confidant, with the way there."""
    facts = Facts(request.user)
    if facts.profile is not None and not facts.is_profile_right:
        words = _("Op de profielpagina staat nog %(name)s.") % {"name": facts.profile.name}
        button = messages.button(facts.way_to(facts.profile), _("Naar de profielpagina"))
        messages.warning(request, words, buttons=[button])


class StopForm(DeskForm):
    """To whom the running cases go; left empty, the site gives them to whoever is next."""

    def __init__(self, *args: Any, others: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"] = RowField(
            _("Aan wie gaan de zaken?"),
            others,
            name=name_of,
            empty=_("Laat ze staan"),
            help_text=_("Laat je ze staan, dan geeft de site ze aan wie ze mag behandelen."),
        )


class PersonView(StaffPage):
    """One handler: let back in, or stopped, with what that touches."""

    template_name = "desk/pages/handler.html"
    header_icon = "user"
    above = (("handlers", gettext_lazy("Behandelaars")),)

    def is_for(self, user: User) -> bool:
        return may_admit(user)

    def get_meta_title(self) -> str:
        return name_of(self.person)

    @cached_property
    def person(self) -> User:
        for user in roster_for(self.request.user).handlers:
            if user.pk == self.kwargs["pk"]:
                return user
        raise Http404

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        by, person, roster = self.request.user, self.person, roster_for(self.request.user)
        running = people.running_cases_of(person, by=by).count()
        others = [user for user in roster.handlers if user != person]
        return super().get_context_data(
            person=person,
            running=running,
            role=[ROLES[name] for name in ROLES if getattr(roster, name) == person],
            may_invite=why_not_invite_again(person, by) is None,
            refusal=why_not_stop(person),
            form=StopForm(others=others) if running else None,
            **kwargs,
        )

    def post(self, request: StaffRequest, pk: int) -> HttpResponse:
        act = self._invite if request.POST.get("act") == "invite" else self._stop
        try:
            messages.success(request, act(request) % {"name": name_of(self.person)})
        except NotAllowed:
            return self.render_to_response(self.get_context_data(), status=409)
        return redirect("handlers" if pk != request.user.pk else "wagtailadmin_home")

    def _invite(self, request: StaffRequest) -> str:
        invite_again(user=self.person, by=request.user)
        return _("%(name)s krijgt een mail met een nieuwe link.")

    def _stop(self, request: StaffRequest) -> str:
        others = [user for user in roster_for(request.user).handlers if user != self.person]
        form = StopForm(request.POST, others=others)
        refuse_if(why_not_stop(self.person))
        if not form.is_valid():
            raise NotAllowed("cases go to nobody else")
        if to := form.cleaned_data["to"]:
            people.hand_over_all(handler=self.person, to=to, by=request.user)
        stop_handling(user=self.person)
        say_what_profile_says(request)
        return _("%(name)s behandelt geen klachten meer.")


def counts_by_month(user: User) -> list[tuple[date, list[tuple[str, int]]]]:
    """Returns how often what was done in each month; of cases of which this person may hear."""
    theirs = Complaint.objects.not_kept_from(user).values("pk")
    lines = AuditLine.objects.filter(Q(complaint=None) | Q(complaint__in=theirs))
    found = lines.annotate(month=TruncMonth("at")).order_by("-month", "kind")
    counted = found.values_list("month", "kind").annotate(Count("pk"))
    return [
        (month, [(str(AccessKind(kind).label), count) for _month, kind, count in rows])
        for month, rows in groupby(counted, key=lambda row: row[0])
    ]


class AuditCountsView(ManagerPage):
    template_name = "desk/pages/audit_counts.html"
    header_icon = "view"
    title = gettext_lazy("Logboek in aantallen")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(months=counts_by_month(self.request.user), **kwargs)


class PasswordForm(SetPasswordForm):
    """Django's, in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = _(
            "Minstens 8 tekens, en niet je naam of een woord dat veel mensen kiezen."
        )
        self.fields["new_password2"].help_text = ""


class InvitationView(PasswordResetConfirmView):
    """The page behind an invitation: a password of one's own, then a factor, and on to the CMS."""

    template_name = "desk/pages/invitation.html"
    form_class = PasswordForm
    token_generator = invitation_tokens
    reset_url_token = "wachtwoord"  # noqa: S105 - stands in the address, where the token was
    post_reset_login = True
    post_reset_login_backend = settings.AUTHENTICATION_BACKENDS[0]
    success_url = reverse_lazy("complaints_complaint_modeladmin_index")

    def get_user(self, uidb64: str) -> User | None:
        user: User | None = super().get_user(uidb64)
        return user if user is not None and (may_handle(user) or is_manager(user)) else None
