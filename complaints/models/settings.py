"""Who may handle complaints, and the terms, people and committee that a manager sets."""

from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import QuerySet
from django.utils.html import strip_tags
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import RichTextField
from wagtail.log_actions import log
from wagtail.models import Site

from complaints.models.tables import InternalModel, compiled_once, person
from complaints.terms import months_in_words


def holders_of(app_label: str, codename: str) -> QuerySet[Any]:
    """Returns who holds a permission through a group, switched off or not."""
    given = "groups__permissions"
    wanted = {f"{given}__codename": codename, f"{given}__content_type__app_label": app_label}
    return get_user_model().objects.filter(**wanted).distinct().order_by("pk")


def active_handlers() -> QuerySet[Any]:
    """Returns everybody who may handle complaints now: by the permission, held through a group.

    Never by `has_perm`, which a superuser always passes. Whoever has a `Roster` asks that.
    """
    return holders_of("complaints", "handle_complaint").filter(is_active=True)


def name_of(user: User | None) -> str:
    """Returns the name people read, and the history keeps when the account goes; "" for nobody."""
    return str(user.get_full_name() or user.get_username()) if user is not None else ""


class DeskPreference(InternalModel):
    """What one handler prefers; without a row, the defaults."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="desk_preference"
    )
    wants_digest = models.BooleanField(default=False)


def _days(label: Any, default: int, help_text: Any = "", *, least: int = 1, most: int = 730) -> Any:
    return models.PositiveSmallIntegerField(
        label,
        default=default,
        validators=[MinValueValidator(least), MaxValueValidator(most)],
        help_text=help_text,
    )


_months = partial(_days, most=240)


def settings_change(data: dict[str, Any]) -> str:
    """A logged change in words: each setting with what it was and what it is."""
    labels = {field.name: field.verbose_name for field in HandlingSettings._meta.fields}
    words = gettext("%(setting)s: van %(old)s naar %(new)s")
    return "; ".join(
        words % {"setting": labels.get(name, name), "old": old or "–", "new": new or "–"}
        for name, (old, new) in data.get("changes", {}).items()
    )


def _words(value: Any) -> str:
    """A setting as text; of rich text only the words, for its markup changes by itself."""
    return "" if value is None else strip_tags(str(value)).strip()


class HandlingSettingsForm(WagtailAdminModelForm):
    """Logs which settings changed, from what to what, with who and when."""

    def save(self, commit: bool = True) -> Any:
        pairs = {
            name: [_words(self.initial.get(name)), _words(self.cleaned_data.get(name))]
            for name in self.changed_data
        }
        instance = super().save(commit=commit)
        if changes := {name: [old, new] for name, (old, new) in pairs.items() if old != new}:
            log(instance, "complaints.settings_changed", data={"changes": changes})
        return instance


# What a term promises, in a sentence that names the number of days set. Editors place these
# on a page, and every page that promises one of them says it in these words.
SENTENCES: dict[str, Any] = {
    "contact_working_days": _("Binnen %(term)s neemt iemand persoonlijk contact met je op."),
    "handling_days": _("Binnen %(term)s krijg je een uitkomst met uitleg."),
    "extension_days": _(
        "Is er meer tijd nodig? Dan hoor je op tijd waarom. Het duurt hoogstens %(term)s langer."
    ),
    "progress_days": ngettext_lazy(
        "Tot dan hoor je minstens elke dag iets van ons.",
        "Tot dan hoor je minstens elke %(days)d dagen iets van ons.",
        "days",
    ),
    "coach_told_days": _(
        "Je kunstcoach hoort binnen %(term)s wat er over hem of haar is vastgelegd, behalve als "
        "dat het onderzoek in de weg staat. Je klacht lezen mag je coach alleen als jij dat "
        "goedvindt."
    ),
    "satisfaction_days": _(
        "Is je klacht afgesloten? Dan kun je %(term)s lang zeggen of je tevreden bent over de "
        "behandeling."
    ),
    "draft_days": _("Een concept dat je zelf bewaart, wissen we na %(term)s, met je bestanden."),
    "case_months": _(
        "Je klacht bewaren we versleuteld tot %(term)s nadat hij is afgesloten. Daarna wissen we "
        "alles wat jij en wij schreven, de bestanden en je contactgegevens."
    ),
    "notes_months": _(
        "Onze eigen notities bewaren we tot %(term)s na het afsluiten: wat we over contact met je "
        "opschreven, en hoe we je klacht beoordeelden."
    ),
    "register_months": _(
        "Dat er een klacht was, staat tot %(term)s na het afsluiten in ons register: het kenmerk, "
        "het onderwerp, de uitkomst, de data en wie hem behandelde."
    ),
    "readings_months": _("Wie van ons je klacht opende, houden we %(term)s bij."),
    "mail_log_days": _(
        "Dat we een mail stuurden, houden we %(term)s bij, en zolang er in je klacht nog een "
        "termijn loopt. De mail zelf bewaren we niet."
    ),
    "suspect_days": _(
        "Lijkt een klacht op misbruik, en zegt niemand van ons dat het een echte klacht is? Dan "
        "wissen we hem %(term)s nadat er het laatst iets mee gebeurde."
    ),
}
KEPT = (  # for how long each kind of record is kept, in the order in which it is said
    *("draft_days", "case_months", "notes_months", "register_months"),
    *("readings_months", "mail_log_days", "suspect_days"),
)


def _term_in_words(name: str, number: int) -> str:
    """Returns a term with its unit, in which the name of its setting ends."""
    if name.endswith("_months"):
        return months_in_words(number)
    if name.endswith("_working_days"):
        return ngettext("%d werkdag", "%d werkdagen", number) % number
    return ngettext("%d dag", "%d dagen", number) % number


@register_setting(icon="date", order=200)
class HandlingSettings(BaseSiteSetting):
    """How complaints are handled here. A changed term touches new cases only."""

    base_form_class = HandlingSettingsForm

    handling_days = _days(_("dagen tot een beslissing"), 42)
    extension_days = _days(
        _("dagen uitstel, ten hoogste"),
        28,
        _("Eén keer per zaak, met uitleg aan de klager. Vaker kan als de klager akkoord is."),
    )
    progress_days = _days(
        _("dagen zonder bericht, ten hoogste"),
        14,
        _("De behandelaar krijgt op tijd een herinnering om de klager iets te laten horen."),
    )
    contact_working_days = _days(_("werkdagen tot persoonlijk contact"), 5)
    acknowledgement_working_days = _days(_("werkdagen tot een ontvangstbevestiging per brief"), 2)
    coach_told_days = _days(_("dagen tot de kunstcoach is geïnformeerd"), 30)
    rights_days = _days(_("dagen tot een besluit over gegevens"), 30)
    satisfaction_days = _days(_("dagen om na afloop een oordeel te geven"), 14)
    draft_days = _days(_("dagen dat een concept bewaard blijft"), 14)
    case_months = _months(
        _("maanden dat een klacht bewaard blijft na het afsluiten"),
        24,
        _("Daarna wist de site wat er is geschreven, met bestanden en contactgegevens."),
        least=3,
    )
    notes_months = _months(
        _("maanden dat onze eigen notities bewaard blijven na het afsluiten"), 12
    )
    register_months = _months(
        _("maanden dat de regel in het register blijft staan na het afsluiten"),
        60,
        _("Kenmerk, fase, uitkomst, thema, data en wie wat deed, zonder inhoud."),
    )
    readings_months = _months(_("maanden dat blijft staan wie welk dossier las"), 24)
    mail_log_days = _days(_("dagen dat blijft staan welke mail er uitging"), 90)
    suspect_days = _days(
        _("dagen dat een klacht die op misbruik lijkt bewaard blijft"),
        90,
        _("Geteld vanaf het laatste dat ermee gebeurde. Wie hem controleert, redt hem."),
        least=31,
    )
    filing_limit_months = models.PositiveSmallIntegerField(
        _("maanden waarbinnen je kunt klagen"),
        null=True,
        blank=True,
        help_text=_("Leeg: er is geen grens. Ingevuld: staat bij de procedure en het formulier."),
    )
    confidant = person(_("vertrouwenspersoon"), models.PROTECT)
    deputy = person(_("plaatsvervanger"), models.PROTECT)
    confidant_absent_from = models.DateField(_("afwezig vanaf"), null=True, blank=True)
    confidant_absent_until = models.DateField(_("afwezig tot en met"), null=True, blank=True)
    committee_name = models.CharField(
        _("naam van de klachtencommissie"), max_length=150, blank=True
    )
    committee_contact = models.TextField(_("adres van de klachtencommissie"), blank=True)
    committee_text = RichTextField(
        _("zolang er geen commissie is genoemd"), features=["bold", "link"], blank=True
    )

    panels: ClassVar = [
        MultiFieldPanel(
            [
                *("contact_working_days", "handling_days", "extension_days", "progress_days"),
                *("acknowledgement_working_days", "coach_told_days", "rights_days"),
                *("satisfaction_days", "filing_limit_months"),
            ],
            heading=_("Termijnen"),
        ),
        MultiFieldPanel([*KEPT], heading=_("Hoe lang we gegevens bewaren")),
        MultiFieldPanel(
            ["confidant_absent_from", "confidant_absent_until"],  # who it is: staff.handlers
            heading=_("Afwezigheid van de vertrouwenspersoon"),
            help_text=_("Wie vertrouwenspersoon en plaatsvervanger is, leg je vast bij Klachten."),
        ),
        MultiFieldPanel(
            ["committee_name", "committee_contact", "committee_text"],
            heading=_("Externe klachtencommissie"),
        ),
    ]

    class Meta:
        verbose_name = _("termijnen en behandelaars")

    def check_people(self) -> None:
        """Raises ValidationError for who handles no complaints, and for one person in both roles.

        Not a part of `clean`: who was named and left is no reason to refuse another term.
        """
        if self.confidant_id is not None and self.confidant_id == self.deputy_id:
            words = _("Kies iemand anders dan de vertrouwenspersoon als plaatsvervanger.")
            raise ValidationError({"deputy": words})
        for role in ("confidant", "deputy"):
            person = getattr(self, role)
            if person is not None and person not in active_handlers():
                words = _(
                    "Deze persoon behandelt nog geen klachten. Laat een behandelaar de persoon "
                    "eerst toelaten, bij Behandelaars."
                )
                raise ValidationError({role: words})

    def clean(self) -> None:
        super().clean()
        if self.notes_months > self.case_months:
            words = _("Kies ten hoogste zoveel maanden als voor de klacht zelf.")
            raise ValidationError({"notes_months": words})
        if self.register_months < self.case_months:
            words = _("Kies minstens zoveel maanden als voor de klacht zelf.")
            raise ValidationError({"register_months": words})
        start, end = self.confidant_absent_from, self.confidant_absent_until
        if end and not start:
            words = _("Vul in vanaf welke dag. Zonder die dag is er niemand afwezig.")
            raise ValidationError({"confidant_absent_from": words})
        if start and end and end < start:
            words = _("Kies een datum op of na het begin van de afwezigheid.")
            raise ValidationError({"confidant_absent_until": words})

    def sentence(self, name: str) -> str:
        """Returns what the term of that name (a key of SENTENCES) promises, as set now."""
        number: int = getattr(self, name)
        return str(SENTENCES[name] % {"days": number, "term": _term_in_words(name, number)})

    @classmethod
    def sentence_choices(cls) -> list[tuple[str, str]]:
        """Returns each term that has a sentence, by its name, for whoever writes a page."""
        return [(name, str(cls._meta.get_field(name).verbose_name)) for name in SENTENCES]

    @property
    def kept(self) -> list[str]:
        """Returns what the form says of how long we keep what is filled in."""
        return [self.sentence(name) for name in ("draft_days", "case_months", "register_months")]

    @classmethod
    def for_site(cls, site: Site | None) -> "HandlingSettings":
        """The terms and people are one for all sites: a case knows no site."""
        return cls.current()

    @classmethod
    def current(cls) -> "HandlingSettings":
        """Returns the settings of the default site; the defaults where there is no site yet."""
        for found in _of_default_site():
            return found
        site = Site.objects.filter(is_default_site=True).first()
        return cls.objects.get_or_create(site=site)[0] if site else cls()


@compiled_once
def _of_default_site() -> QuerySet[HandlingSettings]:
    return HandlingSettings.objects.filter(site__is_default_site=True)
