"""Advice, which binds nobody, ruling, which binds both; what was asked about data; and erasing.

What turns out to be no complaint (spam, a trial, a slip) is erased, one or several at once.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.http import HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from complaints.cases import moves, records, rights, rules
from complaints.cases.case import NotAllowed
from complaints.cases.contents import record_access
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.models.privacy import AccessKind, RightsRequest
from complaints.staff.actions.base import Action, Choice, Data, Result
from complaints.staff.actions.forms import (
    BOTH_PARTIES,
    TODAY,
    DayField,
    FilesField,
    MailForm,
    TextField,
    for_complainant,
    one_of,
    past_day,
    remark,
)
from complaints.staff.file.parts import known_advice, known_rulings, long_day
from complaints.staff.list.glance import glances_of
from complaints.staff.pages import FormPage
from complaints.stages import NO_COMPLAINT, Acceptance, Compliance, Outcome, Right
from complaints.terms import moment_in_words

DECIDING = _("Advies en uitspraak")


def _acceptance(label: Any) -> forms.Field:
    field = one_of(label, Acceptance)
    field.required = False
    field.empty_value = Acceptance.UNKNOWN
    return field


class Advise(Action):
    name, title, group = "advise", _("Advies geven (bindt niet)"), DECIDING
    fact = EventKind.ADVISED
    rule, service = rules.why_not_advise, records.give_advice
    given_on = past_day(_("Datum van het advies"), _("Vul de datum in."), initial=TODAY)
    text = TextField(
        _("Advies"),
        _("Een advies bindt niet: de klager en de kunstcoach kiezen of ze het overnemen."),
        _("Schrijf het advies op."),
        rows=10,
        readers=BOTH_PARTIES,
    )
    reason = None
    files = FilesField(_("De klager leest het op de volgpagina."))
    tells = _("De klager leest het advies op de volgpagina. Daar staat bij dat het niet bindt.")
    mail_kind, mail_about = MailKind.MESSAGE_WAITS, "advice"
    done = _("Het advies staat klaar voor de klager. Het bindt niet.")


class AnswerAdvice(Action):
    name, title, group = "advice-answer", _("Antwoord op het advies"), DECIDING
    fact = EventKind.ADVICE_ANSWERED
    rule, service = rules.why_not_answer_advice, records.answer_advice
    by_complainant = _acceptance(_("Wat zegt de klager?"))
    by_coach = _acceptance(_("Wat zegt de kunstcoach?"))
    reason = remark()
    tells = _("De klager ziet op de volgpagina wie het advies overneemt, zonder je toelichting.")
    button = _("Antwoord vastleggen")
    done = _("De antwoorden op het advies staan in het dossier.")

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        fields: dict[str, Any] = super().fields(user, case, choice)
        if last := case.advices.last():
            fields["by_complainant"].initial = last.by_complainant
            fields["by_coach"].initial = last.by_coach
        if rules.own_answer(case) is not None:
            fields["by_complainant"].disabled = True
            fields["by_complainant"].help_text = gettext(
                "De klager antwoordde zelf op de volgpagina. Alleen de klager kan dat wijzigen."
            )
        return fields

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        return {"known": known_advice(case)[-1:]}


class Rule(Action):
    name, title, group = "rule", _("Uitspraak vastleggen (bindt allebei)"), DECIDING
    fact = EventKind.RULED
    rule, service = rules.why_not_rule, records.record_ruling
    ruled_on = past_day(
        _("Datum van de uitspraak"),
        _("Vul de dag in waarop de klachtencommissie uitspraak deed."),
        _("De dag waarop de klachtencommissie uitspraak deed."),
    )
    comply_by = DayField(_("Na te komen uiterlijk"), _("Leeg als de commissie geen dag noemde."))
    text = TextField(
        _("Uitspraak"),
        _("Een uitspraak bindt de klager en de kunstcoach allebei."),
        _("Schrijf op wat de commissie heeft uitgesproken."),
        rows=10,
        readers=BOTH_PARTIES,
    )
    reason = None
    files = FilesField(_("De klager leest het op de volgpagina."))
    tells = _("De klager leest de uitspraak op de volgpagina. Daar staat bij dat ze bindt.")
    mail_kind, mail_about = MailKind.MESSAGE_WAITS, "ruling"
    done = _("De uitspraak staat klaar voor de klager. Ze bindt beide partijen.")


IS_KNOWN = [each for each in Compliance if each is not Compliance.UNKNOWN]


class Comply(Action):
    name, title, group = "comply", _("Nakoming van de uitspraak"), DECIDING
    fact = EventKind.COMPLIED
    rule, service = rules.why_not_comply, records.record_compliance
    compliance = one_of(_("Is de uitspraak nagekomen?"), Compliance, among=IS_KNOWN)
    compliance_on = past_day(
        _("Vastgesteld op"), _("Vul de dag in waarop je dit vaststelde."), initial=TODAY
    )
    reason = remark()
    tells = _("De klager ziet op de volgpagina of de uitspraak is nagekomen.")
    button, done = _("Nakoming vastleggen"), _("De nakoming staat in het dossier.")

    def initial(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        return {"compliance": last.compliance} if (last := case.rulings.last()) else {}

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        return {"known": known_rulings(case)[-1:]}


class Decision(TextChoices):
    """What can be decided on each request about data."""

    ERASE = "erase", _("Inwilligen: alles wissen")
    KEEP = "keep", _("Afwijzen: niet wissen")
    SHOW = "show", _("Inwilligen: inzage geven")
    NOT_SHOW = "not_show", _("Afwijzen: geen inzage")
    STOP = "stop", _("Bezwaar inwilligen: we stoppen ermee")
    GO_ON = "go_on", _("Bezwaar afwijzen: we gaan ermee door")

    @property
    def right(self) -> Right:
        members = list(Decision)
        return list(Right)[members.index(self) // 2]

    @property
    def is_granted(self) -> bool:
        return self in (Decision.ERASE, Decision.SHOW, Decision.STOP)


class Decide(Action):
    name, title = "decide", _("Verzoek over gegevens")
    group = title
    fact = EventKind.RIGHTS_DECIDED
    rule, service = rules.why_not_decide, rights.decide_right
    choices: ClassVar[type[TextChoices] | None] = Decision
    reason = for_complainant(
        _("Waarom besluit je dit?"), _("Schrijf op waarom. De klager heeft recht op een reden."), ""
    )
    tells = _("Gaf de klager een e-mailadres, dan gaat er een mail dat je hebt besloten.")
    mail_kind = MailKind.RIGHTS_DECIDED
    done = _("Je besluit staat in het dossier. De klager kan het lezen.")

    def asked_about(self, user: User, case: Complaint, choice: Any) -> tuple[Any, ...]:
        return (choice.right, choice.is_granted)

    def tells_for(self, choice: Choice) -> str:
        if choice is not Decision.ERASE:
            return str(self.tells)
        erasing = gettext(
            "Drie dagen later wist de site alles van deze zaak: wat er is geschreven, de "
            "bestanden, het adres. Niemand kan dat terugdraaien. Dat er een zaak was "
            "blijft te zien."
        )
        return f"{self.tells} {erasing}"

    def touches(self, user: User, case: Complaint, data: Data) -> list[str]:
        return what_erasing_touches(case) if data["choice"] == Decision.ERASE else []

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        """Returns what was asked, in the complainant's words, and by when they hear."""
        if not isinstance(choice, Decision):
            return {}
        asked = [request for request in rules.open_requests(case) if request.right == choice.right]
        return {"asked": [_asked_words(request) for request in asked]}

    def perform(self, case: Complaint, by: User, choice: Any, data: Data) -> Result | None:
        decision = {"right": choice.right, "is_granted": choice.is_granted}
        return super().perform(case, by, None, data | decision)


def what_erasing_touches(case: Complaint) -> list[str]:
    """Returns in words what will be gone, and what stays."""
    files = case.attachments.count()
    counted = ngettext("%d bestand", "%d bestanden", files) % files
    return [
        gettext("Weg is dan alles wat er in %(reference)s is geschreven, en %(files)s.")
        % {"reference": case.reference, "files": counted},
        gettext("Niemand kan het nog lezen, ook de klager niet en ook niet uit een reservekopie."),
        gettext("Wat blijft: het kenmerk, de data, en dat er een zaak was."),
    ]


class Hold(Action):
    name, title, group = "hold", _("Niet wissen"), _("Bewaren en wissen")
    rule, service = rules.why_not_hold, records.hold
    reason = for_complainant(
        _("Waarom moet deze zaak langer blijven?"),
        _("Leg aan de klager uit waarom de zaak langer blijft."),
    )
    tells = _(
        "De zaak wordt niet gewist tot je dit opheft: niet na de bewaartermijn, en ook niet op "
        "verzoek van de klager. Doe dit alleen als het moet, bijvoorbeeld voor de rechter."
    )
    done = _("De zaak wordt niet gewist. De klager leest waarom.")


class Release(Action):
    name, title, group = "release", _("Wissen mag weer"), Hold.group
    rule, service = rules.why_not_release, records.release
    tells = _(
        "De bewaartermijn telt dan weer. Is die al voorbij, dan krijg je daar een mail over, en "
        "wist de site de zaak 30 dagen later."
    )
    done = _("De bewaartermijn geldt weer.")


def _asked_words(request: RightsRequest) -> str:
    told = gettext("De klager vroeg dit op %(asked)s. Je besluit is er uiterlijk %(due)s.") % {
        "asked": long_day(request.asked_at),
        "due": long_day(request.due_on),
    }
    words = rights.words_of(request)
    return f"{told} ‘{words}’" if words else told


MOST_AT_ONCE = 50


def _what_it_was() -> forms.TypedChoiceField:
    return one_of(_("Wat was het dan?"), Outcome, among=NO_COMPLAINT)


class NoComplaint(Action):
    name, title, group = "no-complaint", _("Dit was geen klacht: wissen"), _("Controleren")
    rule, service = rules.why_not_erase_no_complaint, moves.erase_no_complaint
    reason = _what_it_was()
    tells = _(
        "Alleen voor spam, een proef of een vergissing. Alles wat er staat wordt meteen gewist. "
        "Er gaat geen bericht uit."
    )
    done = _("Het is gewist. Alleen dat er iets binnenkwam is nog te zien.")

    def touches(self, user: User, case: Complaint, data: Data) -> list[str]:
        return what_erasing_touches(case)


class NoComplaintForm(MailForm):
    """Which of these cases are none, and what they were."""

    def __init__(self, *args: Any, cases: list[Complaint], user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen, found = glances_of(cases, user), {str(case.pk): case for case in cases}
        wrong = _("Een van deze klachten is er niet meer bij. Kijk de lijst opnieuw na.")
        self.fields["cases"] = forms.TypedMultipleChoiceField(
            label=_("Welke zijn geen klacht?"),
            choices=[
                (pk, f"{one.reference}, {moment_in_words(one.filed_at)}: {seen[one.pk].problem}")
                for pk, one in found.items()
            ],
            coerce=found.__getitem__,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Kruis aan welke je wist."), "invalid_choice": wrong},
        )
        self.fields["reason"] = _what_it_was()


class NoComplaintView(FormPage):
    """Erases several at once, of what looks like misuse and nobody handled. Showing is reading."""

    header_icon = "bin"
    title = _("Geen klacht: wissen")
    tells = _(
        "Dit lijkt op misbruik, en er is nog niets mee gedaan. Kruis aan wat geen klacht is. "
        "Twijfel je? Laat het staan, en open het vanuit de lijst."
    )
    nothing = _("Er is nu niets dat op misbruik lijkt en waar nog niets mee is gedaan.")

    def form(self, data: Any = None) -> NoComplaintForm | None:
        user = self.request.user
        suspects = Complaint.objects.in_charge_of(user).open().filter(is_suspect=True)
        found = suspects.order_by("filed_at")[:MOST_AT_ONCE]
        cases = [each for each in found if rules.why_not_erase_no_complaint(each) is None]
        return NoComplaintForm(data, cases=cases, user=user) if cases else None

    def _show(self, form: Any, status: int = 200) -> HttpResponse:
        """A form to mend shows them as much as a new one."""
        if form is not None and self.request.method != "HEAD":
            record_access(complaint=None, user=self.request.user, kind=AccessKind.LIST)
        return super()._show(form, status)

    def touches(self, data: Data) -> list[str]:
        return [each for case in data["cases"] for each in what_erasing_touches(case)[:1]]

    def perform(self, data: Data) -> None:
        """Each by itself: one to which something happened meanwhile stays, and is counted."""
        erased = 0
        for case in data["cases"]:
            try:
                moves.erase_no_complaint(
                    complaint=case, by=self.request.user, reason=data["reason"]
                )
                erased += 1
            except NotAllowed:
                words = gettext("%(reference)s is blijven staan: daar gebeurde intussen iets mee.")
                messages.warning(self.request, words % {"reference": case.reference})
        if erased:
            words = ngettext("%d klacht is gewist.", "%d klachten zijn gewist.", erased)
            messages.success(self.request, words % erased)
