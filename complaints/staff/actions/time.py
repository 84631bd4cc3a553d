"""The clock at the desk: extending the time for a decision, stopping it, letting it run.

What is written at it is for the complainant, and the form says so before the text box.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases import due_dates
from complaints.cases.due_dates import open_term
from complaints.cases.mails import Blank, in_words, preview
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.models.roster import roster_for
from complaints.notifications import extension, has_address
from complaints.staff import permissions
from complaints.staff.actions.audience import COMPLAINANT
from complaints.staff.actions.base import Action, Choice, Shown
from complaints.staff.actions.forms import ActionForm, check_within_case, day_field
from complaints.terms import TermKind

FOR_THE_COMPLAINANT = gettext_lazy("Het staat op de volgpagina. Schrijf het voor de klager.")


class Extend(Action):
    name = "extend"
    title = gettext_lazy("Termijn verlengen")
    group = gettext_lazy("Tijd")
    reason_label = gettext_lazy("Waarom is er meer tijd nodig?")
    readers = COMPLAINANT
    reason_help = FOR_THE_COMPLAINANT
    reason_missing = gettext_lazy("Leg aan de klager uit waarom er meer tijd nodig is.")
    done = gettext_lazy("De termijn is verlengd. De klager ziet de nieuwe datum en je uitleg.")
    mail_kind = MailKind.TERM_EXTENDED

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_move_term(user, case)

    def tells(self, choice: Choice) -> str:
        return _(
            "De klager krijgt een brief met de oude en de nieuwe datum: per mail, of zonder "
            "e-mailadres per post, en die stuur jij. Je uitleg staat daar niet in, die leest de "
            "klager op de volgpagina."
        )

    def about(self, case: Complaint) -> str:
        term = due_dates.running_term(case)
        return extension(term.due_on) if term else ""

    def known_then(self, data: Mapping[str, Any]) -> Mapping[Blank, str]:
        return {Blank.UNTIL: in_words(data["until"])}

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        """The letter that has to go by post, its new date still blank."""
        return {} if has_address(case) else {"letter": _letter(case, self.about(case))}

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        term = due_dates.running_term(case)
        if term is None:
            return super().fields(user, case, choice)
        agreement = {"agreed_on": _agreed_on()} if due_dates.needs_agreement(term) else {}
        latest = due_dates.latest_extension(term, roster_for(user).settings)
        until = day_field(
            _("Uitkomst uiterlijk"),
            _("Nu is dat %(due)s. Verlengen kan tot en met %(latest)s.")
            % {"due": _day(term.due_on), "latest": _day(latest)},
            _("Vul de nieuwe datum in."),
        )
        return {"until": until, **agreement, **super().fields(user, case, choice)}

    def check(self, form: ActionForm) -> None:
        """Between the old date and the furthest that the settings allow."""
        check_within_case(form, "agreed_on")
        until, term = form.cleaned_data.get("until"), due_dates.running_term(form.case)
        if until is None or term is None:
            return
        latest = due_dates.latest_extension(term, roster_for(form.user).settings)
        if not term.due_on < until <= latest:
            form.add_error(
                "until",
                _("Kies een dag na %(due)s, en niet later dan %(latest)s.")
                % {"due": _day(term.due_on), "latest": _day(latest)},
            )

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> Shown | None:
        """Does it; without a mail the letter is there to print, once both dates are known."""
        occasion = f"{self.about(case)} {data['until'].isoformat()}"
        due_dates.extend_handling(complaint=case, by=by, explanation=data.pop("reason"), **data)
        if has_address(case):
            return None
        return Shown(
            _("De klager kreeg geen mail. Print deze brief of neem hem over, en stuur hem."),
            letter=_letter(case, occasion),
        )


class Pause(Action):
    name = "pause"
    title = gettext_lazy("Klok stilzetten")
    group = gettext_lazy("Tijd")
    reason_label = gettext_lazy("Waarom staat de klok stil?")
    readers = COMPLAINANT
    reason_help = FOR_THE_COMPLAINANT
    reason_missing = gettext_lazy("Leg aan de klager uit waar het wachten op is.")
    done = gettext_lazy("De klok staat stil. De klager ziet dat, en waarom.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_move_term(user, case)

    def tells(self, choice: Choice) -> str:
        return _(
            "Zolang de klok stilstaat, loopt de tijd voor een uitkomst niet door. Er gaat geen "
            "mail uit. De klager hoort intussen wel op tijd van je hoe het gaat."
        )

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        due_dates.pause_clock(complaint=case, by=by, explanation=data["reason"])


class Resume(Action):
    name = "resume"
    title = gettext_lazy("Klok weer laten lopen")
    group = gettext_lazy("Tijd")
    done = gettext_lazy("De klok loopt weer. De klager ziet de nieuwe datum.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_resume(user, case)

    def tells(self, choice: Choice) -> str:
        return _("De uitkomst komt zoveel dagen later als de klok heeft stilgestaan.")

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        return {}

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        due_dates.resume_clock(complaint=case, by=by)


EXTEND, PAUSE, RESUME = Extend(), Pause(), Resume()


def why_no_time(case: Complaint) -> list[str]:
    """In plain words, why the time for a decision cannot be moved now."""
    if not case.is_open:
        return []
    if case.paused_on is not None:
        return [_("Verlengen kan pas als de klok weer loopt.")]
    term = open_term(case, TermKind.HANDLING)
    if term is not None and term.due_on < timezone.localdate():
        return [_("Verlengen of stilzetten kan niet meer: de termijn was al voorbij.")]
    return []


def _agreed_on() -> forms.Field:
    return day_field(
        _("De klager ging akkoord op"),
        _("De termijn is al eens verlengd. Nog eens kan alleen als de klager dat goed vindt."),
        _("Vul de dag in waarop de klager akkoord ging. Zonder akkoord kan het niet."),
    )


def _letter(case: Complaint, occasion: str) -> str:
    return preview(case, MailKind.TERM_EXTENDED, occasion).body


def _day(day: date) -> str:
    return date_format(day, "l j F Y")
