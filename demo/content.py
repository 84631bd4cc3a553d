"""The people and complaints of the demo. Everybody here is made up, and named so that it shows."""

from dataclasses import dataclass
from typing import TypedDict

from complaints.cases.handlers_group import EDITORS_GROUP, HANDLERS_GROUP, MANAGERS_GROUP
from complaints.questions import Value
from complaints.stages import Outcome, Route, Stage

# (user name, first name, last name, group)
PEOPLE = [
    ("redactie", "Rik", "Redactie", EDITORS_GROUP),
    ("vertrouwenspersoon", "Vera", "Vertrouwen", HANDLERS_GROUP),
    ("plaatsvervanger", "Pim", "Plaatsvervanger", HANDLERS_GROUP),
    ("beheer", "Bo", "Beheer", MANAGERS_GROUP),
]

PASSWORD = "demo"  # noqa: S105 - of each of them, on a developer's machine

COACH_WAS_TOLD = "Gebeld: welke gegevens we bewaren, hoelang, en wie ze leest."
COACHES = ["Kris Kwast", "Pien Palet", "Ties Tekenstift", "Juna Vernis"]


class Closing(TypedDict):
    """What the handler records at closing (R-02)."""

    reason: str
    finding: str
    decisions: str
    measures: str


@dataclass(frozen=True)
class DemoComplaint:
    """A complaint, filed `days_ago`, and what the handler has done with it since."""

    name: str
    days_ago: int
    answers: dict[str, Value]
    route: Route = Route.CONFIDANT
    contact: str = ""
    moves: tuple[tuple[Stage, str], ...] = ()
    outcome: Outcome | None = None
    closing: Closing | None = None


COMPLAINTS = [
    DemoComplaint(
        name="fien",
        days_ago=1,
        answers={
            "probleem": "Mijn coach zegde drie keer op de dag zelf af. Ik had er steeds vrij voor "
            "genomen. Nu durf ik niets meer af te spreken.",
            "ontstaan": "Het begon na de zomer. Er kwam steeds iets tussen.",
            "voor_wie": "Voor mezelf",
            "coach": "Kris Kwast",
            "besproken": "Ja",
            "verwacht": "Dat afspraken doorgaan, of dat ik het een dag van tevoren hoor.",
            "oplossing": "Een vaste dag, en een bericht op tijd als het niet lukt.",
            "naam": "Fien Verzonnen",
            "email": "fien.verzonnen@example.org",
        },
    ),
    DemoComplaint(
        name="anoniem",
        days_ago=3,
        route=Route.DEPUTY,
        answers={
            "probleem": "Ik heb de vertrouwenspersoon iets verteld en hoorde het later terug van "
            "een ander.",
            "voor_wie": "Voor mezelf",
            "besproken": "Dat kan niet",
        },
    ),
    DemoComplaint(
        name="mila",
        days_ago=17,
        contact="Gebeld. Mila wil graag samen met haar coach aan tafel.",
        moves=((Stage.MEDIATION, "Beide partijen willen een gesprek. Afspraak gemaakt."),),
        answers={
            "probleem": "Mijn schilderij hing zonder vragen in een tentoonstelling. Het ging over "
            "mijn ziekte en was alleen voor mij bedoeld.",
            "ontstaan": "Ik had het in het atelier laten drogen.",
            "voor_wie": "Voor mezelf",
            "coach": "Pien Palet",
            "besproken": "Ja",
            "anders_handelen": "Werk uit een sessie is van mij. Dat hadden we zo afgesproken.",
            "oplossing": "Mijn werk terug, en een gesprek over hoe het verder gaat.",
            "gezondheid": "Ja",
            "naam": "Mila Bedacht",
            "email": "mila.bedacht@example.org",
        },
    ),
    DemoComplaint(
        name="otto",
        days_ago=50,
        contact="Kort gesproken. Otto stuurt nog een overzicht van de sessies.",
        moves=((Stage.MEDIATION, "Het overzicht is er. De coach is om een reactie gevraagd."),),
        answers={
            "probleem": "Er zijn tien sessies betaald en er waren er zeven. Over de laatste drie "
            "krijg ik geen antwoord.",
            "voor_wie": "Voor iemand anders",
            "wie_en_relatie": "Mijn broer Guus, ik regel zijn administratie",
            "weet_diegene": "Ja",
            "coach": "Ties Tekenstift",
            "besproken": "Ja",
            "oplossing": "Drie sessies alsnog, of het geld terug.",
            "naam": "Otto Fictief",
            "email": "otto.fictief@example.org",
            "telefoon": "06 00000000",
        },
    ),
    DemoComplaint(
        name="sanne",
        days_ago=33,
        contact="Sanne gebeld en alles doorgenomen.",
        moves=(
            (Stage.MEDIATION, "Gesprek gepland met Sanne en de coach."),
            (Stage.COMMITTEE, "Twee gesprekken gaven geen oplossing. Sanne wil een uitspraak."),
        ),
        answers={
            "probleem": "Mijn coach stopte van de ene op de andere dag met het traject, midden in "
            "een moeilijke periode.",
            "ontstaan": "We waren het oneens over de opdracht van die week.",
            "voor_wie": "Voor mezelf",
            "coach": "Juna Vernis",
            "besproken": "Ja",
            "anders_handelen": "Stoppen mag, maar niet zonder gesprek en zonder iemand anders.",
            "verwacht": "Een afsluitend gesprek.",
            "oplossing": "Een uitspraak over hoe dit had gemoeten.",
            "naam": "Sanne Denkbeeld",
            "email": "sanne.denkbeeld@example.org",
        },
    ),
    DemoComplaint(
        name="nour",
        days_ago=38,
        contact="Nour en de coach apart gesproken.",
        moves=((Stage.MEDIATION, "Beiden willen verder met elkaar."),),
        outcome=Outcome.SOLVED,
        closing={
            "reason": "Nour en de coach zijn het eens geworden.",
            "finding": "Over de taal in de sessies was nooit iets afgesproken.",
            "decisions": "De sessies gaan verder in rustiger Nederlands, met beeld erbij.",
            "measures": "De coach maakt voor elke sessie een kaart met beelden, vanaf volgende "
            "maand.",
        },
        answers={
            "probleem": "Mijn coach praat zo snel dat ik de helft mis. Als ik het zeg, wordt erom "
            "gelachen.",
            "voor_wie": "Voor mezelf",
            "coach": "Kris Kwast",
            "besproken": "Ja",
            "oplossing": "Rustiger praten en laten zien wat de bedoeling is.",
            "naam": "Nour Nergenshuizen",
            "email": "nour.nergenshuizen@example.org",
        },
    ),
]
