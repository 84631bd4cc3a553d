"""Writing in a case, reaching who complains, and recording what was assessed, agreed and done."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q, TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.cases import contact, conversation, moves, records, requests, rules
from complaints.events import EventKind
from complaints.meant import AddressField
from complaints.models.case import Complaint
from complaints.models.handling import ChecklistItem, Theme
from complaints.models.outbox import MailKind
from complaints.staff.actions.base import Action, Choice, Data, Result
from complaints.staff.actions.forms import (
    CHOOSE,
    TODAY,
    ActionForm,
    DayField,
    FilesField,
    RowField,
    TextField,
    for_complainant,
    one_line,
    one_of,
    past_day,
)
from complaints.staff.permissions import Role
from complaints.stages import (
    Agreement,
    CoachTold,
    Complexity,
    ConsentPurpose,
    Impact,
    Safety,
    Severity,
    Urgency,
)
from complaints.vault.codes import show_code

ASSESSING = _("Beoordelen")


class Note(Action):
    name, title = "note", _("Notitie of document toevoegen")
    role, rule, service = Role.READER, rules.why_not_write, moves.add_note
    reason = TextField(_("Notitie"), missing=_("Schrijf je notitie op."))
    files = FilesField(_("Alleen wij lezen het. De klager krijgt het niet te zien."))
    done = _("Het staat in het dossier. Alleen wij lezen het.")


class Message(Action):
    """The case file holds its form, so it is not among the offers."""

    name, title, group = "message", _("Bericht aan de klager"), _("Schrijven")
    role, rule, service = Role.READER, rules.why_not_write, conversation.write_to_complainant
    reason = for_complainant(_("Bericht"), _("Schrijf je bericht."), "", rows=6)
    files = FilesField(_("De klager leest het op de volgpagina."))
    renamed: ClassVar = {"reason": "text"}
    tells = _(
        "Gaf de klager een e-mailadres, dan gaat er een mail dat er een bericht wacht. Wat je "
        "schrijft staat daar niet in."
    )
    mail_kind = MailKind.MESSAGE_WAITS
    button, done = _("Versturen"), _("Het bericht staat klaar voor de klager.")
    is_offered = False

    def check(self, form: ActionForm) -> None:
        """A template leaves a day that has passed blank."""
        if blank := conversation.blank_in(form.cleaned_data.get("reason", "")):
            words = _(
                "Vul de datum in waar nog %(blank)s staat. Is de termijn voorbij? Spreek dan een "
                "nieuwe datum af, of verleng de termijn."
            )
            form.add_error("reason", words % {"blank": blank})


class Agreed(TextChoices):
    """For what a complainant can agree to share outside the site."""

    COACH = ConsentPurpose.COACH.value, _("Toestemming vastleggen: delen met de kunstcoach")
    COMMITTEE = ConsentPurpose.COMMITTEE.value, _("Toestemming vastleggen: delen met de commissie")


class Consent(Action):
    name, title, group = "consent", _("Toestemming vastleggen"), _("Delen")
    rule, service = rules.why_not_record_consent, contact.record_told_consent
    choices = Agreed
    reason = TextField(
        _("Hoe gaf de klager toestemming?"),
        _("Bijvoorbeeld: in een brief van 3 maart."),
        _("Schrijf op hoe de klager toestemming gaf."),
        rows=2,
    )
    renamed: ClassVar = {"choice": "purpose"}
    tells = _("De klager ziet dit op de volgpagina, en kan de toestemming daar weer intrekken.")
    done = _("De toestemming staat in het dossier.")

    def asked_about(self, user: User, case: Complaint, choice: Any) -> tuple[Any, ...]:
        return (ConsentPurpose(choice),)

    def perform(self, case: Complaint, by: User, choice: Any, data: Data) -> Result | None:
        return super().perform(case, by, ConsentPurpose(choice), data)


class ShowCoach(Action):
    name, title, group = "show-coach", _("Zonder toestemming delen met de kunstcoach"), _("Delen")
    rule, service = rules.why_not_show_unasked, records.show_coach_unasked
    reason = for_complainant(
        _("Op welke wettelijke grond moet dit?"),
        _("Noem de wettelijke grond, en leg de klager uit waarom het moet."),
    )
    tells = _("Hierna kun je een kopie voor de kunstcoach maken, zonder contactgegevens.")
    done = _("De grond staat in het dossier. De klager leest hem.")


class Reach(Action):
    """How the complainant is reached, put right by who handles the case; as an event."""

    name, title = "reach", _("Contactgegevens wijzigen")
    rule, service = rules.why_not_write, contact.change_contact
    asks: ClassVar = {
        "name": one_line(_("Naam van de klager")),
        "email": AddressField(label=_("E-mailadres van de klager"), required=False),
        "may_mail": forms.BooleanField(
            label=_("De klager wil berichten per e-mail"), required=False
        ),
        "phone": one_line(_("Telefoonnummer van de klager")),
    }
    reason = TextField(
        _("Hoe weet je dit?"),
        _("Bijvoorbeeld: gezegd aan de telefoon op 3 maart."),
        _("Schrijf op hoe je dit weet."),
        rows=2,
    )
    renamed: ClassVar = {"reason": "text"}
    tells = _(
        "De klager ziet op de volgpagina wat je wijzigt. Mailden we op een ander adres, dan krijgt "
        "dat adres één mail hierover."
    )
    done = _("De contactgegevens zijn bijgewerkt.")

    def initial(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        return vars(contact.contact_of(case))

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        """What is known stands in the form: showing it is a reading."""
        return {"asked": [_("Dit weten we nu. Maak leeg wat niet meer klopt.")]}

    def check(self, form: ActionForm) -> None:
        data = form.cleaned_data
        if data.get("may_mail") and not data.get("email") and "email" not in form.errors:
            words = _("Vul het e-mailadres in, of zet het vinkje bij mail uit.")
            form.add_error("email", words)
        elif not form.errors and data.items() >= vars(contact.contact_of(form.case)).items():
            form.add_error("name", _("Er is nog niets veranderd. Wijzig iets, of ga terug."))

    def perform(self, case: Complaint, by: User, choice: Any, data: Data) -> Result | None:
        """With words of our own for the consent: they gave or took it back outside the site."""
        words = _("Berichten per e-mail: buiten de site gezegd, en vastgelegd door de behandelaar.")
        return super().perform(case, by, choice, data | {"words": (words,)})


class NewCode(Action):
    name, title, group = "code", _("Nieuwe volgcode geven"), _("Verdergaan")
    rule, service = rules.why_not_write, requests.give_new_code
    reason = TextField(
        _("Hoe weet je dat dit de klager is?"),
        missing=_("Schrijf op hoe je zeker weet dat dit de klager is."),
    )
    tells = _(
        "Doe dit alleen als de klager de code kwijt is en zelf geen nieuwe kan krijgen. De "
        "oude code werkt daarna niet meer. De klager ziet dat jij een nieuwe code gaf."
    )
    done = _("De nieuwe volgcode is gemaakt.")

    def perform(self, case: Complaint, by: User, choice: Any, data: Data) -> Result:
        code = requests.give_new_code(complaint=case, by=by, **data)
        words = gettext("Geef deze volgcode aan de klager. Je ziet hem alleen nu.")
        return Result(words, show_code(code))


class Assess(Action):
    name, title, group = "assess", _("Eerste beoordeling"), ASSESSING
    fact = EventKind.ASSESSED
    rule, service = rules.why_not_assess, records.assess
    theme = forms.ModelChoiceField(
        label=_("Thema"),
        queryset=Theme.objects.none(),
        required=False,
        empty_label=_("Nog geen thema"),
        error_messages={"invalid_choice": _("Kies een thema uit de lijst.")},
    )
    severity = one_of(_("Hoe ernstig is het?"), Severity)
    safety = one_of(_("Is iedereen veilig?"), Safety)
    complexity = one_of(_("Hoe ingewikkeld is het?"), Complexity)
    impact = one_of(_("Hoe groot is het gevolg voor de klager?"), Impact)
    urgency = one_of(_("Moet er meteen iets gebeuren?"), Urgency)
    reason = TextField(
        _("Toelichting"),
        _("Mag leeg blijven. Moet er meteen iets gebeuren, schrijf dan op wat."),
        missing="",
    )
    button, done = _("Beoordeling vastleggen"), _("De beoordeling staat in het dossier.")

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        """With the themes there are; one that is switched off stays on a case that has it."""
        fields: dict[str, Any] = super().fields(user, case, choice)
        fields["theme"].queryset = Theme.objects.filter(Q(is_active=True) | Q(pk=case.theme_id))
        fields["theme"].initial, fields["severity"].initial = case.theme_id, case.severity
        return fields


class Agree(Action):
    name, title, group = "agree", _("Instemming met bemiddeling"), ASSESSING
    fact = EventKind.AGREED
    rule, service = rules.why_not_agree, records.record_agreement
    by_complainant = one_of(_("Doet de klager mee?"), Agreement)
    by_coach = one_of(_("Doet de kunstcoach mee?"), Agreement)
    agreed_on = past_day(
        _("Op welke dag?"), _("Vul de dag in waarop je dit hoorde."), initial=TODAY
    )
    reason = TextField(
        _("Hoe is het afgesproken?"),
        _("Bijvoorbeeld: in een gesprek met allebei, of in een mail."),
        _("Schrijf kort op hoe het is afgesproken."),
        rows=3,
    )
    button = _("Instemming vastleggen")
    done = _("Wie meedoet aan de bemiddeling staat in het dossier.")


class Acknowledge(Action):
    name, title = "acknowledge", _("Ontvangstbevestiging vastleggen")
    fact = EventKind.ACKNOWLEDGED
    rule, service = rules.why_not_acknowledge, records.record_acknowledgement
    sent_on = DayField(
        _("Verstuurd op"),
        _("De dag waarop de brief of mail de deur uitging, of waarop je het zei."),
        _("Vul de dag in waarop je de ontvangst bevestigde."),
    )
    reason = TextField(
        _("Hoe heb je de ontvangst bevestigd?"),
        missing=_("Schrijf kort op hoe, bijvoorbeeld: per brief."),
    )
    done = _("De ontvangstbevestiging staat in het dossier.")


class TellCoach(Action):
    name, title = "coach-told", _("Kunstcoach geïnformeerd, of niet")
    fact = EventKind.COACH_TOLD
    rule, service = rules.why_not_tell_coach, records.record_coach_told
    answer = one_of(
        _("Weet de coach welke gegevens er over de coach zijn?"),
        CoachTold,
        missing=_("Kies een van de antwoorden."),
    )
    told_on = DayField(_("Geïnformeerd op"), _("Leeg als de coach niet is geïnformeerd."))
    reason = TextField(
        _("Hoe is dat gegaan, of waarom niet?"),
        missing=_("Schrijf kort op hoe de coach het hoorde, of waarom niet."),
    )
    tells = _(
        "De coach hoort binnen de termijn welke gegevens er over de coach zijn vastgelegd. De "
        "site stuurt de coach niets: dat doe jij."
    )
    done = _("Het staat in het dossier.")


class Tick(Action):
    """Each step has a button of its own in the case file, so it is not among the offers."""

    name, title = "tick", _("Stap afvinken")
    role, rule, service = Role.READER, rules.why_not_handle, records.set_step
    is_done = forms.TypedChoiceField(
        label=_("Is hij gedaan?"),
        choices=[("yes", _("Ja, gedaan")), ("no", _("Nee, toch niet"))],
        coerce=lambda answer: answer == "yes",
        initial="yes",
        widget=forms.RadioSelect,
        error_messages={"required": CHOOSE},
    )
    reason = None
    done = _("De stap is bijgewerkt.")
    is_offered = False

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        """With the steps of this stage, and those of other stages that were done."""
        ticked = Q(pk__in=case.ticks.values("item"))
        item = RowField(
            _("Stap"),
            ChecklistItem.objects.filter(Q(stage=case.stage) | ticked),
            missing=_("Kies een stap."),
            gone=_("Deze stap is er niet meer. Kies een andere."),
        )
        return {"item": item, **super().fields(user, case, choice)}
