"""The buttons of the follow page that change something: what each does is said before the click."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint, EventKind
from complaints.services import wishes
from complaints.stages import Route, Stage


@dataclass(frozen=True)
class Offer:
    """Something the complainant can do, with its words and its service."""

    name: str
    label: Any
    effects: tuple[Any, ...]
    done: Any
    is_open_to: Callable[[Complaint], bool]
    perform: Callable[..., Complaint]


def _may_say_solved(case: Complaint) -> bool:
    return case.is_open and not wishes.has_asked(case, EventKind.SAID_SOLVED)


def _may_ask_committee(case: Complaint) -> bool:
    return (
        case.is_open
        and case.current_stage.may_move_to(Stage.COMMITTEE)
        and not wishes.has_asked(case, EventKind.ASKED_COMMITTEE)
    )


OFFERS = (
    Offer(
        name="opgelost",
        label=_("Laat weten dat het is opgelost"),
        effects=(
            _("De behandelaar krijgt bericht, en sluit je klacht af met een uitkomst."),
            _("Tot die tijd blijft je klacht open. Je kunt nog berichten schrijven."),
        ),
        done=_("We hebben doorgegeven dat het voor jou is opgelost."),
        is_open_to=_may_say_solved,
        perform=wishes.say_solved,
    ),
    Offer(
        name="commissie",
        label=_("Vraag om de klachtencommissie"),
        effects=(
            _("De behandelaar krijgt bericht dat je een uitspraak van de commissie wilt."),
            _("Een uitspraak van de commissie is bindend, voor jou en voor de kunstcoach."),
            _("De commissie krijgt je klacht pas te lezen als jij dat goedvindt."),
        ),
        done=_("We hebben doorgegeven dat je naar de klachtencommissie wilt."),
        is_open_to=_may_ask_committee,
        perform=wishes.ask_for_committee,
    ),
    Offer(
        name="plaatsvervanger",
        label=_("Het gaat over de vertrouwenspersoon: geef mijn klacht aan de plaatsvervanger"),
        effects=(
            _(
                "De vertrouwenspersoon kan je klacht vanaf nu niet meer openen, en ziet niet wat "
                "je hier schrijft. Wat al gelezen is, blijft bekend."
            ),
            _("De plaatsvervanger leest alles en gaat verder met je klacht."),
            _("Is er geen plaatsvervanger, dan wacht je klacht tot die er is."),
            _("Dit kun je niet terugdraaien."),
        ),
        done=_("Je klacht is nu voor de plaatsvervanger."),
        is_open_to=lambda case: case.is_open and case.route != Route.DEPUTY,
        perform=wishes.ask_for_deputy,
    ),
    Offer(
        name="intrekken",
        label=_("Trek je klacht in"),
        effects=(
            _("De behandeling stopt meteen. De behandelaar krijgt daar bericht van."),
            _(
                "Je klacht en de berichten worden niet gewist: ze blijven bewaard zo lang als de "
                "privacyverklaring zegt. Met je volgcode kun je alles blijven lezen."
            ),
            _("Alleen de behandelaar kan een ingetrokken klacht weer openen."),
        ),
        done=_("Je klacht is ingetrokken."),
        is_open_to=lambda case: case.is_open,
        perform=wishes.withdraw_complaint,
    ),
)


def offer_named(name: str, case: Complaint) -> Offer | None:
    """The button of that name, where this case offers it now."""
    return next((o for o in OFFERS if o.name == name and o.is_open_to(case)), None)
