"""Parts of a case file that stand by themselves: ladder, parties, terms, requests, decisions."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases.contents import open_advices, open_rulings
from complaints.cases.sealing import KeyDestroyed
from complaints.models.case import Complaint
from complaints.models.handling import Term
from complaints.models.privacy import RightsRequest
from complaints.models.settings import HandlingSettings
from complaints.questions import Answer, Purpose, answer_for
from complaints.stages import Acceptance, Compliance, Right, Stage
from complaints.terms import TermKind, TermState, term_state
from complaints.vault.cipher import SealBroken


class StageState(TextChoices):
    """Where a stage is, seen from the case."""

    PAST = "past", gettext_lazy("Geweest")
    HERE = "here", gettext_lazy("Hier staat de zaak")
    ENDED = "ended", gettext_lazy("Hier is de zaak afgesloten")
    SKIPPED = "skipped", gettext_lazy("Overgeslagen")
    AHEAD = "ahead", gettext_lazy("Nog niet")


@dataclass(frozen=True)
class StageLine:
    """One step of the ladder."""

    stage: Stage
    who_acts: str
    state: StageState

    @property
    def binds(self) -> str:
        return _("Bindend voor beide partijen") if self.stage.is_binding else _("Niet bindend")


def stage_lines(case: Complaint, visited: Collection[str]) -> list[StageLine]:
    """The ladder of a case; `visited` holds the stages its history names."""
    acting = {
        Stage.FILING: _("De klager dient in"),
        Stage.MEDIATION: _("De vertrouwenspersoon bemiddelt en geeft advies"),
        Stage.COMMITTEE: _("De externe commissie doet uitspraak"),
    }
    return [StageLine(stage, acting[stage], _state(case, stage, visited)) for stage in Stage]


def _state(case: Complaint, stage: Stage, visited: Collection[str]) -> StageState:
    here = case.current_stage
    if stage is here:
        return StageState.HERE if case.is_open else StageState.ENDED
    if stage is Stage.FILING or stage.value in visited:
        return StageState.PAST
    return StageState.SKIPPED if stage.number < here.number else StageState.AHEAD


@dataclass(frozen=True)
class PartyLine:
    """One party: its role, its name, and what its handler needs to reach it."""

    role: str
    name: str
    ways: list[str]


def parties_of(case: Complaint, answers: list[Answer], rules: HandlingSettings) -> list[PartyLine]:
    """The complainant, the coach and the committee; what is not known is said in words."""
    return [
        PartyLine(
            role=_("Klager"),
            name=answer_for(answers, Purpose.NAME) or _("Gaf geen naam"),
            ways=[
                *_known(answer_for(answers, p) for p in (Purpose.PHONE, Purpose.EMAIL)),
                _("krijgt berichten per e-mail")
                if hasattr(case, "contact")
                else _("krijgt geen e-mail: bericht lezen kan op de volgpagina"),
            ],
        ),
        PartyLine(
            role=_("Kunstcoach"),
            name=answer_for(answers, Purpose.COACH) or _("Niet genoemd"),
            ways=[],
        ),
        PartyLine(
            role=_("Klachtencommissie"),
            name=rules.committee_name or _("Nog niet ingevuld bij de instellingen"),
            ways=_known(rules.committee_contact.splitlines()),
        ),
    ]


def _known(texts: Iterable[str]) -> list[str]:
    return [text.strip() for text in texts if text.strip()]


@dataclass(frozen=True)
class TermLine:
    """One term; `lapsed` says how it ended unmet, `stands_since` since when its clock is still."""

    label: str
    due_on: date
    met_at: datetime | None
    lapsed: str
    state: TermState
    times_extended: int
    stands_since: date | None


def term_lines(case: Complaint) -> list[TermLine]:
    """All of them; a closed case owes its complainant no next message."""
    return [
        _term_line(term, case)
        for term in case.terms.all()
        if case.is_open or term.kind != TermKind.PROGRESS
    ]


@dataclass(frozen=True)
class RequestLine:
    """A request about data: what was asked, by when it is decided, or what was decided."""

    label: str
    asked_on: date
    due_on: date
    decided_on: date | None
    is_granted: bool
    state: TermState


def request_lines(case: Complaint) -> list[RequestLine]:
    """Every request about data, the first one first; asked of a closed case too."""
    return [_request_line(request) for request in case.rights_requests.all()]


def _request_line(request: RightsRequest) -> RequestLine:
    decided = request.decided_at
    return RequestLine(
        label=str(Right(request.right).label),
        asked_on=timezone.localdate(request.asked_at),
        due_on=request.due_on,
        decided_on=timezone.localdate(decided) if decided else None,
        is_granted=bool(request.is_granted),
        state=term_state(None if decided else request.due_on, timezone.localdate()),
    )


def _term_line(term: Term, case: Complaint) -> TermLine:
    return TermLine(
        label=str(TermKind(term.kind).label),
        due_on=term.due_on,
        met_at=term.met_at,
        lapsed=_lapsed(term, case),
        state=term_state(term.due_on if term.is_running else None, timezone.localdate()),
        times_extended=term.times_extended,
        stands_since=case.paused_on if term.kind == TermKind.HANDLING else None,
    )


def _lapsed(term: Term, case: Complaint) -> str:
    """How the term ended without being met, which is not the same as met; "" where it did not."""
    if case.is_open or term.is_running or term.met_at is not None:
        return ""
    if TermKind(term.kind).outlives_case:
        return _("vervallen: de inhoud van de zaak is gewist")
    if term.kind == TermKind.CONTACT:
        return _("vervallen: de zaak is afgesloten zonder contact")
    return _("vervallen bij het afsluiten")


@dataclass(frozen=True)
class DecisionLine:
    """An advice or a ruling: what it is, whether it binds, its words, what became of it."""

    title: str
    binds: str
    on: date
    text: str
    facts: list[tuple[str, str]]
    comply_by: date | None = None
    is_binding: bool = False


def known_advice(case: Complaint, key: bytes | None = None) -> list[DecisionLine]:
    """Every advice, oldest first; none where the texts do not open."""
    try:
        opened = open_advices(case, key)
    except (KeyDestroyed, SealBroken):
        return []
    return [
        DecisionLine(
            title=_("Advies van de vertrouwenspersoon"),
            binds=_("Bindt niet: elke partij kiest zelf."),
            on=advice.row.given_on,
            text=advice.text,
            facts=[
                (_("De klager"), str(Acceptance(advice.row.by_complainant).label)),
                (_("De kunstcoach"), str(Acceptance(advice.row.by_coach).label)),
            ],
        )
        for advice in opened
    ]


def known_rulings(case: Complaint, key: bytes | None = None) -> list[DecisionLine]:
    """Every ruling, oldest first; none where the texts do not open."""
    try:
        opened = open_rulings(case, key)
    except (KeyDestroyed, SealBroken):
        return []
    return [
        DecisionLine(
            title=_("Uitspraak van de klachtencommissie"),
            binds=_("Bindt beide partijen."),
            on=ruling.row.ruled_on,
            text=ruling.text,
            facts=[(_("Nakoming"), str(Compliance(ruling.row.compliance).label))],
            comply_by=ruling.row.comply_by,
            is_binding=True,
        )
        for ruling in opened
    ]
