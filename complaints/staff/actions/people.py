"""Who handles a case (R-21: or all of them), with whom it is shared, which cases hang together."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.db.models import Count
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from complaints.cases import moves, people, rules
from complaints.models.case import Complaint
from complaints.models.roster import roster_for
from complaints.models.settings import name_of
from complaints.staff.actions.base import Action, Choice, Data, Result
from complaints.staff.actions.forms import (
    CaseField,
    MailForm,
    RowField,
    TextField,
    a_person,
    remark,
)
from complaints.staff.pages import FormPage
from complaints.staff.permissions import Role, circle_of, related_cases
from complaints.stages import Route

PEOPLE = _("Wie behandelt en wie leest")
TO_COLLEAGUES = _("Toelichting (mag leeg blijven)")


class TakeOver(Action):
    name, title, group = "takeover", _("Zelf behandelen"), PEOPLE
    rule, service = rules.why_not_assign, people.assign_case
    reason = remark(TO_COLLEAGUES, "")
    done = _("Jij behandelt deze zaak nu.")

    def asked_about(self, user: User, case: Complaint, choice: Any) -> tuple[Any, ...]:
        return (circle_of(user, case), user)

    def perform(self, case: Complaint, by: User, choice: Any, data: Data) -> Result | None:
        return super().perform(case, by, choice, data | {"to": by})


class PersonAction(Action):
    """Base of what is done with one of the people there are for it (`candidates`)."""

    group = PEOPLE
    person_label: ClassVar[Any]
    renamed: ClassVar = {"person": "to"}
    reason = remark(TO_COLLEAGUES, "")
    candidates: ClassVar[Any]  # of a circle, the people to choose from

    def asked_about(self, user: User, case: Complaint, choice: Any) -> tuple[Any, ...]:
        return (circle_of(user, case),)

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        found = type(self).candidates(circle_of(user, case))
        person = a_person(self.person_label, found, _("Kies iemand uit de lijst."))
        return {"person": person, **super().fields(user, case, choice)}


class Assign(PersonAction):
    name, title = "assign", _("Aan iemand anders geven")
    rule, service, candidates = rules.why_not_assign, people.assign_case, rules.who_may_take
    person_label = _("Wie behandelt deze zaak voortaan?")
    tells = _(
        "Deze collega krijgt een mail met alleen het kenmerk. Hoor jij niet meer bij deze "
        "zaak, dan zie je haar daarna niet meer."
    )
    done = _("De zaak heeft een andere behandelaar.")


class ShareIt(PersonAction):
    name, title = "share", _("Delen met nog iemand")
    rule, service, candidates = rules.why_not_share, people.share_case, rules.who_may_be_shown
    person_label = _("Met wie deel je deze zaak?")
    tells = _(
        "Deze collega leest alles in deze ene zaak, maakt notities en schrijft berichten, tot "
        "jij het delen stopt. Toewijzen, delen, verplaatsen en afsluiten blijft bij jou. De "
        "klager leest op de volgpagina dat er een behandelaar meeleest, zonder naam."
    )
    button, done = _("Deel deze zaak"), _("De zaak is gedeeld.")


class Unshare(PersonAction):
    name, title = "unshare", _("Delen stoppen")
    rule, service, candidates = rules.why_not_stop_sharing, people.stop_sharing, rules.shared_with
    person_label = _("Met wie stop je met delen?")
    renamed: ClassVar = {"person": "user"}
    tells = _("Deze collega ziet de zaak meteen niet meer.")
    done = _("Het delen is gestopt.")


class Conflict(Action):
    name, title, group = "conflict", _("Ik ben hier zelf bij betrokken"), PEOPLE
    role, rule, service = Role.READER, rules.why_not_step_back, people.declare_conflict
    reason = remark(
        TO_COLLEAGUES, _("Je hoeft geen reden te geven. Wie de zaak overneemt leest dit.")
    )
    tells = _(
        "Je verliest meteen en voorgoed de toegang tot deze zaak: voor jou bestaat ze niet "
        "meer. Behandel je haar, dan gaat ze naar wie haar wel mag behandelen. Is er niemand, "
        "dan wacht ze en krijgen de beheerders bericht."
    )
    done = _("Het is vastgelegd. Je ziet deze zaak niet meer.")

    def asked_about(self, user: User, case: Complaint, choice: Any) -> tuple[Any, ...]:
        return (circle_of(user, case), user)

    def touches(self, user: User, case: Complaint, data: Data) -> list[str]:
        lost = _("Je ziet %(reference)s daarna nooit meer, ook niet als een ander dat goedvindt.")
        return [lost % {"reference": case.reference}, _who_goes_on(user, case)]


def _who_goes_on(user: User, case: Complaint) -> str:
    """Returns in words who handles the case when this person steps back."""
    if case.handler_id != user.pk:
        return gettext("Wie de zaak behandelt, blijft dat doen.")
    circle = circle_of(user, case)
    line = circle.roster.in_line(Route(case.route))
    to = next((each for each in line if circle.may_have(each) and each.pk != user.pk), None)
    if to is None:
        return gettext("Er is nu niemand voor deze zaak. Ze wacht, en de beheerders horen dat.")
    return gettext("De zaak gaat naar %(name)s.") % {"name": name_of(to)}


class Link(Action):
    name, title = "link", _("Verband met een andere zaak")
    rule, service = rules.why_not_relate, moves.relate
    other = CaseField()
    reason = TextField(_("Wat is het verband?"), missing=_("Schrijf kort op wat het verband is."))
    done = _("Het verband staat in beide dossiers.")


class Unlink(Action):
    name, title = "unlink", _("Verband weghalen")
    rule, service = rules.why_not_unrelate, moves.unrelate
    done = _("Het verband is weg uit beide dossiers.")

    def asked_about(self, user: User, case: Complaint, choice: Any) -> tuple[Any, ...]:
        """Of a case that this person may not see, not even that there is one."""
        return (related_cases(user, case),)

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        other = RowField(
            _("Met welke zaak?"),
            related_cases(user, case),
            missing=_("Kies een zaak."),
            gone=_("Met deze zaak is er geen verband (meer)."),
        )
        return {"other": other, **super().fields(user, case, choice)}


class HandOverForm(MailForm):
    """Whose cases, and to whom. Only people who have cases that `by` may decide on."""

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cases = Complaint.objects.in_charge_of(by).open().exclude(handler=None)
        counts = dict(cases.order_by().values_list("handler").annotate(Count("pk")))
        self.with_cases = list(User.objects.filter(pk__in=counts).order_by("pk"))  # here or not
        self.fields["handler"] = a_person(
            _("Van wie?"),
            self.with_cases,
            _("Kies van wie de zaken zijn."),
            name=lambda person: f"{name_of(person)}: {_cases(counts[person.pk])}",
        )
        self.fields["to"] = a_person(
            _("Aan wie?"), roster_for(by).handlers, _("Kies wie de zaken krijgt.")
        )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("to") is not None and data.get("to") == data.get("handler"):
            self.add_error("to", _("Kies iemand anders dan wie de zaken nu heeft."))
        return data


def _cases(count: int) -> str:
    return ngettext("%d zaak", "%d zaken", count) % count


class HandOverView(FormPage):
    """GET shows the form; POST hands over, and says how many went and how many stayed."""

    header_icon = "group"
    title = _("Zaken overdragen")
    tells = _(
        "Alle lopende zaken van de een gaan in één keer naar de ander. Een zaak die deze persoon "
        "niet mag zien blijft waar ze is. In elk dossier komt te staan wie overdroeg en aan wie; "
        "de opvolger krijgt één mail."
    )
    nothing = _("Er zijn nu geen lopende zaken die jij kunt overdragen.")

    def form(self, data: Any = None) -> HandOverForm | None:
        user = self.request.user
        form = HandOverForm(data, by=user, initial={"handler": user.pk})
        return form if form.with_cases else None

    def touches(self, data: Data) -> list[str]:
        theirs = people.running_cases_of(data["handler"], by=self.request.user)
        moved = Complaint.objects.may_go_to(data["to"]).filter(pk__in=theirs).count()
        names = {name: name_of(data[name]) for name in ("handler", "to")}
        goes = gettext("%(cases)s van %(handler)s: voortaan behandelt %(to)s die.")
        told = goes % {"cases": _cases(moved), **names}
        return [told, *_stayed(theirs.count() - moved, names)]

    def perform(self, data: Data) -> None:
        done = people.hand_over_all(handler=data["handler"], to=data["to"], by=self.request.user)
        names = {"to": name_of(data["to"])}
        moved = ngettext(
            "%(count)d zaak is overgedragen aan %(to)s.",
            "%(count)d zaken zijn overgedragen aan %(to)s.",
            done.moved,
        )
        messages.success(self.request, moved % {"count": done.moved, **names})
        for words in _stayed(done.stayed, names):
            messages.warning(self.request, words)


def _stayed(count: int, names: dict[str, str]) -> list[str]:
    stayed = ngettext(
        "%(count)d zaak is niet overgedragen: %(to)s mag die niet behandelen. Geef die zaak aan "
        "iemand anders.",
        "%(count)d zaken zijn niet overgedragen: %(to)s mag die niet behandelen. Geef die zaken "
        "aan iemand anders.",
        count,
    )
    return [stayed % {"count": count, **names}] if count else []
