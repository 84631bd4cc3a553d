"""The complaints procedure as data: three stages, the moves between them, the ways to close.

Everything that asks "may this go there?" asks here; there are no queries in this module.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


def choices_of(members: type[models.TextChoices]) -> Callable[[], list[tuple[Any, Any]]]:
    """Returns the choices of a field as a callable, so that a new member is no migration."""
    return partial(pairs_of, members)


def pairs_of(members: type[models.TextChoices]) -> list[tuple[Any, Any]]:
    """Returns each member's value and label, in order. Named in migrations: do not rename."""
    return members.choices


class Stage(models.TextChoices):
    """Where a complaint stands. Being closed is a status beside the stage, not a stage."""

    FILING = "filing", _("Ingediend")
    MEDIATION = "mediation", _("Bemiddeling")
    COMMITTEE = "committee", _("Klachtencommissie")

    @property
    def number(self) -> int:
        """1, 2 or 3, as the ladder shows it."""
        return list(Stage).index(self) + 1

    @property
    def next_stages(self) -> tuple["Stage", ...]:
        """The stages a complaint may move to from here."""
        return MOVES[self]

    @property
    def outcomes(self) -> tuple["Outcome", ...]:
        """The outcomes with which a complaint may be closed from here."""
        return tuple(outcome for outcome in Outcome if self in OUTCOMES[outcome].stages)

    @property
    def is_binding(self) -> bool:
        """Whether what this stage ends in binds both parties (R-06)."""
        return self is Stage.COMMITTEE

    def grounds_for(self, other: "Stage") -> tuple["Referral", ...]:
        """Returns the grounds of which a move to there needs one; none where it needs no ground."""
        return GROUNDS.get((self, other), ())


class StageState(models.TextChoices):
    """Where a stage is, seen from a case."""

    PAST = "past", _("Geweest")
    HERE = "here", _("Hier staat de zaak")
    ENDED = "ended", _("Hier is de zaak afgesloten")
    SKIPPED = "skipped", _("Overgeslagen")
    AHEAD = "ahead", _("Nog niet")


def stage_states(
    here: Stage, *, is_open: bool, visited: Collection[str]
) -> dict[Stage, StageState]:
    """Returns where each stage is, seen from a case that stands in `here`.

    `visited` are the stages in its history.
    """

    def state(stage: Stage) -> StageState:
        if stage is here:
            return StageState.HERE if is_open else StageState.ENDED
        if stage is Stage.FILING or stage.value in visited:
            return StageState.PAST
        return StageState.SKIPPED if stage.number < here.number else StageState.AHEAD

    return {stage: state(stage) for stage in Stage}


class Status(models.TextChoices):
    """Whether a complaint is being handled."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Afgesloten")


class Outcome(models.TextChoices):
    """How a complaint ended."""

    SOLVED = "solved", _("Opgelost")
    ADVISED = "advised", _("Afgerond met advies")
    RULED = "ruled", _("Uitspraak gedaan")
    NOT_ADMISSIBLE = "not_admissible", _("Niet ontvankelijk")
    WITHDRAWN = "withdrawn", _("Ingetrokken")
    DUPLICATE = "duplicate", _("Dubbel")
    SPAM = "spam", _("Geen klacht: spam of reclame")
    SLIP = "slip", _("Geen klacht: een proef of een vergissing")

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of what must be recorded before a complaint can close this way."""
        return OUTCOMES[self].needs


class Route(models.TextChoices):
    """Who the complainant chose to handle the complaint (R-07)."""

    CONFIDANT = "confidant", _("Vertrouwenspersoon")
    DEPUTY = "deputy", _("Plaatsvervanger")


class Source(models.TextChoices):
    """How a complaint came in (R-12)."""

    WEB = "web", _("Website")
    LETTER = "letter", _("Brief")
    MAIL = "mail", _("E-mail")
    TALK = "talk", _("Gesprek")


class Severity(models.TextChoices):
    """How serious a complaint is at first sight (R-23)."""

    LIGHT = "light", _("Licht")
    MEDIUM = "medium", _("Gemiddeld")
    SERIOUS = "serious", _("Ernstig")


class Safety(models.TextChoices):
    """Whether somebody is in danger (R-23)."""

    SAFE = "safe", _("Niemand loopt gevaar")
    DOUBTFUL = "doubtful", _("Misschien loopt iemand gevaar")
    UNSAFE = "unsafe", _("Iemand loopt gevaar")


class Complexity(models.TextChoices):
    """How much work it is to find out what happened (R-23)."""

    SIMPLE = "simple", _("Eenvoudig")
    MEDIUM = "medium", _("Gemiddeld")
    COMPLEX = "complex", _("Ingewikkeld")


class Impact(models.TextChoices):
    """What it does to the complainant (R-23)."""

    SMALL = "small", _("Klein")
    MEDIUM = "medium", _("Merkbaar")
    LARGE = "large", _("Groot")


class Urgency(models.TextChoices):
    """Whether something has to be done at once (R-23)."""

    NO = "no", _("Nee")
    YES = "yes", _("Ja, er moet nu iets gebeuren")


class Agreement(models.TextChoices):
    """What a party said when asked to take part in mediation."""

    ASKED = "asked", _("Gevraagd, nog geen antwoord")
    YES = "yes", _("Ja, doet mee")
    NO = "no", _("Nee, doet niet mee")


class Acceptance(models.TextChoices):
    """What a party said to the advice."""

    UNKNOWN = "", _("nog niet bekend")
    ACCEPTED = "accepted", _("neemt het advies over")
    REFUSED = "refused", _("neemt het advies niet over")


class Compliance(models.TextChoices):
    """What became of a ruling."""

    UNKNOWN = "", _("nog niet bekend")
    FULL = "full", _("nagekomen")
    PARTLY = "partly", _("deels nagekomen")
    NONE = "none", _("niet nagekomen")


class CoachTold(models.TextChoices):
    """Whether the coach knows what is held about them, or why not (R-34; GDPR art. 14)."""

    TOLD = "told", _("De kunstcoach is geïnformeerd")
    DEFEATS = "defeats", _("Niet: het zou het doel van het onderzoek in de weg staan")
    NO_COACH = "no_coach", _("Niet: deze klacht gaat niet over een kunstcoach")


class ConsentPurpose(models.TextChoices):
    """What consent is asked for, each apart (R-31)."""

    FILING = "filing", _("klacht verwerken op deze site")
    MAIL = "mail", _("berichten per e-mail")
    HEALTH = "health", _("gegevens over gezondheid")
    COACH = "coach", _("delen met de kunstcoach")
    COMMITTEE = "committee", _("delen met de klachtencommissie")


class Right(models.TextChoices):
    """What a complainant can ask about their data (GDPR art. 17, 15 and 21)."""

    ERASURE = "erasure", _("Wissen")
    ACCESS = "access", _("Inzage")
    OBJECTION = "objection", _("Stoppen met gebruik van gegevens")


class Party(models.TextChoices):
    """Whom a case is waiting on."""

    HANDLER = "handler", _("Behandelaar")
    COMPLAINANT = "complainant", _("Klager")
    COACH = "coach", _("Kunstcoach")
    COMMITTEE = "committee", _("Klachtencommissie")


class Referral(models.TextChoices):
    """On what ground a case goes to the committee; the reason itself is written with it."""

    WISHED = "wished", _("De klager vraagt erom")
    CONSENTED = "consented", _("Wij verwijzen, en de klager stemt ermee in")
    SKIPPED = "skipped", _("Fase 1 en 2 kunnen in deze zaak niet, en de klager stemt ermee in")
    LEGAL = "legal", _("Zonder toestemming, op een wettelijke grond: noem die hieronder")


@dataclass(frozen=True)
class Ending:
    """From which stages an outcome is reached, and what it needs."""

    stages: tuple[Stage, ...]
    needs: tuple[str, ...]


MOVES: dict[Stage, tuple[Stage, ...]] = {
    Stage.FILING: (Stage.MEDIATION, Stage.COMMITTEE),
    Stage.MEDIATION: (Stage.COMMITTEE,),
    Stage.COMMITTEE: (Stage.MEDIATION,),
}

# The grounds on which a move may rest; a move that is not here needs none.
GROUNDS: dict[tuple[Stage, Stage], tuple[Referral, ...]] = {
    (Stage.FILING, Stage.COMMITTEE): (Referral.SKIPPED, Referral.LEGAL),
    (Stage.MEDIATION, Stage.COMMITTEE): (Referral.WISHED, Referral.CONSENTED, Referral.LEGAL),
}

ANY_STAGE = (Stage.FILING, Stage.MEDIATION, Stage.COMMITTEE)
REASONED = ("finding", "decisions", "measures")  # "geen" is an answer

OUTCOMES: dict[Outcome, Ending] = {
    Outcome.SOLVED: Ending(ANY_STAGE, REASONED),
    Outcome.ADVISED: Ending((Stage.MEDIATION,), REASONED),
    Outcome.RULED: Ending((Stage.COMMITTEE,), (*REASONED, "ruled_on")),
    Outcome.NOT_ADMISSIBLE: Ending((Stage.FILING,), ("explanation", "elsewhere")),
    Outcome.WITHDRAWN: Ending(ANY_STAGE, ()),
    Outcome.DUPLICATE: Ending(ANY_STAGE, ("duplicate_of",)),
    Outcome.SPAM: Ending((), ()),
    Outcome.SLIP: Ending((), ()),
}
# What is no complaint is not closed but erased, and this is all that is left of why.
NO_COMPLAINT = (Outcome.SPAM, Outcome.SLIP)
ENDINGS = tuple(outcome for outcome in Outcome if outcome not in NO_COMPLAINT)
